/* test_catalogue.c
 * The tables that people edit: complete, in order, findable, and within the bounds that the views rely on.
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
#include "scep/limits.h"
#include "rule_tables.h"

/* Characters, so that a hint fits the report and the expert item. */
#define TEXT_MAX 240
#define CHECK_MAX 300

#define DAGGER "\xe2\x80\xa0"

/* clang-format off */
/* Ids are part of the filter names that people use: these 197, in this order, stay. */
static const char *const reference_ids[] = {
    /* A. Network, name resolution and TLS */
    "dns_ndes_nxdomain", "tcp_ndes_no_answer", "tcp_ndes_refused", "http_request_no_reply", "tls_alert_unknown_ca",
    "tls_alert_certificate_expired", "tls_server_cert_expiring", "tls_alert_handshake_failure", "tls_name_mismatch",
    "tls_client_cert_asked_on_device_hop", "tls_client_cert_presented_on_renewal", "tls_closed_before_app_data",
    "tls_issuer_not_expected", "ndes_over_plain_http", "device_hop_client_is_proxy",
    "ndes_server_changes_mid_enrolment", "url_list_failover",
    /* B. Publishing layer */
    "appproxy_502_bad_gateway", "appproxy_504_gateway_timeout", "appproxy_403_forbidden", "proxy_302_to_login",
    "http_redirect_in_scep", "appproxy_url_wrong", "wap_long_uri_hang", "http_414_uri_too_long",
    "http_404_15_query_too_long", "http_404_14_url_too_long", "http_413_or_404_13", "http_400_httpsys",
    "connector_outbound_blocked",
    /* C. HTTP status answers */
    "http_500_any_op", "http_500_getcacert_impersonate", "http_500_0_ra_cert", "http_500_0_handler_order",
    "http_503_scep_pool", "http_503_root_store_pollution", "http_503_certregsvc_winauth",
    "http_503_2_3_concurrency", "http_503_httpsys", "http_401_on_mscep", "http_401_negotiate_admin",
    "http_401_admin_final", "admin_page_no_permission", "admin_page_cache_full", "admin_page_challenge_seen",
    "admin_page_utf16", "admin_page_empty_200", "http_403_0_browse_ok", "ndes_default_page_200",
    "http_403_on_pkiop", "http_403_4_ssl_required", "http_403_7_client_cert_required",
    "http_403_13_client_cert_revoked", "http_403_16_client_cert_untrusted", "http_403_17_client_cert_time",
    "http_403_client_cert_eku", "http_403_ip_restriction", "http_404_path", "http_404_2_isapi_restriction",
    "http_404_3_handler", "http_404_6_verb", "http_404_11_double_escape", "http_404_unknown_ca_ident",
    "http_404_getnextcacert", "http_500_after_bad_challenge",
    /* D. GetCACaps */
    "caps_empty_or_zero", "caps_error_status", "caps_is_html", "caps_null_content_type", "caps_no_post",
    "caps_no_sha_no_3des", "caps_sha1_des3_only", "caps_required_missing_ios18", "caps_renewal_but_17_rejected",
    "caps_no_renewal", "caps_no_followup_ios", "caps_then_nothing",
    /* E. GetCACert */
    "cacert_html", "cacert_type_body_mismatch", "cacert_ra_type_without_ra", "cacert_ndes_shape_ok",
    "cacert_ra_pair_incomplete", "cacert_ra_expired", "cacert_ra_expiring", "cacert_ca_expiring",
    "cacert_ra_wrong_key_usage", "cacert_ra_ecc_key", "cacert_ra_issuer_not_ca", "cacert_root_not_expected",
    "cacert_ok_then_loop", "cacert_ok_apple_stops", "cacert_pss_or_sha1", "cacert_ok_is_not_ca_ok",
    "cacert_missing_identifier",
    /* F. PKIOperation request */
    "pkiop_get_bad_base64", "pkiop_get_used", "pkiop_get_near_limit", "pkiop_empty_post", "pkiop_wrong_recipient",
    "pkiop_weak_digest", "pkiop_alg_not_in_caps", "pkiop_missing_signed_attr", "pkiop_signer_not_matching_csr",
    "pkiop_signer_clock_skew", "pkiop_retry_same_txid", "pkiop_certpoll", "pkiop_getcert_getcrl",
    "pkiop_renewalreq", "pkiop_renewal_expired_signer", "pkiop_challenge_in_renewal", "pkiop_challenge_absent",
    "pkiop_challenge_not_printable", "csr_key_too_small", "csr_cn_too_long", "csr_subject_escaped",
    "pkiop_apple_ber",
    /* G. CertRep */
    "certrep_html_200", "certrep_no_content_type", "certrep_empty", "certrep_success", "certrep_success_old_cert",
    "certrep_pending", "certrep_pending_forever", "certrep_pending_challenge_11", "certrep_fail_badalg",
    "certrep_fail_badmessagecheck", "certrep_fail_badrequest", "certrep_fail_badtime", "certrep_fail_badcertid",
    "certrep_fail_no_failinfo", "certrep_failinfotext", "certrep_ndes_hresult", "certrep_msg_attr_38",
    "certrep_missing_sender_nonce", "certrep_missing_content_type_attr", "certrep_nonce_mismatch",
    "certrep_txid_mismatch", "certrep_signer_not_ra", "certrep_digest_not_offered", "certrep_all_200_no_cert",
    "certrep_renewal_rejected", "certrep_duplicate_cn", "certrep_certpoll_after_success",
    /* H. Challenge and policy module */
    "verify_ok_201", "verify_missing_after_pkiop", "verify_http_error", "verify_500", "verify_tls_name_12175",
    "verify_tls_client_cert_key", "verify_stalled_sending", "verify_signing_cert_missing", "verify_challenge_false",
    "verify_slow", "crp_vdir_404_healthy", "crp_path_configmgr", "notify_ok_204", "notify_not_204",
    "notify_missing_after_success", "connector_event_verify_fail", "proxy_missing_scheme",
    "thirdparty_validate_seen", "thirdparty_discovery_403", "thirdparty_no_scep_endpoint", "thirdparty_auth_401",
    "thirdparty_notify", "challenge_one_time_reused", "challenge_expired_age",
    /* I. NDES to CA */
    "rpc_135_no_answer", "rpc_135_reset", "rpc_epm_no_endpoint", "rpc_dynport_blocked", "dcom_access_denied_fault",
    "dcom_bind_nak", "krb_ap_req_rejected", "rpc_fault_generic", "rpc_cert_pipe_used", "wcce_request_seen",
    "wcce_disposition_issued", "wcce_disposition_pending", "wcce_disposition_denied", "wcce_hresult",
    "ca_no_remote_icert", "ca_requires_privacy", "stage4_no_rpc_but_failure", "ca_restart_rpc_unavailable",
    /* J. Delivery and reporting */
    "no_mdm_sync_seen", "intune_sync_status_accepted", "device_install_failed", "android_install_prompt",
    "ios_expired_no_retry", "connector_upload_failed", "connector_cert_renewal_failed",
    "connector_stale_report_files",
    /* K. Not this flow, or look-alikes */
    "aik_noise", "other_scep_server", "scep_probe", "capture_starts_midway",
};

