/* test_service_call.c
 * To which enrollment a call to a service belongs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "service_calls.h"
#include "tracker/service_call.h"
#include "tracker/tracker.h"

static const char policy_address[] = "127.0.0.1";

/* ---- joining ----------------------------------------------------------------------------------------------------- */

static void test_by_transaction(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepExchange *one = submit(tracker, 5, "ONE"), *two = submit(tracker, 6, "TWO");
    char *of_two = transaction_body("TWO"), *of_nobody = transaction_body("THREE");

    (void)state;
    const ScepServiceCall *call = ask_service(tracker, 7, VALIDATE, of_two);
    assert_ptr_equal(call->enrollment, two->enrollment);
    assert_false(call->is_likely);
    assert_ptr_equal(two->enrollment->services, call);
    assert_null(one->enrollment->services);
    assert_int_equal(scep_enrollment_stage(two->enrollment), 3);
    assert_int_equal(scep_enrollment_stage(one->enrollment), 2);
    /* A name that nobody has is no reason to guess, although one device waits by now. */
    certrep(tracker, (ScepExchange *)two, 8, "0", NULL);
    assert_null(ask_service(tracker, 9, VALIDATE, of_nobody)->enrollment);
    assert_int_equal(scep_tracker_get0_enrollments(tracker)->len, 2);
    g_free(of_two);
    g_free(of_nobody);
    scep_tracker_free(tracker);
}

/* The key stands in clear in the certificate that signs a first request. */
static void test_by_key(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    X509_REQ *request = X509_REQ_new();
    unsigned char *der = NULL;

    (void)state;
    X509_REQ_set_pubkey(request, device_key);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8, (const uint8_t *)"device", -1,
                               -1, 0);
    X509_REQ_sign(request, device_key, EVP_sha256());
    const int size = i2d_X509_REQ(request, &der);
    char *base64 = g_base64_encode(der, (gsize)size);
    char *body = g_strdup_printf("{\"x\":[\"%s\"]}", base64);
    const ScepExchange *exchange = submit(tracker, 5, "ONE");
    const ScepServiceCall *call = ask_service(tracker, 6, VERIFY, body);
    assert_ptr_equal(call->enrollment, exchange->enrollment);
    assert_false(call->is_likely);
    assert_string_equal(exchange->enrollment->subject, "CN=device");
    g_free(body);
    g_free(base64);
    OPENSSL_free(der);
    X509_REQ_free(request);
    scep_tracker_free(tracker);
}

static void test_by_host(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    assert_null(ask_service(tracker, 4, VERIFY, NULL)->enrollment);
    ScepExchange *exchange = submit(tracker, 5, "ONE");
    assert_null(ask_from(tracker, 6, "192.0.2.77", service_of(VERIFY), NULL)->enrollment);
    const ScepServiceCall *call = ask_service(tracker, 7, VERIFY, NULL);
    assert_ptr_equal(call->enrollment, exchange->enrollment);
    assert_true(call->is_likely);
    /* Its own host stands for any. */
    assert_ptr_equal(ask_from(tracker, 8, policy_address, service_of(VERIFY), NULL)->enrollment, exchange->enrollment);
    assert_ptr_equal(ask_from(tracker, 8, "::1", service_of(VERIFY), NULL)->enrollment, exchange->enrollment);
    /* Two devices wait. */
    ScepExchange *other = submit(tracker, 9, "TWO");
    assert_null(ask_service(tracker, 10, VERIFY, NULL)->enrollment);
    certrep(tracker, other, 11, "0", NULL);
    certrep(tracker, exchange, 12, "0", NULL);
    assert_null(ask_service(tracker, 13, VERIFY, NULL)->enrollment);
    scep_tracker_free(tracker);
}

/* So that a connection of theirs that cannot be read is known by its ends. */
static void test_hosts_are_learned(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepPlace place = place_of(1, "192.0.2.30", "192.0.2.35");
    const ScepServiceMessage message = { .service = service_of(VERIFY) };

    (void)state;
    ask_service(tracker, 1, VERIFY, NULL); /* on the host of NDES itself */
    assert_null(scep_tracker_get0_host(tracker, server_address));
    scep_tracker_service_request(tracker, &place, &message);
    ask_service(tracker, 2, VALIDATE, NULL);
    assert_int_equal(scep_tracker_get0_host(tracker, scep_tracker_text(tracker, "192.0.2.30"))->role, SCEP_HOST_NDES);
    assert_int_equal(scep_tracker_get0_host(tracker, scep_tracker_text(tracker, "192.0.2.35"))->role, SCEP_HOST_POLICY);
    assert_int_equal(scep_tracker_get0_host(tracker, scep_tracker_text(tracker, intune_address))->role,
                     SCEP_HOST_INTUNE);
    ask_from(tracker, 3, "192.0.2.98", service_of(TOKEN), "scope=other"); /* of any other app */
    assert_int_equal(scep_tracker_get0_host(tracker, scep_tracker_text(tracker, intune_address))->role,
                     SCEP_HOST_INTUNE);
    scep_tracker_free(tracker);
}

