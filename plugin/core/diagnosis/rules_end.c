/* rules_end.c
 * What only the whole capture tells of an enrollment: what never came, and what resolved itself.
 *
 * Absence is claimed only where the capture goes on long enough behind the last message, and never for an enrollment
 * that began before the capture did.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tracker/ca_call.h"
#include "tracker/client.h"
#include "tracker/connection.h"
#include "cms/certificate_list.h"
#include "diagnosis/ca_end.h"
#include "diagnosis/rules_end.h"
#include "tracker/service_call.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

/* How long the capture must go on before silence means something. */

/* A hint of certrep_pending_forever needs this many polls. */
#define MANY_POLLS 3

/* Web Application Proxy drops longer GETs (KB3011135). */
#define WAP_LIMIT 5100

static int64_t last_moment(const ScepExchange *exchange)
{
    return exchange->response_frame ? exchange->response_time : exchange->request_time;
}

static bool capture_goes_on(const ScepCase *about)
{
    return about->tracker->last_time - last_moment(about->enrollment->last) >= SCEP_SILENCE_TIME;
}

/* What is not in the capture may be what never came. */
static bool capture_has_gaps(const ScepCase *about)
{
    for (const ScepExchange *exchange = about->enrollment->first; exchange != NULL; exchange = exchange->next) {
        if (exchange->request_is_cut || exchange->response_is_cut)
            return true;
    }
    return about->tracker->snaplen != 0 || about->enrollment->server->has_gaps;
}

static bool is_windows(const ScepCase *about)
{
    return scep_enrollment_client_is(about->enrollment, SCEP_CLIENT_WINDOWS);
}

static bool is_apple(const ScepCase *about)
{
    return scep_enrollment_client_is(about->enrollment, SCEP_CLIENT_APPLE);
}

static bool has_operation(const ScepEnrollment *enrollment, ScepOperation operation)
{
    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        if (exchange->operation == operation && exchange->response_frame != 0 && exchange->status == 200)
            return true;
    }
    return false;
}

static bool abandoned_after(const ScepCase *about, bool caps, bool cacert)
{
    return about->outcome == SCEP_OUTCOME_ABANDONED && capture_goes_on(about) && !capture_has_gaps(about) &&
           !about->enrollment->asks_next_ca && has_operation(about->enrollment, SCEP_OP_GETCACAPS) == caps &&
           has_operation(about->enrollment, SCEP_OP_GETCACERT) == cacert;
}

/* Abandoned attempts of the same client at the same server close before this one. */
static unsigned attempts_before(ScepCase *about)
{
    unsigned count = 0;

    for (guint i = about->enrollment->number - 1; i > 0 && count < SCEP_FINDING_FRAMES; i--) {
        const ScepEnrollment *other = g_ptr_array_index(about->tracker->enrollments, i - 1);
        if (last_moment(about->enrollment->last) - last_moment(other->last) > SCEP_LOOP_TIME)
            break;
        if (other->client != about->enrollment->client || other->server != about->enrollment->server ||
            scep_enrollment_outcome(other) != SCEP_OUTCOME_ABANDONED)
            continue;
        count++;
        scep_case_also(about, other->last->request_frame);
    }
    return count;
}

/* What devices compare with their profile. */
static void tell_root(ScepCase *about)
{
    const ScepCertificate *root = scep_certificates_get0_root(about->enrollment->server->certificates);
    char *text = root != NULL ? scep_thumbprint_new_text(root) : NULL;

    if (text != NULL)
        about->evidence.detail = g_strdup_printf("The root that the server shows is %s", text);
    g_free(text);
}

static bool windows_loop(ScepCase *about)
{
    if (!is_windows(about) || !abandoned_after(about, true, true) || attempts_before(about) < 1)
        return false;
    tell_root(about);
    return true;
}

static bool apple_without_caps(ScepCase *about)
{
    if (!is_apple(about) || !abandoned_after(about, false, true))
        return false;
    tell_root(about);
    return true;
}

static bool apple_stops(ScepCase *about)
{
    if (!is_apple(about) || !abandoned_after(about, true, true))
        return false;
    tell_root(about);
    return true;
}

/* What scripts, load balancers and monitoring call themselves; in lower case. Clients that enroll are not among them:
 * those of Go and Java use the names of their libraries. */
