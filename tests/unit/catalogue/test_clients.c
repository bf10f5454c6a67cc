/* test_clients.c
 * Which client a request is said to come from, by its User-Agent and by the marks of its message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scep/catalogue.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define WINDOWS_AGENT "Mozilla/4.0 (compatible; Win32; NDES client 10.0.22631.1/ni_release)"
#define APPLE_AGENT "profiled/1.0 CFNetwork/1568.300.101 Darwin/24.2.0"
#define WINDOWS_MARKS (SCEP_MARK_SUBJECT_PROTOCOL | SCEP_MARK_AUTHORITY | SCEP_MARK_ID_CERTIFICATE | SCEP_MARK_OAEP)

static const char *name_of(const char *user_agent, uint32_t marks)
{
    return scep_client_guess_name(scep_client_guess(user_agent, marks));
}

static void test_by_message_alone(void **state)
{
    static const struct {
        uint32_t marks;
        const char *name;
        uint8_t confidence;
    } rows[] = {
        { WINDOWS_MARKS, "Windows", SCEP_CONFIDENCE_LIKELY },
        { SCEP_MARK_SUBJECT_PROTOCOL | SCEP_MARK_AUTHORITY, "Windows", SCEP_CONFIDENCE_LIKELY },
        { SCEP_MARK_SUBJECT_PROTOCOL | SCEP_MARK_OAEP, "Windows", SCEP_CONFIDENCE_POSSIBLE },
        { SCEP_MARK_ID_CERTIFICATE | SCEP_MARK_OAEP, "Windows", SCEP_CONFIDENCE_POSSIBLE },
        { SCEP_MARK_ID_KEY_SHA1 | SCEP_MARK_BER, "iOS/iPadOS or macOS", SCEP_CONFIDENCE_POSSIBLE },
        { SCEP_MARK_ID_BASE64 | SCEP_MARK_SUBJECT_SIGNER, "micromdm scepclient", SCEP_CONFIDENCE_LIKELY },
        { SCEP_MARK_ID_SHA1_UPPER | SCEP_MARK_SERIAL_NUMBER, "strongSwan", SCEP_CONFIDENCE_POSSIBLE },
        { SCEP_MARK_ID_MD5_UPPER | SCEP_MARK_SERIAL_TEXT, "sscep", SCEP_CONFIDENCE_LIKELY },
        { SCEP_MARK_ID_MD5_UPPER | SCEP_MARK_SERIAL_TEXT | SCEP_MARK_GET | SCEP_MARK_GET_LINES, "sscep",
          SCEP_CONFIDENCE_LIKELY },
        { SCEP_MARK_ID_MD5_UPPER | SCEP_MARK_GET | SCEP_MARK_GET_LINES | SCEP_MARK_NO_TIME, "Cisco IOS",
          SCEP_CONFIDENCE_LIKELY },
        { SCEP_MARK_ID_MD5_LOWER | SCEP_MARK_SERIAL_TEXT | SCEP_MARK_BER, "Cisco PIX", SCEP_CONFIDENCE_LIKELY },
        { SCEP_MARK_ID_MD5_UPPER, "sscep, Cisco IOS or a relative", SCEP_CONFIDENCE_POSSIBLE },
        { SCEP_MARK_ID_SHA1_LOWER | SCEP_MARK_BER, "jscep (Android, Java)", SCEP_CONFIDENCE_POSSIBLE },
        { SCEP_MARK_ID_SHA2 | SCEP_MARK_ASKS_CAIDENTIFIER, "wolfSSL's client", SCEP_CONFIDENCE_POSSIBLE },
        { SCEP_MARK_ID_DECIMAL | SCEP_MARK_GET | SCEP_MARK_ASKS_NUMBER, "certmonger", SCEP_CONFIDENCE_LIKELY },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const ScepClientGuess guess = scep_client_guess(NULL, rows[i].marks);
        assert_non_null(scep_client_guess_name(guess));
        assert_string_equal(scep_client_guess_name(guess), rows[i].name);
        assert_int_equal(guess.confidence, rows[i].confidence);
        assert_true(scep_client_guess_is_by_message(guess));
    }
}

/* What many clients have says nothing, and one mark that few have is no proof. */
static void test_weak_marks_name_nobody(void **state)
{
    static const uint32_t rows[] = {
        0,
        SCEP_MARK_BER,
        SCEP_MARK_OAEP,
        SCEP_MARK_BER | SCEP_MARK_TYPE_OCTETS | SCEP_MARK_CACERT_FIRST | SCEP_MARK_SHORT_NONCE,
        SCEP_MARK_OAEP | SCEP_MARK_TYPE_NONE,
        SCEP_MARK_GET | SCEP_MARK_GET_LINES | SCEP_MARK_NO_TIME,
        SCEP_MARK_SUBJECT_PROTOCOL,
        SCEP_MARK_AUTHORITY,
        SCEP_MARK_ASKS_DEFAULT,
        SCEP_MARK_ASKS_CA | SCEP_MARK_BER,
        SCEP_MARK_ID_KEY_SHA1,
        SCEP_MARK_ID_SHA1_LOWER,
        SCEP_MARK_ID_SHA1_UPPER | SCEP_MARK_TYPE_NONE,
        SCEP_MARK_ID_HEX64,
        SCEP_MARK_SERIAL_TEXT,
        SCEP_MARK_SERIAL_NUMBER,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const ScepClientGuess guess = scep_client_guess(NULL, rows[i]);
        assert_int_equal(guess.row, 0);
        assert_null(scep_client_guess_name(guess));
        assert_int_equal(scep_client_guess_family(guess), SCEP_CLIENT_OTHER);
        assert_false(scep_client_guess_is_by_message(guess));
    }
}

