/* segment.h
 * The TCP segment, or UDP datagram, of a frame in the frame's own bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SEGMENT_H
#define SCEP_SEGMENT_H

#include "scep/wire.h"
#include "ws_compat.h"

/** Packet scope; points into the frame. */
typedef struct {
    const uint8_t *frame; /**< all that was captured of it; NULL for an empty one */
    unsigned header;      /**< where the header of TCP or UDP is in it */
    unsigned payload;     /**< where the payload is; 0 where no header was found */
    unsigned size;        /**< octets of the payload that the capture has, with any padding of the link behind it */
    uint8_t flags;        /**< SCEP_TCP_*; 0 for UDP, and where no header was found */
} Segment;

/** Finds the innermost transport header by its ports, below any encapsulation. On every frame, so it looks first where
 * the last one was.
 * @param frame  the whole frame, as captured
 * @return false when there is none: the payload is the whole frame then */
bool segment_read(tvbuff_t *frame, const packet_info *pinfo, Segment *out);

/** How long the payload is by the IP header in front (RFC 791, RFC 8200), whatever the capture has of it: without the
 * padding of short Ethernet frames. Only for segments with a header.
 * @param missing  receives how many octets of it the capture lacks
 * @return octets that the capture has */
unsigned segment_payload_size(const Segment *segment, tvbuff_t *frame, unsigned *missing);

/** Sequence number of the first octet of a TCP segment's payload. */
uint32_t segment_sequence(const Segment *segment);

#endif
