/* ber.h
 * A reader for BER (X.690) that keeps offsets and trusts no byte.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_ASN1_BER_H
#define SCEP_CORE_ASN1_BER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/asn1.h"

/** True when the element is an OBJECT IDENTIFIER with these content octets. */
bool scep_ber_oid_is(const uint8_t *data, const ScepBer *node, const uint8_t *oid, size_t length);

/** Collects an OCTET STRING, primitive or constructed, universal or implicitly tagged. At most SCEP_MAX_CHUNKS pieces.
 * Release with scep_octets_clear(). */
void scep_octets_read(const uint8_t *data, const ScepBer *node, ScepOctets *out);
void scep_octets_clear(ScepOctets *octets);

#endif
