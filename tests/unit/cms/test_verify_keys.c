/* test_verify_keys.c
 * Signatures of requests, certificates and rollover messages; and public keys that nobody should compute with.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

#include "cms_fixture.h"
#include "scep/cms.h"
#include "crypto/crypto.h"
#include "scep/limits.h"
#include "cms/verify.h"
#include "asn1/x509_spans.h"

static ScepVerdict check_request(GBytes *der)
{
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    const ScepVerdict verdict = scep_verify_request(data, size);

    assert_int_equal(ERR_peek_error(), 0);
    return verdict;
}

static ScepVerdict check_certificate(GBytes *der, GBytes *issuer)
{
    size_t size, issuer_size = 0;
    const uint8_t *data = g_bytes_get_data(der, &size);
    const uint8_t *issuer_data = issuer != NULL ? g_bytes_get_data(issuer, &issuer_size) : NULL;
    const ScepVerdict verdict = scep_verify_certificate(data, size, issuer_data, issuer_size);

    assert_int_equal(ERR_peek_error(), 0);
    return verdict;
}

static void test_requests(void **state)
{
    static const FixtureKey kinds[] = { KEY_DEVICE, KEY_EC, KEY_EC_LARGE, KEY_ED25519, KEY_ED448 };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        X509_REQ *request = fixture_request(fixture_key(kinds[i]), "device", "secret");
        GBytes *der = fixture_request_der(request);
        const size_t size = g_bytes_get_size(der);
        assert_int_equal(check_request(der).status, SCEP_VERIFY_GOOD);

        GBytes *subject = fixture_flip(der, 25, 0), *signature = fixture_flip(der, size - 4, 6);
        assert_int_equal(check_request(subject).status, SCEP_VERIFY_BAD);
        assert_int_equal(check_request(signature).status, SCEP_VERIFY_BAD);
        GBytes *truncated = g_bytes_new_from_bytes(der, 0, size - 1);
        assert_int_equal(check_request(truncated).status, SCEP_VERIFY_NOT_CHECKED);
        assert_int_equal(check_request(truncated).reason, SCEP_VERIFY_UNREADABLE);
        g_bytes_unref(subject);
        g_bytes_unref(signature);
        g_bytes_unref(truncated);
        g_bytes_unref(der);
        X509_REQ_free(request);
    }
}

static void test_certificates(void **state)
{
    X509 *ca = fixture_certificate(fixture_key(KEY_CA), "CA", NULL, NULL, 1, true);
    X509 *leaf = fixture_certificate(fixture_key(KEY_DEVICE), "device", "CA", fixture_key(KEY_CA), 2, false);
    GBytes *ca_der = fixture_der(ca), *leaf_der = fixture_der(leaf);

    (void)state;
    assert_int_equal(check_certificate(ca_der, NULL).status, SCEP_VERIFY_GOOD);
    assert_int_equal(check_certificate(leaf_der, ca_der).status, SCEP_VERIFY_GOOD);
    assert_int_equal(check_certificate(leaf_der, NULL).status, SCEP_VERIFY_BAD);
    assert_int_equal(check_certificate(ca_der, leaf_der).status, SCEP_VERIFY_BAD);
    g_bytes_unref(ca_der);
    g_bytes_unref(leaf_der);
    X509_free(ca);
    X509_free(leaf);
}

/* GetNextCACert (RFC 8894 4.7.1): certificates only, inside a message that today's CA signs. */
static void test_rollover(void **state)
{
    X509 *ca = fixture_certificate(fixture_key(KEY_CA), "CA", NULL, NULL, 1, true);
    X509 *next = fixture_certificate(fixture_key(KEY_OTHER), "CA", NULL, NULL, 2, true);
    CMS_ContentInfo *inner = CMS_ContentInfo_new_ex(scep_crypto_context(), NULL);

    (void)state;
    assert_true(CMS_SignedData_init(inner) == 1 && CMS_add1_cert(inner, next) == 1);
    GBytes *degenerate = fixture_cms_der(inner);
    size_t inner_size, size;
    const uint8_t *inner_data = g_bytes_get_data(degenerate, &inner_size);
    FixtureSigned recipe = { .key = fixture_key(KEY_CA),
                             .certificate = ca,
                             .digest = "2.16.840.1.101.3.4.2.1",
                             .algorithm = "1.2.840.113549.1.1.11",
                             .hash = "SHA256",
                             .parameters = fixture_null(),
                             .content = inner_data,
                             .content_size = inner_size,
                             .without_certificate = true };
    GBytes *der = fixture_signed(&recipe), *certificate = fixture_der(ca);
    const uint8_t *data = g_bytes_get_data(der, &size);
    const uint8_t *ca_data = g_bytes_get_data(certificate, NULL);
    ScepMessage *message = scep_message_new(data, size, 0);

    assert_int_equal(message->content_kind, SCEP_CONTENT_SIGNED);
    assert_int_equal(scep_verify_digest(message, data).status, SCEP_VERIFY_GOOD);
    assert_int_equal(scep_verify_signature(message, data, NULL, 0).status, SCEP_VERIFY_NO_CERTIFICATE);
    assert_int_equal(scep_verify_signature(message, data, ca_data, g_bytes_get_size(certificate)).status,
                     SCEP_VERIFY_GOOD);
    scep_message_free(message);

    /* the certificates alone have nobody who signed them */
    message = scep_message_new(inner_data, inner_size, 0);
    assert_true(message->certs_only);
    assert_int_equal(scep_verify_digest(message, inner_data).reason, SCEP_VERIFY_NO_SIGNER);
    assert_int_equal(scep_verify_signature(message, inner_data, ca_data, g_bytes_get_size(certificate)).reason,
                     SCEP_VERIFY_NO_SIGNER);
    scep_message_free(message);
    g_bytes_unref(certificate);
    g_bytes_unref(der);
    g_bytes_unref(degenerate);
    CMS_ContentInfo_free(inner);
    X509_free(next);
    X509_free(ca);
}

