/* rules_legs.c
 * What only the whole capture tells of the legs behind NDES: a call or a report that never came, an answer without
 * verdict that a refusal followed.
 *
 * Absence is claimed only for a host that was seen to make such calls, and only where no call that belongs to nobody
 * could be the one that is missed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "catalogue/code_makers.h"
#include "tracker/ca_call.h"
#include "diagnosis/rules_legs.h"
#include "scep/cms.h"
#include "tracker/service_call.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

/* A client certificate that is not trusted, and NDES that is unavailable after that. */
#define CALLS_LOOKED_AT 256

/* Hosts that make a kind of call, and the moments of those that belong to no enrollment for certain. */
typedef struct {
    GHashTable *hosts; /* set of addresses */
    GArray *loose;     /* of int64_t, ascending */
} Leg;

struct ScepLegs {
    Leg verify; /* VerifyRequest and validateRequest */
    Leg notify;
    Leg notify_intune;
    GPtrArray *untrusted; /* of ScepServiceCall*, answered 403.16, in order of frames */
};

static void leg_open(Leg *leg)
{
    *leg = (Leg){ g_hash_table_new(NULL, NULL), g_array_new(FALSE, FALSE, sizeof(int64_t)) };
}

static void leg_close(Leg *leg)
{
    g_hash_table_unref(leg->hosts);
    g_array_unref(leg->loose);
}

static void leg_add(Leg *leg, const char *host, int64_t time, bool is_loose)
{
    if (host == NULL)
        return;
    g_hash_table_add(leg->hosts, (gpointer)host);
    if (is_loose)
        g_array_append_val(leg->loose, time);
}

static int by_time(gconstpointer a, gconstpointer b)
{
    const int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

    return (one > other) - (one < other);
}

static bool any_loose(const Leg *leg, int64_t from, int64_t to)
{
    guint low = 0, high = leg->loose->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (g_array_index(leg->loose, int64_t, middle) < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < leg->loose->len && g_array_index(leg->loose, int64_t, low) <= to;
}

/* Behind a proxy it is the second server that calls. */
static bool shows(const Leg *leg, const ScepEnrollment *enrollment)
{
    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        if (g_hash_table_contains(leg->hosts, exchange->server->address))
            return true;
    }
    return false;
}

/* Over loopback, NDES is known by the enrollment that the call belongs to. */
static const char *caller_of(const ScepServiceCall *call)
{
    const ScepExchange *cause = scep_is_loopback(call->client) ? scep_service_get0_cause(call) : NULL;

    return cause != NULL ? cause->server->address : call->client;
}

static void read_services(const ScepTracker *tracker, ScepLegs *legs)
{
    for (guint i = 0; i < tracker->service_calls->len; i++) {
        const ScepServiceCall *call = g_ptr_array_index(tracker->service_calls, i);
        const bool is_loose = call->enrollment == NULL;
        if (call->client_untrusted)
            g_ptr_array_add(legs->untrusted, (gpointer)call);
        switch (call->service->kind) {
        case SCEP_SERVICE_VERIFY:
        case SCEP_SERVICE_VALIDATE:
            leg_add(&legs->verify, caller_of(call), call->request_time, is_loose);
            break;
        case SCEP_SERVICE_TOKEN:
        case SCEP_SERVICE_DISCOVERY:
            if (is_loose && !call->is_foreign)
                g_array_append_val(legs->verify.loose, call->request_time);
            break;
        case SCEP_SERVICE_NOTIFY:
            leg_add(&legs->notify, call->client, call->request_time, is_loose);
            break;
        case SCEP_SERVICE_NOTIFY_SUCCESS:
            leg_add(&legs->notify_intune, call->client, call->request_time, is_loose);
            break;
        default:
            break;
        }
    }
}

/* ---- conclusions on the answer to the device --------------------------------------------------------------------- */

static const ScepServiceCall *last_call(const ScepEnrollment *enrollment, ScepServiceKind kind)
{
    const ScepServiceCall *found = NULL;

    for (const ScepServiceCall *call = enrollment->services; call != NULL; call = call->next) {
        if (call->service->kind == kind)
            found = call;
    }
    return found;
}

static bool went_well(const ScepServiceCall *call)
{
    return call != NULL && call->response_frame != 0 && call->status / 100 == 2 && !scep_service_is_refused(call) &&
           (call->service->kind != SCEP_SERVICE_VALIDATE || scep_service_get0_verdict(call) != NULL);
}

