/* served_path.h
 * What was answered at each path of each server: neighbors of an error tell whose error it is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_SERVED_PATH_H
#define SCEP_CORE_TRACKER_SERVED_PATH_H

#include "scep/tracker.h"

/** One path of one server, by host name where the requests name one. Lives as long as the tracker. */
struct ScepServedPath {
    uint32_t served_frame; /**< the newest answer that was as it should be; 0 for none */
    uint32_t failed_frame; /**< the newest answer with an error; 0 for none */
    uint16_t failed_status;
    uint8_t served; /**< a bit for each ScepOperation that was answered well */
    uint8_t failed; /**< and for each that was answered with an error */
};

void scep_served_paths_open(ScepTracker *tracker);
void scep_served_paths_close(ScepTracker *tracker);

/** Keeps which path a request asks for, and what its URL shows. */
void scep_served_path_asked(ScepTracker *tracker, ScepExchange *exchange, const ScepRequest *request);

/** Keeps how an answer turned out. Before this, exchange->path tells of the others alone. */
void scep_served_path_answered(ScepExchange *exchange, uint32_t frame);

/** The operations that were answered well at the path of this exchange so far: "GetCACaps, GetCACert".
 * @return g_free(); NULL for none */
char *scep_served_path_new_text(const ScepExchange *exchange);

#endif
