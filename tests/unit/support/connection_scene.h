/* connection_scene.h
 * Connections told in a line: "s S h H12 C0 x48" is SYN, SYN with ACK, ClientHello, ServerHello, certificate, alert.
 * Small letters are the client's, capitals the server's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CONNECTION_SCENE_H
#define CONNECTION_SCENE_H

#include "service_calls.h"
#include "tls_builder.h"

#include "tracker/connection.h"
#include "tracker/tracker.h"
#include "wire/tls_stream.h"

/* In the order of "C0", "C1", ... */
enum { CERTIFICATE_NDES, CERTIFICATE_MICROSOFT, CERTIFICATE_INSPECTED, CERTIFICATE_DAMAGED, CERTIFICATE_COUNT };

static GByteArray *scene_certificates[CERTIFICATE_COUNT];

typedef struct {
    ScepHostRole server;
    ScepHostRole client; /* SCEP_HOST_UNKNOWN: a device, as far as is known */
    const char *host;    /* server_name; NULL for none */
} SceneHosts;

typedef struct {
    SceneHosts hosts;
    ScepTracker *tracker;
    ScepConnection *connection; /* the newest; NULL when none is followed */
    const char *client;
    const char *server;
    uint32_t frame;
    uint32_t stream;
    int64_t time;     /* nanoseconds since 1970; a segment comes every 10 ms */
    uint32_t next[2]; /* sequence number, of the server and of the client */
    bool is_opened;
    bool is_started;
    GString *seen; /* a line for each segment that is something: "Handshake 2", ... */
} Scene;

static inline GByteArray *scene_certificate(const char *name, const char *issuer_name)
{
    char *alternative = g_strdup_printf("DNS:%s", name);
    X509 *issuer = pki_self_signed(issuer_name, ra_key);
    const PkiSubject subject = { .common_name = name,
                                 .key = device_key,
                                 .version = 2,
                                 .issuer = issuer,
                                 .issuer_key = ra_key,
                                 .extensions = (const char *const[]){ "subjectAltName", alternative, NULL } };
    X509 *certificate = pki_certificate(&subject);
    GByteArray *out = pki_certificate_der(certificate);

    X509_free(certificate);
    X509_free(issuer);
    g_free(alternative);
    return out;
}

static inline int make_scene(void **state)
{
    make_people(state);
    scene_certificates[CERTIFICATE_NDES] = scene_certificate("ndes.contoso.com", "Contoso CA");
    scene_certificates[CERTIFICATE_MICROSOFT] = scene_certificate("manage.microsoft.com", "Microsoft TLS CA 01");
    scene_certificates[CERTIFICATE_INSPECTED] = scene_certificate("manage.microsoft.com", "Contoso Inspection");
    scene_certificates[CERTIFICATE_DAMAGED] = tls_zeros(40);
    return 0;
}

static inline int free_scene(void **state)
{
    for (unsigned i = 0; i < CERTIFICATE_COUNT; i++)
        g_byte_array_unref(scene_certificates[i]);
    return free_people(state);
}

/* What is called by NDES stands on the internet, or is its registration service; everything else is called by a device.
 */
static inline void scene_open_with(Scene *scene, ScepTracker *tracker, SceneHosts hosts, int64_t seconds)
{
    const bool is_behind = hosts.client != SCEP_HOST_UNKNOWN;

    *scene = (Scene){ .hosts = hosts, .tracker = tracker, .time = seconds * SECOND, .seen = g_string_new("") };
    scene->client = is_behind ? server_address : device_address;
    scene->server = is_behind ? intune_address : server_address;
    scep_tracker_learn_host(scene->tracker, scene->server, hosts.server);
    if (is_behind)
        scep_tracker_learn_host(scene->tracker, scene->client, hosts.client);
    scep_tracker_clock(scene->tracker, scene->time);
}

static inline void scene_open(Scene *scene, SceneHosts hosts, int64_t seconds)
{
    scene_open_with(scene, diagnosed_tracker_new(), hosts, seconds);
}

/* The same where nobody listens: what the tracker knows by itself. */
static inline void scene_open_unheard(Scene *scene, SceneHosts hosts, int64_t seconds)
{
    scene_open_with(scene, scep_tracker_new(), hosts, seconds);
}

static inline void scene_close(Scene *scene)
{
    diagnosed_tracker_free(scene->tracker);
    g_string_free(scene->seen, TRUE);
}

