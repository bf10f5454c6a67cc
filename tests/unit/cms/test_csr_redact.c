/* test_csr_redact.c
 * A request without its challenge: it is gone wherever it stood, and every type and length is where it was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/x509v3.h>
#include <string.h>

#include "asn1/ber.h"
#include "cms/csr.h"
#include "cms_fixture.h"
#include "crypto/crypto.h"
#include "der_builder.h"
#include "scep/limits.h"

#define OID_CHALLENGE "1.2.840.113549.1.9.7"
#define OID_EXTENSION_REQUEST "1.2.840.113549.1.9.14"
#define OID_OS_VERSION "1.3.6.1.4.1.311.13.2.3"
#define OID_NOBODYS "1.3.6.1.4.1.99999.1"
#define DER_NUMERIC 0x12
#define DER_UNIVERSAL_STRING 0x1c
#define DER_ENUMERATED 0x0a

static const ScepVerdict good = { SCEP_VERIFY_GOOD, SCEP_VERIFY_PLAIN };
static const ScepVerdict bad = { SCEP_VERIFY_BAD, SCEP_VERIFY_PLAIN };

/* Attribute ::= SEQUENCE { type, values SET OF ANY } */
static GByteArray *attribute(const char *oid, GByteArray *values)
{
    return der(DER_SEQUENCE, der_oid(oid), der_wrap(DER_SET, values), END);
}

static GByteArray *challenge(const char *text)
{
    return attribute(OID_CHALLENGE, der_text(DER_PRINTABLE, text));
}

/* A request with these attributes; nobody looks at its signature here. */
static GByteArray *request_with(GByteArray *attributes)
{
    GBytes *spki = fixture_spki(fixture_key(KEY_EC));
    GByteArray *key = g_bytes_unref_to_array(spki);
    GByteArray *name = der(
        DER_SEQUENCE, der_wrap(DER_SET, der(DER_SEQUENCE, der_oid("2.5.4.3"), der_text(DER_UTF8, "device"), END)), END);

    return der(DER_SEQUENCE, der(DER_SEQUENCE, der_small_integer(0), name, key, der_wrap(0xa0, attributes), END),
               der_algorithm("1.2.840.10045.4.3.2"), der_primitive(DER_BIT_STRING, "\0signature", 10), END);
}

/* Every element of both stands at the same place with the same type, at any depth. */
static void assert_same_form(const uint8_t *one, const uint8_t *other, size_t limit, size_t offset)
{
    while (offset < limit) {
        ScepBer a, b;
        assert_int_equal(scep_ber_read(one, limit, offset, &a), SCEP_BER_OK);
        assert_int_equal(scep_ber_read(other, limit, offset, &b), SCEP_BER_OK);
        assert_int_equal(a.tag, b.tag);
        assert_int_equal(a.tag_class, b.tag_class);
        assert_int_equal(a.constructed, b.constructed);
        assert_int_equal(a.content.offset, b.content.offset);
        assert_int_equal(a.content.length, b.content.length);
        if (a.constructed)
            assert_same_form(one, other, a.content.offset + a.content.length, a.content.offset);
        offset = a.whole.offset + a.whole.length;
    }
}

static bool holds(const GByteArray *bytes, const void *what, size_t size)
{
    for (size_t i = 0; i + size <= bytes->len; i++) {
        if (memcmp(bytes->data + i, what, size) == 0)
            return true;
    }
    return false;
}

static bool says(const GByteArray *bytes, const char *text)
{
    return holds(bytes, text, strlen(text));
}

/* @return the masked copy of a request that keeps its form; g_byte_array_unref() */
static GByteArray *redacted(GByteArray *request, ScepVerdict signature)
{
    GByteArray *copy = der_raw(request->data, request->len);
    ScepCsr *csr = scep_csr_new(request->data, request->len, 0);

    assert_non_null(csr);
    assert_true(scep_csr_keeps_its_form(csr));
    scep_csr_redact(csr, signature, copy->data, copy->len);
    assert_same_form(request->data, copy->data, request->len, 0);
    scep_csr_free(csr);
    g_byte_array_unref(request);
    return copy;
}

/* ---- the challenge ----------------------------------------------------------------------------------------------- */

static void test_only_its_octets_go(void **state)
{
    (void)state;
    for (unsigned is_bad = 0; is_bad <= 1; is_bad++) {
        GByteArray *request = request_with(der_join(attribute(OID_OS_VERSION, der_text(DER_IA5, "10.0.22631.2")),
                                                    challenge("Secret one"), challenge("Secret two"), END));
        GByteArray *before = der_raw(request->data, request->len);
        GByteArray *copy = redacted(request, is_bad ? bad : good);
        unsigned changed = 0;

        for (guint i = 0; i < copy->len; i++)
            changed += copy->data[i] != before->data[i];
        assert_int_equal(changed, 2 * strlen("Secret one"));
        assert_false(says(copy, "Secret"));
        assert_true(says(copy, "**********"));
        assert_true(says(copy, "10.0.22631.2"));
        g_byte_array_unref(before);
        g_byte_array_unref(copy);
    }
}

