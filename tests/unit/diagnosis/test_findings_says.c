/* test_findings_says.c
 * What a server says in its own words, and a status read with its neighbors: for each rule an answer that raises its
 * hint, and neighbors that do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "diagnosis/findings.h"
#include "raising.h"

#define DES "1.3.14.3.2.7"

static Coverage coverage = { &scep_rules_says, { false } };

static ScepRequest request_to(ScepOperation operation, const char *path)
{
    ScepRequest request = operation_request(operation);

    request.path_kind = SCEP_PATH_SCEP;
    request.path = path;
    request.body = (const uint8_t *)"x";
    request.body_size = 1;
    return request;
}

static ScepResponse text_answer(uint16_t status, const char *text)
{
    return (ScepResponse){
        .status = status, .content_type = "text/plain", .body = (const uint8_t *)text, .body_size = strlen(text)
    };
}

static ScepExchange *exchange_of(ScepTracker *tracker, uint32_t frame, const ScepRequest *request,
                                 const ScepResponse *response)
{
    ScepExchange *exchange = answer(tracker, ask(tracker, frame, request), frame + 1, response);

    cover(&coverage, case_of_answer(tracker, exchange, response));
    return exchange;
}

static void check_words(uint16_t status, const char *words, const char *expected, const char *detail)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = request_to(SCEP_OP_PKIOPERATION, NULL);
    const ScepResponse response = text_answer(status, words);
    const ScepExchange *exchange = exchange_of(tracker, 1, &request, &response);

    assert_findings(response_findings(tracker, exchange), expected);
    if (detail != NULL)
        assert_detail(response_findings(tracker, exchange), expected, detail);
    diagnosed_tracker_free(tracker);
}

static void test_words(void **state)
{
    (void)state;
    check_words(400, "it rains", "server_says", "It says: \"it rains\"");
    check_words(400, "{\"message\":\"it rains: 0x80070005\"}", "server_says",
                "It says: \"it rains: 0x80070005\"; 0x80070005 E_ACCESSDENIED: access denied");
    check_words(400, "no such algorithm is supported", "server_says_algorithm", NULL);
    check_words(500, "malformed", "server_says_unreadable", NULL);
    check_words(500, "could not decrypt", "server_says_cannot_decrypt", NULL);
    check_words(500, "invalid signature", "server_says_signature", NULL);
    check_words(403, "challenge expired", "server_says_challenge", NULL);
    check_words(400, "renewed too early", "server_says_renewal", "It says: \"renewed too early\"");
    check_words(404, "no seat", "server_says_unknown_client",
                "It says: \"no seat\". Known from DigiCert ONE: the seat has to be set up for this profile first");
    check_words(409, "rejected", "server_says_not_allowed", NULL);
    check_words(400, "unknown operation", "server_says_address", NULL);
    check_words(500, "the database is away", "server_says_own_fault", NULL);
    /* a status line again, and text that came with success */
    check_words(409, "Conflict", "server_says", NULL);
    check_words(500, "Internal Server Error", "http_500_no_reason", NULL);
    check_words(200, "challenge expired", "server_says_challenge certrep_html_200", NULL);
    check_words(200, "it rains", "certrep_html_200", NULL);
    check_words(200, "<title>Token expired, challenge expired</title>", "certrep_html_200", NULL);
}

/* What a header tells comes first. */
static void test_header(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = request_to(SCEP_OP_PKIOPERATION, NULL);
    ScepResponse response = text_answer(400, "");

    (void)state;
    response.error_type = "BadRequestException";
    response.error_message = "challenge expired";
    const ScepExchange *exchange = exchange_of(tracker, 1, &request, &response);
    assert_string_equal(exchange->says, "BadRequestException: challenge expired");
    assert_findings(response_findings(tracker, exchange), "server_says_challenge");
    diagnosed_tracker_free(tracker);
}

