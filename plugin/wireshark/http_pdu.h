/* http_pdu.h
 * One SCEP request or answer of a frame, parsed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HTTP_PDU_H
#define SCEP_HTTP_PDU_H

#include "http_source.h"
#include "scep/cms.h"

/** Packet scope: made from the frame's data sources whenever a frame is dissected, released with pinfo->pool. */
typedef struct {
    HttpPdu http;
    bool is_request;
    bool has_http;    /**< false for a body that came without an HTTP message of its own */
    ScepQuery query;  /**< requests; spans point into http.head->target */
    bool from_base64; /**< the body of a POST was base64 text */
    unsigned base64_flags;
    tvbuff_t *tvb; /**< the body, or what the GET's base64 decodes to; NULL when empty */
    int offset;    /**< of the body in tvb */
    size_t size;
    const uint8_t *bytes;
    ScepMessage *message; /**< when the body is CMS; released with the packet */
    ScepEnvelope *envelope;
    const uint8_t *content; /**< eContent of the message */
    size_t content_size;
    ScepCapabilities *capabilities; /**< answers to GetCACaps */
    const ScepChecks *checks;       /**< file scope; NULL when there is nothing to check */
    const uint8_t *plaintext;       /**< what the envelope holds, file scope; NULL when it was not opened */
    size_t plaintext_size;
    ScepCsr *csr;                 /**< of an opened request */
    ScepMessage *inner;           /**< of an opened answer: certs-only SignedData */
    ScepMessage *next;            /**< what a GetNextCACert answer encapsulates: certs-only SignedData */
    GPtrArray *next_certificates; /**< of ScepCertificate*, one per next->certificates entry */
    GPtrArray *issued;            /**< of ScepCertificate*, one per inner->certificates entry */
    GPtrArray *certificates; /**< of ScepCertificate*, one per message->certificates entry, NULL where unreadable */
} ScepHttpPdu;

/** A PDU that is not parsed yet. Packet scope */
ScepHttpPdu *scep_pdu_new(packet_info *pinfo, const HttpPdu *http);

/** An HTTP message of which only the body is there. */
HttpPdu scep_pdu_of_body(tvbuff_t *body);

/** True when an HTTP request is SCEP: by its query, or by a body that can be nothing else. Fills pdu->query. */
bool scep_pdu_is_request(ScepHttpPdu *pdu);

/** Parses what is inside an envelope that pdu->checks says was opened. */
void scep_pdu_open(ScepHttpPdu *pdu);

/** What the envelope holds, with the challenge masked unless the user asked to see it: for whatever shows it or
 * gives it away (bytes, Wireshark's own tree, exported files).
 * @return pdu->plaintext_size octets in @a pool */
uint8_t *scep_pdu_share(const ScepHttpPdu *pdu, wmem_allocator_t *pool);

/** Parses what the PDU carries. For an answer, @a operation says what was asked. */
void scep_pdu_parse(ScepHttpPdu *pdu, packet_info *pinfo, ScepOperation operation);

#endif
