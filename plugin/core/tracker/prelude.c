/* prelude.c
 * What clients ask before they send a request, until the request comes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/prelude.h"

#include <string.h>

#include "tracker/times.h"
#include "tracker/tracker.h"

/* @return g_free() it */
static char *peers_key(const char *client, const ScepServer *server)
{
    return g_strdup_printf("%s %s %u", client, server->address, server->port);
}

GQueue *scep_preludes_of(const ScepTracker *tracker, const char *client, const ScepServer *server)
{
    char *key = peers_key(client, server);
    GQueue *queue = g_hash_table_lookup(tracker->preludes, key);

    g_free(key);
    return queue;
}

void scep_prelude_add(ScepTracker *tracker, ScepEnrollment *prelude)
{
    GQueue *queue = scep_preludes_of(tracker, prelude->client, prelude->server);

    if (queue == NULL) {
        queue = g_queue_new();
        g_hash_table_insert(tracker->preludes, peers_key(prelude->client, prelude->server), queue);
    }
    g_queue_push_tail(queue, prelude);
}

/* The newest are asked for most. */
void scep_prelude_remove(ScepTracker *tracker, ScepEnrollment *prelude)
{
    GQueue *queue = scep_preludes_of(tracker, prelude->client, prelude->server);
    GList *item = queue != NULL ? queue->tail : NULL;

    while (item != NULL && item->data != prelude)
        item = item->prev;
    if (item == NULL)
        return;
    g_queue_delete_link(queue, item);
    if (queue->length > 0)
        return;
    char *key = peers_key(prelude->client, prelude->server);
    g_hash_table_remove(tracker->preludes, key);
    g_free(key);
}

bool scep_match_has_prelude(const ScepTracker *tracker, const char *client, const ScepServer *server)
{
    const GQueue *queue = scep_preludes_of(tracker, client, server);

    return queue != NULL && queue->length > 0;
}

/* certmonger asks for the CA's certificate by one identifier after another, so those are different questions. */
static const ScepExchange *find_same_query(const ScepEnrollment *prelude, const ScepExchange *query)
{
    const ScepExchange *found = NULL;

    for (const ScepExchange *exchange = prelude->first; exchange != NULL; exchange = exchange->next) {
        if (exchange->operation == query->operation && exchange->identifier == query->identifier &&
            !scep_exchange_is_copy(exchange))
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
            exchange->operation == operation && !scep_exchange_is_copy(exchange) &&
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

bool scep_prelude_has_stream(const ScepEnrollment *prelude, uint32_t stream)
{
    const ScepExchange *exchange = prelude->first;

    while (exchange != NULL && exchange->stream != stream)
        exchange = exchange->next;
    return exchange != NULL;
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
    if (scep_prelude_has_stream(prelude, exchange->stream))
        fit += 4;
    if (prelude->user_agent != NULL && user_agent != NULL)
        fit += 2;
    /* Who has asked for both is more likely to go on than who has asked for one of the two. */
    if (exchange->operation == SCEP_OP_PKIOPERATION && count_queries(prelude, SCEP_OP_GETCACAPS, NULL) > 0 &&
        count_queries(prelude, SCEP_OP_GETCACERT, NULL) > 0)
        fit++;
    return fit;
}

/* Those of the newest whose time has not passed. */
static GQueue *waiting_preludes(ScepTracker *tracker, const ScepExchange *exchange)
{
    GQueue *queue = scep_preludes_of(tracker, exchange->client, exchange->server);

    while (queue != NULL && queue->length > 0 &&
           exchange->request_time - ((const ScepEnrollment *)queue->head->data)->last->request_time > SCEP_PRELUDE_TIME)
        g_queue_pop_head(queue);
    return queue;
}

ScepEnrollment *scep_prelude_best(ScepTracker *tracker, const ScepExchange *exchange, const char *user_agent,
                                  bool undecided)
{
    GQueue *queue = waiting_preludes(tracker, exchange);
    const bool wants_newest = exchange->operation == SCEP_OP_PKIOPERATION;
    ScepEnrollment *best = NULL;
    int best_fit = FIT_NONE;
    unsigned looked = 0;

    for (GList *item = queue ? queue->tail : NULL; item != NULL && looked < SCEP_PRELUDES_LOOKED_AT;
         item = item->prev, looked++) {
        ScepEnrollment *prelude = item->data;
        const int fit = undecided && prelude->number != 0 ? FIT_NONE : prelude_fit(prelude, exchange, user_agent);
        const bool instead = best != NULL && fit == best_fit &&
                             (!wants_newest || prelude->last->request_frame > best->last->request_frame);
        if (fit > best_fit || instead) {
            best = prelude;
            best_fit = fit;
        }
    }
    return best;
}
