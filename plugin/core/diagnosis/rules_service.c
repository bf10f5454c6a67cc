/* rules_service.c
 * Rules on one call to a service: what the answer of the policy module, of Intune or of a device means.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tracker/ca_call.h"
#include "scep/catalogue.h"
#include "scep/diagnosis.h"
#include "tracker/service_call.h"

/* How far into an error page its number is looked for. */
#define PAGE_SEARCH 16384

/* A device waits for its answer while NDES waits for this one. */
#define SLOW (10 * INT64_C(1000000000))

typedef struct {
    const ScepServiceCall *call;
    const ScepServiceMessage *message; /* of an answer */
    char *detail;                      /* g_malloc'ed, for whoever applies */
} Case;

typedef bool (*Applies)(Case *about, int parameter);

static bool is_registration(const ScepServiceCall *call)
{
    return call->service->kind == SCEP_SERVICE_VERIFY || call->service->kind == SCEP_SERVICE_NOTIFY;
}

/* IIS writes "403.16" into its detailed pages. */
static bool page_names(const ScepServiceMessage *message, const char *number)
{
    const size_t size = MIN(message->body_size, PAGE_SEARCH), length = strlen(number);
    const char *page = (const char *)message->body;
    const char *hit = size > 0 ? g_strstr_len(page, (gssize)size, number) : NULL;

    while (hit != NULL) {
        const char *end = hit + length;
        if (end >= page + size || !g_ascii_isdigit(*end))
            return true;
        hit = g_strstr_len(end, page + size - end, number);
    }
    return false;
}

static bool names_a_substatus(const ScepServiceMessage *message)
{
    char number[16];

    for (int sub = 1; sub <= 20; sub++) {
        g_snprintf(number, sizeof number, "403.%d", sub);
        if (page_names(message, number))
            return true;
    }
    return false;
}

static bool substatus(Case *about, int sub)
{
    char number[16];

    g_snprintf(number, sizeof number, "403.%d", sub);
    return about->call->service->kind == SCEP_SERVICE_VERIFY && about->call->status == 403 &&
           page_names(about->message, number);
}

static bool forbidden_without_number(Case *about, int parameter)
{
    (void)parameter;
    return about->call->service->kind == SCEP_SERVICE_VERIFY && about->call->status == 403 &&
           !names_a_substatus(about->message);
}

static bool turned_away(Case *about, int parameter)
{
    (void)parameter;
    return (about->call->service->kind == SCEP_SERVICE_VERIFY ||
            about->call->service->kind == SCEP_SERVICE_REGISTRATION) &&
           !about->call->service->is_configmgr && (about->call->status == 401 || about->call->status == 503);
}

static bool verify_status(Case *about, int status)
{
    return about->call->service->kind == SCEP_SERVICE_VERIFY && about->call->status == status;
}

static bool app_not_signed_in(Case *about, int parameter)
{
    const ScepServiceCall *call = about->call;
    const char *why = scep_service_verdict(call);

    (void)parameter;
    if (call->is_foreign)
        return false;
    if (!(call->service->kind == SCEP_SERVICE_TOKEN && (call->status == 400 || call->status == 401)) &&
        !(call->service->kind == SCEP_SERVICE_VALIDATE && call->status == 401))
        return false;
    if (why != NULL)
        about->detail = g_strdup_printf("%.80s", why);
    return true;
}

static bool discovery_forbidden(Case *about, int parameter)
{
    (void)parameter;
    return about->call->service->kind == SCEP_SERVICE_DISCOVERY && about->call->status == 403;
}

static bool discovery_without_scep(Case *about, int parameter)
{
    const ScepServiceFacts *facts = about->call->answered;

    (void)parameter;
    return about->call->service->kind == SCEP_SERVICE_DISCOVERY && about->call->status == 200 && facts != NULL &&
           facts->lists_endpoints && !facts->has_scep_endpoint;
}

