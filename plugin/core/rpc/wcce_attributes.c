/* wcce_attributes.c
 * The attribute string of a certificate request, MS-WCCE 3.2.1.4.2.1.2: "name:value" lines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "scep/limits.h"
#include "rpc/wcce.h"

/* A run of UTF-16 units, by index. */
typedef struct {
    const uint8_t *octets;
    size_t base; /* offset of unit 0 in the stub */
    bool big_endian;
} Units;

static uint16_t unit(const Units *units, size_t index)
{
    const uint8_t *at = units->octets + 2 * index;

    return units->big_endian ? (uint16_t)(at[0] << 8 | at[1]) : (uint16_t)(at[1] << 8 | at[0]);
}

static void clear_attribute(gpointer data)
{
    ScepWcceAttribute *attribute = data;

    g_free(attribute->name);
    g_free(attribute->value);
}

GArray *scep_wcce_attributes_new(void)
{
    GArray *attributes = g_array_new(FALSE, FALSE, sizeof(ScepWcceAttribute));

    g_array_set_clear_func(attributes, clear_attribute);
    return attributes;
}

static bool is_blank(uint16_t character)
{
    return character == ' ' || character == '\t' || character == '\r';
}

static char *text_of(const Units *units, size_t start, size_t end)
{
    return scep_ndr_new_utf16(units->octets + 2 * start, 2 * (end - start), units->big_endian, NULL);
}

/* Blanks and '-' mean nothing anywhere in a name. */
static char *name_of(const Units *units, size_t start, size_t end)
{
    char *name = text_of(units, start, end);
    char *to = name;

    for (const char *from = name; *from != '\0'; from++) {
        if (strchr(" \t\r-", *from) == NULL)
            *to++ = *from;
    }
    *to = '\0';
    return name;
}

/* Lines without a colon or a name are left out, as the CA leaves them out. */
static void read_line(const Units *units, size_t start, size_t end, GArray *attributes)
{
    size_t colon = start;

    while (colon < end && unit(units, colon) != ':')
        colon++;
    if (colon == end)
        return;
    size_t value = colon + 1;
    while (value < end && is_blank(unit(units, value)))
        value++;
    while (end > value && is_blank(unit(units, end - 1)))
        end--;
    ScepWcceAttribute attribute = {
        .where = { units->base + 2 * start, 2 * (end - start) },
        .value_where = { units->base + 2 * value, 2 * (end - value) },
        .name = name_of(units, start, colon),
    };
    if (attribute.name[0] == '\0') {
        g_free(attribute.name);
        return;
    }
    attribute.value = text_of(units, value, end);
    g_array_append_val(attributes, attribute);
}

bool scep_wcce_attributes_read(const uint8_t *data, ScepSpan octets, bool big_endian, GArray *attributes)
{
    const Units units = { data + octets.offset, octets.offset, big_endian };
    const size_t count = octets.length / 2;
    size_t start = 0;

    for (size_t i = 0; i <= count; i++) {
        const uint16_t character = i < count ? unit(&units, i) : 0;
        if (character != 0 && character != '\n')
            continue;
        if (attributes->len >= SCEP_WCCE_MAX_ATTRIBUTES)
            return false;
        read_line(&units, start, i, attributes);
        start = i + 1;
        if (character == 0)
            return true;
    }
    return true;
}
