/* fuzz_csr.c
 * PKCS#10 requests and the other payloads: places lie in the buffer, texts are UTF-8, and the challenge stays hidden.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "asn1/asn1_text.h"
#include "cms/csr.h"
#include "scep/limits.h"
#include "scep/cms.h"

static void check_texts(const GPtrArray *texts)
{
    REQUIRE(texts->len <= SCEP_MAX_CSR_ITEMS);
    for (guint i = 0; i < texts->len; i++) {
        REQUIRE(g_ptr_array_index(texts, i) != NULL);
        require_text(g_ptr_array_index(texts, i));
    }
}

static void check_challenge(const ScepChallenge *challenge, size_t size, bool reveal)
{
    REQUIRE((challenge->text != NULL) == (challenge->present && reveal));
    if (!challenge->present)
        return;
    require_span(challenge->where, size);
    require_span(challenge->value, size);
    require_text(challenge->text);
    REQUIRE(challenge->characters <= challenge->bytes && challenge->bytes <= 3 * size);
    REQUIRE(challenge->kind == SCEP_CHALLENGE_PLAIN || challenge->bytes > 1000);
    REQUIRE(scep_string_type_name(challenge->tag) != NULL);
}

/* A masked copy is read as the request was: the same elements at the same places, and no challenge that says anything.
 */
static void check_redacted(const ScepCsr *csr, const uint8_t *data, size_t size)
{
    uint8_t *copy = g_memdup2(data, size);

    scep_csr_redact(csr, csr->signature, copy, size);
    ScepCsr *masked = scep_csr_new(copy, size, 0);
    if (scep_csr_keeps_its_form(csr)) {
        REQUIRE(masked != NULL && !masked->truncated);
        REQUIRE(masked->whole.length == csr->whole.length);
        REQUIRE(masked->subject_der.offset == csr->subject_der.offset);
        REQUIRE(masked->spki_der.offset == csr->spki_der.offset);
        REQUIRE(memcmp(masked->spki_sha256, csr->spki_sha256, sizeof csr->spki_sha256) == 0);
        REQUIRE(masked->challenge.present == csr->challenge.present);
        REQUIRE(masked->challenge.value.offset == csr->challenge.value.offset);
        REQUIRE(masked->challenge.value.length == csr->challenge.value.length);
    }
    scep_csr_free(masked);
    g_free(copy);
}

static void check_request(const uint8_t *data, size_t size, unsigned flags)
{
    ScepCsr *csr = scep_csr_new(data, size, flags);

    if (csr == NULL)
        return;
    require_span(csr->whole, size);
    require_span(csr->subject_der, size);
    require_span(csr->spki_der, size);
    require_text(csr->subject);
    require_text(csr->key_algorithm);
    require_text(csr->template_name);
    require_text(csr->template_oid);
    check_texts(csr->alternative_names);
    check_texts(csr->purposes);
    check_texts(csr->extensions);
    check_challenge(&csr->challenge, size, (flags & SCEP_CSR_REVEAL) != 0);
    REQUIRE(csr->items->len <= SCEP_MAX_CSR_ITEMS);
    for (guint i = 0; i < csr->items->len; i++) {
        const ScepCsrItem *item = &g_array_index(csr->items, ScepCsrItem, i);
        REQUIRE(item->name != NULL && item->text != NULL);
        require_text(item->name);
        require_text(item->text);
        require_span(item->where, size);
    }
    REQUIRE(csr->signature.status != SCEP_VERIFY_NO_CERTIFICATE);
    REQUIRE((flags & SCEP_CSR_VERIFY) || csr->signature.status == SCEP_VERIFY_NOT_CHECKED);
    check_redacted(csr, data, size);
    scep_csr_free(csr);
}

static void check_payloads(const uint8_t *data, size_t size)
{
    ScepIssuerAndSubject subject;
    ScepIssuerAndSerial serial;
    ScepCrl crl;

    if (scep_issuer_and_subject_read(data, size, &subject))
        REQUIRE(subject.issuer != NULL && subject.subject != NULL);
    require_span(subject.issuer_der, size);
    require_span(subject.subject_der, size);
    require_text(subject.issuer);
    require_text(subject.subject);
    scep_issuer_and_subject_clear(&subject);

    if (scep_issuer_and_serial_read(data, size, &serial))
        REQUIRE(serial.issuer != NULL && serial.serial.length > 0);
    require_span(serial.serial, size);
    scep_issuer_and_serial_clear(&serial);

    if (scep_crl_read(data, size, &crl))
        REQUIRE(crl.issuer != NULL);
    require_span(crl.number, size);
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