#define REFERENCE_COUNT 197

/* HRESULTs of NDES, the CA, Windows clients and WinHTTP that a hint or a reply may name. */
static const uint32_t reference_codes[] = {
    0x80004005, 0x80070002, 0x80070005, 0x8007000D, 0x80070057, 0x800700EA, 0x800706B5, 0x800706BA, 0x800706BB,
    0x800706BE, 0x800706BF, 0x800706D1, 0x800706D3, 0x800706D8, 0x800706D9, 0x80070721, 0x80072EE2, 0x80072EE7,
    0x80072EFD, 0x80072F78, 0x80072F8F, 0x80072F92, 0x80072F94, 0x80072F9A, 0x80090005, 0x80090014, 0x80090016,
    0x80091006, 0x80091007, 0x8009200E, 0x80092010, 0x80092012, 0x80092013, 0x80092021, 0x80092023, 0x80092026,
    0x80093102, 0x80093103, 0x8009310B, 0x80094001, 0x80094002, 0x80094003, 0x80094004, 0x80094005, 0x80094006,
    0x80094007, 0x80094008, 0x80094009, 0x8009400A, 0x8009400B, 0x8009400C, 0x8009400D, 0x8009400E, 0x8009400F,
    0x80094010, 0x80094011, 0x80094012, 0x80094013, 0x80094014, 0x80094015, 0x80094016, 0x80094017, 0x80094018,
    0x80094800, 0x80094801, 0x80094802, 0x80094803, 0x80094804, 0x80094805, 0x80094806, 0x80094807, 0x80094808,
    0x80094809, 0x8009480A, 0x8009480B, 0x8009480C, 0x8009480D, 0x8009480E, 0x8009480F, 0x80094810, 0x80094811,
    0x80094812, 0x80094813, 0x80094814, 0x80094815, 0x80094816, 0x80094817, 0x80094818, 0x80094819, 0x8009481A,
    0x8009481B, 0x8009481C, 0x8009481D, 0x8009481E, 0x8009481F, 0x80094820, 0x80096004, 0x80096010, 0x80096019,
    0x800B0101, 0x800B0102, 0x800B0103, 0x800B0104, 0x800B0105, 0x800B0106, 0x800B0107, 0x800B0108, 0x800B0109,
    0x800B010A, 0x800B010B, 0x800B010C, 0x800B010E, 0x800B010F, 0x800B0110, 0x800B0112, 0x800B0113, 0x800B0114,
    0x8010002C, 0x80190191, 0x80190193, 0x80190194, 0x8019019E, 0x801901F4, 0x801901F6, 0x801901F7, 0x801901F8,
};

