/* test_enrollment_match.c
 * Which enrollment a question about the CA belongs to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"

#include "tracker/times.h"
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
static ScepExchange *submit_on(ScepTracker *tracker, uint32_t frame, uint32_t stream, const char *transaction,
                               const char *user_agent)
{
    ScepPlace place = place_at(frame);
    const uint8_t nonce[16] = { (uint8_t)frame };
    Read read;

    place.stream = stream;
    read_message(&read, made_request((Made){ .transaction = transaction, .nonce = nonce }));
    ScepRequest request = whole_request(&read);
    request.user_agent = user_agent;
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    forget(&read);
    return exchange;
}

static ScepExchange *submit_as(ScepTracker *tracker, uint32_t frame, const char *transaction, const char *user_agent)
{
    return submit_on(tracker, frame, frame, transaction, user_agent);
}

static ScepExchange *submit(ScepTracker *tracker, uint32_t frame, const char *transaction)
{
    return submit_as(tracker, frame, transaction, NULL);
}

static void fail_with(ScepTracker *tracker, ScepExchange *exchange, uint16_t status)
{
    const ScepPlace place = place_at(exchange->request_frame + 1);
    const ScepResponse response = { .status = status };

    scep_tracker_response(tracker, exchange, &place, &response);
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

/* Two of them behind one address stay two, each with its request; that which follows soonest gets the queries. */
static void test_two_behind_one_address(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *one = get_to_know(tracker, 1, NULL);
    query(tracker, 11, SCEP_OP_GETCACAPS, "0", NULL);
    const ScepEnrollment *other = get_to_know(tracker, 21, NULL);
    assert_ptr_not_equal(one, other);
    assert_ptr_equal(query(tracker, 31, SCEP_OP_GETCACAPS, "0", NULL)->enrollment, other);
    assert_ptr_equal(submit(tracker, 33, "A1")->enrollment, other);
    assert_ptr_equal(submit(tracker, 35, "B2")->enrollment, one);
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
        assert_true(scep_match_has_prelude(tracker, device_address, asked->server));
        const ScepExchange *submitted = submit(tracker, 601 + late, TRANSACTION);
        assert_int_equal(submitted->enrollment == asked->enrollment, !late);
        assert_false(scep_match_has_prelude(tracker, device_address, asked->server));
        scep_tracker_free(tracker);
    }
}

/* A router asks for the certificate alone, then again ahead of each request (seen with a real one). */
static void test_a_lone_query_is_a_lookup(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *alone = query(tracker, 1, SCEP_OP_GETCACERT, NULL, "router")->enrollment;
    for (uint32_t frame = 10; frame <= 20; frame += 10) {
        const ScepExchange *asked = query(tracker, frame, SCEP_OP_GETCACERT, NULL, "router");
        const ScepExchange *submitted = submit_as(tracker, frame + 2, frame == 10 ? "A1" : "B2", "router");
        assert_ptr_equal(submitted->enrollment, asked->enrollment);
        assert_ptr_not_equal(asked->enrollment, alone);
    }
    scep_tracker_clock(tracker, 600 * SCEP_SECOND);
    assert_int_equal(scep_enrollment_outcome(alone), SCEP_OUTCOME_LOOKUP);
    assert_int_equal(scep_tracker_get0_enrollments(tracker)->len, 3);
    scep_tracker_free(tracker);
}

/* Who asked for everything and stops has given up, if the capture goes on; a later enrollment of the same client, or a
 * capture that ends, leaves it a lookup. */
