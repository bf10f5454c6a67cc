/* test_certificate.c
 * What is told of a certificate: names, numbers, keys, thumbprints, and the part that it plays.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pki_builder.h"
#include "scep/cms.h"
#include "scep/limits.h"

#define REQUEST_AGENT "1.3.6.1.4.1.311.20.2.1"

static EVP_PKEY *rsa_key, *ec_key;

static int make_keys(void **state)
{
    (void)state;
    rsa_key = pki_rsa_key();
    ec_key = pki_ec_key();
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa_key);
    EVP_PKEY_free(ec_key);
    scep_crypto_cleanup();
    return 0;
}

static ScepCertificate *read_array(GByteArray *array)
{
    size_t size;
    uint8_t *der = der_exact(array, &size);
    ScepCertificate *certificate = scep_certificate_new(der, size);

    g_free(der);
    return certificate;
}

static ScepCertificate *read_x509(X509 *x509)
{
    ScepCertificate *certificate = read_array(pki_certificate_der(x509));

    assert_non_null(certificate);
    return certificate;
}

/* A certificate from one CA, with these extensions (pairs, NULL last). */
static ScepCertificate *issued(EVP_PKEY *key, const char *const *extensions)
{
    static const char *const ca_extensions[] = { "basicConstraints", "critical,CA:TRUE", NULL };
    const PkiSubject ca = { .common_name = "Contoso CA", .key = rsa_key, .extensions = ca_extensions, .version = 2 };
    X509 *issuer = pki_certificate(&ca);
    const PkiSubject subject = { .common_name = "device",
                                 .key = key,
                                 .issuer = issuer,
                                 .issuer_key = rsa_key,
                                 .extensions = extensions,
                                 .version = 2 };
    X509 *x509 = pki_certificate(&subject);
    ScepCertificate *certificate = read_x509(x509);

    X509_free(x509);
    X509_free(issuer);
    return certificate;
}

static void assert_serial(const ScepCertificate *certificate, const char *octets, size_t count)
{
    size_t size;
    const void *data = g_bytes_get_data(certificate->serial, &size);

    assert_int_equal(size, count);
    assert_memory_equal(data, octets, count);
}

static void test_ca(void **state)
{
    static const char *const extensions[] = { "basicConstraints", "critical,CA:TRUE", "keyUsage", "keyCertSign,cRLSign",
                                              NULL };
    const PkiSubject subject = { .common_name = "Contoso CA", .key = rsa_key, .extensions = extensions, .version = 2 };
    X509 *x509 = pki_certificate(&subject);
    ScepCertificate *certificate = read_x509(x509);
    uint8_t digest[32];
    unsigned size;

    (void)state;
    assert_string_equal(certificate->subject, "O=Contoso, CN=Contoso CA");
    assert_string_equal(certificate->issuer, "O=Contoso, CN=Contoso CA");
    assert_serial(certificate, "\x00\xc0\xff\xee", 4);
    assert_null(certificate->alternative_names);
    assert_int_equal(certificate->not_before, 1704067200); /* date -u -d 2024-01-01 +%s */
    assert_int_equal(certificate->not_after, 2019686400);  /* date -u -d 2034-01-01 +%s */
    X509_digest(x509, EVP_sha1(), digest, &size);
    assert_memory_equal(certificate->sha1, digest, 20);
    X509_digest(x509, EVP_sha256(), digest, &size);
    assert_memory_equal(certificate->sha256, digest, 32);
    assert_string_equal(certificate->key_algorithm, "RSA");
    assert_int_equal(certificate->key_bits, 2048);
    assert_string_equal(certificate->signature_algorithm, "RSA-SHA256");
    assert_true(certificate->is_ca);
    assert_true(certificate->self_signed);
    assert_true(certificate->has_key_usage);
    assert_false(certificate->may_sign);
    assert_false(certificate->may_encipher);
    assert_false(certificate->is_request_agent);
    scep_certificate_free(certificate);
    X509_free(x509);
}

