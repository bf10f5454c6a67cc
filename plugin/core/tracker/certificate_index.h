/* certificate_index.h
 * What an enrollment is about; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_CERTIFICATE_INDEX_H
#define SCEP_CORE_TRACKER_CERTIFICATE_INDEX_H

#include "scep/tracker.h"
#include "tracker/tracker.h"

/** Makes the tables of keys and issued certificates, and frees them. */
void scep_certified_open(ScepTracker *tracker);
void scep_certified_close(ScepTracker *tracker);

/** Keeps what a request asks for, as far as it can be read, and finds the enrollment that it renews. */
void scep_certified_request(ScepTracker *tracker, ScepExchange *exchange, const ScepRequest *request);

/** Keeps what an answer delivers, as far as it can be read. */
void scep_certified_answer(ScepTracker *tracker, const ScepExchange *exchange, const ScepResponse *response);

#endif
