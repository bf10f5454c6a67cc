/* test_decrypt_hand.c
 * Envelopes as only odd peers make them, put together by hand: without IV, RC2, AES-GCM in EnvelopedData, and more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "decrypt_scene.h"
#include "asn1/der.h"
#include "crypto/crypto.h"
#include "scep/limits.h"
#include "cms/decrypt.h"
#include "crypto/cek.h"

#define OID_DATA "1.2.840.113549.1.7.1"

/* What an envelope is made of. */
typedef struct {
    ScepContentKind kind;
    const char *cipher;        /* dotted OID, also what EVP_CIPHER_fetch() gets */
    const uint8_t *parameters; /* of the cipher, encoded; NULL: absent */
    size_t parameters_size;
    const uint8_t *key;
    size_t key_size;
    const uint8_t *iv; /* NULL: zeros */
    int rc2_bits;
    GByteArray *recipient; /* RecipientInfo; NULL: one for the RA */
    bool no_recipients;
    const uint8_t *attributes; /* authAttrs, content of the SET */
    size_t attributes_size;
    bool attributes_indefinite;
} Hand;

static void wrap(GByteArray *out, uint8_t identifier, GByteArray *inner)
{
    scep_der_element(out, identifier, inner->data, inner->len);
    g_byte_array_unref(inner);
}

static void add_algorithm(GByteArray *out, const char *oid, const uint8_t *parameters, size_t size)
{
    GByteArray *inner = g_byte_array_new();

    assert_true(scep_der_oid(inner, oid));
    if (size > 0)
        g_byte_array_append(inner, parameters, (guint)size);
    wrap(out, 0x30, inner);
}

/* KeyTransRecipientInfo for the RA. */
static GByteArray *for_ra(const uint8_t *key, size_t key_size)
{
    static const uint8_t version = 0;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(scep_crypto_context(), fixture_key(KEY_CA), NULL);
    uint8_t encrypted[256];
    size_t size = sizeof encrypted;
    GByteArray *info = g_byte_array_new(), *name = g_byte_array_new(), *out = g_byte_array_new();
    const unsigned char *issuer;
    size_t issuer_size;
    static const uint8_t serial[] = { 0x12, 0x34 };

    assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
    assert_int_equal(EVP_PKEY_encrypt(context, encrypted, &size, key, key_size), 1);
    EVP_PKEY_CTX_free(context);
    scep_der_element(info, 2, &version, 1);
    assert_int_equal(X509_NAME_get0_der(X509_get_issuer_name(ra), &issuer, &issuer_size), 1);
    g_byte_array_append(name, issuer, (guint)issuer_size);
    scep_der_element(name, 2, serial, sizeof serial);
    wrap(info, 0x30, name);
    add_algorithm(info, "1.2.840.113549.1.1.1", NULL, 0);
    scep_der_element(info, 4, encrypted, size);
    wrap(out, 0x30, info);
    return out;
}

/* @return ciphertext; for GCM with the tag in @a tag */
static GByteArray *encrypt(const Hand *hand, const GByteArray *aad, uint8_t tag[16])
{
    static const uint8_t zeros[16];
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(scep_crypto_context(), hand->cipher, NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    size_t size;
    const uint8_t *data = g_bytes_get_data(payload, &size);
    GByteArray *out = g_byte_array_new();
    int length = 0, rest = 0;

    assert_non_null(cipher);
    const bool gcm = EVP_CIPHER_get_mode(cipher) == EVP_CIPH_GCM_MODE;
    g_byte_array_set_size(out, (guint)size + 32);
    assert_int_equal(EVP_EncryptInit_ex2(context, cipher, NULL, NULL, NULL), 1);
    if (hand->rc2_bits > 0) {
        assert_int_equal(EVP_CIPHER_CTX_set_key_length(context, (int)hand->key_size), 1);
        assert_true(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_SET_RC2_KEY_BITS, hand->rc2_bits, NULL) > 0);
    }
    assert_int_equal(EVP_EncryptInit_ex2(context, NULL, hand->key, hand->iv != NULL ? hand->iv : zeros, NULL), 1);
    if (aad != NULL)
        assert_int_equal(EVP_EncryptUpdate(context, NULL, &length, aad->data, (int)aad->len), 1);
    assert_int_equal(EVP_EncryptUpdate(context, out->data, &length, data, (int)size), 1);
    assert_int_equal(EVP_EncryptFinal_ex(context, out->data + length, &rest), 1);
    g_byte_array_set_size(out, (guint)(length + rest));
    if (gcm)
        assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag), 1);
    if (gcm && hand->kind == SCEP_CONTENT_ENVELOPED)
        g_byte_array_append(out, tag, 16); /* the Go way */
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    return out;
}