#define REFERENCE_CODE_COUNT 126

/* Answers of Intune's validateRequest. */
static const char *const reference_verdicts[] = {
    "Success", "Unknown", "CertificateRequestDecodingFailed", "ChallengePasswordMissing",
    "ChallengeDeserializationError", "ChallengeDecryptionError", "ChallengeDecodingError",
    "ChallengeInvalidTimestamp", "ChallengeExpired", "SubjectNameMissing", "SubjectNameMismatch",
    "SubjectAltNameMissing", "SubjectAltNameMismatch", "KeyUsageMismatch", "KeyLengthMismatch",
    "EnhancedKeyUsageMissing", "EnhancedKeyUsageMismatch", "AadKeyIdentifierListMissing", "RegisteredKeyMismatch",
    "SigningCertThumbprintMismatch", "ScepProfileNoLongerTargetedToTheClient", "SignatureValidationFailed",
    "BadCertificateRequestIdInChallenge", "BadDeviceIdInChallenge", "BadUserIdInChallenge",
};

/* clang-format on */

/* Every fault of a table is printed before the test fails, so that one run shows them all. */
static unsigned faults;

static void fault(const char *where, const char *what)
{
    print_error("%s: %s\n", where, what);
    faults++;
}

static int reset_faults(void **state)
{
    (void)state;
    faults = 0;
    return 0;
}

static bool is_snake_case(const char *id)
{
    char last = '_';

    if (!g_ascii_islower(id[0]))
        return false;
    for (const char *c = id; *c != '\0'; c++) {
        if (!g_ascii_islower(*c) && !g_ascii_isdigit(*c) && (*c != '_' || last == '_'))
            return false;
        last = *c;
    }
    return last != '_';
}

static bool ends_with_full_stop(const char *text)
{
    return g_str_has_suffix(text, ".") && !g_str_has_suffix(text, "..");
}

static bool is_blank(const char *text)
{
    return text == NULL || strspn(text, " ") == strlen(text);
}

/* The shape helper decides for 200 rows: show first that it can say no. */
static void test_snake_case_helper(void **state)
{
    (void)state;
    assert_true(SCEP_HINT_COUNT <= SCEP_MAX_HINTS);
    assert_true(is_snake_case("http_404_path"));
    assert_false(is_snake_case(""));
    assert_false(is_snake_case("Http_404"));
    assert_false(is_snake_case("404_path"));
    assert_false(is_snake_case("_path"));
    assert_false(is_snake_case("path_"));
    assert_false(is_snake_case("http__path"));
    assert_false(is_snake_case("http.path"));
    assert_false(is_snake_case("http-path"));
}

static void test_ids_are_unique_snake_case(void **state)
{
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);

    (void)state;
    for (size_t i = 0; i < SCEP_HINT_COUNT; i++) {
        const char *id = scep_hints[i].id;
        assert_non_null(id);
        if (!is_snake_case(id))
            fault(id, "not snake_case");
        if (!g_hash_table_add(seen, (gpointer)id))
            fault(id, "used twice");
    }
    g_hash_table_destroy(seen);
    assert_int_equal(faults, 0);
}

