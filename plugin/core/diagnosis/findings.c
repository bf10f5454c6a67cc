/* findings.c
 * Asks the rule tables and turns what applies into findings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/findings.h"

#include <string.h>

#include "tracker/connection.h"
#include "diagnosis/facts.h"
#include "diagnosis/rules_ca.h"
#include "scep/limits.h"
#include "tracker/service_call.h"
#include "tracker/tracker.h"

/* In the order in which findings are shown: what broke the carriage explains what the message looks like. */
static const ScepRuleTable *const tables[] = {
    &scep_rules_http,  &scep_rules_admin, &scep_rules_cacert, &scep_rules_trust, &scep_rules_request,
    &scep_rules_match, &scep_rules_reply, &scep_rules_keys,   &scep_rules_hop,
};

static void add_frame(ScepFinding *finding, uint32_t frame)
{
    if (frame == 0 || finding->frame_count >= SCEP_FINDING_FRAMES)
        return;
    for (unsigned i = 0; i < finding->frame_count; i++) {
        if (finding->frames[i] == frame)
            return;
    }
    finding->frames[finding->frame_count++] = frame;
}

ScepFinding *scep_finding_at(ScepTracker *tracker, uint32_t frame, const char *id, ScepEvidence *evidence)
{
    const ScepHint *hint = scep_hint_find(id);

    if (hint == NULL) {
        g_free(evidence->detail);
        return NULL;
    }
    ScepFinding *finding = g_new0(ScepFinding, 1);
    finding->hint = hint;
    finding->severity = hint->severity;
    add_frame(finding, frame);
    for (unsigned i = 0; i < evidence->also_count; i++)
        add_frame(finding, evidence->also[i]);
    finding->detail = scep_tracker_text(tracker, evidence->detail);
    g_free(evidence->detail);
    return finding;
}

ScepFinding *scep_finding_new(ScepTracker *tracker, const ScepExchange *exchange, bool is_response, const char *id,
                              ScepEvidence *evidence)
{
    const unsigned most = G_N_ELEMENTS(evidence->also);

    if (!is_response)
        return scep_finding_at(tracker, exchange->request_frame, id, evidence);
    memmove(evidence->also + 1, evidence->also, (most - 1) * sizeof evidence->also[0]);
    evidence->also[0] = exchange->request_frame;
    evidence->also_count = (uint8_t)MIN(evidence->also_count + 1u, most);
    return scep_finding_at(tracker, exchange->response_frame, id, evidence);
}

void scep_findings_add(GPtrArray **findings, ScepFinding *finding)
{
    if (finding == NULL)
        return;
    if (*findings == NULL)
        *findings = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(*findings, finding);
}

void scep_findings_conclude(GPtrArray **findings, ScepFinding *finding)
{
    if (finding != NULL)
        finding->is_conclusion = true;
    scep_findings_add(findings, finding);
}

void scep_findings_settle(GPtrArray *findings)
{
    for (guint i = 0; findings != NULL && i < findings->len; i++)
        ((ScepFinding *)g_ptr_array_index(findings, i))->severity = SCEP_SEVERITY_NOTE;
}

void scep_findings_drop_conclusions(GPtrArray *findings)
{
    for (guint i = findings ? findings->len : 0; i > 0; i--) {
        const ScepFinding *finding = g_ptr_array_index(findings, i - 1);
        if (finding->is_conclusion)
            g_ptr_array_remove_index(findings, i - 1);
    }
}

GPtrArray *scep_findings_evaluate(const ScepFacts *facts, ScepRuleMoment moment)
{
    GPtrArray *findings = NULL;

    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
        /* Of what is no enrollment, only that is told. */
        if (facts->exchange->is_aik && tables[t] != &scep_rules_hop)
            continue;
        for (size_t r = 0; r < tables[t]->count; r++) {
            const ScepRule *rule = &tables[t]->rules[r];
            ScepEvidence evidence = { { 0 }, 0, NULL };

            /* Several rules may stand for one hint; it is told once. */
            if (rule->moment != moment || scep_has_finding(findings, rule->hint) ||
                !rule->applies(facts, rule->parameter, &evidence))
                continue;
            ScepFinding *finding =
                scep_finding_new(facts->tracker, facts->exchange, moment == SCEP_ON_RESPONSE, rule->hint, &evidence);
            scep_findings_add(&findings, finding);
        }
    }
    return findings;
}

/* A mark for each row of the catalogue that has a rule in one of the tables. */
static const bool *rows_with_rule(void)
{
    static bool rows[SCEP_MAX_HINTS];
    static gsize known = 0;

    if (g_once_init_enter(&known)) {
        for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
            for (size_t r = 0; r < tables[t]->count; r++) {
                const ScepHint *hint = scep_hint_find(tables[t]->rules[r].hint);
                if (hint != NULL && hint - scep_hints < SCEP_MAX_HINTS)
                    rows[hint - scep_hints] = true;
            }
        }
        g_once_init_leave(&known, 1);
    }
    return rows;
}

bool scep_findings_can_raise(const char *hint_id)
{
    const ScepHint *hint = scep_hint_find(hint_id);

    return hint != NULL && (rows_with_rule()[hint - scep_hints] || scep_rules_ca_can_raise(hint_id) ||
                            scep_connections_can_raise(hint_id) || scep_rules_service_can_raise(hint_id) ||
                            scep_rules_service_end_can_raise(hint_id) || scep_conclusions_can_raise(hint_id));
}
