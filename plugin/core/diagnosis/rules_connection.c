/* rules_connection.c
 * Rules on connections: what TCP, TLS and DNS show of a failure.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "tracker/connection.h"
#include "tracker/tracker.h"
#include "crypto/crypto.h"
#include "diagnosis/rule.h"
#include "tracker/hosts.h"
#include "wire/tls_stream.h"
#include "tracker/times.h"

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

/* ---- conditions -------------------------------------------------------------------------------------------------- */

static bool any_alert(ScepCase *about)
{
    return about->seen->alert != 0;
}

static bool to_publisher(ScepCase *about)
{
    const ScepHostRole role = about->connection->server_role;

    return role == SCEP_HOST_PUBLISHER || role == SCEP_HOST_RELAY;
}

static bool to_cloud(const ScepCase *about)
{
    const ScepHostRole role = about->connection->server_role;

    return role == SCEP_HOST_INTUNE || role == SCEP_HOST_SIGN_IN;
}

static bool to_policy(const ScepCase *about)
{
    return scep_connection_is_policy(about->connection);
}

static bool check_unanswered(ScepCase *about)
{
    return to_policy(about) && about->connection->stage == 3;
}

static bool from_device(ScepCase *about)
{
    return about->connection->stage == 2 && !to_publisher(about);
}

static bool cloud_unreachable(ScepCase *about)
{
    return about->connection->stage > 1 && to_cloud(about);
}

static bool mdm_unreachable(ScepCase *about)
{
    return about->connection->stage == 1;
}

static bool objects_to_certificate(uint8_t alert)
{
    return alert == BAD_CERTIFICATE || alert == UNSUPPORTED_CERTIFICATE || alert == CERTIFICATE_REVOKED ||
           alert == CERTIFICATE_UNKNOWN || alert == UNKNOWN_CA;
}

static bool policy_certificate_rejected(ScepCase *about)
{
    return to_policy(about) && about->seen->by_client &&
           (objects_to_certificate(about->seen->alert) || about->seen->alert == UNRECOGNIZED_NAME);
}

static bool server_certificate_rejected(ScepCase *about)
{
    return from_device(about) && about->seen->by_client && objects_to_certificate(about->seen->alert);
}

static bool server_certificate_expired(ScepCase *about)
{
    return about->seen->by_client && about->seen->alert == CERTIFICATE_EXPIRED;
}

static bool name_unknown(ScepCase *about)
{
    return about->seen->alert == UNRECOGNIZED_NAME;
}

static bool client_certificate_rejected(ScepCase *about)
{
    return from_device(about) && !about->seen->by_client && about->connection->gave_certificate;
}

static bool client_certificate_missing(ScepCase *about)
{
    return from_device(about) && !about->seen->by_client && about->connection->gave_none &&
           (about->seen->alert == HANDSHAKE_FAILURE || about->seen->alert == CERTIFICATE_REQUIRED ||
            objects_to_certificate(about->seen->alert));
}

static bool policy_gave_none(ScepCase *about)
{
    return to_policy(about) && !about->seen->by_client && about->connection->gave_none;
}

static bool nothing_in_common(ScepCase *about)
{
    return about->seen->alert == HANDSHAKE_FAILURE || about->seen->alert == PROTOCOL_VERSION ||
           about->seen->alert == INSUFFICIENT_SECURITY;
}

/* Names are compared by OpenSSL (RFC 6125, RFC 9525). Where the certificate cannot be read nothing is claimed. */
static bool name_differs(ScepCase *about)
{
    const char *host = about->connection->host;
    X509 *certificate = X509_new_ex(scep_crypto_context(), NULL);
    gsize size;
    const unsigned char *der = g_bytes_get_data(about->seen->certificate->der, &size);

    ERR_set_mark();
    const bool differs = host != NULL && certificate != NULL && d2i_X509(&certificate, &der, (long)size) != NULL &&
                         X509_check_host(certificate, host, 0, 0, NULL) == 0;

    ERR_pop_to_mark();
    X509_free(certificate);
    return differs;
}

