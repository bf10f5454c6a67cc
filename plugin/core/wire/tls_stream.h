/* tls_stream.h
 * What one direction of a TLS connection shows without any key: records, clear handshake messages, clear alerts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_WIRE_TLS_STREAM_H
#define SCEP_CORE_WIRE_TLS_STREAM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/wire.h"
#include "scep/asn1.h"

/** Versions as on the wire (RFC 8446 4.1.2). */
enum { SCEP_TLS_1_2 = 0x0303, SCEP_TLS_1_3 = 0x0304 };

/** Handshake types that are read (RFC 5246 7.4, RFC 8446 4). */
enum {
    SCEP_TLS_CLIENT_HELLO = 1,
    SCEP_TLS_SERVER_HELLO = 2,
    SCEP_TLS_CERTIFICATE = 11,
    SCEP_TLS_CERTIFICATE_REQUEST = 13
};

typedef enum {
    SCEP_TLS_HANDSHAKE,
    SCEP_TLS_ALERT,
    SCEP_TLS_DATA /**< a record of type application_data; in TLS 1.3 encrypted handshake messages too */
} ScepTlsEventKind;

/** One thing seen in the stream. Borrowed for the call. */
typedef struct {
    ScepTlsEventKind kind;
    uint8_t type;         /**< of a handshake message; description of an alert (RFC 8446 6) */
    bool is_fatal;        /**< alerts */
    const uint8_t *bytes; /**< body of a handshake message */
    size_t size;          /**< of bytes; of a data record what its header announces */
} ScepTlsEvent;

typedef void (*ScepTlsSink)(const ScepTlsEvent *event, void *user);

/** State of one direction. Zeroed at the start; scep_tls_stream_clear() at the end. */
typedef struct {
    GByteArray *handshake; /**< an unfinished handshake message; NULL when there is none */
    uint32_t left;         /**< octets of the current record that are still to come */
    uint8_t header[5];
    uint8_t have;        /**< octets of header so far */
    uint8_t alert_level; /**< of an alert whose description is still to come */
    bool encrypted;      /**< a ChangeCipherSpec was seen: what comes next in handshake records is not readable */
    bool lost;           /**< no TLS, or octets are missing: nothing more is told */
} ScepTlsStream;

/** Takes the next octets, in order.
 * @param missing  how many more there were that the capture lacks, right behind them */
void scep_tls_stream_feed(ScepTlsStream *stream, const uint8_t *bytes, size_t size, size_t missing, ScepTlsSink sink,
                          void *user);

void scep_tls_stream_clear(ScepTlsStream *stream);

/** The first certificate in the body of a Certificate message up to TLS 1.2 (RFC 5246 7.4.2).
 * @return false when damaged. A list without certificates gives a span of length 0. */
bool scep_tls_read_certificate(const uint8_t *body, size_t size, ScepSpan *out);

/** "unknown_ca", "bad_certificate", ... (RFC 8446 6.2); "alert" for others. Static. */
const char *scep_tls_alert_name(uint8_t description);

#endif
