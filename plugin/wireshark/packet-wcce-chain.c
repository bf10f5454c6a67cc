/* packet-wcce-chain.c
 * The steps in front of a call to the CA: endpoint mapper, activation, bind.
 *
 * A step is told by a UUID in its request: ICertPassage in a lookup at port 135, CCertRequestD in an activation there,
 * one of the three interfaces in a bind. Lookups and activations of anything else are not touched.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce-chain.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-dcerpc.h>
#include <string.h>

#include "packet-wcce-connect.h"
#include "packet-wcce-state.h"

enum {
    PORT_SMB = 445,
    EPT_MAP = 3,                /* C706 appendix O */
    REMOTE_CREATE_INSTANCE = 4, /* MS-DCOM 3.1.2.5.2.3.3 */
    UUID = 16,
    NAK_REASON = 16
};

/* MS-WCCE 1.9 */
static const e_guid_t class_id = { 0xd99e6e74, 0xfc88, 0x11d0, { 0xb4, 0x98, 0x00, 0xa0, 0xc9, 0x03, 0x12, 0xf3 } };

static bool key_of(packet_info *pinfo, const WccePdu *pdu, uint64_t *key)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    if (conversation == NULL)
        return false;
    *key = ((uint64_t)conversation->conv_index << 32 ^ pdu->call_id) ^ dcerpc_get_transport_salt(pinfo) << 48;
    return true;
}

static bool names(const WccePdu *pdu, const e_guid_t *uuid)
{
    uint8_t wanted[UUID];

    for (unsigned i = 0; i < 4; i++)
        wanted[i] = (uint8_t)(uuid->data1 >> 8 * (pdu->big_endian ? 3 - i : i));
    for (unsigned i = 0; i < 2; i++) {
        wanted[4 + i] = (uint8_t)(uuid->data2 >> 8 * (pdu->big_endian ? 1 - i : i));
        wanted[6 + i] = (uint8_t)(uuid->data3 >> 8 * (pdu->big_endian ? 1 - i : i));
    }
    memcpy(wanted + 8, uuid->data4, sizeof uuid->data4);
    for (unsigned at = WCCE_PDU_HEADER; at + UUID <= pdu->there; at++) {
        const uint8_t *found = memchr(pdu->bytes + at, wanted[0], pdu->there - at - UUID + 1);
        if (found == NULL)
            return false;
        at = (unsigned)(found - pdu->bytes);
        if (memcmp(found, wanted, UUID) == 0)
            return true;
    }
    return false;
}

/* @param to_passage  set where it is ICertPassage */
static bool binds(const WccePdu *pdu, bool *to_passage)
{
    WcceContextElement element;

    for (unsigned at = 0; wcce_pdu_next_context(pdu, &at, &element);) {
        for (unsigned i = 0; i < SCEP_WCCE_INTERFACE_COUNT; i++) {
            *to_passage = i == SCEP_WCCE_ICERTPASSAGE;
            if (guid_cmp(&element.interface, wcce_interface_uuid((ScepWcceInterface)i)) == 0)
                return true;
        }
    }
    return false;
}

bool wcce_chain_has_opnum(const uint8_t *request, unsigned size)
{
    const unsigned opnum = size < WCCE_PDU_HEADER ? 0
                           : request[4] & 0x10    ? request[22] | (unsigned)request[23] << 8
                                                  : (unsigned)request[22] << 8 | request[23];

    return opnum == EPT_MAP || opnum == REMOTE_CREATE_INSTANCE;
}

static ScepCaChain chain_of(packet_info *pinfo, const WccePdu *pdu, bool *to_passage)
{
    *to_passage = false;
    if (pdu->type == PDU_BIND || pdu->type == PDU_ALTER)
        return binds(pdu, to_passage) ? SCEP_CA_BIND : SCEP_CA_NO_CHAIN;
    if (pdu->type != PDU_REQ || pinfo->destport != SCEP_CA_MAPPER_PORT)
        return SCEP_CA_NO_CHAIN;
    const uint16_t opnum = wcce_pdu_get16(pdu, 22);
    *to_passage = opnum == EPT_MAP && names(pdu, wcce_interface_uuid(SCEP_WCCE_ICERTPASSAGE));
    if (*to_passage)
        return SCEP_CA_RESOLVE;
    return opnum == REMOTE_CREATE_INSTANCE && names(pdu, &class_id) ? SCEP_CA_ACTIVATE : SCEP_CA_NO_CHAIN;
}

