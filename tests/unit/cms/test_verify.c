/* test_verify.c
 * Digests and signatures of messages: every algorithm, every shape, and every flipped bit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <string.h>

#include "cms_fixture.h"
#include "asn1/der.h"
#include "crypto/crypto.h"
#include "cms/verify.h"

#define OID_SHA1 "1.3.14.3.2.26"
#define OID_SHA256 "2.16.840.1.101.3.4.2.1"
#define OID_SHA512 "2.16.840.1.101.3.4.2.3"
#define OID_RSA "1.2.840.113549.1.1.1"

static const uint8_t content[] = "not an envelope, but octets that can be hashed";

/* A recipe that the tests vary: RSA, SHA-256, rsaEncryption with NULL, as OpenSSL would do it. */
static FixtureSigned plain_recipe(X509 *certificate)
{
    return (FixtureSigned){ .key = fixture_key(KEY_DEVICE),
                            .certificate = certificate,
                            .digest = OID_SHA256,
                            .algorithm = OID_RSA,
                            .hash = "SHA256",
                            .parameters = fixture_null(),
                            .content = content,
                            .content_size = sizeof content - 1 };
}

static X509 *device_certificate(void)
{
    return fixture_certificate(fixture_key(KEY_DEVICE), "device", NULL, NULL, 4711, true);
}

typedef struct {
    ScepVerdict digest;
    ScepVerdict signature;
} Verdicts;

/* @param certificate  candidate, or NULL for the message's own */
static Verdicts check(GBytes *der, GBytes *certificate)
{
    size_t size, certificate_size = 0;
    const uint8_t *data = g_bytes_get_data(der, &size);
    const uint8_t *candidate = certificate != NULL ? g_bytes_get_data(certificate, &certificate_size) : NULL;
    ScepMessage *message = scep_message_new(data, size, 0);
    const Verdicts verdicts = { scep_verify_digest(message, data),
                                scep_verify_signature(message, data, candidate, certificate_size) };

    scep_message_free(message);
    assert_int_equal(ERR_peek_error(), 0);
    return verdicts;
}

static void expect(GBytes *der, ScepVerifyStatus digest, ScepVerifyStatus signature)
{
    const Verdicts verdicts = check(der, NULL);

    assert_int_equal(verdicts.digest.status, digest);
    assert_int_equal(verdicts.signature.status, signature);
}

/* Makes the message, checks it and lets it go. @return what the signature's reason was */
static ScepVerifyReason expect_recipe(const FixtureSigned *recipe, ScepVerifyStatus digest, ScepVerifyStatus signature)
{
    GBytes *der = fixture_signed(recipe);
    const Verdicts verdicts = check(der, NULL);

    g_bytes_unref(der);
    assert_int_equal(verdicts.digest.status, digest);
    assert_int_equal(verdicts.signature.status, signature);
    return verdicts.signature.reason;
}

static void test_rsa_with_every_digest(void **state)
{
    static const struct {
        const char *digest, *hash, *algorithm;
    } rows[] = {
        { "1.2.840.113549.2.5", "MD5", "1.2.840.113549.1.1.4" },
        { OID_SHA1, "SHA1", "1.2.840.113549.1.1.5" },
        { OID_SHA1, "SHA1", "1.3.14.3.2.29" },
        { "2.16.840.1.101.3.4.2.4", "SHA224", "1.2.840.113549.1.1.14" },
        { OID_SHA256, "SHA256", "1.2.840.113549.1.1.11" },
        { "2.16.840.1.101.3.4.2.2", "SHA384", "1.2.840.113549.1.1.12" },
        { OID_SHA512, "SHA512", "1.2.840.113549.1.1.13" },
    };
    X509 *certificate = device_certificate();
    FixtureSigned recipe = plain_recipe(certificate);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        recipe.digest = rows[i].digest;
        recipe.hash = rows[i].hash;
        for (unsigned form = 0; form < 4; form++) {
            recipe.algorithm = form & 1 ? rows[i].algorithm : OID_RSA;
            recipe.parameters = form & 2 ? fixture_null() : NULL;
            expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
        }
    }
    /* the algorithm names another digest than digestAlgorithm: whichever was signed with counts */
    recipe.digest = OID_SHA256;
    recipe.hash = "SHA256";
    recipe.algorithm = "1.2.840.113549.1.1.5";
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
    recipe.hash = "SHA1";
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
    recipe.hash = "SHA512";
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_BAD);
    X509_free(certificate);
}

