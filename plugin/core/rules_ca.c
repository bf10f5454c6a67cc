/* rules_ca.c
 * Rules on calls from NDES to its CA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ca_call_private.h"
#include "rules_ca.h"

#include <string.h>

#include "scep/catalogue.h"
#include "scep/findings.h"

/* RPC_S_ACCESS_DENIED as a fault, and what a class factory says (MS-ERREF 2.1, 2.2). */
#define ACCESS_DENIED 0x00000005
#define E_ACCESSDENIED 0x80070005

/* RPC_C_AUTHN_LEVEL_PKT_PRIVACY (MS-RPCE 2.2.1.1.8) */
#define LEVEL_PRIVACY 6

#define REQUEST_SEEN "wcce_request_seen"

typedef bool (*Applies)(const ScepCaCall *call, const ScepCaMessage *message);

static bool access_denied(const ScepCaCall *call)
{
    return call->has_result && (call->result == ACCESS_DENIED || call->result == E_ACCESSDENIED);
}

/* MS-WCCE 3.2.2.6.2.1.1: a CA with IF_ENFORCEENCRYPTICERTREQUEST takes sealed calls only. */
static bool wants_privacy(const ScepCaCall *call, const ScepCaMessage *message)
{
    return access_denied(call) && message->auth_level > 0 && message->auth_level < LEVEL_PRIVACY;
}

static bool fault_access_denied(const ScepCaCall *call, const ScepCaMessage *message)
{
    return message->is_fault && access_denied(call);
}

static bool other_fault(const ScepCaCall *call, const ScepCaMessage *message)
{
    return message->is_fault && !access_denied(call);
}

static bool is_denied(const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)message;
    return call->has_disposition && (call->disposition == SCEP_CR_DISP_DENIED || call->disposition & 0x80000000);
}

static bool has_error_result(const ScepCaCall *call, const ScepCaMessage *message)
{
    return !message->is_fault && call->has_result && call->result != 0;
}

static bool is_pending(const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)message;
    return call->has_disposition && call->disposition == SCEP_CR_DISP_UNDER_SUBMISSION;
}

static bool is_issued(const ScepCaCall *call, const ScepCaMessage *message)
{
    (void)message;
    return call->has_disposition && call->disposition == SCEP_CR_DISP_ISSUED;
}

/* The cause before its symptom: only the first that applies is told. */
static const struct {
    const char *hint;
    Applies applies;
} rules[] = {
    { "ca_requires_privacy", wants_privacy },
    { "dcom_access_denied_fault", fault_access_denied },
    { "rpc_fault_generic", other_fault },
    { "wcce_disposition_denied", is_denied },
    { "wcce_hresult", has_error_result },
    { "wcce_disposition_pending", is_pending },
    { "wcce_disposition_issued", is_issued },
};

bool scep_rules_ca_can_raise(const char *hint_id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (strcmp(rules[i].hint, hint_id) == 0)
            return true;
    }
    return strcmp(hint_id, REQUEST_SEEN) == 0 || scep_ca_chain_can_raise(hint_id);
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
    if (call->message != NULL && call->message[0] != '\0')
        g_string_append_printf(text, "%sthe CA says: %s", text->len > 0 ? "; " : "", call->message);
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

void scep_ca_call_judge_request(ScepTracker *tracker, ScepCaCall *call)
{
    char *detail = call->template_name ? g_strdup_printf("template %s", call->template_name) : NULL;

    scep_ca_call_add_finding(tracker, &call->request_findings, REQUEST_SEEN, call->request_frame, 0, detail);
}

void scep_ca_call_judge_answer(ScepTracker *tracker, ScepCaCall *call, const ScepCaMessage *message)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (!rules[i].applies(call, message))
            continue;
        scep_ca_call_add_finding(tracker, &call->response_findings, rules[i].hint, call->response_frame, call->request_frame,
                                 scep_ca_call_detail(call));
        return;
    }
}

void scep_ca_calls_settle(const ScepEnrollment *enrollment)
{
    for (ScepCaCall *call = enrollment->ca_calls; call != NULL; call = call->next)
        scep_findings_settle(call->response_findings);
}
