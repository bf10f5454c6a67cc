/* test_findings_match.c
 * Whether a request fits what was before it: for each rule one that raises its hint, and neighbors that do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "matching.h"

#include "crypto/crypto.h"
#include "tracker/issued.h"

/* ---- nonces and transactions ------------------------------------------------------------------------------------- */

static void test_nonce_reused(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    assert_findings(request_findings(tracker, send_request(tracker, 5, (Made){ 0 })), "");
    /* sent again is no second request */
    assert_findings(request_findings(tracker, send_request(tracker, 6, (Made){ 0 })), "pkiop_retry_same_txid");
    const ScepExchange *replayed = send_request(tracker, 7, (Made){ .transaction = "another" });
    assert_findings(request_findings(tracker, replayed), "nonce_reused");
    assert_first_frames(request_findings(tracker, replayed), "nonce_reused", 7, 5);
    assert_detail(request_findings(tracker, replayed), "nonce_reused", "The first belongs to transaction " TRANSACTION);
    assert_findings(
        request_findings(tracker, send_request(tracker, 8, (Made){ .transaction = "third", .nonce = nonce_c })), "");
    const ScepExchange *poll = send_request(tracker, 9, (Made){ .type = "20" });
    assert_findings(request_findings(tracker, poll), "pkiop_certpoll nonce_reused");
    assert_detail(request_findings(tracker, poll), "nonce_reused", "Both belong to the same transaction");
    diagnosed_tracker_free(tracker);
}

static void test_transactions_used_again(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    ScepExchange *first = send_request(tracker, 5, (Made){ 0 });
    send_reply(tracker, first, 6, reply_parts("3", NULL));
    ScepExchange *whole = send_request(tracker, 7, (Made){ .nonce = nonce_c });
    assert_findings(request_findings(tracker, whole), "pending_resync");
    assert_first_frames(request_findings(tracker, whole), "pending_resync", 7, 6);
    send_reply(tracker, whole, 8, reply_parts("0", NULL));
    const ScepExchange *poll = send_request(tracker, 9, (Made){ .type = "20", .nonce = pki_nonce_b });
    assert_findings(request_findings(tracker, poll), "pkiop_certpoll certrep_certpoll_after_success");
    const uint8_t fresh[16] = { 0xd0 };
    const ScepExchange *again = send_request(tracker, 10, (Made){ .nonce = fresh });
    assert_int_not_equal(again->enrollment->number, first->enrollment->number);
    assert_ptr_equal(again->enrollment->earlier, first->enrollment);
    assert_ptr_equal(first->enrollment->later, again->enrollment);
    assert_findings(request_findings(tracker, again), "");
    send_reply(tracker, (ScepExchange *)again, 11, reply_parts("2", "2"));
    const uint8_t fresher[16] = { 0xe0 };
    const ScepExchange *third = send_request(tracker, 12, (Made){ .nonce = fresher });
    assert_findings(request_findings(tracker, third), "txid_reused");
    assert_detail(request_findings(tracker, third), "txid_reused", "Enrollment 2 had it before");
    diagnosed_tracker_free(tracker);
}

/* The GetCACert answer came from one address, the request goes to another. */
static void test_server_changes(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    Read read;

    (void)state;
    ask_certificate(tracker);
    read_message(&read, made_request((Made){ 0 }));
    const ScepRequest request = whole_request(&read);
    ScepPlace place = place_at(5);
    place.server = "192.0.2.2";
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    assert_findings(request_findings(tracker, exchange), "ndes_server_changes_mid_enrolment");
    assert_first_frames(request_findings(tracker, exchange), "ndes_server_changes_mid_enrolment", 5, 4);
    assert_detail(request_findings(tracker, exchange), "ndes_server_changes_mid_enrolment",
                  "Encrypted for a certificate that 192.0.2.1 has shown, and sent to 192.0.2.2");
    cover(&coverage, case_of_request(tracker, exchange, &request));
    /* who asked no other server may have another address of the same */
    place.client = "192.0.2.11";
    place.frame++;
    assert_null(find_finding(request_findings(tracker, scep_tracker_request(tracker, &place, &request)),
                             "ndes_server_changes_mid_enrolment"));
    diagnosed_tracker_free(tracker);

    /* the same message behind a proxy is the proxy's */
    tracker = diagnosed_tracker_new();
    ask_certificate(tracker);
    assert_findings(request_findings(tracker, ask(tracker, 5, &request)), "");
    place = place_at(6);
    place.client = server_address;
    place.server = "192.0.2.2";
    assert_findings(request_findings(tracker, scep_tracker_request(tracker, &place, &request)),
                    "device_hop_client_is_proxy");
    forget(&read);
    diagnosed_tracker_free(tracker);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static void check_request(Made made, const char *caps, const char *expected, const char *id, const char *detail)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    if (caps != NULL)
        ask_capabilities(tracker, caps);
    const ScepExchange *exchange = send_request(tracker, 5, made);
    assert_findings(request_findings(tracker, exchange), expected);
    if (id != NULL)
        assert_detail(request_findings(tracker, exchange), id, detail);
    diagnosed_tracker_free(tracker);
}

