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
    tvbuff_t *tvb; /**< from the header of TCP or UDP to the end of the IP datagram; NULL where there is none */
    const uint8_t *header;
    const uint8_t *payload; /**< behind the header; NULL where there is none */
    unsigned size;          /**< octets of the payload that the capture has, without the padding of the link */
    uint8_t flags;          /**< SCEP_TCP_*; 0 for UDP */
} Segment;

/** The segment that the ports of the frame belong to. @return false where Wireshark found none */
bool segment_read(const packet_info *pinfo, Segment *out);

/** Where the payload begins in a data source of the frame: 0 in those that the segment does not stand in. */
unsigned segment_start(const Segment *segment, tvbuff_t *source);

/** True for the data source that the segment stands in: mostly the frame. */
bool segment_is_in(const Segment *segment, tvbuff_t *source);

/** Octets of the payload that were sent beyond those that the capture has. */
unsigned segment_missing(const Segment *segment);

/** Sequence number of the first octet of a TCP payload. */
uint32_t segment_sequence(const Segment *segment);

/** Sequence number of the next octet that is expected from the other side; of TCP. */
uint32_t segment_acknowledged(const Segment *segment);

/** Wraps the rows of TCP and UDP. Call from the handoff routine. */
void segment_handoff(void);

/** For each capture file: whoever has chosen TCP for TCP (Decode As) gets the wrapped row all the same. */
void segment_open(void);

#endif
