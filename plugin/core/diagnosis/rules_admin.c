/* rules_admin.c
 * The page of NDES that hands out challenge passwords, /certsrv/mscep_admin/. What stands on it is secret: only that a
 * known sentence is there is told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/facts.h"
#include "tracker/tracker.h"
#include "diagnosis/findings.h"

#define SECOND G_GINT64_CONSTANT(1000000000)

/* A sign-in takes no longer, and has no more messages in between. */
#define SIGN_IN_TIME (60 * SECOND)
#define MAX_LOOKED_AT 64

static bool is_page(const ScepFacts *facts)
{
    return facts->exchange->path_kind == SCEP_PATH_NDES_ADMIN && facts->response->status == 200;
}

static bool is_utf16(const ScepResponse *response)
{
    return response->body_size >= 4 && response->body[0] == '<' && response->body[1] == 0 && response->body[3] == 0;
}

enum { CACHE_FULL, NO_PERMISSION, CHALLENGE };

static bool page_says(const ScepFacts *facts, int what, ScepEvidence *evidence)
{
    static const char *const sentences[] = {
        [CACHE_FULL] = "password cache is full",
        [NO_PERMISSION] = "sufficient permission to enroll with SCEP",
        [CHALLENGE] = SCEP_CHALLENGE_SENTENCE,
    };

    (void)evidence;
    return is_page(facts) && !facts->response->body_unreadable && scep_page_says(facts->response, sentences[what]);
}

static bool page_empty(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    (void)evidence;
    return is_page(facts) && facts->response->body_size == 0 && !facts->response->body_unreadable;
}

static bool utf16_without_a_word(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const char *type = facts->response->content_type;

    (void)parameter;
    (void)evidence;
    return is_page(facts) && is_utf16(facts->response) && (type == NULL || strstr(type, "charset") == NULL);
}

/* 401, maybe twice, maybe a redirect to the path with a slash behind, and then the page (sscep#144). */
static bool signed_in(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepExchange *exchange = facts->exchange;
    const GPtrArray *all = facts->tracker->exchanges;

    (void)parameter;
    if (!is_page(facts))
        return false;
    for (guint i = all->len, looked = 0; i > 0 && looked < MAX_LOOKED_AT; i--, looked++) {
        const ScepExchange *one = g_ptr_array_index(all, i - 1);
        if (one == exchange || one->client != exchange->client || one->server->address != exchange->server->address ||
            one->path_kind != SCEP_PATH_NDES_ADMIN)
            continue;
        if (exchange->response_time - one->response_time > SIGN_IN_TIME ||
            (one->status != 401 && one->status / 100 != 3))
            return evidence->also_count > 0;
        if (one->status == 401 && evidence->also_count < G_N_ELEMENTS(evidence->also))
            evidence->also[evidence->also_count++] = one->response_frame;
    }
    return evidence->also_count > 0;
}

static const ScepRule rules[] = {
    { "admin_page_no_permission", SCEP_ON_RESPONSE, page_says, NO_PERMISSION },
    { "admin_page_cache_full", SCEP_ON_RESPONSE, page_says, CACHE_FULL },
    { "admin_page_empty_200", SCEP_ON_RESPONSE, page_empty, 0 },
    { "admin_page_challenge_seen", SCEP_ON_RESPONSE, page_says, CHALLENGE },
    { "admin_page_utf16", SCEP_ON_RESPONSE, utf16_without_a_word, 0 },
    { "http_401_negotiate_admin", SCEP_ON_RESPONSE, signed_in, 0 },
};

const ScepRuleTable scep_rules_admin = { rules, G_N_ELEMENTS(rules) };
