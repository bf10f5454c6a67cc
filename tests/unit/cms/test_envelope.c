/* test_envelope.c
 * What is enveloped: every kind of recipient, cipher and encoding, and envelopes that are cut or broken.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "message_reading.h"

#include "scep/cms.h"
#include "crypto/crypto.h"

#define OID_RSA "1.2.840.113549.1.1.1"
#define OID_AES128 "2.16.840.1.101.3.4.1.2"
#define OID_DES "1.3.14.3.2.7"

static const char plain[] = "-----the request, longer than one block of any cipher-----";

typedef struct {
    uint8_t *data;
    size_t size;
    ScepEnvelope *envelope;
} Opened;

static void open_as(Opened *opened, GByteArray *array, ScepContentKind kind)
{
    opened->data = der_exact(array, &opened->size);
    opened->envelope = scep_envelope_new(opened->data, opened->size, kind);
    assert_non_null(opened->envelope);
    const char *fault = envelope_fault(opened->envelope, opened->size);
    if (fault != NULL)
        fail_msg("%s", fault);
}

static void open_envelope(Opened *opened, GByteArray *array)
{
    open_as(opened, array, SCEP_CONTENT_ENVELOPED);
}

static void discard(Opened *opened)
{
    scep_envelope_free(opened->envelope);
    g_free(opened->data);
}

static void assert_part(const Opened *opened, ScepSpan span, GByteArray *expected)
{
    assert_int_equal(span.length, expected->len);
    assert_memory_equal(opened->data + span.offset, expected->data, expected->len);
    g_byte_array_unref(expected);
}

static void assert_sound(const Opened *opened)
{
    assert_false(opened->envelope->truncated);
    assert_false(opened->envelope->broken);
    assert_int_equal(opened->envelope->whole.offset, 0);
    assert_int_equal(opened->envelope->whole.length, opened->size);
}

static const ScepRecipient *only_recipient(const Opened *opened, ScepRecipientType type)
{
    assert_int_equal(opened->envelope->recipients->len, 1);
    const ScepRecipient *recipient = &g_array_index(opened->envelope->recipients, ScepRecipient, 0);
    assert_int_equal(recipient->type, type);
    return recipient;
}

/* The parts are the right ones when OpenSSL can open the envelope with nothing else. */
static void assert_opens(const Opened *opened, const ScepRecipient *recipient, const char *cipher)
{
    EVP_PKEY_CTX *rsa = EVP_PKEY_CTX_new(ra_key, NULL);
    EVP_CIPHER *method = EVP_CIPHER_fetch(scep_crypto_context(), cipher, NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t key[256], out[256];
    size_t key_size = sizeof key, size;
    int length, tail;

    assert_int_equal(EVP_PKEY_decrypt_init(rsa), 1);
    assert_int_equal(EVP_PKEY_decrypt(rsa, key, &key_size, opened->data + recipient->encrypted_key.offset,
                                      recipient->encrypted_key.length),
                     1);
    assert_int_equal(key_size, EVP_CIPHER_get_key_length(method));
    assert_int_equal(opened->envelope->iv.length, EVP_CIPHER_get_iv_length(method));
    const uint8_t *ciphertext = scep_octets_get0_data(opened->data, &opened->envelope->ciphertext, &size);
    assert_int_equal(EVP_DecryptInit_ex2(context, method, key, opened->data + opened->envelope->iv.offset, NULL), 1);
    assert_int_equal(EVP_DecryptUpdate(context, out, &length, ciphertext, (int)size), 1);
    assert_int_equal(EVP_DecryptFinal_ex(context, out + length, &tail), 1);
    assert_int_equal(length + tail, sizeof plain);
    assert_memory_equal(out, plain, sizeof plain);
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(method);
    EVP_PKEY_CTX_free(rsa);
}

static void test_key_transport(void **state)
{
    static const struct {
        const char *name;
        const char *oid;
    } ciphers[] = { { "AES-128-CBC", OID_AES128 },
                    { "AES-256-CBC", "2.16.840.1.101.3.4.1.42" },
                    { "DES-EDE3-CBC", "1.2.840.113549.3.7" },
                    { "DES-CBC", OID_DES } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ciphers); i++) {
        Opened opened;

        open_envelope(&opened, pki_envelope(ra, ciphers[i].name, plain, sizeof plain));
        assert_sound(&opened);
        assert_false(opened.envelope->uses_ber);
        assert_int_equal(opened.envelope->kind, SCEP_CONTENT_ENVELOPED);
        assert_string_equal(opened.envelope->inner_type, OID_DATA);
        assert_string_equal(opened.envelope->cipher, ciphers[i].oid);
        assert_int_equal(opened.data[opened.envelope->cipher_whole.offset], DER_SEQUENCE);
        assert_int_equal(opened.envelope->mac.pieces, 0);
        const ScepRecipient *recipient = only_recipient(&opened, SCEP_RECIPIENT_KTRI);
        assert_part(&opened, recipient->issuer, pki_name_der(X509_get_issuer_name(ra)));
        assert_part(&opened, recipient->serial, der_raw("\x00\xc0\xff\xee", 4));
        assert_int_equal(recipient->key_id.length, 0);
        assert_string_equal(recipient->algorithm, OID_RSA);
        assert_part(&opened, recipient->algorithm_whole, der_algorithm(OID_RSA));
        assert_null(recipient->derivation);
        assert_opens(&opened, recipient, ciphers[i].name);
        discard(&opened);
    }
}

