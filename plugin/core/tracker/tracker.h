/* tracker.h
 * Joins messages into exchanges (request and answer) and exchanges into enrollments, across connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_TRACKER_H
#define SCEP_CORE_TRACKER_TRACKER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/tracker.h"
#include "tracker/events.h"
#include "scep/wire.h"
#include "scep/cms.h"

/** Where the key that is being certified is known from. */
enum { SCEP_KEY_UNKNOWN = 0, SCEP_KEY_OF_SIGNER = 1, SCEP_KEY_OF_REQUEST = 2 };

/** How an error page of IIS names what runs NDES. */
#define SCEP_ISAPI_MODULE "IsapiModule"

/** First and last moment of the capture, nanoseconds since 1970. */
int64_t scep_tracker_first_time(const ScepTracker *tracker);
int64_t scep_tracker_last_time(const ScepTracker *tracker);

/** True when the answer grants what was asked for: SUCCESS, and a certificate came with it, or may be in what is
 * encrypted. */
bool scep_exchange_is_granted(const ScepExchange *exchange);

/** Number of the challenge password of a request, the same for equal ones: the first frame with it. 0 where the request
 * was not opened, or has none. */
uint32_t scep_exchange_challenge(const ScepExchange *exchange);

/** How the enrollment ended. */
ScepOutcome scep_enrollment_outcome(const ScepEnrollment *enrollment);

/** Highest stage that it reached, 1 to 6: as the capture shows, or by the code of the refusal. */
uint8_t scep_enrollment_stage(const ScepEnrollment *enrollment);

/** The stage that refused the request, where only the code tells: one that the capture shows nothing of. 0 for none. */
uint8_t scep_enrollment_stage_by_code(const ScepEnrollment *enrollment);

/** The exchange that decided the outcome; never NULL. */
const ScepExchange *scep_enrollment_get0_decisive(const ScepEnrollment *enrollment);

/** True for a message that was seen in front of a proxy too: between other addresses at both ends. With one end the
 * same it is the same hop, seen from somewhere else. */
bool scep_exchange_is_forwarded(const ScepExchange *exchange);

/** A text kept as long as the tracker; equal texts share one copy. NULL gives NULL. */
const char *scep_tracker_text(ScepTracker *tracker, const char *text);

typedef struct ScepHosts ScepHosts;

struct ScepTracker {
    GStringChunk *texts;
    GHashTable *servers;      /* "address port" -> ScepServer* */
    GHashTable *messages;     /* set of ScepExchange*, by transactionID and senderNonce: to see a message again */
    GHashTable *nonces;       /* set of ScepExchange*, by senderNonce alone: the first with each */
    GHashTable *attempts;     /* set of ScepEnrollment*, by client, server and transactionID: the newest one */
    GHashTable *transactions; /* set of ScepEnrollment*, by server and transactionID alone: the newest one */
    GHashTable *preludes;     /* "client server port" -> GQueue of ScepEnrollment* without PKIOperation */
    GHashTable *failed;  /* set of ScepEnrollment*, by client, User-Agent and server: the newest without a CertRep */
    GHashTable *keys;    /* set of ScepEnrollment*, by spki_sha256: the newest one */
    GHashTable *issued;  /* certificate identity, in the enrollment -> ScepEnrollment* that it came of */
    GPtrArray *ca_calls; /* of ScepCaCall*, owned */
    GHashTable *ca_requests;    /* set of ScepCaCall*, by ca and request_id: the newest request */
    GHashTable *ca_issued;      /* certificate identity, in the call -> ScepCaCall* that brought it */
    GPtrArray *service_calls;   /* of ScepServiceCall*, owned */
    GHashTable *by_transaction; /* transactionID -> ScepEnrollment*, whatever the server: the newest one */
    GHashTable *vendor_hosts;   /* set of addresses: those that serve SCEP, and those that call Intune's API for it */
    GHashTable
        *mdm_profiles; /* address of a device -> GQueue of ScepServiceCall* that no enrollment has taken up yet */
    GHashTable *paths; /* "address port host path" -> ScepServedPath*, owned (served_path.c) */
    GHashTable *facts; /* set of ScepRequestFacts*, owned */
    GHashTable *granted_names; /* set of ScepEnrollment*, by server and subject: the first that got a certificate */
    GHashTable *challenges;    /* SHA-256 of a challenge password (GBytes) -> what is known of it */
    GHashTable *undecided;     /* ScepExchange* -> ScepEnrollment* without a number, owned: see new_undecided() */
    GHashTable *segments;      /* set of ScepExchange*: the newest queries, by the segment that they came in */
    GQueue *segment_queue;     /* the same, oldest first */
    GQueue *open_queries;      /* of ScepExchange*: GetCA* requests without answer yet, newest first */
    ScepHosts *hosts;          /* what is known of addresses (hosts.c) */
    GPtrArray *connections;    /* of ScepConnection*, owned */
    GHashTable *connection_remains;    /* set of ScepConnection*, owned: see scep_connection_remains() */
    GHashTable *connections_by_stream; /* number of the transport connection + 1 -> ScepConnection* */
    GPtrArray *exchanges;              /* of ScepExchange*, owned */
    GPtrArray *enrollments;            /* of ScepEnrollment*, owned */
    int64_t first_time;
    int64_t last_time;
    uint32_t snaplen; /* octets that the capture keeps of each packet, the least that was seen; 0 where it keeps all */
    ScepListener listener;
    void *listener_data;
    uint32_t subjects; /* exchanges, calls and connections so far */
    guint booked;      /* requests and answers so far */
    guint finished;    /* how many scep_tracker_finish() has seen */
};

/** Makes the tables for joining, and frees them. */
void scep_match_open(ScepTracker *tracker);
void scep_match_close(ScepTracker *tracker);

/** Puts a request into an enrollment: an open one, or a new one. */
void scep_match_request(ScepTracker *tracker, ScepExchange *exchange, const ScepRequest *request);

/** Puts an answer whose request was not seen into an enrollment of its own. */
void scep_match_stray_response(ScepTracker *tracker, ScepExchange *exchange);

/** The first request of the capture with the same senderNonce: the exchange itself where there was none before; NULL
 * when it has no nonce or transactionID, or one that is kept in part only. */
const ScepExchange *scep_exchange_get0_same_nonce(const ScepTracker *tracker, const ScepExchange *exchange);

/** True when a client has asked this server for the CA's data and sent it no PKIOperation since. */
bool scep_match_has_prelude(const ScepTracker *tracker, const char *client, const ScepServer *server);

/** True for the first query or request of an enrollment, or of what may become one. */
bool scep_match_begins(const ScepTracker *tracker, const ScepExchange *exchange);

/** The capture ends here: decides what waits for a request that would tell. */
void scep_match_finish(ScepTracker *tracker);

/** Tells that an exchange was answered. */
void scep_match_answered(ScepTracker *tracker, ScepExchange *exchange);

/** Notes how many octets the capture keeps of a packet, 0 where all are there. */
void scep_tracker_note_snaplen(ScepTracker *tracker, uint32_t snaplen);

/** Key of tracker->servers. @param address  may be NULL  @return g_free() */
char *scep_server_new_key(const char *address, uint16_t port);

/** A server that was asked before; NULL for none. */
ScepServer *scep_tracker_get0_server_at(const ScepTracker *tracker, const char *address, uint16_t port);

/** Tells that the capture lacks something that a client sent to this server, if it is one that is known. */
void scep_tracker_request_cut(ScepTracker *tracker, const char *address, uint16_t port);

#endif
