/* packet-wcce-unread-show.c
 * What was kept of a frame's calls to a CA that nobody could read, and of the steps in front of a call.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce-show.h"

#include "packet-wcce-fields.h"
#include "packet-wcce-pdu.h"
#include "packet-wcce-state.h"
#include "scep/catalogue.h"
#include "show.h"

static tvbuff_t *source_tvb(packet_info *pinfo, unsigned number)
{
    const struct data_source *source = g_slist_nth_data(pinfo->data_src, number);

    return source != NULL ? get_data_source_tvb(source) : NULL;
}

#define KERBEROS "a keytab with the key of the CA's account (preferences of KRB5: kerberos.file, kerberos.decrypt)"
#define NTLM                                                                                                   \
    "the password of the calling account (preferences of NTLMSSP: ntlmssp.nt_password), or its NT hash as an " \
    "RC4 key in a keytab (preferences of KRB5)"

static const char *remedy(uint8_t auth_type)
{
    static const struct {
        uint8_t type;
        const char *text;
    } rows[] = {
        { 9,
          "SPNEGO. For Kerberos: " KERBEROS ". For NTLM: " NTLM "; of NTLM inside SPNEGO Wireshark deciphers only the "
          "first call each way" },
        { 10, "NTLM: " NTLM "; the capture must hold the logon at the start of the connection" },
        { 16, "Kerberos: " KERBEROS },
    };

    for (unsigned i = 0; i < array_length(rows); i++) {
        if (rows[i].type == auth_type)
            return rows[i].text;
    }
    return "Wireshark has no way to decrypt this kind of security";
}

/* An issued certificate makes an answer long, and nothing else does: MS-WCCE 3.2.1.4.2.1. */
static const char *guess(const WcceUnreadPdu *pdu)
{
    const ScepWcceMethod *method = scep_wcce_method(pdu->call->interface, pdu->call->opnum);

    if (!pdu->is_response || method == NULL || method->outputs[1] != SCEP_WCCE_DISPOSITION ||
        !(pdu->flags & WCCE_PDU_LAST))
        return "";
    if (!(pdu->flags & WCCE_PDU_FIRST) || pdu->stub_size > 1000)
        return " (the size of an issued certificate)";
    return pdu->stub_size < 400 ? " (the size of a refusal or of a request that waits)" : "";
}

static const char *method_name(packet_info *pinfo, const WcceUnreadCall *call)
{
    const ScepWcceMethod *method = scep_wcce_method(call->interface, call->opnum);

    return method != NULL ? method->name : wmem_strdup_printf(pinfo->pool, "operation %u", call->opnum);
}

static const char *summary_of(packet_info *pinfo, const WcceUnreadPdu *pdu)
{
    const bool whole = (pdu->flags & (WCCE_PDU_FIRST | WCCE_PDU_LAST)) == (WCCE_PDU_FIRST | WCCE_PDU_LAST);

    if (pdu->is_fault) {
        const char *status = scep_show_take(pinfo, scep_wcce_new_result_text(pdu->status));
        return wmem_strdup_printf(pinfo->pool, "WCCE %s -> fault %s", method_name(pinfo, pdu->call), status);
    }
    return wmem_strdup_printf(pinfo->pool, "WCCE %s %s, %s: %u bytes%s%s", method_name(pinfo, pdu->call),
                              pdu->is_response ? "answer" : "request",
                              !pdu->is_clear             ? "sealed"
                              : pdu->there < pdu->length ? "cut short"
                                                         : "unknown to the interface",
                              pdu->stub_size, whole ? "" : ", fragment", guess(pdu));
}

static void show_connections(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const WcceUnreadPdu *pdu)
{
    nstime_t elapsed;

    if (!pdu->is_response) {
        if (pdu->call->response_frame != 0)
            proto_item_set_generated(
                proto_tree_add_uint(tree, hf_wcce_response_in, tvb, 0, 0, pdu->call->response_frame));
        return;
    }
    proto_item_set_generated(proto_tree_add_uint(tree, hf_wcce_request_in, tvb, 0, 0, pdu->call->request_frame));
    nstime_delta(&elapsed, &pinfo->abs_ts, &pdu->call->request_time);
    proto_item_set_generated(proto_tree_add_time(tree, hf_wcce_time, tvb, 0, 0, &elapsed));
}

static void show_sealed(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const WcceUnreadPdu *pdu, int offset,
                        int length)
{
    proto_item *item = proto_tree_add_boolean(tree, hf_wcce_sealed, tvb, offset, length, 1);

    proto_item_set_generated(item);
    expert_add_info(pinfo, item, &ei_wcce_sealed);
    proto_item_set_generated(proto_tree_add_uint(tree, hf_wcce_stub_size, tvb, offset, length, pdu->stub_size));
    proto_item_set_generated(proto_tree_add_string(tree, hf_wcce_remedy, tvb, 0, 0, remedy(pdu->auth_type)));
}

