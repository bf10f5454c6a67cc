/* test_findings_http.c
 * What the HTTP answer says: for each rule an answer that raises its hint, and neighbors that do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "diagnosis/findings.h"

#define IIS "Microsoft-IIS/10.0"
#define HTTP_SYS "Microsoft-HTTPAPI/2.0"
#define PAGE(number) "<html><head><title>IIS</title></head><body><h2>HTTP Error " number " - no</h2></body></html>"

#define OP_NONE SCEP_OP_NONE
#define CAPS SCEP_OP_GETCACAPS
#define CACERT SCEP_OP_GETCACERT
#define NEXT SCEP_OP_GETNEXTCACERT
#define PKI SCEP_OP_PKIOPERATION
#define NDES SCEP_PATH_NDES
#define ADMIN SCEP_PATH_NDES_ADMIN
#define ELSEWHERE SCEP_PATH_SCEP

typedef struct {
    const char *expected; /* ids, in the order of the tables */
    ScepOperation operation;
    ScepPathKind path;
    uint16_t status;
    const char *server;
    const char *body;
    const char *content_type;
    const char *location;
    unsigned flags;
} Answer;

enum { GET = 1, UNREADABLE = 2, CACERT_KNOWN = 4, IDENTIFIED = 8, APP_PROXY = 16, HAS_HEADER = 32, TYPED = 64 };

