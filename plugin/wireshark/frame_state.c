/* frame_state.c
 * Finds a frame's SCEP messages in the first pass, books them with the tracker, and keeps what was learned.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frame_state.h"

#include <epan/conversation.h>
#include <epan/proto_data.h>
#include <epan/to_str.h>

#include "by_frame.h"
#include "fields.h"
#include "preferences.h"
#include "service_state.h"
#include "tcp_tls_tracker.h"
#include "wireshark_keys.h"

/* Key of the per-packet data */
enum { KEY_CLAIMS = 0, KEY_MDM };

/* A request of which the answer is to come: to SCEP, or to a service around it. File scope. */
typedef struct {
    ScepExchange *exchange;
    ScepServiceCall *call;
} Asked;

/* One transport connection that carried SCEP. File scope, used in the first pass. */
typedef struct {
    wmem_list_t *open; /* HTTP/1: of Asked*, NULL for a request that is neither, head_request, oldest first */
    Http2Connection *http2;
    wmem_map_t *streams; /* HTTP/2 stream id -> Asked* */
} Connection;

nstime_t frame_state_first;
nstime_t frame_state_last;

static ScepTracker *tracker;
static ScepDiagnosis *diagnosis; /* of what it books */
static ScepChecker *checker;
/* Of ScepRecordPart, by frame: a quarter of what data attached to each frame would take. */
static GArray *record;
static unsigned connections;   /* how many connections of this file carry SCEP; 0 spares every lookup */
static uint32_t claimed_frame; /* the last one of which a body was handed over */

void frame_state_open(void)
{
    tracker = scep_tracker_new();
    diagnosis = scep_diagnosis_new(tracker);
    scep_use_wireshark_keys(scep_preferences.keyring);
    if (scep_preferences.keys_changed && scep_preferences.memory != NULL)
        scep_memory_clear(scep_preferences.memory);
    scep_preferences.keys_changed = false;
    checker = scep_checker_new(scep_preferences.memory, scep_preferences.keyring, scep_preferences.ceks,
                               scep_preferences.verify, scep_preferences.decrypt);
    record = g_array_new(FALSE, FALSE, sizeof(FrameMessage));
    connections = 0;
    claimed_frame = 0;
    frame_state_first = frame_state_last = (nstime_t){ 0, 0 };
    tcp_tls_tracker_open();
}

void frame_state_close(void)
{
    tcp_tls_tracker_close();
    g_clear_pointer(&record, g_array_unref);
    scep_diagnosis_free(diagnosis);
    scep_tracker_free(tracker);
    scep_checker_free(checker);
    if (scep_preferences.keyring != NULL)
        scep_keyring_forget(scep_preferences.keyring);
    diagnosis = NULL;
    tracker = NULL;
    checker = NULL;
    connections = 0;
}

const ScepDiagnosis *frame_state_diagnosis(void)
{
    return diagnosis;
}

ScepTracker *frame_state_tracker(void)
{
    if (tracker != NULL) {
        scep_tracker_clock(tracker, frame_state_time(&frame_state_first));
        scep_tracker_clock(tracker, frame_state_time(&frame_state_last));
    }
    return tracker;
}

static wmem_array_t *claims(packet_info *pinfo)
{
    return p_get_proto_data(pinfo->pool, pinfo, proto_scep, KEY_CLAIMS);
}

void frame_state_claim(packet_info *pinfo, tvbuff_t *body)
{
    wmem_array_t *list = claims(pinfo);

    if (list == NULL) {
        list = wmem_array_new(pinfo->pool, sizeof(tvbuff_t *));
        p_add_proto_data(pinfo->pool, pinfo, proto_scep, KEY_CLAIMS, list);
    }
    wmem_array_append_one(list, body);
    claimed_frame = pinfo->num;
}

bool frame_state_is_busy(const packet_info *pinfo)
{
    return connections > 0 || claimed_frame == pinfo->num;
}

void frame_state_claim_mdm(packet_info *pinfo)
{
    if (p_get_proto_data(pinfo->pool, pinfo, proto_scep, KEY_MDM) == NULL)
        p_add_proto_data(pinfo->pool, pinfo, proto_scep, KEY_MDM, pinfo);
    claimed_frame = pinfo->num;
}

static bool has_mdm_body(packet_info *pinfo)
{
    return p_get_proto_data(pinfo->pool, pinfo, proto_scep, KEY_MDM) != NULL;
}

