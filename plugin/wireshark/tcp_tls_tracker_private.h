/* tcp_tls_tracker_private.h
 * What the files that follow connections share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_TCP_TLS_TRACKER_PRIVATE_H
#define SCEP_TCP_TLS_TRACKER_PRIVATE_H

#include "scep/tracker.h"
#include "ws_compat.h"

/** What a frame is to a connection. File scope. */
typedef struct {
    ScepConnection *connection; /**< owned by the tracker */
    uint32_t frame;
    ScepConnectionSeen seen;
} FollowedFrame;

void followed_frame(uint32_t frame, ScepConnection *connection, ScepConnectionSeen seen);

/** Books connections to this server that were refused or never answered before it was known as one.
 * @param pool  packet scope
 * @param current  number of the conversation at hand, which is left out */
void backfill(wmem_allocator_t *pool, ScepTracker *tracker, const address *server, uint16_t port, uint32_t current);

#endif
