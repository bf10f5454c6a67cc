/* request_facts.c
 * Keeps the facts of requests: equal texts are one, and equal lists of facts too, so that a million requests of the
 * same kind take no more room than one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/request_facts.h"

#include <string.h>

#include "tracker/fact_readers.h"
#include "tracker/issued.h"

const ScepFactInfo scep_fact_info[SCEP_REQUEST_FACT_COUNT] = {
#define SCEP_FACT_ROW(id, kind, part, plain, name) \
    [SCEP_REQUEST_FACT_##id] = { name, SCEP_FACT_OF_##kind, plain, SCEP_REQUEST_FACT_##part },
    SCEP_REQUEST_FACTS(SCEP_FACT_ROW)
#undef SCEP_FACT_ROW
};

static const ScepFactReader readers[SCEP_REQUEST_FACT_COUNT] = {
#define SCEP_FACT_READ(id, ...) [SCEP_REQUEST_FACT_##id] = scep_fact_##id,
    SCEP_REQUEST_FACTS(SCEP_FACT_READ)
#undef SCEP_FACT_READ
};

static guint facts_hash(gconstpointer key)
{
    const ScepRequestFacts *facts = key;
    guint hash = 0;

    for (size_t i = 0; i < SCEP_REQUEST_FACT_COUNT; i++)
        hash = hash * 31 + g_direct_hash(facts->value[i]);
    return hash;
}

static gboolean facts_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(ScepRequestFacts)) == 0;
}

/* An enrollment stands for the subject that it got a certificate for, at its server. */
static guint name_hash(gconstpointer key)
{
    const ScepEnrollment *enrollment = key;

    return g_direct_hash(enrollment->subject) * 31 + g_direct_hash(enrollment->server);
}

static gboolean name_equal(gconstpointer a, gconstpointer b)
{
    const ScepEnrollment *one = a, *other = b;

    return one->subject == other->subject && one->server == other->server;
}

void scep_request_facts_open(ScepTracker *tracker)
{
    tracker->facts = g_hash_table_new_full(facts_hash, facts_equal, g_free, NULL);
    tracker->granted_names = g_hash_table_new(name_hash, name_equal);
}

void scep_request_facts_close(ScepTracker *tracker)
{
    g_hash_table_unref(tracker->granted_names);
    g_hash_table_unref(tracker->facts);
}

void scep_request_facts_granted(ScepTracker *tracker, const ScepExchange *exchange)
{
    const ScepEnrollment *enrollment = exchange->enrollment;

    if (enrollment == NULL || enrollment->subject == NULL || enrollment->subject[0] == '\0' ||
        !scep_exchange_is_granted(exchange) || g_hash_table_contains(tracker->granted_names, enrollment))
        return;
    g_hash_table_add(tracker->granted_names, (gpointer)enrollment);
}

/* Of what is cut or damaged no fact is read: what it seems to lack may have been there. */
static ScepFactReading reading_of(const ScepTracker *tracker, const ScepExchange *exchange, const ScepRequest *request)
{
    const bool is_whole = request->message != NULL && request->body != NULL && !request->message->truncated &&
                          request->message->is_signed_data;
    ScepFactReading reading = { .tracker = tracker, .exchange = exchange, .request = request };

    if (!is_whole)
        return reading;
    reading.message = request->message;
    reading.signer = scep_request_get0_signer(request);
    if (request->envelope != NULL && request->content != NULL && !request->envelope->truncated &&
        !request->envelope->broken)
        reading.envelope = request->envelope;
    if (reading.envelope != NULL && reading.envelope->recipients->len > 0)
        reading.recipient = &g_array_index(reading.envelope->recipients, ScepRecipient, 0);
    if (request->csr != NULL && request->csr->items != NULL && !request->csr->truncated && !request->csr->broken)
        reading.csr = request->csr;
    return reading;
}

const ScepRequestFacts *scep_request_facts_read(ScepTracker *tracker, const ScepExchange *exchange,
                                                const ScepRequest *request)
{
    ScepRequestFacts facts;

    if (exchange->operation != SCEP_OP_PKIOPERATION)
        return NULL;
    ScepFactReading reading = reading_of(tracker, exchange, request);
    for (size_t i = 0; i < SCEP_REQUEST_FACT_COUNT; i++) {
        reading.room[0] = '\0';
        facts.value[i] = scep_tracker_text(tracker, readers[i](&reading));
    }
    ScepRequestFacts *known = g_hash_table_lookup(tracker->facts, &facts);
    if (known == NULL) {
        known = g_memdup2(&facts, sizeof facts);
        g_hash_table_add(tracker->facts, known);
    }
    return known;
}