static Connection *connection_of(packet_info *pinfo, bool make)
{
    if (connections == 0 && !make)
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
        connections++;
    }
    return connection;
}

static uint32_t stream_number(packet_info *pinfo)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    return conversation ? conversation->conv_index : 0;
}

ScepPlace frame_state_place(packet_info *pinfo, bool asks)
{
    const address *client = asks ? &pinfo->src : &pinfo->dst;
    const address *server = asks ? &pinfo->dst : &pinfo->src;

    return (ScepPlace){
        .frame = pinfo->num,
        .time = frame_state_time(&pinfo->abs_ts),
        .client = address_to_str(pinfo->pool, client),
        .server = address_to_str(pinfo->pool, server),
        .server_port = (uint16_t)(asks ? pinfo->destport : pinfo->srcport),
        .stream = stream_number(pinfo),
    };
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
    pdu->checks = scep_checker_run(checker, pdu->message, pdu->bytes, pdu->size, pdu->envelope, pdu->content,
                                   pdu->content_size, &offered);
    scep_pdu_open(pdu);
}

static ScepExchange *book_request(ScepHttpPdu *pdu, packet_info *pinfo)
{
    const HttpHead *head = pdu->http.head;
    const ScepPlace place = frame_state_place(pinfo, true);
    const bool asks_ca = pdu->query.operation != SCEP_OP_PKIOPERATION;
    char *identifier = asks_ca && pdu->query.has_message
                           ? scep_query_text((const uint8_t *)head->target, pdu->query.message_value)
                           : NULL;
    const ScepRequest request = {
        .operation = pdu->query.operation,
        .path_kind = pdu->query.path_kind,
        .is_get = head->is_get,
        .has_identifier = identifier != NULL,
        .target_length = head->target ? strlen(head->target) : 0,
        .base64_flags = pdu->base64_flags,
        .is_base64_body = pdu->from_base64,
        .target = NULL,
        .host = head->host,
        .user_agent = head->user_agent,
        .content_type = head->content_type,
        .identifier = identifier,
        .body = pdu->bytes,
        .body_size = pdu->size,
        .message = pdu->message,
        .envelope = pdu->envelope,
        .content = pdu->content,
        .certificates = pdu->certificates,
        .checks = pdu->checks,
        .csr = scep_checks_opened(pdu->checks) ? pdu->csr : NULL,
    };
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    g_free(identifier);
    return exchange;
}

static ScepExchange *book_response(ScepHttpPdu *pdu, packet_info *pinfo, ScepExchange *exchange)
{
    static const HttpHead no_head;
    const HttpHead *head = pdu->http.head ? pdu->http.head : &no_head;
    const ScepPlace place = frame_state_place(pinfo, false);
    const ScepResponse response = {
        .status = head->status,
        .content_type = head->content_type,
        .server = head->server,
        .location = head->location,
        .authenticate = head->authenticate,
        .ms_proxy = head->ms_proxy,
        .body = pdu->bytes,
        .body_size = pdu->size,
        .body_unreadable = pdu->http.body_unreadable,
        .message = pdu->message,
        .envelope = pdu->envelope,
        .content = pdu->content,
        .issued = pdu->issued,
        .checks = pdu->checks,
        .capabilities = pdu->capabilities,
        .certificates = pdu->certificates,
    };
    return scep_tracker_response(tracker, exchange, &place, &response);
}

/* The first pass over one frame. Packet scope. */
typedef struct {
    packet_info *pinfo;
    Connection *connection;
    wmem_array_t *parts; /* of ScepRecordPart */
    wmem_array_t *shown; /* of ScepShown, part pointers set at the end */
} Pass;

static ScepHttpPdu *new_pdu(packet_info *pinfo, const HttpPdu *http)
{
    ScepHttpPdu *pdu = wmem_new0(pinfo->pool, ScepHttpPdu);

    pdu->http = *http;
    pdu->has_http = http->head != NULL;
    pdu->is_request = http->head != NULL && http->head->is_request;
    return pdu;
}

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
    Asked *asked = wmem_new(wmem_file_scope(), Asked);

    asked->exchange = part->exchange;
    asked->call = part->call;
    return asked;
}

