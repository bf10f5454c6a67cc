/* packet-wcce-unread.c
 * Calls to a CA whose dissector is not called: encrypted ones that Wireshark could not decrypt, those that the capture
 * cut short, operations that the interface does not have, and calls that end with a fault.
 *
 * The headers of their PDUs are in clear (C706 12.6.4): which interface was bound, which operation is called, how large
 * it is, by what it is protected, and the status of a fault. The first pass reads them from the frame's data sources
 * and keeps a record, from which every pass shows the same. Other traffic costs a look at the list of layers, and other
 * DCE/RPC a search for a bind at the start of each source.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <epan/conversation.h>
#include <epan/dissectors/packet-dcerpc.h>
#include <epan/exceptions.h>
#include <epan/proto_data.h>
#include <string.h>

#include "packet-wcce-fields.h"
#include "packet-wcce-pdu.h"
#include "packet-wcce.h"
#include "protocols.h"
#include "frame_state.h"
#include "show.h"

enum { KEY_RECORD = 1, KEY_OPENED = 2 };

enum {
    BIND_SEARCH = 320, /* bytes of a source in which a bind begins: behind SMB2 */
    MAX_SOURCES = 16,
    MAX_UNREAD = 64 /* PDUs of one frame */
};

/* A presentation context. File scope. */
typedef struct {
    uint64_t salt; /* the pipe, where several share a connection */
    uint16_t context;
    ScepWcceInterface interface;
    uint8_t auth_level; /* 0 without security */
    uint8_t auth_type;
    bool is_ndr64;
} Bound;

/* One call, shared by the frames of request and answer. File scope. */
typedef struct {
    ScepWcceInterface interface;
    uint16_t opnum;
    const Bound *bound;
    uint32_t request_frame;
    uint32_t response_frame;
    nstime_t request_time;
    ScepCaCall *ca_call; /* owned by the tracker; NULL where nothing was booked */
} UnreadCall;

/* One PDU of a frame's record. File scope. */
typedef struct {
    UnreadCall *call;
    unsigned source;
    unsigned offset;
    unsigned length;
    unsigned stub_size;
    unsigned there; /* bytes of length that the capture has */
    uint8_t flags;
    uint8_t auth_type;
    bool is_response;
    bool is_fault;
    bool is_clear;   /* not sealed: cut short, or an operation that is not known */
    uint32_t status; /* of a fault */
} UnreadPdu;

/* Of one conversation in which one of the interfaces was bound. File scope. */
typedef struct {
    wmem_array_t *bound; /* of Bound *, the latest last */
    wmem_map_t *calls;   /* uint64_t: salt and call id -> UnreadCall */
} Connection;

static int proto_dcerpc = -1;
static protocol_t *wcce_protocol;
static bool any_bound;

void wcce_unread_handoff(void)
{
    proto_dcerpc = protocol_id("dcerpc");
    wcce_protocol = find_protocol_by_id(proto_wcce);
    wcce_chain_handoff();
}

void wcce_unread_open(void)
{
    any_bound = false;
    wcce_chain_open();
}

bool wcce_frame_is_decrypted(packet_info *pinfo)
{
    return ws_has_data_source(pinfo, "Decrypted stub data");
}

/* ---- what the first pass learns
 * -------------------------------------------------------------------------------------- */

static Connection *connection_of(packet_info *pinfo, bool create)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    Connection *connection;

    if (conversation == NULL)
        return NULL;
    connection = conversation_get_proto_data(conversation, proto_wcce);
    if (connection == NULL && create) {
        connection = wmem_new(wmem_file_scope(), Connection);
        connection->bound = wmem_array_new(wmem_file_scope(), sizeof(Bound *));
        connection->calls = wmem_map_new(wmem_file_scope(), wmem_int64_hash, g_int64_equal);
        conversation_add_proto_data(conversation, proto_wcce, connection);
    }
    return connection;
}

