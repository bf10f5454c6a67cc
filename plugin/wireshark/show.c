/* show.c
 * One SCEP message in columns and the protocol tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show.h"
#include "capture_file.h"

#include <string.h>

#include "experts.h"
#include "fields.h"
#include "scep/catalogue.h"
#include "show_items.h"

static const char *operation_text(packet_info *pinfo, const ScepShown *shown)
{
    const char *name = scep_operation_name((ScepOperation)shown->part->exchange->operation);

    if (name != NULL)
        return name;
    if (!shown->part->is_request || shown->pdu->query.operation_value.length == 0)
        return NULL;
    const char *target = shown->pdu->http.head->target;
    const char *sent =
        scep_show_take(pinfo, scep_query_new_text((const uint8_t *)target, shown->pdu->query.operation_value));
    return scep_show_text(pinfo, sent);
}

/* A code point by its name, or as it was sent; nothing where it was left out. */
static void append_code(packet_info *pinfo, wmem_strbuf_t *line, ScepAttributeId id, const char *name,
                        const char *other)
{
    if (name != NULL) {
        wmem_strbuf_append_printf(line, " %s", name);
    } else if (other != NULL) {
        const char *text = scep_show_take(pinfo, scep_code_new_other_text(id, other, id == SCEP_ATTR_MESSAGE_TYPE));
        wmem_strbuf_append_printf(line, " %s", scep_show_text(pinfo, text));
    }
}

static void append_failure(packet_info *pinfo, wmem_strbuf_t *line, const ScepExchange *exchange)
{
    append_code(pinfo, line, SCEP_ATTR_FAIL_INFO, scep_fail_info_name(exchange->fail_info), exchange->fail_info_other);
    if (exchange->has_ndes_error) {
        ScepResultCodeText room;
        const ScepResultCode *code = scep_result_code_explain(exchange->ndes_error, &room);
        wmem_strbuf_append_printf(line, " (0x%08x%s%s)", exchange->ndes_error, code ? " " : "",
                                  code ? code->meaning : "");
    }
    if (exchange->fail_info_text != NULL)
        wmem_strbuf_append_printf(line, ": \"%s\"", scep_show_text(pinfo, exchange->fail_info_text));
}

static void append_request(packet_info *pinfo, wmem_strbuf_t *line, const ScepShown *shown)
{
    const ScepExchange *exchange = shown->part->exchange;
    const char *operation = operation_text(pinfo, shown);

    if (operation == NULL)
        operation = exchange->path_kind == SCEP_PATH_NDES_ADMIN ? "NDES challenge page" : "request without operation";
    wmem_strbuf_append_printf(line, "%s", operation);
    if (exchange->operation == SCEP_OP_UNKNOWN)
        wmem_strbuf_append(line, " (unknown operation)");
    append_code(pinfo, line, SCEP_ATTR_MESSAGE_TYPE, scep_message_type_name(exchange->message_type),
                exchange->message_type_other);
    if (exchange->transaction_id != NULL)
        wmem_strbuf_append_printf(line, ", transaction %s", scep_show_text(pinfo, exchange->transaction_id));
}

static void append_answer(packet_info *pinfo, wmem_strbuf_t *line, const ScepShown *shown)
{
    const ScepExchange *exchange = shown->part->exchange;
    const char *operation = operation_text(pinfo, shown);

    if (exchange->pki_status >= 0 || exchange->pki_status_other != NULL) {
        wmem_strbuf_append(line, "CertRep");
        append_code(pinfo, line, SCEP_ATTR_PKI_STATUS, scep_pki_status_name(exchange->pki_status),
                    exchange->pki_status_other);
        if (exchange->brings_nothing)
            wmem_strbuf_append(line, " without a certificate");
        append_failure(pinfo, line, exchange);
        return;
    }
    if (exchange->response_is_message && exchange->operation == SCEP_OP_PKIOPERATION) {
        wmem_strbuf_append(line, "CertRep without status");
        return;
    }
    wmem_strbuf_append_printf(line, "%s answer", operation ? operation : "SCEP");
    if (exchange->status != 0 && exchange->status != 200)
        wmem_strbuf_append_printf(line, ": HTTP %u", exchange->status);
    else if (shown->pdu->http.body_length == 0)
        wmem_strbuf_append(line, ": empty");
    else if (exchange->operation == SCEP_OP_PKIOPERATION)
        wmem_strbuf_append(line, ": not a CertRep");
}

