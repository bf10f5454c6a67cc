/* test_issuer.c
 * Who signed a certificate: itself or another, by arithmetic; and what roles go by.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "message_reading.h"
#include "cms/issuer.h"
#include "cms/verify.h"
#include "scep/limits.h"

#define PROTOCOL "SCEP Protocol Certificate"
/* An authorityKeyIdentifier that names another key, as Windows writes it. */
#define OTHER_KEY "critical,DER:30168014ABABABABABABABABABABABABABABABABABABABAB"

static EVP_PKEY *other_key;

static int make_keys(void **state)
{
    other_key = pki_rsa_key();
    return make_people(state);
}

static int free_keys(void **state)
{
    EVP_PKEY_free(other_key);
    return free_people(state);
}

static ScepCertificate *read_x509(X509 *x509)
{
    GByteArray *der = pki_certificate_der(x509);
    ScepCertificate *certificate = scep_certificate_new(der->data, der->len);

    g_byte_array_unref(der);
    assert_non_null(certificate);
    return certificate;
}

static ScepCertificate *read_subject(PkiSubject subject)
{
    X509 *x509 = pki_certificate(&subject);
    ScepCertificate *certificate = read_x509(x509);

    X509_free(x509);
    return certificate;
}

/* A certificate of this name that a key signed, under the name of an issuer. */
static ScepCertificate *made(const char *name, const char *issuer, EVP_PKEY *issuer_key, const char *const *extensions)
{
    X509 *above = issuer != NULL ? pki_self_signed(issuer, issuer_key) : NULL;
    ScepCertificate *certificate = read_subject((PkiSubject){ .common_name = name,
                                                              .key = ra_key,
                                                              .issuer = above,
                                                              .issuer_key = issuer_key,
                                                              .extensions = extensions,
                                                              .version = 2 });

    X509_free(above);
    return certificate;
}

/* RFC 5280 4.2.1.1: an extension says which key signed; the signature shows it. */
static void test_an_extension_does_not_outvote_arithmetic(void **state)
{
    static const char *const authority[] = { "2.5.29.35", OTHER_KEY, "subjectKeyIdentifier", "hash", NULL };
    ScepCertificate *windows = made(PROTOCOL, NULL, NULL, authority);
    ScepCertificate *plain = made(PROTOCOL, NULL, NULL, NULL);
    ScepCertificate *other_name = made("device", NULL, NULL, authority);

    (void)state;
    assert_true(windows->self_issued && windows->self_signed && windows->critical_authority);
    assert_true(scep_certificate_is_throwaway(windows));
    assert_true(plain->self_signed && !plain->critical_authority);
    assert_true(scep_certificate_is_throwaway(plain));
    assert_true(other_name->self_signed);
    assert_false(scep_certificate_is_throwaway(other_name));
    scep_certificate_free(windows);
    scep_certificate_free(plain);
    scep_certificate_free(other_name);
}

/* A CA of the same name signed it, and no extension tells of that. */
static void test_a_name_does_not_either(void **state)
{
    ScepCertificate *namesake = made("ra", "ra", other_key, NULL);
    ScepCertificate *throwaway = made(PROTOCOL, PROTOCOL, other_key, NULL);

    (void)state;
    assert_true(namesake->self_issued);
    assert_false(namesake->self_signed);
    assert_true(throwaway->self_issued);
    assert_false(scep_certificate_is_throwaway(throwaway));
    scep_certificate_free(namesake);
    scep_certificate_free(throwaway);
}

/* Where the user wants no signatures checked. */
static void test_nothing_is_computed_against_the_users_will(void **state)
{
    X509 *x509 = pki_self_signed(PROTOCOL, ra_key);
    GByteArray *der = pki_certificate_der(x509);
    const uint64_t before = scep_verify_operations();
    ScepCertificate *certificate = scep_certificate_new_from_der(der->data, der->len, false);

    (void)state;
    assert_true(certificate->self_issued && certificate->self_signed);
    assert_int_equal(scep_certificate_signed_by(certificate, certificate), SCEP_VERIFY_NOT_CHECKED);
    assert_int_equal(scep_verify_operations(), before);
    scep_certificate_free(certificate);
    g_byte_array_unref(der);
    X509_free(x509);
}

/* A key larger than what is computed with. */
static void test_what_is_not_computed_is_not_claimed(void **state)
{
    ScepCertificate *root = made("large", NULL, NULL, NULL);
    const uint64_t before = scep_verify_operations();

    (void)state;
    root->key_bits = SCEP_MAX_ISSUER_RSA_BITS + 1;
    root->sha256[0] ^= 1; /* so that it is not known yet */
    assert_int_equal(scep_certificate_signed_by(root, root), SCEP_VERIFY_NOT_CHECKED);
    assert_int_equal(scep_verify_operations(), before);
    scep_certificate_free(root);
}

