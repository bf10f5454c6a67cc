/* test_csr.c
 * PKCS#10 requests: names, keys, extensions, Microsoft's attributes, and challenges in every string type.
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
#include "asn1/asn1_text.h"
#include "asn1/der.h"
#include "crypto/crypto.h"
#include "cms/csr.h"
#include "scep/limits.h"

static ScepCsr *read_request(X509_REQ *request, unsigned flags)
{
    GBytes *der = fixture_request_der(request);
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    ScepCsr *csr = scep_csr_new(data, size, flags);

    assert_non_null(csr);
    assert_false(csr->truncated);
    assert_int_equal(csr->whole.length, size);
    assert_int_equal(ERR_peek_error(), 0);
    g_bytes_unref(der);
    return csr;
}

static void sign(X509_REQ *request, FixtureKey which)
{
    EVP_MD *digest = EVP_MD_fetch(scep_crypto_context(), "SHA256", NULL);

    assert_true(X509_REQ_sign(request, fixture_key(which), digest) > 0);
    EVP_MD_free(digest);
}

static void test_subject_and_key(void **state)
{
    static const struct {
        FixtureKey key;
        const char *algorithm, *signature;
        uint32_t bits;
    } rows[] = {
        { KEY_DEVICE, "RSA", "RSA-SHA256", 2048 },
        { KEY_EC, "EC", "ecdsa-with-SHA256", 256 },
        { KEY_EC_LARGE, "EC", "ecdsa-with-SHA256", 521 },
        { KEY_ED25519, "ED25519", "ED25519", 256 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        X509_REQ *request = fixture_request(fixture_key(rows[i].key), "device \xc3\xa4", NULL);
        ScepCsr *csr = read_request(request, SCEP_CSR_VERIFY);
        GBytes *spki = fixture_spki(fixture_key(rows[i].key)), *der = fixture_request_der(request);
        size_t size;
        const uint8_t *data = g_bytes_get_data(spki, &size);
        uint8_t hash[32];

        assert_false(csr->broken);
        assert_string_equal(csr->subject, "CN=device \xc3\xa4");
        assert_int_equal(csr->version, 0);
        assert_string_equal(csr->key_algorithm, rows[i].algorithm);
        assert_int_equal(csr->key_bits, rows[i].bits);
        assert_string_equal(csr->signature_algorithm, rows[i].signature);
        assert_int_equal(csr->signature.status, SCEP_VERIFY_GOOD);
        scep_crypto_sha256(data, size, hash);
        assert_memory_equal(csr->spki_sha256, hash, sizeof hash);
        data = g_bytes_get_data(der, &size);
        scep_crypto_sha256(data, size, hash);
        assert_memory_equal(csr->sha256, hash, sizeof hash);
        assert_false(csr->challenge.present);
        assert_int_equal(csr->items->len + csr->purposes->len + csr->alternative_names->len, 0);
        g_bytes_unref(der);
        g_bytes_unref(spki);
        scep_csr_free(csr);
        X509_REQ_free(request);
    }
    X509_REQ *request = fixture_request(fixture_key(KEY_DEVICE), "device", NULL);
    ScepCsr *csr = read_request(request, 0);
    assert_int_equal(csr->signature.status, SCEP_VERIFY_NOT_CHECKED);
    scep_csr_free(csr);
    X509_REQ_free(request);
}

/* ---- challenges -------------------------------------------------------------------------------------------------- */

typedef struct {
    int tag;
    const char *octets;
    size_t size;
    const char *utf8;
    size_t characters;
} Challenge;

static ScepCsr *with_challenge(int tag, const void *octets, size_t size, unsigned flags)
{
    X509_REQ *request = fixture_request(fixture_key(KEY_EC), "device", NULL);

    assert_int_equal(X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, tag, octets, (int)size), 1);
    sign(request, KEY_EC);
    ScepCsr *csr = read_request(request, flags);
    X509_REQ_free(request);
    return csr;
}

