/* test_rules_ca_step.c
 * The way to the CA: what stops it belongs to the device that waits, and what was tried again with success is a note.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "tracker/ca_call.h"

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
    return response_findings(tracker, call);
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
        ScepTracker *tracker = diagnosed_tracker_new();
        const ScepFinding *finding = end(tracker, step(tracker, 3, rows[i].chain), 4, rows[i].answer);
        if (rows[i].hint == NULL) {
            assert_null(finding);
        } else {
            assert_non_null(finding);
            assert_string_equal(scep_finding_get0_hint(finding)->id, rows[i].hint);
        }
        diagnosed_tracker_free(tracker);
    }
}

static void test_belongs_to_the_device_that_waits(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
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
    diagnosed_tracker_free(tracker);
}

static void test_retry(void **state)
{
    static const ScepCaChainAnswer fails = { .is_fault = true }, works = { .has_status = true };
    ScepTracker *tracker = diagnosed_tracker_new();

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
    diagnosed_tracker_free(tracker);
}

/* A request of a device that waits from then on. */
static ScepExchange *submit(ScepTracker *tracker, uint32_t frame, const char *transaction, const uint8_t nonce[16])
{
    PkiParts parts = request_parts();
    Carried carried;

    g_byte_array_unref(parts.attributes);
    parts.attributes = pki_request_attributes("19", transaction, nonce);
    carry(&carried, pki_signed_data(parts));
    const ScepRequest request = message_request(&carried);
    ScepExchange *exchange = ask(tracker, frame, &request);
    drop(&carried);
    return exchange;
}

/* What NDES does for one device says nothing of what stopped another one: that one was refused for it. */
static void test_retry_for_another_device(void **state)
{
    static const ScepCaChainAnswer fails = { .is_fault = true }, works = { .has_status = true };

    (void)state;
    for (int other = 0; other <= 1; other++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        ScepExchange *one = submit(tracker, 1, "ONE", pki_nonce_a);
        ScepCaCall *failed = step(tracker, 2, SCEP_CA_BIND);
        const ScepFinding *finding = end(tracker, failed, 3, fails);
        assert_ptr_equal(failed->waits, one->enrollment);
        if (other) {
            certrep(tracker, one, 4, "2", "2");
            submit(tracker, 5, "TWO", pki_nonce_b);
        }
        ScepCaCall *worked = step(tracker, 6, SCEP_CA_BIND);
        assert_non_null(worked->waits);
        assert_int_equal(worked->waits != failed->waits, other);
        end(tracker, worked, 7, works);
        assert_int_equal(finding->severity, other ? SCEP_SEVERITY_ERROR : SCEP_SEVERITY_NOTE);
        diagnosed_tracker_free(tracker);
    }
}

static ScepCaCall *connect_to(ScepTracker *tracker, uint32_t frame, uint16_t port)
{
    ScepPlace place = at_ca(frame);

    place.server_port = port;
    return scep_tracker_ca_chain_request(tracker, &place, SCEP_CA_CONNECT, false, false);
}

static const char *request_hint(const ScepTracker *tracker, const ScepCaCall *call)
{
    const ScepFinding *finding = request_findings(tracker, call);

    return finding == NULL ? "" : scep_finding_get0_hint(finding)->id;
}

static void test_refused_connections(void **state)
{
    static const struct {
        uint16_t port;
        const char *hint;
    } rows[] = { { 49712, "rpc_dynport_refused" }, { 135, "rpc_135_reset" } };
    const ScepCaChainAnswer reset = { .is_fault = true }, works = { .has_status = true };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        const ScepFinding *finding = end(tracker, connect_to(tracker, 3, rows[i].port), 4, reset);
        assert_string_equal(scep_finding_get0_hint(finding)->id, rows[i].hint);
        assert_int_equal(finding->severity, SCEP_SEVERITY_ERROR);
        /* the other port is another matter */
        assert_null(end(tracker, connect_to(tracker, 5, rows[!i].port), 6, works));
        assert_int_equal(finding->severity, SCEP_SEVERITY_ERROR);
        assert_null(end(tracker, connect_to(tracker, 7, rows[i].port), 8, works));
        assert_int_equal(finding->severity, SCEP_SEVERITY_NOTE);
        diagnosed_tracker_free(tracker);
    }
}

