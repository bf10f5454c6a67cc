/* contradictions.c
 * Holds what was found, and the causes that hints name, against the whole capture. A row of one of the two tables says
 * what would speak against which claim.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/contradictions.h"

#include <string.h>

#include "tracker/tracker.h"

/* Enrollments of one client that are looked at for one that went on. */
#define NEIGHBORS 256

/* ---- what became of a challenge ---------------------------------------------------------------------------------- */

/* What became of the requests with one challenge password. */
typedef struct {
    unsigned granted;
    int64_t last_granted; /* time of the newest request that was granted */
} Uses;

/* A password that NDES hands out once is taken once: a second certificate for it tells that this one lasts. */
static GHashTable *count_uses(const ScepTracker *tracker)
{
    GHashTable *table = NULL;

    for (guint i = 0; i < tracker->exchanges->len; i++) {
        const ScepExchange *exchange = g_ptr_array_index(tracker->exchanges, i);
        const uint32_t challenge = scep_exchange_challenge(exchange);
        if (challenge == 0 || exchange->repeats != NULL || !scep_exchange_is_granted(exchange))
            continue;
        if (table == NULL)
            table = g_hash_table_new_full(NULL, NULL, NULL, g_free);
        Uses *uses = g_hash_table_lookup(table, GUINT_TO_POINTER(challenge));
        if (uses == NULL) {
            uses = g_new0(Uses, 1);
            g_hash_table_insert(table, GUINT_TO_POINTER(challenge), uses);
        }
        uses->granted++;
        uses->last_granted = MAX(uses->last_granted, exchange->request_time);
    }
    return table;
}

static const Uses *uses_of(const ScepDiagnosis *diagnosis, const ScepExchange *exchange)
{
    const uint32_t challenge = scep_exchange_challenge(exchange);

    return challenge != 0 && diagnosis->uses != NULL ? g_hash_table_lookup(diagnosis->uses, GUINT_TO_POINTER(challenge))
                                                     : NULL;
}

static bool challenge_lasts(const ScepDiagnosis *diagnosis, const ScepExchange *exchange)
{
    const Uses *uses = uses_of(diagnosis, exchange);

    return uses != NULL && uses->granted > 1;
}

static bool challenge_taken_later(const ScepDiagnosis *diagnosis, const ScepExchange *exchange)
{
    const Uses *uses = uses_of(diagnosis, exchange);

    return uses != NULL && uses->last_granted > exchange->request_time;
}

static bool challenge_is_good(const ScepDiagnosis *diagnosis, const ScepExchange *exchange)
{
    return challenge_lasts(diagnosis, exchange) || challenge_taken_later(diagnosis, exchange);
}

/* ---- findings ---------------------------------------------------------------------------------------------------- */

/* A claim of a finding on one half of an exchange, and what speaks against it. */
static const struct {
    ScepHintId hint;
    bool (*holds)(const ScepDiagnosis *diagnosis, const ScepExchange *exchange);
    ScepContradiction against;
} against_findings[] = {
    { SCEP_HINT_challenge_one_time_reused, challenge_lasts, SCEP_AGAINST_CHALLENGE_LASTS },
    { SCEP_HINT_challenge_one_time_reused, challenge_taken_later, SCEP_AGAINST_CHALLENGE_GOOD },
    { SCEP_HINT_challenge_expired_age, challenge_is_good, SCEP_AGAINST_CHALLENGE_GOOD },
    { SCEP_HINT_challenge_type_refused, challenge_is_good, SCEP_AGAINST_CHALLENGE_GOOD },
    { SCEP_HINT_verify_challenge_false, challenge_is_good, SCEP_AGAINST_CHALLENGE_GOOD },
};

static void weigh_list(const ScepDiagnosis *diagnosis, const ScepExchange *exchange, ScepFinding *finding)
{
    for (; finding != NULL; finding = finding->next) {
        for (size_t i = 0; i < G_N_ELEMENTS(against_findings); i++) {
            if ((int)against_findings[i].hint == finding->hint && against_findings[i].holds(diagnosis, exchange))
                scep_finding_contradict(finding, against_findings[i].against);
        }
    }
}

