/* packet-wcce-unread.c
 * Calls to a CA whose dissector is not called: encrypted ones that Wireshark could not decrypt, those that the capture
 * cut short, operations that the interface does not have, and calls that end with a fault.
 *
 * The headers of their PDUs are in clear (C706 12.6.4): which interface was bound, which operation is called, how large
 * it is, by what it is protected, and the status of a fault. The first pass reads them from the frame's data sources
 * and keeps them, so that every pass shows the same (packet-wcce-unread-show.c). Other traffic costs a look at the list
 * of layers, and other DCE/RPC a search for a bind at the start of each source.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce-unread.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-dcerpc.h>

#include "packet-wcce-chain.h"
#include "packet-wcce-connect.h"
#include "packet-wcce-fields.h"
#include "packet-wcce-pdu.h"
#include "packet-wcce-show.h"
#include "packet-wcce-state.h"
#include "protocols.h"

enum {
    BIND_SEARCH = 320, /* bytes of a source in which a bind begins: behind SMB2 */
    MAX_SOURCES = 16
};

/* Of one conversation in which one of the interfaces was bound. File scope. */
typedef struct {
    wmem_array_t *bound; /* of WcceBound *, the latest last */
    wmem_map_t *calls;   /* uint64_t: salt and call id -> WcceUnreadCall */
} Connection;

static int proto_dcerpc = -1;
static protocol_t *wcce_protocol; /* NULL where there is none: another plugin has it */

void wcce_unread_handoff(void)
{
    proto_dcerpc = protocol_id("dcerpc");
    wcce_protocol = find_protocol_by_id(proto_wcce);
}

/* ---- what the first pass learns ---------------------------------------------------------------------------------- */

static Connection *connection_of(packet_info *pinfo, bool create)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    Connection *connection;

    if (conversation == NULL)
        return NULL;
    connection = conversation_get_proto_data(conversation, proto_wcce);
    if (connection == NULL && create) {
        connection = wmem_new(wmem_file_scope(), Connection);
        connection->bound = wmem_array_new(wmem_file_scope(), sizeof(WcceBound *));
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
        WcceBound *bound = wmem_new0(wmem_file_scope(), WcceBound);
        bound->salt = dcerpc_get_transport_salt(pinfo);
        bound->context = element->id;
        bound->interface = (ScepWcceInterface)i;
        bound->is_ndr64 = element->is_ndr64;
        wcce_pdu_security(pdu, &bound->auth_type, &bound->auth_level, NULL);
        wmem_array_append_one(connection->bound, bound);
        capture_file->wcce->any_bound = true;
    }
}

static void learn_bind(packet_info *pinfo, const WccePdu *pdu)
{
    WcceContextElement element;

    for (unsigned at = 0; wcce_pdu_next_context(pdu, &at, &element);)
        learn_context(pinfo, pdu, &element);
}

/* The last bind counts: a context may be given anew. */
static const WcceBound *bound_of(const Connection *connection, uint64_t salt, uint16_t context)
{
    for (unsigned i = wmem_array_get_count(connection->bound); i > 0; i--) {
        const WcceBound *bound = *(WcceBound **)wmem_array_index(connection->bound, i - 1);
        if (bound->salt == salt && bound->context == context)
            return bound;
    }
    return NULL;
}

static WcceUnreadCall *begin_call(packet_info *pinfo, Connection *connection, const WcceBound *bound,
                                  const WccePdu *pdu, uint64_t key)
{
    uint64_t *kept = wmem_new(wmem_file_scope(), uint64_t);
    WcceUnreadCall *call = wmem_new0(wmem_file_scope(), WcceUnreadCall);

    *kept = key;
    call->interface = bound->interface;
    call->bound = bound;
    call->opnum = wcce_pdu_get16(pdu, 22);
    call->request_frame = pinfo->num;
    call->request_time = pinfo->abs_ts;
    wmem_map_insert(connection->calls, kept, call);
    return call;
}

