/* test_report_connections.c
 * Connections in the report: those that could not be read, what stopped whom, and the roles that they tell of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_scene.h"

static const SceneHosts to_ndes = { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, "ndes.contoso.com" };
static const SceneHosts to_nameless = { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, NULL };
static const SceneHosts to_intune = { SCEP_HOST_INTUNE, SCEP_HOST_NDES, "manage.microsoft.com" };
static const SceneHosts to_aik = { SCEP_HOST_AIK, SCEP_HOST_UNKNOWN, NULL };

#define TLS12 "s S h H12 C0 k K"

static bool everything(const ScepExchange *exchange, const void *data)
{
    (void)exchange;
    (void)data;
    return true;
}

/* ---- links ------------------------------------------------------------------------------------------------------- */

static void test_connections(void **state)
{
    static const struct {
        const SceneHosts *hosts;
        const char *script;
        const char *said; /* of every link, behind "Encrypted:", lines joined; NULL: no link */
    } rows[] = {
        { &to_ndes, TLS12 " d124 D224 d124 D1300 d1524 D2024",
          "192.0.2.10 to ndes.contoso.com (192.0.2.1), stage 2 (Device to NDES): 1 connection, frames 1 to 13; what is "
          "inside is likely GetCACaps, GetCACert, PKIOperation; one answer has the size of an issued certificate" },
        { &to_ndes, TLS12 " d124 D224 N " TLS12 " d124 D224 N " TLS12 " d1524 D800",
          "192.0.2.10 to ndes.contoso.com (192.0.2.1), stage 2 (Device to NDES): 3 connections, frames 1 to 27; what "
          "is "
          "inside is likely GetCACaps, PKIOperation" },
        { &to_nameless, "h", "192.0.2.10 to 192.0.2.1, stage 2 (Device to NDES): 1 connection, frames 1 to 1" },
        { &to_intune, "h H12 d124",
          "192.0.2.1 to manage.microsoft.com (203.0.113.50), stage 6 (Reporting to Intune): "
          "1 connection, frames 1 to 3; what is inside is likely the report on a certificate" },
        { &to_nameless, "s S", NULL },
        { &to_nameless, "s S p200 P200", NULL },
        { &to_nameless, "s S h H12 o d124 D224", NULL },
        { &to_aik, TLS12 " d124 D224", NULL },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene scene;
        scene_open(&scene, *rows[i].hosts, 1000);
        scene_play(&scene, rows[i].script);
        scep_tracker_clock(scene.tracker, scene.time);
        ScepReport *report = scep_report_new(diagnosis_of(scene.tracker), NULL, NULL);
        assert_int_equal(report->links->len, rows[i].said != NULL);
        GString *text = scep_report_new_text(report);
        char **words = g_strsplit_set(text->str, " \n", -1);
        GString *joined = g_string_new("");
        for (char **word = words; *word != NULL; word++)
            g_string_append_printf(joined, "%s%s", **word != '\0' && joined->len > 0 ? " " : "", *word);
        if (rows[i].said != NULL && strstr(joined->str, rows[i].said) == NULL)
            fail_msg("\"%s\" is not in:\n%s", rows[i].said, joined->str);
        g_string_free(joined, TRUE);
        g_strfreev(words);
        g_string_free(text, TRUE);
        scep_report_free(report);
        scene_close(&scene);
    }
}

/* One for each client, server and name; a filter for SCEP messages leaves all of them out. */
static void test_connections_apart(void **state)
{
    Scene scene;

    (void)state;
    scene_open(&scene, to_nameless, 1000);
    scene_play(&scene, TLS12 " d124 D224 M " TLS12 " d124 D224");
    scene.client = "192.0.2.11";
    scene_play(&scene, "N " TLS12);
    scene.hosts.host = "ndes.contoso.com";
    scene_play(&scene, "N " TLS12);
    ScepReport *report = scep_report_new(diagnosis_of(scene.tracker), NULL, NULL);
    static const struct {
        const char *client;
        const char *server;
        const char *host;
        unsigned exchanges;
    } expected[] = {
        { device_address, server_address, NULL, 1 },
        { device_address, "192.0.2.2", NULL, 1 },
        { "192.0.2.11", "192.0.2.2", NULL, 0 },
        { "192.0.2.11", "192.0.2.2", "ndes.contoso.com", 0 },
    };
    assert_int_equal(report->links->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < report->links->len; i++) {
        const ScepReportConnection *link = g_ptr_array_index(report->links, i);
        assert_string_equal(link->client, expected[i].client);
        assert_string_equal(link->server, expected[i].server);
        assert_int_equal(link->host != NULL, expected[i].host != NULL);
        assert_int_equal(link->exchanges, expected[i].exchanges);
        assert_string_equal(link->role, "ndes");
        assert_false(link->is_guess);
    }
    scep_report_free(report);
    report = scep_report_new(diagnosis_of(scene.tracker), everything, NULL);
    assert_int_equal(report->links->len, 0);
    assert_int_equal(report->hints->len, 0);
    scep_report_free(report);
    scene_close(&scene);
}

/* ---- hints ------------------------------------------------------------------------------------------------------- */

