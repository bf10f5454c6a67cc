/* diagnosis.c
 * Listens to the tracker, asks the rules, and draws the conclusions when the capture is over.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/diagnosis.h"

#include "diagnosis/ca_end.h"
#include "diagnosis/connection_end.h"
#include "diagnosis/root_cause.h"
#include "diagnosis/rules_end.h"
#include "diagnosis/rules_legs.h"
#include "tracker/ca_call.h"

static const ScepRuleTable *const tables[] = { SCEP_RULE_TABLES(SCEP_RULE_TABLE_ADDRESS) };

/* In this order: what is said of the CA explains what is said of an enrollment. */
static void conclude(ScepDiagnosis *diagnosis)
{
    scep_findings_drop_conclusions(diagnosis->findings);
    scep_sign_ins_end(diagnosis);
    scep_ca_end(diagnosis);
    scep_enrollments_end(diagnosis);
    scep_legs_end(diagnosis);
    scep_connections_end(diagnosis);
}

/* What the client was shown did not keep it from going on. */
static void settle_by_request(ScepFinding *finding)
{
    for (; finding != NULL; finding = finding->next) {
        if (scep_finding_get0_hint(finding)->settled_by_request)
            finding->severity = SCEP_SEVERITY_NOTE;
    }
}

static ScepCase case_of(ScepDiagnosis *diagnosis, const ScepEvent *event)
{
    const int moment = (int)event->kind;

    if (event->exchange != NULL)
        return scep_case_of_exchange(diagnosis, moment, event->exchange, moment == SCEP_ON_ANSWER);
    if (event->ca_call != NULL)
        return scep_case_of_ca_call(diagnosis, moment, event->ca_call,
                                    moment == SCEP_ON_CA_ANSWER || moment == SCEP_ON_CA_STEP_ANSWER);
    if (event->service_call != NULL)
        return scep_case_of_service(diagnosis, moment, event->service_call, moment == SCEP_ON_SERVICE_ANSWER);
    return scep_case_of_connection(diagnosis, moment, event->connection, event->frame, event->other_frame);
}

static void on_event(const ScepEvent *event, void *user_data)
{
    ScepDiagnosis *diagnosis = user_data;

    if (event->kind == SCEP_AT_END) {
        conclude(diagnosis);
        return;
    }
    if (event->kind == SCEP_ON_CONNECTION_REQUEST)
        settle_by_request(scep_connection_get0_findings(diagnosis, event->connection));
    ScepCase about = case_of(diagnosis, event);
    about.request = event->request;
    about.response = event->response;
    about.message = event->ca_message;
    about.step = event->ca_step;
    about.body = event->service_message;
    about.seen = event->seen;
    scep_rules_ask(&about);
    if (event->kind == SCEP_ON_CA_STEP_ANSWER && event->ca_call->has_result && !scep_ca_call_is_refused(event->ca_call))
        scep_ca_step_settle(diagnosis, event->ca_call);
}

static void free_list(gpointer list)
{
    g_ptr_array_unref(list);
}

ScepDiagnosis *scep_diagnosis_new(ScepTracker *tracker)
{
    ScepDiagnosis *diagnosis = g_new0(ScepDiagnosis, 1);

    diagnosis->tracker = tracker;
    diagnosis->findings = scep_findings_new();
    diagnosis->stopped = g_hash_table_new_full(NULL, NULL, NULL, free_list);
    scep_rules_index(diagnosis, tables, G_N_ELEMENTS(tables));
    scep_tracker_listen(tracker, on_event, diagnosis);
    return diagnosis;
}

void scep_diagnosis_free(ScepDiagnosis *diagnosis)
{
    if (diagnosis == NULL)
        return;
    scep_tracker_listen(diagnosis->tracker, NULL, NULL);
    for (int i = 0; i < SCEP_MOMENT_COUNT; i++)
        g_array_unref(diagnosis->rules[i]);
    g_hash_table_unref(diagnosis->stopped);
    scep_findings_free(diagnosis->findings);
    g_free(diagnosis);
}

ScepTracker *scep_diagnosis_get0_tracker(const ScepDiagnosis *diagnosis)
{
    return diagnosis->tracker;
}