static inline ScepPlace scene_place(Scene *scene)
{
    scene->time += SECOND / 100;
    return (ScepPlace){ .frame = ++scene->frame,
                        .time = scene->time,
                        .client = scene->client,
                        .server = scene->server,
                        .server_port = 443,
                        .stream = scene->stream };
}

/* With the frame that comes next. */
static inline void scene_start(Scene *scene)
{
    const ScepPlace place = { .frame = scene->frame + 1,
                              .time = scene->time + SECOND / 100,
                              .client = scene->client,
                              .server = scene->server,
                              .server_port = 443,
                              .stream = scene->stream };

    scene->is_started = true;
    scene->next[0] = 0xfffffe00u; /* it wraps around soon */
    scene->next[1] = 0xffffff00u;
    scene->connection = scep_tracker_connection(scene->tracker, &place, scene->hosts.host);
}

/* A segment with these octets at this sequence number. */
static inline ScepConnectionSeen scene_segment(Scene *scene, bool from_client, uint8_t flags, uint32_t sequence,
                                               const uint8_t *bytes, size_t size, size_t missing)
{
    const ScepPlace place = scene_place(scene);
    uint8_t *copy = g_memdup2(bytes, size);
    ScepConnectionSeen seen = { .event = SCEP_CONNECTION_NOTHING, .step = "" };

    if (scene->connection != NULL) {
        const ScepSegment segment = { .frame = place.frame,
                                      .time = place.time,
                                      .from_client = from_client,
                                      .is_opened = scene->is_opened,
                                      .flags = flags,
                                      .sequence = sequence,
                                      .acknowledged = scene->next[!from_client],
                                      .payload = copy,
                                      .size = size,
                                      .missing = missing };
        seen = scep_connection_segment(scene->tracker, scene->connection, &segment);
    }
    if (seen.event != SCEP_CONNECTION_NOTHING)
        g_string_append_printf(scene->seen, "%s%u %s %u", scene->seen->len > 0 ? ", " : "", scene->frame, seen.step,
                               seen.stage);
    g_free(copy);
    return seen;
}

/* The next one of its side. @param bytes  taken over; NULL for none */
static inline ScepConnectionSeen scene_send(Scene *scene, bool from_client, uint8_t flags, GByteArray *bytes)
{
    const size_t size = bytes != NULL ? bytes->len : 0;

    if (!scene->is_started)
        scene_start(scene);
    const ScepConnectionSeen seen =
        scene_segment(scene, from_client, flags, scene->next[from_client], bytes != NULL ? bytes->data : NULL, size, 0);
    scene->next[from_client] += (uint32_t)size + ((flags & (SCEP_TCP_SYN | SCEP_TCP_FIN)) != 0);
    if (bytes != NULL)
        g_byte_array_unref(bytes);
    return seen;
}

/* Another connection. @param server  NULL: to the same */
static inline void scene_again(Scene *scene, const char *server)
{
    if (server != NULL) {
        scene->server = server;
        scep_tracker_learn_host(scene->tracker, server, scene->hosts.server);
    }
    scene->is_started = false;
    scene->stream++;
}

/* The name of NDES is asked for, and answered. */
static inline void scene_look_up(Scene *scene)
{
    ScepPlace place = scene_place(scene);

    place.server = "192.0.2.53";
    ScepConnection *lookup = scep_tracker_lookup(scene->tracker, &place, "ndes.contoso.com", false);
    place.frame = ++scene->frame;
    scep_lookup_answer(scene->tracker, lookup, &place, 0, true);
}

static inline GByteArray *scene_handshake(uint8_t type, GByteArray *body)
{
    return tls_record(TLS_HANDSHAKE, tls_message(type, body));
}

/* @return the octets of a step; NULL for what has none */
static inline GByteArray *scene_octets(const Scene *scene, const char *step, unsigned number)
{
    const char *http2 = strchr(step, '@') != NULL ? "h2" : NULL;
    const GByteArray *certificate = scene_certificates[number % CERTIFICATE_COUNT];

    switch (step[0]) {
    case 'h':
        return tls_hello_record(scene->hosts.host, http2);
    case 'j':
        return g_byte_array_set_size(tls_hello_record(scene->hosts.host, http2), 60);
    case 'H':
        return scene_handshake(SCEP_TLS_SERVER_HELLO,
                               tls_server_hello(number == 12 ? SCEP_TLS_1_2 : SCEP_TLS_1_3, http2));
    case 'C':
    case 'c':
        return scene_handshake(SCEP_TLS_CERTIFICATE, tls_certificates(der_raw(certificate->data, certificate->len)));
    case 'e':
        return scene_handshake(SCEP_TLS_CERTIFICATE, tls_certificates(NULL));
    case 'W':
        return scene_handshake(SCEP_TLS_CERTIFICATE_REQUEST, tls_zeros(8));
    case 'k':
    case 'K':
        return der_join(tls_record(TLS_CHANGE_CIPHER, tls_number(1, 1)), tls_record(TLS_HANDSHAKE, tls_zeros(40)), END);
    case 'x':
    case 'X':
        return tls_alert(2, (uint8_t)number);
    case 'y':
    case 'Y': /* a warning */
        return tls_alert(1, (uint8_t)number);
    case 'd':
    case 'D':
        return tls_data(number);
    case 'p':
    case 'P':
        return tls_zeros(number);
    default:
        return NULL;
    }
}