/* What stopped an enrollment is told of it; all else stands outside. */
static void test_hints(void **state)
{
    (void)state;
    for (int apart = 0; apart < 2; apart++) {
        Scene scene;
        scene_open(&scene, to_nameless, 1000);
        submit(scene.tracker, 1000, "ONE");
        if (apart)
            scene.client = "192.0.2.11";
        scene_play(&scene, "s R");
        ScepReport *report = scep_report_new(diagnosis_of(scene.tracker), NULL, NULL);
        const ScepReportEntry *entry = g_ptr_array_index(report->entries, 0);
        const GPtrArray *own = apart ? report->hints : entry->hints, *others = apart ? entry->hints : report->hints;
        assert_string_equal(((ScepReportHint *)g_ptr_array_index(own, 0))->hint->id, "tcp_ndes_refused");
        for (guint i = 0; i < others->len; i++)
            assert_string_not_equal(((ScepReportHint *)g_ptr_array_index(others, i))->hint->id, "tcp_ndes_refused");
        scep_report_free(report);
        scene_close(&scene);
    }
}

/* ---- roles ------------------------------------------------------------------------------------------------------- */

static const char *role_at(const ScepReport *report, const char *address)
{
    for (guint i = 0; i < report->roles->len; i++) {
        const ScepReportRole *role = &g_array_index(report->roles, ScepReportRole, i);
        if (strcmp(role->address, address) == 0)
            return role->role;
    }
    return "";
}

static void test_roles(void **state)
{
    static const struct {
        const SceneHosts *hosts;
        const char *script;
        const char *client;
        const char *server;
    } rows[] = {
        { &to_nameless, "s R", "device", "ndes" },
        { &to_intune, "s R", "ndes", "intune" },
        { &to_aik, "h", "", "" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene scene;
        scene_open(&scene, *rows[i].hosts, 1000);
        scene_play(&scene, rows[i].script);
        ScepReport *report = scep_report_new(diagnosis_of(scene.tracker), NULL, NULL);
        assert_string_equal(role_at(report, scene.client), rows[i].client);
        assert_string_equal(role_at(report, scene.server), rows[i].server);
        scep_report_free(report);
        scene_close(&scene);
    }
}

/* Found out once it calls NDES itself: what it was taken for before does not stand. */
static void test_role_of_a_proxy(void **state)
{
    static const char front[] = "198.51.100.20", back[] = "10.0.0.5";
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepPlace outer = place_of(1, device_address, front), inner = place_of(2, front, back);
    ScepSegment hello = { .frame = outer.frame, .time = outer.time, .from_client = true, .flags = SCEP_TCP_ACK };
    size_t size;
    uint8_t *bytes = der_exact(tls_hello_record("ndes.contoso.com", NULL), &size);

    (void)state;
    hello.payload = bytes;
    hello.size = size;
    scep_connection_segment(tracker, scep_tracker_connection(tracker, &outer, "ndes.contoso.com"), &hello);
    scep_tracker_connection(tracker, &inner, "ndes01.contoso.com");
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    assert_string_equal(role_at(report, device_address), "device");
    assert_string_equal(role_at(report, front), "proxy");
    assert_string_equal(role_at(report, back), "ndes");
    assert_string_equal(((ScepReportConnection *)g_ptr_array_index(report->links, 0))->role, "proxy");
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
    g_free(bytes);
}

/* As everywhere else, the user knows best: of hosts whose messages were read, and of those whose were not. */
static void test_told_roles(void **state)
{
    const ScepConfiguredHost rows[] = { { server_address, SCEP_HOST_PROXY },
                                        { device_address, SCEP_HOST_CA },
                                        { intune_address, SCEP_HOST_POLICY } };
    ScepTracker *tracker = diagnosed_tracker_new();
    char *body = transaction_body("ONE");

    (void)state;
    scep_tracker_configure_hosts(tracker, rows, G_N_ELEMENTS(rows));
    ScepExchange *exchange = submit(tracker, 5, "ONE");
    answer_service(tracker, ask_service(tracker, 6, VALIDATE, body), 7, 200, "{\"code\":\"Success\"}");
    refuse(tracker, exchange, 8);
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    assert_string_equal(role_at(report, server_address), scep_exchange_role(tracker, exchange, true));
    assert_string_equal(role_at(report, device_address), scep_exchange_role(tracker, exchange, false));
    assert_string_equal(role_at(report, server_address), "proxy");
    assert_string_equal(role_at(report, device_address), "ca");
    assert_string_equal(role_at(report, intune_address), "policy");
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
    g_free(body);
}

/* What else is known of a host does not change what it was in the enrollment. */
static void test_learned_roles(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    scep_tracker_learn_host(tracker, server_address, SCEP_HOST_CA);
    scep_tracker_learn_host(tracker, device_address, SCEP_HOST_NDES);
    refuse(tracker, submit(tracker, 5, "ONE"), 6);
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    assert_string_equal(role_at(report, server_address), "ndes");
    assert_string_equal(role_at(report, device_address), "device");
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections),     cmocka_unit_test(test_connections_apart),
        cmocka_unit_test(test_hints),           cmocka_unit_test(test_roles),
        cmocka_unit_test(test_role_of_a_proxy), cmocka_unit_test(test_told_roles),
        cmocka_unit_test(test_learned_roles),
    };

    return cmocka_run_group_tests(tests, make_scene, free_scene);
}
