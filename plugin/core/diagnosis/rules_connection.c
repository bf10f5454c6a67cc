/* rules_connection.c
 * Rules on connections: what TCP, TLS and DNS show of a failure.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "tracker/connection.h"
#include "diagnosis/facts.h"
#include "crypto/crypto.h"
#include "diagnosis/findings.h"
#include "tracker/hosts.h"
#include "wire/tls_stream.h"

#define SECOND INT64_C(1000000000)
#define DAY (24 * 60 * 60)

enum { EXPIRES_SOON = 30 * DAY }; /* seconds */

/* From here on a silence is what a device in between ends a connection for; a client gives up sooner. */
#define IDLE_TIME (60 * SECOND)
#define GIVING_UP_TIME (5 * SECOND)
#define REJECTED_TIME (2 * SECOND)

/* Alerts (RFC 8446 6.2) */
enum {
    HANDSHAKE_FAILURE = 40,
    BAD_CERTIFICATE = 42,
    UNSUPPORTED_CERTIFICATE = 43,
    CERTIFICATE_REVOKED = 44,
    CERTIFICATE_EXPIRED = 45,
    CERTIFICATE_UNKNOWN = 46,
    UNKNOWN_CA = 48,
    PROTOCOL_VERSION = 70,
    INSUFFICIENT_SECURITY = 71,
    UNRECOGNIZED_NAME = 112,
    CERTIFICATE_REQUIRED = 116
};

/* ---- conditions -----------------------------------------------------------------------------------------------------
 */

static bool always(const ScepConnectionFacts *facts)
{
    (void)facts;
    return true;
}

static bool to_publisher(const ScepConnectionFacts *facts)
{
    const ScepHostRole role = facts->connection->server_role;

    return role == SCEP_HOST_PUBLISHER || role == SCEP_HOST_RELAY;
}

static bool to_cloud(const ScepConnectionFacts *facts)
{
    const ScepHostRole role = facts->connection->server_role;

    return role == SCEP_HOST_INTUNE || role == SCEP_HOST_SIGN_IN;
}

static bool to_policy(const ScepConnectionFacts *facts)
{
    return scep_connection_is_policy(facts->connection);
}

static bool check_unanswered(const ScepConnectionFacts *facts)
{
    return to_policy(facts) && facts->connection->stage == 3;
}

static bool from_device(const ScepConnectionFacts *facts)
{
    return facts->connection->stage == 2 && !to_publisher(facts);
}

static bool cloud_unreachable(const ScepConnectionFacts *facts)
{
    return facts->connection->stage > 1 && to_cloud(facts);
}

static bool mdm_unreachable(const ScepConnectionFacts *facts)
{
    return facts->connection->stage == 1;
}

static bool objects_to_certificate(uint8_t alert)
{
    return alert == BAD_CERTIFICATE || alert == UNSUPPORTED_CERTIFICATE || alert == CERTIFICATE_REVOKED ||
           alert == CERTIFICATE_UNKNOWN || alert == UNKNOWN_CA;
}

static bool policy_certificate_rejected(const ScepConnectionFacts *facts)
{
    return to_policy(facts) && facts->by_client &&
           (objects_to_certificate(facts->alert) || facts->alert == UNRECOGNIZED_NAME);
}

static bool server_certificate_rejected(const ScepConnectionFacts *facts)
{
    return from_device(facts) && facts->by_client && objects_to_certificate(facts->alert);
}

static bool server_certificate_expired(const ScepConnectionFacts *facts)
{
    return facts->by_client && facts->alert == CERTIFICATE_EXPIRED;
}

static bool name_unknown(const ScepConnectionFacts *facts)
{
    return facts->alert == UNRECOGNIZED_NAME;
}

static bool client_certificate_rejected(const ScepConnectionFacts *facts)
{
    return from_device(facts) && !facts->by_client && facts->connection->gave_certificate;
}

static bool client_certificate_missing(const ScepConnectionFacts *facts)
{
    return from_device(facts) && !facts->by_client && facts->connection->gave_none &&
           (facts->alert == HANDSHAKE_FAILURE || facts->alert == CERTIFICATE_REQUIRED ||
            objects_to_certificate(facts->alert));
}

static bool policy_gave_none(const ScepConnectionFacts *facts)
{
    return to_policy(facts) && !facts->by_client && facts->connection->gave_none;
}

static bool nothing_in_common(const ScepConnectionFacts *facts)
{
    return facts->alert == HANDSHAKE_FAILURE || facts->alert == PROTOCOL_VERSION ||
           facts->alert == INSUFFICIENT_SECURITY;
}

