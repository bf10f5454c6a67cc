/* root_cause.c
 * Puts the findings of an enrollment in order: what explains the outcome leads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "catalogue/causes.h"
#include "scep/tracker.h"
#include "report/report.h"
#include "tracker/tracker.h"

static bool is_serious(const ScepFinding *finding)
{
    return finding->severity > SCEP_SEVERITY_NOTE;
}

/* The first finding of a list with this severity at least. The order of a list is cause before symptom. */
static ScepFinding *first_of(const GPtrArray *findings, ScepSeverity severity)
{
    for (guint i = 0; findings != NULL && i < findings->len; i++) {
        ScepFinding *finding = g_ptr_array_index(findings, i);
        if (finding->severity >= severity)
            return finding;
    }
    return NULL;
}

static bool explains_one_of(const ScepFinding *cause, const GPtrArray *findings)
{
    for (guint i = 0; findings != NULL && i < findings->len; i++) {
        const ScepFinding *reason = g_ptr_array_index(findings, i);
        if (scep_hint_gives_way(cause->hint->id, reason->hint->id))
            return false;
    }
    for (guint i = 0; findings != NULL && i < findings->len; i++) {
        const ScepFinding *symptom = g_ptr_array_index(findings, i);
        if (symptom != cause && is_serious(symptom) && scep_hint_explains(cause->hint->id, symptom->hint->id))
            return true;
    }
    return false;
}

/* A finding that the catalogue knows to be the cause of what the decisive exchange shows, an error before a warning. */
static ScepFinding *known_cause(const GPtrArray *all, const ScepExchange *decisive)
{
    ScepFinding *first = NULL;

    for (guint i = 0; i < all->len; i++) {
        ScepFinding *finding = g_ptr_array_index(all, i);
        if (!is_serious(finding) || !(explains_one_of(finding, decisive->response_findings) ||
                                      explains_one_of(finding, decisive->request_findings)))
            continue;
        if (finding->severity == SCEP_SEVERITY_ERROR)
            return finding;
        if (first == NULL)
            first = finding;
    }
    return first;
}

/* Notes that tell how it ended say more than those on how it was asked. */
static ScepFinding *leading_note(const GPtrArray *all)
{
    static const char *const endings[] = { "certrep_success", "certrep_pending", "scep_probe",
                                           "capture_starts_midway" };

    for (size_t k = 0; k < G_N_ELEMENTS(endings); k++) {
        for (guint i = all->len; i > 0; i--) {
            ScepFinding *finding = g_ptr_array_index(all, i - 1);
            if (strcmp(finding->hint->id, endings[k]) == 0)
                return finding;
        }
    }
    return all->len > 0 ? g_ptr_array_index(all, 0) : NULL;
}

static ScepFinding *leading_finding(const GPtrArray *all, const ScepExchange *decisive)
{
    ScepFinding *found = first_of(decisive->request_findings, SCEP_SEVERITY_ERROR);

    if (first_of(decisive->response_findings, SCEP_SEVERITY_WARNING) != NULL || found != NULL) {
        ScepFinding *cause = known_cause(all, decisive);
        if (cause != NULL)
            return cause;
    }
    /* A request that is wrong in itself explains whatever it was answered with. */
    if (found == NULL)
        found = first_of(decisive->response_findings, SCEP_SEVERITY_WARNING);
    if (found == NULL)
        found = first_of(decisive->request_findings, SCEP_SEVERITY_WARNING);
    if (found == NULL)
        found = first_of(all, SCEP_SEVERITY_ERROR);
    if (found == NULL)
        found = first_of(all, SCEP_SEVERITY_WARNING);
    return found ? found : leading_note(all);
}

static void add_all(GPtrArray *to, const GPtrArray *from)
{
    for (guint i = 0; from != NULL && i < from->len; i++)
        g_ptr_array_add(to, g_ptr_array_index(from, i));
}

/* Findings in the order in which they are told. */
typedef struct {
    GPtrArray *findings;
    GHashTable *known; /* set of the same */
} Order;

/* Appends those of one severity that are not there yet. */
static void add_severity(Order *order, const GPtrArray *from, ScepSeverity severity)
{
    for (guint i = 0; from != NULL && i < from->len; i++) {
        ScepFinding *finding = g_ptr_array_index(from, i);
        if (finding->severity == severity && g_hash_table_add(order->known, finding))
            g_ptr_array_add(order->findings, finding);
    }
}

GPtrArray *scep_enrollment_findings(const ScepEnrollment *enrollment)
{
    const ScepExchange *decisive = scep_enrollment_decisive(enrollment);
    GPtrArray *all = g_ptr_array_new();
    Order order = { g_ptr_array_new(), g_hash_table_new(NULL, NULL) };

    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        add_all(all, exchange->request_findings);
        add_all(all, exchange->response_findings);
    }
    for (const ScepCaCall *call = enrollment->ca_calls; call != NULL; call = call->next) {
        add_all(all, call->request_findings);
        add_all(all, call->response_findings);
    }
    for (const ScepServiceCall *call = enrollment->services; call != NULL; call = call->next) {
        add_all(all, call->request_findings);
        add_all(all, call->response_findings);
    }
    add_all(all, enrollment->connection_findings);
    ScepFinding *leading = leading_finding(all, decisive);
    if (leading != NULL) {
        g_hash_table_add(order.known, leading);
        g_ptr_array_add(order.findings, leading);
    }
    for (int severity = SCEP_SEVERITY_ERROR; severity >= SCEP_SEVERITY_NOTE; severity--) {
        add_severity(&order, decisive->response_findings, severity);
        add_severity(&order, decisive->request_findings, severity);
        add_severity(&order, all, severity);
    }
    g_hash_table_unref(order.known);
    g_ptr_array_unref(all);
    return order.findings;
}
