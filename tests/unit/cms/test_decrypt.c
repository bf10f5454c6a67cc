/* test_decrypt.c
 * Envelopes as OpenSSL makes them, opened with keys and passwords, and the reasons when they are not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decrypt_scene.h"
#include "crypto/crypto.h"
#include "scep/limits.h"
#include "cms/decrypt.h"
#include "crypto/cek.h"

static GBytes *enveloped(const char *cipher, bool oaep)
{
    size_t size;
    const void *data = g_bytes_get_data(payload, &size);

    return fixture_enveloped(ra, cipher, oaep, data, size);
}

static void test_every_cipher(void **state)
{
    static const struct {
        const char *cipher;
        ScepContentKind kind;
    } rows[] = {
        { "DES-CBC", SCEP_CONTENT_ENVELOPED },          { "DES-EDE3-CBC", SCEP_CONTENT_ENVELOPED },
        { "AES-128-CBC", SCEP_CONTENT_ENVELOPED },      { "AES-192-CBC", SCEP_CONTENT_ENVELOPED },
        { "AES-256-CBC", SCEP_CONTENT_ENVELOPED },      { "AES-128-GCM", SCEP_CONTENT_AUTH_ENVELOPED },
        { "AES-192-GCM", SCEP_CONTENT_AUTH_ENVELOPED }, { "AES-256-GCM", SCEP_CONTENT_AUTH_ENVELOPED },
        { "CAMELLIA-128-CBC", SCEP_CONTENT_ENVELOPED },
    };
    ScepKeyring *keyring = keyring_with(KEY_CA, "RA key");

    (void)state;
    assert_true(keyring_learn(keyring, ra));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (int oaep = 0; oaep <= 1; oaep++) {
            GBytes *der = enveloped(rows[i].cipher, oaep), *ber = fixture_to_ber(der);
            const uint64_t before = scep_decrypt_operations();
            expect_opened(open_as(der, rows[i].kind, keyring, NULL), payload, "RA key");
            assert_int_equal(scep_decrypt_operations() - before, 1);
            expect_opened(open_as(ber, rows[i].kind, keyring, NULL), payload, "RA key");
            assert_int_equal(scep_decrypt_operations() - before, 2);
            g_bytes_unref(ber);
            g_bytes_unref(der);
        }
    }
    scep_keyring_free(keyring);
}

/* A content key that was written down opens the envelope without any key. */
static void test_content_keys(void **state)
{
    ScepKeyring *keyring = keyring_with(KEY_CA, "RA key");
    ScepCekTable *table = scep_cek_table_new();
    GBytes *der = enveloped("DES-CBC", false), *other = enveloped("DES-CBC", false);
    GBytes *ber = fixture_to_ber(der);
    ScepDecryption *outcome = open_enveloped(der, keyring);
    size_t size;
    const uint8_t *key = g_bytes_get_data(outcome->content_key, &size);
    char *line = scep_cek_new_line(outcome->content_sha256, key, size, "request 1");

    (void)state;
    assert_int_equal(scep_cek_table_read(table, line, strlen(line), NULL), 1);
    scep_cek_line_free(line);
    expect_opened(open_as(der, SCEP_CONTENT_ENVELOPED, NULL, table), payload, "request 1");
    expect_opened(open_as(ber, SCEP_CONTENT_ENVELOPED, NULL, table), payload, "request 1");
    expect_reason(open_as(other, SCEP_CONTENT_ENVELOPED, NULL, table), SCEP_DECRYPT_NO_KEYS, "CN=RA CA, serial 1234");
    const uint64_t before = scep_decrypt_operations();
    expect_opened(open_as(der, SCEP_CONTENT_ENVELOPED, keyring, table), payload, "request 1");
    assert_int_equal(scep_decrypt_operations(), before);
    expect_opened(open_as(other, SCEP_CONTENT_ENVELOPED, keyring, table), payload, "RA key");

    /* a wrong one is told of, unless a key opens it */
    uint8_t wrong[8] = { 1, 2, 3 };
    ScepCekTable *wrong_table = scep_cek_table_new();
    line = scep_cek_new_line(outcome->content_sha256, wrong, sizeof wrong, "bad line");
    assert_int_equal(scep_cek_table_read(wrong_table, line, strlen(line), NULL), 1);
    scep_cek_line_free(line);
    expect_reason(open_as(der, SCEP_CONTENT_ENVELOPED, NULL, wrong_table), SCEP_DECRYPT_WRONG_KEY, "\"bad line\"");
    expect_opened(open_as(der, SCEP_CONTENT_ENVELOPED, keyring, wrong_table), payload, "RA key");
    scep_cek_table_free(wrong_table);
    scep_decryption_free(outcome);
    scep_cek_table_free(table);
    scep_keyring_free(keyring);
    g_bytes_unref(ber);
    g_bytes_unref(other);
    g_bytes_unref(der);
}

