/* rule.c
 * Asks the rules of a moment and keeps what they say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/rule.h"

/* A rule with the table that says how it is asked. */
typedef struct {
    const ScepRule *rule;
    const ScepRuleTable *table;
} Entry;

void scep_rules_index(ScepDiagnosis *diagnosis, const ScepRuleTable *const *tables, size_t count)
{
    for (int i = 0; i < SCEP_MOMENT_COUNT; i++) {
        g_clear_pointer(&diagnosis->rules[i], g_array_unref);
        diagnosis->rules[i] = g_array_new(FALSE, FALSE, sizeof(Entry));
    }
    for (size_t t = 0; t < count; t++) {
        for (size_t r = 0; r < tables[t]->count; r++) {
            const Entry entry = { &tables[t]->rules[r], tables[t] };
            g_array_append_val(diagnosis->rules[entry.rule->moment], entry);
        }
    }
}

static bool is_told(const ScepCase *about, ScepHintId hint)
{
    return scep_findings_get0_of(scep_findings_get0(about->diagnosis->findings, about->list), hint) != NULL;
}

static void keep(const ScepCase *about, ScepHintId hint, const ScepRuleTable *table)
{
    ScepEvidence evidence = about->evidence;

    if (evidence.detail == NULL && table->detail != NULL)
        evidence.detail = table->detail(about);
    ScepFinding *finding = scep_findings_add(about->diagnosis->findings, about->list, hint, about->frame, &evidence,
                                             about->moment >= SCEP_AT_END);
    finding->severity = (uint8_t)MIN(finding->severity, about->most);
    /* A connection that something is said of is not thrown away. */
    if (about->connection != NULL)
        about->connection->is_noted = true;
}

void scep_rules_ask(ScepCase *about)
{
    const bool is_aik = (about->exchange != NULL && about->exchange->is_aik) ||
                        (about->connection != NULL && about->connection->server_role == SCEP_HOST_AIK);
    const GArray *entries = about->diagnosis->rules[about->moment];
    const ScepRuleTable *done = NULL;

    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        ScepCase asked = *about;
        if (entry->table == done || (is_aik && !entry->table->with_aik) ||
            (!entry->table->repeats && is_told(about, entry->rule->hint)))
            continue;
        asked.parameter = entry->rule->parameter;
        if (!entry->rule->applies(&asked))
            continue;
        keep(&asked, entry->rule->hint, entry->table);
        if (entry->table->first_only)
            done = entry->table;
    }
}

void scep_case_also(ScepCase *about, uint32_t frame)
{
    if (about->evidence.also_count < G_N_ELEMENTS(about->evidence.also))
        about->evidence.also[about->evidence.also_count++] = frame;
}

static ScepCase case_at(ScepDiagnosis *diagnosis, int moment, uint32_t list, uint32_t frame, uint32_t other_frame)
{
    ScepCase about = { .diagnosis = diagnosis,
                       .tracker = diagnosis->tracker,
                       .moment = moment,
                       .list = list,
                       .frame = frame,
                       .most = SCEP_SEVERITY_ERROR };

    if (other_frame != 0)
        scep_case_also(&about, other_frame);
    return about;
}

ScepCase scep_case_of_exchange(ScepDiagnosis *diagnosis, int moment, ScepExchange *exchange, bool is_answer)
{
    ScepCase about = case_at(diagnosis, moment, scep_findings_list(exchange->subject, is_answer),
                             is_answer ? exchange->response_frame : exchange->request_frame,
                             is_answer ? exchange->request_frame : 0);

    about.exchange = exchange;
    return about;
}

ScepCase scep_case_of_ca_call(ScepDiagnosis *diagnosis, int moment, ScepCaCall *call, bool is_answer)
{
    ScepCase about =
        case_at(diagnosis, moment, scep_findings_list(call->subject, is_answer),
                is_answer ? call->response_frame : call->request_frame, is_answer ? call->request_frame : 0);

    about.call = call;
    return about;
}

ScepCase scep_case_of_service(ScepDiagnosis *diagnosis, int moment, ScepServiceCall *call, bool is_answer)
{
    ScepCase about =
        case_at(diagnosis, moment, scep_findings_list(call->subject, is_answer),
                is_answer ? call->response_frame : call->request_frame, is_answer ? call->request_frame : 0);

    about.service = call;
    return about;
}

ScepCase scep_case_of_connection(ScepDiagnosis *diagnosis, int moment, ScepConnection *connection, uint32_t frame,
                                 uint32_t other_frame)
{
    ScepCase about = case_at(diagnosis, moment, scep_findings_list(connection->subject, false), frame, other_frame);

    about.connection = connection;
    return about;
}

ScepFinding *scep_exchange_get0_findings(const ScepDiagnosis *diagnosis, const ScepExchange *exchange, bool is_answer)
{
    return scep_findings_get0(diagnosis->findings, scep_findings_list(exchange->subject, is_answer));
}

ScepFinding *scep_ca_call_get0_findings(const ScepDiagnosis *diagnosis, const ScepCaCall *call, bool is_answer)
{
    return scep_findings_get0(diagnosis->findings, scep_findings_list(call->subject, is_answer));
}

ScepFinding *scep_service_call_get0_findings(const ScepDiagnosis *diagnosis, const ScepServiceCall *call,
                                             bool is_answer)
{
    return scep_findings_get0(diagnosis->findings, scep_findings_list(call->subject, is_answer));
}

ScepFinding *scep_connection_get0_findings(const ScepDiagnosis *diagnosis, const ScepConnection *connection)
{
    return scep_findings_get0(diagnosis->findings, scep_findings_list(connection->subject, false));
}
