/* contrast.c
 * Counts, at each server, how many that were refused and how many that were served have each fact. Requests with the
 * same facts count as one kind, so that the work grows with the kinds and not with the requests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/contrast.h"

#include <string.h>

#include "tracker/tracker.h"

/* Requests that are held against each other: a poll is none that a certificate is asked for with. */
typedef struct {
    const ScepServer *server;
    bool asks; /* for a certificate */
    unsigned refused;
    unsigned served;
} Group;

/* Requests of a group with the same facts. */
typedef struct {
    const Group *group;
    const ScepRequestFacts *facts;
    unsigned refused; /* enrollments, the same for served */
    unsigned served;
    unsigned read; /* requests that were answered by a signed answer, be it a refusal */
} Kind;

/* One fact in one group. */
typedef struct {
    const Group *group;
    ScepFactId fact;
    const char *value; /* NULL: all that are known, with the commonest that was served */
    const char *commonest;
    unsigned refused;
    unsigned served;
    unsigned read;
    unsigned most; /* that have the commonest */
} Count;

struct ScepContrast {
    GHashTable *kinds;  /* set of Kind*, owned */
    GHashTable *groups; /* set of Group*, owned */
    GHashTable *counts; /* set of Count*, owned */
    bool is_full;       /* more kinds than are counted: nothing is claimed */
};

static guint kind_hash(gconstpointer key)
{
    const Kind *kind = key;

    return g_direct_hash(kind->group) * 31 + g_direct_hash(kind->facts);
}

static gboolean kind_equal(gconstpointer a, gconstpointer b)
{
    const Kind *one = a, *other = b;

    return one->group == other->group && one->facts == other->facts;
}

static guint group_hash(gconstpointer key)
{
    const Group *group = key;

    return g_direct_hash(group->server) * 2 + group->asks;
}

static gboolean group_equal(gconstpointer a, gconstpointer b)
{
    const Group *one = a, *other = b;

    return one->server == other->server && one->asks == other->asks;
}

static guint count_hash(gconstpointer key)
{
    const Count *count = key;

    return (g_direct_hash(count->group) * 31 + g_direct_hash(count->value)) * 31 + (guint)count->fact;
}

static gboolean count_equal(gconstpointer a, gconstpointer b)
{
    const Count *one = a, *other = b;

    return one->group == other->group && one->fact == other->fact && one->value == other->value;
}

/* The entry of a set; a copy of the key where there was none. */
static gpointer find_or_add(GHashTable *set, gconstpointer key, size_t size)
{
    gpointer known = g_hash_table_lookup(set, key);

    if (known == NULL) {
        known = g_memdup2(key, size);
        g_hash_table_add(set, known);
    }
    return known;
}

static Group group_key(const ScepExchange *exchange)
{
    return (Group){ .server = exchange->server, .asks = scep_message_type_has_request(exchange->message_type) };
}

static Kind *kind_of(ScepContrast *contrast, const ScepExchange *exchange)
{
    const Group group_of_it = group_key(exchange);
    Group *group = find_or_add(contrast->groups, &group_of_it, sizeof group_of_it);
    const Kind key = { .group = group, .facts = exchange->facts };
    Kind *kind = find_or_add(contrast->kinds, &key, sizeof key);

    contrast->is_full |= g_hash_table_size(contrast->kinds) > SCEP_MAX_REQUEST_KINDS;
    return kind;
}

/* Who signs an answer has read the request, unless it says that it could not. */
static bool was_read(const ScepExchange *exchange)
{
    return exchange->pki_status >= 0 && exchange->fail_info != SCEP_FAIL_BAD_MESSAGE_CHECK &&
           exchange->fail_info != SCEP_FAIL_BAD_ALG;
}

