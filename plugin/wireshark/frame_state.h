/* frame_state.h
 * What the first pass learned about a frame, kept so that every pass shows the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_FRAME_STATE_H
#define SCEP_FRAME_STATE_H

#include "http2_source.h"
#include "http_pdu.h"
#include "scep/tracker.h"

/** One SCEP message of a frame, or one half of a call to a service. File scope; it stays where it is until another
 * frame is looked at for the first time. */
typedef struct {
    ScepExchange *exchange;    /**< owned by the tracker; NULL where the next one is set */
    ScepServiceCall *call;     /**< of a call to a service around SCEP; owned by the tracker */
    const Http2Message *http2; /**< NULL for HTTP/1 */
    uint32_t frame;
    uint16_t position; /**< of the PDU among the frame's HTTP/1 messages, or of the claimed body */
    bool is_request;
    bool claimed; /**< a body that came without an HTTP message in the frame's sources */
} FrameMessage;

/** A part together with its parsed message. Packet scope. */
typedef struct {
    const FrameMessage *part;
    ScepHttpPdu *pdu;
} ScepShown;

void frame_state_open(void);
void frame_state_close(void);

/** Keeps a frame's messages, in the first pass. @param parts  array of FrameMessage, at least one
 * @return the first of them where they are kept */
const FrameMessage *frame_state_keep(const packet_info *pinfo, wmem_array_t *parts);

/** Keeps one message of an earlier frame, of which only a later one showed what it is. */
void frame_state_add(const FrameMessage *part);

/** What is kept of a frame, one by one. @param number  0 for the first @return NULL behind the last */
const FrameMessage *frame_state_get(uint32_t frame, unsigned number);

/** Notes a body that Wireshark handed over through a table (media type, heuristic). Packet scope. */
void frame_state_claim(packet_info *pinfo, tvbuff_t *body);

/** The bodies that were noted in this frame. @return array of tvbuff_t*; NULL for none */
wmem_array_t *frame_state_claims(packet_info *pinfo);

/** Notes that the frame has a SyncML body, and tells whether it has. Packet scope. */
void frame_state_claim_mdm(packet_info *pinfo);
bool frame_state_has_mdm(packet_info *pinfo);

/** True when a connection of this capture is known to carry SCEP, or Wireshark handed over a body of this frame. */
bool frame_state_is_busy(const packet_info *pinfo);

#endif
