/* http_message.h
 * Where HTTP/1 messages and HTTP/2 frames begin and end in a buffer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HTTP_MESSAGE_H
#define SCEP_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/span.h"

/** One HTTP/1.0 or 1.1 message (RFC 9112) in a buffer. Spans point into that buffer and die with it. */
typedef struct {
    bool is_request;
    bool headers_complete;      /**< the empty line after the fields was found */
    bool chunked;               /**< Transfer-Encoding: chunked; body then still carries the chunk framing */
    bool has_content_length;
    uint8_t minor_version;      /**< 0 or 1 */
    uint16_t status;            /**< responses */
    uint64_t content_length;
    ScepSpan start_line;        /**< without its line end */
    ScepSpan method;            /**< requests */
    ScepSpan target;            /**< requests, as sent: origin, absolute or authority form */
    ScepSpan host;
    ScepSpan user_agent;
    ScepSpan server;
    ScepSpan location;
    ScepSpan content_type;
    ScepSpan content_encoding;
    ScepSpan www_authenticate;  /**< the first one */
    ScepSpan client_request_id; /**< client-request-id, by which Microsoft's services log a call */
    ScepSpan ms_proxy;          /**< X-MS-Proxy, which Entra Application Proxy adds to answers */
    ScepSpan body;              /**< as transferred, clamped to the buffer */
    uint64_t body_missing;      /**< bytes that Content-Length promises and the buffer lacks */
    bool chunks_open;           /**< chunked, and the last chunk is not in the buffer */
    bool until_close;           /**< a response whose body ends with the connection (RFC 9112 6.3, rule 8) */
} ScepHttpMessage;

/** Reads one message that starts at @a offset.
 *
 * A body ends where Content-Length says, after the last chunk, or (responses without either, RFC 9112 6.3)
 * with the buffer. 1xx, 204 and 304 have none; nor has a request without Content-Length and chunks. Whether a response
 * answers HEAD or CONNECT cannot be told here. An empty line in front of the message is skipped (RFC 9112 2.2).
 * Line ends may be CRLF or LF (RFC 9112 2.2). Field names match case-insensitively; blanks around values are cut.
 *
 * A start line or header section that the buffer cuts is reported with headers_complete false and no body; the
 * message then takes the rest of the buffer.
 *
 * @param data  the whole buffer, borrowed
 * @param next  receives the offset just after the message; the end of the buffer when chunks are cut or broken
 * @return false when no request line or status line starts there: *out is then zeroed and *next is @a offset.
 */
bool scep_http_message_read(const uint8_t *data, size_t size, size_t offset, ScepHttpMessage *out, size_t *next);

/** One HTTP/2 frame (RFC 9113 4.1); padding and priority are already cut from the payload. */
typedef struct {
    uint8_t type;               /**< 0 DATA, 1 HEADERS, 9 CONTINUATION, ... */
    uint8_t flags;
    uint32_t stream_id;
    ScepSpan payload;
    bool end_stream;            /**< END_STREAM on DATA or HEADERS */
    bool end_headers;           /**< END_HEADERS on HEADERS or CONTINUATION */
} ScepHttp2Frame;

/** Reads the frame at *offset and moves *offset behind it.
 * Skips the client connection preface when *offset stands on it.
 * @return false at the end, on a frame that the buffer does not hold whole, or on bytes that are no frame (wrong
 *         stream for the type, RFC 9113 6; more padding than payload). *out is then zeroed and *offset stays. */
bool scep_http2_frame_read(const uint8_t *data, size_t size, size_t *offset, ScepHttp2Frame *out);

/** Reads one field of a decoded header list laid out as Wireshark's "Decompressed Header" source: name length (u32,
 * big endian), name, value length (u32, big endian), value.
 * @return false at the end or when the lengths do not fit. */
bool scep_http2_field_read(const uint8_t *data, size_t size, size_t *offset, ScepSpan *name, ScepSpan *value);

/** True when the span holds @a text, ASCII case ignored. */
bool scep_span_equals(const uint8_t *data, ScepSpan span, const char *text);

/** True when the span starts with @a prefix, ASCII case ignored (for media types with parameters). */
bool scep_span_has_prefix(const uint8_t *data, ScepSpan span, const char *prefix);

#endif
