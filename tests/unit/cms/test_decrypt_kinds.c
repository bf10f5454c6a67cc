/* test_decrypt_kinds.c
 * Recipients other than RSA: key agreement, passwords, symmetric keys; and several recipients in one envelope.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/ec.h>

#include "decrypt_opening.h"
#include "crypto/crypto.h"
#include "scep/limits.h"
#include "cms/decrypt.h"

static GBytes *payload;

static CMS_ContentInfo *begin(const char *cipher_name)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(scep_crypto_context(), cipher_name, NULL);
    CMS_ContentInfo *cms = CMS_encrypt_ex(NULL, NULL, cipher, CMS_PARTIAL | CMS_BINARY, scep_crypto_context(), NULL);

    EVP_CIPHER_free(cipher);
    assert_non_null(cms);
    return cms;
}

static GBytes *finish(CMS_ContentInfo *cms)
{
    size_t size;
    const void *data = g_bytes_get_data(payload, &size);
    BIO *bio = BIO_new_mem_buf(data, (int)size);

    assert_int_equal(CMS_final(cms, bio, NULL, CMS_BINARY), 1);
    GBytes *der = fixture_cms_der(cms);
    BIO_free(bio);
    CMS_ContentInfo_free(cms);
    return der;
}

/* ---- key agreement ----------------------------------------------------------------------------------------------- */

/* @param digest  of the key derivation */
static GBytes *agreed(X509 *recipient, const char *cipher, const char *digest, int cofactor)
{
    CMS_ContentInfo *cms = begin(cipher);
    EVP_MD *md = EVP_MD_fetch(scep_crypto_context(), digest, NULL);
    CMS_RecipientInfo *info = CMS_add1_recipient_cert(cms, recipient, CMS_KEY_PARAM);
    EVP_PKEY_CTX *context = CMS_RecipientInfo_get0_pkey_ctx(info);

    assert_non_null(context);
    assert_int_equal(EVP_PKEY_CTX_set_ecdh_kdf_md(context, md), 1);
    if (cofactor)
        assert_int_equal(EVP_PKEY_CTX_set_ecdh_cofactor_mode(context, 1), 1);
    GBytes *der = finish(cms);
    EVP_MD_free(md);
    return der;
}

