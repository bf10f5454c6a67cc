/* asn1.h
 * BER (X.690) with offsets; times.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_ASN1_H
#define SCEP_ASN1_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- span -------------------------------------------------------------------------------------------------------- */

/* A run of bytes inside a buffer that somebody else owns. */

/** Offset and length in bytes. A span of length 0 at offset 0 stands for "absent". */
typedef struct {
    size_t offset;
    size_t length;
} ScepSpan;

/* ---- ber --------------------------------------------------------------------------------------------------------- */

/* A reader for BER (X.690) that keeps offsets and trusts no byte. */

/** Why an element could not be read. */
typedef enum {
    SCEP_BER_OK = 0,
    SCEP_BER_END,        /**< no byte left, or an end-of-contents mark: the enclosing element ends here */
    SCEP_BER_BAD_TAG,    /**< high tag number that is too long */
    SCEP_BER_BAD_LENGTH, /**< reserved first octet, over 8 octets, or indefinite on a primitive element */
    SCEP_BER_TOO_DEEP    /**< nested deeper than SCEP_BER_MAX_DEPTH */
} ScepBerError;

enum { SCEP_BER_UNIVERSAL = 0, SCEP_BER_APPLICATION = 1, SCEP_BER_CONTEXT = 2, SCEP_BER_PRIVATE = 3 };

enum {
    SCEP_TAG_BOOLEAN = 1,
    SCEP_TAG_INTEGER = 2,
    SCEP_TAG_BIT_STRING = 3,
    SCEP_TAG_OCTET_STRING = 4,
    SCEP_TAG_NULL = 5,
    SCEP_TAG_OID = 6,
    SCEP_TAG_UTF8_STRING = 12,
    SCEP_TAG_SEQUENCE = 16,
    SCEP_TAG_SET = 17,
    SCEP_TAG_PRINTABLE_STRING = 19,
    SCEP_TAG_T61_STRING = 20,
    SCEP_TAG_IA5_STRING = 22,
    SCEP_TAG_UTC_TIME = 23,
    SCEP_TAG_GENERALIZED_TIME = 24,
    SCEP_TAG_VISIBLE_STRING = 26,
    SCEP_TAG_UNIVERSAL_STRING = 28,
    SCEP_TAG_BMP_STRING = 30
};

/** One element. Spans point into the buffer that was read and never leave it, whatever the length octets claim. */
typedef struct {
    uint8_t tag_class; /**< SCEP_BER_UNIVERSAL ... */
    bool constructed;
    bool indefinite; /**< length 0x80, closed by an end-of-contents mark */
    bool truncated;  /**< the buffer ends before the element does */
    bool broken;     /**< indefinite, and bytes inside are no BER: where it ends is unknown, so it takes all */
    uint32_t tag;
    uint64_t missing; /**< bytes the length promises beyond the limit (0 where an indefinite element is cut) */
    ScepSpan whole;   /**< identifier octets to the last content octet, end-of-contents mark included */
    ScepSpan content;
} ScepBer;

/** Reads the element at @a offset; @a limit is the offset where the enclosing element (or the buffer) ends.
 * A cut element is returned with SCEP_BER_OK, truncated set and its content clamped; so is an indefinite one that holds
 * bytes which are no BER, with broken set instead. */
ScepBerError scep_ber_read(const uint8_t *data, size_t limit, size_t offset, ScepBer *out);

/** Reads the first element inside @a parent. */
ScepBerError scep_ber_first(const uint8_t *data, const ScepBer *parent, ScepBer *out);

/** Reads the element that follows @a node inside @a parent. */
ScepBerError scep_ber_next(const uint8_t *data, const ScepBer *parent, const ScepBer *node, ScepBer *out);

/** True when the element carries this class and tag number. */
bool scep_ber_is(const ScepBer *node, uint8_t tag_class, uint32_t tag);

/** Number of OBJECT IDENTIFIERs at any depth, what is inside of primitive strings left out. Stops counting at @a limit,
 * which is also the answer for an encoding that is nested deeper than SCEP_BER_MAX_DEPTH. */
size_t scep_ber_count_oids(const uint8_t *data, size_t size, size_t limit);

/** Dotted text of an OBJECT IDENTIFIER's content octets; arcs beyond 64 bits or cut octets end it with "...".
 * @return g_free() it. */
char *scep_ber_new_oid_text(const uint8_t *octets, size_t length);

/** Content of an OCTET STRING whose pieces may be scattered (X.690 8.7.3). */
typedef struct {
    ScepSpan span;  /**< where it stands in the buffer when it is one piece */
    GBytes *joined; /**< the pieces put together, owned; NULL when it is one piece */
    size_t pieces;
    bool truncated;
} ScepOctets;

/** The bytes, wherever they stand. @a data is the buffer the element was read from. */
const uint8_t *scep_octets_get0_data(const uint8_t *data, const ScepOctets *octets, size_t *length);

#endif
