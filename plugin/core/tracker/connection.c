/* connection.c
 * Connections to hosts with a role: their segments, and what TLS shows without any key.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/connection.h"

#include "tracker/events.h"
#include "tracker/tracker.h"
#include "wire/tls_stream.h"

enum {
    /* What a record has beside its content: TLS 1.3 a type and a tag, TLS 1.2 with GCM a nonce and a tag (RFC 8446 5.2,
     * RFC 5288 3). */
    OVERHEAD_1_3 = 17,
    OVERHEAD_1_2 = 24,
    /* TLS 1.3: an alert has 2 octets; the client's Finished has 4 of header and at least 32 of verify_data. What lies
     * between is a Certificate without certificates. */
    ALERT = 2 + OVERHEAD_1_3,
    SMALLEST_FINISHED = 36 + OVERHEAD_1_3,
    /* "GET / HTTP/1.0" and two line ends; an encrypted alert is shorter. */
    SMALLEST_REQUEST = 18,
    /* Frames of HTTP/2 that only steer: settings, acknowledgements, window updates. */
    LARGEST_CONTROL = 64
};

static void free_tls(ScepConnection *connection)
{
    if (connection->tls == NULL)
        return;
    scep_tls_stream_clear(&connection->tls->client.stream);
    scep_tls_stream_clear(&connection->tls->server.stream);
    g_clear_pointer(&connection->tls, g_free);
}

void scep_connection_free(gpointer data)
{
    ScepConnection *connection = data;

    free_tls(connection);
    g_free(connection->exchanges);
    g_free(connection);
}

void scep_connections_open(ScepTracker *tracker)
{
    scep_connection_remains_open(tracker);
    tracker->connections = g_ptr_array_new_with_free_func(scep_connection_free);
    tracker->connections_by_stream = g_hash_table_new(NULL, NULL);
}

void scep_connections_close(ScepTracker *tracker)
{
    g_hash_table_unref(tracker->connections_by_stream);
    g_hash_table_unref(tracker->connection_remains);
    g_ptr_array_unref(tracker->connections);
}

const GPtrArray *scep_tracker_get0_connections(const ScepTracker *tracker)
{
    return tracker->connections;
}

/* ---- roles ------------------------------------------------------------------------------------------------------- */

static ScepHostRole role_at(const ScepTracker *tracker, const char *address)
{
    const ScepHost *host = scep_tracker_get0_host(tracker, address);

    return host != NULL ? host->role : SCEP_HOST_UNKNOWN;
}

/* A host that devices call as NDES, and that calls another one itself, stands in front of it; one that registers itself
 * with the application proxy is a connector of it. */
static void learn_proxy(ScepTracker *tracker, ScepConnection *connection)
{
    if (connection->server_role == SCEP_HOST_PUBLISHER && connection->client_role == SCEP_HOST_UNKNOWN) {
        scep_tracker_learn_host(tracker, connection->client, SCEP_HOST_PROXY);
        connection->client_role = SCEP_HOST_PROXY;
    }
    if (connection->server_role != SCEP_HOST_NDES || connection->client_role != SCEP_HOST_NDES ||
        g_strcmp0(connection->client, connection->server) == 0)
        return;
    const ScepHost *client = scep_tracker_get0_host(tracker, connection->client);
    if (client != NULL && client->source < SCEP_HOST_CONFIGURED)
        scep_tracker_learn_host(tracker, connection->client, SCEP_HOST_PROXY);
    connection->client_role = role_at(tracker, connection->client);
}

/* ---- booking ----------------------------------------------------------------------------------------------------- */

static ScepConnection *new_connection(ScepTracker *tracker, const ScepPlace *place)
{
    ScepConnection *connection = g_new0(ScepConnection, 1);

    connection->client = scep_tracker_text(tracker, place->client);
    connection->server = scep_tracker_text(tracker, place->server);
    connection->port = place->server_port;
    connection->stream = place->stream;
    connection->subject = tracker->subjects++;
    connection->connect_time = connection->last_time = place->time;
    return connection;
}