/* Names are compared by OpenSSL (RFC 6125, RFC 9525). Where the certificate cannot be read nothing is claimed. */
static bool name_differs(const ScepConnectionFacts *facts)
{
    const char *host = facts->connection->host;
    X509 *certificate = X509_new_ex(scep_crypto_context(), NULL);
    gsize size;
    const unsigned char *der = g_bytes_get_data(facts->certificate->der, &size);

    ERR_set_mark();
    const bool differs = host != NULL && certificate != NULL && d2i_X509(&certificate, &der, (long)size) != NULL &&
                         X509_check_host(certificate, host, 0, 0, NULL) == 0;

    ERR_pop_to_mark();
    X509_free(certificate);
    return differs;
}

static int64_t seconds_left(const ScepConnectionFacts *facts)
{
    return facts->certificate->not_after - facts->time / SECOND;
}

static bool is_expired(const ScepConnectionFacts *facts)
{
    return seconds_left(facts) < 0;
}

static bool expires_soon(const ScepConnectionFacts *facts)
{
    return (from_device(facts) || to_policy(facts)) && seconds_left(facts) < EXPIRES_SOON;
}

static bool issuer_unexpected(const ScepConnectionFacts *facts)
{
    const ScepKnownHost *known = facts->connection->host != NULL ? scep_known_host_find(facts->connection->host) : NULL;
    bool found = false;

    if (known == NULL || known->issuers == NULL)
        return false;
    char **words = g_strsplit(known->issuers, "|", -1);
    for (char **word = words; *word != NULL; word++)
        found |= strstr(facts->certificate->issuer, *word) != NULL;
    g_strfreev(words);
    return !found;
}

static bool is_waiting(const ScepConnectionFacts *facts)
{
    return facts->connection->asked_octets > 0;
}

static int64_t silence(const ScepConnectionFacts *facts)
{
    return facts->time - facts->connection->asked_time;
}

static bool idle(const ScepConnectionFacts *facts)
{
    return is_waiting(facts) && !facts->by_client && silence(facts) >= IDLE_TIME;
}

static bool reset_after_request(const ScepConnectionFacts *facts)
{
    return is_waiting(facts) && facts->is_reset && !facts->by_client &&
           !(facts->connection->closed_sides & SCEP_CLIENT_SIDE);
}

/* What was read is judged by its messages, and a side that was not captured by nothing. */
static bool no_reply(const ScepConnectionFacts *facts)
{
    return is_waiting(facts) && facts->connection->is_heard && !facts->connection->is_opened &&
           (!facts->by_client || silence(facts) >= GIVING_UP_TIME);
}

static bool closed_before_data(const ScepConnectionFacts *facts)
{
    const ScepConnection *connection = facts->connection;

    return from_device(facts) && connection->is_tls && connection->version != 0 && !connection->is_opened &&
           connection->exchange_count == 0 && !connection->has_alert &&
           facts->time - connection->hello_time <= REJECTED_TIME;
}

static bool stalled(const ScepConnectionFacts *facts)
{
    const ScepConnection *connection = facts->connection;

    return to_policy(facts) && connection->accept_frame != 0 && !connection->is_tls && connection->tls == NULL &&
           connection->asked_frame == 0;
}

static bool name_fails(const ScepConnectionFacts *facts)
{
    return facts->code != 0 || !(facts->has_address || facts->connection->is_ipv6);
}

static bool device_name_fails(const ScepConnectionFacts *facts)
{
    return from_device(facts) && name_fails(facts);
}

static bool mdm_name_fails(const ScepConnectionFacts *facts)
{
    return mdm_unreachable(facts) && name_fails(facts);
}

static bool cloud_name_fails(const ScepConnectionFacts *facts)
{
    return cloud_unreachable(facts) && name_fails(facts);
}

/* How far back a certificate is looked for that there would be something to report of. */
#define REPORT_TIME (600 * SECOND)
#define EXCHANGES_LOOKED_AT 64

static bool issued_before(const ScepTracker *tracker, int64_t time)
{
    const GPtrArray *all = scep_tracker_exchanges(tracker);

    for (guint i = all->len, seen = 0; i > 0 && seen < EXCHANGES_LOOKED_AT; i--, seen++) {
        const ScepExchange *exchange = g_ptr_array_index(all, i - 1);
        if (exchange->pki_status == SCEP_STATUS_SUCCESS && exchange->response_time <= time &&
            time - exchange->response_time <= REPORT_TIME)
            return true;
    }
    return false;
}

