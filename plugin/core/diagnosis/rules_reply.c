/* rules_reply.c
 * What a CertRep or a GetCACaps answer says, and whether it fits the request.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/code_detail.h"
#include "diagnosis/rule.h"
#include "wire/algorithms.h"
#include "tracker/issued.h"
#include "scep/crypto.h"
#include "tracker/extent.h"
#include "tracker/tracker.h"
#include "cms/message.h"
#include "wire/capabilities.h"
#include "tracker/times.h"

/* Enrollments that are looked at for one with the same subject. */
#define MAX_NAMES 256

static bool is_whole(const ScepCase *about)
{
    return scep_response_is_whole(about->response);
}

static bool reply_malformed(ScepCase *about)
{
    const ScepMessage *message = about->response->message;

    return message != NULL && is_whole(about) && about->exchange->operation == SCEP_OP_PKIOPERATION &&
           scep_message_is_malformed(message);
}

static bool is_status(ScepCase *about)
{
    const int status = about->parameter;
    return scep_exchange_get0_certrep(about->exchange, about->response) != NULL &&
           about->exchange->pki_status == status;
}

/* Whether the certificate came since may stand in what the capture lacks. */
static bool is_pending(ScepCase *about)
{
    if (about->tracker->snaplen != 0)
        about->most = SCEP_SEVERITY_NOTE;
    return is_status(about);
}

static bool is_granted(ScepCase *about)
{
    return scep_exchange_get0_certrep(about->exchange, about->response) != NULL &&
           scep_exchange_is_granted(about->exchange);
}

static bool is_failure(const ScepCase *about)
{
    return scep_exchange_get0_certrep(about->exchange, about->response) != NULL &&
           about->exchange->pki_status == SCEP_STATUS_FAILURE;
}

static bool fail_info_is(ScepCase *about)
{
    const int fail_info = about->parameter;
    return is_failure(about) && about->exchange->fail_info == fail_info;
}

/* A failInfo with a value that nobody defines is present: own_fail_info() speaks of it. */
static bool no_fail_info(ScepCase *about)
{
    const ScepMessage *message = about->response->message;

    return is_failure(about) && is_whole(about) && !message->signer.attributes_truncated &&
           scep_message_get0_attribute(message, SCEP_ATTR_FAIL_INFO) == NULL;
}

/* RFC 8894 3.2.1.4 has five of them. */
static bool own_fail_info(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);

    if (!is_failure(about) || message->fail_info_other == NULL)
        return false;
    about->evidence.detail = scep_code_new_other_text(SCEP_ATTR_FAIL_INFO, message->fail_info_other, false);
    return true;
}

/* The true reason, where NDES sends it. */
static bool ndes_error(ScepCase *about)
{
    if (scep_exchange_get0_certrep(about->exchange, about->response) == NULL || !about->exchange->has_ndes_error ||
        about->exchange->ndes_error == 0)
        return false;
    ScepResultCodeText room;
    const ScepResultCode *code = scep_result_code_explain(about->exchange->ndes_error, &room);
    if (code == NULL)
        about->evidence.detail = g_strdup_printf("0x%08x", about->exchange->ndes_error);
    else
        about->evidence.detail = g_strdup_printf("0x%08x %s: %s%s%s", code->code, code->symbol, code->meaning,
                                                 code->check[0] ? ". " : "", code->check);
    return true;
}

static bool fail_info_text(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);

    if (message == NULL || message->fail_info_text == NULL)
        return false;
    if (!is_failure(about))
        about->most = SCEP_SEVERITY_NOTE;
    ScepResultCodeText room;
    about->evidence.detail =
        scep_detail_new_with_code(g_strdup_printf("\"%s\"", message->fail_info_text),
                                  scep_code_explain(message->fail_info_text, strlen(message->fail_info_text), &room));
    return true;
}