/* What nobody waits for, and what may be secret, is not told. */
static void test_not_quoted(void **state)
{
    static const char page[] = "<P> The enrollment challenge password is: <B> 0123456789ABCDEF </B>";
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = request_to(SCEP_OP_GETNEXTCACERT, NULL);
    ScepResponse response = text_answer(403, "no rollover");

    (void)state;
    const ScepExchange *next = exchange_of(tracker, 1, &request, &response);
    assert_findings(response_findings(tracker, next), "http_404_getnextcacert");
    assert_string_equal(next->says, "no rollover");

    request = request_to(SCEP_OP_NONE, NULL);
    request.path_kind = SCEP_PATH_NDES_ADMIN;
    response = text_answer(500, "your password is 0123");
    assert_null(exchange_of(tracker, 3, &request, &response)->says);
    request.path_kind = SCEP_PATH_NDES;
    response = text_answer(500, page);
    assert_null(exchange_of(tracker, 5, &request, &response)->says);
    response = text_answer(500, "your password is 0123");
    assert_string_equal(exchange_of(tracker, 7, &request, &response)->says, "your password is ***");
    diagnosed_tracker_free(tracker);
}

/* As much as a line takes. */
static void test_length(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = request_to(SCEP_OP_PKIOPERATION, NULL);
    GString *text = g_string_new(NULL);

    (void)state;
    while (text->len < 3000)
        g_string_append(text, "no \xc3\xa9 ");
    const ScepResponse response = text_answer(400, text->str);
    const ScepExchange *exchange = exchange_of(tracker, 1, &request, &response);
    assert_int_equal(g_utf8_strlen(exchange->says, -1), SCEP_KEPT_WORDS + 3);
    assert_true(g_str_has_suffix(exchange->says, "..."));
    g_string_free(text, TRUE);
    diagnosed_tracker_free(tracker);
}

/* ---- BER --------------------------------------------------------------------------------------------------------- */

static const ScepChecks good = { .digest = { .status = SCEP_VERIFY_GOOD },
                                 .signature = { .status = SCEP_VERIFY_GOOD } };

/* A pkiMessage in BER or DER, answered with these words. */
static ScepExchange *send_form(ScepTracker *tracker, uint32_t frame, bool ber, const ScepChecks *checks,
                               uint16_t status, const char *words)
{
    Carried carried;

    carry(&carried, pki_signed_data(request_parts()));
    carried.message->uses_ber = ber;
    ScepRequest request = message_request(&carried);
    request.path_kind = SCEP_PATH_SCEP;
    request.checks = checks;
    ScepExchange *exchange = ask(tracker, frame, &request);
    if (status == 200) {
        certrep(tracker, exchange, frame + 1, "0", NULL);
    } else {
        const ScepResponse response = text_answer(status, words);
        answer(tracker, exchange, frame + 1, &response);
        cover(&coverage, case_of_answer(tracker, exchange, &response));
    }
    drop(&carried);
    return exchange;
}

static void check_form(bool ber, const ScepChecks *checks, const char *words, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    assert_findings(response_findings(tracker, send_form(tracker, 1, ber, checks, 500, words)), expected);
    diagnosed_tracker_free(tracker);
}

static void test_ber(void **state)
{
    const ScepChecks bad = { .digest = { .status = SCEP_VERIFY_BAD }, .signature = { .status = SCEP_VERIFY_GOOD } };

    (void)state;
    check_form(true, &good, "digest mismatch", "server_cannot_read_ber server_says_signature");
    check_form(true, &good, "malformed", "server_cannot_read_ber server_says_unreadable");
    check_form(false, &good, "digest mismatch", "server_says_signature");
    check_form(true, &bad, "digest mismatch", "server_says_signature");
    check_form(true, NULL, "digest mismatch", "server_says_signature");
    check_form(true, &good, "challenge expired", "server_says_challenge");
    check_form(true, &good, "could not decrypt", "server_says_cannot_decrypt");
}

/* Another request of the same form that was granted, or one of the other form that was refused alike, speak against it;
 * so does something else that is wrong with the request. */
static void test_ber_neighbors(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    send_form(tracker, 1, true, &good, 200, NULL);
    assert_findings(response_findings(tracker, send_form(tracker, 3, true, &good, 500, "malformed")),
                    "server_says_unreadable");
    diagnosed_tracker_free(tracker);

    tracker = diagnosed_tracker_new();
    send_form(tracker, 1, false, &good, 500, "malformed");
    assert_findings(response_findings(tracker, send_form(tracker, 3, true, &good, 500, "malformed")),
                    "server_says_unreadable");
    diagnosed_tracker_free(tracker);

    tracker = diagnosed_tracker_new();
    send_form(tracker, 1, false, &good, 200, NULL);
    assert_findings(response_findings(tracker, send_form(tracker, 3, true, &good, 500, "malformed")),
                    "server_cannot_read_ber server_says_unreadable");
    diagnosed_tracker_free(tracker);
}