static void test_issued(void **state)
{
    ScepCertificate *certificate = issued(ec_key, NULL);
    unsigned char *spki = NULL;
    uint8_t digest[32];

    (void)state;
    assert_string_equal(certificate->subject, "O=Contoso, CN=device");
    assert_string_equal(certificate->issuer, "O=Contoso, CN=Contoso CA");
    assert_false(certificate->self_signed);
    assert_false(certificate->is_ca);
    assert_string_equal(certificate->key_algorithm, "EC");
    assert_int_equal(certificate->key_bits, 256);
    const int size = i2d_PUBKEY(ec_key, &spki);
    EVP_Digest(spki, (size_t)size, digest, NULL, EVP_sha256(), NULL);
    assert_memory_equal(certificate->spki_sha256, digest, 32);
    OPENSSL_free(spki);
    /* no keyUsage restricts nothing */
    assert_false(certificate->has_key_usage);
    assert_true(certificate->may_sign);
    assert_true(certificate->may_encipher);
    scep_certificate_free(certificate);
}

static void assert_key(const char *type, const char *name, uint32_t bits)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, type);
    ScepCertificate *certificate = issued(key, NULL);

    assert_string_equal(certificate->key_algorithm, name);
    assert_int_equal(certificate->key_bits, bits);
    scep_certificate_free(certificate);
    EVP_PKEY_free(key);
}

static void test_keys(void **state)
{
    (void)state;
    assert_key("ED25519", "ED25519", 256);
    assert_key("X448", "X448", 448);
}

/* A key of a kind that this OpenSSL does not know. */
static void test_unknown_key(void **state)
{
    static const uint8_t rsa[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 };
    X509 *x509 = pki_self_signed("device", rsa_key);
    GByteArray *der = pki_certificate_der(x509);
    unsigned changed = 0;

    (void)state;
    for (size_t at = 0; at + sizeof rsa < der->len; at++) {
        if (memcmp(der->data + at, rsa, sizeof rsa) == 0) {
            der->data[at + sizeof rsa - 1] = 0x63;
            changed++;
        }
    }
    assert_int_equal(changed, 1);
    ScepCertificate *certificate = read_array(der);
    assert_non_null(certificate);
    assert_string_equal(certificate->key_algorithm, "1.2.840.113549.1.1.99");
    assert_int_equal(certificate->key_bits, 0);
    scep_certificate_free(certificate);
    X509_free(x509);
}

/* Cisco's VPN client signs its requests with certificates of version 1. */
static void test_version_1(void **state)
{
    const PkiSubject own = { .common_name = "vpn client", .key = rsa_key, .version = 0 };
    X509 *x509 = pki_certificate(&own);
    ScepCertificate *certificate = read_x509(x509);
    const PkiSubject other = {
        .common_name = "below", .key = ec_key, .issuer = x509, .issuer_key = rsa_key, .version = 0
    };
    X509 *below = pki_certificate(&other);

    (void)state;
    assert_true(certificate->self_signed);
    assert_true(certificate->is_ca);
    scep_certificate_free(certificate);
    certificate = read_x509(below);
    assert_false(certificate->self_signed);
    assert_false(certificate->is_ca);
    scep_certificate_free(certificate);
    X509_free(below);
    X509_free(x509);
}

static void test_serials(void **state)
{
    static const struct {
        long serial;
        const char *octets;
        size_t size;
    } serials[] = { { 1, "\x01", 1 }, { 127, "\x7f", 1 }, { 128, "\x00\x80", 2 }, { -5, "\xfb", 1 } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(serials); i++) {
        const PkiSubject subject = { .common_name = "x", .key = ec_key, .serial = serials[i].serial, .version = 2 };
        X509 *x509 = pki_certificate(&subject);
        ScepCertificate *certificate = read_x509(x509);
        assert_serial(certificate, serials[i].octets, serials[i].size);
        scep_certificate_free(certificate);
        X509_free(x509);
    }

    /* sscep puts the transactionID's text there: longer than RFC 5280 allows, and than one length octet can tell */
    X509 *x509 = pki_self_signed("x", ec_key);
    uint8_t text[200];
    memset(text, 'A', sizeof text);
    BIGNUM *number = BN_bin2bn(text, sizeof text, NULL);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
    BN_free(number);
    X509_sign(x509, ec_key, EVP_sha256());
    ScepCertificate *certificate = read_x509(x509);
    assert_serial(certificate, (const char *)text, sizeof text);
    scep_certificate_free(certificate);
    X509_free(x509);
}

