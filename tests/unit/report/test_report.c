/* test_report.c
 * The report on a capture: which hint leads, what is counted, and what the text says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"

#include "scep/catalogue.h"
#include "scep/report.h"
#include "raising.h"

/* ---- building ---------------------------------------------------------------------------------------------------- */

/* A PKCSReq in this frame. */
static ScepExchange *submit(ScepTracker *tracker, uint32_t frame)
{
    Carried carried;

    carry(&carried, pki_signed_data(request_parts()));
    const ScepRequest request = message_request(&carried);
    ScepExchange *exchange = ask(tracker, frame, &request);
    drop(&carried);
    return exchange;
}

static void reply_http(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame, uint16_t status)
{
    const ScepResponse response = { .status = status, .server = "Microsoft-IIS/10.0" };

    answer(tracker, exchange, frame, &response);
}

/* GetCACaps, GetCACert and a PKCSReq that is refused, frames 1 to 6. */
static ScepTracker *refused(const char *fail_info)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    scep_tracker_clock(tracker, SECOND);
    ask_capabilities(tracker, "POSTPKIOperation\nSHA-256\nAES\n");
    ask_certificate(tracker);
    certrep(tracker, submit(tracker, 5), 6, "2", fail_info);
    scep_tracker_clock(tracker, 6 * SECOND);
    return tracker;
}

static ScepExchange *exchange_at(const ScepTracker *tracker, guint index)
{
    return g_ptr_array_index(scep_tracker_get0_exchanges(tracker), index);
}

static const ScepReportEntry *entry_at(const ScepReport *report, guint index)
{
    assert_true(index < report->entries->len);
    return g_ptr_array_index(report->entries, index);
}

static void assert_leads(const GPtrArray *hints, const char *id)
{
    assert_true(hints->len > 0);
    assert_string_equal(((ScepReportHint *)g_ptr_array_index(hints, 0))->hint->id, id);
}

static void assert_leading(ScepTracker *tracker, const char *id)
{
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);

    assert_leads(entry_at(report, 0)->hints, id);
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
}

static void assert_frames(const GArray *frames, unsigned count, const uint32_t *expected)
{
    assert_int_equal(frames->len, count);
    assert_memory_equal(frames->data, expected, count * sizeof *expected);
}

static char *text_of(ScepTracker *tracker)
{
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    GString *text = scep_report_new_text(report);

    scep_report_free(report);
    return g_string_free(text, FALSE);
}

static void assert_says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("\"%s\" is not in:\n%s", words, text);
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

static void test_refused(void **state)
{
    ScepTracker *tracker = refused("2");
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    const ScepReportEntry *entry = entry_at(report, 0);

    (void)state;
    assert_int_equal(report->entries->len, 1);
    assert_int_equal(report->counts[SCEP_OUTCOME_REFUSED], 1);
    assert_int_equal(entry->outcome, SCEP_OUTCOME_REFUSED);
    assert_int_equal(entry->stage, 2);
    assert_string_equal(entry->client, device_address);
    assert_string_equal(entry->server, server_address);
    assert_int_equal(entry->server_port, 443);
    assert_int_equal(entry->pki_status, SCEP_STATUS_FAILURE);
    assert_int_equal(entry->fail_info, SCEP_FAIL_BAD_REQUEST);
    assert_false(entry->has_hresult);
    assert_frames(entry->frames, 6, (const uint32_t[]){ 1, 2, 3, 4, 5, 6 });
    assert_int_equal(entry->start, SECOND);
    assert_int_equal(entry->duration, 5 * SECOND);
    assert_leads(entry->hints, "certrep_fail_badrequest");
    const ScepReportHint *leading = g_ptr_array_index(entry->hints, 0);
    assert_frames(leading->frames, 2, (const uint32_t[]){ 6, 5 });
    assert_int_equal(report->roles->len, 2);
    assert_string_equal(g_array_index(report->roles, ScepReportRole, 0).role, "device");
    assert_string_equal(g_array_index(report->roles, ScepReportRole, 1).role, "ndes");
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
}

static bool wants_none(const ScepExchange *exchange, const void *data)
{
    (void)exchange;
    (void)data;
    return false;
}

static bool wants_frame(const ScepExchange *exchange, const void *frame)
{
    return exchange->request_frame == *(const uint32_t *)frame;
}