/* "ChallengeExpired: the challenge is too old. Sync the device ..." */
static bool verdict_refuses(Case *about, int parameter)
{
    const ScepServiceCall *call = about->call;
    const char *verdict = scep_service_verdict(call);
    const ScepIntuneVerdict *known = scep_intune_verdict_find(verdict);

    (void)parameter;
    if (call->status >= 400 || !scep_service_is_refused(call))
        return false;
    about->detail = known != NULL ? g_strdup_printf("%s: %s. %s", known->name, known->meaning, known->check)
                                  : g_strdup_printf("%.80s", verdict);
    return true;
}

static bool validation_status(Case *about, int parameter)
{
    const ScepServiceCall *call = about->call;

    (void)parameter;
    if ((call->service->kind != SCEP_SERVICE_VERIFY && call->service->kind != SCEP_SERVICE_VALIDATE) ||
        call->status < 400)
        return false;
    about->detail = g_strdup_printf("%s was answered with HTTP %u", call->service->name, call->status);
    return true;
}

static bool browsed(Case *about, int parameter)
{
    (void)parameter;
    return about->call->service->kind == SCEP_SERVICE_REGISTRATION && about->call->service->is_configmgr &&
           about->call->is_get && about->call->status == 404;
}

static bool notified(Case *about, int parameter)
{
    const ScepServiceCall *call = about->call;
    const bool well = call->status == call->service->expected;

    if (call->service->kind != SCEP_SERVICE_NOTIFY || well != (parameter != 0))
        return false;
    if (!well)
        about->detail = g_strdup_printf("Notify was answered with HTTP %u", call->status);
    return true;
}

static bool notification_failed(Case *about, int parameter)
{
    const ScepServiceCall *call = about->call;

    (void)parameter;
    if ((call->service->kind != SCEP_SERVICE_NOTIFY_SUCCESS && call->service->kind != SCEP_SERVICE_NOTIFY_FAILURE) ||
        call->status < 400)
        return false;
    about->detail = g_strdup_printf("%s was answered with HTTP %u", call->service->name, call->status);
    return true;
}

/* ---- of either half -------------------------------------------------------------------------------------------------
 */

static bool kind_is(Case *about, int kind)
{
    return (int)about->call->service->kind == kind;
}

static bool to_configmgr(Case *about, int parameter)
{
    (void)parameter;
    return about->call->service->is_configmgr && !about->call->is_get;
}

static bool reports(Case *about, int kind)
{
    const ScepServiceFacts *facts = about->call->asked;

    if (!kind_is(about, kind))
        return false;
    if (facts != NULL && facts->has_hresult) {
        const ScepResultCode *known = scep_result_code_find(facts->hresult);
        about->detail = known != NULL
                            ? g_strdup_printf("hResult 0x%08x %s: %s", facts->hresult, known->symbol, known->meaning)
                            : g_strdup_printf("hResult 0x%08x", facts->hresult);
    }
    return true;
}

static bool sets_profile(Case *about, int of_answer)
{
    return kind_is(about, SCEP_SERVICE_MDM) &&
           scep_service_sets_profile(of_answer ? about->call->answered : about->call->asked);
}

static bool profile_refused(Case *about, int parameter)
{
    const char *uri;
    const ScepMdmStatus *failure =
        kind_is(about, SCEP_SERVICE_MDM) ? scep_service_mdm_failure(about->call, &uri) : NULL;

    (void)parameter;
    if (failure == NULL)
        return false;
    about->detail = g_strdup_printf("status %u for %s", failure->code, uri);
    return true;
}

typedef struct {
    const char *hint;
    Applies applies;
    int parameter;
} Rule;