static void test_authenticated(void **state)
{
    Opened opened;

    (void)state;
    open_as(&opened, pki_envelope(ra, "AES-256-GCM", plain, sizeof plain), SCEP_CONTENT_AUTH_ENVELOPED);
    assert_sound(&opened);
    assert_string_equal(opened.envelope->cipher, "2.16.840.1.101.3.4.1.46");
    assert_int_equal(opened.envelope->iv.length, 12);
    assert_int_equal(opened.envelope->mac.span.length, 16);
    assert_int_equal(opened.envelope->ciphertext.span.length, sizeof plain);
    only_recipient(&opened, SCEP_RECIPIENT_KTRI);
    discard(&opened);
}

/* OpenSSL's envelope for whatever recipient add() gives it. */
static GByteArray *enveloped_for(int (*add)(CMS_ContentInfo *))
{
    BIO *input = BIO_new_mem_buf(plain, sizeof plain);
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_128_cbc(), CMS_PARTIAL | CMS_BINARY);

    assert_non_null(cms);
    assert_int_equal(add(cms), 1);
    assert_int_equal(CMS_final(cms, input, NULL, CMS_BINARY), 1);
    GByteArray *out = pki_cms_der(cms);
    CMS_ContentInfo_free(cms);
    BIO_free(input);
    return out;
}

static X509 *ec_recipient;

static int add_agreement(CMS_ContentInfo *cms)
{
    return CMS_add1_recipient_cert(cms, ec_recipient, 0) != NULL;
}

static void test_key_agreement(void **state)
{
    EVP_PKEY *key = pki_ec_key();
    Opened opened;

    (void)state;
    ec_recipient = pki_self_signed("elliptic ra", key);
    open_envelope(&opened, enveloped_for(add_agreement));
    assert_sound(&opened);
    const ScepRecipient *recipient = only_recipient(&opened, SCEP_RECIPIENT_KARI);
    assert_int_equal(opened.data[recipient->originator.offset], 0xa0);
    assert_true(recipient->originator.length > 65); /* holds the ephemeral point */
    assert_string_equal(recipient->algorithm, "1.3.133.16.840.63.0.2");
    assert_part(&opened, recipient->issuer, pki_name_der(X509_get_issuer_name(ec_recipient)));
    assert_part(&opened, recipient->serial, der_raw("\x00\xc0\xff\xee", 4));
    assert_int_equal(recipient->encrypted_key.length, 24); /* AES-128 key wrap of an AES-128 key */
    discard(&opened);
    X509_free(ec_recipient);
    EVP_PKEY_free(key);
}