static void show_fault(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const WcceUnreadPdu *pdu, int offset,
                       int length)
{
    const ScepResultCode *code = scep_result_code_find(pdu->status);
    proto_item *item = proto_tree_add_uint(tree, hf_wcce_fault, tvb, offset, length, pdu->status);

    if (code != NULL)
        expert_add_info_format(pinfo, item, &ei_wcce_refused, "%s: %s. %s", code->symbol, code->meaning, code->check);
    else
        expert_add_info(pinfo, item, &ei_wcce_refused);
}

/* What the capture has of a call in clear. Where it is one of several pieces, nobody knows what is missing. */
static void show_truncated(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const WcceUnreadPdu *pdu, int offset,
                           int length)
{
    const ScepWcceMethod *method = scep_wcce_method(pdu->call->interface, pdu->call->opnum);
    const int header = (int)(pdu->length - pdu->stub_size), stub_length = length - header;
    WccePdu head;

    proto_item_set_generated(proto_tree_add_uint(tree, hf_wcce_stub_size, tvb, offset, length, pdu->stub_size));
    if (method == NULL || stub_length <= 0 || (pdu->flags & WCCE_PDU_WHOLE) != WCCE_PDU_WHOLE ||
        !wcce_pdu_read(tvb_get_ptr(tvb, offset, length), (unsigned)length, true, &head))
        return;
    const int start = (int)wcce_pdu_stub(&head);
    tvbuff_t *stub = tvb_new_subset_length_caplen(tvb, offset + start, length - start, (int)pdu->stub_size);
    const ScepWcceCall *call =
        wcce_read_call(pinfo, method, pdu->is_response, stub,
                       (head.big_endian ? SCEP_NDR_BIG_ENDIAN : 0) | (pdu->call->bound->is_ndr64 ? SCEP_NDR_64 : 0));
    wcce_show_call(pinfo, tree, stub, call, NULL);
}

static void show_pdu(packet_info *pinfo, proto_tree *root, const WcceUnreadPdu *pdu)
{
    tvbuff_t *tvb = source_tvb(pinfo, pdu->source);
    const bool there = tvb != NULL && tvb_captured_length(tvb) >= pdu->offset + pdu->there;
    const int offset = there ? (int)pdu->offset : 0, length = there ? (int)pdu->there : 0;

    if (!there)
        tvb = source_tvb(pinfo, 0);
    proto_item *item = proto_tree_add_item(root, proto_wcce, tvb, offset, length, ENC_NA);
    proto_tree *tree = proto_item_add_subtree(item, ett_wcce);
    proto_item_append_text(item, ": %s", summary_of(pinfo, pdu) + 5);
    proto_item_set_generated(
        proto_tree_add_string(tree, hf_wcce_method, tvb, offset, 0,
                              wmem_strdup_printf(pinfo->pool, "%s::%s", scep_wcce_interface_name(pdu->call->interface),
                                                 method_name(pinfo, pdu->call))));
    if (pdu->is_fault)
        show_fault(pinfo, tree, tvb, pdu, offset, length);
    else if (pdu->is_clear)
        show_truncated(pinfo, tree, tvb, pdu, offset, length);
    else
        show_sealed(pinfo, tree, tvb, pdu, offset, length);
    show_connections(pinfo, tree, tvb, pdu);
    if (pdu->is_fault || pdu->flags & WCCE_PDU_LAST) /* what is booked with the last piece is shown there */
        scep_show_ca_call(pinfo, tree, tvb, pdu->call->ca_call, pdu->is_response);
}

void wcce_show_unread(packet_info *pinfo, proto_tree *root)
{
    wmem_array_t *all = wcce_state_unread(pinfo);

    for (unsigned i = 0; all != NULL && i < wmem_array_get_count(all); i++) {
        const WcceUnreadPdu *pdu = wmem_array_index(all, i);
        if (i == 0) {
            col_set_str(pinfo->cinfo, COL_PROTOCOL, scep_wcce_interface_name(pdu->call->interface));
            col_clear(pinfo->cinfo, COL_INFO);
        }
        col_append_sep_str(pinfo->cinfo, COL_INFO, "; ", summary_of(pinfo, pdu));
        if (root != NULL)
            show_pdu(pinfo, root, pdu);
    }
}

void wcce_show_steps(packet_info *pinfo, proto_tree *root)
{
    wmem_array_t *all = wcce_state_steps(pinfo);

    for (unsigned i = 0; all != NULL && i < wmem_array_get_count(all); i++) {
        const WcceStep *step = wmem_array_index(all, i);
        tvbuff_t *tvb = source_tvb(pinfo, step->source);
        const bool there = tvb != NULL && tvb_captured_length(tvb) >= step->offset + step->length;
        if (tvb == NULL)
            continue;
        /* No item of the protocol: the filter "wcce" is for calls. */
        proto_tree *tree =
            proto_tree_add_subtree_format(root, tvb, there ? (int)step->offset : 0, there ? (int)step->length : 0,
                                          ett_wcce, NULL, "Way to the CA: %s, %s%s", scep_ca_call_step(step->call),
                                          step->call->method->words, step->is_response ? ": answer" : "");
        scep_show_ca_call(pinfo, tree, tvb, step->call, step->is_response);
    }
}
