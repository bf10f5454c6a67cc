/* ca_end.c
 * What only the whole capture tells of calls to the CA and of the way there: answers that never came, a CA that worked
 * and then did not, connections that were never answered.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/ca_end.h"

#include "tracker/ca_call.h"
#include "tracker/times.h"

/* How far back a failure is looked for that a success puts right. */
#define RETRIES_LOOKED_AT 64

#define HRESULT_SERVER_UNAVAILABLE 0x800706BA

/* One host and its CA. */
static guint pair_hash(gconstpointer data)
{
    const ScepCaCall *call = data;

    return g_direct_hash(call->ndes) * 31 ^ g_direct_hash(call->ca);
}

static gboolean pair_equal(gconstpointer a, gconstpointer b)
{
    const ScepCaCall *one = a, *other = b;

    return one->ndes == other->ndes && one->ca == other->ca;
}

/* ---- answers that never came, a CA that went away ---------------------------------------------------------------- */

static bool is_unanswered(ScepCase *about)
{
    const ScepCaCall *call = about->call;

    return call->chain == SCEP_CA_NO_CHAIN && call->request_frame != 0 && call->response_frame == 0 &&
           scep_ca_call_asks_for_certificate(call) && about->tracker->snaplen == 0 &&
           about->tracker->last_time - call->request_time >= SCEP_SILENCE_TIME;
}

static bool worked_before(ScepCase *about)
{
    about->evidence.also_count = 0;
    scep_case_also(about, about->before->response_frame);
    return true;
}

/* The finding that says that the service does not listen, where there is one. */
static const ScepFinding *not_there(const ScepDiagnosis *diagnosis, const ScepCaCall *call)
{
    const ScepFinding *finding = scep_ca_call_get0_findings(diagnosis, call, true);

    while (finding != NULL && finding->hint != SCEP_HINT_rpc_epm_no_endpoint &&
           finding->hint != SCEP_HINT_rpc_dynport_refused)
        finding = finding->next;
    return finding;
}

/* The endpoint mapper has no ICertPassage, and the same CA answers over DCOM: it runs, and does not offer this way. */
static bool passage_not_offered(ScepCase *about)
{
    const ScepCaCall *call = about->call;
    ScepFinding *claim = scep_ca_call_get0_findings(about->diagnosis, call, true);

    while (claim != NULL && claim->hint != SCEP_HINT_rpc_epm_no_endpoint)
        claim = claim->next;
    /* Where a later lookup found it, it was offered after all, and the claim is a note by now. */
    if (!call->to_passage || claim == NULL || claim->severity == SCEP_SEVERITY_NOTE || about->before == NULL)
        return false;
    scep_finding_contradict(claim, SCEP_AGAINST_CA_ISSUES);
    about->list = scep_findings_list(call->subject, true);
    about->frame = call->response_frame;
    about->evidence.also_count = 0;
    scep_case_also(about, call->request_frame);
    scep_case_also(about, about->before->response_frame);
    return true;
}

static bool has_worked(const ScepCaCall *call)
{
    return call->chain == SCEP_CA_NO_CHAIN && call->response_frame != 0 && !scep_ca_call_is_refused(call);
}

/* @param worked  set of the newest call of each pair that was answered, and of none once the CA went away */
static void conclude_restart(ScepDiagnosis *diagnosis, GHashTable *worked, ScepCaCall *call)
{
    if (has_worked(call)) {
        g_hash_table_replace(worked, call, call);
        return;
    }
    const ScepFinding *cause = not_there(diagnosis, call);
    ScepCase about = scep_case_of_ca_call(diagnosis, SCEP_AT_CA_RESTART_END, call, true);
    about.before = cause != NULL ? g_hash_table_lookup(worked, call) : NULL;
    if (about.before == NULL)
        return;
    /* Where a later try came through, both are history. */
    about.most = cause->severity;
    scep_rules_ask(&about);
    g_hash_table_remove(worked, call);
}

static void conclude_calls(ScepDiagnosis *diagnosis)
{
    const GPtrArray *calls = diagnosis->tracker->ca_calls;
    /* heard: one for each pair of which the capture holds the direction of answers */
    GHashTable *worked = g_hash_table_new(pair_hash, pair_equal), *heard = g_hash_table_new(pair_hash, pair_equal);
    GHashTable *over_dcom = g_hash_table_new(NULL, NULL); /* address of a CA -> ScepCaCall* that it answered */

    for (guint i = 0; i < calls->len; i++) {
        ScepCaCall *call = g_ptr_array_index(calls, i);
        if (call->response_frame != 0)
            g_hash_table_add(heard, call);
        if (has_worked(call) && call->method->interface != SCEP_WCCE_ICERTPASSAGE)
            g_hash_table_insert(over_dcom, (gpointer)call->ca, call);
    }
    for (guint i = 0; i < calls->len; i++) {
        ScepCaCall *call = g_ptr_array_index(calls, i);
        if (g_hash_table_contains(heard, call)) {
            ScepCase about = scep_case_of_ca_call(diagnosis, SCEP_AT_CA_CALL_END, call, false);
            about.before = g_hash_table_lookup(over_dcom, call->ca);
            scep_rules_ask(&about);
        }
        conclude_restart(diagnosis, worked, call);
    }
    g_hash_table_unref(worked);
    g_hash_table_unref(heard);
    g_hash_table_unref(over_dcom);
}