/* Before the answer to the device, or behind it. */
static void test_reports(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    ScepExchange *one = submit(tracker, 5, "ONE");
    answer_service(tracker, ask_service(tracker, 6, VERIFY, NULL), 7, 201, NULL);
    assert_ptr_equal(ask_service(tracker, 8, NOTIFY, NULL)->enrollment, one->enrollment);
    certrep(tracker, one, 9, "0", NULL);
    assert_null(ask_service(tracker, 10, NOTIFY, NULL)->enrollment); /* reported already */
    ScepExchange *two = submit(tracker, 11, "TWO");
    answer_service(tracker, ask_service(tracker, 12, VERIFY, NULL), 13, 201, NULL);
    certrep(tracker, two, 14, "0", NULL);
    /* The next device waits, but has not been verified. */
    submit(tracker, 15, "THREE");
    assert_ptr_equal(ask_service(tracker, 16, NOTIFY, NULL)->enrollment, two->enrollment);
    assert_int_equal(scep_enrollment_stage(two->enrollment), 6);
    scep_tracker_free(tracker);
}

/* Two hosts of NDES: what one of them reports is not what a device was given by the other. */
static void test_a_report_of_another_host(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    Read read;

    (void)state;
    read_message(&read, made_request((Made){ .transaction = "ONE" }));
    const ScepRequest request = whole_request(&read);
    const ScepPlace place = place_of(5, device_address, "192.0.2.2");
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    certrep(tracker, exchange, 6, "0", NULL);
    assert_null(ask_service(tracker, 7, NOTIFY, NULL)->enrollment);
    assert_ptr_equal(ask_from(tracker, 8, "192.0.2.2", service_of(NOTIFY), NULL)->enrollment, exchange->enrollment);
    forget(&read);
    scep_tracker_free(tracker);
}

/* The policy module reports certificates: who was refused lately is not the one it means. */
static void test_a_refusal_is_not_reported(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    ScepExchange *given = submit(tracker, 5, "ONE"), *refused = submit(tracker, 6, "TWO");
    certrep(tracker, given, 7, "0", NULL);
    refuse(tracker, refused, 8);
    assert_ptr_equal(ask_service(tracker, 9, NOTIFY, NULL)->enrollment, given->enrollment);
    assert_null(ask_service(tracker, 10, NOTIFY, NULL)->enrollment);
    scep_tracker_free(tracker);
}

static void test_a_report_comes_soon(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    ScepExchange *exchange = submit(tracker, 5, "ONE");
    certrep(tracker, exchange, 9, "0", NULL);
    assert_null(ask_service(tracker, 40, NOTIFY, NULL)->enrollment);
    assert_ptr_equal(ask_service(tracker, 39, NOTIFY, NULL)->enrollment, exchange->enrollment);
    scep_tracker_free(tracker);
}

/* A report of a failure is no sign of having come that far. */
static void test_stage_of_a_failure(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    char *body = transaction_body("ONE");

    (void)state;
    ScepExchange *exchange = submit(tracker, 5, "ONE");
    refuse(tracker, exchange, 6);
    assert_ptr_equal(ask_service(tracker, 7, FAILED, body)->enrollment, exchange->enrollment);
    assert_int_equal(scep_enrollment_stage(exchange->enrollment), 2);
    g_free(body);
    scep_tracker_free(tracker);
}

/* ---- MDM --------------------------------------------------------------------------------------------------------- */

static void test_a_profile_waits_for_its_enrollment(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepServiceCall *idle = sync(tracker, 1, device_address, MESSAGE("1", ""), MESSAGE("1", ""));
    const ScepServiceCall *other = sync(tracker, 2, "192.0.2.99", MESSAGE("1", ""), PROFILE("1"));
    const ScepServiceCall *call = sync(tracker, 3, device_address, MESSAGE("1", ""), PROFILE("1"));
    assert_int_equal(scep_tracker_get0_enrollments(tracker)->len, 0);
    const ScepExchange *exchange = submit(tracker, 5, "ONE");
    assert_ptr_equal(call->enrollment, exchange->enrollment);
    assert_true(call->is_likely);
    assert_null(other->enrollment);
    assert_null(idle->enrollment);
    /* What was sent hours ago led to something else. */
    const ScepServiceCall *old = sync(tracker, 3, "192.0.2.98", MESSAGE("1", ""), PROFILE("1"));
    const ScepRequest query = operation_request(SCEP_OP_GETCACAPS);
    ScepPlace late = place_of(4000, "192.0.2.98", server_address);
    scep_tracker_request(tracker, &late, &query);
    assert_null(old->enrollment);
    /* The next one had no profile of its own. */
    const ScepExchange *next = submit(tracker, 6, "TWO");
    assert_null(next->enrollment->services);
    /* What a device tells is about the one it had last. */
    const ScepServiceCall *told = sync(tracker, 8, device_address,
                                       MESSAGE("2", "<Results><CmdID>4</CmdID><Item><Source><LocURI>" CSP
                                                    "Status</LocURI></Source><Data>1</Data></Item></Results>"),
                                       "");
    assert_ptr_equal(told->enrollment, next->enrollment);
    scep_tracker_free(tracker);
}

