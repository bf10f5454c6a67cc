/* root_cause.h
 * The findings of an enrollment in order: what explains the outcome leads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_ROOT_CAUSE_H
#define SCEP_CORE_DIAGNOSIS_ROOT_CAUSE_H

#include "scep/diagnosis.h"

/** Everything that is said of an enrollment, the root cause first, then by severity.
 * @return of ScepFinding*, its elements borrowed; g_ptr_array_unref() */
GPtrArray *scep_enrollment_new_findings(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment);

/** At the end of a capture: gives the findings of every enrollment their ranks. */
void scep_enrollments_rank(const ScepDiagnosis *diagnosis);

/** What it listens to. */
ScepTracker *scep_diagnosis_get0_tracker(const ScepDiagnosis *diagnosis);

#endif
