/* issued.c
 * Which certificate an answer is about, and which one signed a request.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/issued.h"

#include <string.h>

#include "cms/certificate_list.h"
#include "cms/issuer.h"
#include "cms/message.h"
#include "tracker/tracker.h"

const ScepCertificate *scep_request_get0_signer(const ScepRequest *request)
{
    return scep_message_get0_signer(request->message, request->body, request->certificates);
}

const ScepMessage *scep_exchange_get0_certrep(const ScepExchange *exchange, const ScepResponse *response)
{
    const ScepMessage *message = response->message;
    /* A stray answer counts too: its request came before the capture began. */
    const bool answers = exchange->operation == SCEP_OP_PKIOPERATION || exchange->request_frame == 0;

    return message != NULL && !message->certs_only && answers ? message : NULL;
}

static bool holds(const GPtrArray *certificates, const ScepCertificate *wanted)
{
    for (guint i = 0; certificates != NULL && i < certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(certificates, i);
        if (certificate != NULL && memcmp(certificate->sha256, wanted->sha256, sizeof wanted->sha256) == 0)
            return true;
    }
    return false;
}

static const ScepCertificate *issued_inside(const GPtrArray *issued)
{
    for (guint i = 0; i < issued->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(issued, i);
        if (certificate != NULL && !certificate->is_ca)
            return certificate;
    }
    return NULL;
}

/* Among several the one that a CA of this server signed, as far as that can be computed. */
static const ScepCertificate *issued_in_clear(const ScepExchange *exchange, const ScepResponse *response,
                                              const ScepMessage *message)
{
    const GPtrArray *shown = response->certificates, *known = exchange->server->certificates;
    const ScepCertificate *signer = scep_message_get0_signer(message, response->body, shown), *best = NULL;
    ScepIssuerKind best_kind = SCEP_ISSUER_ABSENT;

    /* One that only seems not to be of the GetCACert answer is no new one. */
    if (exchange->server->certificates_cut)
        return NULL;
    for (guint i = 0; shown != NULL && i < shown->len && best_kind != SCEP_ISSUER_PROVEN; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(shown, i);
        if (certificate == NULL || certificate->is_ca || certificate->is_request_agent || certificate == signer ||
            certificate->self_signed || holds(known, certificate))
            continue;
        const ScepIssuerKind by_known = scep_issuer_among(known, certificate, NULL);
        const ScepIssuerKind kind = MAX(by_known, scep_issuer_among(shown, certificate, NULL));
        if (kind > best_kind) {
            best = certificate;
            best_kind = kind;
        }
    }
    return best;
}

const ScepCertificate *scep_exchange_get0_issued(const ScepExchange *exchange, const ScepResponse *response)
{
    const ScepMessage *message = scep_exchange_get0_certrep(exchange, response);

    if (response->issued != NULL)
        return issued_inside(response->issued);
    if (message == NULL || exchange->pki_status != SCEP_STATUS_SUCCESS)
        return NULL;
    return issued_in_clear(exchange, response, message);
}

/* What is known of the key that the enrollment asks for. */
static bool is_for_other_key(const ScepExchange *exchange, const ScepCertificate *certificate)
{
    const ScepEnrollment *enrollment = exchange->enrollment;

    return enrollment != NULL && enrollment->spki_known != SCEP_KEY_UNKNOWN &&
           !(enrollment->spki_known == SCEP_KEY_OF_SIGNER && exchange->is_renewal) &&
           memcmp(certificate->spki_sha256, enrollment->spki_sha256, sizeof certificate->spki_sha256) != 0;
}

/* Beside an empty content stand the signer's certificate and its CAs. What is left may be the new one, also where the
 * capture does not tell who the CA is; one that OpenSSL cannot read may be too. */
static bool may_be_in_clear(const ScepExchange *exchange, const ScepResponse *response, const ScepMessage *message)
{
    const GPtrArray *shown = response->certificates, *known = exchange->server->certificates;
    const ScepCertificate *signer = scep_message_get0_signer(message, response->body, shown);

    if (shown == NULL)
        return message->certificates->len > 0;
    if (issued_in_clear(exchange, response, message) != NULL)
        return true;
    for (guint i = 0; i < shown->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(shown, i);
        if (certificate == NULL)
            return true;
        const bool is_old =
            exchange->signer_identity != 0 && scep_certificate_identity(certificate) == exchange->signer_identity;
        if (certificate != signer && !certificate->is_ca && !certificate->is_request_agent &&
            !certificate->self_signed && !is_old && !holds(known, certificate) &&
            !is_for_other_key(exchange, certificate))
            return true;
    }
    return false;
}

static bool asks_for_certificate(const ScepExchange *exchange)
{
    return exchange->message_type != SCEP_TYPE_GETCERT && exchange->message_type != SCEP_TYPE_GETCRL;
}

/* SignedData without an envelope around it, which no standard has: in clear, so look. */
static bool holds_certificates(const ScepResponse *response, const ScepMessage *message)
{
    size_t size;
    const uint8_t *content = scep_octets_get0_data(response->body, &message->content, &size);
    ScepMessage *inner = scep_message_new(content, size, 0);
    const bool found = inner->certificates->len > 0;

    scep_message_free(inner);
    return found;
}

/* @a envelope is NULL where the caller has not read it: then it may hold anything. */
static ScepBrings envelope_brings(const ScepEnvelope *envelope, const uint8_t *content)
{
    size_t size;

    if (envelope == NULL || content == NULL)
        return SCEP_BRINGS_SOMETHING;
    if (envelope->truncated || envelope->broken)
        return SCEP_BRINGS_UNREADABLE;
    scep_octets_get0_data(content, &envelope->ciphertext, &size);
    return size > 0 ? SCEP_BRINGS_SOMETHING : SCEP_BRINGS_NOTHING;
}

static ScepBrings content_brings(const ScepResponse *response, const ScepMessage *message)
{
    switch (message->content_kind) {
    case SCEP_CONTENT_ABSENT:
    case SCEP_CONTENT_EMPTY:
    case SCEP_CONTENT_ZERO_BYTE:
        return message->truncated || scep_message_has_problem(message, SCEP_PROBLEM_BAD_BER) ? SCEP_BRINGS_UNREADABLE
                                                                                             : SCEP_BRINGS_NOTHING;
    case SCEP_CONTENT_ENVELOPED:
    case SCEP_CONTENT_ENCRYPTED:
    case SCEP_CONTENT_AUTH_ENVELOPED:
        return envelope_brings(response->envelope, response->content);
    case SCEP_CONTENT_SIGNED:
        return holds_certificates(response, message) ? SCEP_BRINGS_SOMETHING : SCEP_BRINGS_NOTHING;
    default:
        return SCEP_BRINGS_UNREADABLE;
    }
}

ScepBrings scep_answer_brings(const ScepExchange *exchange, const ScepResponse *response)
{
    const ScepMessage *message = scep_exchange_get0_certrep(exchange, response);

    if (message == NULL || exchange->pki_status != SCEP_STATUS_SUCCESS || !asks_for_certificate(exchange) ||
        message->crls->len > 0)
        return SCEP_BRINGS_SOMETHING;
    if (response->issued != NULL && response->issued->len > 0)
        return SCEP_BRINGS_SOMETHING;
    const ScepBrings brings = response->issued != NULL && exchange->request_frame != 0
                                  ? SCEP_BRINGS_NOTHING
                                  : content_brings(response, message);
    return brings != SCEP_BRINGS_SOMETHING && may_be_in_clear(exchange, response, message) ? SCEP_BRINGS_SOMETHING
                                                                                           : brings;
}
