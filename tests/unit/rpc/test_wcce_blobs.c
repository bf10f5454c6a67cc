/* test_wcce_blobs.c
 * What the blobs of a call to a CA hold: requests in their wrappings, certificates, CRLs, and what a CA says of itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cms_fixture.h"
#include "der_builder.h"
#include "scep/limits.h"
#include "scep/rpc.h"

#define OID_DATA "1.2.840.113549.1.7.1"
#define OID_SIGNED "1.2.840.113549.1.7.2"
#define OID_PKI_DATA "1.3.6.1.5.5.7.12.2"
#define OID_PKI_RESPONSE "1.3.6.1.5.5.7.12.3"

static GByteArray *der_of(GBytes *bytes)
{
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    GByteArray *array = der_raw(data, size);

    g_bytes_unref(bytes);
    return array;
}

static GByteArray *pkcs10(void)
{
    X509_REQ *request = fixture_request(fixture_key(KEY_EC), "device", NULL);
    GByteArray *array = der_of(fixture_request_der(request));

    X509_REQ_free(request);
    return array;
}

/* SignedData with this content; the signer is there to be counted, not to be checked. */
static GByteArray *signed_data(const char *type, GByteArray *content, bool in_chunks)
{
    GByteArray *octets =
        in_chunks ? ber_chunks(content->data, content->len, 40) : der_octets(content->data, content->len);
    GByteArray *signer =
        der(DER_SEQUENCE, der_small_integer(1), der(DER_SEQUENCE, der(DER_SEQUENCE, END), der_small_integer(1), END),
            der_algorithm("2.16.840.1.101.3.4.2.1"), der_algorithm("1.2.840.113549.1.1.1"), der_octets("signature", 9),
            END);

    g_byte_array_unref(content);
    return der(
        DER_SEQUENCE, der_oid(OID_SIGNED),
        der(DER_CONTEXT_0,
            der(DER_SEQUENCE, der_small_integer(1), der(DER_SET, der_algorithm("2.16.840.1.101.3.4.2.1"), END),
                der(DER_SEQUENCE, der_oid(type), der(DER_CONTEXT_0, octets, END), END), der(DER_SET, signer, END), END),
            END),
        END);
}

static GByteArray *pki_data(GByteArray *request)
{
    return der(DER_SEQUENCE, der(DER_SEQUENCE, END),
               der(DER_SEQUENCE, der(DER_CONTEXT_0, der_small_integer(1), request, END), END), der(DER_SEQUENCE, END),
               der(DER_SEQUENCE, END), END);
}

static GByteArray *certs_only(void)
{
    return der(DER_SEQUENCE, der_oid(OID_SIGNED),
               der(DER_CONTEXT_0,
                   der(DER_SEQUENCE, der_small_integer(1), der(DER_SET, END), der(DER_SEQUENCE, der_oid(OID_DATA), END),
                       der(DER_SET, END), END),
                   END),
               END);
}

static GByteArray *crl(bool with_version)
{
    GByteArray *tbs = der_join(der_algorithm("1.2.840.113549.1.1.11"), der(DER_SEQUENCE, END),
                               der_text(DER_UTC_TIME, "260101000000Z"), END);

    if (with_version)
        tbs = der_join(der_small_integer(1), tbs, END);
    return der(DER_SEQUENCE, der_wrap(DER_SEQUENCE, tbs), der_algorithm("1.2.840.113549.1.1.11"),
               der_primitive(DER_BIT_STRING, "\0x", 2), END);
}

static GByteArray *certificate(void)
{
    X509 *x509 = fixture_certificate(fixture_key(KEY_EC), "issued", "issued", fixture_key(KEY_EC), 1, false);
    GByteArray *array = der_of(fixture_der(x509));

    X509_free(x509);
    return array;
}

static GByteArray *old_certificate(void)
{
    return der(DER_SEQUENCE,
               der(DER_SEQUENCE, der_small_integer(1), der_algorithm("1.2.840.113549.1.1.4"), der(DER_SEQUENCE, END),
                   der(DER_SEQUENCE, END), END),
               END);
}

