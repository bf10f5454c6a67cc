/* segment.c
 * The TCP segment, or UDP datagram, of a frame, where Wireshark found it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "segment.h"

#include <epan/ipproto.h>

#include "capture_file.h"

enum { TCP_HEADER = 20, UDP_HEADER = 8 };

/* The wrapped dissectors. The wrapping row stands for the same protocol, so that it is the same in Wireshark's lists
 * and switches; only a call through a table can leave the protocol from being counted twice among the layers of a
 * frame. */
static dissector_table_t wrapped;

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static void note(tvbuff_t *tvb, const packet_info *pinfo)
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
    return ws_dissector_try_uint(wrapped, IP_PROTO_TCP, tvb, pinfo, tree, false, data);
}

static int dissect_udp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    note(tvb, pinfo);
    return ws_dissector_try_uint(wrapped, IP_PROTO_UDP, tvb, pinfo, tree, false, data);
}

bool segment_read(const packet_info *pinfo, Segment *out)
{
    const bool is_udp = pinfo->ptype == PT_UDP;
    const unsigned least = is_udp ? UDP_HEADER : TCP_HEADER;
    tvbuff_t *tvb = capture_file->segment_frame == pinfo->num ? capture_file->segment : NULL;

    *out = (Segment){ .source = NULL };
    if (tvb == NULL)
        return false;
    const unsigned there = tvb_captured_length(tvb);
    if (there < least)
        return false;
    const uint8_t *bytes = tvb_get_ptr(tvb, 0, (int)there);
    /* A protocol inside, which Wireshark did not find by IP, may have ports of its own. */
    if (get16(bytes) != pinfo->srcport || get16(bytes + 2) != pinfo->destport)
        return false;
    const unsigned header = is_udp ? UDP_HEADER : (unsigned)(bytes[12] >> 4) * 4;
    if (header < least || header > there)
        return false;
    out->source = tvb_get_ds_tvb(tvb);
    out->offset = (unsigned)tvb_raw_offset(tvb) + header;
    out->payload = bytes + header;
    out->size = there - header;
    out->missing = tvb_reported_length(tvb) - there;
    out->sequence = is_udp ? 0 : (uint32_t)get16(bytes + 4) << 16 | get16(bytes + 6);
    out->acknowledged = is_udp ? 0 : (uint32_t)get16(bytes + 8) << 16 | get16(bytes + 10);
    out->flags = is_udp ? 0 : bytes[13];
    return true;
}

void segment_register(int proto)
{
    wrapped = register_dissector_table("scep.segment", "Segments that SCEP takes note of", proto, FT_UINT8, BASE_DEC);
}

static void wrap(uint32_t ip_protocol, dissector_t dissector, const char *name, const char *description)
{
    dissector_handle_t original = dissector_get_uint_handle(find_dissector_table("ip.proto"), ip_protocol);

    if (original == NULL)
        return;
    dissector_add_uint("scep.segment", ip_protocol, original);
    dissector_add_uint("ip.proto", ip_protocol,
                       create_dissector_handle_with_name_and_description(
                           dissector, dissector_handle_get_protocol_index(original), name, description));
}

void segment_handoff(void)
{
    wrap(IP_PROTO_TCP, dissect_tcp, "scep_tcp_segment", "TCP, looked at for SCEP");
    wrap(IP_PROTO_UDP, dissect_udp, "scep_udp_datagram", "UDP, looked at for SCEP");
}
