/* first_pass.c
 * Finds a frame's SCEP messages when it is dissected for the first time, and books them with the tracker.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "first_pass.h"

#include <epan/conversation.h>
#include <string.h>

#include "capture_file.h"
#include "comment_keys.h"
#include "fields.h"
#include "preferences.h"
#include "segment.h"
#include "service_state.h"
#include "tcp_tls_tracker.h"
#include "unfinished.h"

/* A request of which the answer is to come: to SCEP, or to a service around it. File scope. */
typedef struct {
    ScepExchange *exchange;
    ScepServiceCall *call;
    uint32_t acknowledged; /* of the server's octets by the end of the request; HTTP/1 without TLS */
    uint32_t began;        /* frame in which an answer begins that is not complete yet, or 0 */
    bool is_head;          /* a HEAD request on a connection that carries SCEP; nothing else is set */
} Asked;

/* One transport connection that carried SCEP. File scope, used in the first pass. */
typedef struct {
    wmem_list_t *open;   /* HTTP/1: of Asked*, NULL for a request that is neither; oldest first */
    Unfinished *request; /* HTTP/1: to SCEP, its end has not come yet; NULL for none */
    Http2Connection *http2;
    wmem_map_t *streams; /* HTTP/2 stream id -> Asked* */
} Connection;

static Connection *connection_of(packet_info *pinfo, bool make)
{
    if (capture_file->scep_connections == 0 && !make)
        return NULL;
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    if (conversation == NULL) {
        if (!make)
            return NULL;
        conversation = find_or_create_conversation(pinfo);
    }
    Connection *connection = conversation_get_proto_data(conversation, proto_scep);
    if (connection == NULL && make) {
        connection = wmem_new0(wmem_file_scope(), Connection);
        connection->open = wmem_list_new(wmem_file_scope());
        conversation_add_proto_data(conversation, proto_scep, connection);
        capture_file->scep_connections++;
    }
    return connection;
}

/* Certificates of the capture tell which of the user's keys is whose. */
static void learn_certificates(const ScepHttpPdu *pdu)
{
    for (guint i = 0; pdu->certificates != NULL && i < pdu->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(pdu->certificates, i);
        size_t size;
        if (certificate == NULL)
            continue;
        const uint8_t *der = g_bytes_get_data(certificate->der, &size);
        scep_keyring_learn_certificate(scep_preferences.keyring, der, size);
    }
}

static void check(ScepHttpPdu *pdu, const ScepServer *server)
{
    const ScepOffered offered = scep_server_offers(server, pdu->message, pdu->bytes);

    learn_certificates(pdu);
    if (pdu->message == NULL)
        return;
    pdu->checks = scep_checker_run(capture_file->checker, pdu->message, pdu->bytes, pdu->size, pdu->envelope,
                                   pdu->content, pdu->content_size, &offered);
    scep_pdu_open(pdu);
}

static ScepPlace place_of_request(packet_info *pinfo)
{
    ScepPlace place = capture_place(pinfo, true);
    Segment segment;

    if (pinfo->ptype == PT_TCP && segment_read(pinfo, &segment))
        place.sequence = segment_sequence(&segment);
    return place;
}

static ScepExchange *book_request(ScepHttpPdu *pdu, const ScepPlace *place)
{
    const HttpHead *head = pdu->http.head;
    const bool asks_ca = pdu->query.operation != SCEP_OP_PKIOPERATION;
    char *identifier = asks_ca && pdu->query.has_message
                           ? scep_query_new_text((const uint8_t *)head->target, pdu->query.message_value)
                           : NULL;
    char *path = head->target != NULL ? scep_query_new_text((const uint8_t *)head->target, pdu->query.path) : NULL;
    const ScepRequest request = {
        .operation = pdu->query.operation,
        .path_kind = pdu->query.path_kind,
        .is_get = head->is_get,
        .has_identifier = identifier != NULL,
        .target_length = head->target ? strlen(head->target) : 0,
        .base64_flags = pdu->base64_flags,
        .is_base64_body = pdu->from_base64,
        .path = path,
        .host = head->host,
        .user_agent = head->user_agent,
        .content_type = head->content_type,
        .identifier = identifier,
        .body = pdu->bytes,
        .body_size = pdu->size,
        .extent = pdu->http.extent,
        .message = pdu->message,
        .envelope = pdu->envelope,
        .content = pdu->content,
        .certificates = pdu->certificates,
        .checks = pdu->checks,
        .csr = scep_checks_opened(pdu->checks) ? pdu->csr : NULL,
    };
    ScepExchange *exchange = scep_tracker_request(capture_file->tracker, place, &request);
    g_free(path);
    g_free(identifier);
    return exchange;
}

