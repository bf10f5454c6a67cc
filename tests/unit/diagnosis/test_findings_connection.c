/* test_findings_connection.c
 * What TCP and TLS show of a failure: each rule where it applies, and where it nearly does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/err.h>

#include "connection_scene.h"
#include "rule_tables.h"

/* Seconds since 1970. The certificates end with 2033. */
enum { EARLY = 1000, YEAR_2026 = 1767225600, END_OF_2033 = 2018995200, YEAR_2035 = 2051222400 };

#define NDES_NAME "ndes.contoso.com"
#define INTUNE_NAME "manage.microsoft.com"

static const SceneHosts to_ndes = { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, NDES_NAME };
static const SceneHosts to_nameless = { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, NULL };
static const SceneHosts to_other_name = { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, "mdm.contoso.com" };
static const SceneHosts to_proxy = { SCEP_HOST_PROXY, SCEP_HOST_UNKNOWN, NDES_NAME };
static const SceneHosts to_policy = { SCEP_HOST_POLICY, SCEP_HOST_NDES, NDES_NAME };
static const SceneHosts to_publisher = { SCEP_HOST_PUBLISHER, SCEP_HOST_UNKNOWN, NULL };
static const SceneHosts to_relay = { SCEP_HOST_RELAY, SCEP_HOST_PROXY, NULL };
static const SceneHosts device_to_relay = { SCEP_HOST_RELAY, SCEP_HOST_UNKNOWN, NULL };
static const SceneHosts to_intune = { SCEP_HOST_INTUNE, SCEP_HOST_NDES, INTUNE_NAME };
static const SceneHosts to_sign_in = { SCEP_HOST_SIGN_IN, SCEP_HOST_NDES, NULL };
static const SceneHosts device_to_sign_in = { SCEP_HOST_SIGN_IN, SCEP_HOST_UNKNOWN, NULL };
static const SceneHosts device_to_intune = { SCEP_HOST_INTUNE, SCEP_HOST_UNKNOWN, INTUNE_NAME };
static const SceneHosts to_aik = { SCEP_HOST_AIK, SCEP_HOST_UNKNOWN, NULL };

typedef struct {
    const SceneHosts *hosts;
    const char *script;
    const char *expected;
} Row;

static void play_rows(const Row *rows, size_t count, int64_t seconds)
{
    for (size_t i = 0; i < count; i++)
        assert_scene(*rows[i].hosts, seconds, rows[i].script, rows[i].expected);
}

/* ---- TCP --------------------------------------------------------------------------------------------------------- */

static const Row refused[] = {
    { &to_ndes, "s R", "tcp_ndes_refused" },
    { &to_ndes, "s R R F", "tcp_ndes_refused" },
    { &to_ndes, "s s R", "tcp_ndes_refused" },
    { &to_ndes, "s r", "" },
    { &to_ndes, "s S R", "" },
    { &to_ndes, "R", "" },
    { &to_proxy, "s R", "tcp_ndes_refused" },
    { &to_policy, "s R", "verify_unanswered" },
    { &to_publisher, "s R", "connector_outbound_blocked" },
    { &to_relay, "s R", "connector_outbound_blocked" },
    { &device_to_relay, "s R", "" },
    { &to_intune, "s R", "intune_unreachable" },
    { &to_intune, "Q w1 s R", "intune_unreachable" },
    { &to_intune, "I w1 s R", "connector_upload_failed" },
    { &to_intune, "I w599 s R", "connector_upload_failed" },
    { &to_intune, "I w601 s R", "intune_unreachable" },
    { &to_intune, "I w1 Q w1 s R", "intune_unreachable" }, /* it asks about the next one */
    { &to_sign_in, "s R", "intune_unreachable" },
    { &device_to_sign_in, "s R", "" },
    { &device_to_intune, "s R", "mdm_unreachable" },
    { &to_aik, "s R", "" },
};

static const Row silent[] = {
    { &to_ndes, "s w21", "tcp_ndes_no_answer" },
    { &to_ndes, "s w20", "" },
    { &to_ndes, "s s", "tcp_ndes_no_answer" },
    { &to_ndes, "s s S w30", "" },
    { &to_ndes, "s w21 R", "tcp_ndes_refused" },
    { &to_ndes, "s h w30", "" },
    { &to_ndes, "s p20 w30", "" },
    { &to_ndes, "h w30", "" },
    { &to_proxy, "s w21", "tcp_ndes_no_answer" },
    { &to_policy, "s w21", "verify_unanswered" },
    { &to_publisher, "s w21", "connector_outbound_blocked" },
    { &to_relay, "s w21", "connector_outbound_blocked" },
    { &to_intune, "s w21", "intune_unreachable" },
    { &to_intune, "I w1 s w21", "connector_upload_failed" },
    { &to_sign_in, "s w21", "intune_unreachable" },
    { &device_to_intune, "s w21", "mdm_unreachable" },
    { &to_aik, "s w21", "" },
};

