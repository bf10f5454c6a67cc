/* root_cause.c
 * Puts the findings of an enrollment in order: what explains the outcome leads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/root_cause.h"

#include "diagnosis/rule.h"
#include "tracker/tracker.h"

static bool is_serious(const ScepFinding *finding)
{
    return finding->severity > SCEP_SEVERITY_NOTE;
}

/* The first finding of a list with this severity at least. The order of a list is cause before symptom. */
static const ScepFinding *first_of(const ScepFinding *findings, ScepSeverity severity)
{
    while (findings != NULL && findings->severity < severity)
        findings = findings->next;
    return findings;
}

/* A peer's own words on the stop: the row of the hint says so. That a row is certain is not enough. */
static bool is_said(const ScepFinding *finding)
{
    return scep_finding_get0_hint(finding)->grade == SCEP_GRADE_SAID && is_serious(finding);
}

static const ScepFinding *first_said(const ScepFinding *findings)
{
    while (findings != NULL && !is_said(findings))
        findings = findings->next;
    return findings;
}

static bool explains_one_of(const ScepFinding *cause, const ScepFinding *findings)
{
    /* What some products refuse and others serve is a guess, and is none beside a reason that the server gives. */
    if (scep_hint_grade(scep_finding_get0_hint(cause)) == SCEP_GRADE_ODDITY && first_said(findings) != NULL)
        return false;
    for (const ScepFinding *reason = findings; reason != NULL; reason = reason->next) {
        if (scep_hint_yields_to(cause->hint, reason->hint))
            return false;
    }
    for (const ScepFinding *symptom = findings; symptom != NULL; symptom = symptom->next) {
        if (symptom != cause && is_serious(symptom) && scep_hint_explains(cause->hint, symptom->hint))
            return true;
    }
    return false;
}

/* What is said of one enrollment. */
typedef struct {
    GPtrArray *all; /* of ScepFinding*: its messages in order, then the legs behind NDES, then connections */
    const ScepFinding *request; /* of the decisive exchange */
    const ScepFinding *response;
} Said;

/* A finding that the catalogue knows to be the cause of what the decisive exchange shows, an error before a warning. */
static const ScepFinding *known_cause(const Said *said)
{
    const ScepFinding *first = NULL;

    for (guint i = 0; i < said->all->len; i++) {
        const ScepFinding *finding = g_ptr_array_index(said->all, i);
        if (!is_serious(finding) ||
            !(explains_one_of(finding, said->response) || explains_one_of(finding, said->request)))
            continue;
        if (finding->severity == SCEP_SEVERITY_ERROR)
            return finding;
        if (first == NULL)
            first = finding;
    }
    return first;
}

static const ScepFinding *first_of_all(const GPtrArray *all, ScepSeverity severity)
{
    for (guint i = 0; i < all->len; i++) {
        const ScepFinding *finding = g_ptr_array_index(all, i);
        if (finding->severity >= severity)
            return finding;
    }
    return NULL;
}

/* Notes that tell how it ended say more than those on how it was asked. */
static const ScepFinding *root_note(const GPtrArray *all)
{
    static const ScepHintId endings[] = { SCEP_HINT_certrep_success, SCEP_HINT_certrep_pending, SCEP_HINT_scep_probe,
                                          SCEP_HINT_capture_starts_midway };

    for (size_t k = 0; k < G_N_ELEMENTS(endings); k++) {
        for (guint i = all->len; i > 0; i--) {
            const ScepFinding *finding = g_ptr_array_index(all, i - 1);
            if (finding->hint == endings[k])
                return finding;
        }
    }
    return all->len > 0 ? g_ptr_array_index(all, 0) : NULL;
}

/* What a status means in general gives way to what says the same, and more of it. */
static const ScepFinding *more_specific(const ScepFinding *found, const ScepFinding *findings)
{
    if (found == NULL || scep_hint_grade(scep_finding_get0_hint(found)) != SCEP_GRADE_GENERAL)
        return found;
    for (; findings != NULL; findings = findings->next) {
        if (findings != found && is_serious(findings) && scep_hint_covers(findings->hint, found->hint) &&
            scep_hint_grade(scep_finding_get0_hint(findings)) > SCEP_GRADE_GENERAL)
            return findings;
    }
    return found;
}