/* RFC 8894 3.2.1.5: the answer returns the request's senderNonce as recipientNonce. */
static bool nonce_mismatch(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);
    const ScepExchange *exchange = about->exchange;

    if (message == NULL || !is_whole(about) || exchange->nonce_length == 0)
        return false;
    const ScepSpan nonce = scep_message_value(message, SCEP_ATTR_RECIPIENT_NONCE);
    if (nonce.length == 0)
        return false;
    return nonce.length != exchange->nonce_length ||
           memcmp(about->response->body + nonce.offset, exchange->nonce, MIN(nonce.length, SCEP_KEPT_NONCE)) != 0;
}

static bool transaction_mismatch(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);
    const char *asked = about->exchange->transaction_id;

    if (message == NULL || message->transaction_id == NULL || asked == NULL ||
        strcmp(message->transaction_id, asked) == 0)
        return false;
    about->evidence.detail = g_strdup_printf("Asked for %.64s, answered %.64s", asked, message->transaction_id);
    return true;
}

static bool no_sender_nonce(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);

    return message != NULL && is_whole(about) && message->attributes->len > 0 &&
           scep_message_get0_attribute(message, SCEP_ATTR_SENDER_NONCE) == NULL;
}

static bool lacks_cms_attribute(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);

    return message != NULL && is_whole(about) && message->attributes->len > 0 &&
           (scep_message_get0_attribute(message, SCEP_ATTR_CONTENT_TYPE) == NULL ||
            scep_message_get0_attribute(message, SCEP_ATTR_MESSAGE_DIGEST) == NULL);
}

static bool server_message(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);

    return message != NULL && scep_message_get0_attribute(message, SCEP_ATTR_NDES_SERVER_MESSAGE) != NULL;
}

static bool is_weaker(ScepStrength reply, ScepStrength request)
{
    return request != SCEP_STRENGTH_UNKNOWN && reply < request;
}

static const char *name_of(const char *oid, const char *none)
{
    return oid != NULL ? scep_crypto_oid_name(oid) : none;
}

static char *algorithms_of(const ScepExchange *exchange, const char *digest, const char *cipher)
{
    return g_strdup_printf("Asked with %s and %s, answered with %s and %s", name_of(exchange->digest, "no digest"),
                           name_of(exchange->cipher, "no cipher"), name_of(digest, "no digest"),
                           name_of(cipher, "no cipher"));
}

/* A server that answers with less than the client showed it can do. */
static bool weaker_than_request(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);
    const ScepExchange *exchange = about->exchange;

    if (message == NULL)
        return false;
    const char *cipher = about->response->envelope ? about->response->envelope->cipher : NULL;
    const char *digest = message->signer.digest_algorithm;
    const bool weaker_digest =
        exchange->digest && digest && is_weaker(scep_digest_strength(digest), scep_digest_strength(exchange->digest));
    const bool weaker_cipher =
        exchange->cipher && cipher && is_weaker(scep_cipher_strength(cipher), scep_cipher_strength(exchange->cipher));
    if (!weaker_digest && !weaker_cipher)
        return false;
    about->evidence.detail = algorithms_of(exchange, digest, cipher);
    return true;
}

static bool is_stronger(ScepStrength reply, ScepStrength request)
{
    return reply != SCEP_STRENGTH_UNKNOWN && request != SCEP_STRENGTH_UNKNOWN && reply > request;
}

/* @param capability  the keyword that offers it, 0 where there is none */
static bool is_listed(const ScepServer *server, uint32_t capability)
{
    return (capability & scep_capabilities_effective(server->caps)) != 0;
}

/* Stronger than the request, and not what the server lists: whether the client can read that, nothing tells. */
static bool stronger_than_offered(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);
    const ScepExchange *exchange = about->exchange;

    if (message == NULL || !exchange->server->caps_known)
        return false;
    const char *cipher = about->response->envelope ? about->response->envelope->cipher : NULL;
    const char *digest = message->signer.digest_algorithm;
    const bool digest_is_news = is_stronger(scep_digest_strength(digest), scep_digest_strength(exchange->digest)) &&
                                !is_listed(exchange->server, scep_digest_capability(digest));
    const bool cipher_is_news = is_stronger(scep_cipher_strength(cipher), scep_cipher_strength(exchange->cipher)) &&
                                !is_listed(exchange->server, scep_cipher_capability(cipher));
    if (!digest_is_news && !cipher_is_news)
        return false;
    about->evidence.detail = algorithms_of(exchange, digest, cipher);
    scep_case_also(about, exchange->server->caps_frame);
    return true;
}