/* The CA, or RPC on the way to it: the policy module had let the request pass. */
static bool names_the_ca(const ScepExchange *exchange)
{
    return exchange->has_ndes_error && scep_code_maker_stage(exchange->ndes_error) == 4;
}

static bool is_failure(const ScepExchange *exchange)
{
    return exchange->operation == SCEP_OP_PKIOPERATION && exchange->request_frame != 0 &&
           exchange->pki_status == SCEP_STATUS_FAILURE;
}

static bool may_be_refused_by_policy(const ScepExchange *exchange)
{
    return exchange->fail_info == -1 || exchange->fail_info == SCEP_FAIL_BAD_REQUEST ||
           exchange->fail_info == SCEP_FAIL_BAD_MESSAGE_CHECK;
}

static bool challenge_refused(ScepCase *about)
{
    const ScepServiceCall *call = last_call(about->enrollment, SCEP_SERVICE_VERIFY);

    if (!is_failure(about->exchange) || about->exchange->fail_info == -1 ||
        !may_be_refused_by_policy(about->exchange) || names_the_ca(about->exchange) ||
        about->enrollment->ca_calls != NULL || !went_well(call) || call->response_time > about->exchange->response_time)
        return false;
    scep_case_also(about, call->response_frame);
    return true;
}

/* A sign-in or a discovery that fails is why nothing else was asked. */
static bool asked_before(const ScepEnrollment *enrollment)
{
    static const ScepServiceKind kinds[] = { SCEP_SERVICE_VERIFY, SCEP_SERVICE_VALIDATE, SCEP_SERVICE_TOKEN,
                                             SCEP_SERVICE_DISCOVERY };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (scep_service_has(enrollment, kinds[i]))
            return true;
    }
    return false;
}

static bool policy_not_asked(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const bool failed = is_failure(exchange) && may_be_refused_by_policy(exchange) && !names_the_ca(exchange);
    const bool broke =
        exchange->operation == SCEP_OP_PKIOPERATION && exchange->request_frame != 0 && exchange->status == 500;

    return (failed || broke) && about->enrollment->ca_calls == NULL && !asked_before(about->enrollment) &&
           shows(&about->legs->verify, about->enrollment) &&
           !any_loose(&about->legs->verify, exchange->request_time, exchange->response_time);
}

static bool not_reported(const ScepCase *about, ScepServiceKind asked, ScepServiceKind report, const Leg *leg)
{
    const int64_t moment = about->exchange->response_time;

    return about->outcome == SCEP_OUTCOME_ISSUED && went_well(last_call(about->enrollment, asked)) &&
           !scep_service_has(about->enrollment, report) && about->tracker->last_time - moment >= SCEP_REPORTING_TIME &&
           !any_loose(leg, about->exchange->request_time, moment + SCEP_REPORTING_TIME);
}

static bool connector_not_told(ScepCase *about)
{
    return not_reported(about, SCEP_SERVICE_VERIFY, SCEP_SERVICE_NOTIFY, &about->legs->notify);
}

/* A CA of another vendor may report in its own time; one that is seen to report others would have reported this one. */
static bool intune_not_told(ScepCase *about)
{
    const ScepServiceCall *asked = last_call(about->enrollment, SCEP_SERVICE_VALIDATE);

    return asked != NULL && g_hash_table_contains(about->legs->notify_intune.hosts, asked->client) &&
           !scep_service_has(about->enrollment, SCEP_SERVICE_NOTIFY_FAILURE) &&
           not_reported(about, SCEP_SERVICE_VALIDATE, SCEP_SERVICE_NOTIFY_SUCCESS, &about->legs->notify_intune);
}

