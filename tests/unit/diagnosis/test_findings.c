/* test_findings.c
 * The engine behind the hints: evidence, order, the catalogue, and silence where nothing is wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "diagnosis/findings.h"
#include "tracker/tracker.h"

static const ScepRuleTable *const tables[] = {
    &scep_rules_http,  &scep_rules_admin, &scep_rules_cacert, &scep_rules_trust, &scep_rules_request,
    &scep_rules_match, &scep_rules_reply, &scep_rules_keys,   &scep_rules_hop,
};

static void test_rules_and_catalogue(void **state)
{
    (void)state;
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
        assert_true(tables[t]->count > 0);
        for (size_t r = 0; r < tables[t]->count; r++) {
            const ScepRule *rule = &tables[t]->rules[r];
            const ScepHint *hint = scep_hint_find(rule->hint);

            if (hint == NULL)
                fail_msg("%s is not in the catalogue", rule->hint);
            /* a row that says why no capture shows it has no rule that does */
            if (hint->not_shown != NULL)
                fail_msg("%s has a rule, and yet: %s", rule->hint, hint->not_shown);
            assert_non_null(rule->applies);
            assert_in_range(rule->moment, SCEP_ON_REQUEST, SCEP_ON_RESPONSE);
            assert_true(scep_findings_can_raise(rule->hint));
        }
    }
    assert_false(scep_findings_can_raise("no_such_hint"));
    assert_false(scep_findings_can_raise(""));
    /* seen in a log only */
    assert_false(scep_findings_can_raise("device_install_failed"));
}

/* The same rule twice would tell nothing new. */
static void test_rules_are_distinct(void **state)
{
    (void)state;
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
        for (size_t a = 0; a < tables[t]->count; a++) {
            for (size_t b = 0; b < a; b++) {
                const ScepRule *one = &tables[t]->rules[a], *other = &tables[t]->rules[b];
                assert_false(one->applies == other->applies && one->parameter == other->parameter &&
                             one->moment == other->moment);
            }
        }
    }
}

/* ---- silence ----------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *caps;
    const char *type;
    bool indefinite;
    bool is_get;
    const char *request_findings;
} Healthy;

static void assert_no_more_than_notes(const GPtrArray *findings)
{
    for (guint i = 0; findings != NULL && i < findings->len; i++) {
        const ScepFinding *finding = g_ptr_array_index(findings, i);
        if (finding->severity > SCEP_SEVERITY_NOTE)
            fail_msg("%s on a healthy enrollment", finding->hint->id);
    }
}

/* GetCACaps, GetCACert, PKIOperation accepted. */
static void check_healthy(const Healthy *about)
{
    ScepTracker *tracker = scep_tracker_new();
    PkiParts asked = request_parts(), answered = reply_parts("0", NULL);
    Carried request, reply;

    g_byte_array_unref(asked.attributes);
    asked.attributes = pki_request_attributes(about->type, TRANSACTION, pki_nonce_a);
    asked.indefinite = about->indefinite;
    answered.content = pki_envelope(ra, "AES-256-CBC", "the certificate", 15);
    carry(&request, pki_signed_data(asked));
    carry(&reply, pki_signed_data(answered));
    ScepRequest question = message_request(&request);
    question.is_get = about->is_get;
    const ScepResponse response = message_response(&reply);

    const ScepExchange *caps = ask_capabilities(tracker, about->caps);
    const ScepExchange *certificate = ask_certificate(tracker);
    ScepExchange *operation = ask(tracker, 5, &question);
    answer(tracker, operation, 6, &response);
    assert_findings(caps->request_findings, "");
    assert_findings(certificate->request_findings, "");
    assert_findings(certificate->response_findings, "");
    assert_findings(operation->request_findings, about->request_findings);
    assert_findings(operation->response_findings, "certrep_success");
    for (unsigned passes = 0; passes < 2; passes++) {
        scep_tracker_clock(tracker, 4000 * SECOND);
        scep_tracker_finish(tracker);
        for (guint i = 0; i < scep_tracker_exchanges(tracker)->len; i++) {
            const ScepExchange *exchange = g_ptr_array_index(scep_tracker_exchanges(tracker), i);
            if (exchange != caps)
                assert_no_more_than_notes(exchange->response_findings);
            assert_no_more_than_notes(exchange->request_findings);
        }
    }
    drop(&reply);
    drop(&request);
    scep_tracker_free(tracker);
}

