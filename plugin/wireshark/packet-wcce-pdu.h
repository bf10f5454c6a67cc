/* packet-wcce-pdu.h
 * The headers of DCE/RPC PDUs (C706 12.6.4), which no encryption hides.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_WCCE_PDU_H
#define PACKET_WCCE_PDU_H

#include "scep/tracker.h"
#include "segment.h"
#include "ws_compat.h"

enum {
    WCCE_PDU_HEADER = 24, /* octets of a request, response or fault, without an object UUID */
    WCCE_PDU_MIN = 18,    /* octets of the shortest PDU that is read, a bind_nak */
    WCCE_PDU_FIRST = 0x01,
    WCCE_PDU_LAST = 0x02,
    WCCE_PDU_WHOLE = WCCE_PDU_FIRST | WCCE_PDU_LAST,
    WCCE_LEVEL_PRIVACY = 6
};

/** A PDU that stands in the capture. */
typedef struct {
    const uint8_t *bytes;
    unsigned length; /**< octets that were sent */
    unsigned there;  /**< octets that the capture has, at least WCCE_PDU_HEADER; of a bind_nak
                      * WCCE_PDU_LEAST */
    uint8_t type;    /**< PDU_REQ, PDU_RESP, PDU_FAULT, PDU_BIND, PDU_ALTER, their ACKs and PDU_BIND_NAK */
    uint8_t flags;
    bool big_endian;
    uint16_t auth_length;
    uint32_t call_id;
} WccePdu;

/** Reads the PDU at @a bytes. @param may_be_cut  a PDU that goes beyond @a left is read all the same
 * @return false when it is none, or of a type that is not in the list above */
bool wcce_pdu_read(const uint8_t *bytes, unsigned left, bool may_be_truncated, WccePdu *pdu);

/** The next PDU that begins at or behind *offset, which is moved to it, and in front of @a limit. */
bool wcce_pdu_find(const uint8_t *bytes, unsigned size, unsigned limit, bool may_be_truncated, unsigned *offset,
                   WccePdu *pdu);

/** Numbers in the byte order of the PDU; @a at + size must not be beyond there. */
uint16_t wcce_pdu_get16(const WccePdu *pdu, unsigned at);
uint32_t wcce_pdu_get32(const WccePdu *pdu, unsigned at);

/** Where the stub of a request or response begins. */
unsigned wcce_pdu_stub(const WccePdu *pdu);

/** The security trailer. Where there is none, or where it is cut off, type and level are left as they were.
 * @param stub_size  octets between header and trailer, padding left out where it is known; may be NULL */
void wcce_pdu_security(const WccePdu *pdu, uint8_t *type, uint8_t *level, unsigned *stub_size);

/** One presentation context that a bind or alter_context offers (C706 12.6.4.3). */
typedef struct {
    uint16_t id;
    e_guid_t interface;
    bool is_ndr64; /**< the transfer syntax that is offered first */
    uint8_t left;  /**< contexts behind this one */
} WcceContextElement;

/** The next one. Both @a at, 0 for the first, and @a element are kept by the caller. @return false behind the last */
bool wcce_pdu_next_context(const WccePdu *pdu, unsigned *at, WcceContextElement *element);

/** True when a bind_ack or alter_context_resp takes at least one of the contexts that were offered. */
bool wcce_pdu_accepts(const WccePdu *pdu);

/** The steps in front of a call: endpoint mapper, activation, bind (packet-wcce-chain.c). For each PDU of the first
 * pass,
 * @a source the number of its data source, and for each frame that has DCE/RPC. */
void wcce_chain_learn(packet_info *pinfo, const WccePdu *pdu, unsigned source, unsigned offset);
void wcce_chain_show(packet_info *pinfo, proto_tree *root);

/** True for a request whose operation number is that of a lookup or an activation, by its header. */
bool wcce_chain_has_opnum(const uint8_t *request, unsigned size);

/** True once a step was seen in this capture. */
extern bool wcce_chain_any_step;

/** Keeps half of a step for the frame, without bytes of its own, so that every pass shows it. */
void wcce_chain_keep(packet_info *pinfo, ScepCaCall *call, bool is_response);

/** Takes the ports out of the answer to a lookup or an activation (packet-wcce-connect.c). */
void wcce_connect_named(const ScepCaCall *step, const WccePdu *answer);

/** Takes note that a step led to a CA: the next connection to its endpoint mapper is a step too. */
void wcce_connect_known(const ScepCaCall *step);

/** Looks at a segment in the first pass: whether a connection to a named port is asked for, granted or refused. */
void wcce_connect_learn(packet_info *pinfo, const Segment *segment);

void wcce_connect_handoff(void);
void wcce_connect_open(void);

/** Makes their table, and forgets the capture before. */
void wcce_chain_handoff(void);
void wcce_chain_open(void);

#endif
