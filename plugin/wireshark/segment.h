/* segment.h
 * The TCP segment, or UDP datagram, of a frame, where Wireshark found it.
 *
 * Wireshark tells a post-dissector the ports of a frame, but not where they stand. So the rows of TCP and UDP in its
 * table of IP protocols are wrapped: each notes the buffer that it is handed, and hands it on. This holds below any
 * link layer, tunnel or extension header, in either version of IP, and for datagrams that were put together from
 * fragments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SEGMENT_H
#define SCEP_SEGMENT_H

#include "scep/wire.h"
#include "ws_compat.h"

/** The innermost one of a frame. Packet scope. */
typedef struct {
    tvbuff_t *source; /**< the data source that it stands in, mostly the frame; NULL where Wireshark found none */
    unsigned offset;  /**< where the payload begins in that source */
    const uint8_t *payload;
    unsigned size;         /**< octets of the payload that the capture has, without the padding of the link */
    unsigned missing;      /**< octets of the payload that were sent beyond those */
    uint32_t sequence;     /**< of the first octet of a TCP payload */
    uint32_t acknowledged; /**< of the next octet that is expected from the other side */
    uint8_t flags;         /**< SCEP_TCP_*; 0 for UDP */
} Segment;

/** The segment that the ports of the frame belong to.
 * @return false where there is none: the whole frame is the payload of the source NULL then */
bool segment_read(const packet_info *pinfo, Segment *out);

/** Makes the table for the wrapped rows of @a proto. Call when the protocol is registered. */
void segment_register(int proto);

/** Wraps the rows of TCP and UDP. Call from the handoff routine. */
void segment_handoff(void);

#endif
