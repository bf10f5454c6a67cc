/* http2_source.h
 * Finds HTTP/2 requests and responses of a frame in its data sources.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HTTP2_SOURCE_H
#define SCEP_HTTP2_SOURCE_H

#include "http_source.h"

/** One whole request or response of a stream. File scope: the head may have come many frames before the body's end. */
typedef struct {
    HttpHead head;
    uint32_t stream_id;
    uint32_t data_frames; /**< DATA frames that made the body */
    int source;           /**< with one DATA frame: index of the data source, and where it stands there */
    int offset;
    int length;
    uint8_t *body; /**< with several: the bytes put together */
    bool too_long; /**< over SCEP_MAX_BODY: the rest was dropped */
    bool complete;
} Http2Message;

/** Streams of one connection while they are open. File scope; used in the first pass only. */
typedef struct Http2Connection Http2Connection;

Http2Connection *http2_connection_new(void);

/** First pass: reads the frame's HTTP/2 frames and appends to @a out (of Http2Message*, packet scope) what became
 * complete in it. @a client_sends: this packet goes from the side that opened the connection. */
void http2_source_read(Http2Connection *connection, packet_info *pinfo, wmem_array_t *sources, wmem_array_t *out);

/** Every pass: the message as a unit whose body stands in one of the frame's data sources, or in a new one. */
HttpPdu http2_message_unit(const Http2Message *message, packet_info *pinfo, wmem_array_t *sources);

#endif
