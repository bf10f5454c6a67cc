/* raising.h
 * Findings put by hand where a rule would have put them, in front of what is there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RAISING_H
#define RAISING_H

#include "exchange_building.h"

/* Takes out all that is said of one half of an exchange: as what was concluded, once more is booked. */
static inline void forget_findings(ScepFindings *findings, uint32_t list)
{
    ScepEvidence none = { { 0 }, 0, NULL };

    scep_findings_add(findings, list, SCEP_HINT_certrep_success, 1, &none, true);
    for (ScepFinding *finding = scep_findings_get0(findings, list); finding != NULL; finding = finding->next)
        finding->is_conclusion = true;
    scep_findings_drop_conclusions(findings);
    assert_null(scep_findings_get0(findings, list));
}

static inline void add_again(ScepFindings *findings, uint32_t list, const ScepFinding *finding)
{
    ScepEvidence evidence = { .detail = g_strdup(finding->detail) };

    for (unsigned i = 1; i < finding->frame_count; i++)
        evidence.also[evidence.also_count++] = finding->frames[i];
    scep_findings_add(findings, list, (ScepHintId)finding->hint, finding->frames[0], &evidence, false)->severity =
        finding->severity;
}

/* A finding under a catalogue id, at one half of an exchange, as rules make it, in front of what is said there. */
static inline void raise_seen(ScepTracker *tracker, ScepExchange *exchange, bool is_response, const char *id,
                              const char *seen)
{
    ScepFindings *findings = diagnosis_of(tracker)->findings;
    ScepCase about = scep_case_of_exchange(diagnosis_of(tracker), is_response ? SCEP_ON_ANSWER : SCEP_ON_REQUEST,
                                           exchange, is_response);
    const ScepHintId hint = scep_hint_find(id);
    GPtrArray *behind = g_ptr_array_new(); /* what was observed is kept as long as the diagnosis */

    assert_int_not_equal(hint, SCEP_HINT_NONE);
    for (ScepFinding *finding = scep_findings_get0(findings, about.list); finding != NULL; finding = finding->next)
        g_ptr_array_add(behind, finding);
    forget_findings(findings, about.list);
    about.evidence.detail = g_strdup(seen);
    scep_findings_add(findings, about.list, hint, about.frame, &about.evidence, false);
    for (guint i = 0; i < behind->len; i++)
        add_again(findings, about.list, g_ptr_array_index(behind, i));
    g_ptr_array_unref(behind);
}

static inline void raise_hint(ScepTracker *tracker, ScepExchange *exchange, bool is_response, const char *id)
{
    raise_seen(tracker, exchange, is_response, id, NULL);
}

#endif