static int64_t seconds_left(const ScepCase *about)
{
    return about->seen->certificate->not_after - about->seen->time / SCEP_SECOND;
}

static bool is_expired(ScepCase *about)
{
    return seconds_left(about) < 0;
}

static bool expires_soon(ScepCase *about)
{
    return (from_device(about) || to_policy(about)) && seconds_left(about) < SCEP_RA_NOTICE;
}

static bool issuer_unexpected(ScepCase *about)
{
    const ScepKnownHost *known = about->connection->host != NULL ? scep_known_host_find(about->connection->host) : NULL;
    bool found = false;

    if (known == NULL || known->issuers == NULL)
        return false;
    char **words = g_strsplit(known->issuers, "|", -1);
    for (char **word = words; *word != NULL; word++)
        found |= strstr(about->seen->certificate->issuer, *word) != NULL;
    g_strfreev(words);
    return !found;
}

static bool is_waiting(const ScepCase *about)
{
    return about->connection->asked_octets > 0;
}

static int64_t silence(const ScepCase *about)
{
    return about->seen->time - about->connection->asked_time;
}

static bool idle(ScepCase *about)
{
    return is_waiting(about) && !about->seen->by_client && silence(about) >= SCEP_IDLE_TIME;
}

static bool reset_after_request(ScepCase *about)
{
    return is_waiting(about) && about->seen->is_reset && !about->seen->by_client &&
           !(about->connection->closed_sides & SCEP_CLIENT_SIDE);
}

/* What was read is judged by its messages, and a side that was not captured by nothing. */
static bool no_reply(ScepCase *about)
{
    return is_waiting(about) && about->connection->is_heard && !about->connection->is_opened &&
           (!about->seen->by_client || silence(about) >= SCEP_GIVING_UP_TIME);
}

static bool closed_before_data(ScepCase *about)
{
    const ScepConnection *connection = about->connection;

    return from_device(about) && connection->is_tls && connection->version != 0 && !connection->is_opened &&
           connection->exchange_count == 0 && !connection->has_alert && !connection->has_gaps &&
           about->seen->time - connection->hello_time <= SCEP_REJECTED_TIME;
}

static bool stalled(ScepCase *about)
{
    const ScepConnection *connection = about->connection;

    return to_policy(about) && connection->accept_frame != 0 && !connection->is_tls && connection->tls == NULL &&
           connection->asked_frame == 0;
}

static bool name_fails(const ScepCase *about)
{
    return about->seen->code != 0 || !(about->seen->has_address || about->connection->is_ipv6);
}

static bool device_name_fails(ScepCase *about)
{
    return from_device(about) && name_fails(about);
}

static bool mdm_name_fails(ScepCase *about)
{
    return mdm_unreachable(about) && name_fails(about);
}

static bool cloud_name_fails(ScepCase *about)
{
    return cloud_unreachable(about) && name_fails(about);
}

/* How far back a certificate is looked for that there would be something to report of. */
#define EXCHANGES_LOOKED_AT 64

static bool issued_before(const ScepTracker *tracker, int64_t time)
{
    const GPtrArray *all = scep_tracker_get0_exchanges(tracker);

    for (guint i = all->len, seen = 0; i > 0 && seen < EXCHANGES_LOOKED_AT; i--, seen++) {
        const ScepExchange *exchange = g_ptr_array_index(all, i - 1);
        if (scep_exchange_is_granted(exchange) && exchange->response_time <= time &&
            time - exchange->response_time <= SCEP_UPLOAD_TIME)
            return true;
    }
    return false;
}

static bool cannot_report(ScepCase *about)
{
    return about->connection->stage == 6 && to_cloud(about) &&
           issued_before(about->tracker, about->connection->connect_time);
}

