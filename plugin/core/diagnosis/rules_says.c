/* rules_says.c
 * What a server says in its own words, and a status read with what else was answered at the same path.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/code_detail.h"
#include "diagnosis/rule.h"
#include "diagnosis/status_rules.h"
#include "scep/crypto.h"
#include "tracker/served_path.h"
#include "tracker/tracker.h"

/* ---- own words --------------------------------------------------------------------------------------------------- */

/* GetNextCACert is optional: whatever it is answered with, it stops nobody. */
static bool is_asked_for(const ScepExchange *exchange)
{
    return exchange->operation != SCEP_OP_GETNEXTCACERT && exchange->path_kind != SCEP_PATH_NDES_ADMIN;
}

static const char *words_of(const ScepExchange *exchange)
{
    return exchange->says != NULL ? exchange->says : exchange->fail_info_text;
}

/* An OID that the server names, and the request uses: what it stands for. */
static void append_algorithm(GString *detail, const char *words, const char *oid, const char *what)
{
    const char *name = oid != NULL && strstr(words, oid) != NULL ? scep_crypto_oid_name(oid) : NULL;

    if (name != NULL)
        g_string_append_printf(detail, ". %s is %s, the %s of this request", oid, name, what);
}

static bool is_good(const ScepChecks *checks)
{
    return checks != NULL && checks->digest.status == SCEP_VERIFY_GOOD && checks->signature.status == SCEP_VERIFY_GOOD;
}

static char *quote(const ScepExchange *exchange)
{
    const ScepServerSentence *sentence = exchange->sentence;
    GString *detail = g_string_new(NULL);
    ScepResultCodeText room;

    g_string_append_printf(detail, "It says: \"%s\"", words_of(exchange));
    append_algorithm(detail, words_of(exchange), exchange->cipher, "cipher");
    append_algorithm(detail, words_of(exchange), exchange->digest, "digest");
    if (sentence != NULL && sentence->hint == SCEP_HINT_server_says_signature && is_good(exchange->request_checks))
        g_string_append(detail, ". Digest and signature of the request are good here");
    if (sentence != NULL && sentence->meaning[0] != '\0')
        g_string_append_printf(detail, ". Known from %s: %s", sentence->product, sentence->meaning);
    const ScepResultCode *code = scep_code_explain(words_of(exchange), strlen(words_of(exchange)), &room);
    return scep_detail_new_with_code(g_string_free(detail, FALSE), code);
}

/* @a hint: the row of the catalogue has it; SCEP_HINT_server_says where no row knows the words. */
static bool says(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const bool known = exchange->sentence != NULL;
    const int hint = known ? (int)exchange->sentence->hint : SCEP_HINT_server_says;

    if (hint != about->parameter || !is_asked_for(exchange) || !(known || exchange->says_reason))
        return false;
    about->evidence.detail = quote(exchange);
    return true;
}

static bool request_is_wrong(const ScepCase *about)
{
    const ScepFinding *finding = scep_exchange_get0_findings(about->diagnosis, about->exchange, false);

    while (finding != NULL && finding->severity < SCEP_SEVERITY_ERROR)
        finding = finding->next;
    return finding != NULL;
}

/* What cannot be read there, can be read here, and nothing else is wrong with it. Of its kind none was ever granted
 * there, and only those of its kind were answered so. */
static bool cannot_read_ber(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const ScepServerSentence *sentence = exchange->sentence;

    if (exchange->operation != SCEP_OP_PKIOPERATION || sentence == NULL || !exchange->in_ber ||
        exchange->server->serves_ber || exchange->server->refuses_der || !is_good(exchange->request_checks) ||
        request_is_wrong(about) ||
        (sentence->hint != SCEP_HINT_server_says_signature && sentence->hint != SCEP_HINT_server_says_unreadable))
        return false;
    about->evidence.detail = quote(exchange);
    return true;
}

/* ---- statuses with their neighbors ------------------------------------------------------------------------------- */

bool scep_path_is_served(const ScepExchange *exchange)
{
    return exchange->path != NULL && exchange->path->served != 0;
}

bool scep_path_fails_alike(const ScepExchange *exchange)
{
    const ScepServedPath *path = exchange->path;
    const unsigned others = path != NULL ? path->failed & ~(1u << exchange->operation) : 0;

    return others != 0 && path->served == 0 && path->failed_status == exchange->status;
}

static bool port_in_path(ScepCase *about)
{
    return about->exchange->port_in_path && about->response->status >= 400;
}

/* Who is known to stand in front, or to refuse by a rule of its own, is told by its own hint; so is NDES with its
 * policy module. */
static bool is_this_request(const ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    return exchange->operation == SCEP_OP_PKIOPERATION && scep_status_may_be_this_request(about) &&
           scep_path_is_served(exchange) && !scep_is_from_app_proxy(about) &&
           !(exchange->path_kind == SCEP_PATH_NDES && about->response->status == 403);
}

static bool error_on_this_request(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    if (!is_this_request(about))
        return false;
    char *served = scep_served_path_new_text(exchange);
    about->evidence.detail =
        g_strdup_printf("HTTP status %u. Answered well at this path: %s", about->response->status, served);
    g_free(served);
    scep_case_also(about, exchange->path->served_frame);
    return true;
}

bool scep_answer_is_explained(const ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    return (is_asked_for(exchange) && (exchange->sentence != NULL || exchange->says_reason)) ||
           exchange->port_in_path || is_this_request(about);
}

#define SAYS(hint)                                                    \
    {                                                                 \
        SCEP_HINT_##hint, SCEP_ON_ANSWER, says, (int)SCEP_HINT_##hint \
    }

static const ScepRule rules[] = {
    { SCEP_HINT_url_port_in_path, SCEP_ON_ANSWER, port_in_path, 0 },
    { SCEP_HINT_server_cannot_read_ber, SCEP_ON_ANSWER, cannot_read_ber, 0 },
    SAYS(server_says_algorithm),
    SAYS(server_says_unreadable),
    SAYS(server_says_cannot_decrypt),
    SAYS(server_says_signature),
    SAYS(server_says_challenge),
    SAYS(server_says_renewal),
    SAYS(server_says_unknown_client),
    SAYS(server_says_not_allowed),
    SAYS(server_says_address),
    SAYS(server_says_own_fault),
    SAYS(server_says),
    { SCEP_HINT_http_error_on_this_request, SCEP_ON_ANSWER, error_on_this_request, 0 },
};

const ScepRuleTable scep_rules_says = { .rules = rules, .count = G_N_ELEMENTS(rules) };
