/* http_reading.h
 * Reading one HTTP/1 message in a test, and comparing its parts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HTTP_READING_H
#define HTTP_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "scep/wire.h"

/* Every text is copied to a block of its own size, so that the sanitizer sees a read behind its end. */
typedef struct {
    uint8_t *data;
    size_t size;
    size_t next;
    ScepHttpMessage message;
} Reading;

static inline bool reading_at(Reading *reading, size_t offset)
{
    return scep_http_message_read(reading->data, reading->size, offset, &reading->message, &reading->next);
}

static inline bool reading_start(Reading *reading, const char *text, size_t size)
{
    reading->size = size;
    reading->data = g_memdup2(text, size);
    return reading_at(reading, 0);
}

static inline void reading_end(Reading *reading)
{
    g_free(reading->data);
}

static inline void assert_span(const uint8_t *data, ScepSpan span, const char *expected)
{
    assert_int_equal(span.length, strlen(expected));
    assert_memory_equal(data + span.offset, expected, span.length);
}

static inline void assert_absent(ScepSpan span)
{
    assert_int_equal(span.offset, 0);
    assert_int_equal(span.length, 0);
}

#define READ(reading, text) assert_true(reading_start(&(reading), text, sizeof(text) - 1))
#define ASSERT_PART(reading, part, expected) assert_span((reading).data, (reading).message.part, expected)

#endif
