/* test_rules_ca.c
 * What is told of calls to the CA, and what an outcome settles.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ca_calls.h"

#include "scep/report.h"

static void test_what_answers_mean(void **state)
{
    static const struct {
        uint32_t disposition;
        const char *ids;
        bool refused;
    } rows[] = {
        { 2, "wcce_disposition_denied", true },
        { 0x80094811, "wcce_disposition_denied", true },
        { 3, "wcce_disposition_issued", false },
        { 5, "wcce_disposition_pending", false },
        { 1, "", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ScepCaCall *call = call_ca(tracker, 6, device_key, 0);
        answer_call(tracker, call, 7, 0, rows[i].disposition, NULL);
        assert_findings(request_findings(tracker, call), "wcce_request_seen");
        assert_findings(response_findings(tracker, call), rows[i].ids);
        assert_int_equal(scep_ca_call_is_refused(call), rows[i].refused);
        diagnosed_tracker_free(tracker);
    }
}

static void test_faults(void **state)
{
    static const struct {
        uint32_t fault;
        uint8_t level;
        const char *ids;
    } rows[] = {
        { 5, 0, "dcom_access_denied_fault" },
        { 5, 6, "dcom_access_denied_fault" },
        { 5, 2, "ca_requires_privacy" },
        { 0x1c010003, 6, "rpc_fault_generic" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ScepCaCall *call = call_ca(tracker, 6, device_key, 0);
        const ScepPlace place = ca_place(7);
        const ScepCaMessage message = {
            .method = request_method(), .is_fault = true, .fault = rows[i].fault, .auth_level = rows[i].level
        };
        scep_tracker_ca_answer(tracker, call, &place, &message);
        assert_findings(response_findings(tracker, call), rows[i].ids);
        assert_int_equal(scep_ca_call_code(call), rows[i].fault);
        diagnosed_tracker_free(tracker);
    }
}

/* ---- whether a call can be read ---------------------------------------------------------------------------------- */

static ScepCaCall *call_with(ScepTracker *tracker, uint32_t frame, ScepCaMessage message)
{
    const ScepPlace place = ca_place(frame);

    message.method = request_method();
    return scep_tracker_ca_request(tracker, &place, &message);
}

static void test_sealed_is_told_once(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepCaMessage sealed = { .is_sealed = true }, garbage = { .is_sealed = true, .is_garbage = true };

    (void)state;
    assert_findings(request_findings(tracker, call_with(tracker, 1, sealed)), "wcce_request_seen wcce_sealed");
    assert_findings(request_findings(tracker, call_with(tracker, 2, sealed)), "wcce_request_seen");
    assert_findings(request_findings(tracker, call_with(tracker, 3, garbage)),
                    "wcce_request_seen wcce_decryption_garbage");
    assert_findings(request_findings(tracker, call_with(tracker, 4, garbage)), "wcce_request_seen");
    /* another enrollment is told of its own */
    submit_signed(tracker, 5, "ONE", NULL, NULL);
    assert_findings(request_findings(tracker, call_with(tracker, 6, sealed)), "wcce_request_seen wcce_sealed");
    assert_findings(request_findings(tracker, call_with(tracker, 7, sealed)), "wcce_request_seen");
    diagnosed_tracker_free(tracker);
}

static void check_problem(ScepNdrProblemCode code, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepNdrProblem problem = { .code = code, .parameter = "pctbRequest", .number = 7, .expected = 3 };
    Direction made;

    begin(&made, false);
    made.call.problems = g_array_new(FALSE, FALSE, sizeof problem);
    g_array_append_val(made.call.problems, problem);
    const ScepCaCall *call = call_with(tracker, 1, (ScepCaMessage){ .call = &made.call });
    assert_findings(request_findings(tracker, call), expected);
    const ScepFinding *finding = find_finding(request_findings(tracker, call), "wcce_stub_malformed");
    if (finding != NULL) {
        char *text = scep_ndr_new_problem_text(&problem);
        assert_string_equal(finding->detail, text);
        g_free(text);
    }
    g_array_unref(made.call.problems);
    end(&made);
    diagnosed_tracker_free(tracker);
}

static void test_malformed_parameters(void **state)
{
    (void)state;
    check_problem(SCEP_NDR_COUNT_TOO_LARGE, "wcce_request_seen wcce_stub_malformed");
    check_problem(SCEP_NDR_TRUNCATED, "wcce_request_seen"); /* what the capture lacks is no fault of the sender */
}

/* ---- refused, whoever asks --------------------------------------------------------------------------------------- */

