/* connection.h
 * Connections to hosts with a role, as TCP, TLS and DNS show them without any key: how far they came, why they ended,
 * and whether what is inside looks like SCEP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_CONNECTION_H
#define SCEP_CORE_TRACKER_CONNECTION_H

#include "scep/tracker.h"
#include "scep/limits.h"
#include "scep/wire.h"
#include "scep/cms.h"
#include "wire/tls_stream.h"

/** A request and its answer inside of TLS, by their sizes. */
struct ScepTlsExchange {
    uint32_t request_frame; /**< the first with a part of it */
    uint32_t submit_frame;  /**< the one that made it as long as a PKIOperation, 0 for none */
    uint32_t answer_frame;  /**< 0 while there is none */
    uint32_t request_size;  /**< octets of HTTP, about */
    uint32_t answer_size;
    int64_t request_time; /**< nanoseconds since 1970 */
};

/** Connections in order of booking, of ScepConnection*. Borrowed. */
const GPtrArray *scep_tracker_get0_connections(const ScepTracker *tracker);

/** What the exchanges of a connection with a device are likely to be, by their sizes. Static. */
const char *scep_tls_exchange_get0_guess(const ScepConnection *connection, const ScepTlsExchange *exchange);

/** True when the exchange has the size of a PKIOperation that was answered with a certificate. */
bool scep_exchange_looks_issued(const ScepConnection *connection, const ScepTlsExchange *exchange);

/** The exchange of which an event of a connection in this frame is part; NULL for none. */
const ScepTlsExchange *scep_connection_get0_exchange(const ScepConnection *connection, ScepConnectionEvent event,
                                                     uint32_t frame);

/** Bits of closed_sides. */
enum { SCEP_CLIENT_SIDE = 1, SCEP_SERVER_SIDE = 2, SCEP_BOTH_SIDES = 3 };

/** One direction. */
typedef struct {
    ScepTlsStream stream;
    uint32_t next; /**< sequence number of the next octet */
    bool is_synced;
} ScepTlsSide;

/** What is kept while the handshake is read, and of the records behind it. Lives as long as the connection is open. */
struct ScepTlsState {
    ScepTlsSide client;
    ScepTlsSide server;
    bool client_finished; /**< TLS 1.3: the client's part of the handshake is behind us */
    bool http2;
    bool answering;    /**< the server spoke last */
    bool silent_alert; /**< TLS 1.3: the client's first encrypted record is too small for anything but an alert */
};

/** Octets of HTTP: a POST of the smallest pkiMessage is longer, a query for the CA's data shorter. */
#define SCEP_MIN_PKIOPERATION 1400

/** The stage that the roles of both hosts and what came before it make of a connection. @return 0 for one that is not
 * worth following: hosts that everybody calls are told of NDES's side only */
uint8_t scep_connection_stage(const ScepTracker *tracker, const ScepConnection *connection);

/** What a frame is to its connection, by what is known now. */
ScepConnectionSeen scep_connection_describe(const ScepConnection *connection, ScepConnectionEvent event,
                                            uint32_t frame);

/** Frees a connection with all that belongs to it. */
void scep_connection_free(gpointer connection);

/** Makes the table of what is left of connections; scep_connections_close() frees it. */
void scep_connection_remains_open(ScepTracker *tracker);

/** Makes the tables, and frees them. */
void scep_connections_open(ScepTracker *tracker);
void scep_connections_close(ScepTracker *tracker);

/** Looks for octets that were sent and are not in the capture, ahead of whatever else a segment is to the connection.
 * @return the sides that sent them: SCEP_CLIENT_SIDE, SCEP_SERVER_SIDE; 0 for none */
unsigned scep_connection_gaps(ScepConnection *connection, const ScepSegment *segment);

#endif
