/* hints.c
 * The hint catalogue as one array.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"

#include <string.h>

/* A list of hints, as a row names them. */
#define SCEP_HINTS(...) ((const ScepHintId[]){ __VA_ARGS__, SCEP_HINT_NONE })

/* ---- symptoms that several causes share: lists for .explains ----------------------------------------------------- */

/* clang-format off */

/* A clock that is wrong. */
#define CLOCK_SYMPTOMS \
    SCEP_HINT_certrep_fail_badtime, SCEP_HINT_certrep_fail_badmessagecheck, SCEP_HINT_certrep_fail_badrequest

/* Algorithms that the server refuses. */
#define ALGORITHM_SYMPTOMS \
    SCEP_HINT_certrep_fail_badalg

/* Capabilities that the client cannot live with. */
#define CAPABILITY_SYMPTOMS \
    SCEP_HINT_certrep_fail_badalg, SCEP_HINT_cacert_ok_apple_stops, SCEP_HINT_cacert_then_nothing, \
    SCEP_HINT_cacert_ok_then_loop, SCEP_HINT_caps_then_nothing

/* A request that the server cannot read or does not trust. */
#define UNREADABLE_REQUEST_SYMPTOMS \
    SCEP_HINT_certrep_fail_badmessagecheck, SCEP_HINT_certrep_fail_badrequest, SCEP_HINT_certrep_ndes_hresult, \
    SCEP_HINT_http_500_any_op, SCEP_HINT_enrolment_unanswered, SCEP_HINT_http_request_no_reply

/* A request target that is too long. */
#define LENGTH_SYMPTOMS \
    SCEP_HINT_http_414_uri_too_long, SCEP_HINT_http_404_15_query_too_long, SCEP_HINT_http_404_14_url_too_long, \
    SCEP_HINT_http_400_httpsys, SCEP_HINT_wap_long_uri_hang, SCEP_HINT_enrolment_unanswered, \
    SCEP_HINT_http_request_no_reply

/* Certificates that the device builds its request on. */
#define CERTIFICATE_SYMPTOMS \
    SCEP_HINT_http_500_any_op, SCEP_HINT_certrep_fail_badmessagecheck, SCEP_HINT_certrep_fail_badrequest, \
    SCEP_HINT_certrep_ndes_hresult, SCEP_HINT_certrep_fail_no_failinfo, \
    SCEP_HINT_certrep_fail_own_code, SCEP_HINT_cacert_then_nothing, \
    SCEP_HINT_cacert_ok_apple_stops, SCEP_HINT_cacert_ok_then_loop

/* Answers that come from elsewhere. */
#define DETOUR_SYMPTOMS \
    SCEP_HINT_enrolment_unanswered, SCEP_HINT_http_request_no_reply, SCEP_HINT_caps_then_nothing, \
    SCEP_HINT_cacert_then_nothing, SCEP_HINT_caps_no_followup_ios, SCEP_HINT_cacert_ok_apple_stops, \
    SCEP_HINT_cacert_ok_then_loop

/* Connections that fail. */
#define CONNECTION_SYMPTOMS \
    SCEP_HINT_enrolment_unanswered, SCEP_HINT_http_request_no_reply, SCEP_HINT_caps_then_nothing, \
    SCEP_HINT_cacert_then_nothing

/* The policy module and Intune behind it. */
#define POLICY_SYMPTOMS \
    SCEP_HINT_certrep_fail_badrequest, SCEP_HINT_certrep_fail_badmessagecheck, SCEP_HINT_certrep_fail_no_failinfo, \
    SCEP_HINT_certrep_fail_own_code, \
    SCEP_HINT_certrep_ndes_hresult, SCEP_HINT_http_500_any_op, SCEP_HINT_http_503_scep_pool, \
    SCEP_HINT_http_503_root_store_pollution, SCEP_HINT_http_503_certregsvc_winauth, \
    SCEP_HINT_http_503_2_3_concurrency, SCEP_HINT_http_503_httpsys, SCEP_HINT_enrolment_unanswered, \
    SCEP_HINT_http_request_no_reply, SCEP_HINT_stage4_no_rpc_but_failure

/* A leg that takes too long. */
#define SILENCE_SYMPTOMS \
    SCEP_HINT_enrolment_unanswered, SCEP_HINT_http_request_no_reply

/* A device without its settings. */
#define PROFILE_SYMPTOMS \
    SCEP_HINT_caps_then_nothing, SCEP_HINT_cacert_then_nothing, SCEP_HINT_cacert_ok_then_loop

/* The CA and the way to it. */
#define CA_SYMPTOMS \
    SCEP_HINT_certrep_fail_badrequest, SCEP_HINT_certrep_fail_no_failinfo, \
    SCEP_HINT_certrep_fail_own_code, SCEP_HINT_certrep_ndes_hresult, \
    SCEP_HINT_certrep_pending, SCEP_HINT_certrep_pending_forever, SCEP_HINT_http_500_any_op, \
    SCEP_HINT_enrolment_unanswered, SCEP_HINT_http_request_no_reply

/* clang-format on */

const ScepHint scep_hints[SCEP_HINT_COUNT] = {
#define SCEP_HINT(name, ...) [SCEP_HINT_##name] = { .id = #name, __VA_ARGS__ },
#include "hints.inc"
#undef SCEP_HINT
};

ScepHintId scep_hint_find(const char *id)
{
    int hint = id != NULL ? 0 : SCEP_HINT_COUNT;

    while (hint < SCEP_HINT_COUNT && strcmp(scep_hints[hint].id, id) != 0)
        hint++;
    return hint < SCEP_HINT_COUNT ? (ScepHintId)hint : SCEP_HINT_NONE;
}

static bool lists(const ScepHintId *list, ScepHintId hint)
{
    for (; list != NULL && *list != SCEP_HINT_NONE; list++) {
        if (*list == hint)
            return true;
    }
    return false;
}

bool scep_hint_explains(ScepHintId cause, ScepHintId symptom)
{
    return cause != SCEP_HINT_NONE && lists(scep_hints[cause].explains, symptom);
}

bool scep_hint_covers(ScepHintId hint, ScepHintId other)
{
    return hint != SCEP_HINT_NONE && lists(scep_hints[hint].covers, other);
}

bool scep_hint_yields_to(ScepHintId hint, ScepHintId reason)
{
    return hint != SCEP_HINT_NONE && lists(scep_hints[hint].yields_to, reason);
}
