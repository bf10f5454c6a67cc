/* http2_source.c
 * Finds HTTP/2 requests and responses of a frame in its data sources.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http2_source.h"

#include <string.h>

#include "scep/limits.h"

enum { FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_CONTINUATION = 9, FRAME_TYPE_LAST = 16 };

struct Http2Connection {
    wmem_map_t *requests; /* stream id -> Http2Message*, still growing */
    wmem_map_t *responses;
    uint32_t requester_port; /* port of the side that sends requests, 0 until one was seen */
    bool block_ends_stream;  /* END_STREAM of a HEADERS frame whose block goes on in CONTINUATION */
};

Http2Connection *http2_connection_new(void)
{
    Http2Connection *connection = wmem_new0(wmem_file_scope(), Http2Connection);

    connection->requests = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    connection->responses = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    return connection;
}

typedef struct {
    Http2Connection *connection;
    packet_info *pinfo;
    wmem_array_t *sources;
    wmem_array_t *out;
    unsigned header_cursor;
    int source; /* index of the source that is being read */
} Reader;

/* True when frames follow each other from offset on, the last one ending with the buffer or reaching beyond it. */
static bool chain_fits(const uint8_t *data, size_t size, size_t offset, bool may_reach_beyond)
{
    while (offset < size) {
        if (size - offset < 9)
            return false;
        const size_t length = (size_t)data[offset] << 16 | (size_t)data[offset + 1] << 8 | data[offset + 2];
        if (data[offset + 3] > FRAME_TYPE_LAST || (data[offset + 5] & 0x80))
            return false;
        if (length > size - offset - 9)
            return may_reach_beyond;
        offset += 9 + length;
    }
    return offset == size;
}

/* A record may begin with the rest of a frame that began in an earlier one; then the first offset from which frames
 * fill the record exactly is where the next one starts. */
static size_t first_frame(const uint8_t *data, size_t size, size_t start)
{
    if (size - start >= 24 && memcmp(data + start, "PRI * HTTP/2.0", 14) == 0)
        return start;
    if (chain_fits(data, size, start, true))
        return start;
    for (size_t offset = start + 1; offset + 9 <= size; offset++) {
        if (chain_fits(data, size, offset, false))
            return offset;
    }
    return size;
}

static const char *copy(const uint8_t *data, ScepSpan span)
{
    return wmem_strndup(wmem_file_scope(), (const char *)data + span.offset, span.length);
}

static void set_field(HttpHead *head, const uint8_t *data, ScepSpan name, ScepSpan value)
{
    static const struct {
        const char *name;
        size_t offset;
    } fields[] = {
        { ":path", offsetof(HttpHead, target) },
        { ":authority", offsetof(HttpHead, host) },
        { "host", offsetof(HttpHead, host) },
        { "user-agent", offsetof(HttpHead, user_agent) },
        { "server", offsetof(HttpHead, server) },
        { "location", offsetof(HttpHead, location) },
        { "content-type", offsetof(HttpHead, content_type) },
        { "content-encoding", offsetof(HttpHead, content_encoding) },
        { "www-authenticate", offsetof(HttpHead, authenticate) },
        { "x-ms-proxy", offsetof(HttpHead, ms_proxy) },
        { "x-amzn-errortype", offsetof(HttpHead, error_type) },
        { "x-amzn-errormessage", offsetof(HttpHead, error_message) },
        { "client-request-id", offsetof(HttpHead, client_request_id) },
    };

    if (scep_span_equals(data, name, ":method")) {
        head->is_request = true;
        head->is_get = scep_span_equals(data, value, "GET");
    } else if (scep_span_equals(data, name, ":status")) {
        for (size_t i = 0; i < value.length && i < 3; i++)
            head->status = (uint16_t)(head->status * 10 + (data[value.offset + i] - '0'));
    }
    for (size_t i = 0; i < array_length(fields); i++) {
        const char **slot = (const char **)((char *)head + fields[i].offset);
        if (*slot == NULL && scep_span_equals(data, name, fields[i].name))
            *slot = copy(data, value);
    }
}

static Http2Message *new_message(uint32_t stream_id, const uint8_t *data, size_t size)
{
    Http2Message *message = wmem_new0(wmem_file_scope(), Http2Message);
    ScepSpan name, value;
    size_t offset = 0;

    message->stream_id = stream_id;
    for (unsigned count = 0; count < SCEP_HTTP_MAX_FIELDS; count++) {
        if (!scep_http2_field_read(data, size, &offset, &name, &value))
            break;
        set_field(&message->head, data, name, value);
    }
    return message;
}

static tvbuff_t *next_header_list(Reader *reader)
{
    while (reader->header_cursor < wmem_array_get_count(reader->sources)) {
        const HttpSource *source = wmem_array_index(reader->sources, reader->header_cursor++);
        if (source->kind == SOURCE_HEADER_LIST)
            return source->tvb;
    }
    return NULL;
}

static bool sent_by_requester(const Reader *reader)
{
    return reader->connection->requester_port == reader->pinfo->srcport;
}

static void finish(Reader *reader, wmem_map_t *open, Http2Message *message)
{
    wmem_map_remove(open, GUINT_TO_POINTER(message->stream_id));
    message->complete = true;
    wmem_array_append_one(reader->out, message);
}

