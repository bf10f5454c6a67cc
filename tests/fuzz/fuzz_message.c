/* fuzz_message.c
 * Messages with what they carry: attributes, envelope, certificates. Every span lies in its buffer, limits hold, and
 * what is told of the message does not contradict itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "../unit/support/message_spans.h"
#include "scep/cms.h"

static void require_some_text(const char *text)
{
    REQUIRE(text != NULL && g_utf8_validate(text, -1, NULL));
}

static void require_certificate(const uint8_t *data, ScepSpan span)
{
    ScepCertificate *certificate = scep_certificate_new(data + span.offset, span.length);

    if (certificate == NULL)
        return;
    size_t issuer_size, serial_size;
    require_some_text(certificate->subject);
    require_some_text(certificate->issuer);
    require_some_text(certificate->key_algorithm);
    require_some_text(certificate->signature_algorithm);
    for (guint i = 0; certificate->alternative_names != NULL && i < certificate->alternative_names->len; i++)
        require_some_text(g_ptr_array_index(certificate->alternative_names, i));
    REQUIRE(certificate->serial != NULL && certificate->issuer_der != NULL);
    const void *issuer = g_bytes_get_data(certificate->issuer_der, &issuer_size);
    const void *serial = g_bytes_get_data(certificate->serial, &serial_size);
    REQUIRE(scep_certificate_is(certificate, issuer, issuer_size, serial, serial_size));
    REQUIRE(scep_certificate_role_name(scep_certificate_ca_role(certificate, false)) != NULL);
    scep_certificate_free(certificate);
}

static void require_name(const uint8_t *data, ScepSpan span)
{
    char *text = span.length > 0 ? scep_name_new_text(data + span.offset, span.length) : NULL;

    if (text != NULL)
        require_some_text(text);
    g_free(text);
}

static void require_envelope(const uint8_t *data, const ScepMessage *message)
{
    size_t size;
    const uint8_t *content = scep_octets_get0_data(data, &message->content, &size);
    ScepEnvelope *envelope = scep_envelope_new(content, size, message->content_kind);

    if (envelope == NULL)
        return;
    REQUIRE(envelope_fault(envelope, size) == NULL);
    for (guint i = 0; i < envelope->recipients->len; i++) {
        const ScepRecipient *recipient = &g_array_index(envelope->recipients, ScepRecipient, i);
        REQUIRE(strcmp(scep_recipient_type_name(recipient->type), "unknown") != 0);
        require_name(content, recipient->issuer);
    }
    scep_envelope_free(envelope);
}

static void require_problems(const ScepMessage *message)
{
    for (guint i = 0; i < message->problems->len; i++) {
        const ScepProblem *problem = &g_array_index(message->problems, ScepProblem, i);
        char *text = scep_problem_new_text(problem);

        require_some_text(text);
        g_free(text);
        /* a message that the capture cut is not blamed for what may stand behind the cut */
        if (problem->code == SCEP_PROBLEM_NO_SIGNER || problem->code == SCEP_PROBLEM_NO_SIGNED_ATTRIBUTES ||
            problem->code == SCEP_PROBLEM_ENVELOPE_MISSING)
            REQUIRE(!message->truncated);
    }
}

/* Known by name, or as sent, or not there; nothing in it steers a terminal. */
static void require_code(int code, const char *other, const char *(*name)(int))
{
    REQUIRE(code >= -1 && code <= 255);
    REQUIRE((other == NULL) == (code < 0 || name(code) != NULL) || (other != NULL && code < 0));
    REQUIRE(other == NULL || g_utf8_validate(other, -1, NULL));
    for (; other != NULL && *other != '\0'; other = g_utf8_next_char(other))
        REQUIRE(g_unichar_isprint(g_utf8_get_char(other)));
}

static void require_message(const uint8_t *data, size_t size, const ScepMessage *message)
{
    REQUIRE(message_fault(message, size) == NULL);
    for (unsigned id = SCEP_ATTR_UNKNOWN + 1; id < SCEP_ATTR_COUNT; id++) {
        const ScepSpan value = scep_message_value(message, id);
        REQUIRE(value.length == 0 || scep_message_get0_attribute(message, id) != NULL);
        REQUIRE(span_fits(value, size));
    }
    if (message->transaction_id != NULL)
        require_some_text(message->transaction_id);
    if (message->fail_info_text != NULL)
        require_some_text(message->fail_info_text);
    require_code(message->message_type, message->message_type_other, scep_message_type_name);
    require_code(message->pki_status, message->pki_status_other, scep_pki_status_name);
    require_code(message->fail_info, message->fail_info_other, scep_fail_info_name);
    require_problems(message);
    require_name(data, message->signer.issuer);
    for (guint i = 0; i < message->certificates->len; i++)
        require_certificate(data, g_array_index(message->certificates, ScepSpan, i));
    require_envelope(data, message);
    /* what the tests for bodies of unknown type let through can be read */
    if (scep_message_looks_like(data, size))
        REQUIRE(scep_message_is_signed_data(data, size));
    if (scep_message_is_signed_data(data, size))
        REQUIRE(message->is_signed_data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ScepMessage *message = scep_message_new(data, size, 0);
    require_message(data, size, message);
    const bool truncated = message->truncated;
    scep_message_free(message);

    /* the same bytes, of which the carrier says that there were more */
    message = scep_message_new(data, size, 100);
    require_message(data, size, message);
    REQUIRE(message->truncated && message->missing >= 100);
    REQUIRE(truncated || message->missing == 100);
    scep_message_free(message);
    return 0;
}
