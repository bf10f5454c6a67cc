/* challenge_origin.c
 * Challenge passwords of a capture, by their hashes: where each was handed out, and who used it first. The texts are
 * never kept.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/challenge_origin.h"

#include "tracker/times.h"
#include "tracker/tracker.h"
#include "scep/wire.h"
#include "wire/page.h"

/* One challenge, wherever it was seen. Frames are 0 where it was not. */
typedef struct {
    uint32_t first_request;
    uint32_t page_frame; /* the newest page */
    int64_t page_time;
    bool lasts;               /* by what that page says */
    ScepServiceCall *profile; /* the newest one; NULL for none */
} Challenge;

static void unref_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

void scep_challenges_open(ScepTracker *tracker)
{
    tracker->challenges = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, unref_bytes, g_free);
}

void scep_challenges_close(ScepTracker *tracker)
{
    g_hash_table_unref(tracker->challenges);
}

static Challenge *find(const ScepTracker *tracker, const uint8_t sha256[32])
{
    GBytes *hash = g_bytes_new_static(sha256, 32);
    Challenge *challenge = g_hash_table_lookup(tracker->challenges, hash);

    g_bytes_unref(hash);
    return challenge;
}

static Challenge *find_or_add(ScepTracker *tracker, const uint8_t sha256[32])
{
    Challenge *challenge = find(tracker, sha256);

    if (challenge == NULL) {
        challenge = g_new0(Challenge, 1);
        g_hash_table_insert(tracker->challenges, g_bytes_new(sha256, 32), challenge);
    }
    return challenge;
}

void scep_challenge_on_page(ScepTracker *tracker, const ScepExchange *exchange, const ScepPlace *place,
                            const ScepResponse *response)
{
    ScepServer *server = exchange->server;
    ScepChallengePage page;

    if (exchange->path_kind != SCEP_PATH_NDES_ADMIN || response->status != 200 || response->body_unreadable ||
        !scep_challenge_page_read(response->body, response->body_size, &page))
        return;
    server->challenge_frame = page.lasts ? 0 : place->frame;
    server->challenge_time = place->time;
    if (page.thumbprint[0] != '\0')
        server->page_thumbprint = scep_tracker_text(tracker, page.thumbprint);
    if (!page.has_password)
        return;
    Challenge *challenge = find_or_add(tracker, page.sha256);
    challenge->page_frame = place->frame;
    challenge->page_time = place->time;
    challenge->lasts = page.lasts;
}

void scep_challenge_in_profile(ScepTracker *tracker, ScepServiceCall *call)
{
    const GArray *secrets = call->answered != NULL ? call->answered->secrets : NULL;

    for (guint i = 0; secrets != NULL && i < secrets->len; i++)
        find_or_add(tracker, g_array_index(secrets, ScepServiceSecret, i).sha256)->profile = call;
}

/* Whole seconds since then. */
static uint32_t age(const ScepExchange *exchange, int64_t since)
{
    return (uint32_t)CLAMP((exchange->request_time - since) / SCEP_SECOND, 0, UINT32_MAX);
}

void scep_challenge_used(ScepTracker *tracker, ScepExchange *exchange, const ScepCsr *csr)
{
    if (csr == NULL || !csr->challenge.present)
        return;
    Challenge *challenge = find_or_add(tracker, csr->challenge.sha256);
    exchange->challenge_frame = challenge->first_request;
    if (challenge->first_request == 0)
        challenge->first_request = exchange->request_frame;
    if (challenge->page_frame != 0) {
        exchange->challenge_of_page = true;
        exchange->challenge_lasts = challenge->lasts;
        exchange->challenge_origin = challenge->page_frame;
        exchange->challenge_age = age(exchange, challenge->page_time);
    } else if (challenge->profile != NULL) {
        exchange->challenge_origin = challenge->profile->response_frame;
        exchange->challenge_age = age(exchange, challenge->profile->response_time);
    }
}

void scep_challenge_confirms(ScepTracker *tracker, const ScepExchange *exchange, const ScepCsr *csr)
{
    const Challenge *challenge = csr != NULL && csr->challenge.present ? find(tracker, csr->challenge.sha256) : NULL;

    if (challenge != NULL && challenge->profile != NULL && exchange->enrollment != NULL &&
        challenge->profile->enrollment == exchange->enrollment)
        challenge->profile->is_likely = false;
}
