/* record.c
 * Finds a frame's SCEP messages in the first pass, books them with the tracker, and keeps what was learned.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "record.h"

#include <epan/conversation.h>
#include <epan/proto_data.h>
#include <epan/to_str.h>

#include "by_frame.h"
#include "fields.h"
#include "preferences.h"
#include "service_record.h"
#include "watch.h"
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
    wmem_list_t *open;           /* HTTP/1: of Asked*, NULL for a request that is neither, head_request, oldest first */
    Http2Connection *http2;
    wmem_map_t *streams;         /* HTTP/2 stream id -> Asked* */
} Connection;

nstime_t scep_record_first;
nstime_t scep_record_last;

static ScepTracker *tracker;
static ScepChecker *checker;
/* Of ScepRecordPart, by frame: a quarter of what data attached to each frame would take. */
static GArray *record;
static unsigned connections;     /* how many connections of this file carry SCEP; 0 spares every lookup */
static uint32_t claimed_frame;   /* the last one of which a body was handed over */

void scep_record_open(void)
{
    tracker = scep_tracker_new();
    scep_use_wireshark_keys(scep_preferences.keyring);
    if (scep_preferences.keys_changed && scep_preferences.memory != NULL)
        scep_memory_clear(scep_preferences.memory);
    scep_preferences.keys_changed = false;
    checker = scep_checker_new(scep_preferences.memory, scep_preferences.keyring, scep_preferences.ceks,
                               scep_preferences.verify, scep_preferences.decrypt);
    record = g_array_new(FALSE, FALSE, sizeof(ScepRecordPart));
    connections = 0;
    claimed_frame = 0;
    scep_record_first = scep_record_last = (nstime_t){ 0, 0 };
    scep_watch_open();
}

void scep_record_close(void)
{
    scep_watch_close();
    g_clear_pointer(&record, g_array_unref);
    scep_tracker_free(tracker);
    scep_checker_free(checker);
    if (scep_preferences.keyring != NULL)
        scep_keyring_forget(scep_preferences.keyring);
    tracker = NULL;
    checker = NULL;
    connections = 0;
}

ScepTracker *scep_record_tracker(void)
{
    if (tracker != NULL) {
        scep_tracker_clock(tracker, scep_record_time(&scep_record_first));
        scep_tracker_clock(tracker, scep_record_time(&scep_record_last));
    }
    return tracker;
}

static wmem_array_t *claims(packet_info *pinfo)
{
    return p_get_proto_data(pinfo->pool, pinfo, proto_scep, KEY_CLAIMS);
}

void scep_record_claim(packet_info *pinfo, tvbuff_t *body)
{
    wmem_array_t *list = claims(pinfo);

    if (list == NULL) {
        list = wmem_array_new(pinfo->pool, sizeof(tvbuff_t *));
        p_add_proto_data(pinfo->pool, pinfo, proto_scep, KEY_CLAIMS, list);
    }
    wmem_array_append_one(list, body);
    claimed_frame = pinfo->num;
}

bool scep_record_is_busy(const packet_info *pinfo)
{
    return connections > 0 || claimed_frame == pinfo->num;
}

void scep_record_claim_mdm(packet_info *pinfo)
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

ScepPlace scep_record_place(packet_info *pinfo, bool asks)
{
    const address *client = asks ? &pinfo->src : &pinfo->dst;
    const address *server = asks ? &pinfo->dst : &pinfo->src;

    return (ScepPlace){
        .frame = pinfo->num,
        .time = scep_record_time(&pinfo->abs_ts),
        .client = address_to_str(pinfo->pool, client),
        .server = address_to_str(pinfo->pool, server),
        .server_port = (uint16_t)(asks ? pinfo->destport : pinfo->srcport),
        .stream = stream_number(pinfo),
    };
}

/* Certificates of the capture tell which of the user's keys is whose. */
static void learn_certificates(const ScepUnit *unit)
{
    for (guint i = 0; unit->certificates != NULL && i < unit->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(unit->certificates, i);
        size_t size;
        if (certificate == NULL)
            continue;
        const uint8_t *der = g_bytes_get_data(certificate->der, &size);
        scep_keyring_learn_certificate(scep_preferences.keyring, der, size);
    }
}

static void check(ScepUnit *unit, const ScepServer *server)
{
    learn_certificates(unit);
    if (unit->message == NULL)
        return;
    unit->checks = scep_checker_run(checker, unit->message, unit->bytes, unit->size, unit->envelope, unit->content,
                                    unit->content_size, server);
    scep_unit_open(unit);
}

