/* report.c
 * Turns what the tracker knows into a report: enrollments with verdict and hints, and the capture as a whole.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report/comparisons.h"
#include "report/report_connections.h"
#include "report/report_words.h"
#include "diagnosis/contradictions.h"
#include "diagnosis/root_cause.h"
#include "tracker/ca_call.h"
#include "tracker/connection.h"
#include "tracker/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "scep/catalogue.h"
#include "tracker/service_call.h"
#include "scep/report.h"
#include "tracker/tracker.h"

/* Collects findings; equal ones become one hint. An enrollment of hostile input may have a great many. */
typedef struct {
    GPtrArray *hints;  /* of ScepReportHint*, owned */
    GHashTable *known; /* set of the same */
    const ScepDiagnosis *diagnosis;
} Collector;

static void free_hint(gpointer data)
{
    ScepReportHint *hint = data;

    g_array_unref(hint->frames);
    g_free(hint->causes);
    g_free(hint);
}

/* Equal details share one copy in the diagnosis, so pointers compare. */
static guint hint_hash(gconstpointer data)
{
    const ScepReportHint *hint = data;

    return g_direct_hash(hint->hint) * 31 ^ g_direct_hash(hint->detail);
}

static gboolean hint_equal(gconstpointer a, gconstpointer b)
{
    const ScepReportHint *one = a, *other = b;

    return one->hint == other->hint && one->detail == other->detail;
}

static Collector collector_open(const ScepDiagnosis *diagnosis)
{
    return (Collector){ g_ptr_array_new_with_free_func(free_hint), g_hash_table_new(hint_hash, hint_equal), diagnosis };
}

static void collect_one(Collector *collector, const ScepFinding *finding)
{
    const ScepReportHint key = { .hint = scep_finding_get0_hint(finding), .detail = finding->detail };
    ScepReportHint *hint = g_hash_table_lookup(collector->known, &key);

    if (hint == NULL) {
        hint = g_memdup2(&key, sizeof key);
        hint->frames = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        hint->advice = scep_hint_advice(hint->hint, finding->is_elsewhere);
        hint->rank = finding->rank;
        hint->against = finding->against;
        g_ptr_array_add(collector->hints, hint);
        g_hash_table_add(collector->known, hint);
    }
    hint->severity = MAX(hint->severity, scep_finding_severity(collector->diagnosis, finding));
    g_array_append_vals(hint->frames, finding->frames, finding->frame_count);
}

static void collect(Collector *collector, const ScepFinding *findings)
{
    for (; findings != NULL; findings = findings->next)
        collect_one(collector, findings);
}

static int by_number(gconstpointer a, gconstpointer b)
{
    const uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

    return (one > other) - (one < other);
}

/* Sorts from an index on, and leaves each number once. */
static void make_unique(GArray *numbers, guint from)
{
    guint kept = from;

    if (numbers->len <= from + 1)
        return;
    qsort(&g_array_index(numbers, uint32_t, from), numbers->len - from, sizeof(uint32_t), by_number);
    for (guint i = from; i < numbers->len; i++) {
        const uint32_t number = g_array_index(numbers, uint32_t, i);
        if ((kept == from || number != g_array_index(numbers, uint32_t, kept - 1)) &&
            (from == 0 || number != g_array_index(numbers, uint32_t, 0)))
            g_array_index(numbers, uint32_t, kept++) = number;
    }
    g_array_set_size(numbers, kept);
}

/* The frame where a hint is shown first stays in front. @return the hints */
static GPtrArray *collector_close(Collector *collector)
{
    g_hash_table_unref(collector->known);
    for (guint i = 0; i < collector->hints->len; i++)
        make_unique(((ScepReportHint *)g_ptr_array_index(collector->hints, i))->frames, 1);
    return collector->hints;
}

