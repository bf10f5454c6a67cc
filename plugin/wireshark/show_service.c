/* show_service.c
 * Half of a call to a service around SCEP, in words and as a tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture_file.h"
#include "experts.h"
#include "fields.h"
#include "fields_service.h"
#include "scep/catalogue.h"
#include "show.h"

/* Where a tree is being made. */
typedef struct {
    packet_info *pinfo;
    proto_tree *tree;
    tvbuff_t *tvb;
    int offset; /* of the body, or of the head where there is no body */
    int length;
} Place;

static proto_item *add_text(const Place *at, int hf, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return NULL;
    proto_item *item =
        proto_tree_add_string(at->tree, hf, at->tvb, at->offset, at->length, scep_show_text(at->pinfo, text));
    proto_item_set_generated(item);
    return item;
}

static proto_item *add_number(const Place *at, int hf, uint32_t value)
{
    proto_item *item = proto_tree_add_uint(at->tree, hf, at->tvb, at->offset, at->length, value);

    proto_item_set_generated(item);
    return item;
}

static void add_result(const Place *at, int hf, uint32_t value)
{
    ScepResultCodeText room;
    const ScepResultCode *code = scep_result_code_explain(value, &room);
    proto_item *item = add_number(at, hf, value);

    if (code != NULL)
        proto_item_append_text(item, " (%s: %s)", code->symbol, code->meaning);
}

static void add_hash(const Place *at, int hf, const uint8_t hash[32])
{
    proto_item_set_generated(proto_tree_add_bytes_with_length(at->tree, hf, at->tvb, at->offset, at->length, hash, 32));
}

const char *scep_show_service_summary(packet_info *pinfo, const ScepServiceCall *call, bool is_response)
{
    GString *words = scep_service_new_summary(call, is_response);

    if (call->enrollment != NULL)
        g_string_append_printf(words, " [%senrollment %u]", call->is_likely ? "likely " : "", call->enrollment->number);
    return scep_show_text(pinfo, scep_show_take(pinfo, g_string_free(words, FALSE)));
}

static Place place_of(packet_info *pinfo, const HttpPdu *http)
{
    if (http->body_tvb != NULL && http->body_length > 0)
        return (Place){ pinfo, NULL, http->body_tvb, http->body_offset, http->body_length };
    if (http->head_tvb != NULL)
        return (Place){ pinfo, NULL, http->head_tvb, http->head_offset, http->head_length };
    return (Place){ pinfo, NULL, get_data_source_tvb(pinfo->data_src->data), 0, 0 };
}

static void show_stage(const Place *at, const ScepServiceCall *call, bool is_response)
{
    const ScepService *service = call->service;
    const ScepEnrollment *enrollment = call->enrollment;

    add_number(at, hf_scep_stage, service->stage);
    add_text(at, hf_scep_step, service->step);
    add_text(at, hf_scep_role_src, scep_service_role(capture_tracker(), call, is_response));
    add_text(at, hf_scep_role_dst, scep_service_role(capture_tracker(), call, !is_response));
    if (enrollment == NULL)
        return;
    proto_item *item = add_number(at, hf_scep_enrollment, enrollment->number);
    if (call->is_likely)
        proto_item_append_text(item, " (likely: by hosts and time)");
    const uint32_t first =
        enrollment->first->request_frame ? enrollment->first->request_frame : enrollment->first->response_frame;
    add_number(at, hf_scep_enrollment_first, first);
    const ScepExchange *cause = scep_service_get0_cause(call);
    if (cause != NULL)
        add_number(at, hf_scep_enrollment_cause, cause->request_frame);
    if (cause != NULL && cause->response_frame != 0)
        add_number(at, hf_scep_enrollment_answer, cause->response_frame);
}

