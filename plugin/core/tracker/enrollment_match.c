/* enrollment_match.c
 * Which enrollment a request belongs to.
 *
 * A transactionID alone does not tell: real clients derive it from the key, so a second attempt has the same one, and
 * the three requests of one enrollment usually come on three connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tracker/service_call.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

/* GetCA* requests on their way that a copy from behind a proxy is looked for in. */
#define MAX_OPEN_QUERIES 64

/* Queries that a copy from the other side of a NAT is looked for in. */
#define MAX_SEGMENTS 256

/* How many of what a client asked before are looked at when it goes on with something else. */
#define PRELUDES_LOOKED_AT 64

static guint message_hash(gconstpointer key)
{
    const ScepExchange *exchange = key;
    guint hash = g_direct_hash(exchange->transaction_id);

    for (unsigned i = 0; i < SCEP_KEPT_NONCE; i++)
        hash = hash * 31 + exchange->nonce[i];
    return hash;
}

/* Texts are interned, so pointers compare. */
static gboolean message_equal(gconstpointer a, gconstpointer b)
{
    const ScepExchange *one = a, *other = b;

    return one->transaction_id == other->transaction_id && one->nonce_length == other->nonce_length &&
           one->message_type == other->message_type && memcmp(one->nonce, other->nonce, SCEP_KEPT_NONCE) == 0;
}

static guint nonce_hash(gconstpointer key)
{
    const ScepExchange *exchange = key;
    guint hash = exchange->nonce_length;

    for (unsigned i = 0; i < SCEP_KEPT_NONCE; i++)
        hash = hash * 31 + exchange->nonce[i];
    return hash;
}

static gboolean nonce_equal(gconstpointer a, gconstpointer b)
{
    const ScepExchange *one = a, *other = b;

    return one->nonce_length == other->nonce_length && memcmp(one->nonce, other->nonce, SCEP_KEPT_NONCE) == 0;
}

static guint transaction_hash(gconstpointer key)
{
    const ScepEnrollment *enrollment = key;

    return g_direct_hash(enrollment->transaction_id) ^ g_direct_hash(enrollment->server) * 17;
}

static gboolean transaction_equal(gconstpointer a, gconstpointer b)
{
    const ScepEnrollment *one = a, *other = b;

    return one->transaction_id == other->transaction_id && one->server == other->server;
}

static guint attempt_hash(gconstpointer key)
{
    const ScepEnrollment *enrollment = key;

    return transaction_hash(enrollment) ^ g_direct_hash(enrollment->client) * 31;
}

static gboolean attempt_equal(gconstpointer a, gconstpointer b)
{
    const ScepEnrollment *one = a, *other = b;

    return transaction_equal(one, other) && one->client == other->client;
}

/* The same question in the same segment of TCP. */
static guint segment_hash(gconstpointer key)
{
    const ScepExchange *exchange = key;

    return exchange->sequence * 31 ^ exchange->operation;
}

static gboolean segment_equal(gconstpointer a, gconstpointer b)
{
    const ScepExchange *one = a, *other = b;

    return one->sequence == other->sequence && one->operation == other->operation &&
           one->identifier == other->identifier && one->target_length == other->target_length;
}

static guint peers_hash(gconstpointer key)
{
    const ScepEnrollment *enrollment = key;

    return g_direct_hash(enrollment->client) * 31 ^ g_direct_hash(enrollment->server);
}

static gboolean peers_equal(gconstpointer a, gconstpointer b)
{
    const ScepEnrollment *one = a, *other = b;

    return one->client == other->client && one->server == other->server;
}

static void free_queue(gpointer queue)
{
    g_queue_free(queue);
}

void scep_join_open(ScepTracker *tracker)
{
    tracker->messages = g_hash_table_new(message_hash, message_equal);
    tracker->nonces = g_hash_table_new(nonce_hash, nonce_equal);
    tracker->attempts = g_hash_table_new(attempt_hash, attempt_equal);
    tracker->transactions = g_hash_table_new(transaction_hash, transaction_equal);
    tracker->by_transaction = g_hash_table_new(NULL, NULL);
    tracker->preludes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_queue);
    tracker->failed = g_hash_table_new(peers_hash, peers_equal);
    tracker->segments = g_hash_table_new(segment_hash, segment_equal);
    tracker->segment_queue = g_queue_new();
    tracker->open_queries = g_queue_new();
    tracker->enrollments = g_ptr_array_new_with_free_func(g_free);
}

