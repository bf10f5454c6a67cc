/* capture_file.h
 * What lives as long as a capture file: made when one is opened, gone when it is closed.
 *
 * Wireshark has one capture file open at a time, and hands its callbacks no pointer of ours: so there is one variable,
 * and whatever a file keeps of a capture hangs on it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CAPTURE_FILE_H
#define SCEP_CAPTURE_FILE_H

#include "scep/cms.h"
#include "scep/diagnosis.h"
#include "scep/tracker.h"
#include "ws_compat.h"

/** The parts are their owners': each is declared in the file that is named behind it. */
typedef struct {
    ScepTracker *tracker;
    ScepDiagnosis *diagnosis; /**< of what it books */
    ScepChecker *checker;
    nstime_t first; /**< moment of the first frame; zero before it */
    nstime_t last;  /**< the latest moment of a frame so far */

    tvbuff_t *segment;      /**< of TCP or UDP in the frame at hand, or in one before it; packet scope (segment.c) */
    uint32_t segment_frame; /**< the frame that it is of */

    GArray *messages;              /**< of FrameMessage, by frame (frame_state.c) */
    uint32_t claimed_frame;        /**< the last one of which a body was handed over (frame_state.c) */
    unsigned scep_connections;     /**< how many carry SCEP; 0 spares every lookup (first_pass.c) */
    GArray *followed_frames;       /**< of FollowedFrame, by frame (followed_frames.c) */
    struct TcpTlsTracker *tcp_tls; /**< (tcp_tls_tracker.c) */
    bool follows_connections;      /**< a host with a role is known: every segment of TCP is worth a look */
    bool names_ca_ports;           /**< a CA has named a port: segments without DCE/RPC are worth a look */
    struct WcceCapture *wcce;      /**< (packet-wcce-state.h) */
    GPtrArray *user_hints;         /**< with compiled filters; NULL where there is none (user_hints.c) */
} CaptureFile;

/** NULL while none is open. */
extern CaptureFile *capture_file;

/** Call first of all that is opened, and last of all that is closed. */
void capture_file_open(void);
void capture_file_close(void);

/** The tracker of the open file, its clock set; NULL when there is none. */
ScepTracker *capture_tracker(void);

/** What is thought of the open file; NULL when there is none. */
const ScepDiagnosis *capture_diagnosis(void);

/** Who talks to whom in this frame. @param asks  the source is the one that asks. Texts: packet scope */
ScepPlace capture_place(packet_info *pinfo, bool asks);

/** Nanoseconds since 1970. */
static inline int64_t capture_time(const nstime_t *moment)
{
    return (int64_t)moment->secs * 1000000000 + moment->nsecs;
}

/** Keeps how far the capture goes; on every frame, so it is a comparison, and the tracker is told when it is asked for.
 */
static inline void capture_clock(CaptureFile *file, const packet_info *pinfo)
{
    const nstime_t *now = &pinfo->abs_ts;

    if (now->secs < file->last.secs || (now->secs == file->last.secs && now->nsecs < file->last.nsecs))
        return;
    if (file->last.secs == 0)
        file->first = *now;
    file->last = *now;
}

#endif