static void test_healthy(void **state)
{
    static const char full[] = "POSTPKIOperation\nRenewal\nSHA-1\nSHA-256\nSHA-512\nDES3\nAES\nSCEPStandard\n";

    (void)state;
    check_healthy(&(Healthy){ full, "19", false, false, "" });
    check_healthy(&(Healthy){ full, "19", true, false, "pkiop_apple_ber" });
    check_healthy(&(Healthy){ full, "17", false, false, "pkiop_renewalreq" });
    check_healthy(&(Healthy){ full, "19", false, true, "pkiop_get_used" });
    check_healthy(&(Healthy){ "SCEPStandard", "19", false, false, "" });
    /* the server asks for GET, and gets it: said of the server, not of the request */
    check_healthy(&(Healthy){ "SHA-256\nAES\n", "19", false, true, "" });
}

/* ---- evidence ---------------------------------------------------------------------------------------------------- */

static void assert_frames(const ScepFinding *finding, uint8_t count, const uint32_t *frames)
{
    assert_non_null(finding);
    assert_int_equal(finding->frame_count, count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(finding->frames[i], frames[i]);
}

static void test_evidence(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    Carried request, reply;

    (void)state;
    carry(&request, pki_signed_data(request_parts()));
    carry(&reply, pki_signed_data(reply_parts("2", "2")));
    ask_capabilities(tracker, "SHA-256\nAES\n");
    const ScepRequest question = message_request(&request);
    const ScepResponse response = message_response(&reply);
    ScepExchange *exchange = ask(tracker, 7, &question);
    answer(tracker, exchange, 9, &response);

    /* where it is shown, then what it is about: the list that the server sent, the request of an answer */
    const ScepFinding *finding = find_finding(exchange->request_findings, "pkiop_post_not_offered");
    assert_frames(finding, 2, (const uint32_t[]){ 7, 2 });
    assert_int_equal(finding->severity, finding->hint->severity);
    assert_ptr_equal(finding->hint, scep_hint_find("pkiop_post_not_offered"));
    assert_false(finding->is_conclusion);
    assert_frames(find_finding(exchange->response_findings, "certrep_fail_badrequest"), 2, (const uint32_t[]){ 9, 7 });

    /* the first of the two when a request comes again */
    const ScepExchange *again = ask(tracker, 11, &question);
    assert_frames(find_finding(again->request_findings, "pkiop_retry_same_txid"), 2, (const uint32_t[]){ 11, 7 });
    drop(&reply);
    drop(&request);
    scep_tracker_free(tracker);
}

/* An answer in the frame of its request, and one whose request is not there. */
static void test_frames_are_told_once(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    const ScepResponse response = { .status = 502 };
    Carried reply;

    (void)state;
    const ScepExchange *exchange = answer(tracker, ask(tracker, 3, &request), 3, &response);
    assert_frames(find_finding(exchange->response_findings, "appproxy_502_bad_gateway"), 1, (const uint32_t[]){ 3 });
    carry(&reply, pki_signed_data(reply_parts("2", "2")));
    const ScepResponse stray = message_response(&reply);
    exchange = answer(tracker, NULL, 8, &stray);
    assert_frames(find_finding(exchange->response_findings, "certrep_fail_badrequest"), 1, (const uint32_t[]){ 8 });
    drop(&reply);
    scep_tracker_free(tracker);
}

static void test_finding_by_hand(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    const ScepExchange *exchange = ask(tracker, 3, &request);
    ScepEvidence evidence = { { 1, 3, 2 }, 3, g_strdup("seen") };

    (void)state;
    ScepFinding *finding = scep_finding_new(tracker, exchange, false, "certrep_pending", &evidence);
    assert_frames(finding, 3, (const uint32_t[]){ 3, 1, 2 });
    assert_string_equal(finding->detail, "seen");
    assert_ptr_equal(finding->detail, scep_tracker_text(tracker, "seen"));
    g_free(finding);
    evidence = (ScepEvidence){ { 0 }, 0, g_strdup("lost") };
    assert_null(scep_finding_new(tracker, exchange, false, "no_such_hint", &evidence));
    scep_tracker_free(tracker);
}

/* What broke the carriage comes before what the message looks like, and the error code before the code it explains. */
static void test_order(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    PkiParts parts = reply_parts("2", "2");
    Carried request, reply;

    (void)state;
    parts.attributes =
        der_join(parts.attributes, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, "-2147024809")), END);
    carry(&request, pki_signed_data(request_parts()));
    carry(&reply, pki_signed_data(parts));
    const ScepRequest question = message_request(&request);
    ScepResponse response = message_response(&reply);
    response.status = 500;
    const ScepExchange *exchange = answer(tracker, ask(tracker, 5, &question), 6, &response);
    assert_findings(exchange->response_findings, "http_500_any_op certrep_ndes_hresult certrep_fail_badrequest");
    drop(&reply);
    drop(&request);
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_and_catalogue),
        cmocka_unit_test(test_rules_are_distinct),
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_frames_are_told_once),
        cmocka_unit_test(test_finding_by_hand),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
