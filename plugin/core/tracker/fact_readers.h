/* fact_readers.h
 * How each fact of a request is read; private to request_facts.c and the files with the readers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_FACT_READERS_H
#define SCEP_CORE_TRACKER_FACT_READERS_H

#include "tracker/request_facts.h"
#include "tracker/tracker.h"

/** What a reader looks at, and room for the text that it makes. */
typedef struct {
    const ScepTracker *tracker;
    const ScepExchange *exchange;
    const ScepRequest *request;
    const ScepMessage *message;     /**< NULL where there is none, or a part of it is missing */
    const ScepEnvelope *envelope;   /**< likewise */
    const ScepCsr *csr;             /**< likewise */
    const ScepCertificate *signer;  /**< or NULL */
    const ScepRecipient *recipient; /**< the first, or NULL */
    char room[SCEP_FACT_ROOM];      /**< empty for each reader */
} ScepFactReading;

/** @return static, borrowed, or in reading->room; NULL where the fact is unknown */
typedef const char *(*ScepFactReader)(ScepFactReading *reading);

#define SCEP_FACT_READER(id, ...) const char *scep_fact_##id(ScepFactReading *reading);
SCEP_REQUEST_FACTS(SCEP_FACT_READER)
#undef SCEP_FACT_READER

/** "good", "bad"; NULL where it was not checked. Static. */
static inline const char *scep_fact_verdict(ScepVerdict verdict)
{
    return verdict.status == SCEP_VERIFY_GOOD ? "good" : verdict.status == SCEP_VERIFY_BAD ? "bad" : NULL;
}

#endif
