/* http_source.c
 * Finds the HTTP messages of a frame in its data sources.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http_source.h"

#include <epan/prefs.h>
#include <epan/prefs-int.h>
#include <string.h>

#include "http_target.h"
#include "scep/limits.h"

/* A request line is looked through this far for its operation parameter. */
#define MAX_REQUEST_SEARCH (64 * 1024)

/* What "operation=" ends with in every spelling that clients use for the first letter. */
static const char operation_parameter[] = "peration=";
#define OPERATION_LENGTH (sizeof operation_parameter - 1)

static HttpSourceKind source_kind(const char *name)
{
    static const struct {
        const char *prefix;
        HttpSourceKind kind;
    } kinds[] = {
        { "Reassembled TCP", SOURCE_REASSEMBLED },
        { "Decrypted TLS", SOURCE_STREAM },
        { "Reassembled TLS", SOURCE_REASSEMBLED },
        { "De-chunked entity body", SOURCE_DECHUNKED },
        { "Uncompressed entity body", SOURCE_UNCOMPRESSED },
        { "Decompressed Header", SOURCE_HEADER_LIST },
        { "Reassembled body", SOURCE_BODY },
    };
    for (size_t i = 0; i < array_length(kinds); i++) {
        if (strncmp(name, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
            return kinds[i].kind;
    }
    return SOURCE_OTHER;
}

static const uint8_t *source_bytes(tvbuff_t *tvb, size_t *size)
{
    *size = tvb_captured_length(tvb);
    return *size ? tvb_get_ptr(tvb, 0, (int)*size) : NULL;
}

/* How far in front of the operation parameter the path may begin. */
#define MAX_PATH_SEARCH 2048

/* Both kinds of path that make SCEP of an operation nobody knows have these letters: mscep, scep; pkiclient.exe. */
static bool has_scep_path(const uint8_t *line, const uint8_t *end)
{
    for (const uint8_t *at = line; at + 3 <= end; at++) {
        if ((at[0] | 0x20) == 'c' &&
            (((at[1] | 0x20) == 'e' && (at[2] | 0x20) == 'p') || ((at[1] | 0x20) == 'l' && (at[2] | 0x20) == 'i')))
            return true;
    }
    return false;
}

/* Operations of SCEP are called Get... and PKI...; a '%' may hide such a letter.
 * @param value  of the parameter, @param left  octets that there are of it and behind it */
static bool may_be_operation(const uint8_t *line, const uint8_t *value, size_t left)
{
    if (left == 0 || (*value | 0x20) == 'g' || (*value | 0x20) == 'p' || *value == '%')
        return true;
    return has_scep_path(value - line > MAX_PATH_SEARCH ? value - MAX_PATH_SEARCH : line, value);
}

/* '=' is the letter that the heads of requests have least of. */
static bool holds(const uint8_t *data, size_t size)
{
    if (size < OPERATION_LENGTH)
        return false;
    const uint8_t *end = data + MIN(size, MAX_REQUEST_SEARCH), *at = data + OPERATION_LENGTH - 1;
    while (at < end) {
        const uint8_t *hit = memchr(at, '=', (size_t)(end - at));
        if (hit == NULL)
            return false;
        at = hit + 1;
        if (memcmp(at - OPERATION_LENGTH, operation_parameter, OPERATION_LENGTH) == 0 &&
            may_be_operation(data, at, (size_t)(end - at)))
            return true;
    }
    return false;
}

/* A request line that asks for a page of NDES itself, without operation: the default page, or the one with challenges.
 */
static bool asks_for_ndes_page(const uint8_t *data, size_t size)
{
    static const char path[] = " /certsrv/mscep";
    const size_t length = sizeof path - 1, longest_method = 7;
    const uint8_t *blank = memchr(data, ' ', MIN(size, longest_method + 1));

    return blank != NULL && (size_t)(data + size - blank) >= length &&
           g_ascii_strncasecmp((const char *)blank, path, length) == 0;
}

/* A request line starts with the letters of a method. Header lists start with a length. */
static bool may_begin_request(const uint8_t *data, size_t size, bool http2)
{
    if (size == 0)
        return false;
    if (http2)
        return holds(data, size) || http_target_list_is_service(data, size);
    if (!g_ascii_isupper(data[0]) || memcmp(data, "HTTP", MIN(size, 4)) == 0)
        return false;
    return holds(data, size) || asks_for_ndes_page(data, size) || http_target_is_service(data, size);
}

bool http_source_may_hold_request(const packet_info *pinfo, const Segment *segment, bool http2)
{
    for (GSList *item = pinfo->data_src; item != NULL; item = item->next) {
        tvbuff_t *tvb = get_data_source_tvb(item->data);
        const bool is_segment = segment_is_in(segment, tvb);
        size_t size = segment->size;
        const uint8_t *data = is_segment ? segment->payload : source_bytes(tvb, &size);

        if (may_begin_request(data, size, http2))
            return true;
    }
    return false;
}

wmem_array_t *http_source_list(packet_info *pinfo, const Segment *segment)
{
    wmem_array_t *sources = wmem_array_new(pinfo->pool, sizeof(HttpSource));

    for (GSList *item = pinfo->data_src; item != NULL; item = item->next) {
        HttpSource source = { get_data_source_tvb(item->data), SOURCE_OTHER, 0, false };
        /* Where there is no segment, the frame may be a message itself. */
        if (segment_is_in(segment, source.tvb) || (segment->tvb == NULL && item == pinfo->data_src)) {
            source.kind = SOURCE_FRAME;
            source.start = (int)segment_start(segment, source.tvb);
        } else if (item != pinfo->data_src) {
            char *name = ws_data_source_name(item->data);
            source.kind = source_kind(name);
            wmem_free(NULL, name);
        }
        source.closes = (segment->flags & SCEP_TCP_FIN) != 0 || source.kind == SOURCE_REASSEMBLED;
        wmem_array_append_one(sources, source);
    }
    return sources;
}

static const char *span_text(packet_info *pinfo, const uint8_t *data, ScepSpan span)
{
    return span.length > 0 ? wmem_strndup(pinfo->pool, (const char *)data + span.offset, span.length) : NULL;
}

/* The next source of one kind behind *cursor, in the order in which HTTP made them. */
static tvbuff_t *next_source(wmem_array_t *sources, HttpSourceKind kind, unsigned *cursor)
{
    while (*cursor < wmem_array_get_count(sources)) {
        const HttpSource *source = wmem_array_index(sources, (*cursor)++);
        if (source->kind == kind)
            return source->tvb;
    }
    return NULL;
}

typedef struct {
    packet_info *pinfo;
    wmem_array_t *sources;
    wmem_array_t *pdus;
    const char *off;    /* the preference that keeps HTTP from waiting for whole bodies; NULL when it waits */
    unsigned dechunked; /* cursors into sources */
    unsigned uncompressed;
} Reader;

static void take_source(HttpPdu *pdu, tvbuff_t *tvb)
{
    pdu->body_tvb = tvb;
    pdu->body_offset = 0;
    pdu->body_length = (int)tvb_captured_length(tvb);
    pdu->body_missing = tvb_reported_length(tvb) - tvb_captured_length(tvb);
    pdu->body_unreadable = false;
}

/* HTTP puts the bodies it decodes into sources of their own, one per message, in order. */
static void decode_body(Reader *reader, HttpPdu *pdu, const uint8_t *data, const ScepHttpMessage *message)
{
    tvbuff_t *decoded;

    if (message->chunked) {
        /* A lone last chunk: no body, and HTTP makes no source for it. */
        if (message->body.length > 0 && data[message->body.offset] == '0') {
            pdu->body_tvb = NULL;
            pdu->body_length = 0;
            return;
        }
        pdu->body_unreadable = true;
        decoded = next_source(reader->sources, SOURCE_DECHUNKED, &reader->dechunked);
        if (decoded != NULL)
            take_source(pdu, decoded);
    }
    if (message->content_encoding.length > 0 && !scep_span_equals(data, message->content_encoding, "identity")) {
        pdu->body_unreadable = true;
        decoded = next_source(reader->sources, SOURCE_UNCOMPRESSED, &reader->uncompressed);
        if (decoded != NULL)
            take_source(pdu, decoded);
    }
}

static HttpHead *new_head(packet_info *pinfo, const uint8_t *data, const ScepHttpMessage *message)
{
    HttpHead *head = wmem_new0(pinfo->pool, HttpHead);

    head->is_request = message->is_request;
    head->is_get = message->is_request && scep_span_equals(data, message->method, "GET");
    head->is_head = message->is_request && scep_span_equals(data, message->method, "HEAD");
    head->status = message->status;
    head->target = span_text(pinfo, data, message->target);
    head->host = span_text(pinfo, data, message->host);
    head->user_agent = span_text(pinfo, data, message->user_agent);
    head->server = span_text(pinfo, data, message->server);
    head->location = span_text(pinfo, data, message->location);
    head->content_type = span_text(pinfo, data, message->content_type);
    head->content_encoding = span_text(pinfo, data, message->content_encoding);
    head->authenticate = span_text(pinfo, data, message->www_authenticate);
    head->ms_proxy = span_text(pinfo, data, message->ms_proxy);
    head->error_type = span_text(pinfo, data, message->error_type);
    head->error_message = span_text(pinfo, data, message->error_message);
    head->client_request_id = span_text(pinfo, data, message->client_request_id);
    return head;
}

static bool is_sliced(const HttpSource *source)
{
    return tvb_reported_length(source->tvb) > tvb_captured_length(source->tvb);
}

/* The buffer ends before the message does, or may do so. */
static bool ends_inside(const ScepHttpMessage *message)
{
    return !message->headers_complete || message->body_missing > 0 || message->chunks_open || message->until_close;
}

/* A message that ends inside the buffer is whole, whatever is missing behind it. */
static ScepExtent extent_of(const Reader *reader, const HttpSource *source, const ScepHttpMessage *message)
{
    ScepExtent extent = {
        .is_framed = message->headers_complete && !ends_inside(message),
        .have = message->body.length,
        .announced = message->has_content_length && !message->chunked ? message->content_length : 0,
    };

    if (!ends_inside(message))
        return extent;
    if (is_sliced(source)) {
        extent.cut_by = SCEP_CUT_BY_SNAPLEN;
        extent.snaplen = reader->pinfo->fd->cap_len;
    } else if (reader->off != NULL) {
        extent.cut_by = SCEP_CUT_BY_PREFERENCE;
        extent.preference = reader->off;
    } else if (message->body_missing > 0 || message->chunks_open) {
        extent.cut_by = SCEP_CUT_BY_LOSS;
    }
    return extent;
}

/* Of chunks that break off there is no body in one piece, and of what is packed no part can be unpacked. */
static void drop_packed_body(HttpPdu *pdu)
{
    if (pdu->extent.cut_by == SCEP_CUT_BY_NOBODY || !pdu->body_unreadable)
        return;
    pdu->body_unreadable = false;
    pdu->body_tvb = NULL;
    pdu->body_length = 0;
    pdu->extent.announced = 0;
}

static void add_message(Reader *reader, const HttpSource *source, const uint8_t *data, const ScepHttpMessage *message,
                        bool awaited)
{
    tvbuff_t *tvb = source->tvb;
    HttpPdu pdu = { .awaited = awaited, .extent = extent_of(reader, source, message) };

    pdu.head = new_head(reader->pinfo, data, message);
    pdu.head_tvb = tvb;
    pdu.head_offset = (int)message->start_line.offset;
    pdu.head_length = (int)message->start_line.length;
    pdu.target_offset = message->is_request ? (int)message->target.offset : -1;
    pdu.body_missing = message->body_missing;
    if (message->body.length > 0 && !awaited) {
        pdu.body_tvb = tvb;
        pdu.body_offset = (int)message->body.offset;
        pdu.body_length = (int)message->body.length;
        decode_body(reader, &pdu, data, message);
        drop_packed_body(&pdu);
    }
    wmem_array_append_one(reader->pdus, pdu);
}

static bool preference(const char *module, const char *name)
{
    module_t *found = prefs_find_module(module);
    pref_t *pref = found ? prefs_find_preference(found, name) : NULL;

    return pref == NULL || prefs_get_bool_value(pref, pref_current);
}

/* The rest of an unfinished message comes in a later frame, and there the whole of it stands in a source of its own.
 * Bytes that the capture never had are another matter: nobody waits for those. */
static bool is_awaited(const Reader *reader, const HttpSource *source, const ScepHttpMessage *message)
{
    if (is_sliced(source))
        return false;
    if (!message->headers_complete)
        return true;
    if (reader->off != NULL)
        return false;
    return message->body_missing > 0 || message->chunks_open || (message->until_close && !source->closes);
}

static void read_source(Reader *reader, const HttpSource *source)
{
    size_t size;
    const uint8_t *data = source_bytes(source->tvb, &size);
    size_t offset = (size_t)source->start;
    ScepHttpMessage message;

    for (unsigned count = 0; count < SCEP_HTTP_MAX_MESSAGES && offset < size; count++) {
        if (!scep_http_message_read(data, size, offset, &message, &offset))
            return;
        const bool awaited = is_awaited(reader, source, &message);
        if (message.headers_complete || !awaited)
            add_message(reader, source, data, &message, awaited);
        if (awaited)
            return;
    }
}

wmem_array_t *http_source_read_http1(packet_info *pinfo, wmem_array_t *sources)
{
    Reader reader = {
        .pinfo = pinfo,
        .sources = sources,
        .pdus = wmem_array_new(pinfo->pool, sizeof(HttpPdu)),
        .off = !preference("tcp", "desegment_tcp_streams") ? "tcp.desegment_tcp_streams"
               : !preference("http", "desegment_body")     ? "http.desegment_body"
                                                           : NULL,
    };

    for (unsigned i = 0; i < wmem_array_get_count(sources); i++) {
        const HttpSource *source = wmem_array_index(sources, i);
        if (source->kind == SOURCE_FRAME || source->kind == SOURCE_STREAM || source->kind == SOURCE_REASSEMBLED)
            read_source(&reader, source);
    }
    return reader.pdus;
}