static void learn_context(packet_info *pinfo, const WccePdu *pdu, const WcceContextElement *element)
{
    for (unsigned i = 0; i < SCEP_WCCE_INTERFACE_COUNT; i++) {
        Connection *connection;
        if (guid_cmp(&element->interface, wcce_interface_uuid((ScepWcceInterface)i)) != 0 ||
            (connection = connection_of(pinfo, true)) == NULL)
            continue;
        Bound *bound = wmem_new0(wmem_file_scope(), Bound);
        bound->salt = dcerpc_get_transport_salt(pinfo);
        bound->context = element->id;
        bound->interface = (ScepWcceInterface)i;
        bound->is_ndr64 = element->is_ndr64;
        wcce_pdu_security(pdu, &bound->auth_type, &bound->auth_level, NULL);
        wmem_array_append_one(connection->bound, bound);
        any_bound = true;
    }
}

static void learn_bind(packet_info *pinfo, const WccePdu *pdu)
{
    WcceContextElement element;

    for (unsigned at = 0; wcce_pdu_next_context(pdu, &at, &element);)
        learn_context(pinfo, pdu, &element);
}

/* The last bind counts: a context may be given anew. */
static const Bound *bound_of(const Connection *connection, uint64_t salt, uint16_t context)
{
    for (unsigned i = wmem_array_get_count(connection->bound); i > 0; i--) {
        const Bound *bound = *(Bound **)wmem_array_index(connection->bound, i - 1);
        if (bound->salt == salt && bound->context == context)
            return bound;
    }
    return NULL;
}

static UnreadCall *begin_call(packet_info *pinfo, Connection *connection, const Bound *bound, const WccePdu *pdu,
                              uint64_t key)
{
    uint64_t *kept = wmem_new(wmem_file_scope(), uint64_t);
    UnreadCall *call = wmem_new0(wmem_file_scope(), UnreadCall);

    *kept = key;
    call->interface = bound->interface;
    call->bound = bound;
    call->opnum = wcce_pdu_get16(pdu, 22);
    call->request_frame = pinfo->num;
    call->request_time = pinfo->abs_ts;
    wmem_map_insert(connection->calls, kept, call);
    return call;
}

static UnreadCall *call_of(packet_info *pinfo, Connection *connection, const WccePdu *pdu)
{
    const uint64_t salt = dcerpc_get_transport_salt(pinfo);
    const uint64_t key = salt << 32 ^ pdu->call_id;
    const Bound *bound = bound_of(connection, salt, wcce_pdu_get16(pdu, 20));
    UnreadCall *call;

    if (bound == NULL)
        return NULL;
    if (pdu->type == PDU_REQ && (pdu->flags & WCCE_PDU_FIRST))
        return begin_call(pinfo, connection, bound, pdu, key);
    call = wmem_map_lookup(connection->calls, &key);
    /* Of fragments the last one counts, as where Wireshark can read them. */
    if (call != NULL)
        *(pdu->type == PDU_REQ ? &call->request_frame : &call->response_frame) = pinfo->num;
    return call;
}

/* A call whose dissector was called in this frame. Packet scope. */
typedef struct {
    uint32_t call_id;
    bool is_response;
    ScepCaCall *ca_call;
} Opened;

/* @return NULL for one that was not opened */
static const Opened *opened_call(packet_info *pinfo, uint32_t call_id, bool is_response)
{
    wmem_array_t *opened = p_get_proto_data(pinfo->pool, pinfo, proto_wcce, KEY_OPENED);

    /* The latest note knows most. */
    for (unsigned i = opened != NULL ? wmem_array_get_count(opened) : 0; i > 0; i--) {
        const Opened *one = wmem_array_index(opened, i - 1);
        if (one->call_id == call_id && one->is_response == is_response)
            return one;
    }
    return NULL;
}

void wcce_note_opened(packet_info *pinfo, uint32_t call_id, bool is_response, ScepCaCall *ca_call)
{
    const Opened one = { call_id, is_response, ca_call };
    wmem_array_t *opened = p_get_proto_data(pinfo->pool, pinfo, proto_wcce, KEY_OPENED);

    if (opened == NULL) {
        opened = wmem_array_new(pinfo->pool, sizeof one);
        p_add_proto_data(pinfo->pool, pinfo, proto_wcce, KEY_OPENED, opened);
    }
    wmem_array_append_one(opened, one);
}