static int add_password(CMS_ContentInfo *cms)
{
    unsigned char *password = (unsigned char *)OPENSSL_strdup("challenge");

    return CMS_add0_recipient_password(cms, -1, NID_id_alg_PWRI_KEK, NID_undef, password, 9, NULL) != NULL;
}

static void test_password(void **state)
{
    Opened opened;

    (void)state;
    open_envelope(&opened, enveloped_for(add_password));
    assert_sound(&opened);
    const ScepRecipient *recipient = only_recipient(&opened, SCEP_RECIPIENT_PWRI);
    assert_string_equal(recipient->derivation, "1.2.840.113549.1.5.12");
    assert_string_equal(recipient->algorithm, "1.2.840.113549.1.9.16.3.9");
    assert_int_equal(recipient->encrypted_key.length, 32);
    assert_int_equal(recipient->issuer.length, 0);
    discard(&opened);
}

static int add_key(CMS_ContentInfo *cms)
{
    unsigned char *key = OPENSSL_zalloc(16);
    unsigned char *id = (unsigned char *)OPENSSL_strdup("kek-7");

    return CMS_add0_recipient_key(cms, NID_undef, key, 16, id, 5, NULL, NULL, NULL) != NULL;
}

static void test_shared_key(void **state)
{
    Opened opened;

    (void)state;
    open_envelope(&opened, enveloped_for(add_key));
    assert_sound(&opened);
    const ScepRecipient *recipient = only_recipient(&opened, SCEP_RECIPIENT_KEKRI);
    assert_part(&opened, recipient->key_id, der_raw("kek-7", 5));
    assert_string_equal(recipient->algorithm, "2.16.840.1.101.3.4.1.5");
    assert_int_equal(recipient->encrypted_key.length, 24);
    assert_int_equal(recipient->issuer.length, 0);
    discard(&opened);
}

/* ---- envelopes that OpenSSL does not make ------------------------------------------------------------------------ */

static GByteArray *encrypted_content(GByteArray *parameters, GByteArray *ciphertext)
{
    return der(DER_SEQUENCE, der_oid(OID_DATA), der(DER_SEQUENCE, der_oid(OID_DES), parameters, END), ciphertext, END);
}

static GByteArray *ciphertext(void)
{
    return der_primitive(0x80, "12345678", 8);
}

static GByteArray *enveloped(GByteArray *recipients, GByteArray *content)
{
    return der(
        DER_SEQUENCE, der_oid(OID_ENVELOPED_DATA),
        der(DER_CONTEXT_0, der(DER_SEQUENCE, der_small_integer(0), der_wrap(DER_SET, recipients), content, END), END),
        END);
}

static GByteArray *recipient_info(void)
{
    return der(DER_SEQUENCE, der_small_integer(0), pki_issuer_and_serial(ra), der_algorithm(OID_RSA),
               der_octets("key", 3), END);
}

static GByteArray *some_content(void)
{
    return encrypted_content(der_octets("initvect", 8), ciphertext());
}

static void test_recipient_by_key_identifier(void **state)
{
    /* [0] IMPLICIT, as RFC 5652 6.2.1 has it, and EXPLICIT, as somebody may read it; then the form of a kari */
    GByteArray *const ids[] = { der_primitive(0x80, "key-id", 6), der(DER_CONTEXT_0, der_octets("key-id", 6), END) };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        Opened opened;

        open_envelope(&opened, enveloped(der(DER_SEQUENCE, der_small_integer(2), ids[i], der_algorithm(OID_RSA),
                                             der_octets("key", 3), END),
                                         some_content()));
        const ScepRecipient *recipient = only_recipient(&opened, SCEP_RECIPIENT_KTRI);
        assert_part(&opened, recipient->key_id, der_raw("key-id", 6));
        assert_part(&opened, recipient->encrypted_key, der_raw("key", 3));
        discard(&opened);
    }

    GByteArray *agreement =
        der(DER_CONTEXT_1, der_small_integer(3), der(DER_CONTEXT_0, der_null(), END),
            der(DER_CONTEXT_1, der_octets("ukm", 3), END), der_algorithm("1.2.3"),
            der(DER_SEQUENCE,
                der(DER_SEQUENCE, der(DER_CONTEXT_0, der_octets("key-id", 6), END), der_octets("key", 3), END), END),
            END);
    Opened opened;
    open_envelope(&opened, enveloped(agreement, some_content()));
    const ScepRecipient *recipient = only_recipient(&opened, SCEP_RECIPIENT_KARI);
    assert_string_equal(recipient->algorithm, "1.2.3");
    assert_part(&opened, recipient->key_id, der_raw("key-id", 6));
    assert_part(&opened, recipient->encrypted_key, der_raw("key", 3));
    discard(&opened);
}

