/* backfill.h
 * Connections that failed before their server was known to have a role.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_BACKFILL_H
#define SCEP_BACKFILL_H

#include "scep/tracker.h"
#include "ws_compat.h"

/** Books connections to this server that were refused or never answered before it was known as one.
 * @param pool  packet scope
 * @param current  number of the conversation at hand, which is left out */
void backfill(wmem_allocator_t *pool, ScepTracker *tracker, const address *server, uint16_t port, uint32_t current);

#endif