static void test_key_agreement(void **state)
{
    static const struct {
        FixtureKey key;
        const char *cipher, *digest;
        int cofactor;
    } rows[] = {
        { KEY_EC, "AES-128-CBC", "SHA1", 0 },         { KEY_EC, "AES-256-CBC", "SHA256", 0 },
        { KEY_EC, "AES-192-CBC", "SHA224", 0 },       { KEY_EC, "DES-EDE3-CBC", "SHA1", 0 },
        { KEY_EC_LARGE, "AES-256-CBC", "SHA512", 0 }, { KEY_EC_LARGE, "AES-256-CBC", "SHA384", 1 },
        { KEY_EC, "AES-128-CBC", "SHA256", 1 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        X509 *certificate = fixture_certificate(fixture_key(rows[i].key), "curve", NULL, NULL, 0x77, true);
        GBytes *der = agreed(certificate, rows[i].cipher, rows[i].digest, rows[i].cofactor);
        GBytes *ber = fixture_to_ber(der);
        ScepKeyring *keyring = keyring_with(rows[i].key, "curve key");
        ScepKeyring *other = keyring_with(rows[i].key == KEY_EC ? KEY_EC_LARGE : KEY_EC, "other curve");

        expect_opened(open_enveloped(der, keyring), payload, "curve key"); /* by trying */
        assert_true(keyring_learn(keyring, certificate));
        const uint64_t before = scep_decrypt_operations();
        expect_opened(open_enveloped(der, keyring), payload, "curve key");
        expect_opened(open_enveloped(ber, keyring), payload, "curve key");
        assert_int_equal(scep_decrypt_operations() - before, 2);
        expect_reason(open_enveloped(der, other), SCEP_DECRYPT_NO_KEY, "issuer CN=curve, serial 77");
        scep_keyring_free(other);
        scep_keyring_free(keyring);
        g_bytes_unref(ber);
        g_bytes_unref(der);
        X509_free(certificate);
    }
}

static void test_damaged_agreement(void **state)
{
    X509 *certificate = fixture_certificate(fixture_key(KEY_EC), "curve", NULL, NULL, 0x77, true);
    GBytes *der = agreed(certificate, "AES-128-CBC", "SHA256", 0);
    ScepKeyring *keyring = keyring_with(KEY_EC, "curve key");
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    ScepEnvelope *parts = scep_envelope_new(data, size, SCEP_CONTENT_ENVELOPED);
    const ScepRecipient *recipient = &g_array_index(parts->recipients, ScepRecipient, 0);
    const size_t point = recipient->originator.offset + recipient->originator.length - 1;

    (void)state;
    assert_true(keyring_learn(keyring, certificate));
    GBytes *off_curve = fixture_flip(der, point, 0);
    GBytes *wrapped = fixture_flip(der, recipient->encrypted_key.offset + 3, 5);
    expect_reason(open_enveloped(off_curve, keyring), SCEP_DECRYPT_WRONG_KEY, "the wrapped key does not check");
    expect_reason(open_enveloped(wrapped, keyring), SCEP_DECRYPT_WRONG_KEY, "the wrapped key does not check");
    /* a scheme that nobody has: the last octet of 1.3.132.1.11.1 */
    size_t scheme = recipient->algorithm_whole.offset + 2 + 2 + 5;
    GBytes *unknown = fixture_flip(der, scheme, 6);
    expect_reason(open_enveloped(unknown, keyring), SCEP_DECRYPT_UNSUPPORTED, "1.3.132.1.11.65");
    scep_envelope_free(parts);
    g_bytes_unref(off_curve);
    g_bytes_unref(wrapped);
    g_bytes_unref(unknown);
    g_bytes_unref(der);
    scep_keyring_free(keyring);
    X509_free(certificate);
}

/* ---- passwords --------------------------------------------------------------------------------------------------- */

static GBytes *with_password(const char *password, int iterations, const char *content_cipher, const char *key_cipher)
{
    CMS_ContentInfo *cms = begin(content_cipher);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(scep_crypto_context(), key_cipher, NULL);
    char *copy = OPENSSL_strdup(password); /* taken over by the message */

    assert_non_null(CMS_add0_recipient_password(cms, iterations, -1, -1, (unsigned char *)copy, -1, cipher));
    GBytes *der = finish(cms);
    EVP_CIPHER_free(cipher);
    return der;
}

static void test_passwords(void **state)
{
    static const char *const content[] = { "AES-128-CBC", "DES-EDE3-CBC", "AES-256-CBC" };
    static const char *const wrapping[] = { "AES-256-CBC", "DES-EDE3-CBC", "AES-128-CBC" };
    ScepKeyring *keyring = scep_keyring_new(), *empty = scep_keyring_new();

    (void)state;
    assert_true(scep_keyring_add_password(keyring, "another", "another device"));
    assert_true(scep_keyring_add_password(keyring, "pass phrase", "the device"));
    for (size_t i = 0; i < G_N_ELEMENTS(content); i++) {
        GBytes *der = with_password("pass phrase", 500, content[i], wrapping[i]), *ber = fixture_to_ber(der);
        GBytes *wrong = with_password("other", 500, content[i], wrapping[i]);
        expect_opened(open_enveloped(der, keyring), payload, "the device");
        expect_opened(open_enveloped(ber, keyring), payload, "the device");
        expect_reason(open_enveloped(wrong, keyring), SCEP_DECRYPT_WRONG_PASSWORD, "none of the configured ones fits");
        expect_reason(open_enveloped(wrong, empty), SCEP_DECRYPT_NO_KEYS, "No key is configured");
        g_bytes_unref(wrong);
        g_bytes_unref(ber);
        g_bytes_unref(der);
    }
    ScepKeyring *one = scep_keyring_new(), *keys = keyring_with(KEY_EC, "key");
    assert_true(scep_keyring_add_password(one, "wrong", NULL));
    GBytes *der = with_password("pass phrase", 500, content[0], wrapping[0]);
    expect_reason(open_enveloped(der, one), SCEP_DECRYPT_WRONG_PASSWORD, "the configured one does not fit");
    expect_reason(open_enveloped(der, keys), SCEP_DECRYPT_NO_KEY, "none is configured");
    g_bytes_unref(der);
    scep_keyring_free(one);
    scep_keyring_free(keys);
    scep_keyring_free(empty);
    scep_keyring_free(keyring);
}

/* Where the number of iterations stands: INTEGER 65536 has octets nothing else has. */
static size_t find_iterations(GBytes *der)
{
    static const uint8_t number[] = { 0x02, 0x03, 0x01, 0x00, 0x00 };
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);

    for (size_t at = 0; at + sizeof number <= size; at++) {
        if (memcmp(data + at, number, sizeof number) == 0)
            return at + 2;
    }
    fail_msg("no iteration count");
    return 0;
}