static bool is_probe(const ScepCase *about)
{
    static const char *const names[] = { "windowspowershell",
                                         "powershell/",
                                         "curl/",
                                         "wget/",
                                         "python-requests",
                                         "healthcheck",
                                         "health-check",
                                         "monitor",
                                         "nagios",
                                         "check_http",
                                         "zabbix",
                                         "prtg",
                                         "uptime",
                                         "pingdom",
                                         "nmap",
                                         "zgrab",
                                         "masscan",
                                         "probe" };
    char *agent = about->enrollment->user_agent ? g_ascii_strdown(about->enrollment->user_agent, -1) : NULL;
    bool found = false;

    for (size_t i = 0; agent != NULL && !found && i < G_N_ELEMENTS(names); i++)
        found = strstr(agent, names[i]) != NULL;
    g_free(agent);
    return found;
}

/* It asks what every client asks, and submits nothing that can be read. */
static bool only_probes(ScepCase *about)
{
    if (about->enrollment->transaction_id != NULL || !is_probe(about))
        return false;
    about->evidence.detail = g_strdup_printf("It calls itself \"%.80s\"", about->enrollment->user_agent);
    return true;
}

static bool stops_after_cacert(ScepCase *about)
{
    const bool stops = !is_apple(about) && !is_probe(about) &&
                       (abandoned_after(about, true, true) || abandoned_after(about, false, true));

    if (stops)
        tell_root(about);
    return stops;
}

static bool apple_stops_after_caps(ScepCase *about)
{
    return is_apple(about) && abandoned_after(about, true, false);
}

static bool stops_after_caps(ScepCase *about)
{
    return !is_apple(about) && !is_probe(about) && abandoned_after(about, true, false);
}

static bool no_answer(const ScepCase *about)
{
    return about->outcome == SCEP_OUTCOME_UNANSWERED && capture_goes_on(about) && about->tracker->snaplen == 0;
}

static bool long_target_lost(ScepCase *about)
{
    if (!no_answer(about) || !about->exchange->is_get || about->exchange->target_length <= WAP_LIMIT)
        return false;
    about->evidence.detail = g_strdup_printf("The request target is %u bytes long", about->exchange->target_length);
    return true;
}

static bool operation_unanswered(ScepCase *about)
{
    return no_answer(about) && about->exchange->operation == SCEP_OP_PKIOPERATION;
}

static bool request_unanswered(ScepCase *about)
{
    return no_answer(about);
}

static bool pending_forever(ScepCase *about)
{
    if (about->outcome != SCEP_OUTCOME_PENDING || about->enrollment->polls < MANY_POLLS || !capture_goes_on(about))
        return false;
    about->evidence.detail =
        g_strdup_printf(about->exchange->brings_nothing ? "%u polls, none answered with a certificate"
                                                        : "%u polls, all answered PENDING",
                        about->enrollment->polls);
    return true;
}

static const ScepExchange *submitted_in(const ScepEnrollment *enrollment)
{
    const ScepExchange *exchange = enrollment ? enrollment->first : NULL;

    while (exchange != NULL && exchange->operation != SCEP_OP_PKIOPERATION)
        exchange = exchange->next;
    return exchange;
}

/* What encryption adds, and a number that is written with one octet more, changes the size by so much. */
#define SAME_SIZE 32

/* Behind one address, with one key, several devices may ask: the challenge is then another, or what is encrypted is of
 * another size. */
static bool is_same_wish(const ScepExchange *one, const ScepExchange *again)
{
    const uint32_t sizes[] = { MIN(one->sealed_size, again->sealed_size), MAX(one->sealed_size, again->sealed_size) };

    if (one->has_challenge && again->has_challenge)
        return scep_exchange_challenge(one) == scep_exchange_challenge(again);
    return sizes[0] == 0 || sizes[1] - sizes[0] <= SAME_SIZE;
}

/* Most clients derive the transactionID from the key: the same device, which got its certificate and asks for another.
 */
static bool asks_again_after_success(ScepCase *about)
{
    const ScepExchange *again = submitted_in(about->enrollment->later);

    if (about->outcome != SCEP_OUTCOME_ISSUED || again == NULL || again->is_renewal ||
        again->client != about->exchange->client)
        return false;
    const int64_t between = again->request_time - about->exchange->response_time;
    if (between < 0 || between > SCEP_LOOP_TIME || !is_same_wish(about->exchange, again))
        return false;
    about->evidence.detail =
        g_strdup_printf("It asked again %" G_GINT64_FORMAT " seconds later", between / SCEP_SECOND);
    scep_case_also(about, again->request_frame);
    return true;
}

/* Without the GetCACert answer the certificates of the RA are not known. */
static bool starts_midway(ScepCase *about)
{
    return about->enrollment->transaction_id != NULL && about->enrollment->server->cacert_frame == 0 &&
           !has_operation(about->enrollment, SCEP_OP_GETCACERT);
}