/* What stands in place of the text is a text of the same type. */
static void test_types(void **state)
{
    static const struct {
        uint8_t tag;
        const char *octets;
        size_t size;
        const char *masked;
    } rows[] = {
        { DER_PRINTABLE, "Secret", 6, "******" },
        { DER_UTF8,
          "S\xc3\xa9"
          "cret",
          7, "*******" },
        { DER_T61, "Secret", 6, "******" },
        { DER_IA5, "Secret", 6, "******" },
        { DER_OCTETS, "Secret", 6, "******" },
        { DER_NUMERIC, "123456", 6, "000000" },
        { DER_BMP, "\0S\0e\0c", 6, "\0*\0*\0*" },
        { DER_BMP, "\0S\0", 3, "\0*\0" },
        { DER_UNIVERSAL_STRING, "\0\0\0S\0\0\0e", 8, "\0\0\0*\0\0\0*" },
        { DER_BIT_STRING, "\7Secret", 7, "\0******" },
        { DER_ENUMERATED, "Secret", 6, "******" },
        { DER_OID, "Secret", 6, "******" },
        { DER_UTC_TIME, "250102030405Z", 13, "700101000000Z" },
        { DER_UTC_TIME, "Secret", 6, "000000" },
        { 0x18, "20250102030405Z", 15, "19700101000000Z" },
        { 0x80, "Secret", 6, "******" }, /* a tag of another class */
        { 0xc1, "Secret", 6, "******" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GByteArray *value = der_primitive(rows[i].tag, rows[i].octets, rows[i].size);
        GByteArray *copy = redacted(request_with(attribute(OID_CHALLENGE, value)), good);

        assert_false(holds(copy, rows[i].octets, rows[i].size));
        assert_true(holds(copy, rows[i].masked, rows[i].size));
        g_byte_array_unref(copy);
    }
}

/* In pieces, among others in its SET, behind more attributes than are read, as an attribute inside of an extension. */
static void test_wherever_it_stands(void **state)
{
    GByteArray *many = g_byte_array_new();
    GByteArray *inner = der(DER_SEQUENCE, challenge("Secret"), END);
    GByteArray *extension = der(DER_SEQUENCE, der_oid(OID_NOBODYS), der_wrap(DER_OCTETS, inner), END);
    GByteArray *places[5];

    (void)state;
    for (unsigned i = 0; i < SCEP_MAX_CSR_ITEMS + 1; i++)
        many = der_join(many, attribute(OID_OS_VERSION, der_text(DER_IA5, "1")), END);
    places[0] = der_join(many, challenge("Secret"), END);
    places[1] = attribute(OID_CHALLENGE, der_join(der_text(DER_UTF8, "first"), der_text(DER_UTF8, "Secret"), END));
    places[2] = attribute(OID_CHALLENGE, der_wrap(0x20 | DER_UTF8, der_join(der_text(DER_OCTETS, "Sec"),
                                                                            der_text(DER_OCTETS, "Secret"), END)));
    places[3] = attribute(OID_EXTENSION_REQUEST, der_wrap(DER_SEQUENCE, extension));
    places[4] = attribute(OID_NOBODYS, der(DER_SEQUENCE, der_oid(OID_CHALLENGE), der_text(DER_UTF8, "Secret"), END));
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        GByteArray *copy = redacted(request_with(places[i]), good);
        assert_false(says(copy, "Secret"));
        g_byte_array_unref(copy);
    }
}

/* ---- what may be one --------------------------------------------------------------------------------------------- */

/* With a bad signature nothing tells whether an attribute is what its type says. */
static void test_what_is_not_known(void **state)
{
    static const char *const kept[] = { "10.0.22631.2", "device.example" };

    (void)state;
    for (unsigned is_bad = 0; is_bad <= 1; is_bad++) {
        GByteArray *names = der_wrap(DER_SEQUENCE, der_text(0x82, "device.example"));
        GByteArray *known = der(DER_SEQUENCE, der_oid("2.5.29.17"), der_wrap(DER_OCTETS, names), END);
        GByteArray *critical = der_primitive(0x01, "\xff", 1);
        GByteArray *other = der(DER_SEQUENCE, der_oid(OID_NOBODYS), critical,
                                der_wrap(DER_OCTETS, der(DER_SEQUENCE, der_text(DER_UTF8, "inside"), END)), END);
        GByteArray *plain = der(DER_SEQUENCE, der_oid(OID_NOBODYS), der_octets("in the raw", 10), END);
        GByteArray *extensions = der(DER_SEQUENCE, known, other, plain, END);
        GByteArray *copy = redacted(request_with(der_join(attribute(OID_EXTENSION_REQUEST, extensions),
                                                          attribute(OID_OS_VERSION, der_text(DER_IA5, kept[0])),
                                                          attribute(OID_NOBODYS, der_text(DER_UTF8, "private")), END)),
                                    is_bad ? bad : good);

        for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
            assert_true(says(copy, kept[i]));
        assert_true(holds(copy, "\x01\x01\xff", 3));
        assert_int_equal(says(copy, "private"), !is_bad);
        assert_int_equal(says(copy, "inside"), !is_bad);
        assert_int_equal(says(copy, "in the raw"), !is_bad);
        g_byte_array_unref(copy);
    }
}