static void test_iterations_are_limited(void **state)
{
    ScepKeyring *keyring = scep_keyring_new();
    GBytes *der = with_password("pass phrase", 65536, "AES-128-CBC", "AES-128-CBC");
    const size_t place = find_iterations(der);

    (void)state;
    assert_true(scep_keyring_add_password(keyring, "wrong", "first"));
    assert_true(scep_keyring_add_password(keyring, "pass phrase", "second"));
    expect_opened(open_enveloped(der, keyring), payload, "second");
    assert_int_equal(keyring->iterations, 2 * 65536);

    GBytes *many = fixture_flip(der, place, 6); /* 4 million and more */
    const uint64_t before = scep_decrypt_operations();
    expect_reason(open_enveloped(many, keyring), SCEP_DECRYPT_ITERATIONS, "more iterations than are done");
    GBytes *negative = fixture_flip(der, place, 7);
    expect_reason(open_enveloped(negative, keyring), SCEP_DECRYPT_BROKEN, "broken");
    GBytes *none = fixture_flip(der, place, 0);
    expect_reason(open_enveloped(none, keyring), SCEP_DECRYPT_BROKEN, "broken");
    assert_int_equal(scep_decrypt_operations(), before);

    /* and what one capture may cost in all */
    keyring->iterations = SCEP_MAX_TOTAL_ITERATIONS - 65536 - 1;
    expect_reason(open_enveloped(der, keyring), SCEP_DECRYPT_ITERATIONS, "for one capture");
    assert_int_equal(scep_decrypt_operations() - before, 1);
    scep_keyring_forget(keyring);
    expect_opened(open_enveloped(der, keyring), payload, "second");
    g_bytes_unref(many);
    g_bytes_unref(negative);
    g_bytes_unref(none);
    g_bytes_unref(der);
    scep_keyring_free(keyring);
}

/* One bit of the wrapped key: the check octets notice, or, in a later block, what is inside does. */
static void test_damaged_password_recipient(void **state)
{
    ScepKeyring *keyring = scep_keyring_new();
    GBytes *der = with_password("pass phrase", 10, "AES-256-CBC", "AES-256-CBC");
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    ScepEnvelope *parts = scep_envelope_new(data, size, SCEP_CONTENT_ENVELOPED);
    const ScepSpan key = g_array_index(parts->recipients, ScepRecipient, 0).encrypted_key;

    (void)state;
    assert_true(scep_keyring_add_password(keyring, "pass phrase", "the device"));
    for (size_t at = 0; at < key.length; at++) {
        GBytes *flipped = fixture_flip(der, key.offset + at, at % 8);
        ScepDecryption *outcome = open_enveloped(flipped, keyring);
        assert_int_equal(outcome->status, SCEP_DECRYPTION_FAILED);
        assert_true(outcome->reason == SCEP_DECRYPT_WRONG_PASSWORD || outcome->reason == SCEP_DECRYPT_DAMAGED ||
                    outcome->reason == SCEP_DECRYPT_WRONG_KEY);
        scep_decryption_free(outcome);
        g_bytes_unref(flipped);
    }
    scep_envelope_free(parts);
    g_bytes_unref(der);
    scep_keyring_free(keyring);
}

