/* test_connection_end.c
 * What the whole capture tells of connections: questions without an answer, what came right later, which enrollment was
 * stopped, and devices that Intune was never asked for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_scene.h"

static const SceneHosts to_ndes = { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, "ndes.contoso.com" };
static const SceneHosts to_nameless = { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, NULL };
static const SceneHosts to_other_name = { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, "mdm.contoso.com" };
static const SceneHosts to_policy = { SCEP_HOST_POLICY, SCEP_HOST_NDES, NULL };
static const SceneHosts device_to_intune = { SCEP_HOST_INTUNE, SCEP_HOST_UNKNOWN, "manage.microsoft.com" };

/* Seconds since 1970. */
enum { START = 1000 };

#define WORKS "s S h H12 d124 D224"

/* ---- DNS --------------------------------------------------------------------------------------------------------- */

static const char resolver[] = "192.0.2.53";

typedef struct {
    bool is_ipv6;
    bool is_answered;
    unsigned code;
    bool has_address;
} Lookup;

/* A question at this second, and its answer a frame later. @return NULL for a name that is not followed */
static ScepConnection *look_up(ScepTracker *tracker, uint32_t second, const char *client, const char *name, Lookup how)
{
    const ScepPlace asked = place_of(second, client, resolver), answered = place_of(second + 1, client, resolver);
    ScepConnection *lookup = scep_tracker_lookup(tracker, &asked, name, how.is_ipv6);

    if (lookup != NULL && how.is_answered)
        scep_lookup_answer(tracker, lookup, &answered, how.code, how.has_address);
    return lookup;
}

static void finish_at(ScepTracker *tracker, uint32_t second)
{
    scep_tracker_clock(tracker, second * SECOND);
    tracker->booked++;
    scep_tracker_finish(tracker);
}

#define NDES_NAME "ndes.contoso.com"
#define INTUNE_NAME "fef.manage.microsoft.com"
#define PUBLISHER_NAME "1.registration.msappproxy.net"
#define NO_NAME "dns_ndes_nxdomain"

typedef struct {
    const char *name;
    ScepHostRole client;
    Lookup how;
    uint32_t wait;   /* seconds until the capture ends */
    const char *ids; /* NULL: not followed */
    const char *detail;
} Asked;

/* clang-format off */
static const Asked asked_names[] = {
    { NDES_NAME, 0, { false, true, 3, false }, 2, NO_NAME, NDES_NAME ": NXDOMAIN" },
    { NDES_NAME, 0, { false, true, 2, false }, 2, NO_NAME, NDES_NAME ": SERVFAIL" },
    { NDES_NAME, 0, { false, true, 5, false }, 2, NO_NAME, NDES_NAME ": REFUSED" },
    { NDES_NAME, 0, { false, true, 9, false }, 2, NO_NAME, NDES_NAME ": RCODE 9" },
    { NDES_NAME, 0, { false, true, 4095, false }, 2, NO_NAME, NDES_NAME ": RCODE 255" },
    { NDES_NAME, 0, { false, true, 0, false }, 2, NO_NAME, NDES_NAME ": no address" },
    { NDES_NAME, 0, { false, true, 0, true }, 90, "", NULL },
    { NDES_NAME, 0, { true, true, 0, false }, 90, "", NULL },
    { NDES_NAME, 0, { true, true, 3, false }, 2, NO_NAME, NDES_NAME ": NXDOMAIN" },
    { NDES_NAME, 0, { false, false, 0, false }, 12, NO_NAME, NDES_NAME ": the question was never answered" },
    { NDES_NAME, 0, { false, false, 0, false }, 11, "", NULL },
    { INTUNE_NAME, 0, { false, true, 3, false }, 2, "mdm_unreachable", INTUNE_NAME ": NXDOMAIN" },
    { INTUNE_NAME, 0, { false, true, 0, true }, 2, "", NULL },
    { INTUNE_NAME, 0, { false, false, 0, false }, 12, "mdm_unreachable",
      INTUNE_NAME ": the question was never answered" },
    { INTUNE_NAME, SCEP_HOST_NDES, { false, true, 3, false }, 2, "intune_unreachable", INTUNE_NAME ": NXDOMAIN" },
    { INTUNE_NAME, SCEP_HOST_NDES, { false, true, 0, true }, 2, "", NULL },
    { INTUNE_NAME, SCEP_HOST_NDES, { false, false, 0, false }, 12, "intune_unreachable",
      INTUNE_NAME ": the question was never answered" },
    { "login.windows.net", SCEP_HOST_NDES, { false, true, 2, false }, 2, "intune_unreachable",
      "login.windows.net: SERVFAIL" },
    { "login.windows.net", 0, { false, true, 3, false }, 2, NULL, NULL },
    { PUBLISHER_NAME, 0, { false, false, 0, false }, 12, "connector_outbound_blocked",
      PUBLISHER_NAME ": the question was never answered" },
    { PUBLISHER_NAME, 0, { false, true, 3, false }, 12, "", NULL },
    { "www.contoso.com", 0, { false, true, 3, false }, 2, NULL, NULL },
    { "", 0, { false, true, 3, false }, 2, NULL, NULL },
};
/* clang-format on */

