/* fuzz_tls_stream.c
 * Connections: both sides of TLS and of TCP in segments of any size, sent again, lost or damaged. What was cut into
 * more segments tells the same of its handshake, and nothing grows beyond its bounds.
 *
 * Input: role of the server and of the client, then segments: what it is, its size, its octets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "tracker/connection.h"
#include "require.h"
#include "../unit/support/rule_tables.h"
#include "scep/diagnosis.h"
#include "scep/limits.h"
#include "scep/report.h"
#include "wire/tls_stream.h"

/* Bits of the first octet of a segment; the lower ones of the second are flags of TCP. */
enum { FROM_CLIENT = 1, SENT_AGAIN = 2, SKIPS = 4, LACKS = 8, OPENED = 16, WAITS = 32, NEW_CONNECTION = 64 };

#define SECOND G_GINT64_CONSTANT(1000000000)

/* ---- one side alone ---------------------------------------------------------------------------------------------- */

static void log_event(const ScepTlsEvent *event, void *user)
{
    GByteArray *log = user;
    const uint8_t head[] = { (uint8_t)event->kind, event->type, event->is_fatal, (uint8_t)(event->size >> 8),
                             (uint8_t)event->size };
    ScepTlsHello hello;
    ScepSpan span;

    g_byte_array_append(log, head, sizeof head);
    if (event->kind != SCEP_TLS_HANDSHAKE)
        return;
    g_byte_array_append(log, event->bytes, (guint)event->size);
    scep_tls_read_hello(event->bytes, event->size, event->type == SCEP_TLS_CLIENT_HELLO, &hello);
    require_text(hello.host);
    for (const char *at = hello.host; *at != '\0'; at++)
        REQUIRE(*at > 0x20 && *at < 0x7f && !g_ascii_isupper(*at));
    scep_tls_read_certificate(event->bytes, event->size, &span);
    require_span(span, event->size);
}

/* However it is cut: what is told of it is the same. */
static void check_stream(const uint8_t *data, size_t size, size_t piece)
{
    ScepTlsStream one = { 0 }, other = { 0 };
    GByteArray *whole = g_byte_array_new(), *pieces = g_byte_array_new();

    scep_tls_stream_feed(&one, data, size, 0, log_event, whole);
    for (size_t at = 0; at < size; at += piece)
        scep_tls_stream_feed(&other, data + at, MIN(piece, size - at), 0, log_event, pieces);
    /* Of a handshake that is too long less is seen when more of it comes at once. */
    if (!one.lost && !other.lost)
        REQUIRE(whole->len == pieces->len && (whole->len == 0 || memcmp(whole->data, pieces->data, whole->len) == 0));
    REQUIRE(one.handshake == NULL || one.handshake->len <= SCEP_MAX_TLS_HANDSHAKE);
    scep_tls_stream_clear(&one);
    scep_tls_stream_clear(&other);
    g_byte_array_unref(whole);
    g_byte_array_unref(pieces);
}

/* ---- a connection ------------------------------------------------------------------------------------------------ */

typedef struct {
    const uint8_t *data;
    size_t left;
    ScepTracker *tracker;
    ScepConnection *connection;
    ScepPlace place;
    uint32_t next[2];
} Play;

static unsigned take(Play *play)
{
    if (play->left == 0)
        return 0;
    play->left--;
    return *play->data++;
}

static void open_connection(Play *play)
{
    play->place.stream++;
    play->next[0] = 0xffffff80u;
    play->next[1] = 0xfffffff0u;
    play->connection = scep_tracker_connection(play->tracker, &play->place, NULL);
}

static void check_seen(const ScepConnection *connection, const ScepConnectionSeen *seen, uint32_t frame)
{
    char *line = scep_connection_new_summary(connection, seen, frame);

    REQUIRE(seen->event <= SCEP_CONNECTION_NAME && seen->step != NULL && seen->stage <= 6);
    require_text(line);
    g_free(line);
}

