/* fuzz_http_message.c
 * HTTP/1 messages, HTTP/2 frames and header lists: every span lies in the buffer, every step goes forward.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "scep/wire.h"

static void require_inside(ScepSpan span, size_t start, size_t end)
{
    if (span.offset == 0 && span.length == 0)
        return;
    REQUIRE(span.offset >= start && span.offset <= end);
    REQUIRE(span.length <= end - span.offset);
}

static void require_message(const ScepHttpMessage *message, size_t start, size_t end)
{
    const ScepSpan *const spans[] = {
        &message->method,           &message->target,   &message->host,         &message->user_agent,
        &message->server,           &message->location, &message->content_type, &message->content_encoding,
        &message->www_authenticate, &message->ms_proxy, &message->body,         &message->start_line,
    };

    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        require_inside(*spans[i], start, end);
    REQUIRE(message->minor_version <= 1);
    REQUIRE(message->start_line.length > 0);
    REQUIRE(message->is_request == (message->status == 0));
    REQUIRE(message->is_request == (message->method.length > 0));
    REQUIRE(message->is_request == (message->target.length > 0));
    REQUIRE(message->status < 1000);
    REQUIRE(message->headers_complete || message->body.offset == 0);
    if (message->body.offset != 0)
        REQUIRE(message->body.offset + message->body.length == end);
    if (message->body.offset != 0 && message->has_content_length && !message->chunked)
        REQUIRE(message->body.length + message->body_missing == message->content_length);
    else
        REQUIRE(message->body_missing == 0);
}

static void walk_messages(const uint8_t *data, size_t size)
{
    static const ScepHttpMessage zero;
    ScepHttpMessage message;
    size_t offset = 0;
    size_t next;

    while (scep_http_message_read(data, size, offset, &message, &next)) {
        REQUIRE(next > offset && next <= size);
        require_message(&message, offset, next);
        offset = next;
    }
    REQUIRE(next == offset);
    REQUIRE(memcmp(&message, &zero, sizeof zero) == 0);
}

static void walk_frames(const uint8_t *data, size_t size)
{
    ScepHttp2Frame frame;
    size_t offset = 0;
    size_t before = 0;

    while (scep_http2_frame_read(data, size, &offset, &frame)) {
        REQUIRE(offset >= before + 9 && offset <= size);
        require_inside(frame.payload, before + 9, offset);
        REQUIRE(frame.stream_id <= 0x7fffffff);
        before = offset;
    }
    REQUIRE(offset == before);
}

static void walk_fields(const uint8_t *data, size_t size)
{
    ScepSpan name;
    ScepSpan value;
    size_t offset = 0;
    size_t before = 0;

    while (scep_http2_field_read(data, size, &offset, &name, &value)) {
        REQUIRE(name.offset == before + 4 && value.offset == name.offset + name.length + 4);
        REQUIRE(offset == value.offset + value.length && offset <= size);
        if (scep_span_equals(data, name, ":path"))
            REQUIRE(scep_span_has_prefix(data, name, ":PA"));
        before = offset;
    }
    REQUIRE(offset == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walk_messages(data, size);
    walk_frames(data, size);
    walk_fields(data, size);
    return 0;
}