static void show_connections(const Place *at, const ScepServiceCall *call, bool is_response)
{
    if (!is_response) {
        if (call->response_frame != 0)
            add_number(at, hf_scep_response_in, call->response_frame);
        return;
    }
    if (call->status != 0)
        add_number(at, hf_scep_http_status, call->status);
    add_number(at, hf_scep_request_in, call->request_frame);
    const int64_t elapsed = call->response_time - call->request_time;
    nstime_t moment = { (time_t)(elapsed / 1000000000), (int)(elapsed % 1000000000) };
    proto_item_set_generated(proto_tree_add_time(at->tree, hf_scep_time, at->tvb, 0, 0, &moment));
}

static void show_secrets(const Place *at, const GArray *secrets)
{
    for (guint i = 0; i < secrets->len; i++) {
        const ScepServiceSecret *secret = &g_array_index(secrets, ScepServiceSecret, i);
        proto_item *item = add_text(at, hf_scep_service_secret, secret->name);
        Place below = *at;

        below.tree = proto_item_add_subtree(item, ett_scep_service);
        add_number(&below, hf_scep_challenge_length, (uint32_t)secret->length);
        add_hash(&below, hf_scep_challenge_sha256, secret->sha256);
        add_text(&below, hf_scep_challenge, secret->text);
    }
}

static void show_request(const Place *at, const ScepCsr *csr)
{
    if (csr == NULL)
        return;
    Place below = *at;
    below.tree = proto_tree_add_subtree(at->tree, at->tvb, at->offset, at->length, ett_scep_inside, NULL,
                                        "Certificate request (PKCS#10)");
    add_text(&below, hf_scep_csr_subject, csr->subject);
    for (guint i = 0; i < csr->alternative_names->len; i++)
        add_text(&below, hf_scep_csr_san, g_ptr_array_index(csr->alternative_names, i));
    add_text(&below, hf_scep_csr_key_algorithm, csr->key_algorithm);
    add_number(&below, hf_scep_csr_key_bits, csr->key_bits);
    add_hash(&below, hf_scep_spki_sha256, csr->spki_sha256);
    add_hash(&below, hf_scep_csr_sha256, csr->sha256);
    if (!csr->challenge.present)
        return;
    add_number(&below, hf_scep_challenge_length, (uint32_t)csr->challenge.bytes);
    add_hash(&below, hf_scep_challenge_sha256, csr->challenge.sha256);
    add_text(&below, hf_scep_challenge_kind, scep_challenge_kind_text(csr->challenge.kind));
    add_text(&below, hf_scep_challenge, csr->challenge.text);
}

/* A sentence may name a code, and no more than that. */
static void add_described(const Place *at, const char *text)
{
    ScepResultCodeText room;
    const ScepResultCode *code = text != NULL ? scep_code_explain(text, strlen(text), &room) : NULL;
    proto_item *item = add_text(at, hf_scep_service_description, text);

    if (code != NULL)
        proto_item_append_text(item, " (%s: %s)", code->symbol, code->meaning);
}

static void show_verdict(const Place *at, const ScepServiceFacts *facts)
{
    const ScepIntuneVerdict *known = scep_intune_verdict_find(facts->text[SCEP_FACT_CODE]);

    add_text(at, hf_scep_service_verdict, facts->text[SCEP_FACT_CODE]);
    if (known != NULL)
        add_text(at, hf_scep_service_verdict_text, known->meaning);
    add_described(at, facts->text[SCEP_FACT_DESCRIPTION]);
    if (facts->has_hresult)
        add_result(at, hf_scep_service_hresult, facts->hresult);
    add_text(at, hf_scep_service_thumbprint, facts->text[SCEP_FACT_THUMBPRINT]);
    add_text(at, hf_scep_service_serial, facts->text[SCEP_FACT_SERIAL]);
    add_text(at, hf_scep_service_expires, facts->text[SCEP_FACT_EXPIRES]);
    add_text(at, hf_scep_service_issuing_ca, facts->text[SCEP_FACT_CA]);
    add_text(at, hf_scep_service_caller, facts->text[SCEP_FACT_CALLER]);
}

