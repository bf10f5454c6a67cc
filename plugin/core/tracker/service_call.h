/* service_call.h
 * Calls to the services around SCEP, joined to the enrollments that they are part of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_SERVICE_CALL_H
#define SCEP_CORE_TRACKER_SERVICE_CALL_H

#include "scep/tracker.h"
#include "scep/services.h"
#include "tracker/tracker.h"

/** Calls in order of frames, of ScepServiceCall*. Borrowed. */
const GPtrArray *scep_tracker_get0_service_calls(const ScepTracker *tracker);

/** True when the answer refuses: by its status, or by its verdict. */
bool scep_service_is_refused(const ScepServiceCall *call);

/** True for 127.0.0.0/8 and ::1. */
bool scep_is_loopback(const char *address);

void scep_service_calls_open(ScepTracker *tracker);
void scep_service_calls_close(ScepTracker *tracker);

/** Notes that a host serves SCEP: it may sign in to Intune for that. @param address  of the tracker's texts */
void scep_service_calls_known_host(ScepTracker *tracker, const char *address);

/** Gives a new enrollment the SCEP profile that its device was sent before. @param now  nanoseconds since 1970 */
void scep_service_calls_enrollment_begins(ScepTracker *tracker, ScepEnrollment *enrollment, int64_t now);

/** True when the enrollment has a call of this kind. */
bool scep_service_has(const ScepEnrollment *enrollment, ScepServiceKind kind);

/** The first status of 400 or more that a device gives for a SCEP node in this message; NULL for none.
 * @param uri  receives the node, which lives as long as the tracker */
const ScepMdmStatus *scep_service_get0_mdm_failure(const ScepServiceCall *call, const char **uri);

/** True when a message carries SCEP settings, not only what became of them. */
bool scep_service_sets_profile(const ScepServiceFacts *facts);

/** Books an answer to a request that nobody took for one to a service: by scep_service_of_answer().
 * @return owned by the tracker; its request_frame is 0 */
ScepServiceCall *scep_tracker_service_unasked(ScepTracker *tracker, const ScepPlace *place,
                                              const ScepServiceMessage *message);

#endif