static void test_finding_the_key(void **state)
{
    GBytes *der = enveloped("AES-128-CBC", false);
    ScepKeyring *none = scep_keyring_new(), *other = keyring_with(KEY_OTHER, "other key");
    ScepKeyring *curve = keyring_with(KEY_EC, "curve");

    (void)state;
    expect_reason(open_enveloped(der, NULL), SCEP_DECRYPT_NO_KEYS,
                  "No key is configured; the recipient is issuer CN=RA CA, serial 1234");
    expect_reason(open_enveloped(der, none), SCEP_DECRYPT_NO_KEYS, "serial 1234");
    uint64_t before = scep_decrypt_operations();
    expect_reason(open_enveloped(der, curve), SCEP_DECRYPT_NO_KEY, "serial 1234");
    assert_int_equal(scep_decrypt_operations(), before);

    /* nothing known of the recipient: tried, in vain, then with the right key among them */
    expect_reason(open_enveloped(der, other), SCEP_DECRYPT_NO_KEY,
                  "No configured key belongs to the recipient: issuer CN=RA CA");
    assert_int_equal(scep_decrypt_operations() - before, 1);
    EVP_PKEY_up_ref(fixture_key(KEY_CA));
    assert_true(scep_keyring_take_key(other, fixture_key(KEY_CA), "RA key"));
    expect_opened(open_enveloped(der, other), payload, "RA key");
    assert_int_equal(scep_decrypt_operations() - before, 3);

    /* the recipient's certificate was seen: the right key at once, and none where it is somebody else */
    assert_true(keyring_learn(other, ra));
    before = scep_decrypt_operations();
    expect_opened(open_enveloped(der, other), payload, "RA key");
    assert_int_equal(scep_decrypt_operations() - before, 1);
    assert_false(keyring_learn(curve, ra));
    ScepKeyring *stranger = keyring_with(KEY_OTHER, "other key");
    assert_false(keyring_learn(stranger, ra));
    before = scep_decrypt_operations();
    expect_reason(open_enveloped(der, stranger), SCEP_DECRYPT_NO_KEY, "serial 1234");
    assert_int_equal(scep_decrypt_operations(), before);

    /* and a source that failed is named */
    scep_keyring_add_source(stranger, "does/not/exist.pem", NULL, "RA file", NULL);
    expect_reason(open_enveloped(der, stranger), SCEP_DECRYPT_UNREADABLE_KEY, "RA file: cannot open: No such file");
    scep_keyring_free(stranger);
    scep_keyring_free(curve);
    scep_keyring_free(other);
    scep_keyring_free(none);
    g_bytes_unref(der);
}

static void test_key_identifier(void **state)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(scep_crypto_context(), "AES-128-CBC", NULL);
    CMS_ContentInfo *cms = CMS_encrypt_ex(NULL, NULL, cipher, CMS_PARTIAL | CMS_BINARY, scep_crypto_context(), NULL);
    size_t size;
    const void *data = g_bytes_get_data(payload, &size);
    BIO *bio = BIO_new_mem_buf(data, (int)size);
    ScepKeyring *keyring = keyring_with(KEY_OTHER, "other key");

    (void)state;
    assert_non_null(CMS_add1_recipient_cert(cms, ra, CMS_USE_KEYID));
    assert_int_equal(CMS_final(cms, bio, NULL, CMS_BINARY), 1);
    GBytes *der = fixture_cms_der(cms);
    expect_reason(open_enveloped(der, keyring), SCEP_DECRYPT_NO_KEY, "key identifier ");
    EVP_PKEY_up_ref(fixture_key(KEY_CA));
    scep_keyring_take_key(keyring, fixture_key(KEY_CA), "RA key");
    const uint64_t before = scep_decrypt_operations();
    expect_opened(open_enveloped(der, keyring), payload, "RA key");
    assert_int_equal(scep_decrypt_operations() - before, 1);
    scep_keyring_free(keyring);
    g_bytes_unref(der);
    BIO_free(bio);
    CMS_ContentInfo_free(cms);
    EVP_CIPHER_free(cipher);
}

