/* test_tracker.c
 * Exchanges: what is kept of a request and its answer, what a server has told of itself, stages and steps.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "tracker/tracker.h"
#include "wire/capabilities.h"

static void test_texts(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    char volatile_text[] = "one";
    const char *kept = scep_tracker_text(tracker, volatile_text);

    (void)state;
    volatile_text[0] = 'x';
    assert_string_equal(kept, "one");
    assert_ptr_equal(scep_tracker_text(tracker, "one"), kept);
    assert_ptr_not_equal(scep_tracker_text(tracker, "two"), kept);
    assert_null(scep_tracker_text(tracker, NULL));
    scep_tracker_free(tracker);
    scep_tracker_free(NULL);
}

static void test_request_and_reply(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    PkiParts parts = reply_parts("2", "1");
    Carried request, reply;

    (void)state;
    parts.attributes =
        der_join(parts.attributes, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, "-2146885630")), END);
    carry(&request, pki_signed_data(request_parts()));
    carry(&reply, pki_signed_data(parts));
    ScepRequest question = message_request(&request);
    question.target_length = 47;
    const ScepResponse response = message_response(&reply);
    ScepExchange *exchange = ask(tracker, 7, &question);
    assert_int_equal(exchange->request_frame, 7);
    assert_int_equal(exchange->request_time, 7 * SECOND);
    assert_int_equal(exchange->response_frame, 0);
    assert_string_equal(exchange->client, device_address);
    assert_string_equal(exchange->server->address, server_address);
    assert_int_equal(exchange->server->port, 443);
    assert_int_equal(exchange->operation, SCEP_OP_PKIOPERATION);
    assert_int_equal(exchange->path_kind, SCEP_PATH_NDES);
    assert_false(exchange->is_get);
    assert_int_equal(exchange->target_length, 47);
    assert_int_equal(exchange->message_type, SCEP_TYPE_PKCSREQ);
    assert_int_equal(exchange->pki_status, -1);
    assert_int_equal(exchange->fail_info, -1);
    assert_string_equal(exchange->digest, OID_SHA256);
    assert_string_equal(exchange->cipher, "2.16.840.1.101.3.4.1.2");
    assert_int_equal(exchange->nonce_length, 16);
    assert_memory_equal(exchange->nonce, pki_nonce_a, 16);

    assert_ptr_equal(answer(tracker, exchange, 9, &response), exchange);
    /* nothing of the message is needed any more */
    drop(&request);
    drop(&reply);
    assert_string_equal(exchange->transaction_id, TRANSACTION);
    assert_int_equal(exchange->response_frame, 9);
    assert_int_equal(exchange->response_time, 9 * SECOND);
    assert_int_equal(exchange->status, 200);
    assert_int_equal(exchange->pki_status, SCEP_STATUS_FAILURE);
    assert_int_equal(exchange->fail_info, SCEP_FAIL_BAD_MESSAGE_CHECK);
    assert_true(exchange->has_ndes_error);
    assert_int_equal(exchange->ndes_error, 0x80092002);
    scep_tracker_free(tracker);
}

static void test_nonces_of_other_lengths(void **state)
{
    static const size_t lengths[] = { 0, 8, 16, 40, 300 };
    uint8_t nonce[300];

    (void)state;
    memset(nonce, 0x5a, sizeof nonce);
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        ScepTracker *tracker = scep_tracker_new();
        PkiParts parts = request_parts();
        Carried request;

        g_byte_array_unref(parts.attributes);
        parts.attributes = der_join(pki_content_type(), pki_text(2, "19"), pki_text(7, TRANSACTION),
                                    pki_scep(5, der_octets(nonce, lengths[i])), END);
        carry(&request, pki_signed_data(parts));
        const ScepRequest question = message_request(&request);
        const ScepExchange *exchange = ask(tracker, 1, &question);
        assert_int_equal(exchange->nonce_length, MIN(lengths[i], 255));
        assert_memory_equal(exchange->nonce, nonce, MIN(lengths[i], SCEP_KEPT_NONCE));
        drop(&request);
        scep_tracker_free(tracker);
    }
}

static void test_request_without_message(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepPlace nowhere = { .frame = 1 };
    ScepRequest request = operation_request(SCEP_OP_GETCACAPS);

    (void)state;
    request.identifier = "ca-1";
    request.target_length = SIZE_MAX;
    const ScepExchange *exchange = scep_tracker_request(tracker, &nowhere, &request);
    assert_null(exchange->client);
    assert_null(exchange->server->address);
    assert_null(exchange->transaction_id);
    assert_null(exchange->digest);
    assert_string_equal(exchange->identifier, "ca-1");
    assert_int_equal(exchange->target_length, UINT32_MAX);
    assert_int_equal(exchange->message_type, -1);
    scep_tracker_free(tracker);
}

