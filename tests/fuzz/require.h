/* require.h
 * What every fuzzer asks of the texts and spans that it gets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef REQUIRE_H
#define REQUIRE_H

#include <glib.h>
#include <stdlib.h>

#include "scep/asn1.h"

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

static inline void require_span(ScepSpan span, size_t size)
{
    REQUIRE(span.offset <= size && span.length <= size - span.offset);
}

static inline void require_text(const char *text)
{
    REQUIRE(text == NULL || g_utf8_validate(text, -1, NULL));
}

#endif
