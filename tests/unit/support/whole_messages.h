/* whole_messages.h
 * Requests and answers in a test, with all that the plugin reads from them: certificates and content.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WHOLE_MESSAGES_H
#define WHOLE_MESSAGES_H

#include "exchange_building.h"

typedef struct {
    Carried carried;
    GPtrArray *certificates;
    const uint8_t *content;
} Read;

static inline void read_message(Read *out, GByteArray *bytes)
{
    size_t size;

    carry(&out->carried, bytes);
    out->content = scep_octets_get0_data(out->carried.body, &out->carried.message->content, &size);
    out->certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    for (guint i = 0; i < out->carried.message->certificates->len; i++) {
        const ScepSpan span = g_array_index(out->carried.message->certificates, ScepSpan, i);
        g_ptr_array_add(out->certificates, scep_certificate_new(out->carried.body + span.offset, span.length));
    }
}

/* @return scep_certificate_free() */
static inline ScepCertificate *read_certificate(X509 *x509)
{
    GByteArray *bytes = pki_certificate_der(x509);
    ScepCertificate *certificate = scep_certificate_new(bytes->data, bytes->len);

    g_byte_array_unref(bytes);
    return certificate;
}

static inline void forget(Read *read)
{
    drop(&read->carried);
    g_ptr_array_unref(read->certificates);
}

static inline ScepRequest whole_request(const Read *read)
{
    ScepRequest request = message_request(&read->carried);

    request.certificates = read->certificates;
    request.content = read->content;
    return request;
}

static inline ScepResponse whole_response(const Read *read)
{
    ScepResponse response = message_response(&read->carried);

    response.certificates = read->certificates;
    response.content = read->content;
    return response;
}

typedef struct {
    const char *type;        /* NULL for PKCSReq */
    const char *transaction; /* NULL for TRANSACTION */
    const uint8_t *nonce;    /* NULL for nonce a */
    X509 *signer;            /* NULL for the device's self-signed certificate */
    EVP_PKEY *key;
    GByteArray *content; /* NULL for an envelope to the RA */
} Made;

static inline GByteArray *made_request(Made made)
{
    return pki_signed_data((PkiParts){
        .content = made.content ? made.content : some_envelope(),
        .attributes =
            pki_request_attributes(made.type ? made.type : "19", made.transaction ? made.transaction : TRANSACTION,
                                   made.nonce ? made.nonce : pki_nonce_a),
        .certificates = pki_certificate_der(made.signer ? made.signer : device),
        .signer = made.signer ? made.signer : device,
        .key = made.key ? made.key : device_key,
    });
}

#endif