void scep_join_close(ScepTracker *tracker)
{
    g_hash_table_unref(tracker->messages);
    g_hash_table_unref(tracker->nonces);
    g_hash_table_unref(tracker->attempts);
    g_hash_table_unref(tracker->transactions);
    g_hash_table_unref(tracker->by_transaction);
    g_hash_table_unref(tracker->preludes);
    g_hash_table_unref(tracker->failed);
    g_hash_table_unref(tracker->segments);
    g_queue_free(tracker->segment_queue);
    g_queue_free(tracker->open_queries);
    g_ptr_array_unref(tracker->enrollments);
}

static ScepEnrollment *new_enrollment(ScepTracker *tracker, const ScepExchange *exchange)
{
    ScepEnrollment *enrollment = g_new0(ScepEnrollment, 1);

    enrollment->number = tracker->enrollments->len + 1;
    enrollment->client = exchange->client;
    enrollment->server = exchange->server;
    g_ptr_array_add(tracker->enrollments, enrollment);
    scep_service_calls_enrollment_begins(tracker, enrollment,
                                         exchange->request_frame ? exchange->request_time : exchange->response_time);
    return enrollment;
}

static uint32_t first_frame(const ScepExchange *exchange)
{
    return exchange->request_frame != 0 ? exchange->request_frame : exchange->response_frame;
}

/* In the order of frames; nearly always it is the last one. */
static void add(ScepEnrollment *enrollment, ScepExchange *exchange)
{
    const bool is_last = enrollment->last == NULL || first_frame(enrollment->last) <= first_frame(exchange);
    ScepExchange **link = is_last && enrollment->last != NULL ? &enrollment->last->next : &enrollment->first;

    while (*link != NULL && first_frame(*link) <= first_frame(exchange))
        link = &(*link)->next;
    exchange->next = *link;
    *link = exchange;
    if (exchange->next == NULL)
        enrollment->last = exchange;
    exchange->enrollment = enrollment;
    if (exchange->operation == SCEP_OP_PKIOPERATION)
        enrollment->submitted = exchange;
}

/* ---- another try after an error ---------------------------------------------------------------------------------- */

/* The queries that came behind the last PKIOperation: of another try, whose own PKIOperation is still to come. */
static ScepExchange *queries_behind(const ScepEnrollment *enrollment)
{
    return enrollment->submitted != NULL ? enrollment->submitted->next : NULL;
}

/* A client that was answered with an HTTP error, or not at all, begins again with GetCACaps and GetCACert. */
static bool may_try_again(const ScepEnrollment *failed, const ScepExchange *query, const char *user_agent)
{
    const ScepExchange *last = failed->submitted;

    if (last == NULL || last->pki_status >= 0 || (last->response_frame != 0 && last->status < 300) ||
        query->request_time - failed->last->request_time > SCEP_PRELUDE_TIME)
        return false;
    /* While the answer may still come, it is somebody else who asks. */
    if (last->response_frame == 0 && query->request_time - last->request_time < SCEP_SLOW_TIME)
        return false;
    return user_agent == NULL || failed->user_agent == NULL || user_agent == failed->user_agent;
}

/* The newest enrollment of this client at this server whose PKIOperation failed below SCEP; NULL for none. */
static ScepEnrollment *failed_of(const ScepTracker *tracker, const ScepExchange *exchange)
{
    const ScepEnrollment key = { .client = exchange->client, .server = exchange->server };

    return g_hash_table_lookup(tracker->failed, &key);
}

/* The other try turned out to be one of another enrollment: its queries go there. */
static void move_queries(ScepEnrollment *from, ScepEnrollment *to)
{
    ScepExchange *moved = queries_behind(from);

    if (moved == NULL || from == to)
        return;
    from->submitted->next = NULL;
    from->last = from->submitted;
    while (moved != NULL) {
        ScepExchange *next = moved->next;
        moved->next = NULL;
        add(to, moved);
        moved = next;
    }
}