static void test_denies_everything(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepCaCall *calls[3];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        calls[i] = call_ca(tracker, 6 + 2 * i, device_key, 0);
        answer_call(tracker, calls[i], 7 + 2 * i, 0, 0x80094011, NULL);
    }
    assert_findings(response_findings(tracker, calls[0]),
                    "wcce_disposition_denied"); /* one alone says nothing of the others */
    assert_findings(response_findings(tracker, calls[1]), "ca_no_remote_icert");
    assert_findings(response_findings(tracker, calls[2]), "ca_no_remote_icert");
    diagnosed_tracker_free(tracker);

    tracker = diagnosed_tracker_new();
    for (uint32_t i = 0; i < 3; i++) {
        calls[i] = call_ca(tracker, 6 + 2 * i, device_key, 0);
        answer_call(tracker, calls[i], 7 + 2 * i, 0, i ? 0x80094011 : 3, NULL);
    }
    assert_findings(response_findings(tracker, calls[2]), "wcce_disposition_denied"); /* it has granted one */
    diagnosed_tracker_free(tracker);
}

/* ---- what the whole capture tells -------------------------------------------------------------------------------- */

static void finish(ScepTracker *tracker, uint32_t seconds)
{
    scep_tracker_clock(tracker, seconds * SECOND);
    scep_tracker_finish(tracker);
}

static void test_unanswered(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepCaCall *call = call_sealed(tracker, 10);
    const ScepPlace asked = ca_place(12), bound = ca_place(13);

    (void)state;
    finish(tracker, 39);
    assert_null(find_finding(request_findings(tracker, call), "wcce_request_unanswered"));
    call_sealed(tracker, 11);
    finish(tracker, 60); /* the capture may hold one direction only */
    assert_null(find_finding(request_findings(tracker, call), "wcce_request_unanswered"));
    scep_tracker_ca_chain_answer(tracker, scep_tracker_ca_chain_request(tracker, &asked, SCEP_CA_BIND, false, false),
                                 &bound, &(ScepCaChainAnswer){ .has_status = true });
    for (unsigned passes = 0; passes < 2; passes++) {
        finish(tracker, 60 + passes);
        assert_findings(request_findings(tracker, call), "wcce_request_seen wcce_sealed wcce_request_unanswered");
    }
    /* it came after all */
    answer_call(tracker, call, 70, 0, 3, NULL);
    finish(tracker, 100);
    assert_findings(request_findings(tracker, call), "wcce_request_seen wcce_sealed");
    diagnosed_tracker_free(tracker);
}

/* @param first  disposition of the call before, 0 for none */
static void check_restart(uint32_t first, bool later, const char *expected, ScepSeverity severity)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepPlace place = ca_place(10), answered = ca_place(11);
    const ScepCaChainAnswer gone = { .has_status = true, .status = 0x16c9a0d6 }, there = { .has_status = true };

    if (first != 0)
        answer_call(tracker, call_ca(tracker, 5, device_key, 0), 6, 0, first, NULL);
    ScepCaCall *step = scep_tracker_ca_chain_request(tracker, &place, SCEP_CA_RESOLVE, false, false);
    scep_tracker_ca_chain_answer(tracker, step, &answered, &gone);
    if (later) {
        const ScepPlace again = ca_place(20), works = ca_place(21);
        scep_tracker_ca_chain_answer(
            tracker, scep_tracker_ca_chain_request(tracker, &again, SCEP_CA_RESOLVE, false, false), &works, &there);
    }
    for (unsigned passes = 0; passes < 2; passes++) {
        finish(tracker, 600 + passes);
        assert_findings(response_findings(tracker, step), expected);
    }
    const ScepFinding *finding = find_finding(response_findings(tracker, step), "ca_restart_rpc_unavailable");
    if (finding != NULL) {
        assert_int_equal(finding->severity, severity);
        assert_int_equal(finding->frames[1], 6);
    }
    diagnosed_tracker_free(tracker);
}

static void test_restart(void **state)
{
    (void)state;
    check_restart(3, false, "rpc_epm_no_endpoint ca_restart_rpc_unavailable", SCEP_SEVERITY_ERROR);
    check_restart(3, true, "rpc_epm_no_endpoint ca_restart_rpc_unavailable", SCEP_SEVERITY_NOTE);
    check_restart(0, false, "rpc_epm_no_endpoint", SCEP_SEVERITY_ERROR);
    check_restart(0x80094011, false, "rpc_epm_no_endpoint", SCEP_SEVERITY_ERROR); /* nothing worked before */
}

static void refuse(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame, const char *code)
{
    PkiParts parts = reply_parts("2", "2");
    Read read;

    if (code != NULL)
        parts.attributes =
            der_join(parts.attributes, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, code)), END);
    read_message(&read, pki_signed_data(parts));
    const ScepResponse response = whole_response(&read);
    answer(tracker, exchange, frame, &response);
    forget(&read);
}

