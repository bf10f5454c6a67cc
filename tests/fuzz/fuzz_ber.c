/* fuzz_ber.c
 * BER elements: every span lies inside its parent, every step goes forward, strings and OIDs stay within their bounds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "../unit/support/message_spans.h"
#include "asn1/time.h"
#include "asn1/ber.h"

static void require_octets(const uint8_t *data, size_t size, const ScepBer *node)
{
    ScepOctets octets;
    size_t length;

    scep_octets_read(data, node, &octets);
    REQUIRE(octets_fault(&octets, size) == NULL);
    const uint8_t *bytes = scep_octets_get0_data(data, &octets, &length);
    REQUIRE(length <= node->content.length);
    if (octets.joined == NULL && length > 0)
        REQUIRE(bytes == data + octets.span.offset);
    if (!node->constructed)
        REQUIRE(length == node->content.length && octets.pieces == 1);
    scep_octets_clear(&octets);
    REQUIRE(octets.joined == NULL && octets.pieces == 0);
}

static void require_leaf(const uint8_t *data, const ScepBer *node)
{
    const uint8_t *content = data + node->content.offset;
    char *text = scep_ber_new_oid_text(content, node->content.length);

    REQUIRE(strlen(text) > 0 && strlen(text) < SCEP_MAX_TEXT + 32);
    REQUIRE(strspn(text, "0123456789.") == strlen(text));
    g_free(text);
    /* the years 1 to 9999 */
    const int64_t time = scep_time_parse(content, node->content.length, node->tag);
    REQUIRE(time >= G_GINT64_CONSTANT(-62135596800) && time <= G_GINT64_CONSTANT(253402300799));
    REQUIRE(scep_ber_oid_is(data, node, content, node->content.length) ==
            scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_OID));
}

/* Elements that one walk looks at: strings are collected at each of them, which is the square of the size. */
#define MAX_ELEMENTS 512

static void walk(const uint8_t *data, const ScepBer *parent, unsigned depth, unsigned *seen)
{
    const size_t limit = parent->content.offset + parent->content.length;
    size_t offset = parent->content.offset;
    ScepBer child;
    ScepBerError error;

    for (error = scep_ber_first(data, parent, &child); error == SCEP_BER_OK && ++*seen < MAX_ELEMENTS;
         error = scep_ber_next(data, parent, &child, &child)) {
        REQUIRE(element_fault(&child, limit, offset) == NULL);
        offset = child.whole.offset + child.whole.length;
        require_octets(data, limit, &child);
        require_leaf(data, &child);
        if (child.constructed && depth < SCEP_BER_MAX_DEPTH)
            walk(data, &child, depth + 1, seen);
    }
    REQUIRE(error <= SCEP_BER_TOO_DEEP);
    if (error == SCEP_BER_END && offset < limit)
        REQUIRE(data[offset] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seen = 0;
    ScepBer outer;

    if (scep_ber_read(data, size, 0, &outer) != SCEP_BER_OK)
        return 0;
    REQUIRE(element_fault(&outer, size, 0) == NULL);
    require_octets(data, size, &outer);
    walk(data, &outer, 0, &seen);
    return 0;
}
