/* unit.c
 * One SCEP request or answer of a frame, parsed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "unit.h"

#include <string.h>

#include "preferences.h"

/* The core allocates with GLib; the packet's pool tells it when the packet is done with, also after an exception. */
static ws_bool_t release(wmem_allocator_t *pool, wmem_cb_event_t event, void *data)
{
    ScepUnit *unit = data;

    (void)pool;
    (void)event;
    scep_csr_free(unit->csr);
    scep_message_free(unit->inner);
    g_clear_pointer(&unit->issued, g_ptr_array_unref);
    scep_envelope_free(unit->envelope);
    scep_message_free(unit->message);
    g_clear_pointer(&unit->certificates, g_ptr_array_unref);
    return FALSE;
}

static void set_body(ScepUnit *unit)
{
    const HttpUnit *http = &unit->http;

    if (http->body_tvb == NULL || http->body_length <= 0)
        return;
    unit->tvb = http->body_tvb;
    unit->offset = http->body_offset;
    unit->size = (size_t)http->body_length;
    unit->bytes = tvb_get_ptr(unit->tvb, unit->offset, http->body_length);
}

bool scep_unit_is_request(ScepUnit *unit)
{
    const char *target = unit->http.head->target;

    if (target != NULL && scep_query_parse((const uint8_t *)target, strlen(target), &unit->query)) {
        /* Only POST and GET carry SCEP; a body without operation= is taken for what it is below. */
        if (unit->query.operation != SCEP_OP_NONE)
            return true;
    }
    set_body(unit);
    if (unit->size > 0 && scep_message_looks_like(unit->bytes, unit->size)) {
        unit->query.operation = SCEP_OP_PKIOPERATION;
        return true;
    }
    return target != NULL && unit->query.path_kind != SCEP_PATH_OTHER && unit->query.path_kind != SCEP_PATH_SCEP &&
           unit->query.path_kind != SCEP_PATH_AIK;
}

/* The buffer belongs to the frame, by its first data source: in HTTP/2 the head may stand in no buffer of this frame. */
static void use_decoded(ScepUnit *unit, packet_info *pinfo, GBytes *decoded, const char *name)
{
    size_t size;
    const void *bytes = g_bytes_get_data(decoded, &size);

    unit->tvb = NULL;
    unit->size = size;
    unit->offset = 0;
    if (size > 0) {
        uint8_t *copy = wmem_memdup(pinfo->pool, bytes, size);
        unit->bytes = copy;
        unit->tvb = tvb_new_child_real_data(get_data_source_tvb(pinfo->data_src->data), copy, (unsigned)size, (int)size);
        add_new_data_source(pinfo, unit->tvb, name);
    }
    g_bytes_unref(decoded);
}

/* The message of a GET PKIOperation, and POST bodies that are base64 text. */
static void decode_text(ScepUnit *unit, packet_info *pinfo)
{
    if (unit->is_request && unit->http.head->is_get && unit->query.has_message) {
        const uint8_t *value = (const uint8_t *)unit->http.head->target + unit->query.message_value.offset;
        GBytes *decoded =
            scep_query_decode_message(value, unit->query.message_value.length, &unit->base64_flags);
        use_decoded(unit, pinfo, decoded, "SCEP message from URL");
    } else if (unit->size > 0 && scep_body_is_base64(unit->bytes, unit->size)) {
        GBytes *decoded = scep_query_decode_message(unit->bytes, unit->size, &unit->base64_flags);
        use_decoded(unit, pinfo, decoded, "SCEP message from base64");
        unit->from_base64 = true;
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
        g_ptr_array_add(certificates, scep_certificate_new(bytes + span.offset, span.length));
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

static void parse_message(ScepUnit *unit)
{
    unit->message = scep_message_new(unit->bytes, unit->size, unit->http.body_missing);
    unit->content = scep_octets_data(unit->bytes, &unit->message->content, &unit->content_size);
    unit->envelope = scep_envelope_new(unit->content, unit->content_size, unit->message->content_kind);
    unit->certificates = parse_certificates(unit->message, unit->bytes);
}

void scep_unit_open(ScepUnit *unit)
{
    unit->plaintext = scep_checks_plaintext(unit->checks, &unit->plaintext_size);
    if (unit->plaintext == NULL)
        return;
    if (scep_message_is_signed_data(unit->plaintext, unit->plaintext_size)) {
        unit->inner = scep_message_new(unit->plaintext, unit->plaintext_size, 0);
        unit->issued = parse_certificates(unit->inner, unit->plaintext);
    } else if (scep_message_type_has_request(unit->message->message_type)) {
        unit->csr = scep_csr_new(unit->plaintext, unit->plaintext_size,
                                 scep_preferences.reveal_challenge ? SCEP_CSR_REVEAL : 0);
    }
}

uint8_t *scep_unit_share(const ScepUnit *unit, wmem_allocator_t *pool)
{
    uint8_t *copy = wmem_memdup(pool, unit->plaintext, unit->plaintext_size);

    if (scep_preferences.reveal_challenge)
        return copy;
    if (unit->csr != NULL)
        scep_csr_blot(unit->csr, unit->checks->csr_signature, copy, unit->plaintext_size);
    else if (unit->inner == NULL && scep_message_type_has_request(unit->message->message_type))
        memset(copy, '*', unit->plaintext_size); /* a request so damaged that nothing tells where the challenge is */
    return copy;
}

void scep_unit_parse(ScepUnit *unit, packet_info *pinfo, ScepOperation operation)
{
    wmem_register_callback(pinfo->pool, release, unit);
    set_body(unit);
    if (operation == SCEP_OP_PKIOPERATION)
        decode_text(unit, pinfo);
    if (unit->size == 0)
        return;

    if (operation == SCEP_OP_GETCACAPS && !unit->is_request) {
        unit->capabilities = wmem_new0(pinfo->pool, ScepCapabilities);
        scep_capabilities_parse(unit->bytes, unit->size, unit->capabilities);
    } else if (asks_for_certificates(operation) && is_bare_certificate(unit->bytes, unit->size)) {
        unit->certificates = g_ptr_array_new_with_free_func(free_certificate);
        g_ptr_array_add(unit->certificates, scep_certificate_new(unit->bytes, unit->size));
    } else if (scep_message_is_signed_data(unit->bytes, unit->size) ||
               (operation == SCEP_OP_PKIOPERATION && unit->is_request)) {
        parse_message(unit);
    }
}
