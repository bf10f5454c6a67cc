/* service_body.c
 * Which reader a body of a service is for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/limits.h"
#include "services/service_facts.h"
#include "services/service_read.h"

/* A body that has to be JSON but is not: an error page says enough by its status. */
static bool read_json(const ScepServiceBody *body, ScepServiceFacts *facts)
{
    const bool must = body->service->body == SCEP_BODY_JSON && (body->is_request || body->status == 200);

    if (scep_service_read_json(body, facts))
        return true;
    if (facts->problem == NULL && must)
        facts->problem = "This body should be JSON, but it cannot be read as such.";
    return facts->problem != NULL;
}

static bool read_body(const ScepServiceBody *body, ScepServiceFacts *facts)
{
    switch (body->service->body) {
    case SCEP_BODY_JSON:
    case SCEP_BODY_MAYBE_JSON:
        return read_json(body, facts);
    case SCEP_BODY_TOKEN:
        /* A request holds the secret of the app, a good answer holds the token. */
        return !body->is_request && body->status >= 400 && read_json(body, facts);
    case SCEP_BODY_SYNCML:
        facts->is_binary = scep_is_wbxml(body->body, body->size);
        if (facts->is_binary)
            scep_service_read_wbxml(body, facts);
        else
            scep_service_read_syncml(body, facts);
        return true;
    case SCEP_BODY_PLIST:
        return scep_service_read_profile(body, facts);
    default:
        return false;
    }
}

ScepServiceFacts *scep_service_facts_new(const ScepServiceBody *body)
{
    if (body->body == NULL || body->size == 0 || body->service->body == SCEP_BODY_UNREAD)
        return NULL;
    ScepServiceFacts *facts = scep_service_facts_empty_new();
    if (body->unreadable)
        facts->problem = "This body is chunked or compressed, and Wireshark is set not to undo that: it is not read.";
    else if (body->size > SCEP_MAX_SERVICE_BODY)
        facts->problem = "This body is too long to be read.";
    if (facts->problem != NULL || read_body(body, facts))
        return facts;
    scep_service_facts_free(facts);
    return NULL;
}
