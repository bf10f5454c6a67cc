/* events.h
 * What the tracker tells whoever listens: each thing that it has booked, and that the capture is over. The tracker
 * itself draws no conclusion from it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_EVENTS_H
#define SCEP_CORE_TRACKER_EVENTS_H

#include "scep/rpc.h"
#include "scep/tracker.h"

/** What has happened. */
typedef enum {
    SCEP_ON_REQUEST, /**< of SCEP */
    SCEP_ON_ANSWER,
    SCEP_ON_CA_REQUEST, /**< from NDES to its CA */
    SCEP_ON_CA_ANSWER,
    SCEP_ON_CA_STEP, /**< on the way there: lookup, activation, connection, bind */
    SCEP_ON_CA_STEP_ANSWER,
    SCEP_ON_SERVICE_REQUEST, /**< MDM, policy module, Intune */
    SCEP_ON_SERVICE_ANSWER,
    SCEP_ON_CONNECTION_REFUSED,
    SCEP_ON_CONNECTION_HELLO, /**< of the client */
    SCEP_ON_CONNECTION_CERTIFICATE,
    SCEP_ON_CONNECTION_WISH,  /**< the server asks for a certificate of the client */
    SCEP_ON_CONNECTION_GIVEN, /**< the client's answer to that */
    SCEP_ON_CONNECTION_ALERT,
    SCEP_ON_CONNECTION_REQUEST,
    SCEP_ON_CONNECTION_CLOSE,
    SCEP_ON_CONNECTION_NAME, /**< an answer of DNS */
    SCEP_AT_END,             /**< all that the capture holds so far is booked */
    SCEP_EVENT_COUNT
} ScepEventKind;

/** What a frame shows of a connection, besides what the connection itself keeps. Borrowed. */
typedef struct {
    const ScepCertificate *certificate; /**< of the server */
    int64_t time;                       /**< nanoseconds since 1970 */
    uint8_t alert;
    uint8_t code;   /**< of DNS */
    bool by_client; /**< who sent the alert, or closed */
    bool is_reset;
    bool has_address;
} ScepConnectionFacts;

/** One event. Borrowed for the call; what does not belong to its kind is NULL or 0. */
typedef struct {
    ScepEventKind kind;
    ScepTracker *tracker;
    ScepExchange *exchange;
    const ScepRequest *request;
    const ScepResponse *response;
    ScepCaCall *ca_call;
    const ScepCaMessage *ca_message;
    const ScepCaChainAnswer *ca_step;
    ScepServiceCall *service_call;
    const ScepServiceMessage *service_message;
    ScepConnection *connection;
    const ScepConnectionFacts *seen; /**< of a connection */
    uint32_t frame;                  /**< where it happened */
    uint32_t other_frame;            /**< where it began: the request of an answer, the first SYN */
} ScepEvent;

/** Whoever listens. It may change what the structs of the tracker say is for it. */
typedef void (*ScepListener)(const ScepEvent *event, void *user_data);

/** Sets the one listener; NULL for none. Before anything is booked. */
void scep_tracker_listen(ScepTracker *tracker, ScepListener listener, void *user_data);

/** Tells it. Nothing happens where nobody listens. */
void scep_tracker_tell(ScepTracker *tracker, ScepEvent event);

#endif
