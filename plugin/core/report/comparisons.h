/* comparisons.h
 * The request that decided an enrollment, beside what every server expects, and beside the nearest one that was served.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_REPORT_COMPARISONS_H
#define SCEP_CORE_REPORT_COMPARISONS_H

#include "scep/report.h"

/** @return GArray of ScepComparison: what there is something expected of, in the order of the facts; never NULL */
GArray *scep_comparisons_new(const ScepExchange *decisive);

/** The enrollment that was served by the same server and is nearest to one that was refused: of the same kind of client
 * where there is one, then with the same template, then the closest by number. NULL for none among those around it. */
const ScepEnrollment *scep_comparisons_get0_nearest(const ScepTracker *tracker, const ScepEnrollment *refused);

/** What the requests of both differ by, the most telling first; at the most a few. @return GArray of ScepComparison */
GArray *scep_comparisons_new_with(const ScepExchange *decisive, const ScepExchange *other);

#endif