static const Rule on_request[] = {
    { "thirdparty_validate_seen", kind_is, SCEP_SERVICE_VALIDATE },
    { "thirdparty_notify", reports, SCEP_SERVICE_NOTIFY_SUCCESS },
    { "thirdparty_notify", reports, SCEP_SERVICE_NOTIFY_FAILURE },
    { "thirdparty_revocation_seen", kind_is, SCEP_SERVICE_REVOCATION },
    { "thirdparty_revocation_seen", kind_is, SCEP_SERVICE_REVOCATION_RESULTS },
    { "crp_path_configmgr", to_configmgr, 0 },
    { "mdm_scep_profile_failed", profile_refused, 0 },
    { "mdm_scep_profile_seen", sets_profile, 0 },
};

/* The closer one first: only the first that applies is told. */
static const Rule on_answer[] = {
    { "http_403_7_client_cert_required", substatus, 7 },
    { "http_403_13_client_cert_revoked", substatus, 13 },
    { "http_403_16_client_cert_untrusted", substatus, 16 },
    { "http_403_17_client_cert_time", substatus, 17 },
    { "http_403_client_cert_eku", forbidden_without_number, 0 },
    { "http_503_certregsvc_winauth", turned_away, 0 },
    { "verify_500", verify_status, 500 },
    { "verify_ok_201", verify_status, 201 },
    { "thirdparty_auth_401", app_not_signed_in, 0 },
    { "thirdparty_discovery_403", discovery_forbidden, 0 },
    { "thirdparty_no_scep_endpoint", discovery_without_scep, 0 },
    { "thirdparty_validate_refused", verdict_refuses, 0 },
    { "verify_http_error", validation_status, 0 },
    { "crp_vdir_404_healthy", browsed, 0 },
    { "notify_ok_204", notified, 1 },
    { "notify_not_204", notified, 0 },
    { "thirdparty_notify_failed", notification_failed, 0 },
    { "mdm_scep_profile_seen", sets_profile, 1 },
};

#define TOOK_LONG "verify_slow"

bool scep_rules_service_can_raise(const char *hint_id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(on_request); i++) {
        if (strcmp(on_request[i].hint, hint_id) == 0)
            return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(on_answer); i++) {
        if (strcmp(on_answer[i].hint, hint_id) == 0)
            return true;
    }
    return strcmp(hint_id, TOOK_LONG) == 0;
}

void scep_service_judge_request(ScepTracker *tracker, ScepServiceCall *call)
{
    for (size_t i = 0; i < G_N_ELEMENTS(on_request); i++) {
        Case about = { call, NULL, NULL };
        if (on_request[i].applies(&about, on_request[i].parameter))
            scep_ca_call_add_finding(tracker, &call->request_findings, on_request[i].hint, call->request_frame, 0,
                                     about.detail);
    }
}

/* From the device's request on, where it is known which one that is. */
static void judge_time(ScepTracker *tracker, ScepServiceCall *call)
{
    const ScepExchange *cause = scep_service_cause(call);
    const int64_t from = cause != NULL ? cause->request_time : call->request_time;
    const uint32_t frame = cause != NULL ? cause->request_frame : call->request_frame;

    if (call->service->kind != SCEP_SERVICE_VERIFY && call->service->kind != SCEP_SERVICE_VALIDATE)
        return;
    const int64_t took = call->response_time - from;
    if (took <= SLOW)
        return;
    scep_ca_call_add_finding(tracker, &call->response_findings, TOOK_LONG, call->response_frame, frame,
                             g_strdup_printf("%d s", (int)MIN(took / INT64_C(1000000000), INT32_MAX)));
}

void scep_service_judge_answer(ScepTracker *tracker, ScepServiceCall *call, const ScepServiceMessage *message)
{
    call->client_untrusted = call->status == 403 && is_registration(call) && page_names(message, "403.16");
    for (size_t i = 0; i < G_N_ELEMENTS(on_answer); i++) {
        Case about = { call, message, NULL };
        if (!on_answer[i].applies(&about, on_answer[i].parameter))
            continue;
        scep_ca_call_add_finding(tracker, &call->response_findings, on_answer[i].hint, call->response_frame,
                                 call->request_frame, about.detail);
        break;
    }
    judge_time(tracker, call);
}