static const Row closed[] = {
    { &to_ndes, "s S h H12 d200 w60 F", "tcp_idle_timeout" },
    { &to_ndes, "s S h H12 d200 w60 R", "tcp_idle_timeout" },
    { &to_ndes, "s S h H12 d200 w60 f", "http_request_no_reply" },
    { &to_ndes, "s S h H12 d200 w59 F", "http_request_no_reply" },
    { &to_ndes, "s S h H12 d200 w59 F F R", "http_request_no_reply" },
    { &to_ndes, "s S h H12 d200 R", "tcp_reset_after_request" },
    { &to_ndes, "s S h H12 d200 r", "" },
    { &to_ndes, "s S h H12 d200 w4 f", "" },
    { &to_ndes, "s S h H12 d200 w5 f", "http_request_no_reply" },
    { &to_ndes, "s S h H12 d200 f R", "http_request_no_reply" },
    { &to_ndes, "s S h H12 d200 D300 w90 F R", "" },
    { &to_ndes, "s S h H12 d200 D300 d200 R", "tcp_reset_after_request" },
    { &to_ndes, "s S h H12 o d200 F", "" },
    { &to_ndes, "s S h H12 o d200 R", "tcp_reset_after_request" },
    { &to_ndes, "s S h H12 o d200 w60 F", "tcp_idle_timeout" },
    { &to_ndes, "s S p200 F", "http_request_no_reply" },
    { &to_ndes, "s S p200 P200 F", "" },
    { &to_ndes, "s S F", "" },
    { &to_intune, "s S h H12 d200 R", "tcp_reset_after_request" },
    /* A probe that keeps the connection alive is no request, and ends no silence. */
    { &to_ndes, "s S h H12 d200 w50 z w50 F", "tcp_idle_timeout" },
    { &to_ndes, "s S h H12 d200 D300 w50 z w70 R", "" },
    { &to_ndes, "s S p200 P200 w50 z w70 R", "" },
    { &to_ndes, "s S z w70 R", "" },
    /* Half a hello is none either. */
    { &to_ndes, "s S j R", "" },
    { &to_ndes, "s S j w70 F", "" },
    { &to_policy, "s S j F", "" },
    /* Where nothing of the server was captured, its silence says nothing. */
    { &to_ndes, "s h d200 w9 f", "" },
    { &to_ndes, "s p200 w9 f", "" },
    { &to_ndes, "s S p200 w9 f", "http_request_no_reply" },
    { &to_policy, "s S F", "verify_stalled_sending" },
    { &to_policy, "s S w30 r", "verify_stalled_sending" },
    { &to_policy, "s F", "" },
    { &to_policy, "s S h F", "" },
    { &to_policy, "s S p10 F", "http_request_no_reply" },
    { &to_policy, "s S h H13 f", "" },
    { &to_ndes, "s S h H13 F", "tls_closed_before_app_data" },
    { &to_ndes, "s S h H13 f", "tls_closed_before_app_data" },
    { &to_ndes, "s S h H13 D900 d53 r", "tls_closed_before_app_data" },
    { &to_ndes, "s S h H12 f", "tls_closed_before_app_data" },
    { &to_ndes, "s S h H13 D900 d53 d200 D300 f", "" },
    { &to_ndes, "s S h H13 w3 f", "" },
    { &to_ndes, "s S h f", "" },
    { &to_ndes, "s S h H13 o f", "" },
    { &to_ndes, "s S h H13 x10 f", "tls_alert_other" },
    { &to_publisher, "s S h H13 f", "" },
    { &device_to_intune, "s S h H13 f", "" },
};

static void test_tcp(void **state)
{
    (void)state;
    play_rows(refused, G_N_ELEMENTS(refused), EARLY);
    play_rows(silent, G_N_ELEMENTS(silent), EARLY);
    play_rows(closed, G_N_ELEMENTS(closed), EARLY);
}

/* ---- TLS --------------------------------------------------------------------------------------------------------- */

