/* test_ndr.c
 * The reader for NDR stubs: both transfer syntaxes, both byte orders, and every way in which a count can be wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ndr_builder.h"
#include "scep/limits.h"
#include "rpc/ndr.h"

static const unsigned all_flags[] = { 0, SCEP_NDR_BIG_ENDIAN, SCEP_NDR_64, SCEP_NDR_64 | SCEP_NDR_BIG_ENDIAN };

/* A cursor with problems of its own. */
typedef struct {
    ScepNdr ndr;
    GArray *problems;
} Reading;

static Reading read_bytes(const uint8_t *bytes, size_t size, size_t reported, unsigned flags)
{
    Reading reading = { .problems = g_array_new(FALSE, FALSE, sizeof(ScepNdrProblem)) };

    scep_ndr_init(&reading.ndr, bytes, size, reported, flags, reading.problems);
    reading.ndr.parameter = "parameter";
    return reading;
}

static Reading read_stub(const Stub *stub)
{
    return read_bytes(stub->bytes->data, stub->bytes->len, stub->bytes->len, stub->flags);
}

static void end(Reading *reading, Stub *stub)
{
    g_array_unref(reading->problems);
    stub_free(stub);
}

static void assert_problem(const Reading *reading, guint index, ScepNdrProblemCode code)
{
    assert_true(index < reading->problems->len);
    const ScepNdrProblem *problem = &g_array_index(reading->problems, ScepNdrProblem, index);
    assert_int_equal(problem->code, code);
    assert_true(problem->where.offset + problem->where.length <= reading->ndr.size);
    char *text = scep_ndr_new_problem_text(problem);
    assert_true(g_str_has_prefix(text, scep_ndr_problem_info(code)->text));
    assert_non_null(strstr(text, "parameter"));
    g_free(text);
}

static void assert_only_problem(const Reading *reading, ScepNdrProblemCode code)
{
    assert_int_equal(reading->problems->len, 1);
    assert_problem(reading, 0, code);
}

static void test_scalars(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(all_flags); i++) {
        Stub stub = stub_new(all_flags[i]);
        uint16_t small;
        uint32_t number;
        uint64_t word;
        ScepSpan where;

        stub_scalar(&stub, 0x1234, 2);
        stub_u32(&stub, 0xdeadbeef);
        stub_word(&stub, 0xfedcba98);
        Reading reading = read_stub(&stub);
        assert_true(scep_ndr_u16(&reading.ndr, &small, NULL));
        assert_int_equal(small, 0x1234);
        assert_true(scep_ndr_u32(&reading.ndr, &number, &where));
        assert_int_equal(number, 0xdeadbeef);
        assert_int_equal(where.offset, 4);
        assert_int_equal(where.length, 4);
        assert_true(scep_ndr_word(&reading.ndr, &word, &where));
        assert_int_equal(word, 0xfedcba98);
        assert_int_equal(where.length, (all_flags[i] & SCEP_NDR_64) ? 8 : 4);
        assert_false(scep_ndr_u32(&reading.ndr, &number, NULL));
        assert_int_equal(number, 0);
        assert_only_problem(&reading, SCEP_NDR_SHORT);
        assert_false(scep_ndr_u16(&reading.ndr, &small, NULL));
        assert_int_equal(reading.problems->len, 1);
        end(&reading, &stub);
    }
}

static void test_string(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(all_flags); i++) {
        Stub stub = stub_new(all_flags[i]);
        ScepNdrPointee first, null, second;
        uint32_t after;

        stub_u32(&stub, 1);
        stub_string(&stub, "Contoso CA");
        stub_string(&stub, NULL);
        stub_string(&stub, "");
        stub_u32(&stub, 7);
        Reading reading = read_stub(&stub);
        assert_true(scep_ndr_u32(&reading.ndr, &after, NULL));
        assert_true(scep_ndr_string(&reading.ndr, 1536, &first));
        assert_true(scep_ndr_string(&reading.ndr, 1536, &null));
        assert_true(scep_ndr_string(&reading.ndr, 1536, &second));
        assert_true(scep_ndr_u32(&reading.ndr, &after, NULL));
        assert_int_equal(after, 7);
        assert_int_equal(reading.problems->len, 0);
        assert_string_equal(first.text, "Contoso CA");
        assert_int_equal(first.octets.length, 20);
        assert_int_equal(first.whole.offset, (all_flags[i] & SCEP_NDR_64) ? 8 : 4);
        assert_int_equal(first.whole.length, ((all_flags[i] & SCEP_NDR_64) ? 32 : 16) + 22);
        assert_true(null.null);
        assert_null(null.text);
        assert_string_equal(second.text, "");
        assert_false(second.null);
        g_free(first.text);
        g_free(second.text);
        end(&reading, &stub);
    }
}

