/* test_http_query.c
 * Request targets, operations, and every way that base64 came in a message= value.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "linear_time.h"
#include "scep/wire.h"
#include "scep/limits.h"

/* The parser gets a block of the text's own size, so that the sanitizer sees a read behind its end. */
static bool parse(const char *target, ScepQuery *query)
{
    const size_t size = strlen(target);
    uint8_t *data = g_memdup2(target, size);
    const bool found = scep_query_parse(data, size, query);

    g_free(data);
    return found;
}

static void assert_span(const char *text, ScepSpan span, const char *expected)
{
    assert_int_equal(span.length, strlen(expected));
    assert_memory_equal(text + span.offset, expected, span.length);
}

typedef struct {
    const char *target;
    bool is_scep;
    ScepOperation operation;
    ScepPathKind path_kind;
    const char *path;
    const char *operation_value;
    const char *message_value; /* NULL: no message= */
} TargetCase;

static void check_targets(const TargetCase *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const TargetCase *expected = &cases[i];
        ScepQuery query;

        memset(&query, 0xff, sizeof query);
        if (parse(expected->target, &query) != expected->is_scep)
            fail_msg("%s is %sSCEP", expected->target, expected->is_scep ? "" : "not ");
        if (query.operation != expected->operation || query.path_kind != expected->path_kind)
            fail_msg("%s: operation %d, path %d", expected->target, query.operation, query.path_kind);
        assert_span(expected->target, query.path, expected->path);
        assert_span(expected->target, query.operation_value, expected->operation_value);
        assert_int_equal(query.has_message, expected->message_value != NULL);
        assert_span(expected->target, query.message_value,
                    expected->message_value != NULL ? expected->message_value : "");
    }
}

