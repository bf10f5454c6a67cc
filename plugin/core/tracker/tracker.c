/* tracker.c
 * Joins messages into exchanges, and keeps what servers told about themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/tracker.h"

#include <string.h>

#include "tracker/answer_words.h"
#include "tracker/ca_call.h"
#include "tracker/certificate_index.h"
#include "tracker/challenge_origin.h"
#include "tracker/client.h"
#include "tracker/connection.h"
#include "cms/certificate_list.h"
#include "cms/common_name.h"
#include "cms/issuer.h"
#include "tracker/issued.h"
#include "tracker/hosts.h"
#include "tracker/request_facts.h"
#include "tracker/events.h"
#include "tracker/served_path.h"
#include "tracker/extent.h"
#include "tracker/service_call.h"
#include "tracker/server_marks.h"
#include "tracker/shown.h"
#include "tracker/times.h"
#include "cms/weakness.h"

static void free_server(gpointer data)
{
    ScepServer *server = data;

    scep_shown_forget(server);
    g_free(server);
}

ScepTracker *scep_tracker_new(void)
{
    ScepTracker *tracker = g_new0(ScepTracker, 1);

    tracker->texts = g_string_chunk_new(4096);
    tracker->servers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_server);
    tracker->exchanges = g_ptr_array_new_with_free_func(g_free);
    scep_request_facts_open(tracker);
    scep_challenges_open(tracker);
    scep_served_paths_open(tracker);
    scep_service_calls_open(tracker);
    scep_match_open(tracker);
    scep_certified_open(tracker);
    scep_ca_calls_open(tracker);
    scep_hosts_open(tracker);
    scep_connections_open(tracker);
    return tracker;
}

void scep_tracker_free(ScepTracker *tracker)
{
    if (tracker == NULL)
        return;
    scep_service_calls_close(tracker);
    scep_connections_close(tracker);
    scep_hosts_close(tracker);
    scep_ca_calls_close(tracker);
    scep_certified_close(tracker);
    scep_match_close(tracker);
    scep_served_paths_close(tracker);
    scep_challenges_close(tracker);
    scep_request_facts_close(tracker);
    g_hash_table_unref(tracker->servers);
    g_ptr_array_unref(tracker->exchanges);
    g_string_chunk_free(tracker->texts);
    g_free(tracker);
}

ScepServer *scep_tracker_get0_server(ScepTracker *tracker, const ScepPlace *place)
{
    char *key = scep_server_new_key(place->server, place->server_port);
    ScepServer *server = g_hash_table_lookup(tracker->servers, key);

    if (server == NULL) {
        server = g_new0(ScepServer, 1);
        server->address = scep_tracker_text(tracker, place->server);
        server->port = place->server_port;
        server->capture_end = &tracker->last_time;
        scep_service_calls_known_host(tracker, server->address);
        g_hash_table_insert(tracker->servers, (gpointer)scep_tracker_text(tracker, key), server);
    }
    g_free(key);
    return server;
}

static ScepExchange *new_exchange(ScepTracker *tracker, const ScepPlace *place)
{
    ScepExchange *exchange = g_new0(ScepExchange, 1);

    exchange->server = scep_tracker_get0_server(tracker, place);
    exchange->client = scep_tracker_text(tracker, place->client);
    exchange->stream = place->stream;
    exchange->sequence = place->sequence;
    exchange->subject = tracker->subjects++;
    exchange->message_type = exchange->pki_status = exchange->fail_info = -1;
    g_ptr_array_add(tracker->exchanges, exchange);
    return exchange;
}

uint32_t scep_exchange_challenge(const ScepExchange *exchange)
{
    if (!exchange->has_challenge)
        return 0;
    return exchange->challenge_frame != 0 ? exchange->challenge_frame : exchange->request_frame;
}

uint32_t scep_exchange_same_challenge(const ScepExchange *exchange)
{
    return exchange->challenge_frame;
}

uint32_t scep_exchange_challenge_origin(const ScepExchange *exchange)
{
    return exchange->challenge_origin;
}

static uint32_t octets_size(const ScepOctets *octets)
{
    const size_t size = octets->joined != NULL ? g_bytes_get_size(octets->joined) : octets->span.length;

    return (uint32_t)MIN(size, UINT32_MAX);
}

static void keep_message_facts(ScepTracker *tracker, ScepExchange *exchange, const ScepRequest *request)
{
    const ScepMessage *message = request->message;
    const ScepSpan nonce = scep_message_value(message, SCEP_ATTR_SENDER_NONCE);

    exchange->message_type = (int16_t)message->message_type;
    exchange->message_type_other = scep_tracker_text(tracker, message->message_type_other);
    exchange->transaction_id = scep_tracker_text(tracker, message->transaction_id);
    exchange->digest = scep_tracker_text(tracker, message->signer.digest_algorithm);
    exchange->in_ber = message->uses_ber || (request->envelope != NULL && request->envelope->uses_ber);
    if (request->envelope != NULL)
        exchange->cipher = scep_tracker_text(tracker, request->envelope->cipher);
    if (request->envelope != NULL)
        exchange->sealed_size = octets_size(&request->envelope->ciphertext);
    exchange->nonce_length = (uint8_t)MIN(nonce.length, 255);
    if (nonce.length > 0)
        memcpy(exchange->nonce, request->body + nonce.offset, MIN(nonce.length, SCEP_KEPT_NONCE));
}

/* RFC 5280, ub-common-name */
#define LONGEST_COMMON_NAME 64

