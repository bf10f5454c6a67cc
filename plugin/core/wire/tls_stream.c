/* tls_stream.c
 * What one direction of a TLS connection shows without any key.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wire/tls_stream.h"

#include <string.h>

#include "scep/limits.h"

enum {
    RECORD_HEADER = 5,
    RECORD_CHANGE_CIPHER = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_DATA = 23,
    RECORD_LAST = 24,              /* heartbeat, RFC 6520 */
    LONGEST_RECORD = 16384 + 2048, /* RFC 5246 6.2.3 */
    HANDSHAKE_HEADER = 4,
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_ALPN = 16,
    EXTENSION_VERSIONS = 43
};

/* ---- reading with bounds ----------------------------------------------------------------------------------------- */

typedef struct {
    const uint8_t *at;
    size_t left;
    bool bad;
} Reader;

static unsigned take(Reader *reader, unsigned octets)
{
    unsigned value = 0;

    if (reader->left < octets) {
        reader->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < octets; i++)
        value = value << 8 | reader->at[i];
    reader->at += octets;
    reader->left -= octets;
    return value;
}

/* A vector with its length in front. One that is cut gives what is there. */
static Reader vector(Reader *reader, unsigned length_octets)
{
    const size_t length = take(reader, length_octets);
    Reader part = { reader->at, MIN(length, reader->left), false };

    reader->bad |= length > reader->left;
    reader->at += part.left;
    reader->left -= part.left;
    return part;
}

/* ---- hello ------------------------------------------------------------------------------------------------------- */

/* Names of hosts are ASCII (RFC 6066 3); what else stands there must not reach a line of text. */
static inline char name_letter(uint8_t octet)
{
    return octet > 0x20 && octet < 0x7f ? g_ascii_tolower((char)octet) : '?';
}

static void read_server_name(Reader *extension, ScepTlsHello *out)
{
    Reader names = vector(extension, 2);

    while (names.left > 0 && !names.bad) {
        const unsigned type = take(&names, 1);
        const Reader name = vector(&names, 2);
        if (type != 0 || name.left == 0 || name.left >= sizeof out->host || memchr(name.at, 0, name.left) != NULL)
            continue;
        for (size_t i = 0; i < name.left; i++)
            out->host[i] = name_letter(name.at[i]);
        out->host[name.left] = '\0';
        return;
    }
}

static void read_protocols(Reader *extension, ScepTlsHello *out)
{
    Reader protocols = vector(extension, 2);

    while (protocols.left > 0 && !protocols.bad) {
        const Reader name = vector(&protocols, 1);
        out->http2 |= name.left == 2 && memcmp(name.at, "h2", 2) == 0;
    }
}

/* A client lists them; values of the form 0x?A?A are placeholders (RFC 8701). */
static void read_versions(Reader *extension, bool is_client, ScepTlsHello *out)
{
    Reader versions = is_client ? vector(extension, 1) : *extension;

    while (versions.left >= 2) {
        const unsigned version = take(&versions, 2);
        if (version >> 8 == 3)
            out->version = (uint16_t)MAX(out->version, version);
    }
}

bool scep_tls_read_hello(const uint8_t *body, size_t size, bool is_client, ScepTlsHello *out)
{
    Reader reader = { body, size, false };

    memset(out, 0, sizeof *out);
    out->version = (uint16_t)take(&reader, 2);
    for (unsigned i = 0; i < 8; i++)
        take(&reader, 4);
    vector(&reader, 1);
    if (is_client) {
        vector(&reader, 2);
        vector(&reader, 1);
    } else {
        take(&reader, 3);
    }
    if (reader.bad || reader.left == 0)
        return !reader.bad;
    Reader extensions = vector(&reader, 2);
    while (extensions.left > 0 && !extensions.bad) {
        const unsigned type = take(&extensions, 2);
        Reader extension = vector(&extensions, 2);
        if (type == EXTENSION_SERVER_NAME)
            read_server_name(&extension, out);
        else if (type == EXTENSION_ALPN)
            read_protocols(&extension, out);
        else if (type == EXTENSION_VERSIONS)
            read_versions(&extension, is_client, out);
    }
    return !reader.bad && !extensions.bad;
}

bool scep_tls_read_certificate(const uint8_t *body, size_t size, ScepSpan *out)
{
    Reader reader = { body, size, false };
    Reader list = vector(&reader, 3);

    *out = (ScepSpan){ 0, 0 };
    if (list.left == 0)
        return !reader.bad;
    const Reader first = vector(&list, 3);
    if (list.bad)
        return false;
    *out = (ScepSpan){ (size_t)(first.at - body), first.left };
    return true;
}

const char *scep_tls_alert_name(uint8_t description)
{
    static const struct {
        uint8_t description;
        const char *name;
    } rows[] = {
        { 0, "close_notify" },
        { 10, "unexpected_message" },
        { 20, "bad_record_mac" },
        { 40, "handshake_failure" },
        { 41, "no_certificate" },
        { 42, "bad_certificate" },
        { 43, "unsupported_certificate" },
        { 44, "certificate_revoked" },
        { 45, "certificate_expired" },
        { 46, "certificate_unknown" },
        { 47, "illegal_parameter" },
        { 48, "unknown_ca" },
        { 49, "access_denied" },
        { 50, "decode_error" },
        { 51, "decrypt_error" },
        { 70, "protocol_version" },
        { 71, "insufficient_security" },
        { 80, "internal_error" },
        { 86, "inappropriate_fallback" },
        { 90, "user_canceled" },
        { 100, "no_renegotiation" },
        { 109, "missing_extension" },
        { 110, "unsupported_extension" },
        { 112, "unrecognized_name" },
        { 113, "bad_certificate_status_response" },
        { 115, "unknown_psk_identity" },
        { 116, "certificate_required" },
        { 120, "no_application_protocol" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].description == description)
            return rows[i].name;
    }
    return "alert";
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