static inline uint8_t scene_flags(char step)
{
    switch (step) {
    case 's':
        return SCEP_TCP_SYN;
    case 'S':
        return SCEP_TCP_SYN | SCEP_TCP_ACK;
    case 'f':
    case 'F':
        return SCEP_TCP_FIN | SCEP_TCP_ACK;
    case 'r':
    case 'R':
        return SCEP_TCP_RST;
    default:
        return SCEP_TCP_ACK;
    }
}

/* "j" is the first half of a hello, "z" an octet that was sent before, to keep the connection alive, "l" a look-up.
 * "w60" waits a minute, "o" has what follows decrypted, "N" is a new connection, "M" one to another server, "Q" a
 * request of a device that waits for its answer, "I" one that got its certificate. */
static inline void scene_play(Scene *scene, const char *script)
{
    char **steps = g_strsplit(script, " ", -1);

    for (char **step = steps; *step != NULL && **step != '\0'; step++) {
        const unsigned number = (unsigned)strtoul(*step + 1, NULL, 10);
        const uint32_t second = (uint32_t)(scene->time / SECOND);
        if (**step == 'w')
            scene->time += number * SECOND;
        else if (**step == 'o')
            scene->is_opened = true;
        else if (**step == 'N' || **step == 'M')
            scene_again(scene, **step == 'M' ? "192.0.2.2" : NULL);
        else if (**step == 'Q')
            submit(scene->tracker, second, "WAITS");
        else if (**step == 'I')
            certrep(scene->tracker, submit(scene->tracker, second, "ISSUED"), second, "0", NULL);
        else if (**step == 'l')
            scene_look_up(scene);
        else if (**step == 'z')
            scene_segment(scene, true, SCEP_TCP_ACK, scene->next[1] - 1, (const uint8_t *)"", 1, 0);
        else
            scene_send(scene, g_ascii_islower(**step), scene_flags(**step), scene_octets(scene, *step, number));
    }
    g_strfreev(steps);
}

/* The findings of all connections, " | " between two of them; '~' in front of what has been settled. @return g_free()
 */
static inline char *scene_findings(const Scene *scene)
{
    const GPtrArray *connections = scep_tracker_get0_connections(scene->tracker);
    GString *out = g_string_new("");

    for (guint i = 0; i < connections->len; i++) {
        const ScepFinding *first = connection_findings(scene->tracker, g_ptr_array_index(connections, i));
        if (i > 0)
            g_string_append(out, " | ");
        for (const ScepFinding *finding = first; finding != NULL; finding = finding->next) {
            const ScepHint *hint = scep_finding_get0_hint(finding);
            g_string_append_printf(out, "%s%s%s", finding != first ? " " : "",
                                   finding->severity < hint->severity ? "~" : "", hint->id);
        }
    }
    return g_string_free(out, FALSE);
}

/* Concluded twice, as when more is booked in between. */
static inline void scene_conclude(Scene *scene)
{
    scep_tracker_clock(scene->tracker, scene->time);
    for (unsigned again = 0; again < 2; again++) {
        scene->tracker->booked++;
        scep_tracker_finish(scene->tracker);
    }
}

static inline void assert_scene(SceneHosts hosts, int64_t seconds, const char *script, const char *expected)
{
    Scene scene;

    scene_open(&scene, hosts, seconds);
    scene_play(&scene, script);
    scene_conclude(&scene);
    char *found = scene_findings(&scene);
    if (strcmp(found, expected) != 0)
        fail_msg("%s, %s: \"%s\", not \"%s\"", scep_host_role_name(hosts.server), script, found, expected);
    g_free(found);
    scene_close(&scene);
}

#endif