static ScepExchange *book_request(ScepUnit *unit, packet_info *pinfo)
{
    const HttpHead *head = unit->http.head;
    const ScepPlace place = scep_record_place(pinfo, true);
    const bool asks_ca = unit->query.operation != SCEP_OP_PKIOPERATION;
    char *identifier = asks_ca && unit->query.has_message
                           ? scep_query_text((const uint8_t *)head->target, unit->query.message_value)
                           : NULL;
    const ScepRequest request = {
        .operation = unit->query.operation,
        .path_kind = unit->query.path_kind,
        .is_get = head->is_get,
        .has_identifier = identifier != NULL,
        .target_length = head->target ? strlen(head->target) : 0,
        .base64_flags = unit->base64_flags,
        .is_base64_body = unit->from_base64,
        .target = NULL,
        .host = head->host,
        .user_agent = head->user_agent,
        .content_type = head->content_type,
        .identifier = identifier,
        .body = unit->bytes,
        .body_size = unit->size,
        .message = unit->message,
        .envelope = unit->envelope,
        .content = unit->content,
        .certificates = unit->certificates,
        .checks = unit->checks,
        .csr = scep_checks_opened(unit->checks) ? unit->csr : NULL,
    };
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    g_free(identifier);
    return exchange;
}

static ScepExchange *book_response(ScepUnit *unit, packet_info *pinfo, ScepExchange *exchange)
{
    static const HttpHead no_head;
    const HttpHead *head = unit->http.head ? unit->http.head : &no_head;
    const ScepPlace place = scep_record_place(pinfo, false);
    const ScepResponse response = {
        .status = head->status,
        .content_type = head->content_type,
        .server = head->server,
        .location = head->location,
        .authenticate = head->authenticate,
        .ms_proxy = head->ms_proxy,
        .body = unit->bytes,
        .body_size = unit->size,
        .body_unreadable = unit->http.body_unreadable,
        .message = unit->message,
        .envelope = unit->envelope,
        .content = unit->content,
        .issued = unit->issued,
        .checks = unit->checks,
        .capabilities = unit->capabilities,
        .certificates = unit->certificates,
    };
    return scep_tracker_response(tracker, exchange, &place, &response);
}

/* The first pass over one frame. Packet scope. */
typedef struct {
    packet_info *pinfo;
    Connection *connection;
    wmem_array_t *parts;         /* of ScepRecordPart */
    wmem_array_t *shown;         /* of ScepShown, part pointers set at the end */
} Pass;

static ScepUnit *new_unit(packet_info *pinfo, const HttpUnit *http)
{
    ScepUnit *unit = wmem_new0(pinfo->pool, ScepUnit);

    unit->http = *http;
    unit->has_http = http->head != NULL;
    unit->is_request = http->head != NULL && http->head->is_request;
    return unit;
}

static void keep(Pass *pass, ScepUnit *unit, ScepRecordPart part)
{
    const ScepShown shown = { NULL, unit };

    part.frame = pass->pinfo->num;
    part.is_request = unit->is_request;
    wmem_array_append_one(pass->parts, part);
    wmem_array_append_one(pass->shown, shown);
}

/* What a stray answer is the answer to, when its request is not in the capture. */
static ScepOperation guess_operation(const ScepUnit *unit)
{
    return unit->message != NULL && unit->message->certs_only ? SCEP_OP_GETCACERT : SCEP_OP_PKIOPERATION;
}

static Asked *new_asked(const ScepRecordPart *part)
{
    Asked *asked = wmem_new(wmem_file_scope(), Asked);

    asked->exchange = part->exchange;
    asked->call = part->call;
    return asked;
}

/* @return NULL when the request is neither SCEP nor for a service around it. */
static Asked *first_request(Pass *pass, const HttpUnit *http, ScepRecordPart part)
{
    ScepUnit *unit = new_unit(pass->pinfo, http);

    part.call = scep_service_record_request(tracker, pass->pinfo, http);
    if (part.call != NULL) {
        if (scep_service_is_shown(part.call, false))
            keep(pass, unit, part);
        return new_asked(&part);
    }
    if (!scep_unit_is_request(unit))
        return NULL;
    scep_unit_parse(unit, pass->pinfo, unit->query.operation);
    const ScepPlace place = scep_record_place(pass->pinfo, true);
    check(unit, scep_tracker_server(tracker, &place));
    part.exchange = book_request(unit, pass->pinfo);
    if (!part.exchange->is_aik)
        scep_watch_server(pass->pinfo, part.exchange);
    keep(pass, unit, part);
    return new_asked(&part);
}

static void first_response(Pass *pass, const HttpUnit *http, ScepExchange *exchange, ScepRecordPart part)
{
    ScepUnit *unit = new_unit(pass->pinfo, http);

    scep_unit_parse(unit, pass->pinfo, exchange ? exchange->operation : SCEP_OP_PKIOPERATION);
    if (exchange == NULL && unit->message == NULL)
        return;
    const ScepPlace place = scep_record_place(pass->pinfo, false);
    check(unit, exchange ? exchange->server : scep_tracker_server(tracker, &place));
    part.exchange = book_response(unit, pass->pinfo, exchange);
    if (exchange == NULL)
        part.exchange->operation = (uint8_t)guess_operation(unit);
    keep(pass, unit, part);
}

