/* extent.h
 * Whether all of a message was read: what is asked before anything is called absent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_EXTENT_H
#define SCEP_CORE_TRACKER_EXTENT_H

#include "scep/tracker.h"

/** Head and body were captured, and the message in the body is as long as it says. */
bool scep_request_is_whole(const ScepRequest *request);
bool scep_response_is_whole(const ScepResponse *response);

/** HTTP carried all that its framing announces, and the message in it ends early all the same: the sender cut it. */
bool scep_request_was_cut_by_sender(const ScepRequest *request);
bool scep_response_was_cut_by_sender(const ScepResponse *response);

/** The GetCACert answer of the server was read whole, so that it can be said to lack something. */
bool scep_server_list_is_whole(const ScepServer *server);

#endif