static const char *kind_oid(ScepContentKind kind)
{
    return kind == SCEP_CONTENT_AUTH_ENVELOPED ? "1.2.840.113549.1.9.16.1.23"
           : kind == SCEP_CONTENT_ENCRYPTED    ? "1.2.840.113549.1.7.6"
                                               : "1.2.840.113549.1.7.3";
}

static void add_attributes(GByteArray *body, const Hand *hand)
{
    static const uint8_t begin[] = { 0xa1, 0x80 }, end[] = { 0, 0 };

    if (hand->attributes != NULL && hand->attributes_indefinite) {
        g_byte_array_append(body, begin, sizeof begin);
        g_byte_array_append(body, hand->attributes, (guint)hand->attributes_size);
        g_byte_array_append(body, end, sizeof end);
    } else if (hand->attributes != NULL) {
        scep_der_element(body, 0xa1, hand->attributes, hand->attributes_size);
    }
}

/* ContentInfo with everything in it. */
static GBytes *build(const Hand *hand)
{
    static const uint8_t version = 0;
    GByteArray *body = g_byte_array_new(), *info = g_byte_array_new(), *tagged = g_byte_array_new();
    GByteArray *set = g_byte_array_new(), *outer = g_byte_array_new(), *out = g_byte_array_new(), *aad = NULL;
    GByteArray *recipient =
        hand->recipient != NULL ? g_byte_array_ref(hand->recipient) : for_ra(hand->key, hand->key_size);
    uint8_t tag[16] = { 0 };

    if (hand->attributes != NULL) {
        aad = g_byte_array_new();
        scep_der_element(aad, 0x31, hand->attributes, hand->attributes_size);
    }
    GByteArray *ciphertext = encrypt(hand, aad, tag);
    scep_der_element(body, 2, &version, 1);
    g_byte_array_append(set, recipient->data, recipient->len);
    g_byte_array_unref(recipient);
    if (hand->no_recipients)
        g_byte_array_unref(set);
    else
        wrap(body, 0x31, set);
    assert_true(scep_der_oid(info, OID_DATA));
    add_algorithm(info, hand->cipher, hand->parameters, hand->parameters_size);
    scep_der_element(info, 0x80, ciphertext->data, ciphertext->len);
    g_byte_array_unref(ciphertext);
    wrap(body, 0x30, info);
    add_attributes(body, hand);
    if (hand->kind == SCEP_CONTENT_AUTH_ENVELOPED)
        scep_der_element(body, 4, tag, sizeof tag);
    wrap(tagged, 0x30, body);
    assert_true(scep_der_oid(outer, kind_oid(hand->kind)));
    wrap(outer, 0xa0, tagged);
    wrap(out, 0x30, outer);
    if (aad != NULL)
        g_byte_array_unref(aad);
    return g_byte_array_free_to_bytes(out);
}

static ScepKeyring *ra_keyring(void)
{
    ScepKeyring *keyring = keyring_with(KEY_CA, "RA key");

    assert_true(keyring_learn(keyring, ra));
    return keyring;
}

static void expect_hand_opens(const Hand *hand)
{
    ScepKeyring *keyring = ra_keyring();
    GBytes *der = build(hand), *ber = fixture_to_ber(der);

    expect_opened(open_as(der, hand->kind, keyring, NULL), payload, "RA key");
    expect_opened(open_as(ber, hand->kind, keyring, NULL), payload, "RA key");
    g_bytes_unref(ber);
    g_bytes_unref(der);
    scep_keyring_free(keyring);
}

