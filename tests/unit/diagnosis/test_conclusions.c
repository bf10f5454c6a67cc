/* test_conclusions.c
 * What only the whole capture tells, and what resolves itself in it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "rule_tables.h"

static const uint8_t nonce_c[16] = { 0xc0, 1 };

static ScepExchange *submit(ScepTracker *tracker, uint32_t frame, const char *type, const uint8_t *nonce)
{
    PkiParts parts = request_parts();
    Carried carried;

    g_byte_array_unref(parts.attributes);
    parts.attributes = pki_request_attributes(type, TRANSACTION, nonce);
    carry(&carried, pki_signed_data(parts));
    const ScepRequest request = message_request(&carried);
    ScepExchange *exchange = ask(tracker, frame, &request);
    drop(&carried);
    return exchange;
}

static void reply(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame, const char *status,
                  const uint8_t *nonce)
{
    PkiParts parts = reply_parts(status, NULL);
    Carried carried;

    g_byte_array_unref(parts.attributes);
    parts.attributes = pki_reply_attributes(status, NULL, TRANSACTION, pki_nonce_b, nonce);
    carry(&carried, pki_signed_data(parts));
    const ScepResponse response = message_response(&carried);
    answer(tracker, exchange, frame, &response);
    drop(&carried);
}

static void finish(ScepTracker *tracker, uint32_t seconds)
{
    scep_tracker_clock(tracker, SECOND);
    scep_tracker_clock(tracker, seconds * SECOND);
    scep_tracker_finish(tracker);
}

/* ---- asking again after success ---------------------------------------------------------------------------------- */

static void check_second(uint32_t frame, const char *type, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    ask_certificate(tracker);
    ScepExchange *first = submit(tracker, 5, "19", pki_nonce_a);
    reply(tracker, first, 6, "0", pki_nonce_a);
    submit(tracker, frame, type, nonce_c);
    for (unsigned passes = 0; passes < 2; passes++) {
        finish(tracker, 9000);
        assert_findings(response_findings(tracker, first), expected);
    }
    diagnosed_tracker_free(tracker);
}

static void test_asks_again(void **state)
{
    (void)state;
    check_second(60, "19", "certrep_success certrep_all_200_no_cert");
    check_second(5000, "19", "certrep_success"); /* after more than an hour */
    check_second(60, "17", "certrep_success");   /* a renewal */
}

static void test_asks_again_detail(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    ScepExchange *first = submit(tracker, 5, "19", pki_nonce_a);
    reply(tracker, first, 6, "0", pki_nonce_a);
    submit(tracker, 60, "19", nonce_c);
    finish(tracker, 9000);
    const ScepFinding *finding = find_finding(response_findings(tracker, first), "certrep_all_200_no_cert");
    assert_non_null(finding);
    assert_true(finding->is_conclusion);
    assert_string_equal(finding->detail, "It asked again 54 seconds later");
    assert_int_equal(finding->frames[0], 6);
    assert_int_equal(finding->frames[finding->frame_count - 1], 60);
    diagnosed_tracker_free(tracker);
}

/* A refusal, and then success: as it should be. */
static void test_asks_again_after_refusal(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    ScepExchange *first = submit(tracker, 5, "19", pki_nonce_a);
    reply(tracker, first, 6, "2", pki_nonce_a);
    ScepExchange *second = submit(tracker, 60, "19", nonce_c);
    reply(tracker, second, 61, "0", nonce_c);
    finish(tracker, 9000);
    assert_null(find_finding(response_findings(tracker, first), "certrep_all_200_no_cert"));
    assert_null(find_finding(response_findings(tracker, second), "certrep_all_200_no_cert"));
    diagnosed_tracker_free(tracker);
}

/* ---- the page for challenges ------------------------------------------------------------------------------------- */

static ScepExchange *sign_in(ScepTracker *tracker, uint32_t frame, uint16_t status)
{
    ScepRequest request = operation_request(SCEP_OP_NONE);
    const ScepResponse response = { .status = status, .body = (const uint8_t *)"<html>", .body_size = 6 };

    request.path_kind = SCEP_PATH_NDES_ADMIN;
    return answer(tracker, ask(tracker, frame, &request), frame + 1, &response);
}

static void test_sign_in(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    const ScepExchange *first = sign_in(tracker, 1, 401), *second = sign_in(tracker, 3, 401);
    for (unsigned passes = 0; passes < 2; passes++) {
        finish(tracker, 600);
        assert_findings(response_findings(tracker, first), "");
        assert_findings(response_findings(tracker, second), "http_401_admin_final");
    }
    const ScepExchange *third = sign_in(tracker, 5, 200);
    finish(tracker, 600);
    assert_findings(response_findings(tracker, second), "");
    assert_findings(response_findings(tracker, third), "http_401_negotiate_admin");
    assert_findings(response_findings(tracker, sign_in(tracker, 7, 200)), ""); /* still signed in */
    diagnosed_tracker_free(tracker);
    static const ScepRuleTable *const at_end[] = { &scep_rules_end };
    assert_true(rules_name(at_end, G_N_ELEMENTS(at_end), scep_hint_find("http_401_admin_final")));
}

/* The capture ends at once: the next try may have come. */
static void test_sign_in_at_the_end(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    const ScepExchange *exchange = sign_in(tracker, 1, 401);
    finish(tracker, 10);
    assert_findings(response_findings(tracker, exchange), "");
    diagnosed_tracker_free(tracker);
}

