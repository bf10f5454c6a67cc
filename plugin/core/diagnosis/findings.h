/* findings.h
 * Rules over the facts of an exchange or an enrollment: which hints of the catalogue apply, and on what evidence.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_FINDINGS_H
#define SCEP_CORE_DIAGNOSIS_FINDINGS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "scep/diagnosis.h"
#include "scep/catalogue.h"
#include "scep/tracker.h"

/** When a rule is asked. */
typedef enum { SCEP_ON_REQUEST, SCEP_ON_RESPONSE } ScepRuleMoment;

/** The facts a rule may look at. At SCEP_ON_RESPONSE the request is known through the exchange only. */
typedef struct {
    ScepTracker *tracker;
    ScepExchange *exchange;
    const ScepRequest *request;   /**< NULL at SCEP_ON_RESPONSE */
    const ScepResponse *response; /**< NULL at SCEP_ON_REQUEST */
} ScepFacts;

/** What a rule fills in besides its verdict. The exchange's own frame is added as first evidence by the engine. */
typedef struct {
    uint32_t also[SCEP_FINDING_FRAMES - 1];
    uint8_t also_count;
    char *detail; /**< g_malloc'ed, taken over by the engine; may stay NULL */
} ScepEvidence;

/** One rule: a condition under a catalogue id. Rules stand in tables, the cause before its symptoms, and the order of
 * the tables is the order in which findings are shown. */
typedef struct {
    const char *hint;
    ScepRuleMoment moment;
    bool (*applies)(const ScepFacts *facts, int parameter, ScepEvidence *evidence);
    int parameter;
} ScepRule;

/** A table of rules, and the tables there are; each stands in the file of its name, rules_http.c and so on. */
typedef struct {
    const ScepRule *rules;
    size_t count;
} ScepRuleTable;

extern const ScepRuleTable scep_rules_http;
extern const ScepRuleTable scep_rules_admin;
extern const ScepRuleTable scep_rules_cacert;
extern const ScepRuleTable scep_rules_trust;
extern const ScepRuleTable scep_rules_request;
extern const ScepRuleTable scep_rules_match;
extern const ScepRuleTable scep_rules_reply;
extern const ScepRuleTable scep_rules_keys;
extern const ScepRuleTable scep_rules_hop;

/** Asks every rule of this moment.
 * @return of ScepFinding*, the leading one first; NULL when nothing applies. Owned by the caller, its elements too. */
GPtrArray *scep_findings_evaluate(const ScepFacts *facts, ScepRuleMoment moment);

/** Adds a finding to a list that is made when the first one comes. @a finding is taken over; NULL adds nothing. */
void scep_findings_add(GPtrArray **findings, ScepFinding *finding);

/** Makes notes of all: the matter is settled. The list may be NULL. */
void scep_findings_settle(GPtrArray *findings);

/** The same of a finding that is drawn from the whole capture. */
void scep_findings_conclude(GPtrArray **findings, ScepFinding *finding);

/** Takes those out that were drawn from the whole capture, before they are drawn anew. The list may be NULL. */
void scep_findings_drop_conclusions(GPtrArray *findings);

/** A finding under a catalogue id, shown in this frame. Takes over evidence->detail.
 * @return g_free() it; NULL when the catalogue has no such row. */
ScepFinding *scep_finding_at(ScepTracker *tracker, uint32_t frame, const char *hint, ScepEvidence *evidence);

/** The same, shown at one half of an exchange, the other half as evidence. Takes over evidence->detail.
 * @return g_free() it; NULL when the catalogue has no such row. */
ScepFinding *scep_finding_new(ScepTracker *tracker, const ScepExchange *exchange, bool is_response, const char *hint,
                              ScepEvidence *evidence);

/** True when a rule that needs the whole capture raises this hint (conclusions.c). */
bool scep_conclusions_can_raise(const char *hint_id);

#endif