static void test_is(void **state)
{
    X509 *x509 = pki_self_signed("device", ec_key);
    ScepCertificate *certificate = read_x509(x509);
    GByteArray *name = pki_name_der(X509_get_issuer_name(x509));
    const uint8_t serial[] = { 0x00, 0xc0, 0xff, 0xee };

    (void)state;
    assert_true(scep_certificate_is(certificate, name->data, name->len, serial, 4));
    assert_false(scep_certificate_is(certificate, name->data, name->len, serial + 1, 3));
    assert_false(scep_certificate_is(certificate, name->data, name->len, serial, 3));
    assert_false(scep_certificate_is(certificate, name->data, name->len - 1, serial, 4));
    assert_false(scep_certificate_is(certificate, NULL, 0, NULL, 0));
    name->data[name->len - 1] ^= 1;
    assert_false(scep_certificate_is(certificate, name->data, name->len, serial, 4));
    g_byte_array_unref(name);
    scep_certificate_free(certificate);
    X509_free(x509);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static GByteArray *part(const char *oid, uint8_t tag, const char *text)
{
    return der(DER_SEQUENCE, der_oid(oid), der_text(tag, text), END);
}

static void assert_name(GByteArray *array, const char *expected)
{
    size_t size;
    uint8_t *der = der_exact(array, &size);
    char *text = scep_name_new_text(der, size);

    if (expected == NULL) {
        assert_null(text);
    } else {
        assert_non_null(text);
        assert_string_equal(text, expected);
    }
    g_free(text);
    g_free(der);
}

static void test_name_text(void **state)
{
    (void)state;
    assert_name(der(DER_SEQUENCE, END), "");
    assert_name(der(DER_SEQUENCE, der(DER_SET, part("2.5.4.6", DER_PRINTABLE, "DE"), END),
                    der(DER_SET, part("2.5.4.3", DER_UTF8, "M\xc3\xbcller"), END), END),
                "C=DE, CN=M\xc3\xbcller");
    /* a router's name: two parts in one */
    assert_name(der(DER_SEQUENCE,
                    der(DER_SET, part("2.5.4.5", DER_PRINTABLE, "9ABC"),
                        part("1.2.840.113549.1.9.2", DER_IA5, "r1.contoso.com"), END),
                    END),
                "serialNumber=9ABC + unstructuredName=r1.contoso.com");
    /* what could be taken for the end of a part, or move a terminal's cursor */
    assert_name(der(DER_SEQUENCE, der(DER_SET, part("2.5.4.3", DER_UTF8, "a, CN=b\n"), END), END), "CN=a\\, CN=b\\0A");
    /* Windows writes names that are not ASCII as BMPString; an unknown part keeps its number */
    assert_name(
        der(DER_SEQUENCE,
            der(DER_SET, der(DER_SEQUENCE, der_oid("2.5.4.3"), der_primitive(DER_BMP, "\x00M\x00\xfc", 4), END), END),
            der(DER_SET, part("1.2.3.4", DER_UTF8, "x"), END), END),
        "CN=M\xc3\xbc, 1.2.3.4=x");
    assert_name(der_raw("\x30\x05\x31", 3), NULL);
    assert_name(der_null(), NULL);
    assert_name(der_raw("", 0), NULL);
}

static void test_name_is_bounded(void **state)
{
    GByteArray *parts = g_byte_array_new();
    size_t size;

    (void)state;
    for (unsigned i = 0; i < 500; i++)
        parts = der_join(parts, der(DER_SET, part("2.5.4.11", DER_UTF8, "a unit of the company"), END), END);
    uint8_t *der = der_exact(der_wrap(DER_SEQUENCE, parts), &size);
    char *text = scep_name_new_text(der, size);
    assert_int_equal(strlen(text), SCEP_MAX_TEXT);
    g_free(text);
    g_free(der);
}

static ScepCertificate *with_alternative_names(GByteArray *names)
{
    GString *value = g_string_new("DER:");

    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(value, "%02x", names->data[i]);
    g_byte_array_unref(names);
    const char *const extensions[] = { "2.5.29.17", value->str, NULL };
    ScepCertificate *certificate = issued(ec_key, extensions);
    g_string_free(value, TRUE);
    return certificate;
}

static GByteArray *other_name(const char *oid, GByteArray *value)
{
    return der(DER_CONTEXT_0, der_oid(oid), der(DER_CONTEXT_0, value, END), END);
}

static void test_alternative_names(void **state)
{
    static const char *const expected[] = {
        "DNS:host.contoso.com",
        "EMAIL:user@contoso.com",
        "URI:IntuneDeviceId://0000-11",
        "IP:192.0.2.1",
        "IP:2001:db8::1",
        "RID:1.2.3.4",
        "UPN:us\xc3\xa4r@contoso.com",
        "OTHER:1.2.3.4=text",
        "OTHER:1.2.3.4",
        "OTHER:1.2.3.5",
        "DIR:CN=alias",
        "OTHER:",
        "DNS:two\\0Alines",
        "IP:(0 octets)",
    };
    ScepCertificate *certificate = with_alternative_names(der(
        DER_SEQUENCE, der_text(0x82, "host.contoso.com"), der_text(0x81, "user@contoso.com"),
        der_text(0x86, "IntuneDeviceId://0000-11"), der_primitive(0x87, "\xc0\x00\x02\x01", 4),
        der_primitive(0x87, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16), der_primitive(0x88, "\x2a\x03\x04", 3),
        other_name("1.3.6.1.4.1.311.20.2.3", der_text(DER_UTF8, "us\xc3\xa4r@contoso.com")),
        other_name("1.2.3.4", der_text(DER_UTF8, "text")), other_name("1.2.3.4", der(DER_SEQUENCE, der_null(), END)),
        other_name("1.2.3.5", der_null()),
        der(0xa4, der(DER_SEQUENCE, der(DER_SET, part("2.5.4.3", DER_UTF8, "alias"), END), END), END),
        der(0xa5, der(0xa1, der_text(DER_UTF8, "party"), END), END), der_text(0x82, "two\nlines"),
        der_primitive(0x87, "", 0), END));

    (void)state;
    assert_non_null(certificate->alternative_names);
    assert_int_equal(certificate->alternative_names->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        assert_string_equal(g_ptr_array_index(certificate->alternative_names, i), expected[i]);
    scep_certificate_free(certificate);
}

static void test_many_alternative_names(void **state)
{
    GByteArray *names = g_byte_array_new();

    (void)state;
    for (unsigned i = 0; i < SCEP_MAX_CERTIFICATES + 10; i++)
        names = der_join(names, der_text(0x82, "host"), END);
    ScepCertificate *certificate = with_alternative_names(der_wrap(DER_SEQUENCE, names));
    assert_int_equal(certificate->alternative_names->len, SCEP_MAX_CERTIFICATES);
    scep_certificate_free(certificate);
}

/* ---- roles ------------------------------------------------------------------------------------------------------- */

static void assert_role(const char *const *extensions, bool sign, bool encipher, bool agent, ScepCertificateRole role)
{
    ScepCertificate *certificate = issued(rsa_key, extensions);

    assert_int_equal(certificate->may_sign, sign);
    assert_int_equal(certificate->may_encipher, encipher);
    assert_int_equal(certificate->is_request_agent, agent);
    assert_int_equal(scep_certificate_ca_role(certificate, false), role);
    /* the only certificate of an answer is the CA's, whatever it says of itself */
    assert_int_equal(scep_certificate_ca_role(certificate, true), SCEP_ROLE_CA);
    scep_certificate_free(certificate);
}

static void test_ra_roles(void **state)
{
    static const char *const signs[] = { "keyUsage", "digitalSignature", NULL };
    static const char *const enciphers[] = { "keyUsage", "keyEncipherment", NULL };
    static const char *const both[] = { "keyUsage", "digitalSignature,keyEncipherment", NULL };
    static const char *const neither[] = { "keyUsage", "dataEncipherment", NULL };

    (void)state;
    assert_role(signs, true, false, false, SCEP_ROLE_RA_SIGNING);
    assert_role(enciphers, false, true, false, SCEP_ROLE_RA_ENCRYPTION);
    assert_role(both, true, true, false, SCEP_ROLE_RA);
    assert_role(neither, false, false, false, SCEP_ROLE_RA);
    assert_role(NULL, true, true, false, SCEP_ROLE_RA);
}

/* Both of NDES's certificates may act as request agent; keyUsage tells them apart. */
static void test_ndes_pair(void **state)
{
    static const char *const agent[] = { "keyUsage", "critical,digitalSignature", "extendedKeyUsage", REQUEST_AGENT,
                                         NULL };
    static const char *const cep[] = { "keyUsage", "critical,keyEncipherment", "extendedKeyUsage", REQUEST_AGENT,
                                       NULL };
    static const char *const other[] = { "keyUsage", "digitalSignature", "extendedKeyUsage", "clientAuth,1.2.3.4",
                                         NULL };

    (void)state;
    assert_role(agent, true, false, true, SCEP_ROLE_RA_SIGNING);
    assert_role(cep, false, true, true, SCEP_ROLE_RA_ENCRYPTION);
    assert_role(other, true, false, false, SCEP_ROLE_RA_SIGNING);
}

static void test_ca_roles(void **state)
{
    static const char *const ca[] = { "basicConstraints", "critical,CA:TRUE", NULL };
    const PkiSubject root = { .common_name = "root", .key = rsa_key, .extensions = ca, .version = 2 };
    X509 *x509 = pki_certificate(&root);
    ScepCertificate *self_signed = read_x509(x509);
    ScepCertificate *below = issued(rsa_key, ca);

    (void)state;
    assert_int_equal(scep_certificate_ca_role(self_signed, true), SCEP_ROLE_CA);
    assert_int_equal(scep_certificate_ca_role(self_signed, false), SCEP_ROLE_ROOT);
    assert_int_equal(scep_certificate_ca_role(below, true), SCEP_ROLE_CA);
    assert_int_equal(scep_certificate_ca_role(below, false), SCEP_ROLE_CA);
    scep_certificate_free(below);
    scep_certificate_free(self_signed);
    X509_free(x509);
}

static void test_role_names(void **state)
{
    static const char *const names[] = { "unknown", "ca",     "root",   "ra-signing", "ra-encryption",
                                         "ra",      "signer", "issued", "next-ca" };

    (void)state;
    assert_int_equal(G_N_ELEMENTS(names), SCEP_ROLE_NEXT_CA + 1);
    for (unsigned role = 0; role < G_N_ELEMENTS(names); role++)
        assert_string_equal(scep_certificate_role_name(role), names[role]);
    assert_string_equal(scep_certificate_role_name(SCEP_ROLE_NEXT_CA + 1), "unknown");
}

/* ---- damage ------------------------------------------------------------------------------------------------------ */

static void test_unreadable(void **state)
{
    X509 *x509 = pki_self_signed("device", ec_key);
    GByteArray *array = pki_certificate_der(x509);

    (void)state;
    for (size_t size = 0; size < array->len; size++)
        assert_null(read_array(der_raw(array->data, size)));
    /* what follows the certificate belongs to others */
    ScepCertificate *whole = read_x509(x509);
    ScepCertificate *followed = read_array(der_join(array, der_raw("trailer", 7), END));
    assert_memory_equal(whole->sha256, followed->sha256, 32);
    scep_certificate_free(followed);
    scep_certificate_free(whole);
    assert_null(read_array(der(DER_SEQUENCE, der_null(), END)));
    scep_certificate_free(NULL);
    X509_free(x509);
}

static void test_every_byte_changed(void **state)
{
    static const uint8_t changes[] = { 0x00, 0x80, 0xff, 0x30 };
    X509 *x509 = pki_self_signed("device", ec_key);
    GByteArray *der = pki_certificate_der(x509);
    unsigned readable = 0;

    (void)state;
    for (size_t at = 0; at < der->len; at++) {
        for (size_t i = 0; i < sizeof changes; i++) {
            GByteArray *changed = der_raw(der->data, der->len);
            changed->data[at] = changes[i];
            ScepCertificate *certificate = read_array(changed);
            if (certificate != NULL) {
                readable++;
                assert_non_null(certificate->subject);
                assert_non_null(certificate->issuer);
                assert_non_null(certificate->serial);
                assert_non_null(certificate->key_algorithm);
                assert_non_null(certificate->signature_algorithm);
                assert_true(g_utf8_validate(certificate->subject, -1, NULL));
            }
            scep_certificate_free(certificate);
        }
    }
    assert_true(readable > 100);
    g_byte_array_unref(der);
    X509_free(x509);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ca),
        cmocka_unit_test(test_issued),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_unknown_key),
        cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_serials),
        cmocka_unit_test(test_is),
        cmocka_unit_test(test_name_text),
        cmocka_unit_test(test_name_is_bounded),
        cmocka_unit_test(test_alternative_names),
        cmocka_unit_test(test_many_alternative_names),
        cmocka_unit_test(test_ra_roles),
        cmocka_unit_test(test_ndes_pair),
        cmocka_unit_test(test_ca_roles),
        cmocka_unit_test(test_role_names),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_every_byte_changed),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
