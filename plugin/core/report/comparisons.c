/* comparisons.c
 * Holds the facts of a request against what is expected, and against those of another one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report/comparisons.h"

#include "tracker/request_facts.h"
#include "tracker/tracker.h"

/* Enrollments on each side that are looked at for one that was served. */
#define NEIGHBORS 256

#define MAX_DIFFERENCES 8

GArray *scep_comparisons_new(const ScepExchange *decisive)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(ScepComparison));

    for (int fact = 0; decisive->facts != NULL && fact < SCEP_REQUEST_FACT_COUNT; fact++) {
        const ScepFactInfo *info = &scep_fact_info[fact];
        const char *value = decisive->facts->value[fact];
        if (value == NULL || info->plain == NULL)
            continue;
        const ScepComparison row = { info->name, value, info->plain, g_str_equal(value, info->plain) };
        g_array_append_val(out, row);
    }
    return out;
}

static const char *text_of(const ScepExchange *exchange, ScepFactId fact)
{
    return exchange->facts != NULL ? exchange->facts->value[fact] : NULL;
}

/* Texts are the tracker's, so pointers compare. */
static unsigned likeness(const ScepExchange *one, const ScepExchange *other)
{
    const char *template_name = text_of(one, SCEP_REQUEST_FACT_csr_template);
    const char *client = text_of(one, SCEP_REQUEST_FACT_client);

    return (client != NULL && client == text_of(other, SCEP_REQUEST_FACT_client) ? 2 : 0) +
           (template_name != NULL && template_name == text_of(other, SCEP_REQUEST_FACT_csr_template) ? 1 : 0);
}

const ScepEnrollment *scep_comparisons_get0_nearest(const ScepTracker *tracker, const ScepEnrollment *refused)
{
    const ScepExchange *own = scep_enrollment_get0_decisive(refused);
    const ScepEnrollment *nearest = NULL;
    unsigned best = 0;

    if (own->facts == NULL)
        return NULL;
    /* The nearest on either side first, so that a later one has to be more like it. */
    for (guint i = 2; i < 2 * NEIGHBORS; i++) {
        const gint64 at = (gint64)refused->number - 1 + (i % 2 != 0 ? (gint64)(i / 2) : -(gint64)(i / 2));
        if (at < 0 || at >= (gint64)tracker->enrollments->len)
            continue;
        const ScepEnrollment *other = g_ptr_array_index(tracker->enrollments, (guint)at);
        const ScepExchange *its = other->server == refused->server ? scep_enrollment_get0_decisive(other) : NULL;
        if (its == NULL || its->facts == NULL || scep_enrollment_outcome(other) != SCEP_OUTCOME_ISSUED)
            continue;
        const unsigned like = likeness(own, its) + 1;
        if (like > best) {
            best = like;
            nearest = other;
        }
    }
    return nearest;
}

GArray *scep_comparisons_new_with(const ScepExchange *decisive, const ScepExchange *other)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(ScepComparison));

    for (int fact = 0; fact < SCEP_REQUEST_FACT_COUNT && out->len < MAX_DIFFERENCES; fact++) {
        const char *own = text_of(decisive, (ScepFactId)fact), *its = text_of(other, (ScepFactId)fact);
        if (own == NULL || its == NULL || own == its || scep_fact_info[fact].kind == SCEP_FACT_OF_IDENTITY)
            continue;
        const ScepComparison row = { scep_fact_info[fact].name, own, its, false };
        g_array_append_val(out, row);
    }
    return out;
}
