/* test_client_marks.c
 * What a message shows of the program that made it: each transactionID with what it is computed from, and its
 * neighbors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "message_reading.h"
#include "cms/certificate_list.h"
#include "cms/client_marks.h"
#include "crypto/signature.h"

static EVP_PKEY *key; /* RSA */

static int make_key(void **state)
{
    key = pki_rsa_key();
    return make_people(state);
}

static int free_key(void **state)
{
    EVP_PKEY_free(key);
    return free_people(state);
}

/* ---- a signer, and what transactionIDs are computed from --------------------------------------------------------- */

static ScepCertificate *read_x509(X509 *x509)
{
    GByteArray *der = pki_certificate_der(x509);
    ScepCertificate *certificate = scep_certificate_new(der->data, der->len);

    g_byte_array_unref(der);
    return certificate;
}

static X509 *signer_with_serial(const uint8_t *serial, size_t size)
{
    X509 *x509 = pki_self_signed("device", key);
    BIGNUM *number = BN_bin2bn(serial, (int)size, NULL);

    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
    BN_free(number);
    X509_sign(x509, key, EVP_sha256());
    return x509;
}

static char *hex(const char *digest, const unsigned char *bytes, int size, bool upper)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    const size_t length = scep_digest(digest, bytes, (size_t)size, out);
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < length; i++)
        g_string_append_printf(text, upper ? "%02X" : "%02x", out[i]);
    return g_string_free(text, FALSE);
}

static char *hex_of_spki(const char *digest, bool upper)
{
    unsigned char *spki = NULL;
    const int size = i2d_PUBKEY(key, &spki);
    char *text = hex(digest, spki, size, upper);

    OPENSSL_free(spki);
    return text;
}

static char *hex_of_key(const char *digest, bool upper)
{
    unsigned char *bytes = NULL;
    const int size = i2d_PublicKey(key, &bytes);
    char *text = hex(digest, bytes, size, upper);

    OPENSSL_free(bytes);
    return text;
}

static char *base64_of_key(size_t octets)
{
    unsigned char *bytes = NULL;
    const int size = i2d_PublicKey(key, &bytes);
    uint8_t out[EVP_MAX_MD_SIZE];

    scep_digest(OID_SHA256, bytes, (size_t)size, out);
    OPENSSL_free(bytes);
    return g_base64_encode(out, octets);
}

/* The marks of a message by this signer under this transactionID, those that say nothing of it left out. */
static uint32_t marks_of(X509 *signer, const char *transaction)
{
    Parsed parsed;

    parse(&parsed, pki_signed_data((PkiParts){ .content = der_raw("x", 1),
                                               .attributes = pki_request_attributes("19", transaction, pki_nonce_a),
                                               .certificates = pki_certificate_der(signer),
                                               .signer = signer,
                                               .key = key }));
    ScepCertificate *certificate = read_x509(signer);
    const uint32_t marks = scep_client_marks(parsed.message, NULL, certificate);
    scep_certificate_free(certificate);
    release(&parsed);
    return marks & ~(uint32_t)SCEP_MARK_NO_TIME;
}

static void assert_marks(char *transaction, uint32_t expected)
{
    X509 *signer = pki_self_signed("device", key);

    assert_int_equal(marks_of(signer, transaction), expected);
    X509_free(signer);
    g_free(transaction);
}

static void test_what_a_transaction_is_computed_from(void **state)
{
    (void)state;
    assert_marks(hex_of_spki(OID_MD5, true), SCEP_MARK_ID_MD5_UPPER);
    assert_marks(hex_of_spki(OID_MD5, false), SCEP_MARK_ID_MD5_LOWER);
    assert_marks(hex_of_spki(OID_SHA1, true), SCEP_MARK_ID_SHA1_UPPER);
    assert_marks(hex_of_spki(OID_SHA1, false), SCEP_MARK_ID_SHA1_LOWER);
    assert_marks(hex_of_spki(OID_SHA256, false), SCEP_MARK_ID_SHA2);
    assert_marks(hex_of_key(OID_SHA1, true), SCEP_MARK_ID_KEY_SHA1);
    assert_marks(base64_of_key(20), SCEP_MARK_ID_BASE64);
    assert_marks(base64_of_key(32), SCEP_MARK_ID_BASE64);
    assert_marks(g_strdup("SSCEP transactionId"), SCEP_MARK_ID_SSCEP);
    assert_marks(g_strnfill(77, '7'), SCEP_MARK_ID_DECIMAL);
    assert_marks(g_strnfill(64, 'a'), SCEP_MARK_ID_HEX64);
}

