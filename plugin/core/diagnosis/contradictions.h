/* contradictions.h
 * Holds what was found, and the causes that hints name, against the whole capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_CONTRADICTIONS_H
#define SCEP_CORE_DIAGNOSIS_CONTRADICTIONS_H

#include "diagnosis/rule.h"

/** At the end of a capture: makes notes of the findings that something else in it speaks against. */
void scep_contradictions_end(ScepDiagnosis *diagnosis);

/** The causes that a hint names, "; " between them, without those that the capture rules out for this enrollment.
 * @param dropped  how many were left out; may be NULL
 * @return g_free() */
char *scep_causes_new_text(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment, const char *causes,
                           unsigned *dropped);

#endif
