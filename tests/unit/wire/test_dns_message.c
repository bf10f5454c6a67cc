/* test_dns_message.c
 * Questions and answers of DNS: names, aliases, addresses; and names that loop, lie or break off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scep/wire.h"
#include "tls_builder.h"

enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_MX = 15, TYPE_AAAA = 28, IS_ANSWER = 0x8180, IS_TRUNCATED = 0x0200 };

/* ---- building ---------------------------------------------------------------------------------------------------- */

static GByteArray *name_of(const char *dotted)
{
    char **labels = g_strsplit(dotted, ".", -1);
    GByteArray *out = g_byte_array_new();

    for (char **label = labels; *label != NULL && **label != '\0'; label++)
        der_add(out, tls_vector(1, der_raw(*label, strlen(*label))));
    g_strfreev(labels);
    return der_join(out, tls_number(1, 0), END);
}

/* Header and question. @param answers  how many the header announces */
static GByteArray *question(unsigned flags, const char *name, unsigned type, unsigned answers)
{
    return der_join(tls_number(2, 0x1234), tls_number(2, flags), tls_number(2, 1), tls_number(2, answers), tls_zeros(4),
                    name_of(name), tls_number(2, type), tls_number(2, 1), END);
}

/* A record whose name points to that of the question, as all of them do. */
static GByteArray *record(unsigned type, GByteArray *data)
{
    return der_join(tls_number(2, 0xc00c), tls_number(2, type), tls_number(2, 1), tls_number(4, 300),
                    tls_vector(2, data), END);
}

