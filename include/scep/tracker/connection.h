/* connection.h
 * Connections and questions to DNS that are followed without a key. A part of scep/tracker.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_TRACKER_CONNECTION_H
#define SCEP_TRACKER_CONNECTION_H

#include "scep/tracker.h"

typedef struct ScepConnection ScepConnection;
typedef struct ScepTlsState ScepTlsState;
typedef struct ScepTlsExchange ScepTlsExchange;

/** What a segment is to its connection, the most telling last. */
typedef enum {
    SCEP_CONNECTION_NOTHING = 0,
    SCEP_CONNECTION_CLOSE,       /**< an end that says something */
    SCEP_CONNECTION_ANSWER,      /**< of the server, encrypted */
    SCEP_CONNECTION_REQUEST,     /**< of the client, encrypted */
    SCEP_CONNECTION_CONNECT,     /**< SYN */
    SCEP_CONNECTION_REFUSED,     /**< RST in reply to it */
    SCEP_CONNECTION_HELLO,       /**< ClientHello */
    SCEP_CONNECTION_CERTIFICATE, /**< of the server, or its wish for one of the client */
    SCEP_CONNECTION_ALERT,
    SCEP_CONNECTION_ASK_NAME, /**< DNS question */
    SCEP_CONNECTION_NAME      /**< DNS answer */
} ScepConnectionEvent;

/** The same with what is known of it by then, so that every pass shows it alike. */
typedef struct {
    ScepConnectionEvent event;
    const char
        *step;      /**< "Connect", "Handshake", "Submit", ...: of what is encrypted, what it is likely to be; static */
    bool is_opened; /**< the connection could be read by then */
    uint8_t stage;  /**< that of the connection; 5 for an answer with the size of an issued certificate; 0 for none */
} ScepConnectionSeen;

/** One connection, or one question to DNS. Lives as long as the tracker. Frames are 0 where not seen. */
struct ScepConnection {
    const char *client;
    const char *server; /**< of a DNS question the resolver */
    const char *host;   /**< server_name of TLS, the name that was asked for, or one known otherwise; or NULL */
    uint16_t port;
    uint16_t version; /**< of TLS, as chosen by the server; 0 for none */
    uint32_t stream;
    uint32_t subject; /**< number of this among all that was booked */
    ScepHostRole server_role;
    ScepHostRole client_role;
    uint8_t stage;
    bool is_guess;  /**< the server's role is guessed by its name */
    bool is_lookup; /**< a question to DNS */
    bool is_ipv6;   /**< for an IPv6 address */
    bool is_opened; /**< Wireshark decrypted it, or it never was encrypted */
    bool is_tls;
    bool wants_certificate; /**< the server asked for one of the client */
    bool gave_certificate;  /**< and the client sent one */
    bool gave_none;         /**< and the client sent an empty list */
    bool has_alert;
    bool is_noted;        /**< whoever listens has something to say of it */
    bool is_ended;        /**< and of how it ended */
    bool is_heard;        /**< a segment of the server was captured */
    bool has_gaps;        /**< the capture lacks octets that one of the sides sent */
    bool has_sent;        /**< the client sent something: sent_end is known */
    bool has_heard;       /**< heard_end is known, from the server or from what the client acknowledged */
    uint8_t closed_sides; /**< 1 the client's, 2 the server's, 3 both */
    uint8_t exchange_count;
    uint32_t connect_frame; /**< the first SYN */
    uint32_t connect_again; /**< the newest one that was sent again */
    uint32_t accept_frame;  /**< SYN with ACK */
    uint32_t refused_frame;
    uint32_t hello_frame;
    uint32_t certificate_frame;
    uint32_t answer_frame; /**< of DNS */
    uint32_t last_frame;
    int64_t connect_time;
    int64_t last_time;
    int64_t hello_time;
    uint32_t asked_octets; /**< of application data since the server last said anything */
    uint32_t asked_frame;
    uint32_t asked_last; /**< the frame with the end of it */
    uint32_t sent_end;   /**< sequence number behind all that the client sent */
    uint32_t heard_end;  /**< and behind all that the server sent */
    int64_t asked_time;
    ScepExchange *exchange;     /**< the newest one that was read on it, or NULL */
    ScepEnrollment *enrollment; /**< that its failure stopped, or NULL */
    ScepTlsExchange *exchanges; /**< exchange_count of them, SCEP_MAX_TLS_EXCHANGES at the most */
    ScepTlsState *tls;          /**< while the handshake is read; or NULL */
};