/* ---- what comes before a request --------------------------------------------------------------------------------- */

/* @return g_free() it */
static char *peers_key(const char *client, const ScepServer *server)
{
    return g_strdup_printf("%s %s %u", client, server->address, server->port);
}

/* NULL when there are none. */
static GQueue *preludes_of(const ScepTracker *tracker, const char *client, const ScepServer *server)
{
    char *key = peers_key(client, server);
    GQueue *queue = g_hash_table_lookup(tracker->preludes, key);

    g_free(key);
    return queue;
}

static void add_prelude(ScepTracker *tracker, ScepEnrollment *prelude)
{
    GQueue *queue = preludes_of(tracker, prelude->client, prelude->server);

    if (queue == NULL) {
        queue = g_queue_new();
        g_hash_table_insert(tracker->preludes, peers_key(prelude->client, prelude->server), queue);
    }
    g_queue_push_tail(queue, prelude);
}

/* Nothing stays of a device whose request has come: there may be a million. */
static void remove_prelude(ScepTracker *tracker, ScepEnrollment *prelude)
{
    GQueue *queue = preludes_of(tracker, prelude->client, prelude->server);

    g_queue_remove(queue, prelude);
    if (queue->length > 0)
        return;
    char *key = peers_key(prelude->client, prelude->server);
    g_hash_table_remove(tracker->preludes, key);
    g_free(key);
}

bool scep_join_has_prelude(const ScepTracker *tracker, const char *client, const ScepServer *server)
{
    const GQueue *queue = preludes_of(tracker, client, server);

    return queue != NULL && queue->length > 0;
}

/* certmonger asks for the CA's certificate by one identifier after another, so those are different questions. */
static const ScepExchange *find_same_query(const ScepEnrollment *prelude, const ScepExchange *query)
{
    const ScepExchange *found = NULL;

    for (const ScepExchange *exchange = prelude->first; exchange != NULL; exchange = exchange->next) {
        if (exchange->operation == query->operation && exchange->identifier == query->identifier)
            found = exchange;
    }
    return found;
}

static bool has_answer(const ScepEnrollment *prelude)
{
    for (const ScepExchange *exchange = prelude->first; exchange != NULL; exchange = exchange->next) {
        if (exchange->status == 200)
            return true;
    }
    return false;
}

/* How often an identifier was asked about; NULL for any. */
static unsigned count_queries(const ScepEnrollment *prelude, ScepOperation operation, const char *identifier)
{
    unsigned count = 0;

    for (const ScepExchange *exchange = prelude->first; exchange != NULL; exchange = exchange->next)
        count +=
            exchange->operation == operation &&
            (identifier == NULL || (exchange->identifier != NULL && strcmp(exchange->identifier, identifier) == 0));
    return count;
}

/* certmonger gets to know a CA with GetCACaps and with GetCACert by the identifiers 0 and 1, and asks for the
 * capabilities once more ahead of its PKIOperation (captures/certmonger-enroll.pcapng). No other known client asks by
 * these numbers. A client that gives a User-Agent is not it. */
static bool is_certmonger_asking_again(const ScepEnrollment *prelude, const ScepExchange *query, const char *user_agent)
{
    return query->operation == SCEP_OP_GETCACAPS && user_agent == NULL && prelude->user_agent == NULL &&
           count_queries(prelude, SCEP_OP_GETCACAPS, NULL) == 1 && count_queries(prelude, SCEP_OP_GETCACERT, "0") > 0 &&
           count_queries(prelude, SCEP_OP_GETCACERT, "1") > 0;
}

/* What prelude_fit() gives at the least: for a question that was answered before, and for a new one. */
enum { FIT_NONE = 0, FIT_AGAIN = 1, FIT_NEW = 2 };

/* How well an open prelude fits a request of the same client and server. Several devices may share an address, so the
 * connection and the User-Agent count, and what it still lacks. */
