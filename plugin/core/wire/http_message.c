/* http_message.c
 * Where HTTP/1 messages and HTTP/2 frames begin and end in a buffer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/wire.h"

#include <glib.h>
#include <string.h>

#include "wire/http_text.h"
#include "scep/limits.h"

static bool is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t';
}

/* What may stand around a field value: blanks, and the line ends of a folded value (RFC 9112 5.2). */
static bool is_white(uint8_t octet)
{
    return is_blank(octet) || octet == '\r' || octet == '\n';
}

static ScepSpan span_between(size_t start, size_t end)
{
    return (ScepSpan){ .offset = start, .length = end - start };
}

static ScepSpan trim(const uint8_t *data, ScepSpan span)
{
    while (span.length > 0 && is_white(data[span.offset])) {
        span.offset++;
        span.length--;
    }
    while (span.length > 0 && is_white(data[span_end(span) - 1]))
        span.length--;
    return span;
}

bool scep_span_has_prefix(const uint8_t *data, ScepSpan span, const char *prefix)
{
    for (size_t i = 0; prefix[i] != '\0'; i++) {
        if (i >= span.length || lower_case(data[span.offset + i]) != lower_case((uint8_t)prefix[i]))
            return false;
    }
    return true;
}

bool scep_span_equals(const uint8_t *data, ScepSpan span, const char *text)
{
    return span.length == strlen(text) && scep_span_has_prefix(data, span, text);
}

/* Takes the line at *pos without its CRLF or LF, and moves *pos behind it.
 * Returns false when the buffer ends first: *line then holds the rest, and *pos stays. */
static bool read_line(const uint8_t *data, size_t size, size_t *pos, ScepSpan *line)
{
    const uint8_t *feed = *pos < size ? memchr(data + *pos, '\n', size - *pos) : NULL;
    size_t end = feed != NULL ? (size_t)(feed - data) : size;

    *line = span_between(*pos, end);
    if (line->length > 0 && data[end - 1] == '\r')
        line->length--;
    if (feed == NULL)
        return false;
    *pos = end + 1;
    return true;
}

/* --- start line --- */

#define VERSION_PREFIX "HTTP/1."
#define VERSION_PREFIX_LENGTH (sizeof VERSION_PREFIX - 1)
#define VERSION_LENGTH (VERSION_PREFIX_LENGTH + 1)

/* RFC 9112 2.3. A higher minor version is read as 1.1, as RFC 9110 2.5 asks. */
static bool read_version(const uint8_t *data, size_t offset, ScepHttpMessage *out)
{
    const uint8_t minor = data[offset + VERSION_PREFIX_LENGTH];

    if (memcmp(data + offset, VERSION_PREFIX, VERSION_PREFIX_LENGTH) != 0 || !g_ascii_isdigit(minor))
        return false;
    out->minor_version = minor == '0' ? 0 : 1;
    return true;
}

/* RFC 9112 4: "HTTP/1.1 200 OK"; the reason and the blank before it may be missing. */
static bool read_status_line(const uint8_t *data, ScepSpan line, ScepHttpMessage *out)
{
    const size_t code = line.offset + VERSION_LENGTH + 1;
    const size_t code_end = code + 3;

    if (line.length < VERSION_LENGTH + 4 || !read_version(data, line.offset, out) || data[code - 1] != ' ')
        return false;
    if (span_end(line) > code_end && !is_blank(data[code_end]))
        return false;
    if (data[code] == '0')
        return false;
    for (size_t i = code; i < code_end; i++) {
        if (!g_ascii_isdigit(data[i]))
            return false;
        out->status = (uint16_t)(out->status * 10 + (data[i] - '0'));
    }
    return true;
}

/* Length of the method at offset, 0 when none stands there. Registered methods and those of Microsoft's
 * protocols (CCM_POST, BITS_POST) are upper-case letters with '-' or '_'; anything else is payload. */
static size_t method_length(const uint8_t *data, size_t size, size_t offset)
{
    size_t length = 0;

    while (offset + length < size && length <= SCEP_HTTP_MAX_METHOD) {
        const uint8_t octet = data[offset + length];
        if (octet == ' ')
            return length;
        if (!g_ascii_isupper(octet) && octet != '-' && octet != '_')
            return 0;
        length++;
    }
    return 0;
}

/* A request line that the buffer cuts has no version to know it by, so it must look like one all the way. */
static bool read_cut_target(const uint8_t *data, ScepSpan rest, ScepHttpMessage *out)
{
    size_t last = span_end(rest);

    if (!scep_span_has_prefix(data, rest, "/") && !scep_span_has_prefix(data, rest, "http://") &&
        !scep_span_has_prefix(data, rest, "https://"))
        return false;
    for (size_t i = rest.offset; i < span_end(rest); i++) {
        if (g_ascii_iscntrl(data[i]))
            return false;
    }
    /* The cut may go through the version: no part of that belongs to the target. */
    while (last > rest.offset && data[last - 1] != ' ' && span_end(rest) - last < VERSION_PREFIX_LENGTH)
        last--;
    if (data[last - 1] == ' ' && memcmp(data + last, VERSION_PREFIX, span_end(rest) - last) == 0)
        rest.length = last - rest.offset;
    out->target = trim(data, rest);
    return true;
}