static ScepExchange *book_response(ScepHttpPdu *pdu, packet_info *pinfo, ScepExchange *exchange)
{
    static const HttpHead no_head;
    const HttpHead *head = pdu->http.head ? pdu->http.head : &no_head;
    const ScepPlace place = capture_place(pinfo, false);
    const ScepResponse response = {
        .status = head->status,
        .content_type = head->content_type,
        .server = head->server,
        .location = head->location,
        .authenticate = head->authenticate,
        .ms_proxy = head->ms_proxy,
        .error_type = head->error_type,
        .error_message = head->error_message,
        .body = pdu->bytes,
        .body_size = pdu->size,
        .body_unreadable = pdu->http.body_unreadable,
        .extent = pdu->http.extent,
        .message = pdu->message,
        .envelope = pdu->envelope,
        .content = pdu->content,
        .issued = pdu->issued,
        .checks = pdu->checks,
        .capabilities = pdu->capabilities,
        .certificates = pdu->certificates,
    };
    return scep_tracker_response(capture_file->tracker, exchange, &place, &response);
}

/* The first pass over one frame. Packet scope. */
typedef struct {
    packet_info *pinfo;
    Connection *connection;
    wmem_array_t *parts; /* of FrameMessage */
    wmem_array_t *shown; /* of ScepShown, part pointers set at the end */
} Pass;

static void keep(Pass *pass, ScepHttpPdu *pdu, FrameMessage part)
{
    const ScepShown shown = { NULL, pdu };

    part.frame = pass->pinfo->num;
    part.is_request = pdu->is_request;
    wmem_array_append_one(pass->parts, part);
    wmem_array_append_one(pass->shown, shown);
}

/* What a stray answer is the answer to, when its request is not in the capture. */
static ScepOperation guess_operation(const ScepHttpPdu *pdu)
{
    return pdu->message != NULL && pdu->message->certs_only ? SCEP_OP_GETCACERT : SCEP_OP_PKIOPERATION;
}

static Asked *new_asked(const FrameMessage *part)
{
    Asked *asked = wmem_new0(wmem_file_scope(), Asked);

    asked->exchange = part->exchange;
    asked->call = part->call;
    return asked;
}

/* @return NULL when the request is neither SCEP nor for a service around it. */
static Asked *first_request(Pass *pass, const HttpPdu *http, FrameMessage part)
{
    ScepHttpPdu *pdu = scep_pdu_new(pass->pinfo, http);

    part.call = service_state_request(capture_file->tracker, pass->pinfo, http);
    if (part.call != NULL) {
        if (scep_service_is_shown(part.call, false))
            keep(pass, pdu, part);
        return new_asked(&part);
    }
    if (!scep_pdu_is_request(pdu))
        return NULL;
    scep_pdu_parse(pdu, pass->pinfo, pdu->query.operation);
    const ScepPlace place = place_of_request(pass->pinfo);
    check(pdu, scep_tracker_get0_server(capture_file->tracker, &place));
    part.exchange = book_request(pdu, &place);
    if (!part.exchange->is_aik)
        tcp_tls_tracker_server(pass->pinfo, part.exchange);
    keep(pass, pdu, part);
    return new_asked(&part);
}