static void add_times(ScepReportEntry *entry, bool seen, int64_t time, int64_t *last)
{
    if (!seen)
        return;
    if (entry->frames->len == 0)
        entry->start = *last = time;
    entry->start = MIN(entry->start, time);
    *last = MAX(*last, time);
}

/* Frames, start and duration. */
static void add_messages(ScepReportEntry *entry)
{
    int64_t last = 0;

    entry->frames = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (const ScepExchange *exchange = entry->enrollment->first; exchange != NULL; exchange = exchange->next) {
        add_times(entry, exchange->request_frame != 0, exchange->request_time, &last);
        if (exchange->request_frame != 0)
            g_array_append_val(entry->frames, exchange->request_frame);
        add_times(entry, exchange->response_frame != 0, exchange->response_time, &last);
        if (exchange->response_frame != 0)
            g_array_append_val(entry->frames, exchange->response_frame);
    }
    entry->duration = last - entry->start;
    /* Pipelined messages share a frame. */
    make_unique(entry->frames, 0);
}

/* What the CA said last counts; what it was asked for may stand in an earlier call. */
static void add_ca_calls(ScepReportEntry *entry)
{
    for (const ScepCaCall *call = entry->enrollment->ca_calls; call != NULL; call = call->next) {
        if (call->request_frame != 0)
            g_array_append_val(entry->frames, call->request_frame);
        if (call->response_frame != 0)
            g_array_append_val(entry->frames, call->response_frame);
        entry->ca = call->ca;
        if (entry->template_name == NULL)
            entry->template_name = call->template_name;
        if (call->request_id != 0) {
            entry->has_request_id = true;
            entry->request_id = call->request_id;
        }
        if (!entry->has_hresult && scep_ca_call_code(call) != 0) {
            entry->has_hresult = true;
            entry->hresult = scep_ca_call_code(call);
        }
    }
    make_unique(entry->frames, 0);
}

static void add_services(ScepReportEntry *entry)
{
    for (const ScepServiceCall *call = entry->enrollment->services; call != NULL; call = call->next) {
        if (call->request_frame != 0)
            g_array_append_val(entry->frames, call->request_frame);
        if (call->response_frame != 0)
            g_array_append_val(entry->frames, call->response_frame);
    }
    make_unique(entry->frames, 0);
}

static void add_comparisons(ScepReportEntry *entry, const ScepTracker *tracker)
{
    entry->comparisons = scep_comparisons_new(entry->decisive);
    if (entry->outcome == SCEP_OUTCOME_REFUSED)
        entry->nearest = scep_comparisons_get0_nearest(tracker, entry->enrollment);
    entry->differences = scep_comparisons_new_with(
        entry->decisive, entry->nearest != NULL ? scep_enrollment_get0_decisive(entry->nearest) : entry->decisive);
}

ScepReportEntry *scep_report_entry_new(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment)
{
    ScepReportEntry *entry = g_new0(ScepReportEntry, 1);
    const ScepExchange *decisive = scep_enrollment_get0_decisive(enrollment);
    GPtrArray *findings = scep_enrollment_new_findings(diagnosis, enrollment);
    Collector collector = collector_open(diagnosis);

    entry->enrollment = enrollment;
    entry->decisive = decisive;
    entry->outcome = scep_enrollment_outcome(enrollment);
    entry->stage = scep_enrollment_stage(enrollment);
    entry->stage_by_code = scep_enrollment_stage_by_code(enrollment) != 0;
    for (guint i = 0; i < findings->len; i++)
        collect_one(&collector, g_ptr_array_index(findings, i));
    entry->hints = collector_close(&collector);
    g_ptr_array_unref(findings);
    for (guint i = 0; i < entry->hints->len; i++) {
        ScepReportHint *hint = g_ptr_array_index(entry->hints, i);
        hint->causes = scep_causes_new_text(diagnosis, enrollment, hint->advice.causes, &hint->dropped);
    }
    entry->why = scep_words_new_why(entry->hints);
    entry->client = enrollment->client;
    entry->server = enrollment->server->address;
    entry->server_port = enrollment->server->port;
    entry->subject = enrollment->subject;
    entry->template_name = enrollment->template_name;
    entry->serial = enrollment->serial;
    entry->server_software = scep_server_guess_name(scep_server_guess(enrollment->server->marks));
    entry->client_software = scep_client_guess_name(enrollment->client_guess);
    entry->pki_status = decisive->pki_status;
    entry->fail_info = decisive->fail_info;
    entry->pki_status_other = decisive->pki_status_other;
    entry->fail_info_other = decisive->fail_info_other;
    entry->has_hresult = decisive->has_ndes_error;
    entry->hresult = decisive->ndes_error;
    entry->polls = enrollment->polls;
    for (size_t i = 0; enrollment->spki_known && i < sizeof enrollment->spki_sha256; i++)
        g_snprintf(entry->spki_sha256 + 2 * i, 3, "%02x", enrollment->spki_sha256[i]);
    add_messages(entry);
    add_ca_calls(entry);
    add_services(entry);
    add_comparisons(entry, scep_diagnosis_get0_tracker(diagnosis));
    return entry;
}

