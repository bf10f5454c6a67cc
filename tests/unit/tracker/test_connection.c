/* test_connection.c
 * Connections segment by segment: which are followed and as what, TLS however it is cut, sent again or lost, and what
 * each frame is called.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_scene.h"

#include "scep/limits.h"
#include "tracker/connection.h"
#include "wire/tls_stream.h"

static const SceneHosts to_ndes = { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, "ndes.contoso.com" };
static const SceneHosts to_intune = { SCEP_HOST_INTUNE, SCEP_HOST_NDES, "manage.microsoft.com" };
static const SceneHosts device_to_intune = { SCEP_HOST_INTUNE, SCEP_HOST_UNKNOWN, "manage.microsoft.com" };
static const SceneHosts to_policy = { SCEP_HOST_POLICY, SCEP_HOST_NDES, NULL };

/* ---- which are followed ------------------------------------------------------------------------------------------ */

static void test_stages(void **state)
{
    static const struct {
        ScepHostRole server;
        ScepHostRole client;
        int stage; /* -1: not followed */
        ScepHostRole seen_client;
    } rows[] = {
        { SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, 2, SCEP_HOST_DEVICE },
        { SCEP_HOST_NDES, SCEP_HOST_PROXY, 2, SCEP_HOST_PROXY },
        { SCEP_HOST_NDES, SCEP_HOST_NDES, 2, SCEP_HOST_PROXY },
        { SCEP_HOST_PROXY, SCEP_HOST_UNKNOWN, 2, SCEP_HOST_DEVICE },
        { SCEP_HOST_POLICY, SCEP_HOST_NDES, 3, SCEP_HOST_NDES },
        { SCEP_HOST_POLICY, SCEP_HOST_UNKNOWN, 3, SCEP_HOST_UNKNOWN },
        { SCEP_HOST_INTUNE, SCEP_HOST_UNKNOWN, 1, SCEP_HOST_DEVICE },
        { SCEP_HOST_INTUNE, SCEP_HOST_DEVICE, 1, SCEP_HOST_DEVICE },
        { SCEP_HOST_INTUNE, SCEP_HOST_NDES, 6, SCEP_HOST_NDES },
        { SCEP_HOST_INTUNE, SCEP_HOST_CA, 6, SCEP_HOST_CA },
        { SCEP_HOST_SIGN_IN, SCEP_HOST_UNKNOWN, -1, 0 },
        { SCEP_HOST_SIGN_IN, SCEP_HOST_NDES, 3, SCEP_HOST_NDES },
        { SCEP_HOST_PUBLISHER, SCEP_HOST_UNKNOWN, 2, SCEP_HOST_PROXY },
        { SCEP_HOST_RELAY, SCEP_HOST_UNKNOWN, -1, 0 },
        { SCEP_HOST_RELAY, SCEP_HOST_PROXY, 2, SCEP_HOST_PROXY },
        { SCEP_HOST_CA, SCEP_HOST_NDES, -1, 0 },
        { SCEP_HOST_DEVICE, SCEP_HOST_NDES, -1, 0 },
        { SCEP_HOST_UNKNOWN, SCEP_HOST_UNKNOWN, -1, 0 },
        { SCEP_HOST_AIK, SCEP_HOST_UNKNOWN, 0, SCEP_HOST_DEVICE },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene scene;
        scene_open_unheard(&scene, (SceneHosts){ rows[i].server, rows[i].client, NULL }, 1000);
        scene_play(&scene, "s");
        if ((scene.connection == NULL) != (rows[i].stage < 0))
            fail_msg("row %zu", i);
        if (scene.connection != NULL) {
            assert_int_equal(scene.connection->stage, rows[i].stage);
            assert_int_equal(scene.connection->client_role, rows[i].seen_client);
            assert_int_equal(scene.connection->server_role, rows[i].server);
        }
        assert_int_equal(scep_tracker_get0_connections(scene.tracker)->len, rows[i].stage >= 0);
        scene_close(&scene);
    }
}