static void test_password_without_derivation(void **state)
{
    Opened opened;

    (void)state;
    open_envelope(&opened, enveloped(der(0xa3, der_small_integer(0), der_algorithm("1.2.3"), der_octets("key", 3), END),
                                     some_content()));
    const ScepRecipient *recipient = only_recipient(&opened, SCEP_RECIPIENT_PWRI);
    assert_null(recipient->derivation);
    assert_string_equal(recipient->algorithm, "1.2.3");
    assert_part(&opened, recipient->encrypted_key, der_raw("key", 3));
    discard(&opened);
}

static void test_other_recipient(void **state)
{
    Opened opened;

    (void)state;
    open_envelope(&opened,
                  enveloped(der(0xa4, der_oid("1.2.840.113549.1.9.16.13.3"), der_null(), END), some_content()));
    const ScepRecipient *recipient = only_recipient(&opened, SCEP_RECIPIENT_ORI);
    assert_string_equal(recipient->algorithm, "1.2.840.113549.1.9.16.13.3");
    assert_int_equal(recipient->encrypted_key.length, 0);
    discard(&opened);
}

static void test_several_recipients(void **state)
{
    GByteArray *recipients = g_byte_array_new();
    Opened opened;

    (void)state;
    open_envelope(&opened,
                  enveloped(der_join(recipient_info(), der(0xa4, der_oid("1.2.3"), END), END), some_content()));
    assert_int_equal(opened.envelope->recipients->len, 2);
    assert_int_equal(g_array_index(opened.envelope->recipients, ScepRecipient, 0).type, SCEP_RECIPIENT_KTRI);
    assert_int_equal(g_array_index(opened.envelope->recipients, ScepRecipient, 1).type, SCEP_RECIPIENT_ORI);
    assert_string_equal(opened.envelope->cipher, OID_DES);
    discard(&opened);

    for (unsigned i = 0; i < SCEP_MAX_RECIPIENTS + 1; i++)
        recipients = der_join(recipients, recipient_info(), END);
    open_envelope(&opened, enveloped(recipients, some_content()));
    assert_int_equal(opened.envelope->recipients->len, SCEP_MAX_RECIPIENTS);
    assert_string_equal(opened.envelope->cipher, OID_DES);
    discard(&opened);
}

static void test_cipher_parameters(void **state)
{
    Opened opened;

    (void)state;
    open_envelope(&opened, enveloped(recipient_info(), some_content()));
    assert_part(&opened, opened.envelope->iv, der_raw("initvect", 8));
    discard(&opened);
    /* one client sends single DES without an IV */
    open_envelope(&opened, enveloped(recipient_info(), encrypted_content(g_byte_array_new(), ciphertext())));
    assert_int_equal(opened.envelope->iv.length, 0);
    assert_string_equal(opened.envelope->cipher, OID_DES);
    assert_int_equal(opened.envelope->ciphertext.span.length, 8);
    assert_sound(&opened);
    discard(&opened);
    open_envelope(&opened, enveloped(recipient_info(), encrypted_content(der_null(), ciphertext())));
    assert_int_equal(opened.envelope->iv.length, 0);
    discard(&opened);
    /* RC2-CBC: version, IV */
    open_envelope(&opened, enveloped(recipient_info(), encrypted_content(der(DER_SEQUENCE, der_small_integer(58),
                                                                             der_octets("initvect", 8), END),
                                                                         ciphertext())));
    assert_part(&opened, opened.envelope->iv, der_raw("initvect", 8));
    discard(&opened);
    /* a detached ciphertext */
    open_envelope(&opened, enveloped(recipient_info(), encrypted_content(der_null(), g_byte_array_new())));
    assert_int_equal(opened.envelope->ciphertext.pieces, 0);
    assert_sound(&opened);
    discard(&opened);
}

