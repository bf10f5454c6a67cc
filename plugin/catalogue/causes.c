/* causes.c
 * Which hint explains which, where the two are raised by different messages of one enrollment. Hints of one message
 * stand in the order of the rule tables, the cause first, and need no row here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "catalogue/causes.h"

#include <string.h>

/* Ids, blanks between them; a '*' at the end stands for any rest. */
typedef struct {
    const char *causes;
    const char *symptoms;
} Explanation;

static const Explanation explanations[] = {
    /* the clock */
    { "device_clock signer_clock pkiop_signer_clock_skew",
      "certrep_fail_badtime certrep_fail_badmessagecheck certrep_fail_badrequest" },
    /* algorithms */
    { "pkiop_alg_not_in_caps pkiop_weak_digest caps_not_used weak_signature", "certrep_fail_badalg" },
    { "caps_no_sha_no_3des caps_sha1_des3_only caps_required_missing_ios18",
      "certrep_fail_badalg cacert_ok_apple_stops cacert_then_nothing cacert_ok_then_loop caps_then_nothing" },
    /* the request as the server reads it */
    { "pkiop_get_truncated pkiop_wrong_recipient pkiop_digest_bad pkiop_signature_bad message_cut message_malformed",
      "certrep_fail_badmessagecheck certrep_fail_badrequest certrep_ndes_hresult http_500_any_op enrolment_unanswered "
      "http_request_no_reply" },
    { "pkiop_get_near_limit",
      "http_414_uri_too_long http_404_15_query_too_long http_404_14_url_too_long http_400_httpsys wap_long_uri_hang "
      "enrolment_unanswered http_request_no_reply" },
    { "pkiop_challenge_not_printable",
      "certrep_fail_badrequest certrep_fail_no_failinfo http_500_after_bad_challenge" },
    { "pkiop_post_not_offered", "http_404_6_verb http_500_any_op enrolment_unanswered http_request_no_reply" },
    { "unknown_operation", "http_*" },
    /* the certificates that the device builds its request on */
    { "cacert_ra_* cacert_ca_expired cacert_not_yet_valid cacert_root_not_expected cacert_pss_or_sha1",
      "http_500_any_op certrep_fail_badmessagecheck certrep_fail_badrequest certrep_ndes_hresult "
      "certrep_fail_no_failinfo "
      "cacert_then_nothing cacert_ok_apple_stops cacert_ok_then_loop" },
    /* what became of it in the end says more than that it waits */
    { "certrep_pending_forever", "certrep_pending" },
    { "wap_long_uri_hang", "pkiop_get_near_limit" },
    /* the way that the answers took */
    { "http_redirect_in_scep proxy_302_to_login caps_is_html caps_empty_or_zero",
      "enrolment_unanswered http_request_no_reply caps_then_nothing cacert_then_nothing caps_no_followup_ios "
      "cacert_ok_apple_stops cacert_ok_then_loop" },
    { "tcp_* tls_* dns_*", "enrolment_unanswered http_request_no_reply caps_then_nothing cacert_then_nothing" },
    /* the legs behind the server */
    { "verify_http_error verify_500 verify_unanswered verify_challenge_false verify_missing_after_pkiop "
      "thirdparty_validate_refused thirdparty_auth_401 thirdparty_discovery_403 thirdparty_no_scep_endpoint "
      "http_403_7_client_cert_required http_403_13_client_cert_revoked http_403_16_client_cert_untrusted "
      "http_403_17_client_cert_time http_403_client_cert_eku http_503_certregsvc_winauth challenge_*",
      "certrep_fail_badrequest certrep_fail_badmessagecheck certrep_fail_no_failinfo certrep_ndes_hresult "
      "http_500_any_op "
      "http_503_* enrolment_unanswered http_request_no_reply stage4_no_rpc_but_failure" },
    { "verify_slow", "enrolment_unanswered http_request_no_reply" },
    /* a device without its settings may ask, and then stop */
    { "mdm_scep_profile_failed", "caps_then_nothing cacert_then_nothing cacert_ok_then_loop" },
    { "wcce_* rpc_* ca_* dcom_* krb_* csr_*",
      "certrep_fail_badrequest certrep_fail_no_failinfo certrep_ndes_hresult certrep_pending certrep_pending_forever "
      "http_500_any_op enrolment_unanswered http_request_no_reply" },
};

/* Causes that are only guessed at, and what names the reason itself where it stands beside the symptom. */
static const Explanation exceptions[] = {
    { "pkiop_challenge_not_printable", "certrep_ndes_hresult" },
};

/* What another hint on the same message says too, and more of it. */
static const Explanation general[] = {
    { "certrep_ndes_hresult csr_* certrep_renewal_rejected caps_renewal_but_17_rejected certrep_failinfotext",
      "certrep_fail_badrequest certrep_fail_badmessagecheck certrep_fail_no_failinfo" },
    { "pkiop_challenge_* challenge_* pkiop_signer_not_matching_csr pkiop_renewal_expired_signer",
      "certrep_fail_badrequest certrep_fail_badmessagecheck certrep_fail_no_failinfo certrep_renewal_rejected" },
    { "caps_renewal_but_17_rejected", "certrep_renewal_rejected" },
    { "http_500_0_*", "http_500_any_op" },
    { "http_500_getcacert_impersonate", "http_500_any_op" },
    { "http_503_scep_pool", "http_503_httpsys" },
    { "http_404_path", "http_404_unknown_ca_ident" },
    { "http_404_unknown_ca_ident", "http_404_path" },
    { "wap_long_uri_hang http_request_no_reply", "http_request_no_reply enrolment_unanswered" },
    { "cacert_ok_then_loop", "cacert_then_nothing" },
    { "rpc_epm_no_endpoint rpc_dynport_refused", "ca_restart_rpc_unavailable" },
};

static bool lists(const char *list, const char *id)
{
    while (*list != '\0') {
        const size_t length = strcspn(list, " ");
        const bool open_end = length > 0 && list[length - 1] == '*';
        if (open_end ? strncmp(list, id, length - 1) == 0 : strlen(id) == length && memcmp(list, id, length) == 0)
            return true;
        list += length;
        list += strspn(list, " ");
    }
    return false;
}

static bool is_in(const Explanation *table, size_t rows, const char *cause, const char *symptom)
{
    for (size_t i = 0; i < rows; i++) {
        if (lists(table[i].causes, cause) && lists(table[i].symptoms, symptom))
            return true;
    }
    return false;
}

bool scep_hint_explains(const char *cause, const char *symptom)
{
    return is_in(explanations, sizeof explanations / sizeof explanations[0], cause, symptom);
}

bool scep_hint_gives_way(const char *cause, const char *reason)
{
    return is_in(exceptions, sizeof exceptions / sizeof exceptions[0], cause, reason);
}

bool scep_hint_covers(const char *hint, const char *other)
{
    return is_in(general, sizeof general / sizeof general[0], hint, other);
}