/* An RSA public key of these sizes; nobody has its private half. */
static EVP_PKEY *rsa_of(int modulus_bits, int exponent_bits)
{
    BIGNUM *modulus = BN_new(), *exponent = BN_new();
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(scep_crypto_context(), "RSA", NULL);
    EVP_PKEY *key = NULL;

    assert_true(BN_rand(modulus, modulus_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD));
    assert_true(BN_rand(exponent, exponent_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD));
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(maker), 1);
    assert_int_equal(EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(maker);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

/* One certificate that the CA's RSA key signed, made once. */
static GBytes *signed_by_ca(void)
{
    static GBytes *der;

    if (der == NULL) {
        X509 *certificate = fixture_certificate(fixture_key(KEY_DEVICE), "device", "CA", fixture_key(KEY_CA), 6, false);
        der = fixture_der(certificate);
        X509_free(certificate);
    }
    return der;
}

/* @return the verdict when that signature is checked with this key; who signed the key's own certificate is nothing to
 * it */
static ScepVerdict check_with_key(EVP_PKEY *key)
{
    X509 *holder = fixture_certificate(key, "holder", "CA", fixture_key(KEY_ED25519), 5, false);
    GBytes *holder_der = fixture_der(holder);
    const ScepVerdict verdict = check_certificate(signed_by_ca(), holder_der);

    g_bytes_unref(holder_der);
    X509_free(holder);
    return verdict;
}

static void test_hostile_rsa_keys(void **state)
{
    static const struct {
        int modulus, exponent;
        ScepVerifyStatus status;
        ScepVerifyReason reason;
    } rows[] = {
        { 2048, 17, SCEP_VERIFY_BAD, SCEP_VERIFY_PLAIN },
        { SCEP_MAX_RSA_BITS, SCEP_MAX_RSA_EXPONENT_BITS, SCEP_VERIFY_BAD, SCEP_VERIFY_PLAIN },
        { 2048, SCEP_MAX_RSA_EXPONENT_BITS + 1, SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_KEY_TOO_LARGE },
        { 2048, 2048, SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_KEY_TOO_LARGE },
        { SCEP_MAX_RSA_BITS + 1, 17, SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_KEY_TOO_LARGE },
        { 100000, 17, SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_KEY_TOO_LARGE },
        { 9, 2, SCEP_VERIFY_BAD, SCEP_VERIFY_PLAIN },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        EVP_PKEY *key = rsa_of(rows[i].modulus, rows[i].exponent);
        const ScepVerdict verdict = check_with_key(key);
        assert_int_equal(verdict.status, rows[i].status);
        assert_int_equal(verdict.reason, rows[i].reason);
        EVP_PKEY_free(key);
    }
}

static void test_other_keys(void **state)
{
    EVP_PKEY *curve = EVP_PKEY_Q_keygen(scep_crypto_context(), NULL, "EC", "P-256");
    EVP_PKEY *agreement = EVP_PKEY_Q_keygen(scep_crypto_context(), NULL, "X25519");

    (void)state;
    /* an RSA signature, and a key that cannot have made it */
    assert_int_equal(check_with_key(fixture_key(KEY_EC)).reason, SCEP_VERIFY_KEY_MISMATCH);
    assert_int_equal(check_with_key(fixture_key(KEY_EC)).status, SCEP_VERIFY_BAD);
    assert_int_equal(check_with_key(fixture_key(KEY_ED25519)).reason, SCEP_VERIFY_KEY_MISMATCH);
    assert_int_equal(check_with_key(agreement).reason, SCEP_VERIFY_UNKNOWN_KEY);
    /* the same curve by its numbers instead of its name */
    assert_int_equal(EVP_PKEY_set_utf8_string_param(curve, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), 1);
    assert_int_equal(check_with_key(curve).reason, SCEP_VERIFY_UNKNOWN_KEY);
    assert_int_equal(check_with_key(curve).status, SCEP_VERIFY_NOT_CHECKED);
    EVP_PKEY_free(curve);
    EVP_PKEY_free(agreement);
}

/* A point that is not on the curve. */
static void test_broken_keys(void **state)
{
    X509 *curve = fixture_certificate(fixture_key(KEY_EC), "curve", NULL, NULL, 8, false);
    GBytes *der = fixture_der(curve);
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    ScepX509Spans spans;

    (void)state;
    assert_true(scep_x509_spans_read(data, size, &spans));
    GBytes *off_curve = fixture_flip(der, spans.spki.offset + spans.spki.length - 1, 0);
    assert_int_equal(check_certificate(off_curve, NULL).reason, SCEP_VERIFY_KEY_UNREADABLE);
    assert_int_equal(check_certificate(off_curve, NULL).status, SCEP_VERIFY_NOT_CHECKED);
    assert_int_equal(check_certificate(der, NULL).status, SCEP_VERIFY_GOOD);
    g_bytes_unref(off_curve);
    g_bytes_unref(der);
    X509_free(curve);
}

/* Many keys one after the other: what is kept for reuse stays small, and is right after it was dropped. */
static void test_many_keys(void **state)
{
    uint8_t raw[32] = { 0 };

    (void)state;
    for (unsigned round = 0; round < 2 * SCEP_MAX_CACHED_KEYS + 3; round++) {
        raw[0] = (uint8_t)round;
        EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(scep_crypto_context(), "ED25519", NULL, raw, sizeof raw);
        assert_int_equal(check_with_key(key).reason, SCEP_VERIFY_KEY_MISMATCH);
        EVP_PKEY_free(key);
        if (round % 16 == 0)
            assert_int_equal(check_with_key(fixture_key(KEY_CA)).status, SCEP_VERIFY_GOOD);
    }
}

static void test_every_reason_has_a_text(void **state)
{
    (void)state;
    assert_null(scep_verify_reason_text(SCEP_VERIFY_PLAIN));
    assert_null(scep_verify_reason_text(SCEP_VERIFY_REASON_COUNT));
    for (int reason = 1; reason < SCEP_VERIFY_REASON_COUNT; reason++)
        assert_non_null(scep_verify_reason_text((ScepVerifyReason)reason));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),   cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_rollover),   cmocka_unit_test(test_hostile_rsa_keys),
        cmocka_unit_test(test_other_keys), cmocka_unit_test(test_broken_keys),
        cmocka_unit_test(test_many_keys),  cmocka_unit_test(test_every_reason_has_a_text),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    g_bytes_unref(signed_by_ca());
    fixture_cleanup();
    return failed;
}
