/* ndr.c
 * A reader for NDR and NDR64 stubs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/ndr.h"

#include <string.h>

#include "asn1/asn1_text.h"
#include "scep/limits.h"

void scep_ndr_init(ScepNdr *ndr, const uint8_t *data, size_t size, size_t reported, unsigned flags, GArray *problems)
{
    *ndr = (ScepNdr){
        .data = data,
        .size = size,
        .reported = MAX(size, reported),
        .big_endian = (flags & SCEP_NDR_BIG_ENDIAN) != 0,
        .ndr64 = (flags & SCEP_NDR_64) != 0,
        .problems = problems,
    };
}

void scep_ndr_add_problem(ScepNdr *ndr, ScepNdrProblemCode code, ScepSpan where, uint64_t number, uint64_t expected)
{
    const ScepNdrProblem problem = { code, ndr->parameter, where, number, expected };

    if (ndr->problems->len < SCEP_MAX_PROBLEMS)
        g_array_append_val(ndr->problems, problem);
}

/* Whether the bytes are there; if not, who is to blame. */
static bool has(ScepNdr *ndr, uint64_t count)
{
    const size_t left = ndr->offset < ndr->size ? ndr->size - ndr->offset : 0;
    const size_t sent = ndr->offset < ndr->reported ? ndr->reported - ndr->offset : 0;

    if (ndr->stopped)
        return false;
    if (count <= left)
        return true;
    ndr->stopped = true;
    scep_ndr_add_problem(ndr, count <= sent ? SCEP_NDR_TRUNCATED : SCEP_NDR_SHORT,
                         (ScepSpan){ MIN(ndr->offset, ndr->size), left }, count - left, 0);
    return false;
}

void scep_ndr_align(ScepNdr *ndr, size_t alignment)
{
    if (!ndr->stopped)
        ndr->offset += (alignment - ndr->offset % alignment) % alignment;
}

static bool scalar(ScepNdr *ndr, size_t size, uint64_t *value, ScepSpan *where)
{
    *value = 0;
    scep_ndr_align(ndr, size);
    if (!has(ndr, size))
        return false;
    for (size_t i = 0; i < size; i++) {
        const uint8_t octet = ndr->data[ndr->offset + i];
        *value |= (uint64_t)octet << 8 * (ndr->big_endian ? size - 1 - i : i);
    }
    if (where != NULL)
        *where = (ScepSpan){ ndr->offset, size };
    ndr->offset += size;
    return true;
}

bool scep_ndr_u16(ScepNdr *ndr, uint16_t *value, ScepSpan *where)
{
    uint64_t wide;
    const bool there = scalar(ndr, 2, &wide, where);

    *value = (uint16_t)wide;
    return there;
}

bool scep_ndr_u32(ScepNdr *ndr, uint32_t *value, ScepSpan *where)
{
    uint64_t wide;
    const bool there = scalar(ndr, 4, &wide, where);

    *value = (uint32_t)wide;
    return there;
}

bool scep_ndr_word(ScepNdr *ndr, uint64_t *value, ScepSpan *where)
{
    return scalar(ndr, ndr->ndr64 ? 8 : 4, value, where);
}

bool scep_ndr_octets(ScepNdr *ndr, uint64_t count, ScepSpan *where)
{
    const size_t start = MIN(ndr->offset, ndr->size);

    *where = (ScepSpan){ start, (size_t)MIN(count, ndr->size - start) };
    if (!has(ndr, count))
        return false;
    ndr->offset += (size_t)count;
    return true;
}

/* Like scep_ndr_octets() for a count that the sender chose: beyond the end of the stub it is the count that is wrong.
 */
static bool counted(ScepNdr *ndr, uint64_t count, uint64_t octets, ScepSpan *where)
{
    const size_t start = MIN(ndr->offset, ndr->size), sent = ndr->reported - MIN(ndr->offset, ndr->reported);

    if (!ndr->stopped && octets > sent) {
        *where = (ScepSpan){ start, ndr->size - start };
        scep_ndr_add_problem(ndr, SCEP_NDR_COUNT_TOO_LARGE, *where, count, sent);
        ndr->stopped = true;
        return false;
    }
    return scep_ndr_octets(ndr, octets, where);
}

static void end_whole(const ScepNdr *ndr, ScepNdrPointee *out)
{
    const size_t end = MIN(ndr->stopped ? ndr->size : ndr->offset, ndr->size);

    out->whole.length = end > out->whole.offset ? end - out->whole.offset : 0;
}

