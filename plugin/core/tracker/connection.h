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

/** Connections in order of booking, of ScepConnection*. Borrowed. */
const GPtrArray *scep_tracker_connections(const ScepTracker *tracker);

/** What the exchanges of a connection with a device are likely to be, by their sizes. Static. */
const char *scep_exchange_guess(const ScepConnection *connection, const ScepTlsExchange *exchange);

/** True when the exchange has the size of a PKIOperation that was answered with a certificate. */
bool scep_exchange_looks_issued(const ScepConnection *connection, const ScepTlsExchange *exchange);

/** What a step of an encrypted exchange is in plain words: "PKIOperation" for "Submit". Static, or @a step itself. */
const char *scep_step_words(const char *step);

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

/** When a rule is asked. */
typedef enum {
    SCEP_CONNECTION_ON_REFUSED,
    SCEP_CONNECTION_ON_HELLO, /**< of the client */
    SCEP_CONNECTION_ON_CERTIFICATE,
    SCEP_CONNECTION_ON_WISH,  /**< the server asks for a certificate of the client */
    SCEP_CONNECTION_ON_GIVEN, /**< the client's answer to that */
    SCEP_CONNECTION_ON_ALERT,
    SCEP_CONNECTION_ON_REQUEST,
    SCEP_CONNECTION_ON_CLOSE,
    SCEP_CONNECTION_ON_NAME,   /**< an answer of DNS */
    SCEP_CONNECTION_ON_SILENCE /**< nothing came until the end of the capture */
} ScepConnectionMoment;

/** What a rule looks at besides the connection. */
typedef struct {
    const ScepTracker *tracker;
    const ScepConnection *connection;
    const ScepCertificate *certificate; /**< of the server */
    int64_t time;
    uint8_t alert;
    uint8_t code;   /**< of DNS */
    bool by_client; /**< who sent the alert, or closed */
    bool is_reset;
    bool has_address;
} ScepConnectionFacts;

/** Octets of HTTP: a POST of the smallest pkiMessage is longer, a query for the CA's data shorter. */
#define SCEP_MIN_PKIOPERATION 1400

/** Asks the rules of this moment; the first that applies is kept, for this frame. */
void scep_connection_judge(ScepTracker *tracker, ScepConnection *connection, ScepConnectionMoment moment,
                           const ScepConnectionFacts *facts, uint32_t frame, uint32_t other);

/** The stage that the roles of both hosts and what came before it make of a connection. @return 0 for one that is not
 * worth following: hosts that everybody calls are told of NDES's side only */
uint8_t scep_connection_stage(const ScepTracker *tracker, const ScepConnection *connection);

/** What a frame is to its connection, by what is known now. */
ScepConnectionSeen scep_connection_describe(const ScepConnection *connection, ScepConnectionEvent event,
                                            uint32_t frame);

/** True when a rule on connections raises this hint. */
bool scep_connections_can_raise(const char *hint_id);

/** Frees a connection with all that belongs to it. */
void scep_connection_free(gpointer connection);

/** Makes the table of what is left of connections; scep_connections_close() frees it. */
void scep_connection_remains_open(ScepTracker *tracker);

/** Makes the tables, and frees them. */
void scep_connections_open(ScepTracker *tracker);
void scep_connections_close(ScepTracker *tracker);

/** True when only the whole capture raises this hint, of connections. */
bool scep_connections_conclude_can_raise(const char *hint_id);

/** What only the whole capture tells: what was never answered, what came right in the end, which enrollment a failure
 * belongs to. */
void scep_connections_conclude(ScepTracker *tracker);

#endif
