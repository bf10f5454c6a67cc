/* record.h
 * What the first pass learned about a frame, kept so that every pass shows the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_RECORD_H
#define SCEP_RECORD_H

#include "http2_source.h"
#include "scep/service_call.h"
#include "unit.h"

/** One SCEP message of a frame, or one half of a call to a service. File scope; it stays where it is until another frame is looked at for the first time. */
typedef struct {
    ScepExchange *exchange;      /**< owned by the tracker; NULL where the next one is set */
    ScepServiceCall *call;       /**< of a call to a service around SCEP; owned by the tracker */
    const Http2Message *http2;   /**< NULL for HTTP/1 */
    uint32_t frame;
    uint16_t index;              /**< of the unit among the frame's HTTP/1 messages, or of the claimed body */
    bool is_request;
    bool claimed;                /**< a body that came without an HTTP message in the frame's sources */
} ScepRecordPart;

/** A part together with its parsed message. Packet scope. */
typedef struct {
    const ScepRecordPart *part;
    ScepUnit *unit;
} ScepShown;

/** Opens and closes the state of one capture file. */
void scep_record_open(void);
void scep_record_close(void);

/** The tracker of the open file, its clock set; NULL when there is none. */
ScepTracker *scep_record_tracker(void);

/** Who talks to whom in this frame. @param asks  the source is the one that asks. Texts: packet scope */
ScepPlace scep_record_place(packet_info *pinfo, bool asks);

/** First and last moment of the capture file so far. */
extern nstime_t scep_record_first;
extern nstime_t scep_record_last;

/** Nanoseconds since 1970. */
static inline int64_t scep_record_time(const nstime_t *time)
{
    return (int64_t)time->secs * 1000000000 + time->nsecs;
}

/** Keeps how far the capture goes; on every frame, so it is a comparison, and the tracker is told when it is asked for. */
static inline void scep_record_clock(const packet_info *pinfo)
{
    const nstime_t *now = &pinfo->abs_ts;

    if (now->secs < scep_record_last.secs ||
        (now->secs == scep_record_last.secs && now->nsecs < scep_record_last.nsecs))
        return;
    if (scep_record_last.secs == 0)
        scep_record_first = *now;
    scep_record_last = *now;
}

/** Notes a body that Wireshark handed over through a table (media type, heuristic). Packet scope. */
void scep_record_claim(packet_info *pinfo, tvbuff_t *body);

/** Notes that the frame has a SyncML body. Packet scope. */
void scep_record_claim_mdm(packet_info *pinfo);

/** True when a connection of this capture is known to carry SCEP, or Wireshark handed over a body of this frame. */
bool scep_record_is_busy(const packet_info *pinfo);

/** True when this frame holds messages that are recorded. */
bool scep_record_has(uint32_t frame);

/** The frame's SCEP messages. In the first pass they are looked for, booked and kept; later the kept record is used.
 * @return array of ScepShown, packet scope; NULL when the frame holds none. Units are parsed when @a parse is set or
 * the pass is the first. */
wmem_array_t *scep_record_frame(packet_info *pinfo, bool http1, bool http2, bool parse);

#endif
