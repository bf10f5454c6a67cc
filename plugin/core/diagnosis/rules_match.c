/* rules_match.c
 * Whether messages fit each other: a request what the server offers and what was sent before, an answer its request.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/rule.h"
#include "wire/algorithms.h"
#include "cms/certificate_list.h"
#include "cms/issuer.h"
#include "tracker/client.h"
#include "tracker/issued.h"
#include "scep/crypto.h"
#include "tracker/extent.h"
#include "tracker/tracker.h"
#include "cms/weakness.h"
#include "wire/capabilities.h"
#include "tracker/times.h"

/* Servers that are looked at for the one that showed a certificate. */
#define MAX_SERVERS 64

/* So many requests of a kind within so much time are a loop. */
#define LOOP_TRIES 3

#define OID_RSAES_OAEP "1.2.840.113549.1.1.7"

/* Requests of one enrollment that are looked at for the certificate an answer is encrypted to. */
#define MAX_REQUESTS 64

/* ---- requests ---------------------------------------------------------------------------------------------------- */

/* RFC 8894 3.2.1.5: a fresh number for every message. The same message seen again is no second request. */
static bool nonce_used_before(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const ScepExchange *first = scep_exchange_get0_same_nonce(about->tracker, exchange);

    if (first == NULL || first == exchange || exchange->repeats != NULL)
        return false;
    about->evidence.detail = first->transaction_id == exchange->transaction_id
                                 ? g_strdup("Both belong to the same transaction")
                                 : g_strdup_printf("The first belongs to transaction %.64s", first->transaction_id);
    scep_case_also(about, first->request_frame);
    return true;
}

/* A server at another address whose GetCACert answer holds what a request is encrypted to. */
static const ScepServer *server_of(const ScepCase *about, const ScepRecipient *recipient)
{
    const ScepServer *own = about->exchange->server;
    unsigned looked = 0;
    GHashTableIter iterator;
    gpointer value;

    g_hash_table_iter_init(&iterator, about->tracker->servers);
    while (looked++ < MAX_SERVERS && g_hash_table_iter_next(&iterator, NULL, &value)) {
        const ScepServer *server = value;
        /* Another port is the same server: a redirect leads there. */
        if (server->address != own->address &&
            scep_recipient_get0_certificate(server->certificates, recipient, about->request->content) != NULL)
            return server;
    }
    return NULL;
}

/* GetCACert was answered by one server, and the request went to another: behind a load balancer without affinity. Only
 * where that one has shown other certificates, or this client got its own from the first: a server may have two
 * addresses. The copy of a request behind a proxy is no request to another server, nor is one to a server that
 * redirects. */
static bool server_changed(ScepCase *about)
{
    const ScepEnvelope *envelope = about->request->envelope;

    if (envelope == NULL || about->request->content == NULL || envelope->recipients->len == 0 ||
        scep_exchange_is_copy(about->exchange) || about->exchange->server->redirects ||
        about->exchange->server->certificates_cut || !scep_request_is_whole(about->request))
        return false;
    const ScepRecipient *recipient = &g_array_index(envelope->recipients, ScepRecipient, 0);
    if (recipient->type != SCEP_RECIPIENT_KTRI || recipient->issuer.length == 0 ||
        scep_recipient_get0_certificate(about->exchange->server->certificates, recipient, about->request->content) !=
            NULL)
        return false;
    const ScepServer *other = server_of(about, recipient);
    if (other == NULL || (about->exchange->server->certificates == NULL &&
                          !scep_match_has_prelude(about->tracker, about->exchange->client, other)))
        return false;
    about->evidence.detail = g_strdup_printf("Encrypted for a certificate that %s has shown, and sent to %s",
                                             other->address, about->exchange->server->address);
    scep_case_also(about, other->cacert_frame);
    return true;
}

static bool is_first_operation(const ScepExchange *exchange)
{
    const ScepExchange *first = exchange->enrollment ? exchange->enrollment->first : NULL;

    while (first != NULL && first->operation != SCEP_OP_PKIOPERATION)
        first = first->next;
    return first == exchange;
}

