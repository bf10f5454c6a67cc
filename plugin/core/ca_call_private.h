/* ca_call_private.h
 * What the files about calls to the CA share; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CA_CALL_PRIVATE_H
#define SCEP_CA_CALL_PRIVATE_H

#include "scep/ca_call.h"
#include "tracker.h"

/** CR_DISP_* (MS-WCCE 3.2.1.4.2.1.1). Anything else is an error code. */
enum {
    SCEP_CR_DISP_DENIED = 2,
    SCEP_CR_DISP_ISSUED = 3,
    SCEP_CR_DISP_UNDER_SUBMISSION = 5
};

/** Makes the tables for joining, and frees them and the calls. */
void scep_ca_calls_open(ScepTracker *tracker);
void scep_ca_calls_close(ScepTracker *tracker);

/** Joins the call that brought the certificate which @a enrollment->issued names. */
void scep_ca_calls_join_issued(ScepTracker *tracker, ScepEnrollment *enrollment);

/** Findings of one half (rules_ca.c). */
void scep_ca_call_judge_request(ScepTracker *tracker, ScepCaCall *call);
void scep_ca_call_judge_answer(ScepTracker *tracker, ScepCaCall *call, const ScepCaMessage *message);

/** What was refused or put on hold, and granted in the end, is no fault. */
void scep_ca_calls_settle(const ScepEnrollment *enrollment);

#endif