static const ScepFinding *root_finding(const Said *said)
{
    const ScepFinding *found = first_of(said->request, SCEP_SEVERITY_ERROR);

    if (first_of(said->response, SCEP_SEVERITY_WARNING) != NULL || found != NULL) {
        const ScepFinding *cause = known_cause(said);
        if (cause != NULL)
            return cause;
    }
    /* A request that is wrong in itself explains whatever it was answered with, unless that says something else. */
    if (found != NULL && scep_hint_grade(scep_finding_get0_hint(found)) == SCEP_GRADE_ODDITY &&
        first_said(said->response) != NULL)
        found = first_said(said->response);
    if (found == NULL)
        found = more_specific(first_of(said->response, SCEP_SEVERITY_WARNING), said->response);
    if (found == NULL)
        found = first_of(said->request, SCEP_SEVERITY_WARNING);
    if (found == NULL)
        found = first_of_all(said->all, SCEP_SEVERITY_ERROR);
    if (found == NULL)
        found = first_of_all(said->all, SCEP_SEVERITY_WARNING);
    return found ? found : root_note(said->all);
}

static void add_list(GPtrArray *to, ScepFinding *from)
{
    for (; from != NULL; from = from->next)
        g_ptr_array_add(to, from);
}

static void collect(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment, GPtrArray *all)
{
    const GPtrArray *connections = g_hash_table_lookup(diagnosis->stopped, enrollment);

    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        add_list(all, scep_exchange_get0_findings(diagnosis, exchange, false));
        add_list(all, scep_exchange_get0_findings(diagnosis, exchange, true));
    }
    for (const ScepCaCall *call = enrollment->ca_calls; call != NULL; call = call->next) {
        add_list(all, scep_ca_call_get0_findings(diagnosis, call, false));
        add_list(all, scep_ca_call_get0_findings(diagnosis, call, true));
    }
    for (const ScepServiceCall *call = enrollment->services; call != NULL; call = call->next) {
        add_list(all, scep_service_call_get0_findings(diagnosis, call, false));
        add_list(all, scep_service_call_get0_findings(diagnosis, call, true));
    }
    for (guint i = 0; connections != NULL && i < connections->len; i++)
        add_list(all, scep_connection_get0_findings(diagnosis, g_ptr_array_index(connections, i)));
}

/* Findings in the order in which they are told. */
typedef struct {
    GPtrArray *findings;
    GHashTable *known; /* set of the same */
} Order;

/* Appends one that has this severity and is not there yet. */
static void add_once(Order *order, const ScepFinding *finding, ScepSeverity severity)
{
    if (finding->severity == severity && g_hash_table_add(order->known, (gpointer)finding))
        g_ptr_array_add(order->findings, (gpointer)finding);
}

GPtrArray *scep_enrollment_new_findings(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment)
{
    const ScepExchange *decisive = scep_enrollment_get0_decisive(enrollment);
    Said said = { g_ptr_array_new(), scep_exchange_get0_findings(diagnosis, decisive, false),
                  scep_exchange_get0_findings(diagnosis, decisive, true) };
    Order order = { g_ptr_array_new(), g_hash_table_new(NULL, NULL) };

    collect(diagnosis, enrollment, said.all);
    const ScepFinding *leading = root_finding(&said);
    if (leading != NULL)
        add_once(&order, leading, leading->severity);
    for (int severity = SCEP_SEVERITY_ERROR; severity >= SCEP_SEVERITY_NOTE; severity--) {
        for (const ScepFinding *finding = said.response; finding != NULL; finding = finding->next)
            add_once(&order, finding, severity);
        for (const ScepFinding *finding = said.request; finding != NULL; finding = finding->next)
            add_once(&order, finding, severity);
        for (guint i = 0; i < said.all->len; i++)
            add_once(&order, g_ptr_array_index(said.all, i), severity);
    }
    g_hash_table_unref(order.known);
    g_ptr_array_unref(said.all);
    return order.findings;
}

/* What explains the stop, as far as it does: the order of what is more than a note. */
void scep_enrollments_rank(const ScepDiagnosis *diagnosis)
{
    for (guint i = 0; i < diagnosis->tracker->enrollments->len; i++) {
        GPtrArray *findings =
            scep_enrollment_new_findings(diagnosis, g_ptr_array_index(diagnosis->tracker->enrollments, i));
        for (guint at = 0; at < findings->len; at++) {
            ScepFinding *finding = g_ptr_array_index(findings, at);
            finding->rank = is_serious(finding) ? (uint8_t)MIN(at + 1, UINT8_MAX) : 0;
        }
        g_ptr_array_unref(findings);
    }
}