static void test_operations(void **state)
{
    static const TargetCase cases[] = {
        { "/scep?operation=GetCACaps", true, SCEP_OP_GETCACAPS, SCEP_PATH_SCEP, "/scep", "GetCACaps", NULL },
        { "/x?operation=GetCACert&message=ca", true, SCEP_OP_GETCACERT, SCEP_PATH_OTHER, "/x", "GetCACert", "ca" },
        { "/x?message=SCEP%20Authority&operation=GetCACertChain", true, SCEP_OP_GETCACERTCHAIN, SCEP_PATH_OTHER, "/x",
          "GetCACertChain", "SCEP%20Authority" },
        { "/x?operation=GetNextCACert&message=", true, SCEP_OP_GETNEXTCACERT, SCEP_PATH_OTHER, "/x", "GetNextCACert",
          "" },
        { "/x?operation=PKIOperation&message=MII+/A==", true, SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, "/x",
          "PKIOperation", "MII+/A==" },
        { "/?OPERATION=pkioperation", true, SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, "/", "pkioperation", NULL },
        { "/?Operation=PKIOPERATION&Message=MII", true, SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, "/", "PKIOPERATION",
          "MII" },
        { "/?a=b&&=&message&c&operation=GetCACaps", true, SCEP_OP_GETCACAPS, SCEP_PATH_OTHER, "/", "GetCACaps", "" },
        { "/?profile=vpn&operation=PKIOperation&id=7", true, SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, "/", "PKIOperation",
          NULL },
        { "/?operation=%50KIOperatio%6E", true, SCEP_OP_PKIOPERATION, SCEP_PATH_OTHER, "/", "%50KIOperatio%6E", NULL },
        { "/?operation=GetCACert&operation=GetCACaps&message=1&message=2", true, SCEP_OP_GETCACERT, SCEP_PATH_OTHER,
          "/", "GetCACert", "1" },
        { "?operation=GetCACert", true, SCEP_OP_GETCACERT, SCEP_PATH_OTHER, "", "GetCACert", NULL },
        { "cgi?operation=GetCACert", true, SCEP_OP_GETCACERT, SCEP_PATH_OTHER, "cgi", "GetCACert", NULL },
        { "/?operation=GetCACert?", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/", "GetCACert?", NULL },
        { "/?operation=GetCACer", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/", "GetCACer", NULL },
        { "/?operation=GetCACert%", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/", "GetCACert%", NULL },
        { "/?xoperation=GetCACert&operationx=GetCACert", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/", "", NULL },
        { "/operation=GetCACert", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/operation=GetCACert", "", NULL },
    };

    (void)state;
    check_targets(cases, G_N_ELEMENTS(cases));
}

static void test_paths(void **state)
{
#define NDES "/certsrv/mscep/mscep.dll"
    static const TargetCase cases[] = {
        { "/shop?operation=search", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/shop", "search", NULL },
        { NDES "?operation=search", true, SCEP_OP_UNKNOWN, SCEP_PATH_NDES, NDES, "search", NULL },
        { NDES "?operation=", true, SCEP_OP_UNKNOWN, SCEP_PATH_NDES, NDES, "", NULL },
        { NDES "?operation", true, SCEP_OP_UNKNOWN, SCEP_PATH_NDES, NDES, "", NULL },
        { NDES "?", true, SCEP_OP_NONE, SCEP_PATH_NDES, NDES, "", NULL },
        { NDES, true, SCEP_OP_NONE, SCEP_PATH_NDES, NDES, "", NULL },
        { NDES "/", true, SCEP_OP_NONE, SCEP_PATH_NDES, NDES "/", "", NULL },
        { "/CertSrv/MSCEP/mscep.DLL/pkiclient.exe", true, SCEP_OP_NONE, SCEP_PATH_NDES,
          "/CertSrv/MSCEP/mscep.DLL/pkiclient.exe", "", NULL },
        { "/tenant" NDES "/pkiclient.exe?operation=GetCACaps&message=default", true, SCEP_OP_GETCACAPS, SCEP_PATH_NDES,
          "/tenant" NDES "/pkiclient.exe", "GetCACaps", "default" },
        { NDES "x", false, SCEP_OP_NONE, SCEP_PATH_SCEP, NDES "x", "", NULL },
        { NDES "x?operation=a", true, SCEP_OP_UNKNOWN, SCEP_PATH_SCEP, NDES "x", "a", NULL },
        { "/certsrv/mscep_admin", true, SCEP_OP_NONE, SCEP_PATH_NDES_ADMIN, "/certsrv/mscep_admin", "", NULL },
        { "/certsrv/mscep_admin/", true, SCEP_OP_NONE, SCEP_PATH_NDES_ADMIN, "/certsrv/mscep_admin/", "", NULL },
        { "/certsrv/mscep_admin/mscep.dll", true, SCEP_OP_NONE, SCEP_PATH_NDES_ADMIN, "/certsrv/mscep_admin/mscep.dll",
          "", NULL },
        { "/certsrv/mscep_admin/?operation=a", true, SCEP_OP_UNKNOWN, SCEP_PATH_NDES_ADMIN, "/certsrv/mscep_admin/",
          "a", NULL },
        { "/certsrv/mscep_administrator", false, SCEP_OP_NONE, SCEP_PATH_SCEP, "/certsrv/mscep_administrator", "",
          NULL },
        { "/ejbca/publicweb/apply/scep/vpn/pkiclient.exe", true, SCEP_OP_NONE, SCEP_PATH_PKICLIENT,
          "/ejbca/publicweb/apply/scep/vpn/pkiclient.exe", "", NULL },
        { "/cgi-bin/PKIClient.exe?operation=a", true, SCEP_OP_UNKNOWN, SCEP_PATH_PKICLIENT, "/cgi-bin/PKIClient.exe",
          "a", NULL },
        { "/cgi-bin/apkiclient.exe?operation=a", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/cgi-bin/apkiclient.exe", "a",
          NULL },
        { "/pkiclient.exe.bak", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/pkiclient.exe.bak", "", NULL },
        /* where Windows has the key of its TPM certified */
        { "/templates/Aik/scep?operation=GetCACaps", true, SCEP_OP_GETCACAPS, SCEP_PATH_AIK, "/templates/Aik/scep",
          "GetCACaps", NULL },
        { "https://x/TEMPLATES/aik/scep/pkiclient.exe?operation=a", true, SCEP_OP_UNKNOWN, SCEP_PATH_AIK,
          "/TEMPLATES/aik/scep/pkiclient.exe", "a", NULL },
        { "/templates/Aik/scep", false, SCEP_OP_NONE, SCEP_PATH_AIK, "/templates/Aik/scep", "", NULL },
        { "/templates/Aik/scep2", false, SCEP_OP_NONE, SCEP_PATH_SCEP, "/templates/Aik/scep2", "", NULL },
        { "/x/templates/Aik/scep", false, SCEP_OP_NONE, SCEP_PATH_SCEP, "/x/templates/Aik/scep", "", NULL },
        { "/app/cert/scep/", false, SCEP_OP_NONE, SCEP_PATH_SCEP, "/app/cert/scep/", "", NULL },
        { "/CloudPkiService/Scep/1/2?operation=a", true, SCEP_OP_UNKNOWN, SCEP_PATH_SCEP, "/CloudPkiService/Scep/1/2",
          "a", NULL },
        { "/my-SCEP-server?operation=a", true, SCEP_OP_UNKNOWN, SCEP_PATH_SCEP, "/my-SCEP-server", "a", NULL },
        { "/sce", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/sce", "", NULL },
        { "/a?b=/scep&operation=a", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/a", "a", NULL },
    };

    (void)state;
    check_targets(cases, G_N_ELEMENTS(cases));
#undef NDES
}

static void test_target_forms(void **state)
{
    static const TargetCase cases[] = {
        { "http://ca.example.com/scep?operation=GetCACaps", true, SCEP_OP_GETCACAPS, SCEP_PATH_SCEP, "/scep",
          "GetCACaps", NULL },
        { "HTTPS://ndes.example.com:8443/certsrv/mscep/mscep.dll", true, SCEP_OP_NONE, SCEP_PATH_NDES,
          "/certsrv/mscep/mscep.dll", "", NULL },
        { "http://scep.example.com/shop?operation=search", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/shop", "search",
          NULL },
        { "http://scep.example.com?operation=GetCACert", true, SCEP_OP_GETCACERT, SCEP_PATH_OTHER, "", "GetCACert",
          NULL },
        { "http://scep.example.com", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "", "", NULL },
        { "http:/scep?operation=a", true, SCEP_OP_UNKNOWN, SCEP_PATH_SCEP, "http:/scep", "a", NULL },
        { "scep.example.com:443", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "", "", NULL },
        { "host/pkiclient.exe:443", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "", "", NULL },
        { "*", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "", "", NULL },
        { "", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "", "", NULL },
        { "/", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/", "", NULL },
        { "?", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "", "", NULL },
        { "://", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "", "", NULL },
        { "://h/a?operation=b", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "://h/a", "b", NULL },
        { "http:", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "", "", NULL },
        { "ms-a+b.1://scep/a?operation=b", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/a", "b", NULL },
        { "/a?://x/scep?operation=a", false, SCEP_OP_NONE, SCEP_PATH_OTHER, "/a", "", NULL },
    };
    ScepQuery query;

    (void)state;
    check_targets(cases, G_N_ELEMENTS(cases));
    assert_false(scep_query_parse(NULL, 0, &query));
}

static void test_operation_names(void **state)
{
    (void)state;
    assert_string_equal(scep_operation_name(SCEP_OP_GETCACAPS), "GetCACaps");
    assert_string_equal(scep_operation_name(SCEP_OP_GETCACERT), "GetCACert");
    assert_string_equal(scep_operation_name(SCEP_OP_GETCACERTCHAIN), "GetCACertChain");
    assert_string_equal(scep_operation_name(SCEP_OP_GETNEXTCACERT), "GetNextCACert");
    assert_string_equal(scep_operation_name(SCEP_OP_PKIOPERATION), "PKIOperation");
    assert_null(scep_operation_name(SCEP_OP_NONE));
    assert_null(scep_operation_name(SCEP_OP_UNKNOWN));
    assert_null(scep_operation_name((ScepOperation)(SCEP_OP_PKIOPERATION + 1)));
    assert_null(scep_operation_name((ScepOperation)-1));
}

static void assert_text(const char *value, const char *expected)
{
    const size_t size = strlen(value);
    uint8_t *data = g_memdup2(value, size);
    char *text = scep_query_new_text(data, (ScepSpan){ 0, size });

    assert_string_equal(text, expected);
    g_free(text);
    g_free(data);
}

static void test_text(void **state)
{
    (void)state;
    assert_text("", "");
    assert_text("SCEP%20Authority", "SCEP Authority");
    assert_text("a+b", "a+b");
    assert_text("%c3%BC\xc3\xbc", "\xc3\xbc\xc3\xbc");
    assert_text("%F0%9F%94%91", "\xf0\x9f\x94\x91");
    assert_text("\xff%fe", "\\xff\\xfe");
    assert_text("%C3", "\\xc3");
    assert_text("\xe2\x82", "\\xe2\\x82");
    assert_text("%ED%A0%80", "\\xed\\xa0\\x80");
    assert_text("%C0%80", "\\xc0\\x80");
    assert_text("a%00b", "a\\x00b");
    assert_text("100%", "100%");
    assert_text("%4", "%4");
    assert_text("%4g", "%4g");
    assert_text("%2541", "%41");

    static const uint8_t target[] = "/?message=ca&x";
    char *text = scep_query_new_text(target, (ScepSpan){ 10, 2 });
    assert_string_equal(text, "ca");
    g_free(text);
}

/* The limit counts bytes of the result and cuts no character. */
static void test_text_limit(void **state)
{
    static const struct {
        const char *piece;
        size_t expected;
    } cases[] = {
        { "a", SCEP_MAX_TEXT },
        { "%41", SCEP_MAX_TEXT },
        { "\xe2\x82\xac", SCEP_MAX_TEXT / 3 * 3 },
        { "%F0%9F%94%91", SCEP_MAX_TEXT / 4 * 4 },
        { "a\xff", SCEP_MAX_TEXT / 5 * 5 + 1 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GString *value = g_string_new(NULL);

        for (size_t n = 0; n < 3 * SCEP_MAX_TEXT; n++)
            g_string_append(value, cases[i].piece);
        char *text = scep_query_new_text((const uint8_t *)value->str, (ScepSpan){ 0, value->len });
        assert_int_equal(strlen(text), cases[i].expected);
        assert_true(g_utf8_validate(text, -1, NULL));
        g_free(text);
        g_string_free(value, TRUE);
    }
}

static void test_linear(void **state)
{
    static const char *const patterns[] = {
        "&", "?", "%", "%25", "/certsrv/mscep/mscep.dll", "a://", "operation&", " ",
    };

    (void)state;
    limit_time();
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++) {
        GString *text = repeat("/?", patterns[i]);
        ScepQuery query;
        unsigned flags;

        const uint8_t *data = (const uint8_t *)text->str;
        assert_false(scep_query_parse(data, text->len, &query));
        assert_true(query.path.length <= text->len);
        scep_query_parse(data + 2, text->len - 2, &query);
        g_free(scep_query_new_text(data, (ScepSpan){ 2, text->len - 2 }));
        g_bytes_unref(scep_query_new_message(data + 2, text->len - 2, &flags));
        assert_true(flags & SCEP_B64_TRUNCATED);
        assert_false(scep_body_is_base64(data + 2, text->len - 2));
        g_string_free(text, TRUE);
    }
    lift_time_limit();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operations),      cmocka_unit_test(test_paths), cmocka_unit_test(test_target_forms),
        cmocka_unit_test(test_operation_names), cmocka_unit_test(test_text),  cmocka_unit_test(test_text_limit),
        cmocka_unit_test(test_linear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
