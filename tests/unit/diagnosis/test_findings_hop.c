/* test_findings_hop.c
 * Which way requests take and to whom: for each rule a course that raises its hint, and neighbors that do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"
#include "diagnosis/findings.h"

#define WINDOWS "Mozilla/4.0 (compatible; Win32; NDES client 10.0.19041.1/vb_release)"
#define APPLE "profiled/1.0 CFNetwork/1568.300.101 Darwin/24.2.0"

static const char proxy_address[] = "192.0.2.20", ndes_address[] = "192.0.2.30", other_address[] = "192.0.2.31";

static Coverage coverage = { &scep_rules_hop, { false } };

static ScepExchange *send(ScepTracker *tracker, ScepPlace place, const ScepRequest *request)
{
    ScepExchange *exchange = scep_tracker_request(tracker, &place, request);

    cover(&coverage, case_of_request(tracker, exchange, request));
    return exchange;
}

static ScepPlace place_of(uint32_t frame, const char *client, const char *server)
{
    ScepPlace place = place_at(frame);

    place.client = client;
    place.server = server;
    place.stream = frame;
    return place;
}

static void check_first(ScepPathKind path, uint16_t port, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(SCEP_OP_GETCACAPS);
    ScepPlace place = place_at(1);

    request.path_kind = path;
    place.server_port = port;
    assert_findings(request_findings(tracker, send(tracker, place, &request)), expected);
    /* the second of the same enrollment says nothing new */
    request.operation = SCEP_OP_GETCACERT;
    place.frame = 2;
    assert_findings(request_findings(tracker, send(tracker, place, &request)), "");
    diagnosed_tracker_free(tracker);
}

static void test_where_to(void **state)
{
    (void)state;
    check_first(SCEP_PATH_NDES, 443, "");
    check_first(SCEP_PATH_NDES, 80, "ndes_over_plain_http");
    check_first(SCEP_PATH_NDES, 8080, "");
    check_first(SCEP_PATH_SCEP, 80, "other_scep_server");
    check_first(SCEP_PATH_PKICLIENT, 443, "other_scep_server");
    check_first(SCEP_PATH_OTHER, 443, "other_scep_server");
}

/* ---- TPM --------------------------------------------------------------------------------------------------------- */

static void check_tpm(const char *host, ScepPathKind path, bool is_tpm)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(SCEP_OP_GETCACAPS);
    const ScepResponse response = {
        .status = 404, .content_type = "application/json", .body = (const uint8_t *)"{}", .body_size = 2
    };

    request.host = host;
    request.path_kind = path;
    request.user_agent = WINDOWS;
    ScepExchange *exchange = answer(tracker, send(tracker, place_at(1), &request), 2, &response);
    assert_int_equal(find_finding(request_findings(tracker, exchange), "aik_noise") != NULL, is_tpm);
    assert_int_equal(exchange->enrollment == NULL, is_tpm);
    assert_int_equal(response_findings(tracker, exchange) == NULL, is_tpm);
    assert_int_equal(scep_exchange_stage(exchange, false), is_tpm ? 0 : 2);
    if (is_tpm)
        assert_findings(request_findings(tracker, exchange), "aik_noise");
    diagnosed_tracker_free(tracker);
}

static void test_tpm(void **state)
{
    (void)state;
    check_tpm("INTC-KeyId-17a006.microsoftaik.azure.net", SCEP_PATH_SCEP, true);
    check_tpm("INTC-KeyId-17a006.MicrosoftAIK.azure.net:443", SCEP_PATH_SCEP, true);
    check_tpm("aik.example.com", SCEP_PATH_AIK, true);
    check_tpm("microsoftaik.azure.net.example.com", SCEP_PATH_SCEP, false);
    check_tpm(NULL, SCEP_PATH_SCEP, false);
}

/* ---- proxies ----------------------------------------------------------------------------------------------------- */

static void test_behind_a_proxy(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    Read read;

    (void)state;
    read_message(&read, made_request((Made){ 0 }));
    const ScepRequest request = whole_request(&read);
    send(tracker, place_of(1, device_address, proxy_address), &request);
    const ScepExchange *behind = send(tracker, place_of(2, proxy_address, ndes_address), &request);
    assert_findings(request_findings(tracker, behind), "device_hop_client_is_proxy");
    assert_detail(request_findings(tracker, behind), "device_hop_client_is_proxy",
                  "192.0.2.20 passes on to 192.0.2.30 what 192.0.2.10 sent to 192.0.2.20");
    const ScepFinding *finding = request_findings(tracker, behind);
    assert_int_equal(finding->frames[1], 1);
    forget(&read);

    /* once for an enrollment, and the same hop seen twice is no proxy */
    read_message(&read, made_request((Made){ .type = "20", .nonce = pki_nonce_b }));
    const ScepRequest poll = whole_request(&read);
    send(tracker, place_of(3, device_address, proxy_address), &poll);
    assert_findings(request_findings(tracker, send(tracker, place_of(4, proxy_address, ndes_address), &poll)),
                    "pkiop_certpoll");
    forget(&read);
    diagnosed_tracker_free(tracker);
}

/* ---- lists of URLs ----------------------------------------------------------------------------------------------- */

typedef struct {
    uint16_t first_status; /* 0: no answer */
    const char *agent;
    uint32_t second_frame;
    const char *client; /* of the second; NULL for the same */
    const char *expected;
} Try;

static void check_try(const Try *about)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(SCEP_OP_GETCACAPS);
    const ScepResponse response = { .status = about->first_status, .body = (const uint8_t *)"x", .body_size = 1 };
    const ScepPlace answered = place_of(2, device_address, ndes_address);

    request.user_agent = about->agent;
    ScepExchange *first = send(tracker, place_of(1, device_address, ndes_address), &request);
    if (about->first_status != 0)
        scep_tracker_response(tracker, first, &answered, &response);
    const char *client = about->client ? about->client : device_address;
    const ScepExchange *second = send(tracker, place_of(about->second_frame, client, other_address), &request);
    assert_findings(request_findings(tracker, second), about->expected);
    diagnosed_tracker_free(tracker);
}

static void test_list_of_urls(void **state)
{
    static const Try tries[] = {
        { 503, WINDOWS, 10, NULL, "url_list_failover" },
        { 0, WINDOWS, 10, NULL, "url_list_failover" },
        { 503, NULL, 10, NULL, "url_list_failover" },
        { 0, WINDOWS, 2, NULL, "" },            /* too soon: another device behind the same address */
        { 503, WINDOWS, 400, NULL, "" },        /* long after */
        { 503, WINDOWS, 10, "192.0.2.11", "" }, /* another device */
        { 503, APPLE, 10, NULL, "" },           /* which takes one URL */
        { 301, WINDOWS, 10, NULL, "" },         /* it was sent there */
        { 200, WINDOWS, 10, NULL, "" },         /* nothing failed */
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(tries); i++)
        check_try(&tries[i]);
}

static void test_every_rule(void **state)
{
    (void)state;
    assert_covered(&coverage, SCEP_ON_REQUEST);
    assert_covered(&coverage, SCEP_ON_ANSWER);
}

int main(void)
{
    const struct CMUnitTest
        tests[] = {
            cmocka_unit_test(test_where_to),       cmocka_unit_test(test_tpm),
            cmocka_unit_test(test_behind_a_proxy), cmocka_unit_test(test_list_of_urls),
            cmocka_unit_test(test_every_rule), /* of what the ones before it have shown */
        };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
