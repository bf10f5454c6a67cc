/* connection_gaps.c
 * What of a connection is not in the capture, by the sequence numbers of TCP (RFC 9293 3.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/connection.h"

static bool is_behind(uint32_t sequence, uint32_t end)
{
    return (int32_t)(sequence - end) > 0;
}

/* Notes how far the server has got. @return false where nothing is missing ahead of it */
static bool skips_heard(ScepConnection *connection, uint32_t from, uint32_t to)
{
    const bool skips = connection->has_heard && is_behind(from, connection->heard_end);

    if (!connection->has_heard || is_behind(to, connection->heard_end))
        connection->heard_end = to;
    connection->has_heard = true;
    return skips;
}

/* A side that has closed counts its FIN as an octet, and says no more. */
static unsigned gaps_by_client(ScepConnection *connection, const ScepSegment *segment)
{
    unsigned gaps = 0;

    if (connection->has_sent && !(connection->closed_sides & SCEP_CLIENT_SIDE) &&
        is_behind(segment->sequence, connection->sent_end))
        gaps |= SCEP_CLIENT_SIDE;
    if (segment->flags & SCEP_TCP_ACK && !(connection->closed_sides & SCEP_SERVER_SIDE) &&
        skips_heard(connection, segment->acknowledged, segment->acknowledged))
        gaps |= SCEP_SERVER_SIDE;
    return gaps;
}

static unsigned gaps_by_server(ScepConnection *connection, const ScepSegment *segment)
{
    const uint32_t end =
        segment->sequence + (uint32_t)(segment->size + segment->missing) + (segment->flags & SCEP_TCP_SYN ? 1 : 0);

    return !(connection->closed_sides & SCEP_SERVER_SIDE) && skips_heard(connection, segment->sequence, end)
               ? SCEP_SERVER_SIDE
               : 0;
}

unsigned scep_connection_gaps(ScepConnection *connection, const ScepSegment *segment)
{
    const unsigned side = segment->from_client ? SCEP_CLIENT_SIDE : SCEP_SERVER_SIDE;

    if (segment->flags & SCEP_TCP_RST)
        return 0;
    return (segment->from_client ? gaps_by_client(connection, segment) : gaps_by_server(connection, segment)) |
           (segment->missing > 0 ? side : 0);
}
