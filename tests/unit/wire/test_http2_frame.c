/* test_http2_frame.c
 * HTTP/2 frames, and header lists as Wireshark lays them out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http_reading.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

static bool read_frame(const char *bytes, size_t size, ScepHttp2Frame *frame, size_t *offset)
{
    uint8_t *data = g_memdup2(bytes, size);
    const bool found = scep_http2_frame_read(data, size, offset, frame);

    g_free(data);
    return found;
}

/* A request as a client sends it: preface, SETTINGS, a padded HEADERS frame with priority whose header block goes on in
 * CONTINUATION, and padded DATA that ends the stream. */
static void test_conversation(void **state)
{
    static const char bytes[] = PREFACE "\x00\x00\x06\x04\x00\x00\x00\x00\x00"
                                        "\x00\x03\x00\x00\x00\x64"
                                        "\x00\x00\x0b\x01\x28\x80\x00\x00\x01"
                                        "\x02"
                                        "\x80\x00\x00\x00\x10"
                                        "abc"
                                        "\x00\x00"
                                        "\x00\x00\x02\x09\x04\x00\x00\x00\x01"
                                        "de"
                                        "\x00\x00\x07\x00\x09\x00\x00\x00\x01"
                                        "\x03"
                                        "0\x82\x01"
                                        "\x00\x00\x00"
                                        "\x00\x00\x00\x00\x00\x00\x00\x00\x03";
    static const struct {
        uint8_t type;
        uint8_t flags;
        uint32_t stream_id;
        const char *payload;
        bool end_stream;
        bool end_headers;
    } expected[] = {
        { 4, 0x00, 0, NULL, false, false }, { 1, 0x28, 1, "abc", false, false },
        { 9, 0x04, 1, "de", false, true },  { 0, 0x09, 1, "0\x82\x01", true, false },
        { 0, 0x00, 3, "", false, false },
    };
    const size_t size = sizeof bytes - 1;
    uint8_t *data = g_memdup2(bytes, size);
    ScepHttp2Frame frame;
    size_t offset = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        assert_true(scep_http2_frame_read(data, size, &offset, &frame));
        assert_int_equal(frame.type, expected[i].type);
        assert_int_equal(frame.flags, expected[i].flags);
        assert_int_equal(frame.stream_id, expected[i].stream_id);
        assert_int_equal(frame.end_stream, expected[i].end_stream);
        assert_int_equal(frame.end_headers, expected[i].end_headers);
        if (expected[i].payload != NULL)
            assert_span(data, frame.payload, expected[i].payload);
        else
            assert_int_equal(frame.payload.length, 6);
    }
    assert_int_equal(offset, size);
    assert_false(scep_http2_frame_read(data, size, &offset, &frame));
    assert_int_equal(offset, size);
    g_free(data);
}

/* A flag means something only on the types that define it: 0x08 on SETTINGS is no padding, 0x01 on it no end. */
static void test_flags_by_type(void **state)
{
    static const struct {
        uint8_t type;
        uint8_t stream;
        size_t front;
        size_t padding;
        bool end_stream;
        bool end_headers;
    } cases[] = {
        { 0, 1, 1, 2, true, false },   { 1, 1, 6, 2, true, true },     { 2, 1, 0, 0, false, false },
        { 3, 1, 0, 0, false, false },  { 4, 0, 0, 0, false, false },   { 5, 2, 1, 2, false, false },
        { 6, 0, 0, 0, false, false },  { 7, 0, 0, 0, false, false },   { 8, 0, 0, 0, false, false },
        { 8, 1, 0, 0, false, false },  { 9, 1, 0, 0, false, true },    { 10, 0, 0, 0, false, false },
        { 10, 1, 0, 0, false, false }, { 255, 9, 0, 0, false, false },
    };
    char bytes[9 + 12] = "\x00\x00\x0c";
    const size_t payload = 12;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        ScepHttp2Frame frame;
        size_t offset = 0;

        bytes[3] = (char)cases[i].type;
        bytes[4] = (char)0xff;
        bytes[8] = (char)cases[i].stream;
        bytes[9] = 2;
        assert_true(read_frame(bytes, sizeof bytes, &frame, &offset));
        assert_int_equal(offset, sizeof bytes);
        assert_int_equal(frame.flags, 0xff);
        assert_int_equal(frame.payload.offset, 9 + cases[i].front);
        assert_int_equal(frame.payload.length, payload - cases[i].front - cases[i].padding);
        assert_int_equal(frame.end_stream, cases[i].end_stream);
        assert_int_equal(frame.end_headers, cases[i].end_headers);
    }
}