/* @return NULL when the request is neither SCEP nor for a service around it. */
static Asked *first_request(Pass *pass, const HttpPdu *http, FrameMessage part)
{
    ScepHttpPdu *pdu = new_pdu(pass->pinfo, http);

    part.call = service_state_request(tracker, pass->pinfo, http);
    if (part.call != NULL) {
        if (scep_service_is_shown(part.call, false))
            keep(pass, pdu, part);
        return new_asked(&part);
    }
    if (!scep_pdu_is_request(pdu))
        return NULL;
    scep_pdu_parse(pdu, pass->pinfo, pdu->query.operation);
    const ScepPlace place = frame_state_place(pass->pinfo, true);
    check(pdu, scep_tracker_server(tracker, &place));
    part.exchange = book_request(pdu, pass->pinfo);
    if (!part.exchange->is_aik)
        tcp_tls_tracker_server(pass->pinfo, part.exchange);
    keep(pass, pdu, part);
    return new_asked(&part);
}

static void first_response(Pass *pass, const HttpPdu *http, ScepExchange *exchange, FrameMessage part)
{
    ScepHttpPdu *pdu = new_pdu(pass->pinfo, http);

    scep_pdu_parse(pdu, pass->pinfo, exchange ? exchange->operation : SCEP_OP_PKIOPERATION);
    if (exchange == NULL && pdu->message == NULL)
        return;
    const ScepPlace place = frame_state_place(pass->pinfo, false);
    check(pdu, exchange ? exchange->server : scep_tracker_server(tracker, &place));
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
        service_state_answer(tracker, pass->pinfo, http, asked->call);
        if (scep_service_is_shown(asked->call, true))
            keep(pass, new_pdu(pass->pinfo, http), part);
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
    wmem_array_t *list = claims(pinfo);

    for (unsigned i = 0; list != NULL && i < wmem_array_get_count(list); i++) {
        if (is_body_of(*(tvbuff_t **)wmem_array_index(list, i), http))
            return true;
    }
    return false;
}

/* Stands in the list of open requests for one whose answer has no body, whatever its header says (RFC 9112 6.3, rule
 * 1). */
static Asked head_request;

/* HTTP/1 answers come in the order of the requests (RFC 9112 9.3.2). */
static void book_http1(Pass *pass, wmem_array_t *pdus)
{
    for (unsigned i = 0; i < wmem_array_get_count(pdus); i++) {
        const HttpPdu *http = wmem_array_index(pdus, i);
        const FrameMessage part = { .index = (uint16_t)i };

        wmem_list_frame_t *oldest = pass->connection ? wmem_list_head(pass->connection->open) : NULL;
        if (!http->head->is_request && oldest != NULL && wmem_list_frame_data(oldest) == &head_request) {
            wmem_list_remove_frame(pass->connection->open, oldest);
        } else if (http->awaited) {
            continue;
        } else if (http->head->is_request) {
            Asked *asked = http->head->is_head ? &head_request : first_request(pass, http, part);
            if (asked != NULL && asked != &head_request && pass->connection == NULL)
                pass->connection = connection_of(pass->pinfo, true);
            if (pass->connection != NULL)
                wmem_list_append(pass->connection->open, asked);
        } else if (http->head->status / 100 != 1) {
            Asked *asked = oldest ? wmem_list_frame_data(oldest) : NULL;
            if (oldest != NULL)
                wmem_list_remove_frame(pass->connection->open, oldest);
            if (asked != NULL)
                first_answer(pass, http, asked, part);
            else if (oldest == NULL && is_claimed(pass->pinfo, http))
                first_response(pass, http, NULL, part);
        }
    }
}

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
            else if (is_claimed(pass->pinfo, &http))
                first_response(pass, &http, NULL, part);
        }
    }
}

static HttpPdu claimed_pdu(tvbuff_t *body)
{
    return (HttpPdu){ .target_offset = -1,
                      .body_tvb = body,
                      .body_length = (int)tvb_captured_length(body),
                      .body_missing = tvb_reported_length(body) - tvb_captured_length(body) };
}

/* Bodies that Wireshark handed over, but whose HTTP message stands in no source that can be read here. */
static void book_claims(Pass *pass)
{
    wmem_array_t *list = claims(pass->pinfo);

    for (unsigned i = 0; list != NULL && i < wmem_array_get_count(list); i++) {
        tvbuff_t *body = *(tvbuff_t **)wmem_array_index(list, i);
        const HttpPdu http = claimed_pdu(body);
        bool known = false;

        for (unsigned k = 0; k < wmem_array_get_count(pass->shown); k++)
            known |= is_body_of(body, &((ScepShown *)wmem_array_index(pass->shown, k))->pdu->http);
        if (!known)
            first_response(pass, &http, NULL, (FrameMessage){ .index = (uint16_t)i, .claimed = true });
    }
}

