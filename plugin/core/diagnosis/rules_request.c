/* rules_request.c
 * What a request itself shows: how it is carried, what it lacks, which algorithms it uses, and what it ignored.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/rule.h"
#include "wire/algorithms.h"
#include "scep/crypto.h"
#include "tracker/extent.h"
#include "cms/attributes.h"
#include "cms/message.h"
#include "wire/capabilities.h"

/* Web Application Proxy drops targets above about 5,100 bytes; warn from 4 KB on (reference: KB3011135). */
#define TARGET_NEAR_LIMIT 4096

/* Limits of what stands in front of NDES or below it, the highest first. */
static const struct {
    size_t limit;
    const char *words;
} target_limits[] = {
    { 16384, ", more than the 16,384 that HTTP.sys takes unless MaxFieldLength and MaxRequestBytes are raised" },
    { 5100, ", more than the about 5,100 that Web Application Proxy takes without its update (KB3011135)" },
    { 0, "" },
};

/* maxQueryString of IIS request filtering where nobody set it. */
#define IIS_QUERY_DEFAULT 2048

static bool is_pki_operation(const ScepCase *about)
{
    return about->exchange->operation == SCEP_OP_PKIOPERATION;
}

static bool has_capability(const ScepCase *about, uint32_t bit)
{
    return (scep_capabilities_effective(about->exchange->server->caps) & bit) != 0;
}

static void cite_capabilities(ScepCase *about)
{
    scep_case_also(about, about->exchange->server->caps_frame);
}

static bool is_whole(const ScepCase *about)
{
    return scep_request_is_whole(about->request);
}

/* The head and, by HTTP, the body are there; that the message in it ends early is the sender's doing. */
static bool was_captured(const ScepCase *about)
{
    return about->request->extent.cut_by == SCEP_CUT_BY_NOBODY;
}

static bool unknown_operation(ScepCase *about)
{
    return was_captured(about) && about->exchange->operation == SCEP_OP_UNKNOWN;
}

/* The damage is all that is wrong with it. */
static bool is_good_with_plus(const ScepRequest *request)
{
    return (request->base64_flags & (SCEP_B64_SPACE_FOR_PLUS | SCEP_B64_RAW_PLUS)) != 0 && request->checks != NULL &&
           request->checks->digest.status == SCEP_VERIFY_GOOD && request->checks->signature.status == SCEP_VERIFY_GOOD;
}

static bool bad_base64(ScepCase *about)
{
    static const struct {
        unsigned flag;
        const char *text;
    } reasons[] = {
        { SCEP_B64_SPACE_FOR_PLUS, "a blank stands where '+' must have been" },
        { SCEP_B64_INVALID, "a character that is not base64" },
        { SCEP_B64_TRUNCATED, "the text ends inside a group of four: the URL was shortened" },
        { SCEP_B64_RAW_PLUS, "'+' is not percent-escaped, so form decoders turn it into a blank" },
    };

    if (!is_pki_operation(about) || !about->request->is_get || !was_captured(about))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (about->request->base64_flags & reasons[i].flag) {
            about->evidence.detail = g_strdup_printf(
                "In the message parameter %s%s", reasons[i].text,
                is_good_with_plus(about->request) ? "; with '+' put back, digest and signature are good" : "");
            return true;
        }
    }
    return false;
}

/* Readable, but not as RFC 8894 4.1 asks for it. */
static bool odd_base64(ScepCase *about)
{
    static const struct {
        unsigned flag;
        const char *text;
    } oddities[] = {
        { SCEP_B64_URL_SAFE, "it uses the URL-safe alphabet" },
        { SCEP_B64_DOUBLE_ESCAPED, "it is escaped twice" },
        { SCEP_B64_LINE_BREAKS, "it has line breaks" },
        { SCEP_B64_NO_PADDING, "it has no padding" },
    };

    if (!is_pki_operation(about) || !about->request->is_get || !was_captured(about))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(oddities); i++) {
        if (about->request->base64_flags & oddities[i].flag) {
            about->evidence.detail = g_strdup_printf("The message parameter is base64, but %s", oddities[i].text);
            return true;
        }
    }
    return false;
}

static bool base64_body(ScepCase *about)
{
    return is_pki_operation(about) && !about->request->is_get && about->request->is_base64_body;
}

static bool uses_ber(ScepCase *about)
{
    const ScepMessage *message = about->request->message;
    const ScepEnvelope *envelope = about->request->envelope;

    return (message != NULL && message->uses_ber) || (envelope != NULL && envelope->uses_ber);
}