static void first_response(Pass *pass, const HttpPdu *http, ScepExchange *exchange, FrameMessage part)
{
    ScepHttpPdu *pdu = scep_pdu_new(pass->pinfo, http);

    scep_pdu_parse(pdu, pass->pinfo, exchange ? exchange->operation : SCEP_OP_PKIOPERATION);
    if (exchange == NULL && pdu->message == NULL)
        return;
    const ScepPlace place = capture_place(pass->pinfo, false);
    check(pdu, exchange ? exchange->server : scep_tracker_get0_server(capture_file->tracker, &place));
    part.exchange = book_response(pdu, pass->pinfo, exchange);
    if (exchange == NULL)
        part.exchange->operation = (uint8_t)guess_operation(pdu);
    keep(pass, pdu, part);
}

/* An answer to what was asked, which is forgotten. */
static void first_answer(Pass *pass, const HttpPdu *http, Asked *asked, FrameMessage part)
{
    if (asked->call != NULL) {
        part.call = asked->call;
        service_state_answer(capture_file->tracker, pass->pinfo, http, asked->call);
        if (scep_service_is_shown(asked->call, true))
            keep(pass, scep_pdu_new(pass->pinfo, http), part);
    } else {
        first_response(pass, http, asked->exchange, part);
    }
    wmem_free(wmem_file_scope(), asked);
}

static bool is_body_of(tvbuff_t *body, const HttpPdu *http)
{
    return http->body_tvb != NULL && http->body_length > 0 && tvb_captured_length(body) > 0 &&
           tvb_get_ptr(body, 0, 1) == tvb_get_ptr(http->body_tvb, http->body_offset, 1);
}

static bool is_claimed(packet_info *pinfo, const HttpPdu *http)
{
    wmem_array_t *list = frame_state_claims(pinfo);

    for (unsigned i = 0; list != NULL && i < wmem_array_get_count(list); i++) {
        if (is_body_of(*(tvbuff_t **)wmem_array_index(list, i), http))
            return true;
    }
    return false;
}

/* A profile that a device fetched from some address: that the answer is one, its media type tells. */
static bool first_profile(Pass *pass, const HttpPdu *http, FrameMessage part)
{
    if (!frame_state_has_mdm(pass->pinfo))
        return false;
    part.call = service_state_unasked(capture_file->tracker, pass->pinfo, http);
    if (part.call == NULL)
        return false;
    if (scep_service_is_shown(part.call, true))
        keep(pass, scep_pdu_new(pass->pinfo, http), part);
    return true;
}

/* The answer to HEAD has no body, whatever its header says (RFC 9112 6.3, rule 1). */
static Asked *new_head_request(void)
{
    Asked *asked = wmem_new0(wmem_file_scope(), Asked);

    asked->is_head = true;
    return asked;
}

/* An answer to HEAD, which is forgotten. */
static bool take_head_answer(Pass *pass, const HttpPdu *http, wmem_list_frame_t *oldest)
{
    Asked *asked = oldest ? wmem_list_frame_data(oldest) : NULL;

    if (http->head->is_request || asked == NULL || !asked->is_head)
        return false;
    wmem_list_remove_frame(pass->connection->open, oldest);
    wmem_free(wmem_file_scope(), asked);
    return true;
}

/* @return NULL where nothing of it is to be remembered */
static Asked *take_request(Pass *pass, const HttpPdu *http, FrameMessage part)
{
    if (http->head->is_head)
        return pass->connection != NULL ? new_head_request() : NULL;
    return first_request(pass, http, part);
}

/* ---- HTTP/1 ------------------------------------------------------------------------------------------------------ */

/* What the client has acknowledged of the server's octets; 0 within TLS, where the server says things of its own. */
static uint32_t acknowledged(const Pass *pass)
{
    Segment segment;

    return segment_read(pass->pinfo, &segment) && !ws_has_data_source(pass->pinfo, "Decrypted TLS")
               ? segment_acknowledged(&segment)
               : 0;
}

/* A client that has its answer, or a part of it, asks for the next thing when it has all of it. What the capture lacks
 * of the one before will not come, and the next answer is not the one to that. */
