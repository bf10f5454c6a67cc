/* test_enrollment_match.c
 * Which enrollment a question about the CA belongs to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"

#include "tracker/tracker.h"

/* Each frame is a request on a connection of its own, answered in the same second. */
static ScepExchange *query(ScepTracker *tracker, uint32_t frame, ScepOperation operation, const char *identifier,
                           const char *user_agent)
{
    ScepPlace place = place_at(frame);
    ScepRequest request = operation_request(operation);
    const ScepResponse response = { .status = 200 };

    place.stream = frame;
    request.identifier = identifier;
    request.user_agent = user_agent;
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    place.frame++;
    return scep_tracker_response(tracker, exchange, &place, &response);
}

/* The same of a PKCSReq, without an answer. */
static ScepExchange *submit(ScepTracker *tracker, uint32_t frame, const char *transaction)
{
    ScepPlace place = place_at(frame);
    const uint8_t nonce[16] = { (uint8_t)frame };
    Read read;

    place.stream = frame;
    read_message(&read, made_request((Made){ .transaction = transaction, .nonce = nonce }));
    const ScepRequest request = whole_request(&read);
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    forget(&read);
    return exchange;
}

/* certmonger gets to know the CA in the frames from this one on. @return its enrollment */
static const ScepEnrollment *get_to_know(ScepTracker *tracker, uint32_t frame, const char *user_agent)
{
    const ScepEnrollment *enrollment = query(tracker, frame, SCEP_OP_GETCACAPS, "0", user_agent)->enrollment;

    assert_ptr_equal(query(tracker, frame + 2, SCEP_OP_GETCACERT, "0", user_agent)->enrollment, enrollment);
    assert_ptr_equal(query(tracker, frame + 4, SCEP_OP_GETCACERT, "1", user_agent)->enrollment, enrollment);
    return enrollment;
}

static void test_certmonger_asks_again(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *enrollment = get_to_know(tracker, 1, NULL);
    assert_ptr_equal(query(tracker, 11, SCEP_OP_GETCACAPS, "0", NULL)->enrollment, enrollment);
    const ScepExchange *last = submit(tracker, 13, TRANSACTION);
    assert_ptr_equal(last->enrollment, enrollment);
    assert_ptr_equal(enrollment->last, last);
    assert_int_equal(scep_tracker_get0_enrollments(tracker)->len, 1);
    scep_tracker_free(tracker);
}

/* One word different, and another attempt begins. */
static void test_others_begin_anew(void **state)
{
    static const struct {
        ScepOperation operation;
        const char *identifier, *user_agent;
    } cases[] = {
        { SCEP_OP_GETCACAPS, "0", "client" },
        { SCEP_OP_GETCACERT, "0", NULL },
        { SCEP_OP_GETCACERT, "1", NULL },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        ScepTracker *tracker = scep_tracker_new();
        const ScepEnrollment *enrollment = get_to_know(tracker, 1, cases[i].user_agent);
        const ScepExchange *again = query(tracker, 11, cases[i].operation, cases[i].identifier, cases[i].user_agent);
        assert_ptr_not_equal(again->enrollment, enrollment);
        scep_tracker_free(tracker);
    }
}

static void test_other_identifiers_begin_anew(void **state)
{
    static const char *const pairs[][2] = { { "0", NULL }, { "1", NULL }, { "0", "2" }, { "1", "10" } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        ScepTracker *tracker = scep_tracker_new();
        const ScepEnrollment *enrollment = query(tracker, 1, SCEP_OP_GETCACAPS, "0", NULL)->enrollment;
        query(tracker, 3, SCEP_OP_GETCACERT, pairs[i][0], NULL);
        query(tracker, 5, SCEP_OP_GETCACERT, pairs[i][1], NULL);
        assert_ptr_not_equal(query(tracker, 11, SCEP_OP_GETCACAPS, "0", NULL)->enrollment, enrollment);
        scep_tracker_free(tracker);
    }
}

