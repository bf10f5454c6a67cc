/* enrollment_match.c
 * Which enrollment a request belongs to.
 *
 * A transactionID alone does not tell: real clients derive it from the key, so a second attempt has the same one, and
 * the three requests of one enrollment usually come on three connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tracker/client.h"
#include "tracker/enrollment_keys.h"
#include "tracker/prelude.h"
#include "tracker/service_call.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

/* GetCA* requests on their way that a copy from behind a proxy is looked for in. */
#define MAX_OPEN_QUERIES 64

/* Queries that a copy from the other side of a NAT is looked for in. */
#define MAX_SEGMENTS 256

static void free_queue(gpointer queue)
{
    g_queue_free(queue);
}

void scep_match_open(ScepTracker *tracker)
{
    tracker->messages = g_hash_table_new(scep_key_message_hash, scep_key_message_equal);
    tracker->nonces = g_hash_table_new(scep_key_nonce_hash, scep_key_nonce_equal);
    tracker->attempts = g_hash_table_new(scep_key_attempt_hash, scep_key_attempt_equal);
    tracker->transactions = g_hash_table_new(scep_key_transaction_hash, scep_key_transaction_equal);
    tracker->by_transaction = g_hash_table_new(NULL, NULL);
    tracker->preludes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_queue);
    tracker->failed = g_hash_table_new(scep_key_peers_hash, scep_key_peers_equal);
    tracker->undecided = g_hash_table_new(NULL, NULL);
    tracker->segments = g_hash_table_new(scep_key_segment_hash, scep_key_segment_equal);
    tracker->segment_queue = g_queue_new();
    tracker->open_queries = g_queue_new();
    tracker->enrollments = g_ptr_array_new_with_free_func(g_free);
}

/* From here on it is one that the capture shows. */
static void number(ScepTracker *tracker, ScepEnrollment *enrollment, const ScepExchange *first)
{
    g_ptr_array_add(tracker->enrollments, enrollment);
    enrollment->number = tracker->enrollments->len;
    scep_service_calls_enrollment_begins(tracker, enrollment,
                                         first->request_frame ? first->request_time : first->response_time);
}

static ScepEnrollment *new_enrollment(ScepTracker *tracker, const ScepExchange *exchange)
{
    ScepEnrollment *enrollment = g_new0(ScepEnrollment, 1);

    enrollment->client = exchange->client;
    enrollment->server = exchange->server;
    number(tracker, enrollment, exchange);
    return enrollment;
}

static uint32_t first_frame(const ScepExchange *exchange)
{
    return exchange->request_frame != 0 ? exchange->request_frame : exchange->response_frame;
}

/* In the order of frames; nearly always it is the last one. */
static void put_in_order(ScepEnrollment *enrollment, ScepExchange *exchange)
{
    const bool is_last = enrollment->last == NULL || first_frame(enrollment->last) <= first_frame(exchange);
    ScepExchange **link = is_last && enrollment->last != NULL ? &enrollment->last->next : &enrollment->first;

    while (*link != NULL && first_frame(*link) <= first_frame(exchange))
        link = &(*link)->next;
    exchange->next = *link;
    *link = exchange;
    if (exchange->next == NULL)
        enrollment->last = exchange;
}

static void add(ScepEnrollment *enrollment, ScepExchange *exchange)
{
    put_in_order(enrollment, exchange);
    exchange->enrollment = enrollment;
    if (exchange->operation == SCEP_OP_PKIOPERATION)
        enrollment->submitted = exchange;
}

/* ---- another try after an error ---------------------------------------------------------------------------------- */

/* Answered with an HTTP error, or not at all. */
static bool failed_below_scep(const ScepExchange *submitted)
{
    return submitted->pki_status < 0 && (submitted->response_frame == 0 || submitted->status >= 300);
}

/* The newest enrollment of this client at this server, if its PKIOperation failed below SCEP and this query may be the
 * begin of another try; NULL for none. */
static ScepEnrollment *failed_before(const ScepTracker *tracker, const ScepExchange *query, const char *user_agent)
{
    const ScepEnrollment key = { .client = query->client, .server = query->server, .user_agent = user_agent };
    ScepEnrollment *failed = g_hash_table_lookup(tracker->failed, &key);
    const ScepExchange *last = failed != NULL ? failed->submitted : NULL;

    if (last == NULL || !failed_below_scep(last) || query->request_time - last->request_time > SCEP_PRELUDE_TIME)
        return NULL;
    /* While the answer may still come, it is somebody else who asks. */
    if (last->response_frame == 0 && query->request_time - last->request_time < SCEP_SLOW_TIME)
        return NULL;
    return failed;
}

