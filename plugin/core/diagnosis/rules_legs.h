/* rules_legs.h
 * What only the whole capture tells of the legs behind NDES.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_RULES_LEGS_H
#define SCEP_CORE_DIAGNOSIS_RULES_LEGS_H

#include "diagnosis/rule.h"

/** Draws the conclusions on calls to services, and on enrollments by them; behind those on exchanges. */
void scep_legs_end(ScepDiagnosis *diagnosis);

#endif
