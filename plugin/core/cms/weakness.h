/* weakness.h
 * Weak keys and signatures of certificates; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_WEAKNESS_H
#define SCEP_CORE_CMS_WEAKNESS_H

#include "scep/cms.h"

/** True for an RSA key under 2048 bits (NIST SP 800-131A). @param algorithm  "RSA", "EC", ...; may be NULL */
bool scep_key_is_short(const char *algorithm, uint32_t bits);

/** How a certificate is signed, by OpenSSL's name of the algorithm. */
bool scep_signed_with_md5(const ScepCertificate *certificate);
bool scep_signed_with_sha1(const ScepCertificate *certificate);
bool scep_signed_with_pss(const ScepCertificate *certificate);

/** Name, key and signature of a certificate in one line. @return g_free() */
char *scep_weakness_new_text(const ScepCertificate *certificate);

#endif
