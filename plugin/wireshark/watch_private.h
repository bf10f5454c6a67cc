/* watch_private.h
 * What the files that follow connections share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_WATCH_PRIVATE_H
#define SCEP_WATCH_PRIVATE_H

#include "scep/connection.h"
#include "ws_compat.h"

/** What a frame is to a connection. File scope. */
typedef struct {
    ScepConnection *connection;  /**< owned by the tracker */
    uint32_t frame;
    ScepLinkSeen seen;
} WatchNote;

void watch_note(uint32_t frame, ScepConnection *connection, ScepLinkSeen seen);

/** Books connections to this server that were refused or never answered before it was known as one.
 * @param pool  packet scope
 * @param current  number of the conversation at hand, which is left out */
void watch_earlier(wmem_allocator_t *pool, ScepTracker *tracker, const address *server, uint16_t port, uint32_t current);

#endif
