/* connection_remains.c
 * What is left of connections that are over and of which there is nothing to say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/connection.h"
#include "tracker/tracker.h"

/* How far back a connection that is over is looked for. */
#define RELEASE_LOOKED_AT 1024

/* Of what is left of connections, those between hosts of the same roles are one. */
static guint remains_hash(gconstpointer data)
{
    const ScepConnection *one = data;

    return (g_direct_hash(one->server) * 31 ^ g_direct_hash(one->host)) * 31 + one->client_role * 256u + one->stage;
}

static gboolean remains_equal(gconstpointer a, gconstpointer b)
{
    const ScepConnection *one = a, *other = b;

    return one->server == other->server && one->host == other->host && one->port == other->port &&
           one->server_role == other->server_role && one->client_role == other->client_role &&
           one->stage == other->stage && one->is_guess == other->is_guess;
}

void scep_connection_remains_open(ScepTracker *tracker)
{
    tracker->connection_remains = g_hash_table_new_full(remains_hash, remains_equal, scep_connection_free, NULL);
}

ScepConnection *scep_connection_remains(ScepTracker *tracker, const ScepConnection *connection)
{
    const bool is_over = connection->closed_sides == SCEP_BOTH_SIDES;

    if (!is_over || connection->is_tls || connection->is_lookup || connection->is_noted)
        return NULL;
    ScepConnection *remains = g_hash_table_lookup(tracker->connection_remains, connection);
    if (remains == NULL) {
        remains = g_new0(ScepConnection, 1);
        remains->server = connection->server;
        remains->host = connection->host;
        remains->port = connection->port;
        remains->server_role = connection->server_role;
        remains->client_role = connection->client_role;
        remains->stage = connection->stage;
        remains->is_guess = connection->is_guess;
        g_hash_table_add(tracker->connection_remains, remains);
    }
    return remains;
}

bool scep_connection_release(ScepTracker *tracker, ScepConnection *connection)
{
    const gpointer stream = GUINT_TO_POINTER(connection->stream + 1);
    GPtrArray *all = tracker->connections;

    for (guint i = all->len, seen = 0; i > 0 && seen < RELEASE_LOOKED_AT; i--, seen++) {
        if (g_ptr_array_index(all, i - 1) != connection)
            continue;
        if (g_hash_table_lookup(tracker->connections_by_stream, stream) == connection)
            g_hash_table_remove(tracker->connections_by_stream, stream);
        g_ptr_array_remove_index(all, i - 1);
        return true;
    }
    return false;
}
