/* ber.c
 * A reader for BER (X.690) that keeps offsets and trusts no byte.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "asn1/ber.h"

#include <string.h>

#include "scep/limits.h"

static ScepBerError read_at_depth(const uint8_t *data, size_t limit, size_t offset, unsigned depth, ScepBer *out);

/* X.690 8.1.2: class, form and number. Moves *pos behind the identifier octets. */
static ScepBerError read_identifier(const uint8_t *data, size_t limit, size_t *pos, ScepBer *out)
{
    const uint8_t first = data[(*pos)++];
    out->tag_class = first >> 6;
    out->constructed = (first & 0x20) != 0;
    out->tag = first & 0x1f;
    if (out->tag != 0x1f)
        return SCEP_BER_OK;

    out->tag = 0;
    for (unsigned octet = 0; octet < SCEP_BER_MAX_TAG_OCTETS; octet++) {
        if (*pos >= limit) {
            out->truncated = true;
            return SCEP_BER_OK;
        }
        const uint8_t next = data[(*pos)++];
        out->tag = (out->tag << 7) | (next & 0x7f);
        if (!(next & 0x80))
            return SCEP_BER_OK;
    }
    return SCEP_BER_BAD_TAG;
}

/* X.690 8.1.3: length octets. Moves *pos behind them. */
static ScepBerError read_length(const uint8_t *data, size_t limit, size_t *pos, ScepBer *out, uint64_t *length)
{
    *length = 0;
    if (*pos >= limit) {
        out->truncated = true;
        return SCEP_BER_OK;
    }
    const uint8_t first = data[(*pos)++];
    if (!(first & 0x80)) {
        *length = first;
        return SCEP_BER_OK;
    }
    if (first == 0x80) {
        out->indefinite = true;
        return out->constructed ? SCEP_BER_OK : SCEP_BER_BAD_LENGTH;
    }
    const unsigned octets = first & 0x7f;
    if (octets > 8)
        return SCEP_BER_BAD_LENGTH;
    for (unsigned octet = 0; octet < octets; octet++) {
        if (*pos >= limit) {
            out->truncated = true;
            return SCEP_BER_OK;
        }
        *length = (*length << 8) | data[(*pos)++];
    }
    return SCEP_BER_OK;
}

static bool at_end_of_contents(const uint8_t *data, size_t limit, size_t pos)
{
    return pos + 2 <= limit && data[pos] == 0 && data[pos + 1] == 0;
}

/* The first half of such a mark: tag number 0 is nothing else (X.690 8.1.5). */
static bool at_truncation_mark(const uint8_t *data, size_t limit, size_t pos)
{
    return pos + 1 == limit && data[pos] == 0;
}

/* X.690 8.1.5: the content of an indefinite element ends at the mark that no inner element owns. */
static ScepBerError find_end_of_contents(const uint8_t *data, size_t limit, size_t start, unsigned depth, ScepBer *out)
{
    size_t pos = start;

    while (pos < limit && !out->broken && !at_truncation_mark(data, limit, pos)) {
        ScepBer child;

        if (at_end_of_contents(data, limit, pos)) {
            out->content.length = pos - start;
            out->whole.length = pos + 2 - out->whole.offset;
            return SCEP_BER_OK;
        }
        const ScepBerError error = read_at_depth(data, limit, pos, depth + 1, &child);
        if (error == SCEP_BER_TOO_DEEP)
            return error;
        /* What stands before the broken bytes can still be read, so this is no error here. */
        out->broken = error != SCEP_BER_OK || child.broken;
        if (child.truncated)
            break;
        pos = child.whole.offset + child.whole.length;
    }
    out->truncated = !out->broken;
    out->content.length = limit - start;
    out->whole.length = limit - out->whole.offset;
    return SCEP_BER_OK;
}

static ScepBerError read_at_depth(const uint8_t *data, size_t limit, size_t offset, unsigned depth, ScepBer *out)
{
    size_t pos = offset;
    uint64_t length = 0;

    memset(out, 0, sizeof *out);
    out->whole.offset = offset;
    if (depth > SCEP_BER_MAX_DEPTH)
        return SCEP_BER_TOO_DEEP;
    if (offset >= limit || at_end_of_contents(data, limit, offset) || at_truncation_mark(data, limit, offset))
        return SCEP_BER_END;

    ScepBerError error = read_identifier(data, limit, &pos, out);
    if (error == SCEP_BER_OK && !out->truncated)
        error = read_length(data, limit, &pos, out, &length);
    if (error != SCEP_BER_OK)
        return error;

    out->content.offset = pos;
    if (out->truncated) {
        out->whole.length = pos - offset;
        return SCEP_BER_OK;
    }
    if (out->indefinite)
        return find_end_of_contents(data, limit, pos, depth, out);

    const size_t available = limit - pos;
    if (length > available) {
        out->truncated = true;
        out->missing = length - available;
        length = available;
    }
    out->content.length = (size_t)length;
    out->whole.length = pos + (size_t)length - offset;
    return SCEP_BER_OK;
}

