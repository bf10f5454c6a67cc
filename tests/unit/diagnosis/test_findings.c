/* test_findings.c
 * The engine behind the hints: evidence, order, the catalogue, and silence where nothing is wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "rule_tables.h"
#include "tracker/tracker.h"

/* Tables of rules on what is sent with SCEP. */
static const ScepRuleTable *const message_tables[] = {
    &scep_rules_http,  &scep_rules_admin, &scep_rules_cacert, &scep_rules_trust, &scep_rules_request,
    &scep_rules_match, &scep_rules_reply, &scep_rules_keys,   &scep_rules_hop,
};

static void test_rules_and_catalogue(void **state)
{
    (void)state;
    for (size_t t = 0; t < G_N_ELEMENTS(rule_tables); t++) {
        assert_true(rule_tables[t]->count > 0);
        for (size_t r = 0; r < rule_tables[t]->count; r++) {
            const ScepRule *rule = &rule_tables[t]->rules[r];

            assert_true(rule->hint > SCEP_HINT_NONE && rule->hint < SCEP_HINT_COUNT);
            const ScepHint *hint = &scep_hints[rule->hint];
            assert_int_equal(scep_hint_find(hint->id), rule->hint);
            /* a row that says why no capture shows it has no rule that does */
            if (hint->not_shown != NULL)
                fail_msg("%s has a rule, and yet: %s", hint->id, hint->not_shown);
            assert_non_null(rule->applies);
            assert_true((unsigned)rule->moment < SCEP_MOMENT_COUNT);
            assert_int_not_equal(rule->moment, SCEP_AT_END); /* of no thing that was booked */
            assert_true(can_raise(rule->hint));
        }
    }
    assert_false(can_raise(scep_hint_find("no_such_hint")));
    assert_false(can_raise(scep_hint_find("")));
    /* seen in a log only */
    assert_false(can_raise(SCEP_HINT_device_install_failed));
}

static void test_rules_on_messages(void **state)
{
    (void)state;
    for (size_t t = 0; t < G_N_ELEMENTS(message_tables); t++) {
        for (size_t r = 0; r < message_tables[t]->count; r++)
            assert_true(message_tables[t]->rules[r].moment == SCEP_ON_REQUEST ||
                        message_tables[t]->rules[r].moment == SCEP_ON_ANSWER);
    }
}

