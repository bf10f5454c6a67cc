/* issued.c
 * Which certificate an answer is about, and which one signed a request.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/issued.h"

#include <string.h>

#include "cms/certificate_list.h"

const ScepCertificate *scep_request_signer(const ScepRequest *request)
{
    return scep_signer_certificate(request->message, request->body, request->certificates);
}

const ScepMessage *scep_certrep(const ScepExchange *exchange, const ScepResponse *response)
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

static const ScepCertificate *issued_in_clear(const ScepExchange *exchange, const ScepResponse *response,
                                              const ScepMessage *message)
{
    const GPtrArray *shown = response->certificates, *known = exchange->server->certificates;
    const ScepCertificate *signer = scep_signer_certificate(message, response->body, shown);

    /* One that only seems not to be of the GetCACert answer is no new one. */
    if (exchange->server->certificates_cut)
        return NULL;
    for (guint i = 0; shown != NULL && i < shown->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(shown, i);
        if (certificate != NULL && !certificate->is_ca && !certificate->is_request_agent && certificate != signer &&
            !certificate->self_signed && !holds(known, certificate) &&
            (scep_has_subject(known, certificate->issuer) || scep_has_subject(shown, certificate->issuer)))
            return certificate;
    }
    return NULL;
}

const ScepCertificate *scep_issued_certificate(const ScepExchange *exchange, const ScepResponse *response)
{
    const ScepMessage *message = scep_certrep(exchange, response);

    if (response->issued != NULL)
        return issued_inside(response->issued);
    if (message == NULL || exchange->pki_status != SCEP_STATUS_SUCCESS)
        return NULL;
    return issued_in_clear(exchange, response, message);
}
