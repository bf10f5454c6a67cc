/* test_tls_stream.c
 * Records of TLS however they are cut, hellos and certificates in them, and what only looks like TLS.
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
#include "tls_builder.h"
#include "wire/tls_stream.h"

/* ---- what a stream tells ----------------------------------------------------------------------------------------- */

/* "H11:4 A2:48 D100": handshake type and size, alert level and description, size of data. */
static void log_event(const ScepTlsEvent *event, void *user)
{
    GString *log = user;
    const char *blank = log->len > 0 ? " " : "";

    if (event->kind == SCEP_TLS_HANDSHAKE)
        g_string_append_printf(log, "%sH%u:%zu", blank, event->type, event->size);
    else if (event->kind == SCEP_TLS_ALERT)
        g_string_append_printf(log, "%sA%u:%u", blank, event->is_fatal ? 2 : 1, event->type);
    else
        g_string_append_printf(log, "%sD%zu", blank, event->size);
}

/* Octets in a buffer of their own, so that a step too far is seen. */
static void feed(ScepTlsStream *stream, const uint8_t *bytes, size_t size, size_t missing, GString *log)
{
    uint8_t *copy = g_memdup2(bytes, size);

    scep_tls_stream_feed(stream, copy, size, missing, log_event, log);
    g_free(copy);
}

/* The stream in pieces that end at these offsets. */
static void assert_pieces(const GByteArray *bytes, size_t one, size_t two, const char *expected)
{
    ScepTlsStream stream = { 0 };
    GString *log = g_string_new("");

    feed(&stream, bytes->data, one, 0, log);
    feed(&stream, bytes->data + one, two - one, 0, log);
    feed(&stream, bytes->data + two, bytes->len - two, 0, log);
    if (strcmp(log->str, expected) != 0)
        fail_msg("cut at %zu and %zu: %s", one, two, log->str);
    assert_false(stream.lost);
    assert_null(stream.handshake);
    scep_tls_stream_clear(&stream);
    g_string_free(log, TRUE);
}

/* Two messages in one record, one message in three records, alerts, an empty record, what is encrypted, data. */
static GByteArray *whole_stream(void)
{
    GByteArray *message = tls_message(SCEP_TLS_CERTIFICATE, tls_zeros(30));
    GByteArray *out = der_join(
        tls_record(TLS_HANDSHAKE,
                   der_join(tls_message(SCEP_TLS_SERVER_HELLO, tls_zeros(7)), tls_message(14, tls_zeros(0)), END)),
        tls_record(TLS_HANDSHAKE, der_raw(message->data, 2)), tls_record(TLS_HANDSHAKE, der_raw(message->data + 2, 20)),
        tls_record(TLS_HANDSHAKE, der_raw(message->data + 22, message->len - 22)), tls_alert(1, 90), tls_data(0),
        tls_record(TLS_CHANGE_CIPHER, tls_number(1, 1)), tls_record(TLS_HANDSHAKE, tls_zeros(40)),
        tls_record(TLS_ALERT, tls_zeros(26)), tls_data(50), tls_record(24, tls_zeros(9)), tls_data(3), END);

    g_byte_array_unref(message);
    return out;
}

static const char whole_events[] = "H2:7 H14:0 H11:30 A1:90 D0 D50 D3";

static void test_cut_at_every_octet(void **state)
{
    GByteArray *bytes = whole_stream();

    (void)state;
    for (size_t one = 0; one <= bytes->len; one++) {
        assert_pieces(bytes, one, one, whole_events);
        assert_pieces(bytes, one, MIN(one + 1, bytes->len), whole_events);
    }
    g_byte_array_unref(bytes);
}

static void test_octet_by_octet(void **state)
{
    GByteArray *bytes = whole_stream();
    ScepTlsStream stream = { 0 };
    GString *log = g_string_new("");

    (void)state;
    for (guint i = 0; i < bytes->len; i++)
        feed(&stream, bytes->data + i, 1, 0, log);
    assert_string_equal(log->str, whole_events);
    scep_tls_stream_clear(&stream);
    g_byte_array_unref(bytes);
    g_string_free(log, TRUE);
}

/* The end of the capture may come anywhere: what was unfinished is forgotten with the stream. */
static void test_ends_anywhere(void **state)
{
    GByteArray *bytes = whole_stream();
    static const ScepTlsStream zero;

    (void)state;
    for (guint end = 0; end < bytes->len; end++) {
        ScepTlsStream stream = { 0 };
        GString *log = g_string_new("");
        feed(&stream, bytes->data, end, 0, log);
        assert_memory_equal(log->str, whole_events, log->len);
        scep_tls_stream_clear(&stream);
        assert_memory_equal(&stream, &zero, sizeof zero);
        g_string_free(log, TRUE);
    }
    g_byte_array_unref(bytes);
}