/* The certificate was issued to our key, the message encrypted for another one under the same name. */
static void test_wrong_key(void **state)
{
    X509 *namesake = fixture_certificate(fixture_key(KEY_OTHER), "RA", "RA CA", fixture_key(KEY_DEVICE), 0x1234, true);
    X509 *curve = fixture_certificate(fixture_key(KEY_EC), "RA", "RA CA", fixture_key(KEY_DEVICE), 0x1234, true);
    ScepKeyring *keyring = keyring_with(KEY_OTHER, "old key");
    GBytes *der = enveloped("AES-128-CBC", false);

    (void)state;
    assert_true(keyring_learn(keyring, namesake));
    expect_reason(
        open_enveloped(der, keyring), SCEP_DECRYPT_WRONG_KEY,
        "The key \"old key\" is that of the recipient (issuer CN=RA CA, serial 1234) and does not fit: the padding");
    GBytes *oaep = enveloped("AES-128-CBC", true);
    expect_reason(open_enveloped(oaep, keyring), SCEP_DECRYPT_WRONG_KEY, "the padding");
    g_bytes_unref(oaep);
    scep_keyring_free(keyring);

    keyring = keyring_with(KEY_EC, "curve");
    assert_true(keyring_learn(keyring, curve));
    expect_reason(open_enveloped(der, keyring), SCEP_DECRYPT_WRONG_KEY, "no RSA key of the length");
    scep_keyring_free(keyring);
    g_bytes_unref(der);
    X509_free(namesake);
    X509_free(curve);
}

/* Where the parts of an envelope stand. */
static ScepEnvelope *parts_of(GBytes *der, ScepContentKind kind)
{
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);

    return scep_envelope_new(data, size, kind);
}

static ScepDecryption *open_flipped(GBytes *der, ScepContentKind kind, ScepKeyring *keyring, size_t offset,
                                    unsigned bit)
{
    GBytes *flipped = fixture_flip(der, offset, bit);
    ScepDecryption *outcome = open_as(flipped, kind, keyring, NULL);

    g_bytes_unref(flipped);
    return outcome;
}

static void test_damaged_cbc(void **state)
{
    ScepKeyring *keyring = keyring_with(KEY_CA, "RA key");
    GBytes *der = enveloped("AES-128-CBC", false);
    ScepEnvelope *parts = parts_of(der, SCEP_CONTENT_ENVELOPED);
    const ScepSpan content = parts->ciphertext.span;
    const ScepSpan key = g_array_index(parts->recipients, ScepRecipient, 0).encrypted_key;
    size_t size;
    const uint8_t *plain = g_bytes_get_data(payload, &size);

    (void)state;
    assert_true(keyring_learn(keyring, ra));
    /* the last block and, by CBC, the last octet of the one before: padding. What stands before can be read. */
    for (unsigned bit = 0; bit < 8; bit++) {
        ScepDecryption *outcome =
            open_flipped(der, SCEP_CONTENT_ENVELOPED, keyring, content.offset + content.length - 1, bit);
        size_t partial_size;
        const uint8_t *partial = g_bytes_get_data(outcome->plaintext, &partial_size);
        assert_true(partial_size >= size - 16 && memcmp(partial, plain, size - 16) == 0);
        if (outcome->status !=
            SCEP_DECRYPTION_OPENED) /* one of 256 garbled blocks ends in what is padding by accident */
            expect_reason(outcome, SCEP_DECRYPT_DAMAGED, "its padding is wrong");
        else
            scep_decryption_free(outcome);
        expect_reason(open_flipped(der, SCEP_CONTENT_ENVELOPED, keyring, content.offset + content.length - 17, bit),
                      SCEP_DECRYPT_DAMAGED, "its padding is wrong");
        ScepDecryption *first = open_flipped(der, SCEP_CONTENT_ENVELOPED, keyring, content.offset, bit);
        if (first->status != SCEP_DECRYPTION_OPENED) /* one in some hundred looks like a SEQUENCE again */
            expect_reason(first, SCEP_DECRYPT_DAMAGED, "damaged at its beginning");
        else
            scep_decryption_free(first);
    }
    for (size_t at = 0; at < key.length; at += 17)
        expect_reason(open_flipped(der, SCEP_CONTENT_ENVELOPED, keyring, key.offset + at, at % 7),
                      SCEP_DECRYPT_WRONG_KEY, "the padding");
    scep_envelope_free(parts);
    scep_keyring_free(keyring);
    g_bytes_unref(der);
}

