/* conclusions.c
 * What only the whole capture tells of an enrollment: what never came, and what resolved itself.
 *
 * Absence is claimed only where the capture goes on long enough behind the last message, and never for an enrollment
 * that began before the capture did.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tracker/ca_call.h"
#include "tracker/connection.h"
#include "diagnosis/facts.h"
#include "diagnosis/findings.h"
#include "tracker/service_call.h"
#include "tracker/tracker.h"

/* How long the capture must go on before silence means something. */
#define SECOND G_GINT64_CONSTANT(1000000000)
#define SILENCE (30 * SECOND)

/* Attempts of one client within this time belong to one loop. */
#define LOOP_TIME (3600 * SECOND)

/* A call to the CA within this time of a refusal may be about it. */
#define NEARBY (5 * SECOND)

/* A hint of certrep_pending_forever needs this many polls. */
#define MANY_POLLS 3

/* Web Application Proxy drops longer GETs (KB3011135). */
#define WAP_LIMIT 5100

typedef struct {
    const ScepTracker *tracker;
    const ScepEnrollment *enrollment;
    const ScepExchange *last; /* of the decisive capture point */
    ScepOutcome outcome;
} Case;

typedef struct {
    const char *hint;
    bool (*applies)(const Case *about, ScepEvidence *evidence);
} Conclusion;

static int64_t last_moment(const ScepExchange *exchange)
{
    return exchange->response_frame ? exchange->response_time : exchange->request_time;
}

static bool capture_goes_on(const Case *about)
{
    return about->tracker->last_time - last_moment(about->enrollment->last) >= SILENCE;
}

static bool user_agent_has(const Case *about, const char *text)
{
    return about->enrollment->user_agent != NULL && strstr(about->enrollment->user_agent, text) != NULL;
}

static bool is_windows(const Case *about)
{
    return user_agent_has(about, "NDES client");
}

static bool is_apple(const Case *about)
{
    return user_agent_has(about, "CFNetwork");
}

static bool has_operation(const ScepEnrollment *enrollment, ScepOperation operation)
{
    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
        if (exchange->operation == operation && exchange->response_frame != 0 && exchange->status == 200)
            return true;
    }
    return false;
}

static bool abandoned_after(const Case *about, bool caps, bool cacert)
{
    return about->outcome == SCEP_OUTCOME_ABANDONED && capture_goes_on(about) && !about->enrollment->asks_next_ca &&
           has_operation(about->enrollment, SCEP_OP_GETCACAPS) == caps &&
           has_operation(about->enrollment, SCEP_OP_GETCACERT) == cacert;
}

/* Abandoned attempts of the same client at the same server close before this one. */
static unsigned attempts_before(const Case *about, ScepEvidence *evidence)
{
    unsigned count = 0;

    for (guint i = about->enrollment->number - 1; i > 0 && count < SCEP_FINDING_FRAMES; i--) {
        const ScepEnrollment *other = g_ptr_array_index(about->tracker->enrollments, i - 1);
        if (last_moment(about->enrollment->last) - last_moment(other->last) > LOOP_TIME)
            break;
        if (other->client != about->enrollment->client || other->server != about->enrollment->server ||
            scep_enrollment_outcome(other) != SCEP_OUTCOME_ABANDONED)
            continue;
        count++;
        if (evidence->also_count < G_N_ELEMENTS(evidence->also))
            evidence->also[evidence->also_count++] = other->last->request_frame;
    }
    return count;
}

/* What devices compare with their profile. */
static void tell_root(const Case *about, ScepEvidence *evidence)
{
    const ScepCertificate *root = scep_root_of(about->enrollment->server->certificates);
    char *text = root != NULL ? scep_thumbprint_text(root) : NULL;

    if (text != NULL)
        evidence->detail = g_strdup_printf("The root that the server shows is %s", text);
    g_free(text);
}