static void test_every_reference_id_in_order(void **state)
{
    (void)state;
    assert_int_equal(G_N_ELEMENTS(reference_ids), REFERENCE_COUNT);
    assert_true(SCEP_HINT_COUNT >= REFERENCE_COUNT);
    for (size_t i = 0; i < REFERENCE_COUNT; i++) {
        if (scep_hint_find(reference_ids[i]) == SCEP_HINT_NONE)
            fault(reference_ids[i], "missing");
        else if (strcmp(scep_hints[i].id, reference_ids[i]) != 0)
            fault(reference_ids[i], "not in the order of the reference");
    }
    assert_int_equal(faults, 0);
}

static void check_field(const ScepHint *hint, const char *name, const char *value, bool may_be_empty)
{
    char *where = g_strdup_printf("%s.%s", hint->id, name);

    if (value == NULL)
        fault(where, "NULL");
    else if (!may_be_empty && is_blank(value))
        fault(where, "empty");
    else if (value[0] != '\0' && (g_ascii_isspace(value[0]) || g_ascii_isspace(value[strlen(value) - 1])))
        fault(where, "blank at an end");
    else if (strstr(value, "  ") != NULL)
        fault(where, "two blanks, as left where a string was split");
    else if (!g_utf8_validate(value, -1, NULL))
        fault(where, "not UTF-8");
    else if (strpbrk(value, "\t\r\n") != NULL)
        fault(where, "control character");
    else if (strstr(value, "UNCONFIRMED") != NULL || strstr(value, DAGGER) != NULL)
        fault(where, "carries a mark of the reference");
    g_free(where);
}

static void test_fields_are_filled(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCEP_HINT_COUNT; i++) {
        const ScepHint *hint = &scep_hints[i];
        check_field(hint, "condition", hint->condition, false);
        check_field(hint, "text", hint->text, false);
        check_field(hint, "causes", hint->causes, true);
        check_field(hint, "check", hint->check, true);
        check_field(hint, "log", hint->log, true);
        check_field(hint, "platform", hint->platform, false);
        check_field(hint, "source", hint->source, false);
    }
    assert_int_equal(faults, 0);
}

static void test_texts_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCEP_HINT_COUNT; i++) {
        const ScepHint *hint = &scep_hints[i];
        if (!ends_with_full_stop(hint->text))
            fault(hint->id, "text does not end with a full stop");
        if (g_utf8_strlen(hint->text, -1) > TEXT_MAX)
            fault(hint->id, "text too long");
        if (g_utf8_strlen(hint->check, -1) > CHECK_MAX)
            fault(hint->id, "check too long");
        if (hint->check[0] != '\0' && !ends_with_full_stop(hint->check))
            fault(hint->id, "check does not end with a full stop");
        if (hint->causes[0] != '\0' && ends_with_full_stop(hint->causes))
            fault(hint->id, "causes are phrases, without a full stop");
    }
    assert_int_equal(faults, 0);
}

static void test_numbers_are_in_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCEP_HINT_COUNT; i++) {
        const ScepHint *hint = &scep_hints[i];
        if (hint->stage > 6)
            fault(hint->id, "stage");
        if (hint->visible < SCEP_VISIBLE_TCP || hint->visible > SCEP_VISIBLE_LOG)
            fault(hint->id, "visible");
        if (hint->severity < SCEP_SEVERITY_NOTE || hint->severity > SCEP_SEVERITY_ERROR)
            fault(hint->id, "severity");
        if (hint->confidence < SCEP_CONFIDENCE_POSSIBLE || hint->confidence > SCEP_CONFIDENCE_CERTAIN)
            fault(hint->id, "confidence");
    }
    assert_int_equal(faults, 0);
}

