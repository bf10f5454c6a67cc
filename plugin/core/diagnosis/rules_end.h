/* rules_end.h
 * What only the whole capture tells of an enrollment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_RULES_END_H
#define SCEP_CORE_DIAGNOSIS_RULES_END_H

#include "diagnosis/rule.h"

/** Draws the conclusions on requests for challenge pages. */
void scep_sign_ins_end(ScepDiagnosis *diagnosis);

/** Draws the conclusions on enrollments, and settles what a success settles; behind those on calls to the CA. */
void scep_enrollments_end(ScepDiagnosis *diagnosis);

#endif
