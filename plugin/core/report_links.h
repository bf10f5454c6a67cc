/* report_links.h
 * Connections in the report; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_REPORT_LINKS_H
#define SCEP_REPORT_LINKS_H

#include "scep/report.h"

/** A list of ScepReportLink*, and what fills it, in the order of the connections. @return g_ptr_array_unref() */
GPtrArray *scep_report_links_new(void);
void scep_report_add_links(GPtrArray *links, const ScepTracker *tracker);

#endif
