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

static void free_queue(gpointer queue)
{
    g_queue_free(queue);
}

static void free_enrollment(gpointer data)
{
    ScepEnrollment *enrollment = data;

    g_free(enrollment);
}

void scep_join_open(ScepTracker *tracker)
{
    tracker->messages = g_hash_table_new(message_hash, message_equal);
    tracker->nonces = g_hash_table_new(nonce_hash, nonce_equal);
    tracker->attempts = g_hash_table_new(attempt_hash, attempt_equal);
    tracker->transactions = g_hash_table_new(transaction_hash, transaction_equal);
    tracker->by_transaction = g_hash_table_new(NULL, NULL);
    tracker->preludes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_queue);
    tracker->open_queries = g_queue_new();
    tracker->enrollments = g_ptr_array_new_with_free_func(free_enrollment);
}

void scep_join_close(ScepTracker *tracker)
{
    g_hash_table_unref(tracker->messages);
    g_hash_table_unref(tracker->nonces);
    g_hash_table_unref(tracker->attempts);
    g_hash_table_unref(tracker->transactions);
    g_hash_table_unref(tracker->by_transaction);
    g_hash_table_unref(tracker->preludes);
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

static void add(ScepEnrollment *enrollment, ScepExchange *exchange)
{
    exchange->enrollment = enrollment;
    if (enrollment->last != NULL)
        enrollment->last->next = exchange;
    else
        enrollment->first = exchange;
    enrollment->last = exchange;
}

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
    /* Another client behind the same address, with a question of its own. */
    if (exchange->operation != SCEP_OP_PKIOPERATION && prelude->last->stream != exchange->stream &&
        prelude->user_agent != NULL && user_agent != NULL && prelude->user_agent != user_agent)
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
        fit += prelude->user_agent == user_agent ? 2 : -1;
    return MAX(fit, FIT_NEW);
}

/* The best open prelude, the oldest among equals. */
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
        else if (fit > best_fit) {
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

static void join_query(ScepTracker *tracker, ScepExchange *exchange, const char *user_agent)
{
    exchange->repeats = forwarded_query(tracker, exchange, exchange->identifier);
    remember_query(tracker, exchange);
    if (scep_exchange_is_forwarded(exchange))
        exchange->repeats->server->is_proxy = true;
    if (exchange->repeats != NULL && exchange->repeats->enrollment != NULL) {
        add(exchange->repeats->enrollment, exchange);
        return;
    }
    exchange->repeats = NULL;
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
    enrollment = best_prelude(tracker, exchange, user_agent);
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
    add(enrollment, exchange);
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
}
