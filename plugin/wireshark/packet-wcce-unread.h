/* packet-wcce-unread.h
 * Calls to a CA whose dissector is not called.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_WCCE_UNREAD_H
#define PACKET_WCCE_UNREAD_H

#include "segment.h"
#include "ws_compat.h"

/** The calls that Wireshark could not decrypt, truncated ones and faults: no dissector is called for them, so a
 * post-dissector looks for them in the PDU headers. For every frame of TCP. @param tree  may be NULL */
void wcce_dissect_unread(packet_info *pinfo, proto_tree *tree, const Segment *segment);

/** Looks protocols up. Call from the handoff routine. */
void wcce_unread_handoff(void);

#endif