/* RSASSA-PSS-params { [0] SHA-256, [1] MGF1 with SHA-256, [2] 32 }, and an empty SEQUENCE for SHA-1 and 20. */
static const uint8_t pss_sha256[] = { 0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
                                      0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30,
                                      0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
                                      0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
                                      0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20 };
static const uint8_t pss_defaults[] = { 0x30, 0x00 };

static void test_pss(void **state)
{
    X509 *certificate = device_certificate();
    FixtureSigned recipe = plain_recipe(certificate);
    GByteArray *parameters = g_byte_array_new();

    (void)state;
    recipe.algorithm = "1.2.840.113549.1.1.10";
    recipe.pss = true;
    recipe.parameters = g_byte_array_append(parameters, pss_sha256, sizeof pss_sha256);
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
    recipe.hash = "SHA512"; /* not what the parameters say */
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_BAD);
    g_byte_array_set_size(parameters, 0);
    recipe.parameters = g_byte_array_append(parameters, pss_defaults, sizeof pss_defaults);
    recipe.hash = "SHA1";
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
    g_byte_array_unref(parameters);
    X509_free(certificate);
}

static void test_elliptic_curves(void **state)
{
    static const struct {
        FixtureKey key;
        const char *digest, *hash, *algorithm;
    } rows[] = {
        { KEY_EC, OID_SHA256, "SHA256", "1.2.840.10045.4.3.2" },
        { KEY_EC, OID_SHA1, "SHA1", "1.2.840.10045.4.1" },
        { KEY_EC, OID_SHA256, "SHA256", "1.2.840.10045.2.1" }, /* id-ecPublicKey in place of an algorithm */
        { KEY_EC_LARGE, OID_SHA512, "SHA512", "1.2.840.10045.4.3.4" },
        { KEY_ED25519, OID_SHA512, NULL, "1.3.101.112" },
        { KEY_ED448, "2.16.840.1.101.3.4.2.12", NULL, "1.3.101.113" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        EVP_PKEY *key = fixture_key(rows[i].key);
        X509 *certificate = fixture_certificate(key, "curve", NULL, NULL, 7, false);
        FixtureSigned recipe = plain_recipe(certificate);
        recipe.key = key;
        recipe.digest = rows[i].digest;
        recipe.hash = rows[i].hash;
        recipe.algorithm = rows[i].algorithm;
        recipe.parameters = NULL;
        expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);

        GBytes *der = fixture_signed(&recipe);
        size_t size;
        const uint8_t *data = g_bytes_get_data(der, &size);
        ScepMessage *message = scep_message_new(data, size, 0);
        GBytes *flipped = fixture_flip(der, message->signer.signature.offset + message->signer.signature.length - 5, 3);
        scep_message_free(message);
        expect(flipped, SCEP_VERIFY_GOOD, SCEP_VERIFY_BAD);
        g_bytes_unref(flipped);
        g_bytes_unref(der);
        X509_free(certificate);
    }
}

