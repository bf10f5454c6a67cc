/* prelude.h
 * What clients ask before they send a request, until the request comes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_PRELUDE_H
#define SCEP_CORE_TRACKER_PRELUDE_H

#include "scep/tracker.h"

/** How many of what a client asked before are looked at when it goes on with something else. */
#define SCEP_PRELUDES_LOOKED_AT 64

/** What this client asked this server and waits for its request, oldest first. @return borrowed; NULL for none */
GQueue *scep_preludes_of(const ScepTracker *tracker, const char *client, const ScepServer *server);

/** Lets queries wait for their request. @param prelude  has its client, server and first query soon; borrowed */
void scep_prelude_add(ScepTracker *tracker, ScepEnrollment *prelude);

/** Its request has come, or nobody waits for it any more. Nothing stays of it: there may be a million. */
void scep_prelude_remove(ScepTracker *tracker, ScepEnrollment *prelude);

/** The best open prelude for another query or a request. Among equals the oldest for a query, which it lacks; for a
 * request the newest: a query belongs to the request that follows soonest, and who asked before and never went on has
 * only looked.
 * @param undecided  only among those that nobody knows the enrollment of yet @return borrowed; NULL for none */
ScepEnrollment *scep_prelude_best(ScepTracker *tracker, const ScepExchange *exchange, const char *user_agent,
                                  bool undecided);

/** True when it asked on this connection. */
bool scep_prelude_has_stream(const ScepEnrollment *prelude, uint32_t stream);

#endif