static void count_kinds(ScepContrast *contrast, const ScepTracker *tracker)
{
    for (guint i = 0; i < tracker->exchanges->len && !contrast->is_full; i++) {
        const ScepExchange *exchange = g_ptr_array_index(tracker->exchanges, i);
        if (exchange->facts != NULL && was_read(exchange))
            kind_of(contrast, exchange)->read++;
    }
    for (guint i = 0; i < tracker->enrollments->len && !contrast->is_full; i++) {
        const ScepEnrollment *enrollment = g_ptr_array_index(tracker->enrollments, i);
        const ScepExchange *decisive = scep_enrollment_get0_decisive(enrollment);
        const ScepOutcome outcome = scep_enrollment_outcome(enrollment);
        if (decisive->facts == NULL || (outcome != SCEP_OUTCOME_REFUSED && outcome != SCEP_OUTCOME_ISSUED))
            continue;
        Kind *kind = kind_of(contrast, decisive);
        Group *group = g_hash_table_lookup(contrast->groups, kind->group);
        kind->refused += outcome == SCEP_OUTCOME_REFUSED;
        kind->served += outcome == SCEP_OUTCOME_ISSUED;
        group->refused += outcome == SCEP_OUTCOME_REFUSED;
        group->served += outcome == SCEP_OUTCOME_ISSUED;
    }
}

static void count_fact(ScepContrast *contrast, const Kind *kind, ScepFactId fact)
{
    const Count key = { .group = kind->group, .fact = fact, .value = kind->facts->value[fact] };
    const Count all_key = { .group = kind->group, .fact = fact };

    if (key.value == NULL)
        return;
    Count *count = find_or_add(contrast->counts, &key, sizeof key);
    Count *all = find_or_add(contrast->counts, &all_key, sizeof all_key);
    count->refused += kind->refused;
    count->served += kind->served;
    count->read += kind->read;
    all->refused += kind->refused;
    all->served += kind->served;
    /* Of two that are as common it is always the same one, in whatever order they come. */
    if (count->served > all->most ||
        (count->served > 0 && count->served == all->most && strcmp(count->value, all->commonest) < 0)) {
        all->most = count->served;
        all->commonest = count->value;
    }
}

static void count_facts(ScepContrast *contrast)
{
    GHashTableIter iterator;
    gpointer key;

    g_hash_table_iter_init(&iterator, contrast->kinds);
    while (g_hash_table_iter_next(&iterator, &key, NULL)) {
        const Kind *kind = key;
        for (int fact = 0; fact < SCEP_REQUEST_FACT_COUNT; fact++)
            count_fact(contrast, kind, (ScepFactId)fact);
    }
}

ScepContrast *scep_contrast_new(const ScepTracker *tracker)
{
    ScepContrast *contrast = g_new0(ScepContrast, 1);

    contrast->kinds = g_hash_table_new_full(kind_hash, kind_equal, g_free, NULL);
    contrast->groups = g_hash_table_new_full(group_hash, group_equal, g_free, NULL);
    contrast->counts = g_hash_table_new_full(count_hash, count_equal, g_free, NULL);
    count_kinds(contrast, tracker);
    if (!contrast->is_full)
        count_facts(contrast);
    return contrast;
}

void scep_contrast_free(ScepContrast *contrast)
{
    if (contrast == NULL)
        return;
    g_hash_table_unref(contrast->counts);
    g_hash_table_unref(contrast->groups);
    g_hash_table_unref(contrast->kinds);
    g_free(contrast);
}

static const Count *count_of(const ScepContrast *contrast, const Group *group, ScepFactId fact, const char *value)
{
    const Count key = { .group = group, .fact = fact, .value = value };

    return g_hash_table_lookup(contrast->counts, &key);
}

