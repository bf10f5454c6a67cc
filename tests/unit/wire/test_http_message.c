/* test_http_message.c
 * HTTP/1 messages: start lines, fields, and where one ends and the next begins.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http_reading.h"
#include "linear_time.h"
#include "scep/limits.h"

static void test_request(void **state)
{
    static const char text[] = "POST /certsrv/mscep/mscep.dll?operation=PKIOperation HTTP/1.1\r\n"
                               "hOsT:ndes.example.com \t\r\n"
                               "User-Agent:\t Mozilla/4.0 (compatible; Win32; NDES client)\r\n"
                               "Content-Type: application/x-pki-message\r\n"
                               "Content-Encoding: gzip\r\n"
                               "Content-Length: 4\r\n"
                               "\r\n"
                               "0\x82\r\nrest";
    Reading reading;

    (void)state;
    READ(reading, text);
    assert_true(reading.message.is_request);
    assert_true(reading.message.headers_complete);
    assert_false(reading.message.chunked);
    assert_int_equal(reading.message.minor_version, 1);
    assert_int_equal(reading.message.status, 0);
    assert_true(reading.message.has_content_length);
    assert_true(reading.message.content_length == 4);
    assert_true(reading.message.body_missing == 0);
    ASSERT_PART(reading, start_line, "POST /certsrv/mscep/mscep.dll?operation=PKIOperation HTTP/1.1");
    ASSERT_PART(reading, method, "POST");
    ASSERT_PART(reading, target, "/certsrv/mscep/mscep.dll?operation=PKIOperation");
    ASSERT_PART(reading, host, "ndes.example.com");
    ASSERT_PART(reading, user_agent, "Mozilla/4.0 (compatible; Win32; NDES client)");
    ASSERT_PART(reading, content_type, "application/x-pki-message");
    ASSERT_PART(reading, content_encoding, "gzip");
    ASSERT_PART(reading, body, "0\x82\r\n");
    assert_absent(reading.message.server);
    assert_absent(reading.message.location);
    assert_absent(reading.message.www_authenticate);
    assert_int_equal(reading.next, sizeof text - 1 - strlen("rest"));
    reading_end(&reading);
}

static void test_response(void **state)
{
    Reading reading;

    (void)state;
    READ(reading, "HTTP/1.1 401 Unauthorized\r\n"
                  "Server: Microsoft-IIS/10.0\r\n"
                  "WWW-Authenticate: Negotiate\r\n"
                  "WWW-Authenticate: NTLM\r\n"
                  "Location: https://ndes.example.com/\r\n"
                  "X-MS-Proxy: AzureAD-Application-Proxy\r\n"
                  "Content-Length: 0\r\n"
                  "\r\n");
    assert_false(reading.message.is_request);
    assert_true(reading.message.headers_complete);
    assert_int_equal(reading.message.status, 401);
    ASSERT_PART(reading, start_line, "HTTP/1.1 401 Unauthorized");
    ASSERT_PART(reading, server, "Microsoft-IIS/10.0");
    ASSERT_PART(reading, www_authenticate, "Negotiate");
    ASSERT_PART(reading, location, "https://ndes.example.com/");
    ASSERT_PART(reading, ms_proxy, "AzureAD-Application-Proxy");
    ASSERT_PART(reading, body, "");
    assert_absent(reading.message.method);
    assert_absent(reading.message.target);
    assert_int_equal(reading.next, reading.size);
    reading_end(&reading);

    READ(reading, "HTTP/1.1 200\r\n\r\n");
    assert_int_equal(reading.message.status, 200);
    reading_end(&reading);
}

static void test_targets(void **state)
{
    static const struct {
        const char *line;
        const char *method;
        const char *target;
    } cases[] = {
        { "GET http://ca.example.com:9001/scep?operation=GetCACaps HTTP/1.1", "GET",
          "http://ca.example.com:9001/scep?operation=GetCACaps" },
        { "CONNECT ndes.example.com:443 HTTP/1.1", "CONNECT", "ndes.example.com:443" },
        { "OPTIONS * HTTP/1.1", "OPTIONS", "*" },
        { "GET /scep?operation=PKIOperation&message=MII A/ x== HTTP/1.0", "GET",
          "/scep?operation=PKIOperation&message=MII A/ x==" },
        { "GET /scep?message=HTTP/1.1 HTTP/1.0", "GET", "/scep?message=HTTP/1.1" },
        { "CCM_POST /ccm_system/request HTTP/1.1 ", "CCM_POST", "/ccm_system/request" },
        { "GET  /two HTTP/1.9", "GET", "/two" },
        { "ABCDEFGHIJKLMNOPQRSTUVWX / HTTP/1.1", "ABCDEFGHIJKLMNOPQRSTUVWX", "/" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Reading reading;
        char *text = g_strconcat(cases[i].line, "\r\n\r\n", NULL);

        assert_true(reading_start(&reading, text, strlen(text)));
        ASSERT_PART(reading, start_line, cases[i].line);
        ASSERT_PART(reading, method, cases[i].method);
        ASSERT_PART(reading, target, cases[i].target);
        assert_int_equal(reading.message.minor_version, strstr(cases[i].line, " HTTP/1.0") == NULL);
        assert_true(reading.message.headers_complete);
        assert_int_equal(reading.next, reading.size);
        reading_end(&reading);
        g_free(text);
    }
}

static void test_no_start_line(void **state)
{
    static const char *const texts[] = {
        "",
        "\r",
        "\r\n",
        "\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "GET",
        "GET ",
        "GET /index.html\r\n\r\n",
        "GET HTTP/1.1\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.x\r\n\r\n",
        "GET / HTTP/1.10\r\n\r\n",
        "GET / http/1.1\r\n\r\n",
        "GET /HTTP/1.1\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
        "get / HTTP/1.1\r\n\r\n",
        "ABCDEFGHIJKLMNOPQRSTUVWXY / HTTP/1.1\r\n\r\n",
        "GET nothing that is known",
        "GET /\x01 cut",
        "HTTP/1.1",
        "HTTP/1.1 20",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1-200 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.x 200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02",
        "0\x82\x05\x01",
    };
    static const ScepHttpMessage zero;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Reading reading;

        memset(&reading.message, 0xff, sizeof reading.message);
        reading.next = 12345;
        assert_false(reading_start(&reading, texts[i], strlen(texts[i])));
        assert_int_equal(reading.next, 0);
        assert_memory_equal(&reading.message, &zero, sizeof zero);
        reading_end(&reading);
    }
}

static void test_offset_outside(void **state)
{
    Reading reading;

    (void)state;
    READ(reading, "GET / HTTP/1.1\r\n\r\n");
    assert_false(reading_at(&reading, reading.size));
    assert_int_equal(reading.next, reading.size);
    assert_false(reading_at(&reading, SIZE_MAX));
    assert_true(reading.next == SIZE_MAX);
    reading_end(&reading);
    assert_false(scep_http_message_read(NULL, 0, 0, &reading.message, &reading.next));
}

static void test_line_feeds_only(void **state)
{
    Reading reading;

    (void)state;
    READ(reading, "POST /scep HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\nGET / HTTP/1.0\n\n");
    ASSERT_PART(reading, start_line, "POST /scep HTTP/1.0");
    ASSERT_PART(reading, target, "/scep");
    ASSERT_PART(reading, host, "a");
    ASSERT_PART(reading, body, "3\nabc\n0\n\n");
    assert_true(reading_at(&reading, reading.next));
    ASSERT_PART(reading, method, "GET");
    assert_int_equal(reading.next, reading.size);
    reading_end(&reading);
}

static void test_folded_fields(void **state)
{
    Reading reading;

    (void)state;
    READ(reading, "GET / HTTP/1.1\r\n stray: x\r\nUser-Agent: one\r\n\ttwo \r\n \r\nHost:\r\n  h\r\n\r\n");
    assert_true(reading.message.headers_complete);
    ASSERT_PART(reading, user_agent, "one\r\n\ttwo");
    ASSERT_PART(reading, host, "h");
    reading_end(&reading);
}

/* Wherever the capture cuts a request, what was seen whole is shown and nothing is made up. */
static void test_cut_in_header(void **state)
{
    static const char text[] = "GET /scep?operation=PKIOperation&message=MIIB HTTP/1.1\r\nHost: ca.example.com\r\n\r\n";
    static const char target[] = "/scep?operation=PKIOperation&message=MIIB";
    const size_t target_end = strlen("GET ") + strlen(target);
    const size_t host_end = (size_t)(strstr(text, ".com\r\n") - text) + strlen(".com\r\n");

    (void)state;
    for (size_t size = strlen("GET /"); size < sizeof text - 1; size++) {
        Reading reading;
        const size_t seen = MIN(size, target_end) - strlen("GET ");

        assert_true(reading_start(&reading, text, size));
        assert_true(reading.message.is_request);
        assert_false(reading.message.headers_complete);
        assert_int_equal(reading.message.target.length, seen);
        assert_memory_equal(reading.data + reading.message.target.offset, target, seen);
        if (size >= host_end)
            ASSERT_PART(reading, host, "ca.example.com");
        else
            assert_absent(reading.message.host);
        assert_absent(reading.message.body);
        assert_int_equal(reading.next, size);
        reading_end(&reading);
    }
}

