/* rules_service.c
 * Rules on one call to a service: what the answer of the policy module, of Intune or of a device means.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tracker/ca_call.h"
#include "scep/catalogue.h"
#include "diagnosis/code_detail.h"
#include "diagnosis/rule.h"
#include "tracker/service_call.h"
#include "wire/page.h"
#include "tracker/times.h"

static bool names_a_substatus(const ScepServiceMessage *message)
{
    char number[16];

    for (int sub = 1; sub <= 20; sub++) {
        g_snprintf(number, sizeof number, "403.%d", sub);
        if (scep_page_names(message->body, message->body_size, number))
            return true;
    }
    return false;
}

static bool substatus(ScepCase *about)
{
    const int sub = about->parameter;
    char number[16];

    g_snprintf(number, sizeof number, "403.%d", sub);
    return about->service->service->kind == SCEP_SERVICE_VERIFY && about->service->status == 403 &&
           scep_page_names(about->body->body, about->body->body_size, number);
}

static bool forbidden_without_number(ScepCase *about)
{
    return about->service->service->kind == SCEP_SERVICE_VERIFY && about->service->status == 403 &&
           !names_a_substatus(about->body);
}

static bool turned_away(ScepCase *about)
{
    return (about->service->service->kind == SCEP_SERVICE_VERIFY ||
            about->service->service->kind == SCEP_SERVICE_REGISTRATION) &&
           !about->service->service->is_configmgr && (about->service->status == 401 || about->service->status == 503);
}

static bool verify_status(ScepCase *about)
{
    return about->service->service->kind == SCEP_SERVICE_VERIFY && about->service->status == about->parameter;
}

static bool app_not_signed_in(ScepCase *about)
{
    const ScepServiceCall *call = about->service;
    const char *why = scep_service_get0_verdict(call);

    if (call->is_foreign)
        return false;
    if (!(call->service->kind == SCEP_SERVICE_TOKEN && (call->status == 400 || call->status == 401)) &&
        !(call->service->kind == SCEP_SERVICE_VALIDATE && call->status == 401))
        return false;
    if (why != NULL)
        about->evidence.detail = g_strdup_printf("%.80s", why);
    return true;
}

static bool discovery_forbidden(ScepCase *about)
{
    return about->service->service->kind == SCEP_SERVICE_DISCOVERY && about->service->status == 403;
}

static bool discovery_without_scep(ScepCase *about)
{
    const ScepServiceFacts *facts = about->service->answered;

    return about->service->service->kind == SCEP_SERVICE_DISCOVERY && about->service->status == 200 && facts != NULL &&
           facts->lists_endpoints && !facts->has_scep_endpoint;
}

/* "ChallengeExpired: the challenge is too old. Sync the device ..." */
static bool verdict_refuses(ScepCase *about)
{
    const ScepServiceCall *call = about->service;
    const char *verdict = scep_service_get0_verdict(call);
    const ScepIntuneVerdict *known = scep_intune_verdict_find(verdict);

    if (call->status >= 400 || !scep_service_is_refused(call))
        return false;
    about->evidence.detail = known != NULL ? g_strdup_printf("%s: %s. %s", known->name, known->meaning, known->check)
                                           : g_strdup_printf("%.80s", verdict);
    return true;
}

/* What the answer gives as a code: as its hResult, in its description, or anywhere on a page. */
static char *with_code(char *detail, const ScepCase *about)
{
    const ScepServiceFacts *facts = about->service->answered;
    const char *words = facts != NULL ? facts->text[SCEP_FACT_DESCRIPTION] : NULL;
    const ScepResultCode *code = NULL;
    ScepResultCodeText room;

    if (facts != NULL && facts->has_hresult && facts->hresult != 0)
        code = scep_result_code_explain(facts->hresult, &room);
    if (code == NULL && words != NULL)
        code = scep_code_explain(words, strlen(words), &room);
    if (code == NULL && about->body != NULL)
        code = scep_page_code(about->body->body, about->body->body_size, &room);
    return scep_detail_new_with_code(detail, code);
}

static char *code_alone(const ScepCase *about)
{
    return with_code(NULL, about);
}

