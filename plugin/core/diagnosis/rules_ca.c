/* rules_ca.c
 * Rules on calls from NDES to its CA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/ca_call.h"
#include "diagnosis/rules_ca.h"

#include <string.h>

#include "diagnosis/facts.h"
#include "scep/catalogue.h"
#include "diagnosis/findings.h"

/* RPC_S_ACCESS_DENIED as a fault, and what a class factory says (MS-ERREF 2.1, 2.2). */
#define ACCESS_DENIED 0x00000005
#define E_ACCESSDENIED 0x80070005

/* CERTSRV_E_ENROLL_DENIED */
#define ENROLL_DENIED 0x80094011

/* Calls that are looked at for what the same CA said before, or for the same hint. */
#define MAX_CALLS 64

/* RPC_C_AUTHN_LEVEL_PKT_PRIVACY (MS-RPCE 2.2.1.1.8) */
#define LEVEL_PRIVACY 6

#define REQUEST_SEEN "wcce_request_seen"

typedef bool (*Applies)(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message);

static bool access_denied(const ScepCaCall *call)
{
    return call->has_result && (call->result == ACCESS_DENIED || call->result == E_ACCESSDENIED);
}

/* MS-WCCE 3.2.2.6.2.1.1: a CA with IF_ENFORCEENCRYPTICERTREQUEST takes sealed calls only. */
static bool wants_privacy(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)tracker;
    return access_denied(call) && message->auth_level > 0 && message->auth_level < LEVEL_PRIVACY;
}

static bool fault_access_denied(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)tracker;
    return message->is_fault && access_denied(call);
}

static bool other_fault(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)tracker;
    return message->is_fault && !access_denied(call);
}

static bool is_denied(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)tracker;
    (void)message;
    return call->has_disposition && (call->disposition == SCEP_CR_DISP_DENIED || call->disposition & 0x80000000);
}

static bool has_error_result(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)tracker;
    return !message->is_fault && call->has_result && call->result != 0;
}

static bool is_pending(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)tracker;
    (void)message;
    return call->has_disposition && call->disposition == SCEP_CR_DISP_UNDER_SUBMISSION;
}

static bool is_issued(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)tracker;
    (void)message;
    return call->has_disposition && call->disposition == SCEP_CR_DISP_ISSUED;
}

/* With IF_NOREMOTEICERTREQUEST a CA denies every request from elsewhere (MS-WCCE 3.2.1.4.2.1); one that is denied alone
 * may lack a permission of its own. */
static bool denies_everything(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message)
{
    const GPtrArray *calls = tracker->ca_calls;
    unsigned denied = 0, looked = 0;

    (void)message;
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

/* The cause before its symptom: only the first that applies is told. */
static const struct {
    const char *hint;
    Applies applies;
} rules[] = {
    { "ca_requires_privacy", wants_privacy },   { "dcom_access_denied_fault", fault_access_denied },
    { "rpc_fault_generic", other_fault },       { "ca_no_remote_icert", denies_everything },
    { "wcce_disposition_denied", is_denied },   { "wcce_hresult", has_error_result },
    { "wcce_disposition_pending", is_pending }, { "wcce_disposition_issued", is_issued },
};

/* ---- whether a call can be read -----------------------------------------------------------------------------------
 */

static bool is_garbage(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)tracker;
    (void)call;
    return message->is_garbage;
}

static bool is_sealed(const ScepTracker *tracker, const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)tracker;
    (void)call;
    return message->is_sealed && !message->is_garbage;
}

/* What the sender got wrong, as opposed to what the capture lacks. */
static const ScepNdrProblem *malformed_part(const ScepCaMessage *message)
{
    const GArray *problems = message->call != NULL ? message->call->problems : NULL;

    for (guint i = 0; problems != NULL && i < problems->len; i++) {
        const ScepNdrProblem *problem = &g_array_index(problems, ScepNdrProblem, i);
        const ScepNdrProblemInfo *info = scep_ndr_problem_info(problem->code);
        if (info->malformed && info->severity > SCEP_SEVERITY_NOTE)
            return problem;
    }
    return NULL;
}

/* Each is told once for an enrollment, and once for what belongs to none: there may be hundreds of such calls. */
static const struct {
    const char *hint;
    Applies applies;
} readability[] = {
    { "wcce_decryption_garbage", is_garbage },
    { "wcce_sealed", is_sealed },
};

#define STUB_MALFORMED "wcce_stub_malformed"

static bool has_told(const ScepCaCall *call, const char *hint)
{
    return scep_has_finding(call->request_findings, hint) || scep_has_finding(call->response_findings, hint);
}

