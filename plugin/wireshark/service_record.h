/* service_record.h
 * Calls to the services around SCEP, booked in the first pass.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SERVICE_RECORD_H
#define SCEP_SERVICE_RECORD_H

#include "http_source.h"
#include "scep/service_call.h"

/** Books a request when it is for such a service. @return NULL when it is not */
ScepServiceCall *scep_service_record_request(ScepTracker *tracker, packet_info *pinfo, const HttpUnit *http);

/** Books the answer to a call. */
void scep_service_record_answer(ScepTracker *tracker, packet_info *pinfo, const HttpUnit *http, ScepServiceCall *call);

#endif