/* MS-ERREF 2.1.1 and 2.2: what RPC says where a service is not there, 1722 to 1727 and 1753. */
static bool is_rpc_code(uint32_t code)
{
    const uint32_t error = code & 0xffff;

    return (code & 0xffff0000) == 0x80070000 && ((error >= 1722 && error <= 1727) || error == 1753);
}

/* The CA was not reached, or did not answer. */
static bool ca_failed(const ScepCase *about)
{
    const ScepCaCall *last = about->enrollment->ca_last;

    if (about->exchange->has_ndes_error && is_rpc_code(about->exchange->ndes_error))
        return true;
    return last != NULL && (last->response_frame == 0 || last->is_fault || last->chain != SCEP_CA_NO_CHAIN) &&
           (last->response_frame == 0 ? scep_ca_call_get0_findings(about->diagnosis, last, false) != NULL
                                      : scep_ca_call_is_refused(last));
}

static const ScepExchange *ca_certificates(const ScepCase *about)
{
    const ScepExchange *exchange = about->enrollment->first;

    while (exchange != NULL && (exchange->operation != SCEP_OP_GETCACERT || exchange->status != 200))
        exchange = exchange->next;
    return exchange;
}

static bool cacert_tells_nothing(ScepCase *about)
{
    const ScepExchange *exchange = ca_certificates(about);

    if (exchange == NULL || about->outcome == SCEP_OUTCOME_ISSUED || !ca_failed(about))
        return false;
    scep_case_also(about, exchange->response_frame);
    return true;
}

/* Only where the capture shows that this NDES calls its CA, and where the refusal is no code of a CA or of RPC. */
static bool refused_without_ca(ScepCase *about)
{
    const ScepExchange *last = about->exchange;
    bool known;

    return about->outcome == SCEP_OUTCOME_REFUSED && last->pki_status == SCEP_STATUS_FAILURE &&
           about->enrollment->ca_calls == NULL && about->enrollment->services == NULL && last->request_frame != 0 &&
           !(last->has_ndes_error && (is_rpc_code(last->ndes_error) || last->ndes_error >> 16 == 0x8009)) &&
           !scep_ca_called_between(about->tracker, last->server->address, last->request_time - SCEP_NEARBY_TIME,
                                   last->response_time + SCEP_NEARBY_TIME, &known) &&
           known;
}

static bool string_type_refused(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const ScepServer *server = exchange->server;

    if (about->outcome != SCEP_OUTCOME_REFUSED || !exchange->odd_challenge || server->printable_frame == 0 ||
        server->took_odd_challenge)
        return false;
    scep_case_also(about, server->printable_frame);
    return true;
}

static bool sign_in_refused(ScepCase *about)
{
    return about->exchange->status == 401 &&
           about->tracker->last_time - last_moment(about->exchange) >= SCEP_SILENCE_TIME;
}

/* The cause before its symptom. */
static const ScepRule rules[] = {
    { SCEP_HINT_wap_long_uri_hang, SCEP_AT_ENROLLMENT_END, long_target_lost, 0 },
    { SCEP_HINT_http_request_no_reply, SCEP_AT_ENROLLMENT_END, request_unanswered, 0 },
    { SCEP_HINT_enrolment_unanswered, SCEP_AT_ENROLLMENT_END, operation_unanswered, 0 },
    { SCEP_HINT_cacert_ok_then_loop, SCEP_AT_ENROLLMENT_END, windows_loop, 0 },
    { SCEP_HINT_caps_no_followup_ios, SCEP_AT_ENROLLMENT_END, apple_without_caps, 0 },
    { SCEP_HINT_cacert_ok_apple_stops, SCEP_AT_ENROLLMENT_END, apple_stops, 0 },
    { SCEP_HINT_cacert_then_nothing, SCEP_AT_ENROLLMENT_END, stops_after_cacert, 0 },
    { SCEP_HINT_caps_required_missing_ios18, SCEP_AT_ENROLLMENT_END, apple_stops_after_caps, 0 },
    { SCEP_HINT_caps_then_nothing, SCEP_AT_ENROLLMENT_END, stops_after_caps, 0 },
    { SCEP_HINT_certrep_pending_forever, SCEP_AT_ENROLLMENT_END, pending_forever, 0 },
    { SCEP_HINT_certrep_all_200_no_cert, SCEP_AT_ENROLLMENT_END, asks_again_after_success, 0 },
    { SCEP_HINT_challenge_type_refused, SCEP_AT_ENROLLMENT_END, string_type_refused, 0 },
    { SCEP_HINT_stage4_no_rpc_but_failure, SCEP_AT_ENROLLMENT_END, refused_without_ca, 0 },
    { SCEP_HINT_cacert_ok_is_not_ca_ok, SCEP_AT_ENROLLMENT_END, cacert_tells_nothing, 0 },
    { SCEP_HINT_scep_probe, SCEP_AT_ENROLLMENT_END, only_probes, 0 },
    { SCEP_HINT_capture_starts_midway, SCEP_AT_ENROLLMENT_END, starts_midway, 0 },
    { SCEP_HINT_http_401_admin_final, SCEP_AT_SIGN_IN_END, sign_in_refused, 0 },
};

