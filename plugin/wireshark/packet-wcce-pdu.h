/* packet-wcce-pdu.h
 * The headers of DCE/RPC PDUs (C706 12.6.4), which no encryption hides.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_WCCE_PDU_H
#define PACKET_WCCE_PDU_H

#include "scep/rpc.h"
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
    unsigned there;  /**< octets that the capture has, at least WCCE_PDU_HEADER; of a bind_nak WCCE_PDU_MIN */
    uint8_t type;    /**< PDU_REQ, PDU_RESP, PDU_FAULT, PDU_BIND, PDU_ALTER, their ACKs and PDU_BIND_NAK */
    uint8_t flags;
    bool big_endian;
    uint16_t auth_length;
    uint32_t call_id;
} WccePdu;

/** Reads the PDU at @a bytes. @param may_be_truncated  a PDU that goes beyond @a left is read all the same
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

/** The UUID of an interface. */
const e_guid_t *wcce_interface_uuid(ScepWcceInterface interface);

#endif