static const Row certificates[] = {
    { &to_ndes, "s S h H12 C0", "" },
    { &to_ndes, "s S h H12 C3", "" },
    { &to_nameless, "s S h H12 C1", "" },
    { &to_other_name, "s S h H12 C0", "tls_name_mismatch" },
    { &to_other_name, "s S h H12 C0 d200", "~tls_name_mismatch" },
    { &to_other_name, "s S h H12 C0 d17", "tls_name_mismatch" },
    { &to_policy, "s S h H12 C1", "tls_name_mismatch" },
    { &device_to_intune, "s S h H12 C1", "" },
    { &device_to_intune, "s S h H12 C2", "tls_issuer_not_expected" },
    { &device_to_intune, "s S h H12 C2 d200", "tls_issuer_not_expected" },
    { &to_intune, "s S h H12 C2", "tls_issuer_not_expected" },
    { &to_ndes, "s S h H12 W", "tls_client_cert_asked_on_device_hop" },
    { &to_policy, "s S h H12 W", "" },
    { &to_intune, "s S h H12 W", "" },
    { &to_aik, "s S h H12 C0 W x48 R", "aik_noise" },
    { &to_ndes, "s S h H12", "" },
};

static const Row expiring[] = {
    { &to_ndes, "s S h H12 C0", "tls_server_cert_expiring" },
    { &to_ndes, "s S h H12 C0 d200", "tls_server_cert_expiring" },
    { &to_policy, "s S h H12 C0", "tls_server_cert_expiring" },
    { &device_to_intune, "s S h H12 C1", "" },
};

static const Row expired[] = {
    { &to_ndes, "s S h H12 C0", "tls_alert_certificate_expired" },
    { &to_ndes, "s S h H12 C0 d200", "~tls_alert_certificate_expired" },
    { &device_to_intune, "s S h H12 C1", "tls_alert_certificate_expired" },
    { &to_other_name, "s S h H12 C0", "tls_name_mismatch" },
};

static void test_certificates(void **state)
{
    (void)state;
    play_rows(certificates, G_N_ELEMENTS(certificates), YEAR_2026);
    play_rows(expiring, G_N_ELEMENTS(expiring), END_OF_2033);
    play_rows(expired, G_N_ELEMENTS(expired), YEAR_2035);
}

/* Every octet of the certificate is wrong once: nothing is left behind in the host's queue of errors. */
static void test_damaged_certificates(void **state)
{
    GByteArray *bytes = scene_certificates[CERTIFICATE_NDES];

    (void)state;
    for (guint at = 0; at < bytes->len; at++) {
        Scene scene;
        scene_open(&scene, to_other_name, YEAR_2026);
        bytes->data[at] ^= 0xff;
        scene_play(&scene, "s S h H12 C0");
        bytes->data[at] ^= 0xff;
        assert_int_equal(ERR_peek_error(), 0);
        scene_close(&scene);
    }
}

#define ASKED "tls_client_cert_asked_on_device_hop"