void scep_report_entry_free(ScepReportEntry *entry)
{
    if (entry == NULL)
        return;
    g_ptr_array_unref(entry->hints);
    g_array_unref(entry->differences);
    g_array_unref(entry->comparisons);
    g_array_unref(entry->frames);
    g_free(entry->why);
    g_free(entry);
}

static void free_entry(gpointer entry)
{
    scep_report_entry_free(entry);
}

static bool is_wanted(const ScepEnrollment *enrollment, ScepReportWanted wanted, const void *data)
{
    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        if (wanted == NULL || wanted(exchange, data))
            return true;
    }
    return false;
}

/* The first claim stands: what is known of an address does not change with later exchanges, apart from a server that
 * turns out to be a proxy, because its message was seen again behind it. */
static void add_role(ScepReport *report, GHashTable *seen, const char *address, const char *role, bool certain)
{
    gpointer index;

    if (address == NULL)
        return;
    if (g_hash_table_lookup_extended(seen, address, NULL, &index)) {
        if (certain)
            g_array_index(report->roles, ScepReportRole, GPOINTER_TO_UINT(index)).role = role;
        return;
    }
    const ScepReportRole entry = { address, role };
    g_hash_table_insert(seen, (gpointer)address, GUINT_TO_POINTER(report->roles->len));
    g_array_append_val(report->roles, entry);
}

static void add_roles(ScepReport *report, GHashTable *seen, const ScepExchange *exchange)
{
    if (scep_exchange_is_forwarded(exchange)) {
        add_role(report, seen, exchange->repeats->server->address, "proxy", true);
        add_role(report, seen, exchange->client, "proxy", true);
    }
    add_role(report, seen, exchange->client, "device", false);
    add_role(report, seen, exchange->server->address, "ndes", false);
}

static void add_ca_roles(ScepReport *report, GHashTable *seen, const ScepCaCall *call)
{
    add_role(report, seen, call->ndes, "ndes", false);
    add_role(report, seen, call->ca, "ca", false);
}

/* On the host of NDES itself, or over its loopback, the policy module has no address of its own. */
static void add_service_roles(ScepReport *report, GHashTable *seen, const ScepServiceCall *call)
{
    if (!scep_is_loopback(call->client) && call->service->client[0] != '\0')
        add_role(report, seen, call->client, call->service->client, false);
    if (!scep_is_loopback(call->server))
        add_role(report, seen, call->server, call->service->server, false);
}