static void on_headers(Reader *reader, uint32_t stream_id, bool end_stream)
{
    tvbuff_t *list = next_header_list(reader);
    const int size = list ? (int)tvb_captured_length(list) : 0;

    if (size == 0)
        return;
    Http2Message *message = new_message(stream_id, tvb_get_ptr(list, 0, size), (size_t)size);
    if (message->head.is_request)
        reader->connection->requester_port = reader->pinfo->srcport;
    else if (message->head.status / 100 == 1)
        return;

    const bool is_request = message->head.is_request || (message->head.status == 0 && sent_by_requester(reader));
    wmem_map_t *open = is_request ? reader->connection->requests : reader->connection->responses;
    if (!message->head.is_request && message->head.status == 0)
        message = wmem_map_lookup(open, GUINT_TO_POINTER(stream_id)); /* trailers: the body is complete */
    else
        wmem_map_insert(open, GUINT_TO_POINTER(stream_id), message);
    if (end_stream && message != NULL)
        finish(reader, open, message);
}

static void on_data(Reader *reader, const uint8_t *data, const ScepHttp2Frame *frame)
{
    Http2Connection *connection = reader->connection;
    wmem_map_t *open = sent_by_requester(reader) ? connection->requests : connection->responses;
    Http2Message *message = wmem_map_lookup(open, GUINT_TO_POINTER(frame->stream_id));

    if (message == NULL)
        return;
    if (frame->payload.length > 0) {
        const size_t together = (size_t)message->length + frame->payload.length;
        if (together > SCEP_MAX_BODY) {
            message->too_long = true;
        } else {
            message->body = wmem_realloc(wmem_file_scope(), message->body, together);
            memcpy(message->body + message->length, data + frame->payload.offset, frame->payload.length);
            message->length = (int)together;
            message->source = reader->source;
            message->offset = (int)frame->payload.offset;
            message->data_frames++;
        }
    }
    if (!frame->end_stream)
        return;
    if (message->data_frames <= 1) {
        /* It stands in this frame's source, unless the stream was closed by an empty DATA frame later on. */
        if (frame->payload.length > 0) {
            wmem_free(wmem_file_scope(), message->body);
            message->body = NULL;
        }
    }
    finish(reader, open, message);
}

/* Sealed bytes in the frame's own source; what is inside stands in a source of its own. */
static bool is_tls_record(const uint8_t *data, size_t size, size_t start)
{
    return size - start > 5 && data[start] >= 0x14 && data[start] <= 0x17 && data[start + 1] == 3;
}

static void read_source(Reader *reader, const HttpSource *source)
{
    const size_t size = tvb_captured_length(source->tvb);
    ScepHttp2Frame frame;

    if (size <= (size_t)source->start)
        return;
    const uint8_t *data = tvb_get_ptr(source->tvb, 0, (int)size);
    if (is_tls_record(data, size, (size_t)source->start))
        return;
    size_t offset = first_frame(data, size, (size_t)source->start);
    while (scep_http2_frame_read(data, size, &offset, &frame)) {
        if (frame.type == FRAME_HEADERS)
            reader->connection->block_ends_stream = frame.end_stream;
        if (frame.type == FRAME_DATA)
            on_data(reader, data, &frame);
        else if ((frame.type == FRAME_HEADERS || frame.type == FRAME_CONTINUATION) && frame.end_headers)
            on_headers(reader, frame.stream_id, reader->connection->block_ends_stream);
    }
}

void http2_source_read(Http2Connection *connection, packet_info *pinfo, wmem_array_t *sources, wmem_array_t *out)
{
    Reader reader = { connection, pinfo, sources, out, 0, 0 };

    for (unsigned i = 0; i < wmem_array_get_count(sources); i++) {
        const HttpSource *source = wmem_array_index(sources, i);
        reader.source = (int)i;
        if (source->kind == SOURCE_STREAM || source->kind == SOURCE_REASSEMBLED || source->kind == SOURCE_FRAME)
            read_source(&reader, source);
    }
}

static tvbuff_t *source_of_kind(wmem_array_t *sources, HttpSourceKind kind)
{
    for (unsigned i = 0; i < wmem_array_get_count(sources); i++) {
        const HttpSource *source = wmem_array_index(sources, i);
        if (source->kind == kind)
            return source->tvb;
    }
    return NULL;
}

static bool is_compressed(const HttpHead *head)
{
    return head->content_encoding != NULL && g_ascii_strcasecmp(head->content_encoding, "identity") != 0;
}

HttpPdu http2_message_unit(const Http2Message *message, packet_info *pinfo, wmem_array_t *sources)
{
    HttpPdu pdu = { .head = &message->head, .is_http2 = true, .target_offset = -1 };

    if (message->length == 0)
        return pdu;
    pdu.body_length = message->length;
    if (is_compressed(&message->head)) {
        tvbuff_t *plain = source_of_kind(sources, SOURCE_UNCOMPRESSED);
        pdu.body_unreadable = plain == NULL;
        if (plain != NULL) {
            pdu.body_tvb = plain;
            pdu.body_length = (int)tvb_captured_length(plain);
            return pdu;
        }
    }
    if (message->body == NULL && (unsigned)message->source < wmem_array_get_count(sources)) {
        pdu.body_tvb = ((const HttpSource *)wmem_array_index(sources, (unsigned)message->source))->tvb;
        pdu.body_offset = message->offset;
    } else if (message->body != NULL) {
        pdu.body_tvb = source_of_kind(sources, SOURCE_BODY);
        if (pdu.body_tvb == NULL || tvb_captured_length(pdu.body_tvb) != (unsigned)message->length) {
            pdu.body_tvb = tvb_new_child_real_data(((const HttpSource *)wmem_array_index(sources, 0))->tvb,
                                                   message->body, (unsigned)message->length, message->length);
            add_new_data_source(pinfo, pdu.body_tvb, "HTTP/2 body");
        }
    }
    if (pdu.body_tvb == NULL || pdu.body_offset + pdu.body_length > (int)tvb_captured_length(pdu.body_tvb))
        pdu = (HttpPdu){ .head = &message->head, .is_http2 = true, .target_offset = -1 };
    return pdu;
}
