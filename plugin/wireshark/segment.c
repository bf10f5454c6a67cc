/* segment.c
 * The TCP segment, or UDP datagram, of a frame, where Wireshark found it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "segment.h"

#include <epan/ipproto.h>

#include "capture_file.h"

enum { TCP_HEADER = 20, UDP_HEADER = 8 };

/* A row of Wireshark's table of IP protocols. Epan scope. */
typedef struct {
    uint32_t ip_protocol;
    dissector_handle_t wrapped;
    dissector_handle_t wrapping;
} Row;

enum { TCP, UDP, ROWS };

static Row rows[ROWS];

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* On every frame of TCP or UDP. */
static inline void note(tvbuff_t *tvb, const packet_info *pinfo)
{
    /* What an ICMP message quotes is not what this frame carries. */
    if (pinfo->flags.in_error_pkt || capture_file == NULL)
        return;
    capture_file->segment = tvb;
    capture_file->segment_frame = pinfo->num;
}

static int dissect_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    note(tvb, pinfo);
    return call_dissector_only(rows[TCP].wrapped, tvb, pinfo, tree, data);
}

static int dissect_udp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    note(tvb, pinfo);
    return call_dissector_only(rows[UDP].wrapped, tvb, pinfo, tree, data);
}

bool segment_read(const packet_info *pinfo, Segment *out)
{
    const bool is_udp = pinfo->ptype == PT_UDP;
    const unsigned least = is_udp ? UDP_HEADER : TCP_HEADER;
    tvbuff_t *tvb = capture_file->segment_frame == pinfo->num ? capture_file->segment : NULL;

    *out = (Segment){ .tvb = NULL };
    if (tvb == NULL)
        return false;
    const unsigned size = tvb_captured_length(tvb);
    if (size < least)
        return false;
    const uint8_t *bytes = tvb_get_ptr(tvb, 0, (int)size);
    /* A protocol inside, which Wireshark did not find by IP, may have ports of its own. */
    if (get16(bytes) != pinfo->srcport || get16(bytes + 2) != pinfo->destport)
        return false;
    const unsigned header = is_udp ? UDP_HEADER : (unsigned)(bytes[12] >> 4) * 4;
    if (header < least || header > size)
        return false;
    *out = (Segment){ tvb, bytes, bytes + header, size - header, is_udp ? 0 : bytes[13] };
    return true;
}

bool segment_is_in(const Segment *segment, tvbuff_t *source)
{
    return segment->tvb != NULL && tvb_get_ds_tvb(segment->tvb) == source;
}

unsigned segment_start(const Segment *segment, tvbuff_t *source)
{
    if (!segment_is_in(segment, source))
        return 0;
    return (unsigned)tvb_raw_offset(segment->tvb) + (unsigned)(segment->payload - segment->header);
}

unsigned segment_missing(const Segment *segment)
{
    return tvb_reported_length(segment->tvb) - tvb_captured_length(segment->tvb);
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

uint32_t segment_sequence(const Segment *segment)
{
    return get32(segment->header + 4);
}

uint32_t segment_acknowledged(const Segment *segment)
{
    return get32(segment->header + 8);
}

void segment_open(void)
{
    dissector_table_t table = find_dissector_table("ip.proto");

    for (unsigned i = 0; i < array_length(rows); i++) {
        const Row *row = &rows[i];
        if (row->wrapped != NULL && dissector_get_uint_handle(table, row->ip_protocol) == row->wrapped)
            dissector_add_uint("ip.proto", row->ip_protocol, row->wrapping);
    }
}

/* Without a protocol: TCP itself is called as ever, with its place among the layers of the frame and its switch. 4.6
 * wants a description that no other handle of the table has. */
static Row row_of(uint32_t ip_protocol, dissector_t dissector, const char *name, const char *description)
{
    return (Row){ ip_protocol, dissector_get_uint_handle(find_dissector_table("ip.proto"), ip_protocol),
                  create_dissector_handle_with_name_and_description(dissector, -1, name, description) };
}

void segment_handoff(void)
{
    rows[TCP] = row_of(IP_PROTO_TCP, dissect_tcp, "scep_tcp_segment", "TCP, looked at for SCEP");
    rows[UDP] = row_of(IP_PROTO_UDP, dissect_udp, "scep_udp_datagram", "UDP, looked at for SCEP");
    segment_open();
}