static bool cannot_report(const ScepConnectionFacts *facts)
{
    return facts->connection->stage == 6 && to_cloud(facts) &&
           issued_before(facts->tracker, facts->connection->connect_time);
}

static bool device_asks_in_vain(const ScepConnectionFacts *facts)
{
    return from_device(facts) && facts->connection->is_lookup;
}

/* ---- tables ---------------------------------------------------------------------------------------------------------
 */

typedef struct {
    const char *hint;
    ScepConnectionMoment moment;
    bool (*applies)(const ScepConnectionFacts *facts);
} ConnectionRule;

/* The first of a moment that applies is told; those that say how sure they are come first. */
static const ConnectionRule rules[] = {
    { "connector_outbound_blocked", SCEP_CONNECTION_ON_REFUSED, to_publisher },
    { "connector_upload_failed", SCEP_CONNECTION_ON_REFUSED, cannot_report },
    { "intune_unreachable", SCEP_CONNECTION_ON_REFUSED, cloud_unreachable },
    { "mdm_unreachable", SCEP_CONNECTION_ON_REFUSED, mdm_unreachable },
    { "verify_unanswered", SCEP_CONNECTION_ON_REFUSED, check_unanswered },
    { "tcp_ndes_refused", SCEP_CONNECTION_ON_REFUSED, from_device },

    { "connector_outbound_blocked", SCEP_CONNECTION_ON_SILENCE, to_publisher },
    { "connector_upload_failed", SCEP_CONNECTION_ON_SILENCE, cannot_report },
    { "intune_unreachable", SCEP_CONNECTION_ON_SILENCE, cloud_unreachable },
    { "mdm_unreachable", SCEP_CONNECTION_ON_SILENCE, mdm_unreachable },
    { "verify_unanswered", SCEP_CONNECTION_ON_SILENCE, check_unanswered },
    { "dns_ndes_nxdomain", SCEP_CONNECTION_ON_SILENCE, device_asks_in_vain },
    { "tcp_ndes_no_answer", SCEP_CONNECTION_ON_SILENCE, from_device },

    { "dns_ndes_nxdomain", SCEP_CONNECTION_ON_NAME, device_name_fails },
    { "intune_unreachable", SCEP_CONNECTION_ON_NAME, cloud_name_fails },
    { "mdm_unreachable", SCEP_CONNECTION_ON_NAME, mdm_name_fails },

    { "tls_issuer_not_expected", SCEP_CONNECTION_ON_CERTIFICATE, issuer_unexpected },
    { "tls_name_mismatch", SCEP_CONNECTION_ON_CERTIFICATE, name_differs },
    { "tls_alert_certificate_expired", SCEP_CONNECTION_ON_CERTIFICATE, is_expired },
    { "tls_server_cert_expiring", SCEP_CONNECTION_ON_CERTIFICATE, expires_soon },

    { "tls_client_cert_asked_on_device_hop", SCEP_CONNECTION_ON_WISH, from_device },

    { "verify_tls_name_12175", SCEP_CONNECTION_ON_ALERT, policy_certificate_rejected },
    { "verify_tls_client_cert_key", SCEP_CONNECTION_ON_ALERT, policy_gave_none },
    { "connector_upload_failed", SCEP_CONNECTION_ON_ALERT, cannot_report },
    { "intune_unreachable", SCEP_CONNECTION_ON_ALERT, cloud_unreachable },
    { "mdm_unreachable", SCEP_CONNECTION_ON_ALERT, mdm_unreachable },
    { "tls_client_cert_presented_on_renewal", SCEP_CONNECTION_ON_ALERT, client_certificate_rejected },
    { "tls_client_cert_asked_on_device_hop", SCEP_CONNECTION_ON_ALERT, client_certificate_missing },
    { "tls_name_mismatch", SCEP_CONNECTION_ON_ALERT, name_unknown },
    { "tls_alert_certificate_expired", SCEP_CONNECTION_ON_ALERT, server_certificate_expired },
    { "tls_alert_unknown_ca", SCEP_CONNECTION_ON_ALERT, server_certificate_rejected },
    { "tls_alert_handshake_failure", SCEP_CONNECTION_ON_ALERT, nothing_in_common },
    { "tls_alert_other", SCEP_CONNECTION_ON_ALERT, always },

    { "tcp_idle_timeout", SCEP_CONNECTION_ON_CLOSE, idle },
    { "tcp_reset_after_request", SCEP_CONNECTION_ON_CLOSE, reset_after_request },
    { "http_request_no_reply", SCEP_CONNECTION_ON_CLOSE, no_reply },
    { "verify_stalled_sending", SCEP_CONNECTION_ON_CLOSE, stalled },
    { "tls_closed_before_app_data", SCEP_CONNECTION_ON_CLOSE, closed_before_data },
};

