/* service_record.c
 * Calls to the services around SCEP, booked in the first pass.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "service_record.h"

#include "preferences.h"
#include "record.h"
#include "scep/connection.h"

static ScepServiceBody body_of(const HttpUnit *http, const ScepService *service)
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

static ScepServiceMessage message_of(const HttpUnit *http, const ScepServiceBody *body)
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

ScepServiceCall *scep_service_record_request(ScepTracker *tracker, packet_info *pinfo, const HttpUnit *http)
{
    const HttpHead *head = http->head;
    const ScepService *service = scep_service_find(head->target, head->host, head->content_type);

    if (service == NULL)
        return NULL;
    const ScepServiceBody body = body_of(http, service);
    const ScepServiceMessage message = message_of(http, &body);
    const ScepPlace place = scep_record_place(pinfo, true);
    scep_connection_read(tracker, &place, NULL);
    return scep_tracker_service_request(tracker, &place, &message);
}

void scep_service_record_answer(ScepTracker *tracker, packet_info *pinfo, const HttpUnit *http, ScepServiceCall *call)
{
    const ScepServiceBody body = body_of(http, call->service);
    const ScepServiceMessage message = message_of(http, &body);
    const ScepPlace place = scep_record_place(pinfo, false);

    scep_tracker_service_answer(tracker, call, &place, &message);
}