/* ---- connections that were never answered ------------------------------------------------------------------------ */

/* Connections of one host to one kind of port of one CA. */
static guint way_hash(gconstpointer data)
{
    const ScepCaCall *call = data;

    return g_direct_hash(call->ndes) * 31 ^ g_direct_hash(call->ca) ^ (guint)call->to_mapper;
}

static gboolean way_equal(gconstpointer a, gconstpointer b)
{
    const ScepCaCall *one = a, *other = b;

    return one->ndes == other->ndes && one->ca == other->ca && one->to_mapper == other->to_mapper;
}

/* @param later  the next connection on this way that was granted, NULL for none */
static bool came_through(const ScepCaCall *blocked, const ScepCaCall *later)
{
    return later != NULL && later->request_time - blocked->request_time < SCEP_RETRY_TIME;
}

/* The device was told that RPC found nobody (RPC_S_SERVER_UNAVAILABLE), so NDES waits no longer. */
static bool gave_up(const ScepCaCall *call)
{
    const ScepExchange *exchange = call->waits != NULL ? call->waits->first : NULL;

    for (; exchange != NULL; exchange = exchange->next) {
        if (exchange->response_time > call->request_time && exchange->has_ndes_error &&
            exchange->ndes_error == HRESULT_SERVER_UNAVAILABLE)
            return true;
    }
    return false;
}

static bool leads_to(ScepCase *about)
{
    return about->call->to_mapper == (about->parameter != 0);
}

static void conclude_connections(ScepDiagnosis *diagnosis)
{
    const ScepTracker *tracker = diagnosis->tracker;
    GHashTable *granted = g_hash_table_new(way_hash, way_equal); /* set of ScepCaCall*: the earliest behind this one */

    for (guint i = tracker->ca_calls->len; i > 0; i--) {
        ScepCaCall *call = g_ptr_array_index(tracker->ca_calls, i - 1);
        if (call->chain != SCEP_CA_CONNECT)
            continue;
        if (call->has_result)
            g_hash_table_replace(granted, call, call);
        if (call->response_frame != 0 ||
            (tracker->last_time - call->request_time < SCEP_CONNECT_TIME && !gave_up(call)) ||
            came_through(call, g_hash_table_lookup(granted, call)))
            continue;
        scep_ca_call_attach(call, call->waits, true);
        ScepCase about = scep_case_of_ca_call(diagnosis, SCEP_AT_CA_CONNECTION_END, call, false);
        scep_rules_ask(&about);
    }
    g_hash_table_unref(granted);
}

void scep_ca_end(ScepDiagnosis *diagnosis)
{
    conclude_calls(diagnosis);
    conclude_connections(diagnosis);
}

static const ScepRule rules[] = {
    { SCEP_HINT_wcce_request_unanswered, SCEP_AT_CA_CALL_END, is_unanswered, 0 },
    { SCEP_HINT_rpc_passage_not_offered, SCEP_AT_CA_CALL_END, passage_not_offered, 0 },
    { SCEP_HINT_ca_restart_rpc_unavailable, SCEP_AT_CA_RESTART_END, worked_before, 0 },
    { SCEP_HINT_rpc_dynport_blocked, SCEP_AT_CA_CONNECTION_END, leads_to, false },
    { SCEP_HINT_rpc_135_no_answer, SCEP_AT_CA_CONNECTION_END, leads_to, true },
};

const ScepRuleTable scep_rules_ca_end = { .rules = rules, .count = G_N_ELEMENTS(rules) };

/* ---- what is history --------------------------------------------------------------------------------------------- */

/* The same host tried again and came through: what was in the way is history. Another device's failure is not. */
void scep_ca_step_settle(ScepDiagnosis *diagnosis, const ScepCaCall *done)
{
    const GPtrArray *calls = diagnosis->tracker->ca_calls;

    for (guint i = calls->len, seen = 0; i > 0 && seen < RETRIES_LOOKED_AT; i--, seen++) {
        const ScepCaCall *call = g_ptr_array_index(calls, i - 1);
        ScepFinding *findings = scep_ca_call_get0_findings(diagnosis, call, true);
        if (call->chain != done->chain || call->to_passage != done->to_passage || call->to_mapper != done->to_mapper ||
            call->ndes != done->ndes || call->ca != done->ca || call->waits != done->waits || findings == NULL)
            continue;
        if (done->response_time - call->response_time > SCEP_RETRY_TIME)
            return;
        scep_findings_settle(findings);
    }
}

void scep_ca_calls_settle(ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment)
{
    for (const ScepCaCall *call = enrollment->ca_calls; call != NULL; call = call->next) {
        scep_findings_settle(scep_ca_call_get0_findings(diagnosis, call, false));
        scep_findings_settle(scep_ca_call_get0_findings(diagnosis, call, true));
    }
}