static const Row alerts[] = {
    { &to_ndes, "s S h x0", "" },
    { &to_ndes, "s S h H12 C0 x42", "tls_alert_unknown_ca" },
    { &to_ndes, "s S h H12 C0 x43", "tls_alert_unknown_ca" },
    { &to_ndes, "s S h H12 C0 x44", "tls_alert_unknown_ca" },
    { &to_ndes, "s S h H12 C0 x46", "tls_alert_unknown_ca" },
    { &to_ndes, "s S h H12 C0 x48", "tls_alert_unknown_ca" },
    { &to_ndes, "s S h H12 C0 X48", "tls_alert_other" },
    { &to_ndes, "s S h H12 C0 x45", "tls_alert_certificate_expired" },
    { &to_ndes, "s S h H12 C0 X45", "tls_alert_other" },
    { &to_ndes, "s S h X112", "tls_name_mismatch" },
    { &to_ndes, "s S h x112", "tls_name_mismatch" },
    { &to_ndes, "s S h X40", "tls_alert_handshake_failure" },
    { &to_ndes, "s S h Y112 H12 C0", "" },
    { &to_ndes, "s S h H12 C0 y90", "" },
    { &to_ndes, "s S h X70", "tls_alert_handshake_failure" },
    { &to_ndes, "s S h x71", "tls_alert_handshake_failure" },
    { &to_ndes, "s S h X80", "tls_alert_other" },
    { &to_ndes, "s S h H12 C0 W c0 X42", ASKED " tls_client_cert_presented_on_renewal" },
    { &to_ndes, "s S h H12 C0 W c0 x42", ASKED " tls_alert_unknown_ca" },
    { &to_ndes, "s S h H12 C0 W e X40", ASKED " " ASKED },
    { &to_ndes, "s S h H12 C0 W e X116", ASKED " " ASKED },
    { &to_ndes, "s S h H12 C0 W e X42", ASKED " " ASKED },
    { &to_ndes, "s S h H12 C0 W e X80", ASKED " tls_alert_other" },
    { &to_ndes, "s S h H12 C0 W e x40", ASKED " tls_alert_handshake_failure" },
    { &to_policy, "s S h H12 C0 x48", "verify_tls_name_12175" },
    { &to_policy, "s S h H12 C0 x42", "verify_tls_name_12175" },
    { &to_policy, "s S h H12 C0 x112", "verify_tls_name_12175" },
    { &to_policy, "s S h H12 C0 x45", "tls_alert_certificate_expired" },
    { &to_policy, "s S h H12 C0 X48", "tls_alert_other" },
    { &to_policy, "s S h X40", "tls_alert_handshake_failure" },
    { &to_policy, "s S h H12 C0 W e X40", "verify_tls_client_cert_key" },
    { &to_policy, "s S h H12 C0 W e x40", "tls_alert_handshake_failure" },
    { &to_policy, "s S h H12 C0 W c0 X40", "tls_alert_handshake_failure" },
    { &to_intune, "s S h x48", "intune_unreachable" },
    { &to_intune, "I w1 s S h x48", "connector_upload_failed" },
    { &to_sign_in, "s S h X40", "intune_unreachable" },
    { &device_to_intune, "s S h x48", "mdm_unreachable" },
    { &to_publisher, "s S h x48", "tls_alert_other" },
    { &to_publisher, "s S h x45", "tls_alert_certificate_expired" },
};

static void test_alerts(void **state)
{
    (void)state;
    play_rows(alerts, G_N_ELEMENTS(alerts), EARLY);
}

/* ---- what is encrypted ------------------------------------------------------------------------------------------- */

#define TLS13 "s S h H13 D900 d53"

static const Row encrypted[] = {
    { &to_ndes, TLS13 " d200 D300 d1500", "likely_scep_in_tls" },
    { &to_ndes, TLS13 " d200 D300 d700 d800", "likely_scep_in_tls" },
    { &to_ndes, TLS13 " d200 D300 d1500 D2000 d1500", "likely_scep_in_tls" },
    { &to_ndes, TLS13 " d200 D300 d1400", "" },
    { &to_ndes, TLS13 " d1500", "" },
    { &to_ndes, TLS13 " d1500 D900 d1500", "" },
    { &to_ndes, TLS13 " d200 D300 N " TLS13 " d1500", " | likely_scep_in_tls" },
    { &to_ndes, TLS13 " d200 D300 M " TLS13 " d1500", " | url_list_failover" },
    { &to_ndes, TLS13 " d200 D300 o d1500", "" },
    { &to_policy, TLS13 " d200 D300 d1500", "" },
    { &device_to_intune, TLS13 " d200 D300 d1500", "" },
    /* The next server of a list, when the first one led to nothing. */
    { &to_nameless, "s w5 M " TLS13 " d200", " | url_list_failover" },
    { &to_nameless, "s w5 M " TLS13 " d200 D300 d200 D200", " | url_list_failover" },
    { &to_nameless, "s w299 M " TLS13 " d200 D300", "tcp_ndes_no_answer | url_list_failover" },
    { &to_nameless, "s w301 M " TLS13 " d200 D300", "tcp_ndes_no_answer | " },
    { &to_nameless, TLS13 " d1500 D900 M " TLS13 " d200 D300", " | " },
    { &to_nameless, "o s S M s S h H12 o d200", " | " },
    { &to_nameless, "s N " TLS13 " d200", " | " },
    { &to_nameless, "l " TLS13 " d200", " | " }, /* a resolver is no server of the list */
    { &to_nameless, "s l M " TLS13 " d200", " |  | url_list_failover" },
    { &to_policy, "s M " TLS13 " d200", " | " },
};

static void test_encrypted(void **state)
{
    (void)state;
    play_rows(encrypted, G_N_ELEMENTS(encrypted), EARLY);
}

/* ---- words and evidence ------------------------------------------------------------------------------------------ */