static void forget_lost(Pass *pass)
{
    const uint32_t now = acknowledged(pass);
    wmem_list_frame_t *oldest;

    while (pass->connection != NULL && (oldest = wmem_list_head(pass->connection->open)) != NULL) {
        Asked *asked = wmem_list_frame_data(oldest);
        if (asked == NULL || asked->exchange == NULL)
            return;
        const bool has_moved = now != 0 && asked->acknowledged != 0 && (int32_t)(now - asked->acknowledged) > 0;
        if (asked->began == 0 && !has_moved)
            return;
        scep_tracker_answer_cut(capture_file->tracker, asked->exchange, asked->began, true);
        wmem_list_remove_frame(pass->connection->open, oldest);
        wmem_free(wmem_file_scope(), asked);
    }
}

/* The server answers what the capture has the begin of only. */
static void book_unfinished(Pass *pass)
{
    Connection *connection = pass->connection;
    Unfinished *unfinished = connection != NULL ? connection->request : NULL;

    if (unfinished == NULL)
        return;
    connection->request = NULL;
    const HttpPdu http = unfinished_pdu(unfinished);
    ScepHttpPdu *pdu = scep_pdu_new(pass->pinfo, &http);
    ScepPlace place = capture_place(pass->pinfo, false);
    place.frame = unfinished->frame;
    place.time = capture_time(&unfinished->moment);
    if (!scep_pdu_is_request(pdu))
        return;
    /* Its frame was shown already: what it shows stays as it is, so that every pass shows the same. */
    const FrameMessage part = { .exchange = book_request(pdu, &place) };
    wmem_list_append(connection->open, new_asked(&part));
}

static bool asks_scep(const HttpHead *head)
{
    ScepQuery query;

    return head->target != NULL && scep_query_parse((const uint8_t *)head->target, strlen(head->target), &query) &&
           query.operation == SCEP_OP_PKIOPERATION;
}

/* The rest comes in a later frame, or never: then what was seen here is all that will be known. */
static void note_begin(Pass *pass, const HttpPdu *http)
{
    if (http->head->is_request) {
        if (!asks_scep(http->head))
            return;
        if (pass->connection == NULL)
            pass->connection = connection_of(pass->pinfo, true);
        pass->connection->request = unfinished_keep(pass->pinfo, http);
        return;
    }
    if (pass->connection == NULL || http->head->status / 100 == 1)
        return;
    book_unfinished(pass);
    wmem_list_frame_t *oldest = wmem_list_head(pass->connection->open);
    Asked *asked = oldest != NULL ? wmem_list_frame_data(oldest) : NULL;
    if (asked == NULL || asked->exchange == NULL)
        return;
    asked->began = pass->pinfo->num;
    scep_tracker_answer_cut(capture_file->tracker, asked->exchange, asked->began, false);
}

static void book_http1_request(Pass *pass, const HttpPdu *http, FrameMessage part)
{
    forget_lost(pass);
    if (pass->connection != NULL)
        pass->connection->request = NULL;
    Asked *asked = take_request(pass, http, part);
    if (asked != NULL) {
        asked->acknowledged = acknowledged(pass);
        if (pass->connection == NULL)
            pass->connection = connection_of(pass->pinfo, true);
    }
    if (pass->connection != NULL)
        wmem_list_append(pass->connection->open, asked);
}

static void book_http1_answer(Pass *pass, const HttpPdu *http, FrameMessage part)
{
    book_unfinished(pass);
    wmem_list_frame_t *oldest = pass->connection ? wmem_list_head(pass->connection->open) : NULL;
    Asked *asked = oldest ? wmem_list_frame_data(oldest) : NULL;

    if (oldest != NULL)
        wmem_list_remove_frame(pass->connection->open, oldest);
    if (asked != NULL)
        first_answer(pass, http, asked, part);
    else if (!first_profile(pass, http, part) && oldest == NULL && is_claimed(pass->pinfo, http))
        first_response(pass, http, NULL, part);
}

