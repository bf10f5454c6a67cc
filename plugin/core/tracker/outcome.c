/* outcome.c
 * How an enrollment ended and how far it came.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tracker/times.h"
#include "tracker/tracker.h"

const char *scep_outcome_name(ScepOutcome outcome)
{
    static const char *const names[] = {
        [SCEP_OUTCOME_LOOKUP] = "lookup",         [SCEP_OUTCOME_ABANDONED] = "abandoned",
        [SCEP_OUTCOME_UNANSWERED] = "unanswered", [SCEP_OUTCOME_UNREADABLE] = "unreadable",
        [SCEP_OUTCOME_PENDING] = "pending",       [SCEP_OUTCOME_REFUSED] = "refused",
        [SCEP_OUTCOME_ISSUED] = "issued",
    };
    return names[outcome];
}

bool scep_exchange_is_copy(const ScepExchange *exchange)
{
    const ScepExchange *first = exchange->repeats;

    return first != NULL && (first->client != exchange->client || first->server != exchange->server);
}

bool scep_exchange_is_forwarded(const ScepExchange *exchange)
{
    const ScepExchange *front = exchange->repeats;

    return front != NULL && front->client != exchange->client && front->server != exchange->server;
}

const char *scep_exchange_role(const ScepTracker *tracker, const ScepExchange *exchange, bool of_server)
{
    const ScepHost *host = scep_tracker_host(tracker, of_server ? exchange->server->address : exchange->client);

    if (host != NULL && host->source == SCEP_HOST_CONFIGURED)
        return scep_host_role_name(host->role);
    if (of_server)
        return exchange->server->is_proxy ? "proxy" : "ndes";
    return scep_exchange_is_forwarded(exchange) ? "proxy" : "device";
}

static ScepOutcome exchange_outcome(const ScepExchange *exchange)
{
    if (exchange->response_frame == 0)
        return SCEP_OUTCOME_UNANSWERED;
    if (exchange->status >= 300)
        return SCEP_OUTCOME_REFUSED;
    if (exchange->operation != SCEP_OP_PKIOPERATION)
        return exchange->response_is_page ? SCEP_OUTCOME_REFUSED : SCEP_OUTCOME_ABANDONED;
    switch (exchange->pki_status) {
    case SCEP_STATUS_SUCCESS:
        return SCEP_OUTCOME_ISSUED;
    case SCEP_STATUS_FAILURE:
        return SCEP_OUTCOME_REFUSED;
    case SCEP_STATUS_PENDING:
        return SCEP_OUTCOME_PENDING;
    default:
        return exchange->response_is_page ? SCEP_OUTCOME_REFUSED : SCEP_OUTCOME_UNREADABLE;
    }
}

/* The last PKIOperation decides, unless an earlier one was granted or an answer is known from another capture point;
 * before any PKIOperation, the last query does. */
const ScepExchange *scep_enrollment_decisive(const ScepEnrollment *enrollment)
{
    const ScepExchange *decisive = enrollment->first;
    bool submitted = false;

    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        const bool submits = exchange->operation == SCEP_OP_PKIOPERATION;
        if (submits && exchange->pki_status == SCEP_STATUS_SUCCESS)
            return exchange;
        if (submitted && !submits)
            continue;
        /* A copy from behind a proxy tells more only when the first one stayed without an answer. */
        if (scep_exchange_is_copy(exchange) && decisive->response_frame != 0)
            continue;
        submitted |= submits;
        decisive = exchange;
    }
    return decisive;
}

/* Clients of devices that never ask for the CA's data without wanting a certificate: Apple's, Windows'. */
static bool only_enrolls(const char *user_agent)
{
    return user_agent != NULL && (strstr(user_agent, "CFNetwork") != NULL || strstr(user_agent, "NDES client") != NULL);
}

static bool has_asked(const ScepEnrollment *enrollment, ScepOperation operation)
{
    const ScepExchange *exchange = enrollment->first;

    while (exchange != NULL && (exchange->operation != operation || exchange->response_frame == 0))
        exchange = exchange->next;
    return exchange != NULL;
}

/* Questions alone are an attempt to enroll only where a client asked for all that it needs and then stopped, and the
 * capture goes on long enough to tell. Anybody may ask for the CA's certificate. */
static bool is_lookup(const ScepEnrollment *enrollment)
{
    const ScepExchange *last = enrollment->last;
    const int64_t moment = last->response_frame != 0 ? last->response_time : last->request_time;

    if (enrollment->is_superseded || *enrollment->server->capture_end - moment < SCEP_SILENCE_TIME)
        return true;
    return !only_enrolls(enrollment->user_agent) &&
           !(has_asked(enrollment, SCEP_OP_GETCACAPS) && has_asked(enrollment, SCEP_OP_GETCACERT));
}

ScepOutcome scep_enrollment_outcome(const ScepEnrollment *enrollment)
{
    const ScepOutcome outcome = exchange_outcome(scep_enrollment_decisive(enrollment));

    return outcome == SCEP_OUTCOME_ABANDONED && is_lookup(enrollment) ? SCEP_OUTCOME_LOOKUP : outcome;
}

uint8_t scep_enrollment_stage(const ScepEnrollment *enrollment)
{
    uint8_t reached = 1;

    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        reached = MAX(reached, scep_exchange_stage(exchange, false));
        if (exchange->response_frame != 0)
            reached = MAX(reached, scep_exchange_stage(exchange, true));
    }
    if (enrollment->ca_calls != NULL)
        reached = MAX(reached, 4);
    /* A report that there is no certificate does not mean that the enrollment came as far as the reports. */
    const bool issued = enrollment->services != NULL && scep_enrollment_outcome(enrollment) == SCEP_OUTCOME_ISSUED;
    for (const ScepServiceCall *call = enrollment->services; call != NULL; call = call->next) {
        if (call->service->stage < 6 || issued)
            reached = MAX(reached, call->service->stage);
    }
    return reached;
}
