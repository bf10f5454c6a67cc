/* diagnosis.h
 * Observations and comparisons in, explanations out: which hints apply, and on what evidence.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_DIAGNOSIS_H
#define SCEP_DIAGNOSIS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "scep/catalogue.h"
#include "scep/tracker.h"

/** Frames that one finding names at the most; the first is where it is shown. */
#define SCEP_FINDING_FRAMES 4

/** A hint that applies. Lives as long as the diagnosis; a conclusion until more was booked. */
typedef struct ScepFinding {
    struct ScepFinding *next; /**< about the same message or connection, in the order in which they are told */
    const char *detail;       /**< what was seen, in words; NULL when the hint says it all */
    uint16_t hint;            /**< ScepHintId */
    uint8_t severity;         /**< the catalogue's, or less once the matter has resolved itself */
    uint8_t frame_count : 7;
    uint8_t is_conclusion : 1; /**< drawn from the whole capture */
    uint32_t frames[];         /**< frame_count of them */
} ScepFinding;

/** The catalogue's row of a finding. */
static inline const ScepHint *scep_finding_get0_hint(const ScepFinding *finding)
{
    return &scep_hints[finding->hint];
}

/** What is thought of everything that a tracker books. Lives as long as the capture file. */
typedef struct ScepDiagnosis ScepDiagnosis;

/** Listens to the tracker from now on: before anything is booked.
 * @return owned by the caller; freed before the tracker */
ScepDiagnosis *scep_diagnosis_new(ScepTracker *tracker);
void scep_diagnosis_free(ScepDiagnosis *diagnosis);

/** What is said of one half of an exchange, a call to the CA or to a service, and of a connection; the first of a list.
 * Borrowed; NULL where there is nothing. */
ScepFinding *scep_exchange_get0_findings(const ScepDiagnosis *diagnosis, const ScepExchange *exchange, bool is_answer);
ScepFinding *scep_ca_call_get0_findings(const ScepDiagnosis *diagnosis, const ScepCaCall *call, bool is_answer);
ScepFinding *scep_service_call_get0_findings(const ScepDiagnosis *diagnosis, const ScepServiceCall *call,
                                             bool is_answer);
ScepFinding *scep_connection_get0_findings(const ScepDiagnosis *diagnosis, const ScepConnection *connection);

#endif
