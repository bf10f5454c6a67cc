/* connection_end.c
 * What only the whole capture tells of connections: which was never answered, which came right in the end, and which
 * enrollment a failure belongs to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tracker/connection.h"
#include "diagnosis/connection_end.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

/* How many enrollments of a device are looked at for the attempt that came right. */
#define RETRIES_LOOKED_AT 64

/* ---- what came right --------------------------------------------------------------------------------------------- */

/* The same way: one client and one host, by its name where there is one. */
static guint way_hash(gconstpointer data)
{
    const ScepConnection *connection = data;

    return g_direct_hash(connection->client) * 31 ^
           g_direct_hash(connection->host != NULL ? connection->host : connection->server) ^
           (guint)connection->is_lookup;
}

static gboolean way_equal(gconstpointer a, gconstpointer b)
{
    const ScepConnection *one = a, *other = b;

    if (one->client != other->client || one->is_lookup != other->is_lookup)
        return FALSE;
    return one->host != NULL || other->host != NULL ? one->host == other->host : one->server == other->server;
}

static bool has_failed(const ScepDiagnosis *diagnosis, const ScepConnection *connection)
{
    const ScepFinding *finding = scep_connection_get0_findings(diagnosis, connection);

    while (finding != NULL && finding->severity != SCEP_SEVERITY_ERROR)
        finding = finding->next;
    return finding != NULL;
}

static bool has_worked(const ScepDiagnosis *diagnosis, const ScepConnection *connection)
{
    if (connection->is_lookup)
        return connection->answer_frame != 0 && !has_failed(diagnosis, connection);
    return !has_failed(diagnosis, connection) && (connection->exchange_count > 0 || connection->exchange != NULL);
}

static void settle_errors(ScepDiagnosis *diagnosis, const ScepConnection *connection)
{
    ScepFinding *finding = scep_connection_get0_findings(diagnosis, connection);

    for (; finding != NULL; finding = finding->next) {
        if (finding->severity == SCEP_SEVERITY_ERROR)
            finding->severity = SCEP_SEVERITY_NOTE;
    }
}

/* ---- which enrollment -------------------------------------------------------------------------------------------- */

static int64_t first_time(const ScepEnrollment *enrollment)
{
    const ScepExchange *first = enrollment->first;

    return first->request_frame != 0 ? first->request_time : first->response_time;
}

static int64_t last_time(const ScepEnrollment *enrollment)
{
    return MAX(enrollment->last->request_time, enrollment->last->response_time);
}

/* client -> GPtrArray of its enrollments, in order of time */
static GHashTable *by_client(const ScepTracker *tracker)
{
    GHashTable *table = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < tracker->enrollments->len; i++) {
        ScepEnrollment *enrollment = g_ptr_array_index(tracker->enrollments, i);
        GPtrArray *list = g_hash_table_lookup(table, enrollment->client);
        if (list == NULL) {
            list = g_ptr_array_new();
            g_hash_table_insert(table, (gpointer)enrollment->client, list);
        }
        g_ptr_array_add(list, enrollment);
    }
    return table;
}