static int prelude_fit(const ScepEnrollment *prelude, const ScepExchange *exchange, const char *user_agent)
{
    int fit = FIT_NEW;

    if (exchange->request_time - prelude->last->request_time > SCEP_PRELUDE_TIME)
        return FIT_NONE;
    /* Another client behind the same address, or through the same proxy. */
    if (prelude->user_agent != NULL && user_agent != NULL && prelude->user_agent != user_agent)
        return FIT_NONE;
    /* Without the CA's certificate or capabilities no client sends its request. */
    if (exchange->operation == SCEP_OP_PKIOPERATION && !has_answer(prelude))
        return FIT_NONE;
    /* Asked again: after an error, or without an answer, it is the same attempt; else another one begins. */
    const ScepExchange *same = find_same_query(prelude, exchange);
    if (same != NULL && same->response_frame != 0 && same->status < 300)
        return is_certmonger_asking_again(prelude, exchange, user_agent) ? FIT_AGAIN : FIT_NONE;
    if (prelude->last->stream == exchange->stream)
        fit += 4;
    if (prelude->user_agent != NULL && user_agent != NULL)
        fit += 2;
    /* Who has asked for both is more likely to go on than who has asked for one of the two. */
    if (exchange->operation == SCEP_OP_PKIOPERATION && count_queries(prelude, SCEP_OP_GETCACAPS, NULL) > 0 &&
        count_queries(prelude, SCEP_OP_GETCACERT, NULL) > 0)
        fit++;
    return fit;
}

/* The best open prelude. Among equals the oldest for another query, which it lacks; for a PKIOperation the newest: a
 * query belongs to the request that follows soonest, and who asked before and never went on has only looked. */
static ScepEnrollment *best_prelude(ScepTracker *tracker, const ScepExchange *exchange, const char *user_agent)
{
    GQueue *queue = preludes_of(tracker, exchange->client, exchange->server);
    ScepEnrollment *best = NULL;
    int best_fit = FIT_NONE;

    for (GList *item = queue ? queue->head : NULL; item != NULL;) {
        GList *next = item->next;
        const int fit = prelude_fit(item->data, exchange, user_agent);
        ScepEnrollment *prelude = item->data;
        if (exchange->request_time - prelude->last->request_time > SCEP_PRELUDE_TIME)
            g_queue_delete_link(queue, item);
        else if (fit > best_fit || (fit == best_fit && best != NULL && exchange->operation == SCEP_OP_PKIOPERATION &&
                                    first_frame(prelude->last) > first_frame(best->last))) {
            best = prelude;
            best_fit = fit;
        }
        item = next;
    }
    return best;
}

/* A proxy passes a query on while the device waits: the same question, asked of another server. */
static ScepExchange *forwarded_query(ScepTracker *tracker, const ScepExchange *exchange, const char *identifier)
{
    for (GList *item = tracker->open_queries->head; item != NULL; item = item->next) {
        ScepExchange *open = item->data;
        if (open->operation == exchange->operation && open->server != exchange->server &&
            open->client != exchange->client && open->identifier == identifier)
            return open;
    }
    return NULL;
}

static void remember_query(ScepTracker *tracker, ScepExchange *exchange)
{
    g_queue_push_head(tracker->open_queries, exchange);
    if (tracker->open_queries->length > MAX_OPEN_QUERIES)
        g_queue_pop_tail(tracker->open_queries);
}

/* The same segment between other addresses: the capture was made on both sides of a NAT, or joined of two that were. A
 * NAT changes addresses and ports; sequence numbers it leaves alone. */
static ScepExchange *translated_query(ScepTracker *tracker, ScepExchange *exchange)
{
    if (exchange->sequence == 0)
        return NULL;
    ScepExchange *seen = g_hash_table_lookup(tracker->segments, exchange);
    if (seen != NULL)
        return ABS(exchange->request_time - seen->request_time) < SCEP_TRANSLATION_TIME &&
                       (seen->client != exchange->client || seen->server != exchange->server)
                   ? seen
                   : NULL;
    g_hash_table_add(tracker->segments, exchange);
    g_queue_push_tail(tracker->segment_queue, exchange);
    if (tracker->segment_queue->length > MAX_SEGMENTS)
        g_hash_table_remove(tracker->segments, g_queue_pop_head(tracker->segment_queue));
    return NULL;
}

