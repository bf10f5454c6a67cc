/* test_findings_keys.c
 * What is told where keys were given and a message was not opened.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"

#include "scep/cms.h"
#include "diagnosis/findings.h"

static Coverage coverage = { &scep_rules_keys, { false } };

typedef struct {
    ScepDecryptReason reason;
    int recipient;
    const char *expected;  /* on a request, and on an answer of which there is no request */
    const char *on_answer; /* on the answer to a request */
} Outcome;

static void check_outcome(const Outcome *about)
{
    const bool opened = about->reason == SCEP_DECRYPT_PLAIN;
    ScepDecryption decryption = { .status = opened ? SCEP_DECRYPTION_OPENED : SCEP_DECRYPTION_FAILED,
                                  .reason = about->reason,
                                  .text = (char *)"why",
                                  .recipient = about->recipient };
    const ScepChecks checks = { .decryption = &decryption };
    ScepTracker *tracker = diagnosed_tracker_new();
    Read read, answered;

    read_message(&read, made_request((Made){ 0 }));
    read_message(&answered, pki_signed_data(reply_parts("3", NULL)));
    ScepRequest request = whole_request(&read);
    ScepResponse response = whole_response(&answered);
    request.checks = response.checks = &checks;
    ScepExchange *exchange = ask(tracker, 5, &request);
    assert_findings(request_findings(tracker, exchange), about->expected);
    cover(&coverage, case_of_request(tracker, exchange, &request));
    if (about->expected[0] != '\0')
        assert_detail(request_findings(tracker, exchange), about->expected, "why");
    answer(tracker, exchange, 6, &response);
    char *expected = g_strdup_printf("certrep_pending%s%s", about->on_answer[0] ? " " : "", about->on_answer);
    assert_findings(response_findings(tracker, exchange), expected);
    ScepExchange *stray = answer(tracker, NULL, 7, &response);
    cover(&coverage, case_of_answer(tracker, stray, &response));
    assert_int_equal(about->expected[0] != '\0',
                     about->expected[0] != '\0' &&
                         find_finding(response_findings(tracker, stray), about->expected) != NULL);
    g_free(expected);
    forget(&read);
    forget(&answered);
    diagnosed_tracker_free(tracker);
}

static void test_outcomes(void **state)
{
    static const Outcome outcomes[] = {
        { SCEP_DECRYPT_PLAIN, 0, "", "" },
        { SCEP_DECRYPT_NO_RECIPIENT, -1, "", "" },
        { SCEP_DECRYPT_NO_KEYS, 0, "", "" },
        /* the key of the other side is rarely at hand: once is enough */
        { SCEP_DECRYPT_NO_KEY, 0, "decrypt_no_key", "" },
        { SCEP_DECRYPT_UNREADABLE_KEY, 0, "decrypt_no_key", "" },
        { SCEP_DECRYPT_UNSUPPORTED, 0, "decrypt_unsupported", "decrypt_unsupported" },
        { SCEP_DECRYPT_ITERATIONS, 0, "decrypt_unsupported", "decrypt_unsupported" },
        { SCEP_DECRYPT_WRONG_PASSWORD, 0, "decrypt_wrong_password", "decrypt_wrong_password" },
        { SCEP_DECRYPT_WRONG_KEY, 0, "decrypt_key_failed", "decrypt_key_failed" },
        { SCEP_DECRYPT_WRONG_KEY, -1, "cek_wrong_key", "cek_wrong_key" },
        { SCEP_DECRYPT_DAMAGED, 0, "decrypt_content_damaged", "decrypt_content_damaged" },
        /* other hints tell of these */
        { SCEP_DECRYPT_BROKEN, 0, "", "" },
        { SCEP_DECRYPT_TRUNCATED, 0, "", "" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++)
        check_outcome(&outcomes[i]);
    assert_covered(&coverage, SCEP_ON_REQUEST);
    assert_covered(&coverage, SCEP_ON_ANSWER);
}

/* Polls are encrypted to the same as the first request. */
static void test_told_once(void **state)
{
    ScepDecryption decryption = { .status = SCEP_DECRYPTION_NO_KEY,
                                  .reason = SCEP_DECRYPT_NO_KEY,
                                  .text = (char *)"why" };
    const ScepChecks checks = { .decryption = &decryption };
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        Read read;
        read_message(&read, made_request((Made){ .type = i ? "20" : "19", .nonce = i ? pki_nonce_b : pki_nonce_a }));
        ScepRequest request = whole_request(&read);
        request.checks = &checks;
        assert_findings(request_findings(tracker, ask(tracker, 5 + i, &request)),
                        i ? "pkiop_certpoll" : "decrypt_no_key");
        forget(&read);
    }
    diagnosed_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_told_once),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