/* A PKCS#10 where the envelope belongs: whoever sees the message reads the challenge. */
static bool challenge_in_clear(ScepCase *about)
{
    const ScepMessage *message = about->request->message;
    size_t size;

    if (message == NULL || about->request->body == NULL || message->content_kind != SCEP_CONTENT_OTHER)
        return false;
    const uint8_t *content = scep_octets_get0_data(about->request->body, &message->content, &size);
    ScepCsr *csr = scep_csr_new(content, size, 0);
    const bool present = csr != NULL && csr->challenge.present;
    scep_csr_free(csr);
    return present;
}

static bool empty_body(ScepCase *about)
{
    return is_pki_operation(about) && was_captured(about) && about->request->body_size == 0;
}

static bool message_malformed(ScepCase *about)
{
    return is_pki_operation(about) && about->request->message != NULL && is_whole(about) &&
           scep_message_is_malformed(about->request->message);
}

static bool missing_attribute(ScepCase *about)
{
    const ScepMessage *message = about->request->message;
    GString *names = g_string_new(NULL);

    for (guint i = 0; message != NULL && i < message->problems->len; i++) {
        const ScepProblem *problem = &g_array_index(message->problems, ScepProblem, i);
        if (problem->code == SCEP_PROBLEM_MISSING_ATTRIBUTE)
            g_string_append_printf(names, "%s%s",
                                   names->len ? ", " : "Missing: ", scep_attribute_info(problem->attribute)->name);
    }
    const bool any = names->len > 0 && is_whole(about);
    about->evidence.detail = any ? g_strdup(names->str) : NULL;
    g_string_free(names, TRUE);
    return any;
}

static char *algorithms_used(const ScepExchange *exchange)
{
    return g_strdup_printf("The request uses %s and %s",
                           exchange->digest ? scep_crypto_oid_name(exchange->digest) : "no digest",
                           exchange->cipher ? scep_crypto_oid_name(exchange->cipher) : "no cipher");
}

static bool obsolete_algorithm(ScepCase *about)
{
    if (scep_digest_strength(about->exchange->digest) != SCEP_STRENGTH_BROKEN &&
        scep_cipher_strength(about->exchange->cipher) != SCEP_STRENGTH_BROKEN)
        return false;
    about->evidence.detail = algorithms_used(about->exchange);
    return true;
}

/* Uses what the server did not list: RFC 8894 3.5.2 lets it answer badAlg. */
static bool algorithm_not_offered(ScepCase *about)
{
    if (!about->exchange->server->caps_known)
        return false;
    const uint32_t wanted =
        scep_digest_capability(about->exchange->digest) | scep_cipher_capability(about->exchange->cipher);
    const uint32_t offered = scep_capabilities_effective(about->exchange->server->caps);
    if ((wanted & ~offered) == 0)
        return false;
    about->evidence.detail = algorithms_used(about->exchange);
    cite_capabilities(about);
    return true;
}

/* Better was offered than what the client used. */
static bool capabilities_ignored(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    if (!exchange->server->caps_known)
        return false;
    const bool weak_digest = exchange->digest != NULL && scep_digest_strength(exchange->digest) < SCEP_STRENGTH_GOOD &&
                             has_capability(about, SCEP_CAP_SHA256 | SCEP_CAP_SHA512);
    const bool weak_cipher = exchange->cipher != NULL && scep_cipher_strength(exchange->cipher) < SCEP_STRENGTH_GOOD &&
                             has_capability(about, SCEP_CAP_AES);
    if (!weak_digest && !weak_cipher)
        return false;
    about->evidence.detail = g_strdup_printf(
        "The server offers %s%s%s; the client used %s%s%s", weak_digest ? "SHA-256" : "",
        weak_digest && weak_cipher ? " and " : "", weak_cipher ? "AES" : "",
        weak_digest ? scep_crypto_oid_name(exchange->digest) : "", weak_digest && weak_cipher ? " and " : "",
        weak_cipher ? scep_crypto_oid_name(exchange->cipher) : "");
    cite_capabilities(about);
    return true;
}

static bool get_though_post(ScepCase *about)
{
    if (!is_pki_operation(about) || !about->request->is_get || !has_capability(about, SCEP_CAP_POSTPKIOPERATION))
        return false;
    cite_capabilities(about);
    return true;
}

static bool post_not_offered(ScepCase *about)
{
    if (!is_pki_operation(about) || about->request->is_get || !about->exchange->server->caps_known ||
        has_capability(about, SCEP_CAP_POSTPKIOPERATION))
        return false;
    cite_capabilities(about);
    return true;
}

static bool target_over_default(ScepCase *about)
{
    const size_t length = about->request->target_length;

    if (!is_pki_operation(about) || !about->request->is_get || length <= IIS_QUERY_DEFAULT ||
        length > TARGET_NEAR_LIMIT)
        return false;
    about->evidence.detail =
        g_strdup_printf("The request target is %zu bytes long; maxQueryString of IIS Request Filtering is 2,048 "
                        "where nobody raised it",
                        length);
    return true;
}