static void add_enrollments(ScepReport *report, const ScepDiagnosis *diagnosis, GHashTable *seen,
                            ScepReportWanted wanted, const void *data)
{
    const GPtrArray *enrollments = scep_tracker_get0_enrollments(scep_diagnosis_get0_tracker(diagnosis));

    for (guint i = 0; i < enrollments->len; i++) {
        const ScepEnrollment *enrollment = g_ptr_array_index(enrollments, i);
        if (!is_wanted(enrollment, wanted, data))
            continue;
        ScepReportEntry *entry = scep_report_entry_new(diagnosis, enrollment);
        report->counts[entry->outcome]++;
        g_ptr_array_add(report->entries, entry);
        for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next)
            add_roles(report, seen, exchange);
        for (const ScepCaCall *call = enrollment->ca_calls; call != NULL; call = call->next)
            add_ca_roles(report, seen, call);
        for (const ScepServiceCall *call = enrollment->services; call != NULL; call = call->next)
            add_service_roles(report, seen, call);
    }
}

/* Errors, warnings, notes, each in the order of frames. */
static void sort_hints(GPtrArray *hints)
{
    GList *list = NULL;

    for (guint i = hints->len; i > 0; i--)
        list = g_list_prepend(list, g_ptr_array_index(hints, i - 1));
    for (int severity = SCEP_SEVERITY_ERROR, at = 0; severity >= SCEP_SEVERITY_NOTE; severity--) {
        for (const GList *item = list; item != NULL; item = item->next) {
            ScepReportHint *hint = item->data;
            if ((int)hint->severity == severity)
                hints->pdata[at++] = hint;
        }
    }
    g_list_free(list);
}

/* Calls that belong to no device's enrollment. A filter selects SCEP messages, so with one they are left out. */
static void add_calls_outside(ScepReport *report, const ScepDiagnosis *diagnosis, GHashTable *seen,
                              Collector *collector, ScepReportWanted wanted)
{
    const GPtrArray *calls = scep_tracker_get0_ca_calls(scep_diagnosis_get0_tracker(diagnosis));

    for (guint i = 0; wanted == NULL && i < calls->len; i++) {
        const ScepCaCall *call = g_ptr_array_index(calls, i);
        if (call->enrollment != NULL)
            continue;
        collect(collector, scep_ca_call_get0_findings(diagnosis, call, true));
        collect(collector, scep_ca_call_get0_findings(diagnosis, call, false));
        add_ca_roles(report, seen, call);
    }
}

static void add_services_outside(ScepReport *report, const ScepDiagnosis *diagnosis, GHashTable *seen,
                                 Collector *collector, ScepReportWanted wanted)
{
    const GPtrArray *calls = scep_tracker_get0_service_calls(scep_diagnosis_get0_tracker(diagnosis));

    for (guint i = 0; wanted == NULL && i < calls->len; i++) {
        const ScepServiceCall *call = g_ptr_array_index(calls, i);
        if (call->enrollment != NULL || !(scep_service_is_shown(call, false) || scep_service_is_shown(call, true)))
            continue;
        collect(collector, scep_service_call_get0_findings(diagnosis, call, true));
        collect(collector, scep_service_call_get0_findings(diagnosis, call, false));
        add_service_roles(report, seen, call);
    }
}

/* Connections that stopped no enrollment that is known, and the hosts that connections tell of. */
static void add_connections(ScepReport *report, const ScepDiagnosis *diagnosis, GHashTable *seen, Collector *collector,
                            ScepReportWanted wanted)
{
    const ScepTracker *tracker = scep_diagnosis_get0_tracker(diagnosis);
    const GPtrArray *connections = scep_tracker_get0_connections(tracker);

    for (guint i = 0; wanted == NULL && i < connections->len; i++) {
        const ScepConnection *connection = g_ptr_array_index(connections, i);
        const ScepHost *client = scep_tracker_get0_host(tracker, connection->client);
        const ScepHost *server = scep_tracker_get0_host(tracker, connection->server);
        if (connection->enrollment == NULL)
            collect(collector, scep_connection_get0_findings(diagnosis, connection));
        if (connection->is_lookup || connection->stage == 0)
            continue;
        if (connection->client_role != SCEP_HOST_UNKNOWN)
            add_role(report, seen, connection->client,
                     scep_host_role_name(client != NULL ? client->role : connection->client_role), false);
        add_role(report, seen, connection->server,
                 scep_host_role_name(server != NULL ? server->role : connection->server_role), false);
    }
    if (wanted == NULL)
        scep_report_add_connections(report->links, tracker);
}