static void test_stray_reply(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    Carried reply;

    (void)state;
    carry(&reply, pki_signed_data(reply_parts("3", NULL)));
    const ScepResponse response = message_response(&reply);
    ScepExchange *exchange = answer(tracker, NULL, 4, &response);
    assert_non_null(exchange);
    assert_int_equal(exchange->request_frame, 0);
    assert_int_equal(exchange->response_frame, 4);
    assert_int_equal(exchange->pki_status, SCEP_STATUS_PENDING);
    assert_int_equal(exchange->nonce_length, 0);
    assert_int_equal(scep_tracker_get0_exchanges(tracker)->len, 1);
    drop(&reply);
    scep_tracker_free(tracker);
}

/* Behind a pool of proxies a device polls from another address; who was refused starts anew there. */
static void test_poll_from_elsewhere(void **state)
{
    static const struct {
        const char *status, *fail_info;
        bool same;
    } rows[] = { { "3", NULL, true }, { "2", "2", false } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = scep_tracker_new();
        PkiParts parts = request_parts();
        Carried request, reply, poll;

        carry(&request, pki_signed_data(parts));
        carry(&reply, pki_signed_data(reply_parts(rows[i].status, rows[i].fail_info)));
        parts = request_parts();
        g_byte_array_unref(parts.attributes);
        parts.attributes = pki_request_attributes("20", TRANSACTION, pki_nonce_b);
        carry(&poll, pki_signed_data(parts));
        const ScepRequest first = message_request(&request), second = message_request(&poll);
        const ScepResponse response = message_response(&reply);
        ScepPlace place = place_at(3);
        place.client = "203.0.113.9";

        ScepExchange *exchange = answer(tracker, ask(tracker, 1, &first), 2, &response);
        const ScepExchange *later = scep_tracker_request(tracker, &place, &second);
        assert_int_equal(later->enrollment == exchange->enrollment, rows[i].same);
        assert_int_equal(scep_tracker_get0_enrollments(tracker)->len, rows[i].same ? 1 : 2);
        drop(&request);
        drop(&reply);
        drop(&poll);
        scep_tracker_free(tracker);
    }
}

/* One key makes one transactionID at every server, so what is on hold at one is no reason to wait at another. */
static void test_on_hold_elsewhere(void **state)
{
    (void)state;
    for (int elsewhere = 0; elsewhere <= 1; elsewhere++) {
        ScepTracker *tracker = scep_tracker_new();
        PkiParts parts = request_parts();
        Carried request, again;

        g_byte_array_unref(parts.attributes);
        parts.attributes = pki_request_attributes("19", TRANSACTION, pki_nonce_b);
        carry(&request, pki_signed_data(request_parts()));
        carry(&again, pki_signed_data(parts));
        const ScepRequest first = message_request(&request), second = message_request(&again);
        ScepPlace place = place_at(3);
        place.client = "203.0.113.9";
        if (elsewhere)
            place.server = "192.0.2.2";

        ScepExchange *exchange = ask(tracker, 1, &first);
        certrep(tracker, exchange, 2, "3", NULL);
        const ScepExchange *later = scep_tracker_request(tracker, &place, &second);
        assert_int_equal(later->enrollment == exchange->enrollment, !elsewhere);
        assert_int_equal(scep_tracker_get0_enrollments(tracker)->len, elsewhere ? 2 : 1);
        drop(&request);
        drop(&again);
        scep_tracker_free(tracker);
    }
}

/* @param status  pkiStatus, "503" for that HTTP status; NULL: no answer */
static void give(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame, const char *status)
{
    static const ScepResponse broken = { .status = 503, .content_type = "text/html" };

    if (status != NULL && strcmp(status, "503") == 0)
        answer(tracker, exchange, frame, &broken);
    else if (status != NULL)
        certrep(tracker, exchange, frame, status, NULL);
}

/* A message once more, and with which of the two the enrollment ended. Behind a proxy it is the same message on its way
 * on: what the device was told counts, and only where that is not in the capture what the proxy was told. From the
 * device itself it is another try, and that one counts. */