static void test_blob(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(all_flags); i++) {
        Stub stub = stub_new(all_flags[i]);
        ScepNdrPointee blob, empty;
        uint32_t after;

        stub_u32(&stub, 1);
        stub_blob(&stub, "12345", 5);
        stub_blob(&stub, "", 0);
        stub_u32(&stub, 7);
        Reading reading = read_stub(&stub);
        assert_true(scep_ndr_u32(&reading.ndr, &after, NULL));
        assert_true(scep_ndr_blob(&reading.ndr, &blob));
        assert_true(scep_ndr_blob(&reading.ndr, &empty));
        assert_true(scep_ndr_u32(&reading.ndr, &after, NULL));
        assert_int_equal(after, 7);
        assert_int_equal(reading.problems->len, 0);
        assert_int_equal(blob.size, 5);
        assert_int_equal(blob.octets.length, 5);
        assert_memory_equal(stub.bytes->data + blob.octets.offset, "12345", 5);
        assert_false(blob.null);
        assert_true(empty.null);
        assert_int_equal(empty.octets.length, 0);
        end(&reading, &stub);
    }
}

/* max_count, offset, actual_count and characters that are there, against what is to be said of it. */
static const struct {
    uint64_t max_count, offset, actual;
    const char *characters;
    bool terminated;
    ScepNdrProblemCode problem;
    bool goes_on;
    const char *text;
} bad_strings[] = {
    { 4, 0, 3, "ab", true, SCEP_NDR_PROBLEM_COUNT, true, "ab" },
    { 3, 0, 3, "abc", false, SCEP_NDR_NOT_TERMINATED, true, "abc" },
    { 3, 0, 4, "abc", true, SCEP_NDR_STRING_COUNT, true, "abc" },
    { 9, 2, 3, "ab", true, SCEP_NDR_STRING_OFFSET, true, "ab" },
    { 2000, 0, 3, "ab", true, SCEP_NDR_OUT_OF_RANGE, true, "ab" },
    { 1000, 0, 1000, "abc", false, SCEP_NDR_COUNT_TOO_LARGE, false, "abc" },
};

static void test_bad_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad_strings) * G_N_ELEMENTS(all_flags); i++) {
        const size_t row = i / G_N_ELEMENTS(all_flags);
        Stub stub = stub_new(all_flags[i % G_N_ELEMENTS(all_flags)]);
        ScepNdrPointee string;

        stub_word(&stub, 1);
        stub_word(&stub, bad_strings[row].max_count);
        stub_word(&stub, bad_strings[row].offset);
        stub_word(&stub, bad_strings[row].actual);
        stub_units(&stub, bad_strings[row].characters);
        if (bad_strings[row].terminated)
            stub_scalar(&stub, 0, 2);
        Reading reading = read_stub(&stub);
        assert_int_equal(scep_ndr_string(&reading.ndr, 1536, &string), bad_strings[row].goes_on);
        assert_string_equal(string.text, bad_strings[row].text);
        if (bad_strings[row].problem == SCEP_NDR_PROBLEM_COUNT)
            assert_int_equal(reading.problems->len, 0);
        else
            assert_only_problem(&reading, bad_strings[row].problem);
        assert_int_equal(reading.ndr.stopped, !bad_strings[row].goes_on);
        g_free(string.text);
        end(&reading, &stub);
    }
}