/* Behind a failure nobody knows yet whether a query is for another try of the same, or for another enrollment: the
 * request tells that comes next. Until then it belongs to none, and what was shown of it needs no taking back. */
static ScepEnrollment *new_undecided(const ScepExchange *query, ScepEnrollment *failed)
{
    ScepEnrollment *group = g_new0(ScepEnrollment, 1);

    group->client = query->client;
    group->server = query->server;
    group->retries = failed;
    return group;
}

static void add_query(ScepTracker *tracker, ScepEnrollment *group, ScepExchange *query)
{
    if (group->number != 0) {
        add(group, query);
        return;
    }
    put_in_order(group, query);
    query->after_failure = group->retries->submitted->request_frame;
    g_hash_table_insert(tracker->undecided, query, group);
}

/* It is an enrollment of its own. */
static void promote(ScepTracker *tracker, ScepEnrollment *group)
{
    for (ScepExchange *query = group->first; query != NULL; query = query->next) {
        query->enrollment = group;
        g_hash_table_remove(tracker->undecided, query);
        scep_client_join_query(group, query);
    }
    group->retries = NULL;
    number(tracker, group, group->first);
}

/* It is another try of this one. Frees the group. */
static void merge(ScepTracker *tracker, ScepEnrollment *group, ScepEnrollment *enrollment)
{
    scep_prelude_remove(tracker, group);
    for (ScepExchange *query = group->first, *next; query != NULL; query = next) {
        next = query->next;
        query->next = NULL;
        g_hash_table_remove(tracker->undecided, query);
        add(enrollment, query);
        scep_client_join_query(enrollment, query);
    }
    g_free(group);
}

/* The same client asked once more and sent no request, or the capture ends before it: that is as far as its other try
 * came. */
static void settle_all(ScepTracker *tracker)
{
    GHashTableIter all;
    gpointer group;

    g_hash_table_iter_init(&all, tracker->undecided);
    while (g_hash_table_iter_next(&all, NULL, &group)) {
        merge(tracker, group, ((ScepEnrollment *)group)->retries);
        g_hash_table_iter_init(&all, tracker->undecided);
    }
}

void scep_match_finish(ScepTracker *tracker)
{
    settle_all(tracker);
}

/* ---- queries ----------------------------------------------------------------------------------------------------- */

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

/* Where the same query from another capture point is. */
static ScepEnrollment *group_of(const ScepTracker *tracker, const ScepExchange *query)
{
    return query->enrollment != NULL ? query->enrollment : g_hash_table_lookup(tracker->undecided, query);
}

bool scep_match_begins(const ScepTracker *tracker, const ScepExchange *exchange)
{
    const ScepEnrollment *group = group_of(tracker, exchange);

    return group != NULL && group->first == exchange;
}

static bool join_copy(ScepTracker *tracker, ScepExchange *exchange)
{
    exchange->repeats = translated_query(tracker, exchange);
    if (exchange->repeats == NULL)
        exchange->repeats = forwarded_query(tracker, exchange, exchange->identifier);
    remember_query(tracker, exchange);
    if (scep_exchange_is_forwarded(exchange))
        exchange->repeats->server->is_proxy = true;
    ScepEnrollment *group = exchange->repeats != NULL ? group_of(tracker, exchange->repeats) : NULL;
    if (group == NULL) {
        exchange->repeats = NULL;
        return false;
    }
    add_query(tracker, group, exchange);
    return true;
}