/* Those that gave tickets to a server of an enrollment. */
static void add_domain_controllers(ScepReport *report, const ScepTracker *tracker, GHashTable *seen)
{
    const GArray *kdcs = scep_tracker_get0_kdcs(tracker);
    gpointer index;

    for (guint i = 0; i < kdcs->len; i++) {
        const ScepKdc *kdc = &g_array_index(kdcs, ScepKdc, i);
        if (g_hash_table_lookup_extended(seen, kdc->client, NULL, &index) &&
            strcmp(g_array_index(report->roles, ScepReportRole, GPOINTER_TO_UINT(index)).role, "device") != 0)
            add_role(report, seen, kdc->server, scep_host_role_name(SCEP_HOST_DC), false);
    }
}

/* The user knows best, here as in the fields. */
static void heed_the_user(ScepReport *report, const ScepTracker *tracker)
{
    for (guint i = 0; i < report->roles->len; i++) {
        ScepReportRole *role = &g_array_index(report->roles, ScepReportRole, i);
        const ScepHost *host = scep_tracker_get0_host(tracker, role->address);
        if (host != NULL && host->source == SCEP_HOST_CONFIGURED && host->role != SCEP_HOST_UNKNOWN)
            role->role = scep_host_role_name(host->role);
    }
}

static void add_outside(ScepReport *report, const ScepDiagnosis *diagnosis, GHashTable *seen, ScepReportWanted wanted,
                        const void *data)
{
    const GPtrArray *exchanges = scep_tracker_get0_exchanges(scep_diagnosis_get0_tracker(diagnosis));
    Collector collector = collector_open(diagnosis);

    for (guint i = 0; i < exchanges->len; i++) {
        const ScepExchange *exchange = g_ptr_array_index(exchanges, i);
        if (exchange->enrollment != NULL || (wanted != NULL && !wanted(exchange, data)))
            continue;
        collect(&collector, scep_exchange_get0_findings(diagnosis, exchange, true));
        collect(&collector, scep_exchange_get0_findings(diagnosis, exchange, false));
        if (!exchange->is_aik)
            add_roles(report, seen, exchange);
    }
    add_calls_outside(report, diagnosis, seen, &collector, wanted);
    add_services_outside(report, diagnosis, seen, &collector, wanted);
    add_connections(report, diagnosis, seen, &collector, wanted);
    report->hints = collector_close(&collector);
    sort_hints(report->hints);
}

ScepReport *scep_report_new(const ScepDiagnosis *diagnosis, ScepReportWanted wanted, const void *data)
{
    ScepTracker *tracker = scep_diagnosis_get0_tracker(diagnosis);
    ScepReport *report = g_new0(ScepReport, 1);
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);

    report->http_messages = -1;
    scep_tracker_finish(tracker);
    report->entries = g_ptr_array_new_with_free_func(free_entry);
    report->roles = g_array_new(FALSE, FALSE, sizeof(ScepReportRole));
    report->links = scep_report_connections_new();
    report->first_time = scep_tracker_first_time(tracker);
    report->last_time = scep_tracker_last_time(tracker);
    add_enrollments(report, diagnosis, seen, wanted, data);
    add_outside(report, diagnosis, seen, wanted, data);
    add_domain_controllers(report, tracker, seen);
    heed_the_user(report, tracker);
    g_hash_table_unref(seen);
    return report;
}

void scep_report_free(ScepReport *report)
{
    if (report == NULL)
        return;
    g_ptr_array_unref(report->entries);
    g_ptr_array_unref(report->hints);
    g_array_unref(report->roles);
    g_ptr_array_unref(report->links);
    g_free(report);
}
