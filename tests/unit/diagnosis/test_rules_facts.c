/* test_rules_facts.c
 * What requests to one server tell when they are held against each other: a difference speaks where a neighbor was
 * served, and is silent where one with the same fact was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"

#include "diagnosis/contrast.h"

/* One enrollment with one request. */
typedef struct {
    const char *transaction;
    bool in_pieces;         /* BER, its content in pieces */
    bool is_rsa;            /* signed with an RSA key; else EC */
    uint16_t status;        /* HTTP, without a message; 0 for a CertRep */
    const char *pki_status; /* of the CertRep */
    const char *fail_info;
    ScepPathKind path_kind;
    const char *type; /* NULL for PKCSReq */
} Enrolled;

static const ScepChecks good = { .digest = { .status = SCEP_VERIFY_GOOD },
                                 .signature = { .status = SCEP_VERIFY_GOOD } };

static ScepExchange *enroll(ScepTracker *tracker, uint32_t frame, Enrolled enrolled)
{
    const uint8_t nonce[16] = { (uint8_t)frame, 0x77 };
    Read read;

    read_message(&read, pki_signed_data((PkiParts){
                            .content = some_envelope(),
                            .attributes = pki_request_attributes(enrolled.type ? enrolled.type : "19",
                                                                 enrolled.transaction, nonce),
                            .certificates = pki_certificate_der(enrolled.is_rsa ? ra : device),
                            .signer = enrolled.is_rsa ? ra : device,
                            .key = enrolled.is_rsa ? ra_key : device_key,
                            .indefinite = enrolled.in_pieces,
                        }));
    ScepRequest request = whole_request(&read);
    request.path_kind = enrolled.path_kind;
    request.host = "scep.contoso.com";
    request.checks = &good;
    ScepExchange *exchange = ask(tracker, frame, &request);
    forget(&read);
    if (enrolled.status != 0) {
        const ScepResponse response = { .status = enrolled.status };
        answer(tracker, exchange, frame + 1, &response);
    } else {
        certrep(tracker, exchange, frame + 1, enrolled.pki_status, enrolled.fail_info);
    }
    return exchange;
}

static void finish(ScepTracker *tracker)
{
    scep_tracker_clock(tracker, SECOND);
    scep_tracker_clock(tracker, 1000 * SECOND);
    scep_tracker_finish(tracker);
}

static const ScepFinding *said(const ScepTracker *tracker, const ScepExchange *exchange, const char *id)
{
    return find_finding(response_findings(tracker, exchange), id);
}

static const Enrolled served = { .transaction = "A1", .pki_status = "0" };
static const Enrolled refused_in_pieces = { .transaction = "B2", .in_pieces = true, .status = 500 };

/* ---- only the refused requests have it --------------------------------------------------------------------------- */

static void test_what_sets_apart(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    enroll(tracker, 5, served);
    ScepExchange *refused = enroll(tracker, 7, refused_in_pieces);
    finish(tracker);
    const ScepFinding *finding = said(tracker, refused, "only_refused_have");
    assert_non_null(finding);
    assert_int_equal(finding->severity, SCEP_SEVERITY_ERROR);
    assert_string_equal(finding->detail,
                        "content of the SignedData: constructed of pieces (BER) (served: in one piece). This is so in "
                        "1 of 1 refused and in none of 1 served enrollments at this server");
    assert_null(said(tracker, refused, "ber_not_read")); /* it would say the same, and less surely */
    diagnosed_tracker_free(tracker);
}

/* Whatever the order: what comes later counts too. */
static void test_contradicted(void **state)
{
    (void)state;
    for (unsigned later = 0; later < 2; later++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        Enrolled also_served = served;
        also_served.transaction = "C3";
        also_served.in_pieces = true;
        enroll(tracker, 5, served);
        if (!later)
            enroll(tracker, 7, also_served);
        ScepExchange *refused = enroll(tracker, 9, refused_in_pieces);
        if (later)
            enroll(tracker, 11, also_served);
        finish(tracker);
        assert_null(said(tracker, refused, "only_refused_have"));
        assert_null(said(tracker, refused, "ber_not_read"));
        diagnosed_tracker_free(tracker);
    }
}

/* A server that signs a refusal of such a request can read it. */
static void test_read_elsewhere(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const Enrolled denied = { .transaction = "C3", .in_pieces = true, .pki_status = "2", .fail_info = "2" };

    (void)state;
    enroll(tracker, 5, served);
    enroll(tracker, 7, denied);
    ScepExchange *refused = enroll(tracker, 9, refused_in_pieces);
    finish(tracker);
    assert_null(said(tracker, refused, "only_refused_have"));
    assert_null(said(tracker, refused, "ber_not_read"));
    diagnosed_tracker_free(tracker);
}

/* What is plain explains no refusal, be the served ones as odd as they like. */
static void test_plain_is_no_suspect(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    Enrolled odd = served, plain = refused_in_pieces;

    (void)state;
    odd.in_pieces = true;
    plain.in_pieces = false;
    enroll(tracker, 5, odd);
    ScepExchange *refused = enroll(tracker, 7, plain);
    finish(tracker);
    assert_null(said(tracker, refused, "only_refused_have"));
    diagnosed_tracker_free(tracker);
}

