/* test_code_text.c
 * Result codes in texts: every form, and what only looks like one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>
#include <string.h>

#include "scep/catalogue.h"
#include "scep/limits.h"

#define UNICODE_MINUS "\xe2\x88\x92"

/* In a buffer of its exact size, so that sanitizers see a step too far. @return whether it is a code */
static bool reads(const char *text, uint32_t *code)
{
    const size_t size = strlen(text);
    char *copy = g_memdup2(text, size);
    const bool is_code = scep_code_read(copy, size, code);

    g_free(copy);
    return is_code;
}

static bool finds(const char *text, ScepCodeInText *found)
{
    const size_t size = strlen(text);
    char *copy = g_memdup2(text, size);
    const bool is_there = scep_code_find(copy, size, found);

    g_free(copy);
    return is_there;
}

static void test_a_code_alone(void **state)
{
    static const struct {
        const char *text;
        uint32_t code;
    } rows[] = {
        { "0x80094800", 0x80094800 },
        { "0X80094800", 0x80094800 },
        { "0x8009310b", 0x8009310B },
        { "0x8009310B", 0x8009310B },
        { "80094800h", 0x80094800 },
        { "8009310BH", 0x8009310B },
        { "-2146875392", 0x80094800 },
        { UNICODE_MINUS "2146875392", 0x80094800 },
        { "2148091904", 0x80094800 },
        { "-2147483648", 0x80000000 },
        { "-1", 0xFFFFFFFF },
        { "4294967295", 0xFFFFFFFF },
        { "0xFFFFFFFF", 0xFFFFFFFF },
        { "0x5", 5 },
        { "5", 5 },
        { "0", 0 },
        { "010", 10 },
        { "  -2147024809 \r\n", 0x80070057 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint32_t code = 1;
        if (!reads(rows[i].text, &code) || code != rows[i].code)
            fail_msg("\"%s\" is read as 0x%08x", rows[i].text, code);
    }
}

static void test_no_code(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "-",
        UNICODE_MINUS,
        "\xe2\x88",
        "0x",
        "0x ",
        "x80094800",
        "0x800948000",
        "0x8009480g",
        "-0x80094800",
        "-0",
        UNICODE_MINUS "0",
        "--2146875392",
        "- 2146875392",
        "+2148091904",
        "-2147483649",
        "4294967296",
        "99999999999999999999999999",
        "00000002148091904",
        "80094800h0",
        "8009480h",
        "h",
        "1e9",
        "2148091904.0",
        "E_INVALIDARG",
        "0x80094800 (-2146875392)",
        "(0x80094800)",
        "\xef\xbc\x90x80094800", /* a wide zero */
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint32_t code = 1;
        if (reads(rows[i], &code) || code != 1)
            fail_msg("\"%s\" is read as 0x%08x", rows[i], code);
    }
}