/* The place where the next parameter begins, padding left out. */
static void begin_whole(ScepNdr *ndr, size_t alignment, ScepNdrPointee *out)
{
    memset(out, 0, sizeof *out);
    scep_ndr_align(ndr, alignment);
    out->whole.offset = MIN(ndr->offset, ndr->size);
}

char *scep_ndr_new_utf16(const uint8_t *octets, size_t length, bool big_endian, bool *bad)
{
    const size_t size = 2 * MIN(length / 2, SCEP_NDR_MAX_TEXT);
    GString *text = g_string_sized_new(size / 2 + 1);
    bool wrong = false;
    size_t used;

    for (size_t at = 0; at < size; at += used) {
        const uint32_t point = scep_utf16_point(octets + at, size - at, big_endian, &used);
        const bool is_half = scep_utf16_is_half(point);
        if (point == 0)
            break;
        g_string_append_unichar(text, is_half ? 0xfffd : point);
        wrong |= is_half;
    }
    if (bad != NULL)
        *bad = wrong;
    return g_string_free(text, FALSE);
}

/* The characters of a string that is there, as far as the capture has them. */
static void take_text(ScepNdr *ndr, ScepNdrPointee *out, bool complete)
{
    ScepSpan *octets = &out->octets;
    const uint8_t *text = ndr->data + octets->offset;
    bool bad;

    octets->length -= octets->length % 2;
    if (octets->length > 0 && text[octets->length - 2] == 0 && text[octets->length - 1] == 0)
        octets->length -= 2;
    else if (complete)
        scep_ndr_add_problem(ndr, SCEP_NDR_NOT_TERMINATED, *octets, 0, 0);
    out->text = scep_ndr_new_utf16(text, octets->length, ndr->big_endian, &bad);
    if (bad)
        scep_ndr_add_problem(ndr, SCEP_NDR_BAD_TEXT, *octets, 0, 0);
}

/* max_count, offset and actual_count of C706 14.3.4.2. */
static bool string_counts(ScepNdr *ndr, uint64_t range, uint64_t *actual)
{
    uint64_t max_count, offset;
    ScepSpan max_where, offset_where, actual_where;

    if (!scep_ndr_word(ndr, &max_count, &max_where) || !scep_ndr_word(ndr, &offset, &offset_where) ||
        !scep_ndr_word(ndr, actual, &actual_where))
        return false;
    if (offset != 0)
        scep_ndr_add_problem(ndr, SCEP_NDR_STRING_OFFSET, offset_where, offset, 0);
    if (*actual > max_count || offset > max_count - *actual)
        scep_ndr_add_problem(ndr, SCEP_NDR_STRING_COUNT, actual_where, *actual, max_count);
    if (*actual > range || max_count > range)
        scep_ndr_add_problem(ndr, SCEP_NDR_OUT_OF_RANGE, max_where, MAX(*actual, max_count), range);
    return true;
}

bool scep_ndr_string(ScepNdr *ndr, uint64_t range, ScepNdrPointee *out)
{
    uint64_t referent, actual;
    bool complete = false;

    begin_whole(ndr, ndr->ndr64 ? 8 : 4, out);
    if (scep_ndr_word(ndr, &referent, NULL)) {
        out->null = referent == 0;
        if (out->null) {
            complete = true;
        } else if (string_counts(ndr, range, &actual)) {
            complete = counted(ndr, actual, actual > UINT64_MAX / 2 ? UINT64_MAX : 2 * actual, &out->octets);
            take_text(ndr, out, complete);
        }
    }
    end_whole(ndr, out);
    return complete;
}

bool scep_ndr_blob(ScepNdr *ndr, ScepNdrPointee *out)
{
    uint64_t referent, max_count;
    ScepSpan size_where = { 0, 0 }, count_where;
    bool complete = false;

    begin_whole(ndr, ndr->ndr64 ? 8 : 4, out);
    if (scep_ndr_u32(ndr, &out->size, &size_where) && scep_ndr_word(ndr, &referent, NULL)) {
        out->null = referent == 0;
        if (out->null) {
            complete = true;
            if (out->size != 0)
                scep_ndr_add_problem(ndr, SCEP_NDR_NULL_WITH_SIZE, size_where, out->size, 0);
        } else if (scep_ndr_word(ndr, &max_count, &count_where)) {
            /* The array is as long as its own count says (C706 14.3.3.2), whatever the size beside it. */
            if (max_count != out->size)
                scep_ndr_add_problem(ndr, SCEP_NDR_COUNT_DIFFERS, count_where, out->size, max_count);
            complete = counted(ndr, max_count, max_count, &out->octets);
        }
    }
    end_whole(ndr, out);
    return complete;
}