/* clang-format off */
static const Answer answers[] = {
    /* nothing to say */
    { "", CACERT, NDES, 304, IIS, "", NULL, NULL, GET },
    { "", OP_NONE, NDES, 200, IIS, "<html>hello</html>", "text/html", NULL, GET },
    { "", OP_NONE, ADMIN, 401, IIS, "", NULL, NULL, GET },

    /* redirects */
    { "proxy_302_to_login", PKI, NDES, 302, NULL, "", NULL, "https://login.microsoftonline.com/x/oauth2", 0 },
    { "proxy_302_to_login", CAPS, NDES, 303, NULL, "", NULL, "https://sts.contoso.com/adfs/ls?x=1", GET },
    { "http_redirect_in_scep", CAPS, NDES, 301, NULL, "", NULL, "https://ndes.contoso.com/certsrv/mscep/mscep.dll",
      GET },
    { "http_redirect_in_scep", PKI, ELSEWHERE, 308, NULL, "", NULL, NULL, 0 },
    { "http_redirect_in_scep", CACERT, ELSEWHERE, 307, NULL, "", NULL, "/adfs/other", GET },

    /* 400 */
    { "http_400_httpsys", PKI, NDES, 400, HTTP_SYS, "Request Too Long", NULL, NULL, GET },
    { "http_status_other", PKI, NDES, 400, IIS, "", NULL, NULL, 0 },

    /* 401 and 403 */
    { "http_401_on_mscep", PKI, NDES, 401, IIS, "", NULL, NULL, 0 },
    { "http_403_0_browse_ok", OP_NONE, NDES, 403, IIS, "", NULL, NULL, GET },
    { "http_403_on_pkiop", PKI, NDES, 403, IIS, "", NULL, NULL, 0 },
    { "http_403_on_pkiop", PKI, NDES, 403, IIS, PAGE("403.44"), NULL, NULL, 0 },
    { "http_status_other", CACERT, NDES, 403, IIS, "", NULL, NULL, GET },
    { "http_403_4_ssl_required", CAPS, NDES, 403, IIS, PAGE("403.4"), NULL, NULL, GET },
    { "http_403_7_client_cert_required", PKI, NDES, 403, IIS, PAGE("403.7"), NULL, NULL, 0 },
    { "http_403_ip_restriction", PKI, NDES, 403, IIS, PAGE("403.6"), NULL, NULL, 0 },
    { "http_403_ip_restriction", PKI, NDES, 403, IIS, PAGE("403.501"), NULL, NULL, 0 },
    { "http_403_ip_restriction", PKI, NDES, 403, IIS, PAGE("403.502"), NULL, NULL, 0 },
    { "http_403_ip_restriction", PKI, NDES, 403, IIS, PAGE("403.503"), NULL, NULL, 0 },
    { "http_403_ip_restriction", PKI, NDES, 403, IIS, PAGE("403.501 or 403.502"), NULL, NULL, 0 },

    /* the same by Entra Application Proxy, and by the server behind it */
    { "appproxy_403_forbidden", CAPS, NDES, 403, IIS, "<title>Forbidden</title>", "text/html", NULL, GET | APP_PROXY },
    { "appproxy_403_forbidden", PKI, NDES, 403, IIS, "", NULL, NULL, APP_PROXY },
    { "http_403_on_pkiop", PKI, NDES, 403, IIS, "<title>403 - Forbidden: Access is denied.</title>", "text/html",
      NULL, APP_PROXY },
    { "http_403_7_client_cert_required", PKI, NDES, 403, IIS, PAGE("403.7"), NULL, NULL, APP_PROXY },
    { "http_403_on_pkiop", PKI, NDES, 403, IIS, PAGE("403.0"), NULL, NULL, APP_PROXY },
    { "appproxy_url_wrong", CAPS, NDES, 404, NULL, "<title>Not found</title>", "text/html", NULL, GET | APP_PROXY },
    { "appproxy_url_wrong", CACERT, ELSEWHERE, 404, NULL, "", NULL, NULL, GET | APP_PROXY | IDENTIFIED },
    { "http_404_path", CAPS, NDES, 404, IIS, "<title>404 - File or directory not found.</title>", "text/html", NULL,
      GET | APP_PROXY },
    { "http_404_15_query_too_long", PKI, NDES, 404, IIS, PAGE("404.15"), NULL, NULL, GET | APP_PROXY },

    /* 404 */
    { "http_404_15_query_too_long", PKI, NDES, 404, IIS, PAGE("404.15"), NULL, NULL, GET },
    { "http_404_14_url_too_long", PKI, NDES, 404, IIS, PAGE("404.14"), NULL, NULL, GET },
    { "http_413_or_404_13", PKI, NDES, 404, IIS, PAGE("404.13"), NULL, NULL, 0 },
    { "http_404_2_isapi_restriction", CAPS, NDES, 404, IIS, PAGE("404.2"), NULL, NULL, GET },
    { "http_404_3_handler", CAPS, NDES, 404, IIS, PAGE("404.3"), NULL, NULL, GET },
    { "http_404_3_handler", CAPS, NDES, 404, IIS, PAGE("404.17"), NULL, NULL, GET },
    { "http_404_6_verb", PKI, NDES, 404, IIS, PAGE("404.6"), NULL, NULL, 0 },
    { "http_404_6_verb", PKI, NDES, 405, IIS, "", NULL, NULL, 0 },
    { "http_404_11_double_escape", PKI, NDES, 404, IIS, PAGE("404.11"), NULL, NULL, GET },
    { "http_404_path", PKI, NDES, 404, IIS, PAGE("404.0"), NULL, NULL, 0 },
    { "http_404_path", CAPS, NDES, 404, IIS, "", NULL, NULL, GET },
    { "http_404_path", PKI, ELSEWHERE, 404, NULL, "", NULL, NULL, 0 },
    { "http_404_path http_404_unknown_ca_ident", CACERT, ELSEWHERE, 404, NULL, "", NULL, NULL, GET },
    { "http_404_path http_404_unknown_ca_ident", CAPS, ELSEWHERE, 404, NULL, "", NULL, NULL, GET },
    { "http_404_getnextcacert", NEXT, NDES, 404, IIS, "", NULL, NULL, GET },
    { "http_404_getnextcacert", NEXT, ELSEWHERE, 400, NULL, "", NULL, NULL, GET },

    { "http_404_unknown_ca_ident http_404_path", CAPS, SCEP_PATH_PKICLIENT, 404, NULL, "", NULL, NULL,
      GET | IDENTIFIED },
    { "http_404_path http_404_unknown_ca_ident", CAPS, SCEP_PATH_PKICLIENT, 404, NULL, "", NULL, NULL, GET },

    /* 405 of a GET, and more that no rule names */
    { "http_status_other", PKI, NDES, 405, IIS, "", NULL, NULL, GET },
    { "http_status_other", PKI, ELSEWHERE, 429, NULL, "", NULL, NULL, 0 },
    { "http_status_other", OP_NONE, NDES, 500, IIS, "", NULL, NULL, GET },
    { "http_status_other", OP_NONE, NDES, 404, IIS, "", NULL, NULL, GET },
    { "http_status_other", CAPS, ELSEWHERE, 511, NULL, "", NULL, NULL, GET },

    /* too long */
    { "http_413_or_404_13", PKI, ELSEWHERE, 413, NULL, "", NULL, NULL, 0 },
    { "http_414_uri_too_long", PKI, NDES, 414, NULL, "", NULL, NULL, GET },

    /* 500 and above */
    { "http_500_any_op", PKI, NDES, 500, IIS, "", NULL, NULL, 0 },
    { "http_500_any_op", CAPS, NDES, 500, IIS, "", NULL, NULL, GET },
    { "http_500_getcacert_impersonate http_500_any_op", CACERT, NDES, 500, IIS, "", NULL, NULL, GET },
    { "http_500_after_bad_challenge", PKI, ELSEWHERE, 500, NULL, "cannot decrypt data", "text/plain", NULL, 0 },
    { "appproxy_502_bad_gateway", CAPS, NDES, 502, NULL, "", NULL, NULL, GET },
    { "appproxy_504_gateway_timeout", PKI, NDES, 504, NULL, "", NULL, NULL, 0 },
    { "http_503_scep_pool http_503_httpsys", PKI, NDES, 503, HTTP_SYS, "", NULL, NULL, 0 },
    { "http_503_httpsys", PKI, ELSEWHERE, 503, HTTP_SYS, "", NULL, NULL, 0 },
    { "http_503_scep_pool", PKI, NDES, 503, IIS, "", NULL, NULL, 0 },
    { "http_503_2_3_concurrency", PKI, NDES, 503, IIS, PAGE("503.2"), NULL, NULL, 0 },
    { "http_503_2_3_concurrency", CAPS, NDES, 503, HTTP_SYS, PAGE("503.3"), NULL, NULL, GET },

    /* pages in place of an answer */
    { "ndes_default_page_200", OP_NONE, NDES, 200, IIS, "<html>Network Device Enrollment Service</html>", "text/html",
      NULL, GET },
    { "caps_is_html caps_null_content_type", CAPS, NDES, 200, IIS, "<html></html>", NULL, NULL, GET },
    { "caps_is_html", CAPS, NDES, 200, IIS, "hello", "TEXT/HTML; charset=utf-8", NULL, GET },
    { "cacert_html", CACERT, NDES, 200, IIS, "<!DOCTYPE html>", "text/plain", NULL, GET },
    { "cacert_unreadable", CACERT, NDES, 200, IIS, "no certificate", "application/x-x509-ca-cert", NULL, GET },
    { "certrep_html_200", PKI, NDES, 200, IIS, "<html></html>", "text/html", NULL, 0 },
    { "certrep_html_200 certrep_no_content_type", PKI, NDES, 200, IIS, "sorry", NULL, NULL, 0 },

    { "ndes_default_page_200", OP_NONE, NDES, 200, IIS, "<html>Network Device Enrollment Service\xc2\xa0</html>",
      "text/html", NULL, GET },

    /* NDES sends a browser to the same path with a slash behind */
    { "", OP_NONE, SCEP_PATH_NDES_ADMIN, 301, IIS, "", NULL, "/certsrv/mscep_admin/", GET },

    /* nothing at all */
    { "caps_empty_or_zero", CAPS, NDES, 200, IIS, "", NULL, NULL, GET },
    { "cacert_empty", CACERT, NDES, 200, IIS, "", NULL, NULL, GET },
    { "cacert_empty", CACERT, NDES, 204, IIS, "", NULL, NULL, GET },
    { "certrep_empty", PKI, NDES, 200, IIS, "", NULL, NULL, 0 },

    /* a body that Wireshark leaves compressed is no body to judge */
    { "body_compressed_unreadable", PKI, NDES, 200, IIS, "\x1f\x8b", "application/x-pki-message", NULL, UNREADABLE },
    { "body_compressed_unreadable", CACERT, NDES, 200, IIS, "", NULL, NULL, GET | UNREADABLE },

    /* a request that does not say what it is */
    { "http_status_other pkiop_post_type_odd", PKI, ELSEWHERE, 415, NULL, "", NULL, NULL, HAS_HEADER },
    { "http_403_on_pkiop pkiop_post_type_odd", PKI, NDES, 403, IIS, "", NULL, NULL, HAS_HEADER },
    { "http_403_7_client_cert_required", PKI, NDES, 403, IIS, PAGE("403.7"), NULL, NULL, HAS_HEADER },
    { "http_status_other", PKI, ELSEWHERE, 415, NULL, "", NULL, NULL, TYPED },
    { "http_404_path", PKI, NDES, 404, IIS, "", NULL, NULL, HAS_HEADER },

    /* GetCACaps fails where GetCACert works */
    { "http_500_any_op caps_error_status", CAPS, NDES, 500, IIS, "", NULL, NULL, GET | CACERT_KNOWN },
    { "http_404_path http_404_unknown_ca_ident caps_error_status", CAPS, ELSEWHERE, 404, NULL, "", NULL, NULL,
      GET | CACERT_KNOWN },
};
/* clang-format on */

