/* http_source.h
 * Finds the HTTP messages of a frame in its data sources, with or without a protocol tree.
 *
 * Wireshark hands GET requests, and bodies whose content type belongs to somebody else, to no subdissector. What it
 * always leaves behind are the frame's data sources: the frame, "Reassembled TCP", "Decrypted TLS", the de-chunked and
 * decompressed bodies, and HTTP/2 header lists. They are the same in every pass.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HTTP_SOURCE_H
#define SCEP_HTTP_SOURCE_H

#include "scep/wire.h"
#include "segment.h"
#include "ws_compat.h"

/** The parts of a message head that SCEP cares about. HTTP/1: packet scope. HTTP/2: file scope, because the body of a
 * stream may end many frames later. Texts are NULL where absent. */
typedef struct {
    bool is_request;
    bool is_get;
    bool is_head;
    uint16_t status;
    const char *target;
    const char *host;
    const char *user_agent;
    const char *server;
    const char *location;
    const char *content_type;
    const char *content_encoding;
    const char *authenticate;
    const char *ms_proxy;
    const char *error_type;
    const char *error_message;
    const char *client_request_id;
} HttpHead;

/** One whole message in a frame. Packet scope. */
typedef struct {
    const HttpHead *head;
    bool is_http2;
    bool awaited;       /**< HTTP/1: unfinished; a later frame has the whole of it */
    tvbuff_t *head_tvb; /**< source that holds the start line; NULL when it stood in an earlier frame */
    int head_offset;
    int head_length;
    int target_offset;  /**< of the request target in head_tvb, -1 when unknown */
    tvbuff_t *body_tvb; /**< NULL when there is no body */
    int body_offset;
    int body_length;       /**< captured bytes */
    uint64_t body_missing; /**< bytes that the capture lacks at the end */
    bool body_unreadable;  /**< still chunked or compressed: the preference that would undo it is off */
    ScepExtent extent;     /**< how much of head and body the capture has */
} HttpPdu;

/** What a data source is, by the name that Wireshark gives it. */
typedef enum {
    SOURCE_OTHER = 0,
    SOURCE_FRAME,       /**< what the segment stands in: the frame, or a datagram from fragments */
    SOURCE_STREAM,      /**< Decrypted TLS */
    SOURCE_REASSEMBLED, /**< Reassembled TCP, Reassembled TLS: what HTTP asked for is complete */
    SOURCE_DECHUNKED,
    SOURCE_UNCOMPRESSED,
    SOURCE_HEADER_LIST, /**< HTTP/2, decoded header list */
    SOURCE_BODY         /**< HTTP/2, body from several DATA frames */
} HttpSourceKind;

typedef struct {
    tvbuff_t *tvb;
    HttpSourceKind kind;
    int start;   /**< where the payload begins */
    bool closes; /**< the frame ends its side of the connection, or the source was put together */
} HttpSource;

/** Cheap test, run on every frame of HTTP: does a request line (or HTTP/2 header list) with an operation parameter
 * stand in one of the sources, or in HTTP/1 one that asks for a page of NDES, or one for a service around SCEP? May say
 * yes in vain, never no. */
bool http_source_may_hold_request(const packet_info *pinfo, const Segment *segment, bool http2);

/** All data sources of the frame, classified. @return array of HttpSource, packet scope. */
wmem_array_t *http_source_list(packet_info *pinfo, const Segment *segment);

/** Reads all HTTP/1 messages that are complete in this frame, in order. @return array of HttpPdu, packet scope. */
wmem_array_t *http_source_read_http1(packet_info *pinfo, wmem_array_t *sources);

#endif
