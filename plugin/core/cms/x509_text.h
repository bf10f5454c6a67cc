/* x509_text.h
 * Text and numbers out of OpenSSL's X.509 types; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_X509_TEXT_H
#define SCEP_CORE_CMS_X509_TEXT_H

#include <glib.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>

/** "CN=device, O=Contoso", in the order of the encoding, UTF-8, control characters escaped. @return g_free(). */
char *scep_x509_name_new_text(const X509_NAME *name);

/** One typed text per name: "DNS:", "EMAIL:", "URI:", "IP:", "DIR:", "UPN:", "RID:", "OTHER:oid".
 * @return GPtrArray of char*, g_ptr_array_unref(). */
GPtrArray *scep_general_names_new_text(const GENERAL_NAMES *names);

#endif