static void show_setting(const Place *at, const ScepMdmNode *node)
{
    const int hf = hf_scep_mdm_settings[node->setting];

    if (node->setting == SCEP_MDM_OTHER || node->value == NULL ||
        (node->setting == SCEP_MDM_ERROR_CODE && !node->has_result))
        return;
    if (node->has_result)
        add_result(at, hf, node->result);
    else if (scep_mdm_is_number(node->setting))
        add_number(at, hf, (uint32_t)g_ascii_strtoll(node->value, NULL, 0));
    else
        add_text(at, hf, node->value);
}

static void show_nodes(const Place *at, const ScepServiceFacts *facts)
{
    const char *before = NULL;
    Place below = *at;

    for (guint i = 0; i < facts->nodes->len; i++) {
        const ScepMdmNode *node = &g_array_index(facts->nodes, ScepMdmNode, i);
        if (before == NULL || g_strcmp0(before, node->uri) != 0)
            below.tree = proto_item_add_subtree(add_text(at, hf_scep_mdm_uri, node->uri), ett_scep_service);
        before = node->uri;
        show_setting(&below, node);
    }
}

static void show_statuses(const Place *at, const ScepServiceCall *call)
{
    for (guint i = 0; call->asked != NULL && i < call->asked->statuses->len; i++) {
        const ScepMdmStatus *status = &g_array_index(call->asked->statuses, ScepMdmStatus, i);
        const char *node = scep_service_get0_mdm_node(call, status);
        if (node == NULL)
            continue;
        proto_item *item = add_number(at, hf_scep_mdm_command_status, status->code);
        proto_item_append_text(item, " to %s of %s", status->name != NULL ? status->name : "a command",
                               scep_show_text(at->pinfo, node));
        if (status->has_result)
            add_result(at, hf_scep_mdm_settings[SCEP_MDM_ERROR_CODE], status->result);
    }
}

static void show_facts(const Place *at, const ScepServiceFacts *facts)
{
    if (facts == NULL)
        return;
    show_verdict(at, facts);
    show_request(at, facts->csr);
    show_nodes(at, facts);
    show_secrets(at, facts->secrets);
    if (facts->problem != NULL)
        proto_tree_add_expert_format(at->tree, at->pinfo, &ei_scep_service_body, at->tvb, at->offset, at->length, "%s",
                                     facts->problem);
}

proto_tree *scep_show_service(packet_info *pinfo, proto_tree *root, const ScepShown *shown)
{
    const ScepServiceCall *call = shown->part->call;
    const HttpPdu *http = &shown->pdu->http;
    const bool is_response = !shown->part->is_request;
    Place at = place_of(pinfo, http);
    proto_item *item = proto_tree_add_protocol_format(root, proto_scep, at.tvb, at.offset, at.length,
                                                      "Simple Certificate Enrollment Protocol, %s",
                                                      scep_show_service_summary(pinfo, call, is_response));

    at.tree = proto_item_add_subtree(item, ett_scep);
    show_stage(&at, call, is_response);
    scep_show_findings(pinfo, at.tree, at.tvb, scep_service_call_get0_findings(capture_diagnosis(), call, is_response));
    add_text(&at, hf_scep_service_name, call->service->name);
    if (!is_response) {
        add_text(&at, hf_scep_service_words, call->service->words);
        add_text(&at, hf_scep_host, call->host);
    }
    if (http->head != NULL) {
        add_text(&at, hf_scep_service_client_request_id, http->head->client_request_id);
        if (!is_response)
            add_text(&at, hf_scep_user_agent, http->head->user_agent);
        add_text(&at, hf_scep_content_type, http->head->content_type);
    }
    if (call->asked != NULL)
        add_text(&at, hf_scep_transaction_id, call->asked->text[SCEP_FACT_TRANSACTION_ID]);
    show_connections(&at, call, is_response);
    show_facts(&at, is_response ? call->answered : call->asked);
    if (!is_response)
        show_statuses(&at, call);
    return at.tree;
}
