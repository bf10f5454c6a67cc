/* rules_ca.c
 * Rules on calls from NDES to its CA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/rule.h"

#include "diagnosis/ca_detail.h"
#include "tracker/ca_call.h"

/* RPC_S_ACCESS_DENIED as a fault, and what a class factory says (MS-ERREF 2.1, 2.2). */
#define ACCESS_DENIED 0x00000005
#define E_ACCESSDENIED 0x80070005

/* CERTSRV_E_ENROLL_DENIED */
#define ENROLL_DENIED 0x80094011

/* Calls that are looked at for what the same CA said before, or for the same hint. */
#define MAX_CALLS 64

/* RPC_C_AUTHN_LEVEL_PKT_PRIVACY (MS-RPCE 2.2.1.1.8) */
#define LEVEL_PRIVACY 6

static bool access_denied(const ScepCaCall *call)
{
    return call->has_result && (call->result == ACCESS_DENIED || call->result == E_ACCESSDENIED);
}

/* MS-WCCE 3.2.2.6.2.1.1: a CA with IF_ENFORCEENCRYPTICERTREQUEST takes sealed calls only. */
static bool wants_privacy(ScepCase *about)
{
    return access_denied(about->call) && about->message->auth_level > 0 && about->message->auth_level < LEVEL_PRIVACY;
}

static bool fault_access_denied(ScepCase *about)
{
    return about->message->is_fault && access_denied(about->call);
}

static bool other_fault(ScepCase *about)
{
    return about->message->is_fault && !access_denied(about->call);
}

static bool is_denied(ScepCase *about)
{
    const ScepCaCall *call = about->call;

    return call->has_disposition && (call->disposition == SCEP_CR_DISP_DENIED || call->disposition & 0x80000000);
}

static bool has_error_result(ScepCase *about)
{
    return !about->message->is_fault && about->call->has_result && about->call->result != 0;
}

static bool disposition_is(ScepCase *about)
{
    return about->call->has_disposition && about->call->disposition == (uint32_t)about->parameter;
}

/* Whether it was approved since may stand in what the capture lacks. */
static bool disposition_is_pending(ScepCase *about)
{
    if (about->tracker->snaplen != 0)
        about->most = SCEP_SEVERITY_NOTE;
    return disposition_is(about);
}

/* With IF_NOREMOTEICERTREQUEST a CA denies every request from elsewhere (MS-WCCE 3.2.1.4.2.1); one that is denied alone
 * may lack a permission of its own. */
static bool denies_everything(ScepCase *about)
{
    const GPtrArray *calls = about->tracker->ca_calls;
    const ScepCaCall *call = about->call;
    unsigned denied = 0, looked = 0;

    if (scep_ca_call_code(call) != ENROLL_DENIED || call->is_fault)
        return false;
    for (guint i = calls->len; i > 0 && looked < MAX_CALLS; i--, looked++) {
        const ScepCaCall *one = g_ptr_array_index(calls, i - 1);
        if (one->ca != call->ca || one->response_frame == 0 || !(one->has_disposition || one->has_result) ||
            one->chain != SCEP_CA_NO_CHAIN || !scep_ca_call_asks_for_certificate(one))
            continue;
        if (scep_ca_call_code(one) != ENROLL_DENIED)
            return false;
        denied++;
    }
    return denied > 1;
}

/* The cause before its symptom. */
static const ScepRule rules[] = {
    { SCEP_HINT_ca_requires_privacy, SCEP_ON_CA_ANSWER, wants_privacy, 0 },
    { SCEP_HINT_dcom_access_denied_fault, SCEP_ON_CA_ANSWER, fault_access_denied, 0 },
    { SCEP_HINT_rpc_fault_generic, SCEP_ON_CA_ANSWER, other_fault, 0 },
    { SCEP_HINT_ca_no_remote_icert, SCEP_ON_CA_ANSWER, denies_everything, 0 },
    { SCEP_HINT_wcce_disposition_denied, SCEP_ON_CA_ANSWER, is_denied, 0 },
    { SCEP_HINT_wcce_hresult, SCEP_ON_CA_ANSWER, has_error_result, 0 },
    { SCEP_HINT_wcce_disposition_pending, SCEP_ON_CA_ANSWER, disposition_is_pending, SCEP_CR_DISP_UNDER_SUBMISSION },
    { SCEP_HINT_wcce_disposition_issued, SCEP_ON_CA_ANSWER, disposition_is, SCEP_CR_DISP_ISSUED },
};

