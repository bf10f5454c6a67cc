/* report_connections.c
 * Connections in the report: those whose content could not be read, and the roles that connections tell of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report/report_connections.h"

#include "tracker/connection.h"

static guint connection_hash(gconstpointer data)
{
    const ScepReportConnection *link = data;

    return (g_direct_hash(link->client) * 31 ^ g_direct_hash(link->server)) * 31 ^ g_direct_hash(link->host) ^
           link->stage;
}

static gboolean connection_equal(gconstpointer a, gconstpointer b)
{
    const ScepReportConnection *one = a, *other = b;

    return one->client == other->client && one->server == other->server && one->host == other->host &&
           one->stage == other->stage;
}

static void free_connection(gpointer data)
{
    ScepReportConnection *link = data;

    g_string_free(link->likely, TRUE);
    g_free(link);
}

GPtrArray *scep_report_connections_new(void)
{
    return g_ptr_array_new_with_free_func(free_connection);
}

/* Steps that follow each other and are the same are told once. */
static void add_exchanges(ScepReportConnection *link, const ScepConnection *connection)
{
    for (unsigned i = 0; i < connection->exchange_count; i++) {
        const char *step = scep_tls_exchange_get0_guess(connection, &connection->exchanges[i]);
        link->exchanges++;
        link->looks_issued |= scep_exchange_looks_issued(connection, &connection->exchanges[i]);
        if (step == link->last_step)
            continue;
        g_string_append_printf(link->likely, "%s%s", link->likely->len > 0 ? ", " : "", step);
        link->last_step = step;
    }
}

/* As it is known in the end: what stands in front of NDES is found out late. */
static const char *role_of(const ScepTracker *tracker, const ScepConnection *connection)
{
    const ScepHost *host = scep_tracker_get0_host(tracker, connection->server);

    return scep_host_role_name(host != NULL ? host->role : connection->server_role);
}

static ScepReportConnection *connection_of(GPtrArray *links, GHashTable *known, const ScepTracker *tracker,
                                           const ScepConnection *connection)
{
    const ScepReportConnection key = {
        .client = connection->client, .server = connection->server, .host = connection->host, .stage = connection->stage
    };
    ScepReportConnection *link = g_hash_table_lookup(known, &key);

    if (link == NULL) {
        link = g_memdup2(&key, sizeof key);
        link->likely = g_string_new("");
        link->is_guess = connection->is_guess;
        link->role = role_of(tracker, connection);
        link->first_frame = connection->connect_frame != 0 ? connection->connect_frame : connection->hello_frame;
        g_ptr_array_add(links, link);
        g_hash_table_add(known, link);
    }
    return link;
}

void scep_report_add_connections(GPtrArray *links, const ScepTracker *tracker)
{
    const GPtrArray *connections = scep_tracker_get0_connections(tracker);
    GHashTable *known = g_hash_table_new(connection_hash, connection_equal);

    for (guint i = 0; i < connections->len; i++) {
        const ScepConnection *connection = g_ptr_array_index(connections, i);
        if (!connection->is_tls || connection->is_opened || connection->stage == 0)
            continue;
        ScepReportConnection *link = connection_of(links, known, tracker, connection);
        link->connections++;
        link->last_frame = MAX(link->last_frame, connection->last_frame);
        add_exchanges(link, connection);
    }
    g_hash_table_unref(known);
}