/* What the client was shown did not keep it from going on. */
static const char *const settled_by_request[] = { "tls_name_mismatch", "tls_alert_certificate_expired" };

#define AIK_SEEN "aik_noise"
#define LIKELY_SCEP "likely_scep_in_tls"
#define NEXT_OF_LIST "url_list_failover"

bool scep_connections_can_raise(const char *hint_id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (strcmp(rules[i].hint, hint_id) == 0)
            return true;
    }
    return strcmp(hint_id, AIK_SEEN) == 0 || strcmp(hint_id, LIKELY_SCEP) == 0 ||
           scep_connections_conclude_can_raise(hint_id);
}

/* ---- words ----------------------------------------------------------------------------------------------------------
 */

static char *dns_detail(const ScepConnectionFacts *facts)
{
    static const char *const codes[] = { "no address", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };

    if (facts->code < G_N_ELEMENTS(codes))
        return g_strdup_printf("%s: %s", facts->connection->host, codes[facts->code]);
    return g_strdup_printf("%s: RCODE %u", facts->connection->host, facts->code);
}

static char *close_detail(const ScepConnectionFacts *facts)
{
    const ScepConnection *connection = facts->connection;

    if (connection->tls != NULL && connection->tls->silent_alert)
        return g_strdup("The client's last record is encrypted and has the size of an alert");
    if (!is_waiting(facts))
        return NULL;
    const int64_t seconds = silence(facts) / SECOND;
    const char *how = facts->is_reset ? "reset" : "closed", *who = facts->by_client ? "client" : "server";
    if (seconds == 0)
        return g_strdup_printf("Less than a second after the request, %s by the %s", how, who);
    return g_strdup_printf("%" G_GINT64_FORMAT " second%s after the request, %s by the %s", seconds,
                           seconds == 1 ? "" : "s", how, who);
}

/* @return g_free(); NULL where the hint says it all */
static char *detail_of(ScepConnectionMoment moment, const ScepConnectionFacts *facts)
{
    const ScepConnection *connection = facts->connection;

    switch (moment) {
    case SCEP_CONNECTION_ON_ALERT:
        return g_strdup_printf("Alert %s (%u) from the %s, host %s", scep_tls_alert_name(facts->alert), facts->alert,
                               facts->by_client ? "client" : "server",
                               connection->host ? connection->host : connection->server);
    case SCEP_CONNECTION_ON_CERTIFICATE:
        return g_strdup_printf("Host %s, certificate of %s, issued by %s",
                               connection->host ? connection->host : "without a name", facts->certificate->subject,
                               facts->certificate->issuer);
    case SCEP_CONNECTION_ON_NAME:
        return dns_detail(facts);
    case SCEP_CONNECTION_ON_CLOSE:
        return close_detail(facts);
    case SCEP_CONNECTION_ON_REFUSED:
    case SCEP_CONNECTION_ON_SILENCE:
        if (connection->is_lookup)
            return g_strdup_printf("%s: the question was never answered", connection->host);
        return connection->host != NULL ? g_strdup_printf("Host %s, port %u", connection->host, connection->port)
                                        : g_strdup_printf("Port %u", connection->port);
    default:
        return NULL;
    }
}

static void add(ScepTracker *tracker, ScepConnection *connection, const char *hint, uint32_t frame, uint32_t other,
                char *detail)
{
    ScepEvidence evidence = { { other }, other != 0, detail };

    scep_findings_add(&connection->findings, scep_finding_at(tracker, frame, hint, &evidence));
}

static void settle(ScepConnection *connection)
{
    for (guint i = 0; connection->findings != NULL && i < connection->findings->len; i++) {
        ScepFinding *finding = g_ptr_array_index(connection->findings, i);
        for (size_t k = 0; k < G_N_ELEMENTS(settled_by_request); k++) {
            if (strcmp(finding->hint->id, settled_by_request[k]) == 0)
                finding->severity = SCEP_SEVERITY_NOTE;
        }
    }
}

static bool has_finding(const ScepConnection *connection, const char *hint)
{
    return scep_has_finding(connection->findings, hint);
}

