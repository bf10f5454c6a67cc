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

/** Name of a stage, 1 to 6; "" for any other. Static. */
const char *scep_stage_name(unsigned stage);

#endif
