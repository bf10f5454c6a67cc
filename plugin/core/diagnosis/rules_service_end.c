/* rules_service_end.c
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

#include "tracker/ca_call.h"
#include "diagnosis/findings.h"
#include "scep/cms.h"
#include "tracker/service_call.h"
#include "tracker/tracker.h"

#define SECOND INT64_C(1000000000)
#define SILENCE (30 * SECOND)
#define REPORT_TIME (60 * SECOND)

/* A client certificate that is not trusted, and NDES that is unavailable after that. */
#define POLLUTION_TIME (600 * SECOND)
#define CALLS_LOOKED_AT 256

/* Hosts that make a kind of call, and the moments of those that belong to no enrollment for certain. */
typedef struct {
    GHashTable *hosts; /* set of addresses */
    GArray *loose;     /* of int64_t, ascending */
} Leg;

typedef struct {
    ScepTracker *tracker;
    Leg verify; /* VerifyRequest and validateRequest */
    Leg notify;
    Leg notify_intune;
    GPtrArray *untrusted; /* of ScepServiceCall*, answered 403.16, in order of frames */
} Legs;

typedef struct {
    const Legs *legs;
    const ScepEnrollment *enrollment;
    const ScepExchange *decisive;
    ScepOutcome outcome;
} Case;

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
    const ScepExchange *cause = scep_is_loopback(call->client) ? scep_service_cause(call) : NULL;

    return cause != NULL ? cause->server->address : call->client;
}