static void play_segment(Play *play)
{
    const unsigned how = take(play), flags = take(play) & 0x1f;
    size_t size = take(play);

    size = MIN(how & 128 ? size << 4 : size, play->left);
    const bool from_client = (how & FROM_CLIENT) != 0;
    const size_t missing = how & LACKS ? take(play) & 0x3f : 0;
    size = MIN(size, play->left);
    if (how & NEW_CONNECTION)
        open_connection(play);
    play->place.frame++;
    play->place.time += how & WAITS ? 30 * SECOND : SECOND / 50;
    uint8_t *copy = g_memdup2(play->data, size);
    const ScepSegment segment = {
        .frame = play->place.frame,
        .time = play->place.time,
        .from_client = from_client,
        .is_opened = (how & OPENED) != 0,
        .flags = (uint8_t)flags,
        .sequence = play->next[from_client] - (how & SENT_AGAIN ? (uint32_t)size / 2 : 0) + (how & SKIPS ? 5 : 0),
        .payload = copy,
        .size = size,
        .missing = missing,
    };
    play->data += size;
    play->left -= size;
    if (play->connection != NULL) {
        const ScepConnectionSeen seen = scep_connection_segment(play->tracker, play->connection, &segment);
        check_seen(play->connection, &seen, segment.frame);
    }
    play->next[from_client] = segment.sequence + (uint32_t)(size + missing);
    g_free(copy);
}

static void check_connection(const ScepDiagnosis *diagnosis, const ScepConnection *connection)
{
    REQUIRE(connection->exchange_count <= SCEP_MAX_TLS_EXCHANGES);
    REQUIRE(connection->tls == NULL || connection->closed_sides != SCEP_BOTH_SIDES);
    require_text(connection->host);
    for (const ScepFinding *finding = scep_connection_get0_findings(diagnosis, connection); finding != NULL;
         finding = finding->next) {
        REQUIRE(finding->frame_count > 0 && finding->hint < SCEP_HINT_COUNT);
        REQUIRE(finding->severity <= scep_finding_get0_hint(finding)->severity);
        REQUIRE(can_raise((ScepHintId)finding->hint));
        require_text(finding->detail);
    }
    for (unsigned i = 1; i < connection->exchange_count; i++)
        REQUIRE(connection->exchanges[i].request_frame >= connection->exchanges[i - 1].request_frame);
}

/* The report is drawn up from the same connections twice. */
static void check_report(const ScepDiagnosis *diagnosis)
{
    ScepReport *report = scep_report_new(diagnosis, NULL, NULL);
    GString *text = scep_report_new_text(report);

    require_text(text->str);
    g_string_free(text, TRUE);
    scep_report_free(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    check_stream(data + 3, size - 3, 1 + data[2] % 64);
    Play play = { .data = data, .left = size, .tracker = scep_tracker_new() };
    ScepDiagnosis *diagnosis = scep_diagnosis_new(play.tracker);
    play.place = (ScepPlace){
        .frame = 0, .time = 2000000000 * SECOND, .client = "192.0.2.10", .server = "192.0.2.1", .server_port = 443
    };
    scep_tracker_clock(play.tracker, play.place.time);
    scep_tracker_learn_host(play.tracker, play.place.server, (ScepHostRole)(take(&play) % SCEP_HOST_ROLE_COUNT));
    scep_tracker_learn_host(play.tracker, play.place.client, (ScepHostRole)(take(&play) % SCEP_HOST_ROLE_COUNT));
    open_connection(&play);
    while (play.left > 0)
        play_segment(&play);
    scep_tracker_clock(play.tracker, play.place.time);
    check_report(diagnosis);
    check_report(diagnosis);
    const GPtrArray *connections = scep_tracker_get0_connections(play.tracker);
    for (guint i = 0; i < connections->len; i++)
        check_connection(diagnosis, g_ptr_array_index(connections, i));
    scep_diagnosis_free(diagnosis);
    scep_tracker_free(play.tracker);
    REQUIRE(ERR_peek_error() == 0);
    return 0;
}