/* As a router encodes it: indefinite even where there is one recipient, the ciphertext in pieces. */
static void test_ber(void **state)
{
    GByteArray *content =
        ber(DER_SEQUENCE, der_oid(OID_DATA), ber(DER_SEQUENCE, der_oid(OID_DES), der_octets("initvect", 8), END),
            ber(DER_CONTEXT_0, der_octets("1234567", 7), der_octets("89", 2), END), END);
    GByteArray *body = ber(DER_SEQUENCE, der_small_integer(0), ber(DER_SET, recipient_info(), END), content, END);
    Opened opened;
    size_t size;

    (void)state;
    open_envelope(&opened, ber(DER_SEQUENCE, der_oid(OID_ENVELOPED_DATA), ber(DER_CONTEXT_0, body, END), END));
    assert_sound(&opened);
    assert_true(opened.envelope->uses_ber);
    only_recipient(&opened, SCEP_RECIPIENT_KTRI);
    assert_part(&opened, opened.envelope->iv, der_raw("initvect", 8));
    const uint8_t *bytes = scep_octets_get0_data(opened.data, &opened.envelope->ciphertext, &size);
    assert_int_equal(size, 9);
    assert_memory_equal(bytes, "123456789", 9);
    discard(&opened);
}

static void test_encrypted_data(void **state)
{
    BIO *input = BIO_new_mem_buf(plain, sizeof plain);
    CMS_ContentInfo *cms =
        CMS_EncryptedData_encrypt(input, EVP_aes_128_cbc(), (const unsigned char *)"0123456789abcdef", 16, CMS_BINARY);
    Opened opened;

    (void)state;
    open_as(&opened, pki_cms_der(cms), SCEP_CONTENT_ENCRYPTED);
    assert_sound(&opened);
    assert_int_equal(opened.envelope->kind, SCEP_CONTENT_ENCRYPTED);
    assert_int_equal(opened.envelope->recipients->len, 0);
    assert_string_equal(opened.envelope->cipher, OID_AES128);
    assert_int_equal(opened.envelope->iv.length, 16);
    assert_int_equal(opened.envelope->ciphertext.span.length, 64);
    discard(&opened);
    CMS_ContentInfo_free(cms);
    BIO_free(input);
}

/* A second content has no place there: the first one counts, and nothing is lost on the way. */
static void test_second_content(void **state)
{
    GByteArray *second = der(DER_SEQUENCE, der_oid("1.2.3"), der_algorithm("1.2.4"),
                             ber(DER_CONTEXT_0, der_octets("x", 1), der_octets("y", 1), END), END);
    Opened opened;

    (void)state;
    open_envelope(&opened, enveloped(recipient_info(), der_join(some_content(), second, END)));
    assert_string_equal(opened.envelope->inner_type, OID_DATA);
    assert_string_equal(opened.envelope->cipher, OID_DES);
    assert_part(&opened, opened.envelope->iv, der_raw("initvect", 8));
    assert_int_equal(opened.envelope->ciphertext.span.length, 8);
    assert_null(opened.envelope->ciphertext.joined);
    discard(&opened);
}

static void test_other_kinds(void **state)
{
    static const ScepContentKind others[] = { SCEP_CONTENT_ABSENT, SCEP_CONTENT_EMPTY,     SCEP_CONTENT_ZERO_BYTE,
                                              SCEP_CONTENT_SIGNED, SCEP_CONTENT_CMS_OTHER, SCEP_CONTENT_OTHER };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        assert_null(scep_envelope_new((const uint8_t *)"\x30", 1, others[i]));
    scep_envelope_free(NULL);
}

