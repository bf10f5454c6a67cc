/* test_ber_oid.c
 * OBJECT IDENTIFIERs: as text, and how many there are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pki_builder.h"
#include "scep/asn1.h"
#include "scep/limits.h"

static void assert_oid(const char *octets, size_t length, const char *expected)
{
    uint8_t *copy = g_memdup2(octets, length);
    char *text = scep_ber_new_oid_text(copy, length);

    assert_string_equal(text, expected);
    g_free(text);
    g_free(copy);
}

#define OID(octets, expected) assert_oid(octets, sizeof(octets) - 1, expected)

static void test_oid_text(void **state)
{
    (void)state;
    OID("\x60\x86\x48\x01\x86\xf8\x45\x01\x09\x07", "2.16.840.1.113733.1.9.7");
    OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "1.2.840.113549.1.7.2");
    OID("\x2b\x06\x01\x04\x01\x82\x37\x15\x21", "1.3.6.1.4.1.311.21.33");
    OID("\x00", "0.0");
    OID("\x27", "0.39");
    OID("\x28", "1.0");
    OID("\x4f", "1.39");
    OID("\x50", "2.0");
    OID("\x88\x37", "2.999");
    OID("\x2a\x80\x01", "1.2.1"); /* an arc with a padding octet */
    OID("", "...");
    OID("\x2a\x86", "1.2..."); /* cut inside an arc */
    OID("\x86", "...");
}

static void test_oid_with_huge_arcs(void **state)
{
    (void)state;
    OID("\x2a\x81\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "1.2.18446744073709551615");
    OID("\x2a\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00", "1.2...");
    OID("\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01", "1.2...");
    /* a UUID under 2.25 has 128 bits */
    OID("\x69\x83\xb1\xbf\xc6\xa2\xd6\xc6\xfc\xbf\xb2\xf4\x9c\x85\xd0\xc4\xef\xd2\xeb\x51", "2.25...");
}

static void test_counting_oids(void **state)
{
    static const uint8_t two[] = { 0x30, 8, 0x06, 1, 0x2a, 0x31, 3, 0x06, 1, 0x2a };
    GByteArray *deep = der_raw(two, sizeof two);

    (void)state;
    assert_int_equal(scep_ber_count_oids(two, sizeof two, 10), 2);
    assert_int_equal(scep_ber_count_oids(two, sizeof two, 1), 1);
    assert_int_equal(scep_ber_count_oids(two, 5, 10), 1);
    assert_int_equal(scep_ber_count_oids(two, 0, 10), 0);
    for (unsigned i = 0; i <= SCEP_BER_MAX_DEPTH; i++)
        deep = ber_wrap(DER_SEQUENCE, deep);
    assert_int_equal(scep_ber_count_oids(deep->data, deep->len, 10), 10);
    g_byte_array_unref(deep);
}

static void test_oid_too_long(void **state)
{
    enum { LENGTH = 1000000 };
    uint8_t *octets = g_malloc(LENGTH);

    (void)state;
    memset(octets, 1, LENGTH);
    char *text = scep_ber_new_oid_text(octets, LENGTH);
    assert_true(strlen(text) < SCEP_MAX_TEXT + 32);
    assert_true(g_str_has_suffix(text, "..."));
    g_free(text);
    g_free(octets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oid_text),
        cmocka_unit_test(test_oid_with_huge_arcs),
        cmocka_unit_test(test_oid_too_long),
        cmocka_unit_test(test_counting_oids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