static void test_what_looks_alike_is_not_the_same(void **state)
{
    static const char *const others[] = {
        "",
        "TX0001",
        "0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdef0123456789abcdef01234567",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        assert_marks(g_strdup(others[i]), 0);
    assert_marks(hex_of_key(OID_SHA1, false), 0); /* Apple writes capitals */
    assert_marks(hex_of_spki(OID_SHA256, true), 0);
    assert_marks(g_strnfill(69, '7'), 0);
    assert_marks(g_strnfill(79, '7'), 0);
}

static void test_the_certificate_of_the_signer(void **state)
{
    X509 *signer = pki_self_signed("SCEP Protocol Certificate", key);
    ScepCertificate *certificate = read_x509(signer);
    GString *text = g_string_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof certificate->sha1; i++)
        g_string_append_printf(text, "%02X", certificate->sha1[i]);
    assert_int_equal(marks_of(signer, text->str), SCEP_MARK_ID_CERTIFICATE | SCEP_MARK_SUBJECT_PROTOCOL);
    g_string_ascii_down(text);
    assert_int_equal(marks_of(signer, text->str), SCEP_MARK_ID_CERTIFICATE | SCEP_MARK_SUBJECT_PROTOCOL);
    g_string_free(text, TRUE);
    scep_certificate_free(certificate);
    X509_free(signer);
}

static void test_serial_numbers(void **state)
{
    char *id = hex_of_spki(OID_SHA1, true);
    uint8_t octets[20] = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(g_ascii_xdigit_value(id[2 * i]) << 4 | g_ascii_xdigit_value(id[2 * i + 1]));
    X509 *number = signer_with_serial(octets, sizeof octets);
    assert_int_equal(marks_of(number, id), SCEP_MARK_ID_SHA1_UPPER | SCEP_MARK_SERIAL_NUMBER);
    X509_free(number);
    octets[19] ^= 1;
    X509 *other = signer_with_serial(octets, sizeof octets);
    assert_int_equal(marks_of(other, id), SCEP_MARK_ID_SHA1_UPPER);
    X509_free(other);
    /* sscep spells it, and later versions cut it to the octets that a serial number may have */
    char *spelled = hex_of_spki(OID_MD5, true);
    for (size_t length = 19; length <= 32; length += 13) {
        X509 *text = signer_with_serial((const uint8_t *)spelled, length);
        assert_int_equal(marks_of(text, spelled), SCEP_MARK_ID_MD5_UPPER | SCEP_MARK_SERIAL_TEXT);
        X509_free(text);
    }
    g_free(spelled);
    g_free(id);
}

static void test_the_rest_of_the_message(void **state)
{
    X509 *signer = pki_self_signed("SCEP SIGNER", key);
    ScepCertificate *certificate = read_x509(signer);
    Parsed parsed;

    (void)state;
    parse(&parsed,
          pki_signed_data((PkiParts){ .content = der_raw("x", 1),
                                      .attributes = der_join(pki_text(2, "19"), pki_scep(5, der_octets(pki_nonce_a, 8)),
                                                             pki_signing_time("250102030405Z"), END),
                                      .certificates = pki_certificate_der(signer),
                                      .signer = signer,
                                      .key = key,
                                      .indefinite = true }));
    assert_int_equal(scep_client_marks(parsed.message, NULL, certificate),
                     SCEP_MARK_BER | SCEP_MARK_SHORT_NONCE | SCEP_MARK_SUBJECT_SIGNER);
    assert_int_equal(scep_client_marks(parsed.message, NULL, NULL), SCEP_MARK_BER | SCEP_MARK_SHORT_NONCE);
    release(&parsed);
    scep_certificate_free(certificate);
    X509_free(signer);
}

/* A name is worth something on a signer that its maker made up alone. */
static void test_names_of_issued_signers_do_not_count(void **state)
{
    const PkiSubject issued = {
        .common_name = "SCEP Protocol Certificate", .key = key, .issuer = ra, .issuer_key = ra_key, .version = 2
    };
    X509 *signer = pki_certificate(&issued);

    (void)state;
    assert_int_equal(marks_of(signer, "TX"), 0);
    X509_free(signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_transaction_is_computed_from),
        cmocka_unit_test(test_what_looks_alike_is_not_the_same),
        cmocka_unit_test(test_the_certificate_of_the_signer),
        cmocka_unit_test(test_serial_numbers),
        cmocka_unit_test(test_the_rest_of_the_message),
        cmocka_unit_test(test_names_of_issued_signers_do_not_count),
    };

    return cmocka_run_group_tests(tests, make_key, free_key);
}
