/* client.c
 * Which program sends the requests of an enrollment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/client.h"

#include <string.h>

#include "cms/client_marks.h"
#include "tracker/issued.h"

static bool type_is(const char *given, const char *wanted)
{
    return g_ascii_strncasecmp(given, wanted, strlen(wanted)) == 0;
}

/* The Host field stands among the others, so where it is known they all are. */
static uint32_t carriage_marks(const ScepRequest *request)
{
    if (request->is_get)
        return SCEP_MARK_GET | (request->base64_flags & SCEP_B64_LINE_BREAKS ? SCEP_MARK_GET_LINES : 0);
    if (request->content_type == NULL)
        return request->host != NULL ? SCEP_MARK_TYPE_NONE : 0;
    return type_is(request->content_type, "application/octet-stream") ? SCEP_MARK_TYPE_OCTETS : 0;
}

static uint32_t query_marks(const ScepExchange *exchange)
{
    static const struct {
        const char *identifier;
        uint32_t mark;
    } known[] = { { "default", SCEP_MARK_ASKS_DEFAULT },
                  { "ca", SCEP_MARK_ASKS_CA },
                  { "CAIdentifier", SCEP_MARK_ASKS_CAIDENTIFIER },
                  { "0", SCEP_MARK_ASKS_NUMBER },
                  { "1", SCEP_MARK_ASKS_NUMBER } };
    const ScepEnrollment *enrollment = exchange->enrollment;
    uint32_t marks = 0;

    for (size_t i = 0; exchange->identifier != NULL && i < G_N_ELEMENTS(known); i++) {
        if (strcmp(exchange->identifier, known[i].identifier) == 0)
            marks |= known[i].mark;
    }
    if (exchange->operation == SCEP_OP_GETCACAPS && enrollment != NULL &&
        enrollment->first->operation == SCEP_OP_GETCACERT)
        marks |= SCEP_MARK_CACERT_FIRST;
    return marks;
}

/* What a query tells of itself is all that is known before the request. Cisco names itself in its queries only. */
void scep_client_keep(ScepExchange *exchange, const ScepRequest *request, bool is_copy)
{
    ScepEnrollment *enrollment = exchange->enrollment;
    const bool is_operation = exchange->operation == SCEP_OP_PKIOPERATION;
    const char *user_agent = request->user_agent;
    uint32_t marks = 0;

    if (is_operation && request->message != NULL)
        marks = scep_client_marks(request->message, request->envelope, scep_request_get0_signer(request));
    /* Behind a proxy the rest is the proxy's. */
    if (!is_copy)
        marks |= is_operation ? carriage_marks(request) : query_marks(exchange);
    if (enrollment != NULL) {
        enrollment->client_marks |= marks;
        enrollment->client_guess = scep_client_guess(enrollment->user_agent, enrollment->client_marks);
    }
    if (is_operation && enrollment != NULL) {
        marks = enrollment->client_marks;
        if (user_agent == NULL)
            user_agent = enrollment->user_agent;
    }
    exchange->client_guess = scep_client_guess(user_agent, marks);
}

bool scep_enrollment_client_is(const ScepEnrollment *enrollment, ScepClientFamily family)
{
    return enrollment != NULL && scep_client_guess_family(enrollment->client_guess) == family;
}
