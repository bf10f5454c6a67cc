/* rules_request.c
 * What a request itself shows: how it is carried, what it lacks, which algorithms it uses, and what it ignored.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "crypto/algorithms.h"
#include "scep/crypto.h"
#include "diagnosis/findings.h"
#include "cms/attributes.h"
#include "cms/message.h"
#include "wire/capabilities.h"

/* Web Application Proxy drops targets above about 5,100 bytes; warn from 4 KB on (reference: KB3011135). */
#define TARGET_NEAR_LIMIT 4096

/* maxQueryString of IIS request filtering where nobody set it. */
#define IIS_QUERY_DEFAULT 2048

static bool is_pki_operation(const ScepFacts *facts)
{
    return facts->exchange->operation == SCEP_OP_PKIOPERATION;
}

static bool has_capability(const ScepFacts *facts, uint32_t bit)
{
    return (scep_capabilities_effective(facts->exchange->server->caps) & bit) != 0;
}

static void cite_capabilities(const ScepFacts *facts, ScepEvidence *evidence)
{
    evidence->also[evidence->also_count++] = facts->exchange->server->caps_frame;
}

static bool unknown_operation(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    (void)evidence;
    return facts->exchange->operation == SCEP_OP_UNKNOWN;
}

static bool bad_base64(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
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

    (void)parameter;
    if (!is_pki_operation(facts) || !facts->request->is_get)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (facts->request->base64_flags & reasons[i].flag) {
            evidence->detail = g_strdup_printf("In the message parameter %s", reasons[i].text);
            return true;
        }
    }
    return false;
}

/* Readable, but not as RFC 8894 4.1 asks for it. */
static bool odd_base64(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
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

    (void)parameter;
    if (!is_pki_operation(facts) || !facts->request->is_get)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(oddities); i++) {
        if (facts->request->base64_flags & oddities[i].flag) {
            evidence->detail = g_strdup_printf("The message parameter is base64, but %s", oddities[i].text);
            return true;
        }
    }
    return false;
}

static bool base64_body(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    (void)evidence;
    return is_pki_operation(facts) && !facts->request->is_get && facts->request->is_base64_body;
}

static bool uses_ber(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepMessage *message = facts->request->message;
    const ScepEnvelope *envelope = facts->request->envelope;

    (void)parameter;
    (void)evidence;
    return (message != NULL && message->uses_ber) || (envelope != NULL && envelope->uses_ber);
}

/* A PKCS#10 where the envelope belongs: whoever sees the message reads the challenge. */
static bool challenge_in_clear(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepMessage *message = facts->request->message;
    size_t size;

    (void)parameter;
    (void)evidence;
    if (message == NULL || facts->request->body == NULL || message->content_kind != SCEP_CONTENT_OTHER)
        return false;
    const uint8_t *content = scep_octets_data(facts->request->body, &message->content, &size);
    ScepCsr *csr = scep_csr_new(content, size, 0);
    const bool present = csr != NULL && csr->challenge.present;
    scep_csr_free(csr);
    return present;
}

static bool empty_body(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    (void)evidence;
    return is_pki_operation(facts) && facts->request->body_size == 0;
}

static bool message_cut(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    /* A GET whose header is there was captured whole: what its message lacks was never sent. */
    if (facts->request->message == NULL || !facts->request->message->truncated ||
        (facts->request->is_get && facts->request->host != NULL))
        return false;
    if (facts->request->message->missing > 0)
        evidence->detail =
            g_strdup_printf("%" G_GUINT64_FORMAT " bytes are missing at the end", facts->request->message->missing);
    return true;
}

static bool message_malformed(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    (void)evidence;
    return is_pki_operation(facts) && facts->request->message != NULL && !facts->request->message->truncated &&
           scep_message_is_malformed(facts->request->message);
}

static bool missing_attribute(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepMessage *message = facts->request->message;
    GString *names = g_string_new(NULL);

    (void)parameter;
    for (guint i = 0; message != NULL && i < message->problems->len; i++) {
        const ScepProblem *problem = &g_array_index(message->problems, ScepProblem, i);
        if (problem->code == SCEP_PROBLEM_MISSING_ATTRIBUTE)
            g_string_append_printf(names, "%s%s",
                                   names->len ? ", " : "Missing: ", scep_attribute_info(problem->attribute)->name);
    }
    const bool any = names->len > 0 && !message->truncated;
    evidence->detail = any ? g_strdup(names->str) : NULL;
    g_string_free(names, TRUE);
    return any;
}

static char *algorithms_used(const ScepExchange *exchange)
{
    return g_strdup_printf("The request uses %s and %s",
                           exchange->digest ? scep_crypto_oid_name(exchange->digest) : "no digest",
                           exchange->cipher ? scep_crypto_oid_name(exchange->cipher) : "no cipher");
}

static bool obsolete_algorithm(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    if (scep_digest_strength(facts->exchange->digest) != SCEP_STRENGTH_BROKEN &&
        scep_cipher_strength(facts->exchange->cipher) != SCEP_STRENGTH_BROKEN)
        return false;
    evidence->detail = algorithms_used(facts->exchange);
    return true;
}

/* Uses what the server did not list: RFC 8894 3.5.2 lets it answer badAlg. */
static bool algorithm_not_offered(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    if (!facts->exchange->server->caps_known)
        return false;
    const uint32_t wanted =
        scep_digest_capability(facts->exchange->digest) | scep_cipher_capability(facts->exchange->cipher);
    const uint32_t offered = scep_capabilities_effective(facts->exchange->server->caps);
    if ((wanted & ~offered) == 0)
        return false;
    evidence->detail = algorithms_used(facts->exchange);
    cite_capabilities(facts, evidence);
    return true;
}