static void test_only_what_is_wanted(void **state)
{
    ScepTracker *tracker = refused("2");
    const uint32_t first = 1;

    (void)state;
    ScepReport *report = scep_report_new(diagnosis_of(tracker), wants_none, NULL);
    assert_int_equal(report->entries->len, 0);
    assert_int_equal(report->counts[SCEP_OUTCOME_REFUSED], 0);
    scep_report_free(report);
    /* One frame that passes the filter brings its whole enrollment. */
    report = scep_report_new(diagnosis_of(tracker), wants_frame, &first);
    assert_int_equal(entry_at(report, 0)->frames->len, 6);
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
}

/* The same hint of several messages is told once, with all frames. */
static void test_equal_hints_are_one(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    reply_http(tracker, submit(tracker, 5), 6, 500);
    reply_http(tracker, submit(tracker, 7), 8, 500);
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    const ScepReportEntry *entry = entry_at(report, 0);
    assert_int_equal(report->entries->len, 1);
    assert_leads(entry->hints, "http_500_any_op");
    assert_frames(((ScepReportHint *)g_ptr_array_index(entry->hints, 0))->frames, 4, (const uint32_t[]){ 8, 5, 6, 7 });
    for (guint i = 1; i < entry->hints->len; i++)
        assert_string_not_equal(((ScepReportHint *)g_ptr_array_index(entry->hints, i))->hint->id, "http_500_any_op");
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
}

static void test_hints_of_no_enrollment(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = operation_request(SCEP_OP_NONE);

    (void)state;
    reply_http(tracker, ask(tracker, 1, &request), 2, 503);
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    assert_int_equal(report->entries->len, 0);
    assert_leads(report->hints, "http_503_scep_pool");
    GString *text = scep_report_new_text(report);
    assert_says(text->str, "0 enrollments.");
    assert_says(text->str, "Outside any enrollment:");
    assert_says(text->str, "http_503_scep_pool");
    g_string_free(text, TRUE);
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
}

static void test_nothing(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    char *text = text_of(tracker);

    (void)state;
    assert_string_equal(text, "The capture as a whole: 0 enrollments.\n");
    g_free(text);
    diagnosed_tracker_free(tracker);
}

/* ---- which hint leads -------------------------------------------------------------------------------------------- */

/* A warning of the request that explains the refusal leads it; one that does not stays behind. */
static void test_cause_in_the_request(void **state)
{
    (void)state;
    ScepTracker *tracker = refused("0");
    raise_hint(tracker, exchange_at(tracker, 2), false, "pkiop_weak_digest");
    assert_leading(tracker, "pkiop_weak_digest");

    tracker = refused("2");
    raise_hint(tracker, exchange_at(tracker, 2), false, "pkiop_weak_digest");
    assert_leading(tracker, "certrep_fail_badrequest");

    tracker = refused("3");
    raise_hint(tracker, exchange_at(tracker, 2), false, "signer_clock");
    assert_leading(tracker, "signer_clock");

    tracker = refused("2");
    raise_hint(tracker, exchange_at(tracker, 2), false, "pkiop_challenge_not_printable");
    assert_leading(tracker, "certrep_fail_badrequest");

    tracker = refused("2");
    raise_hint(tracker, exchange_at(tracker, 2), false, "challenge_type_refused");
    assert_leading(tracker, "challenge_type_refused");
}

/* An error code names the reason; a cause that is only guessed at stays behind it. */
static void test_guess_behind_an_error_code(void **state)
{
    ScepTracker *tracker = refused("2");

    (void)state;
    raise_hint(tracker, exchange_at(tracker, 2), true, "certrep_ndes_hresult");
    raise_hint(tracker, exchange_at(tracker, 2), false, "challenge_type_refused");
    assert_leading(tracker, "certrep_ndes_hresult");
}

/* An error of the request itself leads whatever it was answered with. */
static void test_error_in_the_request(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = operation_request(SCEP_OP_PKIOPERATION);

    (void)state;
    reply_http(tracker, ask(tracker, 5, &request), 6, 500);
    assert_leading(tracker, "pkiop_empty_post");
}

/* What GetCACert showed explains the refusal that follows. */
static void test_cause_in_the_ca_certificate(void **state)
{
    (void)state;
    ScepTracker *tracker = refused("1");
    raise_hint(tracker, exchange_at(tracker, 1), true, "cacert_ra_expired");
    assert_leading(tracker, "cacert_ra_expired");

    tracker = refused("0");
    raise_hint(tracker, exchange_at(tracker, 1), true, "cacert_ra_expired");
    assert_leading(tracker, "certrep_fail_badalg");
}

/* Inside one list the order stands, whatever the severities. */
static void test_order_of_a_list(void **state)
{
    ScepTracker *tracker = refused("2");

    (void)state;
    raise_hint(tracker, exchange_at(tracker, 2), true, "certrep_unknown_status");
    assert_leading(tracker, "certrep_unknown_status");
}