/* @return how many calls were answered in frames before that of an answer */
static guint calls_before(const GPtrArray *calls, const ScepExchange *exchange)
{
    guint low = 0, high = calls->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (((const ScepServiceCall *)g_ptr_array_index(calls, middle))->response_frame < exchange->response_frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool root_store(ScepCase *about)
{
    const GPtrArray *calls = about->legs->untrusted;
    const ScepExchange *exchange = about->exchange;
    guint seen = 0;

    for (guint i = exchange->status == 503 ? calls_before(calls, exchange) : 0; i > 0 && seen < CALLS_LOOKED_AT;
         i--, seen++) {
        const ScepServiceCall *call = g_ptr_array_index(calls, i - 1);
        const int64_t since = exchange->response_time - call->response_time;
        if (!call->client_untrusted || since < 0 || since > SCEP_POLLUTION_TIME ||
            (call->client != exchange->server->address && !scep_is_loopback(call->client)))
            continue;
        scep_case_also(about, call->response_frame);
        return true;
    }
    return false;
}

/* ---- conclusions on calls ---------------------------------------------------------------------------------------- */

static bool verdict_missing(ScepCase *about)
{
    const ScepServiceCall *call = about->service;

    return (call->service->kind == SCEP_SERVICE_VERIFY || call->service->kind == SCEP_SERVICE_VALIDATE) &&
           call->response_frame == 0 && about->tracker->last_time - call->request_time >= SCEP_SILENCE_TIME;
}

/* The cause before its symptom. */
static const ScepRule rules[] = {
    { SCEP_HINT_http_503_root_store_pollution, SCEP_AT_LEGS_END, root_store, 0 },
    { SCEP_HINT_verify_challenge_false, SCEP_AT_LEGS_END, challenge_refused, 0 },
    { SCEP_HINT_verify_missing_after_pkiop, SCEP_AT_LEGS_END, policy_not_asked, 0 },
    { SCEP_HINT_notify_missing_after_success, SCEP_AT_LEGS_END, connector_not_told, 0 },
    { SCEP_HINT_thirdparty_notify_missing, SCEP_AT_LEGS_END, intune_not_told, 0 },
    { SCEP_HINT_verify_unanswered, SCEP_AT_SERVICE_CALL_END, verdict_missing, 0 },
};

const ScepRuleTable scep_rules_legs = { .rules = rules, .count = G_N_ELEMENTS(rules) };

/* What was in the way of a certificate that came in the end is history; how it was reported is not. */
static void settle(ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment)
{
    for (const ScepServiceCall *call = enrollment->services; call != NULL; call = call->next) {
        if (call->service->stage == 6)
            continue;
        scep_findings_settle(scep_service_call_get0_findings(diagnosis, call, false));
        scep_findings_settle(scep_service_call_get0_findings(diagnosis, call, true));
    }
}

static void conclude_calls(ScepDiagnosis *diagnosis)
{
    for (guint i = 0; i < diagnosis->tracker->service_calls->len; i++) {
        ScepCase about = scep_case_of_service(diagnosis, SCEP_AT_SERVICE_CALL_END,
                                              g_ptr_array_index(diagnosis->tracker->service_calls, i), false);
        scep_rules_ask(&about);
    }
}

static void conclude_enrollments(ScepDiagnosis *diagnosis, const ScepLegs *legs)
{
    for (guint i = 0; i < diagnosis->tracker->enrollments->len; i++) {
        const ScepEnrollment *enrollment = g_ptr_array_index(diagnosis->tracker->enrollments, i);
        ScepExchange *decisive = (ScepExchange *)scep_enrollment_get0_decisive(enrollment);
        ScepCase about = scep_case_of_exchange(diagnosis, SCEP_AT_LEGS_END, decisive, true);
        about.enrollment = enrollment;
        about.outcome = scep_enrollment_outcome(enrollment);
        about.legs = legs;
        if (decisive->response_frame != 0)
            scep_rules_ask(&about);
        if (about.outcome == SCEP_OUTCOME_ISSUED)
            settle(diagnosis, enrollment);
    }
}

void scep_legs_end(ScepDiagnosis *diagnosis)
{
    const ScepTracker *tracker = diagnosis->tracker;
    ScepLegs legs;

    if (tracker->service_calls->len == 0 && tracker->ca_calls->len == 0)
        return;
    legs.untrusted = g_ptr_array_new();
    leg_open(&legs.verify);
    leg_open(&legs.notify);
    leg_open(&legs.notify_intune);
    read_services(tracker, &legs);
    g_array_sort(legs.verify.loose, by_time);
    g_array_sort(legs.notify.loose, by_time);
    g_array_sort(legs.notify_intune.loose, by_time);
    conclude_calls(diagnosis);
    conclude_enrollments(diagnosis, &legs);
    leg_close(&legs.verify);
    leg_close(&legs.notify);
    leg_close(&legs.notify_intune);
    g_ptr_array_unref(legs.untrusted);
}
