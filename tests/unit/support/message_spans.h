/* message_spans.h
 * What holds for every parsed message and envelope, whatever the bytes: used by unit tests and fuzzers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MESSAGE_SPANS_H
#define MESSAGE_SPANS_H

#include <glib.h>
#include <stdbool.h>

#include "scep/asn1.h"
#include "scep/cms.h"
#include "scep/limits.h"

static inline bool span_fits(ScepSpan span, size_t size)
{
    return span.offset <= size && span.length <= size - span.offset;
}

static inline bool span_inside(ScepSpan inner, ScepSpan outer)
{
    return inner.length == 0 || (inner.offset >= outer.offset && inner.length <= outer.length &&
                                 inner.offset - outer.offset <= outer.length - inner.length);
}

static inline bool spans_fit(const GArray *spans, size_t size)
{
    for (guint i = 0; i < spans->len; i++) {
        if (!span_fits(g_array_index(spans, ScepSpan, i), size))
            return false;
    }
    return true;
}

/* An element that was read without error from data[0..limit). @return what is wrong, or NULL. */
static inline const char *element_fault(const ScepBer *node, size_t limit, size_t offset)
{
    if (node->whole.offset != offset || !span_fits(node->whole, limit))
        return "the element leaves its limit";
    if (node->whole.length == 0)
        return "no way forward";
    if (!span_inside(node->content, node->whole) || !span_fits(node->content, limit))
        return "the content leaves the element";
    if (node->missing > 0 && !node->truncated)
        return "bytes missing from a whole element";
    if (node->missing > 0 && node->indefinite)
        return "an indefinite element cannot tell what is missing";
    if (node->truncated && node->whole.offset + node->whole.length != limit)
        return "cut before the limit";
    if (node->broken && (!node->indefinite || node->truncated || node->whole.offset + node->whole.length != limit))
        return "broken, and yet its end is known";
    return NULL;
}

static inline const char *octets_fault(const ScepOctets *octets, size_t size)
{
    if (!span_fits(octets->span, size))
        return "the octets leave the buffer";
    if (octets->pieces > SCEP_MAX_CHUNKS)
        return "more pieces than the limit";
    if (octets->joined != NULL && (octets->pieces < 2 || g_bytes_get_size(octets->joined) > size))
        return "joined more than there is";
    return NULL;
}

static inline const char *attribute_fault(const ScepAttribute *attribute, size_t size)
{
    if (attribute->info == NULL)
        return "an attribute without a row";
    if (!span_fits(attribute->whole, size) || !span_inside(attribute->oid, attribute->whole) ||
        !span_inside(attribute->value_whole, attribute->whole) ||
        !span_inside(attribute->value, attribute->value_whole))
        return "an attribute's part leaves it";
    return NULL;
}

static inline const char *signer_fault(const ScepSigner *signer, size_t size)
{
    const ScepSpan parts[] = {
        signer->issuer,   signer->serial, signer->key_id, signer->signature_algorithm_whole, signer->signed_attributes,
        signer->signature
    };

    if (!span_fits(signer->whole, size))
        return "the SignerInfo leaves the buffer";
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (!span_inside(parts[i], signer->whole))
            return "a part leaves the SignerInfo";
    }
    return NULL;
}

static inline const char *problems_fault(const ScepMessage *message, size_t size)
{
    if (message->problems->len > SCEP_MAX_PROBLEMS)
        return "more problems than the limit";
    for (guint i = 0; i < message->problems->len; i++) {
        const ScepProblem *problem = &g_array_index(message->problems, ScepProblem, i);
        if ((unsigned)problem->code >= SCEP_PROBLEM_COUNT || (unsigned)problem->attribute >= SCEP_ATTR_COUNT)
            return "a problem without a row";
        if (!span_fits(problem->where, size))
            return "a problem outside the buffer";
    }
    return NULL;
}

/* @return what is wrong with a message parsed from @a size bytes, or NULL. */
static inline const char *message_fault(const ScepMessage *message, size_t size)
{
    const char *fault = octets_fault(&message->content, size);

    if (fault == NULL)
        fault = signer_fault(&message->signer, size);
    if (fault == NULL)
        fault = problems_fault(message, size);
    for (guint i = 0; fault == NULL && i < message->attributes->len; i++)
        fault = attribute_fault(&g_array_index(message->attributes, ScepAttribute, i), size);
    if (fault != NULL)
        return fault;
    if (!span_fits(message->whole, size))
        return "the message leaves the buffer";
    if (!spans_fit(message->certificates, size) || !spans_fit(message->crls, size))
        return "a certificate leaves the buffer";
    if (message->certificates->len > SCEP_MAX_CERTIFICATES || message->crls->len > SCEP_MAX_CERTIFICATES ||
        message->attributes->len > SCEP_MAX_ATTRIBUTES)
        return "more elements than the limit";
    if (message->missing > 0 && !message->truncated)
        return "bytes missing from a whole message";
    if (!message->is_signed_data && message->problems->len == 0)
        return "unread without a reason";
    if (message->certs_only && message->signer_count > 0)
        return "certs-only with a signer";
    if (message->message_type > 255 || message->pki_status > 255 || message->fail_info > 255)
        return "a number beyond its range";
    return NULL;
}

static inline const char *recipient_fault(const ScepRecipient *recipient)
{
    const ScepSpan parts[] = { recipient->issuer,     recipient->serial,          recipient->key_id,
                               recipient->originator, recipient->algorithm_whole, recipient->encrypted_key };

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (!span_inside(parts[i], recipient->whole))
            return "a part leaves the RecipientInfo";
    }
    return NULL;
}

/* @return what is wrong with an envelope parsed from @a size bytes, or NULL. */
static inline const char *envelope_fault(const ScepEnvelope *envelope, size_t size)
{
    const ScepSpan parts[] = { envelope->cipher_whole, envelope->iv, envelope->mac.span };
    const char *fault = octets_fault(&envelope->ciphertext, size);

    for (guint i = 0; fault == NULL && i < envelope->recipients->len; i++) {
        const ScepRecipient *recipient = &g_array_index(envelope->recipients, ScepRecipient, i);
        fault = span_inside(recipient->whole, envelope->whole) ? recipient_fault(recipient)
                                                               : "a RecipientInfo leaves the envelope";
    }
    if (fault != NULL)
        return fault;
    if (!span_fits(envelope->whole, size))
        return "the envelope leaves the buffer";
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (!span_inside(parts[i], envelope->whole))
            return "a part leaves the envelope";
    }
    if (envelope->recipients->len > SCEP_MAX_RECIPIENTS)
        return "more recipients than the limit";
    return NULL;
}

#endif