static bool transaction_used_before(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const ScepEnrollment *earlier = exchange->enrollment ? exchange->enrollment->earlier : NULL;

    if (earlier == NULL || !is_first_operation(exchange) || earlier->last->response_frame == 0)
        return false;
    about->evidence.detail = g_strdup_printf("Enrollment %u had it before", earlier->number);
    scep_case_also(about, earlier->last->request_frame);
    return true;
}

/* Requests of this kind by this client under this transactionID within the last minute, this one too; none when one of
 * them was granted. */
static unsigned count_tries(const ScepExchange *exchange)
{
    const ScepEnrollment *enrollment = exchange->enrollment;
    unsigned tries = 0, looked = 0;

    for (; enrollment != NULL; enrollment = enrollment->earlier) {
        for (const ScepExchange *one = enrollment->first; one != NULL && looked < MAX_REQUESTS;
             one = one->next, looked++) {
            if (one->operation != SCEP_OP_PKIOPERATION || one->message_type != exchange->message_type ||
                one->client != exchange->client || one->request_frame == 0 || scep_exchange_is_copy(one) ||
                exchange->request_time - one->request_time > SCEP_RETRY_LOOP_TIME)
                continue;
            if (scep_exchange_is_granted(one) || one->response_is_cut)
                return 0;
            tries++;
        }
        if (looked >= MAX_REQUESTS)
            break;
    }
    return tries;
}

/* A client that polls does what it should. */
static bool tries_in_a_loop(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    if (exchange->message_type != SCEP_TYPE_PKCSREQ && exchange->message_type != SCEP_TYPE_RENEWALREQ)
        return false;
    const unsigned tries = count_tries(exchange);
    if (tries < LOOP_TRIES)
        return false;
    about->evidence.detail = g_strdup_printf("%u tries within a minute", tries);
    return true;
}

/* @a asks: SCEP_TYPE_CERTPOLL behind SUCCESS, or a whole request behind PENDING. */
static bool asks_after(ScepCase *about)
{
    const int asks = about->parameter;
    const ScepExchange *exchange = about->exchange;
    const bool is_poll = exchange->message_type == SCEP_TYPE_CERTPOLL;
    const bool is_whole = exchange->message_type == SCEP_TYPE_PKCSREQ || exchange->message_type == SCEP_TYPE_RENEWALREQ;

    if (scep_exchange_is_copy(exchange) || !(asks == SCEP_TYPE_CERTPOLL ? is_poll : is_whole))
        return false;
    const ScepExchange *before = exchange->enrollment ? exchange->enrollment->answered : NULL;
    if (before == NULL ||
        !(asks == SCEP_TYPE_CERTPOLL ? scep_exchange_is_granted(before) : before->pki_status == SCEP_STATUS_PENDING))
        return false;
    scep_case_also(about, before->response_frame);
    return true;
}

/* RFC 8894 3.5.2: Renewal is a keyword of its own; SCEPStandard does not stand for it. */
static bool renewal_not_offered(ScepCase *about)
{
    const ScepServer *server = about->exchange->server;

    if (!about->exchange->is_renewal || !server->caps_known || (server->caps & (SCEP_CAP_RENEWAL | SCEP_CAP_UPDATE)))
        return false;
    scep_case_also(about, server->caps_frame);
    return true;
}

/* Windows takes OAEP by itself, and NDES opens it. */
static const char *unusual_encryption(const ScepEnvelope *envelope, bool is_windows)
{
    for (guint i = 0; i < envelope->recipients->len; i++) {
        const ScepRecipient *recipient = &g_array_index(envelope->recipients, ScepRecipient, i);
        if (recipient->type != SCEP_RECIPIENT_KTRI)
            return scep_recipient_type_name(recipient->type);
        if (!is_windows && recipient->algorithm != NULL && strcmp(recipient->algorithm, OID_RSAES_OAEP) == 0)
            return "RSAES-OAEP";
    }
    if (envelope->kind == SCEP_CONTENT_AUTH_ENVELOPED)
        return "AuthEnvelopedData";
    return scep_cipher_is_authenticated(envelope->cipher) ? "AES-GCM" : NULL;
}