/* RFC 9112 3. Clients send base64 with raw blanks in the target: it ends before the version, not at a blank. */
static bool read_request_line(const uint8_t *data, ScepSpan line, bool truncated, ScepHttpMessage *out)
{
    ScepSpan rest = trim(data, span_between(span_end(out->method) + 1, span_end(line)));

    if (rest.length >= VERSION_LENGTH + 2) {
        const size_t version = span_end(rest) - VERSION_LENGTH;
        if (data[version - 1] == ' ' && read_version(data, version, out)) {
            out->target = trim(data, span_between(rest.offset, version));
            return true;
        }
    }
    return truncated && read_cut_target(data, rest, out);
}

/* Moves *pos behind the start line; *cut tells that the buffer ends in it. */
static bool read_start_line(const uint8_t *data, size_t size, size_t *pos, ScepHttpMessage *out, bool *truncated)
{
    const bool is_status = size - *pos >= VERSION_LENGTH && read_version(data, *pos, out);

    /* Look before the search for a line end: most of what comes here is no start line. */
    if (!is_status) {
        const size_t length = method_length(data, size, *pos);
        if (length == 0)
            return false;
        out->is_request = true;
        out->method = span_between(*pos, *pos + length);
    }
    *truncated = !read_line(data, size, pos, &out->start_line);
    return is_status ? read_status_line(data, out->start_line, out)
                     : read_request_line(data, out->start_line, *truncated, out);
}

/* --- fields --- */

/* RFC 9110 8.6: digits, or a list that repeats one number. What does not fit is the greatest number. */
static void read_content_length(const uint8_t *data, ScepSpan value, ScepHttpMessage *out)
{
    uint64_t length = 0;
    size_t i;

    for (i = 0; i < value.length && g_ascii_isdigit(data[value.offset + i]); i++) {
        const unsigned digit = data[value.offset + i] - '0';
        length = length > (UINT64_MAX - digit) / 10 ? UINT64_MAX : length * 10 + digit;
    }
    if (i == 0 || (i < value.length && data[value.offset + i] != ','))
        return;
    if (out->has_content_length)
        return;
    out->has_content_length = true;
    out->content_length = length;
}

/* RFC 9112 6.1: only the last coding frames the body. */
static void read_transfer_encoding(const uint8_t *data, ScepSpan value, ScepHttpMessage *out)
{
    static const char chunked[] = "chunked";
    const size_t length = sizeof chunked - 1;

    if (value.length < length)
        return;
    const size_t last = span_end(value) - length;
    if (last > value.offset && data[last - 1] != ',' && !is_white(data[last - 1]))
        return;
    if (scep_span_equals(data, span_between(last, span_end(value)), chunked))
        out->chunked = true;
}

typedef struct {
    const char *name;
    size_t length;
    size_t member; /* of the ScepSpan that keeps the value, unless there is a reader */
    void (*read)(const uint8_t *data, ScepSpan value, ScepHttpMessage *out);
} FieldRule;

#define NAME(name) name, sizeof(name) - 1
static const FieldRule field_rules[] = {
    { NAME("Content-Length"), 0, read_content_length },
    { NAME("Transfer-Encoding"), 0, read_transfer_encoding },
    { NAME("Host"), offsetof(ScepHttpMessage, host), NULL },
    { NAME("User-Agent"), offsetof(ScepHttpMessage, user_agent), NULL },
    { NAME("Server"), offsetof(ScepHttpMessage, server), NULL },
    { NAME("Location"), offsetof(ScepHttpMessage, location), NULL },
    { NAME("Content-Type"), offsetof(ScepHttpMessage, content_type), NULL },
    { NAME("Content-Encoding"), offsetof(ScepHttpMessage, content_encoding), NULL },
    { NAME("WWW-Authenticate"), offsetof(ScepHttpMessage, www_authenticate), NULL },
    { NAME("X-MS-Proxy"), offsetof(ScepHttpMessage, ms_proxy), NULL },
    { NAME("x-amzn-ErrorType"), offsetof(ScepHttpMessage, error_type), NULL },
    { NAME("x-amzn-ErrorMessage"), offsetof(ScepHttpMessage, error_message), NULL },
    { NAME("client-request-id"), offsetof(ScepHttpMessage, client_request_id), NULL },
};
#undef NAME

