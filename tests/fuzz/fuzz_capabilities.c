/* fuzz_capabilities.c
 * Answers to GetCACaps: lines lie in the body, in order, without blanks around them, and their bits are the sum.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "wire/capabilities.h"

static void check_line(const uint8_t *data, size_t size, const ScepCapability *line, size_t previous_end)
{
    const ScepSpan span = line->span;

    REQUIRE(span.length > 0 && span.offset >= previous_end);
    REQUIRE(span.offset <= size && span.length <= size - span.offset);
    REQUIRE(!g_ascii_isspace(data[span.offset]) && !g_ascii_isspace(data[span.offset + span.length - 1]));
    REQUIRE(memchr(data + span.offset, '\n', span.length) == NULL);
    REQUIRE(memchr(data + span.offset, '\r', span.length) == NULL);
    REQUIRE((line->bit & (line->bit - 1)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ScepCapabilities caps;
    uint32_t bits = 0;
    size_t end = 0;

    scep_capabilities_parse(data, size, &caps);
    REQUIRE(caps.count <= SCEP_MAX_CAPABILITIES);
    REQUIRE(!caps.looks_like_markup || (caps.count == 0 && caps.bits == 0 && !caps.truncated));
    REQUIRE(!caps.truncated || caps.count == SCEP_MAX_CAPABILITIES);
    for (size_t i = 0; i < caps.count; i++) {
        check_line(data, size, &caps.line[i], end);
        end = caps.line[i].span.offset + caps.line[i].span.length;
        bits |= caps.line[i].bit;
    }
    REQUIRE(caps.truncated ? (bits & ~caps.bits) == 0 : bits == caps.bits);
    REQUIRE((scep_capabilities_effective(caps.bits) & caps.bits) == caps.bits);
    return 0;
}