static bool encryption_unusual(ScepCase *about)
{
    const ScepEnvelope *envelope = about->request->envelope;
    const bool is_windows = scep_enrollment_client_is(about->exchange->enrollment, SCEP_CLIENT_WINDOWS);
    const char *what = envelope ? unusual_encryption(envelope, is_windows) : NULL;

    if (what == NULL)
        return false;
    about->evidence.detail = g_strdup_printf("The request uses %s", what);
    return true;
}

/* The signature on a self-signed certificate proves nothing, so its algorithm does not count. */
static bool weak_signer(ScepCase *about)
{
    const ScepCertificate *signer = scep_request_get0_signer(about->request);

    if (signer == NULL || !(scep_key_is_short(signer->key_algorithm, signer->key_bits) ||
                            (!signer->self_signed && (scep_signed_with_md5(signer) || scep_signed_with_sha1(signer)))))
        return false;
    about->evidence.detail = scep_weakness_new_text(signer);
    return true;
}

static bool weak_request_key(ScepCase *about)
{
    const ScepCsr *csr = about->request->csr;

    if (csr == NULL || !scep_key_is_short(csr->key_algorithm, csr->key_bits))
        return false;
    about->evidence.detail = g_strdup_printf("The request is for a key of %u bits", csr->key_bits);
    return true;
}

/* The request shows which one it uses. */
static bool known_challenge_too_old(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    if (!exchange->challenge_of_page || exchange->challenge_lasts ||
        exchange->challenge_age <= SCEP_CHALLENGE_TIME / SCEP_SECOND)
        return false;
    about->evidence.detail = g_strdup_printf("This one was handed out %u minutes before", exchange->challenge_age / 60);
    scep_case_also(about, exchange->challenge_origin);
    return true;
}

/* NDES forgets its one-time passwords after an hour. Where the request does not show its own, the newest one that this
 * server handed out is older; where it shows one that nobody was seen to hand out, nothing is known of its age. */
static bool challenge_too_old(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const int64_t age = exchange->request_time - exchange->server->challenge_time;

    if (exchange->message_type != SCEP_TYPE_PKCSREQ || exchange->is_renewal)
        return false;
    if (exchange->challenge_origin != 0)
        return known_challenge_too_old(about);
    if (exchange->server->challenge_frame == 0 || age <= SCEP_CHALLENGE_TIME ||
        (about->request->csr != NULL && about->request->csr->challenge.present))
        return false;
    about->evidence.detail = g_strdup_printf(
        "The newest one that this server handed out is %" G_GINT64_FORMAT " minutes old", age / (60 * SCEP_SECOND));
    scep_case_also(about, exchange->server->challenge_frame);
    return true;
}

static bool challenge_in_renewal(ScepCase *about)
{
    return about->exchange->is_renewal && about->request->csr != NULL && about->request->csr->challenge.present;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static const ScepMessage *whole_certrep(const ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);

    return message != NULL && scep_response_is_whole(about->response) && message->attributes->len > 0 ? message : NULL;
}

static bool no_certrep(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);

    if (message == NULL || message->message_type == SCEP_TYPE_CERTREP ||
        (message->message_type < 0 && message->message_type_other == NULL))
        return false;
    /* What has a status is an answer, whatever it calls itself; a type that nobody defines is told of below. */
    if (message->message_type_other != NULL && message->pki_status >= 0)
        return false;
    about->evidence.detail = message->message_type_other != NULL
                                 ? scep_code_new_other_text(SCEP_ATTR_MESSAGE_TYPE, message->message_type_other, false)
                                 : g_strdup_printf("Its messageType is %d", message->message_type);
    return true;
}

/* RFC 8894 3.2.1.2 */
static bool own_type(ScepCase *about)
{
    const bool is_request = about->request != NULL;
    const ScepMessage *message =
        is_request ? about->request->message : scep_exchange_get0_certrep(about->exchange, about->response);

    if (message == NULL || message->message_type_other == NULL)
        return false;
    about->evidence.detail = scep_code_new_other_text(SCEP_ATTR_MESSAGE_TYPE, message->message_type_other, is_request);
    return true;
}