static void join_query(ScepTracker *tracker, ScepExchange *exchange, const char *user_agent)
{
    exchange->repeats = translated_query(tracker, exchange);
    if (exchange->repeats == NULL)
        exchange->repeats = forwarded_query(tracker, exchange, exchange->identifier);
    remember_query(tracker, exchange);
    if (scep_exchange_is_forwarded(exchange))
        exchange->repeats->server->is_proxy = true;
    if (exchange->repeats != NULL && exchange->repeats->enrollment != NULL) {
        add(exchange->repeats->enrollment, exchange);
        return;
    }
    exchange->repeats = NULL;
    ScepEnrollment *failed = failed_of(tracker, exchange);
    if (failed != NULL && may_try_again(failed, exchange, user_agent)) {
        add(failed, exchange);
        return;
    }
    ScepEnrollment *enrollment = best_prelude(tracker, exchange, user_agent);
    if (enrollment == NULL) {
        enrollment = new_enrollment(tracker, exchange);
        enrollment->user_agent = user_agent;
        add_prelude(tracker, enrollment);
    }
    add(enrollment, exchange);
}

/* An attempt goes on until it is granted or refused; an HTTP error leaves it open for another try. */
static bool is_open(const ScepEnrollment *enrollment)
{
    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        if (exchange->operation == SCEP_OP_PKIOPERATION && !exchange->brings_nothing &&
            (exchange->pki_status == SCEP_STATUS_SUCCESS || exchange->pki_status == SCEP_STATUS_FAILURE))
            return false;
    }
    return true;
}

/* The last word of the server was PENDING, or SUCCESS without a certificate. */
static bool is_on_hold(const ScepEnrollment *enrollment)
{
    int status = -1;

    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        if (exchange->operation == SCEP_OP_PKIOPERATION && exchange->pki_status >= 0)
            status = exchange->brings_nothing ? SCEP_STATUS_PENDING : exchange->pki_status;
    }
    return status == SCEP_STATUS_PENDING;
}

static bool belongs_to_attempts(int message_type)
{
    return message_type != SCEP_TYPE_GETCERT && message_type != SCEP_TYPE_GETCRL;
}

static ScepExchange *seen_before(ScepTracker *tracker, ScepExchange *exchange)
{
    if (exchange->transaction_id == NULL || exchange->nonce_length == 0)
        return NULL;
    ScepExchange *first = g_hash_table_lookup(tracker->messages, exchange);
    if (first == NULL)
        g_hash_table_add(tracker->messages, exchange);
    return first;
}

static bool has_whole_nonce(const ScepExchange *exchange)
{
    return exchange->transaction_id != NULL && exchange->nonce_length > 0 && exchange->nonce_length <= SCEP_KEPT_NONCE;
}

static void remember_nonce(ScepTracker *tracker, ScepExchange *exchange)
{
    if (has_whole_nonce(exchange) && !g_hash_table_contains(tracker->nonces, exchange))
        g_hash_table_add(tracker->nonces, exchange);
}

const ScepExchange *scep_exchange_get0_same_nonce(const ScepTracker *tracker, const ScepExchange *exchange)
{
    return has_whole_nonce(exchange) ? g_hash_table_lookup(tracker->nonces, exchange) : NULL;
}

/* The newest attempt under a transactionID, linked with the one before. */
static void remember_attempt(ScepTracker *tracker, ScepEnrollment *enrollment)
{
    enrollment->earlier = g_hash_table_lookup(tracker->transactions, enrollment);
    if (enrollment->earlier != NULL)
        enrollment->earlier->later = enrollment;
    g_hash_table_replace(tracker->attempts, enrollment, enrollment);
    g_hash_table_replace(tracker->transactions, enrollment, enrollment);
    g_hash_table_replace(tracker->by_transaction, (gpointer)enrollment->transaction_id, enrollment);
}