ScepBerError scep_ber_read(const uint8_t *data, size_t limit, size_t offset, ScepBer *out)
{
    return read_at_depth(data, limit, offset, 0, out);
}

ScepBerError scep_ber_first(const uint8_t *data, const ScepBer *parent, ScepBer *out)
{
    return scep_ber_read(data, parent->content.offset + parent->content.length, parent->content.offset, out);
}

ScepBerError scep_ber_next(const uint8_t *data, const ScepBer *parent, const ScepBer *node, ScepBer *out)
{
    /* node and out may be the same variable, so take the offset first. */
    const size_t offset = node->whole.offset + node->whole.length;
    return scep_ber_read(data, parent->content.offset + parent->content.length, offset, out);
}

bool scep_ber_is(const ScepBer *node, uint8_t tag_class, uint32_t tag)
{
    return node->tag_class == tag_class && node->tag == tag;
}

bool scep_ber_oid_is(const uint8_t *data, const ScepBer *node, const uint8_t *oid, size_t length)
{
    return scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_OID) && node->content.length == length &&
           memcmp(data + node->content.offset, oid, length) == 0;
}

static size_t count_oids(const uint8_t *data, const ScepBer *parent, unsigned depth, size_t limit)
{
    ScepBer item;
    ScepBerError error;
    size_t count = 0;

    if (depth > SCEP_BER_MAX_DEPTH)
        return limit;
    for (error = scep_ber_first(data, parent, &item); error == SCEP_BER_OK && count < limit;
         error = scep_ber_next(data, parent, &item, &item)) {
        if (item.constructed)
            count += count_oids(data, &item, depth + 1, limit - count);
        else
            count += scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OID);
    }
    return error == SCEP_BER_TOO_DEEP ? limit : count;
}

size_t scep_ber_count_oids(const uint8_t *data, size_t size, size_t limit)
{
    const ScepBer everything = { .content = { 0, size }, .constructed = true };

    return count_oids(data, &everything, 0, limit);
}

char *scep_ber_new_oid_text(const uint8_t *octets, size_t length)
{
    GString *text = g_string_new(NULL);
    uint64_t arc = 0;
    bool open = false;
    size_t at;

    for (at = 0; at < length && text->len < SCEP_MAX_TEXT; at++) {
        if (arc >> 57) {
            open = true;
            break;
        }
        arc = (arc << 7) | (octets[at] & 0x7f);
        open = (octets[at] & 0x80) != 0;
        if (open)
            continue;
        if (text->len == 0) {
            /* X.690 8.19.4: the first two arcs share one subidentifier. */
            const uint64_t root = arc < 80 ? arc / 40 : 2;
            g_string_append_printf(text, "%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT, root, arc - root * 40);
        } else {
            g_string_append_printf(text, ".%" G_GUINT64_FORMAT, arc);
        }
        arc = 0;
    }
    if (open || at < length || length == 0)
        g_string_append(text, "...");
    return g_string_free(text, FALSE);
}

/* Walks the pieces of a constructed string; strings may nest (X.690 8.7.3.2). */
static void collect_pieces(const uint8_t *data, const ScepBer *node, unsigned depth, GByteArray *joined,
                           ScepOctets *out)
{
    ScepBer piece;
    ScepBerError error;

    for (error = scep_ber_first(data, node, &piece); error == SCEP_BER_OK && out->pieces < SCEP_MAX_PIECES;
         error = scep_ber_next(data, node, &piece, &piece)) {
        if (piece.truncated || piece.broken)
            out->truncated = true;
        if (piece.constructed) {
            if (depth < SCEP_BER_MAX_DEPTH)
                collect_pieces(data, &piece, depth + 1, joined, out);
            else
                out->truncated = true;
            continue;
        }
        if (out->pieces++ == 0)
            out->span = piece.content;
        g_byte_array_append(joined, data + piece.content.offset, (guint)piece.content.length);
    }
    /* SCEP_BER_OK: there is another piece, beyond the limit. */
    if (error != SCEP_BER_END)
        out->truncated = true;
}

void scep_octets_read(const uint8_t *data, const ScepBer *node, ScepOctets *out)
{
    memset(out, 0, sizeof *out);
    out->truncated = node->truncated || node->broken;
    if (!node->constructed) {
        out->span = node->content;
        out->pieces = 1;
        return;
    }
    out->constructed = true;
    GByteArray *joined = g_byte_array_new();
    collect_pieces(data, node, 0, joined, out);
    if (out->pieces > 1)
        out->joined = g_byte_array_free_to_bytes(joined);
    else
        g_byte_array_unref(joined);
}

void scep_octets_clear(ScepOctets *octets)
{
    g_clear_pointer(&octets->joined, g_bytes_unref);
    memset(octets, 0, sizeof *octets);
}

const uint8_t *scep_octets_get0_data(const uint8_t *data, const ScepOctets *octets, size_t *length)
{
    if (octets->joined != NULL)
        return g_bytes_get_data(octets->joined, length);
    *length = octets->span.length;
    return data + octets->span.offset;
}
