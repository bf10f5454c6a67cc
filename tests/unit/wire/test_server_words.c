/* test_server_words.c
 * The words of a server out of text, JSON, HTML and XML, in one line that is safe to show.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scep/limits.h"
#include "wire/server_words.h"

/* In a buffer of its exact size, for sanitizers. */
static void check_octets(const void *octets, size_t size, const char *type, const char *expected)
{
    uint8_t *exact = g_memdup2(octets, size);
    GString *words = scep_server_words_new(exact, size, type);

    g_free(exact);
    if (expected == NULL) {
        assert_null(words);
        return;
    }
    assert_non_null(words);
    assert_string_equal(words->str, expected);
    g_string_free(words, TRUE);
}

static void check(const char *text, const char *expected)
{
    check_octets(text, strlen(text), NULL, expected);
}

static void test_text(void **state)
{
    (void)state;
    check("no such profile\n", "no such profile");
    check("\xef\xbb\xbfno such profile", "no such profile");
    check("request failed: digest differs\n\twant: 9C41\n\tgot: 77E0\n",
          "request failed: digest differs want: 9C41 got: 77E0");
    check("", NULL);
    check(" \r\n", NULL);
    check("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", NULL);
}

/* What a terminal or a reader would stumble over is masked. */
static void test_control_characters(void **state)
{
    (void)state;
    check("a quite long text, so that it is one: \x1b[31mred\x7f \xe2\x80\xaetxet\xe2\x80\x8b.",
          "a quite long text, so that it is one: ?[31mred? ?txet?.");
    check("one\xe2\x80\xa8two\xc2\x85three", "one two?three");
}

static void test_encodings(void **state)
{
    static const char little[] = "\xff\xfen\0o\0 \0\xe9\0", big[] = "\xfe\xff\0n\0o\0 \0\xe9", bare[] = "n\0o\0 \0a\0";

    (void)state;
    check_octets(little, sizeof little - 1, NULL, "no \xc3\xa9");
    check_octets(big, sizeof big - 1, NULL, "no \xc3\xa9");
    check_octets(bare, sizeof bare - 1, NULL, "no a");
    check_octets("refus\xe9", 6, "text/plain; charset=iso-8859-1", "refus\xc3\xa9");
    check_octets("refus\xe9", 6, "text/plain", "refus\xef\xbf\xbd");
    check_octets("\x30\x82\x01\x02\x03\x04\x05\x06", 8, "text/plain", NULL);
    check_octets("\xff\xfe\x00\xd8", 4, NULL, NULL);
    check_octets("\xff\xfe", 2, NULL, NULL);
}

static void test_json(void **state)
{
    (void)state;
    check("{\"message\":\"no such seat\"}", "no such seat");
    check("{\"Message\":\"no such seat\"}", "no such seat");
    check("{\"status\":400,\"title\":\"Bad Request\",\"detail\":\"no such seat\"}", "Bad Request: no such seat");
    check("{\"error\":\"invalid_request\",\"error_description\":\"no such seat\"}", "invalid_request: no such seat");
    check("{\"error\":{\"code\":7,\"message\":\"no such seat\"}}", "no such seat");
    check("{\"errors\":[{\"message\":\"one\"},{\"message\":\"two\"}]}", "one: two");
    check("{\"errors\":[\"1\",\"2\",\"3\",\"4\"]}", "1: 2: 3");
    check("{\"message\":\"no such seat\",\"detail\":\"no such seat\"}", "no such seat");
    check("{\"message\":\"\\u001b[2J\\nx\"}", "?[2J x");
    check("{\"status\":500}", NULL);
    check("{}", NULL);
    check("[]", NULL);
    /* deeper than is looked at, and broken */
    check("{\"error\":{\"error\":{\"error\":{\"error\":{\"message\":\"deep\"}}}}}", NULL);
    check("{\"message\":\"cut", "{\"message\":\"cut");
}

static void test_pages(void **state)
{
    (void)state;
    check("<html><head><title>Seat unknown</title></head><body><h1>Go away</h1></body></html>",
          "Seat unknown: Go away");
    check("<TITLE>Seat unknown</TITLE><H1>seat unknown</H1>", "Seat unknown");
    check("<title>Error</title><h1>Error 500</h1><p>The seat &quot;a &amp; b&#39;s&quot; is &lt;unknown&gt;&#33;</p>",
          "Error 500 The seat \"a & b's\" is <unknown>!");
    check("<html><head><title>Error 500</title></head><body><h2>HTTP ERROR: 500</h2><p>Problem. Reason:<pre>   no "
          "PKCS#7\n  at x.y</pre></p></body></html>",
          "no PKCS#7");
    check("<html><head><title>HTTP Status 500 - Internal</title></head><body><h1>x</h1><p><b>Type</b> a</p><p>"
          "<b>Message</b> SCEP is off</p><p><b>Description</b> b</p></body></html>",
          "SCEP is off");
    check("<?xml version=\"1.0\"?><Error><Code>7</Code><Message>no such seat</Message></Error>", "no such seat");
    check("<html><body><!-- secret --><script>var x = 'y';</script><p>no <b>seat</b></p></body></html>", "no seat");
    check("<html><body></body></html>", NULL);
    check("<title>cut", NULL);
    check("<!-- cut", NULL);
    check("<pre>", NULL);
    check("<prefix>seats</prefix>", "seats");
    check("<p>&#0;&#x110000;&bogus;&", "??&bogus;&");
}

