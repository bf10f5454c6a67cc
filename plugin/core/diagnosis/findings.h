/* findings.h
 * Where findings are kept: lists by what they are about, small enough for captures of a million enrollments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_FINDINGS_H
#define SCEP_CORE_DIAGNOSIS_FINDINGS_H

#include "scep/diagnosis.h"

/** What a rule saw besides that it applies. */
typedef struct {
    uint32_t also[SCEP_FINDING_FRAMES - 1]; /**< more frames, behind the one where it is shown */
    uint8_t also_count;
    char *detail; /**< g_malloc'ed, taken over by whoever keeps the finding; may stay NULL */
} ScepEvidence;

/** Lists of findings. Lives as long as the diagnosis. */
typedef struct ScepFindings ScepFindings;

/** @return owned by the caller */
ScepFindings *scep_findings_new(void);
void scep_findings_free(ScepFindings *findings);

/** The number of a list: what it is about, and which half of it. */
static inline uint32_t scep_findings_list(uint32_t subject, bool is_answer)
{
    return subject * 2 + is_answer;
}

/** The first of a list; NULL for an empty one. */
ScepFinding *scep_findings_get0(const ScepFindings *findings, uint32_t list);

/** Appends one, shown in this frame. Takes over evidence->detail.
 * @param is_conclusion  drawn from the whole capture: gone with the next scep_findings_drop_conclusions() */
ScepFinding *scep_findings_add(ScepFindings *findings, uint32_t list, ScepHintId hint, uint32_t frame,
                               ScepEvidence *evidence, bool is_conclusion);

/** Takes all conclusions out, before they are drawn anew. */
void scep_findings_drop_conclusions(ScepFindings *findings);

/** The one of a list with this hint; NULL for none. */
const ScepFinding *scep_findings_get0_of(const ScepFinding *list, ScepHintId hint);

/** Makes notes of all in a list: the matter is settled. */
void scep_findings_settle(ScepFinding *list);

#endif