static void test_no_frame(void **state)
{
    static const struct {
        const char *why;
        const char *bytes;
        size_t size;
    } cases[] = {
#define FRAME(why, bytes) { why, bytes, sizeof(bytes) - 1 }
        FRAME("nothing", ""),
        FRAME("header cut", "\x00\x00\x00\x04\x00\x00\x00\x00"),
        FRAME("payload cut", "\x00\x00\x02\x04\x00\x00\x00\x00\x00"
                             "x"),
        FRAME("length of 16 MiB", "\xff\xff\xff\x04\x00\x00\x00\x00\x00"
                                  "x"),
        FRAME("preface only", PREFACE),
        FRAME("preface and a cut frame", PREFACE "\x00\x00\x06\x04\x00"),
        FRAME("DATA on stream 0", "\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
        FRAME("HEADERS on stream 0", "\x00\x00\x00\x01\x00\x80\x00\x00\x00"),
        FRAME("SETTINGS on stream 1", "\x00\x00\x00\x04\x00\x00\x00\x00\x01"),
        FRAME("no pad length", "\x00\x00\x00\x00\x08\x00\x00\x00\x01"),
        FRAME("more padding than payload", "\x00\x00\x03\x00\x08\x00\x00\x00\x01"
                                           "\x03"
                                           "ab"),
        FRAME("priority cut", "\x00\x00\x04\x01\x20\x00\x00\x00\x01"
                              "abcd"),
        FRAME("priority and padding over it", "\x00\x00\x07\x01\x28\x00\x00\x00\x01"
                                              "\x02"
                                              "abcdef"),
#undef FRAME
    };
    static const ScepHttp2Frame zero;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        ScepHttp2Frame frame;
        size_t offset = 0;

        memset(&frame, 0xff, sizeof frame);
        if (read_frame(cases[i].bytes, cases[i].size, &frame, &offset))
            fail_msg("read a frame: %s", cases[i].why);
        assert_int_equal(offset, 0);
        assert_memory_equal(&frame, &zero, sizeof zero);
    }
}

static void test_padding_to_the_brim(void **state)
{
    static const char data_frame[] = "\x00\x00\x03\x00\x08\x00\x00\x00\x01"
                                     "\x02"
                                     "ab";
    static const char headers_frame[] = "\x00\x00\x07\x01\x28\x00\x00\x00\x01"
                                        "\x01"
                                        "abcdef";
    ScepHttp2Frame frame;
    size_t offset = 0;

    (void)state;
    assert_true(read_frame(data_frame, sizeof data_frame - 1, &frame, &offset));
    assert_int_equal(frame.payload.length, 0);
    offset = 0;
    assert_true(read_frame(headers_frame, sizeof headers_frame - 1, &frame, &offset));
    assert_int_equal(frame.payload.length, 0);
}

static void test_frame_offset_outside(void **state)
{
    static const char bytes[] = "\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    ScepHttp2Frame frame;
    size_t offset = SIZE_MAX;

    (void)state;
    assert_false(read_frame(bytes, sizeof bytes - 1, &frame, &offset));
    assert_true(offset == SIZE_MAX);
    offset = 0;
    assert_false(scep_http2_frame_read(NULL, 0, &offset, &frame));
}

static void test_header_list(void **state)
{
    static const char bytes[] = "\x00\x00\x00\x07:method"
                                "\x00\x00\x00\x04POST"
                                "\x00\x00\x00\x05:path"
                                "\x00\x00\x00\x05/scep"
                                "\x00\x00\x00\x00"
                                "\x00\x00\x00\x00"
                                "\x00\x00\x00\x06"
                                "accept"
                                "\x00\x00\x00\x04"
                                "*/*";
    static const char *const expected[][2] = { { ":method", "POST" }, { ":path", "/scep" }, { "", "" } };
    const size_t size = sizeof bytes - 1;
    uint8_t *data = g_memdup2(bytes, size);
    ScepSpan name;
    ScepSpan value;
    size_t offset = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        assert_true(scep_http2_field_read(data, size, &offset, &name, &value));
        assert_span(data, name, expected[i][0]);
        assert_span(data, value, expected[i][1]);
    }
    /* The value of the last one is an octet short. */
    const size_t before = offset;
    assert_false(scep_http2_field_read(data, size, &offset, &name, &value));
    assert_int_equal(offset, before);
    g_free(data);
}

static void test_header_list_lengths(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
#define FIELD(bytes) { bytes, sizeof(bytes) - 1 }
        FIELD(""),
        FIELD("\x00\x00\x00"),
        FIELD("\x00\x00\x00\x01"),
        FIELD("\x00\x00\x00\x01"
              "a"),
        FIELD("\x00\x00\x00\x01"
              "a"
              "\x00\x00\x00"),
        FIELD("\xff\xff\xff\xff"
              "a"
              "\x00\x00\x00\x01"
              "b"),
        FIELD("\x00\x00\x00\x01"
              "a"
              "\xff\xff\xff\xff"
              "b"),
        FIELD("\x00\x00\x00\x09"
              "a"
              "\x00\x00\x00\x01"
              "b"),
#undef FIELD
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t *data = g_memdup2(cases[i].bytes, cases[i].size);
        ScepSpan name;
        ScepSpan value;
        size_t offset = 0;

        assert_false(scep_http2_field_read(data, cases[i].size, &offset, &name, &value));
        assert_int_equal(offset, 0);
        offset = SIZE_MAX;
        assert_false(scep_http2_field_read(data, cases[i].size, &offset, &name, &value));
        g_free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversation),
        cmocka_unit_test(test_flags_by_type),
        cmocka_unit_test(test_no_frame),
        cmocka_unit_test(test_padding_to_the_brim),
        cmocka_unit_test(test_frame_offset_outside),
        cmocka_unit_test(test_header_list),
        cmocka_unit_test(test_header_list_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