/* An algorithm that nobody here knows: the key identifiers are all there is. */
static void test_identifiers_decide_where_nothing_can_be_computed(void **state)
{
    static const char *const agree[] = { "subjectKeyIdentifier", "hash", "authorityKeyIdentifier", "keyid", NULL };
    static const char *const differ[] = { "2.5.29.35", OTHER_KEY, "subjectKeyIdentifier", "hash", NULL };
    /* sha256WithRSAEncryption, and the number behind the last one that is in use there */
    static const uint8_t known[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b };

    (void)state;
    for (int i = 0; i < 2; i++) {
        X509 *x509 = pki_certificate(&(PkiSubject){
            .common_name = "device", .key = ra_key, .extensions = i == 0 ? agree : differ, .version = 2 });
        GByteArray *der = pki_certificate_der(x509);
        for (guint at = 0; at + sizeof known <= der->len; at++) {
            if (memcmp(der->data + at, known, sizeof known) == 0)
                der->data[at + sizeof known - 1] = 0x7f;
        }
        ScepCertificate *certificate = scep_certificate_new(der->data, der->len);
        assert_non_null(certificate);
        assert_int_equal(scep_certificate_signed_by(certificate, certificate), SCEP_VERIFY_NOT_CHECKED);
        assert_int_equal(certificate->self_signed, i == 0);
        scep_certificate_free(certificate);
        g_byte_array_unref(der);
        X509_free(x509);
    }
}

static void test_each_pair_is_computed_once(void **state)
{
    ScepCertificate *root = made("root", NULL, NULL, NULL);
    const uint64_t before = scep_verify_operations();
    ScepCertificate *leaf = made("leaf", "root", ra_key, NULL);

    (void)state;
    assert_int_equal(scep_verify_operations(), before); /* names that differ cost nothing */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(scep_certificate_signed_by(leaf, root), SCEP_VERIFY_GOOD);
        assert_int_equal(scep_certificate_signed_by(root, leaf), SCEP_VERIFY_GOOD); /* the key is the same */
    }
    assert_int_equal(scep_verify_operations(), before + 2);
    GByteArray *again = der_raw(g_bytes_get_data(root->der, NULL), g_bytes_get_size(root->der));
    ScepCertificate *copy = scep_certificate_new(again->data, again->len);
    assert_true(copy->self_signed);
    assert_int_equal(scep_verify_operations(), before + 2);
    g_byte_array_unref(again);
    scep_certificate_free(copy);
    scep_certificate_free(root);
    scep_certificate_free(leaf);
}

static void test_the_issuer_among_others(void **state)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    ScepCertificate *leaf = made("leaf", "root", ra_key, NULL);
    X509 *renewed = pki_self_signed("root", other_key), *right = pki_self_signed("root", ra_key);
    const ScepCertificate *issuer;

    (void)state;
    assert_int_equal(scep_issuer_among(NULL, leaf, &issuer), SCEP_ISSUER_ABSENT);
    assert_null(issuer);
    g_ptr_array_add(list, NULL);
    g_ptr_array_add(list, made("stranger", NULL, NULL, NULL));
    assert_int_equal(scep_issuer_among(list, leaf, &issuer), SCEP_ISSUER_ABSENT);
    g_ptr_array_add(list, read_x509(renewed));
    assert_int_equal(scep_issuer_among(list, leaf, &issuer), SCEP_ISSUER_OTHER_KEY);
    assert_ptr_equal(issuer, g_ptr_array_index(list, 2));
    g_ptr_array_add(list, read_x509(right));
    assert_int_equal(scep_issuer_among(list, leaf, &issuer), SCEP_ISSUER_PROVEN);
    assert_ptr_equal(issuer, g_ptr_array_index(list, 3));
    /* a certificate is not its own issuer here */
    assert_int_equal(scep_issuer_among(list, g_ptr_array_index(list, 1), NULL), SCEP_ISSUER_ABSENT);
    X509_free(renewed);
    X509_free(right);
    scep_certificate_free(leaf);
    g_ptr_array_unref(list);
}

/* RFC 5280 4.2.1.3 and 4.2.1.9. */
static void test_a_ca_is_who_may_sign_certificates(void **state)
{
    static const struct {
        const char *extensions[5];
        bool is_ca;
    } rows[] = {
        { { "basicConstraints", "critical,CA:TRUE", "keyUsage", "keyCertSign,cRLSign" }, true },
        { { "keyUsage", "keyCertSign" }, true },
        { { "basicConstraints", "critical,CA:TRUE" }, true },
        { { "basicConstraints", "critical,CA:TRUE", "keyUsage", "digitalSignature,keyEncipherment" }, false },
        { { "basicConstraints", "CA:FALSE", "keyUsage", "keyCertSign" }, false },
        { { "keyUsage", "digitalSignature" }, false },
        { { NULL }, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepCertificate *certificate = made("one", "above", other_key, rows[i].extensions);
        assert_int_equal(certificate->is_ca, rows[i].is_ca);
        assert_int_equal(scep_certificate_ca_role(certificate, false) == SCEP_ROLE_CA, rows[i].is_ca);
        scep_certificate_free(certificate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_extension_does_not_outvote_arithmetic),
        cmocka_unit_test(test_a_name_does_not_either),
        cmocka_unit_test(test_nothing_is_computed_against_the_users_will),
        cmocka_unit_test(test_what_is_not_computed_is_not_claimed),
        cmocka_unit_test(test_identifiers_decide_where_nothing_can_be_computed),
        cmocka_unit_test(test_each_pair_is_computed_once),
        cmocka_unit_test(test_the_issuer_among_others),
        cmocka_unit_test(test_a_ca_is_who_may_sign_certificates),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