static void test_missing_octets(void **state)
{
    static const struct {
        const char *why;
        uint8_t type;
        unsigned seen; /* octets of a record with 100 of them */
        size_t missing;
        bool lost;
    } rows[] = {
        { "nothing", TLS_DATA, 40, 0, false },
        { "some of its content", TLS_DATA, 40, 10, false },
        { "all but one", TLS_DATA, 40, 59, false },
        { "up to its end", TLS_DATA, 40, 60, false },
        { "beyond it", TLS_DATA, 40, 61, true },
        { "all of its content", TLS_DATA, 0, 100, false },
        { "behind its end", TLS_DATA, 100, 1, true },
        { "very much", TLS_DATA, 40, SIZE_MAX, true },
        { "of a handshake", TLS_HANDSHAKE, 40, 60, true },
        { "of something encrypted", TLS_ALERT, 40, 60, true },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GByteArray *record = tls_record(rows[i].type, tls_zeros(100)), *next = tls_data(7);
        ScepTlsStream stream = { 0 };
        GString *log = g_string_new("");
        feed(&stream, record->data, 5 + rows[i].seen, rows[i].missing, log);
        if (stream.lost != rows[i].lost)
            fail_msg("%s: lost is %d", rows[i].why, stream.lost);
        if (!rows[i].lost)
            feed(&stream, record->data + 5 + rows[i].seen + rows[i].missing, 95 + 5 - rows[i].seen - rows[i].missing, 0,
                 log);
        g_string_truncate(log, 0);
        feed(&stream, next->data, next->len, 0, log);
        assert_string_equal(log->str, rows[i].lost ? "" : "D7");
        scep_tls_stream_clear(&stream);
        g_byte_array_unref(record);
        g_byte_array_unref(next);
        g_string_free(log, TRUE);
    }
}

/* Nothing but octets that the capture lacks, as a segment that was cut to its header brings them. */
static void test_nothing_but_missing(void **state)
{
    ScepTlsStream stream = { 0 };
    GByteArray *record = tls_data(100);
    GString *log = g_string_new("");

    (void)state;
    feed(&stream, record->data, 5, 0, log);
    scep_tls_stream_feed(&stream, NULL, 0, 60, log_event, log);
    assert_false(stream.lost);
    scep_tls_stream_feed(&stream, NULL, 0, 40, log_event, log);
    assert_false(stream.lost);
    scep_tls_stream_feed(&stream, NULL, 0, 1, log_event, log);
    assert_true(stream.lost);
    scep_tls_stream_clear(&stream);
    g_byte_array_unref(record);
    g_string_free(log, TRUE);
}

static void test_no_records(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool lost;
    } rows[] = {
#define HEADER(bytes, lost) { bytes, sizeof(bytes) - 1, lost }
        HEADER("\x14\x03\x03\x00\x01", false),
        HEADER("\x18\x03\x03\x00\x01", false),
        HEADER("\x17\x03\x00\x48\x00", false),
        HEADER("\x17\x03\x03\x48\x01", true),
        HEADER("\x17\x03\x03\xff\xff", true),
        HEADER("\x13\x03\x03\x00\x01", true),
        HEADER("\x19\x03\x03\x00\x01", true),
        HEADER("\x17\x02\x03\x00\x01", true),
        HEADER("\x17\x04\x03\x00\x01", true),
        HEADER("\x00\x00\x00\x00\x00", true),
        HEADER("GET /", true),
        HEADER("\x80\x2e\x01\x03\x01", true), /* a hello of SSL 2 */
        HEADER("\x17\x03\x03\x00", false),
#undef HEADER
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTlsStream stream = { 0 };
        GString *log = g_string_new("");
        feed(&stream, (const uint8_t *)rows[i].bytes, rows[i].size, 0, log);
        if (stream.lost != rows[i].lost)
            fail_msg("row %zu: lost is %d", i, stream.lost);
        if (rows[i].lost) {
            GByteArray *record = tls_data(7);
            feed(&stream, record->data, record->len, 0, log);
            assert_string_equal(log->str, "");
            g_byte_array_unref(record);
        }
        scep_tls_stream_clear(&stream);
        g_string_free(log, TRUE);
    }
}

/* One that announces 16 MiB is not waited for. */
static void test_endless_message(void **state)
{
    GByteArray *start = tls_record(TLS_HANDSHAKE, der_raw("\x0b\xff\xff\xff", 4));
    GByteArray *more = tls_record(TLS_HANDSHAKE, tls_zeros(16384));
    ScepTlsStream stream = { 0 };
    GString *log = g_string_new("");

    (void)state;
    feed(&stream, start->data, start->len, 0, log);
    for (unsigned i = 0; i < 3; i++) {
        feed(&stream, more->data, more->len, 0, log);
        assert_false(stream.lost);
        assert_true(stream.handshake->len <= SCEP_MAX_TLS_HANDSHAKE);
    }
    feed(&stream, more->data, more->len, 0, log);
    assert_true(stream.lost);
    assert_null(stream.handshake);
    assert_string_equal(log->str, "");
    scep_tls_stream_clear(&stream);
    g_byte_array_unref(start);
    g_byte_array_unref(more);
    g_string_free(log, TRUE);
}

