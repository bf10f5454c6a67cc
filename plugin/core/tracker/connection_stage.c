/* connection_stage.c
 * Which stage of an enrollment a connection serves, by the roles of both hosts and by what came before it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/connection.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

/* How far back exchanges and connections are looked through. */
enum { LOOKED_AT = 128 };

/* What requests at NDES have come to by a moment. */
typedef struct {
    bool waiting; /* one is not answered yet */
    bool issued;  /* one was answered with a certificate a short time ago */
} Progress;

/* On the side of the servers: NDES, its registration service, a connector of the proxy. */
static bool is_behind(ScepHostRole role)
{
    return role == SCEP_HOST_NDES || role == SCEP_HOST_POLICY || role == SCEP_HOST_PROXY || role == SCEP_HOST_CA;
}

bool scep_connection_is_policy(const ScepConnection *connection)
{
    if (connection->is_lookup)
        return false;
    return connection->server_role == SCEP_HOST_POLICY ||
           ((connection->server_role == SCEP_HOST_NDES || connection->server_role == SCEP_HOST_PROXY) &&
            g_strcmp0(connection->client, connection->server) == 0);
}

static void look_at_exchanges(const ScepTracker *tracker, const char *ndes, int64_t now, Progress *progress)
{
    const GPtrArray *all = scep_tracker_get0_exchanges(tracker);

    for (guint i = all->len, seen = 0; i > 0 && seen < LOOKED_AT; i--, seen++) {
        const ScepExchange *exchange = g_ptr_array_index(all, i - 1);
        if (exchange->operation != SCEP_OP_PKIOPERATION || exchange->server->address != ndes ||
            exchange->request_time > now || now - exchange->request_time > SCEP_WAITING_TIME)
            continue;
        progress->waiting |= exchange->response_frame == 0;
        progress->issued |= scep_exchange_is_granted(exchange) && now - exchange->response_time <= SCEP_REPORTING_TIME;
    }
}

static void look_at_sealed(const ScepTracker *tracker, const char *ndes, int64_t now, Progress *progress)
{
    const GPtrArray *all = scep_tracker_get0_connections(tracker);

    for (guint i = all->len, seen = 0; i > 0 && seen < LOOKED_AT; i--, seen++) {
        const ScepConnection *other = g_ptr_array_index(all, i - 1);
        if (other->server != ndes || other->client == ndes || other->is_opened || other->exchange_count == 0)
            continue;
        const ScepTlsExchange *newest = &other->exchanges[other->exchange_count - 1];
        if (newest->request_size < SCEP_MIN_PKIOPERATION || now - newest->request_time > SCEP_WAITING_TIME)
            continue;
        progress->waiting |= newest->answer_frame == 0;
        progress->issued |= scep_exchange_looks_issued(other, newest) && now - other->last_time <= SCEP_REPORTING_TIME;
    }
}

static Progress progress_at(const ScepTracker *tracker, const ScepConnection *connection)
{
    Progress progress = { false, false };

    look_at_exchanges(tracker, connection->client, connection->connect_time, &progress);
    look_at_sealed(tracker, connection->client, connection->connect_time, &progress);
    return progress;
}

/* The registration service is asked before NDES answers, and told of what was issued behind that. */
static uint8_t stage_to_policy(const ScepTracker *tracker, const ScepConnection *connection)
{
    const Progress progress = progress_at(tracker, connection);

    return progress.issued && !progress.waiting ? 6 : 3;
}

/* What calls Intune from the side of NDES does so about the request at hand, or to report. */
static uint8_t stage_to_intune(const ScepTracker *tracker, const ScepConnection *connection)
{
    if (!is_behind(connection->client_role))
        return 1;
    return progress_at(tracker, connection).waiting ? 3 : 6;
}

uint8_t scep_connection_stage(const ScepTracker *tracker, const ScepConnection *connection)
{
    if (scep_connection_is_policy(connection))
        return stage_to_policy(tracker, connection);
    switch (connection->server_role) {
    case SCEP_HOST_PROXY:
    case SCEP_HOST_NDES:
    case SCEP_HOST_PUBLISHER:
        return 2;
    case SCEP_HOST_INTUNE:
        return stage_to_intune(tracker, connection);
    case SCEP_HOST_SIGN_IN:
        return is_behind(connection->client_role) ? 3 : 0;
    case SCEP_HOST_RELAY:
        return is_behind(connection->client_role) ? 2 : 0;
    default:
        return 0;
    }
}