/* Renewals of old clients are PKCSReq signed with the old certificate (draft-nourse-scep). A name that is its own
 * issuer proves nothing once the signature is not its own: then the one that made it has to be there. */
static bool is_renewal(const ScepExchange *exchange, const ScepRequest *request, const ScepCertificate *signer)
{
    if (exchange->message_type != SCEP_TYPE_PKCSREQ || signer == NULL || signer->self_signed)
        return exchange->message_type == SCEP_TYPE_RENEWALREQ;
    return !signer->self_issued ||
           scep_issuer_among(exchange->server->certificates, signer, NULL) == SCEP_ISSUER_PROVEN ||
           scep_issuer_among(request->certificates, signer, NULL) == SCEP_ISSUER_PROVEN;
}

static void keep_signer(ScepExchange *exchange, const ScepRequest *request)
{
    const ScepSigner *signer = &request->message->signer;
    const ScepCertificate *certificate = scep_request_get0_signer(request);

    exchange->is_renewal = is_renewal(exchange, request, certificate);
    exchange->signer_is_valid = certificate != NULL &&
                                certificate->not_before <= exchange->request_time / SCEP_SECOND &&
                                exchange->request_time / SCEP_SECOND <= certificate->not_after;
    if (request->csr != NULL) {
        exchange->short_key = scep_key_is_short(request->csr->key_algorithm, request->csr->key_bits);
        exchange->long_name = scep_common_name_length(request->csr->subject) > LONGEST_COMMON_NAME;
        exchange->special_name = scep_common_name_is_escaped(request->csr->subject);
    } else if (certificate != NULL && certificate->self_signed && !exchange->is_renewal &&
               !scep_certificate_is_throwaway(certificate)) {
        exchange->short_key = scep_key_is_short(certificate->key_algorithm, certificate->key_bits);
    }
    if (request->body != NULL)
        exchange->signer_identity = scep_identity(request->body + signer->issuer.offset, signer->issuer.length,
                                                  request->body + signer->serial.offset, signer->serial.length);
}

/* RFC 8894 4.3. The Host field stands among the others, so where it is known they all are. */
static bool has_odd_type(const ScepRequest *request)
{
    static const char wanted[] = "application/x-pki-message";

    return request->operation == SCEP_OP_PKIOPERATION && !request->is_get && request->host != NULL &&
           (request->content_type != NULL || request->extent.cut_by == SCEP_CUT_BY_NOBODY) &&
           (request->content_type == NULL || g_ascii_strncasecmp(request->content_type, wanted, strlen(wanted)) != 0);
}

/* Windows' request to Microsoft, by its host or its path (GRAD-86). */
static bool is_for_tpm(const ScepRequest *request)
{
    static const char domain[] = ".microsoftaik.azure.net";
    const size_t size = request->host != NULL ? strcspn(request->host, ":") : 0;

    return request->path_kind == SCEP_PATH_AIK ||
           (size >= strlen(domain) &&
            g_ascii_strncasecmp(request->host + size - strlen(domain), domain, strlen(domain)) == 0);
}

/* What the capture lacks is kept with the server, since what is missing may be of any enrollment there. A sender that
 * cut its message leaves no gap in the capture. */
static void note_gap(ScepTracker *tracker, ScepExchange *exchange, const ScepExtent *extent)
{
    if (extent->cut_by == SCEP_CUT_BY_NOBODY)
        return;
    exchange->server->has_gaps = true;
    if (extent->cut_by == SCEP_CUT_BY_SNAPLEN)
        scep_tracker_note_snaplen(tracker, extent->snaplen);
}

