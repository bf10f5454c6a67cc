/* rules_hop.c
 * Which way requests take and to whom: without TLS, through a proxy, to one server after another, to no NDES at all.
 * Told once for an enrollment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/rule.h"
#include "tracker/client.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

#define HTTP_PORT 80

/* Enrollments that are looked at for the same device's try at another server, and how long ago that may have been. */
#define MAX_EARLIER 32

/* Messages of one enrollment that are looked at for one that came through a proxy before. */
#define MAX_REQUESTS 64

static bool begins_enrollment(const ScepCase *about)
{
    return scep_match_begins(about->tracker, about->exchange);
}

static bool for_tpm(ScepCase *about)
{
    return about->exchange->is_aik;
}

static bool other_product(ScepCase *about)
{
    const char *name = scep_server_guess_name(about->exchange->server_guess_asked);

    if (!begins_enrollment(about) ||
        scep_server_guess_product(about->exchange->server_guess_asked) == SCEP_PRODUCT_NDES)
        return false;
    if (name != NULL)
        about->evidence.detail = g_strdup_printf("It looks like %s", name);
    return true;
}

static bool without_tls(ScepCase *about)
{
    return begins_enrollment(about) && about->exchange->path_kind == SCEP_PATH_NDES &&
           about->exchange->server->port == HTTP_PORT;
}

static bool passed_on(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    unsigned looked = 0;

    if (exchange->enrollment == NULL || !scep_exchange_is_forwarded(exchange))
        return false;
    for (const ScepExchange *one = exchange->enrollment->first; one != NULL && one != exchange; one = one->next) {
        if (scep_exchange_is_forwarded(one) || looked++ >= MAX_REQUESTS)
            return false;
    }
    about->evidence.detail =
        g_strdup_printf("%s passes on to %s what %s sent to %s", exchange->client, exchange->server->address,
                        exchange->repeats->client, exchange->repeats->server->address);
    scep_case_also(about, exchange->repeats->request_frame);
    return true;
}

/* The newest attempt of the same device, by its address and its User-Agent. */
static const ScepEnrollment *attempt_before(const ScepCase *about)
{
    const ScepEnrollment *own = about->exchange->enrollment;
    const GPtrArray *all = about->tracker->enrollments;

    if (own == NULL)
        return NULL;
    for (guint i = own->number - 1, looked = 0; i > 0 && looked < MAX_EARLIER; i--, looked++) {
        const ScepEnrollment *other = g_ptr_array_index(all, i - 1);
        if (other->client == own->client && other->user_agent == own->user_agent)
            return other;
    }
    return NULL;
}

/* iOS takes one URL (MEM-PROF). A server that redirects sent the device there itself. */
static bool next_of_list(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    if (!begins_enrollment(about) || exchange->operation == SCEP_OP_PKIOPERATION)
        return false;
    const ScepEnrollment *before = attempt_before(about);
    if (before == NULL || before->server->address == exchange->server->address || before->server->redirects ||
        scep_enrollment_client_is(before, SCEP_CLIENT_APPLE) ||
        exchange->request_time - before->last->request_time > SCEP_FAILOVER_TIME)
        return false;
    const ScepOutcome outcome = scep_enrollment_outcome(before);
    const bool waited = exchange->request_time - before->last->request_time >= SCEP_PATIENCE_TIME;
    if (outcome != SCEP_OUTCOME_REFUSED && !(outcome == SCEP_OUTCOME_UNANSWERED && waited))
        return false;
    about->evidence.detail =
        g_strdup_printf("Enrollment %u at %s was %s, now it tries %s", before->number, before->server->address,
                        scep_outcome_name(outcome), exchange->server->address);
    scep_case_also(about, scep_enrollment_get0_decisive(before)->request_frame);
    return true;
}

static const ScepRule rules[] = {
    { SCEP_HINT_aik_noise, SCEP_ON_REQUEST, for_tpm, 0 },
    { SCEP_HINT_url_list_failover, SCEP_ON_REQUEST, next_of_list, 0 },
    { SCEP_HINT_device_hop_client_is_proxy, SCEP_ON_REQUEST, passed_on, 0 },
    { SCEP_HINT_other_scep_server, SCEP_ON_REQUEST, other_product, 0 },
    { SCEP_HINT_ndes_over_plain_http, SCEP_ON_REQUEST, without_tls, 0 },
};

const ScepRuleTable scep_rules_hop = { .rules = rules, .count = G_N_ELEMENTS(rules), .with_aik = true };