static void look_at_field(const uint8_t *data, ScepSpan line, ScepHttpMessage *out)
{
    const uint8_t *colon = memchr(data + line.offset, ':', line.length);

    if (colon == NULL)
        return;
    const size_t name_end = (size_t)(colon - data);
    const ScepSpan name = trim(data, span_between(line.offset, name_end));
    const ScepSpan value = trim(data, span_between(name_end + 1, span_end(line)));
    for (size_t i = 0; i < G_N_ELEMENTS(field_rules); i++) {
        const FieldRule *rule = &field_rules[i];
        if (rule->length != name.length || !scep_span_has_prefix(data, name, rule->name))
            continue;
        if (rule->read != NULL) {
            rule->read(data, value, out);
            return;
        }
        ScepSpan *kept = (ScepSpan *)((uint8_t *)out + rule->member);
        if (kept->offset == 0)
            *kept = value;
        return;
    }
}

/* Moves *pos behind the empty line. Returns false when the buffer ends before it; a field that is cut is not kept. */
static bool read_fields(const uint8_t *data, size_t size, size_t *pos, ScepHttpMessage *out)
{
    ScepSpan line;

    for (size_t count = 0; read_line(data, size, pos, &line); count++) {
        if (line.length == 0)
            return true;
        while (*pos < size && is_blank(data[*pos])) {
            ScepSpan fold;
            if (!read_line(data, size, pos, &fold))
                return false;
            line.length = span_end(fold) - line.offset;
        }
        if (count < SCEP_HTTP_MAX_FIELDS)
            look_at_field(data, line, out);
    }
    return false;
}

/* --- body --- */

/* RFC 9112 7.1: hexadecimal digits; blanks or extensions may follow. What does not fit is the greatest number. */
static bool read_chunk_size(const uint8_t *data, ScepSpan line, uint64_t *length)
{
    size_t i;

    *length = 0;
    for (i = 0; i < line.length && g_ascii_isxdigit(data[line.offset + i]); i++) {
        const unsigned digit = (unsigned)g_ascii_xdigit_value((char)data[line.offset + i]);
        *length = *length >> 60 != 0 ? UINT64_MAX : *length << 4 | digit;
    }
    if (i == 0)
        return false;
    return i == line.length || data[line.offset + i] == ';' || is_blank(data[line.offset + i]);
}

/* Returns the offset behind the last chunk and its trailers; the size of the buffer when that is not in it, or when
 * the framing breaks, since nothing then tells where the next message starts. */
static size_t chunks_end(const uint8_t *data, size_t size, size_t pos, bool *open)
{
    *open = true;
    for (unsigned chunk = 0; chunk < SCEP_MAX_CHUNKS; chunk++) {
        ScepSpan line;
        uint64_t length;

        if (!read_line(data, size, &pos, &line) || !read_chunk_size(data, line, &length))
            return size;
        if (length == 0) {
            while (read_line(data, size, &pos, &line)) {
                if (line.length == 0) {
                    *open = false;
                    return pos;
                }
            }
            return size;
        }
        if (length > size - pos)
            return size;
        pos += (size_t)length;
        if (!read_line(data, size, &pos, &line) || line.length != 0)
            return size;
    }
    return size;
}

static bool may_have_body(const ScepHttpMessage *message)
{
    if (message->is_request)
        return message->chunked || message->has_content_length;
    return message->status / 100 != 1 && message->status != 204 && message->status != 304;
}

/* RFC 9112 6.3. Returns the offset behind the body. */
static size_t read_body(const uint8_t *data, size_t size, size_t pos, ScepHttpMessage *out)
{
    size_t end = size;

    if (!may_have_body(out))
        return pos;
    if (out->chunked) {
        end = chunks_end(data, size, pos, &out->chunks_open);
    } else if (out->has_content_length) {
        const size_t available = size - pos;
        if (out->content_length > available)
            out->body_missing = out->content_length - available;
        else
            end = pos + (size_t)out->content_length;
    } else {
        out->until_close = true;
    }
    out->body = span_between(pos, end);
    return end;
}

bool scep_http_message_read(const uint8_t *data, size_t size, size_t offset, ScepHttpMessage *out, size_t *next)
{
    size_t pos = offset;
    bool truncated = true;

    memset(out, 0, sizeof *out);
    *next = offset;
    if (offset >= size)
        return false;
    /* RFC 9112 2.2: clients of old put an empty line behind a POST body; it precedes the next request. */
    if (data[pos] == '\n')
        pos++;
    else if (size - pos >= 2 && data[pos] == '\r' && data[pos + 1] == '\n')
        pos += 2;

    if (!read_start_line(data, size, &pos, out, &truncated)) {
        memset(out, 0, sizeof *out);
        return false;
    }
    *next = size;
    if (truncated || !read_fields(data, size, &pos, out))
        return true;
    out->headers_complete = true;
    *next = read_body(data, size, pos, out);
    return true;
}