/* ---- hellos ------------------------------------------------------------------------------------------------------ */

static bool read_hello(GByteArray *body, bool is_client, ScepTlsHello *hello)
{
    size_t size;
    uint8_t *bytes = der_exact(body, &size);
    const bool whole = scep_tls_read_hello(bytes, size, is_client, hello);

    g_free(bytes);
    return whole;
}

static GByteArray *long_name(unsigned length)
{
    char *name = g_strnfill(length, 'a');
    GByteArray *out = tls_server_name(name, length);

    g_free(name);
    return out;
}

static GByteArray *versions(const char *list, size_t size)
{
    return tls_extension(43, tls_vector(1, der_raw(list, size)));
}

static void test_client_hello(void **state)
{
    const struct {
        GByteArray *extensions;
        const char *host;
        uint16_t version;
        bool http2;
    } rows[] = {
        { NULL, "", SCEP_TLS_1_2, false },
        { g_byte_array_new(), "", SCEP_TLS_1_2, false },
        { tls_server_name("ndes.contoso.com", 16), "ndes.contoso.com", SCEP_TLS_1_2, false },
        { tls_server_name("NDES.Contoso.COM", 16), "ndes.contoso.com", SCEP_TLS_1_2, false },
        { tls_server_name("", 0), "", SCEP_TLS_1_2, false },
        { tls_server_name("a\0b", 3), "", SCEP_TLS_1_2, false },
        { tls_server_name("a\nb \xff"
                          "c",
                          6),
          "a?b??c", SCEP_TLS_1_2, false },
        { long_name(256), "", SCEP_TLS_1_2, false },
        /* A name of some other type, then a host. */
        { tls_extension(0, tls_vector(2, der_raw("\x07\x00\x01x\x00\x00\x01y", 8))), "y", SCEP_TLS_1_2, false },
        { tls_protocols("http/1.1"), "", SCEP_TLS_1_2, false },
        { tls_protocols("http/1.1,h2"), "", SCEP_TLS_1_2, true },
        { tls_protocols("h2c,h,xh2"), "", SCEP_TLS_1_2, false },
        { versions("\x03\x04\x03\x03", 4), "", SCEP_TLS_1_3, false },
        { versions("\x7a\x7a\x03\x04\xfa\xfa", 6), "", SCEP_TLS_1_3, false },
        { versions("\x7a\x7a\x03\x03\x03", 5), "", SCEP_TLS_1_2, false },
        { der_join(tls_extension(0x0a0a, g_byte_array_new()), tls_server_name("x.example", 9), tls_protocols("h2"),
                   versions("\x03\x04", 2), END),
          "x.example", SCEP_TLS_1_3, true },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTlsHello hello;
        assert_true(read_hello(tls_client_hello_with(rows[i].extensions), true, &hello));
        assert_string_equal(hello.host, rows[i].host);
        assert_int_equal(hello.version, rows[i].version);
        assert_int_equal(hello.http2, rows[i].http2);
    }
    ScepTlsHello hello;
    assert_true(read_hello(tls_client_hello_with(long_name(255)), true, &hello));
    assert_int_equal(strlen(hello.host), 255);
}