static void test_damaged_gcm(void **state)
{
    ScepKeyring *keyring = keyring_with(KEY_CA, "RA key");
    GBytes *der = enveloped("AES-256-GCM", false);
    ScepEnvelope *parts = parts_of(der, SCEP_CONTENT_AUTH_ENVELOPED);
    const ScepSpan places[] = { parts->ciphertext.span, parts->mac.span, parts->iv };

    (void)state;
    assert_true(keyring_learn(keyring, ra));
    for (size_t place = 0; place < G_N_ELEMENTS(places); place++) {
        assert_true(places[place].length > 0);
        for (size_t at = 0; at < places[place].length; at++) {
            ScepDecryption *outcome =
                open_flipped(der, SCEP_CONTENT_AUTH_ENVELOPED, keyring, places[place].offset + at, at % 8);
            assert_null(outcome->plaintext);
            expect_reason(outcome, SCEP_DECRYPT_DAMAGED, "its GCM tag is wrong");
        }
    }
    scep_envelope_free(parts);
    scep_keyring_free(keyring);
    g_bytes_unref(der);
}

/* ---- wiping ------------------------------------------------------------------------------------------------------ */

void __real_OPENSSL_cleanse(void *octets, size_t size);
void __wrap_OPENSSL_cleanse(void *octets, size_t size);

static struct {
    const uint8_t *plain; /* NULL: nobody looks */
    size_t size;
    unsigned wiped; /* how many copies of it were */
} watched;

/* The linker puts this one in front (CMakeLists.txt): memory that was given back cannot be looked at any more, so a
 * copy is counted when it is wiped. The first two blocks may be damaged, and padding is of no interest. */
void __wrap_OPENSSL_cleanse(void *octets, size_t size)
{
    enum { TWO_BLOCKS = 32 };

    if (watched.plain != NULL && size >= watched.size && size <= watched.size + TWO_BLOCKS &&
        memcmp((const uint8_t *)octets + TWO_BLOCKS, watched.plain + TWO_BLOCKS, watched.size - TWO_BLOCKS) == 0)
        watched.wiped++;
    __real_OPENSSL_cleanse(octets, size);
}

/* What was decrypted is wiped at once, whether it turns out to be good or not, and the copy that is kept in the end. */
static void test_plaintext_is_wiped(void **state)
{
    static const struct {
        const char *cipher;
        ScepContentKind kind;
        bool damaged;
    } rows[] = {
        { "AES-128-CBC", SCEP_CONTENT_ENVELOPED, false },
        { "AES-128-CBC", SCEP_CONTENT_ENVELOPED, true },
        { "AES-128-GCM", SCEP_CONTENT_AUTH_ENVELOPED, false },
        { "AES-128-GCM", SCEP_CONTENT_AUTH_ENVELOPED, true },
    };
    ScepKeyring *keyring = keyring_with(KEY_CA, "RA key");

    (void)state;
    assert_true(keyring_learn(keyring, ra));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GBytes *der = enveloped(rows[i].cipher, false);
        ScepEnvelope *parts = parts_of(der, rows[i].kind);
        const size_t begin = parts->ciphertext.span.offset;
        GBytes *sent = rows[i].damaged ? fixture_flip(der, begin, 0) : g_bytes_ref(der);

        watched.plain = g_bytes_get_data(payload, &watched.size);
        watched.wiped = 0;
        ScepDecryption *outcome = open_as(sent, rows[i].kind, keyring, NULL);
        const bool kept = outcome->plaintext != NULL;
        assert_int_equal(watched.wiped, 1);
        scep_decryption_free(outcome);
        assert_int_equal(watched.wiped, kept ? 2 : 1);
        watched.plain = NULL;
        assert_true(kept || rows[i].damaged);
        g_bytes_unref(sent);
        scep_envelope_free(parts);
        g_bytes_unref(der);
    }
    scep_keyring_free(keyring);
}

