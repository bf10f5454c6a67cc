/* test_findings_codes.c
 * Result codes that servers write into texts and pages, named in the findings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "service_building.h"

#include "diagnosis/code_detail.h"
#include "wire/page.h"

#define NO_TEMPLATE "0x80094800 CERTSRV_E_UNSUPPORTED_CERT_TYPE: the CA does not issue this certificate template"
#define DENIED "0x80070005 E_ACCESSDENIED: access denied"

static void assert_detail_of(const ScepFinding *findings, const char *id, const char *detail)
{
    const ScepFinding *finding = find_finding(findings, id);

    assert_non_null(finding);
    if (detail == NULL)
        assert_null(finding->detail);
    else
        assert_string_equal(finding->detail, detail);
}

static void test_detail_with_code(void **state)
{
    (void)state;
    char *detail = scep_detail_new_with_code(g_strdup("HTTP status 500"), scep_result_code_find(0x80070005));
    assert_string_equal(detail, "HTTP status 500; " DENIED);
    detail = scep_detail_new_with_code(detail, NULL);
    assert_string_equal(detail, "HTTP status 500; " DENIED);
    g_free(detail);
    detail = scep_detail_new_with_code(NULL, scep_result_code_find(0x80070005));
    assert_string_equal(detail, DENIED);
    g_free(detail);
    assert_null(scep_detail_new_with_code(NULL, NULL));
}

static uint32_t code_of_page(const char *page, size_t size)
{
    uint8_t *copy = g_memdup2(page, size);
    ScepResultCodeText room;
    const ScepResultCode *code = scep_page_code(copy, size, &room);
    const uint32_t number = code != NULL ? code->code : 0;

    g_free(copy);
    return number;
}

static void test_code_of_a_page(void **state)
{
    static const char ascii[] = "<p>Error Code: 0x80094800</p>";
    char wide[2 * sizeof ascii];

    (void)state;
    for (size_t i = 0; i < sizeof ascii; i++) {
        wide[2 * i] = ascii[i];
        wide[2 * i + 1] = 0;
    }
    assert_int_equal(code_of_page(ascii, sizeof ascii - 1), 0x80094800);
    assert_int_equal(code_of_page(wide, sizeof wide), 0x80094800);
    assert_int_equal(code_of_page("hr=-2147024891", 14), 0x80070005);
    assert_int_equal(code_of_page("HTTP Error 500.0", 16), 0);
    assert_int_equal(code_of_page("", 0), 0);
    assert_null(scep_page_code(NULL, 0, &(ScepResultCodeText){ 0 }));
    /* beyond what is looked at */
    char *far = g_strnfill(20000, ' ');
    char *page = g_strconcat(far, ascii, NULL);
    assert_int_equal(code_of_page(page, strlen(page)), 0);
    g_free(page);
    g_free(far);
}

/* What is said of an answer to a PKIOperation with such a page. */
static void check_page(uint16_t status, const char *page, const char *id, const char *detail)
{
    const ScepRequest request = operation_request(SCEP_OP_PKIOPERATION);
    uint8_t *body = g_memdup2(page, strlen(page));
    const ScepResponse response = { .status = status, .body = body, .body_size = strlen(page) };
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepExchange *exchange = answer(tracker, ask(tracker, 5, &request), 6, &response);

    assert_detail_of(response_findings(tracker, exchange), id, detail);
    diagnosed_tracker_free(tracker);
    g_free(body);
}

static void test_pages(void **state)
{
    (void)state;
    check_page(500, "<p>0x80094800</p>", "http_500_any_op", NO_TEMPLATE);
    check_page(500, "<p>no code</p>", "http_500_any_op", NULL);
    check_page(500, "<p>0x8f0f0f0f</p>", "http_500_any_op", NULL);
    check_page(418, "hr=-2147024891", "http_status_other", "HTTP status 418; " DENIED);
    check_page(200, "<title>Oops</title> -2146875392", "certrep_html_200",
               "The page's title is \"Oops\"; " NO_TEMPLATE);
    check_page(200, "failed with 0x80004005: 0x80070005", "certrep_html_200",
               "The answer is without a content type, not a CMS message; " DENIED);
    check_page(401, "<p>0x80070005</p>", "http_401_on_mscep", DENIED);
}

static void check_fail_info_text(const char *text, const char *detail)
{
    PkiParts parts = reply_parts("2", "2");
    const ScepRequest request = operation_request(SCEP_OP_PKIOPERATION);
    ScepTracker *tracker = diagnosed_tracker_new();
    Carried reply;

    parts.attributes = der_join(parts.attributes, pki_attribute(OID_FAIL_INFO_TEXT, der_text(DER_UTF8, text)), END);
    carry(&reply, pki_signed_data(parts));
    const ScepResponse response = message_response(&reply);
    const ScepExchange *exchange = answer(tracker, ask(tracker, 5, &request), 6, &response);
    assert_detail_of(response_findings(tracker, exchange), "certrep_failinfotext", detail);
    drop(&reply);
    diagnosed_tracker_free(tracker);
}

static void test_fail_info_text(void **state)
{
    (void)state;
    check_fail_info_text("denied, error -2146875392", "\"denied, error -2146875392\"; " NO_TEMPLATE);
    check_fail_info_text("denied (12 of 500)", "\"denied (12 of 500)\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detail_with_code),
        cmocka_unit_test(test_code_of_a_page),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_fail_info_text),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