/* Left out, or there and not understood: two things, and both leave open what became of the request. */
static bool unknown_status(ScepCase *about)
{
    const ScepMessage *message = whole_certrep(about);

    if (message == NULL || message->message_type != SCEP_TYPE_CERTREP)
        return false;
    if (message->pki_status_other != NULL) {
        about->evidence.detail = scep_code_new_other_text(SCEP_ATTR_PKI_STATUS, message->pki_status_other, false);
        return true;
    }
    if (message->pki_status >= 0 || message->signer.attributes_truncated ||
        scep_message_get0_attribute(message, SCEP_ATTR_PKI_STATUS) != NULL)
        return false;
    about->evidence.detail = g_strdup("It has no pkiStatus");
    return true;
}

static bool is_identity_of(const ScepExchange *exchange, uint64_t identity)
{
    if (exchange->signer_identity == identity)
        return true;
    /* The answer to a poll may be encrypted as the answer to the first request would have been. */
    const ScepExchange *one = exchange->enrollment ? exchange->enrollment->first : NULL;
    for (unsigned i = 0; one != NULL && i < MAX_REQUESTS; one = one->next, i++) {
        if (exchange->message_type == SCEP_TYPE_CERTPOLL && one->signer_identity == identity)
            return true;
    }
    return false;
}

/* RFC 8894 3.2.2: the answer is encrypted to the certificate that signed the request. */
static bool wrong_recipient(ScepCase *about)
{
    const ScepEnvelope *envelope = about->response->envelope;
    const uint8_t *content = about->response->content;

    if (whole_certrep(about) == NULL || envelope == NULL || content == NULL || envelope->recipients->len == 0 ||
        about->exchange->signer_identity == 0)
        return false;
    for (guint i = 0; i < envelope->recipients->len; i++) {
        const ScepRecipient *recipient = &g_array_index(envelope->recipients, ScepRecipient, i);
        const uint64_t identity = recipient->type == SCEP_RECIPIENT_KTRI
                                      ? scep_identity(content + recipient->issuer.offset, recipient->issuer.length,
                                                      content + recipient->serial.offset, recipient->serial.length)
                                      : 0;
        if (identity == 0 || is_identity_of(about->exchange, identity))
            return false;
    }
    const ScepRecipient *first = &g_array_index(envelope->recipients, ScepRecipient, 0);
    char *issuer = scep_name_new_text(content + first->issuer.offset, first->issuer.length);
    about->evidence.detail = g_strdup_printf("Encrypted for a certificate of \"%s\"", issuer ? issuer : "");
    g_free(issuer);
    return true;
}

/* As micromdm and step-ca do it. */
static bool nonce_echoed(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);

    if (message == NULL)
        return false;
    const ScepSpan own = scep_message_value(message, SCEP_ATTR_SENDER_NONCE);
    const ScepSpan returned = scep_message_value(message, SCEP_ATTR_RECIPIENT_NONCE);
    return own.length > 0 && own.length == returned.length &&
           memcmp(about->response->body + own.offset, about->response->body + returned.offset, own.length) == 0;
}

/* RFC 8894 3.2.1.5: an answer returns the number of its request. */
static bool nonce_not_returned(ScepCase *about)
{
    const ScepMessage *message = whole_certrep(about);

    return message != NULL && !message->signer.attributes_truncated && about->exchange->nonce_length > 0 &&
           scep_message_get0_attribute(message, SCEP_ATTR_RECIPIENT_NONCE) == NULL;
}

static bool renewal_refused(ScepCase *about)
{
    return about->exchange->is_renewal && scep_exchange_get0_certrep(about->exchange, about->response) != NULL &&
           about->exchange->pki_status == SCEP_STATUS_FAILURE;
}