/* Texts are interned, so pointers compare. Only a request that was opened tells its subject before it is granted. */
static bool same_name_refused(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const ScepEnrollment *own = exchange->enrollment;
    const GPtrArray *all = about->tracker->enrollments;

    if (own == NULL || own->subject == NULL || own->subject[0] == '\0' || exchange->is_renewal ||
        exchange->path_kind == SCEP_PATH_NDES || scep_exchange_get0_certrep(about->exchange, about->response) == NULL ||
        exchange->pki_status != SCEP_STATUS_FAILURE || exchange->fail_info != SCEP_FAIL_BAD_REQUEST)
        return false;
    for (guint i = own->number - 1, looked = 0; i > 0 && looked < MAX_NAMES; i--, looked++) {
        const ScepEnrollment *other = g_ptr_array_index(all, i - 1);
        if (other->subject != own->subject || other->server != own->server ||
            scep_enrollment_outcome(other) != SCEP_OUTCOME_ISSUED)
            continue;
        about->evidence.detail = g_strdup_printf("Enrollment %u got one for \"%.200s\"", other->number, other->subject);
        scep_case_also(about, scep_enrollment_get0_decisive(other)->response_frame);
        return true;
    }
    return false;
}

static bool caps_answer(const ScepCase *about, uint32_t *offered)
{
    const ScepCapabilities *capabilities = about->response->capabilities;

    if (!is_whole(about) || about->exchange->operation != SCEP_OP_GETCACAPS || about->response->status != 200 ||
        capabilities == NULL || capabilities->looks_like_markup || capabilities->count == 0 ||
        capabilities->separator != 0)
        return false;
    *offered = scep_capabilities_effective(capabilities->bits);
    return true;
}

/* @a operation: SCEP_OP_GETCACAPS with status 200, or SCEP_OP_PKIOPERATION with 200 or 500. */
static bool no_content_type(ScepCase *about)
{
    const int operation = about->parameter;
    const ScepResponse *response = about->response;

    return is_whole(about) && about->exchange->operation == operation && about->exchange->request_frame != 0 &&
           response->content_type == NULL && response->body_size > 0 &&
           (response->status == 200 || (response->status == 500 && operation == SCEP_OP_PKIOPERATION));
}

static bool caps_on_one_line(ScepCase *about)
{
    const ScepCapabilities *capabilities = about->response->capabilities;

    if (about->exchange->operation != SCEP_OP_GETCACAPS || about->response->status != 200 || capabilities == NULL ||
        capabilities->separator == 0)
        return false;
    about->evidence.detail = capabilities->separator == ' ' || capabilities->separator == '\t'
                                 ? g_strdup("They are separated by blanks")
                                 : g_strdup_printf("They are separated by \"%c\"", capabilities->separator);
    return true;
}

static bool caps_lack(ScepCase *about)
{
    const int bit = about->parameter;
    uint32_t offered;

    return caps_answer(about, &offered) && (offered & (uint32_t)bit) == 0;
}

/* iOS 10 and later want a SHA line and a cipher line. */
static bool caps_no_modern(ScepCase *about)
{
    uint32_t offered;

    return caps_answer(about, &offered) && (!(offered & (SCEP_CAP_SHA1 | SCEP_CAP_SHA256 | SCEP_CAP_SHA512)) ||
                                            !(offered & (SCEP_CAP_DES3 | SCEP_CAP_AES)));
}