/* NDES on its own host, and Intune called while a device waits. */
static void test_stages_by_the_moment(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepPlace place = place_of(1, server_address, server_address);
    Scene scene;

    (void)state;
    scep_tracker_learn_host(tracker, server_address, SCEP_HOST_NDES);
    assert_int_equal(scep_tracker_connection(tracker, &place, NULL)->stage, 3);
    scep_tracker_free(tracker);
    scene_open_unheard(&scene, to_intune, 1000);
    scene_play(&scene, "Q w1 s N I w1 s");
    assert_int_equal(((ScepConnection *)g_ptr_array_index(scep_tracker_get0_connections(scene.tracker), 0))->stage, 3);
    scene_close(&scene);
}

/* The name of a hello makes a host known, as a guess or not. */
static void test_followed_by_name(void **state)
{
    static const struct {
        const char *name;
        int stage;
        bool is_guess;
    } rows[] = {
        { "ndes.contoso.com", 2, true },
        { "contoso.msappproxy.net", 2, false },
        { "manage.microsoft.com", 1, false },
        { "www.contoso.com", -1, false },
        { "", -1, false },
        { NULL, -1, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = scep_tracker_new();
        const ScepPlace place = place_of(1, device_address, server_address);
        const ScepConnection *connection = scep_tracker_connection(tracker, &place, rows[i].name);
        assert_int_equal(connection != NULL ? connection->stage : -1, rows[i].stage);
        if (connection != NULL) {
            assert_string_equal(connection->host, rows[i].name);
            assert_int_equal(connection->is_guess, rows[i].is_guess);
        }
        scep_tracker_free(tracker);
    }
}

/* ---- TLS in pieces ----------------------------------------------------------------------------------------------- */

/* What both sides send, in turns: hello, flight, end of the handshake, request, answer. */
typedef struct {
    bool from_client;
    GByteArray *bytes;
} Turn;

enum { TURNS = 5 };

static void make_turns(Turn *turns, unsigned version)
{
    const GByteArray *certificate = scene_certificates[CERTIFICATE_NDES];
    const bool is_new = version == SCEP_TLS_1_3;
    GByteArray *flight = scene_handshake(SCEP_TLS_SERVER_HELLO, tls_server_hello(version, NULL));

    der_add(flight,
            is_new ? der_join(tls_record(TLS_CHANGE_CIPHER, tls_number(1, 1)), tls_data(900), END)
                   : tls_record(TLS_HANDSHAKE,
                                der_join(tls_message(SCEP_TLS_CERTIFICATE,
                                                     tls_certificates(der_raw(certificate->data, certificate->len))),
                                         tls_message(SCEP_TLS_CERTIFICATE_REQUEST, tls_zeros(9)),
                                         tls_message(14, tls_zeros(0)), END)));
    turns[0] = (Turn){ true, tls_hello_record("ndes.contoso.com", NULL) };
    turns[1] = (Turn){ false, flight };
    turns[2] = (Turn){ true, der_join(is_new ? g_byte_array_new() : scene_handshake(16, tls_zeros(60)),
                                      tls_record(TLS_CHANGE_CIPHER, tls_number(1, 1)),
                                      is_new ? tls_data(53) : tls_record(TLS_HANDSHAKE, tls_zeros(40)), END) };
    turns[3] = (Turn){ true, der_join(tls_data(120), tls_data(90), END) };
    turns[4] = (Turn){ false, der_join(tls_data(200), tls_data(150), END) };
}

static void free_turns(Turn *turns)
{
    for (unsigned i = 0; i < TURNS; i++)
        g_byte_array_unref(turns[i].bytes);
}

/* What must not hang on how the stream was cut. @return g_free() */
static char *outcome(const Scene *scene)
{
    const ScepConnection *connection = scene->connection;
    char *findings = scene_findings(scene);
    GString *out = g_string_new(NULL);

    g_string_printf(out, "%s tls %d version %x wants %d asked %d/%d [%s]", connection->host, connection->is_tls,
                    connection->version, connection->wants_certificate, connection->asked_octets > 0,
                    connection->asked_frame > 0, findings);
    for (unsigned i = 0; i < connection->exchange_count; i++)
        g_string_append_printf(out, " %u>%u", connection->exchanges[i].request_size,
                               connection->exchanges[i].answer_size);
    g_free(findings);
    return g_string_free(out, FALSE);
}

typedef struct {
    unsigned turn;   /* that is sent in pieces */
    guint truncated; /* octets of its first piece */
    unsigned stop;   /* turns that are played */
} Cut;

static char *play_turns(const Turn *turns, Cut how)
{
    Scene scene;

    scene_open(&scene, to_ndes, 1000);
    scene_play(&scene, "s S");
    for (unsigned i = 0; i < how.stop; i++) {
        const GByteArray *bytes = turns[i].bytes;
        const guint first = i == how.turn ? how.truncated : 0;
        if (first > 0)
            scene_send(&scene, turns[i].from_client, SCEP_TCP_ACK, der_raw(bytes->data, first));
        scene_send(&scene, turns[i].from_client, SCEP_TCP_ACK, der_raw(bytes->data + first, bytes->len - first));
    }
    char *out = outcome(&scene);
    scene_close(&scene);
    return out;
}

static void truncated_everywhere(unsigned version, const char *expected)
{
    Turn turns[TURNS];

    make_turns(turns, version);
    for (unsigned stop = 1; stop <= TURNS; stop++) {
        char *whole = play_turns(turns, (Cut){ TURNS, 0, stop });
        if (stop == TURNS)
            assert_string_equal(whole, expected);
        for (unsigned i = 0; i < stop; i++) {
            /* A hello is known by its first six octets. */
            for (guint truncated = i == 0 ? 6 : 1; truncated < turns[i].bytes->len; truncated++) {
                char *found = play_turns(turns, (Cut){ i, truncated, stop });
                if (strcmp(found, whole) != 0)
                    fail_msg("%x, turn %u cut at %u of %u, until %u:\n%s\nnot\n%s", version, i, truncated,
                             turns[i].bytes->len, stop, found, whole);
                g_free(found);
            }
        }
        g_free(whole);
    }
    free_turns(turns);
}

static void test_cut_at_every_octet(void **state)
{
    (void)state;
    truncated_everywhere(
        SCEP_TLS_1_2,
        "ndes.contoso.com tls 1 version 303 wants 1 asked 0/1 [tls_client_cert_asked_on_device_hop] 162>302");
    truncated_everywhere(SCEP_TLS_1_3, "ndes.contoso.com tls 1 version 304 wants 0 asked 0/1 [] 176>316");
}

/* Every segment once more, with other octets around it, and not at all. */
typedef enum { AGAIN, AGAIN_LATER, OVERLAPPING, SWAPPED, ENDS_MISSING, REPAIR_COUNT } Repair;

static void send_at(Scene *scene, const Turn *turn, uint32_t sequence, guint from, guint to, guint missing)
{
    scene_segment(scene, turn->from_client, SCEP_TCP_ACK, sequence + from, turn->bytes->data + from, to - from,
                  missing);
}

static void send_repaired(Scene *scene, const Turn *turn, Repair how)
{
    const uint32_t sequence = scene->next[turn->from_client];
    const guint size = turn->bytes->len, middle = size / 2;

    switch (how) {
    case AGAIN:
        send_at(scene, turn, sequence, 0, size, 0);
        send_at(scene, turn, sequence, 0, size, 0);
        break;
    case AGAIN_LATER:
        send_at(scene, turn, sequence, 0, middle, 0);
        send_at(scene, turn, sequence, 0, size, 0);
        send_at(scene, turn, sequence, 0, middle, 0);
        break;
    case OVERLAPPING:
        send_at(scene, turn, sequence, 0, middle + 3, 0);
        send_at(scene, turn, sequence, middle - 3, size, 0);
        break;
    case SWAPPED:
        send_at(scene, turn, sequence, middle, size, 0);
        send_at(scene, turn, sequence, 0, middle, 0);
        break;
    default:
        send_at(scene, turn, sequence, 0, size - 20, 20);
    }
    scene->next[turn->from_client] += size;
}

static void test_sent_again(void **state)
{
    static const unsigned versions[] = { SCEP_TLS_1_2, SCEP_TLS_1_3 };

    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        Turn turns[TURNS];
        make_turns(turns, versions[k]);
        char *whole = play_turns(turns, (Cut){ TURNS, 0, TURNS });
        for (unsigned how = AGAIN; how <= OVERLAPPING; how++) {
            Scene scene;
            scene_open(&scene, to_ndes, 1000);
            scene_play(&scene, "s S");
            for (unsigned i = 0; i < TURNS; i++)
                send_repaired(&scene, &turns[i], (Repair)how);
            char *found = outcome(&scene);
            assert_string_equal(found, whole);
            g_free(found);
            scene_close(&scene);
        }
        g_free(whole);
        free_turns(turns);
    }
}

