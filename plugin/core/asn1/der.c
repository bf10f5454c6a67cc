/* der.c
 * Writing DER (X.690 10 and 11).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "asn1/der.h"

#include <openssl/objects.h>
#include <string.h>

#include "scep/limits.h"
#include "asn1/ber.h"

static void append_length(GByteArray *out, size_t size)
{
    uint8_t octets[1 + sizeof size];
    unsigned count = 0;

    if (size < 0x80) {
        octets[0] = (uint8_t)size;
    } else {
        for (size_t rest = size; rest > 0; rest >>= 8)
            count++;
        octets[0] = (uint8_t)(0x80 | count);
        for (unsigned i = 0; i < count; i++)
            octets[1 + i] = (uint8_t)(size >> (8 * (count - 1 - i)));
    }
    g_byte_array_append(out, octets, 1 + count);
}

/* Appends identifier and length octets of an element whose content is @a size octets. */
static void append_header(GByteArray *out, uint8_t identifier, size_t size)
{
    g_byte_array_append(out, &identifier, 1);
    append_length(out, size);
}

void scep_der_element(GByteArray *out, uint8_t identifier, const uint8_t *content, size_t size)
{
    append_header(out, identifier, size);
    if (size > 0)
        g_byte_array_append(out, content, (guint)size);
}

bool scep_der_oid(GByteArray *out, const char *dotted)
{
    ASN1_OBJECT *object = OBJ_txt2obj(dotted, 1);

    if (object == NULL)
        return false;
    scep_der_element(out, SCEP_TAG_OID, OBJ_get0_data(object), OBJ_length(object));
    ASN1_OBJECT_free(object);
    return true;
}

/* The identifier octets as they came: one, or more for a high tag number (X.690 8.1.2.4). The constructed bit goes
 * where the pieces of a string have been joined. */
static void append_identifier(GByteArray *out, const uint8_t *data, const ScepBer *node, bool joined)
{
    const uint8_t *octets = data + node->whole.offset;
    const uint8_t first = joined ? octets[0] & (uint8_t)~0x20 : octets[0];
    guint count = 1;

    g_byte_array_append(out, &first, 1);
    if ((first & 0x1f) != 0x1f)
        return;
    while (octets[count] & 0x80)
        count++;
    g_byte_array_append(out, octets + 1, count);
}

/* Types whose constructed form is a string in pieces (X.690 8.7 and 8.23); the pieces of a BIT STRING are another
 * matter, and signed attributes have none. */
static bool is_split_string(const ScepBer *node)
{
    return node->constructed && node->tag_class == SCEP_BER_UNIVERSAL &&
           (node->tag == SCEP_TAG_OCTET_STRING || node->tag == SCEP_TAG_UTF8_STRING ||
            (node->tag >= 18 && node->tag <= 22) || (node->tag >= 25 && node->tag <= 30));
}

/* X.690 11.6: compared as octet strings, the shorter one padded with zeros. */
static gint compare_encodings(gconstpointer a, gconstpointer b, gpointer base)
{
    const ScepSpan *left = a, *right = b;
    const uint8_t *octets = base;
    const int order = memcmp(octets + left->offset, octets + right->offset, MIN(left->length, right->length));

    if (order != 0 || left->length == right->length)
        return order;
    return left->length < right->length ? -1 : 1;
}

static void append_sorted(GByteArray *out, const GByteArray *children, GArray *spans)
{
    g_array_sort_with_data(spans, compare_encodings, children->data);
    for (guint i = 0; i < spans->len; i++) {
        const ScepSpan *span = &g_array_index(spans, ScepSpan, i);
        g_byte_array_append(out, children->data + span->offset, (guint)span->length);
    }
}

static bool copy_at_depth(GByteArray *out, const uint8_t *data, const ScepBer *node, bool sort, unsigned depth);

static bool copy_children(GByteArray *out, const uint8_t *data, const ScepBer *node, bool sort, unsigned depth)
{
    GByteArray *children = g_byte_array_new();
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(ScepSpan));
    ScepBer child;
    ScepBerError error;
    bool good = true;

    for (error = scep_ber_first(data, node, &child); good && error == SCEP_BER_OK;
         error = scep_ber_next(data, node, &child, &child)) {
        ScepSpan span = { children->len, 0 };
        good = copy_at_depth(children, data, &child, sort, depth + 1);
        span.length = children->len - span.offset;
        g_array_append_val(spans, span);
    }
    good &= error == SCEP_BER_END;
    append_identifier(out, data, node, false);
    append_length(out, children->len);
    if (sort && scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_SET))
        append_sorted(out, children, spans);
    else if (children->len > 0)
        g_byte_array_append(out, children->data, children->len);
    g_array_unref(spans);
    g_byte_array_unref(children);
    return good;
}

static bool copy_at_depth(GByteArray *out, const uint8_t *data, const ScepBer *node, bool sort, unsigned depth)
{
    if (node->truncated || depth > SCEP_BER_MAX_DEPTH)
        return false;
    if (node->constructed && !is_split_string(node))
        return copy_children(out, data, node, sort, depth);

    ScepOctets octets;
    size_t size;
    scep_octets_read(data, node, &octets);
    const uint8_t *content = scep_octets_get0_data(data, &octets, &size);
    append_identifier(out, data, node, true);
    append_length(out, size);
    if (size > 0)
        g_byte_array_append(out, content, (guint)size);
    const bool good = !octets.truncated;
    scep_octets_clear(&octets);
    return good;
}

bool scep_der_copy(GByteArray *out, const uint8_t *data, const ScepBer *node, bool sort)
{
    return copy_at_depth(out, data, node, sort, 0);
}
