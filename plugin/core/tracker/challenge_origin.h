/* challenge_origin.h
 * Challenge passwords of a capture, by their hashes: where each was handed out, and who used it first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_CHALLENGE_ORIGIN_H
#define SCEP_CORE_TRACKER_CHALLENGE_ORIGIN_H

#include "scep/tracker.h"

void scep_challenges_open(ScepTracker *tracker);
void scep_challenges_close(ScepTracker *tracker);

/** A page of NDES hands one out, in the answer to @a exchange. */
void scep_challenge_on_page(ScepTracker *tracker, const ScepExchange *exchange, const ScepPlace *place,
                            const ScepResponse *response);

/** The answer of an MDM server hands out those among its secrets. */
void scep_challenge_in_profile(ScepTracker *tracker, ScepServiceCall *call);

/** A request uses one: tells the exchange since when it is known, and from where. @param csr  may be NULL */
void scep_challenge_used(ScepTracker *tracker, ScepExchange *exchange, const ScepCsr *csr);

/** The request has found its enrollment: a profile that was joined to it by address, and has its challenge, is its
 * own for certain. @param csr  may be NULL */
void scep_challenge_confirms(ScepTracker *tracker, const ScepExchange *exchange, const ScepCsr *csr);

#endif
