/* service_state.c
 * Calls to the services around SCEP, booked in the first pass.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "service_state.h"

#include "capture_file.h"
#include "preferences.h"

static ScepServiceBody body_of(const HttpPdu *http, const ScepService *service)
{
    ScepServiceBody body = {
        .service = service,
        .is_request = http->head->is_request,
        .status = http->head->status,
        .content_type = http->head->content_type,
        .missing = http->body_missing,
        .unreadable = http->body_unreadable,
        .reveal = scep_preferences.reveal_challenge,
    };

    if (http->body_tvb != NULL && http->body_length > 0) {
        body.body = tvb_get_ptr(http->body_tvb, http->body_offset, http->body_length);
        body.size = (size_t)http->body_length;
    }
    return body;
}

static ScepServiceMessage message_of(const HttpPdu *http, const ScepServiceBody *body)
{
    return (ScepServiceMessage){
        .service = body->service,
        .facts = scep_service_facts_new(body),
        .host = http->head->host,
        .request_id = http->head->client_request_id,
        .is_get = http->head->is_get,
        .status = http->head->status,
        .body = body->body,
        .body_size = body->size,
    };
}

ScepServiceCall *service_state_request(ScepTracker *tracker, packet_info *pinfo, const HttpPdu *http)
{
    const HttpHead *head = http->head;

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    const ScepService *service = scep_service_find(head->target, head->host, head->content_type);

    if (service == NULL)
        return NULL;
    const ScepServiceBody body = body_of(http, service);
    const ScepServiceMessage message = message_of(http, &body);
    const ScepPlace place = capture_place(pinfo, true);
    scep_connection_read(tracker, &place, NULL);
    return scep_tracker_service_request(tracker, &place, &message);
}

void service_state_answer(ScepTracker *tracker, packet_info *pinfo, const HttpPdu *http, ScepServiceCall *call)
{
    const ScepServiceBody body = body_of(http, call->service);
    const ScepServiceMessage message = message_of(http, &body);
    const ScepPlace place = capture_place(pinfo, false);

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    scep_tracker_service_answer(tracker, call, &place, &message);
}

ScepServiceCall *service_state_unasked(ScepTracker *tracker, packet_info *pinfo, const HttpPdu *http)
{
    const ScepService *service = scep_service_of_answer(http->head->content_type);

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if (service == NULL)
        return NULL;
    const ScepServiceBody body = body_of(http, service);
    const ScepServiceMessage message = message_of(http, &body);
    const ScepPlace place = capture_place(pinfo, false);
    return scep_tracker_service_unasked(tracker, &place, &message);
}