bool scep_tls_is_client_hello(const uint8_t *bytes, size_t size)
{
    return size > RECORD_HEADER && bytes[0] == RECORD_HANDSHAKE && bytes[1] == 3 && bytes[2] <= 4 &&
           bytes[RECORD_HEADER] == SCEP_TLS_CLIENT_HELLO;
}

static void drop_handshake(ScepTlsStream *stream)
{
    if (stream->handshake != NULL)
        g_byte_array_unref(stream->handshake);
    stream->handshake = NULL;
}

static void lose(ScepTlsStream *stream)
{
    drop_handshake(stream);
    stream->lost = true;
}

static void take_handshake(ScepTlsStream *stream, const uint8_t *bytes, size_t size, ScepTlsSink sink, void *user)
{
    size_t at = 0;

    if (stream->encrypted)
        return;
    if (stream->handshake == NULL)
        stream->handshake = g_byte_array_new();
    if (stream->handshake->len + size > SCEP_MAX_TLS_HANDSHAKE) {
        lose(stream);
        return;
    }
    g_byte_array_append(stream->handshake, bytes, (guint)size);
    while (stream->handshake->len - at >= HANDSHAKE_HEADER) {
        const uint8_t *message = stream->handshake->data + at;
        const size_t length = (size_t)message[1] << 16 | (size_t)message[2] << 8 | message[3];
        if (stream->handshake->len - at - HANDSHAKE_HEADER < length)
            break;
        const ScepTlsEvent event = {
            .kind = SCEP_TLS_HANDSHAKE, .type = message[0], .bytes = message + HANDSHAKE_HEADER, .size = length
        };
        sink(&event, user);
        at += HANDSHAKE_HEADER + length;
    }
    g_byte_array_remove_range(stream->handshake, 0, (guint)at);
    if (stream->handshake->len == 0)
        drop_handshake(stream);
}

/* Its two octets may come one by one. */
static void take_alert(ScepTlsStream *stream, const uint8_t *bytes, size_t size, ScepTlsSink sink, void *user)
{
    if (stream->left == 2)
        stream->alert_level = bytes[0];
    if (size < stream->left)
        return;
    const ScepTlsEvent event = { .kind = SCEP_TLS_ALERT,
                                 .type = bytes[size - 1],
                                 .is_fatal = stream->alert_level == 2 };
    sink(&event, user);
}

static void take_content(ScepTlsStream *stream, const uint8_t *bytes, size_t size, ScepTlsSink sink, void *user)
{
    const unsigned length = (unsigned)stream->header[3] << 8 | stream->header[4];

    if (stream->header[0] == RECORD_HANDSHAKE) {
        take_handshake(stream, bytes, size, sink, user);
    } else if (stream->header[0] == RECORD_CHANGE_CIPHER) {
        stream->encrypted = true;
    } else if (stream->header[0] == RECORD_ALERT && length == 2 && !stream->encrypted) {
        take_alert(stream, bytes, size, sink, user);
    }
}

/* @return false for what is no header of a record */
static bool begin_record(ScepTlsStream *stream, ScepTlsSink sink, void *user)
{
    const unsigned length = (unsigned)stream->header[3] << 8 | stream->header[4];

    if (stream->header[0] < RECORD_CHANGE_CIPHER || stream->header[0] > RECORD_LAST || stream->header[1] != 3 ||
        length > LONGEST_RECORD)
        return false;
    stream->left = length;
    if (stream->header[0] == RECORD_DATA) {
        const ScepTlsEvent event = { .kind = SCEP_TLS_DATA, .size = length };
        sink(&event, user);
    }
    return true;
}

void scep_tls_stream_feed(ScepTlsStream *stream, const uint8_t *bytes, size_t size, size_t missing, ScepTlsSink sink,
                          void *user)
{
    while (size > 0 && !stream->lost) {
        if (stream->left == 0) {
            const size_t wanted = MIN((size_t)(RECORD_HEADER - stream->have), size);
            memcpy(stream->header + stream->have, bytes, wanted);
            stream->have = (uint8_t)(stream->have + wanted);
            bytes += wanted;
            size -= wanted;
            if (stream->have < RECORD_HEADER)
                break;
            stream->have = 0;
            if (!begin_record(stream, sink, user))
                lose(stream);
            continue;
        }
        const size_t part = MIN(stream->left, size);
        take_content(stream, bytes, part, sink, user);
        stream->left -= (uint32_t)part;
        bytes += part;
        size -= part;
    }
    if (missing == 0 || stream->lost)
        return;
    /* What lies inside of one record is skipped; where the next one begins is known then. */
    if (missing > stream->left || stream->header[0] != RECORD_DATA)
        lose(stream);
    else
        stream->left -= (uint32_t)missing;
}

void scep_tls_stream_clear(ScepTlsStream *stream)
{
    drop_handshake(stream);
    memset(stream, 0, sizeof *stream);
}