/* The same bytes in another data source: as the frame has them, and as Wireshark put them together. */
static bool is_known(wmem_array_t *all, const UnreadPdu *pdu)
{
    for (unsigned i = 0; i < wmem_array_get_count(all); i++) {
        const UnreadPdu *other = wmem_array_index(all, i);
        if (other->call == pdu->call && other->is_response == pdu->is_response && other->flags == pdu->flags &&
            other->source != pdu->source)
            return true;
    }
    return false;
}

/* @return whether the PDU is one that nobody else shows */
static bool read_unread(packet_info *pinfo, const WccePdu *pdu, UnreadPdu *unread)
{
    const bool is_response = pdu->type != PDU_REQ;
    uint8_t level = unread->call->bound->auth_level;

    unread->length = pdu->length;
    unread->there = pdu->there;
    unread->flags = pdu->flags;
    unread->is_response = is_response;
    unread->is_fault = pdu->type == PDU_FAULT;
    if (unread->is_fault) {
        unread->status = pdu->there >= WCCE_PDU_HEADER + 4 ? wcce_pdu_get32(pdu, WCCE_PDU_HEADER) : 0;
        return true;
    }
    const Opened *opened = opened_call(pinfo, pdu->call_id, is_response);
    if (opened != NULL && opened->ca_call != NULL)
        unread->call->ca_call = opened->ca_call;
    if (opened != NULL || wcce_frame_is_decrypted(pinfo))
        return false;
    /* The verifier stands at the end: where that is cut off, the one of the bind tells. */
    unread->auth_type = unread->call->bound->auth_type;
    wcce_pdu_security(pdu, &unread->auth_type, &level, &unread->stub_size);
    unread->is_clear = level != WCCE_LEVEL_PRIVACY;
    return !unread->is_clear || pdu->there < pdu->length ||
           scep_wcce_method(unread->call->interface, unread->call->opnum) == NULL;
}

static wmem_array_t *state_of(packet_info *pinfo)
{
    return p_get_proto_data(wmem_file_scope(), pinfo, proto_wcce, KEY_RECORD);
}

/* For the enrollment that the call belongs to: sealed calls by their last piece, and faults. */
static void book(packet_info *pinfo, const UnreadPdu *unread)
{
    UnreadCall *call = unread->call;
    const ScepPlace place = frame_state_place(pinfo, !unread->is_response);
    const ScepCaMessage message = {
        .method = scep_wcce_method(call->interface, call->opnum),
        .is_sealed = !unread->is_clear && !unread->is_fault,
        .is_fault = unread->is_fault,
        .fault = unread->status,
        .auth_level = call->bound->auth_level,
    };

    if (message.method == NULL || frame_state_tracker() == NULL || !(unread->is_fault || unread->flags & WCCE_PDU_LAST))
        return;
    if (unread->is_response)
        call->ca_call = scep_tracker_ca_answer(frame_state_tracker(), call->ca_call, &place, &message);
    else
        call->ca_call = scep_tracker_ca_request(frame_state_tracker(), &place, &message);
}

static void keep(packet_info *pinfo, const UnreadPdu *unread)
{
    wmem_array_t *all = state_of(pinfo);

    if (all != NULL && is_known(all, unread))
        return;
    book(pinfo, unread);

    if (all == NULL) {
        all = wmem_array_new(wmem_file_scope(), sizeof(UnreadPdu));
        p_add_proto_data(wmem_file_scope(), pinfo, proto_wcce, KEY_RECORD, all);
    }
    if (wmem_array_get_count(all) < MAX_UNREAD)
        wmem_array_append_one(all, *unread);
}