static void expect_hand_reason(const Hand *hand, ScepDecryptReason reason, const char *words)
{
    ScepKeyring *keyring = ra_keyring();
    GBytes *der = build(hand);
    const uint64_t before = scep_decrypt_operations();

    expect_reason(open_as(der, hand->kind, keyring, NULL), reason, words);
    /* what cannot be opened anyway costs no private-key operation */
    assert_true(reason == SCEP_DECRYPT_WRONG_KEY || scep_decrypt_operations() == before);
    g_bytes_unref(der);
    scep_keyring_free(keyring);
}

static const uint8_t key[32] = "0123456789abcdef0123456789abcde";

static void test_absent_iv(void **state)
{
    static const uint8_t null[] = { 5, 0 }, empty[] = { 4, 0 }, zeros[] = { 4, 8, 0, 0, 0, 0, 0, 0, 0, 0 };
    static const uint8_t short_iv[] = { 4, 4, 0, 0, 0, 0 };
    Hand hand = { .kind = SCEP_CONTENT_ENVELOPED, .cipher = "1.3.14.3.2.7", .key = key, .key_size = 8 };

    (void)state;
    expect_hand_opens(&hand);
    hand.parameters = null;
    hand.parameters_size = sizeof null;
    expect_hand_opens(&hand);
    hand.parameters = empty;
    expect_hand_opens(&hand);
    hand.parameters = zeros;
    hand.parameters_size = sizeof zeros;
    expect_hand_opens(&hand);
    hand.parameters = short_iv;
    hand.parameters_size = sizeof short_iv;
    expect_hand_reason(&hand, SCEP_DECRYPT_BROKEN, "4 octets, which DES-CBC cannot use");
}

static void test_rc2(void **state)
{
    /* SEQUENCE { version, IV }: 160 for 40 bits, 58 for 128 */
    static const uint8_t bits40[] = { 0x30, 14, 2, 2, 0, 160, 4, 8, 1, 2, 3, 4, 5, 6, 7, 8 };
    static const uint8_t bits128[] = { 0x30, 13, 2, 1, 58, 4, 8, 1, 2, 3, 4, 5, 6, 7, 8 };
    static const uint8_t nonsense[] = { 0x30, 13, 2, 1, 59, 4, 8, 1, 2, 3, 4, 5, 6, 7, 8 };
    Hand hand = { .kind = SCEP_CONTENT_ENVELOPED,
                  .cipher = "1.2.840.113549.3.2",
                  .key = key,
                  .key_size = 16,
                  .iv = bits128 + 7,
                  .parameters = bits128,
                  .parameters_size = sizeof bits128,
                  .rc2_bits = 128 };

    (void)state;
    expect_hand_opens(&hand);
    hand.parameters = bits40;
    hand.parameters_size = sizeof bits40;
    hand.rc2_bits = 40;
    expect_hand_opens(&hand);
    hand.key_size = 5;
    expect_hand_opens(&hand);
    hand.parameters = nonsense;
    hand.parameters_size = sizeof nonsense;
    expect_hand_reason(&hand, SCEP_DECRYPT_UNSUPPORTED, "RC2-CBC");
}

/* What a Go library writes: AES-GCM in EnvelopedData, the tag behind the content, parameters in a SEQUENCE without the
 * constructed bit. */
static void test_gcm_in_enveloped_data(void **state)
{
    static const uint8_t nested[] = { 0x10, 19, 0x30, 17, 4, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 2, 1, 16 };
    static const uint8_t plain[] = { 0x30, 17, 4, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 2, 1, 16 };
    Hand hand = { .kind = SCEP_CONTENT_ENVELOPED,
                  .cipher = "2.16.840.1.101.3.4.1.6",
                  .key = key,
                  .key_size = 16,
                  .iv = plain + 4,
                  .parameters = plain,
                  .parameters_size = sizeof plain };

    (void)state;
    expect_hand_opens(&hand);
    hand.parameters = nested;
    hand.parameters_size = sizeof nested;
    GBytes *der = build(&hand); /* put into BER, the odd SEQUENCE would change */
    ScepKeyring *keyring = ra_keyring();
    expect_opened(open_enveloped(der, keyring), payload, "RA key");
    scep_keyring_free(keyring);
    g_bytes_unref(der);
    hand.parameters = NULL;
    hand.parameters_size = 0;
    expect_hand_reason(&hand, SCEP_DECRYPT_BROKEN, "0 octets");
}