static void test_a_code_in_a_text(void **state)
{
    static const struct {
        const char *before, *number, *behind;
        uint32_t code;
    } rows[] = {
        { "", "0x80094800", "", 0x80094800 },
        { "(", "0x80094800", ")", 0x80094800 },
        { "... error: ", "-2146893019", " ...", 0x80090325 },
        { "hr=", "0x80070005", "", 0x80070005 },
        { "hr=", "-2147024891", ", try again", 0x80070005 },
        { "failed with ", "80070005h", ".", 0x80070005 },
        { "Code ", "2147942405", ".", 0x80070005 },
        { "It is ", "0x80094800", ". (", 0x80094800 },
        { "[", UNICODE_MINUS "2146893019", "]", 0x80090325 },
        { "\"", "0x8009480C", "\"", 0x8009480C },
        { "<b>", "0x80094012", "</b>", 0x80094012 },
        { "12 of 500 at 2024-06-01, id 4711: ", "0x80094001", "", 0x80094001 },
        { "fault ", "0x000006BA", "", 0x000006BA },
        { "\xe9\x8c\xaf\xe8\xaa\xa4", "0x80094800", "\xe3\x80\x82", 0x80094800 },
        { "0x 0x0 0x800948001 ", "0xC0000022", "", 0xC0000022 },
        { "error-", "0x80070005", "", 0x80070005 },
        { "\r\n\t", "-2016281112", "\r\n", 0x87D1FDE8 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *text = g_strconcat(rows[i].before, rows[i].number, rows[i].behind, NULL);
        ScepCodeInText found = { 0 };
        if (!finds(text, &found) || found.code != rows[i].code)
            fail_msg("\"%s\" is read as 0x%08x", text, found.code);
        assert_int_equal(found.offset, strlen(rows[i].before));
        assert_int_equal(found.length, strlen(rows[i].number));
        g_free(text);
    }
}

static void test_texts_without_a_code(void **state)
{
    static const char *const rows[] = {
        "",
        "no code here",
        "400, 0x5, 0x1F4, -1, -12 and 0",
        "0x00000000",
        "0x00001234", /* no row */
        "80094800",
        "8009310b",
        "0x",
        "0x800948001",
        "0x80094800z",
        "a0x80094800",
        "_0x80094800",
        "80094800h0",
        "12345678-2148091904-1234",
        "a-2146875392",
        "a" UNICODE_MINUS "2148091904",
        "1.2148091904",
        "2148091904.5",
        "1,2148091904",
        "2148091904,5",
        "-2147483649",
        UNICODE_MINUS "3000000000",
        "4294967296",
        "4294967295", /* -1 without its sign */
        "-0",
        "00002148091904",
        "1718000000", /* seconds since 1970 */
        "+49 2148091904123",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepCodeInText found;
        if (finds(rows[i], &found))
            fail_msg("\"%s\" is read as 0x%08x", rows[i], found.code);
    }
}

/* The bound is on what is looked at, and what it cuts through is not told in part. */
static void test_long_texts(void **state)
{
    static const char code[] = "0x80094800";
    static const struct {
        size_t at;
        bool is_found;
    } rows[] = {
        { 0, true },
        { SCEP_MAX_CODE_TEXT - sizeof code, true },
        { SCEP_MAX_CODE_TEXT - sizeof code + 2, false },
        { SCEP_MAX_CODE_TEXT - 3, false },
        { SCEP_MAX_CODE_TEXT, false },
        { 100000, false },
    };
    static const char fillers[] = " a-.0";
    ScepCodeInText found;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *text = g_string_new(NULL);
        for (size_t k = 0; k < 200000; k++)
            g_string_append_c(text, ' ');
        memcpy(text->str + rows[i].at, code, sizeof code - 1);
        assert_int_equal(scep_code_find(text->str, text->len, &found), rows[i].is_found);
        if (rows[i].is_found)
            assert_int_equal(found.offset, rows[i].at);
        g_string_free(text, TRUE);
    }
    for (size_t i = 0; i < sizeof fillers - 1; i++) {
        char *text = g_strnfill(102400, fillers[i]);
        uint32_t alone;
        assert_false(scep_code_find(text, 102400, &found));
        assert_false(scep_code_read(text, 102400, &alone));
        g_free(text);
    }
}

static const char *explained(const char *text)
{
    static char symbol[64];
    ScepResultCodeText room;
    const ScepResultCode *known = scep_code_explain(text, strlen(text), &room);

    g_strlcpy(symbol, known != NULL ? known->symbol : "", sizeof symbol);
    return symbol;
}

static void test_what_a_text_means(void **state)
{
    (void)state;
    assert_string_equal(explained("The request failed: -2146875392 (0x80094800)"), "CERTSRV_E_UNSUPPORTED_CERT_TYPE");
    assert_string_equal(explained("0x80190194"), "HTTP_E_STATUS_NOT_FOUND");
    assert_string_equal(explained("HTTP error 0x801901ad"), "HTTP_E_STATUS 429");
    /* a wrapper, then what it wraps */
    assert_string_equal(explained("0x80004005: denied, -2146877422"), "CERTSRV_E_TEMPLATE_DENIED");
    assert_string_equal(explained("0x80004005, 0x80131500"), "E_FAIL");
    /* one that nobody knows, then one that is known */
    assert_string_equal(explained("0x8F0F0F0F of 0x80070005"), "E_ACCESSDENIED");
    assert_string_equal(explained("0x8F0F0F0F"), "");
    assert_string_equal(explained("HTTP 500"), "");
    assert_string_equal(explained(""), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_code_alone),     cmocka_unit_test(test_no_code),
        cmocka_unit_test(test_a_code_in_a_text), cmocka_unit_test(test_texts_without_a_code),
        cmocka_unit_test(test_long_texts),       cmocka_unit_test(test_what_a_text_means),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