/* Only where nothing else explains the refusal. */
static bool renewal_type_refused(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    if (!renewal_refused(about) || exchange->message_type != SCEP_TYPE_RENEWALREQ ||
        exchange->fail_info != SCEP_FAIL_BAD_REQUEST || !exchange->server->caps_known ||
        !(exchange->server->caps & SCEP_CAP_RENEWAL) || (exchange->has_ndes_error && exchange->ndes_error != 0) ||
        scep_findings_get0_of(scep_exchange_get0_findings(about->diagnosis, exchange, false),
                              SCEP_HINT_pkiop_renewal_expired_signer) != NULL)
        return false;
    scep_case_also(about, exchange->server->caps_frame);
    return true;
}

/* The two codes by which a CA tells of what is wrong in the PKCS#10; without a code, badRequest may mean them too. */
#define E_KEY_LENGTH 0x80094811
#define E_BAD_REQUEST_SUBJECT 0x80094001

static bool refused_for(const ScepCase *about, uint32_t code)
{
    const ScepExchange *exchange = about->exchange;

    if (scep_exchange_get0_certrep(about->exchange, about->response) == NULL ||
        exchange->pki_status != SCEP_STATUS_FAILURE)
        return false;
    /* A code that is there and cannot be read may be any. */
    if (!exchange->has_ndes_error &&
        scep_message_get0_attribute(about->response->message, SCEP_ATTR_NDES_ERROR) != NULL)
        return false;
    return exchange->has_ndes_error && exchange->ndes_error != 0 ? exchange->ndes_error == code
                                                                 : exchange->fail_info == SCEP_FAIL_BAD_REQUEST;
}

static bool short_key_refused(ScepCase *about)
{
    return about->exchange->short_key && refused_for(about, E_KEY_LENGTH);
}

static bool long_name_refused(ScepCase *about)
{
    return about->exchange->long_name && refused_for(about, E_BAD_REQUEST_SUBJECT);
}

/* A CA's own code says that the policy module let the request pass; RPC's, that the CA was not reached. */
#define FACILITY_OF(code) ((code) >> 16 & 0x1fff)
enum { FACILITY_NULL = 0 };

/* The module compares texts (SA-FAIL); what it says to NDES is not documented. */
static bool special_name_refused(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    if (!exchange->special_name || scep_exchange_get0_certrep(about->exchange, about->response) == NULL ||
        exchange->pki_status != SCEP_STATUS_FAILURE ||
        (exchange->fail_info != SCEP_FAIL_BAD_REQUEST && exchange->fail_info != SCEP_FAIL_BAD_MESSAGE_CHECK) ||
        (exchange->has_ndes_error && FACILITY_OF(exchange->ndes_error) != FACILITY_NULL))
        return false;
    about->evidence.detail =
        g_strdup_printf("The subject is \"%.200s\"",
                        exchange->enrollment && exchange->enrollment->subject ? exchange->enrollment->subject : "");
    return true;
}

/* ---- the certificate that was issued ----------------------------------------------------------------------------- */

static bool old_certificate(ScepCase *about)
{
    const ScepCertificate *issued = scep_exchange_get0_issued(about->exchange, about->response);

    if (issued == NULL || !about->exchange->is_renewal ||
        scep_certificate_identity(issued) != about->exchange->signer_identity)
        return false;
    about->evidence.detail = g_strdup_printf("\"%s\"", issued->subject);
    return true;
}

/* A CA that got a new key keeps its name, so the signature decides. */
static bool issuer_unknown(ScepCase *about)
{
    const ScepCertificate *issued = scep_exchange_get0_issued(about->exchange, about->response);
    const ScepServer *server = about->exchange->server;

    if (issued == NULL || !scep_server_list_is_whole(server) || !scep_response_is_whole(about->response))
        return false;
    const ScepIssuerKind kinds[] = { scep_issuer_among(server->certificates, issued, NULL),
                                     scep_issuer_among(about->response->issued, issued, NULL),
                                     scep_issuer_among(about->response->certificates, issued, NULL) };
    const ScepIssuerKind kind = MAX(MAX(kinds[0], kinds[1]), kinds[2]);
    if (kind == SCEP_ISSUER_NAMED || kind == SCEP_ISSUER_PROVEN)
        return false;
    about->evidence.detail = g_strdup_printf(
        kind == SCEP_ISSUER_ABSENT ? "Issued by \"%s\"" : "Issued by \"%s\", with another key than the server shows",
        issued->issuer);
    scep_case_also(about, server->cacert_frame);
    return true;
}

