/* test_capabilities.c
 * The keyword list that GetCACaps returns.
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

#include "wire/capabilities.h"

static const struct {
    const char *name;
    uint32_t bit;
} keywords[] = {
    { "AES", SCEP_CAP_AES },
    { "DES3", SCEP_CAP_DES3 },
    { "GetNextCACert", SCEP_CAP_GETNEXTCACERT },
    { "POSTPKIOperation", SCEP_CAP_POSTPKIOPERATION },
    { "Renewal", SCEP_CAP_RENEWAL },
    { "SHA-1", SCEP_CAP_SHA1 },
    { "SHA-256", SCEP_CAP_SHA256 },
    { "SHA-512", SCEP_CAP_SHA512 },
    { "SCEPStandard", SCEP_CAP_SCEPSTANDARD },
    { "Update", SCEP_CAP_UPDATE },
    { "SHA-224", SCEP_CAP_SHA224 },
    { "SHA-384", SCEP_CAP_SHA384 },
};

/* The parser gets a block of the body's own size, so that the sanitizer sees a read behind its end. */
static void parse(const char *body, size_t size, ScepCapabilities *out)
{
    uint8_t *data = g_memdup2(body, size);

    memset(out, 0xff, sizeof *out);
    scep_capabilities_parse(data, size, out);
    g_free(data);
}

#define PARSE(body, out) parse(body, sizeof(body) - 1, out)

static void assert_line(const char *body, const ScepCapability *line, const char *keyword, uint32_t bit)
{
    assert_int_equal(line->span.length, strlen(keyword));
    assert_memory_equal(body + line->span.offset, keyword, line->span.length);
    assert_int_equal(line->bit, bit);
}

static void test_every_keyword(void **state)
{
    uint32_t seen = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++) {
        char *spellings[] = {
            g_strdup(keywords[i].name),
            g_ascii_strup(keywords[i].name, -1),
            g_ascii_strdown(keywords[i].name, -1),
        };
        for (size_t n = 0; n < G_N_ELEMENTS(spellings); n++) {
            ScepCapabilities caps;

            parse(spellings[n], strlen(spellings[n]), &caps);
            assert_int_equal(caps.count, 1);
            assert_int_equal(caps.bits, keywords[i].bit);
            assert_line(spellings[n], &caps.line[0], spellings[n], keywords[i].bit);
            assert_false(caps.looks_like_markup);
            assert_false(caps.truncated);
            g_free(spellings[n]);
        }
        assert_int_equal(seen & keywords[i].bit, 0);
        seen |= keywords[i].bit;
    }
}

/* What NDES on Windows Server 2016 and later sends. */
static void test_ndes(void **state)
{
    static const char body[] = "POSTPKIOperation\r\nRenewal\r\nSHA-512\r\nSHA-256\r\nSHA-1\r\nDES3\r\n";
    ScepCapabilities caps;

    (void)state;
    PARSE(body, &caps);
    assert_int_equal(caps.count, 6);
    assert_int_equal(caps.bits, SCEP_CAP_POSTPKIOPERATION | SCEP_CAP_RENEWAL | SCEP_CAP_SHA512 | SCEP_CAP_SHA256 |
                                    SCEP_CAP_SHA1 | SCEP_CAP_DES3);
    assert_line(body, &caps.line[0], "POSTPKIOperation", SCEP_CAP_POSTPKIOPERATION);
    assert_line(body, &caps.line[1], "Renewal", SCEP_CAP_RENEWAL);
    assert_line(body, &caps.line[5], "DES3", SCEP_CAP_DES3);
}

static void test_separators(void **state)
{
    static const char *const bodies[] = {
        "AES\nX-Own\nSHA-1",
        "AES\r\nX-Own\r\nSHA-1\r\n",
        "AES\rX-Own\rSHA-1\r",
        "\r\n\nAES\n\r\n\r \t \nX-Own\n\n\nSHA-1\n\n",
        " AES \t\r\n\tX-Own\n  SHA-1  ",
        "\357\273\277AES\nX-Own\nSHA-1",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        ScepCapabilities caps;

        parse(bodies[i], strlen(bodies[i]), &caps);
        assert_int_equal(caps.count, 3);
        assert_line(bodies[i], &caps.line[0], "AES", SCEP_CAP_AES);
        assert_line(bodies[i], &caps.line[1], "X-Own", 0);
        assert_line(bodies[i], &caps.line[2], "SHA-1", SCEP_CAP_SHA1);
        assert_int_equal(caps.bits, SCEP_CAP_AES | SCEP_CAP_SHA1);
        assert_false(caps.looks_like_markup);
    }
}

static void test_near_misses(void **state)
{
    static const char body[] = "AES128\nSHA\nSHA-1 SHA-256\nXAES\nDES\nKeyword with blanks\nna\xc3\xafve\nSHA1";
    ScepCapabilities caps;

    (void)state;
    PARSE(body, &caps);
    assert_int_equal(caps.count, 8);
    assert_int_equal(caps.bits, 0);
    for (size_t i = 0; i < caps.count; i++)
        assert_int_equal(caps.line[i].bit, 0);
    assert_line(body, &caps.line[2], "SHA-1 SHA-256", 0);
}

static void test_empty(void **state)
{
    static const char *const bodies[] = { "", "\r\n", " \t ", "\n\n\n", "\xef\xbb\xbf", "\xef\xbb\xbf\r\n" };
    ScepCapabilities caps;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        parse(bodies[i], strlen(bodies[i]), &caps);
        assert_int_equal(caps.count, 0);
        assert_int_equal(caps.bits, 0);
        assert_false(caps.looks_like_markup);
        assert_false(caps.truncated);
    }
    scep_capabilities_parse(NULL, 0, &caps);
    assert_int_equal(caps.count, 0);
}

