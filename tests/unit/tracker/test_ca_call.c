/* test_ca_call.c
 * Calls to the CA: to which enrollment they belong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ca_calls.h"

/* The key stands in clear in the certificate that signs a first request. */
static void test_by_key(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *other_device = pki_self_signed("other", other);

    (void)state;
    const ScepExchange *first = submit_signed(tracker, 5, "ONE", NULL, NULL);
    const ScepExchange *second = submit_signed(tracker, 6, "TWO", other_device, other);
    ScepCaCall *of_second = call_ca(tracker, 7, other, 0), *of_first = call_ca(tracker, 8, device_key, 0);

    assert_ptr_equal(of_first->enrollment, first->enrollment);
    assert_ptr_equal(of_second->enrollment, second->enrollment);
    assert_false(of_first->is_likely || of_second->is_likely);
    assert_string_equal(of_first->template_name, "Device");
    assert_string_equal(scep_ca_call_step(of_first), "Request");
    assert_ptr_equal(first->enrollment->ca_calls, of_first);
    assert_int_equal(scep_enrollment_stage(first->enrollment), 4);
    X509_free(other_device);
    EVP_PKEY_free(other);
    scep_tracker_free(tracker);
}

/* A poll names the request; the device's enrollment is that of the first call. */
static void test_by_request_id(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    ScepExchange *exchange = submit_signed(tracker, 5, "ONE", NULL, NULL);
    ScepCaCall *first = call_ca(tracker, 6, device_key, 0);
    answer_call(tracker, first, 7, 4101, 5, NULL);
    certrep(tracker, exchange, 8, "3", NULL);
    ScepCaCall *poll = call_ca(tracker, 20, NULL, 4101), *strange = call_ca(tracker, 21, NULL, 9999);
    answer_call(tracker, poll, 22, 4101, 3, NULL);

    assert_ptr_equal(poll->enrollment, exchange->enrollment);
    assert_false(poll->is_likely);
    assert_string_equal(scep_ca_call_step(poll), "Poll");
    assert_ptr_equal(first->next, poll);
    assert_null(strange->enrollment);
    scep_tracker_free(tracker);
}

/* Where nothing can be read, a call belongs to the one device that waits for this host, and to none of two. */
static void test_by_time(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *other_device = pki_self_signed("other", other);

    (void)state;
    assert_null(call_sealed(tracker, 4)->enrollment);
    ScepExchange *exchange = submit_signed(tracker, 5, "ONE", NULL, NULL);
    const ScepCaCall *call = call_sealed(tracker, 6);
    assert_ptr_equal(call->enrollment, exchange->enrollment);
    assert_true(call->is_likely && call->is_sealed);
    ScepExchange *second = submit_signed(tracker, 7, "TWO", other_device, other);
    assert_null(call_sealed(tracker, 8)->enrollment);
    certrep(tracker, exchange, 9, "0", NULL);
    assert_ptr_equal(call_sealed(tracker, 10)->enrollment, second->enrollment);
    assert_null(call_sealed(tracker, 1000)->enrollment); /* nobody waits that long */
    X509_free(other_device);
    EVP_PKEY_free(other);
    scep_tracker_free(tracker);
}

/* An answer whose request the capture does not hold. */
static void test_stray_answer(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepPlace place = ca_place(3);
    const ScepCaMessage message = { .method = request_method(), .is_sealed = true };
    const ScepCaCall *call = scep_tracker_ca_answer(tracker, NULL, &place, &message);

    (void)state;
    assert_int_equal(call->request_frame, 0);
    assert_int_equal(call->response_frame, 3);
    assert_null(call->enrollment);
    assert_int_equal(scep_tracker_get0_ca_calls(tracker)->len, 1);
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_key),
        cmocka_unit_test(test_by_request_id),
        cmocka_unit_test(test_by_time),
        cmocka_unit_test(test_stray_answer),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