/* @return number of the first enrollment that begins behind this time */
static guint begins_behind(const GPtrArray *list, int64_t time)
{
    guint low = 0, high = list->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (first_time(g_ptr_array_index(list, middle)) <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static ScepEnrollment *stopped_by(GHashTable *clients, const ScepConnection *connection)
{
    const GPtrArray *list = g_hash_table_lookup(clients, connection->client);
    const int64_t when = connection->connect_time;
    ScepEnrollment *found = NULL;

    if (connection->exchange != NULL && connection->exchange->enrollment != NULL)
        return connection->exchange->enrollment;
    if (list == NULL || connection->stage != 2)
        return NULL;
    const guint next = begins_behind(list, when);
    if (next > 0)
        found = g_ptr_array_index(list, next - 1);
    /* One that got its certificate was not stopped by what came later. */
    if (found != NULL && when - last_time(found) <= SCEP_STOPPED_BEFORE_TIME &&
        found->server->address == connection->server &&
        (when < last_time(found) || scep_enrollment_outcome(found) != SCEP_OUTCOME_ISSUED))
        return found;
    found = next < list->len ? g_ptr_array_index(list, next) : NULL;
    return found != NULL && first_time(found) - when <= SCEP_STOPPED_BEHIND_TIME ? found : NULL;
}

/* Connections that went well are not kept, their messages are. */
static bool was_answered_after(GHashTable *clients, const ScepConnection *connection)
{
    const GPtrArray *list = g_hash_table_lookup(clients, connection->client);
    const int64_t from = connection->connect_time, to = from + SCEP_RETRY_TIME;
    const guint next = list != NULL ? begins_behind(list, from) : 0;

    for (guint i = next > 0 ? next - 1 : 0, seen = 0; list != NULL && i < list->len && seen < RETRIES_LOOKED_AT;
         i++, seen++) {
        const ScepEnrollment *enrollment = g_ptr_array_index(list, i);
        if (first_time(enrollment) > to)
            return false;
        for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
            if (exchange->request_time > from && exchange->request_time <= to && exchange->response_frame != 0 &&
                exchange->server->address == connection->server)
                return true;
        }
    }
    return false;
}

static void attach(ScepDiagnosis *diagnosis, ScepConnection *connection, ScepEnrollment *enrollment)
{
    connection->enrollment = enrollment;
    if (enrollment == NULL)
        return;
    GPtrArray *list = g_hash_table_lookup(diagnosis->stopped, enrollment);
    if (list == NULL) {
        list = g_ptr_array_new();
        g_hash_table_insert(diagnosis->stopped, enrollment, list);
    }
    g_ptr_array_add(list, connection);
    if (scep_enrollment_outcome(enrollment) == SCEP_OUTCOME_ISSUED)
        settle_errors(diagnosis, connection);
}

/* ---- what never came --------------------------------------------------------------------------------------------- */

static bool is_unanswered(const ScepTracker *tracker, const ScepConnection *connection)
{
    const bool answered = connection->is_lookup ? connection->answer_frame != 0
                                                : connection->accept_frame != 0 || connection->refused_frame != 0 ||
                                                      connection->hello_frame != 0 || connection->asked_frame != 0;

    if (answered || connection->connect_frame == 0)
        return false;
    /* Sent again, it was missed by the client too. */
    return tracker->last_time - connection->connect_time >=
               (connection->is_lookup ? SCEP_LOOKUP_TIME : SCEP_CONNECT_TIME) ||
           (connection->connect_again != 0 && !connection->is_lookup);
}

static void conclude_silence(ScepDiagnosis *diagnosis, ScepConnection *connection)
{
    const ScepConnectionFacts seen = { .time = diagnosis->tracker->last_time };
    const uint32_t frame = connection->connect_again != 0 ? connection->connect_again : connection->connect_frame;

    if (!is_unanswered(diagnosis->tracker, connection))
        return;
    ScepCase about =
        scep_case_of_connection(diagnosis, SCEP_AT_CONNECTION_END, connection, frame, connection->connect_frame);
    about.seen = &seen;
    scep_rules_ask(&about);
}

/* ---- devices that Intune was never asked for --------------------------------------------------------------------- */

/* Set of the clients that were seen with Intune. NULL when there is none: then the capture does not show that leg. */
static GHashTable *synced_clients(const ScepTracker *tracker)
{
    GHashTable *synced = NULL;

    for (guint i = 0; i < tracker->connections->len; i++) {
        const ScepConnection *connection = g_ptr_array_index(tracker->connections, i);
        if (connection->stage != 1 || connection->is_lookup)
            continue;
        if (synced == NULL)
            synced = g_hash_table_new(NULL, NULL);
        g_hash_table_add(synced, (gpointer)connection->client);
    }
    return synced;
}

static bool may_be_device(const ScepTracker *tracker, const char *address)
{
    const ScepHost *host = scep_tracker_get0_host(tracker, address);

    return host == NULL || host->role == SCEP_HOST_UNKNOWN || host->role == SCEP_HOST_DEVICE;
}

static bool may_lack_profile(ScepCase *about)
{
    return about->outcome != SCEP_OUTCOME_ISSUED && may_be_device(about->tracker, about->enrollment->client);
}

/* Where other devices are seen with Intune, one that is not, and gets no certificate, may have no profile yet. */
static void conclude_sync(ScepDiagnosis *diagnosis)
{
    GHashTable *synced = synced_clients(diagnosis->tracker);

    for (guint i = 0; synced != NULL && i < diagnosis->tracker->enrollments->len; i++) {
        const ScepEnrollment *enrollment = g_ptr_array_index(diagnosis->tracker->enrollments, i);
        if (enrollment->first->request_frame == 0 || g_hash_table_contains(synced, enrollment->client))
            continue;
        ScepCase about = scep_case_of_exchange(diagnosis, SCEP_AT_SYNC_END, enrollment->first, false);
        about.enrollment = enrollment;
        about.outcome = scep_enrollment_outcome(enrollment);
        scep_rules_ask(&about);
    }
    if (synced != NULL)
        g_hash_table_unref(synced);
}

static const ScepRule rules[] = { { SCEP_HINT_no_mdm_sync_seen, SCEP_AT_SYNC_END, may_lack_profile, 0 } };

const ScepRuleTable scep_rules_sync = { .rules = rules, .count = G_N_ELEMENTS(rules) };

void scep_connections_end(ScepDiagnosis *diagnosis)
{
    const ScepTracker *tracker = diagnosis->tracker;
    GHashTable *worked = g_hash_table_new(way_hash, way_equal); /* set of ScepConnection*: the next one that worked */
    GHashTable *clients = NULL;

    g_hash_table_remove_all(diagnosis->stopped);
    for (guint i = tracker->connections->len; i > 0; i--) {
        ScepConnection *connection = g_ptr_array_index(tracker->connections, i - 1);
        conclude_silence(diagnosis, connection);
        if (has_worked(diagnosis, connection))
            g_hash_table_replace(worked, connection, connection);
        if (scep_connection_get0_findings(diagnosis, connection) == NULL)
            continue;
        const ScepConnection *later = g_hash_table_lookup(worked, connection);
        if (clients == NULL)
            clients = by_client(tracker);
        if ((later != NULL && later != connection &&
             later->connect_time - connection->connect_time <= SCEP_RETRY_TIME) ||
            was_answered_after(clients, connection))
            settle_errors(diagnosis, connection);
        attach(diagnosis, connection, stopped_by(clients, connection));
    }
    if (clients != NULL)
        g_hash_table_unref(clients);
    g_hash_table_unref(worked);
    conclude_sync(diagnosis);
}
