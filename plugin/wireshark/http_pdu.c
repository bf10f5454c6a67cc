/* http_pdu.c
 * One SCEP request or answer of a frame, parsed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http_pdu.h"

#include <string.h>

#include "preferences.h"

/* The core allocates with GLib; the packet's pool tells it when the packet is done with, also after an exception. */
static ws_bool_t release(wmem_allocator_t *pool _U_, wmem_cb_event_t event _U_, void *data)
{
    ScepHttpPdu *pdu = data;

    scep_csr_free(pdu->csr);
    scep_message_free(pdu->inner);
    scep_message_free(pdu->next);
    g_clear_pointer(&pdu->next_certificates, g_ptr_array_unref);
    g_clear_pointer(&pdu->issued, g_ptr_array_unref);
    scep_envelope_free(pdu->envelope);
    scep_message_free(pdu->message);
    g_clear_pointer(&pdu->certificates, g_ptr_array_unref);
    return FALSE;
}

ScepHttpPdu *scep_pdu_new(packet_info *pinfo, const HttpPdu *http)
{
    ScepHttpPdu *pdu = wmem_new0(pinfo->pool, ScepHttpPdu);

    pdu->http = *http;
    pdu->has_http = http->head != NULL;
    pdu->is_request = http->head != NULL && http->head->is_request;
    return pdu;
}

HttpPdu scep_pdu_of_body(tvbuff_t *body)
{
    const unsigned have = tvb_captured_length(body), announced = tvb_reported_length(body);

    return (HttpPdu){ .target_offset = -1,
                      .body_tvb = body,
                      .body_length = (int)have,
                      .body_missing = announced - have,
                      .extent = { .cut_by = announced > have ? SCEP_CUT_BY_LOSS : SCEP_CUT_BY_NOBODY,
                                  .have = have,
                                  .announced = announced } };
}

static void set_body(ScepHttpPdu *pdu)
{
    const HttpPdu *http = &pdu->http;

    if (http->body_tvb == NULL || http->body_length <= 0)
        return;
    pdu->tvb = http->body_tvb;
    pdu->offset = http->body_offset;
    pdu->size = (size_t)http->body_length;
    pdu->bytes = tvb_get_ptr(pdu->tvb, pdu->offset, http->body_length);
}

bool scep_pdu_is_request(ScepHttpPdu *pdu)
{
    const char *target = pdu->http.head->target;

    if (target != NULL && scep_query_parse((const uint8_t *)target, strlen(target), &pdu->query)) {
        /* Only POST and GET carry SCEP; a body without operation= is taken for what it is below. */
        if (pdu->query.operation != SCEP_OP_NONE)
            return true;
    }
    set_body(pdu);
    if (pdu->size > 0 && scep_message_looks_like(pdu->bytes, pdu->size)) {
        pdu->query.operation = SCEP_OP_PKIOPERATION;
        return true;
    }
    return target != NULL && pdu->query.path_kind != SCEP_PATH_OTHER && pdu->query.path_kind != SCEP_PATH_SCEP &&
           pdu->query.path_kind != SCEP_PATH_AIK;
}

/* The buffer belongs to the frame, by its first data source: in HTTP/2 the head may stand in no buffer of this frame.
 */
static void use_decoded(ScepHttpPdu *pdu, packet_info *pinfo, GBytes *decoded, const char *name)
{
    size_t size;
    const void *bytes = g_bytes_get_data(decoded, &size);

    pdu->tvb = NULL;
    pdu->size = size;
    pdu->offset = 0;
    if (size > 0) {
        uint8_t *copy = wmem_memdup(pinfo->pool, bytes, size);
        pdu->bytes = copy;
        pdu->tvb = tvb_new_child_real_data(get_data_source_tvb(pinfo->data_src->data), copy, (unsigned)size, (int)size);
        add_new_data_source(pinfo, pdu->tvb, name);
    }
    g_bytes_unref(decoded);
}

/* The message of a GET PKIOperation, and POST bodies that are base64 text. */
static void decode_text(ScepHttpPdu *pdu, packet_info *pinfo)
{
    if (pdu->is_request && pdu->http.head->is_get && pdu->query.has_message) {
        const uint8_t *value = (const uint8_t *)pdu->http.head->target + pdu->query.message_value.offset;
        GBytes *decoded = scep_query_new_message(value, pdu->query.message_value.length, &pdu->base64_flags);
        use_decoded(pdu, pinfo, decoded, "SCEP message from URL");
    } else if (pdu->size > 0 && scep_body_is_base64(pdu->bytes, pdu->size)) {
        GBytes *decoded = scep_query_new_message(pdu->bytes, pdu->size, &pdu->base64_flags);
        use_decoded(pdu, pinfo, decoded, "SCEP message from base64");
        pdu->from_base64 = true;
    }
}

static void free_certificate(gpointer certificate)
{
    scep_certificate_free(certificate);
}