/* A note never leads while there is anything worse, and leads where there is not. */
static void test_notes(void **state)
{
    ScepTracker *tracker = refused("2");

    (void)state;
    raise_hint(tracker, exchange_at(tracker, 2), true, "certrep_msg_attr_38");
    assert_leading(tracker, "certrep_fail_badrequest");

    /* What the server says in its own words is no note. */
    tracker = refused("2");
    raise_hint(tracker, exchange_at(tracker, 2), true, "certrep_failinfotext");
    assert_leading(tracker, "certrep_failinfotext");

    tracker = diagnosed_tracker_new();
    ask_capabilities(tracker, "POSTPKIOperation\nSHA-256\nAES\n");
    ask_certificate(tracker);
    ScepExchange *exchange = submit(tracker, 5);
    certrep(tracker, exchange, 6, "0", NULL);
    /* whatever a SUCCESS without a certificate raises */
    forget_findings(diagnosis_of(tracker)->findings, scep_findings_list(exchange->subject, true));
    raise_hint(tracker, exchange, true, "certrep_success");
    raise_hint(tracker, exchange, false, "pkiop_retry_same_txid");
    assert_leading(tracker, "certrep_success");
}

/* How many pairs there are: a row that loses one of its symptoms, or gets one by mistake, is noticed. */
static void test_causes_are_in_the_catalogue(void **state)
{
    unsigned explained = 0, covered = 0, yielding = 0;

    (void)state;
    for (int i = 0; i < SCEP_HINT_COUNT; i++) {
        for (int k = 0; k < SCEP_HINT_COUNT; k++) {
            explained += scep_hint_explains((ScepHintId)i, (ScepHintId)k);
            covered += scep_hint_covers((ScepHintId)i, (ScepHintId)k);
            yielding += scep_hint_yields_to((ScepHintId)i, (ScepHintId)k);
        }
    }
    assert_int_equal(explained, 840);
    assert_int_equal(covered, 287);
    assert_int_equal(yielding, 8);
    assert_true(scep_hint_explains(SCEP_HINT_cacert_ra_expired, SCEP_HINT_certrep_ndes_hresult));
    assert_false(scep_hint_explains(SCEP_HINT_certrep_ndes_hresult, SCEP_HINT_cacert_ra_expired));
    assert_false(scep_hint_explains(SCEP_HINT_NONE, SCEP_HINT_certrep_ndes_hresult));
    assert_false(scep_hint_covers(SCEP_HINT_NONE, SCEP_HINT_certrep_ndes_hresult));
    assert_false(scep_hint_yields_to(SCEP_HINT_NONE, SCEP_HINT_certrep_ndes_hresult));
    /* the begin of a name, and nothing at all, are no hints that could be asked for */
    assert_int_equal(scep_hint_find("cacert_ra"), SCEP_HINT_NONE);
    assert_int_equal(scep_hint_find(""), SCEP_HINT_NONE);
}

/* ---- the text ---------------------------------------------------------------------------------------------------- */

static void test_text_of_a_refusal(void **state)
{
    ScepTracker *tracker = refused("2");
    char *text = text_of(tracker);

    (void)state;
    assert_says(text, "Enrollment 1: REFUSED at stage 2 (Device to NDES)\n");
    assert_says(text, "  Device:      192.0.2.10");
    assert_says(text, "  Server:      192.0.2.1 port 443\n");
    assert_says(text, "1970-01-01 00:00:01.000 UTC, for 5.000 s");
    assert_says(text, "    GetCACaps by GET, frame 1, frame 2 after 1.000 s: HTTP 200\n");
    assert_says(text, "    PKCSReq by POST, frame 5, frame 6 after 1.000 s: FAILURE badRequest\n");
    assert_says(text, "  Verdict:     The server refused PKCSReq in frame 6: FAILURE badRequest.\n");
    assert_says(text, "[certrep_fail_badrequest]");
    assert_says(text, "  Causes:      refused by the CA; ");
    assert_says(text, "  Check next:");
    assert_says(text, "  Log:");
    assert_null(strstr(text, "Same matter:"));
    assert_says(text, "  Evidence:    frames 6, 5\n");
    assert_says(text, "The capture as a whole: 1 enrollment: 1 refused.\n");
    g_free(text);
    diagnosed_tracker_free(tracker);
}

static unsigned times(const char *text, const char *words)
{
    unsigned count = 0;

    for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words))
        count++;
    return count;
}