static bool windows_loop(const Case *about, ScepEvidence *evidence)
{
    if (!is_windows(about) || !abandoned_after(about, true, true) || attempts_before(about, evidence) < 1)
        return false;
    tell_root(about, evidence);
    return true;
}

static bool apple_without_caps(const Case *about, ScepEvidence *evidence)
{
    if (!is_apple(about) || !abandoned_after(about, false, true))
        return false;
    tell_root(about, evidence);
    return true;
}

static bool apple_stops(const Case *about, ScepEvidence *evidence)
{
    if (!is_apple(about) || !abandoned_after(about, true, true))
        return false;
    tell_root(about, evidence);
    return true;
}

/* What scripts, load balancers and monitoring call themselves; in lower case. Clients that enroll are not among them:
 * those of Go and Java use the names of their libraries. */
static bool is_probe(const Case *about)
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
static bool only_probes(const Case *about, ScepEvidence *evidence)
{
    if (about->enrollment->transaction_id != NULL || !is_probe(about))
        return false;
    evidence->detail = g_strdup_printf("It calls itself \"%.80s\"", about->enrollment->user_agent);
    return true;
}

static bool stops_after_cacert(const Case *about, ScepEvidence *evidence)
{
    const bool stops = !is_apple(about) && !is_probe(about) &&
                       (abandoned_after(about, true, true) || abandoned_after(about, false, true));

    if (stops)
        tell_root(about, evidence);
    return stops;
}

static bool apple_stops_after_caps(const Case *about, ScepEvidence *evidence)
{
    (void)evidence;
    return is_apple(about) && abandoned_after(about, true, false);
}

static bool stops_after_caps(const Case *about, ScepEvidence *evidence)
{
    (void)evidence;
    return !is_apple(about) && !is_probe(about) && abandoned_after(about, true, false);
}

static bool no_answer(const Case *about)
{
    return about->outcome == SCEP_OUTCOME_UNANSWERED && capture_goes_on(about);
}

static bool long_target_lost(const Case *about, ScepEvidence *evidence)
{
    if (!no_answer(about) || !about->last->is_get || about->last->target_length <= WAP_LIMIT)
        return false;
    evidence->detail = g_strdup_printf("The request target is %u bytes long", about->last->target_length);
    return true;
}

static bool operation_unanswered(const Case *about, ScepEvidence *evidence)
{
    (void)evidence;
    return no_answer(about) && about->last->operation == SCEP_OP_PKIOPERATION;
}

static bool request_unanswered(const Case *about, ScepEvidence *evidence)
{
    (void)evidence;
    return no_answer(about);
}

static bool pending_forever(const Case *about, ScepEvidence *evidence)
{
    if (about->outcome != SCEP_OUTCOME_PENDING || about->enrollment->polls < MANY_POLLS || !capture_goes_on(about))
        return false;
    evidence->detail = g_strdup_printf("%u polls, all answered PENDING", about->enrollment->polls);
    return true;
}

static const ScepExchange *submitted_in(const ScepEnrollment *enrollment)
{
    const ScepExchange *exchange = enrollment ? enrollment->first : NULL;

    while (exchange != NULL && exchange->operation != SCEP_OP_PKIOPERATION)
        exchange = exchange->next;
    return exchange;
}

/* Most clients derive the transactionID from the key: the same device, which got its certificate and asks for another.
 */
static bool asks_again_after_success(const Case *about, ScepEvidence *evidence)
{
    const ScepExchange *again = submitted_in(about->enrollment->later);

    if (about->outcome != SCEP_OUTCOME_ISSUED || again == NULL || again->is_renewal ||
        again->client != about->last->client)
        return false;
    const int64_t between = again->request_time - about->last->response_time;
    if (between < 0 || between > LOOP_TIME)
        return false;
    evidence->detail = g_strdup_printf("It asked again %" G_GINT64_FORMAT " seconds later", between / SECOND);
    evidence->also[evidence->also_count++] = again->request_frame;
    return true;
}