static void test_who_gives_up(void **state)
{
    static const struct {
        bool caps, submits;
        const char *user_agent;
        int64_t end; /* seconds */
        ScepOutcome outcome;
    } rows[] = {
        { true, false, NULL, 600, SCEP_OUTCOME_ABANDONED },
        { true, false, NULL, 20, SCEP_OUTCOME_LOOKUP },
        { true, true, NULL, 900, SCEP_OUTCOME_LOOKUP },
        { false, false, NULL, 600, SCEP_OUTCOME_LOOKUP },
        { false, false, "curl/8.0", 600, SCEP_OUTCOME_LOOKUP },
        { false, false, "profiled/1.0 CFNetwork/1.0", 600, SCEP_OUTCOME_ABANDONED },
        { false, false, "profiled/1.0 CFNetwork/1.0", 20, SCEP_OUTCOME_LOOKUP },
        { false, false, "Dalvik/2.1.0 (Linux; U; Android 14)", 600, SCEP_OUTCOME_ABANDONED },
        { false, false, "Mozilla/4.0 (compatible; Win32; NDES client 10.0)", 600, SCEP_OUTCOME_ABANDONED },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = scep_tracker_new();
        if (rows[i].caps)
            query(tracker, 1, SCEP_OP_GETCACAPS, NULL, rows[i].user_agent);
        const ScepEnrollment *asked = query(tracker, 3, SCEP_OP_GETCACERT, NULL, rows[i].user_agent)->enrollment;
        if (rows[i].submits) {
            query(tracker, 200, SCEP_OP_GETCACERT, NULL, rows[i].user_agent);
            query(tracker, 202, SCEP_OP_GETCACAPS, NULL, rows[i].user_agent);
            submit_as(tracker, 204, TRANSACTION, rows[i].user_agent);
        }
        scep_tracker_clock(tracker, rows[i].end * SCEP_SECOND);
        assert_int_equal(scep_enrollment_outcome(asked), rows[i].outcome);
        scep_tracker_free(tracker);
    }
}

/* An HTTP error in place of an answer: the client asks for everything again and sends the same request. Only that tells
 * whose the questions are, so until then they are nobody's. */
static void test_a_retry_keeps_its_queries(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *enrollment = query(tracker, 1, SCEP_OP_GETCACAPS, NULL, "client")->enrollment;
    query(tracker, 3, SCEP_OP_GETCACERT, NULL, "client");
    fail_with(tracker, submit_as(tracker, 5, TRANSACTION, "client"), 500);
    const ScepExchange *caps = query(tracker, 20, SCEP_OP_GETCACAPS, NULL, "client");
    const ScepExchange *cert = query(tracker, 22, SCEP_OP_GETCACERT, NULL, "client");
    assert_null(caps->enrollment);
    assert_null(cert->enrollment);
    assert_int_equal(cert->after_failure, 5);
    fail_with(tracker, submit_as(tracker, 24, TRANSACTION, "client"), 500);
    assert_ptr_equal(caps->enrollment, enrollment);
    assert_ptr_equal(caps->next, cert);
    assert_ptr_equal(cert->next, enrollment->last);
    assert_ptr_equal(submit_as(tracker, 50, TRANSACTION, "client")->enrollment, enrollment);
    assert_int_equal(scep_tracker_get0_enrollments(tracker)->len, 1);
    assert_false(scep_match_has_prelude(tracker, device_address, enrollment->server));
    scep_tracker_free(tracker);
}

/* The request shows that another device had sent them, or the same one that began anew. */
static void test_queries_behind_a_failure_of_another(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *failed = query(tracker, 1, SCEP_OP_GETCACERT, NULL, "client")->enrollment;
    fail_with(tracker, submit_as(tracker, 3, "A1", "client"), 500);
    ScepExchange *caps = query(tracker, 20, SCEP_OP_GETCACAPS, NULL, "client");
    ScepExchange *cert = query(tracker, 22, SCEP_OP_GETCACERT, NULL, "client");
    const ScepEnrollment *other = submit_as(tracker, 24, "B2", "client")->enrollment;
    assert_ptr_not_equal(other, failed);
    assert_ptr_equal(caps->enrollment, other);
    assert_ptr_equal(cert->enrollment, other);
    assert_ptr_equal(other->first, caps);
    assert_int_equal(other->number, 2);
    assert_ptr_equal(failed->last, failed->submitted);
    assert_null(failed->last->next);
    /* and the one that failed goes on where it was */
    assert_ptr_equal(submit_as(tracker, 30, "A1", "client")->enrollment, failed);
    scep_tracker_free(tracker);
}