static void ask_in_vain(ScepTracker *tracker, uint32_t frame, const char *client, uint16_t status)
{
    const ScepRequest request = operation_request(SCEP_OP_GETCACAPS);
    const ScepResponse response = { .status = status, .body = (const uint8_t *)"x", .body_size = 1 };
    ScepPlace place = place_at(frame);

    place.client = client;
    place.stream = frame;
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    place.frame = frame + 1;
    scep_tracker_response(tracker, exchange, &place, &response);
}

/* The advice for a device that fails in the same way again stands once. Another device, or another failure, has its
 * own. */
static void test_text_of_tries(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    for (uint32_t i = 0; i < 3; i++) /* each more than ten minutes after the one before */
        ask_in_vain(tracker, 1 + 700 * i, "192.0.2.10", 401);
    ask_in_vain(tracker, 3000, "192.0.2.11", 401);
    ask_in_vain(tracker, 4000, "192.0.2.11", 414);
    char *text = text_of(tracker);
    assert_int_equal(times(text, ": REFUSED at stage"), 5);
    assert_int_equal(times(text, "[http_401_on_mscep]"), 2);
    assert_int_equal(times(text, "[http_414_uri_too_long]"), 1);
    assert_says(text, "  Findings:    as in enrollment 1: http_401_on_mscep in frames 702, 701\n");
    assert_says(text, "  Findings:    as in enrollment 1: http_401_on_mscep in frames 1402, 1401\n");
    assert_int_equal(times(text, "Findings:"), 2);
    g_free(text);
    diagnosed_tracker_free(tracker);
}

static void test_lines_fit(void **state)
{
    ScepTracker *tracker = refused("1");
    char *text = text_of(tracker);
    char **lines = g_strsplit(text, "\n", -1);

    (void)state;
    assert_true(g_strv_length(lines) < 40);
    for (char **line = lines; *line != NULL; line++) {
        assert_true(g_utf8_strlen(*line, -1) <= 100);
        assert_false(g_str_has_suffix(*line, " "));
    }
    g_strfreev(lines);
    g_free(text);
    diagnosed_tracker_free(tracker);
}

/* Absence is told with the time that the capture goes on. */
static void test_text_of_silence(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    scep_tracker_clock(tracker, SECOND);
    submit(tracker, 5);
    scep_tracker_clock(tracker, 6 * SECOND);
    char *text = text_of(tracker);
    assert_says(text, "UNANSWERED");
    assert_says(text, "PKCSReq in frame 5 has no answer in this capture. The capture goes on for 1.000 s");
    assert_null(strstr(text, "enrolment_unanswered"));
    g_free(text);
    scep_tracker_clock(tracker, 600 * SECOND);
    ask_capabilities(tracker, "AES\n"); /* more is booked, so the conclusions are drawn anew */
    text = text_of(tracker);
    assert_says(text, "[http_request_no_reply]");
    assert_says(text, "  Same matter: enrolment_unanswered in frame 5\n");
    g_free(text);
    diagnosed_tracker_free(tracker);
}

/* What a peer sends cannot break a line or reach the reader's terminal. */
static void test_text_is_clean(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(SCEP_OP_GETCACERT);

    (void)state;
    request.user_agent = "x\n\x1b[31m\xff\xc2\x9b\xe2\x80\xae y";
    request.identifier = "a\rb";
    request.has_identifier = true;
    ask(tracker, 1, &request);
    char *text = text_of(tracker);
    assert_true(g_utf8_validate(text, -1, NULL));
    assert_null(strpbrk(text, "\x1b\r"));
    assert_null(strstr(text, "\xc2\x9b"));
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_says(text, "\"a?b\"");
    g_free(text);
    diagnosed_tracker_free(tracker);
}

/* A device that asks for hours does not fill the screen. */
static void test_many_steps(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    for (uint32_t frame = 1; frame < 41; frame += 2)
        reply_http(tracker, submit(tracker, frame), frame + 1, 500);
    char *text = text_of(tracker);
    assert_says(text, "    ... 12 more ...\n");
    assert_says(text, " and 32 more");
    g_free(text);
    diagnosed_tracker_free(tracker);
}

static void test_stage_names(void **state)
{
    (void)state;
    assert_string_equal(scep_stage_name(4), "NDES to CA");
    assert_string_equal(scep_stage_name(6), "Reporting to Intune");
    assert_string_equal(scep_stage_name(7), "");
}

/* ---- clients ----------------------------------------------------------------------------------------------------- */