static void test_challenge_types(void **state)
{
    static const Challenge rows[] = {
        { V_ASN1_PRINTABLESTRING, "Secret 1", 8, "Secret 1", 8 },
        { V_ASN1_UTF8STRING, "p\xc3\xa4ss", 5, "p\xc3\xa4ss", 4 },
        { V_ASN1_T61STRING, "p\xe4ss", 4, "p\xc3\xa4ss", 4 },
        { V_ASN1_IA5STRING, "12AB34", 6, "12AB34", 6 },
        { V_ASN1_BMPSTRING, "\0p\0\xe4\0s\0s", 8, "p\xc3\xa4ss", 4 },
        { V_ASN1_BMPSTRING, "\xd8\x3d\xde\x00\0!", 6, "\xf0\x9f\x98\x80!", 2 },
        { V_ASN1_BMPSTRING, "\xd8\x3d\0!", 4, "\xef\xbf\xbd!", 2 },
        { V_ASN1_UNIVERSALSTRING, "\0\0\0p\0\0\0\xe4\0\x11\0\0", 12, "p\xc3\xa4\xef\xbf\xbd", 3 },
        { V_ASN1_VISIBLESTRING, "visible", 7, "visible", 7 },
        { V_ASN1_NUMERICSTRING, "123", 3, "123", 3 },
        { V_ASN1_OCTET_STRING, "octets", 6, "octets", 6 },
        { V_ASN1_PRINTABLESTRING, "", 0, "", 0 },
        { V_ASN1_UTF8STRING, "a\0b", 3,
          "a\xe2\x90\x80"
          "b",
          3 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t hash[32];
        ScepCsr *csr = with_challenge(rows[i].tag, rows[i].octets, rows[i].size, 0);
        const ScepChallenge *challenge = &csr->challenge;
        const bool has_nul = strstr(rows[i].utf8, "\xe2\x90\x80") != NULL;

        assert_true(challenge->present);
        assert_int_equal(challenge->tag, rows[i].tag);
        assert_int_equal(challenge->characters, rows[i].characters);
        assert_int_equal(challenge->bytes, has_nul ? rows[i].size : strlen(rows[i].utf8));
        assert_int_equal(challenge->value.length, rows[i].size);
        assert_int_equal(challenge->kind, SCEP_CHALLENGE_PLAIN);
        assert_null(challenge->text);
        if (!has_nul) { /* the hash is that of the text, whatever the string type */
            scep_crypto_sha256((const uint8_t *)rows[i].utf8, strlen(rows[i].utf8), hash);
            assert_memory_equal(challenge->sha256, hash, sizeof hash);
        }
        scep_csr_free(csr);

        csr = with_challenge(rows[i].tag, rows[i].octets, rows[i].size, SCEP_CSR_REVEAL);
        assert_string_equal(csr->challenge.text, rows[i].utf8);
        scep_csr_free(csr);
    }
    assert_string_equal(scep_string_type_name(V_ASN1_PRINTABLESTRING), "PrintableString");
    assert_string_equal(scep_string_type_name(V_ASN1_BMPSTRING), "BMPString");
    assert_string_equal(scep_string_type_name(V_ASN1_OCTET_STRING), "unknown type");
    assert_null(scep_challenge_kind_text(SCEP_CHALLENGE_PLAIN));
}

/* A message that looks as Intune's: signed, in base64. */
static char *signed_blob(size_t padding)
{
    X509 *certificate = fixture_certificate(fixture_key(KEY_EC), "MDM", NULL, NULL, 1, false);
    uint8_t *content = g_malloc0(padding);
    const FixtureSigned recipe = { .key = fixture_key(KEY_EC),
                                   .certificate = certificate,
                                   .digest = "2.16.840.1.101.3.4.2.1",
                                   .algorithm = "1.2.840.10045.4.3.2",
                                   .hash = "SHA256",
                                   .content = content,
                                   .content_size = padding };
    GBytes *der = fixture_signed(&recipe);
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    char *text = g_base64_encode(data, size);

    g_bytes_unref(der);
    g_free(content);
    X509_free(certificate);
    return text;
}

static ScepChallengeKind kind_of(const char *text)
{
    ScepCsr *csr = with_challenge(V_ASN1_UTF8STRING, text, strlen(text), 0);
    const ScepChallengeKind kind = csr->challenge.kind;

    assert_int_equal(csr->challenge.bytes, strlen(text));
    scep_csr_free(csr);
    return kind;
}

static void test_signed_challenges(void **state)
{
    char *blob = signed_blob(4000), *small = signed_blob(10);
    char *nested = g_base64_encode((const guchar *)blob, strlen(blob));
    char *lines = g_strdup_printf("%.*s\r\n%s", 64, blob, blob + 64);
    char *letters = g_strnfill(1001, 'A'), *few = g_strnfill(1000, 'A'), *words = g_strnfill(2000, '*');

    (void)state;
    assert_int_equal(kind_of(blob), SCEP_CHALLENGE_SIGNED_BLOB);
    assert_int_equal(kind_of(nested), SCEP_CHALLENGE_SIGNED_BLOB);
    assert_int_equal(kind_of(lines), SCEP_CHALLENGE_SIGNED_BLOB);
    assert_int_equal(kind_of(letters), SCEP_CHALLENGE_LONG_BASE64);
    assert_int_equal(kind_of(few), SCEP_CHALLENGE_PLAIN);
    assert_int_equal(kind_of(words), SCEP_CHALLENGE_PLAIN);
    assert_true(strlen(small) < 1000);
    assert_int_equal(kind_of(small), SCEP_CHALLENGE_SIGNED_BLOB);
    assert_non_null(strstr(scep_challenge_kind_text(SCEP_CHALLENGE_SIGNED_BLOB), "Intune"));
    assert_non_null(scep_challenge_kind_text(SCEP_CHALLENGE_LONG_BASE64));
    g_free(blob);
    g_free(small);
    g_free(nested);
    g_free(lines);
    g_free(letters);
    g_free(few);
    g_free(words);
}

/* ---- extensions -------------------------------------------------------------------------------------------------- */

static void add_extension(STACK_OF(X509_EXTENSION) * list, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, NULL, NULL, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    sk_X509_EXTENSION_push(list, extension);
}

static void add_raw_extension(STACK_OF(X509_EXTENSION) * list, const char *oid, const void *value, size_t size)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();

    ASN1_OCTET_STRING_set(octets, value, (int)size);
    sk_X509_EXTENSION_push(list, X509_EXTENSION_create_by_OBJ(NULL, object, 0, octets));
    ASN1_OCTET_STRING_free(octets);
    ASN1_OBJECT_free(object);
}

