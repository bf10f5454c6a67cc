/* frame_kind.c
 * What the innermost protocol of a frame tells of it, so that most frames are left at once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frame_kind.h"

#include "protocols.h"

/* Anything that is not named here is FRAME_OTHER: a mistake costs time, and hides nothing. */
static const struct {
    const char *protocol;
    FrameKind kind;
} rows[] = {
    { "eth", FRAME_BARE },  { "arp", FRAME_BARE },   { "ip", FRAME_BARE },    { "ipv6", FRAME_BARE }, { "icmp", FRAME_BARE },
    { "icmpv6", FRAME_BARE }, { "tcp", FRAME_BARE }, { "udp", FRAME_BARE },   { "smb", FRAME_BARE },  { "smb2", FRAME_BARE },
    { "nbss", FRAME_BARE }, { "ldap", FRAME_BARE },  { "cldap", FRAME_BARE }, { "ntp", FRAME_BARE },  { "dhcp", FRAME_BARE },
    { "mdns", FRAME_BARE }, { "llmnr", FRAME_BARE }, { "tls", FRAME_TLS },    { "dns", FRAME_DNS },
};

static uint8_t *kinds;           /* FrameKind by protocol, epan scope */
static unsigned kind_count;

void frame_kind_handoff(void)
{
    int ids[array_length(rows)];

    for (unsigned i = 0; i < array_length(rows); i++) {
        ids[i] = protocol_id(rows[i].protocol);
        kind_count = MAX(kind_count, (unsigned)(ids[i] + 1));
    }
    kinds = wmem_alloc0_array(wmem_epan_scope(), uint8_t, kind_count);
    for (unsigned i = 0; i < array_length(rows); i++) {
        if (ids[i] >= 0)
            kinds[ids[i]] = (uint8_t)rows[i].kind;
    }
}

FrameKind frame_kind(const packet_info *pinfo)
{
    const wmem_list_frame_t *last = wmem_list_tail(pinfo->layers);
    const unsigned id = last != NULL ? GPOINTER_TO_UINT(wmem_list_frame_data(last)) : kind_count;

    return id < kind_count ? (FrameKind)kinds[id] : FRAME_OTHER;
}