/* The server names an algorithm that the request uses. */
static void test_named_algorithm(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    PkiParts parts = request_parts();
    Carried carried;

    (void)state;
    g_byte_array_unref(parts.content);
    parts.content = pki_envelope(ra, "DES-CBC", "x", 1);
    carry(&carried, pki_signed_data(parts));
    ScepRequest request = message_request(&carried);
    request.path_kind = SCEP_PATH_SCEP;
    const ScepResponse response = text_answer(400, DES " is not a supported algorithm");
    const ScepExchange *exchange = exchange_of(tracker, 1, &request, &response);
    assert_detail(response_findings(tracker, exchange), "server_says_algorithm",
                  "It says: \"" DES " is not a supported algorithm\". " DES " is DES-CBC, the cipher of this request");
    drop(&carried);
    diagnosed_tracker_free(tracker);
}

/* ---- neighbors --------------------------------------------------------------------------------------------------- */

/* GetCACaps at a path, then PKIOperation at another one or the same. */
static void check_neighbors(const char *first, const char *second, uint16_t status, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepCapabilities capabilities;
    ScepRequest request = request_to(SCEP_OP_GETCACAPS, first);
    ScepResponse response = text_answer(200, "AES");

    scep_capabilities_parse(response.body, response.body_size, &capabilities);
    response.capabilities = &capabilities;
    exchange_of(tracker, 1, &request, &response);
    request = request_to(SCEP_OP_PKIOPERATION, second);
    response = text_answer(status, "");
    const ScepExchange *exchange = exchange_of(tracker, 3, &request, &response);
    assert_findings(response_findings(tracker, exchange), expected);
    if (strcmp(expected, "http_error_on_this_request") == 0) {
        char *detail = g_strdup_printf("HTTP status %u. Answered well at this path: GetCACaps", status);
        assert_detail(response_findings(tracker, exchange), expected, detail);
        g_free(detail);
    }
    diagnosed_tracker_free(tracker);
}

static void test_neighbors(void **state)
{
    (void)state;
    check_neighbors("/scep", "/scep", 404, "http_error_on_this_request");
    check_neighbors("/scep", "/scep", 400, "http_error_on_this_request");
    check_neighbors("/scep", "/scep", 401, "http_error_on_this_request http_401_refused");
    check_neighbors("/scep", "/scep", 403, "http_error_on_this_request");
    check_neighbors("/scep", "/other", 404, "http_404_path");
    check_neighbors("/scep", NULL, 404, "http_404_path");
    check_neighbors("/scep", "/scep", 413, "http_413_or_404_13");
    check_neighbors("/scep", "/scep", 429, "http_status_other");
    check_neighbors("/scep", "/scep", 500, "http_500_no_reason");
    check_neighbors("/scep", "/scep", 502, "appproxy_502_bad_gateway");
}

static void check_port(const char *path, bool expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = request_to(SCEP_OP_GETCACAPS, path);
    const ScepResponse response = text_answer(404, "");
    const ScepExchange *exchange = exchange_of(tracker, 1, &request, &response);

    assert_int_equal(find_finding(response_findings(tracker, exchange), "url_port_in_path") != NULL, expected);
    diagnosed_tracker_free(tracker);
}

/* The test's server listens at 443. */
static void test_port(void **state)
{
    static const char *const without[] = {
        "/scep", "/scep:", "/scep:8081x/y", "/scep:99999", "/scep:80", "/scep:443/", "/urn:oid:1.2", "/scep:123456",
    };

    (void)state;
    check_port("/scep:8081/pkiclient.exe", true);
    check_port("/scep:8081", true);
    check_port("/a:b:8081/c", true);
    for (size_t i = 0; i < G_N_ELEMENTS(without); i++)
        check_port(without[i], false);
}

static void test_every_rule(void **state)
{
    test_words(state);
    test_ber(state);
    test_neighbors(state);
    test_port(state);
    assert_covered(&coverage, SCEP_ON_ANSWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),           cmocka_unit_test(test_header),    cmocka_unit_test(test_not_quoted),
        cmocka_unit_test(test_length),          cmocka_unit_test(test_ber),       cmocka_unit_test(test_ber_neighbors),
        cmocka_unit_test(test_named_algorithm), cmocka_unit_test(test_neighbors), cmocka_unit_test(test_port),
        cmocka_unit_test(test_every_rule),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