/* HTTP/1 answers come in the order of the requests (RFC 9112 9.3.2). */
static void book_http1(Pass *pass, wmem_array_t *pdus)
{
    for (unsigned i = 0; i < wmem_array_get_count(pdus); i++) {
        const HttpPdu *http = wmem_array_index(pdus, i);
        const FrameMessage part = { .position = (uint16_t)i };

        wmem_list_frame_t *oldest = pass->connection ? wmem_list_head(pass->connection->open) : NULL;
        if (take_head_answer(pass, http, oldest))
            continue;
        if (http->awaited)
            note_begin(pass, http);
        else if (http->head->is_request)
            book_http1_request(pass, http, part);
        else if (http->head->status / 100 != 1)
            book_http1_answer(pass, http, part);
    }
}

/* ---- HTTP/2, and bodies alone ------------------------------------------------------------------------------------ */

static void book_http2(Pass *pass, wmem_array_t *sources)
{
    wmem_array_t *complete = wmem_array_new(pass->pinfo->pool, sizeof(Http2Message *));

    if (pass->connection == NULL)
        pass->connection = connection_of(pass->pinfo, true);
    if (pass->connection->http2 == NULL) {
        pass->connection->http2 = http2_connection_new();
        pass->connection->streams = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    }
    http2_source_read(pass->connection->http2, pass->pinfo, sources, complete);
    for (unsigned i = 0; i < wmem_array_get_count(complete); i++) {
        const Http2Message *message = *(Http2Message **)wmem_array_index(complete, i);
        const HttpPdu http = http2_message_unit(message, pass->pinfo, sources);
        const FrameMessage part = { .http2 = message };

        if (message->head.is_request) {
            Asked *asked = first_request(pass, &http, part);
            if (asked != NULL)
                wmem_map_insert(pass->connection->streams, GUINT_TO_POINTER(message->stream_id), asked);
        } else {
            Asked *asked = wmem_map_remove(pass->connection->streams, GUINT_TO_POINTER(message->stream_id));
            if (asked != NULL)
                first_answer(pass, &http, asked, part);
            else if (!first_profile(pass, &http, part) && is_claimed(pass->pinfo, &http))
                first_response(pass, &http, NULL, part);
        }
    }
}

/* Bodies that Wireshark handed over, but whose HTTP message stands in no source that can be read here. */
static void book_claims(Pass *pass)
{
    wmem_array_t *list = frame_state_claims(pass->pinfo);

    for (unsigned i = 0; list != NULL && i < wmem_array_get_count(list); i++) {
        tvbuff_t *body = *(tvbuff_t **)wmem_array_index(list, i);
        const HttpPdu http = scep_pdu_of_body(body);
        bool known = false;

        for (unsigned k = 0; k < wmem_array_get_count(pass->shown); k++)
            known |= is_body_of(body, &((ScepShown *)wmem_array_index(pass->shown, k))->pdu->http);
        if (!known)
            first_response(pass, &http, NULL, (FrameMessage){ .position = (uint16_t)i, .claimed = true });
    }
}

wmem_array_t *first_pass(packet_info *pinfo, const Segment *segment, bool http1, bool http2)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    Pass pass = { .pinfo = pinfo, .connection = connection_of(pinfo, false) };

    if (pass.connection == NULL && frame_state_claims(pinfo) == NULL && !frame_state_has_mdm(pinfo) &&
        !http_source_may_hold_request(pinfo, segment, http2))
        return NULL;
    comment_keys_read(pinfo);
    pass.parts = wmem_array_new(pinfo->pool, sizeof(FrameMessage));
    pass.shown = wmem_array_new(pinfo->pool, sizeof(ScepShown));

    wmem_array_t *sources = http_source_list(pinfo, segment);
    if (http2)
        book_http2(&pass, sources);
    else if (http1)
        book_http1(&pass, http_source_read_http1(pinfo, sources));
    book_claims(&pass);

    const unsigned count = wmem_array_get_count(pass.parts);
    if (count == 0)
        return NULL;
    const FrameMessage *kept = frame_state_keep(pinfo, pass.parts);
    for (unsigned i = 0; i < count; i++)
        ((ScepShown *)wmem_array_index(pass.shown, i))->part = &kept[i];
    return pass.shown;
}
