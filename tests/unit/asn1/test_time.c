/* test_time.c
 * UTCTime and GeneralizedTime as CMS writes them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "scep/asn1.h"
#include "asn1/time.h"

static void assert_time(const char *text, uint32_t tag, int64_t expected)
{
    uint8_t *octets = g_memdup2(text, strlen(text));
    const int64_t seconds = scep_time_parse(octets, strlen(text), tag);

    if (seconds != expected)
        fail_msg("%s: %" G_GINT64_FORMAT " instead of %" G_GINT64_FORMAT, text, seconds, expected);
    g_free(octets);
}

static void assert_utc(const char *text, int64_t expected)
{
    assert_time(text, SCEP_TAG_UTC_TIME, expected);
}

static void assert_generalized(const char *text, int64_t expected)
{
    assert_time(text, SCEP_TAG_GENERALIZED_TIME, expected);
}

/* The numbers are those of date -u -d TIME +%s. */
static void test_utc_time(void **state)
{
    (void)state;
    assert_utc("250102030405Z", 1735787045);
    assert_utc("2501020304Z", 1735787040);
    assert_utc("700101000001Z", 1);
    assert_utc("240229235959Z", 1709251199); /* a leap day */
}

/* RFC 5280 4.1.2.5.1: 50 to 99 is the last century. */
static void test_century(void **state)
{
    (void)state;
    assert_utc("491231235959Z", 2524607999);
    assert_utc("500101000000Z", -631152000);
    assert_utc("991231235959Z", 946684799);
    assert_utc("000101000000Z", 946684800);
}

static void test_generalized_time(void **state)
{
    (void)state;
    assert_generalized("20250102030405Z", 1735787045);
    assert_generalized("202501020304Z", 1735787040);
    assert_generalized("20500101000000Z", 2524608000);
    assert_generalized("19500101000000Z", -631152000);
    assert_generalized("99991231235959Z", 253402300799);
}

static void test_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "Z",
        "250102030405",
        "250102030405z",
        "250102030405+0100",
        "250102030405ZZ",
        "2501020304050Z",
        "25010203040Z",
        "250132030405Z",
        "251302030405Z",
        "250002030405Z",
        "250100030405Z",
        "250102240405Z",
        "250102036005Z",
        "250102030460Z",
        "250229000000Z",
        "25 102030405Z",
        "2501020304-5Z",
        "20250102030405Z",
        "250102030405.5Z",
        "yesterday",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_utc(texts[i], 0);
    assert_generalized("20250102030405.5Z", 0);
    assert_generalized("00000102030405Z", 0);
    assert_generalized("2", 0);
    assert_generalized("20250102030405", 0);
}

static void test_other_tags(void **state)
{
    (void)state;
    assert_time("250102030405Z", SCEP_TAG_PRINTABLE_STRING, 0);
    assert_time("20250102030405Z", SCEP_TAG_UTC_TIME, 0);
    assert_time("250102030405Z", 0, 0);
}

/* Whatever the end cuts, and whatever one byte turns into. */
static void test_damaged(void **state)
{
    static const char text[] = "250102030405Z";

    (void)state;
    for (size_t size = 0; size < sizeof text - 1; size++) {
        char *prefix = g_strndup(text, size);
        assert_utc(prefix, 0);
        g_free(prefix);
    }
    for (size_t at = 0; at < sizeof text - 1; at++) {
        static const char odd[] = { '/', ':', '-', ' ', '\x80', 'A' };
        for (size_t i = 0; i < sizeof odd; i++) {
            char changed[sizeof text];
            memcpy(changed, text, sizeof text);
            changed[at] = odd[i];
            assert_utc(changed, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utc_time), cmocka_unit_test(test_century),    cmocka_unit_test(test_generalized_time),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_other_tags), cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