static void test_details(void **state)
{
    static const struct {
        const SceneHosts *hosts;
        const char *script;
        const char *id;
        const char *detail;
        uint32_t frame;
        uint32_t other;
    } rows[] = {
        { &to_ndes, "s R", "tcp_ndes_refused", "Host ndes.contoso.com, port 443", 2, 1 },
        { &to_nameless, "s R", "tcp_ndes_refused", "Port 443", 2, 1 },
        { &to_ndes, "s S h H12 C0 x48", "tls_alert_unknown_ca",
          "Alert unknown_ca (48) from the client, host ndes.contoso.com", 6, 3 },
        { &to_nameless, "s S h X40", "tls_alert_handshake_failure",
          "Alert handshake_failure (40) from the server, host 192.0.2.1", 4, 3 },
        { &to_other_name, "s S h H12 C0", "tls_name_mismatch",
          "Host mdm.contoso.com, certificate of O=Contoso, CN=ndes.contoso.com, issued by O=Contoso, CN=Contoso CA", 5,
          3 },
        { &to_ndes, "s S h H12 d200 w60 F", "tcp_idle_timeout", "60 seconds after the request, closed by the server", 6,
          5 },
        { &to_ndes, "s S h H12 d200 R", "tcp_reset_after_request",
          "Less than a second after the request, reset by the server", 6, 5 },
        { &to_ndes, "s S h H12 d200 w7 f", "http_request_no_reply", "7 seconds after the request, closed by the client",
          6, 5 },
        { &to_ndes, "s S h H13 D900 d19 f", "tls_closed_before_app_data",
          "The client's last record is encrypted and has the size of an alert", 7, 3 },
        { &to_ndes, "s S h H13 D900 d53 f", "tls_closed_before_app_data", NULL, 7, 3 },
        { &to_ndes, "s S h H12 W", ASKED, NULL, 5, 3 },
        { &to_ndes, TLS13 " d200 D300 d1500", "likely_scep_in_tls",
          "Host ndes.contoso.com: a short request and its answer, then one that is as long as a PKIOperation", 9, 7 },
        { &to_nameless, "s M " TLS13 " d200", "url_list_failover", "First 192.0.2.1, then 192.0.2.2", 4, 1 },
        { &to_ndes, "s s w9", "tcp_ndes_no_answer", "Host ndes.contoso.com, port 443", 2, 1 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene scene;
        scene_open(&scene, *rows[i].hosts, EARLY);
        scene_play(&scene, rows[i].script);
        scene_conclude(&scene);
        assert_detail(connection_findings(scene.tracker, scene.connection), rows[i].id, rows[i].detail);
        assert_first_frames(connection_findings(scene.tracker, scene.connection), rows[i].id, rows[i].frame,
                            rows[i].other);
        scene_close(&scene);
    }
}

/* ---- nothing is left out ----------------------------------------------------------------------------------------- */

static bool has_row(const Row *rows, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(rows[i].expected, id) != NULL)
            return true;
    }
    return false;
}

/* A new hint wants a row that shows it. Those of DNS, and of the whole capture, have theirs in test_connection_end.c.
 */
static void test_every_hint_has_a_row(void **state)
{
    static const char *const elsewhere[] = { "dns_ndes_nxdomain", "no_mdm_sync_seen" };
    unsigned known = 0;

    (void)state;
    for (int i = 0; i < SCEP_HINT_COUNT; i++) {
        const char *id = scep_hints[i].id;
        if (!connections_can_raise((ScepHintId)i) || strcmp(id, elsewhere[0]) == 0 || strcmp(id, elsewhere[1]) == 0)
            continue;
        known++;
        if (!has_row(refused, G_N_ELEMENTS(refused), id) && !has_row(silent, G_N_ELEMENTS(silent), id) &&
            !has_row(closed, G_N_ELEMENTS(closed), id) && !has_row(certificates, G_N_ELEMENTS(certificates), id) &&
            !has_row(expiring, G_N_ELEMENTS(expiring), id) && !has_row(alerts, G_N_ELEMENTS(alerts), id) &&
            !has_row(encrypted, G_N_ELEMENTS(encrypted), id))
            fail_msg("no row shows %s", id);
    }
    assert_true(known > 20);
    assert_false(connections_can_raise(SCEP_HINT_certrep_success));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_damaged_certificates),
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_encrypted),
        cmocka_unit_test(test_details),
        cmocka_unit_test(test_every_hint_has_a_row),
    };

    return cmocka_run_group_tests(tests, make_scene, free_scene);
}