static void test_cut_response(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 9\r\n\r\n";
    Reading reading;

    (void)state;
    for (size_t size = strlen("HTTP/1.1 200"); size < sizeof text - 1; size++) {
        assert_true(reading_start(&reading, text, size));
        assert_int_equal(reading.message.status, 200);
        assert_false(reading.message.headers_complete);
        assert_absent(reading.message.body);
        assert_true(reading.message.body_missing == 0);
        assert_int_equal(reading.next, size);
        reading_end(&reading);
    }
    READ(reading, "HTTP/1.1 200 OK\r\nServer: a\r\n b");
    assert_absent(reading.message.server);
    reading_end(&reading);
    READ(reading, "GET http://h/x HTTP/1.");
    ASSERT_PART(reading, target, "http://h/x");
    reading_end(&reading);
    READ(reading, "GET HTTPS://h/xHTTP/1");
    ASSERT_PART(reading, target, "HTTPS://h/xHTTP/1");
    reading_end(&reading);
}

static void test_pipelined(void **state)
{
    static const char text[] = "GET /scep?operation=GetCACaps HTTP/1.1\r\nHost: a\r\n\r\n"
                               "POST /scep?operation=PKIOperation HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\r\n"
                               "POST /scep?operation=PKIOperation HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "1\r\nx\r\n0\r\n\r\n\n"
                               "GET /scep?operation=GetCACert HTTP/1.1\r\n\r\n";
    static const char *const targets[] = {
        "/scep?operation=GetCACaps",
        "/scep?operation=PKIOperation",
        "/scep?operation=PKIOperation",
        "/scep?operation=GetCACert",
    };
    static const char *const bodies[] = { "", "abc", "1\r\nx\r\n0\r\n\r\n", "" };
    Reading reading = { .size = sizeof text - 1 };

    (void)state;
    reading.data = g_memdup2(text, reading.size);
    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        assert_true(reading_at(&reading, reading.next));
        ASSERT_PART(reading, target, targets[i]);
        ASSERT_PART(reading, body, bodies[i]);
        assert_int_equal(reading.message.method.offset, reading.message.start_line.offset);
    }
    assert_int_equal(reading.next, reading.size);
    reading_end(&reading);
}

