/* test_findings_service.c
 * What the answers of services mean, what leads a refusal, and what never came.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "service_calls.h"
#include "tracker/service_call.h"

/* ---- what answers mean ------------------------------------------------------------------------------------------- */

#define NO_ENDPOINT "{\"value\":[{\"providerName\":\"Other\"}]}"

static void test_answers(void **state)
{
    static const struct {
        const char *path;
        uint16_t status;
        const char *body;
        const char *ids;
        bool refused;
    } rows[] = {
        { VERIFY, 201, NULL, "verify_ok_201", false },
        { VERIFY, 200, NULL, "", false },
        { VERIFY, 403, "HTTP Error 403.7 - Forbidden", "http_403_7_client_cert_required", true },
        { VERIFY, 403, "HTTP Error 403.13 - Forbidden", "http_403_13_client_cert_revoked", true },
        { VERIFY, 403, "HTTP Error 403.16 - Forbidden", "http_403_16_client_cert_untrusted", true },
        { VERIFY, 403, "HTTP Error 403.17 - Forbidden", "http_403_17_client_cert_time", true },
        { VERIFY, 403, "HTTP Error 403.1 - Forbidden", "verify_http_error", true },
        { VERIFY, 403, "403.160", "http_403_client_cert_eku", true },
        { VERIFY, 403, NULL, "http_403_client_cert_eku", true },
        { VERIFY, 401, NULL, "http_503_certregsvc_winauth", true },
        { VERIFY, 503, NULL, "http_503_certregsvc_winauth", true },
        { VERIFY, 500, NULL, "verify_500", true },
        { VERIFY, 404, NULL, "verify_http_error", true },
        { "/CMCertificateRegistration/Certificate/VerifyRequest", 503, NULL, "verify_http_error", true },
        { "/CMCertificateRegistration/Certificate/VerifyRequest", 201, NULL, "verify_ok_201", false },
        { NOTIFY, 204, NULL, "notify_ok_204", false },
        { NOTIFY, 200, NULL, "notify_not_204", false },
        { NOTIFY, 403, "403.16", "notify_not_204", true },
        { VALIDATE, 200, "{\"code\":\"Success\"}", "", false },
        { VALIDATE, 200, "{\"code\":\"ChallengeExpired\"}", "thirdparty_validate_refused", true },
        { VALIDATE, 200, "{\"code\":\"NeverHeardOf\"}", "thirdparty_validate_refused", true },
        { VALIDATE, 200, "{\"other\":1}", "", false },
        { VALIDATE, 401, NULL, "thirdparty_auth_401", true },
        { VALIDATE, 500, "{\"code\":\"ChallengeExpired\"}", "verify_http_error", true },
        { TOKEN, 400, "{\"error\":\"invalid_client\"}", "thirdparty_auth_401", true },
        { TOKEN, 200, "{\"error\":\"invalid_client\"}", "", false },
        { DISCOVERY, 403, NULL, "thirdparty_discovery_403", true },
        { DISCOVERY, 200, NO_ENDPOINT, "thirdparty_no_scep_endpoint", false },
        { DISCOVERY, 200, "{\"value\":[\"ScepRequestValidationFEService\"]}", "", false },
        { DISCOVERY, 200, "{\"value\":[", "", false },
        { SUCCEEDED, 200, NULL, "", false },
        { SUCCEEDED, 500, NULL, "thirdparty_notify_failed", true },
        { FAILED, 401, NULL, "thirdparty_notify_failed", true },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ScepServiceCall *call = ask_service(tracker, 1, rows[i].path, "scope=https%3A%2F%2Fapi.manage.microsoft.com");
        answer_service(tracker, call, 2, rows[i].status, rows[i].body);
        assert_findings(response_findings(tracker, call), rows[i].ids);
        assert_int_equal(scep_service_is_refused(call), rows[i].refused);
        diagnosed_tracker_free(tracker);
    }
}