/* Better was offered than what the client used. */
static bool capabilities_ignored(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepExchange *exchange = facts->exchange;

    (void)parameter;
    if (!exchange->server->caps_known)
        return false;
    const bool weak_digest = exchange->digest != NULL && scep_digest_strength(exchange->digest) < SCEP_STRENGTH_GOOD &&
                             has_capability(facts, SCEP_CAP_SHA256 | SCEP_CAP_SHA512);
    const bool weak_cipher = exchange->cipher != NULL && scep_cipher_strength(exchange->cipher) < SCEP_STRENGTH_GOOD &&
                             has_capability(facts, SCEP_CAP_AES);
    if (!weak_digest && !weak_cipher)
        return false;
    evidence->detail = g_strdup_printf("The server offers %s%s%s; the client used %s%s%s", weak_digest ? "SHA-256" : "",
                                       weak_digest && weak_cipher ? " and " : "", weak_cipher ? "AES" : "",
                                       weak_digest ? scep_crypto_oid_name(exchange->digest) : "",
                                       weak_digest && weak_cipher ? " and " : "",
                                       weak_cipher ? scep_crypto_oid_name(exchange->cipher) : "");
    cite_capabilities(facts, evidence);
    return true;
}

static bool get_though_post(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    if (!is_pki_operation(facts) || !facts->request->is_get || !has_capability(facts, SCEP_CAP_POSTPKIOPERATION))
        return false;
    cite_capabilities(facts, evidence);
    return true;
}

static bool post_not_offered(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    if (!is_pki_operation(facts) || facts->request->is_get || !facts->exchange->server->caps_known ||
        has_capability(facts, SCEP_CAP_POSTPKIOPERATION))
        return false;
    cite_capabilities(facts, evidence);
    return true;
}

static bool target_over_default(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const size_t length = facts->request->target_length;

    (void)parameter;
    if (!is_pki_operation(facts) || !facts->request->is_get || length <= IIS_QUERY_DEFAULT ||
        length > TARGET_NEAR_LIMIT)
        return false;
    evidence->detail = g_strdup_printf("The request target is %zu bytes long", length);
    return true;
}

static bool target_near_limit(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    if (!is_pki_operation(facts) || !facts->request->is_get || facts->request->target_length <= TARGET_NEAR_LIMIT)
        return false;
    evidence->detail = g_strdup_printf("The request target is %zu bytes long", facts->request->target_length);
    return true;
}

static bool names_no_ca(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    (void)evidence;
    return facts->exchange->operation == SCEP_OP_GETCACERT && !facts->request->has_identifier &&
           !scep_exchange_is_copy(facts->exchange);
}

static bool message_type_is(const ScepFacts *facts, int message_type, ScepEvidence *evidence)
{
    (void)evidence;
    return facts->exchange->message_type == message_type;
}

static bool same_message_again(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepExchange *first = facts->exchange->repeats;

    (void)parameter;
    if (first == NULL || !is_pki_operation(facts) || scep_exchange_is_copy(facts->exchange))
        return false;
    evidence->also[evidence->also_count++] = first->request_frame;
    return true;
}

static const ScepRule rules[] = {
    { "message_cut", SCEP_ON_REQUEST, message_cut, 0 },
    { "pkiop_get_bad_base64", SCEP_ON_REQUEST, bad_base64, 0 },
    { "challenge_in_clear", SCEP_ON_REQUEST, challenge_in_clear, 0 },
    { "pkiop_empty_post", SCEP_ON_REQUEST, empty_body, 0 },
    { "message_malformed", SCEP_ON_REQUEST, message_malformed, 0 },
    { "unknown_operation", SCEP_ON_REQUEST, unknown_operation, 0 },
    { "pkiop_missing_signed_attr", SCEP_ON_REQUEST, missing_attribute, 0 },
    { "pkiop_get_near_limit", SCEP_ON_REQUEST, target_near_limit, 0 },
    { "pkiop_post_not_offered", SCEP_ON_REQUEST, post_not_offered, 0 },
    { "pkiop_alg_not_in_caps", SCEP_ON_REQUEST, algorithm_not_offered, 0 },
    { "pkiop_weak_digest", SCEP_ON_REQUEST, obsolete_algorithm, 0 },
    { "caps_not_used", SCEP_ON_REQUEST, capabilities_ignored, 0 },
    { "pkiop_get_odd_base64", SCEP_ON_REQUEST, odd_base64, 0 },
    { "pkiop_get_over_query_default", SCEP_ON_REQUEST, target_over_default, 0 },
    { "pkiop_post_base64", SCEP_ON_REQUEST, base64_body, 0 },
    { "pkiop_apple_ber", SCEP_ON_REQUEST, uses_ber, 0 },
    { "pkiop_get_used", SCEP_ON_REQUEST, get_though_post, 0 },
    { "pkiop_retry_same_txid", SCEP_ON_REQUEST, same_message_again, 0 },
    { "pkiop_certpoll", SCEP_ON_REQUEST, message_type_is, SCEP_TYPE_CERTPOLL },
    { "pkiop_getcert_getcrl", SCEP_ON_REQUEST, message_type_is, SCEP_TYPE_GETCERT },
    { "pkiop_getcert_getcrl", SCEP_ON_REQUEST, message_type_is, SCEP_TYPE_GETCRL },
    { "pkiop_renewalreq", SCEP_ON_REQUEST, message_type_is, SCEP_TYPE_RENEWALREQ },
    { "cacert_missing_identifier", SCEP_ON_REQUEST, names_no_ca, 0 },
};

const ScepRuleTable scep_rules_request = { rules, G_N_ELEMENTS(rules) };