static void test_continue_then_final(void **state)
{
    Reading reading;

    (void)state;
    READ(reading, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    assert_int_equal(reading.message.status, 100);
    assert_true(reading_at(&reading, reading.next));
    assert_int_equal(reading.message.status, 200);
    ASSERT_PART(reading, body, "x");
    reading_end(&reading);
}

/* Fields behind the limit are not looked at, but the body still starts where it starts. */
static void test_field_limit(void **state)
{
    (void)state;
    for (unsigned before = SCEP_HTTP_MAX_FIELDS - 1; before <= SCEP_HTTP_MAX_FIELDS; before++) {
        GString *text = g_string_new("HTTP/1.1 200 OK\r\n");
        Reading reading;

        for (unsigned i = 0; i < before; i++)
            g_string_append(text, "X: y\r\n");
        g_string_append(text, "Server: late\r\n\r\nbody");
        assert_true(reading_start(&reading, text->str, text->len));
        assert_true(reading.message.headers_complete);
        ASSERT_PART(reading, server, before < SCEP_HTTP_MAX_FIELDS ? "late" : "");
        ASSERT_PART(reading, body, "body");
        reading_end(&reading);
        g_string_free(text, TRUE);
    }
}

static void test_linear(void **state)
{
    static const struct {
        const char *head;
        const char *pattern;
    } cases[] = {
        { "GET / HTTP/1.1\r\n", "a:b\n" },
        { "GET / HTTP/1.1\r\n", "a: b\n b\n" },
        { "GET / HTTP/1.1\r\nX: y", "\n " },
        { "GET / HTTP/1.1\r\n", "Content-Length: 1," },
        { "GET /", "x" },
        { "", "GET / HTTP/1.1\r\n\r\n" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n" },
    };

    (void)state;
    limit_time();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GString *text = repeat(cases[i].head, cases[i].pattern);
        Reading reading;
        size_t offset = 0;

        for (bool found = reading_start(&reading, text->str, text->len); found; found = reading_at(&reading, offset)) {
            assert_true(reading.next > offset && reading.next <= text->len);
            offset = reading.next;
        }
        assert_int_equal(reading.next, offset);
        reading_end(&reading);
        g_string_free(text, TRUE);
    }
    lift_time_limit();
}

static void test_spans(void **state)
{
    static const uint8_t data[] = "xText/HTML; charset=utf-8\0y";
    const ScepSpan type = { 1, 9 };
    const ScepSpan with_parameter = { 1, 24 };
    const ScepSpan with_nul = { 17, 9 };

    (void)state;
    assert_true(scep_span_equals(data, type, "text/html"));
    assert_false(scep_span_equals(data, type, "text/htm"));
    assert_false(scep_span_equals(data, type, "text/html;"));
    assert_false(scep_span_equals(data, type, "text/htmx"));
    assert_false(scep_span_equals(data, with_nul, "et=utf-8"));
    assert_true(scep_span_equals(NULL, (ScepSpan){ 0, 0 }, ""));
    assert_true(scep_span_has_prefix(data, with_parameter, "TEXT/html"));
    assert_true(scep_span_has_prefix(data, with_parameter, ""));
    assert_false(scep_span_has_prefix(data, with_parameter, "text/plain"));
    assert_false(scep_span_has_prefix(data, (ScepSpan){ 1, 8 }, "text/html"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_response),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_no_start_line),
        cmocka_unit_test(test_offset_outside),
        cmocka_unit_test(test_line_feeds_only),
        cmocka_unit_test(test_folded_fields),
        cmocka_unit_test(test_cut_in_header),
        cmocka_unit_test(test_cut_response),
        cmocka_unit_test(test_pipelined),
        cmocka_unit_test(test_continue_then_final),
        cmocka_unit_test(test_field_limit),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_spans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
