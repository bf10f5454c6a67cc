/* test_report_outcomes.c
 * What the report says of answers that are not what they say, of codes that nobody defines, and of stages by a code.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"

#include "scep/report.h"

/* A PKCSReq that is answered so, in frames 5 and 6. */
static ScepTracker *answered(PkiParts parts)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    Carried carried;

    scep_tracker_clock(tracker, SECOND);
    carry(&carried, pki_signed_data(request_parts()));
    const ScepRequest request = message_request(&carried);
    ScepExchange *exchange = ask(tracker, 5, &request);
    drop(&carried);
    carry(&carried, pki_signed_data(parts));
    const ScepResponse response = message_response(&carried);
    answer(tracker, exchange, 6, &response);
    drop(&carried);
    scep_tracker_clock(tracker, 60 * SECOND);
    return tracker;
}

/* The text in one line, so that where it is wrapped does not matter. */
static char *unwrapped(const GString *text)
{
    GString *out = g_string_new(NULL);

    for (const char *at = text->str; *at != '\0'; at++) {
        if (!g_ascii_isspace(*at) || (out->len > 0 && out->str[out->len - 1] != ' '))
            g_string_append_c(out, g_ascii_isspace(*at) ? ' ' : *at);
    }
    return g_string_free(out, FALSE);
}

static void check_text(PkiParts parts, const char *const *said, const char *const *unsaid)
{
    ScepTracker *tracker = answered(parts);
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    GString *wrapped = scep_report_new_text(report);
    char *text = unwrapped(wrapped);

    for (; *said != NULL; said++) {
        if (strstr(text, *said) == NULL)
            fail_msg("not told: %s\n%s", *said, wrapped->str);
    }
    for (; unsaid != NULL && *unsaid != NULL; unsaid++) {
        if (strstr(text, *unsaid) != NULL)
            fail_msg("told: %s\n%s", *unsaid, wrapped->str);
    }
    g_free(text);
    g_string_free(wrapped, TRUE);
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
}

#define CHECK(parts, said, ...) \
    check_text(parts, (const char *const[]){ said, NULL }, (const char *const[]){ __VA_ARGS__, NULL })

static void test_reasons(void **state)
{
    (void)state;
    CHECK(reply_parts("2", "14606"),
          "The server refused PKCSReq in frame 6: FAILURE failInfo 14606 (a code of the CA's own).", "left out");
    CHECK(reply_parts("2", "-2"), "FAILURE failInfo -2 (a code of the CA's own).", "left out");
    CHECK(reply_parts("2", "denied"), "FAILURE failInfo \"denied\" (a code of the CA's own).", "left out");
    CHECK(reply_parts("2", "2"), "FAILURE badRequest.", "left out", "own)");
    CHECK(reply_parts("2", NULL), "left out the reason code", "own)");
}

static void test_statuses(void **state)
{
    (void)state;
    CHECK(
        reply_parts("GRANTED", NULL),
        "The answer to PKCSReq in frame 6 has pkiStatus \"GRANTED\" (a code of the CA's own): whether the request was "
        "granted, only its server can tell.",
        "cannot be read", "refused");
    CHECK(reply_parts("7", "2"),
          "The server refused PKCSReq in frame 6, by the reason that it gives: pkiStatus 7 (a code of the CA's own) "
          "badRequest.",
          "cannot be read");
}

static void test_success(void **state)
{
    PkiParts without = reply_parts("0", NULL), garbled = reply_parts("0", NULL);

    (void)state;
    g_clear_pointer(&without.content, g_byte_array_unref);
    g_byte_array_unref(garbled.content);
    garbled.content = der_raw("no CMS", 6);
    CHECK(reply_parts("0", NULL), "Enrollment 1: ISSUED at stage 5", "without a certificate");
    CHECK(
        without,
        "No certificate was issued: the answer in frame 6 says SUCCESS and brings none. Probably the request waits for "
        "approval, and the server should have said PENDING.",
        "ISSUED", "the certificate is in frame", "is PENDING.");
    CHECK(garbled,
          "The answer to PKCSReq in frame 6 says SUCCESS, but what it brings is cut or cannot be read: whether a "
          "certificate is in it, this capture does not tell.",
          "ISSUED", "the certificate is in frame");
}

static PkiParts with_code(const char *code)
{
    PkiParts parts = reply_parts("2", "2");

    parts.attributes = der_join(parts.attributes, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, code)), END);
    return parts;
}

static void test_stages(void **state)
{
    (void)state;
    CHECK(with_code("-2146877422"), /* 0x80094012 */
          "By its code the refusal comes from the CA or the way to it (stage 4); that leg is not in this capture.",
          "REFUSED at stage 2");
    CHECK(with_code("-2147023174"), "REFUSED at stage 4 (NDES to CA)", "policy module (stage 3)"); /* 0x800706BA */
    CHECK(with_code("-2147012894"),                                                                /* 0x80072EE2 */
          "By its code the refusal comes from the policy module (stage 3); that leg is not in this capture.",
          "REFUSED at stage 2");
    CHECK(with_code("-2147024891"), "REFUSED at stage 2 (Device to NDES)", "By its code"); /* 0x80070005 */
}

static ScepColumnValue column(const ScepReportEntry *entry, const char *key)
{
    for (size_t i = 0; i < scep_report_column_count; i++) {
        if (g_strcmp0(scep_report_columns[i].key, key) == 0)
            return scep_report_columns[i].value(entry);
    }
    fail_msg("no column %s", key);
    return (ScepColumnValue){ .is_known = false };
}

static void test_columns(void **state)
{
    static const struct {
        const char *fail_info;
        bool is_known;
        int64_t number;
        const char *other;
    } rows[] = {
        { "2", true, 2, NULL }, { "14606", true, 14606, "14606" }, { "-2", true, -2, "-2" },
        { "5", true, 5, "5" },  { "denied", false, 0, "denied" },  { NULL, false, 0, NULL },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = answered(reply_parts("2", rows[i].fail_info));
        ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
        const ScepReportEntry *entry = g_ptr_array_index(report->entries, 0);
        const ScepColumnValue value = column(entry, "fail_info"), other = column(entry, "fail_info_other");

        assert_int_equal(value.is_known, rows[i].is_known);
        if (rows[i].is_known)
            assert_int_equal(value.number, rows[i].number);
        assert_int_equal(g_strcmp0(other.text, rows[i].other), 0);
        assert_null(column(entry, "pki_status_other").text);
        assert_int_equal(column(entry, "stage_by_code").number, 0);
        scep_report_free(report);
        diagnosed_tracker_free(tracker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reasons), cmocka_unit_test(test_statuses), cmocka_unit_test(test_success),
        cmocka_unit_test(test_stages),  cmocka_unit_test(test_columns),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
