/* report_json.h
 * The report for scripts: one JSON object per line. The keys are described in plugin/report.md.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_REPORT_JSON_H
#define SCEP_REPORT_JSON_H

#include <stdio.h>

#include "scep/report.h"

/** Writes an object for each enrollment, then one for the capture. */
void scep_report_json(const ScepReport *report, FILE *file);

#endif
