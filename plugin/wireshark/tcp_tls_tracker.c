/* tcp_tls_tracker.c
 * Follows connections to hosts with a role, and questions to DNS about them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tcp_tls_tracker.h"

#include <epan/addr_resolv.h>
#include <epan/conversation.h>
#include <epan/to_str.h>

#include "by_frame.h"
#include "fields.h"
#include "preferences.h"
#include "frame_state.h"
#include "scep/wire.h"
#include "show.h"
#include "tcp_tls_tracker_private.h"

enum { PORT_DNS = 53, MAX_LOOKUPS = 4096 };

/* A connection that is followed. File scope. */
typedef struct {
    ScepConnection *connection; /* owned by the tracker */
    uint32_t client_port;
} Followed;

bool tcp_tls_tracker_is_active;

static GHashTable *followed; /* number of the conversation + 1 -> Followed*, of the capture file */
static GHashTable *lookups;  /* port of the client and id -> ScepConnection*, of the capture file */
static GArray *notes;        /* of WatchNote, by frame */
static bool by_name;         /* Wireshark resolves addresses, so a connection may be known by the name of its host */

void tcp_tls_tracker_open(void)
{
    ScepTracker *tracker = frame_state_tracker();

    followed = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    lookups = g_hash_table_new(NULL, NULL);
    notes = g_array_new(FALSE, FALSE, sizeof(FollowedFrame));
    scep_tracker_tell_hosts(tracker, scep_preferences.hosts, scep_preferences.host_count);
    by_name = gbl_resolv_flags.network_name;
    tcp_tls_tracker_is_active = by_name || scep_tracker_has_hosts(tracker);
}

void tcp_tls_tracker_close(void)
{
    g_clear_pointer(&followed, g_hash_table_unref);
    g_clear_pointer(&lookups, g_hash_table_unref);
    g_clear_pointer(&notes, g_array_unref);
    tcp_tls_tracker_is_active = false;
}

/* ---- notes of frames ------------------------------------------------------------------------------------------------
 */

static unsigned first_note(uint32_t frame)
{
    return by_frame_first(notes, offsetof(FollowedFrame, frame), frame);
}

void followed_frame(uint32_t frame, ScepConnection *connection, ScepConnectionSeen seen)
{
    const FollowedFrame note = { connection, frame, seen };

    if (seen.event == SCEP_CONNECTION_NOTHING || frame == 0)
        return;
    g_array_insert_val(notes, first_note(frame + 1), note);
}

/* ---- connections ----------------------------------------------------------------------------------------------------
 */

/* Notes that are looked through for those of a connection that is over. */
enum { MAX_HANDED_OVER = 4096 };

/* One that went well leaves a label on its frames, and nothing else. */
static void let_go(uint32_t conversation, ScepConnection *connection)
{
    ScepConnection *remains = scep_connection_remains(frame_state_tracker(), connection);
    const unsigned first = remains != NULL ? first_note(connection->connect_frame) : notes->len;

    if (remains == NULL || notes->len - first > MAX_HANDED_OVER ||
        !scep_connection_release(frame_state_tracker(), connection))
        return;
    for (unsigned i = first; i < notes->len; i++) {
        FollowedFrame *note = &g_array_index(notes, FollowedFrame, i);
        if (note->connection == connection)
            note->connection = remains;
    }
    g_hash_table_remove(followed, GUINT_TO_POINTER(conversation + 1));
}

static void take_segment(tvbuff_t *tvb, packet_info *pinfo, const Segment *segment, const Followed *follow,
                         uint32_t conversation)
{
    const bool from_client = pinfo->srcport == follow->client_port;
    unsigned missing;
    const unsigned size = segment_payload_size(segment, tvb, &missing);
    const ScepSegment taken = {
        .frame = pinfo->num,
        .time = frame_state_time(&pinfo->abs_ts),
        .from_client = from_client,
        .is_opened = ws_has_data_source(pinfo, "Decrypted TLS"),
        .flags = segment->flags,
        .sequence = segment_sequence(segment),
        .payload = segment->frame + segment->payload,
        .size = size,
        .missing = missing,
    };

    followed_frame(pinfo->num, follow->connection,
                   scep_connection_segment(frame_state_tracker(), follow->connection, &taken));
    let_go(conversation, follow->connection);
}