/* The same rule twice would tell nothing new. */
static void test_rules_are_distinct(void **state)
{
    (void)state;
    for (size_t t = 0; t < G_N_ELEMENTS(rule_tables); t++) {
        const ScepRule *rules = rule_tables[t]->rules;
        for (size_t a = 0; a < rule_tables[t]->count; a++) {
            for (size_t b = 0; b < a; b++) {
                const ScepRule *one = &rules[a], *other = &rules[b];
                if (one->applies == other->applies && one->parameter == other->parameter &&
                    one->moment == other->moment)
                    fail_msg("%s twice", scep_hints[one->hint].id);
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

static void assert_no_more_than_notes(const ScepFinding *findings)
{
    for (const ScepFinding *finding = findings; finding != NULL; finding = finding->next) {
        if (finding->severity > SCEP_SEVERITY_NOTE)
            fail_msg("%s on a healthy enrollment", scep_finding_get0_hint(finding)->id);
    }
}

/* GetCACaps, GetCACert, PKIOperation accepted. */
static void check_healthy(const Healthy *about)
{
    ScepTracker *tracker = diagnosed_tracker_new();
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
    assert_findings(request_findings(tracker, caps), "");
    assert_findings(request_findings(tracker, certificate), "");
    assert_findings(response_findings(tracker, certificate), "");
    assert_findings(request_findings(tracker, operation), about->request_findings);
    assert_findings(response_findings(tracker, operation), "certrep_success");
    for (unsigned passes = 0; passes < 2; passes++) {
        scep_tracker_clock(tracker, 4000 * SECOND);
        scep_tracker_finish(tracker);
        for (guint i = 0; i < scep_tracker_get0_exchanges(tracker)->len; i++) {
            const ScepExchange *exchange = g_ptr_array_index(scep_tracker_get0_exchanges(tracker), i);
            if (exchange != caps)
                assert_no_more_than_notes(response_findings(tracker, exchange));
            assert_no_more_than_notes(request_findings(tracker, exchange));
        }
    }
    drop(&reply);
    drop(&request);
    diagnosed_tracker_free(tracker);
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
    ScepTracker *tracker = diagnosed_tracker_new();
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
    const ScepFinding *finding = find_finding(request_findings(tracker, exchange), "pkiop_post_not_offered");
    assert_frames(finding, 2, (const uint32_t[]){ 7, 2 });
    assert_int_equal(finding->severity, scep_finding_get0_hint(finding)->severity);
    assert_int_equal(finding->hint, scep_hint_find("pkiop_post_not_offered"));
    assert_false(finding->is_conclusion);
    assert_frames(find_finding(response_findings(tracker, exchange), "certrep_fail_badrequest"), 2,
                  (const uint32_t[]){ 9, 7 });

    /* the first of the two when a request comes again */
    const ScepExchange *again = ask(tracker, 11, &question);
    assert_frames(find_finding(request_findings(tracker, again), "pkiop_retry_same_txid"), 2,
                  (const uint32_t[]){ 11, 7 });
    drop(&reply);
    drop(&request);
    diagnosed_tracker_free(tracker);
}

/* An answer in the frame of its request, and one whose request is not there. */
static void test_frames_are_told_once(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    const ScepResponse response = { .status = 502 };
    Carried reply;

    (void)state;
    const ScepExchange *exchange = answer(tracker, ask(tracker, 3, &request), 3, &response);
    assert_frames(find_finding(response_findings(tracker, exchange), "appproxy_502_bad_gateway"), 1,
                  (const uint32_t[]){ 3 });
    carry(&reply, pki_signed_data(reply_parts("2", "2")));
    const ScepResponse stray = message_response(&reply);
    exchange = answer(tracker, NULL, 8, &stray);
    assert_frames(find_finding(response_findings(tracker, exchange), "certrep_fail_badrequest"), 1,
                  (const uint32_t[]){ 8 });
    drop(&reply);
    diagnosed_tracker_free(tracker);
}

static void test_finding_by_hand(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    const ScepExchange *exchange = ask(tracker, 3, &request);
    ScepEvidence evidence = { { 1, 3, 2 }, 3, g_strdup("seen") };

    (void)state;
    ScepFindings *findings = diagnosis_of(tracker)->findings;
    const uint32_t list = scep_findings_list(exchange->subject, false);
    const ScepFinding *finding =
        scep_findings_add(findings, list, SCEP_HINT_certrep_pending, exchange->request_frame, &evidence, false);
    assert_frames(finding, 3, (const uint32_t[]){ 3, 1, 2 });
    assert_string_equal(finding->detail, "seen");
    assert_null(evidence.detail); /* taken over */
    assert_findings(request_findings(tracker, exchange), "certrep_pending");
    /* equal words are kept once */
    evidence = (ScepEvidence){ { 0 }, 0, g_strdup("seen") };
    const ScepFinding *other =
        scep_findings_add(findings, list, SCEP_HINT_certrep_success, exchange->request_frame, &evidence, false);
    assert_ptr_equal(other->detail, finding->detail);
    diagnosed_tracker_free(tracker);
}

/* What broke the carriage comes before what the message looks like, and the error code before the code it explains. */
static void test_order(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
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
    assert_findings(response_findings(tracker, exchange),
                    "http_500_any_op certrep_ndes_hresult certrep_fail_badrequest");
    drop(&reply);
    drop(&request);
    diagnosed_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_and_catalogue),
        cmocka_unit_test(test_rules_on_messages),
        cmocka_unit_test(test_rules_are_distinct),
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_frames_are_told_once),
        cmocka_unit_test(test_finding_by_hand),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
