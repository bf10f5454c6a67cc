/* client.h
 * Which program sends the requests of an enrollment; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_CLIENT_H
#define SCEP_CORE_TRACKER_CLIENT_H

#include "scep/tracker.h"

/** Weighs what a request shows, together with those before it in its enrollment. After it was joined to one.
 * @param is_copy  it was seen in front of a proxy before */
void scep_client_keep(ScepExchange *exchange, const ScepRequest *request, bool is_copy);

/** True when the program that asks is of this family, as far as is known. @a enrollment may be NULL. */
bool scep_enrollment_client_is(const ScepEnrollment *enrollment, ScepClientFamily family);

#endif