static void test_a_name_is_a_mark_among_others(void **state)
{
    (void)state;
    /* each alone, and both in agreement: what the client calls itself is closer */
    assert_string_equal(name_of(WINDOWS_AGENT, 0), "Windows");
    assert_string_equal(name_of(APPLE_AGENT, 0), "iOS/iPadOS");
    assert_string_equal(name_of(APPLE_AGENT, SCEP_MARK_ID_KEY_SHA1 | SCEP_MARK_BER), "iOS/iPadOS");
    assert_string_equal(name_of("Dalvik/2.1.0", SCEP_MARK_ID_SHA1_LOWER | SCEP_MARK_BER), "Android");
    /* a library's name is not */
    assert_string_equal(name_of("Go-http-client/1.1", SCEP_MARK_ID_BASE64), "micromdm scepclient");
    assert_string_equal(name_of("Cisco PKI", SCEP_MARK_ID_MD5_UPPER | SCEP_MARK_GET_LINES), "Cisco IOS");
    assert_string_equal(name_of("Cisco PKI", SCEP_MARK_ID_DECIMAL | SCEP_MARK_ASKS_NUMBER), "certmonger");
    /* behind a proxy that speaks in its own name */
    assert_string_equal(name_of("Apache-HttpClient/4.5", WINDOWS_MARKS), "Windows");
    assert_string_equal(name_of("Jamf/11", WINDOWS_MARKS), "Windows");
    assert_string_equal(name_of(APPLE_AGENT, WINDOWS_MARKS), "Windows");
    /* a guess that is as weak as may be does not outvote a name */
    assert_string_equal(name_of(WINDOWS_AGENT, SCEP_MARK_ID_SHA1_LOWER | SCEP_MARK_BER), "Windows");
    assert_string_equal(name_of("Mozilla/5.0 (X11; Linux x86_64)", SCEP_MARK_ID_SHA1_LOWER | SCEP_MARK_BER),
                        "jscep (Android, Java)");
    assert_null(name_of("Mozilla/5.0 (X11; Linux x86_64)", SCEP_MARK_BER));
}

static void test_table(void **state)
{
    (void)state;
    assert_true(scep_client_count + scep_client_shape_count < 255);
    for (size_t i = 0; i < scep_client_shape_count; i++) {
        const ScepClientShape *shape = &scep_client_shapes[i];
        uint32_t seen = 0;
        assert_true(strlen(shape->name) > 0);
        assert_int_not_equal(shape->needs, 0);
        for (size_t k = 0; k < SCEP_CLIENT_MARKS && shape->marks[k].mark != 0; k++) {
            assert_int_equal(seen & shape->marks[k].mark, 0);
            seen |= shape->marks[k].mark;
        }
        /* what it needs counts */
        assert_int_equal(shape->needs & ~seen, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_message_alone),
        cmocka_unit_test(test_weak_marks_name_nobody),
        cmocka_unit_test(test_a_name_is_a_mark_among_others),
        cmocka_unit_test(test_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