static void keep(ScepTracker *tracker, ScepConnection *connection, uint32_t frame)
{
    connection->last_frame = frame;
    tracker->booked++;
    g_ptr_array_add(tracker->connections, connection);
}

ScepConnection *scep_tracker_connection(ScepTracker *tracker, const ScepPlace *place, const char *name)
{
    const ScepHost *named =
        name != NULL && name[0] != '\0' ? scep_tracker_name_host(tracker, place->server, name) : NULL;
    const ScepHost *server = scep_tracker_get0_host(tracker, place->server);

    if (server == NULL || server->role == SCEP_HOST_UNKNOWN || tracker->connections->len >= SCEP_MAX_CONNECTIONS)
        return NULL;
    ScepConnection *connection = new_connection(tracker, place);
    connection->host = named != NULL ? scep_tracker_text(tracker, name) : server->name;
    connection->server_role = server->role;
    connection->client_role = role_at(tracker, place->client);
    connection->is_guess = server->source == SCEP_HOST_GUESSED;
    learn_proxy(tracker, connection);
    connection->stage = scep_connection_stage(tracker, connection);
    if (connection->stage == 0 && connection->server_role != SCEP_HOST_AIK) {
        scep_connection_free(connection);
        return NULL;
    }
    if (connection->client_role == SCEP_HOST_UNKNOWN && connection->stage <= 2)
        connection->client_role = SCEP_HOST_DEVICE;
    keep(tracker, connection, place->frame);
    g_hash_table_replace(tracker->connections_by_stream, GUINT_TO_POINTER(place->stream + 1), connection);
    return connection;
}

void scep_connection_read(ScepTracker *tracker, const ScepPlace *place, ScepExchange *exchange)
{
    ScepConnection *connection =
        g_hash_table_lookup(tracker->connections_by_stream, GUINT_TO_POINTER(place->stream + 1));

    if (connection == NULL || g_strcmp0(connection->server, place->server) != 0)
        return;
    if (exchange != NULL)
        connection->exchange = exchange;
    connection->is_opened = true;
}

/* ---- TLS --------------------------------------------------------------------------------------------------------- */

static void tell_connection(ScepTracker *tracker, ScepEventKind kind, ScepConnection *connection,
                            const ScepConnectionFacts *seen, uint32_t frame, uint32_t other_frame)
{
    scep_tracker_tell(
        tracker,
        (ScepEvent){
            .kind = kind, .connection = connection, .seen = seen, .frame = frame, .other_frame = other_frame });
}

/* A segment while its records are read. */
typedef struct {
    ScepTracker *tracker;
    ScepConnection *connection;
    const ScepSegment *segment;
    ScepConnectionEvent event;
} Reading;

static void happens(Reading *reading, ScepConnectionEvent event)
{
    reading->event = MAX(reading->event, event);
}

static void tell(Reading *reading, ScepEventKind kind, ScepConnectionFacts facts, uint32_t other)
{
    facts.by_client = reading->segment->from_client;
    facts.time = reading->segment->time;
    tell_connection(reading->tracker, kind, reading->connection, &facts, reading->segment->frame, other);
}

static void read_server_certificate(Reading *reading, const ScepTlsEvent *event)
{
    ScepSpan span;

    if (!scep_tls_read_certificate(event->bytes, event->size, &span) || span.length == 0)
        return;
    ScepCertificate *certificate = scep_certificate_new(event->bytes + span.offset, span.length);
    reading->connection->certificate_frame = reading->segment->frame;
    if (certificate != NULL)
        tell(reading, SCEP_ON_CONNECTION_CERTIFICATE, (ScepConnectionFacts){ .certificate = certificate },
             reading->connection->hello_frame);
    scep_certificate_free(certificate);
    happens(reading, SCEP_CONNECTION_CERTIFICATE);
}

