/* test_challenge_origin.c
 * Where the challenge of a request was handed out: by a page of NDES, or in a profile.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "service_calls.h"

#include "crypto/crypto.h"
#include "tracker/challenge_origin.h"

static void hand_out(ScepTracker *tracker, uint32_t frame, const char *page, uint16_t status)
{
    const ScepResponse response = { .status = status, .body = (const uint8_t *)page, .body_size = strlen(page) };
    ScepRequest request = operation_request(SCEP_OP_NONE);

    request.path_kind = SCEP_PATH_NDES_ADMIN;
    answer(tracker, ask(tracker, frame, &request), frame + 1, &response);
}

#define PAGE(password) "The enrollment challenge password is: <B> " password " </B>"

/* A request with this challenge, as it is read from a PKCS#10. */
static const ScepExchange *use(ScepTracker *tracker, uint32_t frame, const char *transaction, const char *challenge)
{
    X509_REQ *made = X509_REQ_new();
    const uint8_t nonce[16] = { 0xc2, (uint8_t)frame };
    unsigned char *der = NULL;
    Read read;

    X509_REQ_set_pubkey(made, device_key);
    X509_REQ_add1_attr_by_NID(made, NID_pkcs9_challengePassword, V_ASN1_PRINTABLESTRING, (const uint8_t *)challenge,
                              (int)strlen(challenge));
    X509_REQ_sign(made, device_key, EVP_sha256());
    const int size = i2d_X509_REQ(made, &der);
    ScepCsr *csr = scep_csr_new(der, (size_t)size, 0);
    read_message(&read, made_request((Made){ .transaction = transaction, .nonce = nonce }));
    ScepRequest request = whole_request(&read);
    request.csr = csr;
    const ScepExchange *exchange = ask(tracker, frame, &request);
    forget(&read);
    scep_csr_free(csr);
    OPENSSL_free(der);
    X509_REQ_free(made);
    return exchange;
}

static void test_a_page(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    hand_out(tracker, 1, PAGE("AAAA0000AAAA0000"), 200);
    hand_out(tracker, 3, PAGE("BBBB0000BBBB0000"), 200);
    hand_out(tracker, 5, PAGE("CCCC0000CCCC0000"), 401);
    const ScepExchange *exchange = use(tracker, 10, "ONE", "AAAA0000AAAA0000");
    assert_int_equal(scep_exchange_challenge_origin(exchange), 2);
    assert_int_equal(exchange->challenge_age, 8);
    assert_true(exchange->challenge_of_page);
    assert_int_equal(scep_exchange_same_challenge(exchange), 0);
    exchange = use(tracker, 11, "TWO", "AAAA0000AAAA0000");
    assert_int_equal(scep_exchange_challenge_origin(exchange), 2);
    assert_int_equal(scep_exchange_same_challenge(exchange), 10);
    assert_int_equal(scep_exchange_challenge_origin(use(tracker, 12, "THREE", "CCCC0000CCCC0000")), 0);
    assert_int_equal(scep_exchange_challenge_origin(use(tracker, 13, "FOUR", "aaaa0000aaaa0000")), 0);
    /* The newest page counts. */
    hand_out(tracker, 20, PAGE("AAAA0000AAAA0000"), 200);
    exchange = use(tracker, 25, "FIVE", "AAAA0000AAAA0000");
    assert_int_equal(scep_exchange_challenge_origin(exchange), 21);
    assert_int_equal(exchange->challenge_age, 4);
    scep_tracker_free(tracker);
}

static void test_the_thumbprint_on_a_page(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    hand_out(tracker, 1, "for the CA certificate is: <B> 0123456789abcdef 0123456789abcdef </B>" PAGE("x"), 200);
    const ScepExchange *exchange = use(tracker, 10, "ONE", "x");
    assert_string_equal(exchange->server->page_thumbprint, "0123456789ABCDEF0123456789ABCDEF");
    assert_int_equal(exchange->server->challenge_frame, 2);
    scep_tracker_free(tracker);
}

#define CHALLENGE(value)                                                                                       \
    MESSAGE("1", "<Add><CmdID>5</CmdID><Item><Target><LocURI>" CSP "ServerURL</LocURI></Target><Data>http://n" \
                 "</Data></Item><Item><Target><LocURI>" CSP "Challenge</LocURI></Target><Data>" value          \
                 "</Data></Item></Add>")

/* A profile that was joined by address is its own for certain once the challenge is the same. */
static void test_a_profile(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepServiceCall *call = sync(tracker, 3, device_address, MESSAGE("1", ""), CHALLENGE("S3cr3t"));
    const ScepExchange *exchange = use(tracker, 5, "ONE", "S3cr3t");
    assert_int_equal(scep_exchange_challenge_origin(exchange), call->response_frame);
    assert_false(exchange->challenge_of_page);
    assert_ptr_equal(call->enrollment, exchange->enrollment);
    assert_false(call->is_likely);

    const ScepServiceCall *other = sync(tracker, 6, device_address, MESSAGE("1", ""), CHALLENGE("other"));
    exchange = use(tracker, 7, "TWO", "S3cr3t");
    assert_ptr_equal(other->enrollment, exchange->enrollment);
    assert_true(other->is_likely);
    assert_int_equal(scep_exchange_challenge_origin(exchange), call->response_frame);
    /* One that many devices share joins nothing by itself. */
    const ScepServiceCall *elsewhere = sync(tracker, 8, "192.0.2.99", MESSAGE("1", ""), CHALLENGE("shared"));
    use(tracker, 9, "THREE", "shared");
    assert_null(elsewhere->enrollment);
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page),
        cmocka_unit_test(test_the_thumbprint_on_a_page),
        cmocka_unit_test(test_a_profile),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