/* Where the capture lacks octets no more is told of that side; what was told stands. */
static void test_lost(void **state)
{
    static const struct {
        unsigned turn;
        Repair how;
        const char *start; /* of the outcome */
    } rows[] = {
        { 0, ENDS_MISSING, "ndes.contoso.com tls 0 version 303 wants 1" },
        { 1, SWAPPED, "ndes.contoso.com tls 1 version 0 wants 0" },
        { 1, ENDS_MISSING, "ndes.contoso.com tls 1 version 303 wants 0" },
        { 2, SWAPPED, "ndes.contoso.com tls 1 version 303 wants 1" },
        /* Inside of a record of data its length is known. */
        { 3, ENDS_MISSING, "ndes.contoso.com tls 1 version 303 wants 1" },
        { 4, SWAPPED, "ndes.contoso.com tls 1 version 303 wants 1" },
    };
    static const char *const exchanges[] = { "", " 162>0", " 162>0", "", " 162>302", " 162>0" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Turn turns[TURNS];
        Scene scene;
        make_turns(turns, SCEP_TLS_1_2);
        scene_open(&scene, to_ndes, 1000);
        scene_play(&scene, "s S");
        for (unsigned k = 0; k < TURNS; k++)
            send_repaired(&scene, &turns[k], k == rows[i].turn ? rows[i].how : AGAIN);
        char *found = outcome(&scene);
        const char *end = strchr(found, ']');
        if (!g_str_has_prefix(found, rows[i].start) || strcmp(end + 1, exchanges[i]) != 0)
            fail_msg("row %zu: %s", i, found);
        g_free(found);
        scene_close(&scene);
        free_turns(turns);
    }
}