/* A stock page is quoted by its title; where more is visible than a sentence, that is left out. */
static void test_stock_pages(void **state)
{
    char *text = g_strnfill(500, 'x');
    char *page = g_strconcat("<title>404 Not Found</title><h1>Not Found</h1><p>", text, "</p>", NULL);

    (void)state;
    check(
        "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1><p>The requested URL was not found on "
        "this server.</p><hr><address>Apache/2.4.54 (Debian) Server at x Port 80</address></body></html>",
        "404 Not Found");
    check(page, "404 Not Found");
    g_free(page);
    g_free(text);
}

static void test_stock_words(void **state)
{
    static const char *const stock[] = {
        "404 Not Found",
        "Not Found",
        "500 - Internal server error.",
        "HTTP Status 500 - Internal Server Error",
        "403 Forbidden nginx/1.24.0",
        "Internal error",
        "{}",
        "Error 500",
        "502 Bad Gateway",
        "Bad Request",
    };
    static const char *const more[] = { "no such seat", "Sign in", "Not Found: seat", "\xe6\x8b\x92\xe7\xb5\xb6" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(stock); i++)
        assert_true(scep_server_words_are_stock(stock[i], 0));
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++)
        assert_false(scep_server_words_are_stock(more[i], 0));
    /* IIS in another language, and what it numbers */
    assert_true(scep_server_words_are_stock("404 - Datei oder Verzeichnis nicht gefunden.", 404));
    assert_false(scep_server_words_are_stock("404 - Datei oder Verzeichnis nicht gefunden.", 403));
    assert_true(scep_server_words_are_stock("IIS 10.0: HTTP Error 403.16 - Das Zertifikat", 403));
    assert_false(scep_server_words_are_stock("Seat 403. Go away", 403));
}

static void test_bounds(void **state)
{
    char *long_text = g_strnfill(100000, 'x');
    GString *words = scep_server_words_new((const uint8_t *)long_text, strlen(long_text), NULL);

    (void)state;
    assert_int_equal(words->len, SCEP_MAX_TEXT);
    g_string_free(words, TRUE);
    g_free(long_text);
}

/* ---- secrets ----------------------------------------------------------------------------------------------------- */

static bool is_known(const char *text, size_t size, const void *data)
{
    return size == strlen(data) && memcmp(text, data, size) == 0;
}

static void check_redacted(const char *text, const char *secret, const char *expected)
{
    GString *words = g_string_new(text);

    scep_words_redact(words, "79BEF8ED35B8F3A8419B41BB718429D5", secret != NULL ? is_known : NULL, secret);
    assert_string_equal(words->str, expected);
    g_string_free(words, TRUE);
}

/* A challenge of the capture is masked whatever stands around it. */
static void test_known_secrets(void **state)
{
    (void)state;
    check_redacted("you sent hello, and that is wrong", "hello", "you sent ***, and that is wrong");
    check_redacted("you sent (hello).", "hello", "you sent (***).");
    check_redacted("you sent x=hello", "hello", "you sent x=***");
    check_redacted("you sent \"my dear word\" there", "my dear word", "you sent \"***\" there");
    check_redacted("odd! is odd!", "odd!", "*** is ***");
    check_redacted("hello", "hello", "***");
    check_redacted("hello", "hell", "hello");
    check_redacted("hello", NULL, "hello");
}

/* One that is not known is masked where it may stand. */
static void test_likely_secrets(void **state)
{
    static const char *const pairs[][2] = {
        { "challenge password 6A1CC4B4B5D1A0E5 has expired", "challenge password *** has expired" },
        { "6A1CC4B4B5D1A0E5 is no valid challenge", "*** is no valid challenge" },
        { "challenge 'letmein' is wrong", "challenge '***' is wrong" },
        { "challenge 'let me in' is wrong", "challenge '*** *** ***' is wrong" },
        { "the password \"secret\" is wrong", "the password \"secret\" is wrong" },
        { "challengePassword=letmein&x=1", "challengePassword=***" },
        { "invalid challenge: letmein", "invalid challenge: ***" },
        { "invalid challenge: expired", "invalid challenge: expired" },
        { "failed validating challenge password: unauthorized", "failed validating challenge password: unauthorized" },
        { "token DEADBEEF refused", "token *** refused" },
        { "challenge expired at 2027-03-01T00:00:00Z after 60 minutes (0x80070005)",
          "challenge expired at 2027-03-01T00:00:00Z after 60 minutes (0x80070005)" },
        { "no challenge for transaction 79BEF8ED35B8F3A8419B41BB718429D5",
          "no challenge for transaction 79BEF8ED35B8F3A8419B41BB718429D5" },
        /* where no secret is spoken of, numbers and names stay */
        { "no seat gw-51.fab.example for 6A1CC4B4B5D1A0E5", "no seat gw-51.fab.example for 6A1CC4B4B5D1A0E5" },
        { "see https://user:word@host/x and https://host/y?key=1", "see https://*** and https://host/y?***" },
        { "  two  blanks ", "  two  blanks " },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
        check_redacted(pairs[i][0], NULL, pairs[i][1]);
}

static void test_long_runs(void **state)
{
    char *run = g_strnfill(65, 'x');
    char *text = g_strconcat("no 1", run, ".", NULL), *word = g_strconcat("no ", run, NULL);

    (void)state;
    check_redacted(text, NULL, "no ***.");
    check_redacted(word, NULL, word);
    g_free(word);
    g_free(text);
    g_free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),          cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_encodings),     cmocka_unit_test(test_json),
        cmocka_unit_test(test_pages),         cmocka_unit_test(test_stock_pages),
        cmocka_unit_test(test_stock_words),   cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_known_secrets), cmocka_unit_test(test_likely_secrets),
        cmocka_unit_test(test_long_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