static WcceUnreadCall *call_of(packet_info *pinfo, Connection *connection, const WccePdu *pdu)
{
    const uint64_t salt = dcerpc_get_transport_salt(pinfo);
    const uint64_t key = salt << 32 ^ pdu->call_id;
    const WcceBound *bound = bound_of(connection, salt, wcce_pdu_get16(pdu, 20));
    WcceUnreadCall *call;

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

/* The same bytes in another data source: as the frame has them, and as Wireshark put them together. */
static bool is_known(wmem_array_t *all, const WcceUnreadPdu *pdu)
{
    for (unsigned i = 0; i < wmem_array_get_count(all); i++) {
        const WcceUnreadPdu *other = wmem_array_index(all, i);
        if (other->call == pdu->call && other->is_response == pdu->is_response && other->flags == pdu->flags &&
            other->source != pdu->source)
            return true;
    }
    return false;
}

/* @return whether the PDU is one that nobody else shows */
static bool read_unread(packet_info *pinfo, const WccePdu *pdu, WcceUnreadPdu *unread)
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
    const WcceOpened *opened = wcce_state_opened(pinfo, pdu->call_id, is_response);
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

/* For the enrollment that the call belongs to: sealed calls by their last piece, and faults. */
static void book(packet_info *pinfo, const WcceUnreadPdu *unread)
{
    WcceUnreadCall *call = unread->call;
    const ScepPlace place = capture_place(pinfo, !unread->is_response);
    const ScepCaMessage message = {
        .method = scep_wcce_method(call->interface, call->opnum),
        .is_sealed = !unread->is_clear && !unread->is_fault,
        .is_fault = unread->is_fault,
        .fault = unread->status,
        .auth_level = call->bound->auth_level,
    };

    if (message.method == NULL || capture_tracker() == NULL || !(unread->is_fault || unread->flags & WCCE_PDU_LAST))
        return;
    if (unread->is_response)
        call->ca_call = scep_tracker_ca_answer(capture_tracker(), call->ca_call, &place, &message);
    else
        call->ca_call = scep_tracker_ca_request(capture_tracker(), &place, &message);
}

static void keep(packet_info *pinfo, const WcceUnreadPdu *unread)
{
    wmem_array_t *all = wcce_state_unread(pinfo);

    if (all != NULL && is_known(all, unread))
        return;
    book(pinfo, unread);
    wcce_state_keep_unread(pinfo, unread);
}

static void learn_source(packet_info *pinfo, tvbuff_t *tvb, unsigned number, unsigned offset)
{
    const unsigned size = tvb_captured_length(tvb);
    const uint8_t *bytes = size > 0 ? tvb_get_ptr(tvb, 0, (int)size) : NULL;
    const bool is_truncated = tvb_reported_length(tvb) > size;
    WccePdu pdu;

    while (bytes != NULL && wcce_pdu_find(bytes, size, capture_file->wcce->any_bound ? size : BIND_SEARCH, is_truncated,
                                          &offset, &pdu)) {
        wcce_chain_learn(pinfo, &pdu, number, offset);
        if (pdu.type == PDU_BIND || pdu.type == PDU_ALTER) {
            learn_bind(pinfo, &pdu);
        } else if (capture_file->wcce->any_bound &&
                   (pdu.type == PDU_REQ || pdu.type == PDU_RESP || pdu.type == PDU_FAULT)) {
            Connection *connection = connection_of(pinfo, false);
            WcceUnreadPdu unread = { .source = number, .offset = offset };
            if (connection == NULL)
                return;
            unread.call = call_of(pinfo, connection, &pdu);
            if (unread.call != NULL && read_unread(pinfo, &pdu, &unread))
                keep(pinfo, &unread);
        }
        offset += pdu.there;
    }
}

static void learn(packet_info *pinfo, const Segment *segment)
{
    unsigned number = 0;

    for (const GSList *node = pinfo->data_src; node != NULL && number < MAX_SOURCES; node = node->next, number++)
        learn_source(pinfo, get_data_source_tvb(node->data), number,
                     segment_start(segment, get_data_source_tvb(node->data)));
}

/* ---- the way of a frame ------------------------------------------------------------------------------------------ */

/* Apart, so that the way out for all other frames saves no registers. */
__attribute__((noinline)) static void dissect_frame(packet_info *pinfo, proto_tree *tree, const Segment *segment)
{
    if (!PINFO_FD_VISITED(pinfo))
        learn(pinfo, segment);
    if (tree != NULL)
        wcce_show_steps(pinfo, tree);
    wcce_show_unread(pinfo, tree);
}

/* A segment without DCE/RPC, in a capture with a CA: it may open the connection. */
__attribute__((noinline)) static void dissect_segment(packet_info *pinfo, proto_tree *tree, const Segment *segment)
{
    if (!PINFO_FD_VISITED(pinfo))
        wcce_connect_learn(pinfo, segment);
    if (tree != NULL)
        wcce_show_steps(pinfo, tree);
}

/* While no CA is known, only a bind, or a call to an endpoint mapper, can tell of one: other PDUs that fill their
 * segment are left. */
static bool tells_of_no_ca(const packet_info *pinfo, const Segment *segment, const uint8_t *pdu)
{
    const unsigned length = pdu[4] & 0x10 ? pdu[8] | (unsigned)pdu[9] << 8 : (unsigned)pdu[8] << 8 | pdu[9];

    return !capture_file->wcce->any_bound && !capture_file->wcce->any_step && length >= segment->size &&
           pdu[2] != PDU_BIND && pdu[2] != PDU_ALTER &&
           (pdu[2] != PDU_REQ || pinfo->destport != SCEP_CA_MAPPER_PORT || !wcce_chain_has_opnum(pdu, segment->size));
}

/* A PDU begins with its version, 5.0; over SMB (whose names for itself begin with 0xfc to 0xff) or in pieces, it stands
 * somewhere else. */
static bool may_be_dcerpc(const packet_info *pinfo, const Segment *segment)
{
    const uint8_t *payload = segment->payload;

    if (segment->tvb == NULL || (pinfo->data_src != NULL && pinfo->data_src->next != NULL))
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
            dissect_frame(pinfo, tree, segment);
    } else if (capture_file->names_ca_ports && proto_is_protocol_enabled(wcce_protocol)) {
        dissect_segment(pinfo, tree, segment);
    }
}