static bool read_all(GByteArray *bytes, ScepDnsMessage *out)
{
    size_t size;
    uint8_t *copy = der_exact(bytes, &size);
    const bool found = scep_dns_read_question(copy, size, out);

    if (found && out->is_answer)
        scep_dns_read_answers(copy, size, out);
    g_free(copy);
    return found;
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

static void test_questions(void **state)
{
    static const struct {
        const char *name;
        const char *read;
        unsigned flags;
        unsigned type;
        bool wants_address;
        bool wants_ipv6;
        bool is_answer;
        bool is_truncated;
        uint8_t code;
    } rows[] = {
        { "ndes.contoso.com", "ndes.contoso.com", 0x0100, TYPE_A, true, false, false, false, 0 },
        { "NDES.Contoso.com", "ndes.contoso.com", 0x0100, TYPE_AAAA, true, true, false, false, 0 },
        { "contoso.com", "contoso.com", 0x0100, TYPE_MX, false, false, false, false, 0 },
        { "a", "a", 0x0100, TYPE_CNAME, false, false, false, false, 0 },
        { "", "", 0x0100, TYPE_A, true, false, false, false, 0 },
        { "a b\x7f\xff\n.com", "a?b???.com", 0x0100, TYPE_A, true, false, false, false, 0 },
        { "x.com", "x.com", IS_ANSWER | 3, TYPE_A, true, false, true, false, 3 },
        { "x.com", "x.com", IS_ANSWER | IS_TRUNCATED, TYPE_A, true, false, true, true, 0 },
        { "x.com", "x.com", 0x000f, TYPE_A, true, false, false, false, 15 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepDnsMessage message;
        memset(&message, 0xff, sizeof message);
        assert_true(read_all(question(rows[i].flags, rows[i].name, rows[i].type, 0), &message));
        assert_int_equal(message.id, 0x1234);
        assert_string_equal(message.name, rows[i].read);
        assert_int_equal(message.wants_address, rows[i].wants_address);
        assert_int_equal(message.wants_ipv6, rows[i].wants_ipv6);
        assert_int_equal(message.is_answer, rows[i].is_answer);
        assert_int_equal(message.is_truncated, rows[i].is_truncated);
        assert_int_equal(message.code, rows[i].code);
        assert_int_equal(message.alias_count, 0);
        assert_int_equal(message.address_count, 0);
    }
}

static void test_question_truncated(void **state)
{
    GByteArray *whole = question(0x0100, "ndes.contoso.com", TYPE_A, 0);
    ScepDnsMessage message;

    (void)state;
    for (guint size = 0; size < whole->len; size++)
        assert_false(read_all(der_raw(whole->data, size), &message));
    assert_true(read_all(whole, &message));
}

static void test_other_counts(void **state)
{
    static const uint8_t counts[] = { 0, 2, 255 };

    (void)state;
    for (size_t i = 0; i < sizeof counts; i++) {
        GByteArray *bytes = question(0x0100, "ndes.contoso.com", TYPE_A, 0);
        ScepDnsMessage message;
        bytes->data[5] = counts[i];
        assert_false(read_all(bytes, &message));
    }
}

/* @return the message with these octets in place of the name */
static bool read_odd_name(const void *name, size_t size, ScepDnsMessage *message)
{
    GByteArray *header = question(0x0100, "", TYPE_A, 0);
    GByteArray *bytes = der_join(der_raw(header->data, 12), der_raw(name, size), tls_number(4, TYPE_A << 16 | 1), END);

    g_byte_array_unref(header);
    return read_all(bytes, message);
}

static void test_odd_names(void **state)
{
    static const struct {
        const char *why;
        const char *bytes;
        size_t size;
        const char *name; /* NULL: not read */
    } rows[] = {
#define NAME(why, bytes, name) { why, bytes, sizeof(bytes) - 1, name }
        NAME("points to itself", "\xc0\x0c", NULL),
        NAME("points to itself behind a label",
             "\x01"
             "a"
             "\xc0\x0c",
             NULL),
        NAME("two that point to each other", "\xc0\x0e\xc0\x0c", NULL),
        NAME("points behind the end", "\xff\xff", NULL),
        NAME("points to the header",
             "\x01"
             "a"
             "\xc0\x02",
             "a.?"),
        NAME("points forward",
             "\xc0\x12\x00\x01\x00\x01\x01"
             "b"
             "\x00",
             "b"),
        NAME("length with the first bit only",
             "\x80"
             "a"
             "\x00",
             NULL),
        NAME("length with the second bit only",
             "\x41"
             "a"
             "\x00",
             NULL),
        NAME("label longer than the message",
             "\x3f"
             "abc"
             "\x00",
             NULL),
        NAME("a dot inside of a label",
             "\x03"
             "a.b"
             "\x00",
             "a.b"),
#undef NAME
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepDnsMessage message;
        const bool found = read_odd_name(rows[i].bytes, rows[i].size, &message);
        if (found != (rows[i].name != NULL))
            fail_msg("%s: %d", rows[i].why, found);
        if (found)
            assert_string_equal(message.name, rows[i].name);
    }
}

/* A chain that ends is followed for a while; one that loops looks no different until then. */
static void test_chain_of_pointers(void **state)
{
    (void)state;
    for (unsigned jumps = 1; jumps < 40; jumps++) {
        GByteArray *name = g_byte_array_new();
        ScepDnsMessage message;
        for (unsigned i = 0; i < jumps; i++)
            der_add(name, tls_number(2, 0xc000 | (12 + 2 * (i + 1))));
        der_add(name, tls_vector(1, der_raw("end", 3)));
        der_add(name, tls_number(1, 0));
        const bool found = read_odd_name(name->data, name->len, &message);
        assert_int_equal(found, jumps < 16);
        g_byte_array_unref(name);
    }
}

static void test_longest_name(void **state)
{
    (void)state;
    for (unsigned last = 58; last < 64; last++) {
        GByteArray *name = g_byte_array_new();
        ScepDnsMessage message;
        for (unsigned i = 0; i < 4; i++)
            der_add(name, tls_vector(1, tls_zeros(i < 3 ? 63 : last)));
        der_add(name, tls_number(1, 0));
        const bool found = read_odd_name(name->data, name->len, &message);
        /* RFC 1035 2.3.4: 255 octets, lengths and the root included. */
        if (name->len <= 255)
            assert_true(found);
        if (found)
            assert_int_equal(strlen(message.name), 3 * 64 + last);
        else
            assert_true(name->len > 255);
        g_byte_array_unref(name);
    }
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void test_answer(void **state)
{
    static const uint8_t ipv4[] = { 192, 0, 2, 1 }, ipv6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
    ScepDnsMessage message;

    (void)state;
    assert_true(read_all(
        der_join(question(IS_ANSWER, "ndes.contoso.com", TYPE_A, 5), record(TYPE_CNAME, name_of("Edge.Contoso.net")),
                 record(TYPE_MX, tls_zeros(3)), record(TYPE_A, der_raw(ipv4, sizeof ipv4)),
                 record(TYPE_AAAA, der_raw(ipv6, sizeof ipv6)), record(TYPE_CNAME, tls_number(2, 0xc011)), END),
        &message));
    assert_false(message.is_truncated);
    assert_int_equal(message.alias_count, 2);
    assert_string_equal(message.alias[0], "edge.contoso.net");
    assert_string_equal(message.alias[1], "contoso.com");
    assert_int_equal(message.address_count, 2);
    assert_int_equal(message.address[0].length, 4);
    assert_memory_equal(message.address[0].octets, ipv4, sizeof ipv4);
    assert_int_equal(message.address[1].length, 16);
    assert_memory_equal(message.address[1].octets, ipv6, sizeof ipv6);
}

/* The name of the second record points to one that goes on elsewhere itself; the record goes on behind the first
 * pointer. */
static void test_pointer_to_a_pointer(void **state)
{
    GByteArray *front =
        der_join(question(IS_ANSWER, "ndes.contoso.com", TYPE_A, 2), record(TYPE_CNAME, tls_number(2, 0xc011)), END);
    const unsigned target = front->len - 2;
    GByteArray *address = record(TYPE_A, der_raw("\xc0\x00\x02\x01", 4));
    ScepDnsMessage message;

    (void)state;
    address->data[1] = (uint8_t)target;
    assert_true(read_all(der_join(front, address, END), &message));
    assert_false(message.is_truncated);
    assert_int_equal(message.address_count, 1);
    assert_memory_equal(message.address[0].octets, "\xc0\x00\x02\x01", 4);
}

static void test_wrong_lengths(void **state)
{
    static const struct {
        unsigned type;
        unsigned length;
        unsigned addresses;
    } rows[] = {
        { TYPE_A, 4, 1 },     { TYPE_A, 0, 0 },    { TYPE_A, 3, 0 },     { TYPE_A, 5, 0 },  { TYPE_A, 16, 0 },
        { TYPE_AAAA, 16, 1 }, { TYPE_AAAA, 4, 0 }, { TYPE_AAAA, 15, 0 }, { TYPE_MX, 4, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepDnsMessage message;
        assert_true(read_all(
            der_join(question(IS_ANSWER, "x.com", TYPE_A, 1), record(rows[i].type, tls_zeros(rows[i].length)), END),
            &message));
        assert_int_equal(message.address_count, rows[i].addresses);
        assert_false(message.is_truncated);
    }
}

static void test_answer_truncated(void **state)
{
    GByteArray *front = question(IS_ANSWER, "x.com", TYPE_A, 2);
    const guint from = front->len;
    GByteArray *whole = der_join(front, record(TYPE_A, tls_zeros(4)), record(TYPE_A, tls_zeros(4)), END);

    (void)state;
    for (guint size = from; size <= whole->len; size++) {
        ScepDnsMessage message;
        assert_true(read_all(der_raw(whole->data, size), &message));
        assert_int_equal(message.is_truncated, size < whole->len);
        assert_int_equal(message.address_count, (size - from) / 16);
    }
    g_byte_array_unref(whole);
}

/* More than there is room for, and more than is looked at. */
static void test_many_answers(void **state)
{
    for (unsigned count = 0; count < 200; count += 11) {
        GByteArray *bytes = question(IS_ANSWER, "x.com", TYPE_A, count);
        ScepDnsMessage message;
        for (unsigned i = 0; i < count; i++)
            der_add(bytes, i % 2 ? record(TYPE_A, tls_zeros(4)) : record(TYPE_CNAME, name_of("y.net")));
        assert_true(read_all(bytes, &message));
        assert_int_equal(message.address_count, MIN(count / 2, SCEP_DNS_ADDRESSES));
        assert_int_equal(message.alias_count, MIN((count + 1) / 2, SCEP_DNS_ALIASES));
    }
    (void)state;
}

static void test_lies(void **state)
{
    static const uint8_t lies[] = { 0x00, 0x01, 0x3f, 0xc0, 0xff };
    GByteArray *whole = der_join(question(IS_ANSWER, "x.com", TYPE_A, 2), record(TYPE_CNAME, name_of("y.net")),
                                 record(TYPE_A, tls_zeros(4)), END);

    (void)state;
    for (guint at = 0; at < whole->len; at++) {
        for (size_t k = 0; k < sizeof lies; k++) {
            GByteArray *bad = der_raw(whole->data, whole->len);
            ScepDnsMessage message;
            bad->data[at] = lies[k];
            if (!read_all(bad, &message))
                continue;
            assert_true(message.address_count <= 1 && message.alias_count <= 1);
            for (unsigned i = 0; i < message.alias_count; i++)
                assert_non_null(memchr(message.alias[i], '\0', SCEP_DNS_NAME));
        }
    }
    g_byte_array_unref(whole);
}

/* ---- the cheap test ---------------------------------------------------------------------------------------------- */

static void test_initials(void **state)
{
    static const struct {
        const char *name;
        const char *letters;
        bool expected;
    } rows[] = {
        { "ndes.contoso.com", "n", true },
        { "NDES.contoso.com", "n", true },
        { "contoso.ndes.com", "n", true },
        { "contoso-ndes.com", "n", true },
        { "a-b-ndes.com", "n", true },
        { "andes.contoso.com", "n", false },
        { "contoso.com", "ms", false },
        { "contoso.microsoft.com", "ms", true },
        { "-ndes.com", "n", true },
        { "ndes-", "n", true },
        { "a-", "n", false },
        { "", "n", false },
        { "a.b", "", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        size_t size;
        uint8_t *copy = der_exact(question(0x0100, rows[i].name, TYPE_A, 0), &size);
        if (scep_dns_has_initial(copy, size, rows[i].letters) != rows[i].expected)
            fail_msg("%s, %s", rows[i].name, rows[i].letters);
        g_free(copy);
    }
}

/* It sees messages that are none. */
static void test_initials_truncated(void **state)
{
    GByteArray *whole = question(0x0100, "contoso.x-ndes.com", TYPE_A, 0);

    (void)state;
    for (guint size = 0; size < whole->len; size++) {
        uint8_t *copy = g_memdup2(whole->data, size);
        assert_int_equal(scep_dns_has_initial(copy, size, "n"), size >= 12 + 8 + 4);
        g_free(copy);
    }
    whole->data[12] = 0xff;
    uint8_t *copy = g_memdup2(whole->data, whole->len);
    assert_true(scep_dns_has_initial(copy, whole->len, "n"));
    g_free(copy);
    g_byte_array_unref(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_question_truncated),
        cmocka_unit_test(test_other_counts),
        cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_chain_of_pointers),
        cmocka_unit_test(test_longest_name),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_pointer_to_a_pointer),
        cmocka_unit_test(test_wrong_lengths),
        cmocka_unit_test(test_answer_truncated),
        cmocka_unit_test(test_many_answers),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_initials),
        cmocka_unit_test(test_initials_truncated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
