/* test_code_point.c
 * messageType, pkiStatus and failInfo: left out, known by name, or there and not understood.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/code_point.h"
#include "message_reading.h"

#define DER_ENUMERATED 0x0a
#define NO_NUMBER INT64_MIN

/* A CertRep whose attribute with this arc is another one; NULL for none. */
static void parse_with_code(Parsed *parsed, unsigned arc, GByteArray *attribute)
{
    GByteArray *attributes = der_join(pki_content_type(), pki_text(7, TRANSACTION), pki_nonce(5, pki_nonce_b),
                                      pki_nonce(6, pki_nonce_a), END);

    for (unsigned other = 2; other <= 4; other++) {
        if (other != arc)
            attributes = der_join(attributes, pki_text(other, other == 2 ? "3" : "2"), END);
        else if (attribute != NULL)
            attributes = der_join(attributes, attribute, END);
    }
    parse_reply(parsed, attributes);
}

static int code_of(const ScepMessage *message, unsigned arc)
{
    return arc == 2 ? message->message_type : arc == 3 ? message->pki_status : message->fail_info;
}

static const char *other_of(const ScepMessage *message, unsigned arc)
{
    return arc == 2 ? message->message_type_other : arc == 3 ? message->pki_status_other : message->fail_info_other;
}

static void check(GByteArray *(*make)(unsigned arc, const void *data), const void *data, int code, const char *other,
                  int64_t number)
{
    for (unsigned arc = 2; arc <= 4; arc++) {
        int64_t sent = 0;
        Parsed parsed;

        parse_with_code(&parsed, arc, make(arc, data));
        assert_int_equal(code_of(parsed.message, arc), code);
        if (other == NULL)
            assert_null(other_of(parsed.message, arc));
        else
            assert_string_equal(other_of(parsed.message, arc), other);
        assert_int_equal(scep_code_number(code, other, &sent), number != NO_NUMBER);
        if (number != NO_NUMBER)
            assert_int_equal(sent, number);
        release(&parsed);
    }
}

typedef struct {
    uint8_t tag;
    const char *octets;
    size_t size;
} Value;

static GByteArray *one_value(unsigned arc, const void *data)
{
    const Value *value = data;

    return pki_scep(arc, der_primitive(value->tag, value->octets, value->size));
}