const ScepRuleTable scep_rules_end = { .rules = rules, .count = G_N_ELEMENTS(rules) };

static guint peers_hash(gconstpointer key)
{
    const ScepExchange *exchange = key;

    return g_direct_hash(exchange->client) ^ g_direct_hash(exchange->server) * 17;
}

static gboolean peers_equal(gconstpointer a, gconstpointer b)
{
    const ScepExchange *one = a, *other = b;

    return one->client == other->client && one->server == other->server;
}

/* Signing in to the page for challenges begins with 401; only one that stays the last word is a refusal. */
void scep_sign_ins_end(ScepDiagnosis *diagnosis)
{
    GHashTable *last = g_hash_table_new(peers_hash, peers_equal);
    GHashTableIter iterator;
    gpointer key;

    for (guint i = 0; i < diagnosis->tracker->exchanges->len; i++) {
        ScepExchange *exchange = g_ptr_array_index(diagnosis->tracker->exchanges, i);
        if (exchange->path_kind == SCEP_PATH_NDES_ADMIN)
            g_hash_table_replace(last, exchange, exchange);
    }
    g_hash_table_iter_init(&iterator, last);
    while (g_hash_table_iter_next(&iterator, &key, NULL)) {
        ScepExchange *exchange = key;
        ScepCase about = scep_case_of_exchange(diagnosis, SCEP_AT_SIGN_IN_END, exchange, exchange->response_frame != 0);
        scep_rules_ask(&about);
    }
    g_hash_table_unref(last);
}

/* Hints about a matter that a later message of the same enrollment settled, and oddities of what was served. */
static void settle(ScepFinding *finding)
{
    for (; finding != NULL; finding = finding->next) {
        const ScepHint *hint = scep_finding_get0_hint(finding);
        if (scep_hint_grade(hint) == SCEP_GRADE_ODDITY)
            scep_finding_contradict(finding, SCEP_AGAINST_SERVED);
        else if (hint->settled_by_success)
            finding->severity = SCEP_SEVERITY_NOTE;
    }
}

/* An error that did not keep the client from its certificate, such as on GetCACaps, which it can do without. */
static void settle_error(ScepDiagnosis *diagnosis, const ScepExchange *exchange)
{
    if (exchange->status >= 400)
        scep_findings_settle(scep_exchange_get0_findings(diagnosis, exchange, true));
}

/* An answer that the client did not come back about was good enough for it. */
static void settle_answer(ScepFinding *finding)
{
    if (scep_findings_get0_of(finding, SCEP_HINT_certrep_all_200_no_cert) == NULL)
        settle(finding);
}

/* What was tried before the certificate came is history, and what might have been refused in the request was not. */
static void settle_enrollment(ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment, const ScepExchange *decisive)
{
    for (const ScepExchange *exchange = enrollment->first; exchange != NULL && exchange != decisive;
         exchange = exchange->next) {
        settle(scep_exchange_get0_findings(diagnosis, exchange, false));
        settle(scep_exchange_get0_findings(diagnosis, exchange, true));
        settle_error(diagnosis, exchange);
    }
    settle(scep_exchange_get0_findings(diagnosis, decisive, false));
    settle_answer(scep_exchange_get0_findings(diagnosis, decisive, true));
    scep_ca_calls_settle(diagnosis, enrollment);
}

void scep_enrollments_end(ScepDiagnosis *diagnosis)
{
    for (guint i = 0; i < diagnosis->tracker->enrollments->len; i++) {
        const ScepEnrollment *enrollment = g_ptr_array_index(diagnosis->tracker->enrollments, i);
        ScepExchange *decisive = (ScepExchange *)scep_enrollment_get0_decisive(enrollment);
        ScepCase about =
            scep_case_of_exchange(diagnosis, SCEP_AT_ENROLLMENT_END, decisive, decisive->response_frame != 0);
        about.enrollment = enrollment;
        about.outcome = scep_enrollment_outcome(enrollment);
        scep_rules_ask(&about);
        if (about.outcome == SCEP_OUTCOME_ISSUED)
            settle_enrollment(diagnosis, enrollment, decisive);
    }
}
