/* test_result_codes.c
 * Result codes: names, meanings, where they come from, and the ranges that have a rule.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>
#include <string.h>

#include "scep/catalogue.h"

static const struct {
    uint32_t code;
    const char *symbol;
    const char *meaning; /* words that it has; NULL where the name says enough */
    const char *check;   /* likewise */
} rows[] = {
    /* what had another meaning, or a wrong one */
    { 0x80094806, "CERTSRV_E_BAD_RENEWAL_SUBJECT", "a subject other than the caller", "signature" },
    { 0x80094814, "CERTSRV_E_CERT_TYPE_OVERLAP", "renewal period of the template is longer", "CA certificate" },
    { 0x80094815, "CERTSRV_E_TOO_MANY_SIGNATURES", "template requires more than one RA signature", NULL },
    { 0x80094017, "CERTSRV_E_KEY_ATTESTATION_NOT_SUPPORTED", "could not make an attested key", "client" },
    { 0x80094007, "CERTSRV_E_ENCODING_LENGTH", "certificate has an encoded length", NULL },
    { 0x80094813, "CERTSRV_E_UNKNOWN_CERT_TYPE", "to be enabled on this CA", "0x80094800" },
    { 0x8009481C, "CERTSRV_E_EXPIRED_CHALLENGE", "encryption certificate", "Attestation" },
    { 0x80094018, "CERTSRV_E_ENCRYPTION_CERT_REQUIRED", "was given", "caller" },
    { 0x80094816, "CERTSRV_E_RENEWAL_BAD_PUBLIC_KEY", "key of the renewal", "same key" },
    { 0x80094807, "CERTSRV_E_BAD_TEMPLATE_VERSION", "newer version of the template", "old copy" },
    { 0x8009481A, "CERTSRV_E_KEY_ATTESTATION", "has no key attestation of the kind", NULL },
    { 0x8009481B, "CERTSRV_E_CORRUPT_KEY_ATTESTATION", "public key does not match", NULL },
    { 0x80094016, "CERTSRV_E_WEAK_SIGNATURE_OR_KEY", "minimum of the system", "client" },
    { 0x80094005, "CERTSRV_E_INVALID_CA_CERTIFICATE", "invalid data", NULL },
    { 0x16C9A0D6, "ept_s_not_registered", NULL, "InterfaceFlags" },
    { 0x800706D9, "EPT_S_NOT_REGISTERED", NULL, "InterfaceFlags" },
    { 0x800706BA, "RPC_S_SERVER_UNAVAILABLE", NULL, "milliseconds" },
    { 0x80092013, "CRYPT_E_REVOCATION_OFFLINE", NULL, "its own chain" },
    { 0x80094011, "CERTSRV_E_ENROLL_DENIED", NULL, "property call" },
    { 0x80094800, "CERTSRV_E_UNSUPPORTED_CERT_TYPE", NULL, "unable to read the template" },
    { 0x80090020, "NTE_FAIL", NULL, "Constructing or Publishing" },
    /* what was missing */
    { 0x80094821, "CERTSRV_E_SEC_EXT_DIRECTORY_SID_REQUIRED", "SID", "KB5014754" },
    { 0x80190190, "HTTP_E_STATUS_BAD_REQUEST", "400", NULL },
    { 0x8019012C, "HTTP_E_STATUS_AMBIGUOUS", "300", NULL },
    { 0x8019012D, "HTTP_E_STATUS_MOVED", "301", NULL },
    { 0x8019012E, "HTTP_E_STATUS_REDIRECT", "302", NULL },
    { 0x8019012F, "HTTP_E_STATUS_REDIRECT_METHOD", "303", NULL },
    { 0x80190130, "HTTP_E_STATUS_NOT_MODIFIED", "304", NULL },
    { 0x80190131, "HTTP_E_STATUS_USE_PROXY", "305", NULL },
    { 0x80190133, "HTTP_E_STATUS_REDIRECT_KEEP_VERB", "307", NULL },
    { 0x80190192, "HTTP_E_STATUS_PAYMENT_REQ", "402", NULL },
    { 0x80190196, "HTTP_E_STATUS_NONE_ACCEPTABLE", "406", NULL },
    { 0x80190197, "HTTP_E_STATUS_PROXY_AUTH_REQ", "407", NULL },
    { 0x80190198, "HTTP_E_STATUS_REQUEST_TIMEOUT", "408", NULL },
    { 0x80190199, "HTTP_E_STATUS_CONFLICT", "409", NULL },
    { 0x8019019A, "HTTP_E_STATUS_GONE", "410", NULL },
    { 0x8019019B, "HTTP_E_STATUS_LENGTH_REQUIRED", "411", NULL },
    { 0x8019019C, "HTTP_E_STATUS_PRECOND_FAILED", "412", NULL },
    { 0x8019019F, "HTTP_E_STATUS_UNSUPPORTED_MEDIA", "415", NULL },
    { 0x801901A0, "HTTP_E_STATUS_RANGE_NOT_SATISFIABLE", "416", NULL },
    { 0x801901A1, "HTTP_E_STATUS_EXPECTATION_FAILED", "417", NULL },
    { 0x801901F5, "HTTP_E_STATUS_NOT_SUPPORTED", "501", NULL },
    { 0x801901F9, "HTTP_E_STATUS_VERSION_NOT_SUP", "505", NULL },
    { 0x80190001, "HTTP_E_STATUS_UNEXPECTED", NULL, "0x80180001" },
    { 0x80190003, "HTTP_E_STATUS_UNEXPECTED_REDIRECTION", "redirect", NULL },
    { 0x80190004, "HTTP_E_STATUS_UNEXPECTED_CLIENT_ERROR", "4xx", NULL },
    { 0x80190005, "HTTP_E_STATUS_UNEXPECTED_SERVER_ERROR", "5xx", NULL },
    { 0x80131500, "COR_E_EXCEPTION", ".NET", NULL },
    { 0x80010117, "RPC_E_CALL_COMPLETE", NULL, NULL },
    { 0x8001011A, "RPC_E_NO_GOOD_SECURITY_PACKAGES", NULL, NULL },
    { 0x8001011B, "RPC_E_ACCESS_DENIED", NULL, "DCOM" },
    { 0x802800A5, "TPM_20_E_BINDING", NULL, "AIK" },
    { 0x80180001, "MENROLL_E_DEVICE_MESSAGE_FORMAT_ERROR", NULL, NULL },
    { 0x80180019, "MENROLL_E_ENROLLMENTDATAINVALID", NULL, NULL },
    { 0x8009200D, "CRYPT_E_BAD_MSG", NULL, "web page" },
    { 0x80072EFF, "ERROR_INTERNET_CONNECTION_RESET", "12031", NULL },
    { 0x80072F8A, "ERROR_WINHTTP_SECURE_CERT_REVOKED", "12170", NULL },
    { 0x80070520, "ERROR_NO_SUCH_LOGON_SESSION", NULL, NULL },
    { 0x87D103EE, "Intune 0x87D103EE", "no encrypted channel", NULL },
    { 0x87D1FDE8, "Intune 0x87D1FDE8", "remediation failed", "wire" },
    { 0x87D10205, "SyncML 517", "atomic", NULL },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const ScepResultCode *row = scep_result_code_find(rows[i].code);
        if (row == NULL)
            fail_msg("0x%08X is missing", rows[i].code);
        assert_string_equal(row->symbol, rows[i].symbol);
        if (rows[i].meaning != NULL && strstr(row->meaning, rows[i].meaning) == NULL)
            fail_msg("%s: \"%s\"", row->symbol, row->meaning);
        if (rows[i].check != NULL && strstr(row->check, rows[i].check) == NULL)
            fail_msg("%s: \"%s\"", row->symbol, row->check);
    }
}