/* The second time belongs to it, a third would be somebody else's. */
static void test_asks_again_once(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *enrollment = get_to_know(tracker, 1, NULL);
    assert_ptr_equal(query(tracker, 11, SCEP_OP_GETCACAPS, "0", NULL)->enrollment, enrollment);
    assert_ptr_not_equal(query(tracker, 13, SCEP_OP_GETCACAPS, "0", NULL)->enrollment, enrollment);
    scep_tracker_free(tracker);
}

/* Nor is it after its request: whoever asks then may be another device. */
static void test_asks_after_the_request(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *enrollment = get_to_know(tracker, 1, NULL);
    assert_ptr_equal(submit(tracker, 11, TRANSACTION)->enrollment, enrollment);
    assert_ptr_not_equal(query(tracker, 13, SCEP_OP_GETCACAPS, "0", NULL)->enrollment, enrollment);
    scep_tracker_free(tracker);
}

static void test_asks_again_too_late(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *enrollment = get_to_know(tracker, 1, NULL);
    assert_ptr_not_equal(query(tracker, 1000, SCEP_OP_GETCACAPS, "0", NULL)->enrollment, enrollment);
    scep_tracker_free(tracker);
}

/* Two of them behind one address stay two, each with its request, whichever asks first. */
static void test_two_behind_one_address(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *one = get_to_know(tracker, 1, NULL);
    query(tracker, 11, SCEP_OP_GETCACAPS, "0", NULL);
    const ScepEnrollment *other = get_to_know(tracker, 21, NULL);
    assert_ptr_not_equal(one, other);
    assert_ptr_equal(query(tracker, 31, SCEP_OP_GETCACAPS, "0", NULL)->enrollment, other);
    assert_ptr_equal(submit(tracker, 33, "A1")->enrollment, one);
    assert_ptr_equal(submit(tracker, 35, "B2")->enrollment, other);
    assert_int_equal(scep_tracker_get0_enrollments(tracker)->len, 2);
    scep_tracker_free(tracker);
}

/* The question goes to an attempt that lacks it, although the other one may ask again and is older. */
static void test_who_lacks_it_comes_first(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *one = get_to_know(tracker, 1, NULL);
    const ScepEnrollment *other = query(tracker, 11, SCEP_OP_GETCACERT, "0", NULL)->enrollment;
    assert_ptr_not_equal(one, other);
    assert_ptr_equal(query(tracker, 13, SCEP_OP_GETCACAPS, "0", NULL)->enrollment, other);
    assert_ptr_equal(query(tracker, 15, SCEP_OP_GETCACAPS, "0", NULL)->enrollment, one);
    scep_tracker_free(tracker);
}

/* Ten minutes, and whoever sends its request then has begun anew; of what waited in vain nothing is kept. */
static void test_a_prelude_has_its_time(void **state)
{
    (void)state;
    for (uint32_t late = 0; late <= 1; late++) {
        ScepTracker *tracker = scep_tracker_new();
        const ScepExchange *asked = query(tracker, 1, SCEP_OP_GETCACERT, NULL, NULL);
        assert_true(scep_join_has_prelude(tracker, device_address, asked->server));
        const ScepExchange *submitted = submit(tracker, 601 + late, TRANSACTION);
        assert_int_equal(submitted->enrollment == asked->enrollment, !late);
        assert_false(scep_join_has_prelude(tracker, device_address, asked->server));
        scep_tracker_free(tracker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certmonger_asks_again),        cmocka_unit_test(test_others_begin_anew),
        cmocka_unit_test(test_other_identifiers_begin_anew), cmocka_unit_test(test_asks_again_once),
        cmocka_unit_test(test_asks_after_the_request),       cmocka_unit_test(test_asks_again_too_late),
        cmocka_unit_test(test_two_behind_one_address),       cmocka_unit_test(test_who_lacks_it_comes_first),
        cmocka_unit_test(test_a_prelude_has_its_time),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