/* Silence is told when the capture goes on long enough behind it, once, and not when a later try came through. */
static void test_unanswered_connections(void **state)
{
    static const struct {
        uint16_t port;
        uint32_t ends;
        uint32_t again; /* frame of a connection that is granted, 0 for none */
        const char *hint;
    } rows[] = {
        { 49712, 23, 0, "" }, { 49712, 25, 0, "rpc_dynport_blocked" },    { 135, 25, 0, "rpc_135_no_answer" },
        { 49712, 25, 9, "" }, { 49712, 200, 190, "rpc_dynport_blocked" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        const ScepCaCall *call = connect_to(tracker, 3, rows[i].port);
        if (rows[i].again != 0)
            end(tracker, connect_to(tracker, rows[i].again, rows[i].port), rows[i].again + 1,
                (ScepCaChainAnswer){ .has_status = true });
        scep_tracker_clock(tracker, rows[i].ends * SECOND);
        scep_tracker_finish(tracker);
        assert_string_equal(request_hint(tracker, call), rows[i].hint);
        scep_tracker_clock(tracker, 1000 * SECOND);
        connect_to(tracker, 999, 1);
        scep_tracker_finish(tracker);
        assert_true(request_findings(tracker, call) == NULL || request_findings(tracker, call)->next == NULL);
        diagnosed_tracker_free(tracker);
    }
}

/* NDES told the device that RPC found nobody: it does not wait any longer, however short the capture is. */
static void test_ndes_gave_up(void **state)
{
    (void)state;
    for (int other_code = 0; other_code <= 1; other_code++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        PkiParts parts = reply_parts("2", "2");
        Carried request, answered;

        parts.attributes = der_join(
            parts.attributes,
            pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, other_code ? "-2146885630" : "-2147023174")), END);
        carry(&request, pki_signed_data(request_parts()));
        carry(&answered, pki_signed_data(parts));
        const ScepRequest question = message_request(&request);
        const ScepResponse response = message_response(&answered);
        ScepExchange *exchange = ask(tracker, 5, &question);
        const ScepCaCall *call = connect_to(tracker, 6, 135);
        answer(tracker, exchange, 10, &response);
        scep_tracker_clock(tracker, 11 * SECOND);
        scep_tracker_finish(tracker);
        assert_string_equal(request_hint(tracker, call), other_code ? "" : "rpc_135_no_answer");
        assert_true((call->enrollment != NULL) == !other_code);
        drop(&request);
        drop(&answered);
        diagnosed_tracker_free(tracker);
    }
}

/* That answer ends the tries before it. One that the device was given earlier says nothing of what NDES tries since. */
static void test_ndes_gave_up_before(void **state)
{
    (void)state;
    for (int before = 0; before <= 1; before++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        PkiParts parts = reply_parts("2", "2");
        Carried answered;

        parts.attributes =
            der_join(parts.attributes, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, "-2147023174")), END);
        carry(&answered, pki_signed_data(parts));
        const ScepResponse response = message_response(&answered);
        ScepExchange *first = submit(tracker, 5, TRANSACTION, pki_nonce_a);
        if (before)
            answer(tracker, first, 6, &response);
        /* the same message again: the same enrollment, and NDES is at work for it again */
        ScepExchange *again = submit(tracker, 7, TRANSACTION, pki_nonce_a);
        const ScepCaCall *call = connect_to(tracker, 8, 135);
        assert_ptr_equal(call->waits, first->enrollment);
        if (!before)
            answer(tracker, again, 9, &response);
        scep_tracker_clock(tracker, 11 * SECOND);
        scep_tracker_finish(tracker);
        assert_string_equal(request_hint(tracker, call), before ? "" : "rpc_135_no_answer");
        drop(&answered);
        diagnosed_tracker_free(tracker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hint_of_each_end),
        cmocka_unit_test(test_belongs_to_the_device_that_waits),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_retry_for_another_device),
        cmocka_unit_test(test_refused_connections),
        cmocka_unit_test(test_unanswered_connections),
        cmocka_unit_test(test_ndes_gave_up),
        cmocka_unit_test(test_ndes_gave_up_before),
    };
    return cmocka_run_group_tests(tests, make_people, free_people);
}