static bool weak_issued(ScepCase *about)
{
    const ScepCertificate *issued = scep_exchange_get0_issued(about->exchange, about->response);

    if (issued == NULL || !(scep_key_is_short(issued->key_algorithm, issued->key_bits) ||
                            scep_signed_with_md5(issued) || scep_signed_with_sha1(issued)))
        return false;
    about->evidence.detail = scep_weakness_new_text(issued);
    return true;
}

static const ScepRule rules[] = {
    { SCEP_HINT_ndes_server_changes_mid_enrolment, SCEP_ON_REQUEST, server_changed, 0 },
    { SCEP_HINT_message_type_unknown, SCEP_ON_REQUEST, own_type, 0 },
    { SCEP_HINT_nonce_reused, SCEP_ON_REQUEST, nonce_used_before, 0 },
    { SCEP_HINT_retry_loop, SCEP_ON_REQUEST, tries_in_a_loop, 0 },
    { SCEP_HINT_challenge_expired_age, SCEP_ON_REQUEST, challenge_too_old, 0 },
    { SCEP_HINT_caps_no_renewal, SCEP_ON_REQUEST, renewal_not_offered, 0 },
    { SCEP_HINT_weak_signature, SCEP_ON_REQUEST, weak_signer, 0 },
    { SCEP_HINT_weak_signature, SCEP_ON_REQUEST, weak_request_key, 0 },
    { SCEP_HINT_pkiop_encryption_unusual, SCEP_ON_REQUEST, encryption_unusual, 0 },
    { SCEP_HINT_pkiop_challenge_in_renewal, SCEP_ON_REQUEST, challenge_in_renewal, 0 },
    { SCEP_HINT_certrep_certpoll_after_success, SCEP_ON_REQUEST, asks_after, SCEP_TYPE_CERTPOLL },
    { SCEP_HINT_pending_resync, SCEP_ON_REQUEST, asks_after, SCEP_TYPE_PKCSREQ },
    { SCEP_HINT_txid_reused, SCEP_ON_REQUEST, transaction_used_before, 0 },
    { SCEP_HINT_reply_is_no_certrep, SCEP_ON_ANSWER, no_certrep, 0 },
    { SCEP_HINT_certrep_unknown_status, SCEP_ON_ANSWER, unknown_status, 0 },
    { SCEP_HINT_message_type_unknown, SCEP_ON_ANSWER, own_type, 0 },
    { SCEP_HINT_certrep_wrong_recipient, SCEP_ON_ANSWER, wrong_recipient, 0 },
    { SCEP_HINT_certrep_missing_recipient_nonce, SCEP_ON_ANSWER, nonce_not_returned, 0 },
    { SCEP_HINT_csr_key_too_small, SCEP_ON_ANSWER, short_key_refused, 0 },
    { SCEP_HINT_csr_cn_too_long, SCEP_ON_ANSWER, long_name_refused, 0 },
    { SCEP_HINT_csr_subject_escaped, SCEP_ON_ANSWER, special_name_refused, 0 },
    { SCEP_HINT_caps_renewal_but_17_rejected, SCEP_ON_ANSWER, renewal_type_refused, 0 },
    { SCEP_HINT_certrep_renewal_rejected, SCEP_ON_ANSWER, renewal_refused, 0 },
    { SCEP_HINT_certrep_success_old_cert, SCEP_ON_ANSWER, old_certificate, 0 },
    { SCEP_HINT_issued_issuer_unknown, SCEP_ON_ANSWER, issuer_unknown, 0 },
    { SCEP_HINT_weak_signature, SCEP_ON_ANSWER, weak_issued, 0 },
    { SCEP_HINT_certrep_nonce_echoed, SCEP_ON_ANSWER, nonce_echoed, 0 },
};

const ScepRuleTable scep_rules_match = { .rules = rules, .count = G_N_ELEMENTS(rules) };
