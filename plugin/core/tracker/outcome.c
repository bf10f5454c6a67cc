/* outcome.c
 * How an enrollment ended and how far it came.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/tracker.h"
#include "tracker/tracker.h"

const char *scep_outcome_name(ScepOutcome outcome)
{
    static const char *const names[] = {
        [SCEP_OUTCOME_ABANDONED] = "abandoned",   [SCEP_OUTCOME_UNANSWERED] = "unanswered",
        [SCEP_OUTCOME_UNREADABLE] = "unreadable", [SCEP_OUTCOME_PENDING] = "pending",
        [SCEP_OUTCOME_REFUSED] = "refused",       [SCEP_OUTCOME_ISSUED] = "issued",
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
        return exchange->response_is_cut ? SCEP_OUTCOME_UNREADABLE : SCEP_OUTCOME_UNANSWERED;
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

ScepOutcome scep_enrollment_outcome(const ScepEnrollment *enrollment)
{
    return exchange_outcome(scep_enrollment_decisive(enrollment));
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