static Coverage coverage = { &scep_rules_http, { false } };

static void check_answer(const Answer *about)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(about->operation);
    const size_t size = strlen(about->body);
    uint8_t *body = g_memdup2(about->body, size);
    const ScepResponse response = { .status = about->status,
                                    .content_type = about->content_type,
                                    .server = about->server,
                                    .location = about->location,
                                    .body = body,
                                    .body_size = size,
                                    .body_unreadable = (about->flags & UNREADABLE) != 0,
                                    .ms_proxy = about->flags & APP_PROXY ? "AzureAD-Application-Proxy" : NULL };

    if (about->flags & CACERT_KNOWN)
        assert_findings(response_findings(tracker, ask_certificate(tracker)), "");
    request.path_kind = about->path;
    request.identifier = about->flags & IDENTIFIED ? "default" : NULL;
    request.is_get = (about->flags & GET) != 0;
    request.host = about->flags & (HAS_HEADER | TYPED) ? "ndes" : NULL;
    request.content_type = about->flags & TYPED ? "Application/x-pki-message; charset=x" : NULL;
    request.body = (const uint8_t *)"x";
    request.body_size = 1;
    ScepExchange *exchange = answer(tracker, ask(tracker, 5, &request), 6, &response);
    char *ids = ids_of(response_findings(tracker, exchange));
    if (strcmp(ids, about->expected) != 0)
        fail_msg("status %u, operation %d, path %d: \"%s\" instead of \"%s\"", about->status, about->operation,
                 about->path, ids, about->expected);
    g_free(ids);
    cover(&coverage, case_of_answer(tracker, exchange, &response));
    g_free(body);
    diagnosed_tracker_free(tracker);
}

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
        check_answer(&answers[i]);
}