const ScepRuleTable scep_rules_ca = {
    .rules = rules, .count = G_N_ELEMENTS(rules), .first_only = true, .detail = scep_ca_new_detail
};

/* ---- the request, and whether a call can be read ----------------------------------------------------------------- */

static bool is_asked(ScepCase *about)
{
    const char *template_name = about->call->template_name;

    about->evidence.detail = template_name ? g_strdup_printf("template %s", template_name) : NULL;
    return true;
}

/* It is about this half: the other one is no evidence. */
static void alone(ScepCase *about)
{
    about->evidence.also_count = 0;
}

/* What the sender got wrong, as opposed to what the capture lacks. */
static bool is_malformed(ScepCase *about)
{
    const GArray *problems = about->message->call != NULL ? about->message->call->problems : NULL;

    for (guint i = 0; problems != NULL && i < problems->len; i++) {
        const ScepNdrProblem *problem = &g_array_index(problems, ScepNdrProblem, i);
        const ScepNdrProblemInfo *info = scep_ndr_problem_info(problem->code);
        if (!info->malformed || info->severity <= SCEP_SEVERITY_NOTE)
            continue;
        alone(about);
        about->evidence.detail = scep_ndr_new_problem_text(problem);
        return true;
    }
    return false;
}

static bool has_told(const ScepCase *about, const ScepCaCall *call, ScepHintId hint)
{
    return scep_findings_get0_of(scep_ca_call_get0_findings(about->diagnosis, call, false), hint) != NULL ||
           scep_findings_get0_of(scep_ca_call_get0_findings(about->diagnosis, call, true), hint) != NULL;
}

/* Told once for an enrollment, and once for what belongs to none: there may be hundreds of such calls. */
static bool was_told(const ScepCase *about, ScepHintId hint)
{
    const ScepEnrollment *enrollment = about->call->enrollment;
    unsigned looked = 0;

    for (const ScepCaCall *one = enrollment ? enrollment->ca_calls : NULL; one != NULL && looked < MAX_CALLS;
         one = one->next, looked++) {
        if (has_told(about, one, hint))
            return true;
    }
    for (guint i = enrollment ? 0 : about->tracker->ca_calls->len; i > 0 && looked < MAX_CALLS; i--, looked++) {
        const ScepCaCall *one = g_ptr_array_index(about->tracker->ca_calls, i - 1);
        if (one->enrollment == NULL && has_told(about, one, hint))
            return true;
    }
    return false;
}

static bool is_garbage(ScepCase *about)
{
    alone(about);
    return about->message->is_garbage && !was_told(about, SCEP_HINT_wcce_decryption_garbage);
}

static bool is_sealed(ScepCase *about)
{
    alone(about);
    return about->message->is_sealed && !about->message->is_garbage && !was_told(about, SCEP_HINT_wcce_sealed);
}

static const ScepRule readable[] = {
    { SCEP_HINT_wcce_request_seen, SCEP_ON_CA_REQUEST, is_asked, 0 },
    { SCEP_HINT_wcce_stub_malformed, SCEP_ON_CA_REQUEST, is_malformed, 0 },
    { SCEP_HINT_wcce_decryption_garbage, SCEP_ON_CA_REQUEST, is_garbage, 0 },
    { SCEP_HINT_wcce_sealed, SCEP_ON_CA_REQUEST, is_sealed, 0 },
    { SCEP_HINT_wcce_stub_malformed, SCEP_ON_CA_ANSWER, is_malformed, 0 },
    { SCEP_HINT_wcce_decryption_garbage, SCEP_ON_CA_ANSWER, is_garbage, 0 },
    { SCEP_HINT_wcce_sealed, SCEP_ON_CA_ANSWER, is_sealed, 0 },
};

const ScepRuleTable scep_rules_ca_readable = { .rules = readable, .count = G_N_ELEMENTS(readable) };
