/* report.h
 * What is to be said about a capture: its enrollments with verdict and hints, and the capture as a whole.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_REPORT_REPORT_H
#define SCEP_CORE_REPORT_REPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "scep/report.h"
#include "scep/tracker.h"
#include "scep/diagnosis.h"

/** All findings of an enrollment, of const ScepFinding*, the leading one first: the cause before its symptom, whatever
 * their severities; a note leads only where there is nothing else. Behind it errors, warnings, notes, those of the
 * decisive exchange first. Call scep_tracker_finish() before.
 * @return g_ptr_array_unref(); the elements are the tracker's. May be empty, never NULL. */
GPtrArray *scep_enrollment_findings(const ScepEnrollment *enrollment);

#endif
