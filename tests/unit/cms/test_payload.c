/* test_payload.c
 * IssuerAndSubject, IssuerAndSerialNumber and revocation lists.
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
#include <openssl/x509v3.h>
#include <string.h>

#include "cms_fixture.h"
#include "crypto/crypto.h"
#include "scep/cms.h"

/* SEQUENCE { Name CN=CA, Name CN=dev } and SEQUENCE { Name CN=CA, INTEGER 0x1234 } */
static const uint8_t subject_request[] = { 0x30, 0x1f, 0x30, 0x0d, 0x31, 0x0b, 0x30, 0x09, 6,    3,    0x55,
                                           4,    3,    19,   2,    'C',  'A',  0x30, 0x0e, 0x31, 0x0c, 0x30,
                                           0x0a, 6,    3,    0x55, 4,    3,    12,   3,    'd',  'e',  'v' };
static const uint8_t serial_request[] = { 0x30, 0x13, 0x30, 0x0d, 0x31, 0x0b, 0x30, 0x09, 6,    3,   0x55,
                                          4,    3,    19,   2,    'C',  'A',  2,    2,    0x12, 0x34 };

static void test_issuer_and_subject(void **state)
{
    ScepIssuerAndSubject value;

    (void)state;
    assert_true(scep_issuer_and_subject_read(subject_request, sizeof subject_request, &value));
    assert_string_equal(value.issuer, "CN=CA");
    assert_string_equal(value.subject, "CN=dev");
    assert_int_equal(value.issuer_der.offset, 2);
    assert_int_equal(value.subject_der.length, 16);
    assert_int_equal(value.whole.length, sizeof subject_request);
    scep_issuer_and_subject_clear(&value);

    /* the other kind: the issuer is there, the subject is not */
    assert_false(scep_issuer_and_subject_read(serial_request, sizeof serial_request, &value));
    assert_string_equal(value.issuer, "CN=CA");
    assert_null(value.subject);
    scep_issuer_and_subject_clear(&value);
    for (size_t length = 0; length < sizeof subject_request; length++) {
        assert_false(scep_issuer_and_subject_read(subject_request, length, &value));
        scep_issuer_and_subject_clear(&value);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_issuer_and_serial(void **state)
{
    ScepIssuerAndSerial value;

    (void)state;
    assert_true(scep_issuer_and_serial_read(serial_request, sizeof serial_request, &value));
    assert_string_equal(value.issuer, "CN=CA");
    assert_int_equal(value.serial.offset, sizeof serial_request - 2);
    assert_int_equal(value.serial.length, 2);
    scep_issuer_and_serial_clear(&value);
    assert_false(scep_issuer_and_serial_read(subject_request, sizeof subject_request, &value));
    assert_string_equal(value.issuer, "CN=CA");
    assert_int_equal(value.serial.length, 0);
    scep_issuer_and_serial_clear(&value);
    for (size_t length = 0; length < sizeof serial_request; length++) {
        assert_false(scep_issuer_and_serial_read(serial_request, length, &value));
        scep_issuer_and_serial_clear(&value);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

/* @param revoked  entries; @param next  with nextUpdate and a number */
static GBytes *make_crl(unsigned revoked, bool next)
{
    X509_CRL *crl = X509_CRL_new_ex(scep_crypto_context(), NULL);
    EVP_MD *digest = EVP_MD_fetch(scep_crypto_context(), "SHA256", NULL);
    X509_NAME *name = X509_NAME_new();
    ASN1_TIME *time = ASN1_TIME_new();
    unsigned char *der = NULL;

    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"CA", -1, -1, 0);
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, name);
    X509_CRL_set1_lastUpdate(crl, ASN1_TIME_set(time, 1700000000));
    if (next) {
        X509_CRL_set1_nextUpdate(crl, ASN1_TIME_set(time, 2600000000)); /* beyond 2049: GeneralizedTime */
        ASN1_INTEGER *number = ASN1_INTEGER_new();
        ASN1_INTEGER_set(number, 0x0102);
        X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0);
        ASN1_INTEGER_free(number);
    }
    for (unsigned i = 0; i < revoked; i++) {
        X509_REVOKED *entry = X509_REVOKED_new();
        ASN1_INTEGER *serial = ASN1_INTEGER_new();
        ASN1_INTEGER_set(serial, i + 1);
        X509_REVOKED_set_serialNumber(entry, serial);
        X509_REVOKED_set_revocationDate(entry, ASN1_TIME_set(time, 1690000000));
        X509_CRL_add0_revoked(crl, entry);
        ASN1_INTEGER_free(serial);
    }
    assert_true(X509_CRL_sign(crl, fixture_key(KEY_CA), digest) > 0);
    const int size = i2d_X509_CRL(crl, &der);
    GBytes *bytes = g_bytes_new(der, (gsize)size);
    OPENSSL_free(der);
    ASN1_TIME_free(time);
    X509_NAME_free(name);
    X509_CRL_free(crl);
    EVP_MD_free(digest);
    return bytes;
}

static void test_revocation_lists(void **state)
{
    static const unsigned counts[] = { 0, 1, 1000 };

    (void)state;
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(counts); i++) {
        const bool next = i % 2;
        GBytes *der = make_crl(counts[i / 2], next);
        size_t size;
        const uint8_t *data = g_bytes_get_data(der, &size);
        ScepCrl crl;
        assert_true(scep_crl_read(data, size, &crl));
        assert_string_equal(crl.issuer, "CN=CA");
        assert_string_equal(crl.signature_algorithm, "RSA-SHA256");
        assert_int_equal(crl.this_update, 1700000000);
        assert_int_equal(crl.next_update, next ? 2600000000 : 0);
        assert_int_equal(crl.revoked, counts[i / 2]);
        assert_int_equal(crl.number.length, next ? 2 : 0);
        if (next)
            assert_memory_equal(data + crl.number.offset, "\x01\x02", 2);
        assert_false(crl.truncated);
        scep_crl_clear(&crl);

        uint8_t *half = g_memdup2(data, size - 300);
        assert_true(scep_crl_read(half, size - 300, &crl) || size < 600);
        assert_true(crl.truncated || crl.issuer == NULL);
        assert_true(crl.revoked <= counts[i / 2]);
        scep_crl_clear(&crl);
        g_free(half);
        g_bytes_unref(der);
    }
}

static void test_no_revocation_list(void **state)
{
    ScepCrl crl;

    (void)state;
    assert_false(scep_crl_read(subject_request, sizeof subject_request, &crl));
    scep_crl_clear(&crl);
    assert_false(scep_crl_read(serial_request + 17, 4, &crl));
    scep_crl_clear(&crl);
    assert_false(scep_crl_read(serial_request, 0, &crl));
    scep_crl_clear(&crl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_issuer_and_subject),
        cmocka_unit_test(test_issuer_and_serial),
        cmocka_unit_test(test_revocation_lists),
        cmocka_unit_test(test_no_revocation_list),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    fixture_cleanup();
    return failed;
}