static Followed *follow(ScepConnection *connection, uint32_t conversation, uint32_t client_port)
{
    if (connection == NULL)
        return NULL;
    Followed *made = g_new(Followed, 1);
    *made = (Followed){ connection, client_port };
    g_hash_table_replace(followed, GUINT_TO_POINTER(conversation + 1), made);
    tcp_tls_tracker_is_active = true;
    return made;
}

/* Where Wireshark knows a name for the server, its role may be known by that. */
static void use_resolved_name(const ScepPlace *place, const address *server)
{
    const char *name = by_name ? address_to_name(server) : NULL;

    if (name != NULL)
        scep_tracker_name_host(frame_state_tracker(), place->server, name);
}

/* Record and handshake headers are 5 and 4 octets. A hello in several segments gives its name where it is whole.
 * @return false for a segment that begins with something else */
static bool read_hello(const Segment *segment, ScepTlsHello *hello)
{
    const uint8_t *payload = segment->frame + segment->payload;

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
    const ScepPlace place = frame_state_place(pinfo, true);
    use_resolved_name(&place, &pinfo->dst);
    return follow(scep_tracker_connection(frame_state_tracker(), &place, hello.host), conversation, pinfo->srcport);
}

static void learn_segment(tvbuff_t *tvb, packet_info *pinfo, const Segment *segment)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    if (conversation == NULL)
        return;
    const Followed *known = g_hash_table_lookup(followed, GUINT_TO_POINTER(conversation->conv_index + 1));
    if (known == NULL)
        known = begin(pinfo, segment, conversation->conv_index);
    if (known != NULL)
        take_segment(tvb, pinfo, segment, known, conversation->conv_index);
}

static bool tells_of_host(const Segment *segment)
{
    ScepTlsHello hello;

    return read_hello(segment, &hello) &&
           scep_tracker_role_of_name(frame_state_tracker(), hello.host, NULL) != SCEP_HOST_UNKNOWN;
}

/* While no connection is followed, one begins, or there is nothing to learn. */
static bool is_of_interest(const Segment *segment)
{
    if (!tcp_tls_tracker_is_active)
        return tells_of_host(segment);
    return g_hash_table_size(followed) > 0 || segment->flags & SCEP_TCP_SYN ||
           scep_tls_is_client_hello(segment->frame + segment->payload, segment->size);
}

static void learn_tcp(tvbuff_t *tvb, packet_info *pinfo)
{
    Segment segment;

    /* Until a host is known, only the beginning of TLS can tell of one; it goes to the lower port. */
    if (!tcp_tls_tracker_is_active && pinfo->srcport <= pinfo->destport)
        return;
    if (segment_read(tvb, pinfo, &segment) && is_of_interest(&segment))
        learn_segment(tvb, pinfo, &segment);
}

void tcp_tls_tracker_server(packet_info *pinfo, ScepExchange *exchange)
{
    const ScepPlace place = frame_state_place(pinfo, true);
    ScepTracker *tracker = frame_state_tracker();
    const bool is_new = scep_tracker_host(tracker, place.server) == NULL;
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    scep_tracker_learn_host(tracker, place.server, SCEP_HOST_NDES);
    tcp_tls_tracker_is_active = true;
    if (conversation != NULL && !g_hash_table_contains(followed, GUINT_TO_POINTER(conversation->conv_index + 1))) {
        if (is_new)
            backfill(pinfo->pool, tracker, &pinfo->dst, place.server_port, conversation->conv_index);
        follow(scep_tracker_connection(tracker, &place, NULL), conversation->conv_index, pinfo->srcport);
        learn_tcp(get_data_source_tvb(pinfo->data_src->data), pinfo);
    }
    scep_connection_read(tracker, &place, exchange);
}

/* ---- names ----------------------------------------------------------------------------------------------------------
 */

