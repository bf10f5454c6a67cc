/* certificate_list.c
 * Certificates among others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/certificate_list.h"

#include <string.h>

/* FNV-1a, 64 bits. Who makes collisions on purpose silences a hint, or links a renewal or a call to the CA with the
 * wrong enrollment; keys and signatures are never told by it. */
static uint64_t mix(uint64_t hash, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * G_GUINT64_CONSTANT(0x100000001b3);
    return hash;
}

uint64_t scep_identity(const uint8_t *issuer, size_t issuer_size, const uint8_t *serial, size_t serial_size)
{
    if (issuer_size == 0 || serial_size == 0)
        return 0;
    const uint64_t hash = mix(mix(G_GUINT64_CONSTANT(0xcbf29ce484222325), issuer, issuer_size), serial, serial_size);
    return hash ? hash : 1;
}

uint64_t scep_certificate_identity(const ScepCertificate *certificate)
{
    size_t issuer_size = 0, serial_size = 0;
    const uint8_t *issuer = certificate->issuer_der ? g_bytes_get_data(certificate->issuer_der, &issuer_size) : NULL;
    const uint8_t *serial = certificate->serial ? g_bytes_get_data(certificate->serial, &serial_size) : NULL;

    return scep_identity(issuer, issuer_size, serial, serial_size);
}

const ScepCertificate *scep_message_get0_signer(const ScepMessage *message, const uint8_t *body,
                                                const GPtrArray *certificates)
{
    for (guint i = 0; message != NULL && body != NULL && certificates != NULL && i < certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(certificates, i);
        const ScepSigner *signer = &message->signer;
        if (certificate != NULL && scep_certificate_is(certificate, body + signer->issuer.offset, signer->issuer.length,
                                                       body + signer->serial.offset, signer->serial.length))
            return certificate;
    }
    return NULL;
}

const ScepCertificate *scep_recipient_get0_certificate(const GPtrArray *certificates, const ScepRecipient *recipient,
                                                       const uint8_t *content)
{
    for (guint i = 0; certificates != NULL && i < certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(certificates, i);
        if (certificate != NULL &&
            scep_certificate_is(certificate, content + recipient->issuer.offset, recipient->issuer.length,
                                content + recipient->serial.offset, recipient->serial.length))
            return certificate;
    }
    return NULL;
}

const ScepCertificate *scep_certificates_get0_root(const GPtrArray *certificates)
{
    for (guint i = 0; certificates != NULL && i < certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(certificates, i);
        if (certificate != NULL && certificate->is_ca && certificate->self_signed)
            return certificate;
    }
    return NULL;
}

char *scep_thumbprint_new_text(const ScepCertificate *certificate)
{
    GString *text = g_string_new(NULL);

    g_string_printf(text, "\"%s\", SHA-1 thumbprint ", certificate->subject);
    for (size_t i = 0; i < sizeof certificate->sha1; i++)
        g_string_append_printf(text, "%02X", certificate->sha1[i]);
    return g_string_free(text, FALSE);
}
