/* test_http_body.c
 * HTTP/1 bodies: by length, by chunks, to the end, or none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http_reading.h"

/* Cisco's peers: no length, the connection's end is the body's end. */
static void test_http10_response_without_length(void **state)
{
    static const char text[] =
        "HTTP/1.0 200 OK\r\nContent-Type: application/x-pki-message\r\n\r\n0\x80 to the end\r\n\r\n";
    Reading reading;

    (void)state;
    READ(reading, text);
    assert_int_equal(reading.message.minor_version, 0);
    assert_false(reading.message.has_content_length);
    ASSERT_PART(reading, body, "0\x80 to the end\r\n\r\n");
    assert_int_equal(reading.next, reading.size);
    reading_end(&reading);
}

static void test_no_body(void **state)
{
    static const struct {
        const char *head;
        bool body;
    } cases[] = {
        { "HTTP/1.1 100 Continue\r\n\r\n", false },
        { "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 4\r\n\r\n", false },
        { "HTTP/1.1 199 x\r\n\r\n", false },
        { "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", false },
        { "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", false },
        { "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", false },
        { "GET / HTTP/1.1\r\n\r\n", false },
        { "POST / HTTP/1.0\r\n\r\n", false },
        { "CONNECT ndes.example.com:443 HTTP/1.1\r\n\r\n", false },
        { "HTTP/1.1 200 OK\r\n\r\n", true },
        { "HTTP/1.1 205 Reset Content\r\n\r\n", true },
        { "HTTP/1.1 303 See Other\r\n\r\n", true },
        { "PUT / HTTP/1.1\r\nContent-Length: 4\r\n\r\n", true },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Reading reading;
        char *text = g_strconcat(cases[i].head, "0\x82\x01\x02", NULL);

        assert_true(reading_start(&reading, text, strlen(text)));
        assert_true(reading.message.headers_complete);
        if (cases[i].body)
            ASSERT_PART(reading, body, "0\x82\x01\x02");
        else
            assert_absent(reading.message.body);
        assert_int_equal(reading.next, strlen(cases[i].head) + (cases[i].body ? 4 : 0));
        reading_end(&reading);
        g_free(text);
    }
}

static void test_chunked(void **state)
{
    static const char body[] = "5;name=\"a;b\"\r\nhello\r\n"
                               "00A \t\r\n0123456789\r\n"
                               "0;last\r\n"
                               "Digest: x\r\n"
                               "Content-Type: text/html\r\n"
                               "\r\n";
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n";
    char *text = g_strconcat(head, body, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", NULL);
    Reading reading;

    (void)state;
    assert_true(reading_start(&reading, text, strlen(text)));
    assert_true(reading.message.chunked);
    ASSERT_PART(reading, body, body);
    assert_absent(reading.message.content_type);
    assert_int_equal(reading.next, sizeof head - 1 + sizeof body - 1);
    assert_true(reading_at(&reading, reading.next));
    assert_int_equal(reading.message.status, 404);
    reading_end(&reading);
    g_free(text);
}

/* The CR is the third octet of the chunk; the line end behind it is LF alone. */
static void test_chunk_that_ends_in_cr(void **state)
{
    Reading reading;

    (void)state;
    READ(reading, "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n3\nab\r\n0\n\nrest");
    ASSERT_PART(reading, body, "3\nab\r\n0\n\n");
    reading_end(&reading);
}

/* What follows broken or cut chunks cannot be told from the body, so the body takes the rest. */
static void test_chunks_that_do_not_end(void **state)
{
    static const char *const bodies[] = {
        "",
        "5",
        "5\r\nhel",
        "5\r\nhello",
        "5\r\nhelloworld\r\n0\r\n\r\n",
        "x\r\nhello\r\n0\r\n\r\n",
        "5x\r\nhello\r\n0\r\n\r\n",
        "\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0\r\n",
        "0\r\nDigest: x\r\n",
        "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "fffffffffffffffffffffffffffffffffffffffff0\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        Reading reading;
        char *text = g_strconcat("POST /scep HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", bodies[i], NULL);

        assert_true(reading_start(&reading, text, strlen(text)));
        assert_true(reading.message.headers_complete);
        ASSERT_PART(reading, body, bodies[i]);
        assert_true(reading.message.body_missing == 0);
        assert_int_equal(reading.next, reading.size);
        reading_end(&reading);
        g_free(text);
    }
}

static void test_content_lengths(void **state)
{
    static const struct {
        const char *field;
        bool present;
        uint64_t length;
        uint64_t missing; /* with five octets of body */
    } cases[] = {
        { "Content-Length: 5", true, 5, 0 },
        { "Content-Length: 0005", true, 5, 0 },
        { "Content-Length: 5, 5", true, 5, 0 },
        { "Content-Length: 3\r\nContent-Length: 5", true, 3, 0 },
        { "Content-Length:\r\n 7", true, 7, 2 },
        { "Content-Length : 6", true, 6, 1 },
        { "Content-Length: 18446744073709551615", true, UINT64_MAX, UINT64_MAX - 5 },
        { "Content-Length: 18446744073709551614", true, UINT64_MAX - 1, UINT64_MAX - 6 },
        { "Content-Length: 18446744073709551616", true, UINT64_MAX, UINT64_MAX - 5 },
        { "Content-Length: 184467440737095516160000", true, UINT64_MAX, UINT64_MAX - 5 },
        { "Content-Length: -1", false, 0, 0 },
        { "Content-Length: +5", false, 0, 0 },
        { "Content-Length: 5 5", false, 0, 0 },
        { "Content-Length: 0x5", false, 0, 0 },
        { "Content-Length:", false, 0, 0 },
        { "Content-Length", false, 0, 0 },
        { "X-Content-Length: 5", false, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Reading reading;
        char *text = g_strdup_printf("POST / HTTP/1.1\r\n%s\r\n\r\nhello", cases[i].field);
        const uint64_t body = cases[i].length - cases[i].missing;

        assert_true(reading_start(&reading, text, strlen(text)));
        assert_int_equal(reading.message.has_content_length, cases[i].present);
        assert_true(reading.message.content_length == cases[i].length);
        assert_true(reading.message.body_missing == cases[i].missing);
        assert_true(reading.message.body.length == body);
        assert_true(reading.next == reading.size - 5 + body);
        reading_end(&reading);
        g_free(text);
    }
}

static void test_transfer_encodings(void **state)
{
    static const struct {
        const char *value;
        bool chunked;
    } cases[] = {
        { " chunked", true },       { "chunked", true },      { "CHUNKED ", true },
        { "gzip,chunked", true },   { "gzip chunked", true }, { "chunked, gzip", false },
        { "identity", false },      { "not-chunked", false }, { "", false },
        { "chunked;q=0.5", false }, { "hunked", false },      { "chunkex", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Reading reading;
        char *text = g_strdup_printf("POST / HTTP/1.1\r\nTransfer-Encoding:%s\r\n\r\n", cases[i].value);

        assert_true(reading_start(&reading, text, strlen(text)));
        assert_int_equal(reading.message.chunked, cases[i].chunked);
        reading_end(&reading);
        g_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http10_response_without_length),
        cmocka_unit_test(test_no_body),
        cmocka_unit_test(test_chunked),
        cmocka_unit_test(test_chunk_that_ends_in_cr),
        cmocka_unit_test(test_chunks_that_do_not_end),
        cmocka_unit_test(test_content_lengths),
        cmocka_unit_test(test_transfer_encodings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
