/* segment.c
 * The TCP segment, or UDP datagram, of a frame in the frame's own bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "segment.h"

#include <epan/ipproto.h>
#include <string.h>

enum {
    MAX_HEADER_SEARCH = 256, /* behind link, tunnel and IP headers */
    TCP_HEADER = 20,
    UDP_HEADER = 8,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40
};

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static inline bool is_header(const uint8_t *at, size_t left, uint32_t ports, bool is_udp)
{
    uint32_t there;

    memcpy(&there, at, sizeof there);
    if (there != ports)
        return false;
    return is_udp || ((at[12] >> 4) * 4 >= TCP_HEADER && (size_t)(at[12] >> 4) * 4 <= left);
}

static const uint8_t *find(const uint8_t *data, size_t size, uint32_t ports, bool is_udp)
{
    const size_t header = is_udp ? UDP_HEADER : TCP_HEADER;
    const size_t limit = MIN(size, MAX_HEADER_SEARCH);
    uint8_t first;

    memcpy(&first, &ports, 1);
    for (size_t at = 0; at + header <= limit; at++) {
        const uint8_t *hit = memchr(data + at, first, limit - header + 1 - at);
        if (hit == NULL)
            return NULL;
        at = (size_t)(hit - data);
        if (is_header(hit, size - at, ports, is_udp))
            return hit;
    }
    return NULL;
}

bool segment_read(tvbuff_t *frame, const packet_info *pinfo, Segment *out)
{
    static size_t last; /* where the header of the frame before was */
    const bool is_udp = pinfo->ptype == PT_UDP;
    const size_t size = tvb_captured_length(frame);
    const uint8_t *data = size > 0 ? tvb_get_ptr(frame, 0, (int)size) : NULL;
    const uint32_t ports = g_htonl(pinfo->srcport << 16 | (pinfo->destport & 0xffff));

    *out = (Segment){ .frame = data, .size = (unsigned)size };
    if (data == NULL)
        return false;
    if (last + TCP_HEADER > size || !is_header(data + last, size - last, ports, is_udp)) {
        const uint8_t *found = find(data, size, ports, is_udp);
        if (found == NULL)
            return false;
        last = (size_t)(found - data);
    }
    out->header = (unsigned)last;
    out->flags = is_udp ? 0 : data[last + 13];
    out->payload = out->header + (is_udp ? UDP_HEADER : (unsigned)(data[last + 12] >> 4) * 4);
    out->size = (unsigned)size - out->payload;
    return true;
}

/* What the IP header says is behind it. @return 0 where there is no plain IP header in front */
static unsigned configured_by_ip(const Segment *segment)
{
    const uint8_t *ip = segment->frame + segment->header - IPV4_HEADER;

    if (segment->header >= IPV4_HEADER && ip[0] == 0x45 && (ip[9] == IP_PROTO_TCP || ip[9] == IP_PROTO_UDP) &&
        get16(ip + 2) > IPV4_HEADER)
        return get16(ip + 2) - IPV4_HEADER;
    ip = segment->frame + segment->header - IPV6_HEADER;
    if (segment->header >= IPV6_HEADER && ip[0] >> 4 == 6 && (ip[6] == IP_PROTO_TCP || ip[6] == IP_PROTO_UDP))
        return get16(ip + 4);
    return 0;
}

unsigned segment_payload_size(const Segment *segment, tvbuff_t *frame, unsigned *missing)
{
    const unsigned header = segment->payload - segment->header;
    const unsigned told = configured_by_ip(segment);

    *missing = 0;
    /* 0 comes from offloading to the network card: the frame's own length counts then. */
    if (told < header) {
        *missing = tvb_reported_length(frame) - tvb_captured_length(frame);
        return segment->size;
    }
    if (told - header <= segment->size)
        return told - header;
    *missing = told - header - segment->size;
    return segment->size;
}

uint32_t segment_sequence(const Segment *segment)
{
    const uint8_t *tcp = segment->frame + segment->header;

    return (uint32_t)get16(tcp + 4) << 16 | get16(tcp + 6);
}