/* AuthEnvelopedData with authenticated attributes: their SET OF is the additional data. */
static void test_authenticated_attributes(void **state)
{
    static const uint8_t parameters[] = { 0x30, 17, 4, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 2, 1, 16 };
    static const uint8_t attributes[] = { 0x30, 0x18, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3,
                                          0x31, 0x0b, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1 };
    Hand hand = { .kind = SCEP_CONTENT_AUTH_ENVELOPED,
                  .cipher = "2.16.840.1.101.3.4.1.46",
                  .key = key,
                  .key_size = 32,
                  .iv = parameters + 4,
                  .parameters = parameters,
                  .parameters_size = sizeof parameters,
                  .attributes = attributes,
                  .attributes_size = sizeof attributes };

    (void)state;
    expect_hand_opens(&hand);
    hand.attributes_indefinite = true;
    expect_hand_opens(&hand);
    GBytes *der = build(&hand);
    ScepKeyring *keyring = ra_keyring();
    /* the mac is the last element; the attributes end right before it, and two end-of-contents octets */
    GBytes *flipped = fixture_flip(der, g_bytes_get_size(der) - 18 - 2 - 1, 0);
    expect_reason(open_as(flipped, hand.kind, keyring, NULL), SCEP_DECRYPT_DAMAGED, "its GCM tag is wrong");
    scep_keyring_free(keyring);
    g_bytes_unref(flipped);
    g_bytes_unref(der);
}

/* EncryptedData has no recipients; a client that mislabels its EnvelopedData has. */
static void test_encrypted_data(void **state)
{
    Hand hand = { .kind = SCEP_CONTENT_ENCRYPTED, .cipher = "1.3.14.3.2.7", .key = key, .key_size = 8 };

    (void)state;
    expect_hand_opens(&hand);
    hand.no_recipients = true;
    expect_hand_reason(&hand, SCEP_DECRYPT_NO_RECIPIENT, "no recipient");

    GBytes *der = build(&hand);
    ScepDecryption *outcome = open_as(der, hand.kind, NULL, NULL);
    ScepCekTable *table = scep_cek_table_new();
    char *line = scep_cek_new_line(outcome->content_sha256, key, 8, NULL);
    assert_int_equal(scep_cek_table_read(table, line, strlen(line), NULL), 1);
    expect_reason(outcome, SCEP_DECRYPT_NO_RECIPIENT, "no recipient");
    expect_opened(open_as(der, hand.kind, NULL, table), payload, "content key file");
    scep_cek_line_free(line);
    scep_cek_table_free(table);
    g_bytes_unref(der);
}

static void test_what_is_not_supported(void **state)
{
    Hand hand = { .kind = SCEP_CONTENT_ENVELOPED, .cipher = "2.16.840.1.101.3.4.1.1", .key = key, .key_size = 16 };
    GByteArray *other = g_byte_array_new(), *inner = g_byte_array_new(), *broken = g_byte_array_new();
    static const uint8_t version = 0;

    (void)state;
    expect_hand_reason(&hand, SCEP_DECRYPT_UNSUPPORTED, "AES-128-ECB");
    /* OtherRecipientInfo: KEM */
    assert_true(scep_der_oid(inner, "1.2.840.113549.1.9.16.13.3"));
    wrap(other, 0xa4, inner);
    hand.cipher = "2.16.840.1.101.3.4.1.2";
    hand.recipient = other;
    expect_hand_reason(&hand, SCEP_DECRYPT_UNSUPPORTED, "id-ori-kem");
    /* a ktri that ends behind its version */
    inner = g_byte_array_new();
    scep_der_element(inner, 2, &version, 1);
    wrap(broken, 0x30, inner);
    hand.recipient = broken;
    expect_hand_reason(&hand, SCEP_DECRYPT_BROKEN, "encoding");
    g_byte_array_unref(other);
    g_byte_array_unref(broken);
}

