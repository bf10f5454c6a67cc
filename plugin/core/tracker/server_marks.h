/* server_marks.h
 * Which product a SCEP server is, by all that was seen of it so far.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_SERVER_MARKS_H
#define SCEP_CORE_TRACKER_SERVER_MARKS_H

#include "scep/tracker.h"

/** Takes the path of a request. */
void scep_server_keep_request(ScepExchange *exchange, const ScepRequest *request);

/** Takes an answer. */
void scep_server_keep_answer(ScepExchange *exchange, const ScepResponse *response);

#endif
