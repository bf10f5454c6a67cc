/* followed_frames.h
 * What frames of TCP, TLS and DNS are to connections that are followed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_FOLLOWED_FRAMES_H
#define SCEP_FOLLOWED_FRAMES_H

#include "scep/tracker.h"
#include "ws_compat.h"

/** File scope. */
typedef struct {
    ScepConnection *connection; /**< owned by the tracker */
    uint32_t frame;
    ScepConnectionSeen seen;
} FollowedFrame;

void followed_frames_open(void);
void followed_frames_close(void);

/** Keeps what a frame is, in the first pass; the frame may be an earlier one. Nothing for SCEP_CONNECTION_NOTHING. */
void followed_frames_add(uint32_t frame, ScepConnection *connection, ScepConnectionSeen seen);

/** What is kept of a frame, one by one. @param number  0 for the first @return NULL behind the last */
const FollowedFrame *followed_frames_get(uint32_t frame, unsigned number);

bool followed_frames_are_empty(void);

/** False where there are too many frames since this one to look through them. */
bool followed_frames_may_hand_over(uint32_t since);

/** Lets the frames of a connection that is over be those of what remains of it.
 * @param since  where it begins; @param from  only compared: it may be gone already */
void followed_frames_hand_over(uint32_t since, const ScepConnection *from, ScepConnection *to);

#endif