static void assert_texts(const GPtrArray *texts, const char *const *wanted, size_t count)
{
    assert_int_equal(texts->len, count);
    for (guint i = 0; i < texts->len; i++)
        assert_string_equal(g_ptr_array_index(texts, i), wanted[i]);
}

static const ScepCsrItem *find_item(const ScepCsr *csr, const char *name)
{
    for (guint i = 0; i < csr->items->len; i++) {
        const ScepCsrItem *item = &g_array_index(csr->items, ScepCsrItem, i);
        if (strcmp(item->name, name) == 0)
            return item;
    }
    fail_msg("no item %s", name);
    return NULL;
}

/* certificate template: 1.3.6.1.4.1.311.21.8.1.2, version 100.3; and the SID extension of strong mapping */
static const uint8_t template_v2[] = {
    0x30, 0x12, 6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x15, 8, 1, 2, 1, 100, 2, 1, 3
};
static const uint8_t template_v1[] = { 30, 8, 0, 'U', 0, 's', 0, 'e', 0, 'r' };
static const uint8_t sid[] = { 0x30, 0x1e, 0xa0, 0x1c, 6,   10,  0x2b, 6,   1,   4,   1,   0x82, 0x37, 0x19, 2,   1,
                               0xa0, 0x0e, 4,    12,   'S', '-', '1',  '-', '5', '-', '2', '1',  '-',  '1',  '-', '2' };

static X509_REQ *request_with_extensions(int nid)
{
    X509_REQ *request = fixture_request(fixture_key(KEY_EC), "device", NULL);
    STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();

    add_extension(list, NID_subject_alt_name,
                  "DNS:host.example.com,email:user@example.com,URI:IntuneDeviceId://1234,IP:192.0.2.1,"
                  "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:user@example.com");
    add_extension(list, NID_ext_key_usage, "clientAuth,1.3.6.1.4.1.311.20.2.2,1.2.3.4");
    add_extension(list, NID_key_usage, "critical,digitalSignature,keyEncipherment");
    add_raw_extension(list, "1.3.6.1.4.1.311.21.7", template_v2, sizeof template_v2);
    add_raw_extension(list, "1.3.6.1.4.1.311.20.2", template_v1, sizeof template_v1);
    add_raw_extension(list, "1.3.6.1.4.1.311.25.2", sid, sizeof sid);
    assert_int_equal(X509_REQ_add_extensions_nid(request, list, nid), 1);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    sign(request, KEY_EC);
    return request;
}

