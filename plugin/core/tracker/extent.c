/* extent.c
 * Whether all of a message was read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/extent.h"

#include "tracker/tracker.h"

static bool is_whole(const ScepExtent *extent, const ScepMessage *message)
{
    return extent->cut_by == SCEP_CUT_BY_NOBODY && (message == NULL || !message->truncated);
}

static bool was_cut_by_sender(const ScepExtent *extent, const ScepMessage *message)
{
    return extent->cut_by == SCEP_CUT_BY_NOBODY && extent->is_framed && message != NULL && message->truncated;
}

bool scep_request_is_whole(const ScepRequest *request)
{
    return is_whole(&request->extent, request->message);
}

bool scep_response_is_whole(const ScepResponse *response)
{
    return is_whole(&response->extent, response->message);
}

bool scep_request_was_cut_by_sender(const ScepRequest *request)
{
    return was_cut_by_sender(&request->extent, request->message);
}

bool scep_response_was_cut_by_sender(const ScepResponse *response)
{
    return was_cut_by_sender(&response->extent, response->message);
}

/* An entry that cannot be read may be the one that is looked for. */
bool scep_server_list_is_whole(const ScepServer *server)
{
    return server->certificates != NULL && !server->certificates_cut &&
           !g_ptr_array_find(server->certificates, NULL, NULL);
}

void scep_tracker_answer_cut(ScepTracker *tracker, ScepExchange *exchange, uint32_t began_frame, bool is_lost)
{
    tracker->booked++;
    exchange->response_is_cut = true;
    exchange->answer_began = began_frame;
    exchange->server->has_gaps |= is_lost;
}

void scep_tracker_note_snaplen(ScepTracker *tracker, uint32_t snaplen)
{
    if (snaplen != 0 && (tracker->snaplen == 0 || snaplen < tracker->snaplen))
        tracker->snaplen = snaplen;
}

void scep_tracker_request_cut(ScepTracker *tracker, const char *address, uint16_t port)
{
    ScepServer *server = scep_tracker_get0_server_at(tracker, address, port);

    if (server != NULL)
        server->has_gaps = true;
}