static void learn_source(packet_info *pinfo, tvbuff_t *tvb, unsigned number, unsigned offset)
{
    const unsigned size = tvb_captured_length(tvb);
    const uint8_t *bytes = size > 0 ? tvb_get_ptr(tvb, 0, (int)size) : NULL;
    const bool is_truncated = tvb_reported_length(tvb) > size;
    WccePdu pdu;

    while (bytes != NULL && wcce_pdu_find(bytes, size, any_bound ? size : BIND_SEARCH, is_truncated, &offset, &pdu)) {
        wcce_chain_learn(pinfo, &pdu, number, offset);
        if (pdu.type == PDU_BIND || pdu.type == PDU_ALTER) {
            learn_bind(pinfo, &pdu);
        } else if (any_bound && (pdu.type == PDU_REQ || pdu.type == PDU_RESP || pdu.type == PDU_FAULT)) {
            Connection *connection = connection_of(pinfo, false);
            UnreadPdu unread = { .source = number, .offset = offset };
            if (connection == NULL)
                return;
            unread.call = call_of(pinfo, connection, &pdu);
            if (unread.call != NULL && read_unread(pinfo, &pdu, &unread))
                keep(pinfo, &unread);
        }
        offset += pdu.there;
    }
}

static tvbuff_t *source_tvb(packet_info *pinfo, unsigned number)
{
    const struct data_source *source = g_slist_nth_data(pinfo->data_src, number);

    return source != NULL ? get_data_source_tvb(source) : NULL;
}

static void learn(packet_info *pinfo, const Segment *segment)
{
    unsigned number = 0;

    /* The first source is the frame itself. */
    for (const GSList *node = pinfo->data_src; node != NULL && number < MAX_SOURCES; node = node->next, number++)
        learn_source(pinfo, get_data_source_tvb(node->data), number, number == 0 ? segment->payload : 0);
}

/* ---- what every pass shows ------------------------------------------------------------------------------------------
 */

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
static const char *guess(const UnreadPdu *pdu)
{
    const ScepWcceMethod *method = scep_wcce_method(pdu->call->interface, pdu->call->opnum);

    if (!pdu->is_response || method == NULL || method->outputs[1] != SCEP_WCCE_DISPOSITION ||
        !(pdu->flags & WCCE_PDU_LAST))
        return "";
    if (!(pdu->flags & WCCE_PDU_FIRST) || pdu->stub_size > 1000)
        return " (the size of an issued certificate)";
    return pdu->stub_size < 400 ? " (the size of a refusal or of a request that waits)" : "";
}

static const char *method_name(packet_info *pinfo, const UnreadCall *call)
{
    const ScepWcceMethod *method = scep_wcce_method(call->interface, call->opnum);

    return method != NULL ? method->name : wmem_strdup_printf(pinfo->pool, "operation %u", call->opnum);
}

static const char *summary_of(packet_info *pinfo, const UnreadPdu *pdu)
{
    const bool whole = (pdu->flags & (WCCE_PDU_FIRST | WCCE_PDU_LAST)) == (WCCE_PDU_FIRST | WCCE_PDU_LAST);

    if (pdu->is_fault) {
        char *status = scep_wcce_result_text(pdu->status);
        const char *line =
            wmem_strdup_printf(pinfo->pool, "WCCE %s -> fault %s", method_name(pinfo, pdu->call), status);
        g_free(status);
        return line;
    }
    return wmem_strdup_printf(pinfo->pool, "WCCE %s %s, %s: %u bytes%s%s", method_name(pinfo, pdu->call),
                              pdu->is_response ? "answer" : "request",
                              !pdu->is_clear             ? "sealed"
                              : pdu->there < pdu->length ? "cut short"
                                                         : "unknown to the interface",
                              pdu->stub_size, whole ? "" : ", fragment", guess(pdu));
}

static void show_connections(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const UnreadPdu *pdu)
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

static void show_sealed(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const UnreadPdu *pdu, int offset,
                        int length)
{
    proto_item *item = proto_tree_add_boolean(tree, hf_wcce_sealed, tvb, offset, length, 1);

    proto_item_set_generated(item);
    expert_add_info(pinfo, item, &ei_wcce_sealed);
    proto_item_set_generated(proto_tree_add_uint(tree, hf_wcce_stub_size, tvb, offset, length, pdu->stub_size));
    proto_item_set_generated(proto_tree_add_string(tree, hf_wcce_remedy, tvb, 0, 0, remedy(pdu->auth_type)));
}