ScepExchange *scep_tracker_request(ScepTracker *tracker, const ScepPlace *place, const ScepRequest *request)
{
    ScepExchange *exchange = new_exchange(tracker, place);

    tracker->booked++;
    exchange->request_frame = place->frame;
    exchange->request_time = place->time;
    exchange->operation = (uint8_t)request->operation;
    exchange->path_kind = (uint8_t)request->path_kind;
    exchange->is_get = request->is_get;
    exchange->target_length = (uint32_t)MIN(request->target_length, UINT32_MAX);
    exchange->identifier = scep_tracker_text(tracker, request->identifier);
    exchange->request_checks = request->checks;
    exchange->request_is_cut = !scep_request_is_whole(request);
    note_gap(tracker, exchange, &request->extent);
    if (request->message != NULL) {
        keep_message_facts(tracker, exchange, request);
        keep_signer(exchange, request);
    }
    exchange->odd_type = has_odd_type(request);
    scep_served_path_asked(tracker, exchange, request);
    scep_server_keep_request(exchange, request);
    exchange->is_aik = is_for_tpm(request);
    if (!exchange->is_aik) {
        scep_challenge_used(tracker, exchange, request->csr);
        scep_match_request(tracker, exchange, request);
        scep_client_keep(exchange, request, scep_exchange_is_copy(exchange));
        scep_challenge_confirms(tracker, exchange, request->csr);
        scep_certified_request(tracker, exchange, request);
        exchange->facts = scep_request_facts_read(tracker, exchange, request);
    }

    scep_tracker_tell(
        tracker,
        (ScepEvent){ .kind = SCEP_ON_REQUEST, .exchange = exchange, .request = request, .frame = place->frame });
    return exchange;
}

static void learn_status(ScepServer *server, const ScepExchange *exchange, const ScepResponse *response)
{
    const size_t size = MIN(response->body_size, SCEP_PAGE_SEARCH);

    server->redirects |= response->status / 100 == 3;
    if (response->status != 500 || size == 0 ||
        g_strstr_len((const char *)response->body, (gssize)size, SCEP_ISAPI_MODULE) == NULL)
        return;
    server->isapi_failed_device |= exchange->path_kind == SCEP_PATH_NDES;
    server->isapi_failed_admin |= exchange->path_kind == SCEP_PATH_NDES_ADMIN;
}

/* Which forms of a message it takes. */
static void learn_forms(ScepServer *server, const ScepExchange *exchange)
{
    server->serves_ber |= exchange->in_ber && scep_exchange_is_granted(exchange);
    server->refuses_der |= exchange->operation == SCEP_OP_PKIOPERATION && exchange->message_type >= 0 &&
                           !exchange->in_ber && exchange->status >= 400 && exchange->sentence != NULL;
}

/* What it once took is no reason to refuse another. */
static void learn_grant(ScepServer *server, const ScepExchange *exchange)
{
    if (!scep_exchange_is_granted(exchange))
        return;
    server->takes_renewals |= exchange->message_type == SCEP_TYPE_RENEWALREQ;
    server->took_odd_challenge |= exchange->odd_challenge;
    if (exchange->has_challenge && !exchange->odd_challenge)
        server->printable_frame = exchange->request_frame;
}

static void learn_server(ScepServer *server, ScepExchange *exchange, const ScepPlace *place,
                         const ScepResponse *response)
{
    const bool is_whole = scep_response_is_whole(response);

    if (response->status != 200)
        return;
    /* Of a list that was cut nothing is known to be absent, and its last word may be half of one. */
    if (is_whole && exchange->operation == SCEP_OP_GETCACAPS && response->capabilities != NULL &&
        !response->capabilities->looks_like_markup) {
        /* Clients that read line by line see nothing of keywords on one line, others do. */
        server->caps_known = response->capabilities->separator == 0;
        server->caps = response->capabilities->bits;
        server->caps_frame = place->frame;
    }
    if (exchange->operation == SCEP_OP_GETCACERT && response->certificates != NULL && response->certificates->len > 0)
        scep_shown_learn(server, exchange, place, response);
}

/* An answer with status 200 that carries something else than what was asked for. */
static bool is_page(const ScepExchange *exchange, const ScepResponse *response)
{
    if (response->status != 200 || response->body_size == 0 || response->body_unreadable || response->message != NULL)
        return false;
    /* Too little of something may look like something else; what begins as a page is one. */
    if (!scep_response_is_whole(response) && response->body[0] != '<')
        return false;
    switch (exchange->operation) {
    case SCEP_OP_GETCACAPS:
        return response->capabilities != NULL && response->capabilities->looks_like_markup;
    case SCEP_OP_GETCACERT:
        return response->certificates == NULL;
    case SCEP_OP_PKIOPERATION:
        return true;
    default:
        return false;
    }
}

