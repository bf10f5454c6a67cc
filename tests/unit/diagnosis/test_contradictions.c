/* test_contradictions.c
 * What else a capture shows makes notes of findings, and rules causes out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"

#include "diagnosis/contradictions.h"
#include "raising.h"
#include "tracker/times.h"

static const uint8_t nonce_c[16] = { 0xc0, 1 };

/* A request of the device with this transaction, and its answer. Its challenge is the one with this number. */
static ScepExchange *enroll(ScepTracker *tracker, uint32_t frame, const char *transaction, const char *status,
                            uint8_t challenge)
{
    PkiParts parts = request_parts();
    Carried carried;
    ScepCsr csr = { .challenge = { .present = true, .tag = SCEP_TAG_PRINTABLE_STRING, .sha256 = { challenge } } };
    uint8_t nonce[16];

    memcpy(nonce, nonce_c, sizeof nonce);
    nonce[2] = (uint8_t)frame;
    g_byte_array_unref(parts.attributes);
    parts.attributes = pki_request_attributes("19", transaction, nonce);
    carry(&carried, pki_signed_data(parts));
    ScepRequest request = message_request(&carried);
    request.csr = challenge != 0 ? &csr : NULL;
    ScepExchange *exchange = ask(tracker, frame, &request);
    drop(&carried);
    certrep(tracker, exchange, frame + 1, status, status[0] == '2' ? "2" : NULL);
    /* What is in the answer is not looked at here. */
    exchange->brings_nothing = exchange->is_unread = false;
    return exchange;
}

static void finish(ScepTracker *tracker)
{
    scep_tracker_clock(tracker, SECOND);
    scep_tracker_clock(tracker, 9000 * SECOND);
    scep_tracker_finish(tracker);
}

static unsigned against(const ScepFinding *list, const char *id)
{
    const ScepFinding *finding = find_finding(list, id);

    assert_non_null(finding);
    assert_int_equal(finding->severity == SCEP_SEVERITY_NOTE, finding->against != SCEP_UNCONTRADICTED);
    return finding->against;
}

static void check_reuse(const char *third, unsigned expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    enroll(tracker, 5, "one", "0", 7);
    const ScepExchange *second = enroll(tracker, 15, "two", "2", 7);
    if (third != NULL)
        enroll(tracker, 25, "three", third, 7);
    finish(tracker);
    assert_int_equal(against(request_findings(tracker, second), "challenge_one_time_reused"), expected);
    diagnosed_tracker_free(tracker);
}

static void test_a_challenge_that_is_taken_again(void **state)
{
    (void)state;
    check_reuse(NULL, SCEP_UNCONTRADICTED);
    check_reuse("2", SCEP_UNCONTRADICTED);
    check_reuse("0", SCEP_AGAINST_CHALLENGE_LASTS);
}

static void test_an_oddity_that_was_served(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    ScepExchange *served = enroll(tracker, 5, "one", "0", 0), *refused = enroll(tracker, 15, "two", "2", 0);
    raise_hint(tracker, served, false, "pkiop_get_bad_base64");
    raise_hint(tracker, refused, false, "pkiop_get_bad_base64");
    finish(tracker);
    assert_int_equal(against(request_findings(tracker, served), "pkiop_get_bad_base64"), SCEP_AGAINST_SERVED);
    assert_int_equal(against(request_findings(tracker, refused), "pkiop_get_bad_base64"), SCEP_UNCONTRADICTED);
    diagnosed_tracker_free(tracker);
}

static void check_causes(const ScepTracker *tracker, const ScepExchange *exchange, const char *causes,
                         const char *expected)
{
    unsigned dropped;
    char *text = scep_causes_new_text(diagnosis_of(tracker), exchange->enrollment, causes, &dropped);

    assert_string_equal(text, expected);
    assert_int_equal(dropped, strcmp(causes, expected) != 0);
    g_free(text);
}

static void test_causes(void **state)
{
    static const char causes[] = "refused by the CA; challenge password not accepted";
    static const char renewal[] = "the certificate that signed the request has expired; it is revoked";
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    ScepExchange *lone = enroll(tracker, 5, "one", "2", 3), *refused = enroll(tracker, 15, "two", "2", 7);
    enroll(tracker, 25, "three", "0", 7);
    finish(tracker);
    check_causes(tracker, lone, causes, causes);
    check_causes(tracker, refused, causes, "refused by the CA");
    lone->signer_is_valid = false;
    check_causes(tracker, lone, renewal, renewal);
    lone->signer_is_valid = true;
    check_causes(tracker, lone, renewal, "it is revoked");
    diagnosed_tracker_free(tracker);
}

/* The client that was shown the same certificates before, and went on, has the right fingerprint. */
static void test_a_fingerprint_that_fitted(void **state)
{
    static const char causes[] = "the fingerprint set in the client does not fit the CA certificate; no key";
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    const ScepRequest query = operation_request(SCEP_OP_GETCACERT);
    ask_certificate(tracker);
    ScepExchange *before = enroll(tracker, 5, "one", "0", 0)->enrollment->first;
    ScepExchange *later = ask(tracker, 1000, &query);
    assert_ptr_not_equal(before->enrollment, later->enrollment);
    check_causes(tracker, later, causes, causes);
    assert_int_equal(before->operation, SCEP_OP_GETCACERT);
    before->shown = later->shown = 1;
    check_causes(tracker, later, causes, "no key");
    later->shown = 2;
    check_causes(tracker, later, causes, causes);
    diagnosed_tracker_free(tracker);
}

static void test_words(void **state)
{
    (void)state;
    assert_null(scep_contradiction_words(SCEP_UNCONTRADICTED));
    assert_null(scep_contradiction_words(SCEP_CONTRADICTION_COUNT));
    for (unsigned i = 1; i < SCEP_CONTRADICTION_COUNT; i++)
        assert_non_null(scep_contradiction_words(i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_challenge_that_is_taken_again),
        cmocka_unit_test(test_an_oddity_that_was_served),
        cmocka_unit_test(test_causes),
        cmocka_unit_test(test_a_fingerprint_that_fitted),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