/* ---- silence and what resolves itself ---------------------------------------------------------------------------- */

static void test_unanswered(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    const ScepExchange *exchange = submit(tracker, 5, "19", pki_nonce_a);
    finish(tracker, 600);
    assert_findings(request_findings(tracker, exchange),
                    "http_request_no_reply enrolment_unanswered capture_starts_midway");
    diagnosed_tracker_free(tracker);
}

static void test_next_ca_is_no_end(void **state)
{
    const ScepRequest next = operation_request(SCEP_OP_GETNEXTCACERT);

    (void)state;
    for (unsigned asks = 0; asks < 2; asks++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ask_capabilities(tracker, "POSTPKIOperation\nSHA-256\nAES\n");
        const ScepExchange *certificate = ask_certificate(tracker);
        if (asks)
            ask(tracker, 5, &next);
        finish(tracker, 600);
        assert_findings(response_findings(tracker, certificate), asks ? "" : "cacert_then_nothing");
        diagnosed_tracker_free(tracker);
    }
}

/* The root is what devices compare with their profile; a server that shows none gives nothing to compare. */
static void test_thumbprint(void **state)
{
    (void)state;
    for (unsigned is_root = 0; is_root < 2; is_root++) {
        ScepCertificate root = { .subject = (char *)"CN=Root",
                                 .issuer = (char *)"CN=Root",
                                 .sha1 = { 0x0a, 0xff },
                                 .key_algorithm = (char *)"RSA",
                                 .key_bits = 2048,
                                 .signature_algorithm = (char *)"RSA-SHA256",
                                 .not_after = 4000000000,
                                 .is_ca = true,
                                 .self_signed = is_root != 0 };
        const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
        ScepTracker *tracker = diagnosed_tracker_new();
        GPtrArray *certificates = g_ptr_array_new();
        g_ptr_array_add(certificates, &root);
        const ScepResponse response = { .status = 200,
                                        .content_type = "application/x-x509-ca-cert",
                                        .body = (const uint8_t *)"0",
                                        .body_size = 1,
                                        .certificates = certificates };
        ask_capabilities(tracker, "POSTPKIOperation\nSHA-256\nAES\n");
        const ScepExchange *exchange = answer(tracker, ask(tracker, 3, &request), 4, &response);
        finish(tracker, 600);
        const ScepFinding *finding = find_finding(response_findings(tracker, exchange), "cacert_then_nothing");
        assert_non_null(finding);
        if (is_root)
            assert_string_equal(finding->detail, "The root that the server shows is \"CN=Root\", SHA-1 thumbprint "
                                                 "0AFF000000000000000000000000000000000000");
        else
            assert_null(finding->detail);
        diagnosed_tracker_free(tracker);
        g_ptr_array_unref(certificates);
    }
}

static void test_probe(void **state)
{
    static const struct {
        const char *agent, *expected;
    } rows[] = {
        { "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.17763.1", "scep_probe" },
        { "curl/8.5.0", "scep_probe" },
        { "check_http/v2.3.3 (monitoring-plugins 2.3.3)", "scep_probe" },
        { "Go-http-client/1.1", "cacert_then_nothing" },
        { "Mozilla/4.0 (compatible; Win32; NDES client 10.0.22631.1/ni_release)", "cacert_then_nothing" },
        { NULL, "cacert_then_nothing" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const ScepResponse response = {
            .status = 200, .content_type = "text/plain", .body = (const uint8_t *)"x", .body_size = 1
        };
        ScepTracker *tracker = diagnosed_tracker_new();
        ScepRequest request = operation_request(SCEP_OP_GETCACAPS);
        request.user_agent = rows[i].agent;
        answer(tracker, ask(tracker, 1, &request), 2, &response);
        const ScepExchange *certificate = ask_certificate(tracker);
        finish(tracker, 600);
        char *ids = ids_of(response_findings(tracker, certificate));
        assert_string_equal(ids, rows[i].expected);
        g_free(ids);
        diagnosed_tracker_free(tracker);
    }
}

static ScepSeverity severity_of(const ScepFinding *findings, const char *id)
{
    const ScepFinding *finding = find_finding(findings, id);

    assert_non_null(finding);
    return finding->severity;
}

/* What the server did not offer, and then took. */
static void test_settled(void **state)
{
    (void)state;
    for (unsigned granted = 0; granted < 2; granted++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        const ScepExchange *caps = ask_capabilities(tracker, "SHA-512\nDES3\n");
        ScepExchange *exchange = submit(tracker, 5, "19", pki_nonce_a);
        reply(tracker, exchange, 6, granted ? "0" : "2", pki_nonce_a);
        finish(tracker, 600);
        const ScepSeverity expected = granted ? SCEP_SEVERITY_NOTE : SCEP_SEVERITY_WARNING;
        assert_int_equal(severity_of(response_findings(tracker, caps), "caps_no_post"), expected);
        assert_int_equal(severity_of(request_findings(tracker, exchange), "pkiop_alg_not_in_caps"), expected);
        diagnosed_tracker_free(tracker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asks_again),
        cmocka_unit_test(test_asks_again_detail),
        cmocka_unit_test(test_asks_again_after_refusal),
        cmocka_unit_test(test_sign_in),
        cmocka_unit_test(test_sign_in_at_the_end),
        cmocka_unit_test(test_unanswered),
        cmocka_unit_test(test_next_ca_is_no_end),
        cmocka_unit_test(test_thumbprint),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_settled),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