static void test_every_prefix(void **state)
{
    GByteArray *whole = pki_envelope(ra, "AES-128-CBC", plain, sizeof plain);

    (void)state;
    for (size_t size = 1; size < whole->len; size++) {
        Opened opened;

        open_envelope(&opened, der_raw(whole->data, size));
        assert_true(opened.envelope->truncated);
        assert_false(opened.envelope->broken);
        assert_true(opened.envelope->cipher == NULL || strcmp(opened.envelope->cipher, OID_AES128) == 0);
        assert_true(opened.envelope->inner_type == NULL || strcmp(opened.envelope->inner_type, OID_DATA) == 0);
        discard(&opened);
    }
    g_byte_array_unref(whole);
}

static void test_every_byte_changed(void **state)
{
    static const uint8_t changes[] = { 0x00, 0x80, 0xff, 0x1f, 0x24, 0x30, 0xa1, 0xa3 };
    GByteArray *whole = pki_envelope(ra, "AES-128-CBC", plain, sizeof plain);

    (void)state;
    for (size_t at = 0; at < whole->len; at++) {
        for (size_t i = 0; i < sizeof changes; i++) {
            GByteArray *changed = der_raw(whole->data, whole->len);
            Opened opened;

            changed->data[at] = changes[i];
            open_envelope(&opened, changed);
            discard(&opened);
        }
    }
    g_byte_array_unref(whole);
}

static void test_broken(void **state)
{
    Opened opened;

    (void)state;
    open_envelope(&opened, der_raw("\x30\xff", 2));
    assert_true(opened.envelope->broken);
    discard(&opened);
    open_envelope(&opened, der_raw("", 0));
    assert_true(opened.envelope->broken);
    discard(&opened);
    /* behind the recipients: they are shown all the same */
    open_envelope(&opened, enveloped(recipient_info(), der_raw("\x30\xff", 2)));
    assert_true(opened.envelope->broken);
    assert_false(opened.envelope->truncated);
    only_recipient(&opened, SCEP_RECIPIENT_KTRI);
    discard(&opened);
    /* the same where no length tells the end, and where one is too long for what is around it */
    open_envelope(&opened, ber(DER_SEQUENCE, der_oid(OID_ENVELOPED_DATA),
                               ber(DER_CONTEXT_0,
                                   ber(DER_SEQUENCE, der_small_integer(0), ber(DER_SET, recipient_info(), END),
                                       der_raw("\x04\x80", 2), END),
                                   END),
                               END));
    assert_true(opened.envelope->broken);
    assert_false(opened.envelope->truncated);
    only_recipient(&opened, SCEP_RECIPIENT_KTRI);
    discard(&opened);
    open_envelope(&opened, enveloped(recipient_info(), der_raw("\x30\x09\x06", 3)));
    assert_true(opened.envelope->broken);
    assert_false(opened.envelope->truncated);
    discard(&opened);
}

static void test_type_names(void **state)
{
    static const char *const names[] = { "ktri", "kari", "kekri", "pwri", "ori" };

    (void)state;
    for (unsigned type = SCEP_RECIPIENT_KTRI; type <= SCEP_RECIPIENT_ORI; type++)
        assert_string_equal(scep_recipient_type_name(type), names[type]);
    assert_string_equal(scep_recipient_type_name(SCEP_RECIPIENT_ORI + 1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_transport),
        cmocka_unit_test(test_authenticated),
        cmocka_unit_test(test_key_agreement),
        cmocka_unit_test(test_password),
        cmocka_unit_test(test_shared_key),
        cmocka_unit_test(test_recipient_by_key_identifier),
        cmocka_unit_test(test_password_without_derivation),
        cmocka_unit_test(test_other_recipient),
        cmocka_unit_test(test_several_recipients),
        cmocka_unit_test(test_cipher_parameters),
        cmocka_unit_test(test_ber),
        cmocka_unit_test(test_encrypted_data),
        cmocka_unit_test(test_second_content),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_type_names),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