static void test_extensions(void **state)
{
    static const char *const names[] = { "DNS:host.example.com", "EMAIL:user@example.com", "URI:IntuneDeviceId://1234",
                                         "IP:192.0.2.1", "UPN:user@example.com" };
    static const char *const purposes[] = { "clientAuth", "Smart Card Logon", "1.2.3.4" };
    static const char *const extensions[] = { "subjectAltName",
                                              "extKeyUsage",
                                              "keyUsage",
                                              "szOID_CERTIFICATE_TEMPLATE",
                                              "szOID_ENROLL_CERTTYPE_EXTENSION",
                                              "szOID_NTDS_CA_SECURITY_EXT" };
    static const int nids[] = { NID_ext_req, NID_ms_ext_req };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(nids); i++) {
        X509_REQ *request = request_with_extensions(nids[i]);
        ScepCsr *csr = read_request(request, SCEP_CSR_VERIFY);
        assert_false(csr->broken);
        assert_int_equal(csr->signature.status, SCEP_VERIFY_GOOD);
        assert_texts(csr->alternative_names, names, G_N_ELEMENTS(names));
        assert_texts(csr->purposes, purposes, G_N_ELEMENTS(purposes));
        assert_texts(csr->extensions, extensions, G_N_ELEMENTS(extensions));
        assert_string_equal(csr->template_oid, "1.3.6.1.4.1.311.21.8.1");
        assert_string_equal(csr->template_name, "User");
        assert_string_equal(find_item(csr, "keyUsage")->text, "digitalSignature, keyEncipherment");
        assert_string_equal(find_item(csr, "SID")->text, "S-1-5-21-1-2");
        assert_int_equal(csr->items->len, 2);
        scep_csr_free(csr);
        X509_REQ_free(request);
    }
}

/* ---- Microsoft's attributes -------------------------------------------------------------------------------------- */

/* SEQUENCE { BMPString "Name", BMPString "Value" } */
static const uint8_t pair[] = { 0x30, 22, 30, 8,   0, 'N', 0, 'a', 0, 'm', 0, 'e',
                                30,   10, 0,  'V', 0, 'a', 0, 'l', 0, 'u', 0, 'e' };
/* SEQUENCE { INTEGER 1, BMPString "CSP 1", BIT STRING } */
static const uint8_t provider[] = { 0x30, 18, 2, 1, 1, 30, 10, 0, 'C', 0, 'S', 0, 'P', 0, ' ', 0, '1', 3, 1, 0 };
/* SEQUENCE { INTEGER 5, UTF8String "PC", UTF8String "D\\user", UTF8String "omadm.exe" } */
static const uint8_t client[] = { 0x30, 26,  2,   1,  5, 12,  2,   'P', 'C', 12,  6,   'D', '\\', 'u',
                                  's',  'e', 'r', 12, 9, 'o', 'm', 'a', 'd', 'm', '.', 'e', 'x',  'e' };

static void add_attribute(X509_REQ *request, const char *oid, int type, const void *octets, size_t size)
{
    assert_int_equal(X509_REQ_add1_attr_by_txt(request, oid, type, octets, (int)size), 1);
}

static void test_microsoft_attributes(void **state)
{
    X509_REQ *request = fixture_request(fixture_key(KEY_EC), "device", NULL);

    (void)state;
    add_attribute(request, "1.3.6.1.4.1.311.13.2.3", V_ASN1_IA5STRING, "10.0.19041.2", 12);
    add_attribute(request, "1.3.6.1.4.1.311.13.2.1", V_ASN1_SEQUENCE, pair, sizeof pair);
    add_attribute(request, "1.3.6.1.4.1.311.13.2.2", V_ASN1_SEQUENCE, provider, sizeof provider);
    add_attribute(request, "1.3.6.1.4.1.311.21.20", V_ASN1_SEQUENCE, client, sizeof client);
    add_attribute(request, "1.2.840.113549.1.9.2", V_ASN1_PRINTABLESTRING, "router", 6);
    add_attribute(request, "1.3.6.1.4.1.311.13.1", V_ASN1_SEQUENCE, pair, sizeof pair);
    add_attribute(request, "1.2.3.4.5", V_ASN1_UTF8STRING, "maybe a secret", 14);
    sign(request, KEY_EC);
    ScepCsr *csr = read_request(request, 0);
    assert_false(csr->broken);
    assert_int_equal(csr->items->len, 7);
    assert_string_equal(find_item(csr, "OS version")->text, "10.0.19041.2");
    assert_string_equal(find_item(csr, "OS version")->oid_name, "szOID_OS_VERSION");
    assert_string_equal(find_item(csr, "Name")->text, "Value");
    assert_string_equal(find_item(csr, "CSP")->text, "CSP 1 (key specification 1)");
    assert_string_equal(find_item(csr, "client")->text, "client id 5, machine PC, user D\\user, program omadm.exe");
    assert_string_equal(find_item(csr, "unstructuredName")->text, "router");
    assert_string_equal(find_item(csr, "szOID_RENEWAL_CERTIFICATE")->text, "24 octets");
    assert_string_equal(find_item(csr, "1.2.3.4.5")->text, "16 octets");
    assert_null(find_item(csr, "1.2.3.4.5")->oid_name);
    assert_true(find_item(csr, "1.2.3.4.5")->where.length > 16);
    scep_csr_free(csr);
    X509_REQ_free(request);
}

