/* diagnosis.h
 * Observations and comparisons in, explanations out: which hints apply, and on what evidence.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_DIAGNOSIS_H
#define SCEP_DIAGNOSIS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "scep/catalogue.h"
#include "scep/tracker.h"

/** Frames that one finding names at the most; the first is where it is shown. */
#define SCEP_FINDING_FRAMES 4

/** A hint that applies. Owned by the tracker, lives as long as the capture file. */
typedef struct ScepFinding {
    const ScepHint *hint;
    ScepSeverity severity; /**< the catalogue's, or less once the matter has resolved itself */
    bool is_conclusion;    /**< drawn from the whole capture, see scep_tracker_finish() */
    uint8_t frame_count;
    uint32_t frames[SCEP_FINDING_FRAMES];
    const char *detail; /**< what was seen, in words; owned by the tracker; NULL when the hint says it all */
} ScepFinding;

/** True when some rule raises this hint, so that an expert item is worth registering. */
bool scep_findings_can_raise(const char *hint_id);

#endif
