/* answer_words.c
 * What a server says in its own words, kept with the exchange.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/answer_words.h"

#include "crypto/crypto.h"
#include "tracker/challenge_origin.h"
#include "tracker/tracker.h"
#include "wire/page.h"
#include "wire/server_words.h"

static bool is_challenge(const char *text, size_t size, const void *data)
{
    uint8_t sha256[32];

    return scep_crypto_sha256((const uint8_t *)text, size, sha256) && scep_challenge_is_known(data, sha256);
}

/* As much of it as a line takes. */
static const char *keep(ScepTracker *tracker, const ScepExchange *exchange, GString *words)
{
    scep_words_redact(words, exchange->transaction_id, scep_challenge_is_any_known(tracker) ? is_challenge : NULL,
                      tracker);
    if (g_utf8_strlen(words->str, -1) > SCEP_KEPT_WORDS) {
        const char *end = g_utf8_offset_to_pointer(words->str, SCEP_KEPT_WORDS);
        g_string_truncate(words, (gsize)(end - words->str));
        g_string_append(words, "...");
    }
    return scep_tracker_text(tracker, words->str);
}

/* True for what came in place of SCEP: an error, or with status 200 something that was not asked for. */
static bool is_no_scep(const ScepExchange *exchange, const ScepResponse *response)
{
    return exchange->path_kind != SCEP_PATH_NDES_ADMIN && !response->body_unreadable && response->message == NULL &&
           (exchange->status >= 400 || exchange->response_is_page ||
            (response->capabilities != NULL && response->capabilities->looks_like_text));
}

static bool hands_out_challenge(const ScepResponse *response)
{
    ScepChallengePage page;

    return scep_challenge_page_read(response->body, response->body_size, &page);
}

/* A header in which services tell what kind of error it is, in front of what the body says. */
static GString *with_header(const ScepResponse *response, GString *words)
{
    if (response->error_type == NULL)
        return words;
    GString *all = g_string_new(response->error_type);
    const char *more = words != NULL ? words->str : response->error_message;
    if (more != NULL)
        g_string_append_printf(all, ": %s", more);
    if (words != NULL)
        g_string_free(words, TRUE);
    GString *line = scep_server_words_new((const uint8_t *)all->str, all->len, "text/plain");
    g_string_free(all, TRUE);
    return line;
}

void scep_answer_words_keep(ScepTracker *tracker, ScepExchange *exchange, const ScepResponse *response)
{
    if (!is_no_scep(exchange, response) || hands_out_challenge(response))
        return;
    GString *words =
        with_header(response, scep_server_words_new(response->body, response->body_size, response->content_type));
    if (words == NULL)
        return;
    const bool is_error = exchange->status >= 400;
    /* A page with status 200 is one that anybody may have sent, such as a sign-in. */
    if (!scep_server_words_are_stock(words->str, exchange->status) &&
        (is_error || (response->body_size > 0 && response->body[0] != '<'))) {
        exchange->sentence = scep_server_sentence_find(words->str);
        exchange->says_reason = is_error || exchange->sentence != NULL;
    }
    exchange->says = keep(tracker, exchange, words);
    g_string_free(words, TRUE);
}

void scep_answer_words_keep_text(ScepTracker *tracker, ScepExchange *exchange, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    GString *words = g_string_new(text);
    exchange->sentence = scep_server_sentence_find(words->str);
    exchange->fail_info_text = keep(tracker, exchange, words);
    g_string_free(words, TRUE);
}