/* ---- others ------------------------------------------------------------------------------------------------------ */

static void test_symmetric_key(void **state)
{
    CMS_ContentInfo *cms = begin("AES-128-CBC");
    unsigned char *key = OPENSSL_zalloc(16), *id = (unsigned char *)OPENSSL_strdup("id");
    ScepKeyring *keyring = keyring_with(KEY_CA, "RA key");

    (void)state;
    assert_non_null(CMS_add0_recipient_key(cms, NID_undef, key, 16, id, 2, NULL, NULL, NULL));
    GBytes *der = finish(cms);
    expect_reason(open_enveloped(der, keyring), SCEP_DECRYPT_NO_KEY, "only a file of content keys opens it");
    g_bytes_unref(der);
    scep_keyring_free(keyring);
}

static void test_several_recipients(void **state)
{
    X509 *first = fixture_certificate(fixture_key(KEY_OTHER), "first", NULL, NULL, 1, true);
    X509 *second = fixture_certificate(fixture_key(KEY_EC), "second", NULL, NULL, 2, true);
    X509 *third = fixture_certificate(fixture_key(KEY_CA), "third", NULL, NULL, 3, true);
    CMS_ContentInfo *cms = begin("AES-256-CBC");

    (void)state;
    assert_non_null(CMS_add1_recipient_cert(cms, first, 0));
    assert_non_null(CMS_add1_recipient_cert(cms, second, 0));
    assert_non_null(CMS_add1_recipient_cert(cms, third, 0));
    GBytes *der = finish(cms);
    static const FixtureKey which[] = { KEY_OTHER, KEY_EC, KEY_CA };
    bool seen[3] = { false, false, false };
    for (size_t i = 0; i < G_N_ELEMENTS(which); i++) {
        ScepKeyring *keyring = keyring_with(which[i], "key");
        keyring_learn(keyring, first);
        keyring_learn(keyring, second);
        keyring_learn(keyring, third);
        ScepDecryption *outcome = open_enveloped(der, keyring);
        assert_true((unsigned)outcome->recipient <= 2); /* DER sorts the recipients */
        assert_false(seen[outcome->recipient]);
        seen[outcome->recipient] = true;
        expect_opened(outcome, payload, "key");
        scep_keyring_free(keyring);
    }
    /* one key that is named and does not fit, one that does */
    X509 *namesake = fixture_certificate(fixture_key(KEY_DEVICE), "first", NULL, NULL, 1, true);
    ScepKeyring *keyring = keyring_with(KEY_DEVICE, "old key");
    assert_true(keyring_learn(keyring, namesake));
    expect_reason(open_enveloped(der, keyring), SCEP_DECRYPT_WRONG_KEY, "\"old key\"");
    EVP_PKEY_up_ref(fixture_key(KEY_CA));
    scep_keyring_take_key(keyring, fixture_key(KEY_CA), "RA key");
    expect_opened(open_enveloped(der, keyring), payload, "RA key");
    scep_keyring_free(keyring);
    g_bytes_unref(der);
    X509_free(namesake);
    X509_free(first);
    X509_free(second);
    X509_free(third);
}

static int set_up(void **state)
{
    (void)state;
    payload = payload_request();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    g_bytes_unref(payload);
    fixture_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_agreement),
        cmocka_unit_test(test_damaged_agreement),
        cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_iterations_are_limited),
        cmocka_unit_test(test_damaged_password_recipient),
        cmocka_unit_test(test_symmetric_key),
        cmocka_unit_test(test_several_recipients),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