/* Signed by OpenSSL itself, with its own attributes, so that not only the tests' own hand is checked. */
static void test_messages_of_openssl(void **state)
{
    static const FixtureKey kinds[] = { KEY_DEVICE, KEY_EC, KEY_EC_LARGE };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        X509 *certificate = fixture_certificate(fixture_key(kinds[i]), "openssl", NULL, NULL, 9, true);
        BIO *bio = BIO_new_mem_buf(content, sizeof content - 1);
        for (unsigned flags = 0; flags < 4; flags++) {
            CMS_ContentInfo *cms =
                CMS_sign_ex(certificate, fixture_key(kinds[i]), NULL, bio,
                            CMS_BINARY | (flags & 1 ? CMS_USE_KEYID : 0) | (flags & 2 ? CMS_NOATTR : 0),
                            scep_crypto_context(), NULL);
            assert_non_null(cms);
            GBytes *der = fixture_cms_der(cms);
            expect(der, flags & 2 ? SCEP_VERIFY_NOT_CHECKED : SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
            GBytes *ber = fixture_to_ber(der);
            expect(ber, flags & 2 ? SCEP_VERIFY_NOT_CHECKED : SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
            g_bytes_unref(ber);
            g_bytes_unref(der);
            CMS_ContentInfo_free(cms);
            (void)BIO_seek(bio, 0);
        }
        BIO_free(bio);
        X509_free(certificate);
    }
}

static void test_content_shapes(void **state)
{
    static const uint8_t zero[] = { 0 };
    X509 *certificate = device_certificate();
    FixtureSigned recipe = plain_recipe(certificate);

    (void)state;
    recipe.shape = CONTENT_CHUNKED;
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
    recipe.shape = CONTENT_ANY; /* PKCS#7 1.5, type signedData */
    recipe.content_type = "1.2.840.113549.1.7.2";
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
    recipe.without_attributes = true;
    expect_recipe(&recipe, SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_GOOD);
    recipe.without_attributes = false;
    recipe.content_type = NULL;

    /* the four empty shapes: absent, OCTET STRING of length 0, the same in pieces, one zero byte */
    recipe.content_size = 0;
    recipe.shape = CONTENT_ABSENT;
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
    recipe.shape = CONTENT_NORMAL;
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
    recipe.shape = CONTENT_CHUNKED;
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);
    recipe.shape = CONTENT_NORMAL;
    recipe.content = zero;
    recipe.content_size = 1;
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD);

    recipe.digest_of_nothing = true;
    GBytes *der = fixture_signed(&recipe);
    const Verdicts verdicts = check(der, NULL);
    assert_int_equal(verdicts.digest.status, SCEP_VERIFY_BAD);
    assert_int_equal(verdicts.digest.reason, SCEP_VERIFY_EMPTY_DIGEST);
    assert_int_equal(verdicts.signature.status, SCEP_VERIFY_GOOD);
    g_bytes_unref(der);
    X509_free(certificate);
}

static void test_order_of_attributes(void **state)
{
    X509 *certificate = device_certificate();
    FixtureSigned recipe = plain_recipe(certificate);

    (void)state;
    recipe.indefinite_attributes = true;
    assert_int_equal(expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD), SCEP_VERIFY_PLAIN);
    recipe.send_unsorted = true; /* BER as sent, DER as signed */
    assert_int_equal(expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD), SCEP_VERIFY_PLAIN);
    recipe.sign_unsorted = true; /* signed in the order sent, as OpenSSL accepts it */
    assert_int_equal(expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD), SCEP_VERIFY_PLAIN);
    recipe.indefinite_attributes = false;
    assert_int_equal(expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD), SCEP_VERIFY_PLAIN);
    recipe.sign_unsorted = false;
    assert_int_equal(expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_GOOD), SCEP_VERIFY_REENCODED);
    assert_non_null(scep_verify_reason_text(SCEP_VERIFY_REENCODED));
    recipe.send_unsorted = false; /* sent sorted, signed otherwise: no receiver can know the order */
    recipe.sign_unsorted = true;
    expect_recipe(&recipe, SCEP_VERIFY_GOOD, SCEP_VERIFY_BAD);
    X509_free(certificate);
}

/* Every bit of the content, of the transactionID and of the signature. */
static void test_flipped_bits(void **state)
{
    X509 *certificate = device_certificate();
    const FixtureSigned recipe = plain_recipe(certificate);
    GBytes *der = fixture_signed(&recipe);
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    ScepMessage *message = scep_message_new(data, size, 0);
    const struct {
        ScepSpan span;
        ScepVerifyStatus digest, signature;
    } parts[] = {
        { message->content.span, SCEP_VERIFY_BAD, SCEP_VERIFY_GOOD },
        { scep_message_value(message, SCEP_ATTR_TRANSACTION_ID), SCEP_VERIFY_GOOD, SCEP_VERIFY_BAD },
        { scep_message_value(message, SCEP_ATTR_SENDER_NONCE), SCEP_VERIFY_GOOD, SCEP_VERIFY_BAD },
        { scep_message_value(message, SCEP_ATTR_MESSAGE_DIGEST), SCEP_VERIFY_BAD, SCEP_VERIFY_BAD },
        { message->signer.signature, SCEP_VERIFY_GOOD, SCEP_VERIFY_BAD },
    };

    (void)state;
    scep_message_free(message);
    for (size_t part = 0; part < G_N_ELEMENTS(parts); part++) {
        assert_true(parts[part].span.length > 0);
        for (size_t at = 0; at < parts[part].span.length; at++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                GBytes *flipped = fixture_flip(der, parts[part].span.offset + at, bit);
                expect(flipped, parts[part].digest, parts[part].signature);
                g_bytes_unref(flipped);
            }
        }
    }
    g_bytes_unref(der);
    X509_free(certificate);
}

