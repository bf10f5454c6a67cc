/* frame_state.h
 * What the first pass learned about a frame, kept so that every pass shows the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_FRAME_STATE_H
#define SCEP_FRAME_STATE_H

#include "http2_source.h"
#include "scep/diagnosis.h"
#include "scep/tracker.h"
#include "http_pdu.h"

/** One SCEP message of a frame, or one half of a call to a service. File scope; it stays where it is until another
 * frame is looked at for the first time. */
typedef struct {
    ScepExchange *exchange;    /**< owned by the tracker; NULL where the next one is set */
    ScepServiceCall *call;     /**< of a call to a service around SCEP; owned by the tracker */
    const Http2Message *http2; /**< NULL for HTTP/1 */
    uint32_t frame;
    uint16_t index; /**< of the unit among the frame's HTTP/1 messages, or of the claimed body */
    bool is_request;
    bool claimed; /**< a body that came without an HTTP message in the frame's sources */
} FrameMessage;

/** A part together with its parsed message. Packet scope. */
typedef struct {
    const FrameMessage *part;
    ScepHttpPdu *pdu;
} ScepShown;

/** Opens and closes the state of one capture file. */
void frame_state_open(void);
void frame_state_close(void);

/** The tracker of the open file, its clock set; NULL when there is none. */
ScepTracker *frame_state_tracker(void);

/** What is thought of the open file; NULL when there is none. */
const ScepDiagnosis *frame_state_diagnosis(void);

/** Who talks to whom in this frame. @param asks  the source is the one that asks. Texts: packet scope */
ScepPlace frame_state_place(packet_info *pinfo, bool asks);

/** First and last moment of the capture file so far. */
extern nstime_t frame_state_first;
extern nstime_t frame_state_last;

/** Nanoseconds since 1970. */
static inline int64_t frame_state_time(const nstime_t *time)
{
    return (int64_t)time->secs * 1000000000 + time->nsecs;
}

/** Keeps how far the capture goes; on every frame, so it is a comparison, and the tracker is told when it is asked for.
 */
static inline void frame_state_clock(const packet_info *pinfo)
{
    const nstime_t *now = &pinfo->abs_ts;

    if (now->secs < frame_state_last.secs ||
        (now->secs == frame_state_last.secs && now->nsecs < frame_state_last.nsecs))
        return;
    if (frame_state_last.secs == 0)
        frame_state_first = *now;
    frame_state_last = *now;
}

/** Notes a body that Wireshark handed over through a table (media type, heuristic). Packet scope. */
void frame_state_claim(packet_info *pinfo, tvbuff_t *body);

/** Notes that the frame has a SyncML body. Packet scope. */
void frame_state_claim_mdm(packet_info *pinfo);

/** True when a connection of this capture is known to carry SCEP, or Wireshark handed over a body of this frame. */
bool frame_state_is_busy(const packet_info *pinfo);

/** True when this frame holds messages that are recorded. */
bool frame_state_has(uint32_t frame);

/** The frame's SCEP messages. In the first pass they are looked for, booked and kept; later the kept record is used.
 * @return array of ScepShown, packet scope; NULL when the frame holds none. Units are parsed when @a parse is set or
 * the pass is the first. */
wmem_array_t *frame_state_frame(packet_info *pinfo, bool http1, bool http2, bool parse);

#endif