static bool was_told(const ScepTracker *tracker, const ScepCaCall *call, const char *hint)
{
    unsigned looked = 0;

    for (const ScepCaCall *one = call->enrollment ? call->enrollment->ca_calls : NULL;
         one != NULL && looked < MAX_CALLS; one = one->next, looked++) {
        if (has_told(one, hint))
            return true;
    }
    for (guint i = call->enrollment ? 0 : tracker->ca_calls->len; i > 0 && looked < MAX_CALLS; i--, looked++) {
        const ScepCaCall *one = g_ptr_array_index(tracker->ca_calls, i - 1);
        if (one->enrollment == NULL && has_told(one, hint))
            return true;
    }
    return false;
}

static void judge_readability(ScepTracker *tracker, ScepCaCall *call, const ScepCaMessage *message, bool is_response)
{
    GPtrArray **findings = is_response ? &call->response_findings : &call->request_findings;
    const uint32_t frame = is_response ? call->response_frame : call->request_frame;
    const ScepNdrProblem *problem = malformed_part(message);

    if (problem != NULL)
        scep_ca_call_add_finding(tracker, findings, STUB_MALFORMED, frame, 0, scep_ndr_problem_text(problem));
    for (size_t i = 0; i < G_N_ELEMENTS(readability); i++) {
        if (readability[i].applies(tracker, call, message) && !was_told(tracker, call, readability[i].hint))
            scep_ca_call_add_finding(tracker, findings, readability[i].hint, frame, 0, NULL);
    }
}

bool scep_rules_ca_can_raise(const char *hint_id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (strcmp(rules[i].hint, hint_id) == 0)
            return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(readability); i++) {
        if (strcmp(readability[i].hint, hint_id) == 0)
            return true;
    }
    return strcmp(hint_id, REQUEST_SEEN) == 0 || strcmp(hint_id, STUB_MALFORMED) == 0 ||
           scep_ca_chain_can_raise(hint_id) || scep_ca_conclusions_can_raise(hint_id);
}

/* "CERTSRV_E_KEY_LENGTH (0x80094811): the public key is shorter than the template allows. The CA says: ..." */
char *scep_ca_call_detail(const ScepCaCall *call)
{
    GString *text = g_string_new(NULL);
    const uint32_t code = scep_ca_call_code(call);
    const ScepResultCode *known = code != 0 ? scep_result_code_find(code) : NULL;

    if (known != NULL)
        g_string_append_printf(text, "%s (0x%08x): %s", known->symbol, code, known->meaning);
    else if (code != 0)
        g_string_append_printf(text, "0x%08x", code);
    if (call->request_id != 0)
        g_string_append_printf(text, "%srequest id %u", text->len > 0 ? "; " : "", call->request_id);
    /* It may end with a line break. */
    char *message = call->message != NULL ? g_strchomp(g_strdup(call->message)) : NULL;
    if (message != NULL && message[0] != '\0')
        g_string_append_printf(text, "%sthe CA says: %s", text->len > 0 ? "; " : "", message);
    g_free(message);
    if (text->len == 0)
        return g_string_free(text, TRUE);
    return g_string_free(text, FALSE);
}

void scep_ca_call_add_finding(ScepTracker *tracker, GPtrArray **findings, const char *hint, uint32_t frame,
                              uint32_t other, char *detail)
{
    ScepEvidence evidence = { .also = { other }, .also_count = 1, .detail = detail };

    scep_findings_add(findings, scep_finding_at(tracker, frame, hint, &evidence));
}

void scep_ca_call_judge_request(ScepTracker *tracker, ScepCaCall *call, const ScepCaMessage *message)
{
    char *detail = call->template_name ? g_strdup_printf("template %s", call->template_name) : NULL;

    scep_ca_call_add_finding(tracker, &call->request_findings, REQUEST_SEEN, call->request_frame, 0, detail);
    judge_readability(tracker, call, message, false);
}

void scep_ca_call_judge_answer(ScepTracker *tracker, ScepCaCall *call, const ScepCaMessage *message)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (!rules[i].applies(tracker, call, message))
            continue;
        scep_ca_call_add_finding(tracker, &call->response_findings, rules[i].hint, call->response_frame,
                                 call->request_frame, scep_ca_call_detail(call));
        break;
    }
    judge_readability(tracker, call, message, true);
}

void scep_ca_calls_settle(const ScepEnrollment *enrollment)
{
    for (ScepCaCall *call = enrollment->ca_calls; call != NULL; call = call->next) {
        scep_findings_settle(call->request_findings);
        scep_findings_settle(call->response_findings);
    }
}