static void read_client_certificate(Reading *reading, const ScepTlsEvent *event)
{
    ScepSpan span;

    if (!scep_tls_read_certificate(event->bytes, event->size, &span))
        return;
    reading->connection->gave_certificate = span.length > 0;
    reading->connection->gave_none = span.length == 0;
    tell(reading, SCEP_ON_CONNECTION_GIVEN, (ScepConnectionFacts){ 0 }, 0);
    happens(reading, SCEP_CONNECTION_CERTIFICATE);
}

static void read_client_handshake(Reading *reading, const ScepTlsEvent *event)
{
    ScepConnection *connection = reading->connection;
    ScepTlsHello hello;

    if (event->type == SCEP_TLS_CERTIFICATE) {
        read_client_certificate(reading, event);
    } else if (event->type == SCEP_TLS_CLIENT_HELLO) {
        scep_tls_read_hello(event->bytes, event->size, true, &hello);
        connection->is_tls = true;
        if (connection->hello_frame == 0) {
            connection->hello_frame = reading->segment->frame;
            connection->hello_time = reading->segment->time;
        }
        if (hello.host[0] != '\0')
            connection->host = scep_tracker_text(reading->tracker, hello.host);
        connection->tls->http2 = hello.http2;
        tell(reading, SCEP_ON_CONNECTION_HELLO, (ScepConnectionFacts){ 0 }, 0);
        happens(reading, SCEP_CONNECTION_HELLO);
    }
}

static void read_server_handshake(Reading *reading, const ScepTlsEvent *event)
{
    ScepTlsHello hello;

    if (event->type == SCEP_TLS_SERVER_HELLO && scep_tls_read_hello(event->bytes, event->size, false, &hello)) {
        reading->connection->version = hello.version;
        if (hello.version < SCEP_TLS_1_3)
            reading->connection->tls->http2 = hello.http2;
    } else if (event->type == SCEP_TLS_CERTIFICATE) {
        read_server_certificate(reading, event);
    } else if (event->type == SCEP_TLS_CERTIFICATE_REQUEST) {
        reading->connection->wants_certificate = true;
        tell(reading, SCEP_ON_CONNECTION_WISH, (ScepConnectionFacts){ 0 }, reading->connection->hello_frame);
        happens(reading, SCEP_CONNECTION_CERTIFICATE);
    }
}

static ScepTlsExchange *current_exchange(ScepConnection *connection)
{
    return connection->exchange_count > 0 ? &connection->exchanges[connection->exchange_count - 1] : NULL;
}

static void begin_exchange(Reading *reading)
{
    ScepConnection *connection = reading->connection;

    if (connection->exchange_count == SCEP_MAX_TLS_EXCHANGES)
        return;
    /* Most connections have one. */
    connection->exchanges = g_renew(ScepTlsExchange, connection->exchanges, connection->exchange_count + 1u);
    connection->exchanges[connection->exchange_count++] = (ScepTlsExchange){
        .request_frame = reading->segment->frame,
        .request_time = reading->segment->time,
    };
}

static void request_data(Reading *reading, uint32_t size)
{
    ScepConnection *connection = reading->connection;
    ScepTlsState *tls = connection->tls;
    ScepTlsExchange *exchange = current_exchange(connection);

    if (size < SMALLEST_REQUEST || (tls->http2 && size < LARGEST_CONTROL))
        return;
    if (exchange == NULL || tls->answering) {
        begin_exchange(reading);
        exchange = current_exchange(connection);
    }
    tls->answering = false;
    exchange->request_size += size;
    if (exchange->request_size >= SCEP_MIN_PKIOPERATION && exchange->submit_frame == 0)
        exchange->submit_frame = reading->segment->frame;
    else if (exchange->request_frame != reading->segment->frame)
        return;
    happens(reading, SCEP_CONNECTION_REQUEST);
}