static void test_lookups(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(asked_names); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        scep_tracker_learn_host(tracker, device_address, asked_names[i].client);
        const ScepConnection *lookup = look_up(tracker, START, device_address, asked_names[i].name, asked_names[i].how);
        finish_at(tracker, START + asked_names[i].wait);
        finish_at(tracker, START + asked_names[i].wait);
        assert_int_equal(lookup != NULL, asked_names[i].ids != NULL);
        if (lookup != NULL) {
            assert_findings(connection_findings(tracker, lookup), asked_names[i].ids);
            assert_true(lookup->is_lookup);
        }
        if (asked_names[i].detail != NULL)
            assert_detail(connection_findings(tracker, lookup), asked_names[i].ids, asked_names[i].detail);
        diagnosed_tracker_free(tracker);
    }
}

/* ---- what came right --------------------------------------------------------------------------------------------- */

static void test_settled(void **state)
{
    static const struct {
        const SceneHosts *hosts;
        const char *script;
        const char *expected;
    } rows[] = {
        { &to_ndes, "s R N " WORKS, "~tcp_ndes_refused | " },
        { &to_ndes, "s s w30 N " WORKS, "~tcp_ndes_no_answer | " },
        { &to_ndes, "s R N s R N " WORKS, "~tcp_ndes_refused | ~tcp_ndes_refused | " },
        { &to_ndes, "s R w119 N " WORKS, "~tcp_ndes_refused | " },
        { &to_ndes, "s R w120 N " WORKS, "tcp_ndes_refused | " },
        { &to_ndes, WORKS " N s R", " | tcp_ndes_refused" },
        { &to_ndes, "s R N s S h H12 d124 R", "tcp_ndes_refused | tcp_reset_after_request" },
        { &to_ndes, "s R N s S h H12", "tcp_ndes_refused | " },
        { &to_nameless, "s R M " WORKS, "tcp_ndes_refused | url_list_failover" },
        { &to_nameless, "s S h X40 N " WORKS, "~tls_alert_handshake_failure | " },
        { &to_ndes, "s S h H13 f N " WORKS, "tls_closed_before_app_data | " }, /* a warning */
        { &to_other_name, "s S h X112 N " WORKS, "~tls_name_mismatch | " },
        { &to_policy, "s R N " WORKS, "~verify_unanswered | " },
        { &device_to_intune, "s R N " WORKS, "~mdm_unreachable | " },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_scene(*rows[i].hosts, START, rows[i].script, rows[i].expected);
}

/* A name that was found at last; that of another client, or for the other kind of address, does not count. */
static void test_settled_lookups(void **state)
{
    static const Lookup fails = { false, true, 2, false }, works = { false, true, 0, true };
    static const struct {
        const char *client;
        const char *name;
        bool settled;
    } rows[] = {
        { device_address, NDES_NAME, true },
        { device_address, "scep.contoso.com", false },
        { "192.0.2.11", NDES_NAME, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        const ScepConnection *first = look_up(tracker, START, device_address, NDES_NAME, fails);
        look_up(tracker, START + 5, rows[i].client, rows[i].name, works);
        finish_at(tracker, START + 10);
        assert_int_equal(find_finding(connection_findings(tracker, first), NO_NAME)->severity,
                         rows[i].settled ? SCEP_SEVERITY_NOTE : SCEP_SEVERITY_ERROR);
        diagnosed_tracker_free(tracker);
    }
}

/* A connection whose messages can be read has worked, too. */
static void test_settled_by_what_was_read(void **state)
{
    Scene scene;

    (void)state;
    scene_open(&scene, to_nameless, START);
    scene_play(&scene, "s R N s S");
    ScepExchange *exchange = submit(scene.tracker, START + 1, "ONE");
    const ScepPlace place = scene_place(&scene);
    scep_connection_read(scene.tracker, &place, exchange);
    assert_ptr_equal(scene.connection->exchange, exchange);
    assert_true(scene.connection->is_opened);
    /* A call to a service does not take the exchange away. */
    scep_connection_read(scene.tracker, &place, NULL);
    assert_ptr_equal(scene.connection->exchange, exchange);
    scene_conclude(&scene);
    char *found = scene_findings(&scene);
    assert_string_equal(found, "~tcp_ndes_refused | ");
    g_free(found);
    scene_close(&scene);
}

/* One that is over is gone from the list, and nothing is said of it. */
static void test_release(void **state)
{
    Scene scene;

    (void)state;
    scene_open(&scene, to_nameless, 1000);
    scene_play(&scene, "s R N s S p200 P200 F f N s S");
    const GPtrArray *all = scep_tracker_get0_connections(scene.tracker);
    assert_int_equal(all->len, 3);
    ScepConnection *over = g_ptr_array_index(all, 1);
    ScepPlace place = scene_place(&scene);
    place.stream = over->stream;
    assert_true(scep_connection_release(scene.tracker, over));
    assert_int_equal(all->len, 2);
    /* Nothing is read on it any longer. */
    scep_connection_read(scene.tracker, &place, NULL);
    scene_conclude(&scene);
    char *found = scene_findings(&scene);
    assert_string_equal(found, "tcp_ndes_refused | ");
    g_free(found);
    scene_close(&scene);
}

/* ---- which enrollment -------------------------------------------------------------------------------------------- */

typedef enum { NONE, WAITS, REFUSED, ISSUED } Ends;

/* A request at this second, whose answer comes ten seconds later. */
static ScepEnrollment *enroll(ScepTracker *tracker, uint32_t second, const char *transaction, Ends how)
{
    if (how == NONE)
        return NULL;
    ScepExchange *exchange = submit(tracker, second, transaction);
    if (how != WAITS)
        certrep(tracker, exchange, second + 10, how == ISSUED ? "0" : "2", how == ISSUED ? NULL : "2");
    return exchange->enrollment;
}

static ScepConnection *refused_at(ScepTracker *tracker, uint32_t second, const char *client, const char *server)
{
    const ScepPlace place = place_of(second, client, server);
    ScepConnection *connection = scep_tracker_connection(tracker, &place, NULL);
    ScepSegment segment = { .frame = place.frame, .time = place.time, .from_client = true, .flags = SCEP_TCP_SYN };

    assert_non_null(connection);
    scep_connection_segment(tracker, connection, &segment);
    segment.from_client = false;
    segment.flags = SCEP_TCP_RST | SCEP_TCP_ACK;
    scep_connection_segment(tracker, connection, &segment);
    assert_findings(connection_findings(tracker, connection), "tcp_ndes_refused");
    return connection;
}

/* What is said of the connections whose failure stopped an enrollment; "" for none. */
static void assert_stopped(const ScepTracker *tracker, const ScepEnrollment *enrollment, const char *expected)
{
    const GPtrArray *connections = g_hash_table_lookup(diagnosis_of(tracker)->stopped, enrollment);
    GString *found = g_string_new(NULL);

    for (guint i = 0; connections != NULL && i < connections->len; i++) {
        char *ids = ids_of(connection_findings(tracker, g_ptr_array_index(connections, i)));
        g_string_append_printf(found, "%s%s", i > 0 ? " " : "", ids);
        g_free(ids);
    }
    assert_string_equal(found->str, expected);
    g_string_free(found, TRUE);
}

/* An answer of the same server to a request behind the failure settles it, too. */
static void test_attached(void **state)
{
    enum { NOBODY, FIRST, SECOND_ONE };
    static const char other_server[] = "192.0.2.2", other_device[] = "192.0.2.11";
    static const struct {
        Ends first;  /* at second 1000 */
        Ends second; /* at second 2000 */
        const char *client;
        const char *server;
        uint32_t when;
        int to;
        bool settled;
    } rows[] = {
        { NONE, NONE, device_address, server_address, 1005, NOBODY, false },
        { REFUSED, NONE, device_address, server_address, 1005, FIRST, false },
        { REFUSED, NONE, device_address, server_address, 1020, FIRST, false },
        { REFUSED, NONE, device_address, server_address, 1610, FIRST, false },
        { REFUSED, NONE, device_address, server_address, 1611, NOBODY, false },
        { REFUSED, NONE, device_address, server_address, 880, FIRST, true },
        { REFUSED, NONE, device_address, server_address, 879, NOBODY, false },
        { REFUSED, NONE, other_device, server_address, 1005, NOBODY, false },
        { REFUSED, NONE, device_address, other_server, 1005, NOBODY, false },
        { REFUSED, NONE, device_address, other_server, 990, FIRST, false },
        { WAITS, NONE, device_address, server_address, 1300, FIRST, false },
        { WAITS, NONE, device_address, server_address, 990, FIRST, false },
        { WAITS, REFUSED, device_address, server_address, 990, FIRST, false },
        { ISSUED, NONE, device_address, server_address, 1005, FIRST, true },
        { ISSUED, NONE, device_address, server_address, 990, FIRST, true },
        { ISSUED, NONE, device_address, server_address, 1020, NOBODY, false },
        { REFUSED, REFUSED, device_address, server_address, 1400, FIRST, false },
        { REFUSED, REFUSED, device_address, server_address, 1800, NOBODY, false },
        { REFUSED, REFUSED, device_address, server_address, 1890, SECOND_ONE, true },
        { REFUSED, ISSUED, device_address, server_address, 1890, SECOND_ONE, true },
        { ISSUED, REFUSED, device_address, server_address, 2005, SECOND_ONE, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        scep_tracker_learn_host(tracker, server_address, SCEP_HOST_NDES);
        scep_tracker_learn_host(tracker, other_server, SCEP_HOST_NDES);
        ScepEnrollment *const enrollments[] = { NULL, enroll(tracker, 1000, "ONE", rows[i].first),
                                                enroll(tracker, 2000, "TWO", rows[i].second) };
        ScepConnection *connection = refused_at(tracker, rows[i].when, rows[i].client, rows[i].server);
        finish_at(tracker, 3000);
        finish_at(tracker, 3000);
        if (connection->enrollment != enrollments[rows[i].to])
            fail_msg("row %zu", i);
        const ScepFinding *finding = connection_findings(tracker, connection);
        assert_int_equal(finding->severity, rows[i].settled ? SCEP_SEVERITY_NOTE : SCEP_SEVERITY_ERROR);
        for (int k = FIRST; k <= SECOND_ONE; k++) {
            if (enrollments[k] != NULL)
                assert_stopped(tracker, enrollments[k], k == rows[i].to ? "tcp_ndes_refused" : "");
        }
        diagnosed_tracker_free(tracker);
    }
}

/* Stages other than the device's, and questions of other names, have no part in it. */
static void test_not_attached_by_time(void **state)
{
    Scene scene;

    (void)state;
    scene_open(&scene, device_to_intune, START);
    ScepEnrollment *enrollment = enroll(scene.tracker, START, "ONE", REFUSED);
    scene_play(&scene, "s R");
    scene_conclude(&scene);
    assert_findings(connection_findings(scene.tracker, scene.connection), "mdm_unreachable");
    assert_null(scene.connection->enrollment);
    assert_stopped(scene.tracker, enrollment, "");
    scene_close(&scene);
}

/* What was read on the connection says whose it is, whatever the time. */
static void test_attached_by_what_was_read(void **state)
{
    Scene scene;

    (void)state;
    scene_open(&scene, to_other_name, START + 900);
    ScepEnrollment *enrollment = enroll(scene.tracker, START, "ONE", REFUSED);
    scene_play(&scene, "s S h X112");
    const ScepPlace place = scene_place(&scene);
    scep_connection_read(scene.tracker, &place, enrollment->first);
    scene_conclude(&scene);
    assert_ptr_equal(scene.connection->enrollment, enrollment);
    assert_stopped(scene.tracker, enrollment, "tls_name_mismatch");
    scene_close(&scene);
}

/* ---- connections that were over before --------------------------------------------------------------------------- */

static void test_earlier(void **state)
{
    static const struct {
        uint32_t refused_frame;
        uint32_t again_frame;
        const char *ids;
        uint32_t frame; /* where it is told */
    } rows[] = {
        { 7, 0, "tcp_ndes_refused", 7 },
        { 0, 8, "tcp_ndes_no_answer", 8 },
        { 0, 0, "tcp_ndes_no_answer", 5 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        const ScepPlace place = place_of(5, device_address, server_address);
        scep_tracker_learn_host(tracker, server_address, SCEP_HOST_NDES);
        ScepConnection *connection = scep_tracker_connection(tracker, &place, NULL);
        connection->connect_frame = place.frame;
        scep_connection_earlier(tracker, connection, rows[i].refused_frame, 7 * SECOND, rows[i].again_frame);
        finish_at(tracker, 90);
        assert_findings(connection_findings(tracker, connection), rows[i].ids);
        assert_int_equal(find_finding(connection_findings(tracker, connection), rows[i].ids)->frames[0], rows[i].frame);
        diagnosed_tracker_free(tracker);
    }
}

/* ---- devices that Intune was never asked for --------------------------------------------------------------------- */

static void test_no_sync(void **state)
{
    static const struct {
        const char *synced; /* a device that was with Intune; NULL: none was */
        Ends how;
        ScepHostRole client; /* of the device that enrolls */
        bool is_lookup;
        bool expected;
    } rows[] = {
        { "192.0.2.11", REFUSED, SCEP_HOST_UNKNOWN, false, true },
        { "192.0.2.11", WAITS, SCEP_HOST_DEVICE, false, true },
        { "192.0.2.11", ISSUED, SCEP_HOST_UNKNOWN, false, false },
        { "192.0.2.11", REFUSED, SCEP_HOST_PROXY, false, false },
        { "192.0.2.11", REFUSED, SCEP_HOST_UNKNOWN, true, false },
        { device_address, REFUSED, SCEP_HOST_UNKNOWN, false, false },
        { NULL, REFUSED, SCEP_HOST_UNKNOWN, false, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        const ScepPlace place = place_of(900, rows[i].synced, intune_address);
        if (rows[i].client != SCEP_HOST_UNKNOWN)
            scep_tracker_learn_host(tracker, device_address, rows[i].client);
        if (rows[i].synced != NULL && rows[i].is_lookup)
            look_up(tracker, 900, rows[i].synced, INTUNE_NAME, (Lookup){ false, true, 0, true });
        else if (rows[i].synced != NULL)
            scep_tracker_connection(tracker, &place, "manage.microsoft.com");
        const ScepEnrollment *enrollment = enroll(tracker, START, "ONE", rows[i].how);
        for (unsigned again = 0; again < 2; again++) {
            unsigned count = 0;
            finish_at(tracker, START + 100);
            for (const ScepFinding *finding = request_findings(tracker, enrollment->first); finding != NULL;
                 finding = finding->next)
                count += strcmp(scep_finding_get0_hint(finding)->id, "no_mdm_sync_seen") == 0;
            if (count != rows[i].expected)
                fail_msg("row %zu: %u", i, count);
        }
        diagnosed_tracker_free(tracker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookups),
        cmocka_unit_test(test_settled),
        cmocka_unit_test(test_settled_lookups),
        cmocka_unit_test(test_settled_by_what_was_read),
        cmocka_unit_test(test_release),
        cmocka_unit_test(test_attached),
        cmocka_unit_test(test_not_attached_by_time),
        cmocka_unit_test(test_attached_by_what_was_read),
        cmocka_unit_test(test_earlier),
        cmocka_unit_test(test_no_sync),
    };

    return cmocka_run_group_tests(tests, make_scene, free_scene);
}
