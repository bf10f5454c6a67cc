/* test_ca_chain.c
 * The way to the CA: what stops it belongs to the device that waits, and what was tried again with success is a note.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "scep/ca_call.h"

#include <string.h>

static ScepPlace at_ca(uint32_t frame)
{
    ScepPlace place = place_at(frame);

    place.client = server_address;
    place.server = "192.0.2.99";
    return place;
}

static ScepCaCall *step(ScepTracker *tracker, uint32_t frame, ScepCaChain chain)
{
    const ScepPlace place = at_ca(frame);

    return scep_tracker_ca_chain_request(tracker, &place, chain, false, false);
}

static const ScepFinding *end(ScepTracker *tracker, ScepCaCall *call, uint32_t frame, ScepCaChainAnswer answer)
{
    const ScepPlace place = at_ca(frame);

    scep_tracker_ca_chain_answer(tracker, call, &place, &answer);
    return call->response_findings != NULL ? g_ptr_array_index(call->response_findings, 0) : NULL;
}

static void test_hint_of_each_end(void **state)
{
    static const struct {
        ScepCaChain chain;
        ScepCaChainAnswer answer;
        const char *hint;
    } rows[] = {
        { SCEP_CA_RESOLVE, { .has_status = true, .status = 0x16C9A0D6 }, "rpc_epm_no_endpoint" },
        { SCEP_CA_RESOLVE, { .has_status = true }, NULL },
        { SCEP_CA_RESOLVE, { .is_fault = true }, "rpc_fault_generic" },
        { SCEP_CA_ACTIVATE, { .has_status = true, .status = 0x80040154 }, "rpc_epm_no_endpoint" },
        { SCEP_CA_ACTIVATE, { .has_status = true, .status = 0x80070005 }, "dcom_access_denied_fault" },
        { SCEP_CA_ACTIVATE, { .is_fault = true, .has_status = true, .status = 5 }, "dcom_access_denied_fault" },
        { SCEP_CA_ACTIVATE, { .is_fault = true, .has_status = true, .status = 0xC000015B }, "krb_ap_req_rejected" },
        { SCEP_CA_ACTIVATE, { .is_fault = true, .has_status = true, .status = 0x6F7 }, "rpc_fault_generic" },
        { SCEP_CA_ACTIVATE, { .has_status = false }, NULL },
        { SCEP_CA_BIND, { .is_fault = true }, "dcom_bind_nak" },
        { SCEP_CA_BIND, { .has_status = true }, NULL },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = scep_tracker_new();
        const ScepFinding *finding = end(tracker, step(tracker, 3, rows[i].chain), 4, rows[i].answer);
        if (rows[i].hint == NULL) {
            assert_null(finding);
        } else {
            assert_non_null(finding);
            assert_string_equal(finding->hint->id, rows[i].hint);
        }
        scep_tracker_free(tracker);
    }
}

static void test_belongs_to_the_device_that_waits(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    Carried request;

    (void)state;
    carry(&request, pki_signed_data(request_parts()));
    const ScepRequest question = message_request(&request);
    const ScepExchange *exchange = ask(tracker, 1, &question);
    ScepCaCall *good = step(tracker, 2, SCEP_CA_ACTIVATE), *bad = step(tracker, 4, SCEP_CA_BIND);
    assert_ptr_equal(good->waits, exchange->enrollment);
    assert_null(end(tracker, good, 3, (ScepCaChainAnswer){ .has_status = true }));
    assert_null(good->enrollment);
    assert_non_null(end(tracker, bad, 5, (ScepCaChainAnswer){ .is_fault = true }));
    assert_ptr_equal(bad->enrollment, exchange->enrollment);
    assert_true(bad->is_likely);
    assert_true(scep_ca_call_is_refused(bad));
    assert_string_equal(scep_ca_call_step(bad), "Bind");
    assert_ptr_equal(exchange->enrollment->ca_calls, bad);
    assert_null(bad->next);
    drop(&request);
    scep_tracker_free(tracker);
}

static void test_retry(void **state)
{
    static const ScepCaChainAnswer fails = { .is_fault = true }, works = { .has_status = true };
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepFinding *early = end(tracker, step(tracker, 1, SCEP_CA_BIND), 2, fails);
    const ScepFinding *late = end(tracker, step(tracker, 200, SCEP_CA_BIND), 201, fails);
    const ScepFinding *other = end(tracker, step(tracker, 202, SCEP_CA_ACTIVATE), 203, fails);
    end(tracker, step(tracker, 204, SCEP_CA_BIND), 205, (ScepCaChainAnswer){ 0 });
    assert_int_equal(late->severity, SCEP_SEVERITY_ERROR);
    end(tracker, step(tracker, 206, SCEP_CA_BIND), 207, works);
    assert_int_equal(early->severity, SCEP_SEVERITY_ERROR);
    assert_int_equal(late->severity, SCEP_SEVERITY_NOTE);
    assert_int_equal(other->severity, SCEP_SEVERITY_ERROR);
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hint_of_each_end),
        cmocka_unit_test(test_belongs_to_the_device_that_waits),
        cmocka_unit_test(test_retry),
    };
    return cmocka_run_group_tests(tests, make_people, free_people);
}
