/* ca_conclusions.c
 * What only the whole capture tells of calls to the CA: answers that never came, a CA that worked and then did not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/ca_call.h"
#include "diagnosis/rules_ca.h"

#include <string.h>

#include "diagnosis/facts.h"
#include "diagnosis/findings.h"

#define SECOND INT64_C(1000000000)

/* How long the capture must go on before silence means something. */
#define SILENCE (30 * SECOND)

/* Calls that are looked at around one moment. */
#define MAX_CALLS 64

#define UNANSWERED "wcce_request_unanswered"
#define CA_RESTARTED "ca_restart_rpc_unavailable"

bool scep_ca_conclusions_can_raise(const char *hint_id)
{
    return strcmp(hint_id, UNANSWERED) == 0 || strcmp(hint_id, CA_RESTARTED) == 0;
}

static int64_t moment_of(const ScepCaCall *call)
{
    return call->request_frame != 0 ? call->request_time : call->response_time;
}

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

/* ---- answers that never came ----------------------------------------------------------------------------------------
 */

/* @param heard  set of calls, one for each pair of which the capture holds the direction of answers */
static void conclude_answer(ScepTracker *tracker, GHashTable *heard, ScepCaCall *call)
{
    ScepEvidence evidence = { { 0 }, 0, NULL };

    if (call->chain != SCEP_CA_NO_CHAIN || call->request_frame == 0 || call->response_frame != 0 ||
        !scep_ca_call_asks_for_certificate(call) || tracker->last_time - call->request_time < SILENCE ||
        !g_hash_table_contains(heard, call))
        return;
    scep_findings_conclude(&call->request_findings,
                           scep_finding_at(tracker, call->request_frame, UNANSWERED, &evidence));
}

/* ---- a CA that went away --------------------------------------------------------------------------------------------
 */

/* The finding that says that the service does not listen, where there is one. */
static const ScepFinding *not_there(const ScepCaCall *call)
{
    static const char *const hints[] = { "rpc_epm_no_endpoint", "rpc_dynport_refused" };

    for (guint i = 0; call->response_findings != NULL && i < call->response_findings->len; i++) {
        const ScepFinding *finding = g_ptr_array_index(call->response_findings, i);
        for (size_t k = 0; k < G_N_ELEMENTS(hints); k++) {
            if (strcmp(finding->hint->id, hints[k]) == 0)
                return finding;
        }
    }
    return NULL;
}

static bool has_worked(const ScepCaCall *call)
{
    return call->chain == SCEP_CA_NO_CHAIN && call->response_frame != 0 && !scep_ca_call_is_refused(call);
}

/* @param worked  set of the newest call of each pair that was answered, and of none once the CA went away */
static void conclude_restart(ScepTracker *tracker, GHashTable *worked, ScepCaCall *call)
{
    if (has_worked(call)) {
        g_hash_table_replace(worked, call, call);
        return;
    }
    const ScepFinding *cause = not_there(call);
    const ScepCaCall *before = cause != NULL ? g_hash_table_lookup(worked, call) : NULL;
    if (before == NULL)
        return;
    ScepEvidence evidence = { { before->response_frame }, 1, NULL };
    ScepFinding *finding = scep_finding_at(tracker, call->response_frame, CA_RESTARTED, &evidence);
    finding->is_conclusion = true;
    /* Where a later try came through, both are history. */
    finding->severity = MIN(finding->severity, cause->severity);
    scep_findings_add(&call->response_findings, finding);
    g_hash_table_remove(worked, call);
}

void scep_ca_calls_conclude(ScepTracker *tracker)
{
    GHashTable *worked = g_hash_table_new(pair_hash, pair_equal), *heard = g_hash_table_new(pair_hash, pair_equal);

    for (guint i = 0; i < tracker->ca_calls->len; i++) {
        ScepCaCall *call = g_ptr_array_index(tracker->ca_calls, i);
        if (call->response_frame != 0)
            g_hash_table_add(heard, call);
    }
    for (guint i = 0; i < tracker->ca_calls->len; i++) {
        ScepCaCall *call = g_ptr_array_index(tracker->ca_calls, i);
        scep_findings_drop_conclusions(call->request_findings);
        scep_findings_drop_conclusions(call->response_findings);
        conclude_answer(tracker, heard, call);
        conclude_restart(tracker, worked, call);
    }
    g_hash_table_unref(worked);
    g_hash_table_unref(heard);
}

/* ---- around an enrollment
 * -------------------------------------------------------------------------------------------- */

/* Calls come in the order of frames. @return number of the first call that is not before @a time */
static guint first_from(const GPtrArray *calls, int64_t time)
{
    guint low = 0, high = calls->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (moment_of(g_ptr_array_index(calls, middle)) < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool scep_ca_called_between(const ScepTracker *tracker, const char *ndes, int64_t from, int64_t to, bool *known)
{
    const GPtrArray *calls = tracker->ca_calls;
    const guint first = first_from(calls, from);

    *known = false;
    for (guint i = first, looked = 0; i > 0 && looked < MAX_CALLS && !*known; i--, looked++)
        *known = ((const ScepCaCall *)g_ptr_array_index(calls, i - 1))->ndes == ndes;
    for (guint i = first, looked = 0; i < calls->len; i++, looked++) {
        const ScepCaCall *call = g_ptr_array_index(calls, i);
        if (moment_of(call) > to)
            return false;
        /* Too many to look at: rather claim nothing. */
        if (call->ndes == ndes || looked >= MAX_CALLS)
            return true;
    }
    return false;
}
