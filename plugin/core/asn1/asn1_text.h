/* asn1_text.h
 * ASN.1 strings as UTF-8; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_ASN1_ASN1_TEXT_H
#define SCEP_CORE_ASN1_ASN1_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/asn1.h"

/** Room that scep_string_utf8() needs for @a size octets. */
#define SCEP_UTF8_ROOM(size) (3 * (size) + 4)

/** Converts the content octets of a string type. BMPString is read as UTF-16, UniversalString as UCS-4; the other types
 * as UTF-8 where they hold that, else as Latin-1 (which is what T61String is in practice). Not terminated.
 * @param out         SCEP_UTF8_ROOM(size) octets
 * @param characters  set to the number of code points
 * @return octets written */
size_t scep_string_utf8(uint32_t tag, const uint8_t *octets, size_t size, uint8_t *out, size_t *characters);

/** The code point that UTF-16 begins with; a half of a pair without the other one as it is, see scep_utf16_is_half().
 * @param size  octets that are there, at least 2  @param used  set to 2 or 4 */
uint32_t scep_utf16_point(const uint8_t *octets, size_t size, bool big_endian, size_t *used);

static inline bool scep_utf16_is_half(uint32_t point)
{
    return point >= 0xd800 && point <= 0xdfff;
}

/** Text of a string element for display, cut at SCEP_MAX_TEXT, without control characters.
 * @return g_free(); NULL when the element is no string */
char *scep_string_new_text(const uint8_t *data, const ScepBer *node);

/** "PrintableString", "UTF8String", ...; "unknown type" for a tag that is no string type. Static. */
const char *scep_string_type_name(uint32_t tag);

#endif