/* Counts at the edge of their type do not wrap around. */
static void test_huge_counts(void **state)
{
    static const uint64_t counts[] = {
        0x7fffffff, 0x80000000, 0xffffffff, UINT64_C(0x7fffffffffffffff), UINT64_C(0x8000000000000001), UINT64_MAX
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        const unsigned flags = counts[i] > UINT32_MAX ? SCEP_NDR_64 : 0;
        Stub string_stub = stub_new(flags), blob_stub = stub_new(flags);
        ScepNdrPointee pointee;

        stub_word(&string_stub, 1);
        stub_word(&string_stub, counts[i]);
        stub_word(&string_stub, 0);
        stub_word(&string_stub, counts[i]);
        stub_units(&string_stub, "x");
        Reading reading = read_stub(&string_stub);
        assert_false(scep_ndr_string(&reading.ndr, UINT64_MAX, &pointee));
        assert_only_problem(&reading, SCEP_NDR_COUNT_TOO_LARGE);
        assert_string_equal(pointee.text, "x");
        g_free(pointee.text);
        end(&reading, &string_stub);

        stub_blob_parts(&blob_stub, (uint32_t)counts[i], 1, counts[i], "y", 1);
        reading = read_stub(&blob_stub);
        assert_false(scep_ndr_blob(&reading.ndr, &pointee));
        assert_problem(&reading, reading.problems->len - 1, SCEP_NDR_COUNT_TOO_LARGE);
        assert_int_equal(pointee.octets.length, 1);
        end(&reading, &blob_stub);
    }
}

static void test_bad_blobs(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(all_flags); i++) {
        Stub stub = stub_new(all_flags[i]);
        ScepNdrPointee differs, null, empty;
        uint32_t after;

        stub_blob_parts(&stub, 9, 1, 4, "abcd", 4);
        stub_blob_parts(&stub, 5, 0, 0, NULL, 0);
        stub_blob_parts(&stub, 0, 1, 0, "", 0);
        stub_u32(&stub, 7);
        Reading reading = read_stub(&stub);
        assert_true(scep_ndr_blob(&reading.ndr, &differs));
        assert_int_equal(differs.octets.length, 4);
        assert_int_equal(differs.size, 9);
        assert_true(scep_ndr_blob(&reading.ndr, &null));
        assert_int_equal(null.octets.length, 0);
        assert_true(scep_ndr_blob(&reading.ndr, &empty));
        assert_false(empty.null);
        assert_true(scep_ndr_u32(&reading.ndr, &after, NULL));
        assert_int_equal(after, 7);
        assert_int_equal(reading.problems->len, 2);
        assert_problem(&reading, 0, SCEP_NDR_COUNT_DIFFERS);
        assert_problem(&reading, 1, SCEP_NDR_NULL_WITH_SIZE);
        end(&reading, &stub);
    }
}

/* Cut anywhere, by the sender or by the capture: what is there is kept, and the right one is blamed. */
static void test_every_truncated(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(all_flags); i++) {
        Stub stub = stub_new(all_flags[i / 2]);
        const bool by_capture = i % 2 != 0;

        stub_string(&stub, "abc");
        stub_blob(&stub, "12345", 5);
        for (guint size = 0; size < stub.bytes->len; size++) {
            uint8_t *copy = g_memdup2(stub.bytes->data, size);
            Reading reading = read_bytes(copy, size, by_capture ? stub.bytes->len : size, stub.flags);
            ScepNdrPointee string, blob;
            const bool both = scep_ndr_string(&reading.ndr, 1536, &string) && scep_ndr_blob(&reading.ndr, &blob);

            assert_false(both);
            assert_int_equal(reading.problems->len, 1);
            const ScepNdrProblemCode code = g_array_index(reading.problems, ScepNdrProblem, 0).code;
            if (by_capture)
                assert_int_equal(code, SCEP_NDR_TRUNCATED);
            else
                assert_true(code == SCEP_NDR_SHORT || code == SCEP_NDR_COUNT_TOO_LARGE);
            assert_true(string.octets.offset + string.octets.length <= size);
            g_free(string.text);
            g_free(copy);
            g_array_unref(reading.problems);
        }
        stub_free(&stub);
    }
}

static void test_utf16(void **state)
{
    static const uint8_t pair[] = { 0x3d, 0xd8, 0x00, 0xde, 'x', 0 }, lone[] = { 0x00, 0xd8, 'y', 0 },
                         late[] = { 0x00, 0xdc }, inner[] = { 'a', 0, 0, 0, 'b', 0 };
    bool bad;

    (void)state;
    char *text = scep_ndr_new_utf16(pair, sizeof pair, false, &bad);
    assert_string_equal(text, "\xf0\x9f\x98\x80x");
    assert_false(bad);
    g_free(text);
    text = scep_ndr_new_utf16(lone, sizeof lone, false, &bad);
    assert_string_equal(text, "\xef\xbf\xbdy");
    assert_true(bad);
    g_free(text);
    text = scep_ndr_new_utf16(late, sizeof late, false, &bad);
    assert_true(bad);
    g_free(text);
    text = scep_ndr_new_utf16(inner, sizeof inner, false, NULL);
    assert_string_equal(text, "a");
    g_free(text);

    uint8_t *large = g_malloc(4 * SCEP_NDR_MAX_TEXT);
    memset(large, 'x', 4 * SCEP_NDR_MAX_TEXT);
    text = scep_ndr_new_utf16(large, 4 * SCEP_NDR_MAX_TEXT, true, &bad);
    assert_int_equal(g_utf8_strlen(text, -1), SCEP_NDR_MAX_TEXT);
    g_free(text);
    g_free(large);
}