/* Wherever the capture ends: not opened, and what is readable is the beginning of what was inside. */
static void test_truncated(void **state)
{
    ScepKeyring *keyring = keyring_with(KEY_CA, "RA key");
    GBytes *der = enveloped("DES-EDE3-CBC", false);
    size_t size, plain_size;
    const uint8_t *data = g_bytes_get_data(der, &size), *plain = g_bytes_get_data(payload, &plain_size);
    bool partial = false;

    (void)state;
    assert_true(keyring_learn(keyring, ra));
    for (size_t length = 2; length < size; length++) {
        GBytes *part = g_bytes_new(data, length);
        ScepDecryption *outcome = open_enveloped(part, keyring);
        assert_int_not_equal(outcome->status, SCEP_DECRYPTION_OPENED);
        if (outcome->plaintext != NULL) {
            size_t read_size;
            const uint8_t *read = g_bytes_get_data(outcome->plaintext, &read_size);
            assert_int_equal(outcome->reason, SCEP_DECRYPT_TRUNCATED);
            assert_true(read_size <= plain_size + 8);
            assert_memory_equal(read, plain, MIN(read_size, plain_size));
            partial = true;
        }
        scep_decryption_free(outcome);
        g_bytes_unref(part);
    }
    assert_true(partial);
    scep_keyring_free(keyring);
    g_bytes_unref(der);
}

/* The service outside: has the RA's key, by the hash of its SubjectPublicKeyInfo. */
static GBytes *service(const uint8_t spki_sha1[20], const uint8_t *encrypted, size_t size, void *user_data)
{
    GBytes *spki = fixture_spki(fixture_key(KEY_CA));
    size_t spki_size, key_size = size;
    const uint8_t *der = g_bytes_get_data(spki, &spki_size);
    uint8_t own[20], key[256];

    (*(unsigned *)user_data)++;
    scep_crypto_sha1(der, spki_size, own);
    g_bytes_unref(spki);
    if (memcmp(own, spki_sha1, sizeof own) != 0)
        return NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(scep_crypto_context(), fixture_key(KEY_CA), NULL);
    assert_int_equal(EVP_PKEY_decrypt_init(context), 1);
    const bool good = EVP_PKEY_decrypt(context, key, &key_size, encrypted, size) == 1;
    EVP_PKEY_CTX_free(context);
    return good ? g_bytes_new(key, key_size) : NULL;
}

static void test_service_outside(void **state)
{
    ScepKeyring *keyring = scep_keyring_new();
    GBytes *der = enveloped("AES-128-CBC", false), *oaep = enveloped("AES-128-CBC", true);
    unsigned asked = 0;

    (void)state;
    scep_keyring_set_external(keyring, service, &asked, "table of RSA keys");
    expect_reason(open_enveloped(der, keyring), SCEP_DECRYPT_NO_KEY, "serial 1234");
    assert_int_equal(asked, 0); /* whose certificate was not seen cannot be asked for */
    assert_false(keyring_learn(keyring, ra));
    expect_opened(open_enveloped(der, keyring), payload, "table of RSA keys");
    assert_int_equal(asked, 1);
    expect_reason(open_enveloped(oaep, keyring), SCEP_DECRYPT_NO_KEY, "serial 1234");
    assert_int_equal(asked, 1);
    scep_keyring_free(keyring);
    g_bytes_unref(oaep);
    g_bytes_unref(der);
}

/* More keys than are tried for a recipient that nothing is known of. */
static void test_trials_are_limited(void **state)
{
    ScepKeyring *keyring = scep_keyring_new();
    GBytes *der = enveloped("AES-128-CBC", false);
    unsigned char *key_der = NULL;
    const int key_size = i2d_PrivateKey(fixture_key(KEY_OTHER), &key_der);

    (void)state;
    /* the same key under other names, put in behind the check for doubles */
    for (unsigned i = 0; i < SCEP_MAX_KEY_TRIALS + 5; i++) {
        const unsigned char *cursor = key_der;
        ScepKey *key = g_new0(ScepKey, 1);
        key->key = d2i_AutoPrivateKey_ex(NULL, &cursor, key_size, scep_crypto_context(), NULL);
        key->label = g_strdup_printf("key %u", i);
        g_ptr_array_add(keyring->keys, key);
    }
    const uint64_t before = scep_decrypt_operations();
    expect_reason(open_enveloped(der, keyring), SCEP_DECRYPT_NO_KEY, "serial 1234");
    assert_int_equal(scep_decrypt_operations() - before, SCEP_MAX_KEY_TRIALS);
    OPENSSL_clear_free(key_der, (size_t)key_size);
    scep_keyring_free(keyring);
    g_bytes_unref(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cipher),       cmocka_unit_test(test_content_keys),
        cmocka_unit_test(test_finding_the_key),    cmocka_unit_test(test_key_identifier),
        cmocka_unit_test(test_wrong_key),          cmocka_unit_test(test_damaged_cbc),
        cmocka_unit_test(test_damaged_gcm),        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_service_outside),    cmocka_unit_test(test_trials_are_limited),
        cmocka_unit_test(test_plaintext_is_wiped),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