/* The module that runs NDES fails below both of its paths, not below one. */
static void check_isapi(const char *page, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(SCEP_OP_NONE);
    uint8_t *body = g_memdup2(page, strlen(page));
    const ScepResponse response = { .status = 500, .server = IIS, .body = body, .body_size = strlen(page) };

    request.path_kind = SCEP_PATH_NDES_ADMIN;
    assert_findings(response_findings(tracker, answer(tracker, ask(tracker, 1, &request), 2, &response)),
                    "http_status_other");
    request.path_kind = SCEP_PATH_NDES;
    request.operation = SCEP_OP_GETCACAPS;
    ScepExchange *exchange = answer(tracker, ask(tracker, 3, &request), 4, &response);
    assert_findings(response_findings(tracker, exchange), expected);
    cover(&coverage, case_of_answer(tracker, exchange, &response));
    g_free(body);
    diagnosed_tracker_free(tracker);
}

static void test_isapi(void **state)
{
    (void)state;
    check_isapi("Module: IsapiModule; Error Code: 0x80070057", "http_500_0_ra_cert http_500_any_op");
    check_isapi("Module: IsapiModule; Error Code: 0x800700ea", "http_500_0_handler_order http_500_any_op");
    check_isapi("Module: ManagedPipelineHandler", "http_500_any_op");
    check_answer(&(Answer){ "http_500_any_op", CAPS, NDES, 500, IIS, "Module: IsapiModule", NULL, NULL, GET });
}

/* The URL is there to its end, and the message in it is not. */
static void check_shortened(ScepRequest changes, bool whole, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    GByteArray *bytes = pki_signed_data(request_parts());
    Carried carried;

    carry(&carried, whole ? bytes : g_byte_array_set_size(bytes, bytes->len - 10));
    ScepRequest request = message_request(&carried);
    request.is_get = changes.is_get;
    request.host = changes.host;
    request.base64_flags = changes.base64_flags;
    ScepExchange *exchange = ask(tracker, 1, &request);
    assert_findings(request_findings(tracker, exchange), expected);
    if (strcmp(expected, "pkiop_get_truncated") == 0)
        assert_detail(request_findings(tracker, exchange), expected, "10 bytes are missing at the end");
    cover(&coverage, case_of_request(tracker, exchange, &request));
    drop(&carried);
    diagnosed_tracker_free(tracker);
}

static void test_shortened_request(void **state)
{
    (void)state;
    check_shortened((ScepRequest){ .is_get = true, .host = "ndes" }, false, "pkiop_get_truncated");
    check_shortened((ScepRequest){ .is_get = true, .host = "ndes" }, true, "");
    /* no header behind the request line: the capture may have cut it */
    check_shortened((ScepRequest){ .is_get = true }, false, "message_cut");
    check_shortened((ScepRequest){ .host = "ndes" }, false, "message_cut");
    check_shortened((ScepRequest){ .is_get = true, .host = "ndes", .base64_flags = SCEP_B64_INVALID }, false,
                    "pkiop_get_bad_base64");
}

