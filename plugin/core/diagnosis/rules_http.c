/* rules_http.c
 * What the HTTP answer to a SCEP request says before any message is looked at: status, redirect, page, empty body.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/code_detail.h"
#include "diagnosis/rule.h"
#include "diagnosis/status_rules.h"
#include "wire/page.h"
#include "tracker/client.h"
#include "tracker/served_path.h"
#include "tracker/extent.h"
#include "tracker/tracker.h"

/* Where a rule holds: on which operation or path. */
enum {
    ANY_OPERATION,
    ON_PKIOPERATION,
    ON_GETCACERT,
    ON_GETCACAPS,
    ON_GETNEXTCACERT,
    ON_CA_QUERY,
    ON_BARE_PATH,
    ON_KNOWN_PATH
};

static bool operation_is(const ScepExchange *exchange, int where)
{
    const ScepOperation operation = exchange->operation;

    switch (where) {
    case ON_PKIOPERATION:
        return operation == SCEP_OP_PKIOPERATION;
    case ON_GETCACERT:
        return operation == SCEP_OP_GETCACERT;
    case ON_GETCACAPS:
        return operation == SCEP_OP_GETCACAPS;
    case ON_GETNEXTCACERT:
        return operation == SCEP_OP_GETNEXTCACERT;
    case ON_CA_QUERY:
        return operation == SCEP_OP_GETCACERT || operation == SCEP_OP_GETCACAPS;
    case ON_BARE_PATH:
        return operation == SCEP_OP_NONE && exchange->path_kind == SCEP_PATH_NDES;
    default:
        return exchange->path_kind != SCEP_PATH_NDES_ADMIN && operation != SCEP_OP_NONE;
    }
}

static bool page_contains(const ScepResponse *response, const char *text)
{
    const size_t size = MIN(response->body_size, SCEP_PAGE_SEARCH);

    return size > 0 && g_strstr_len((const char *)response->body, (gssize)size, text) != NULL;
}

static bool header_contains(const char *value, const char *text)
{
    return value != NULL && strstr(value, text) != NULL;
}

static bool from_http_sys(const ScepResponse *response)
{
    return header_contains(response->server, "Microsoft-HTTPAPI");
}

/* What is known of NDES may not be true of this server. */
static bool is_foreign(const ScepCase *about)
{
    return about->exchange->path_kind != SCEP_PATH_NDES;
}

static bool is_status(const ScepCase *about, int status, int where)
{
    return about->response->status == status && operation_is(about->exchange, where);
}

enum { AT_NDES, SIGN_IN_ELSEWHERE, REFUSED_ELSEWHERE };

/* IIS in front of NDES asks for a sign-in by settings that are known. Elsewhere, one that asks for none refuses by
 * itself (EJBCA, DigiCert ONE). */
static bool status_401(ScepCase *about)
{
    const int wanted = about->parameter;
    const int seen = about->exchange->path_kind == SCEP_PATH_NDES ? AT_NDES
                     : about->response->authenticate != NULL      ? SIGN_IN_ELSEWHERE
                                                                  : REFUSED_ELSEWHERE;

    if (!is_status(about, 401, ANY_OPERATION) || seen != wanted)
        return false;
    if (about->response->authenticate != NULL)
        about->evidence.detail = g_strdup_printf("The server asks for %.40s", about->response->authenticate);
    return true;
}

/* NDES answers a GET of its bare path with 403 once the policy module is installed. */
static bool status_403_browse(ScepCase *about)
{
    return is_status(about, 403, ON_BARE_PATH);
}

/* IIS prints "404.15" or the like on its detailed error pages. A rule's parameter holds both numbers: 404015. */
enum { SUBSTATUS_BASE = 1000 };

static bool page_substatus(ScepCase *about)
{
    const int both = about->parameter;
    char number[16];

    if (!is_status(about, both / SUBSTATUS_BASE, ANY_OPERATION))
        return false;
    g_snprintf(number, sizeof number, "%d.%d", both / SUBSTATUS_BASE, both % SUBSTATUS_BASE);
    return scep_page_names(about->response->body, about->response->body_size, number);
}

/* Its header stands on all answers, its host is asked for, or it is the page that it has for errors of its own. */
bool scep_is_from_app_proxy(const ScepCase *about)
{
    return about->response->ms_proxy != NULL || about->exchange->to_app_proxy ||
           page_contains(about->response, "This corporate app can");
}