/* A row without a source is a possibility, and a row for a log names why a capture cannot show it. */
static void test_rows_do_not_claim_too_much(void **state)
{
    size_t unsourced = 0, log_only = 0;

    (void)state;
    for (size_t i = 0; i < SCEP_HINT_COUNT; i++) {
        const ScepHint *hint = &scep_hints[i];
        if (strstr(hint->source, "unconfirmed") != NULL) {
            unsourced++;
            if (hint->confidence != SCEP_CONFIDENCE_POSSIBLE)
                fault(hint->id, "unconfirmed, yet more than possible");
        }
        if (hint->visible == SCEP_VISIBLE_LOG) {
            log_only++;
            if (is_blank(hint->not_shown))
                fault(hint->id, "only in a log, without the reason");
        }
        if (hint->not_shown != NULL && is_blank(hint->not_shown))
            fault(hint->id, "empty reason");
    }
    assert_true(unsourced > 0);
    assert_true(log_only > 0);
    assert_int_equal(faults, 0);
}

static void test_hint_find(void **state)
{
    (void)state;
    assert_int_equal(scep_hint_find(reference_ids[0]), 0);
    assert_int_equal(scep_hint_find(scep_hints[SCEP_HINT_COUNT - 1].id), SCEP_HINT_COUNT - 1);
    for (size_t i = 0; i < SCEP_HINT_COUNT; i++)
        assert_int_equal(scep_hint_find(scep_hints[i].id), i);
    assert_int_equal(scep_hint_find("no_such_hint"), SCEP_HINT_NONE);
    assert_int_equal(scep_hint_find("http_404_pat"), SCEP_HINT_NONE);
    assert_int_equal(scep_hint_find("http_404_paths"), SCEP_HINT_NONE);
    assert_int_equal(scep_hint_find("HTTP_404_PATH"), SCEP_HINT_NONE);
    assert_int_equal(scep_hint_find(""), SCEP_HINT_NONE);
}

/* Without an id there is no row. */
static void test_hint_find_without_id(void **state)
{
    (void)state;
    assert_int_equal(scep_hint_find(NULL), SCEP_HINT_NONE);
}

/* The number of a row is its place, and its name that of the enumeration. */
static void test_hint_numbers(void **state)
{
    static const char *const names[] = {
#define SCEP_HINT(name, ...) [SCEP_HINT_##name] = #name,
#include "catalogue/hints.inc"
#undef SCEP_HINT
    };

    (void)state;
    assert_int_equal(G_N_ELEMENTS(names), SCEP_HINT_COUNT);
    for (size_t i = 0; i < SCEP_HINT_COUNT; i++) {
        assert_int_equal(scep_hint_id(&scep_hints[i]), i);
        if (strcmp(scep_hints[i].id, names[i]) != 0)
            fault(scep_hints[i].id, "not the name of its number");
    }
    assert_int_equal(faults, 0);
}

/* Exactly the rows that give no reason why no capture shows them are raised by a rule. */
static void test_rows_and_rules(void **state)
{
    (void)state;
    for (int i = 0; i < SCEP_HINT_COUNT; i++) {
        const ScepHint *hint = &scep_hints[i];
        const bool is_named = can_raise((ScepHintId)i);
        if (hint->not_shown == NULL && !is_named)
            fault(hint->id, "no rule raises it, and the row does not say why");
        if (hint->not_shown != NULL && is_named)
            fault(hint->id, "a rule raises it, and the row says that no capture shows it");
    }
    assert_int_equal(faults, 0);
}

static void check_list(const ScepHint *hint, const char *what, const ScepHintId *list)
{
    for (size_t i = 0; list != NULL && list[i] != SCEP_HINT_NONE; i++) {
        if (list[i] < 0 || list[i] >= SCEP_HINT_COUNT)
            fault(hint->id, what);
        for (size_t k = 0; k < i; k++) {
            if (list[k] == list[i])
                fault(hint->id, what);
        }
    }
}

/* What rows say of others are rows, and each is named once. */
static void test_relations(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCEP_HINT_COUNT; i++) {
        check_list(&scep_hints[i], "explains", scep_hints[i].explains);
        check_list(&scep_hints[i], "covers", scep_hints[i].covers);
        check_list(&scep_hints[i], "yields_to", scep_hints[i].yields_to);
    }
    assert_int_equal(faults, 0);
}