static bool caps_weak_only(ScepCase *about)
{
    uint32_t offered;

    return caps_answer(about, &offered) && !(offered & (SCEP_CAP_SHA256 | SCEP_CAP_SHA512 | SCEP_CAP_AES)) &&
           (offered & SCEP_CAP_SHA1) && (offered & SCEP_CAP_DES3);
}

static const ScepRule rules[] = {
    { SCEP_HINT_message_malformed, SCEP_ON_ANSWER, reply_malformed, 0 },
    { SCEP_HINT_certrep_txid_mismatch, SCEP_ON_ANSWER, transaction_mismatch, 0 },
    { SCEP_HINT_certrep_nonce_mismatch, SCEP_ON_ANSWER, nonce_mismatch, 0 },
    { SCEP_HINT_certrep_ndes_hresult, SCEP_ON_ANSWER, ndes_error, 0 },
    { SCEP_HINT_certrep_failinfotext, SCEP_ON_ANSWER, fail_info_text, 0 },
    { SCEP_HINT_certrep_fail_badalg, SCEP_ON_ANSWER, fail_info_is, SCEP_FAIL_BAD_ALG },
    { SCEP_HINT_certrep_fail_badmessagecheck, SCEP_ON_ANSWER, fail_info_is, SCEP_FAIL_BAD_MESSAGE_CHECK },
    { SCEP_HINT_certrep_fail_badrequest, SCEP_ON_ANSWER, fail_info_is, SCEP_FAIL_BAD_REQUEST },
    { SCEP_HINT_certrep_fail_badtime, SCEP_ON_ANSWER, fail_info_is, SCEP_FAIL_BAD_TIME },
    { SCEP_HINT_certrep_fail_badcertid, SCEP_ON_ANSWER, fail_info_is, SCEP_FAIL_BAD_CERT_ID },
    { SCEP_HINT_certrep_fail_no_failinfo, SCEP_ON_ANSWER, no_fail_info, 0 },
    { SCEP_HINT_certrep_fail_own_code, SCEP_ON_ANSWER, own_fail_info, 0 },
    { SCEP_HINT_certrep_duplicate_cn, SCEP_ON_ANSWER, same_name_refused, 0 },
    { SCEP_HINT_certrep_msg_attr_38, SCEP_ON_ANSWER, server_message, 0 },
    { SCEP_HINT_certrep_missing_content_type_attr, SCEP_ON_ANSWER, lacks_cms_attribute, 0 },
    { SCEP_HINT_certrep_missing_sender_nonce, SCEP_ON_ANSWER, no_sender_nonce, 0 },
    { SCEP_HINT_certrep_no_content_type, SCEP_ON_ANSWER, no_content_type, SCEP_OP_PKIOPERATION },
    { SCEP_HINT_reply_weaker_than_request, SCEP_ON_ANSWER, weaker_than_request, 0 },
    { SCEP_HINT_certrep_digest_not_offered, SCEP_ON_ANSWER, stronger_than_offered, 0 },
    { SCEP_HINT_certrep_pending, SCEP_ON_ANSWER, is_pending, SCEP_STATUS_PENDING },
    { SCEP_HINT_certrep_pending_challenge_11, SCEP_ON_ANSWER, is_status, 11 },
    { SCEP_HINT_certrep_success, SCEP_ON_ANSWER, is_granted, 0 },
    { SCEP_HINT_caps_wrong_separator, SCEP_ON_ANSWER, caps_on_one_line, 0 },
    { SCEP_HINT_caps_no_sha_no_3des, SCEP_ON_ANSWER, caps_no_modern, 0 },
    { SCEP_HINT_caps_sha1_des3_only, SCEP_ON_ANSWER, caps_weak_only, 0 },
    { SCEP_HINT_caps_no_post, SCEP_ON_ANSWER, caps_lack, SCEP_CAP_POSTPKIOPERATION },
    { SCEP_HINT_caps_null_content_type, SCEP_ON_ANSWER, no_content_type, SCEP_OP_GETCACAPS },
};

const ScepRuleTable scep_rules_reply = { .rules = rules, .count = G_N_ELEMENTS(rules) };
