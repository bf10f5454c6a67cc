/* diagnosed.h
 * A tracker with a diagnosis that listens to it, as in the plugin, and what is found.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef DIAGNOSED_H
#define DIAGNOSED_H

#include "scep/diagnosis.h"
#include "tracker/tracker.h"

/* @return diagnosed_tracker_free() */
static inline ScepTracker *diagnosed_tracker_new(void)
{
    ScepTracker *tracker = scep_tracker_new();

    scep_diagnosis_new(tracker);
    return tracker;
}

/* The diagnosis that listens to a tracker; NULL for none. */
static inline ScepDiagnosis *diagnosis_of(const ScepTracker *tracker)
{
    return tracker->listener_data;
}

static inline void diagnosed_tracker_free(ScepTracker *tracker)
{
    scep_diagnosis_free(diagnosis_of(tracker));
    scep_tracker_free(tracker);
}

/* The first of what is said of one half of an exchange, of a call to the CA or of one to a service. */
#define half_findings(tracker, about, is_answer) \
    _Generic((about), ScepExchange *                                                                                   \
             : scep_exchange_get0_findings, const ScepExchange *                                                       \
             : scep_exchange_get0_findings, ScepCaCall *                                                               \
             : scep_ca_call_get0_findings, const ScepCaCall *                                                          \
             : scep_ca_call_get0_findings, ScepServiceCall *                                                           \
             : scep_service_call_get0_findings, const ScepServiceCall *                                                \
             : scep_service_call_get0_findings)(diagnosis_of(tracker), about, is_answer)
#define request_findings(tracker, about) half_findings(tracker, about, false)
#define response_findings(tracker, about) half_findings(tracker, about, true)

static inline const ScepFinding *connection_findings(const ScepTracker *tracker, const ScepConnection *connection)
{
    return scep_connection_get0_findings(diagnosis_of(tracker), connection);
}

#endif