/* Who signs the refusal has read the request: its form is no reason; what it asks for may be, and is a note beside the
 * reason that is given. */
static void test_signed_refusal(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const Enrolled denied = {
        .transaction = "B2", .in_pieces = true, .is_rsa = true, .pki_status = "2", .fail_info = "2"
    };

    (void)state;
    enroll(tracker, 5, served);
    ScepExchange *refused = enroll(tracker, 7, denied);
    finish(tracker);
    const ScepFinding *finding = said(tracker, refused, "only_refused_have");
    assert_non_null(finding);
    assert_int_equal(finding->severity, SCEP_SEVERITY_NOTE);
    assert_non_null(strstr(finding->detail, "kind of the signer's key: RSA (served: EC)"));
    assert_null(strstr(finding->detail, "pieces"));
    diagnosed_tracker_free(tracker);
}

static void test_another_server(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepPlace elsewhere = place_at(5);
    Read read;

    (void)state;
    read_message(&read, made_request((Made){ .transaction = "A1" }));
    const ScepRequest request = whole_request(&read);
    elsewhere.server = "203.0.113.9";
    ScepExchange *other = scep_tracker_request(tracker, &elsewhere, &request);
    forget(&read);
    certrep(tracker, other, 6, "0", NULL);
    ScepExchange *refused = enroll(tracker, 7, refused_in_pieces);
    finish(tracker);
    assert_null(said(tracker, refused, "only_refused_have"));
    diagnosed_tracker_free(tracker);
}

/* One drawn from more of the capture takes the place of the one before. */
static void test_drawn_anew(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    enroll(tracker, 5, served);
    ScepExchange *refused = enroll(tracker, 7, refused_in_pieces);
    finish(tracker);
    finish(tracker);
    assert_non_null(said(tracker, refused, "only_refused_have"));
    Enrolled also_served = refused_in_pieces;
    also_served.transaction = "C3";
    also_served.status = 0;
    also_served.pki_status = "0";
    enroll(tracker, 9, also_served);
    finish(tracker);
    assert_null(said(tracker, refused, "only_refused_have"));
    diagnosed_tracker_free(tracker);
}

/* ---- forms ------------------------------------------------------------------------------------------------------- */

static void test_ber(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    ScepExchange *refused = enroll(tracker, 5, refused_in_pieces);
    finish(tracker);
    assert_detail(response_findings(tracker, refused), "ber_not_read",
                  "In this request the content of the SignedData is put together of pieces; its digest and its "
                  "signature are good");
    diagnosed_tracker_free(tracker);
}

/* NDES reads BER; a status with a meaning of its own explains itself; DER is nothing odd. */
static void test_ber_is_no_suspect(void **state)
{
    const Enrolled others[] = {
        { .transaction = "B2", .in_pieces = true, .status = 500, .path_kind = SCEP_PATH_NDES },
        { .transaction = "B2", .in_pieces = true, .status = 404 },
        { .transaction = "B2", .status = 500 },
        { .transaction = "B2", .in_pieces = true, .pki_status = "2", .fail_info = "2" },
        { .transaction = "B2", .in_pieces = true, .pki_status = "0" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ScepExchange *exchange = enroll(tracker, 5, others[i]);
        finish(tracker);
        assert_null(said(tracker, exchange, "ber_not_read"));
        diagnosed_tracker_free(tracker);
    }
}

/* ---- a key that nothing can be encrypted to ---------------------------------------------------------------------- */

static const Enrolled pending = { .transaction = "B2", .pki_status = "3" };
static const Enrolled failed_poll = { .transaction = "B2", .type = "20", .status = 500 };

static void test_ec_key(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    ask_certificate(tracker);
    enroll(tracker, 5, pending);
    ScepExchange *poll = enroll(tracker, 7, failed_poll);
    finish(tracker);
    assert_detail(response_findings(tracker, poll), "ec_key_not_delivered",
                  "The key of the device is EC, 256 bits, those of the server are RSA; the request was taken "
                  "(PENDING), and each answer that would deliver fails");
    diagnosed_tracker_free(tracker);
}

/* Another device with such a key was served; the key is RSA; nothing is known of the server's; the refusal is signed.
 */
static void test_ec_key_is_no_reason(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        Enrolled first = pending, last = failed_poll;
        if (i != 2)
            ask_certificate(tracker);
        if (i == 0)
            enroll(tracker, 15, served);
        first.is_rsa = last.is_rsa = i == 1;
        if (i == 3) {
            last.status = 0;
            last.pki_status = "2";
            last.fail_info = "2";
        }
        enroll(tracker, 17, first);
        ScepExchange *poll = enroll(tracker, 19, last);
        finish(tracker);
        assert_null(said(tracker, poll, "ec_key_not_delivered"));
        diagnosed_tracker_free(tracker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_sets_apart),     cmocka_unit_test(test_contradicted),
        cmocka_unit_test(test_read_elsewhere),      cmocka_unit_test(test_plain_is_no_suspect),
        cmocka_unit_test(test_signed_refusal),      cmocka_unit_test(test_another_server),
        cmocka_unit_test(test_drawn_anew),          cmocka_unit_test(test_ber),
        cmocka_unit_test(test_ber_is_no_suspect),   cmocka_unit_test(test_ec_key),
        cmocka_unit_test(test_ec_key_is_no_reason),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