/* The detail names the highest limit that is exceeded. */
static bool target_near_limit(ScepCase *about)
{
    if (!is_pki_operation(about) || !about->request->is_get || about->request->target_length <= TARGET_NEAR_LIMIT)
        return false;
    const size_t length = about->request->target_length;
    size_t step = 0;

    while (length <= target_limits[step].limit)
        step++;
    about->evidence.detail =
        g_strdup_printf("The request target is %zu bytes long%s", length, target_limits[step].words);
    return true;
}

static bool asks_for_certificates(const ScepCase *about)
{
    return about->exchange->operation == SCEP_OP_GETCACERT && was_captured(about) &&
           !scep_exchange_is_copy(about->exchange);
}

static bool names_no_ca(ScepCase *about)
{
    const char *identifier = about->request->identifier;
    const bool is_empty = identifier != NULL && identifier[0] == '\0';

    if (!asks_for_certificates(about) || (about->request->has_identifier && !is_empty))
        return false;
    if (is_empty)
        about->evidence.detail = g_strdup("\"message=\" is there, and empty");
    return true;
}

static bool names_default_ca(ScepCase *about)
{
    const char *identifier = about->request->identifier;

    return asks_for_certificates(about) && identifier != NULL && g_ascii_strcasecmp(identifier, "default") == 0;
}

static bool message_type_is(ScepCase *about)
{
    const int message_type = about->parameter;
    return about->exchange->message_type == message_type;
}

static bool same_message_again(ScepCase *about)
{
    const ScepExchange *first = about->exchange->repeats;

    if (first == NULL || !is_pki_operation(about) || scep_exchange_is_copy(about->exchange))
        return false;
    scep_case_also(about, first->request_frame);
    return true;
}

static const ScepRule rules[] = {
    { SCEP_HINT_pkiop_get_bad_base64, SCEP_ON_REQUEST, bad_base64, 0 },
    { SCEP_HINT_challenge_in_clear, SCEP_ON_REQUEST, challenge_in_clear, 0 },
    { SCEP_HINT_pkiop_empty_post, SCEP_ON_REQUEST, empty_body, 0 },
    { SCEP_HINT_message_malformed, SCEP_ON_REQUEST, message_malformed, 0 },
    { SCEP_HINT_unknown_operation, SCEP_ON_REQUEST, unknown_operation, 0 },
    { SCEP_HINT_pkiop_missing_signed_attr, SCEP_ON_REQUEST, missing_attribute, 0 },
    { SCEP_HINT_pkiop_get_near_limit, SCEP_ON_REQUEST, target_near_limit, 0 },
    { SCEP_HINT_pkiop_post_not_offered, SCEP_ON_REQUEST, post_not_offered, 0 },
    { SCEP_HINT_pkiop_alg_not_in_caps, SCEP_ON_REQUEST, algorithm_not_offered, 0 },
    { SCEP_HINT_pkiop_weak_digest, SCEP_ON_REQUEST, obsolete_algorithm, 0 },
    { SCEP_HINT_caps_not_used, SCEP_ON_REQUEST, capabilities_ignored, 0 },
    { SCEP_HINT_pkiop_get_odd_base64, SCEP_ON_REQUEST, odd_base64, 0 },
    { SCEP_HINT_pkiop_get_over_query_default, SCEP_ON_REQUEST, target_over_default, 0 },
    { SCEP_HINT_pkiop_post_base64, SCEP_ON_REQUEST, base64_body, 0 },
    { SCEP_HINT_pkiop_apple_ber, SCEP_ON_REQUEST, uses_ber, 0 },
    { SCEP_HINT_pkiop_get_used, SCEP_ON_REQUEST, get_though_post, 0 },
    { SCEP_HINT_pkiop_retry_same_txid, SCEP_ON_REQUEST, same_message_again, 0 },
    { SCEP_HINT_pkiop_certpoll, SCEP_ON_REQUEST, message_type_is, SCEP_TYPE_CERTPOLL },
    { SCEP_HINT_pkiop_getcert_getcrl, SCEP_ON_REQUEST, message_type_is, SCEP_TYPE_GETCERT },
    { SCEP_HINT_pkiop_getcert_getcrl, SCEP_ON_REQUEST, message_type_is, SCEP_TYPE_GETCRL },
    { SCEP_HINT_pkiop_renewalreq, SCEP_ON_REQUEST, message_type_is, SCEP_TYPE_RENEWALREQ },
    { SCEP_HINT_cacert_missing_identifier, SCEP_ON_REQUEST, names_no_ca, 0 },
    { SCEP_HINT_cacert_default_identifier, SCEP_ON_REQUEST, names_default_ca, 0 },
};

const ScepRuleTable scep_rules_request = { .rules = rules, .count = G_N_ELEMENTS(rules) };