/* A device is refused in frame 101. @param known  frame of a call before, 0 for none; @param around  of one near by */
static void check_refusal(uint32_t known, uint32_t around, const char *code, bool expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    if (known != 0)
        answer_call(tracker, call_ca(tracker, known, ra_key, 0), known + 1, 0, 3, NULL);
    ScepExchange *exchange = submit_signed(tracker, 100, "ONE", NULL, NULL);
    refuse(tracker, exchange, 101, code);
    if (around != 0)
        call_ca(tracker, around, ra_key, 0);
    for (unsigned passes = 0; passes < 2; passes++) {
        finish(tracker, 600 + passes);
        assert_int_equal(find_finding(response_findings(tracker, exchange), "stage4_no_rpc_but_failure") != NULL,
                         expected);
    }
    diagnosed_tracker_free(tracker);
}

static void test_refused_without_the_ca(void **state)
{
    (void)state;
    check_refusal(50, 0, NULL, true);
    check_refusal(50, 200, NULL, true);
    check_refusal(50, 0, "-2147024809", true); /* 0x80070057 may be NDES' own */
    check_refusal(0, 0, NULL, false);          /* nothing is known of that leg */
    check_refusal(0, 200, NULL, false);
    check_refusal(97, 0, NULL, false); /* that call may have been about it */
    check_refusal(50, 104, NULL, false);
    check_refusal(50, 0, "-2146875375", false); /* 0x80094811 is the CA's */
    check_refusal(50, 0, "-2147023174", false); /* 0x800706ba is RPC's */
}

static void test_cacert_is_no_sign_of_the_ca(void **state)
{
    static const struct {
        const char *code;
        bool expected;
    } rows[] = { { "-2147023174", true }, { "-2146875375", false }, { NULL, false } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ask_certificate(tracker);
        ScepExchange *exchange = submit_signed(tracker, 5, "ONE", NULL, NULL);
        refuse(tracker, exchange, 6, rows[i].code);
        finish(tracker, 600);
        const ScepFinding *finding = find_finding(response_findings(tracker, exchange), "cacert_ok_is_not_ca_ok");
        assert_int_equal(finding != NULL, rows[i].expected);
        if (finding != NULL)
            assert_int_equal(finding->frames[finding->frame_count - 1], 4);
        diagnosed_tracker_free(tracker);
    }
}

static const ScepFinding *only(const ScepFinding *findings)
{
    assert_non_null(findings);
    assert_null(findings->next);
    return findings;
}

/* The refusal of the CA leads the refusal of NDES that follows it; what is granted in the end was no fault. */
static void test_in_the_report(void **state)
{
    (void)state;
    for (int granted = 0; granted <= 1; granted++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ask_certificate(tracker);
        ScepExchange *exchange = submit_signed(tracker, 5, TRANSACTION, NULL, NULL);
        ScepCaCall *call = call_ca(tracker, 6, device_key, 0);
        answer_call(tracker, call, 7, 77, granted ? 5 : 0x80094800, NULL);
        certrep(tracker, exchange, 8, granted ? "0" : "2", granted ? NULL : "2");
        scep_tracker_finish(tracker);
        assert_int_equal(only(response_findings(tracker, call))->severity,
                         granted ? SCEP_SEVERITY_NOTE : SCEP_SEVERITY_ERROR);

        ScepReportEntry *entry = scep_report_entry_new(diagnosis_of(tracker), exchange->enrollment);
        const ScepReportHint *leading = g_ptr_array_index(entry->hints, 0);
        assert_int_equal(entry->stage, granted ? 5 : 4);
        assert_string_equal(entry->ca, ca_address);
        assert_string_equal(entry->template_name, "Device");
        assert_int_equal(entry->request_id, 77);
        assert_int_equal(entry->frames->len, 6);
        assert_int_equal(entry->has_hresult, !granted);
        if (!granted) {
            assert_string_equal(leading->hint->id, "wcce_disposition_denied");
            assert_non_null(strstr(leading->detail, "CERTSRV_E_UNSUPPORTED_CERT_TYPE"));
            assert_int_equal(entry->hresult, 0x80094800);
        }
        scep_report_entry_free(entry);
        diagnosed_tracker_free(tracker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_answers_mean),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_sealed_is_told_once),
        cmocka_unit_test(test_malformed_parameters),
        cmocka_unit_test(test_denies_everything),
        cmocka_unit_test(test_unanswered),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_refused_without_the_ca),
        cmocka_unit_test(test_cacert_is_no_sign_of_the_ca),
        cmocka_unit_test(test_in_the_report),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