static void test_which_of_two_decides(void **state)
{
    static const struct {
        bool by_proxy;
        const char *first, *second; /* for give() */
        bool second_decides;
        ScepOutcome outcome;
    } rows[] = {
        { true, "2", NULL, false, SCEP_OUTCOME_REFUSED },   { true, "3", "2", false, SCEP_OUTCOME_PENDING },
        { true, "503", NULL, false, SCEP_OUTCOME_REFUSED }, { true, NULL, "3", true, SCEP_OUTCOME_PENDING },
        { false, "503", "3", true, SCEP_OUTCOME_PENDING },  { false, "3", "2", true, SCEP_OUTCOME_REFUSED },
        { false, NULL, "3", true, SCEP_OUTCOME_PENDING },
    };
    Carried carried;

    (void)state;
    carry(&carried, pki_signed_data(request_parts()));
    const ScepRequest request = message_request(&carried);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = scep_tracker_new();
        ScepPlace place = place_at(3);
        if (rows[i].by_proxy) {
            place.client = server_address;
            place.server = "192.0.2.2";
        }
        ScepExchange *first = ask(tracker, 1, &request);
        if (!rows[i].by_proxy)
            give(tracker, first, 2, rows[i].first);
        ScepExchange *second = scep_tracker_request(tracker, &place, &request);
        give(tracker, second, 4, rows[i].second);
        if (rows[i].by_proxy)
            give(tracker, first, 5, rows[i].first);
        assert_ptr_equal(second->repeats, first);
        assert_int_equal(scep_exchange_is_copy(second), rows[i].by_proxy);
        assert_ptr_equal(scep_enrollment_get0_decisive(first->enrollment), rows[i].second_decides ? second : first);
        assert_int_equal(scep_enrollment_outcome(first->enrollment), rows[i].outcome);
        scep_tracker_free(tracker);
    }
    drop(&carried);
}

static void test_servers(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    ScepPlace place = place_at(1);

    (void)state;
    const ScepServer *server = ask(tracker, 1, &request)->server;
    assert_ptr_equal(ask(tracker, 2, &request)->server, server);
    place.client = "192.0.2.11";
    assert_ptr_equal(scep_tracker_request(tracker, &place, &request)->server, server);
    place.server_port = 8080;
    const ScepServer *other = scep_tracker_request(tracker, &place, &request)->server;
    assert_ptr_not_equal(other, server);
    assert_int_equal(other->port, 8080);
    place.server_port = 80;
    place.server = "192.0.2.2";
    assert_ptr_not_equal(scep_tracker_request(tracker, &place, &request)->server, server);
    scep_tracker_free(tracker);
}

static void test_what_a_server_tells(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepServer *server = ask_capabilities(tracker, "AES\nSHA-256\n")->server;

    (void)state;
    assert_true(server->caps_known);
    assert_int_equal(server->caps, SCEP_CAP_AES | SCEP_CAP_SHA256);
    assert_int_equal(server->caps_frame, 2);
    assert_int_equal(server->cacert_frame, 0);
    assert_null(server->certificates);
    ask_certificate(tracker);
    assert_int_equal(server->cacert_frame, 4);
    assert_int_equal(server->certificates->len, 1);
    const ScepCertificate *certificate = g_ptr_array_index(server->certificates, 0);
    assert_string_equal(certificate->subject, "O=Contoso, CN=ra");
    /* the newest counts */
    ask_capabilities(tracker, "DES3\n");
    ask_certificate(tracker);
    assert_int_equal(server->caps, SCEP_CAP_DES3);
    assert_int_equal(server->certificates->len, 1);
    scep_tracker_free(tracker);
}

/* A page, an error, an answer to another question: nothing of it is taken for the server's word. */
static void test_what_a_server_does_not_tell(void **state)
{
    static const struct {
        ScepOperation operation;
        uint16_t status;
        const char *text;
    } answers[] = {
        { SCEP_OP_GETCACAPS, 200, "<html>AES</html>" },
        { SCEP_OP_GETCACAPS, 404, "AES\n" },
        { SCEP_OP_GETCACERT, 200, "AES\n" },
    };
    ScepTracker *tracker = scep_tracker_new();
    GPtrArray *none = g_ptr_array_new();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        const ScepRequest request = operation_request(answers[i].operation);
        ScepCapabilities capabilities;

        scep_capabilities_parse((const uint8_t *)answers[i].text, strlen(answers[i].text), &capabilities);
        const ScepResponse response = { .status = answers[i].status,
                                        .body = (const uint8_t *)answers[i].text,
                                        .body_size = strlen(answers[i].text),
                                        .capabilities = &capabilities,
                                        .certificates = none };
        const ScepExchange *exchange = answer(tracker, ask(tracker, 1, &request), 2, &response);
        assert_false(exchange->server->caps_known);
        assert_int_equal(exchange->server->cacert_frame, 0);
    }
    g_ptr_array_unref(none);
    scep_tracker_free(tracker);
}

