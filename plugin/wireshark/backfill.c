/* backfill.c
 * Connections that failed before their server was known to have a role, as Wireshark's own table of conversations has
 * them: so nothing has to be kept of the connections of everybody.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "backfill.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/to_str.h>

#include "capture_file.h"
#include "followed_frames.h"
#include "protocols.h"

/* What Wireshark saw of a connection, the field tcp.completeness. */
enum { SEEN_SYN = 0x01, SEEN_SYN_ACK = 0x02, SEEN_RST = 0x20 };

typedef struct {
    wmem_allocator_t *pool; /* packet scope */
    ScepTracker *tracker;
    const address *server;
    uint16_t port;
    uint32_t current;
    int proto_tcp;
} Search;

static bool is_pair(const conversation_element_t *key)
{
    static const conversation_element_type wanted[] = { CE_ADDRESS, CE_PORT, CE_ADDRESS, CE_PORT,
                                                        CE_CONVERSATION_TYPE };

    for (unsigned i = 0; i < array_length(wanted); i++) {
        if (key[i].type != wanted[i])
            return false;
    }
    return key[4].conversation_type_val == CONVERSATION_TCP;
}

static void book(const Search *search, const conversation_t *conversation, const struct tcp_analysis *tcp,
                 bool is_refused)
{
    const ScepPlace place = {
        .frame = conversation->setup_frame,
        .time = capture_time(&tcp->ts_first),
        .client = address_to_str(search->pool, &conversation->key_ptr[0].addr_val),
        .server = address_to_str(search->pool, search->server),
        .server_port = search->port,
        .stream = conversation->conv_index,
    };
    const uint32_t again = conversation->last_frame != conversation->setup_frame ? conversation->last_frame : 0;
    ScepConnection *connection = scep_tracker_connection(search->tracker, &place, NULL);

    if (connection == NULL)
        return;
    connection->connect_frame = place.frame;
    followed_frames_add(place.frame, connection, scep_connection_seen(connection, SCEP_CONNECTION_CONNECT));
    followed_frames_add(
        again, connection,
        scep_connection_seen(connection, is_refused ? SCEP_CONNECTION_REFUSED : SCEP_CONNECTION_CONNECT));
    scep_connection_earlier(search->tracker, connection, is_refused ? again : 0, capture_time(&tcp->ts_prev),
                            is_refused ? 0 : again);
}

static void look_at(const Search *search, const conversation_t *conversation)
{
    const conversation_element_t *key = conversation->key_ptr;
    const struct tcp_analysis *tcp;

    if (conversation->conv_index == search->current || !is_pair(key) || key[3].port_val != search->port ||
        !addresses_equal(&key[2].addr_val, search->server))
        return;
    tcp = conversation_get_proto_data(conversation, search->proto_tcp);
    if (tcp == NULL || !(tcp->conversation_completeness & SEEN_SYN) || tcp->conversation_completeness & SEEN_SYN_ACK)
        return;
    book(search, conversation, tcp, (tcp->conversation_completeness & SEEN_RST) != 0);
}

static void each_conversation(void *key _U_, void *value, void *user)
{
    for (const conversation_t *conversation = value; conversation != NULL; conversation = conversation->next)
        look_at(user, conversation);
}

static void each_table(void *key _U_, void *value, void *user)
{
    wmem_map_foreach(value, each_conversation, user);
}

void backfill(wmem_allocator_t *pool, ScepTracker *tracker, const address *server, uint16_t port, uint32_t current)
{
    Search search = { pool, tracker, server, port, current, protocol_id("tcp") };

    wmem_map_foreach(get_conversation_hashtables(), each_table, &search);
}
