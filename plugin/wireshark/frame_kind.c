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
    { "eth", FRAME_BARE },   { "arp", FRAME_BARE },    { "ip", FRAME_BARE },   { "ipv6", FRAME_BARE },
    { "icmp", FRAME_BARE },  { "icmpv6", FRAME_BARE }, { "tcp", FRAME_BARE },  { "udp", FRAME_BARE },
    { "smb", FRAME_BARE },   { "smb2", FRAME_BARE },   { "nbss", FRAME_BARE }, { "ldap", FRAME_BARE },
    { "cldap", FRAME_BARE }, { "ntp", FRAME_BARE },    { "dhcp", FRAME_BARE }, { "mdns", FRAME_BARE },
    { "llmnr", FRAME_BARE }, { "tls", FRAME_TLS },     { "dns", FRAME_DNS },
};

uint8_t *frame_kinds; /* epan scope */
unsigned frame_kind_count;

void frame_kind_handoff(void)
{
    int ids[array_length(rows)];

    for (unsigned i = 0; i < array_length(rows); i++) {
        ids[i] = protocol_id(rows[i].protocol);
        frame_kind_count = MAX(frame_kind_count, (unsigned)(ids[i] + 1));
    }
    frame_kinds = wmem_alloc0_array(wmem_epan_scope(), uint8_t, frame_kind_count);
    for (unsigned i = 0; i < array_length(rows); i++) {
        if (ids[i] >= 0)
            frame_kinds[ids[i]] = (uint8_t)rows[i].kind;
    }
}
