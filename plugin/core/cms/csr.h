/* csr.h
 * A PKCS#10 request in the terms of an administrator: who, which key, which template, which challenge.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_CSR_H
#define SCEP_CORE_CMS_CSR_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/cms.h"
#include "scep/asn1.h"

/** Adds an item, up to SCEP_MAX_CSR_ITEMS. @a name and @a text are taken over. */
void scep_csr_take_item(ScepCsr *csr, const char *dotted, char *name, char *text, ScepSpan where);

/** Reads one attribute (RFC 2986 4.1): a known one of Microsoft's, the challenge, or extensions asked for. */
void scep_csr_read_attribute(ScepCsr *csr, const uint8_t *der, const ScepBer *attribute, unsigned flags);

/** What an attribute is to whoever reads it here. */
typedef enum {
    SCEP_CSR_ATTRIBUTE_OTHER = 0, /**< not known, or the challenge */
    SCEP_CSR_ATTRIBUTE_KNOWN,
    SCEP_CSR_ATTRIBUTE_EXTENSIONS /**< extensions asked for */
} ScepCsrAttributeKind;

ScepCsrAttributeKind scep_csr_attribute_kind(const char *dotted);

/** True for an extension of X.509 or Microsoft's that has a name. */
bool scep_csr_extension_is_known(const char *dotted);

/** Reads a challengePassword value. */
void scep_challenge_read(ScepChallenge *challenge, const uint8_t *der, const ScepBer *value, bool reveal);
void scep_challenge_clear(ScepChallenge *challenge);

#endif
