/* rules_admin.c
 * The page of NDES that hands out challenge passwords, /certsrv/mscep_admin/. What stands on it is secret: only that a
 * known sentence is there is told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/rule.h"
#include "wire/page.h"
#include "tracker/extent.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

/* A sign-in takes no longer, and has no more messages in between. */
#define MAX_LOOKED_AT 64

static bool is_page(const ScepCase *about)
{
    return about->exchange->path_kind == SCEP_PATH_NDES_ADMIN && about->response->status == 200;
}

static bool is_utf16(const ScepResponse *response)
{
    return response->body_size >= 4 && response->body[0] == '<' && response->body[1] == 0 && response->body[3] == 0;
}

enum { CACHE_FULL, NO_PERMISSION };

static bool page_says(ScepCase *about)
{
    const int what = about->parameter;
    static const char *const sentences[] = {
        [CACHE_FULL] = "password cache is full",
        [NO_PERMISSION] = "sufficient permission to enroll with SCEP",
    };

    return is_page(about) && !about->response->body_unreadable &&
           scep_page_says(about->response->body, about->response->body_size, sentences[what]);
}

static bool hands_out_challenge(ScepCase *about)
{
    ScepChallengePage page;

    return is_page(about) && !about->response->body_unreadable &&
           scep_challenge_page_read(about->response->body, about->response->body_size, &page);
}

/* A sign-in begins with 401; whether it ends so is told at the end. A fault of NDES is told by its status. */
static bool page_refused(ScepCase *about)
{
    const uint16_t status = about->response->status;

    if (about->exchange->path_kind != SCEP_PATH_NDES_ADMIN || status / 100 != 4 || status == 401)
        return false;
    about->evidence.detail = g_strdup_printf("HTTP status %u", status);
    return true;
}

static bool page_empty(ScepCase *about)
{
    return is_page(about) && about->response->body_size == 0 && !about->response->body_unreadable &&
           scep_response_is_whole(about->response);
}

static bool utf16_without_a_word(ScepCase *about)
{
    const char *type = about->response->content_type;

    return is_page(about) && scep_response_is_whole(about->response) && is_utf16(about->response) &&
           (type == NULL || strstr(type, "charset") == NULL);
}

/* 401, maybe twice, maybe a redirect to the path with a slash behind, and then the page (sscep#144). */
static bool signed_in(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const GPtrArray *all = about->tracker->exchanges;
    bool was_asked = false;

    if (!is_page(about))
        return false;
    for (guint i = all->len, looked = 0; i > 0 && looked < MAX_LOOKED_AT; i--, looked++) {
        const ScepExchange *one = g_ptr_array_index(all, i - 1);
        if (one == exchange || one->client != exchange->client || one->server->address != exchange->server->address ||
            one->path_kind != SCEP_PATH_NDES_ADMIN)
            continue;
        if (exchange->response_time - one->response_time > SCEP_SIGN_IN_TIME ||
            (one->status != 401 && one->status / 100 != 3))
            return was_asked;
        if (one->status != 401)
            continue;
        scep_case_also(about, one->response_frame);
        was_asked = true;
    }
    return was_asked;
}

static const ScepRule rules[] = {
    { SCEP_HINT_admin_page_no_permission, SCEP_ON_ANSWER, page_says, NO_PERMISSION },
    { SCEP_HINT_admin_page_cache_full, SCEP_ON_ANSWER, page_says, CACHE_FULL },
    { SCEP_HINT_admin_page_refused, SCEP_ON_ANSWER, page_refused, 0 },
    { SCEP_HINT_admin_page_empty_200, SCEP_ON_ANSWER, page_empty, 0 },
    { SCEP_HINT_admin_page_challenge_seen, SCEP_ON_ANSWER, hands_out_challenge, 0 },
    { SCEP_HINT_admin_page_utf16, SCEP_ON_ANSWER, utf16_without_a_word, 0 },
    { SCEP_HINT_http_401_negotiate_admin, SCEP_ON_ANSWER, signed_in, 0 },
};

const ScepRuleTable scep_rules_admin = { .rules = rules, .count = G_N_ELEMENTS(rules) };