bool scep_contrast_was_read(const ScepContrast *contrast, const ScepExchange *exchange, ScepFactId fact)
{
    const char *value = exchange->facts != NULL ? exchange->facts->value[fact] : NULL;

    for (int asks = 0; asks < 2 && value != NULL; asks++) {
        const Group key = { .server = exchange->server, .asks = asks != 0 };
        const Group *group = g_hash_table_lookup(contrast->groups, &key);
        const Count *count = group != NULL ? count_of(contrast, group, fact, value) : NULL;
        if (count != NULL && (scep_fact_info[fact].kind == SCEP_FACT_OF_FORM ? count->read : count->served) > 0)
            return true;
    }
    return contrast->is_full;
}

/* The parts stand in front of the whole that they are part of. */
static bool is_told(const ScepApart *apart, ScepFactId fact)
{
    for (unsigned i = 0; i < apart->count; i++) {
        if (apart->differences[i].fact == scep_fact_info[fact].part)
            return true;
    }
    return false;
}

static void keep(ScepApart *apart, ScepDifference difference)
{
    if (is_told(apart, difference.fact))
        return;
    if (apart->count < SCEP_MAX_DIFFERENCES)
        apart->differences[apart->count++] = difference;
    else
        apart->more++;
}

/* Those of one kind: first what all that were refused share. */
static void collect(const ScepContrast *contrast, const Group *group, const ScepRequestFacts *facts, ScepFactKind kind,
                    bool shared_by_all, ScepApart *apart)
{
    for (int fact = 0; fact < SCEP_REQUEST_FACT_COUNT; fact++) {
        const char *value = facts->value[fact];
        const ScepFactInfo *info = &scep_fact_info[fact];
        if (info->kind != kind || value == NULL || (info->plain != NULL && strcmp(info->plain, value) == 0))
            continue;
        const Count *own = count_of(contrast, group, (ScepFactId)fact, value);
        const Count *all = count_of(contrast, group, (ScepFactId)fact, NULL);
        /* Where one that was served does not show what it has, it may be the same. */
        if (own == NULL || own->served > 0 || (kind == SCEP_FACT_OF_FORM && own->read > 0) || all->served == 0 ||
            all->served < group->served || (own->refused == group->refused) != shared_by_all)
            continue;
        keep(apart, (ScepDifference){ .fact = (ScepFactId)fact,
                                      .refused = value,
                                      .served = all->commonest,
                                      .shared = own->refused,
                                      .is_one = all->most == all->served });
    }
}

bool scep_contrast_apart(const ScepContrast *contrast, const ScepExchange *exchange, unsigned kinds, ScepApart *apart)
{
    const Group key = group_key(exchange);
    const Group *group = contrast->is_full ? NULL : g_hash_table_lookup(contrast->groups, &key);

    memset(apart, 0, sizeof *apart);
    if (group == NULL || exchange->facts == NULL || group->served == 0)
        return false;
    apart->refused = group->refused;
    apart->served = group->served;
    for (int kind = SCEP_FACT_OF_FORM; kind <= SCEP_FACT_OF_IDENTITY; kind++) {
        if ((kinds & 1u << kind) == 0)
            continue;
        collect(contrast, group, exchange->facts, (ScepFactKind)kind, true, apart);
        collect(contrast, group, exchange->facts, (ScepFactKind)kind, false, apart);
    }
    return apart->count > 0;
}

char *scep_apart_new_text(const ScepApart *apart)
{
    GString *text = g_string_new(NULL);
    const unsigned shared = apart->differences[0].shared;

    for (unsigned i = 0; i < apart->count; i++) {
        const ScepDifference *difference = &apart->differences[i];
        g_string_append_printf(text, "%s%s: %s (served: %s%s)", i > 0 ? "; " : "",
                               scep_fact_info[difference->fact].name, difference->refused,
                               difference->is_one ? "" : "mostly ", difference->served);
    }
    if (apart->more > 0)
        g_string_append_printf(text, "; and %u more", apart->more);
    g_string_append_printf(text, ". %s is so in %u of %u refused and in none of %u served enrollments at this server",
                           apart->count > 1 ? "The first" : "This", shared, apart->refused, apart->served);
    return g_string_free(text, FALSE);
}
