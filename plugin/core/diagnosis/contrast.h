/* contrast.h
 * Requests to one server held against each other: what those that were refused have, and none that was served.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_CONTRAST_H
#define SCEP_CORE_DIAGNOSIS_CONTRAST_H

#include "scep/diagnosis.h"
#include "tracker/request_facts.h"

/** Facts that one request differs by, at the most. */
#define SCEP_MAX_DIFFERENCES 4

/** One thing that sets a refused request apart. Texts are the tracker's. */
typedef struct {
    ScepFactId fact;
    const char *refused;
    const char *served; /**< what most of those that were served have */
    unsigned shared;    /**< refused enrollments that have it */
    bool is_one;        /**< all that were served have that one */
} ScepDifference;

/** What sets the request of one refused enrollment apart from all that the same server served. */
typedef struct {
    unsigned refused; /**< enrollments at that server, with a request of this kind */
    unsigned served;
    unsigned count;
    unsigned more;                                    /**< differences beyond those that are kept */
    ScepDifference differences[SCEP_MAX_DIFFERENCES]; /**< the most telling first */
} ScepApart;

typedef struct ScepContrast ScepContrast;

/** Counts the facts of all enrollments that were refused or served. @return scep_contrast_free() */
ScepContrast *scep_contrast_new(const ScepTracker *tracker);
void scep_contrast_free(ScepContrast *contrast);

/** True when the server of this exchange has shown that it can live with what this one has of a fact: it signed an
 * answer to a request that has the same form, or served one that has the same of any other fact. True also where the
 * capture has more kinds of requests than are counted, since it may have. */
bool scep_contrast_was_read(const ScepContrast *contrast, const ScepExchange *exchange, ScepFactId fact);

/** What sets a refused request apart. @param kinds  a bit for each ScepFactKind that is looked at
 * @return false where nothing does, or where nothing was served */
bool scep_contrast_apart(const ScepContrast *contrast, const ScepExchange *exchange, unsigned kinds, ScepApart *apart);

/** "encryptedContent: constructed of pieces (BER), where served: in one piece; ...". @return g_free() */
char *scep_apart_new_text(const ScepApart *apart);

#endif