/* Without the GetCACert answer the certificates of the RA are not known. */
static bool starts_midway(const Case *about, ScepEvidence *evidence)
{
    (void)evidence;
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
static bool ca_failed(const Case *about)
{
    const ScepCaCall *last = about->enrollment->ca_last;

    if (about->last->has_ndes_error && is_rpc_code(about->last->ndes_error))
        return true;
    return last != NULL && (last->response_frame == 0 || last->is_fault || last->chain != SCEP_CA_NO_CHAIN) &&
           (last->response_frame == 0 ? last->request_findings != NULL : scep_ca_call_is_refused(last));
}

static const ScepExchange *ca_certificates(const Case *about)
{
    const ScepExchange *exchange = about->enrollment->first;

    while (exchange != NULL && (exchange->operation != SCEP_OP_GETCACERT || exchange->status != 200))
        exchange = exchange->next;
    return exchange;
}

static bool cacert_tells_nothing(const Case *about, ScepEvidence *evidence)
{
    const ScepExchange *exchange = ca_certificates(about);

    if (exchange == NULL || about->outcome == SCEP_OUTCOME_ISSUED || !ca_failed(about))
        return false;
    evidence->also[evidence->also_count++] = exchange->response_frame;
    return true;
}

/* Only where the capture shows that this NDES calls its CA, and where the refusal is no code of a CA or of RPC. */
static bool refused_without_ca(const Case *about, ScepEvidence *evidence)
{
    const ScepExchange *last = about->last;
    bool known;

    (void)evidence;
    return about->outcome == SCEP_OUTCOME_REFUSED && last->pki_status == SCEP_STATUS_FAILURE &&
           about->enrollment->ca_calls == NULL && about->enrollment->services == NULL && last->request_frame != 0 &&
           !(last->has_ndes_error && (is_rpc_code(last->ndes_error) || last->ndes_error >> 16 == 0x8009)) &&
           !scep_ca_called_between(about->tracker, last->server->address, last->request_time - NEARBY,
                                   last->response_time + NEARBY, &known) &&
           known;
}

/* The cause before its symptom. */
static const Conclusion conclusions[] = {
    { "wap_long_uri_hang", long_target_lost },
    { "http_request_no_reply", request_unanswered },
    { "enrolment_unanswered", operation_unanswered },
    { "cacert_ok_then_loop", windows_loop },
    { "caps_no_followup_ios", apple_without_caps },
    { "cacert_ok_apple_stops", apple_stops },
    { "cacert_then_nothing", stops_after_cacert },
    { "caps_required_missing_ios18", apple_stops_after_caps },
    { "caps_then_nothing", stops_after_caps },
    { "certrep_pending_forever", pending_forever },
    { "certrep_all_200_no_cert", asks_again_after_success },
    { "stage4_no_rpc_but_failure", refused_without_ca },
    { "cacert_ok_is_not_ca_ok", cacert_tells_nothing },
    { "scep_probe", only_probes },
    { "capture_starts_midway", starts_midway },
};

#define SIGN_IN_REFUSED "http_401_admin_final"

bool scep_conclusions_can_raise(const char *hint_id)
{
    if (strcmp(hint_id, SIGN_IN_REFUSED) == 0)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(conclusions); i++) {
        if (strcmp(conclusions[i].hint, hint_id) == 0)
            return true;
    }
    return false;
}

static GPtrArray **findings_of(ScepExchange *exchange)
{
    return exchange->response_frame ? &exchange->response_findings : &exchange->request_findings;
}

/* Takes over evidence->detail. */
static void add_conclusion(ScepTracker *tracker, ScepExchange *exchange, const char *hint, ScepEvidence *evidence)
{
    scep_findings_conclude(findings_of(exchange),
                           scep_finding_new(tracker, exchange, exchange->response_frame != 0, hint, evidence));
}

