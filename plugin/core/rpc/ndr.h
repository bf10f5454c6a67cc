/* ndr.h
 * A reader for NDR and NDR64 stubs (C706 chapter 14, MS-RPCE 2.2.5) that keeps offsets and trusts no count.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_RPC_NDR_H
#define SCEP_CORE_RPC_NDR_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/rpc.h"
#include "scep/catalogue.h"
#include "scep/asn1.h"

/** A cursor. Alignment counts from data[0], the start of the stub. After an error that hides where the next parameter
 * begins, stopped is set and every later read says false. */
typedef struct {
    const uint8_t *data;
    size_t size;     /**< bytes that are there */
    size_t reported; /**< bytes that were sent; at least size */
    size_t offset;
    bool big_endian;
    bool ndr64; /**< pointers and counts have 8 octets */
    bool stopped;
    const char *parameter; /**< for the problems that are found next; static */
    GArray *problems;      /**< of ScepNdrProblem, borrowed; at most SCEP_MAX_PROBLEMS are added */
} ScepNdr;

/** @param problems  GArray of ScepNdrProblem that outlives the cursor */
void scep_ndr_init(ScepNdr *ndr, const uint8_t *data, size_t size, size_t reported, unsigned flags, GArray *problems);

void scep_ndr_add_problem(ScepNdr *ndr, ScepNdrProblemCode code, ScepSpan where, uint64_t number, uint64_t expected);

/** Moves to the next multiple of @a alignment; the padding in between may hold anything. */
void scep_ndr_align(ScepNdr *ndr, size_t alignment);

/** Scalars, aligned to their size. @param where  may be NULL. @return false (value 0) when they are not there */
bool scep_ndr_u16(ScepNdr *ndr, uint16_t *value, ScepSpan *where);
bool scep_ndr_u32(ScepNdr *ndr, uint32_t *value, ScepSpan *where);

/** A count or a referent id: 4 octets, in NDR64 8. */
bool scep_ndr_word(ScepNdr *ndr, uint64_t *value, ScepSpan *where);

/** Octets without alignment. @return false when not all of them are there; @a where has those that are */
bool scep_ndr_octets(ScepNdr *ndr, uint64_t count, ScepSpan *where);

/** What a pointer leads to. */
typedef struct {
    bool null;
    ScepSpan whole;  /**< the flat part, the counts and the octets */
    ScepSpan octets; /**< the characters without the null at the end, or the bytes of a blob */
    uint32_t size;   /**< cb of a blob, as sent */
    char *text;      /**< of a string: UTF-8, NULL when there is none; g_free() */
} ScepNdrPointee;

/** [string, unique] wchar_t *: referent id, then max_count, offset, actual_count and UTF-16 characters (C706 14.3.4.2).
 * @param range  characters that the interface allows, the null included
 * @return false when the cursor stopped; out holds what could be read, out->text to be freed in either case */
bool scep_ndr_string(ScepNdr *ndr, uint64_t range, ScepNdrPointee *out);

/** CERTTRANSBLOB (MS-WCCE 2.2.2.2): cb, referent id, then max_count and bytes. Likewise; out->text stays NULL. */
bool scep_ndr_blob(ScepNdr *ndr, ScepNdrPointee *out);

/** ORPCTHIS and ORPCTHAT (MS-DCOM 2.2.13.3, 2.2.13.4). @param whole  the prefix with its extensions
 * @return false when the cursor stopped or the prefix cannot be one */
bool scep_ndr_orpcthis(ScepNdr *ndr, ScepSpan *whole);
bool scep_ndr_orpcthat(ScepNdr *ndr, ScepSpan *whole);

#endif