static void test_every_rule(void **state)
{
    (void)state;
    test_answers(state);
    test_isapi(state);
    test_shortened_request(state);
    assert_covered(&coverage, SCEP_ON_ANSWER);
    assert_covered(&coverage, SCEP_ON_REQUEST);
}

static void assert_answer_detail(const ScepRequest *request, const ScepResponse *response, const char *id,
                                 const char *detail)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepExchange *exchange = answer(tracker, ask(tracker, 5, request), 6, response);

    assert_detail(response_findings(tracker, exchange), id, detail);
    diagnosed_tracker_free(tracker);
}

static void test_details(void **state)
{
    ScepRequest request = operation_request(SCEP_OP_PKIOPERATION);

    (void)state;
    assert_answer_detail(&request, &(ScepResponse){ .status = 401, .authenticate = "Negotiate" }, "http_401_on_mscep",
                         "The server asks for Negotiate");
    assert_answer_detail(&request, &(ScepResponse){ .status = 401 }, "http_401_on_mscep", NULL);
    assert_answer_detail(&request, &(ScepResponse){ .status = 302, .location = "https://x/" }, "http_redirect_in_scep",
                         "Redirected to https://x/");
    assert_answer_detail(&request, &(ScepResponse){ .status = 302 }, "http_redirect_in_scep", NULL);
    assert_answer_detail(&request, &(ScepResponse){ .status = 418 }, "http_status_other", "HTTP status 418");
    request.is_get = true;
    request.target_length = 70000;
    assert_answer_detail(&request, &(ScepResponse){ .status = 414 }, "http_414_uri_too_long",
                         "The request target is 70000 bytes long");
}

static void assert_page_detail(const char *page, const char *content_type, const char *detail)
{
    const ScepRequest request = operation_request(SCEP_OP_PKIOPERATION);
    uint8_t *body = g_memdup2(page, strlen(page));

    assert_answer_detail(
        &request,
        &(ScepResponse){ .status = 200, .content_type = content_type, .body = body, .body_size = strlen(page) },
        "certrep_html_200", detail);
    g_free(body);
}

static void test_page_titles(void **state)
{
    (void)state;
    assert_page_detail("<html><title> Sign in </title>", "text/html", "The page's title is \"Sign in\"");
    assert_page_detail("<HTML><TITLE>Proxy</TITLE>", NULL, "The page's title is \"Proxy\"");
    assert_page_detail("<title>caf\xe9</title>", NULL, "The page's title is \"caf\xef\xbf\xbd\"");
    assert_page_detail("<html>no title", "text/html", NULL);
    assert_page_detail("<html><title>without an end", "text/html", NULL);
    assert_page_detail("<title>", "text/html", NULL);
    assert_page_detail("sorry", "text/plain", "The answer is text/plain, not a CMS message");
    assert_page_detail("sorry", NULL, "The answer is without a content type, not a CMS message");
    char *text = g_strnfill(201, 'x');
    char *endless = g_strconcat("<title>", text, "</title>", NULL);
    assert_page_detail(endless, "text/html", NULL);
    g_free(endless);
    g_free(text);
}

/* The number must stand within the first bytes of the page, and a page may be cut right behind it. */
static void test_numbers_on_pages(void **state)
{
    static const struct {
        const char *body;
        const char *expected;
    } pages[] = {
        { "404.1", "http_404_path" },
        { "404.15", "http_404_15_query_too_long" },
        { "404.151 404.15", "http_404_15_query_too_long" },
        { "404.151", "http_404_path" },
        { "404.1 404.2", "http_404_2_isapi_restriction" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++)
        check_answer(&(Answer){ pages[i].expected, PKI, NDES, 404, IIS, pages[i].body, NULL, NULL, 0 });
    char *far = g_strnfill(20000, ' ');
    char *page = g_strconcat(far, "404.15", NULL);
    check_answer(&(Answer){ "http_404_path", PKI, NDES, 404, IIS, page, NULL, NULL, 0 });
    g_free(page);
    g_free(far);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),           cmocka_unit_test(test_isapi),
        cmocka_unit_test(test_shortened_request), cmocka_unit_test(test_every_rule),
        cmocka_unit_test(test_details),           cmocka_unit_test(test_page_titles),
        cmocka_unit_test(test_numbers_on_pages),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