/* How many connections back a query of the same client is looked for. */
#define QUERIES_LOOKED_AT 32

/* The client asked the same server for little before: as for the CA's capabilities and certificates. */
static const ScepTlsExchange *query_before(const ScepTracker *tracker, const ScepConnection *connection)
{
    const GPtrArray *all = scep_tracker_connections(tracker);

    for (guint i = all->len, seen = 0; i > 0 && seen < QUERIES_LOOKED_AT; i--, seen++) {
        const ScepConnection *other = g_ptr_array_index(all, i - 1);
        const unsigned count = other->exchange_count - (other == connection);
        if (other->client == connection->client && other->server == connection->server && other->exchange_count > 0 &&
            count > 0 && other->exchanges[0].request_size < SCEP_MIN_PKIOPERATION)
            return &other->exchanges[0];
    }
    return NULL;
}

/* A PKIOperation carries a whole pkiMessage, so it is larger by far than the queries before it. */
static void guess(ScepTracker *tracker, ScepConnection *connection, uint32_t frame)
{
    const ScepTlsExchange *now = &connection->exchanges[connection->exchange_count - 1];
    const ScepTlsExchange *before = NULL;

    if (connection->stage != 2 || connection->is_opened || now->request_size < SCEP_MIN_PKIOPERATION ||
        has_finding(connection, LIKELY_SCEP) || (before = query_before(tracker, connection)) == NULL)
        return;
    add(tracker, connection, LIKELY_SCEP, frame, before->request_frame,
        g_strdup_printf("Host %s: a short request and its answer, then one that is as long as a PKIOperation",
                        connection->host != NULL ? connection->host : connection->server));
}

/* A device goes down the list of its profile within this time (MEM-PROF). */
#define FAILOVER_TIME (120 * SECOND)

static bool has_submitted(const ScepConnection *connection)
{
    for (unsigned i = 0; i < connection->exchange_count; i++) {
        if (connection->exchanges[i].request_size >= SCEP_MIN_PKIOPERATION)
            return true;
    }
    return false;
}

/* Where nothing of it can be read: the same device was with another server just before, and sent it no PKIOperation. */
static const ScepConnection *server_before(const ScepTracker *tracker, const ScepConnection *connection)
{
    const GPtrArray *all = scep_tracker_connections(tracker);

    for (guint i = all->len, seen = 0; i > 0 && seen < QUERIES_LOOKED_AT; i--, seen++) {
        const ScepConnection *other = g_ptr_array_index(all, i - 1);
        if (other == connection || other->is_lookup || other->client != connection->client || other->stage != 2)
            continue;
        if (other->server == connection->server || other->is_opened || has_submitted(other) ||
            connection->connect_time - other->connect_time > FAILOVER_TIME)
            return NULL;
        return other;
    }
    return NULL;
}

static void tell_failover(ScepTracker *tracker, ScepConnection *connection, uint32_t frame)
{
    const bool is_first = connection->exchange_count == 1 && connection->exchanges[0].request_frame == frame;
    const ScepConnection *before = is_first && connection->stage == 2 && connection->client_role == SCEP_HOST_DEVICE
                                       ? server_before(tracker, connection)
                                       : NULL;

    if (before == NULL || has_finding(connection, NEXT_OF_LIST))
        return;
    add(tracker, connection, NEXT_OF_LIST, connection->hello_frame, before->connect_frame,
        g_strdup_printf("First %s, then %s", before->host != NULL ? before->host : before->server,
                        connection->host != NULL ? connection->host : connection->server));
}

void scep_connection_judge(ScepTracker *tracker, ScepConnection *connection, ScepConnectionMoment moment,
                           const ScepConnectionFacts *given, uint32_t frame, uint32_t other)
{
    ScepConnectionFacts facts = *given;

    facts.tracker = tracker;
    facts.connection = connection;
    if (connection->server_role == SCEP_HOST_AIK) {
        if (moment == SCEP_CONNECTION_ON_HELLO)
            add(tracker, connection, AIK_SEEN, frame, 0, NULL);
        return;
    }
    if (moment == SCEP_CONNECTION_ON_REQUEST) {
        settle(connection);
        guess(tracker, connection, frame);
        tell_failover(tracker, connection, frame);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (rules[i].moment != moment || !rules[i].applies(&facts))
            continue;
        add(tracker, connection, rules[i].hint, frame, other, detail_of(moment, &facts));
        return;
    }
}