static void check(GByteArray *blob, ScepWcceBlobKind kind, bool has_request, bool in_place)
{
    GByteArray *request = pkcs10();
    ScepWcceBlob read;
    size_t size;
    uint8_t *exact = der_exact(blob, &size);

    scep_wcce_blob_read(exact, size, &read);
    assert_int_equal(read.kind, kind);
    assert_int_equal(read.request != NULL, has_request);
    assert_int_equal(read.request_in_place, in_place);
    if (has_request)
        assert_int_equal(((const uint8_t *)g_bytes_get_data(read.request, NULL))[0], DER_SEQUENCE);
    if (in_place) {
        assert_true(read.request_where.offset + read.request_where.length <= size);
        assert_memory_equal(exact + read.request_where.offset, g_bytes_get_data(read.request, NULL),
                            g_bytes_get_size(read.request));
    }
    assert_true(strlen(scep_wcce_blob_text(kind)) > 0);
    scep_wcce_blob_clear(&read);
    g_free(exact);
    g_byte_array_unref(request);
}

static void test_kinds(void **state)
{
    ScepWcceBlob empty;

    (void)state;
    check(pkcs10(), SCEP_WCCE_BLOB_PKCS10, true, true);
    check(signed_data(OID_DATA, pkcs10(), false), SCEP_WCCE_BLOB_SIGNED_PKCS10, true, true);
    check(signed_data(OID_DATA, pkcs10(), true), SCEP_WCCE_BLOB_SIGNED_PKCS10, true, false);
    check(signed_data(OID_DATA, der_octets("no request", 10), false), SCEP_WCCE_BLOB_CMS, false, false);
    check(signed_data(OID_PKI_DATA, pki_data(pkcs10()), false), SCEP_WCCE_BLOB_CMC, true, true);
    check(pki_data(pkcs10()), SCEP_WCCE_BLOB_CMC, true, true);
    check(signed_data(OID_PKI_RESPONSE, der(DER_SEQUENCE, END), false), SCEP_WCCE_BLOB_CMC_RESPONSE, false, false);
    check(certs_only(), SCEP_WCCE_BLOB_CERTS_ONLY, false, false);
    check(certificate(), SCEP_WCCE_BLOB_CERTIFICATE, false, false);
    check(old_certificate(), SCEP_WCCE_BLOB_CERTIFICATE, false, false);
    check(crl(true), SCEP_WCCE_BLOB_CRL, false, false);
    check(crl(false), SCEP_WCCE_BLOB_CRL, false, false);
    check(der_text(DER_UTF8, "text"), SCEP_WCCE_BLOB_OTHER, false, false);
    check(der(DER_SEQUENCE, END), SCEP_WCCE_BLOB_OTHER, false, false);
    scep_wcce_blob_read((const uint8_t *)"", 0, &empty);
    assert_int_equal(empty.kind, SCEP_WCCE_BLOB_EMPTY);
}

static void test_request_is_the_same_in_every_wrapping(void **state)
{
    GByteArray *request = pkcs10();
    GByteArray *blobs[] = { signed_data(OID_DATA, g_byte_array_ref(request), false),
                            signed_data(OID_DATA, g_byte_array_ref(request), true),
                            signed_data(OID_PKI_DATA, pki_data(g_byte_array_ref(request)), false) };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(blobs); i++) {
        ScepWcceBlob read;
        scep_wcce_blob_read(blobs[i]->data, blobs[i]->len, &read);
        assert_non_null(read.request);
        assert_int_equal(g_bytes_get_size(read.request), request->len);
        assert_memory_equal(g_bytes_get_data(read.request, NULL), request->data, request->len);
        scep_wcce_blob_clear(&read);
        g_byte_array_unref(blobs[i]);
    }
    g_byte_array_unref(request);
}

static void test_ca_info(void **state)
{
    uint8_t info[44] = { 40, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0 };
    ScepWcceCaInfo read;

    (void)state;
    assert_true(scep_wcce_ca_info_read(info, 40, &read));
    assert_int_equal(read.count, 10);
    assert_int_equal(read.numbers[1], 1);
    assert_int_equal(read.numbers[2], 2);
    assert_false(scep_wcce_ca_info_read(info, 20, &read));
    assert_int_equal(read.count, 5);
    info[0] = 12;
    assert_true(scep_wcce_ca_info_read(info, 40, &read));
    assert_int_equal(read.count, 3);
    info[0] = 44;
    assert_true(scep_wcce_ca_info_read(info, 44, &read));
    assert_int_equal(read.count, 10);
    memset(info, 0xff, 4);
    assert_false(scep_wcce_ca_info_read(info, 44, &read));
    assert_false(scep_wcce_ca_info_read(info, 3, &read));
    assert_int_equal(read.count, 0);
    info[0] = info[1] = info[2] = info[3] = 0;
    assert_false(scep_wcce_ca_info_read(info, 40, &read));
}

