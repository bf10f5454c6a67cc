/* rules_tls_guess.c
 * What sizes and order of encrypted exchanges make likely.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/rule.h"
#include "tracker/connection.h"
#include "tracker/times.h"

/* How many connections back a query of the same client is looked for. */
#define QUERIES_LOOKED_AT 32

/* The client asked the same server for little before: as for the CA's capabilities and certificates. */
static const ScepTlsExchange *query_before(const ScepTracker *tracker, const ScepConnection *connection)
{
    const GPtrArray *all = scep_tracker_get0_connections(tracker);

    for (guint i = all->len, seen = 0; i > 0 && seen < QUERIES_LOOKED_AT; i--, seen++) {
        const ScepConnection *other = g_ptr_array_index(all, i - 1);
        const unsigned count = other->exchange_count - (other == connection);
        if (other->client == connection->client && other->server == connection->server && other->exchange_count > 0 &&
            count > 0 && other->exchanges[0].request_size < SCEP_MIN_PKIOPERATION)
            return &other->exchanges[0];
    }
    return NULL;
}

/* A PKIOperation carries a whole pkiMessage, so it is larger by far than the queries before it. */
static bool looks_like_scep(ScepCase *about)
{
    const ScepConnection *connection = about->connection;
    const ScepTlsExchange *now = &connection->exchanges[connection->exchange_count - 1];
    const ScepTlsExchange *before = NULL;

    if (connection->stage != 2 || connection->is_opened || now->request_size < SCEP_MIN_PKIOPERATION ||
        (before = query_before(about->tracker, connection)) == NULL)
        return false;
    about->evidence.also_count = 0;
    scep_case_also(about, before->request_frame);
    about->evidence.detail =
        g_strdup_printf("Host %s: a short request and its answer, then one that is as long as a PKIOperation",
                        connection->host != NULL ? connection->host : connection->server);
    return true;
}

static bool has_submitted(const ScepConnection *connection)
{
    for (unsigned i = 0; i < connection->exchange_count; i++) {
        if (connection->exchanges[i].request_size >= SCEP_MIN_PKIOPERATION)
            return true;
    }
    return false;
}

/* Where nothing of it can be read: the same device was with another server just before, and sent it no PKIOperation. */
static const ScepConnection *server_before(const ScepTracker *tracker, const ScepConnection *connection)
{
    const GPtrArray *all = scep_tracker_get0_connections(tracker);

    for (guint i = all->len, seen = 0; i > 0 && seen < QUERIES_LOOKED_AT; i--, seen++) {
        const ScepConnection *other = g_ptr_array_index(all, i - 1);
        if (other == connection || other->is_lookup || other->client != connection->client || other->stage != 2)
            continue;
        if (other->server == connection->server || other->is_opened || has_submitted(other) ||
            connection->connect_time - other->connect_time > SCEP_FAILOVER_TIME)
            return NULL;
        return other;
    }
    return NULL;
}

static bool next_of_list(ScepCase *about)
{
    const ScepConnection *connection = about->connection;
    const bool is_first = connection->exchange_count == 1 && connection->exchanges[0].request_frame == about->frame;
    const ScepConnection *before = is_first && connection->stage == 2 && connection->client_role == SCEP_HOST_DEVICE
                                       ? server_before(about->tracker, connection)
                                       : NULL;

    if (before == NULL)
        return false;
    about->frame = connection->hello_frame;
    about->evidence.also_count = 0;
    scep_case_also(about, before->connect_frame);
    about->evidence.detail = g_strdup_printf("First %s, then %s", before->host != NULL ? before->host : before->server,
                                             connection->host != NULL ? connection->host : connection->server);
    return true;
}

static const ScepRule rules[] = {
    { SCEP_HINT_likely_scep_in_tls, SCEP_ON_CONNECTION_REQUEST, looks_like_scep, 0 },
    { SCEP_HINT_url_list_failover, SCEP_ON_CONNECTION_REQUEST, next_of_list, 0 },
};

const ScepRuleTable scep_rules_tls_guess = { .rules = rules, .count = G_N_ELEMENTS(rules) };
