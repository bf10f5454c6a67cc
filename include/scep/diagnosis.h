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

/** Why a hint that applies explains nothing: what else the capture shows. */
typedef enum {
    SCEP_UNCONTRADICTED = 0,
    SCEP_AGAINST_SERVED,          /**< the request was served all the same */
    SCEP_AGAINST_CHALLENGE_LASTS, /**< the same challenge was taken more than once */
    SCEP_AGAINST_CHALLENGE_GOOD,  /**< the same challenge was taken after that */
    SCEP_AGAINST_CA_ISSUES,       /**< the same CA issued in the same capture */
    SCEP_CONTRADICTION_COUNT
} ScepContradiction;

/** The same in words: "the request was served all the same"; NULL for none. Static. */
const char *scep_contradiction_words(unsigned against);

/** A hint that applies. Lives as long as the diagnosis; a conclusion until more was booked. */
typedef struct ScepFinding {
    struct ScepFinding *next; /**< about the same message or connection, in the order in which they are told */
    const char *detail;       /**< what was seen, in words; NULL when the hint says it all */
    uint16_t hint;            /**< ScepHintId */
    uint8_t severity;         /**< the catalogue's, or less once the matter has resolved itself */
    uint8_t against;          /**< ScepContradiction: what in the capture speaks against it */
    uint8_t rank;             /**< 1 for what explains the stop of its enrollment, then in order; 0 before the end of
                                   the capture, and for a note */
    uint8_t frame_count : 6;
    uint8_t is_elsewhere : 1;  /**< raised of a server that does not look like NDES: for scep_hint_advice() */
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

/** How much weak algorithms and keys matter to the user; 0 for what the catalogue says. It changes what is told of
 * them, and neither root causes nor outcomes. */
void scep_diagnosis_weigh_weakness(ScepDiagnosis *diagnosis, unsigned severity);

/** The severity that a finding is told with. */
ScepSeverity scep_finding_severity(const ScepDiagnosis *diagnosis, const ScepFinding *finding);

/** What is said of one half of an exchange, a call to the CA or to a service, and of a connection; the first of a list.
 * Borrowed; NULL where there is nothing. */
ScepFinding *scep_exchange_get0_findings(const ScepDiagnosis *diagnosis, const ScepExchange *exchange, bool is_answer);
ScepFinding *scep_ca_call_get0_findings(const ScepDiagnosis *diagnosis, const ScepCaCall *call, bool is_answer);
ScepFinding *scep_service_call_get0_findings(const ScepDiagnosis *diagnosis, const ScepServiceCall *call,
                                             bool is_answer);
ScepFinding *scep_connection_get0_findings(const ScepDiagnosis *diagnosis, const ScepConnection *connection);

#endif