/* Wherever the capture ends: nothing is called good that is not, nor bad for being cut. */
static void test_cut_messages(void **state)
{
    X509 *certificate = device_certificate();
    const FixtureSigned recipe = plain_recipe(certificate);
    GBytes *der = fixture_signed(&recipe), *ber = fixture_to_ber(der);
    GBytes *const forms[] = { der, ber };
    bool digest_good = false;

    (void)state;
    for (size_t form = 0; form < G_N_ELEMENTS(forms); form++) {
        size_t size;
        const uint8_t *data = g_bytes_get_data(forms[form], &size);
        for (size_t length = 0; length < size; length++) {
            uint8_t *part = g_memdup2(data, length > 0 ? length : 1);
            ScepMessage *message = scep_message_new(part, length, 0);
            const ScepVerdict digest = scep_verify_digest(message, part);
            const ScepVerdict signature = scep_verify_signature(message, part, NULL, 0);
            assert_true(digest.status == SCEP_VERIFY_NOT_CHECKED || digest.status == SCEP_VERIFY_GOOD);
            assert_int_equal(signature.status, SCEP_VERIFY_NOT_CHECKED);
            assert_non_null(scep_verify_reason_text(signature.reason));
            digest_good |= digest.status == SCEP_VERIFY_GOOD;
            scep_message_free(message);
            g_free(part);
        }
    }
    assert_true(digest_good); /* content and attribute stand before the signature */
    g_bytes_unref(ber);
    g_bytes_unref(der);
    X509_free(certificate);
}

static void test_whose_certificate(void **state)
{
    X509 *certificate = device_certificate();
    X509 *namesake = fixture_certificate(fixture_key(KEY_OTHER), "device", NULL, NULL, 4711, true);
    X509 *stranger = fixture_certificate(fixture_key(KEY_DEVICE), "device", NULL, NULL, 4712, true);
    GBytes *right = fixture_der(certificate), *same_name = fixture_der(namesake), *other = fixture_der(stranger);
    FixtureSigned recipe = plain_recipe(certificate);

    (void)state;
    recipe.without_certificate = true; /* as NDES answers */
    GBytes *der = fixture_signed(&recipe);
    expect(der, SCEP_VERIFY_GOOD, SCEP_VERIFY_NO_CERTIFICATE);
    assert_int_equal(check(der, right).signature.status, SCEP_VERIFY_GOOD);
    assert_int_equal(check(der, other).signature.status, SCEP_VERIFY_NO_CERTIFICATE);
    assert_int_equal(check(der, same_name).signature.status, SCEP_VERIFY_BAD);
    assert_int_equal(check(der, der).signature.status, SCEP_VERIFY_NO_CERTIFICATE);
    g_bytes_unref(der);

    recipe.by_key_id = true;
    der = fixture_signed(&recipe);
    assert_int_equal(check(der, right).signature.status, SCEP_VERIFY_GOOD);
    assert_int_equal(check(der, same_name).signature.status, SCEP_VERIFY_NO_CERTIFICATE);
    assert_int_equal(check(der, other).signature.status, SCEP_VERIFY_GOOD); /* the same key */
    g_bytes_unref(der);

    g_bytes_unref(right);
    g_bytes_unref(same_name);
    g_bytes_unref(other);
    X509_free(certificate);
    X509_free(namesake);
    X509_free(stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rsa_with_every_digest), cmocka_unit_test(test_pss),
        cmocka_unit_test(test_elliptic_curves),       cmocka_unit_test(test_messages_of_openssl),
        cmocka_unit_test(test_content_shapes),        cmocka_unit_test(test_order_of_attributes),
        cmocka_unit_test(test_flipped_bits),          cmocka_unit_test(test_cut_messages),
        cmocka_unit_test(test_whose_certificate),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    fixture_cleanup();
    return failed;
}