/* What the name and those that it stands for tell of its addresses. */
static void name_addresses(packet_info *pinfo, const ScepDnsMessage *message)
{
    ScepTracker *tracker = frame_state_tracker();

    for (unsigned i = 0; i < message->address_count; i++) {
        address numeric;
        const bool is_ipv4 = message->address[i].length == 4;
        set_address(&numeric, is_ipv4 ? AT_IPv4 : AT_IPv6, message->address[i].length, message->address[i].octets);
        const char *text = address_to_str(pinfo->pool, &numeric);
        scep_tracker_name_host(tracker, text, message->name);
        for (unsigned k = 0; k < message->alias_count; k++)
            scep_tracker_name_host(tracker, text, message->alias[k]);
    }
    tcp_tls_tracker_is_active |= scep_tracker_has_hosts(tracker);
}

static void learn_question(packet_info *pinfo, const ScepDnsMessage *message, gpointer key)
{
    const ScepPlace place = frame_state_place(pinfo, true);
    ScepConnection *asked = g_hash_table_lookup(lookups, key);

    /* Asked again, it is the same question. */
    if (asked != NULL && asked->answer_frame == 0 && g_ascii_strcasecmp(asked->host, message->name) == 0) {
        asked->connect_again = pinfo->num;
    } else {
        if (g_hash_table_size(lookups) >= MAX_LOOKUPS)
            g_hash_table_remove_all(lookups);
        asked = scep_tracker_lookup(frame_state_tracker(), &place, message->name, message->wants_ipv6);
        if (asked == NULL)
            return;
        g_hash_table_replace(lookups, key, asked);
        tcp_tls_tracker_is_active = true;
    }
    followed_frame(pinfo->num, asked, scep_connection_seen(asked, SCEP_CONNECTION_ASK_NAME));
}

static void learn_dns(tvbuff_t *tvb, packet_info *pinfo)
{
    Segment datagram;
    ScepDnsMessage message;
    unsigned missing;

    /* An answer to a question about a host is worth a look, or one that names a host that is known. */
    if (pinfo->ptype != PT_UDP || (pinfo->srcport == PORT_DNS && !tcp_tls_tracker_is_active) ||
        !segment_read(tvb, pinfo, &datagram))
        return;
    const uint8_t *data = datagram.frame + datagram.payload;
    const char *initials = scep_tracker_host_initials(frame_state_tracker());
    if (initials != NULL && !scep_dns_has_initial(data, datagram.size, initials))
        return;
    if (!scep_dns_read_question(data, datagram.size, &message) || !message.wants_address ||
        scep_tracker_role_of_name(frame_state_tracker(), message.name, NULL) == SCEP_HOST_UNKNOWN)
        return;
    const uint32_t client_port = message.is_answer ? pinfo->destport : pinfo->srcport;
    const gpointer key = GUINT_TO_POINTER(client_port << 16 | message.id);
    if (!message.is_answer) {
        learn_question(pinfo, &message, key);
        return;
    }
    scep_dns_read_answers(data, segment_payload_size(&datagram, tvb, &missing), &message);
    name_addresses(pinfo, &message);
    ScepConnection *asked = g_hash_table_lookup(lookups, key);
    if (asked == NULL || g_ascii_strcasecmp(asked->host, message.name) != 0)
        return;
    const ScepPlace place = frame_state_place(pinfo, false);
    scep_lookup_answer(frame_state_tracker(), asked, &place, message.code,
                       message.address_count > 0 || message.is_truncated);
    followed_frame(pinfo->num, asked, scep_connection_seen(asked, SCEP_CONNECTION_NAME));
}

/* ---- what every pass shows ------------------------------------------------------------------------------------------
 */

void tcp_tls_tracker_show(packet_info *pinfo, proto_tree *tree)
{
    for (unsigned i = notes->len > 0 ? first_note(pinfo->num) : 0; i < notes->len; i++) {
        const FollowedFrame *note = &g_array_index(notes, FollowedFrame, i);
        if (note->frame != pinfo->num)
            return;
        scep_show_connection(pinfo, tree, note->connection, &note->seen);
    }
}

void tcp_tls_tracker_frame(tvbuff_t *tvb, packet_info *pinfo, FrameKind kind)
{
    if (PINFO_FD_VISITED(pinfo)) {
        if (notes->len > 0)
            scep_tracker_finish(frame_state_tracker());
    } else if (kind == FRAME_DNS) {
        learn_dns(tvb, pinfo);
    } else {
        learn_tcp(tvb, pinfo);
    }
}