/* The key is right in all but its length. */
static void test_content_key_of_another_length(void **state)
{
    GByteArray *recipient = for_ra(key, 24);
    const Hand hand = { .kind = SCEP_CONTENT_ENVELOPED,
                        .cipher = "2.16.840.1.101.3.4.1.2",
                        .key = key,
                        .key_size = 16,
                        .recipient = recipient };

    (void)state;
    expect_hand_reason(&hand, SCEP_DECRYPT_WRONG_KEY, "content key of the wrong length");
    g_byte_array_unref(recipient);
}

/* The recipient's key opens the key, and the content was encrypted with another one. */
static void test_content_of_another_key(void **state)
{
    GByteArray *recipient = for_ra(key + 1, 16);
    const Hand hand = { .kind = SCEP_CONTENT_ENVELOPED,
                        .cipher = "2.16.840.1.101.3.4.1.2",
                        .key = key,
                        .key_size = 16,
                        .recipient = recipient };
    ScepKeyring *keyring = ra_keyring(), *trying = keyring_with(KEY_CA, "RA key");
    GBytes *der = build(&hand);

    (void)state;
    /* By chance, some 1 in 256, the padding fits. */
    expect_reason(open_enveloped(der, keyring), SCEP_DECRYPT_DAMAGED, "but the content is damaged");
    expect_reason(open_enveloped(der, trying), SCEP_DECRYPT_NO_KEY, "serial 1234");
    g_bytes_unref(der);
    scep_keyring_free(trying);
    scep_keyring_free(keyring);
    g_byte_array_unref(recipient);
}

/* Content that is no SEQUENCE: nothing at all, PEM text, anything else. */
static void test_odd_content(void **state)
{
    static const char pem[] = "-----BEGIN CERTIFICATE REQUEST-----\n", words[] = "something else altogether";
    const Hand hand = {
        .kind = SCEP_CONTENT_ENVELOPED, .cipher = "2.16.840.1.101.3.4.1.2", .key = key, .key_size = 16
    };
    GBytes *kept = payload;
    ScepKeyring *keyring = ra_keyring();

    (void)state;
    payload = g_bytes_new(NULL, 0);
    expect_hand_opens(&hand);
    g_bytes_unref(payload);
    payload = g_bytes_new_static(pem, sizeof pem - 1);
    expect_hand_opens(&hand);
    g_bytes_unref(payload);
    payload = g_bytes_new_static(words, sizeof words - 1);
    GBytes *der = build(&hand);
    expect_reason(open_enveloped(der, keyring), SCEP_DECRYPT_DAMAGED, "at its beginning");
    g_bytes_unref(der);
    g_bytes_unref(payload);
    payload = kept;
    scep_keyring_free(keyring);
}

/* ECC-CMS-SharedInfo with user keying material, as RFC 5753 7.2 draws it:
 * SEQUENCE { AlgorithmIdentifier aes128-wrap, [0] { OCTET STRING "user" }, [2] { OCTET STRING 00000080 } } */
static const uint8_t shared_info[] = { 0x30, 0x1d, 0x30, 0x0b, 6,   9,   0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 5,   0xa0,
                                       6,    4,    4,    'u',  's', 'e', 'r',  0xa2, 6,    4, 4,    0, 0, 0, 0x80 };

/* @return the wrapped content key; the sender's point in @a point */
static GByteArray *agree(GByteArray *point)
{
    EVP_PKEY *ephemeral = EVP_PKEY_Q_keygen(scep_crypto_context(), NULL, "EC", "P-256");
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(scep_crypto_context(), ephemeral, NULL);
    EVP_KDF *kdf = EVP_KDF_fetch(scep_crypto_context(), "X963KDF", NULL);
    EVP_KDF_CTX *derivation = EVP_KDF_CTX_new(kdf);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(scep_crypto_context(), "AES-128-WRAP", NULL);
    EVP_CIPHER_CTX *wrapping = EVP_CIPHER_CTX_new();
    uint8_t shared[32], wrapping_key[16], wrapped[64];
    size_t size = sizeof shared;
    unsigned char *encoded = NULL;
    int length = 0;
    GByteArray *out = g_byte_array_new();

    assert_int_equal(EVP_PKEY_derive_init(context), 1);
    assert_int_equal(EVP_PKEY_derive_set_peer(context, fixture_key(KEY_EC)), 1);
    assert_int_equal(EVP_PKEY_derive(context, shared, &size), 1);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
                            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, shared, size),
                            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)shared_info,
                                                              sizeof shared_info),
                            OSSL_PARAM_construct_end() };
    assert_int_equal(EVP_KDF_derive(derivation, wrapping_key, sizeof wrapping_key, params), 1);
    EVP_CIPHER_CTX_set_flags(wrapping, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    assert_int_equal(EVP_EncryptInit_ex2(wrapping, cipher, wrapping_key, NULL, NULL), 1);
    assert_int_equal(EVP_EncryptUpdate(wrapping, wrapped, &length, key, 16), 1);
    g_byte_array_append(out, wrapped, (guint)length);
    const size_t encoded_size = EVP_PKEY_get1_encoded_public_key(ephemeral, &encoded);
    g_byte_array_append(point, (const guint8 *)"\0", 1); /* no unused bits */
    g_byte_array_append(point, encoded, (guint)encoded_size);
    OPENSSL_free(encoded);
    EVP_CIPHER_CTX_free(wrapping);
    EVP_CIPHER_free(cipher);
    EVP_KDF_CTX_free(derivation);
    EVP_KDF_free(kdf);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(ephemeral);
    return out;
}

