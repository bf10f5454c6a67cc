/* ca_call.h
 * Calls from NDES to its CA, joined to the enrollments that cause them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_CA_CALL_H
#define SCEP_CORE_TRACKER_CA_CALL_H

#include "scep/tracker.h"
#include "scep/rpc.h"
#include "tracker/tracker.h"

/** Calls in order of frames, of ScepCaCall*. Borrowed. */
const GPtrArray *scep_tracker_get0_ca_calls(const ScepTracker *tracker);

/** True when the CA, or RPC before it, refused. */
bool scep_ca_call_is_refused(const ScepCaCall *call);

/** The code that says why: the disposition where it is an error code, else the HRESULT or fault status; 0 for none. */
uint32_t scep_ca_call_code(const ScepCaCall *call);

/** CR_DISP_* (MS-WCCE 3.2.1.4.2.1.1). Anything else is an error code. */
enum { SCEP_CR_DISP_DENIED = 2, SCEP_CR_DISP_ISSUED = 3, SCEP_CR_DISP_UNDER_SUBMISSION = 5 };

/** Makes the tables for joining, and frees them and the calls. */
void scep_ca_calls_open(ScepTracker *tracker);
void scep_ca_calls_close(ScepTracker *tracker);

/** Joins the call that brought the certificate which @a enrollment->issued names. */
void scep_ca_calls_join_issued(ScepTracker *tracker, ScepEnrollment *enrollment);

/** A call between the hosts of @a place, without anything else yet. */
ScepCaCall *scep_ca_call_new(ScepTracker *tracker, const ScepPlace *place, const ScepCaMessage *message);

/** In the order of frames. What is certain takes the place of what was likely, never the other way round. */
void scep_ca_call_attach(ScepCaCall *call, ScepEnrollment *enrollment, bool is_likely);

/** Which device waits for the host that calls. @param ndes  NULL for any host
 * @return NULL for none, or where it could be more than one */
ScepEnrollment *scep_tracker_get0_waiting_for(const ScepTracker *tracker, const char *ndes, int64_t now);

/** True for a call that brings a request, or asks what became of one. */
bool scep_ca_call_asks_for_certificate(const ScepCaCall *call);

/** The enrollment of the key in a request. @param csr  may be NULL, cut or broken. @return NULL for none */
ScepEnrollment *scep_tracker_get0_with_key(const ScepTracker *tracker, const ScepCsr *csr);

/** "Resolve", "Activate", "Bind" (ca_chain.c). */
const char *scep_ca_chain_step(ScepCaChain chain);

/** Whether a host that has called its CA before called it, or tried to, between two moments. @return false too where it
 * has never called before, since then its calls need not be visible: see @a known
 * @param known  receives whether it had called before @a from */
bool scep_ca_called_between(const ScepTracker *tracker, const char *ndes, int64_t from, int64_t to, bool *known);

#endif
