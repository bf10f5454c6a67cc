/* packet-wcce-pdu.c
 * The headers of DCE/RPC PDUs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce-pdu.h"

#include <epan/dissectors/packet-dcerpc.h>
#include <string.h>

enum {
    OBJECT = 16,
    FLAG_OBJECT = 0x80,
    TRAILER = 8,   /* of the security trailer, in front of what the mechanism adds */
    CONTEXTS = 28, /* where the contexts of a bind begin; their number stands 4 octets before */
    ELEMENT = 24,  /* of a context, without its transfer syntaxes */
    SYNTAX = 20
};

/* MS-RPCE 2.2.4.12 */
static const e_guid_t ndr64 = { 0x71710533, 0xbeba, 0x4937, { 0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36 } };

/* MS-WCCE 1.9, MS-ICPR 1.9; all of version 0 (MS-WCCE 2.1). */
static const e_guid_t uuids[SCEP_WCCE_INTERFACE_COUNT] = {
    { 0xd99e6e70, 0xfc88, 0x11d0, { 0xb4, 0x98, 0x00, 0xa0, 0xc9, 0x03, 0x12, 0xf3 } },
    { 0x5422fd3a, 0xd4b8, 0x4cef, { 0xa1, 0x2e, 0xe8, 0x7d, 0x4c, 0xa2, 0x2e, 0x90 } },
    { 0x91ae6020, 0x9e3c, 0x11cf, { 0x8d, 0x7c, 0x00, 0xaa, 0x00, 0xc0, 0x91, 0xbe } },
};

const e_guid_t *wcce_interface_uuid(ScepWcceInterface interface)
{
    return &uuids[interface];
}

uint16_t wcce_pdu_get16(const WccePdu *pdu, unsigned at)
{
    const uint8_t *bytes = pdu->bytes + at;

    return pdu->big_endian ? (uint16_t)(bytes[0] << 8 | bytes[1]) : (uint16_t)(bytes[1] << 8 | bytes[0]);
}

uint32_t wcce_pdu_get32(const WccePdu *pdu, unsigned at)
{
    return pdu->big_endian ? (uint32_t)wcce_pdu_get16(pdu, at) << 16 | wcce_pdu_get16(pdu, at + 2)
                           : wcce_pdu_get16(pdu, at) | (uint32_t)wcce_pdu_get16(pdu, at + 2) << 16;
}

/* @return 0 for a type that nobody asks for */
static unsigned least_of(uint8_t type)
{
    static const uint8_t wanted[] = { PDU_REQ, PDU_RESP, PDU_FAULT, PDU_BIND, PDU_ALTER, PDU_BIND_ACK, PDU_ALTER_ACK };

    if (type == PDU_BIND_NAK)
        return WCCE_PDU_MIN;
    return memchr(wanted, type, sizeof wanted) != NULL ? WCCE_PDU_HEADER : 0;
}

/* Version 5.0 or 5.1, a type of interest, ASCII and IEEE, and a length that fits: no other bytes look like this. */
bool wcce_pdu_read(const uint8_t *bytes, unsigned left, bool may_be_truncated, WccePdu *pdu)
{
    if (left < WCCE_PDU_MIN || bytes[0] != 5 || bytes[1] > 1 || (bytes[4] != 0x10 && bytes[4] != 0) ||
        (bytes[5] | bytes[6] | bytes[7]) != 0)
        return false;
    *pdu = (WccePdu){ .bytes = bytes, .type = bytes[2], .flags = bytes[3], .big_endian = bytes[4] == 0 };
    const unsigned least = least_of(pdu->type);
    if (least == 0 || left < least)
        return false;
    pdu->length = wcce_pdu_get16(pdu, 8);
    pdu->there = MIN(pdu->length, left);
    pdu->auth_length = wcce_pdu_get16(pdu, 10);
    pdu->call_id = wcce_pdu_get32(pdu, 12);
    return pdu->length >= least && (pdu->length <= left || may_be_truncated) && pdu->auth_length < pdu->length;
}

bool wcce_pdu_find(const uint8_t *bytes, unsigned size, unsigned limit, bool may_be_truncated, unsigned *offset,
                   WccePdu *pdu)
{
    while (*offset < limit && *offset + WCCE_PDU_MIN <= size) {
        const uint8_t *at = memchr(bytes + *offset, 5, MIN(size, limit) - *offset);
        if (at == NULL)
            return false;
        *offset = (unsigned)(at - bytes);
        if (wcce_pdu_read(at, size - *offset, may_be_truncated, pdu))
            return true;
        ++*offset;
    }
    return false;
}

unsigned wcce_pdu_stub(const WccePdu *pdu)
{
    return WCCE_PDU_HEADER + (pdu->type == PDU_REQ && (pdu->flags & FLAG_OBJECT) ? OBJECT : 0);
}

void wcce_pdu_security(const WccePdu *pdu, uint8_t *type, uint8_t *level, unsigned *stub_size)
{
    const unsigned header = wcce_pdu_stub(pdu), trailer = pdu->auth_length > 0 ? TRAILER + pdu->auth_length : 0;
    const bool fits = header + trailer <= pdu->length;
    unsigned size = fits ? pdu->length - trailer - header : 0;

    if (trailer > 0 && fits && pdu->there == pdu->length) {
        const uint8_t *verifier = pdu->bytes + pdu->length - trailer;
        *type = verifier[0];
        *level = verifier[1];
        size -= MIN(size, verifier[2]);
    }
    if (stub_size != NULL)
        *stub_size = size;
}

static void read_uuid(const WccePdu *pdu, unsigned at, e_guid_t *uuid)
{
    uuid->data1 = wcce_pdu_get32(pdu, at);
    uuid->data2 = wcce_pdu_get16(pdu, at + 4);
    uuid->data3 = wcce_pdu_get16(pdu, at + 6);
    memcpy(uuid->data4, pdu->bytes + at + 8, sizeof uuid->data4);
}

bool wcce_pdu_next_context(const WccePdu *pdu, unsigned *at, WcceContextElement *element)
{
    e_guid_t syntax;

    if (*at == 0) {
        *at = CONTEXTS;
        element->left = pdu->there >= CONTEXTS ? pdu->bytes[CONTEXTS - 4] : 0;
    }
    if (element->left == 0 || *at + ELEMENT > pdu->there)
        return false;
    element->left--;
    const uint8_t syntaxes = pdu->bytes[*at + 2];
    element->id = wcce_pdu_get16(pdu, *at);
    read_uuid(pdu, *at + 4, &element->interface);
    element->is_ndr64 = false;
    if (syntaxes > 0 && *at + ELEMENT + SYNTAX <= pdu->there) {
        read_uuid(pdu, *at + ELEMENT, &syntax);
        element->is_ndr64 = guid_cmp(&syntax, &ndr64) == 0;
    }
    *at += ELEMENT + SYNTAX * (unsigned)syntaxes;
    return true;
}

/* C706 12.6.4.4: a secondary address with its length, aligned to 4, the number of results, and the results. */
bool wcce_pdu_accepts(const WccePdu *pdu)
{
    enum { ADDRESS = 24, RESULT = 24 };

    if (pdu->there < ADDRESS + 2)
        return false;
    const unsigned results = (ADDRESS + 2u + wcce_pdu_get16(pdu, ADDRESS) + 3u) & ~3u;
    const unsigned count = results < pdu->there ? pdu->bytes[results] : 0;
    for (unsigned i = 0, at = results + 4; i < count && at + 2 <= pdu->there; i++, at += RESULT) {
        if (wcce_pdu_get16(pdu, at) == 0)
            return true;
    }
    return false;
}