/* ---- damage ------------------------------------------------------------------------------------------------------ */

/* @return whether "Secret" stands in a masked copy of the request, of which an octet or its end may be damaged */
static bool tells_secret(GBytes *der, size_t flipped, size_t truncated, uint8_t bit)
{
    GByteArray *bytes = g_bytes_unref_to_array(g_bytes_ref(der));

    if (flipped < bytes->len)
        bytes->data[flipped] ^= bit;
    g_byte_array_set_size(bytes, (guint)(bytes->len - truncated));
    ScepCsr *csr = scep_csr_new(bytes->data, bytes->len, SCEP_CSR_VERIFY);
    if (csr != NULL)
        scep_csr_redact(csr, csr->signature, bytes->data, bytes->len);
    const bool found = csr != NULL && says(bytes, "Secret");
    scep_csr_free(csr);
    g_byte_array_unref(bytes);
    return found;
}

/* One octet of the challenge itself may differ; that it is gone has to hold wherever else the damage is. */
static void test_damaged_requests(void **state)
{
    X509_REQ *request = fixture_request(fixture_key(KEY_EC), "device", NULL);
    EVP_MD *digest = EVP_MD_fetch(scep_crypto_context(), "SHA256", NULL);

    (void)state;
    X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, V_ASN1_UTF8STRING, (const uint8_t *)"Secret 1", 8);
    X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, V_ASN1_UTF8STRING, (const uint8_t *)"Secret 2", 8);
    assert_true(X509_REQ_sign(request, fixture_key(KEY_EC), digest) > 0);
    GBytes *der = fixture_request_der(request);
    const size_t size = g_bytes_get_size(der);
    assert_false(tells_secret(der, size, 0, 0));
    for (size_t truncated = 1; truncated < size; truncated++)
        assert_false(tells_secret(der, size, truncated, 0));
    for (unsigned bit = 0; bit < 8; bit++) {
        for (size_t flipped = 0; flipped < size; flipped++)
            assert_false(tells_secret(der, flipped, 0, (uint8_t)(1u << bit)));
    }
    g_bytes_unref(der);
    EVP_MD_free(digest);
    X509_REQ_free(request);
}

/* What is no request as a whole is masked behind the subject, and nobody is to parse the rest. */
static void test_form_is_lost(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 4; which++) {
        GByteArray *request = request_with(challenge("Secret"));

        if (which == 0) /* cut */
            g_byte_array_set_size(request, request->len - 1);
        else if (which == 1) /* something stands behind the signature, inside the request */
            request =
                der(DER_SEQUENCE, der_raw(request->data + 3, request->len - 3), der_text(DER_UTF8, "Secret"), END);
        else if (which == 2) /* the signature is no BIT STRING */
            request->data[request->len - 12] = DER_OCTETS;
        else /* a length inside reaches beyond the whole */
            request->data[request->len - 11] += 1;
        ScepCsr *csr = scep_csr_new(request->data, request->len, 0);
        assert_non_null(csr);
        assert_false(scep_csr_keeps_its_form(csr));
        scep_csr_redact(csr, good, request->data, request->len);
        assert_true(says(request, "device"));
        for (size_t i = csr->subject_der.offset + csr->subject_der.length; i < request->len; i++)
            assert_int_equal(request->data[i], '*');
        scep_csr_free(csr);
        g_byte_array_unref(request);
    }
}

/* What follows a request in its buffer belongs to nobody. */
static void test_behind_the_request(void **state)
{
    GByteArray *request = der_join(request_with(challenge("Secret")), der_raw("Secret", 6), END);
    ScepCsr *csr = scep_csr_new(request->data, request->len, 0);

    (void)state;
    assert_true(scep_csr_keeps_its_form(csr));
    scep_csr_redact(csr, good, request->data, request->len);
    assert_false(says(request, "Secret"));
    assert_true(says(request, "signature"));
    scep_csr_free(csr);
    g_byte_array_unref(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_its_octets_go), cmocka_unit_test(test_types),
        cmocka_unit_test(test_wherever_it_stands), cmocka_unit_test(test_what_is_not_known),
        cmocka_unit_test(test_damaged_requests),   cmocka_unit_test(test_form_is_lost),
        cmocka_unit_test(test_behind_the_request),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    fixture_cleanup();
    return failed;
}
