/* facts.c
 * What several rule tables ask of a message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/facts.h"

#include <string.h>
#include "diagnosis/findings.h"

/* How far into a page a sentence is looked for. */
#define PAGE_SEARCH 16384

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

const ScepCertificate *scep_signer_certificate(const ScepMessage *message, const uint8_t *body,
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

const ScepCertificate *scep_request_signer(const ScepRequest *request)
{
    return scep_signer_certificate(request->message, request->body, request->certificates);
}

const ScepCertificate *scep_recipient_certificate(const GPtrArray *certificates, const ScepRecipient *recipient,
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

const ScepMessage *scep_certrep(const ScepFacts *facts)
{
    const ScepMessage *message = facts->response->message;
    /* A stray answer counts too: its request came before the capture began. */
    const bool answers = facts->exchange->operation == SCEP_OP_PKIOPERATION || facts->exchange->request_frame == 0;

    return message != NULL && !message->certs_only && answers ? message : NULL;
}

bool scep_has_subject(const GPtrArray *certificates, const char *subject)
{
    for (guint i = 0; certificates != NULL && i < certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(certificates, i);
        if (certificate != NULL && strcmp(certificate->subject, subject) == 0)
            return true;
    }
    return false;
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

static const ScepCertificate *issued_in_clear(const ScepFacts *facts, const ScepMessage *message)
{
    const GPtrArray *shown = facts->response->certificates, *known = facts->exchange->server->certificates;
    const ScepCertificate *signer = scep_signer_certificate(message, facts->response->body, shown);

    for (guint i = 0; shown != NULL && i < shown->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(shown, i);
        if (certificate != NULL && !certificate->is_ca && !certificate->is_request_agent && certificate != signer &&
            !certificate->self_signed && !holds(known, certificate) &&
            (scep_has_subject(known, certificate->issuer) || scep_has_subject(shown, certificate->issuer)))
            return certificate;
    }
    return NULL;
}

const ScepCertificate *scep_issued_certificate(const ScepFacts *facts)
{
    const ScepMessage *message = scep_certrep(facts);

    if (facts->response->issued != NULL)
        return issued_inside(facts->response->issued);
    if (message == NULL || facts->exchange->pki_status != SCEP_STATUS_SUCCESS)
        return NULL;
    return issued_in_clear(facts, message);
}

const ScepCertificate *scep_root_of(const GPtrArray *certificates)
{
    for (guint i = 0; certificates != NULL && i < certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(certificates, i);
        if (certificate != NULL && certificate->is_ca && certificate->self_signed)
            return certificate;
    }
    return NULL;
}

char *scep_thumbprint_text(const ScepCertificate *certificate)
{
    GString *text = g_string_new(NULL);

    g_string_printf(text, "\"%s\", SHA-1 thumbprint ", certificate->subject);
    for (size_t i = 0; i < sizeof certificate->sha1; i++)
        g_string_append_printf(text, "%02X", certificate->sha1[i]);
    return g_string_free(text, FALSE);
}

bool scep_has_finding(const GPtrArray *findings, const char *id)
{
    for (guint i = 0; findings != NULL && i < findings->len; i++) {
        const ScepFinding *finding = g_ptr_array_index(findings, i);
        if (strcmp(finding->hint->id, id) == 0)
            return true;
    }
    return false;
}

/* The sentences are ASCII, so it does to leave the zero bytes of UTF-16 out. */
bool scep_page_says(const ScepResponse *response, const char *text)
{
    const size_t size = MIN(response->body_size, PAGE_SEARCH);
    GString *page = g_string_sized_new(size);

    for (size_t i = 0; i < size; i++) {
        if (response->body[i] != 0)
            g_string_append_c(page, (char)response->body[i]);
    }
    const bool says = strstr(page->str, text) != NULL;
    g_string_free(page, TRUE);
    return says;
}

/* The value of the next CN in a name, at or behind *at, which is moved behind it. Each character is looked at once,
 * however many CN there are. @return false when there is none */
static bool next_common_name(const char *name, const char **at, size_t *length, bool *special)
{
    while ((*at = strstr(*at, "CN=")) != NULL) {
        const bool begins = *at == name || (*at)[-1] == ' ';
        *at += strlen("CN=");
        if (!begins)
            continue;
        *length = 0;
        *special = false;
        /* RFC 2253: a comma or plus that belongs to the value is escaped. */
        for (; **at != '\0' && **at != ',' && **at != '+'; ++*at) {
            if (**at == '\\' && (*at)[1] != '\0')
                *special |= strchr(",+;=\\", *++*at) != NULL;
            else
                *special |= **at == '=';
            *length += (**at & 0xc0) != 0x80;
        }
        return true;
    }
    return false;
}

size_t scep_common_name_length(const char *name)
{
    size_t longest = 0, length;
    bool special;

    for (const char *at = name; at != NULL && next_common_name(name, &at, &length, &special);)
        longest = MAX(longest, length);
    return longest;
}

bool scep_common_name_is_escaped(const char *name)
{
    size_t length;
    bool special = false;

    for (const char *at = name; at != NULL && !special && next_common_name(name, &at, &length, &special);)
        ;
    return special;
}
