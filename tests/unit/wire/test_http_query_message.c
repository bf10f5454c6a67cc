/* test_http_query_message.c
 * Every way that base64 came in a message= value or in a body.
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

#include "scep/wire.h"
#include "scep/limits.h"

enum {
    MESSAGE_SIZE = 196 /* leaves one octet over: two '=' are due */
};

/* A ContentInfo's first octets, and behind them every sextet. */
static void fill_message(uint8_t message[MESSAGE_SIZE])
{
    static const uint8_t head[] = {
        0x30, 0x81, 0xc1, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02
    };

    for (size_t i = 0; i < MESSAGE_SIZE; i++)
        message[i] = i < sizeof head ? head[i] : (uint8_t)(i * 37 + (i >> 3));
}

/* Writes each character of a text as replacement says, a NULL-terminated list of pairs, and breaks lines after every
 * width characters and at the end when there is a line break. */
static char *rewrite(const char *text, const char *const *pairs, size_t width, const char *line_break)
{
    GString *out = g_string_new(NULL);

    for (size_t i = 0; text[i] != '\0'; i++) {
        char plain[2] = { text[i], '\0' };
        const char *written = plain;
        for (size_t n = 0; pairs != NULL && pairs[n] != NULL; n += 2) {
            if (pairs[n][0] == text[i])
                written = pairs[n + 1];
        }
        g_string_append(out, written);
        if (line_break != NULL && ((i + 1) % width == 0 || text[i + 1] == '\0'))
            g_string_append(out, line_break);
    }
    return g_string_free(out, FALSE);
}

static GBytes *decode(const char *value, size_t size, unsigned *flags)
{
    uint8_t *data = g_memdup2(value, size);
    GBytes *bytes = scep_query_new_message(data, size, flags);

    g_free(data);
    assert_non_null(bytes);
    return bytes;
}

static void assert_decodes(const char *name, const char *value, const void *expected, size_t size,
                           unsigned expected_flags)
{
    unsigned flags = ~0u;
    gsize length;
    GBytes *bytes = decode(value, strlen(value), &flags);
    const void *data = g_bytes_get_data(bytes, &length);

    if (length != size || (size > 0 && memcmp(data, expected, size) != 0))
        fail_msg("%s: %zu octets, not the %zu expected ones", name, (size_t)length, size);
    if (flags != expected_flags)
        fail_msg("%s: flags %#x, not %#x", name, flags, expected_flags);
    g_bytes_unref(bytes);
}

/* clang-format off */
#define PAIRS(...) (const char *const[]){ __VA_ARGS__, NULL }
/* clang-format on */

/* One message in all dialects: the octets are the same, the flags tell the dialect and nothing more. */
static void test_dialects(void **state)
{
    const struct {
        const char *name;
        const char *const *pairs;
        const char *line_break;
        unsigned flags;
    } cases[] = {
        { "RFC 8894", PAIRS("+", "%2B", "/", "%2F", "=", "%3D"), NULL, SCEP_B64_PERCENT_ESCAPED },
        { "lower case", PAIRS("+", "%2b", "/", "%2f", "=", "%3d"), NULL, SCEP_B64_PERCENT_ESCAPED },
        { "Cisco", PAIRS("+", "%2B", "/", "%2F", "=", "%3D"), "%0A", SCEP_B64_PERCENT_ESCAPED | SCEP_B64_LINE_BREAKS },
        { "CRLF", PAIRS("+", "%2B"), "%0D%0A", SCEP_B64_PERCENT_ESCAPED | SCEP_B64_LINE_BREAKS },
        { "raw LF", PAIRS("+", "%2B"), "\n", SCEP_B64_PERCENT_ESCAPED | SCEP_B64_LINE_BREAKS },
        { "raw CR", PAIRS("+", "%2B"), "\r", SCEP_B64_PERCENT_ESCAPED | SCEP_B64_LINE_BREAKS },
        { "iOS", PAIRS("=", "%3D"), NULL, SCEP_B64_PERCENT_ESCAPED | SCEP_B64_RAW_PLUS },
        { "unescaped", NULL, NULL, SCEP_B64_RAW_PLUS },
        { "form-decoded", PAIRS("+", " "), NULL, SCEP_B64_SPACE_FOR_PLUS },
        { "form-decoded and escaped", PAIRS("+", "%20"), NULL, SCEP_B64_SPACE_FOR_PLUS },
        { "base64url", PAIRS("+", "-", "/", "_"), NULL, SCEP_B64_URL_SAFE },
        { "base64url, escaped", PAIRS("+", "%2D", "/", "%5F"), NULL, SCEP_B64_URL_SAFE },
        { "base64url, no padding", PAIRS("+", "-", "/", "_", "=", ""), NULL, SCEP_B64_URL_SAFE | SCEP_B64_NO_PADDING },
        { "no padding", PAIRS("+", "%2B", "=", ""), NULL, SCEP_B64_PERCENT_ESCAPED | SCEP_B64_NO_PADDING },
        { "twice escaped", PAIRS("+", "%252B", "/", "%252F", "=", "%253d"), NULL, SCEP_B64_DOUBLE_ESCAPED },
        { "thrice escaped", PAIRS("+", "%25252B"), NULL, SCEP_B64_DOUBLE_ESCAPED },
        { "twice escaped breaks", PAIRS("+", "%252B"), "%250A", SCEP_B64_DOUBLE_ESCAPED | SCEP_B64_LINE_BREAKS },
        { "twice escaped blanks", PAIRS("+", "%2520"), NULL, SCEP_B64_DOUBLE_ESCAPED | SCEP_B64_SPACE_FOR_PLUS },
        { "letters escaped", PAIRS("+", "%2B", "A", "%41", "z", "%7a"), NULL, SCEP_B64_PERCENT_ESCAPED },
    };
    uint8_t message[MESSAGE_SIZE];

    (void)state;
    fill_message(message);
    char *text = g_base64_encode(message, sizeof message);
    assert_true(strchr(text, '+') != NULL && strchr(text, '/') != NULL && g_str_has_suffix(text, "=="));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *value = rewrite(text, cases[i].pairs, 64, cases[i].line_break);
        assert_decodes(cases[i].name, value, message, sizeof message, cases[i].flags);
        g_free(value);
    }
    g_free(text);
}