static void show_fault(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const UnreadPdu *pdu, int offset,
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
static void show_truncated(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const UnreadPdu *pdu, int offset,
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
    ScepWcceCall *volatile call = scep_wcce_call_new(
        method, pdu->is_response, tvb_get_ptr(stub, 0, length - start), (size_t)(length - start), pdu->stub_size,
        (head.big_endian ? SCEP_NDR_BIG_ENDIAN : 0) | (pdu->call->bound->is_ndr64 ? SCEP_NDR_64 : 0));
    TRY
    {
        wcce_show_call(pinfo, tree, stub, call, NULL);
    }
    FINALLY
    {
        scep_wcce_call_free(call);
    }
    ENDTRY;
}

static void show_pdu(packet_info *pinfo, proto_tree *root, const UnreadPdu *pdu)
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

/* Apart, so that the way out for all other frames saves no registers. */
__attribute__((noinline)) static void show_frame(packet_info *pinfo, proto_tree *tree, const Segment *segment)
{
    if (!PINFO_FD_VISITED(pinfo))
        learn(pinfo, segment);
    if (tree != NULL)
        wcce_chain_show(pinfo, tree);
    wmem_array_t *all = any_bound ? state_of(pinfo) : NULL;
    for (unsigned i = 0; all != NULL && i < wmem_array_get_count(all); i++) {
        const UnreadPdu *pdu = wmem_array_index(all, i);
        if (i == 0) {
            col_set_str(pinfo->cinfo, COL_PROTOCOL, scep_wcce_interface_name(pdu->call->interface));
            col_clear(pinfo->cinfo, COL_INFO);
        }
        col_append_sep_str(pinfo->cinfo, COL_INFO, "; ", summary_of(pinfo, pdu));
        if (tree != NULL)
            show_pdu(pinfo, tree, pdu);
    }
}

/* A segment without DCE/RPC, in a capture with a CA: it may open the connection. */
__attribute__((noinline)) static void show_segment(packet_info *pinfo, proto_tree *tree, const Segment *segment)
{
    if (!PINFO_FD_VISITED(pinfo))
        wcce_connect_learn(pinfo, segment);
    if (tree != NULL)
        wcce_chain_show(pinfo, tree);
}

/* While no CA is known, only a bind, or a call to an endpoint mapper, can tell of one: other PDUs that fill their
 * segment are left. */
static bool tells_of_no_ca(const packet_info *pinfo, const Segment *segment, const uint8_t *pdu)
{
    const unsigned length = pdu[4] & 0x10 ? pdu[8] | (unsigned)pdu[9] << 8 : (unsigned)pdu[8] << 8 | pdu[9];

    return !any_bound && !wcce_chain_any_step && length >= segment->size && pdu[2] != PDU_BIND && pdu[2] != PDU_ALTER &&
           (pdu[2] != PDU_REQ || pinfo->destport != SCEP_CA_MAPPER_PORT || !wcce_chain_has_opnum(pdu, segment->size));
}

/* A PDU begins with its version, 5.0; over SMB (whose names for itself begin with 0xfc to 0xff) or in pieces, it stands
 * somewhere else. */
static bool may_be_dcerpc(const packet_info *pinfo, const Segment *segment)
{
    const uint8_t *payload = segment->frame + segment->payload;

    if (segment->payload == 0 || (pinfo->data_src != NULL && pinfo->data_src->next != NULL))
        return true;
    if (segment->size < WCCE_PDU_MIN)
        return false;
    if (payload[0] == 5)
        return !tells_of_no_ca(pinfo, segment, payload);
    return payload[0] == 0 && payload[4] >= 0xfc;
}

/* On every frame, so what is no DCE/RPC leaves before anything else is done. */
void wcce_dissect_unread(packet_info *pinfo, proto_tree *tree, const Segment *segment)
{
    if (may_be_dcerpc(pinfo, segment) && wmem_list_find(pinfo->layers, GINT_TO_POINTER(proto_dcerpc)) != NULL) {
        if (proto_is_protocol_enabled(wcce_protocol))
            show_frame(pinfo, tree, segment);
    } else if (wcce_ports_named && proto_is_protocol_enabled(wcce_protocol)) {
        show_segment(pinfo, tree, segment);
    }
}