/* The names of documents that the head of the table explains. */
static bool is_source(const char *source)
{
    static const char *const sources[] = { "MS-ERREF", "MS-WCCE", "CERTSRV (SDK)", "COM-ERR", "WINHTTP", "WININET",
                                           "DCERPC",   "MDM-REG", "INTUNE-ERR",    "SYNCML",  "DOTNET" };

    for (size_t i = 0; source != NULL && i < G_N_ELEMENTS(sources); i++) {
        if (strcmp(source, sources[i]) == 0)
            return true;
    }
    return false;
}

static void check_words(const ScepResultCode *row)
{
    const char *meaning = row->meaning, *check = row->check;

    if (!is_source(row->source))
        fail_msg("0x%08X: source %s", row->code, row->source != NULL ? row->source : "NULL");
    if (row->symbol[0] == '\0' || meaning[0] == '\0' || g_ascii_isspace(meaning[strlen(meaning) - 1]))
        fail_msg("0x%08X: \"%s\"", row->code, meaning);
    /* Lower case, but for names: CRL, HTTP, SyncML, Windows. */
    if (g_ascii_isupper(meaning[0]) && !g_str_has_prefix(meaning, "Win") && g_ascii_islower(meaning[1]))
        fail_msg("0x%08X: \"%s\"", row->code, meaning);
    if (g_str_has_suffix(meaning, ".") || (check[0] != '\0' && !g_str_has_suffix(check, ".")))
        fail_msg("0x%08X: \"%s\", \"%s\"", row->code, meaning, check);
    if (strstr(meaning, "  ") != NULL || strstr(check, "  ") != NULL)
        fail_msg("0x%08X: two blanks", row->code);
}

