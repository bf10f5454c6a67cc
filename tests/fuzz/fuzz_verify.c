/* fuzz_verify.c
 * Signed messages, requests and certificates: what was changed is not called good, and no host error is left behind.
 *
 * The first byte chooses: bytes as they come, or a message that was signed at the start, with the rest of the input as
 * changes to it (two bytes place, one byte value).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "crypto/crypto.h"
#include "cms/verify.h"

#define MAX_CHANGES 16

static const uint8_t content[] = "what is signed";
static GBytes *templates[2];
static GBytes *certificate_der;

static GBytes *sign(X509 *certificate, EVP_PKEY *key, unsigned flags)
{
    BIO *bio = BIO_new_mem_buf(content, sizeof content);
    CMS_ContentInfo *cms = CMS_sign_ex(certificate, key, NULL, bio, CMS_BINARY | flags, scep_crypto_context(), NULL);
    unsigned char *der = NULL;
    const int size = i2d_CMS_ContentInfo(cms, &der);
    GBytes *bytes = g_bytes_new(der, (gsize)size);

    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(bio);
    return bytes;
}

static void set_up(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(scep_crypto_context(), NULL, "RSA", (size_t)1024);
    X509 *certificate = X509_new_ex(scep_crypto_context(), NULL);
    EVP_MD *digest = EVP_MD_fetch(scep_crypto_context(), "SHA256", NULL);
    unsigned char *der = NULL;

    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 1000);
    X509_set_pubkey(certificate, key);
    REQUIRE(X509_sign(certificate, key, digest) > 0);
    const int size = i2d_X509(certificate, &der);
    certificate_der = g_bytes_new(der, (gsize)size);
    OPENSSL_free(der);
    templates[0] = sign(certificate, key, 0);
    templates[1] = sign(certificate, key, CMS_NOATTR);
    EVP_MD_free(digest);
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
}

static void check_verdict(ScepVerdict verdict)
{
    REQUIRE(verdict.status <= SCEP_VERIFY_NO_CERTIFICATE && verdict.reason < SCEP_VERIFY_REASON_COUNT);
    REQUIRE((verdict.status != SCEP_VERIFY_NOT_CHECKED) || scep_verify_reason_text(verdict.reason) != NULL);
    REQUIRE(ERR_peek_error() == 0);
}

/* What is no OCTET STRING is kept with its header, and digested without (RFC 5652, 5.2.1: as PKCS #7 does). */
static bool holds_value(const uint8_t *data, ScepSpan span, const uint8_t *other, ScepSpan value)
{
    return span.length >= value.length &&
           memcmp(data + span.offset + span.length - value.length, other + value.offset, value.length) == 0;
}

/* @param original  the message that @a data was made from, or NULL */
static void check(const uint8_t *data, size_t size, GBytes *original)
{
    ScepMessage *message = scep_message_new(data, size, 0);
    size_t certificate_size;
    const uint8_t *certificate = g_bytes_get_data(certificate_der, &certificate_size);
    const ScepVerdict digest = scep_verify_digest(message, data);
    const ScepVerdict own = scep_verify_signature(message, data, NULL, 0);
    const ScepVerdict given = scep_verify_signature(message, data, certificate, certificate_size);

    check_verdict(digest);
    check_verdict(own);
    check_verdict(given);
    REQUIRE(given.status != SCEP_VERIFY_GOOD || original != NULL);
    if (given.status == SCEP_VERIFY_GOOD && digest.status == SCEP_VERIFY_GOOD) {
        size_t original_size;
        const uint8_t *original_data = g_bytes_get_data(original, &original_size);
        ScepMessage *parsed = scep_message_new(original_data, original_size, 0);
        REQUIRE(message->content.joined != NULL ||
                holds_value(data, message->content.span, original_data, parsed->content.span));
        scep_message_free(parsed);
    }
    scep_message_free(message);
    check_verdict(scep_verify_request(data, size));
    check_verdict(scep_verify_certificate(data, size, NULL, 0));
    check_verdict(scep_verify_certificate(data, size, certificate, certificate_size));
    check_verdict(scep_verify_certificate(certificate, certificate_size, data, size));
}

static void check_changed(const uint8_t *data, size_t size, GBytes *original)
{
    size_t length;
    const uint8_t *template = g_bytes_get_data(original, &length);
    uint8_t *copy = g_memdup2(template, length);

    for (unsigned i = 0; i < MAX_CHANGES && size >= 3; i++, data += 3, size -= 3) {
        const size_t place = (size_t)(data[0] << 8 | data[1]);
        if (place < length)
            copy[place] = data[2];
    }
    check(copy, length, original);
    g_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (certificate_der == NULL)
        set_up();
    if (size == 0)
        return 0;
    if (data[0] & 0x80)
        check_changed(data + 1, size - 1, templates[data[0] & 1]);
    else
        check(data + 1, size - 1, NULL);
    return 0;
}
