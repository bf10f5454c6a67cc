/* outcome.c
 * How an enrollment ended and how far it came.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "scep/tracker.h"
#include "catalogue/code_makers.h"
#include "tracker/service_call.h"
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
    const ScepHost *host = scep_tracker_get0_host(tracker, of_server ? exchange->server->address : exchange->client);

    if (host != NULL && host->source == SCEP_HOST_CONFIGURED)
        return scep_host_role_name(host->role);
    if (of_server)
        return exchange->server->is_proxy ? "proxy" : "ndes";
    return scep_exchange_is_forwarded(exchange) ? "proxy" : "device";
}

bool scep_exchange_is_granted(const ScepExchange *exchange)
{
    return exchange->pki_status == SCEP_STATUS_SUCCESS && !exchange->brings_nothing && !exchange->is_unread;
}

/* Who says SUCCESS and brings nothing has not decided yet, as far as is known of servers that do: a poll, or the same
 * request again, gets the certificate once somebody has approved it. */
static ScepOutcome success_outcome(const ScepExchange *exchange)
{
    if (exchange->brings_nothing)
        return SCEP_OUTCOME_PENDING;
    return exchange->is_unread ? SCEP_OUTCOME_UNREADABLE : SCEP_OUTCOME_ISSUED;
}

/* A status that is not understood leaves the outcome open, unless the answer gives a reason as well: only refusals have
 * one (RFC 8894 3.2.1.4). */
static ScepOutcome other_outcome(const ScepExchange *exchange)
{
    const bool has_reason = exchange->fail_info >= 0 || exchange->fail_info_other != NULL ||
                            (exchange->has_ndes_error && exchange->ndes_error != 0);

    if (exchange->pki_status_other != NULL && has_reason)
        return SCEP_OUTCOME_REFUSED;
    return exchange->response_is_page ? SCEP_OUTCOME_REFUSED : SCEP_OUTCOME_UNREADABLE;
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
        return success_outcome(exchange);
    case SCEP_STATUS_FAILURE:
        return SCEP_OUTCOME_REFUSED;
    case SCEP_STATUS_PENDING:
        return SCEP_OUTCOME_PENDING;
    default:
        return other_outcome(exchange);
    }
}

/* The last PKIOperation decides, unless an earlier one was granted or an answer is known from another capture point;
 * before any PKIOperation, the last query does. */
const ScepExchange *scep_enrollment_get0_decisive(const ScepEnrollment *enrollment)
{
    const ScepExchange *decisive = enrollment->first;
    bool submitted = false;

    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        const bool submits = exchange->operation == SCEP_OP_PKIOPERATION;
        if (submits && scep_exchange_is_granted(exchange))
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

/* Devices never ask for the CA's data without wanting a certificate; routers, tools and people do. */
static bool only_enrolls(const char *user_agent)
{
    static const char *const devices[] = { "CFNetwork", "NDES client", "Dalvik/" };

    for (size_t i = 0; user_agent != NULL && i < G_N_ELEMENTS(devices); i++) {
        if (strstr(user_agent, devices[i]) != NULL)
            return true;
    }
    return false;
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
    const ScepOutcome outcome = exchange_outcome(scep_enrollment_get0_decisive(enrollment));

    return outcome == SCEP_OUTCOME_ABANDONED && is_lookup(enrollment) ? SCEP_OUTCOME_LOOKUP : outcome;
}

static uint8_t captured_stage(const ScepEnrollment *enrollment)
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

/* Who is seen to refuse it in the capture is who refused it. */
static bool is_refused_behind(const ScepEnrollment *enrollment)
{
    for (const ScepServiceCall *call = enrollment->services; call != NULL; call = call->next) {
        if (call->service->stage == 3 && scep_service_is_refused(call))
            return true;
    }
    return enrollment->ca_calls != NULL;
}

uint8_t scep_enrollment_stage_by_code(const ScepEnrollment *enrollment)
{
    const ScepExchange *decisive = scep_enrollment_get0_decisive(enrollment);

    if (exchange_outcome(decisive) != SCEP_OUTCOME_REFUSED || !decisive->has_ndes_error ||
        is_refused_behind(enrollment))
        return 0;
    const uint8_t stage = scep_code_maker_stage(decisive->ndes_error);
    return stage > captured_stage(enrollment) ? stage : 0;
}

uint8_t scep_enrollment_stage(const ScepEnrollment *enrollment)
{
    return MAX(captured_stage(enrollment), scep_enrollment_stage_by_code(enrollment));
}

uint8_t scep_exchange_stage(const ScepExchange *exchange, bool is_response)
{
    if (exchange->is_aik)
        return 0;
    if (exchange->path_kind == SCEP_PATH_NDES_ADMIN)
        return 1;
    return is_response && exchange->pki_status == SCEP_STATUS_SUCCESS && !exchange->brings_nothing ? 5 : 2;
}