static void keep_answer_facts(ScepTracker *tracker, ScepExchange *exchange, const ScepMessage *message)
{
    exchange->response_is_message = message->signer_count > 0;
    exchange->pki_status = (int16_t)message->pki_status;
    exchange->fail_info = (int16_t)message->fail_info;
    exchange->pki_status_other = scep_tracker_text(tracker, message->pki_status_other);
    exchange->fail_info_other = scep_tracker_text(tracker, message->fail_info_other);
    scep_answer_words_keep_text(tracker, exchange, message->fail_info_text);
    exchange->has_ndes_error = message->has_ndes_error;
    exchange->ndes_error = message->ndes_error;
}

static void keep_what_it_brings(ScepExchange *exchange, const ScepResponse *response)
{
    const ScepBrings brings = scep_answer_brings(exchange, response);

    exchange->brings_nothing = brings == SCEP_BRINGS_NOTHING;
    exchange->is_unread = brings == SCEP_BRINGS_UNREADABLE;
}

ScepExchange *scep_tracker_response(ScepTracker *tracker, ScepExchange *exchange, const ScepPlace *place,
                                    const ScepResponse *response)
{
    const bool is_stray = exchange == NULL;

    tracker->booked++;
    if (is_stray)
        exchange = new_exchange(tracker, place);
    exchange->response_frame = place->frame;
    exchange->response_time = place->time;
    exchange->status = response->status;
    exchange->response_checks = response->checks;
    exchange->response_is_cut = !scep_response_is_whole(response);
    note_gap(tracker, exchange, &response->extent);
    exchange->server->has_gaps |= is_stray;
    if (response->message != NULL)
        keep_answer_facts(tracker, exchange, response->message);
    exchange->response_is_page = is_page(exchange, response);
    if (is_stray)
        scep_match_stray_response(tracker, exchange);
    else
        scep_match_answered(tracker, exchange);
    keep_what_it_brings(exchange, response);
    if (exchange->enrollment != NULL && (exchange->pki_status >= 0 || exchange->pki_status_other != NULL))
        exchange->enrollment->answered = exchange;
    if (exchange->is_aik)
        return exchange;
    scep_answer_words_keep(tracker, exchange, response);
    learn_grant(exchange->server, exchange);
    learn_status(exchange->server, exchange, response);
    scep_challenge_on_page(tracker, exchange, place, response);
    learn_server(exchange->server, exchange, place, response);
    scep_server_keep_answer(exchange, response);

    scep_certified_answer(tracker, exchange, response);
    scep_request_facts_granted(tracker, exchange);
    scep_tracker_tell(tracker, (ScepEvent){ .kind = SCEP_ON_ANSWER,
                                            .exchange = exchange,
                                            .response = response,
                                            .frame = place->frame,
                                            .other_frame = exchange->request_frame });
    scep_served_path_answered(exchange, place->frame);
    learn_forms(exchange->server, exchange);
    return exchange;
}

void scep_tracker_finish(ScepTracker *tracker)
{
    if (tracker->finished == tracker->booked)
        return;
    tracker->finished = tracker->booked;
    scep_match_finish(tracker);
    scep_tracker_tell(tracker, (ScepEvent){ .kind = SCEP_AT_END });
}

/* Windows' words: CertEnroll events 86 and 87 name GetCACaps, GetCACert and Submit. */
static const char *pki_operation_step(int message_type)
{
    switch (message_type) {
    case SCEP_TYPE_CERTPOLL:
        return "Poll";
    case SCEP_TYPE_GETCERT:
        return "GetCert";
    case SCEP_TYPE_GETCRL:
        return "GetCRL";
    default:
        return "Submit";
    }
}

const char *scep_exchange_step(const ScepExchange *exchange, bool is_response)
{
    if (is_response && exchange->pki_status == SCEP_STATUS_SUCCESS && !exchange->brings_nothing)
        return "Deliver";
    switch (exchange->operation) {
    case SCEP_OP_PKIOPERATION:
        return pki_operation_step(exchange->message_type);
    case SCEP_OP_NONE:
        return exchange->path_kind == SCEP_PATH_NDES_ADMIN ? "GetChallenge" : "Browse";
    case SCEP_OP_UNKNOWN:
        return "Unknown";
    default:
        return scep_operation_name((ScepOperation)exchange->operation);
    }
}
