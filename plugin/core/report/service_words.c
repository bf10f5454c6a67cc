/* service_words.c
 * Calls to services in words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "report/report_words.h"
#include "scep/catalogue.h"
#include "tracker/service_call.h"
#include "services/service_facts.h"

static const ScepMdmNode *setting(const ScepServiceFacts *facts, ScepMdmSetting wanted)
{
    for (guint i = 0; facts != NULL && i < facts->nodes->len; i++) {
        const ScepMdmNode *node = &g_array_index(facts->nodes, ScepMdmNode, i);
        if (node->setting == wanted && node->value != NULL)
            return node;
    }
    return NULL;
}

static void append_code(GString *out, uint32_t code)
{
    char *words = scep_result_code_new_words(code);

    g_string_append_printf(out, " (%s)", words);
    g_free(words);
}

static void append_setting(GString *out, const ScepServiceFacts *facts, ScepMdmSetting wanted)
{
    const ScepMdmNode *node = setting(facts, wanted);

    if (node == NULL)
        return;
    g_string_append_printf(out, ", %s %.120s", scep_mdm_setting_name(wanted), node->value);
    if (node->has_result && node->result != 0)
        append_code(out, node->result);
}

/* Devices of Apple say in a sentence why a payload failed. */
static void append_description(GString *out, const ScepServiceFacts *facts)
{
    if (facts->text[SCEP_FACT_DESCRIPTION] != NULL)
        g_string_append_printf(out, ", \"%.160s\"", facts->text[SCEP_FACT_DESCRIPTION]);
}

/* "SCEP settings for the device, ServerURL ..., KeyLength 2048" */
static void append_mdm(GString *out, const ScepServiceCall *call, bool is_response)
{
    static const ScepMdmSetting told[] = { SCEP_MDM_SERVER_URL, SCEP_MDM_CA_THUMBPRINT, SCEP_MDM_KEY_LENGTH,
                                           SCEP_MDM_STATUS, SCEP_MDM_ERROR_CODE };
    const ScepServiceFacts *facts = is_response ? call->answered : call->asked;
    const char *uri = NULL;
    const ScepMdmStatus *failure = is_response ? NULL : scep_service_get0_mdm_failure(call, &uri);

    if (failure != NULL) {
        g_string_append_printf(out, "the device answers %u for %.160s", failure->code, uri);
        if (failure->has_result)
            append_code(out, failure->result);
    } else if (scep_service_sets_profile(facts)) {
        g_string_append(out, "SCEP settings for the device");
    } else if (facts != NULL && facts->nodes->len > 0) {
        g_string_append(out, is_response ? "asks for SCEP nodes" : "what the device tells of SCEP");
        append_description(out, facts);
    } else {
        g_string_append_printf(out, "%s%s", call->service->name, is_response ? " answer" : "");
        if (facts != NULL && facts->is_binary && call->service->body == SCEP_BODY_SYNCML)
            g_string_append(out, ", in WBXML");
    }
    for (size_t i = 0; failure == NULL && i < G_N_ELEMENTS(told); i++)
        append_setting(out, facts, told[i]);
}

static void append_verdict(GString *out, const ScepServiceCall *call)
{
    const char *verdict = scep_service_get0_verdict(call);
    const ScepIntuneVerdict *known = scep_intune_verdict_find(verdict);

    if (verdict == NULL)
        g_string_append_printf(out, "HTTP %u", call->status);
    else if (call->status != 200)
        g_string_append_printf(out, "HTTP %u, %.80s", call->status, verdict);
    else
        g_string_append_printf(out, "%.80s", verdict);
    if (known != NULL && scep_service_is_refused(call))
        g_string_append_printf(out, " (%s)", known->meaning);
}

static void append_reported(GString *out, const ScepServiceFacts *facts)
{
    ScepResultCodeText text;

    if (facts == NULL || !facts->has_hresult)
        return;
    const ScepResultCode *known = scep_result_code_explain(facts->hresult, &text);
    g_string_append_printf(out, ", hResult 0x%08x", facts->hresult);
    if (known != NULL)
        g_string_append_printf(out, " %s", known->symbol);
}

GString *scep_service_new_summary(const ScepServiceCall *call, bool is_response)
{
    GString *out = g_string_new(NULL);
    const char *transaction = call->asked != NULL ? call->asked->text[SCEP_FACT_TRANSACTION_ID] : NULL;

    g_string_append_printf(out, "%s: ", call->service->party);
    if (call->service->kind == SCEP_SERVICE_MDM) {
        append_mdm(out, call, is_response);
        if (is_response && call->status != 200)
            g_string_append_printf(out, ", HTTP %u", call->status);
        return out;
    }
    g_string_append(out, call->service->name);
    if (is_response) {
        g_string_append(out, " answered ");
        append_verdict(out, call);
    } else {
        append_reported(out, call->asked);
        if (transaction != NULL)
            g_string_append_printf(out, ", transaction %.80s", transaction);
    }
    return out;
}

static void append_frames(GString *out, const ScepServiceCall *call)
{
    if (call->request_frame != 0)
        g_string_append_printf(out, ", frame %u", call->request_frame);
    if (call->response_frame == 0) {
        g_string_append(out, ", no answer");
        return;
    }
    g_string_append_printf(out, ", frame %u", call->response_frame);
    if (call->request_frame != 0) {
        g_string_append(out, " after ");
        scep_words_duration(out, call->response_time - call->request_time);
    }
}

GString *scep_words_new_service(const ScepServiceCall *call)
{
    GString *out = g_string_new(NULL);

    if (call->service->kind == SCEP_SERVICE_MDM)
        g_string_append(out, "Sync with the MDM server");
    else if (call->service->kind == SCEP_SERVICE_TOKEN)
        g_string_append_printf(out, "Sign-in (%s) to %s", call->service->name, call->service->party);
    else
        g_string_append_printf(out, "%s to %s", call->service->name, call->service->party);
    g_string_append_printf(out, " %s%s", call->server, call->is_likely ? " (likely for this enrollment)" : "");
    append_reported(out, call->asked);
    append_frames(out, call);
    if (call->response_frame == 0)
        return out;
    g_string_append(out, ": ");
    if (call->service->kind == SCEP_SERVICE_MDM)
        append_mdm(out, call, !scep_service_tells_of_scep(call, false));
    else
        append_verdict(out, call);
    return out;
}
