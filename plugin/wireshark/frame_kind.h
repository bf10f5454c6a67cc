/* frame_kind.h
 * What the innermost protocol of a frame tells of it, so that most frames are left at once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_FRAME_KIND_H
#define SCEP_FRAME_KIND_H

#include "ws_compat.h"

typedef enum {
    FRAME_OTHER = 0, /**< may hold anything */
    FRAME_BARE,      /**< ends with a protocol that carries none of what is looked for: TCP, UDP, SMB2, ... */
    FRAME_TLS,       /**< ends with TLS: not opened, or a handshake */
    FRAME_DNS
} FrameKind;

/** Looks the protocols up. Call from the handoff routine. */
void frame_kind_handoff(void);

/** FrameKind by protocol, for those below frame_kind_count. */
extern uint8_t *frame_kinds;
extern unsigned frame_kind_count;

/** On every frame, so it is one look at the end of the list of protocols. */
static inline FrameKind frame_kind(const packet_info *pinfo)
{
    const unsigned id = GPOINTER_TO_UINT(wmem_list_frame_data(wmem_list_tail(pinfo->layers)));

    return id < frame_kind_count ? (FrameKind)frame_kinds[id] : FRAME_OTHER;
}

#endif