/* An answer to what was asked, which is forgotten. */
static void first_answer(Pass *pass, const HttpUnit *http, Asked *asked, ScepRecordPart part)
{
    if (asked->call != NULL) {
        part.call = asked->call;
        scep_service_record_answer(tracker, pass->pinfo, http, asked->call);
        if (scep_service_is_shown(asked->call, true))
            keep(pass, new_unit(pass->pinfo, http), part);
    } else {
        first_response(pass, http, asked->exchange, part);
    }
    wmem_free(wmem_file_scope(), asked);
}

static bool is_body_of(tvbuff_t *body, const HttpUnit *http)
{
    return http->body_tvb != NULL && http->body_length > 0 && tvb_captured_length(body) > 0 &&
           tvb_get_ptr(body, 0, 1) == tvb_get_ptr(http->body_tvb, http->body_offset, 1);
}

static bool is_claimed(packet_info *pinfo, const HttpUnit *http)
{
    wmem_array_t *list = claims(pinfo);

    for (unsigned i = 0; list != NULL && i < wmem_array_get_count(list); i++) {
        if (is_body_of(*(tvbuff_t **)wmem_array_index(list, i), http))
            return true;
    }
    return false;
}

/* Stands in the list of open requests for one whose answer has no body, whatever its header says (RFC 9112 6.3, rule 1). */
static Asked head_request;

/* HTTP/1 answers come in the order of the requests (RFC 9112 9.3.2). */
static void book_http1(Pass *pass, wmem_array_t *units)
{
    for (unsigned i = 0; i < wmem_array_get_count(units); i++) {
        const HttpUnit *http = wmem_array_index(units, i);
        const ScepRecordPart part = { .index = (uint16_t)i };

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
        const HttpUnit http = http2_message_unit(message, pass->pinfo, sources);
        const ScepRecordPart part = { .http2 = message };

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

static HttpUnit claimed_unit(tvbuff_t *body)
{
    return (HttpUnit){ .target_offset = -1,
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
        const HttpUnit http = claimed_unit(body);
        bool known = false;

        for (unsigned k = 0; k < wmem_array_get_count(pass->shown); k++)
            known |= is_body_of(body, &((ScepShown *)wmem_array_index(pass->shown, k))->unit->http);
        if (!known)
            first_response(pass, &http, NULL, (ScepRecordPart){ .index = (uint16_t)i, .claimed = true });
    }
}

/* @return number of the first part in the record that is of this frame or a later one */
static unsigned first_part(uint32_t frame)
{
    return by_frame_first(record, offsetof(ScepRecordPart, frame), frame);
}

static wmem_array_t *first_pass(packet_info *pinfo, bool http1, bool http2)
{
    Pass pass = { .pinfo = pinfo, .connection = connection_of(pinfo, false) };

    if (pass.connection == NULL && claims(pinfo) == NULL && !has_mdm_body(pinfo) && !http_source_may_hold_request(pinfo, http2))
        return NULL;
    pass.parts = wmem_array_new(pinfo->pool, sizeof(ScepRecordPart));
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
        ((ScepShown *)wmem_array_index(pass.shown, i))->part = &g_array_index(record, ScepRecordPart, first + i);
    return pass.shown;
}

/* The same unit again, from the same sources. */
static ScepUnit *find_unit(packet_info *pinfo, const ScepRecordPart *part, wmem_array_t *sources, wmem_array_t *http1)
{
    wmem_array_t *list = claims(pinfo);

    if (part->claimed) {
        if (list == NULL || part->index >= wmem_array_get_count(list))
            return NULL;
        const HttpUnit http = claimed_unit(*(tvbuff_t **)wmem_array_index(list, part->index));
        return new_unit(pinfo, &http);
    }
    if (part->http2 != NULL) {
        const HttpUnit http = http2_message_unit(part->http2, pinfo, sources);
        return new_unit(pinfo, &http);
    }
    return part->index < wmem_array_get_count(http1) ? new_unit(pinfo, wmem_array_index(http1, part->index)) : NULL;
}

static bool is_of(unsigned part, uint32_t frame)
{
    return part < record->len && g_array_index(record, ScepRecordPart, part).frame == frame;
}

bool scep_record_has(uint32_t frame)
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
        const ScepRecordPart *part = &g_array_index(record, ScepRecordPart, i);
        const ScepShown entry = { part, find_unit(pinfo, part, sources, http1) };

        if (entry.unit == NULL)
            continue;
        if (part->is_request && part->call == NULL)
            scep_unit_is_request(entry.unit);
        if (parse && part->call == NULL) {
            scep_unit_parse(entry.unit, pinfo, part->exchange->operation);
            entry.unit->checks = part->is_request ? part->exchange->request_checks : part->exchange->response_checks;
            scep_unit_open(entry.unit);
        }
        wmem_array_append_one(shown, entry);
    }
    return shown;
}

wmem_array_t *scep_record_frame(packet_info *pinfo, bool http1, bool http2, bool parse)
{
    if (!PINFO_FD_VISITED(pinfo))
        return first_pass(pinfo, http1, http2);
    const unsigned first = first_part(pinfo->num);
    return is_of(first, pinfo->num) ? later_pass(pinfo, first, parse) : NULL;
}
