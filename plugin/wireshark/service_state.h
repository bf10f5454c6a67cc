/* service_state.h
 * Calls to the services around SCEP, booked in the first pass.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SERVICE_RECORD_H
#define SCEP_SERVICE_RECORD_H

#include "http_source.h"
#include "scep/tracker.h"

/** Books a request when it is for such a service. @return NULL when it is not */
ScepServiceCall *service_state_request(ScepTracker *tracker, packet_info *pinfo, const HttpPdu *http);

/** Books the answer to a call. */
void service_state_answer(ScepTracker *tracker, packet_info *pinfo, const HttpPdu *http, ScepServiceCall *call);

/** Books an answer whose request nobody took for one to a service. @return NULL when it is of none either */
ScepServiceCall *service_state_unasked(ScepTracker *tracker, packet_info *pinfo, const HttpPdu *http);

#endif