void scep_contradictions_end(ScepDiagnosis *diagnosis)
{
    const GPtrArray *exchanges = diagnosis->tracker->exchanges;

    g_clear_pointer(&diagnosis->uses, g_hash_table_unref);
    diagnosis->uses = count_uses(diagnosis->tracker);
    for (guint i = 0; i < exchanges->len; i++) {
        const ScepExchange *exchange = g_ptr_array_index(exchanges, i);
        weigh_list(diagnosis, exchange, scep_exchange_get0_findings(diagnosis, exchange, false));
        weigh_list(diagnosis, exchange, scep_exchange_get0_findings(diagnosis, exchange, true));
    }
}

const char *scep_contradiction_words(unsigned against)
{
    static const char *const words[SCEP_CONTRADICTION_COUNT] = {
        [SCEP_AGAINST_SERVED] = "the request was served all the same",
        [SCEP_AGAINST_CHALLENGE_LASTS] = "the same challenge password was taken more than once",
        [SCEP_AGAINST_CHALLENGE_GOOD] = "the same challenge password was taken in another request",
        [SCEP_AGAINST_CA_ISSUES] = "the same CA issued a certificate in this capture",
    };

    return against < SCEP_CONTRADICTION_COUNT ? words[against] : NULL;
}

/* ---- causes ------------------------------------------------------------------------------------------------------ */

static bool challenge_is_fine(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment)
{
    return challenge_is_good(diagnosis, scep_enrollment_get0_decisive(enrollment));
}

static bool signer_is_valid(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment)
{
    (void)diagnosis;
    return scep_enrollment_get0_decisive(enrollment)->signer_is_valid;
}

static const ScepExchange *first_of(const ScepEnrollment *enrollment, ScepOperation operation)
{
    const ScepExchange *exchange = enrollment->first;

    while (exchange != NULL && exchange->operation != operation)
        exchange = exchange->next;
    return exchange;
}

/* The same client was shown the same certificates before or later, and sent its request. */
static bool fingerprint_fits(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment)
{
    const GPtrArray *all = diagnosis->tracker->enrollments;
    const ScepExchange *own = first_of(enrollment, SCEP_OP_GETCACERT);
    const guint at = enrollment->number - 1;

    if (own == NULL || own->shown == 0)
        return false;
    for (guint i = at > NEIGHBORS ? at - NEIGHBORS : 0; i < all->len && i <= at + NEIGHBORS; i++) {
        const ScepEnrollment *other = g_ptr_array_index(all, i);
        const ScepExchange *shown =
            other != enrollment && other->client == enrollment->client && other->server == enrollment->server
                ? first_of(other, SCEP_OP_GETCACERT)
                : NULL;
        if (shown != NULL && shown->shown == own->shown && first_of(other, SCEP_OP_PKIOPERATION) != NULL)
            return true;
    }
    return false;
}

/* The server takes messageType 17 from others. */
static bool takes_renewals(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment)
{
    (void)diagnosis;
    return scep_enrollment_get0_decisive(enrollment)->message_type != SCEP_TYPE_RENEWALREQ ||
           enrollment->server->takes_renewals;
}

/* Causes by what they say. */
static const struct {
    const char *words;
    bool (*ruled_out)(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment);
} against_causes[] = {
    { "challenge", challenge_is_fine },
    { "old password", challenge_is_fine },
    { "certificate that signed the request has expired", signer_is_valid },
    { "does not support messageType 17", takes_renewals },
    { "fingerprint", fingerprint_fits },
    { "CA thumbprint", fingerprint_fits },
};

static bool is_ruled_out(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment, const char *cause)
{
    for (size_t i = 0; i < G_N_ELEMENTS(against_causes); i++) {
        if (strstr(cause, against_causes[i].words) != NULL && against_causes[i].ruled_out(diagnosis, enrollment))
            return true;
    }
    return false;
}

char *scep_causes_new_text(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment, const char *causes,
                           unsigned *dropped)
{
    char **all = g_strsplit(causes, "; ", -1);
    GString *kept = g_string_new(NULL);
    unsigned out = 0;

    for (char **cause = all; *cause != NULL; cause++) {
        if (is_ruled_out(diagnosis, enrollment, *cause))
            out++;
        else
            g_string_append_printf(kept, "%s%s", kept->len > 0 ? "; " : "", *cause);
    }
    g_strfreev(all);
    if (dropped != NULL)
        *dropped = out;
    return g_string_free(kept, FALSE);
}
