/* report_connections.h
 * Connections in the report; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_REPORT_REPORT_CONNECTIONS_H
#define SCEP_CORE_REPORT_REPORT_CONNECTIONS_H

#include "scep/report.h"

/** A list of ScepReportLink*, and what fills it, in the order of the connections. @return g_ptr_array_unref() */
GPtrArray *scep_report_connections_new(void);
void scep_report_add_connections(GPtrArray *links, const ScepTracker *tracker);

#endif