/* Several ask behind one failure: each request takes what came on its own connection. */
static void test_several_behind_a_failure(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepExchange *asked[3];
    static const char *const transactions[] = { "B2", "A1", "C3" };

    (void)state;
    const ScepEnrollment *failed = query(tracker, 1, SCEP_OP_GETCACERT, NULL, NULL)->enrollment;
    fail_with(tracker, submit(tracker, 3, "A1"), 500);
    for (uint32_t i = 0; i < 3; i++)
        asked[i] = query(tracker, 20 + 2 * i, SCEP_OP_GETCACERT, NULL, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        const ScepExchange *sent = submit_on(tracker, 30 + 2 * i, 20 + 2 * i, transactions[i], NULL);
        assert_ptr_equal(asked[i]->enrollment, sent->enrollment);
        assert_int_equal(sent->enrollment == failed, i == 1);
    }
    assert_int_equal(scep_tracker_get0_enrollments(tracker)->len, 3);
    scep_tracker_free(tracker);
}

/* No request follows: that is as far as the other try came. A poll of another one does not take the questions. */
static void test_a_retry_that_stops(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *failed = submit(tracker, 3, "A1")->enrollment;
    fail_with(tracker, failed->submitted, 503);
    const ScepExchange *caps = query(tracker, 20, SCEP_OP_GETCACAPS, NULL, NULL);
    assert_null(caps->enrollment);
    scep_tracker_finish(tracker);
    assert_ptr_equal(caps->enrollment, failed);
    assert_ptr_equal(failed->last, caps);
    assert_int_equal(scep_enrollment_outcome(failed), SCEP_OUTCOME_REFUSED);
    assert_false(scep_match_has_prelude(tracker, device_address, failed->server));
    assert_ptr_not_equal(submit(tracker, 30, "B2")->enrollment, failed);
    scep_tracker_free(tracker);
}

/* Two clients of one address fail in turn; each goes on with its own. */
static void test_failures_by_user_agent(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    static const char *const agents[] = { "one", "other" };

    (void)state;
    for (uint32_t i = 0; i < 2; i++)
        fail_with(tracker, submit_as(tracker, 3 + 2 * i, agents[i], agents[i]), 500);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(query(tracker, 20 + 2 * i, SCEP_OP_GETCACERT, NULL, agents[i])->after_failure, 3 + 2 * i);
    assert_int_equal(query(tracker, 30, SCEP_OP_GETCACERT, NULL, "third")->after_failure, 0);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(submit_as(tracker, 40 + 2 * i, agents[i], agents[i])->enrollment->number, i + 1);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(((ScepEnrollment *)scep_tracker_get0_enrollments(tracker)->pdata[i])->first->next->operation,
                         SCEP_OP_GETCACERT);
    scep_tracker_free(tracker);
}

/* On both sides of a NAT, or in two captures joined. Another segment, a hop that sends again, and what comes much later
 * are no such copy. */