/* @return number of the first part in the record that is of this frame or a later one */
static unsigned first_part(uint32_t frame)
{
    return by_frame_first(record, offsetof(FrameMessage, frame), frame);
}

static wmem_array_t *first_pass(packet_info *pinfo, bool http1, bool http2)
{
    Pass pass = { .pinfo = pinfo, .connection = connection_of(pinfo, false) };

    if (pass.connection == NULL && claims(pinfo) == NULL && !has_mdm_body(pinfo) &&
        !http_source_may_hold_request(pinfo, http2))
        return NULL;
    pass.parts = wmem_array_new(pinfo->pool, sizeof(FrameMessage));
    pass.shown = wmem_array_new(pinfo->pool, sizeof(ScepShown));

    wmem_array_t *sources = http_source_list(pinfo);
    if (http2)
        book_http2(&pass, sources);
    else if (http1)
        book_http1(&pass, http_source_read_http1(pinfo, sources));
    book_claims(&pass);

    const unsigned count = wmem_array_get_count(pass.parts);
    if (count == 0)
        return NULL;
    const unsigned first = first_part(pinfo->num + 1);
    g_array_insert_vals(record, first, wmem_array_get_raw(pass.parts), count);
    for (unsigned i = 0; i < count; i++)
        ((ScepShown *)wmem_array_index(pass.shown, i))->part = &g_array_index(record, FrameMessage, first + i);
    return pass.shown;
}

/* The same unit again, from the same sources. */
static ScepHttpPdu *find_pdu(packet_info *pinfo, const FrameMessage *part, wmem_array_t *sources, wmem_array_t *http1)
{
    wmem_array_t *list = claims(pinfo);

    if (part->claimed) {
        if (list == NULL || part->index >= wmem_array_get_count(list))
            return NULL;
        const HttpPdu http = claimed_pdu(*(tvbuff_t **)wmem_array_index(list, part->index));
        return new_pdu(pinfo, &http);
    }
    if (part->http2 != NULL) {
        const HttpPdu http = http2_message_unit(part->http2, pinfo, sources);
        return new_pdu(pinfo, &http);
    }
    return part->index < wmem_array_get_count(http1) ? new_pdu(pinfo, wmem_array_index(http1, part->index)) : NULL;
}

static bool is_of(unsigned part, uint32_t frame)
{
    return part < record->len && g_array_index(record, FrameMessage, part).frame == frame;
}

bool frame_state_has(uint32_t frame)
{
    return is_of(first_part(frame), frame);
}

/* @param first  number of the frame's first part */
static wmem_array_t *later_pass(packet_info *pinfo, unsigned first, bool parse)
{
    wmem_array_t *shown = wmem_array_new(pinfo->pool, sizeof(ScepShown));
    wmem_array_t *sources = http_source_list(pinfo);
    wmem_array_t *http1 = http_source_read_http1(pinfo, sources);

    for (unsigned i = first; is_of(i, pinfo->num); i++) {
        const FrameMessage *part = &g_array_index(record, FrameMessage, i);
        const ScepShown entry = { part, find_pdu(pinfo, part, sources, http1) };

        if (entry.pdu == NULL)
            continue;
        if (part->is_request && part->call == NULL)
            scep_pdu_is_request(entry.pdu);
        if (parse && part->call == NULL) {
            scep_pdu_parse(entry.pdu, pinfo, part->exchange->operation);
            entry.pdu->checks = part->is_request ? part->exchange->request_checks : part->exchange->response_checks;
            scep_pdu_open(entry.pdu);
        }
        wmem_array_append_one(shown, entry);
    }
    return shown;
}

wmem_array_t *frame_state_frame(packet_info *pinfo, bool http1, bool http2, bool parse)
{
    if (!PINFO_FD_VISITED(pinfo))
        return first_pass(pinfo, http1, http2);
    const unsigned first = first_part(pinfo->num);
    return is_of(first, pinfo->num) ? later_pass(pinfo, first, parse) : NULL;
}
