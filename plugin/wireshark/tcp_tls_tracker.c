/* tcp_tls_tracker.c
 * Follows connections to hosts with a role, and questions to DNS about them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tcp_tls_tracker.h"

#include <epan/addr_resolv.h>
#include <epan/conversation.h>
#include <epan/to_str.h>

#include "backfill.h"
#include "capture_file.h"
#include "followed_frames.h"
#include "preferences.h"
#include "scep/wire.h"
#include "segment.h"

enum { PORT_DNS = 53, MAX_LOOKUPS = 4096 };

/* A connection that is followed. File scope. */
typedef struct {
    ScepConnection *connection; /* owned by the tracker */
    uint32_t client_port;
} Followed;

/* The part of the capture file that is kept here. */
typedef struct TcpTlsTracker {
    GHashTable *followed; /* number of the conversation + 1 -> Followed* */
    GHashTable *lookups;  /* port of the client and id -> ScepConnection* */
    bool by_name;         /* Wireshark resolves addresses, so a connection may be known by the name of its host */
} TcpTlsTracker;

void tcp_tls_tracker_open(void)
{
    ScepTracker *tracker = capture_tracker();
    TcpTlsTracker *state = g_new0(TcpTlsTracker, 1);

    state->followed = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    state->lookups = g_hash_table_new(NULL, NULL);
    state->by_name = gbl_resolv_flags.network_name;
    scep_tracker_configure_hosts(tracker, scep_preferences.hosts, scep_preferences.host_count);
    capture_file->tcp_tls = state;
    capture_file->follows_connections = state->by_name || scep_tracker_has_hosts(tracker);
}

void tcp_tls_tracker_close(void)
{
    TcpTlsTracker *state = capture_file->tcp_tls;

    if (state == NULL)
        return;
    g_hash_table_unref(state->followed);
    g_hash_table_unref(state->lookups);
    g_clear_pointer(&capture_file->tcp_tls, g_free);
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

static Followed *followed_by(uint32_t conversation)
{
    return g_hash_table_lookup(capture_file->tcp_tls->followed, GUINT_TO_POINTER(conversation + 1));
}

/* One that went well leaves a label on its frames, and nothing else. */
static void let_go(uint32_t conversation, ScepConnection *connection)
{
    ScepConnection *remains = scep_connection_remains(capture_tracker(), connection);
    const uint32_t since = connection->connect_frame;

    if (remains == NULL || !followed_frames_may_hand_over(since) ||
        !scep_connection_release(capture_tracker(), connection))
        return;
    followed_frames_hand_over(since, connection, remains);
    g_hash_table_remove(capture_file->tcp_tls->followed, GUINT_TO_POINTER(conversation + 1));
}

static void take_segment(packet_info *pinfo, const Segment *segment, const Followed *follow, uint32_t conversation)
{
    const bool from_client = pinfo->srcport == follow->client_port;
    const ScepSegment taken = {
        .frame = pinfo->num,
        .time = capture_time(&pinfo->abs_ts),
        .from_client = from_client,
        .is_opened = ws_has_data_source(pinfo, "Decrypted TLS"),
        .flags = segment->flags,
        .sequence = segment_sequence(segment),
        .acknowledged = segment_acknowledged(segment),
        .payload = segment->payload,
        .size = segment->size,
        .missing = segment_missing(segment),
        .snaplen = segment_missing(segment) > 0 ? pinfo->fd->cap_len : 0,
    };

    followed_frames_add(pinfo->num, follow->connection,
                        scep_connection_segment(capture_tracker(), follow->connection, &taken));
    let_go(conversation, follow->connection);
}

static Followed *follow(ScepConnection *connection, uint32_t conversation, uint32_t client_port)
{
    if (connection == NULL)
        return NULL;
    Followed *made = g_new(Followed, 1);
    *made = (Followed){ connection, client_port };
    g_hash_table_replace(capture_file->tcp_tls->followed, GUINT_TO_POINTER(conversation + 1), made);
    capture_file->follows_connections = true;
    return made;
}

/* Where Wireshark knows a name for the server, its role may be known by that. */
static void use_resolved_name(const ScepPlace *place, const address *server)
{
    const char *name = capture_file->tcp_tls->by_name ? address_to_name(server) : NULL;

    if (name != NULL)
        scep_tracker_name_host(capture_tracker(), place->server, name);
}

/* Record and handshake headers are 5 and 4 octets. A hello in several segments gives its name where it is whole.
 * @return false for a segment that begins with something else */
static bool read_hello(const Segment *segment, ScepTlsHello *hello)
{
    const uint8_t *payload = segment->payload;

    hello->host[0] = '\0';
    if (!scep_tls_is_client_hello(payload, segment->size))
        return false;
    if (segment->size > 9)
        scep_tls_read_hello(payload + 9, segment->size - 9, true, hello);
    return true;
}

static Followed *begin(packet_info *pinfo, const Segment *segment, uint32_t conversation)
{
    ScepTlsHello hello;

    if (!read_hello(segment, &hello) && (segment->flags & (SCEP_TCP_SYN | SCEP_TCP_ACK)) != SCEP_TCP_SYN)
        return NULL;
    const ScepPlace place = capture_place(pinfo, true);
    use_resolved_name(&place, &pinfo->dst);
    return follow(scep_tracker_connection(capture_tracker(), &place, hello.host), conversation, pinfo->srcport);
}

static void learn_segment(packet_info *pinfo, const Segment *segment)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    if (conversation == NULL)
        return;
    const Followed *known = followed_by(conversation->conv_index);
    if (known == NULL)
        known = begin(pinfo, segment, conversation->conv_index);
    if (known != NULL)
        take_segment(pinfo, segment, known, conversation->conv_index);
}