static ScepExchange fixed_exchange(ScepOperation operation, ScepPathKind path, int message_type, int pki_status)
{
    return (ScepExchange){ .operation = (uint8_t)operation,
                           .path_kind = (uint8_t)path,
                           .message_type = (int16_t)message_type,
                           .pki_status = (int16_t)pki_status };
}

static void test_stages(void **state)
{
    const ScepExchange caps = fixed_exchange(SCEP_OP_GETCACAPS, SCEP_PATH_NDES, -1, -1);
    const ScepExchange issued =
        fixed_exchange(SCEP_OP_PKIOPERATION, SCEP_PATH_NDES, SCEP_TYPE_PKCSREQ, SCEP_STATUS_SUCCESS);
    const ScepExchange refused =
        fixed_exchange(SCEP_OP_PKIOPERATION, SCEP_PATH_NDES, SCEP_TYPE_PKCSREQ, SCEP_STATUS_FAILURE);
    const ScepExchange admin = fixed_exchange(SCEP_OP_NONE, SCEP_PATH_NDES_ADMIN, -1, -1);

    (void)state;
    assert_int_equal(scep_exchange_stage(&caps, false), 2);
    assert_int_equal(scep_exchange_stage(&caps, true), 2);
    assert_int_equal(scep_exchange_stage(&issued, false), 2);
    assert_int_equal(scep_exchange_stage(&issued, true), 5);
    assert_int_equal(scep_exchange_stage(&refused, true), 2);
    assert_int_equal(scep_exchange_stage(&admin, false), 1);
    assert_int_equal(scep_exchange_stage(&admin, true), 1);
}

static void test_steps(void **state)
{
    static const struct {
        ScepOperation operation;
        ScepPathKind path;
        int message_type;
        const char *step;
    } steps[] = {
        { SCEP_OP_GETCACAPS, SCEP_PATH_OTHER, -1, "GetCACaps" },
        { SCEP_OP_GETCACERT, SCEP_PATH_OTHER, -1, "GetCACert" },
        { SCEP_OP_GETCACERTCHAIN, SCEP_PATH_OTHER, -1, "GetCACertChain" },
        { SCEP_OP_GETNEXTCACERT, SCEP_PATH_OTHER, -1, "GetNextCACert" },
        { SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, SCEP_TYPE_PKCSREQ, "Submit" },
        { SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, SCEP_TYPE_RENEWALREQ, "Submit" },
        { SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, -1, "Submit" },
        { SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, SCEP_TYPE_CERTPOLL, "Poll" },
        { SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, SCEP_TYPE_GETCERT, "GetCert" },
        { SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, SCEP_TYPE_GETCRL, "GetCRL" },
        { SCEP_OP_NONE, SCEP_PATH_NDES_ADMIN, -1, "GetChallenge" },
        { SCEP_OP_NONE, SCEP_PATH_NDES, -1, "Browse" },
        { SCEP_OP_UNKNOWN, SCEP_PATH_SCEP, -1, "Unknown" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        ScepExchange exchange = fixed_exchange(steps[i].operation, steps[i].path, steps[i].message_type, -1);
        assert_string_equal(scep_exchange_step(&exchange, false), steps[i].step);
        assert_string_equal(scep_exchange_step(&exchange, true), steps[i].step);
        exchange.pki_status = SCEP_STATUS_PENDING;
        assert_string_equal(scep_exchange_step(&exchange, true), steps[i].step);
        exchange.pki_status = SCEP_STATUS_SUCCESS;
        assert_string_equal(scep_exchange_step(&exchange, false), steps[i].step);
        assert_string_equal(scep_exchange_step(&exchange, true), "Deliver");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_request_and_reply),
        cmocka_unit_test(test_nonces_of_other_lengths),
        cmocka_unit_test(test_request_without_message),
        cmocka_unit_test(test_stray_reply),
        cmocka_unit_test(test_poll_from_elsewhere),
        cmocka_unit_test(test_on_hold_elsewhere),
        cmocka_unit_test(test_which_of_two_decides),
        cmocka_unit_test(test_servers),
        cmocka_unit_test(test_what_a_server_tells),
        cmocka_unit_test(test_what_a_server_does_not_tell),
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_steps),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