static void test_attributes_are_limited(void **state)
{
    X509_REQ *request = fixture_request(fixture_key(KEY_EC), "device", NULL);

    (void)state;
    for (unsigned i = 0; i < 2 * SCEP_MAX_CSR_ITEMS; i++) {
        char *oid = g_strdup_printf("1.2.3.%u", i);
        add_attribute(request, oid, V_ASN1_UTF8STRING, "x", 1);
        g_free(oid);
    }
    sign(request, KEY_EC);
    ScepCsr *csr = read_request(request, 0);
    assert_int_equal(csr->items->len, SCEP_MAX_CSR_ITEMS);
    scep_csr_free(csr);
    X509_REQ_free(request);
}

/* ---- what is not as it should be --------------------------------------------------------------------------------- */

static void test_no_request(void **state)
{
    static const uint8_t integer[] = { 2, 1, 0 }, empty[] = { 0x30, 0 }, flat[] = { 0x30, 3, 2, 1, 0 };

    (void)state;
    assert_null(scep_csr_new(integer, sizeof integer, 0));
    assert_null(scep_csr_new(empty, sizeof empty, 0));
    assert_null(scep_csr_new(flat, sizeof flat, 0));
    assert_null(scep_csr_new(flat, 0, 0));
    scep_csr_free(NULL);
}

/* Cut anywhere: what stands before is read, nothing is checked, and the buffer is not left. */
static void test_cut_requests(void **state)
{
    X509_REQ *request = request_with_extensions(NID_ext_req);
    GBytes *der = fixture_request_der(request);
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    bool subject = false, names = false;

    (void)state;
    for (size_t length = 1; length < size; length++) {
        uint8_t *part = g_memdup2(data, length);
        ScepCsr *csr = scep_csr_new(part, length, SCEP_CSR_VERIFY | SCEP_CSR_REVEAL);
        if (csr != NULL) {
            assert_true(csr->truncated);
            assert_int_equal(csr->signature.status, SCEP_VERIFY_NOT_CHECKED);
            assert_int_equal(csr->signature.reason, SCEP_VERIFY_TRUNCATED);
            subject |= csr->subject != NULL && strcmp(csr->subject, "CN=device") == 0;
            names |= csr->alternative_names->len > 0;
            scep_csr_free(csr);
        }
        g_free(part);
    }
    assert_true(subject);
    assert_true(names);
    g_bytes_unref(der);
    X509_REQ_free(request);
}

static void test_flipped_request(void **state)
{
    X509_REQ *request = request_with_extensions(NID_ext_req);
    GBytes *der = fixture_request_der(request);
    size_t size = g_bytes_get_size(der);
    ScepCsr *whole = read_request(request, 0);
    const size_t subject = whole->subject_der.offset + whole->subject_der.length - 1;

    (void)state;
    GBytes *flipped = fixture_flip(der, subject, 1);
    ScepCsr *csr = scep_csr_new(g_bytes_get_data(flipped, NULL), size, SCEP_CSR_VERIFY);
    assert_string_equal(csr->subject, "CN=devicg");
    assert_int_equal(csr->signature.status, SCEP_VERIFY_BAD);
    scep_csr_free(csr);
    g_bytes_unref(flipped);
    scep_csr_free(whole);
    g_bytes_unref(der);
    X509_REQ_free(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subject_and_key),      cmocka_unit_test(test_challenge_types),
        cmocka_unit_test(test_signed_challenges),    cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_microsoft_attributes), cmocka_unit_test(test_attributes_are_limited),
        cmocka_unit_test(test_no_request),           cmocka_unit_test(test_cut_requests),
        cmocka_unit_test(test_flipped_request),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    fixture_cleanup();
    return failed;
}