/* An extension as in Windows' error answers: an array of two pointers, one of them null. */
static void add_extents(Stub *stub, uint32_t count)
{
    static const uint8_t id[16] = { 0x1c }, data[8] = { 1, 2, 3 };

    stub_u32(stub, 0);
    stub_u32(stub, 0x20000);
    stub_u32(stub, 1);
    stub_u32(stub, 0);
    stub_u32(stub, 0x20004);
    stub_u32(stub, count);
    stub_u32(stub, 0x20008);
    stub_u32(stub, 0);
    stub_u32(stub, 8);
    stub_octets(stub, id, sizeof id);
    stub_u32(stub, 3);
    stub_octets(stub, data, sizeof data);
}

static void test_orpc(void **state)
{
    Stub request = stub_new(0), answer = stub_new(0), many = stub_new(0);
    ScepSpan whole;
    uint32_t number;

    (void)state;
    stub_orpcthis(&request, 5);
    stub_u32(&request, 42);
    Reading reading = read_stub(&request);
    assert_true(scep_ndr_orpcthis(&reading.ndr, &whole));
    assert_int_equal(whole.length, 32);
    assert_true(scep_ndr_u32(&reading.ndr, &number, NULL));
    assert_int_equal(number, 42);
    end(&reading, &request);

    add_extents(&answer, 2);
    stub_u32(&answer, 43);
    reading = read_stub(&answer);
    assert_true(scep_ndr_orpcthat(&reading.ndr, &whole));
    assert_true(scep_ndr_u32(&reading.ndr, &number, NULL));
    assert_int_equal(number, 43);
    assert_int_equal(reading.problems->len, 0);
    end(&reading, &answer);

    add_extents(&many, 1000000);
    reading = read_stub(&many);
    assert_false(scep_ndr_orpcthat(&reading.ndr, &whole));
    assert_int_equal(g_array_index(reading.problems, ScepNdrProblem, 0).code, SCEP_NDR_ORPC_EXTENTS);
    end(&reading, &many);
}

static void test_bad_orpc(void **state)
{
    Stub version = stub_new(0), flags = stub_new(0);
    ScepSpan whole;

    (void)state;
    stub_orpcthis(&version, 6);
    Reading reading = read_stub(&version);
    assert_false(scep_ndr_orpcthis(&reading.ndr, &whole));
    assert_int_equal(g_array_index(reading.problems, ScepNdrProblem, 0).code, SCEP_NDR_ORPC_VERSION);
    end(&reading, &version);

    stub_orpcthat(&flags, 0xabcd0000);
    reading = read_stub(&flags);
    assert_true(scep_ndr_orpcthat(&reading.ndr, &whole));
    assert_int_equal(g_array_index(reading.problems, ScepNdrProblem, 0).code, SCEP_NDR_ORPC_FLAGS);
    end(&reading, &flags);
}

static void test_problem_table(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SCEP_NDR_PROBLEM_COUNT; i++) {
        const ScepNdrProblemInfo *info = scep_ndr_problem_info((ScepNdrProblemCode)i);
        assert_non_null(info->name);
        assert_true(strlen(info->text) > 10);
        assert_int_equal(strspn(info->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(info->name));
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(info->name, scep_ndr_problem_info((ScepNdrProblemCode)j)->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars),         cmocka_unit_test(test_string),        cmocka_unit_test(test_blob),
        cmocka_unit_test(test_bad_strings),     cmocka_unit_test(test_huge_counts),   cmocka_unit_test(test_bad_blobs),
        cmocka_unit_test(test_every_truncated), cmocka_unit_test(test_utf16),         cmocka_unit_test(test_orpc),
        cmocka_unit_test(test_bad_orpc),        cmocka_unit_test(test_problem_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