/* KeyAgreeRecipientInfo with the RecipientKeyIdentifier of the key and "user" as user keying material. */
static GByteArray *agreement_recipient(void)
{
    static const uint8_t version = 3, wrap_algorithm[] = { 0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 5 };
    GByteArray *point = g_byte_array_new(), *wrapped = agree(point);
    GByteArray *info = g_byte_array_new(), *public = g_byte_array_new(), *tagged = g_byte_array_new();
    GByteArray *entry = g_byte_array_new(), *id = g_byte_array_new(), *entries = g_byte_array_new();
    GByteArray *ukm = g_byte_array_new(), *out = g_byte_array_new();
    ScepKeyring *keyring = keyring_with(KEY_EC, "key");
    const ScepKey *own = g_ptr_array_index(keyring->keys, 0);

    scep_der_element(info, 2, &version, 1);
    add_algorithm(public, "1.2.840.10045.2.1", NULL, 0);
    scep_der_element(public, 3, point->data, point->len);
    wrap(tagged, 0xa1, public);
    wrap(info, 0xa0, tagged);
    scep_der_element(ukm, 4, (const uint8_t *)"user", 4);
    wrap(info, 0xa1, ukm);
    add_algorithm(info, "1.3.132.1.11.1", wrap_algorithm, sizeof wrap_algorithm);
    scep_der_element(id, 4, own->key_id, sizeof own->key_id);
    wrap(entry, 0xa0, id);
    scep_der_element(entry, 4, wrapped->data, wrapped->len);
    wrap(entries, 0x30, entry);
    wrap(info, 0x30, entries);
    wrap(out, 0xa1, info);
    scep_keyring_free(keyring);
    g_byte_array_unref(point);
    g_byte_array_unref(wrapped);
    return out;
}

static void test_user_keying_material(void **state)
{
    GByteArray *recipient = agreement_recipient();
    const Hand hand = { .kind = SCEP_CONTENT_ENVELOPED,
                        .cipher = "2.16.840.1.101.3.4.1.2",
                        .key = key,
                        .key_size = 16,
                        .recipient = recipient };
    ScepKeyring *keyring = keyring_with(KEY_EC, "curve key");
    GBytes *der = build(&hand);
    const uint64_t before = scep_decrypt_operations();

    (void)state;
    expect_opened(open_enveloped(der, keyring), payload, "curve key");
    assert_int_equal(scep_decrypt_operations() - before, 1);
    g_bytes_unref(der);
    scep_keyring_free(keyring);
    g_byte_array_unref(recipient);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent_iv),
        cmocka_unit_test(test_rc2),
        cmocka_unit_test(test_gcm_in_enveloped_data),
        cmocka_unit_test(test_authenticated_attributes),
        cmocka_unit_test(test_encrypted_data),
        cmocka_unit_test(test_what_is_not_supported),
        cmocka_unit_test(test_content_key_of_another_length),
        cmocka_unit_test(test_content_of_another_key),
        cmocka_unit_test(test_odd_content),
        cmocka_unit_test(test_user_keying_material),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