static void test_result_codes(void **state)
{
    (void)state;
    assert_true(scep_result_code_count >= REFERENCE_CODE_COUNT);
    for (size_t i = 0; i < scep_result_code_count; i++) {
        const ScepResultCode *row = &scep_result_codes[i];
        char where[16];

        g_snprintf(where, sizeof where, "0x%08X", row->code);
        if (i > 0 && row->code <= scep_result_codes[i - 1].code)
            fault(where, "not ascending");
        if (is_blank(row->symbol) || is_blank(row->meaning) || row->check == NULL) {
            fault(where, "empty field");
            continue;
        }
        if (ends_with_full_stop(row->meaning))
            fault(where, "the meaning is a phrase, without a full stop");
        if (strstr(row->meaning, "UNCONFIRMED") || strstr(row->check, "UNCONFIRMED") || strstr(row->check, DAGGER))
            fault(where, "carries a mark of the reference");
        if (scep_result_code_find(row->code) != row)
            fault(where, "not found");
    }
    assert_int_equal(faults, 0);
}

static void test_every_reference_code(void **state)
{
    (void)state;
    assert_int_equal(G_N_ELEMENTS(reference_codes), REFERENCE_CODE_COUNT);
    for (size_t i = 0; i < REFERENCE_CODE_COUNT; i++) {
        const ScepResultCode *row = scep_result_code_find(reference_codes[i]);
        char where[16];

        g_snprintf(where, sizeof where, "0x%08X", reference_codes[i]);
        if (row == NULL || row->code != reference_codes[i])
            fault(where, "missing");
    }
    assert_int_equal(faults, 0);
}

static void assert_symbol(uint32_t code, const char *symbol)
{
    const ScepResultCode *row = scep_result_code_find(code);

    assert_non_null(row);
    assert_string_equal(row->symbol, symbol);
}

static void test_result_code_find(void **state)
{
    (void)state;
    assert_symbol(0x80094811, "CERTSRV_E_KEY_LENGTH");
    assert_symbol(0x800706BA, "RPC_S_SERVER_UNAVAILABLE");
    /* as NDES writes it, in signed decimal */
    assert_symbol((uint32_t)INT32_C(-2147024809), "E_INVALIDARG");
    assert_null(scep_result_code_find(0x81094819));
    assert_null(scep_result_code_find(0xFFFFFFFF));
    if (scep_result_codes[0].code != 0)
        assert_null(scep_result_code_find(scep_result_codes[0].code - 1));
    assert_null(scep_result_code_find(scep_result_codes[scep_result_code_count - 1].code + 1));
}

static void test_intune_verdicts(void **state)
{
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);

    (void)state;
    for (size_t i = 0; i < scep_intune_verdict_count; i++) {
        const ScepIntuneVerdict *row = &scep_intune_verdicts[i];
        assert_false(is_blank(row->name));
        if (!g_hash_table_add(seen, (gpointer)row->name))
            fault(row->name, "used twice");
        if (is_blank(row->meaning) || row->check == NULL)
            fault(row->name, "empty field");
        if (scep_intune_verdict_find(row->name) != row)
            fault(row->name, "not found");
    }
    g_hash_table_destroy(seen);
    for (size_t i = 0; i < G_N_ELEMENTS(reference_verdicts); i++) {
        if (scep_intune_verdict_find(reference_verdicts[i]) == NULL)
            fault(reference_verdicts[i], "missing");
    }
    assert_int_equal(faults, 0);
    assert_null(scep_intune_verdict_find("success"));
    assert_null(scep_intune_verdict_find("NoSuchVerdict"));
    assert_null(scep_intune_verdict_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snake_case_helper),
        cmocka_unit_test_setup(test_ids_are_unique_snake_case, reset_faults),
        cmocka_unit_test_setup(test_every_reference_id_in_order, reset_faults),
        cmocka_unit_test_setup(test_fields_are_filled, reset_faults),
        cmocka_unit_test_setup(test_texts_fit, reset_faults),
        cmocka_unit_test_setup(test_numbers_are_in_range, reset_faults),
        cmocka_unit_test_setup(test_rows_do_not_claim_too_much, reset_faults),
        cmocka_unit_test(test_hint_find),
        cmocka_unit_test(test_hint_find_without_id),
        cmocka_unit_test_setup(test_hint_numbers, reset_faults),
        cmocka_unit_test_setup(test_rows_and_rules, reset_faults),
        cmocka_unit_test_setup(test_relations, reset_faults),
        cmocka_unit_test_setup(test_result_codes, reset_faults),
        cmocka_unit_test_setup(test_every_reference_code, reset_faults),
        cmocka_unit_test(test_result_code_find),
        cmocka_unit_test_setup(test_intune_verdicts, reset_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
