/* ca_end.h
 * What only the whole capture tells of calls to the CA and of the way there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_CA_END_H
#define SCEP_CORE_DIAGNOSIS_CA_END_H

#include "diagnosis/rule.h"

/** Draws the conclusions on every call. */
void scep_ca_end(ScepDiagnosis *diagnosis);

/** Makes notes of earlier failures on the way that @a done went. */
void scep_ca_step_settle(ScepDiagnosis *diagnosis, const ScepCaCall *done);

/** Makes notes of what was refused or put on hold, and granted in the end. */
void scep_ca_calls_settle(ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment);

#endif