static bool validation_status(ScepCase *about)
{
    const ScepServiceCall *call = about->service;

    if ((call->service->kind != SCEP_SERVICE_VERIFY && call->service->kind != SCEP_SERVICE_VALIDATE) ||
        call->status < 400)
        return false;
    about->evidence.detail =
        with_code(g_strdup_printf("%s was answered with HTTP %u", call->service->name, call->status), about);
    return true;
}

static bool browsed(ScepCase *about)
{
    return about->service->service->kind == SCEP_SERVICE_REGISTRATION && about->service->service->is_configmgr &&
           about->service->is_get && about->service->status == 404;
}

static bool notified(ScepCase *about)
{
    const ScepServiceCall *call = about->service;
    const bool well = call->status == call->service->expected;

    if (call->service->kind != SCEP_SERVICE_NOTIFY || well != (about->parameter != 0))
        return false;
    if (!well)
        about->evidence.detail = with_code(g_strdup_printf("Notify was answered with HTTP %u", call->status), about);
    return true;
}

static bool notification_failed(ScepCase *about)
{
    const ScepServiceCall *call = about->service;

    if ((call->service->kind != SCEP_SERVICE_NOTIFY_SUCCESS && call->service->kind != SCEP_SERVICE_NOTIFY_FAILURE) ||
        call->status < 400)
        return false;
    about->evidence.detail =
        with_code(g_strdup_printf("%s was answered with HTTP %u", call->service->name, call->status), about);
    return true;
}

/* ---- of either half ---------------------------------------------------------------------------------------------- */

static bool is_kind(const ScepServiceCall *call, int kind)
{
    return (int)call->service->kind == kind;
}

static bool kind_is(ScepCase *about)
{
    return is_kind(about->service, about->parameter);
}

static bool to_configmgr(ScepCase *about)
{
    return about->service->service->is_configmgr && !about->service->is_get;
}

static bool reports(ScepCase *about)
{
    const ScepServiceFacts *facts = about->service->asked;

    if (!kind_is(about))
        return false;
    if (facts != NULL && facts->has_hresult) {
        char *words = scep_result_code_new_words(facts->hresult);
        about->evidence.detail = g_strdup_printf("hResult %s", words);
        g_free(words);
    }
    return true;
}

static bool sets_profile(ScepCase *about)
{
    return is_kind(about->service, SCEP_SERVICE_MDM) &&
           scep_service_sets_profile(about->parameter ? about->service->answered : about->service->asked);
}

static bool profile_refused(ScepCase *about)
{
    const char *uri;
    const ScepMdmStatus *failure =
        is_kind(about->service, SCEP_SERVICE_MDM) ? scep_service_get0_mdm_failure(about->service, &uri) : NULL;

    if (failure == NULL)
        return false;
    char *words = failure->has_result ? scep_result_code_new_words(failure->result) : NULL;
    about->evidence.detail = g_strdup_printf("status %u for %s%s%s", failure->code, uri, words != NULL ? "; " : "",
                                             words != NULL ? words : "");
    g_free(words);
    return true;
}

static const ScepRule on_request[] = {
    { SCEP_HINT_thirdparty_validate_seen, SCEP_ON_SERVICE_REQUEST, kind_is, SCEP_SERVICE_VALIDATE },
    { SCEP_HINT_thirdparty_notify, SCEP_ON_SERVICE_REQUEST, reports, SCEP_SERVICE_NOTIFY_SUCCESS },
    { SCEP_HINT_thirdparty_notify, SCEP_ON_SERVICE_REQUEST, reports, SCEP_SERVICE_NOTIFY_FAILURE },
    { SCEP_HINT_thirdparty_revocation_seen, SCEP_ON_SERVICE_REQUEST, kind_is, SCEP_SERVICE_REVOCATION },
    { SCEP_HINT_thirdparty_revocation_seen, SCEP_ON_SERVICE_REQUEST, kind_is, SCEP_SERVICE_REVOCATION_RESULTS },
    { SCEP_HINT_crp_path_configmgr, SCEP_ON_SERVICE_REQUEST, to_configmgr, 0 },
    { SCEP_HINT_mdm_scep_profile_failed, SCEP_ON_SERVICE_REQUEST, profile_refused, 0 },
    { SCEP_HINT_mdm_scep_profile_seen, SCEP_ON_SERVICE_REQUEST, sets_profile, 0 },
};