static ScepEnrollment *attempt_for(ScepTracker *tracker, const ScepExchange *exchange, const char *user_agent)
{
    const ScepEnrollment key = { .transaction_id = exchange->transaction_id,
                                 .client = exchange->client,
                                 .server = exchange->server };
    ScepEnrollment *enrollment = exchange->transaction_id ? g_hash_table_lookup(tracker->attempts, &key) : NULL;

    /* A poll asks about the attempt that was put on hold, whatever has happened to it since. */
    if (enrollment != NULL && (exchange->message_type == SCEP_TYPE_CERTPOLL || is_open(enrollment)))
        return enrollment;
    /* A device that waits may come back from another address: behind a pool of proxies, or on another network. */
    enrollment = exchange->transaction_id ? g_hash_table_lookup(tracker->transactions, &key) : NULL;
    if (enrollment != NULL && is_on_hold(enrollment))
        return enrollment;
    const ScepEnrollment *failed = failed_of(tracker, exchange);
    enrollment = failed == NULL || queries_behind(failed) == NULL ? best_prelude(tracker, exchange, user_agent) : NULL;
    if (enrollment != NULL)
        remove_prelude(tracker, enrollment);
    else
        enrollment = new_enrollment(tracker, exchange);
    enrollment->transaction_id = exchange->transaction_id;
    if (user_agent != NULL && enrollment->user_agent == NULL)
        enrollment->user_agent = user_agent;
    if (exchange->transaction_id != NULL)
        remember_attempt(tracker, enrollment);
    return enrollment;
}

/* What the same client asked before and did not go on with was no attempt of its own. */
static void supersede(ScepTracker *tracker, const ScepExchange *exchange)
{
    GQueue *queue = preludes_of(tracker, exchange->client, exchange->server);

    unsigned looked = 0;

    for (GList *item = queue != NULL ? queue->tail : NULL; item != NULL && looked < PRELUDES_LOOKED_AT;
         item = item->prev, looked++) {
        ScepEnrollment *prelude = item->data;
        if (exchange->request_time - prelude->last->request_time > SCEP_PRELUDE_TIME)
            return;
        if (prelude->user_agent == exchange->enrollment->user_agent)
            prelude->is_superseded = true;
    }
}

static void join_operation(ScepTracker *tracker, ScepExchange *exchange, const char *user_agent)
{
    exchange->repeats = seen_before(tracker, exchange);
    remember_nonce(tracker, exchange);
    if (exchange->repeats != NULL && exchange->repeats->enrollment != NULL) {
        add(exchange->repeats->enrollment, exchange);
        return;
    }
    if (!belongs_to_attempts(exchange->message_type))
        return;
    ScepEnrollment *enrollment = attempt_for(tracker, exchange, user_agent);
    if (exchange->message_type == SCEP_TYPE_CERTPOLL)
        enrollment->polls++;
    ScepEnrollment *failed = failed_of(tracker, exchange);
    if (failed != NULL)
        move_queries(failed, enrollment);
    add(enrollment, exchange);
    supersede(tracker, exchange);
    /* Until it is answered: see may_try_again(). */
    g_hash_table_replace(tracker->failed, enrollment, enrollment);
}

static void join_next_ca(ScepTracker *tracker, const ScepExchange *exchange, const char *user_agent)
{
    ScepEnrollment *prelude = best_prelude(tracker, exchange, user_agent);

    if (prelude != NULL)
        prelude->asks_next_ca = true;
}

void scep_join_request(ScepTracker *tracker, ScepExchange *exchange, const ScepRequest *request)
{
    const char *user_agent = scep_tracker_text(tracker, request->user_agent);

    switch (exchange->operation) {
    case SCEP_OP_GETCACAPS:
    case SCEP_OP_GETCACERT:
        join_query(tracker, exchange, user_agent);
        break;
    case SCEP_OP_GETNEXTCACERT:
        join_next_ca(tracker, exchange, user_agent);
        break;
    case SCEP_OP_PKIOPERATION:
        join_operation(tracker, exchange, user_agent);
        break;
    default:
        break;
    }
}

void scep_join_stray_response(ScepTracker *tracker, ScepExchange *exchange)
{
    if (exchange->pki_status >= 0 || exchange->pki_status_other != NULL)
        add(new_enrollment(tracker, exchange), exchange);
}

void scep_join_answered(ScepTracker *tracker, ScepExchange *exchange)
{
    g_queue_remove(tracker->open_queries, exchange);
    if (exchange->operation == SCEP_OP_PKIOPERATION && exchange->pki_status >= 0 && exchange->enrollment != NULL &&
        g_hash_table_lookup(tracker->failed, exchange->enrollment) == exchange->enrollment)
        g_hash_table_remove(tracker->failed, exchange->enrollment);
}