/* Any app signs in to Microsoft Entra; where it is not for Intune, a failure is none of ours. */
static void test_other_sign_ins(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    for (uint32_t known = 0; known < 2; known++) {
        ScepServiceCall *call = ask_service(tracker, 10 * known + 1, TOKEN, "scope=other");
        answer_service(tracker, call, 10 * known + 2, 401, "{\"error\":\"invalid_client\"}");
        assert_int_equal(call->is_foreign, !known);
        assert_int_equal(scep_service_is_shown(call, true), known);
        assert_findings(response_findings(tracker, call), known ? "thirdparty_auth_401" : "");
        submit(tracker, 5, "ONE"); /* from now on that host is a SCEP server */
    }
    diagnosed_tracker_free(tracker);
}

static void test_requests(void **state)
{
    static const struct {
        const char *path;
        const char *body;
        const char *ids;
    } rows[] = {
        { VERIFY, NULL, "" },
        { VALIDATE, NULL, "thirdparty_validate_seen" },
        { SUCCEEDED, NULL, "thirdparty_notify" },
        { FAILED, "{\"hResult\":-2147024809}", "thirdparty_notify" },
        { "/x/CertificateAuthorityRequests/downloadRevocationRequests", NULL, "thirdparty_revocation_seen" },
        { "/x/CertificateAuthorityRequests/uploadRevocationResults", NULL, "thirdparty_revocation_seen" },
        { "/CMCertificateRegistration/Certificate/Notify", NULL, "crp_path_configmgr" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        const ScepServiceCall *call = ask_service(tracker, 1, rows[i].path, rows[i].body);
        assert_findings(request_findings(tracker, call), rows[i].ids);
        if (rows[i].body != NULL)
            assert_detail(request_findings(tracker, call), "thirdparty_notify",
                          "hResult 0x80070057 E_INVALIDARG: a parameter is wrong");
        diagnosed_tracker_free(tracker);
    }
}

static void test_a_browser(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepPlace place = place_of(1, "192.0.2.99", server_address);
    const ScepServiceMessage message = { .service = service_of("/CMCertificateRegistration"), .is_get = true };
    ScepServiceCall *call = scep_tracker_service_request(tracker, &place, &message);

    (void)state;
    answer_service(tracker, call, 2, 404, NULL);
    assert_findings(request_findings(tracker, call), "");
    assert_findings(response_findings(tracker, call), "crp_vdir_404_healthy");
    diagnosed_tracker_free(tracker);
}

/* From the device's request on. A certificate makes a note of it. */
static void test_slow(void **state)
{
    (void)state;
    for (int slow = 0; slow < 2; slow++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ScepExchange *exchange = submit(tracker, 5, "ONE");
        ScepServiceCall *call = ask_service(tracker, 7, VERIFY, NULL);
        answer_service(tracker, call, slow ? 16 : 15, 201, NULL);
        assert_findings(response_findings(tracker, call), slow ? "verify_ok_201 verify_slow" : "verify_ok_201");
        certrep(tracker, exchange, 17, "0", NULL);
        scep_tracker_finish(tracker);
        for (const ScepFinding *finding = response_findings(tracker, call); finding != NULL; finding = finding->next)
            assert_int_equal(finding->severity, SCEP_SEVERITY_NOTE);
        diagnosed_tracker_free(tracker);
    }
}

/* ---- what leads -------------------------------------------------------------------------------------------------- */

static void test_a_verdict_leads_the_failure(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    char *body = transaction_body("ONE");

    (void)state;
    ScepExchange *exchange = submit(tracker, 5, "ONE");
    answer_service(tracker, ask_service(tracker, 6, VALIDATE, body), 7, 200, "{\"code\":\"ChallengeExpired\"}");
    refuse(tracker, exchange, 8);
    scep_tracker_finish(tracker);
    assert_string_equal(leading(tracker, exchange->enrollment), "thirdparty_validate_refused");
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    const ScepReportEntry *entry = g_ptr_array_index(report->entries, 0);
    assert_int_equal(entry->stage, 3);
    assert_int_equal(entry->frames->len, 4);
    GString *text = scep_report_new_text(report);
    assert_non_null(
        strstr(text->str, "validateRequest to Intune 203.0.113.50, frame 6, frame 7 after 1.000 s: ChallengeExpired"));
    g_string_free(text, TRUE);
    scep_report_free(report);
    g_free(body);
    diagnosed_tracker_free(tracker);
}

static unsigned count_findings(const ScepFinding *findings, const char *id)
{
    unsigned count = 0;

    for (; findings != NULL; findings = findings->next)
        count += strcmp(scep_finding_get0_hint(findings)->id, id) == 0;
    return count;
}

/* Whether the last answer of a scene gets a hint, and gets it once. */
static void expect_conclusion(void (*scene)(ScepTracker *tracker), const char *id, bool expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepExchange *last = NULL;

    scene(tracker);
    for (uint32_t again = 0; again < 2; again++) {
        scep_tracker_finish(tracker);
        const GPtrArray *exchanges = scep_tracker_get0_exchanges(tracker);
        last = g_ptr_array_index(exchanges, exchanges->len - 1);
        assert_int_equal(count_findings(response_findings(tracker, last), id), expected);
        /* The same once more, when more was booked. */
        ask_from(tracker, 1000 + again, "192.0.2.99", service_of("/CMCertificateRegistration"), NULL);
    }
    diagnosed_tracker_free(tracker);
}

static ScepExchange *verified(ScepTracker *tracker, uint32_t frame, const char *transaction, uint16_t status)
{
    ScepExchange *exchange = submit(tracker, frame, transaction);

    answer_service(tracker, ask_service(tracker, frame + 1, VERIFY, NULL), frame + 2, status, NULL);
    return exchange;
}

static void refused_after_verify(ScepTracker *tracker)
{
    refuse(tracker, verified(tracker, 5, "ONE", 201), 8);
}

static void refused_by_rpc_after_verify(ScepTracker *tracker)
{
    ScepExchange *exchange = verified(tracker, 5, "ONE", 201);

    refuse(tracker, exchange, 8);
    exchange->has_ndes_error = true;
    exchange->ndes_error = 0x800706ba;
}

static void refused_after_error(ScepTracker *tracker)
{
    refuse(tracker, verified(tracker, 5, "ONE", 500), 8);
}

static void refused_without_asking(ScepTracker *tracker)
{
    certrep(tracker, verified(tracker, 5, "ONE", 201), 8, "0", NULL);
    refuse(tracker, submit(tracker, 100, "TWO"), 101);
}

/* Over loopback, of the same NDES and of another one. */
static void loopback(ScepTracker *tracker, bool same)
{
    ScepExchange *exchange = submit(tracker, 5, "ONE");

    answer_service(tracker, ask_from(tracker, 6, "127.0.0.1", service_of(VERIFY), NULL), 7, 201, NULL);
    certrep(tracker, exchange, 8, "0", NULL);
    exchange = submit(tracker, 100, "TWO");
    if (!same) {
        ScepPlace other = place_of(0, device_address, "192.0.2.2");
        exchange->server = scep_tracker_get0_server(tracker, &other);
    }
    refuse(tracker, exchange, 101);
}

static void refused_without_asking_over_loopback(ScepTracker *tracker)
{
    loopback(tracker, true);
}

static void refused_by_another_server(ScepTracker *tracker)
{
    loopback(tracker, false);
}

static void refused_without_the_leg(ScepTracker *tracker)
{
    refuse(tracker, submit(tracker, 100, "TWO"), 101);
}

/* Two devices wait, so the call belongs to nobody for certain. */
static void refused_with_a_loose_call(ScepTracker *tracker)
{
    certrep(tracker, verified(tracker, 5, "ONE", 201), 8, "0", NULL);
    submit(tracker, 99, "THREE");
    ScepExchange *exchange = submit(tracker, 100, "TWO");
    answer_service(tracker, ask_service(tracker, 101, VERIFY, NULL), 102, 201, NULL);
    refuse(tracker, exchange, 103);
}

static void issued_and_reported(ScepTracker *tracker)
{
    certrep(tracker, verified(tracker, 5, "ONE", 201), 8, "0", NULL);
    answer_service(tracker, ask_service(tracker, 9, NOTIFY, NULL), 10, 204, NULL);
    scep_tracker_clock(tracker, 100 * SECOND);
}

static void issued_and_not_reported(ScepTracker *tracker)
{
    certrep(tracker, verified(tracker, 5, "ONE", 201), 8, "0", NULL);
    scep_tracker_clock(tracker, 68 * SECOND);
}

static void issued_and_the_capture_ends(ScepTracker *tracker)
{
    certrep(tracker, verified(tracker, 5, "ONE", 201), 8, "0", NULL);
    scep_tracker_clock(tracker, 67 * SECOND);
}

static void issued_by_another_vendor(ScepTracker *tracker, bool reports_others)
{
    char *one = transaction_body("ONE"), *two = transaction_body("TWO");
    ScepExchange *exchange = submit(tracker, 5, "ONE");

    answer_service(tracker, ask_service(tracker, 6, VALIDATE, one), 7, 200, "{\"code\":\"Success\"}");
    certrep(tracker, exchange, 8, "0", NULL);
    if (reports_others)
        ask_service(tracker, 9, SUCCEEDED, one);
    exchange = submit(tracker, 10, "TWO");
    answer_service(tracker, ask_service(tracker, 11, VALIDATE, two), 12, 200, "{\"code\":\"Success\"}");
    certrep(tracker, exchange, 13, "0", NULL);
    scep_tracker_clock(tracker, 100 * SECOND);
    g_free(one);
    g_free(two);
}

static void vendor_reports_others(ScepTracker *tracker)
{
    issued_by_another_vendor(tracker, true);
}

static void vendor_reports_nobody(ScepTracker *tracker)
{
    issued_by_another_vendor(tracker, false);
}

static void test_what_never_came(void **state)
{
    static const struct {
        void (*scene)(ScepTracker *tracker);
        const char *id;
        bool expected;
    } rows[] = {
        { refused_after_verify, "verify_challenge_false", true },
        { refused_after_verify, "verify_missing_after_pkiop", false },
        { refused_by_rpc_after_verify, "verify_challenge_false", false },
        { refused_after_error, "verify_challenge_false", false },
        { refused_without_asking, "verify_missing_after_pkiop", true },
        { refused_without_asking, "verify_challenge_false", false },
        { refused_without_asking_over_loopback, "verify_missing_after_pkiop", true },
        { refused_by_another_server, "verify_missing_after_pkiop", false },
        { refused_without_the_leg, "verify_missing_after_pkiop", false },
        { refused_with_a_loose_call, "verify_missing_after_pkiop", false },
        { issued_and_reported, "notify_missing_after_success", false },
        { issued_and_not_reported, "notify_missing_after_success", true },
        { issued_and_the_capture_ends, "notify_missing_after_success", false },
        { vendor_reports_others, "thirdparty_notify_missing", true },
        { vendor_reports_nobody, "thirdparty_notify_missing", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        expect_conclusion(rows[i].scene, rows[i].id, rows[i].expected);
}

static void test_no_answer(void **state)
{
    (void)state;
    for (int long_enough = 0; long_enough < 2; long_enough++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ScepExchange *exchange = submit(tracker, 5, "ONE");
        const ScepServiceCall *call = ask_service(tracker, 6, VERIFY, NULL);
        scep_tracker_clock(tracker, (long_enough ? 36 : 35) * SECOND);
        scep_tracker_finish(tracker);
        assert_findings(request_findings(tracker, call), long_enough ? "verify_unanswered" : "");
        if (long_enough)
            assert_string_equal(leading(tracker, exchange->enrollment), "verify_unanswered");
        diagnosed_tracker_free(tracker);
    }
}

/* 503 to the device behind a client certificate that was not trusted. */
static void test_root_store(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepResponse unavailable = { .status = 503 };

    (void)state;
    ScepExchange *exchange = submit(tracker, 5, "ONE");
    answer_service(tracker, ask_service(tracker, 6, VERIFY, NULL), 7, 403, "HTTP Error 403.16");
    answer(tracker, exchange, 8, &unavailable);
    scep_tracker_finish(tracker);
    assert_non_null(find_finding(response_findings(tracker, exchange), "http_503_root_store_pollution"));
    assert_string_equal(leading(tracker, exchange->enrollment), "http_403_16_client_cert_untrusted");
    diagnosed_tracker_free(tracker);
}

/* NDES asked its CA for another device, and not for this one. */
static void test_no_call_to_the_ca(void **state)
{
    const ScepCaMessage sealed = { .method = scep_wcce_method(SCEP_WCCE_ICERTREQUESTD2, 6), .is_sealed = true };

    (void)state;
    for (int near = 0; near < 2; near++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ScepExchange *first = submit(tracker, 5, "ONE");
        const ScepPlace place = place_of(near ? 96 : 6, server_address, "198.51.100.40");
        if (!near)
            scep_tracker_ca_request(tracker, &place, &sealed);
        certrep(tracker, first, 7, "0", NULL);
        if (near)
            scep_tracker_ca_request(tracker, &place, &sealed);
        ScepExchange *second = submit(tracker, 100, "TWO");
        refuse(tracker, second, 101);
        scep_tracker_finish(tracker);
        assert_int_equal(find_finding(response_findings(tracker, second), "stage4_no_rpc_but_failure") != NULL, !near);
        diagnosed_tracker_free(tracker);
    }
}

/* ---- MDM --------------------------------------------------------------------------------------------------------- */

static void test_a_profile_is_seen(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    const ScepServiceCall *idle = sync(tracker, 1, device_address, MESSAGE("1", ""), MESSAGE("1", ""));
    const ScepServiceCall *call = sync(tracker, 3, device_address, MESSAGE("1", ""), PROFILE("1"));
    submit(tracker, 5, "ONE");
    assert_findings(response_findings(tracker, call), "mdm_scep_profile_seen");
    assert_findings(response_findings(tracker, idle), "");
    diagnosed_tracker_free(tracker);
}

static void test_a_node_is_refused(void **state)
{
    static const struct {
        const char *status;
        const char *ids;
    } rows[] = {
        { "<Status><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Add</Cmd><Data>425</Data></Status>",
          "mdm_scep_profile_failed" },
        { "<Status><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Add</Cmd><Data>200</Data></Status>", "" },
        { "<Status><MsgRef>1</MsgRef><CmdRef>5</CmdRef><Cmd>Add</Cmd><Data>425</Data></Status>", "" },
        { "<Status><MsgRef>9</MsgRef><CmdRef>4</CmdRef><Cmd>Add</Cmd><Data>425</Data></Status>", "" },
        { "<Status><MsgRef>9</MsgRef><CmdRef>9</CmdRef><TargetRef>" CSP "KeyUsage</TargetRef><Data>500</Data></Status>",
          "mdm_scep_profile_failed" },
        { "<Status><MsgRef>9</MsgRef><CmdRef>9</CmdRef><TargetRef>./Other</TargetRef><Data>500</Data></Status>", "" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        char *told = g_strdup_printf("<SyncML><SyncHdr><MsgID>2</MsgID></SyncHdr><SyncBody>%s</SyncBody></SyncML>",
                                     rows[i].status);
        sync(tracker, 1, device_address, MESSAGE("1", ""), PROFILE("1"));
        const ScepServiceCall *call = sync(tracker, 2, device_address, told, "");
        assert_findings(request_findings(tracker, call), rows[i].ids);
        g_free(told);
        diagnosed_tracker_free(tracker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_other_sign_ins),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_a_browser),
        cmocka_unit_test(test_slow),
        cmocka_unit_test(test_a_verdict_leads_the_failure),
        cmocka_unit_test(test_what_never_came),
        cmocka_unit_test(test_no_answer),
        cmocka_unit_test(test_root_store),
        cmocka_unit_test(test_no_call_to_the_ca),
        cmocka_unit_test(test_a_profile_is_seen),
        cmocka_unit_test(test_a_node_is_refused),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