/* Part of a profile, in an MDM session on this connection. */
static const ScepServiceCall *give_profile(ScepTracker *tracker, uint32_t frame, uint32_t stream)
{
    const ScepServiceMessage message = { .service = mdm_service() };
    ScepPlace place = place_of(frame, device_address, intune_address);

    place.stream = stream;
    ScepServiceCall *call = scep_tracker_service_request(tracker, &place, &message);
    answer_service(tracker, call, frame, 200, PROFILE("1"));
    return call;
}

/* Behind one address two devices have a session each: the first that enrolls takes one of them, the next the other. */
static void test_profiles_of_two_behind_one_address(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepServiceCall *begins = give_profile(tracker, 1, 7), *goes_on = give_profile(tracker, 2, 7);
    const ScepServiceCall *other = give_profile(tracker, 3, 8);
    const ScepExchange *one = submit(tracker, 5, "ONE");
    assert_ptr_equal(begins->enrollment, one->enrollment);
    assert_ptr_equal(goes_on->enrollment, one->enrollment);
    assert_null(other->enrollment);
    const ScepExchange *two = submit(tracker, 6, "TWO");
    assert_ptr_equal(other->enrollment, two->enrollment);
    assert_ptr_equal(two->enrollment->services, other);
    scep_tracker_free(tracker);
}

/* A device may be given its profile again and again and never enroll: the newest messages are kept, no more. */
static void test_profiles_that_wait_are_few(void **state)
{
    enum { KEPT = 64, GIVEN = KEPT + 3 };
    ScepTracker *tracker = scep_tracker_new();
    const ScepServiceCall *calls[GIVEN];
    unsigned attached = 0;

    (void)state;
    for (uint32_t i = 0; i < GIVEN; i++)
        calls[i] = give_profile(tracker, i + 1, 7);
    const ScepEnrollment *enrollment = submit(tracker, GIVEN + 1, "ONE")->enrollment;
    for (const ScepServiceCall *call = enrollment->services; call != NULL; call = call->next)
        attached++;
    assert_int_equal(attached, KEPT);
    assert_null(calls[GIVEN - KEPT - 1]->enrollment);
    assert_ptr_equal(enrollment->services, calls[GIVEN - KEPT]);
    scep_tracker_free(tracker);
}

/* Fetched by GET from an address that nobody knows as that of an MDM server: the media type of the answer tells. */
static void test_a_profile_that_was_fetched(void **state)
{
    static const char text[] = "<plist><dict><key>PayloadType</key><string>com.apple.security.scep</string>"
                               "<key>PayloadContent</key><dict><key>URL</key><string>http://n</string></dict></dict>"
                               "</plist>";
    ScepTracker *tracker = scep_tracker_new();
    const ScepService *service = scep_service_of_answer(SCEP_APPLE_PROFILE);
    const ScepServiceMessage message = { .service = service,
                                         .facts = read_service(service, text, strlen(text), 200),
                                         .status = 200 };
    const ScepPlace place = place_of(3, device_address, intune_address);

    (void)state;
    const ScepServiceCall *call = scep_tracker_service_unasked(tracker, &place, &message);
    assert_int_equal(call->request_frame, 0);
    assert_int_equal(call->response_frame, 3);
    assert_true(scep_service_is_shown(call, true));
    assert_true(scep_service_sets_profile(call->answered));
    const ScepExchange *exchange = submit(tracker, 5, "ONE");
    assert_ptr_equal(call->enrollment, exchange->enrollment);
    assert_true(call->is_likely);
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_transaction),
        cmocka_unit_test(test_by_key),
        cmocka_unit_test(test_by_host),
        cmocka_unit_test(test_hosts_are_learned),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_a_report_of_another_host),
        cmocka_unit_test(test_a_refusal_is_not_reported),
        cmocka_unit_test(test_a_report_comes_soon),
        cmocka_unit_test(test_stage_of_a_failure),
        cmocka_unit_test(test_a_profile_waits_for_its_enrollment),
        cmocka_unit_test(test_profiles_of_two_behind_one_address),
        cmocka_unit_test(test_profiles_that_wait_are_few),
        cmocka_unit_test(test_a_profile_that_was_fetched),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