static void test_values(void **state)
{
    static const struct {
        Value value;
        int code;
        const char *other;
        int64_t number;
    } rows[] = {
        { { DER_PRINTABLE, "3", 1 }, 3, NULL, 3 }, /* known in each of the three */
        { { DER_PRINTABLE, "03", 2 }, 3, NULL, 3 },
        { { DER_UTF8, "3", 1 }, 3, NULL, 3 },
        { { DER_BMP, "\0003", 2 }, 3, NULL, 3 },
        { { DER_INTEGER, "\x03", 1 }, 3, NULL, 3 },
        { { DER_ENUMERATED, "\x03", 1 }, 3, NULL, 3 },
        { { DER_PRINTABLE, "9", 1 }, 9, "9", 9 }, /* a number of one octet that has no name */
        { { DER_INTEGER, "\x09", 1 }, 9, "9", 9 },
        { { DER_PRINTABLE, "255", 3 }, 255, "255", 255 },
        { { DER_PRINTABLE, "256", 3 }, -1, "256", 256 },
        { { DER_PRINTABLE, "14606", 5 }, -1, "14606", 14606 },
        { { DER_INTEGER, "\x39\x0e", 2 }, -1, "14606", 14606 },
        { { DER_INTEGER, "\xfe", 1 }, -1, "-2", -2 },
        { { DER_INTEGER, "\0\xff", 2 }, 255, "255", 255 },
        { { DER_PRINTABLE, "-1", 2 }, -1, "-1", -1 },
        { { DER_PRINTABLE, "-2147024809", 11 }, -1, "-2147024809", -2147024809 },
        { { DER_PRINTABLE, "9223372036854775807", 19 }, -1, "9223372036854775807", INT64_MAX },
        { { DER_PRINTABLE, "99999999999999999999", 20 }, -1, "99999999999999999999", NO_NUMBER },
        { { DER_INTEGER, "\1\2\3\4\5\6\7\x08\x09", 9 }, -1, "0x010203040506070809", NO_NUMBER },
        { { DER_PRINTABLE, "badRequest", 10 }, -1, "badRequest", NO_NUMBER },
        { { DER_UTF8, "nicht n\xc3\xb6tig", 12 }, -1, "nicht n\xc3\xb6tig", NO_NUMBER },
        { { DER_PRINTABLE, "0x3", 3 }, -1, "0x3", NO_NUMBER },
        { { DER_PRINTABLE, " 3", 2 }, -1, " 3", NO_NUMBER },
        { { DER_PRINTABLE, "3\0", 2 }, -1, "0x3300", NO_NUMBER },
        { { DER_PRINTABLE, "\x1b[31m", 5 }, -1, "0x1b5b33316d", NO_NUMBER }, /* nothing that steers a terminal */
        { { DER_OCTETS, "\0", 1 }, -1, "0x00", NO_NUMBER },
        { { DER_PRINTABLE, "", 0 }, -1, "", NO_NUMBER },
        { { DER_INTEGER, "", 0 }, -1, "0x", NO_NUMBER },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check(one_value, &rows[i].value, rows[i].code, rows[i].other, rows[i].number);
}

static GByteArray *nothing(unsigned arc, const void *data)
{
    (void)arc;
    (void)data;
    return NULL;
}

static GByteArray *no_value(unsigned arc, const void *data)
{
    (void)data;
    return pki_scep(arc, g_byte_array_new());
}

static GByteArray *several_values(unsigned arc, const void *data)
{
    (void)data;
    return pki_scep(arc, der_join(der_text(DER_PRINTABLE, "77"), der_text(DER_PRINTABLE, "3"), END));
}

static void test_left_out(void **state)
{
    (void)state;
    check(nothing, NULL, -1, NULL, NO_NUMBER);
    check(no_value, NULL, -1, "", NO_NUMBER);
    check(several_values, NULL, 77, "77", 77);
}

/* The first of two counts, whether it is understood or not. */
static void test_twice(void **state)
{
    Parsed parsed;

    (void)state;
    parse_with_code(&parsed, 4, der_join(pki_text(4, "14606"), pki_text(4, "2"), END));
    assert_int_equal(parsed.message->fail_info, -1);
    assert_string_equal(parsed.message->fail_info_other, "14606");
    release(&parsed);
}

/* Only refusals have a reason, and a status that is not understood may be one. */
static void test_reason_without_refusal(void **state)
{
    Parsed parsed;

    (void)state;
    parse_with_code(&parsed, 3, pki_text(3, "3"));
    assert_non_null(find_problem(parsed.message, SCEP_PROBLEM_FAIL_INFO_WITHOUT_FAILURE));
    release(&parsed);
    parse_with_code(&parsed, 3, pki_text(3, "REFUSED"));
    assert_null(find_problem(parsed.message, SCEP_PROBLEM_FAIL_INFO_WITHOUT_FAILURE));
    release(&parsed);
}

static void test_words(void **state)
{
    static const struct {
        ScepAttributeId id;
        const char *other;
        bool of_client;
        const char *expected;
    } rows[] = {
        { SCEP_ATTR_FAIL_INFO, "14606", false, "failInfo 14606 (a code of the CA's own)" },
        { SCEP_ATTR_FAIL_INFO, "-2", false, "failInfo -2 (a code of the CA's own)" },
        { SCEP_ATTR_FAIL_INFO, "denied", false, "failInfo \"denied\" (a code of the CA's own)" },
        { SCEP_ATTR_FAIL_INFO, "BadRequest", false,
          "failInfo \"BadRequest\" (a code of the CA's own: the name in place of the number)" },
        { SCEP_ATTR_PKI_STATUS, "FAILURE", false,
          "pkiStatus \"FAILURE\" (a code of the CA's own: the name in place of the number)" },
        { SCEP_ATTR_PKI_STATUS, "badRequest", false, "pkiStatus \"badRequest\" (a code of the CA's own)" },
        { SCEP_ATTR_MESSAGE_TYPE, "99", true, "messageType 99 (a code of the client's own)" },
        { SCEP_ATTR_PKI_STATUS, "", false, "pkiStatus without a value" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *text = scep_code_new_other_text(rows[i].id, rows[i].other, rows[i].of_client);
        assert_string_equal(text, rows[i].expected);
        g_free(text);
    }
    char *longer = g_strnfill(100, 'x'), *text = scep_code_new_other_text(SCEP_ATTR_FAIL_INFO, longer, false);
    assert_non_null(strstr(text, "x...\""));
    assert_true(strlen(text) < 110);
    g_free(text);
    g_free(longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_twice),  cmocka_unit_test(test_reason_without_refusal),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
