/* der.h
 * Writing DER (X.690 10 and 11); private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_ASN1_DER_H
#define SCEP_CORE_ASN1_DER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/asn1.h"

/** Appends a whole element. @a identifier is the one octet of a low tag number. */
void scep_der_element(GByteArray *out, uint8_t identifier, const uint8_t *content, size_t size);

/** Appends an element that was read, with definite lengths and strings in one piece.
 * @param sort  true: the elements of every SET in the order of DER (11.6); false: in the order they came
 * @return false when the element is cut or nested too deep; @a out is of no use then */
bool scep_der_copy(GByteArray *out, const uint8_t *data, const ScepBer *node, bool sort);

/** Content octets of a dotted OBJECT IDENTIFIER, appended as a whole element. @return false when it is none. */
bool scep_der_oid(GByteArray *out, const char *dotted);

#endif