const ScepRuleTable scep_rules_service_request = { .rules = on_request, .count = G_N_ELEMENTS(on_request) };

/* The closer one first: only the first that applies is told. */
static const ScepRule on_answer[] = {
    { SCEP_HINT_http_403_7_client_cert_required, SCEP_ON_SERVICE_ANSWER, substatus, 7 },
    { SCEP_HINT_http_403_13_client_cert_revoked, SCEP_ON_SERVICE_ANSWER, substatus, 13 },
    { SCEP_HINT_http_403_16_client_cert_untrusted, SCEP_ON_SERVICE_ANSWER, substatus, 16 },
    { SCEP_HINT_http_403_17_client_cert_time, SCEP_ON_SERVICE_ANSWER, substatus, 17 },
    { SCEP_HINT_http_403_client_cert_eku, SCEP_ON_SERVICE_ANSWER, forbidden_without_number, 0 },
    { SCEP_HINT_http_503_certregsvc_winauth, SCEP_ON_SERVICE_ANSWER, turned_away, 0 },
    { SCEP_HINT_verify_500, SCEP_ON_SERVICE_ANSWER, verify_status, 500 },
    { SCEP_HINT_verify_ok_201, SCEP_ON_SERVICE_ANSWER, verify_status, 201 },
    { SCEP_HINT_thirdparty_auth_401, SCEP_ON_SERVICE_ANSWER, app_not_signed_in, 0 },
    { SCEP_HINT_thirdparty_discovery_403, SCEP_ON_SERVICE_ANSWER, discovery_forbidden, 0 },
    { SCEP_HINT_thirdparty_no_scep_endpoint, SCEP_ON_SERVICE_ANSWER, discovery_without_scep, 0 },
    { SCEP_HINT_thirdparty_validate_refused, SCEP_ON_SERVICE_ANSWER, verdict_refuses, 0 },
    { SCEP_HINT_verify_http_error, SCEP_ON_SERVICE_ANSWER, validation_status, 0 },
    { SCEP_HINT_crp_vdir_404_healthy, SCEP_ON_SERVICE_ANSWER, browsed, 0 },
    { SCEP_HINT_notify_ok_204, SCEP_ON_SERVICE_ANSWER, notified, 1 },
    { SCEP_HINT_notify_not_204, SCEP_ON_SERVICE_ANSWER, notified, 0 },
    { SCEP_HINT_thirdparty_notify_failed, SCEP_ON_SERVICE_ANSWER, notification_failed, 0 },
    { SCEP_HINT_mdm_scep_profile_seen, SCEP_ON_SERVICE_ANSWER, sets_profile, 1 },
};

const ScepRuleTable scep_rules_service_answer = {
    .rules = on_answer, .count = G_N_ELEMENTS(on_answer), .detail = code_alone, .first_only = true
};

/* From the device's request on, where it is known which one that is. */
static bool took_long(ScepCase *about)
{
    const ScepServiceCall *call = about->service;
    const ScepExchange *cause = scep_service_get0_cause(call);
    const int64_t took = call->response_time - (cause != NULL ? cause->request_time : call->request_time);

    if ((call->service->kind != SCEP_SERVICE_VERIFY && call->service->kind != SCEP_SERVICE_VALIDATE) ||
        took <= SCEP_SLOW_TIME)
        return false;
    about->evidence.also_count = 0;
    scep_case_also(about, cause != NULL ? cause->request_frame : call->request_frame);
    about->evidence.detail = g_strdup_printf("%d s", (int)MIN(took / SCEP_SECOND, INT32_MAX));
    return true;
}

static const ScepRule on_time[] = { { SCEP_HINT_verify_slow, SCEP_ON_SERVICE_ANSWER, took_long, 0 } };

const ScepRuleTable scep_rules_service_time = { .rules = on_time, .count = G_N_ELEMENTS(on_time) };