/* No flag is set by a value that has nothing to tell: letters and digits, and a multiple of four of them. */
static void test_clean(void **state)
{
    (void)state;
    assert_decodes("clean", "MIIB", "\x30\x82\x01", 3, 0);
    assert_decodes("padding", "MA==", "\x30", 1, 0);
    assert_decodes("less padding", "MII=", "\x30\x82", 2, 0);
    assert_decodes("a slash", "MI/B", "\x30\x8f\xc1", 3, 0);
}

static void test_damaged(void **state)
{
    static const struct {
        const char *value;
        const char *octets;
        size_t size;
        unsigned flags;
    } cases[] = {
        { "", "", 0, SCEP_B64_EMPTY },
        { "%0A", "", 0, SCEP_B64_EMPTY | SCEP_B64_LINE_BREAKS },
        { "MIIBM", "\x30\x82\x01", 3, SCEP_B64_TRUNCATED },
        { "M", "", 0, SCEP_B64_TRUNCATED },
        { "M===", "", 0, SCEP_B64_TRUNCATED },
        { "MIIB%", "\x30\x82\x01", 3, SCEP_B64_TRUNCATED },
        { "MIIB%2", "\x30\x82\x01", 3, SCEP_B64_TRUNCATED },
        { "MIIB%252", "\x30\x82\x01", 3, SCEP_B64_TRUNCATED },
        { "%", "", 0, SCEP_B64_TRUNCATED },
        { "MIIB%2x", "\x30\x82\x01", 3, SCEP_B64_INVALID },
        { "MIIB%%3D", "\x30\x82\x01", 3, SCEP_B64_INVALID },
        { "MIIB%00MIIB", "\x30\x82\x01", 3, SCEP_B64_INVALID },
        { "MIIB!MIIB", "\x30\x82\x01", 3, SCEP_B64_INVALID },
        { "MII\xc3\xbc", "\x30\x82", 2, SCEP_B64_INVALID },
        { "MIIB\tMIIB", "\x30\x82\x01", 3, SCEP_B64_INVALID },
        { "<html>", "", 0, SCEP_B64_INVALID },
        { "MA==MA==", "\x30", 1, SCEP_B64_INVALID },
        { "MA==+", "\x30", 1, SCEP_B64_INVALID },
        { "MIIB=", "\x30\x82\x01", 3, SCEP_B64_INVALID },
        { "MII==", "\x30\x82", 2, SCEP_B64_INVALID },
        { "MA===", "\x30", 1, SCEP_B64_INVALID },
        { "=", "", 0, SCEP_B64_INVALID },
        { "MA=", "\x30", 1, SCEP_B64_NO_PADDING },
        { "MA", "\x30", 1, SCEP_B64_NO_PADDING },
        { "MII", "\x30\x82", 2, SCEP_B64_NO_PADDING },
        { "MA==%0A%0D", "\x30", 1, SCEP_B64_LINE_BREAKS },
        { "MA= = ", "\x30", 1, 0 },
        { "MII %0A", "\x30\x82\x3e", 3, SCEP_B64_SPACE_FOR_PLUS | SCEP_B64_LINE_BREAKS },
    };
    unsigned flags;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_decodes(cases[i].value, cases[i].value, cases[i].octets, cases[i].size, cases[i].flags);
    GBytes *bytes = scep_query_new_message(NULL, 0, &flags);
    assert_int_equal(g_bytes_get_size(bytes), 0);
    assert_int_equal(flags, SCEP_B64_EMPTY);
    g_bytes_unref(bytes);
}