static GPtrArray *parse_certificates(const ScepMessage *message, const uint8_t *bytes)
{
    GPtrArray *certificates = g_ptr_array_new_with_free_func(free_certificate);

    for (guint i = 0; i < message->certificates->len; i++) {
        const ScepSpan span = g_array_index(message->certificates, ScepSpan, i);
        g_ptr_array_add(certificates,
                        scep_certificate_new_from_der(bytes + span.offset, span.length, scep_preferences.verify));
    }
    return certificates;
}

/* SEQUENCE { SEQUENCE ... is a bare certificate, SEQUENCE { OID ... is CMS; content types are not to be trusted. */
static bool is_bare_certificate(const uint8_t *bytes, size_t size)
{
    ScepBer outer, first;

    return scep_ber_read(bytes, size, 0, &outer) == SCEP_BER_OK && outer.constructed &&
           scep_ber_is(&outer, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) &&
           scep_ber_first(bytes, &outer, &first) == SCEP_BER_OK &&
           scep_ber_is(&first, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE);
}

static bool asks_for_certificates(ScepOperation operation)
{
    return operation == SCEP_OP_GETCACERT || operation == SCEP_OP_GETCACERTCHAIN || operation == SCEP_OP_GETNEXTCACERT;
}

static void parse_message(ScepHttpPdu *pdu)
{
    pdu->message = scep_message_new(pdu->bytes, pdu->size, pdu->http.body_missing);
    pdu->content = scep_octets_get0_data(pdu->bytes, &pdu->message->content, &pdu->content_size);
    pdu->envelope = scep_envelope_new(pdu->content, pdu->content_size, pdu->message->content_kind);
    pdu->certificates = parse_certificates(pdu->message, pdu->bytes);
}

/* RFC 8894 4.7.1: the current CA signs a SignedData whose content is a certs-only SignedData. */
static void parse_next_ca(ScepHttpPdu *pdu)
{
    if (pdu->message == NULL || pdu->message->content_kind != SCEP_CONTENT_SIGNED)
        return;
    pdu->next = scep_message_new(pdu->content, pdu->content_size, 0);
    pdu->next_certificates = parse_certificates(pdu->next, pdu->content);
}

void scep_pdu_open(ScepHttpPdu *pdu)
{
    pdu->plaintext = scep_checks_get0_plaintext(pdu->checks, &pdu->plaintext_size);
    if (pdu->plaintext == NULL)
        return;
    if (scep_message_is_signed_data(pdu->plaintext, pdu->plaintext_size)) {
        pdu->inner = scep_message_new(pdu->plaintext, pdu->plaintext_size, 0);
        pdu->issued = parse_certificates(pdu->inner, pdu->plaintext);
    } else if (scep_message_type_has_request(pdu->message->message_type)) {
        pdu->csr =
            scep_csr_new(pdu->plaintext, pdu->plaintext_size, scep_preferences.reveal_challenge ? SCEP_CSR_REVEAL : 0);
    }
}

uint8_t *scep_pdu_share(const ScepHttpPdu *pdu, wmem_allocator_t *pool)
{
    uint8_t *copy = wmem_memdup(pool, pdu->plaintext, pdu->plaintext_size);

    if (scep_preferences.reveal_challenge)
        return copy;
    if (pdu->csr != NULL)
        scep_csr_redact(pdu->csr, pdu->checks->csr_signature, copy, pdu->plaintext_size);
    else if (pdu->inner == NULL && scep_message_type_has_request(pdu->message->message_type))
        memset(copy, '*', pdu->plaintext_size); /* a request so damaged that nothing tells where the challenge is */
    return copy;
}

void scep_pdu_parse(ScepHttpPdu *pdu, packet_info *pinfo, ScepOperation operation)
{
    wmem_register_callback(pinfo->pool, release, pdu);
    set_body(pdu);
    if (operation == SCEP_OP_PKIOPERATION)
        decode_text(pdu, pinfo);
    if (pdu->size == 0)
        return;

    if (operation == SCEP_OP_GETCACAPS && !pdu->is_request) {
        if (pdu->http.head != NULL && pdu->http.head->status != 200)
            return; /* says why there is no list */
        pdu->capabilities = wmem_new0(pinfo->pool, ScepCapabilities);
        scep_capabilities_parse(pdu->bytes, pdu->size, pdu->capabilities);
    } else if (asks_for_certificates(operation) && is_bare_certificate(pdu->bytes, pdu->size)) {
        pdu->certificates = g_ptr_array_new_with_free_func(free_certificate);
        g_ptr_array_add(pdu->certificates,
                        scep_certificate_new_from_der(pdu->bytes, pdu->size, scep_preferences.verify));
    } else if (scep_message_is_signed_data(pdu->bytes, pdu->size) ||
               (operation == SCEP_OP_PKIOPERATION && pdu->is_request)) {
        parse_message(pdu);
    }
    if (operation == SCEP_OP_GETNEXTCACERT && !pdu->is_request)
        parse_next_ca(pdu);
}
