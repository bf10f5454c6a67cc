/* connection_end.h
 * What only the whole capture tells of connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_CONNECTION_END_H
#define SCEP_CORE_DIAGNOSIS_CONNECTION_END_H

#include "diagnosis/rule.h"

/** Draws the conclusions on connections: what was never answered, what came right in the end, which enrollment a
 * failure belongs to, and which device was never seen with Intune. */
void scep_connections_end(ScepDiagnosis *diagnosis);

#endif