static void read_services(Legs *legs)
{
    for (guint i = 0; i < legs->tracker->service_calls->len; i++) {
        const ScepServiceCall *call = g_ptr_array_index(legs->tracker->service_calls, i);
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

/* ---- conclusions on the answer to the device ------------------------------------------------------------------------
 */

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
           (call->service->kind != SCEP_SERVICE_VALIDATE || scep_service_verdict(call) != NULL);
}

/* The CA (FACILITY_CERT, MS-ERREF 2.1) or RPC on the way to it: the policy module had let the request pass. */
static bool names_the_ca(const ScepExchange *exchange)
{
    return exchange->has_ndes_error && (exchange->ndes_error >> 12 == 0x80094 || exchange->ndes_error >> 8 == 0x800706);
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

static bool challenge_refused(const Case *about, ScepEvidence *evidence)
{
    const ScepServiceCall *call = last_call(about->enrollment, SCEP_SERVICE_VERIFY);

    if (!is_failure(about->decisive) || about->decisive->fail_info == -1 ||
        !may_be_refused_by_policy(about->decisive) || names_the_ca(about->decisive) ||
        about->enrollment->ca_calls != NULL || !went_well(call) || call->response_time > about->decisive->response_time)
        return false;
    evidence->also[evidence->also_count++] = call->response_frame;
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

static bool policy_not_asked(const Case *about, ScepEvidence *evidence)
{
    const ScepExchange *exchange = about->decisive;
    const bool failed = is_failure(exchange) && may_be_refused_by_policy(exchange) && !names_the_ca(exchange);
    const bool broke =
        exchange->operation == SCEP_OP_PKIOPERATION && exchange->request_frame != 0 && exchange->status == 500;

    (void)evidence;
    return (failed || broke) && about->enrollment->ca_calls == NULL && !asked_before(about->enrollment) &&
           shows(&about->legs->verify, about->enrollment) &&
           !any_loose(&about->legs->verify, exchange->request_time, exchange->response_time);
}

static bool not_reported(const Case *about, ScepServiceKind asked, ScepServiceKind report, const Leg *leg)
{
    const int64_t moment = about->decisive->response_time;

    return about->outcome == SCEP_OUTCOME_ISSUED && went_well(last_call(about->enrollment, asked)) &&
           !scep_service_has(about->enrollment, report) && about->legs->tracker->last_time - moment >= REPORT_TIME &&
           !any_loose(leg, about->decisive->request_time, moment + REPORT_TIME);
}

static bool connector_not_told(const Case *about, ScepEvidence *evidence)
{
    (void)evidence;
    return not_reported(about, SCEP_SERVICE_VERIFY, SCEP_SERVICE_NOTIFY, &about->legs->notify);
}

/* A CA of another vendor may report in its own time; one that is seen to report others would have reported this one. */
static bool intune_not_told(const Case *about, ScepEvidence *evidence)
{
    const ScepServiceCall *asked = last_call(about->enrollment, SCEP_SERVICE_VALIDATE);

    (void)evidence;
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

static bool root_store(const Case *about, ScepEvidence *evidence)
{
    const GPtrArray *calls = about->legs->untrusted;
    const ScepExchange *exchange = about->decisive;
    guint seen = 0;

    for (guint i = exchange->status == 503 ? calls_before(calls, exchange) : 0; i > 0 && seen < CALLS_LOOKED_AT;
         i--, seen++) {
        const ScepServiceCall *call = g_ptr_array_index(calls, i - 1);
        const int64_t since = exchange->response_time - call->response_time;
        if (!call->client_untrusted || since < 0 || since > POLLUTION_TIME ||
            (call->client != exchange->server->address && !scep_is_loopback(call->client)))
            continue;
        evidence->also[evidence->also_count++] = call->response_frame;
        return true;
    }
    return false;
}

/* The cause before its symptom. */
static const struct {
    const char *hint;
    bool (*applies)(const Case *about, ScepEvidence *evidence);
} rules[] = {
    { "http_503_root_store_pollution", root_store },    { "verify_challenge_false", challenge_refused },
    { "verify_missing_after_pkiop", policy_not_asked }, { "notify_missing_after_success", connector_not_told },
    { "thirdparty_notify_missing", intune_not_told },
};

#define NO_VERDICT "verify_unanswered"

bool scep_rules_service_end_can_raise(const char *hint_id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (strcmp(rules[i].hint, hint_id) == 0)
            return true;
    }
    return strcmp(hint_id, NO_VERDICT) == 0;
}

static void conclude(const Case *about)
{
    ScepExchange *exchange = (ScepExchange *)about->decisive;

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        ScepEvidence evidence = { { 0 }, 0, NULL };
        if (exchange->response_frame == 0 || !rules[i].applies(about, &evidence))
            continue;
        scep_findings_conclude(&exchange->response_findings,
                               scep_finding_new(about->legs->tracker, exchange, true, rules[i].hint, &evidence));
    }
}

/* ---- conclusions on calls -------------------------------------------------------------------------------------------
 */

static void conclude_call(ScepTracker *tracker, ScepServiceCall *call)
{
    ScepEvidence evidence = { { 0 }, 0, NULL };

    scep_findings_drop_conclusions(call->request_findings);
    if ((call->service->kind != SCEP_SERVICE_VERIFY && call->service->kind != SCEP_SERVICE_VALIDATE) ||
        call->response_frame != 0 || tracker->last_time - call->request_time < SILENCE)
        return;
    scep_findings_conclude(&call->request_findings,
                           scep_finding_at(tracker, call->request_frame, NO_VERDICT, &evidence));
}

/* What was in the way of a certificate that came in the end is history; how it was reported is not. */
static void settle(const ScepEnrollment *enrollment)
{
    for (const ScepServiceCall *call = enrollment->services; call != NULL; call = call->next) {
        if (call->service->stage == 6)
            continue;
        scep_findings_settle(call->request_findings);
        scep_findings_settle(call->response_findings);
    }
}

void scep_service_conclude(ScepTracker *tracker)
{
    Legs legs = { .tracker = tracker };

    if (tracker->service_calls->len == 0 && tracker->ca_calls->len == 0)
        return;
    legs.untrusted = g_ptr_array_new();
    leg_open(&legs.verify);
    leg_open(&legs.notify);
    leg_open(&legs.notify_intune);
    read_services(&legs);
    g_array_sort(legs.verify.loose, by_time);
    g_array_sort(legs.notify.loose, by_time);
    g_array_sort(legs.notify_intune.loose, by_time);
    for (guint i = 0; i < tracker->service_calls->len; i++)
        conclude_call(tracker, g_ptr_array_index(tracker->service_calls, i));
    for (guint i = 0; i < tracker->enrollments->len; i++) {
        const ScepEnrollment *enrollment = g_ptr_array_index(tracker->enrollments, i);
        const Case about = { &legs, enrollment, scep_enrollment_decisive(enrollment),
                             scep_enrollment_outcome(enrollment) };
        conclude(&about);
        if (about.outcome == SCEP_OUTCOME_ISSUED)
            settle(enrollment);
    }
    leg_close(&legs.verify);
    leg_close(&legs.notify);
    leg_close(&legs.notify_intune);
    g_ptr_array_unref(legs.untrusted);
}