static void answer_data(Reading *reading, uint32_t size)
{
    ScepTlsExchange *exchange = current_exchange(reading->connection);

    /* Without a request these are session tickets, or settings. */
    if (exchange == NULL)
        return;
    if (exchange->answer_frame == 0) {
        exchange->answer_frame = reading->segment->frame;
        happens(reading, SCEP_CONNECTION_ANSWER);
    }
    exchange->answer_size += size;
    reading->connection->tls->answering = true;
}

/* In TLS 1.3 the rest of the handshake hides in records of application data (RFC 8446 5.2). */
static bool is_handshake(Reading *reading, const ScepTlsEvent *event)
{
    ScepTlsState *tls = reading->connection->tls;

    if (reading->connection->version < SCEP_TLS_1_3 || tls->client_finished)
        return false;
    if (reading->segment->from_client) {
        tls->client_finished = event->size >= SMALLEST_FINISHED || event->size <= ALERT;
        tls->silent_alert = event->size <= ALERT;
        if (tls->silent_alert)
            happens(reading, SCEP_CONNECTION_ALERT);
    }
    return true;
}

static void read_data(Reading *reading, const ScepTlsEvent *event)
{
    ScepConnection *connection = reading->connection;
    const uint32_t overhead = connection->version < SCEP_TLS_1_3 ? OVERHEAD_1_2 : OVERHEAD_1_3;
    const uint32_t size = event->size > overhead ? (uint32_t)event->size - overhead : 0;

    if (is_handshake(reading, event))
        return;
    if (!reading->segment->from_client) {
        answer_data(reading, size);
        return;
    }
    request_data(reading, size);
    if (current_exchange(connection) != NULL)
        tell(reading, SCEP_ON_CONNECTION_REQUEST, (ScepConnectionFacts){ 0 },
             current_exchange(connection)->request_frame);
}

static void on_event(const ScepTlsEvent *event, void *user)
{
    Reading *reading = user;

    if (event->kind == SCEP_TLS_DATA) {
        read_data(reading, event);
    } else if (event->kind == SCEP_TLS_ALERT) {
        /* Behind a warning the handshake may go on (RFC 5246 7.2); 0 is close_notify, whatever its level. */
        if (!event->is_fatal || event->type == 0)
            return;
        reading->connection->has_alert = true;
        tell(reading, SCEP_ON_CONNECTION_ALERT, (ScepConnectionFacts){ .alert = event->type },
             reading->connection->hello_frame);
        happens(reading, SCEP_CONNECTION_ALERT);
    } else if (reading->segment->from_client) {
        read_client_handshake(reading, event);
    } else {
        read_server_handshake(reading, event);
    }
}

