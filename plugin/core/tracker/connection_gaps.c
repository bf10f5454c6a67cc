/* connection_gaps.c
 * What of a connection is not in the capture, by the sequence numbers of TCP (RFC 9293 3.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/connection.h"
#include "tracker/tracker.h"

static bool is_behind(uint32_t sequence, uint32_t end)
{
    return (int32_t)(sequence - end) > 0;
}

/* The server said something that the capture lacks: so it did not keep silent. */
static void answer_is_missing(ScepTracker *tracker, ScepConnection *connection)
{
    connection->asked_octets = 0;
    if (connection->exchange != NULL && connection->exchange->response_frame == 0)
        scep_tracker_answer_cut(tracker, connection->exchange, connection->exchange->answer_began, false);
}

/* The client asked for something that the capture lacks: so it did not stop where the capture makes it seem to. */
static void request_is_missing(ScepTracker *tracker, const ScepConnection *connection)
{
    const ScepPlace place = { .server = connection->server, .server_port = connection->port };

    if (connection->server_role == SCEP_HOST_NDES)
        scep_tracker_get0_server(tracker, &place)->has_gaps = true;
}

/* A side that has closed counts its FIN as an octet, and says no more. */
static void look_at_client(ScepTracker *tracker, ScepConnection *connection, const ScepSegment *segment)
{
    if (connection->has_sent && !(connection->closed_sides & SCEP_CLIENT_SIDE) &&
        is_behind(segment->sequence, connection->sent_end))
        request_is_missing(tracker, connection);
    if (!(segment->flags & SCEP_TCP_ACK) || connection->closed_sides & SCEP_SERVER_SIDE)
        return;
    if (connection->has_heard && is_behind(segment->acknowledged, connection->heard_end))
        answer_is_missing(tracker, connection);
    if (!connection->has_heard || is_behind(segment->acknowledged, connection->heard_end))
        connection->heard_end = segment->acknowledged;
    connection->has_heard = true;
}

static void look_at_server(ScepTracker *tracker, ScepConnection *connection, const ScepSegment *segment)
{
    const uint32_t end =
        segment->sequence + (uint32_t)(segment->size + segment->missing) + (segment->flags & SCEP_TCP_SYN ? 1 : 0);

    if (connection->closed_sides & SCEP_SERVER_SIDE)
        return;
    if (connection->has_heard && is_behind(segment->sequence, connection->heard_end))
        answer_is_missing(tracker, connection);
    if (!connection->has_heard || is_behind(end, connection->heard_end))
        connection->heard_end = end;
    connection->has_heard = true;
}

void scep_connection_find_gap(ScepTracker *tracker, ScepConnection *connection, const ScepSegment *segment)
{
    if (segment->flags & SCEP_TCP_RST)
        return;
    if (segment->from_client)
        look_at_client(tracker, connection, segment);
    else
        look_at_server(tracker, connection, segment);
}