/* A whole record is missing, so that what comes behind it begins like one: even so it is not read. */
static void test_gap_between_records(void **state)
{
    (void)state;
    for (int of_client = 0; of_client < 2; of_client++) {
        Scene scene;
        scene_open(&scene, to_ndes, 1000);
        scene_play(&scene, "s S h H12 d124 D224");
        scene.next[of_client] += 300;
        scene_play(&scene, "d124 D224");
        char *found = outcome(&scene);
        assert_string_equal(strchr(found, ']'), of_client ? "] 100>400" : "] 100>200 100>0");
        g_free(found);
        scene_close(&scene);
    }
}

/* ---- what encrypted records are ---------------------------------------------------------------------------------- */

#define TLS12 "s S h H12 C0 k K"
#define TLS13 "s S h H13 D900 d53"

static void test_exchanges(void **state)
{
    static const struct {
        const SceneHosts *hosts;
        const char *script;
        const char *sizes;
        const char *steps;
    } rows[] = {
        { &to_ndes, TLS12 " d124 D224", "100>200", "GetCACaps" },
        { &to_ndes, TLS12 " d124 D1300", "100>1276", "GetCACert" },
        { &to_ndes, TLS12 " d1424 D800", "1400>776", "Submit" },
        { &to_ndes, TLS12 " d1423 D800", "1399>776", "GetCACaps" },
        { &to_ndes, TLS13 " d117 D217", "100>200", "GetCACaps" },
        { &to_ndes, TLS13 " d700 d734 D1716", "1400>1699", "Submit" },
        { &to_ndes, TLS13 " d1417 D1717", "1400>1700", "Submit" },
        { &device_to_intune, TLS13 " d117 D217", "100>200", "Sync" },
        { &to_policy, TLS13 " d117 D217", "100>200", "Verify" },
        { &to_intune, TLS13 " d117 D217", "100>200", "Notify" },
        /* Records too small for a request are none; session tickets answer nothing. */
        { &to_ndes, TLS12 " d41 D224", "", "" },
        { &to_ndes, TLS12 " d42 D224", "18>200", "GetCACaps" },
        { &to_ndes, TLS13 " D250 D250 d117 D217", "100>200", "GetCACaps" },
        { &to_ndes, TLS12 " D250 d124", "100>0", "GetCACaps" },
        /* TLS 1.3: the client's handshake goes on in what looks like data until a Finished, or an alert. */
        { &to_ndes, "s S h H13 D900 d25 d53 d117 D217", "100>200", "GetCACaps" },
        { &to_ndes, "s S h H13 D900 d52 d117", "", "" },
        { &to_ndes, "s S h H13 D900 d19 d117", "100>0", "GetCACaps" },
        { &to_ndes, "s S h H13 d40 D900 D900", "", "" },
        /* Frames of HTTP/2 that only steer: settings, acknowledgements. */
        { &to_ndes, "s S h@ H12@ C0 k K d80 D80 d124 d35 D224", "100>200", "GetCACaps" },
        { &to_ndes, "s S h@ H12 C0 k K d80 D80", "56>56", "GetCACaps" },
        { &to_ndes, "s S h@ H13 D900 d53 d80 D80 d117 D217", "100>200", "GetCACaps" },
        { &to_ndes, "s S h H12@ C0 k K d87 D80", "", "" },
        { &to_ndes, "s S h H12@ C0 k K d88 D80", "64>56", "GetCACaps" },
        /* One behind the other. */
        { &to_ndes, TLS12 " d124 D224 d124 D1300 d1524 D2024", "100>200 100>1276 1500>2000",
          "GetCACaps GetCACert Submit" },
        { &to_ndes, TLS12 " d124 D224 D224 d124", "100>400 100>0", "GetCACaps GetCACaps" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *sizes = g_string_new(""), *steps = g_string_new("");
        Scene scene;
        scene_open_unheard(&scene, *rows[i].hosts, 1000);
        scene_play(&scene, rows[i].script);
        for (unsigned k = 0; k < scene.connection->exchange_count; k++) {
            const ScepTlsExchange *exchange = &scene.connection->exchanges[k];
            g_string_append_printf(sizes, "%s%u>%u", k > 0 ? " " : "", exchange->request_size, exchange->answer_size);
            g_string_append_printf(steps, "%s%s", k > 0 ? " " : "",
                                   scep_tls_exchange_get0_guess(scene.connection, exchange));
            assert_int_equal(scep_exchange_looks_issued(scene.connection, exchange),
                             exchange->request_size >= 1400 && exchange->answer_size >= 1700);
        }
        if (strcmp(sizes->str, rows[i].sizes) != 0 || strcmp(steps->str, rows[i].steps) != 0)
            fail_msg("%s: %s, %s", rows[i].script, sizes->str, steps->str);
        g_string_free(sizes, TRUE);
        g_string_free(steps, TRUE);
        scene_close(&scene);
    }
}

/* Of more than are told apart the last one grows. */
static void test_many_exchanges(void **state)
{
    Scene scene;

    (void)state;
    scene_open_unheard(&scene, to_ndes, 1000);
    scene_play(&scene, TLS12);
    for (unsigned i = 0; i < SCEP_MAX_TLS_EXCHANGES + 4; i++)
        scene_play(&scene, "d124 D224");
    assert_int_equal(scene.connection->exchange_count, SCEP_MAX_TLS_EXCHANGES);
    assert_int_equal(scene.connection->exchanges[0].request_size, 100);
    assert_int_equal(scene.connection->exchanges[SCEP_MAX_TLS_EXCHANGES - 1].request_size, 500);
    scene_close(&scene);
}

/* ---- what frames are called -------------------------------------------------------------------------------------- */

static void test_frames(void **state)
{
    static const struct {
        const SceneHosts *hosts;
        const char *script;
        const char *seen; /* frame, step, stage */
    } rows[] = {
        { &to_ndes, "s S", "1 Connect 2" },
        { &to_ndes, "s s S", "1 Connect 2, 2 Connect 2" },
        { &to_ndes, "s R R", "1 Connect 2, 2 Connect 2" },
        { &to_ndes, TLS12, "1 Connect 2, 3 Handshake 2, 5 Handshake 2" },
        { &to_ndes, "h H12 W c0", "1 Handshake 2, 3 Handshake 2, 4 Handshake 2" },
        { &to_ndes, "h X40 F R", "1 Handshake 2, 2 Handshake 2" },
        { &to_ndes, "h H13 D900 d19", "1 Handshake 2, 4 Handshake 2" },
        { &to_ndes, "h H12 d124 D224 D224", "1 Handshake 2, 3 Request 2, 4 GetCACaps 2" },
        { &to_ndes, "h H12 d1524 D2024", "1 Handshake 2, 3 Submit 2, 4 Deliver 5" },
        { &to_ndes, "h H12 d1524 D1024", "1 Handshake 2, 3 Submit 2, 4 Submit 2" },
        { &to_ndes, "h H12 d700 d800 d100 D1024", "1 Handshake 2, 3 Request 2, 4 Submit 2, 6 Submit 2" },
        { &device_to_intune, "h H12 d124 D224", "1 Handshake 1, 3 Sync 1, 4 Sync 1" },
        { &to_policy, "h H12 d124 D224", "1 Handshake 3, 3 Verify 3, 4 Verify 3" },
        { &to_ndes, "h H12 d124 R R", "1 Handshake 2, 3 Request 2, 4 Close 2" },
        { &to_ndes, "h H12 d124 D224 F f", "1 Handshake 2, 3 Request 2, 4 GetCACaps 2" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene scene;
        scene_open(&scene, *rows[i].hosts, 1000);
        scene_play(&scene, rows[i].script);
        if (strcmp(scene.seen->str, rows[i].seen) != 0)
            fail_msg("%s: %s", rows[i].script, scene.seen->str);
        scene_close(&scene);
    }
}

static void assert_summary(const Scene *scene, ScepConnectionEvent event, uint32_t frame, const char *expected)
{
    const ScepConnectionSeen seen = scep_connection_describe(scene->connection, event, frame);
    char *line = scep_connection_new_summary(scene->connection, &seen, frame);

    assert_string_equal(line, expected);
    g_free(line);
}

static void test_summaries(void **state)
{
    Scene scene;

    (void)state;
    scene_open_unheard(&scene, to_ndes, 1000);
    scene_play(&scene, "h H12 d1524 D2024");
    assert_summary(&scene, SCEP_CONNECTION_HELLO, 1, "TLS handshake begins with ndes.contoso.com");
    assert_summary(&scene, SCEP_CONNECTION_REQUEST, 3,
                   "encrypted request of about 1500 bytes, likely PKIOperation, to ndes.contoso.com");
    assert_summary(&scene, SCEP_CONNECTION_ANSWER, 4,
                   "encrypted answer of about 2000 bytes, likely the certificate, from ndes.contoso.com");
    assert_summary(&scene, SCEP_CONNECTION_ANSWER, 3, "answer, from ndes.contoso.com");
    scene.connection->is_opened = true;
    assert_summary(&scene, SCEP_CONNECTION_ANSWER, 4,
                   "answer of about 2000 bytes, likely the certificate, from ndes.contoso.com");
    scene.connection->is_guess = true;
    scene.connection->host = NULL;
    assert_summary(&scene, SCEP_CONNECTION_CONNECT, 0, "connecting to 192.0.2.1 (NDES by its name: a guess)");
    const ScepConnectionSeen seen = scep_connection_seen(scene.connection, SCEP_CONNECTION_ASK_NAME);
    assert_string_equal(seen.step, "Resolve");
    assert_int_equal(seen.stage, 2);
    scene_close(&scene);
}

/* ---- what is no TLS ---------------------------------------------------------------------------------------------- */

static void test_after_the_end(void **state)
{
    Scene scene;

    (void)state;
    scene_open_unheard(&scene, to_ndes, 1000);
    scene_play(&scene, TLS12 " d124 D224 F f h H13 d124 D224 x48 R");
    assert_int_equal(scene.connection->version, SCEP_TLS_1_2);
    assert_int_equal(scene.connection->exchange_count, 1);
    assert_null(scene.connection->tls);
    assert_false(scene.connection->has_alert);
    scene_close(&scene);
}

/* Octets that are no record, behind a hello and in place of one, with flags of every kind. */
static void test_noise(void **state)
{
    GRand *random = g_rand_new_with_seed(7);

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        Scene scene;
        scene_open_unheard(&scene, to_ndes, 1000);
        scene_play(&scene, round % 2 ? TLS13 : "s S");
        for (unsigned i = 0; i < 20; i++) {
            GByteArray *noise = tls_zeros((unsigned)g_rand_int_range(random, 0, 60));
            for (guint k = 0; k < noise->len; k++)
                noise->data[k] = (uint8_t)g_rand_int_range(random, 0, k < 6 ? 24 : 256);
            scene_segment(&scene, g_rand_boolean(random), (uint8_t)g_rand_int_range(random, 0, 32), g_rand_int(random),
                          noise->data, noise->len, g_rand_boolean(random) ? 0 : g_rand_int(random));
            g_byte_array_unref(noise);
        }
        scene_conclude(&scene);
        assert_true(scene.connection->exchange_count <= SCEP_MAX_TLS_EXCHANGES);
        scene_close(&scene);
    }
    g_rand_free(random);
}

/* Another stream, or another server under the same number. */
static void test_not_read(void **state)
{
    Scene scene;

    (void)state;
    scene_open_unheard(&scene, (SceneHosts){ SCEP_HOST_NDES, SCEP_HOST_UNKNOWN, NULL }, 1000);
    scene_play(&scene, "s S");
    ScepExchange *exchange = submit(scene.tracker, 1000, "ONE");
    ScepPlace place = scene_place(&scene);
    place.stream++;
    scep_connection_read(scene.tracker, &place, exchange);
    place = scene_place(&scene);
    place.server = "192.0.2.2";
    scep_connection_read(scene.tracker, &place, exchange);
    assert_null(scene.connection->exchange);
    assert_false(scene.connection->is_opened);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_stages_by_the_moment),
        cmocka_unit_test(test_followed_by_name),
        cmocka_unit_test(test_cut_at_every_octet),
        cmocka_unit_test(test_sent_again),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_gap_between_records),
        cmocka_unit_test(test_exchanges),
        cmocka_unit_test(test_many_exchanges),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_summaries),
        cmocka_unit_test(test_after_the_end),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_not_read),
    };

    return cmocka_run_group_tests(tests, make_scene, free_scene);
}