static void conclude(ScepTracker *tracker, const Case *about)
{

    for (size_t i = 0; i < G_N_ELEMENTS(conclusions); i++) {
        ScepEvidence evidence = { { 0 }, 0, NULL };
        if (conclusions[i].applies(about, &evidence))
            add_conclusion(tracker, (ScepExchange *)about->last, conclusions[i].hint, &evidence);
    }
}

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
static void conclude_sign_ins(ScepTracker *tracker)
{
    GHashTable *last = g_hash_table_new(peers_hash, peers_equal);
    GHashTableIter iterator;
    gpointer key;

    for (guint i = 0; i < tracker->exchanges->len; i++) {
        ScepExchange *exchange = g_ptr_array_index(tracker->exchanges, i);
        if (exchange->path_kind != SCEP_PATH_NDES_ADMIN)
            continue;
        scep_findings_drop_conclusions(exchange->request_findings);
        scep_findings_drop_conclusions(exchange->response_findings);
        g_hash_table_replace(last, exchange, exchange);
    }
    g_hash_table_iter_init(&iterator, last);
    while (g_hash_table_iter_next(&iterator, &key, NULL)) {
        ScepExchange *exchange = key;
        ScepEvidence evidence = { { 0 }, 0, NULL };
        if (exchange->status == 401 && tracker->last_time - last_moment(exchange) >= SILENCE)
            add_conclusion(tracker, exchange, SIGN_IN_REFUSED, &evidence);
    }
    g_hash_table_unref(last);
}

/* Hints about a matter that a later message of the same enrollment settled. */
static const char *const settled_by_success[] = { "certrep_pending",          "enrolment_unanswered",
                                                  "http_request_no_reply",    "caps_no_post",
                                                  "pkiop_alg_not_in_caps",    "pkiop_post_not_offered",
                                                  "caps_no_renewal",          "challenge_expired_age",
                                                  "cacert_root_not_expected", "ndes_server_changes_mid_enrolment" };

static void settle(GPtrArray *findings)
{
    for (guint i = 0; findings != NULL && i < findings->len; i++) {
        ScepFinding *finding = g_ptr_array_index(findings, i);
        for (size_t k = 0; k < G_N_ELEMENTS(settled_by_success); k++) {
            if (strcmp(finding->hint->id, settled_by_success[k]) == 0)
                finding->severity = SCEP_SEVERITY_NOTE;
        }
    }
}

/* What was tried before the certificate came is history, and what might have been refused in the request was not. */
static void settle_enrollment(const ScepEnrollment *enrollment, const ScepExchange *decisive)
{
    for (ScepExchange *exchange = enrollment->first; exchange != NULL && exchange != decisive;
         exchange = exchange->next) {
        settle(exchange->request_findings);
        settle(exchange->response_findings);
    }
    settle(decisive->request_findings);
    scep_ca_calls_settle(enrollment);
}

void scep_tracker_finish(ScepTracker *tracker)
{
    if (tracker->finished == tracker->booked)
        return;
    tracker->finished = tracker->booked;
    conclude_sign_ins(tracker);
    scep_ca_calls_conclude(tracker);
    scep_ca_chain_conclude(tracker);
    for (guint i = 0; i < tracker->enrollments->len; i++) {
        const ScepEnrollment *enrollment = g_ptr_array_index(tracker->enrollments, i);
        const ScepExchange *decisive = scep_enrollment_decisive(enrollment);
        const Case about = { tracker, enrollment, decisive, scep_enrollment_outcome(enrollment) };

        for (ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next) {
            scep_findings_drop_conclusions(exchange->request_findings);
            scep_findings_drop_conclusions(exchange->response_findings);
        }
        conclude(tracker, &about);
        if (about.outcome == SCEP_OUTCOME_ISSUED)
            settle_enrollment(enrollment, decisive);
    }
    scep_service_conclude(tracker);
    scep_connections_conclude(tracker);
}