/* C706 12.6.4.5, MS-RPCE 2.2.2.5 */
static const char *nak_reason(const WccePdu *pdu)
{
    static const struct {
        uint16_t reason;
        const char *words;
    } rows[] = {
        { 0, "bind_nak without a reason" },
        { 1, "bind_nak: temporary congestion" },
        { 2, "bind_nak: local limit exceeded" },
        { 4, "bind_nak: protocol version not supported" },
        { 8, "bind_nak: authentication type not recognized" },
        { 9, "bind_nak: invalid checksum of the authentication" },
    };
    const uint16_t reason = wcce_pdu_get16(pdu, NAK_REASON);

    for (unsigned i = 0; i < array_length(rows); i++) {
        if (rows[i].reason == reason)
            return rows[i].words;
    }
    return "bind_nak";
}

/* Both an ept_map and an activation end with their status, the padding in front of the verifier left out. */
static void read_status(const WccePdu *pdu, ScepCaChainAnswer *answer)
{
    uint8_t type = 0, level = 0;
    unsigned stub_size;

    wcce_pdu_security(pdu, &type, &level, &stub_size);
    if (level == WCCE_LEVEL_PRIVACY || pdu->there < pdu->length || stub_size < 4 || !(pdu->flags & WCCE_PDU_LAST))
        return;
    answer->has_status = true;
    answer->status = wcce_pdu_get32(pdu, wcce_pdu_stub(pdu) + stub_size - 4);
}

/* @return false for what answers no step */
static bool read_answer(const WccePdu *pdu, ScepCaChain chain, ScepCaChainAnswer *answer)
{
    *answer = (ScepCaChainAnswer){ .is_fault = pdu->type == PDU_FAULT || pdu->type == PDU_BIND_NAK };
    if (chain == SCEP_CA_BIND) {
        if (pdu->type == PDU_BIND_NAK)
            answer->words = nak_reason(pdu);
        /* What was refused of one context is told in its results; only a first one that is taken is a success. */
        answer->has_status = (pdu->type == PDU_BIND_ACK || pdu->type == PDU_ALTER_ACK) && wcce_pdu_accepts(pdu);
        return pdu->type == PDU_BIND_NAK || pdu->type == PDU_BIND_ACK || pdu->type == PDU_ALTER_ACK;
    }
    if (pdu->type == PDU_FAULT && pdu->there >= WCCE_PDU_HEADER + 4) {
        answer->has_status = true;
        answer->status = wcce_pdu_get32(pdu, WCCE_PDU_HEADER);
    } else if (pdu->type == PDU_RESP) {
        read_status(pdu, answer);
    }
    return pdu->type == PDU_FAULT || (pdu->type == PDU_RESP && (pdu->flags & WCCE_PDU_LAST));
}

static ScepCaCall *begin(packet_info *pinfo, ScepCaChain chain, bool to_passage, uint64_t key)
{
    const ScepCaCall *known = wmem_map_lookup(capture_file->wcce->waiting, &key);
    const ScepPlace place = capture_place(pinfo, true);

    /* The same bytes in another data source. */
    if (known != NULL && known->request_frame == pinfo->num)
        return NULL;
    uint64_t *kept = wmem_new(wmem_file_scope(), uint64_t);
    *kept = key;
    ScepCaCall *call = scep_tracker_ca_chain_request(capture_tracker(), &place, chain, to_passage,
                                                     chain == SCEP_CA_BIND && pinfo->destport == PORT_SMB);
    wmem_map_insert(capture_file->wcce->waiting, kept, call);
    wcce_connect_known(call);
    return call;
}

void wcce_chain_learn(packet_info *pinfo, const WccePdu *pdu, unsigned source, unsigned offset)
{
    WcceStep step = { .source = source, .offset = offset, .length = pdu->there };
    bool to_passage;
    const ScepCaChain chain = chain_of(pinfo, pdu, &to_passage);
    ScepCaChainAnswer answer;
    uint64_t key;

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if ((chain == SCEP_CA_NO_CHAIN && !capture_file->wcce->any_step) || capture_tracker() == NULL ||
        !key_of(pinfo, pdu, &key))
        return;
    if (chain != SCEP_CA_NO_CHAIN) {
        step.call = begin(pinfo, chain, to_passage, key);
    } else {
        step.call = wmem_map_lookup(capture_file->wcce->waiting, &key);
        step.is_response = true;
        if (step.call == NULL || step.call->response_frame != 0 || !read_answer(pdu, step.call->chain, &answer))
            return;
        const ScepPlace place = capture_place(pinfo, false);
        scep_tracker_ca_chain_answer(capture_tracker(), step.call, &place, &answer);
        if (!answer.is_fault && answer.status == 0)
            wcce_connect_named(step.call, pdu);
    }
    if (step.call != NULL)
        wcce_state_keep_step(pinfo, &step);
}