/* In order, each octet once; a gap ends it. */
static void read_tls(Reading *reading)
{
    const ScepSegment *segment = reading->segment;
    ScepTlsState *tls = reading->connection->tls;
    ScepTlsSide *side = segment->from_client ? &tls->client : &tls->server;
    const uint32_t whole = (uint32_t)(segment->size + segment->missing);
    size_t known = 0;

    if (!side->is_synced)
        side->next = segment->sequence;
    side->is_synced = true;
    const int32_t ahead = (int32_t)(segment->sequence - side->next);
    if (ahead > 0)
        side->stream.lost = true;
    else
        known = (size_t) - (int64_t)ahead;
    if (known >= whole)
        return;
    side->next = segment->sequence + whole;
    if (known < segment->size)
        scep_tls_stream_feed(&side->stream, segment->payload + known, segment->size - known, segment->missing, on_event,
                             reading);
    else
        scep_tls_stream_feed(&side->stream, NULL, 0, whole - known, on_event, reading);
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

static void open_tcp(Reading *reading)
{
    ScepConnection *connection = reading->connection;
    const uint32_t frame = reading->segment->frame;

    if (reading->segment->flags & SCEP_TCP_ACK) {
        if (!reading->segment->from_client)
            connection->accept_frame = frame;
        return;
    }
    if (!reading->segment->from_client)
        return;
    if (connection->connect_frame == 0)
        connection->connect_frame = frame;
    else
        connection->connect_again = frame;
    happens(reading, SCEP_CONNECTION_CONNECT);
}

/* @return false for what the client sent before: to be sure, or to keep the connection alive */
static bool is_new(ScepConnection *connection, const ScepSegment *segment)
{
    const uint32_t end =
        segment->sequence + (uint32_t)(segment->size + segment->missing) + (segment->flags & SCEP_TCP_SYN ? 1 : 0);

    if (connection->has_sent && (int32_t)(end - connection->sent_end) <= 0)
        return false;
    connection->has_sent = true;
    connection->sent_end = end;
    return true;
}

/* What the client sends is a request until the server says something; the handshake is neither. */
static void count_request(Reading *reading)
{
    ScepConnection *connection = reading->connection;
    const ScepSegment *segment = reading->segment;
    const bool is_plain = !connection->is_tls && connection->tls == NULL;

    if (!segment->from_client) {
        connection->asked_octets = 0;
    } else if (is_plain || connection->asked_octets > 0 || reading->event == SCEP_CONNECTION_REQUEST) {
        if (connection->asked_octets == 0)
            connection->asked_frame = segment->frame;
        connection->asked_octets += (uint32_t)(segment->size + segment->missing);
        connection->asked_last = segment->frame;
        connection->asked_time = segment->time;
    }
}

static bool is_refusal(const ScepConnection *connection, const ScepSegment *segment)
{
    return segment->flags & SCEP_TCP_RST && !segment->from_client && connection->connect_frame != 0 &&
           connection->accept_frame == 0 && connection->hello_frame == 0 && connection->asked_frame == 0;
}

/* A connection ends more than once, each side for itself; what is said of it is said once. */
static void close_tcp(Reading *reading)
{
    ScepConnection *connection = reading->connection;
    const ScepSegment *segment = reading->segment;
    const ScepConnectionFacts facts = { .is_reset = (segment->flags & SCEP_TCP_RST) != 0 };
    const bool was_noted = connection->is_noted;

    if (connection->is_ended)
        return;
    if (is_refusal(connection, segment)) {
        connection->refused_frame = segment->frame;
        tell(reading, SCEP_ON_CONNECTION_REFUSED, facts, connection->connect_frame);
        happens(reading, SCEP_CONNECTION_REFUSED);
        connection->is_ended = true;
        return;
    }
    connection->is_noted = false;
    tell(reading, SCEP_ON_CONNECTION_CLOSE, facts,
         connection->asked_octets > 0 ? connection->asked_frame : connection->hello_frame);
    connection->is_ended = connection->is_noted;
    connection->is_noted |= was_noted;
    if (connection->is_ended)
        happens(reading, SCEP_CONNECTION_CLOSE);
}

/* Where the capture lacks what a side said, that side is not the one that kept silent, and not the one that stopped. */
static void take_gaps(ScepTracker *tracker, ScepConnection *connection, const ScepSegment *segment)
{
    const unsigned sides = scep_connection_gaps(connection, segment);

    connection->has_gaps |= sides != 0;
    if (sides & SCEP_CLIENT_SIDE && connection->server_role == SCEP_HOST_NDES)
        scep_tracker_request_cut(tracker, connection->server, connection->port);
    if (!(sides & SCEP_SERVER_SIDE))
        return;
    /* One that is cut itself is taken for the answer below. */
    if (segment->missing == 0)
        connection->asked_octets = 0;
    if (connection->exchange != NULL && connection->exchange->response_frame == 0)
        scep_tracker_answer_cut(tracker, connection->exchange, connection->exchange->answer_began, false);
}

ScepConnectionSeen scep_connection_segment(ScepTracker *tracker, ScepConnection *connection, const ScepSegment *segment)
{
    Reading reading = { tracker, connection, segment, SCEP_CONNECTION_NOTHING };
    const bool begins_tls = segment->from_client && scep_tls_is_client_hello(segment->payload, segment->size);
    const bool has_data = segment->size + segment->missing > 0;
    const bool is_sent_again =
        segment->from_client && (has_data || segment->flags & SCEP_TCP_SYN) && !is_new(connection, segment);

    tracker->booked++;
    scep_tracker_note_snaplen(tracker, segment->snaplen);
    take_gaps(tracker, connection, segment);
    connection->is_heard |= !segment->from_client;
    connection->last_time = segment->time;
    connection->last_frame = segment->frame;
    if (segment->flags & SCEP_TCP_SYN)
        open_tcp(&reading);
    connection->is_opened |= segment->is_opened;
    if (begins_tls && connection->tls == NULL && connection->closed_sides == 0)
        connection->tls = g_new0(ScepTlsState, 1);
    if (connection->tls != NULL && has_data)
        read_tls(&reading);
    if (has_data && !is_sent_again)
        count_request(&reading);
    if (segment->flags & (SCEP_TCP_FIN | SCEP_TCP_RST)) {
        close_tcp(&reading);
        connection->closed_sides |= segment->flags & SCEP_TCP_RST ? SCEP_BOTH_SIDES
                                    : segment->from_client        ? SCEP_CLIENT_SIDE
                                                                  : SCEP_SERVER_SIDE;
        if (connection->closed_sides == SCEP_BOTH_SIDES)
            free_tls(connection);
    }
    return scep_connection_describe(connection, reading.event, segment->frame);
}

void scep_connection_earlier(ScepTracker *tracker, ScepConnection *connection, uint32_t refused_frame,
                             int64_t refused_time, uint32_t again_frame)
{
    const ScepConnectionFacts facts = { .time = refused_time, .is_reset = true };

    connection->connect_again = again_frame;
    connection->refused_frame = refused_frame;
    connection->is_ended = refused_frame != 0;
    connection->last_time = MAX(connection->last_time, refused_time);
    if (refused_frame != 0)
        tell_connection(tracker, SCEP_ON_CONNECTION_REFUSED, connection, &facts, refused_frame,
                        connection->connect_frame);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

ScepConnection *scep_tracker_lookup(ScepTracker *tracker, const ScepPlace *place, const char *name, bool is_ipv6)
{
    ScepHostSource source;
    const ScepHostRole role = scep_tracker_role_of_name(tracker, name, &source);

    if (role == SCEP_HOST_UNKNOWN || tracker->connections->len >= SCEP_MAX_CONNECTIONS)
        return NULL;
    ScepConnection *lookup = new_connection(tracker, place);
    lookup->host = scep_tracker_text(tracker, name);
    lookup->server_role = role;
    lookup->client_role = role_at(tracker, place->client);
    lookup->is_guess = source == SCEP_HOST_GUESSED;
    lookup->is_lookup = true;
    lookup->is_ipv6 = is_ipv6;
    lookup->stage = scep_connection_stage(tracker, lookup);
    if (lookup->stage == 0) {
        scep_connection_free(lookup);
        return NULL;
    }
    lookup->connect_frame = place->frame;
    keep(tracker, lookup, place->frame);
    return lookup;
}

void scep_lookup_answer(ScepTracker *tracker, ScepConnection *lookup, const ScepPlace *place, unsigned code,
                        bool has_address)
{
    const ScepConnectionFacts facts = { .time = place->time,
                                        .code = (uint8_t)MIN(code, UINT8_MAX),
                                        .has_address = has_address };

    tracker->booked++;
    lookup->answer_frame = place->frame;
    lookup->last_time = place->time;
    tell_connection(tracker, SCEP_ON_CONNECTION_NAME, lookup, &facts, place->frame, lookup->connect_frame);
}