/* A cut byte order mark is not one, so it is an unknown keyword like any other text. */
static void test_cut_byte_order_mark(void **state)
{
    ScepCapabilities caps;

    (void)state;
    PARSE("\xef\xbb", &caps);
    assert_int_equal(caps.count, 1);
}

/* JSON and prose come where a server says why there is no list. */
static void test_other_text(void **state)
{
    static const char *const texts[] = { "{\"error\":\"not found\"}", " [1, 2]", "404 page not found\n",
                                         "{\n \"detail\": \"AES\"\n}", "No such CA here.\nAsk somebody else." };
    static const char *const lists[] = { "Example.com-Name", "Example.com-Name\nA b\nAES", "ML-DSA\nSHA3-256" };
    ScepCapabilities caps;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        parse(texts[i], strlen(texts[i]), &caps);
        assert_true(caps.looks_like_markup && caps.looks_like_text);
        assert_int_equal(caps.count, 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        parse(lists[i], strlen(lists[i]), &caps);
        assert_false(caps.looks_like_markup || caps.looks_like_text);
        assert_true(caps.count > 0);
    }
}

/* Several keywords on one line are one that nobody knows, and what stands between them is told. */
static void test_one_line(void **state)
{
    static const struct {
        const char *body;
        char separator;
    } rows[] = {
        { "AES,SHA-256,POSTPKIOperation\n", ',' },
        { "AES SHA-256", ' ' },
        { "AES; SHA-256", ';' },
        { "AES | X-Own | SHA-256", '|' },
        { "AES\tSHA-256", '\t' },
        { "Renewal\nAES, SHA-1", ',' },
        { "AES\nSHA-1\n", 0 },
        { "AES something\nSHA-1", 0 },
        { "AES,", 0 },
    };
    ScepCapabilities caps;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        parse(rows[i].body, strlen(rows[i].body), &caps);
        assert_int_equal(caps.separator, rows[i].separator);
        assert_false(caps.looks_like_markup);
    }
    PARSE("AES,SHA-256\n", &caps);
    assert_int_equal(caps.count, 1);
    assert_int_equal(caps.bits, 0);
}

static void test_no_keyword_list(void **state)
{
    static const struct {
        const char *body;
        size_t size;
    } cases[] = {
#define BODY(text) { text, sizeof(text) - 1 }
        BODY("<html>\nAES\n</html>"),
        BODY("<"),
        BODY(" \r\n<!DOCTYPE html>\nAES"),
        BODY("\xef\xbb\xbf<?xml version=\"1.0\"?>"),
        BODY("\xef\xbb\xbf\r\n <html>"),
        BODY("AES\nSHA-1\n\x01"),
        BODY("A\0E\0S\0"),
        BODY("\xff\xfe"
             "A\0E\0S\0"),
        BODY("AES\x7f"),
        BODY("AES\vSHA-1"),
        BODY("\x30\x82\x05\x10\x06\x09"),
#undef BODY
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        ScepCapabilities caps;

        parse(cases[i].body, cases[i].size, &caps);
        assert_true(caps.looks_like_markup);
        assert_int_equal(caps.count, 0);
        assert_int_equal(caps.bits, 0);
        assert_false(caps.truncated);
    }
}

/* The list stops at its limit, the bits do not. */
static void test_limit(void **state)
{
    (void)state;
    for (size_t lines = SCEP_MAX_CAPABILITIES; lines <= SCEP_MAX_CAPABILITIES + 1; lines++) {
        GString *body = g_string_new(NULL);
        ScepCapabilities caps;

        for (size_t i = 1; i < lines; i++)
            g_string_append(body, "AES\n\n");
        g_string_append(body, "Renewal");
        parse(body->str, body->len, &caps);
        assert_int_equal(caps.count, SCEP_MAX_CAPABILITIES);
        assert_int_equal(caps.truncated, lines > SCEP_MAX_CAPABILITIES);
        assert_int_equal(caps.bits, SCEP_CAP_AES | SCEP_CAP_RENEWAL);
        assert_int_equal(caps.line[SCEP_MAX_CAPABILITIES - 1].bit, caps.truncated ? SCEP_CAP_AES : SCEP_CAP_RENEWAL);
        g_string_free(body, TRUE);
    }
}

static void test_effective(void **state)
{
    const uint32_t standard = SCEP_CAP_AES | SCEP_CAP_POSTPKIOPERATION | SCEP_CAP_SHA256;

    (void)state;
    assert_int_equal(scep_capabilities_effective(0), 0);
    assert_int_equal(scep_capabilities_effective(SCEP_CAP_SCEPSTANDARD), SCEP_CAP_SCEPSTANDARD | standard);
    assert_int_equal(scep_capabilities_effective(SCEP_CAP_SCEPSTANDARD | SCEP_CAP_RENEWAL),
                     SCEP_CAP_SCEPSTANDARD | SCEP_CAP_RENEWAL | standard);
    assert_int_equal(scep_capabilities_effective(~(uint32_t)SCEP_CAP_SCEPSTANDARD), ~(uint32_t)SCEP_CAP_SCEPSTANDARD);
    assert_int_equal(scep_capabilities_effective(SCEP_CAP_DES3 | SCEP_CAP_SHA1), SCEP_CAP_DES3 | SCEP_CAP_SHA1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_keyword),   cmocka_unit_test(test_ndes),
        cmocka_unit_test(test_separators),      cmocka_unit_test(test_near_misses),
        cmocka_unit_test(test_empty),           cmocka_unit_test(test_cut_byte_order_mark),
        cmocka_unit_test(test_no_keyword_list), cmocka_unit_test(test_other_text),
        cmocka_unit_test(test_one_line),        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_effective),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