/** A segment of a connection. Borrowed for the call. */
typedef struct {
    uint32_t frame;
    int64_t time; /**< nanoseconds since 1970 */
    bool from_client;
    bool is_opened; /**< Wireshark read what is inside */
    uint8_t flags;
    uint32_t sequence;
    uint32_t acknowledged;
    const uint8_t *payload;
    size_t size;
    size_t missing;   /**< octets of the payload that the capture lacks */
    uint32_t snaplen; /**< octets that it keeps of the whole packet, where it lacks some; else 0 */
} ScepSegment;

/** Begins a connection. It has a stage by the roles of both hosts.
 * @param name  of the server as the ClientHello gives it, or NULL
 * @return owned by the tracker; NULL when neither host has a role that makes it worth following */
ScepConnection *scep_tracker_connection(ScepTracker *tracker, const ScepPlace *place, const char *name);

/** Takes the next segment. @return what it is to the connection */
ScepConnectionSeen scep_connection_segment(ScepTracker *tracker, ScepConnection *connection,
                                           const ScepSegment *segment);

/** Tells that a message was read on the connection at this place.
 * @param exchange  of SCEP; NULL for a call to a service */
void scep_connection_read(ScepTracker *tracker, const ScepPlace *place, ScepExchange *exchange);

/** What is left of a connection that went well, was not encrypted and is over: one object for all between hosts of the
 * same roles, so that a capture with a great many of them takes no more memory than its messages do.
 * @return owned by the tracker; NULL while there is something else to say of it */
ScepConnection *scep_connection_remains(ScepTracker *tracker, const ScepConnection *connection);

/** Frees a connection that scep_connection_remains() gave an object for.
 * @return false when it is too far back in the list, so that it stays */
bool scep_connection_release(ScepTracker *tracker, ScepConnection *connection);

/** Books what is known of a connection that was over before its server's role was known.
 * @param refused_frame  0 when it was not refused; @param again_frame  SYN sent again, or 0 */
void scep_connection_earlier(ScepTracker *tracker, ScepConnection *connection, uint32_t refused_frame,
                             int64_t refused_time, uint32_t again_frame);

/** A question to DNS for an address of a name with a role.
 * @param is_ipv6  for AAAA records: having none is no failure
 * @return owned by the tracker; NULL for any other name */
ScepConnection *scep_tracker_lookup(ScepTracker *tracker, const ScepPlace *place, const char *name, bool is_ipv6);

/** Its answer. @param code  RCODE (RFC 1035 4.1.1); @param has_address  false for one without */
void scep_lookup_answer(ScepTracker *tracker, ScepConnection *lookup, const ScepPlace *place, unsigned code,
                        bool has_address);

/** What an event without any content of its own is to a connection: its first SYN, a question to DNS. */
ScepConnectionSeen scep_connection_seen(const ScepConnection *connection, ScepConnectionEvent event);

/** True for one to the registration service that the policy module of NDES asks: on a host of its own, or on the one
 * that NDES runs on, which then talks to itself. */
bool scep_connection_is_policy(const ScepConnection *connection);

/** In words, for one frame: "TLS handshake begins with ndes.contoso.com". @return g_free() */
char *scep_connection_new_summary(const ScepConnection *connection, const ScepConnectionSeen *seen, uint32_t frame);

#endif