static void test_size_limit(void **state)
{
    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        const size_t size = SCEP_MAX_QUERY_MESSAGE + over;
        char *value = g_malloc(size);
        unsigned flags;

        memset(value, 'A', size);
        GBytes *bytes = decode(value, size, &flags);
        assert_int_equal(g_bytes_get_size(bytes), SCEP_MAX_QUERY_MESSAGE / 4 * 3);
        assert_int_equal(flags, over ? SCEP_B64_TRUNCATED : 0);
        g_bytes_unref(bytes);
        g_free(value);
    }
}

static bool body_is_base64(const char *body)
{
    const size_t size = strlen(body);
    uint8_t *data = g_memdup2(body, size);
    const bool is = scep_body_is_base64(data, size);

    g_free(data);
    return is;
}

static void test_base64_bodies(void **state)
{
    static const char *const line_breaks[] = { NULL, "\n", "\r\n", "%0A" };
    uint8_t message[MESSAGE_SIZE];

    (void)state;
    fill_message(message);
    assert_false(scep_body_is_base64(message, sizeof message));
    char *text = g_base64_encode(message, sizeof message);
    for (size_t i = 0; i < G_N_ELEMENTS(line_breaks); i++) {
        char *body = rewrite(text, NULL, 76, line_breaks[i]);
        assert_true(body_is_base64(body));
        g_free(body);
    }
    char *damaged = g_strdelimit(g_strdup(text), "+", ' ');
    assert_false(body_is_base64(damaged));
    g_free(damaged);
    text[strlen(text) / 2] = '.';
    assert_false(body_is_base64(text));
    g_free(text);
}

/* Headers of what is sent, in each form of length, and texts that come close. */
static void test_base64_body_heads(void **state)
{
    static const struct {
        uint8_t octets[12];
        bool is;
    } cases[] = {
        { { 0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7 }, true },
        { { 0x30, 0x81, 0xff, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86 }, true },
        { { 0x30, 0x82, 0x05, 0x10, 0x06, 0x09, 0x2a, 0x86, 0x48 }, true },
        { { 0x30, 0x83, 0x01, 0x00, 0x00, 0x06, 0x09, 0x2a, 0x86 }, true },
        { { 0x30, 0x84, 0x00, 0x01, 0x00, 0x00, 0x06, 0x09, 0x2a }, true },
        { { 0x30, 0x82, 0x05, 0x10, 0x30, 0x82, 0x04, 0x00, 0xa0 }, true },
        { { 0x30, 0x85, 0x00, 0x00, 0x01, 0x00, 0x00, 0x06, 0x09 }, false },
        { { 0x30, 0xff, 0x00, 0x00, 0x01, 0x00, 0x00, 0x06, 0x09 }, false },
        { { 0x30, 0x09, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7 }, false },
        { { 0x30, 0x02, 0x05, 0x00, 0x06, 0x09, 0x2a, 0x86, 0x48 }, false },
        { { 0x30, 0x80, 0x06, 0x03, 0x2a, 0x86, 0x48, 0x86, 0xf7 }, false },
        { { 0x30, 0x80, 0x02, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7 }, false },
        { { 0x31, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7 }, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *body = g_base64_encode(cases[i].octets, sizeof cases[i].octets);
        if (body_is_base64(body) != cases[i].is)
            fail_msg("case %zu: %s", i, body);
        g_free(body);
    }
    assert_true(body_is_base64("MIAGCSqGSIb"));
    assert_false(body_is_base64("MIAGCSqGSI"));
    assert_false(body_is_base64(""));
    assert_false(body_is_base64("MISSING"));
    assert_false(body_is_base64("MIGRATEDTOANOTHERSERVER"));
    assert_false(body_is_base64("Message body is empty"));
    assert_false(body_is_base64("operation=PKIOperation&message=MIAGCSqGSIb"));
    assert_false(scep_body_is_base64(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialects),      cmocka_unit_test(test_clean),
        cmocka_unit_test(test_damaged),       cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_base64_bodies), cmocka_unit_test(test_base64_body_heads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