static void test_every_row(void **state)
{
    ScepResultCodeText text;

    (void)state;
    assert_true(scep_result_code_count >= 390);
    for (size_t i = 0; i < scep_result_code_count; i++) {
        const ScepResultCode *row = &scep_result_codes[i];
        assert_true(i == 0 || row->code > scep_result_codes[i - 1].code);
        check_words(row);
        assert_ptr_equal(scep_result_code_explain(row->code, &text), row);
    }
}

static void test_http_statuses(void **state)
{
    ScepResultCodeText text;

    (void)state;
    for (unsigned status = 100; status < 600; status++) {
        const ScepResultCode *known = scep_result_code_explain(0x80190000 + status, &text);
        char *number = g_strdup_printf("%u", status);
        assert_non_null(known);
        assert_int_equal(known->code, 0x80190000 + status);
        assert_non_null(strstr(known->meaning, number));
        assert_true(g_str_has_prefix(known->symbol, "HTTP_E_STATUS"));
        check_words(known);
        g_free(number);
    }
    assert_null(scep_result_code_explain(0x80190063, &text));
    assert_null(scep_result_code_explain(0x80190258, &text));
    assert_null(scep_result_code_explain(0x8019FFFF, &text));
}

static void test_ranges(void **state)
{
    static const struct {
        uint32_t code;
        const char *symbol, *meaning;
    } known[] = {
        { 0x801901AD, "HTTP_E_STATUS 429", "the web server answered with HTTP status 429" },
        { 0x80190013, "MENROLL 0x80190013", "an error of MDM enrollment, as old desktop clients write it" },
        { 0x80180012, "MENROLL 0x80180012", "an error of MDM enrollment" },
        { 0x80180FFF, "MENROLL 0x80180FFF", "an error of MDM enrollment" },
        { 0x87D10194, "SyncML 404", "a SyncML command ended with status 404" },
        { (uint32_t)INT32_C(-2016345708), "SyncML 404", "a SyncML command ended with status 404" },
        { 0x87D107D0, "Intune 0x87D107D0", "a code of Intune" },
        { 0x87D1FFFF, "Intune 0x87D1FFFF", "a code of Intune" },
        { 0x80072F44, "WinHTTP 12100", "WinHTTP or WinINet error 12100" },
        { 0x8007138B, "Win32 5003", "Windows error 5003" },
        { 0x8007FFFF, "Win32 65535", "Windows error 65535" },
    };
    static const uint32_t unknown[] = { 0x80070000, 0x80180000, 0x80181000, 0x80190000, 0x87D10000,
                                        0x87D20000, 0x81094819, 0x12345678, 0xFFFFFFFF };
    ScepResultCodeText text;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        const ScepResultCode *row = scep_result_code_explain(known[i].code, &text);
        assert_non_null(row);
        assert_int_equal(row->code, known[i].code);
        assert_string_equal(row->symbol, known[i].symbol);
        assert_string_equal(row->meaning, known[i].meaning);
        check_words(row);
        assert_null(scep_result_code_find(known[i].code));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++)
        assert_null(scep_result_code_explain(unknown[i], &text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_http_statuses),
        cmocka_unit_test(test_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