static bool device_asks_in_vain(ScepCase *about)
{
    return from_device(about) && about->connection->is_lookup;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* The first of a moment that applies is told; those that say how sure they are come first. */
static const ScepRule rules[] = {
    { SCEP_HINT_connector_outbound_blocked, SCEP_ON_CONNECTION_REFUSED, to_publisher, 0 },
    { SCEP_HINT_connector_upload_failed, SCEP_ON_CONNECTION_REFUSED, cannot_report, 0 },
    { SCEP_HINT_intune_unreachable, SCEP_ON_CONNECTION_REFUSED, cloud_unreachable, 0 },
    { SCEP_HINT_mdm_unreachable, SCEP_ON_CONNECTION_REFUSED, mdm_unreachable, 0 },
    { SCEP_HINT_verify_unanswered, SCEP_ON_CONNECTION_REFUSED, check_unanswered, 0 },
    { SCEP_HINT_tcp_ndes_refused, SCEP_ON_CONNECTION_REFUSED, from_device, 0 },

    { SCEP_HINT_connector_outbound_blocked, SCEP_AT_CONNECTION_END, to_publisher, 0 },
    { SCEP_HINT_connector_upload_failed, SCEP_AT_CONNECTION_END, cannot_report, 0 },
    { SCEP_HINT_intune_unreachable, SCEP_AT_CONNECTION_END, cloud_unreachable, 0 },
    { SCEP_HINT_mdm_unreachable, SCEP_AT_CONNECTION_END, mdm_unreachable, 0 },
    { SCEP_HINT_verify_unanswered, SCEP_AT_CONNECTION_END, check_unanswered, 0 },
    { SCEP_HINT_dns_ndes_nxdomain, SCEP_AT_CONNECTION_END, device_asks_in_vain, 0 },
    { SCEP_HINT_tcp_ndes_no_answer, SCEP_AT_CONNECTION_END, from_device, 0 },

    { SCEP_HINT_dns_ndes_nxdomain, SCEP_ON_CONNECTION_NAME, device_name_fails, 0 },
    { SCEP_HINT_intune_unreachable, SCEP_ON_CONNECTION_NAME, cloud_name_fails, 0 },
    { SCEP_HINT_mdm_unreachable, SCEP_ON_CONNECTION_NAME, mdm_name_fails, 0 },

    { SCEP_HINT_tls_issuer_not_expected, SCEP_ON_CONNECTION_CERTIFICATE, issuer_unexpected, 0 },
    { SCEP_HINT_tls_name_mismatch, SCEP_ON_CONNECTION_CERTIFICATE, name_differs, 0 },
    { SCEP_HINT_tls_alert_certificate_expired, SCEP_ON_CONNECTION_CERTIFICATE, is_expired, 0 },
    { SCEP_HINT_tls_server_cert_expiring, SCEP_ON_CONNECTION_CERTIFICATE, expires_soon, 0 },

    { SCEP_HINT_tls_client_cert_asked_on_device_hop, SCEP_ON_CONNECTION_WISH, from_device, 0 },

    { SCEP_HINT_verify_tls_name_12175, SCEP_ON_CONNECTION_ALERT, policy_certificate_rejected, 0 },
    { SCEP_HINT_verify_tls_client_cert_key, SCEP_ON_CONNECTION_ALERT, policy_gave_none, 0 },
    { SCEP_HINT_connector_upload_failed, SCEP_ON_CONNECTION_ALERT, cannot_report, 0 },
    { SCEP_HINT_intune_unreachable, SCEP_ON_CONNECTION_ALERT, cloud_unreachable, 0 },
    { SCEP_HINT_mdm_unreachable, SCEP_ON_CONNECTION_ALERT, mdm_unreachable, 0 },
    { SCEP_HINT_tls_client_cert_presented_on_renewal, SCEP_ON_CONNECTION_ALERT, client_certificate_rejected, 0 },
    { SCEP_HINT_tls_client_cert_asked_on_device_hop, SCEP_ON_CONNECTION_ALERT, client_certificate_missing, 0 },
    { SCEP_HINT_tls_name_mismatch, SCEP_ON_CONNECTION_ALERT, name_unknown, 0 },
    { SCEP_HINT_tls_alert_certificate_expired, SCEP_ON_CONNECTION_ALERT, server_certificate_expired, 0 },
    { SCEP_HINT_tls_alert_unknown_ca, SCEP_ON_CONNECTION_ALERT, server_certificate_rejected, 0 },
    { SCEP_HINT_tls_alert_handshake_failure, SCEP_ON_CONNECTION_ALERT, nothing_in_common, 0 },
    { SCEP_HINT_tls_alert_other, SCEP_ON_CONNECTION_ALERT, any_alert, 0 },

    { SCEP_HINT_tcp_idle_timeout, SCEP_ON_CONNECTION_CLOSE, idle, 0 },
    { SCEP_HINT_tcp_reset_after_request, SCEP_ON_CONNECTION_CLOSE, reset_after_request, 0 },
    { SCEP_HINT_http_request_no_reply, SCEP_ON_CONNECTION_CLOSE, no_reply, 0 },
    { SCEP_HINT_verify_stalled_sending, SCEP_ON_CONNECTION_CLOSE, stalled, 0 },
    { SCEP_HINT_tls_closed_before_app_data, SCEP_ON_CONNECTION_CLOSE, closed_before_data, 0 },
};

/* ---- words ------------------------------------------------------------------------------------------------------- */

static char *dns_detail(const ScepCase *about)
{
    static const char *const codes[] = { "no address", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };

    if (about->seen->code < G_N_ELEMENTS(codes))
        return g_strdup_printf("%s: %s", about->connection->host, codes[about->seen->code]);
    return g_strdup_printf("%s: RCODE %u", about->connection->host, about->seen->code);
}

static char *close_detail(const ScepCase *about)
{
    const ScepConnection *connection = about->connection;

    if (connection->tls != NULL && connection->tls->silent_alert)
        return g_strdup("The client's last record is encrypted and has the size of an alert");
    if (!is_waiting(about))
        return NULL;
    const int64_t seconds = silence(about) / SCEP_SECOND;
    const char *how = about->seen->is_reset ? "reset" : "closed", *who = about->seen->by_client ? "client" : "server";
    if (seconds == 0)
        return g_strdup_printf("Less than a second after the request, %s by the %s", how, who);
    return g_strdup_printf("%" G_GINT64_FORMAT " second%s after the request, %s by the %s", seconds,
                           seconds == 1 ? "" : "s", how, who);
}

/* @return g_free(); NULL where the hint says it all */
static char *detail_of(const ScepCase *about)
{
    const ScepConnection *connection = about->connection;

    switch (about->moment) {
    case SCEP_ON_CONNECTION_ALERT:
        return g_strdup_printf("Alert %s (%u) from the %s, host %s", scep_tls_alert_name(about->seen->alert),
                               about->seen->alert, about->seen->by_client ? "client" : "server",
                               connection->host ? connection->host : connection->server);
    case SCEP_ON_CONNECTION_CERTIFICATE:
        return g_strdup_printf("Host %s, certificate of %s, issued by %s",
                               connection->host ? connection->host : "without a name",
                               about->seen->certificate->subject, about->seen->certificate->issuer);
    case SCEP_ON_CONNECTION_NAME:
        return dns_detail(about);
    case SCEP_ON_CONNECTION_CLOSE:
        return close_detail(about);
    case SCEP_ON_CONNECTION_REFUSED:
    case SCEP_AT_CONNECTION_END:
        if (connection->is_lookup)
            return g_strdup_printf("%s: the question was never answered", connection->host);
        return connection->host != NULL ? g_strdup_printf("Host %s, port %u", connection->host, connection->port)
                                        : g_strdup_printf("Port %u", connection->port);
    default:
        return NULL;
    }
}

const ScepRuleTable scep_rules_connection = {
    .rules = rules, .count = G_N_ELEMENTS(rules), .detail = detail_of, .first_only = true, .repeats = true
};

/* ---- Microsoft's CA for keys of TPMs ----------------------------------------------------------------------------- */

static bool is_aik(ScepCase *about)
{
    return about->connection->server_role == SCEP_HOST_AIK;
}

static const ScepRule aik_rules[] = { { SCEP_HINT_aik_noise, SCEP_ON_CONNECTION_HELLO, is_aik, 0 } };

const ScepRuleTable scep_rules_connection_aik = {
    .rules = aik_rules, .count = G_N_ELEMENTS(aik_rules), .repeats = true, .with_aik = true
};
