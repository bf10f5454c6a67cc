/* asn1_text.c
 * ASN.1 strings as UTF-8.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "asn1/asn1_text.h"

#include <glib.h>
#include <string.h>

#include "scep/limits.h"
#include "asn1/ber.h"

#define REPLACEMENT 0xfffd

static const struct {
    uint32_t tag;
    const char *name;
} string_types[] = {
    { SCEP_TAG_UTF8_STRING, "UTF8String" },
    { 18, "NumericString" },
    { SCEP_TAG_PRINTABLE_STRING, "PrintableString" },
    { SCEP_TAG_T61_STRING, "T61String" },
    { 21, "VideotexString" },
    { SCEP_TAG_IA5_STRING, "IA5String" },
    { 25, "GraphicString" },
    { SCEP_TAG_VISIBLE_STRING, "VisibleString" },
    { 27, "GeneralString" },
    { SCEP_TAG_UNIVERSAL_STRING, "UniversalString" },
    { SCEP_TAG_BMP_STRING, "BMPString" },
};

static const char *type_name(uint32_t tag)
{
    for (size_t i = 0; i < G_N_ELEMENTS(string_types); i++) {
        if (string_types[i].tag == tag)
            return string_types[i].name;
    }
    return NULL;
}

const char *scep_string_type_name(uint32_t tag)
{
    const char *name = type_name(tag);

    return name != NULL ? name : "unknown type";
}

/* One code point; what is none becomes the replacement character. */
static size_t put(uint8_t *out, uint32_t point)
{
    if (point > 0x10ffff || scep_utf16_is_half(point))
        point = REPLACEMENT;
    return (size_t)g_unichar_to_utf8(point, (char *)out);
}

static uint32_t unit_at(const uint8_t *octets, bool big_endian)
{
    return big_endian ? (uint32_t)octets[0] << 8 | octets[1] : (uint32_t)octets[1] << 8 | octets[0];
}

uint32_t scep_utf16_point(const uint8_t *octets, size_t size, bool big_endian, size_t *used)
{
    const uint32_t unit = unit_at(octets, big_endian), next = size >= 4 ? unit_at(octets + 2, big_endian) : 0;
    const bool is_pair = (unit & 0xfc00) == 0xd800 && (next & 0xfc00) == 0xdc00;

    *used = is_pair ? 4 : 2;
    return is_pair ? 0x10000 + ((unit & 0x3ff) << 10 | (next & 0x3ff)) : unit;
}

static size_t from_utf16(const uint8_t *octets, size_t size, uint8_t *out, size_t *characters)
{
    size_t length = 0, used;

    for (size_t at = 0; at + 2 <= size; at += used) {
        length += put(out + length, scep_utf16_point(octets + at, size - at, true, &used));
        (*characters)++;
    }
    return length;
}

static size_t from_ucs4(const uint8_t *octets, size_t size, uint8_t *out, size_t *characters)
{
    size_t length = 0;

    for (size_t at = 0; at + 4 <= size; at += 4) {
        length += put(out + length, (uint32_t)octets[at] << 24 | (uint32_t)octets[at + 1] << 16 |
                                        (uint32_t)octets[at + 2] << 8 | octets[at + 3]);
        (*characters)++;
    }
    return length;
}

/* Octet by octet: what is not UTF-8 as a whole is Latin-1. */
static size_t from_octets(const uint8_t *octets, size_t size, uint8_t *out, size_t *characters)
{
    size_t length = 0;

    if (size > 0 && g_utf8_validate_len((const char *)octets, size, NULL)) {
        memcpy(out, octets, size);
        for (size_t at = 0; at < size; at++)
            *characters += (octets[at] & 0xc0) != 0x80;
        return size;
    }
    for (size_t at = 0; at < size; at++)
        length += put(out + length, octets[at]);
    *characters = size;
    return length;
}

size_t scep_string_utf8(uint32_t tag, const uint8_t *octets, size_t size, uint8_t *out, size_t *characters)
{
    *characters = 0;
    if (tag == SCEP_TAG_BMP_STRING)
        return from_utf16(octets, size, out, characters);
    if (tag == SCEP_TAG_UNIVERSAL_STRING)
        return from_ucs4(octets, size, out, characters);
    return from_octets(octets, size, out, characters);
}

char *scep_string_new_text(const uint8_t *data, const ScepBer *node)
{
    ScepOctets octets;
    size_t size, characters;

    if (node->tag_class != SCEP_BER_UNIVERSAL || type_name(node->tag) == NULL)
        return NULL;
    scep_octets_read(data, node, &octets);
    const uint8_t *content = scep_octets_get0_data(data, &octets, &size);
    size = MIN(size, SCEP_MAX_TEXT);
    uint8_t *utf8 = g_malloc(SCEP_UTF8_ROOM(size));
    const size_t length = scep_string_utf8(node->tag, content, size, utf8, &characters);
    scep_octets_clear(&octets);

    GString *text = g_string_sized_new(length);
    for (const char *at = (const char *)utf8; at < (const char *)utf8 + length; at = g_utf8_next_char(at)) {
        const gunichar letter = g_utf8_get_char(at);
        if (!g_unichar_iscntrl(letter))
            g_string_append_unichar(text, letter);
    }
    g_free(utf8);
    return g_string_free(text, FALSE);
}
