/* test_findings_pages.c
 * The page of NDES that hands out challenge passwords: what is told of it, in ASCII and in UTF-16.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "diagnosis/findings.h"

#define PASSWORD "<P> The enrollment challenge password is: <B> 0123456789ABCDEF </B>"

typedef struct {
    const char *expected;
    const char *text;
    bool utf16;
    const char *type;
    ScepPathKind path;
    uint16_t status;
} Page;

static Coverage coverage = { &scep_rules_admin, { false } };

static GByteArray *encode(const Page *page)
{
    GByteArray *bytes = g_byte_array_new();

    for (const char *at = page->text; *at != '\0'; at++) {
        g_byte_array_append(bytes, (const uint8_t *)at, 1);
        if (page->utf16)
            g_byte_array_append(bytes, (const uint8_t *)"", 1);
    }
    return bytes;
}

static void check_page(const Page *page)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(SCEP_OP_NONE);
    size_t size;
    uint8_t *body = der_exact(encode(page), &size);
    const ScepResponse response = {
        .status = page->status, .content_type = page->type, .body = body, .body_size = size
    };

    request.path_kind = page->path;
    ScepExchange *exchange = answer(tracker, ask(tracker, 1, &request), 2, &response);
    assert_findings(response_findings(tracker, exchange), page->expected);
    for (const ScepFinding *finding = response_findings(tracker, exchange); finding != NULL; finding = finding->next)
        assert_true(finding->detail == NULL || strstr(finding->detail, "0123") == NULL);
    cover(&coverage, case_of_answer(tracker, exchange, &response));
    g_free(body);
    diagnosed_tracker_free(tracker);
}

static ScepExchange *visit(ScepTracker *tracker, uint32_t frame, uint16_t status)
{
    const ScepResponse response = { .status = status, .body = (const uint8_t *)"<html>", .body_size = 6 };
    ScepRequest request = operation_request(SCEP_OP_NONE);

    request.path_kind = SCEP_PATH_NDES_ADMIN;
    ScepExchange *exchange = answer(tracker, ask(tracker, frame, &request), frame + 1, &response);
    cover(&coverage, case_of_answer(tracker, exchange, &response));
    return exchange;
}

/* A frame is a second here. */
static void test_sign_in(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    assert_findings(response_findings(tracker, visit(tracker, 1, 200)), "");
    visit(tracker, 3, 401);
    visit(tracker, 5, 401);
    visit(tracker, 7, 301);
    const ScepExchange *page = visit(tracker, 9, 200);
    assert_findings(response_findings(tracker, page), "http_401_negotiate_admin");
    const ScepFinding *finding = response_findings(tracker, page);
    assert_int_equal(finding->frame_count, 4); /* the page, its request, and both refusals */
    assert_int_equal(finding->frames[2], 6);
    assert_int_equal(finding->frames[3], 4);
    visit(tracker, 11, 401);
    assert_findings(response_findings(tracker, visit(tracker, 80, 200)), ""); /* somebody else, later */
    diagnosed_tracker_free(tracker);
}

static void test_pages(void **state)
{
    static const Page pages[] = {
        { "admin_page_challenge_seen", PASSWORD, false, "text/html", SCEP_PATH_NDES_ADMIN, 200 },
        { "admin_page_challenge_seen admin_page_utf16", PASSWORD, true, "text/html", SCEP_PATH_NDES_ADMIN, 200 },
        { "admin_page_challenge_seen", PASSWORD, true, "text/html; charset=utf-16", SCEP_PATH_NDES_ADMIN, 200 },
        { "admin_page_cache_full admin_page_utf16", "<P> The password cache is full.", true, NULL, SCEP_PATH_NDES_ADMIN,
          200 },
        { "admin_page_no_permission", "You do not have sufficient permission to enroll with SCEP.", false, NULL,
          SCEP_PATH_NDES_ADMIN, 200 },
        { "admin_page_empty_200", "", false, "text/html", SCEP_PATH_NDES_ADMIN, 200 },
        { "", "<html>hello</html>", false, "text/html", SCEP_PATH_NDES_ADMIN, 200 },
        /* the sentences count on that page only */
        { "", PASSWORD, false, "text/html", SCEP_PATH_NDES, 200 },
        { "", PASSWORD, false, "text/html", SCEP_PATH_NDES_ADMIN, 401 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++)
        check_page(&pages[i]);
    test_sign_in(state);
    assert_covered(&coverage, SCEP_ON_ANSWER);
    assert_covered(&coverage, SCEP_ON_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_in),
        cmocka_unit_test(test_pages),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