static void test_clients(void **state)
{
    (void)state;
    assert_string_equal(scep_client_name("Mozilla/4.0 (compatible; Win32; NDES client 10.0.22631.1/ni_release)"),
                        "Windows");
    assert_string_equal(scep_client_name("profiled/1.0 CFNetwork/1568.300.101 Darwin/24.2.0"), "iOS/iPadOS");
    assert_string_equal(scep_client_name("mdmclient/1 CFNetwork/1568.300.101 Darwin/24.2.0"), "macOS");
    assert_string_equal(scep_client_name("Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8)"), "Android");
    assert_non_null(strstr(scep_client_name("Mozilla/4.0 (compatible; MSIE 5.0; Cisco PKI)"), "Cisco"));
    assert_non_null(strstr(scep_client_name("Go-http-client/1.1"), "micromdm"));
    assert_null(scep_client_name("Mozilla/5.0 (X11; Linux x86_64)"));
    assert_null(scep_client_name(NULL));
    /* No row hides one behind it. */
    for (size_t i = 0; i < scep_client_count; i++)
        assert_string_equal(scep_client_name(scep_clients[i].mark), scep_clients[i].name);
}

/* An exchange that belongs to no enrollment and has no finding of its own. */
static ScepExchange *foreign(ScepTracker *tracker)
{
    const ScepRequest request = operation_request(SCEP_OP_NONE);
    ScepExchange *exchange = ask(tracker, 1, &request);

    reply_http(tracker, exchange, 2, 200);
    assert_true(request_findings(tracker, exchange) == NULL && response_findings(tracker, exchange) == NULL);
    return exchange;
}

/* Outside of enrollments the advice of one hint stands once, however often it was seen in other places. */
static void test_text_of_the_same_elsewhere(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepExchange *exchange = foreign(tracker);

    (void)state;
    raise_seen(tracker, exchange, true, "dns_ndes_nxdomain", "c.example: NXDOMAIN");
    raise_seen(tracker, exchange, true, "intune_unreachable", "intune.example");
    raise_seen(tracker, exchange, true, "dns_ndes_nxdomain", "b.example: SERVFAIL");
    raise_seen(tracker, exchange, true, "dns_ndes_nxdomain", "a.example: NXDOMAIN");
    char *text = text_of(tracker);
    assert_int_equal(times(text, "[dns_ndes_nxdomain]"), 1);
    assert_int_equal(times(text, "[intune_unreachable]"), 1);
    assert_says(text, "  Seen:        a.example: NXDOMAIN\n");
    assert_says(text, "  Also in:     frames 2, 1: b.example: SERVFAIL; frames 2, 1: c.example: NXDOMAIN\n");
    assert_null(strstr(text, "More errors:"));
    g_free(text);
    diagnosed_tracker_free(tracker);
}

/* Of many kinds the first ones are told in full, each severity by itself. */
static void test_text_of_many_kinds(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepExchange *exchange = foreign(tracker);
    unsigned errors = 0, warnings = 0;

    (void)state;
    for (size_t i = 0; i < SCEP_HINT_COUNT; i++) {
        if ((scep_hints[i].severity == SCEP_SEVERITY_ERROR && errors++ < 11) ||
            (scep_hints[i].severity == SCEP_SEVERITY_WARNING && warnings++ < 9))
            raise_hint(tracker, exchange, true, scep_hints[i].id);
    }
    char *text = text_of(tracker);
    assert_int_equal(times(text, "\n  Error: "), 8);
    assert_int_equal(times(text, "\n  Warning: "), 8);
    assert_int_equal(times(text, "\n  More errors: "), 1);
    assert_int_equal(times(text, "\n  Warnings: "), 1);
    assert_int_equal(times(text, " in frames 2, 1"), 3 + 1);
    g_free(text);
    diagnosed_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_only_what_is_wanted),
        cmocka_unit_test(test_equal_hints_are_one),
        cmocka_unit_test(test_hints_of_no_enrollment),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_cause_in_the_request),
        cmocka_unit_test(test_guess_behind_an_error_code),
        cmocka_unit_test(test_error_in_the_request),
        cmocka_unit_test(test_cause_in_the_ca_certificate),
        cmocka_unit_test(test_order_of_a_list),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_causes_are_in_the_catalogue),
        cmocka_unit_test(test_text_of_a_refusal),
        cmocka_unit_test(test_text_of_tries),
        cmocka_unit_test(test_lines_fit),
        cmocka_unit_test(test_text_of_silence),
        cmocka_unit_test(test_text_is_clean),
        cmocka_unit_test(test_text_of_the_same_elsewhere),
        cmocka_unit_test(test_text_of_many_kinds),
        cmocka_unit_test(test_many_steps),
        cmocka_unit_test(test_stage_names),
        cmocka_unit_test(test_clients),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