static void test_renewal_not_offered(void **state)
{
    const Made type_17 = { .type = "17", .signer = issued }, type_19 = { .signer = issued };

    (void)state;
    check_request(type_17, GOOD_CAPS, "pkiop_renewalreq", NULL, NULL);
    check_request(type_17, "POSTPKIOperation\nSHA-256\nAES\n", "pkiop_renewalreq caps_no_renewal", NULL, NULL);
    check_request(type_19, "SCEPStandard\n", "pkiop_renewalreq caps_no_renewal", NULL, NULL);
    check_request(type_19, "SCEPStandard\nUpdate\n", "pkiop_renewalreq", NULL, NULL);
    check_request(type_17, NULL, "pkiop_renewalreq", NULL, NULL); /* nobody asked what it offers */
    check_request((Made){ 0 }, "SCEPStandard\n", "", NULL, NULL);
}

static void test_unusual_encryption(void **state)
{
    X509 *elliptic = pki_self_signed("ra", other_key);

    (void)state;
    check_request((Made){ .content = pki_envelope(ra, "AES-256-CBC", "x", 1) }, NULL, "", NULL, NULL);
    check_request((Made){ .content = pki_envelope(ra, "AES-128-GCM", "x", 1) }, NULL, "pkiop_encryption_unusual",
                  "pkiop_encryption_unusual", "The request uses AuthEnvelopedData");
    check_request((Made){ .content = pki_envelope(elliptic, "AES-128-CBC", "x", 1) }, NULL, "pkiop_encryption_unusual",
                  "pkiop_encryption_unusual", "The request uses kari");
    X509_free(elliptic);
}

static void test_weak_signer(void **state)
{
    const PkiSubject in_short = {
        .common_name = "device", .key = short_key, .issuer = ra, .issuer_key = ra_key, .version = 2
    };
    X509 *renewing = pki_certificate(&in_short);

    (void)state;
    check_request((Made){ .signer = short_signer, .key = short_key }, NULL, "weak_signature", "weak_signature",
                  "\"O=Contoso, CN=device\": RSA key of 1024 bits, signed with RSA-SHA256");
    check_request((Made){ .signer = ra, .key = ra_key }, NULL, "", NULL, NULL);
    check_request((Made){ .signer = renewing, .key = short_key }, NULL, "pkiop_renewalreq weak_signature", NULL, NULL);
    X509_free(renewing);
}