static void join_query(ScepTracker *tracker, ScepExchange *exchange, const char *user_agent)
{
    if (join_copy(tracker, exchange))
        return;
    ScepEnrollment *failed = failed_before(tracker, exchange, user_agent);
    ScepEnrollment *group = scep_prelude_best(tracker, exchange, user_agent, false);
    /* Of those that asked before the failure only who is on the same connection is known to go on. */
    if (group != NULL && failed != NULL && group->number != 0 && !scep_prelude_has_stream(group, exchange->stream))
        group = scep_prelude_best(tracker, exchange, user_agent, true);
    if (group == NULL) {
        group = failed != NULL ? new_undecided(exchange, failed) : new_enrollment(tracker, exchange);
        group->user_agent = user_agent;
        scep_prelude_add(tracker, group);
    }
    add_query(tracker, group, exchange);
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

/* What a client asks before it sends a request again that had failed. */
static void take_queries(ScepTracker *tracker, ScepEnrollment *enrollment, const ScepExchange *exchange,
                         const char *user_agent)
{
    if (exchange->message_type == SCEP_TYPE_CERTPOLL || !failed_below_scep(enrollment->submitted))
        return;
    ScepEnrollment *group = scep_prelude_best(tracker, exchange, user_agent, true);
    if (group != NULL)
        merge(tracker, group, enrollment);
}

/* The one under this transactionID that is not finished yet; NULL for none. */
static ScepEnrollment *open_attempt(ScepTracker *tracker, const ScepExchange *exchange, const char *user_agent)
{
    const ScepEnrollment key = { .transaction_id = exchange->transaction_id,
                                 .client = exchange->client,
                                 .server = exchange->server };
    ScepEnrollment *enrollment = exchange->transaction_id ? g_hash_table_lookup(tracker->attempts, &key) : NULL;

    /* A poll asks about the attempt that was put on hold, whatever has happened to it since. */
    if (enrollment != NULL && (exchange->message_type == SCEP_TYPE_CERTPOLL || is_open(enrollment))) {
        take_queries(tracker, enrollment, exchange, user_agent);
        return enrollment;
    }
    /* A device that waits may come back from another address: behind a pool of proxies, or on another network. */
    enrollment = exchange->transaction_id ? g_hash_table_lookup(tracker->transactions, &key) : NULL;
    return enrollment != NULL && is_on_hold(enrollment) ? enrollment : NULL;
}

static ScepEnrollment *attempt_for(ScepTracker *tracker, const ScepExchange *exchange, const char *user_agent)
{
    ScepEnrollment *enrollment = open_attempt(tracker, exchange, user_agent);

    if (enrollment != NULL)
        return enrollment;
    enrollment = scep_prelude_best(tracker, exchange, user_agent, false);
    if (enrollment != NULL)
        scep_prelude_remove(tracker, enrollment);
    else
        enrollment = new_enrollment(tracker, exchange);
    if (enrollment->number == 0)
        promote(tracker, enrollment);
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
    GQueue *queue = scep_preludes_of(tracker, exchange->client, exchange->server);

    unsigned looked = 0;

    for (GList *item = queue != NULL ? queue->tail : NULL; item != NULL && looked < SCEP_PRELUDES_LOOKED_AT;
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
    add(enrollment, exchange);
    supersede(tracker, exchange);
    /* Until it is answered: see failed_before(). */
    g_hash_table_replace(tracker->failed, enrollment, enrollment);
}

static void join_next_ca(ScepTracker *tracker, const ScepExchange *exchange, const char *user_agent)
{
    ScepEnrollment *prelude = scep_prelude_best(tracker, exchange, user_agent, false);

    if (prelude != NULL)
        prelude->asks_next_ca = true;
}

void scep_match_request(ScepTracker *tracker, ScepExchange *exchange, const ScepRequest *request)
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

void scep_match_stray_response(ScepTracker *tracker, ScepExchange *exchange)
{
    if (exchange->pki_status >= 0 || exchange->pki_status_other != NULL)
        add(new_enrollment(tracker, exchange), exchange);
}

void scep_match_answered(ScepTracker *tracker, ScepExchange *exchange)
{
    g_queue_remove(tracker->open_queries, exchange);
    if (exchange->operation == SCEP_OP_PKIOPERATION && exchange->pki_status >= 0 && exchange->enrollment != NULL &&
        g_hash_table_lookup(tracker->failed, exchange->enrollment) == exchange->enrollment)
        g_hash_table_remove(tracker->failed, exchange->enrollment);
}

void scep_match_close(ScepTracker *tracker)
{
    settle_all(tracker);
    g_hash_table_unref(tracker->messages);
    g_hash_table_unref(tracker->nonces);
    g_hash_table_unref(tracker->attempts);
    g_hash_table_unref(tracker->transactions);
    g_hash_table_unref(tracker->by_transaction);
    g_hash_table_unref(tracker->preludes);
    g_hash_table_unref(tracker->failed);
    g_hash_table_unref(tracker->undecided);
    g_hash_table_unref(tracker->segments);
    g_queue_free(tracker->segment_queue);
    g_queue_free(tracker->open_queries);
    g_ptr_array_unref(tracker->enrollments);
}