/* The answers of the server behind it have words of their own, or, as IIS, one of its two pages. */
static bool is_of_app_proxy(const ScepCase *about)
{
    return scep_is_from_app_proxy(about) && !about->exchange->says_reason;
}

static bool status_403_app_proxy(ScepCase *about)
{
    const ScepResponse *response = about->response;

    return is_status(about, 403, ANY_OPERATION) && is_of_app_proxy(about) && !page_contains(response, "403.") &&
           !page_contains(response, "403 - Forbidden");
}

static bool names_a_substatus(const ScepCase *about);

static bool status_403_pkiop(ScepCase *about)
{
    return is_status(about, 403, ON_PKIOPERATION) && !is_foreign(about) && !names_a_substatus(about) &&
           !status_403_app_proxy(about);
}

bool scep_status_may_be_this_request(const ScepCase *about)
{
    static const uint16_t of_others[] = { 405, 407, 413, 414, 429 };
    const uint16_t status = about->response->status;

    for (size_t i = 0; i < G_N_ELEMENTS(of_others); i++) {
        if (status == of_others[i])
            return false;
    }
    return status / 100 == 4 && (status != 401 || about->response->authenticate == NULL) &&
           !from_http_sys(about->response) && !names_a_substatus(about);
}

/* By the words of the server, 404 may be about something else than what is asked for. */
static bool is_of_address(const ScepExchange *exchange)
{
    return exchange->sentence == NULL || exchange->sentence->hint == SCEP_HINT_server_says_address;
}

/* Where other calls are served, there is something at the path. */
static bool is_missing(const ScepExchange *exchange)
{
    return !scep_path_is_served(exchange) && is_of_address(exchange);
}

/* An identifier in GetCA* selects the CA on servers that route by it; NDES ignores it. */
static bool status_404_identifier(ScepCase *about)
{
    /* A path with pkiclient.exe is a SCEP server's, unless Windows put that behind whatever it was given. */
    if (about->parameter == ON_KNOWN_PATH &&
        (about->exchange->path_kind != SCEP_PATH_PKICLIENT || about->exchange->identifier == NULL ||
         scep_enrollment_client_is(about->exchange->enrollment, SCEP_CLIENT_WINDOWS)))
        return false;
    return is_status(about, 404, ON_CA_QUERY) && about->exchange->path_kind != SCEP_PATH_NDES &&
           !names_a_substatus(about) && !scep_is_from_app_proxy(about) &&
           (about->exchange->identifier != NULL ? is_of_address(about->exchange) : is_missing(about->exchange));
}

/* The proxy knows no such address. */
static bool status_404_app_proxy(ScepCase *about)
{
    const ScepResponse *response = about->response;

    return is_status(about, 404, ANY_OPERATION) && !operation_is(about->exchange, ON_GETNEXTCACERT) &&
           is_of_app_proxy(about) && !page_contains(response, "404.") && !page_contains(response, "404 - File");
}

static bool status_404_path(ScepCase *about)
{
    return is_status(about, 404, ANY_OPERATION) && !operation_is(about->exchange, ON_GETNEXTCACERT) &&
           !names_a_substatus(about) && !status_404_app_proxy(about) && is_missing(about->exchange);
}

static bool next_ca_not_offered(ScepCase *about)
{
    return operation_is(about->exchange, ON_GETNEXTCACERT) &&
           (about->response->status == 400 || about->response->status == 403 || about->response->status == 404);
}

static bool status_405(ScepCase *about)
{
    return is_status(about, 405, ON_PKIOPERATION) && !about->exchange->is_get;
}

static bool status_414(ScepCase *about)
{
    if (!is_status(about, 414, ANY_OPERATION))
        return false;
    about->evidence.detail = g_strdup_printf("The request target is %u bytes long", about->exchange->target_length);
    return true;
}

/* Windows sends no type and iOS application/octet-stream, and NDES takes both: worth a word only where the request was
 * refused before anybody read it. */
static bool odd_type_refused(ScepCase *about)
{
    static const uint16_t by_filters[] = { 400, 403, 405, 406, 415 };

    for (size_t i = 0; i < G_N_ELEMENTS(by_filters); i++) {
        if (about->exchange->odd_type && is_status(about, by_filters[i], ON_PKIOPERATION))
            return !names_a_substatus(about);
    }
    return false;
}

/* Plain "this status on that operation" rules. */
static bool status_413(ScepCase *about)
{
    return is_status(about, 413, ANY_OPERATION);
}