/* --- HTTP/2 --- */

#define FRAME_HEADER_LENGTH 9
#define PRIORITY_LENGTH 5

enum {
    FLAG_END_STREAM = 0x01,
    FLAG_END_HEADERS = 0x04,
    FLAG_PADDED = 0x08,
    FLAG_PRIORITY = 0x20,
};

typedef enum {
    ANY_STREAM = 0,
    ON_STREAM,    /* stream 0 is an error */
    ON_CONNECTION /* any other stream is an error */
} StreamRule;

/* RFC 9113 6, by frame type: the flags that mean something there, and the stream it may be on. */
static const struct {
    uint8_t flags;
    StreamRule stream;
} frame_rules[] = {
    [0] = { FLAG_END_STREAM | FLAG_PADDED, ON_STREAM },                                    /* DATA */
    [1] = { FLAG_END_STREAM | FLAG_END_HEADERS | FLAG_PADDED | FLAG_PRIORITY, ON_STREAM }, /* HEADERS */
    [2] = { 0, ON_STREAM },                                                                /* PRIORITY */
    [3] = { 0, ON_STREAM },                                                                /* RST_STREAM */
    [4] = { 0, ON_CONNECTION },                                                            /* SETTINGS */
    [5] = { FLAG_PADDED, ON_STREAM },                                                      /* PUSH_PROMISE */
    [6] = { 0, ON_CONNECTION },                                                            /* PING */
    [7] = { 0, ON_CONNECTION },                                                            /* GOAWAY */
    [8] = { 0, ANY_STREAM },                                                               /* WINDOW_UPDATE */
    [9] = { FLAG_END_HEADERS, ON_STREAM },                                                 /* CONTINUATION */
};

static uint32_t read_u32(const uint8_t *octets)
{
    return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3];
}

/* RFC 9113 6.1, 6.2: pad length first, padding last, priority between pad length and content. */
static bool truncated_padding(const uint8_t *data, uint8_t flags, ScepSpan *payload)
{
    size_t front = 0;
    size_t padding = 0;

    if (flags & FLAG_PADDED) {
        if (payload->length == 0)
            return false;
        padding = data[payload->offset];
        front = 1;
    }
    if (flags & FLAG_PRIORITY)
        front += PRIORITY_LENGTH;
    if (front + padding > payload->length)
        return false;
    payload->offset += front;
    payload->length -= front + padding;
    return true;
}

bool scep_http2_frame_read(const uint8_t *data, size_t size, size_t *offset, ScepHttp2Frame *out)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const size_t preface_length = sizeof preface - 1;
    size_t pos = *offset;

    memset(out, 0, sizeof *out);
    if (pos <= size && size - pos >= preface_length && memcmp(data + pos, preface, preface_length) == 0)
        pos += preface_length;
    if (pos > size || size - pos < FRAME_HEADER_LENGTH)
        return false;

    const uint8_t *header = data + pos;
    const size_t length = read_u32(header) >> 8;
    const uint8_t type = header[3];
    const uint32_t stream_id = read_u32(header + 5) & 0x7fffffff;
    const bool known = type < G_N_ELEMENTS(frame_rules);
    const StreamRule stream = known ? frame_rules[type].stream : ANY_STREAM;
    const uint8_t flags = known ? header[4] & frame_rules[type].flags : 0;
    if (stream != ANY_STREAM && (stream == ON_STREAM) != (stream_id != 0))
        return false;

    pos += FRAME_HEADER_LENGTH;
    ScepSpan payload = { pos, length };
    if (length > size - pos || !truncated_padding(data, flags, &payload))
        return false;
    out->type = type;
    out->flags = header[4];
    out->stream_id = stream_id;
    out->payload = payload;
    out->end_stream = (flags & FLAG_END_STREAM) != 0;
    out->end_headers = (flags & FLAG_END_HEADERS) != 0;
    *offset = pos + length;
    return true;
}

/* A length (u32, big endian) and as many octets. Moves *pos behind them. */
static bool read_counted(const uint8_t *data, size_t size, size_t *pos, ScepSpan *out)
{
    if (*pos > size || size - *pos < 4)
        return false;
    const uint32_t length = read_u32(data + *pos);
    if (length > size - *pos - 4)
        return false;
    *out = (ScepSpan){ *pos + 4, length };
    *pos = span_end(*out);
    return true;
}

bool scep_http2_field_read(const uint8_t *data, size_t size, size_t *offset, ScepSpan *name, ScepSpan *value)
{
    size_t pos = *offset;

    if (!read_counted(data, size, &pos, name) || !read_counted(data, size, &pos, value))
        return false;
    *offset = pos;
    return true;
}