static void test_server_hello(void **state)
{
    static const struct {
        unsigned version;
        const char *protocol;
        bool http2;
    } rows[] = {
        { 0x0301, NULL, false },       { SCEP_TLS_1_2, NULL, false },
        { SCEP_TLS_1_2, "h2", true },  { SCEP_TLS_1_2, "http/1.1", false },
        { SCEP_TLS_1_3, NULL, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTlsHello hello;
        assert_true(read_hello(tls_server_hello(rows[i].version, rows[i].protocol), false, &hello));
        assert_int_equal(hello.version, rows[i].version);
        assert_int_equal(hello.http2, rows[i].http2);
        assert_string_equal(hello.host, "");
    }
}

/* What was there until it broke off is kept. */
static void test_hello_truncated(void **state)
{
    GByteArray *body = tls_client_hello("ndes.contoso.com", "h2");
    GByteArray *bare = tls_client_hello_with(NULL);
    const guint no_extensions = bare->len;

    (void)state;
    for (guint size = 0; size < body->len; size++) {
        ScepTlsHello hello;
        assert_int_equal(read_hello(der_raw(body->data, size), true, &hello), size == no_extensions);
        if (size >= no_extensions + 2 + 4 + 5 + 16)
            assert_string_equal(hello.host, "ndes.contoso.com");
        assert_int_equal(hello.version >= SCEP_TLS_1_2, size >= 2);
    }
    g_byte_array_unref(body);
    g_byte_array_unref(bare);
}

/* Every octet is a length that lies once. */
static void test_hello_with_lies(void **state)
{
    static const uint8_t lies[] = { 0x00, 0x01, 0x7f, 0xff };

    (void)state;
    for (int is_client = 0; is_client < 2; is_client++) {
        GByteArray *body =
            is_client ? tls_client_hello("ndes.contoso.com", "h2") : tls_server_hello(SCEP_TLS_1_3, "h2");
        for (guint at = 0; at < body->len; at++) {
            for (size_t k = 0; k < sizeof lies; k++) {
                ScepTlsHello hello;
                GByteArray *bad = der_raw(body->data, body->len);
                bad->data[at] = lies[k];
                read_hello(bad, is_client, &hello);
                assert_non_null(memchr(hello.host, '\0', sizeof hello.host));
            }
        }
        g_byte_array_unref(body);
    }
}

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

static void test_certificate(void **state)
{
    static const struct {
        const char *body;
        size_t size;
        bool found;
        size_t offset;
        size_t length;
    } rows[] = {
#define BODY(body, ...) { body, sizeof(body) - 1, __VA_ARGS__ }
        BODY("\x00\x00\x00", true, 0, 0),
        BODY("\x00\x00\x05\x00\x00\x02"
             "ab",
             true, 6, 2),
        BODY("\x00\x00\x0a\x00\x00\x02"
             "ab"
             "\x00\x00\x02"
             "cd",
             true, 6, 2),
        BODY("\x00\x00\x05\x00\x00\x02"
             "ab"
             "behind",
             true, 6, 2),
        BODY("\x00\x00\x03\x00\x00\x00", true, 6, 0),
        BODY("", false, 0, 0),
        BODY("\x00\x00", false, 0, 0),
        BODY("\x00\x00\x05", false, 0, 0),
        BODY("\x00\x00\x05\x00\x00", false, 0, 0),
        BODY("\x00\x00\x05\x00\x00\x02"
             "a",
             false, 0, 0),
        BODY("\x00\x00\x05\x00\x00\x03"
             "ab",
             false, 0, 0),
        BODY("\xff\xff\xff\xff\xff\xff"
             "ab",
             false, 0, 0),
#undef BODY
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t *copy = g_memdup2(rows[i].body, rows[i].size);
        ScepSpan span = { 77, 77 };
        assert_int_equal(scep_tls_read_certificate(copy, rows[i].size, &span), rows[i].found);
        assert_int_equal(span.offset, rows[i].offset);
        assert_int_equal(span.length, rows[i].length);
        g_free(copy);
    }
}

static void test_is_client_hello(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool expected;
    } rows[] = {
        { "\x16\x03\x01\x02\x00\x01", 6, true },  { "\x16\x03\x04\x02\x00\x01", 6, true },
        { "\x16\x03\x05\x02\x00\x01", 6, false }, { "\x16\x02\x01\x02\x00\x01", 6, false },
        { "\x16\x03\x01\x02\x00\x02", 6, false }, { "\x17\x03\x01\x02\x00\x01", 6, false },
        { "\x16\x03\x01\x02\x00", 5, false },     { "", 0, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t *copy = g_memdup2(rows[i].bytes, rows[i].size);
        assert_int_equal(scep_tls_is_client_hello(copy, rows[i].size), rows[i].expected);
        g_free(copy);
    }
}

static void test_alert_names(void **state)
{
    static const struct {
        uint8_t description;
        const char *name;
    } rows[] = {
        { 0, "close_notify" },
        { 40, "handshake_failure" },
        { 42, "bad_certificate" },
        { 48, "unknown_ca" },
        { 112, "unrecognized_name" },
        { 116, "certificate_required" },
        { 120, "no_application_protocol" },
        { 1, "alert" },
        { 255, "alert" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_string_equal(scep_tls_alert_name(rows[i].description), rows[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_at_every_octet),  cmocka_unit_test(test_octet_by_octet),
        cmocka_unit_test(test_ends_anywhere),       cmocka_unit_test(test_missing_octets),
        cmocka_unit_test(test_nothing_but_missing), cmocka_unit_test(test_no_records),
        cmocka_unit_test(test_endless_message),     cmocka_unit_test(test_client_hello),
        cmocka_unit_test(test_server_hello),        cmocka_unit_test(test_hello_truncated),
        cmocka_unit_test(test_hello_with_lies),     cmocka_unit_test(test_certificate),
        cmocka_unit_test(test_is_client_hello),     cmocka_unit_test(test_alert_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