static bool status_400_http_sys(ScepCase *about)
{
    return is_status(about, 400, ANY_OPERATION) && from_http_sys(about->response);
}

/* What all calls have in common is not the fault of one of them. */
static void tell_neighbors(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    char *served = scep_served_path_new_text(exchange);

    if (served != NULL) {
        about->evidence.detail = g_strdup_printf("Answered well at this path: %s", served);
        scep_case_also(about, exchange->path->served_frame);
    } else if (scep_path_fails_alike(exchange)) {
        about->evidence.detail =
            g_strdup("Other calls at this path fail in the same way: it is the server, not this call");
        scep_case_also(about, exchange->path->failed_frame);
    }
    g_free(served);
}

static bool status_500(ScepCase *about)
{
    if (!is_status(about, 500, ANY_OPERATION) || is_foreign(about))
        return false;
    tell_neighbors(about);
    return true;
}

/* A right that GetCACert takes and other calls do not: they have to be served. */
static bool cannot_impersonate(ScepCase *about)
{
    return is_status(about, 500, ON_GETCACERT) && !is_foreign(about) && scep_path_is_served(about->exchange);
}

/* Servers other than NDES throw instead of signing a refusal; NDES paths get the NDES meaning. */
static bool status_500_foreign(ScepCase *about)
{
    if (!is_status(about, 500, ANY_OPERATION) || !is_foreign(about) || about->exchange->says_reason)
        return false;
    tell_neighbors(about);
    return true;
}

/* What is wrong about the challenge of a request, by other rules. */
static bool bad_challenge(ScepCase *about)
{
    static const ScepHintId signs[] = { SCEP_HINT_pkiop_challenge_absent, SCEP_HINT_challenge_expired_age,
                                        SCEP_HINT_pkiop_challenge_not_printable };
    const ScepFinding *findings = scep_exchange_get0_findings(about->diagnosis, about->exchange, false);

    if (!is_status(about, 500, ON_PKIOPERATION) || !is_foreign(about) || about->exchange->says_reason)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++) {
        if (scep_findings_get0_of(findings, signs[i]) != NULL)
            return true;
    }
    return false;
}

/* NDES could not start: the module that runs it fails on both of its paths. */
static bool isapi_failed(ScepCase *about)
{
    const int handler_order = about->parameter;
    const ScepServer *server = about->exchange->server;

    return about->response->status == 500 && page_contains(about->response, SCEP_ISAPI_MODULE) &&
           server->isapi_failed_device && server->isapi_failed_admin &&
           (page_contains(about->response, "0x800700ea") || page_contains(about->response, "0x800700EA")) ==
               (handler_order != 0);
}

static bool status_503(ScepCase *about)
{
    const int http_sys = about->parameter;
    const ScepPathKind path = about->exchange->path_kind;

    if (about->response->status != 503 || path == SCEP_PATH_NDES_ADMIN || names_a_substatus(about))
        return false;
    /* Below an NDES path it is the pool of NDES, whoever says so. */
    return http_sys ? from_http_sys(about->response) : path == SCEP_PATH_NDES || !from_http_sys(about->response);
}