const char *scep_show_summary(packet_info *pinfo, const ScepShown *shown)
{
    wmem_strbuf_t *line = wmem_strbuf_new(pinfo->pool, "");

    if (shown->part->call != NULL)
        return scep_show_service_summary(pinfo, shown->part->call, !shown->part->is_request);
    if (shown->part->is_request)
        append_request(pinfo, line, shown);
    else
        append_answer(pinfo, line, shown);
    if (shown->part->exchange->enrollment != NULL)
        wmem_strbuf_append_printf(line, " [enrollment %u]", shown->part->exchange->enrollment->number);
    return wmem_strbuf_get_str(line);
}

static void add_generated_string(proto_tree *tree, packet_info *pinfo, int hf, tvbuff_t *tvb, const char *text)
{
    if (text != NULL)
        proto_item_set_generated(proto_tree_add_string(tree, hf, tvb, 0, 0, scep_show_text(pinfo, text)));
}

/* A part of the request target; HTTP/2 targets have no place of their own in the frame. */
static void add_target_part(proto_tree *tree, packet_info *pinfo, int hf, const ScepHttpPdu *pdu, tvbuff_t *tvb,
                            ScepSpan span, const char *text)
{
    const int target = pdu->http.target_offset;

    if (target >= 0 && pdu->http.head_tvb != NULL && span.length > 0)
        proto_tree_add_string(tree, hf, pdu->http.head_tvb, target + (int)span.offset, (int)span.length,
                              scep_show_text(pinfo, text));
    else
        add_generated_string(tree, pinfo, hf, tvb, text);
}

static void show_client(proto_tree *tree, tvbuff_t *tvb, ScepClientGuess guess)
{
    const char *name = scep_client_guess_name(guess);

    if (name == NULL)
        return;
    proto_item *item = proto_tree_add_string(tree, hf_scep_client, tvb, 0, 0, name);
    proto_item_set_generated(item);
    if (scep_client_guess_is_by_message(guess))
        proto_item_append_text(item, " (%s, by its message)",
                               guess.confidence >= SCEP_CONFIDENCE_LIKELY ? "likely" : "possible");
}

static void show_request_line(proto_tree *tree, packet_info *pinfo, const ScepShown *shown, tvbuff_t *tvb)
{
    const ScepHttpPdu *pdu = shown->pdu;
    const HttpHead *head = pdu->http.head;
    const char *operation = operation_text(pinfo, shown);

    if (operation != NULL)
        add_target_part(tree, pinfo, hf_scep_operation, pdu, tvb, pdu->query.operation_value, operation);
    if (pdu->query.has_message && pdu->query.operation != SCEP_OP_PKIOPERATION) {
        const char *identifier =
            scep_show_take(pinfo, scep_query_new_text((const uint8_t *)head->target, pdu->query.message_value));
        add_target_part(tree, pinfo, hf_scep_ca_identifier, pdu, tvb, pdu->query.message_value, identifier);
    }
    if (head->target != NULL) {
        const char *path = scep_show_take(pinfo, scep_query_new_text((const uint8_t *)head->target, pdu->query.path));
        add_target_part(tree, pinfo, hf_scep_url_path, pdu, tvb, pdu->query.path, path);
    }
    add_generated_string(tree, pinfo, hf_scep_host, tvb, head->host);
    add_generated_string(tree, pinfo, hf_scep_user_agent, tvb, head->user_agent);
    show_client(tree, tvb, shown->part->exchange->client_guess);
}

static void show_connections(proto_tree *tree, const ScepShown *shown, tvbuff_t *tvb)
{
    const ScepExchange *exchange = shown->part->exchange;

    if (shown->part->is_request) {
        if (exchange->response_frame != 0)
            proto_item_set_generated(
                proto_tree_add_uint(tree, hf_scep_response_in, tvb, 0, 0, exchange->response_frame));
        return;
    }
    if (exchange->request_frame == 0)
        return;
    proto_item_set_generated(proto_tree_add_uint(tree, hf_scep_request_in, tvb, 0, 0, exchange->request_frame));
    const int64_t elapsed = exchange->response_time - exchange->request_time;
    nstime_t moment = { (time_t)(elapsed / 1000000000), (int)(elapsed % 1000000000) };
    proto_item_set_generated(proto_tree_add_time(tree, hf_scep_time, tvb, 0, 0, &moment));
}

static void show_capabilities(proto_tree *tree, packet_info *pinfo, const ScepHttpPdu *pdu)
{
    for (size_t i = 0; pdu->capabilities != NULL && i < pdu->capabilities->count; i++) {
        const ScepCapability *line = &pdu->capabilities->line[i];
        const char *text = wmem_strndup(pinfo->pool, (const char *)pdu->bytes + line->span.offset, line->span.length);
        proto_item *item =
            proto_tree_add_string(tree, hf_scep_capability, pdu->tvb, pdu->offset + (int)line->span.offset,
                                  (int)line->span.length, scep_show_text(pinfo, text));
        if (line->bit == 0)
            proto_item_append_text(item, " (unknown keyword)");
    }
}