/* From inside the opened envelope. */
static void test_inside(void **state)
{
    ScepCsr csr = { .key_algorithm = (char *)"RSA",
                    .key_bits = 1024,
                    .challenge = { .present = true, .tag = SCEP_TAG_PRINTABLE_STRING } };
    ScepTracker *tracker = diagnosed_tracker_new();
    Read read;

    (void)state;
    read_message(&read, made_request((Made){ .type = "17", .signer = issued }));
    ScepRequest request = whole_request(&read);
    request.csr = &csr;
    ScepExchange *exchange = ask(tracker, 5, &request);
    assert_findings(request_findings(tracker, exchange), "pkiop_renewalreq weak_signature pkiop_challenge_in_renewal");
    cover(&coverage, case_of_request(tracker, exchange, &request));
    forget(&read);
    diagnosed_tracker_free(tracker);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void test_odd_requests(void **state)
{
    static const char *const types[] = { "99", "-1", "enroll", "19" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        const ScepExchange *exchange = send_request(tracker, 5, (Made){ .type = types[i] });
        assert_findings(request_findings(tracker, exchange), i < 3 ? "message_type_unknown" : "");
        if (i == 2)
            assert_detail(request_findings(tracker, exchange), "message_type_unknown",
                          "messageType \"enroll\" (a code of the client's own)");
        diagnosed_tracker_free(tracker);
    }
}

/* A frame is a second here. */
static void test_loop(void **state)
{
    static const uint8_t nonces[][16] = { { 1 }, { 2 }, { 3 }, { 4 }, { 5 } };
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        send_reply(tracker, send_request(tracker, 10 + 2 * i, (Made){ .nonce = nonces[i] }), 11 + 2 * i,
                   reply_parts("2", "2"));
    const ScepExchange *third = send_request(tracker, 20, (Made){ .nonce = nonces[2] });
    assert_non_null(find_finding(request_findings(tracker, third), "retry_loop"));
    assert_detail(request_findings(tracker, third), "retry_loop", "3 tries within a minute");
    /* a minute later it is none, nor when one of them was granted */
    assert_null(
        find_finding(request_findings(tracker, send_request(tracker, 75, (Made){ .nonce = nonces[3] })), "retry_loop"));
    diagnosed_tracker_free(tracker);

    tracker = diagnosed_tracker_new();
    for (unsigned i = 0; i < 4; i++) {
        ScepExchange *exchange = send_request(tracker, 10 + 2 * i, (Made){ .nonce = nonces[i] });
        assert_null(find_finding(request_findings(tracker, exchange), "retry_loop"));
        send_reply(tracker, exchange, 11 + 2 * i, reply_parts("0", NULL));
    }
    diagnosed_tracker_free(tracker);

    tracker = diagnosed_tracker_new();
    for (unsigned i = 0; i < 4; i++)
        assert_null(find_finding(
            request_findings(tracker, send_request(tracker, 10 + i, (Made){ .type = "20", .nonce = nonces[i] })),
            "retry_loop"));
    diagnosed_tracker_free(tracker);
}

/* A frame is a second here, and NDES keeps a challenge for an hour. */
static void test_old_challenge(void **state)
{
    static const char page[] = "<P> The enrollment challenge password is: <B> 0123 </B>";
    const ScepResponse response = { .status = 200, .body = (const uint8_t *)page, .body_size = sizeof page - 1 };
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(SCEP_OP_NONE);

    (void)state;
    request.path_kind = SCEP_PATH_NDES_ADMIN;
    answer(tracker, ask(tracker, 1, &request), 2, &response);
    assert_findings(request_findings(tracker, send_request(tracker, 3602, (Made){ 0 })), "");
    const ScepExchange *late = send_request(tracker, 4502, (Made){ .transaction = "late", .nonce = nonce_c });
    assert_findings(request_findings(tracker, late), "challenge_expired_age");
    assert_detail(request_findings(tracker, late), "challenge_expired_age",
                  "The newest one that this server handed out is 75 minutes old");
    assert_first_frames(request_findings(tracker, late), "challenge_expired_age", 4502, 2);
    answer(tracker, ask(tracker, 4503, &request), 4504, &response);
    const uint8_t fresh[16] = { 0xd0 };
    assert_findings(
        request_findings(tracker, send_request(tracker, 4600, (Made){ .transaction = "fresh", .nonce = fresh })), "");
    diagnosed_tracker_free(tracker);
}

/* A page for a challenge of these words. */
static void hand_out(ScepTracker *tracker, uint32_t frame, const char *page)
{
    const ScepResponse response = { .status = 200, .body = (const uint8_t *)page, .body_size = strlen(page) };
    ScepRequest request = operation_request(SCEP_OP_NONE);

    request.path_kind = SCEP_PATH_NDES_ADMIN;
    answer(tracker, ask(tracker, frame, &request), frame + 1, &response);
}

/* A request whose PKCS#10 was read, with this challenge. */
static const ScepExchange *use_challenge(ScepTracker *tracker, uint32_t frame, const char *challenge,
                                         ScepChallengeClaims *claims)
{
    const uint8_t nonce[16] = { 0xc1, (uint8_t)frame, (uint8_t)(frame >> 8) };
    char *transaction = g_strdup_printf("T%u", frame);
    ScepCsr csr = { .key_algorithm = (char *)"RSA",
                    .key_bits = 2048,
                    .challenge = { .present = true, .tag = SCEP_TAG_PRINTABLE_STRING, .claims = claims } };
    Read read;

    scep_crypto_sha256((const uint8_t *)challenge, strlen(challenge), csr.challenge.sha256);
    read_message(&read, made_request((Made){ .transaction = transaction, .nonce = nonce }));
    ScepRequest request = whole_request(&read);
    memcpy(csr.spki_sha256, scep_request_get0_signer(&request)->spki_sha256, sizeof csr.spki_sha256);
    request.csr = &csr;
    ScepExchange *exchange = ask(tracker, frame, &request);
    cover(&coverage, case_of_request(tracker, exchange, &request));
    forget(&read);
    g_free(transaction);
    return exchange;
}

/* Where the request shows which one it uses, the age of that one counts. */
static void test_the_challenge_itself_is_old(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    hand_out(tracker, 1, "The enrollment challenge password is: <B> AAAA0000AAAA0000 </B>");
    hand_out(tracker, 4000, "The enrollment challenge password is: <B> BBBB0000BBBB0000 </B>");
    const ScepExchange *late = use_challenge(tracker, 4502, "AAAA0000AAAA0000", NULL);
    assert_findings(request_findings(tracker, late), "challenge_expired_age");
    assert_detail(request_findings(tracker, late), "challenge_expired_age",
                  "This one was handed out 75 minutes before");
    assert_first_frames(request_findings(tracker, late), "challenge_expired_age", 4502, 2);
    assert_findings(request_findings(tracker, use_challenge(tracker, 4503, "BBBB0000BBBB0000", NULL)), "");
    /* Of one that nobody was seen to hand out nothing is known. */
    assert_findings(request_findings(tracker, use_challenge(tracker, 9000, "CCCC0000CCCC0000", NULL)), "");
    diagnosed_tracker_free(tracker);
}

/* UseSinglePassword: the page says so. */
static void test_a_challenge_that_lasts(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    hand_out(tracker, 1,
             "The enrollment challenge password is: <B> AAAA0000AAAA0000 </B> <P> This password can be used multiple "
             "times and will not expire.");
    assert_findings(request_findings(tracker, send_request(tracker, 9000, (Made){ 0 })), "");
    assert_findings(request_findings(tracker, use_challenge(tracker, 9001, "AAAA0000AAAA0000", NULL)), "");
    assert_findings(request_findings(tracker, use_challenge(tracker, 9002, "AAAA0000AAAA0000", NULL)), "");
    assert_findings(request_findings(tracker, use_challenge(tracker, 9003, "BBBB0000BBBB0000", NULL)), "");
    assert_findings(request_findings(tracker, use_challenge(tracker, 9004, "BBBB0000BBBB0000", NULL)),
                    "challenge_one_time_reused");
    diagnosed_tracker_free(tracker);
}

static void test_every_rule(void **state)
{
    (void)state;
    assert_covered(&coverage, SCEP_ON_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonce_reused),
        cmocka_unit_test(test_transactions_used_again),
        cmocka_unit_test(test_server_changes),
        cmocka_unit_test(test_renewal_not_offered),
        cmocka_unit_test(test_unusual_encryption),
        cmocka_unit_test(test_weak_signer),
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_odd_requests),
        cmocka_unit_test(test_old_challenge),
        cmocka_unit_test(test_the_challenge_itself_is_old),
        cmocka_unit_test(test_a_challenge_that_lasts),
        cmocka_unit_test(test_loop),
        cmocka_unit_test(test_every_rule), /* of what the ones before it have shown */
    };

    return cmocka_run_group_tests(tests, make_more_people, free_more_people);
}