static bool is_redirect(uint16_t status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool to_sign_in(const ScepResponse *response)
{
    return header_contains(response->location, "login.microsoftonline.") ||
           header_contains(response->location, "/adfs/ls");
}

/* @a sign_in: the redirect leads to an interactive sign-in page. */
static bool redirect(ScepCase *about)
{
    const int sign_in = about->parameter;
    /* NDES itself sends a browser from /certsrv/mscep_admin to the same with a slash behind. */
    if (!is_redirect(about->response->status) || to_sign_in(about->response) != (sign_in != 0) ||
        (!sign_in && about->exchange->path_kind == SCEP_PATH_NDES_ADMIN))
        return false;
    if (about->response->location != NULL)
        about->evidence.detail = g_strdup_printf("Redirected to %.120s", about->response->location);
    return true;
}

static bool gateway_status(ScepCase *about)
{
    const int status = about->parameter;
    return is_status(about, status, ANY_OPERATION);
}

/* A code that the server writes into its page or text says more than the status. */
static char *with_code(char *detail, const ScepCase *about)
{
    const ScepResponse *response = about->response;
    ScepResultCodeText room;

    if (response == NULL || response->message != NULL || response->body_unreadable)
        return detail;
    return scep_detail_new_with_code(detail, scep_page_code(response->body, response->body_size, &room));
}

static char *code_alone(const ScepCase *about)
{
    return with_code(NULL, about);
}

static bool another_rule_explains(const ScepCase *about);

/* Statuses that no other rule names. The page for challenges has rules of its own; GetNextCACert is optional.
 */
static bool status_other(ScepCase *about)
{
    const uint16_t status = about->response->status;

    if (status < 400 || operation_is(about->exchange, ON_GETNEXTCACERT) ||
        (status / 100 == 4 && about->exchange->path_kind == SCEP_PATH_NDES_ADMIN) || another_rule_explains(about) ||
        scep_answer_is_explained(about))
        return false;
    about->evidence.detail = with_code(g_strdup_printf("HTTP status %u", status), about);
    return true;
}

/* The <title> of a page says most about who answered. */
static char *page_title(const ScepResponse *response)
{
    const char *page = (const char *)response->body;
    const size_t size = MIN(response->body_size, SCEP_PAGE_SEARCH);
    const char *start = g_strstr_len(page, (gssize)size, "<title>");

    if (start == NULL)
        start = g_strstr_len(page, (gssize)size, "<TITLE>");
    if (start == NULL)
        return NULL;
    start += strlen("<title>");
    const char *end = memchr(start, '<', size - (size_t)(start - page));
    if (end == NULL || end - start > 200)
        return NULL;
    char *title = g_utf8_make_valid(start, end - start);
    char *detail = g_strdup_printf("The page's title is \"%s\"", g_strstrip(title));
    g_free(title);
    return detail;
}

static bool is_page(const ScepResponse *response)
{
    return response->body_size > 0 && response->message == NULL &&
           ((response->content_type != NULL && g_ascii_strncasecmp(response->content_type, "text/html", 9) == 0) ||
            response->body[0] == '<');
}

/* JSON or a sentence where keywords are due. */
static bool is_other_text(const ScepResponse *response)
{
    return response->capabilities != NULL && response->capabilities->looks_like_text;
}

/* HTML with status 200 in place of a SCEP answer, or another text in place of keywords. */
static bool page_instead(ScepCase *about)
{
    const int where = about->parameter;
    if (about->response->status == 200 && operation_is(about->exchange, where) && is_other_text(about->response)) {
        about->evidence.detail =
            g_strdup_printf("The body is text of type %s, without a keyword of SCEP",
                            about->response->content_type != NULL ? about->response->content_type : "unknown");
        return true;
    }
    if (about->response->status != 200 || !operation_is(about->exchange, where) || !is_page(about->response))
        return false;
    about->evidence.detail = with_code(page_title(about->response), about);
    return true;
}

/* Status 200 and something that is neither CMS nor a page. */
static bool not_a_message(ScepCase *about)
{
    const ScepResponse *response = about->response;

    /* The begin of a message that breaks off before it can be told looks like anything. */
    if (!scep_response_is_whole(response) && !is_page(response))
        return false;
    if (response->status != 200 || !operation_is(about->exchange, ON_PKIOPERATION) || response->body_size == 0 ||
        response->message != NULL || response->body_unreadable)
        return false;
    if (is_page(response)) {
        about->evidence.detail = page_title(response);
    } else {
        about->evidence.detail =
            g_strdup_printf("The answer is %s, not a CMS message",
                            response->content_type ? response->content_type : "without a content type");
    }
    about->evidence.detail = with_code(about->evidence.detail, about);
    return true;
}

static bool default_page(ScepCase *about)
{
    return is_status(about, 200, ON_BARE_PATH) &&
           scep_page_says(about->response->body, about->response->body_size, "Network Device Enrollment Service");
}

static bool empty_answer(ScepCase *about)
{
    const int where = about->parameter;
    const uint16_t status = about->response->status;

    return (status == 200 || status == 204) && operation_is(about->exchange, where) &&
           about->response->body_size == 0 && !about->response->body_unreadable &&
           scep_response_is_whole(about->response);
}

/* A GetCACert answer with bytes that are neither a certificate nor a bag of them. */
static bool no_certificates(ScepCase *about)
{
    const ScepResponse *response = about->response;

    if (!is_status(about, 200, ON_GETCACERT) || response->body_size == 0 || response->body_unreadable ||
        is_page(response))
        return false;
    for (guint i = 0; response->certificates != NULL && i < response->certificates->len; i++) {
        if (g_ptr_array_index(response->certificates, i) != NULL)
            return false;
    }
    return scep_response_is_whole(response);
}

static bool caps_error(ScepCase *about)
{
    return operation_is(about->exchange, ON_GETCACAPS) && about->response->status >= 400 &&
           about->exchange->server->cacert_frame != 0;
}

static bool unreadable_body(ScepCase *about)
{
    return about->response->body_unreadable;
}

/* The Host header stands behind the request line, so that line is whole. Base64 that breaks off has a hint of its own.
 */
static bool request_truncated(ScepCase *about)
{
    const ScepRequest *request = about->request;

    if (!request->is_get || request->host == NULL || request->extent.cut_by != SCEP_CUT_BY_NOBODY ||
        request->message == NULL || !request->message->truncated ||
        (request->base64_flags & (SCEP_B64_INVALID | SCEP_B64_SPACE_FOR_PLUS | SCEP_B64_TRUNCATED)))
        return false;
    if (request->message->missing > 0)
        about->evidence.detail =
            g_strdup_printf("%" G_GUINT64_FORMAT " bytes are missing at the end", request->message->missing);
    return true;
}

static const ScepRule rules[] = {
    { SCEP_HINT_pkiop_get_truncated, SCEP_ON_REQUEST, request_truncated, 0 },
    { SCEP_HINT_proxy_302_to_login, SCEP_ON_ANSWER, redirect, 1 },
    { SCEP_HINT_http_redirect_in_scep, SCEP_ON_ANSWER, redirect, 0 },
    { SCEP_HINT_http_400_httpsys, SCEP_ON_ANSWER, status_400_http_sys, 0 },
    { SCEP_HINT_http_401_on_mscep, SCEP_ON_ANSWER, status_401, AT_NDES },
    { SCEP_HINT_http_401_wants_sign_in, SCEP_ON_ANSWER, status_401, SIGN_IN_ELSEWHERE },
    { SCEP_HINT_http_401_refused, SCEP_ON_ANSWER, status_401, REFUSED_ELSEWHERE },
    { SCEP_HINT_http_403_0_browse_ok, SCEP_ON_ANSWER, status_403_browse, 0 },
    { SCEP_HINT_http_403_4_ssl_required, SCEP_ON_ANSWER, page_substatus, 403004 },
    { SCEP_HINT_http_403_7_client_cert_required, SCEP_ON_ANSWER, page_substatus, 403007 },
    { SCEP_HINT_http_403_ip_restriction, SCEP_ON_ANSWER, page_substatus, 403006 },
    { SCEP_HINT_http_403_ip_restriction, SCEP_ON_ANSWER, page_substatus, 403501 },
    { SCEP_HINT_http_403_ip_restriction, SCEP_ON_ANSWER, page_substatus, 403502 },
    { SCEP_HINT_http_403_ip_restriction, SCEP_ON_ANSWER, page_substatus, 403503 },
    { SCEP_HINT_appproxy_403_forbidden, SCEP_ON_ANSWER, status_403_app_proxy, 0 },
    { SCEP_HINT_http_403_on_pkiop, SCEP_ON_ANSWER, status_403_pkiop, 0 },
    { SCEP_HINT_http_404_15_query_too_long, SCEP_ON_ANSWER, page_substatus, 404015 },
    { SCEP_HINT_http_404_14_url_too_long, SCEP_ON_ANSWER, page_substatus, 404014 },
    { SCEP_HINT_http_413_or_404_13, SCEP_ON_ANSWER, page_substatus, 404013 },
    { SCEP_HINT_http_404_2_isapi_restriction, SCEP_ON_ANSWER, page_substatus, 404002 },
    { SCEP_HINT_http_404_3_handler, SCEP_ON_ANSWER, page_substatus, 404003 },
    { SCEP_HINT_http_404_3_handler, SCEP_ON_ANSWER, page_substatus, 404017 },
    { SCEP_HINT_http_404_6_verb, SCEP_ON_ANSWER, page_substatus, 404006 },
    { SCEP_HINT_http_404_11_double_escape, SCEP_ON_ANSWER, page_substatus, 404011 },
    { SCEP_HINT_http_404_getnextcacert, SCEP_ON_ANSWER, next_ca_not_offered, 0 },
    { SCEP_HINT_appproxy_url_wrong, SCEP_ON_ANSWER, status_404_app_proxy, 0 },
    { SCEP_HINT_http_404_unknown_ca_ident, SCEP_ON_ANSWER, status_404_identifier, ON_KNOWN_PATH },
    { SCEP_HINT_http_404_path, SCEP_ON_ANSWER, status_404_path, 0 },
    { SCEP_HINT_http_404_unknown_ca_ident, SCEP_ON_ANSWER, status_404_identifier, 0 },
    { SCEP_HINT_http_404_6_verb, SCEP_ON_ANSWER, status_405, 0 },
    { SCEP_HINT_http_413_or_404_13, SCEP_ON_ANSWER, status_413, 0 },
    { SCEP_HINT_http_414_uri_too_long, SCEP_ON_ANSWER, status_414, 0 },
    { SCEP_HINT_http_500_0_handler_order, SCEP_ON_ANSWER, isapi_failed, 1 },
    { SCEP_HINT_http_500_0_ra_cert, SCEP_ON_ANSWER, isapi_failed, 0 },
    { SCEP_HINT_http_500_after_bad_challenge, SCEP_ON_ANSWER, bad_challenge, 0 },
    { SCEP_HINT_http_500_no_reason, SCEP_ON_ANSWER, status_500_foreign, 0 },
    { SCEP_HINT_http_500_getcacert_impersonate, SCEP_ON_ANSWER, cannot_impersonate, 0 },
    { SCEP_HINT_http_500_any_op, SCEP_ON_ANSWER, status_500, 0 },
    { SCEP_HINT_appproxy_502_bad_gateway, SCEP_ON_ANSWER, gateway_status, 502 },
    { SCEP_HINT_http_503_2_3_concurrency, SCEP_ON_ANSWER, page_substatus, 503002 },
    { SCEP_HINT_http_503_2_3_concurrency, SCEP_ON_ANSWER, page_substatus, 503003 },
    { SCEP_HINT_http_503_scep_pool, SCEP_ON_ANSWER, status_503, 0 },
    { SCEP_HINT_http_503_httpsys, SCEP_ON_ANSWER, status_503, 1 },
    { SCEP_HINT_appproxy_504_gateway_timeout, SCEP_ON_ANSWER, gateway_status, 504 },
    { SCEP_HINT_http_status_other, SCEP_ON_ANSWER, status_other, 0 },
    { SCEP_HINT_ndes_default_page_200, SCEP_ON_ANSWER, default_page, 0 },
    { SCEP_HINT_body_compressed_unreadable, SCEP_ON_ANSWER, unreadable_body, 0 },
    { SCEP_HINT_caps_is_html, SCEP_ON_ANSWER, page_instead, ON_GETCACAPS },
    { SCEP_HINT_cacert_html, SCEP_ON_ANSWER, page_instead, ON_GETCACERT },
    { SCEP_HINT_certrep_html_200, SCEP_ON_ANSWER, not_a_message, 0 },
    { SCEP_HINT_caps_empty_or_zero, SCEP_ON_ANSWER, empty_answer, ON_GETCACAPS },
    { SCEP_HINT_cacert_empty, SCEP_ON_ANSWER, empty_answer, ON_GETCACERT },
    { SCEP_HINT_cacert_unreadable, SCEP_ON_ANSWER, no_certificates, 0 },
    { SCEP_HINT_certrep_empty, SCEP_ON_ANSWER, empty_answer, ON_PKIOPERATION },
    { SCEP_HINT_caps_error_status, SCEP_ON_ANSWER, caps_error, 0 },
    { SCEP_HINT_pkiop_post_type_odd, SCEP_ON_ANSWER, odd_type_refused, 0 },
};

static bool names_a_substatus(const ScepCase *about)
{
    ScepCase asked = *about;

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        asked.parameter = rules[i].parameter;
        if (rules[i].applies == page_substatus && page_substatus(&asked))
            return true;
    }
    return false;
}

static bool another_rule_explains(const ScepCase *about)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        ScepCase asked = *about;
        asked.parameter = rules[i].parameter;
        if (rules[i].moment != SCEP_ON_ANSWER || rules[i].applies == status_other ||
            rules[i].applies == unreadable_body || rules[i].applies == odd_type_refused || !rules[i].applies(&asked))
            continue;
        g_free(asked.evidence.detail);
        return true;
    }
    return false;
}

const ScepRuleTable scep_rules_http = { .rules = rules, .count = G_N_ELEMENTS(rules), .detail = code_alone };
