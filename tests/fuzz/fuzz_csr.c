/* fuzz_csr.c
 * PKCS#10 requests and the other payloads: places lie in the buffer, texts are UTF-8, and the challenge stays hidden.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "scep/csr.h"
#include "scep/limits.h"
#include "scep/payload.h"

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

static void check_span(ScepSpan span, size_t size)
{
    REQUIRE(span.offset <= size && span.length <= size - span.offset);
}

static void check_text(const char *text)
{
    REQUIRE(text == NULL || g_utf8_validate(text, -1, NULL));
}

static void check_texts(const GPtrArray *texts)
{
    REQUIRE(texts->len <= SCEP_MAX_CSR_ITEMS);
    for (guint i = 0; i < texts->len; i++) {
        REQUIRE(g_ptr_array_index(texts, i) != NULL);
        check_text(g_ptr_array_index(texts, i));
    }
}

static void check_challenge(const ScepChallenge *challenge, size_t size, bool reveal)
{
    REQUIRE((challenge->text != NULL) == (challenge->present && reveal));
    if (!challenge->present)
        return;
    check_span(challenge->where, size);
    check_span(challenge->value, size);
    check_text(challenge->text);
    REQUIRE(challenge->characters <= challenge->bytes && challenge->bytes <= 3 * size);
    REQUIRE(challenge->kind == SCEP_CHALLENGE_PLAIN || challenge->bytes > 1000);
    REQUIRE(scep_string_type_name(challenge->tag) != NULL);
}

static void check_request(const uint8_t *data, size_t size, unsigned flags)
{
    ScepCsr *csr = scep_csr_new(data, size, flags);

    if (csr == NULL)
        return;
    check_span(csr->whole, size);
    check_span(csr->subject_der, size);
    check_span(csr->spki_der, size);
    check_text(csr->subject);
    check_text(csr->key_algorithm);
    check_text(csr->template_name);
    check_text(csr->template_oid);
    check_texts(csr->alternative_names);
    check_texts(csr->purposes);
    check_texts(csr->extensions);
    check_challenge(&csr->challenge, size, (flags & SCEP_CSR_REVEAL) != 0);
    REQUIRE(csr->items->len <= SCEP_MAX_CSR_ITEMS);
    for (guint i = 0; i < csr->items->len; i++) {
        const ScepCsrItem *item = &g_array_index(csr->items, ScepCsrItem, i);
        REQUIRE(item->name != NULL && item->text != NULL);
        check_text(item->name);
        check_text(item->text);
        check_span(item->where, size);
    }
    REQUIRE(csr->signature.status != SCEP_VERIFY_NO_CERTIFICATE);
    REQUIRE((flags & SCEP_CSR_VERIFY) || csr->signature.status == SCEP_VERIFY_NOT_CHECKED);
    scep_csr_free(csr);
}

static void check_payloads(const uint8_t *data, size_t size)
{
    ScepIssuerAndSubject subject;
    ScepIssuerAndSerial serial;
    ScepCrl crl;

    if (scep_issuer_and_subject_read(data, size, &subject))
        REQUIRE(subject.issuer != NULL && subject.subject != NULL);
    check_span(subject.issuer_der, size);
    check_span(subject.subject_der, size);
    check_text(subject.issuer);
    check_text(subject.subject);
    scep_issuer_and_subject_clear(&subject);

    if (scep_issuer_and_serial_read(data, size, &serial))
        REQUIRE(serial.issuer != NULL && serial.serial.length > 0);
    check_span(serial.serial, size);
    scep_issuer_and_serial_clear(&serial);

    if (scep_crl_read(data, size, &crl))
        REQUIRE(crl.issuer != NULL);
    check_span(crl.number, size);
    REQUIRE(crl.revoked <= size);
    scep_crl_clear(&crl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    check_request(data + 1, size - 1, data[0] & 3);
    check_payloads(data + 1, size - 1);
    REQUIRE(ERR_peek_error() == 0);
    return 0;
}