static void test_both_sides_of_a_nat(void **state)
{
    static const struct {
        const char *client;
        uint32_t frame, sequence;
        bool is_copy;
    } rows[] = {
        { "203.0.113.99", 2, 1000, true },   { "203.0.113.99", 2, 1001, false }, { "203.0.113.99", 2, 0, false },
        { "203.0.113.99", 20, 1000, false }, { NULL, 2, 1000, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = scep_tracker_new();
        const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
        ScepPlace place = place_at(1);
        place.sequence = 1000;
        const ScepExchange *first = scep_tracker_request(tracker, &place, &request);
        place = place_at(rows[i].frame);
        place.sequence = rows[i].sequence;
        place.stream = 9;
        if (rows[i].client != NULL)
            place.client = rows[i].client;
        const ScepExchange *second = scep_tracker_request(tracker, &place, &request);
        assert_int_equal(second->repeats == first, rows[i].is_copy);
        if (rows[i].client != NULL)
            assert_int_equal(second->enrollment == first->enrollment, rows[i].is_copy);
        scep_tracker_free(tracker);
    }
}

static ScepExchange *ask_at(ScepTracker *tracker, uint32_t frame, const char *client, uint32_t sequence,
                            ScepOperation operation, const char *identifier)
{
    ScepPlace place = place_at(frame);
    ScepRequest request = operation_request(operation);
    const ScepResponse response = { .status = 200 };

    place.client = client;
    place.stream = client == device_address ? sequence : sequence + 100;
    place.sequence = sequence;
    request.identifier = identifier;
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    return scep_tracker_response(tracker, exchange, &place, &response);
}

/* Each question twice, on both sides of a NAT: what certmonger asks is counted once, and behind a failure the copies
 * share the fate of the first ones. */
static void test_copies_share_what_is_told(void **state)
{
    static const struct {
        ScepOperation operation;
        const char *identifier;
    } asks[] = {
        { SCEP_OP_GETCACAPS, "0" }, { SCEP_OP_GETCACERT, "0" }, { SCEP_OP_GETCACERT, "1" }, { SCEP_OP_GETCACAPS, "0" }
    };
    const ScepExchange *seen[2][4];

    (void)state;
    for (int behind_failure = 0; behind_failure < 2; behind_failure++) {
        ScepTracker *tracker = scep_tracker_new();
        if (behind_failure)
            fail_with(tracker, submit(tracker, 1, "A1"), 500);
        for (uint32_t i = 0; i < 4; i++) {
            seen[0][i] = ask_at(tracker, 20 + 2 * i, device_address, 50 + i, asks[i].operation, asks[i].identifier);
            seen[1][i] = ask_at(tracker, 21 + 2 * i, "203.0.113.99", 50 + i, asks[i].operation, asks[i].identifier);
        }
        const ScepExchange *sent = submit(tracker, 40, "A1");
        for (uint32_t i = 0; i < 4; i++) {
            assert_ptr_equal(seen[0][i]->enrollment, sent->enrollment);
            assert_ptr_equal(seen[1][i]->enrollment, sent->enrollment);
        }
        assert_int_equal(scep_tracker_get0_enrollments(tracker)->len, 1);
        scep_tracker_free(tracker);
    }
}

static void test_another_user_agent_is_another_client(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepEnrollment *one = query(tracker, 1, SCEP_OP_GETCACERT, NULL, "one")->enrollment;
    assert_ptr_not_equal(query(tracker, 3, SCEP_OP_GETCACAPS, NULL, "other")->enrollment, one);
    assert_ptr_not_equal(submit_as(tracker, 5, "A1", "third")->enrollment, one);
    assert_ptr_equal(submit_as(tracker, 7, "B2", "one")->enrollment, one);
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certmonger_asks_again),
        cmocka_unit_test(test_others_begin_anew),
        cmocka_unit_test(test_other_identifiers_begin_anew),
        cmocka_unit_test(test_asks_again_once),
        cmocka_unit_test(test_asks_after_the_request),
        cmocka_unit_test(test_asks_again_too_late),
        cmocka_unit_test(test_two_behind_one_address),
        cmocka_unit_test(test_who_lacks_it_comes_first),
        cmocka_unit_test(test_a_prelude_has_its_time),
        cmocka_unit_test(test_a_lone_query_is_a_lookup),
        cmocka_unit_test(test_who_gives_up),
        cmocka_unit_test(test_a_retry_keeps_its_queries),
        cmocka_unit_test(test_queries_behind_a_failure_of_another),
        cmocka_unit_test(test_several_behind_a_failure),
        cmocka_unit_test(test_a_retry_that_stops),
        cmocka_unit_test(test_failures_by_user_agent),
        cmocka_unit_test(test_copies_share_what_is_told),
        cmocka_unit_test(test_another_user_agent_is_another_client),
        cmocka_unit_test(test_both_sides_of_a_nat),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