/* What the base64 of a GET looked like, in words. */
static void show_base64(proto_tree *tree, packet_info *pinfo, const ScepHttpPdu *pdu)
{
    static const struct {
        unsigned flag;
        const char *text;
    } oddities[] = {
        { SCEP_B64_LINE_BREAKS, "line breaks inside" },
        { SCEP_B64_RAW_PLUS, "'+' not escaped" },
        { SCEP_B64_SPACE_FOR_PLUS, "blank in place of '+'" },
        { SCEP_B64_URL_SAFE, "URL-safe alphabet" },
        { SCEP_B64_NO_PADDING, "no padding" },
        { SCEP_B64_DOUBLE_ESCAPED, "escaped twice" },
        { SCEP_B64_TRUNCATED, "cut off" },
        { SCEP_B64_INVALID, "a character that is not base64" },
    };
    wmem_strbuf_t *text = wmem_strbuf_new(pinfo->pool, "");

    for (unsigned i = 0; i < array_length(oddities); i++) {
        if (pdu->base64_flags & oddities[i].flag)
            wmem_strbuf_append_printf(text, "%s%s", wmem_strbuf_get_len(text) ? ", " : "", oddities[i].text);
    }
    if (wmem_strbuf_get_len(text) > 0)
        expert_add_info_format(pinfo, proto_tree_get_parent(tree), &ei_scep_base64, "Base64 in the URL: %s",
                               wmem_strbuf_get_str(text));
}

static tvbuff_t *any_tvb(packet_info *pinfo, const ScepHttpPdu *pdu)
{
    if (pdu->http.head_tvb != NULL)
        return pdu->http.head_tvb;
    return pdu->tvb != NULL ? pdu->tvb : get_data_source_tvb(pinfo->data_src->data);
}

static proto_tree *add_protocol(proto_tree *root, const ScepHttpPdu *pdu, tvbuff_t *tvb, const char *summary)
{
    int offset = 0, length = 0;

    if (pdu->tvb != NULL) {
        tvb = pdu->tvb;
        offset = pdu->offset;
        length = (int)pdu->size;
    } else if (pdu->http.head_tvb != NULL) {
        offset = pdu->http.head_offset;
        length = pdu->http.head_length;
    }
    proto_item *item = proto_tree_add_protocol_format(root, proto_scep, tvb, offset, length,
                                                      "Simple Certificate Enrollment Protocol, %s", summary);
    return proto_item_add_subtree(item, ett_scep);
}

proto_tree *scep_show_pdu(packet_info *pinfo, proto_tree *root, const ScepShown *shown)
{
    const ScepHttpPdu *pdu = shown->pdu;
    const ScepExchange *exchange = shown->part->exchange;

    if (shown->part->call != NULL)
        return scep_show_service(pinfo, root, shown);
    tvbuff_t *tvb = any_tvb(pinfo, pdu);
    proto_tree *tree = add_protocol(root, pdu, tvb, scep_show_summary(pinfo, shown));

    scep_show_stage(tree, tvb, exchange, !shown->part->is_request);
    scep_show_enrollment(tree, tvb, exchange, !shown->part->is_request);
    scep_show_findings(pinfo, tree, tvb,
                       scep_exchange_get0_findings(capture_diagnosis(), exchange, !shown->part->is_request));
    if (shown->part->is_request && pdu->http.head != NULL)
        show_request_line(tree, pinfo, shown, tvb);
    else
        add_generated_string(tree, pinfo, hf_scep_operation, tvb,
                             scep_operation_name((ScepOperation)exchange->operation));
    if (!shown->part->is_request && exchange->status != 0)
        proto_item_set_generated(proto_tree_add_uint(tree, hf_scep_http_status, tvb, 0, 0, exchange->status));
    if (pdu->http.head != NULL)
        add_generated_string(tree, pinfo, hf_scep_content_type, tvb, pdu->http.head->content_type);
    show_connections(tree, shown, tvb);
    show_base64(tree, pinfo, pdu);
    show_capabilities(tree, pinfo, pdu);
    if (pdu->message != NULL)
        scep_show_message(pinfo, tree, shown);
    scep_show_checks(pinfo, tree, shown);
    scep_show_certificates(pinfo, tree, shown);
    scep_show_next_ca(pinfo, tree, shown->pdu);
    scep_show_inside(pinfo, tree, shown);
    scep_show_builtin_cms(pinfo, tree, pdu);
    return tree;
}
