/* tracker.h
 * What the files of the enrollment module share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_TRACKER_H
#define SCEP_TRACKER_H

#include "scep/enrollment.h"

typedef struct ScepHosts ScepHosts;

struct ScepTracker {
    GStringChunk *texts;
    GHashTable *servers;         /* "address port" -> ScepServer* */
    GHashTable *messages;        /* set of ScepExchange*, by transactionID and senderNonce: to see a message again */
    GHashTable *nonces;          /* set of ScepExchange*, by senderNonce alone: the first with each */
    GHashTable *attempts;        /* set of ScepEnrollment*, by client, server and transactionID: the newest one */
    GHashTable *transactions;    /* set of ScepEnrollment*, by server and transactionID alone: the newest one */
    GHashTable *preludes;        /* "client server port" -> GQueue of ScepEnrollment* without PKIOperation */
    GHashTable *keys;            /* set of ScepEnrollment*, by spki_sha256: the newest one */
    GHashTable *issued;          /* certificate identity, in the enrollment -> ScepEnrollment* that it came of */
    GPtrArray *ca_calls;         /* of ScepCaCall*, owned */
    GHashTable *ca_requests;     /* set of ScepCaCall*, by ca and request_id: the newest request */
    GHashTable *ca_issued;       /* certificate identity, in the call -> ScepCaCall* that brought it */
    GPtrArray *service_calls;    /* of ScepServiceCall*, owned */
    GHashTable *by_transaction;  /* transactionID -> ScepEnrollment*, whatever the server: the newest one */
    GHashTable *vendor_hosts;    /* set of addresses: those that serve SCEP, and those that call Intune's API for it */
    GHashTable *mdm_profiles;    /* address of a device -> GQueue of ScepServiceCall* that no enrollment has taken up yet */
    GHashTable *challenges;      /* SHA-256 of a challenge password (GBytes) -> its first frame */
    GQueue *open_queries;        /* of ScepExchange*: GetCA* requests without answer yet, newest first */
    ScepHosts *hosts;            /* what is known of addresses (hosts.c) */
    GPtrArray *connections;      /* of ScepConnection*, owned */
    GHashTable *connection_remains; /* set of ScepConnection*, owned: see scep_connection_remains() */
    GHashTable *connections_by_stream; /* number of the transport connection + 1 -> ScepConnection* */
    GPtrArray *exchanges;        /* of ScepExchange*, owned */
    GPtrArray *enrollments;      /* of ScepEnrollment*, owned */
    int64_t first_time;
    int64_t last_time;
    guint booked;                /* requests and answers so far */
    guint finished;              /* how many scep_tracker_finish() has seen */
};

/** Makes the tables for joining, and frees them. */
void scep_join_open(ScepTracker *tracker);
void scep_join_close(ScepTracker *tracker);

/** Puts a request into an enrollment: an open one, or a new one. */
void scep_join_request(ScepTracker *tracker, ScepExchange *exchange, const ScepRequest *request);

/** Puts an answer whose request was not seen into an enrollment of its own. */
void scep_join_stray_response(ScepTracker *tracker, ScepExchange *exchange);

/** The first request of the capture with the same senderNonce: the exchange itself where there was none before; NULL
 * when it has no nonce or transactionID, or one that is kept in part only. */
const ScepExchange *scep_join_same_nonce(const ScepTracker *tracker, const ScepExchange *exchange);

/** True when a client has asked this server for the CA's data and sent it no PKIOperation since. */
bool scep_join_has_prelude(const ScepTracker *tracker, const char *client, const ScepServer *server);

/** Tells that an exchange was answered. */
void scep_join_answered(ScepTracker *tracker, ScepExchange *exchange);

#endif