static void test_property_list(void **state)
{
    static const uint8_t list[] = { 6, 0, 0, 0, 4, 0,  0, 0, 24, 0,   0, 0,   17, 0, 0,
                                    0, 3, 0, 1, 0, 99, 0, 0, 0,  'N', 0, 'a', 0,  0, 0 };
    GArray *problems = g_array_new(FALSE, FALSE, sizeof(ScepNdrProblem));

    (void)state;
    GArray *rows = scep_wcce_new_property_info(list, sizeof list, 2, 100, problems);
    assert_int_equal(rows->len, 2);
    const ScepWccePropertyInfo *first = &g_array_index(rows, ScepWccePropertyInfo, 0);
    const ScepWccePropertyInfo *second = &g_array_index(rows, ScepWccePropertyInfo, 1);
    assert_int_equal(first->id, 6);
    assert_int_equal(first->type, 4);
    assert_false(first->indexed);
    assert_string_equal(first->name, "Na");
    assert_int_equal(first->name_where.offset, 24);
    assert_int_equal(first->name_where.length, 4);
    assert_true(second->indexed);
    assert_null(second->name);
    assert_int_equal(problems->len, 1);
    assert_int_equal(g_array_index(problems, ScepNdrProblem, 0).code, SCEP_NDR_PART_OUTSIDE);
    assert_int_equal(g_array_index(problems, ScepNdrProblem, 0).where.offset, 120);
    g_array_unref(rows);

    g_array_set_size(problems, 0);
    rows = scep_wcce_new_property_info(list, sizeof list, 0xffffffff, 0, problems);
    assert_int_equal(rows->len, 2);
    assert_int_equal(g_array_index(problems, ScepNdrProblem, 0).code, SCEP_NDR_PART_SHORT);
    g_array_unref(rows);

    const size_t many = 12 * (SCEP_WCCE_MAX_PROPERTIES + 3);
    uint8_t *large = g_malloc0(many);
    g_array_set_size(problems, 0);
    rows = scep_wcce_new_property_info(large, many, SCEP_WCCE_MAX_PROPERTIES + 3, 0, problems);
    assert_int_equal(rows->len, SCEP_WCCE_MAX_PROPERTIES);
    assert_int_equal(g_array_index(problems, ScepNdrProblem, 0).code, SCEP_NDR_TOO_MANY);
    assert_int_equal(problems->len, SCEP_MAX_PROBLEMS);
    g_array_unref(rows);
    g_free(large);
    g_array_unref(problems);
}

static void test_templates(void **state)
{
    (void)state;
    GArray *rows = scep_wcce_new_templates("User\n1.2.3\nMachine\n\nLast");
    assert_int_equal(rows->len, 3);
    assert_string_equal(g_array_index(rows, ScepWcceTemplate, 0).name, "User");
    assert_string_equal(g_array_index(rows, ScepWcceTemplate, 0).oid, "1.2.3");
    assert_string_equal(g_array_index(rows, ScepWcceTemplate, 1).name, "Machine");
    assert_string_equal(g_array_index(rows, ScepWcceTemplate, 1).oid, "");
    assert_string_equal(g_array_index(rows, ScepWcceTemplate, 2).name, "Last");
    g_array_unref(rows);
    rows = scep_wcce_new_templates("");
    assert_int_equal(rows->len, 0);
    g_array_unref(rows);
}

static int cleanup(void **state)
{
    (void)state;
    fixture_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),     cmocka_unit_test(test_request_is_the_same_in_every_wrapping),
        cmocka_unit_test(test_ca_info),   cmocka_unit_test(test_property_list),
        cmocka_unit_test(test_templates),
    };
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