static bool tells_of_host(const Segment *segment)
{
    ScepTlsHello hello;

    return read_hello(segment, &hello) &&
           scep_tracker_role_of_name(capture_tracker(), hello.host, NULL) != SCEP_HOST_UNKNOWN;
}

/* While no connection is followed, one begins, or there is nothing to learn. */
static bool is_of_interest(const Segment *segment)
{
    if (!capture_file->follows_connections)
        return tells_of_host(segment);
    return g_hash_table_size(capture_file->tcp_tls->followed) > 0 || segment->flags & SCEP_TCP_SYN ||
           scep_tls_is_client_hello(segment->payload, segment->size);
}

static void learn_tcp(packet_info *pinfo)
{
    Segment segment;

    /* Until a host is known, only the beginning of TLS can tell of one; it goes to the lower port. */
    if (!capture_file->follows_connections && pinfo->srcport <= pinfo->destport)
        return;
    if (segment_read(pinfo, &segment) && is_of_interest(&segment))
        learn_segment(pinfo, &segment);
}

void tcp_tls_tracker_server(packet_info *pinfo, ScepExchange *exchange)
{
    const ScepPlace place = capture_place(pinfo, true);
    ScepTracker *tracker = capture_tracker();
    const bool is_new = scep_tracker_get0_host(tracker, place.server) == NULL;
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    scep_tracker_learn_host(tracker, place.server, SCEP_HOST_NDES);
    capture_file->follows_connections = true;
    if (conversation != NULL && followed_by(conversation->conv_index) == NULL) {
        if (is_new)
            backfill(pinfo->pool, tracker, &pinfo->dst, place.server_port, conversation->conv_index);
        follow(scep_tracker_connection(tracker, &place, NULL), conversation->conv_index, pinfo->srcport);
        learn_tcp(pinfo);
    }
    scep_connection_read(tracker, &place, exchange);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* What the name and those that it stands for tell of its addresses. */
static void name_addresses(packet_info *pinfo, const ScepDnsMessage *message)
{
    ScepTracker *tracker = capture_tracker();

    for (unsigned i = 0; i < message->address_count; i++) {
        address numeric;
        const bool is_ipv4 = message->address[i].length == 4;
        set_address(&numeric, is_ipv4 ? AT_IPv4 : AT_IPv6, message->address[i].length, message->address[i].octets);
        const char *text = address_to_str(pinfo->pool, &numeric);
        scep_tracker_name_host(tracker, text, message->name);
        for (unsigned k = 0; k < message->alias_count; k++)
            scep_tracker_name_host(tracker, text, message->alias[k]);
    }
    capture_file->follows_connections |= scep_tracker_has_hosts(tracker);
}

static void learn_question(packet_info *pinfo, const ScepDnsMessage *message, gpointer key)
{
    const ScepPlace place = capture_place(pinfo, true);
    GHashTable *lookups = capture_file->tcp_tls->lookups;
    ScepConnection *asked = g_hash_table_lookup(lookups, key);

    /* Asked again, it is the same question. */
    if (asked != NULL && asked->answer_frame == 0 && g_ascii_strcasecmp(asked->host, message->name) == 0) {
        asked->connect_again = pinfo->num;
    } else {
        if (g_hash_table_size(lookups) >= MAX_LOOKUPS)
            g_hash_table_remove_all(lookups);
        asked = scep_tracker_lookup(capture_tracker(), &place, message->name, message->wants_ipv6);
        if (asked == NULL)
            return;
        g_hash_table_replace(lookups, key, asked);
        capture_file->follows_connections = true;
    }
    followed_frames_add(pinfo->num, asked, scep_connection_seen(asked, SCEP_CONNECTION_ASK_NAME));
}

static void learn_dns(packet_info *pinfo)
{
    Segment datagram;
    ScepDnsMessage message;

    /* An answer to a question about a host is worth a look, or one that names a host that is known. */
    if (pinfo->ptype != PT_UDP || (pinfo->srcport == PORT_DNS && !capture_file->follows_connections) ||
        !segment_read(pinfo, &datagram))
        return;
    const uint8_t *data = datagram.payload;
    const char *initials = scep_tracker_get0_host_initials(capture_tracker());
    if (initials != NULL && !scep_dns_has_initial(data, datagram.size, initials))
        return;
    if (!scep_dns_read_question(data, datagram.size, &message) || !message.wants_address ||
        scep_tracker_role_of_name(capture_tracker(), message.name, NULL) == SCEP_HOST_UNKNOWN)
        return;
    const uint32_t client_port = message.is_answer ? pinfo->destport : pinfo->srcport;
    const gpointer key = GUINT_TO_POINTER(client_port << 16 | message.id);
    if (!message.is_answer) {
        learn_question(pinfo, &message, key);
        return;
    }
    scep_dns_read_answers(data, datagram.size, &message);
    name_addresses(pinfo, &message);
    ScepConnection *asked = g_hash_table_lookup(capture_file->tcp_tls->lookups, key);
    if (asked == NULL || g_ascii_strcasecmp(asked->host, message.name) != 0)
        return;
    const ScepPlace place = capture_place(pinfo, false);
    scep_lookup_answer(capture_tracker(), asked, &place, message.code,
                       message.address_count > 0 || message.is_truncated);
    followed_frames_add(pinfo->num, asked, scep_connection_seen(asked, SCEP_CONNECTION_NAME));
}

void tcp_tls_tracker_frame(packet_info *pinfo, FrameKind kind)
{
    if (PINFO_FD_VISITED(pinfo)) {
        if (!followed_frames_are_empty())
            scep_tracker_finish(capture_tracker());
    } else if (kind == FRAME_DNS) {
        learn_dns(pinfo);
    } else {
        learn_tcp(pinfo);
    }
}
