/* test_ca_chain.c
 * The way to the CA: to whom a step of it belongs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"

#include "tracker/ca_call.h"

static ScepPlace at_ca(uint32_t frame)
{
    ScepPlace place = place_at(frame);

    place.client = server_address;
    place.server = "192.0.2.99";
    return place;
}

static ScepCaCall *step(ScepTracker *tracker, uint32_t frame, ScepCaChain chain, ScepCaChainAnswer answer)
{
    const ScepPlace place = at_ca(frame), answered = at_ca(frame + 1);
    ScepCaCall *call = scep_tracker_ca_chain_request(tracker, &place, chain, false, false);

    scep_tracker_ca_chain_answer(tracker, call, &answered, &answer);
    return call;
}

/* Only what stops it is part of its enrollment. */
static void test_belongs_to_the_device_that_waits(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    Carried request;

    (void)state;
    carry(&request, pki_signed_data(request_parts()));
    const ScepRequest question = message_request(&request);
    const ScepExchange *exchange = ask(tracker, 1, &question);
    const ScepCaCall *good = step(tracker, 2, SCEP_CA_ACTIVATE, (ScepCaChainAnswer){ .has_status = true });
    assert_ptr_equal(good->waits, exchange->enrollment);
    assert_null(good->enrollment);
    assert_false(scep_ca_call_is_refused(good));
    const ScepCaCall *bad = step(tracker, 4, SCEP_CA_BIND, (ScepCaChainAnswer){ .is_fault = true });
    assert_ptr_equal(bad->enrollment, exchange->enrollment);
    assert_true(bad->is_likely);
    assert_true(scep_ca_call_is_refused(bad));
    assert_ptr_equal(exchange->enrollment->ca_calls, bad);
    assert_null(bad->next);
    drop(&request);
    scep_tracker_free(tracker);
}

static void test_nobody_waits(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepCaCall *call = step(tracker, 2, SCEP_CA_BIND, (ScepCaChainAnswer){ .is_fault = true });
    assert_null(call->waits);
    assert_null(call->enrollment);
    assert_true(scep_ca_call_is_refused(call));
    assert_string_equal(scep_ca_call_step(call), "Bind");
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_belongs_to_the_device_that_waits),
        cmocka_unit_test(test_nobody_waits),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
