/* enrollment.h
 * Joins messages into exchanges (request and answer) and exchanges into enrollments, across connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_ENROLLMENT_H
#define SCEP_ENROLLMENT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/capabilities.h"
#include "scep/certificate.h"
#include "scep/csr.h"
#include "scep/envelope.h"
#include "scep/http_query.h"
#include "scep/message.h"

/** Everything learned from one capture file. */
typedef struct ScepTracker ScepTracker;
typedef struct ScepServer ScepServer;
typedef struct ScepExchange ScepExchange;
typedef struct ScepEnrollment ScepEnrollment;
typedef struct ScepChecks ScepChecks; /* checks.h */
typedef struct ScepCaCall ScepCaCall; /* ca_call.h */
typedef struct ScepServiceCall ScepServiceCall; /* service_call.h */

/** Where and when a message was seen. Texts are borrowed and copied when kept. */
typedef struct {
    uint32_t frame;
    int64_t time;                /**< nanoseconds since 1970 */
    const char *client;          /**< address that asks, as text */
    const char *server;          /**< address that answers, as text */
    uint16_t server_port;
    uint32_t stream;             /**< number of the transport connection */
} ScepPlace;

/** A request as found. All pointers borrowed for the call; NULL or 0 where absent. */
typedef struct {
    ScepOperation operation;
    ScepPathKind path_kind;
    bool is_get;
    bool has_identifier;
    size_t target_length;        /**< bytes of the request target */
    unsigned base64_flags;       /**< SCEP_B64_* of a GET message= */
    bool is_base64_body;         /**< the body of a POST was base64 text, and body is what it decodes to */
    const char *target;          /**< with anything secret already cut off */
    const char *host;
    const char *user_agent;
    const char *content_type;
    const char *identifier;      /**< message= of a GetCA* request */
    const uint8_t *body;         /**< POST body, or what the GET's base64 decodes to */
    size_t body_size;
    const ScepMessage *message;  /**< parsed from body */
    const ScepEnvelope *envelope;
    const uint8_t *content;      /**< what envelope was parsed from */
    GPtrArray *certificates;     /**< of ScepCertificate*, those of the message; NULL entries are unreadable */
    const ScepChecks *checks;    /**< NULL when nothing was checked; kept, lives as long as the capture file */
    const ScepCsr *csr;          /**< from inside the opened envelope; NULL when not opened */
} ScepRequest;

/** An answer as found. */
typedef struct {
    uint16_t status;
    const char *content_type;
    const char *server;          /**< Server header */
    const char *location;
    const char *authenticate;    /**< WWW-Authenticate header */
    const char *ms_proxy;        /**< X-MS-Proxy header */
    const uint8_t *body;
    size_t body_size;
    bool body_unreadable;        /**< still chunked or compressed, because a preference is off */
    const ScepMessage *message;  /**< when the body is CMS */
    const ScepEnvelope *envelope;
    const ScepCapabilities *capabilities; /**< of a GetCACaps answer */
    const uint8_t *content;      /**< what envelope was parsed from */
    GPtrArray *certificates;     /**< of ScepCertificate*, in the order of the answer; NULL entries are unreadable */
    GPtrArray *issued;           /**< of ScepCertificate*, from inside the opened envelope; NULL when not opened */
    const ScepChecks *checks;    /**< NULL when nothing was checked; kept, lives as long as the capture file */
} ScepResponse;

#define SCEP_KEPT_NONCE 16

/** How an enrollment ended, as far as the capture tells; the names are those of the JSON report. */
typedef enum {
    SCEP_OUTCOME_ABANDONED = 0,  /**< the client asked for the CA's data and then sent no PKIOperation */
    SCEP_OUTCOME_UNANSWERED,
    SCEP_OUTCOME_UNREADABLE,     /**< answered, but the answer cannot be read */
    SCEP_OUTCOME_PENDING,
    SCEP_OUTCOME_REFUSED,        /**< CertRep FAILURE, an HTTP error, a redirect or a page in place of an answer */
    SCEP_OUTCOME_ISSUED,
    SCEP_OUTCOME_COUNT
} ScepOutcome;

/** Where the key that is being certified is known from. */
enum { SCEP_KEY_UNKNOWN = 0, SCEP_KEY_OF_SIGNER = 1, SCEP_KEY_OF_REQUEST = 2 };

/** One attempt of one device to get one certificate: from the first GetCACaps to the last answer. Lives as long as
 * the tracker. Two attempts under one transactionID are two enrollments. */
struct ScepEnrollment {
    uint32_t number;             /**< from 1, in the order of first frames */
    uint16_t polls;              /**< CertPoll requests */
    uint16_t service_kinds;      /**< a bit for each ScepServiceKind among services, and for each that was answered */
    uint16_t service_answers;
    uint8_t spki_known;          /**< SCEP_KEY_UNKNOWN, ... */
    bool asks_next_ca;           /**< GetNextCACert followed: the client wanted the CA's certificates, not one of its own */
    const char *client;
    const char *transaction_id;  /**< NULL until a PKIOperation was seen */
    const char *user_agent;
    ScepServer *server;
    ScepExchange *first;         /**< list by next; at least one */
    ScepExchange *last;
    ScepExchange *answered;      /**< the last one that was answered by a CertRep with a pkiStatus, or NULL */
    ScepEnrollment *earlier;     /**< the one before under the same transactionID at the same server, or NULL */
    ScepEnrollment *later;       /**< and the one behind */
    ScepCaCall *ca_last;         /**< of ca_calls */
    ScepCaCall *ca_calls;        /**< list by next, in order of frames: what the server asked its CA for it */
    ScepServiceCall *services;   /**< list by next, in order of frames: MDM, policy module, Intune */
    ScepServiceCall *service_last; /**< of services */
    GPtrArray *connection_findings;    /**< of ScepFinding*, of connections; borrowed elements; NULL where there are none */
    ScepEnrollment *renews;      /**< the one that issued the certificate this one was signed with, or NULL */
    uint64_t issued;             /**< scep_certificate_identity() of the certificate that came of it, 0 where unknown */
    const char *subject;         /**< of the PKCS#10, else of the issued certificate; NULL where neither was read */
    const char *template_name;   /**< that the PKCS#10 names, or its OID; NULL where unknown */
    const char *serial;          /**< of the issued certificate, lower-case hex; NULL where it was not read */
    uint8_t spki_sha256[32];     /**< key that is being certified, when spki_known */
};

/** One request and its answer. Lives as long as the tracker. Frames are 0 where the half was not seen.
 * Kept small: a capture may hold a million enrollments. */
struct ScepExchange {
    ScepEnrollment *enrollment;  /**< NULL for one that belongs to none */
    ScepExchange *next;          /**< in the same enrollment, in order of frames */
    ScepServer *server;
    const char *client;
    const char *transaction_id;  /**< of the request */
    const char *identifier;      /**< CA identifier of a GetCA* request, NULL when absent */
    const char *digest;          /**< dotted OIDs of the request's algorithms, NULL when unknown */
    const char *cipher;
    const ScepChecks *request_checks;  /**< or NULL */
    const ScepChecks *response_checks;
    GPtrArray *request_findings; /**< of ScepFinding*, or NULL */
    GPtrArray *response_findings;
    uint64_t signer_identity;    /**< scep_identity() of the certificate that signed the request, 0 where unknown */
    int64_t request_time;        /**< nanoseconds since 1970 */
    int64_t response_time;
    uint32_t request_frame;
    uint32_t response_frame;
    uint32_t challenge_frame;    /**< first frame with the same challenge password, 0 when this is it */
    uint32_t stream;
    ScepExchange *repeats;       /**< the same message seen before: sent again, or at another capture point */
    uint32_t ndes_error;
    uint32_t target_length;
    uint16_t status;
    int16_t message_type;        /**< -1 where unknown; the same for the next two */
    int16_t pki_status;
    int16_t fail_info;
    uint8_t operation;           /**< ScepOperation */
    uint8_t path_kind;           /**< ScepPathKind */
    uint8_t nonce_length;        /**< as sent; only the first SCEP_KEPT_NONCE bytes are kept */
    uint8_t nonce[SCEP_KEPT_NONCE]; /**< senderNonce of the request */
    bool is_get : 1;
    bool has_ndes_error : 1;
    bool short_key : 1;          /**< the request is for an RSA key under 2048 bits */
    bool long_name : 1;          /**< its common name has more than 64 characters (RFC 5280, ub-common-name) */
    bool is_renewal : 1;         /**< RenewalReq, or PKCSReq signed with a certificate that a CA issued */
    bool response_is_message : 1; /**< a signed CMS message, whatever it lacks */
    bool response_is_page : 1;   /**< HTML, or nothing that SCEP knows, with status 200 */
    bool odd_type : 1;           /**< a POST whose Content-Type is not that of a pkiMessage, or that has none */
    bool is_aik : 1;             /**< Windows has the key of its TPM certified by Microsoft: no enrollment, no NDES */
    bool special_name : 1;       /**< its common name has a character that is written with a backslash in front */
};

/** How an error page of IIS names what runs NDES. */
#define SCEP_ISAPI_MODULE "IsapiModule"

/** What a server has told about itself so far. */
struct ScepServer {
    const char *address;
    uint16_t port;
    bool is_proxy;               /**< a message to it was seen again behind it */
    bool caps_known;
    uint32_t caps;               /**< SCEP_CAP_*, as sent */
    uint32_t caps_frame;
    bool redirects;              /**< it sent somebody elsewhere with a status of 3xx */
    bool isapi_failed_device;    /**< an error page with status 500 named SCEP_ISAPI_MODULE: below mscep */
    bool isapi_failed_admin;     /**< and below mscep_admin */
    uint32_t challenge_frame;    /**< the newest page that handed out a challenge password, 0 for none */
    int64_t challenge_time;      /**< nanoseconds since 1970 */
    uint32_t cacert_frame;       /**< the newest readable GetCACert answer, 0 for none */
    const char *cacert_asked;    /**< CA identifier of its request, NULL where there was none */
    GPtrArray *certificates;     /**< of ScepCertificate*, from that answer */
    uint32_t former_frame;       /**< the GetCACert answer before it, for the same identifier; 0 for none */
    GPtrArray *former;           /**< and its certificates */
};

/** @return owned by the caller, scep_tracker_free(). */
ScepTracker *scep_tracker_new(void);
void scep_tracker_free(ScepTracker *tracker);

/** The server at this place, for checks that come before booking. Never NULL. */
ScepServer *scep_tracker_server(ScepTracker *tracker, const ScepPlace *place);

/** Books a request, in the order of frames. @return owned by the tracker. */
ScepExchange *scep_tracker_request(ScepTracker *tracker, const ScepPlace *place, const ScepRequest *request);

/** Books the answer to an exchange. @a exchange may be NULL for an answer whose request is not in the capture: then
 * one is made, with request_frame 0. @return the exchange. */
ScepExchange *scep_tracker_response(ScepTracker *tracker, ScepExchange *exchange, const ScepPlace *place,
                                    const ScepResponse *response);

/** Tells that the capture goes on until @a time, nanoseconds since 1970: absence is claimed only behind that. */
void scep_tracker_clock(ScepTracker *tracker, int64_t time);

/** Draws the conclusions that need the whole capture: what never came, what resolved itself. May be called again
 * when more was booked. */
void scep_tracker_finish(ScepTracker *tracker);

/** Enrollments in order of their numbers, of ScepEnrollment*; exchanges in order of frames, of ScepExchange*. Borrowed. */
const GPtrArray *scep_tracker_enrollments(const ScepTracker *tracker);
const GPtrArray *scep_tracker_exchanges(const ScepTracker *tracker);

/** First and last moment of the capture, nanoseconds since 1970. */
int64_t scep_tracker_first_time(const ScepTracker *tracker);
int64_t scep_tracker_last_time(const ScepTracker *tracker);

/** How the enrollment ended. */
ScepOutcome scep_enrollment_outcome(const ScepEnrollment *enrollment);

/** "issued", "refused", ...; static. */
const char *scep_outcome_name(ScepOutcome outcome);

/** Highest stage that it reached, 1 to 6. */
uint8_t scep_enrollment_stage(const ScepEnrollment *enrollment);

/** The exchange that decided the outcome; never NULL. */
const ScepExchange *scep_enrollment_decisive(const ScepEnrollment *enrollment);

/** True when the message was seen before at another capture point, so that it counts once. */
bool scep_exchange_is_copy(const ScepExchange *exchange);

/** True for a message that was seen in front of a proxy too: between other addresses at both ends. With one end the same
 * it is the same hop, seen from somewhere else. */
bool scep_exchange_is_forwarded(const ScepExchange *exchange);

/** "device", "proxy" or "ndes": what the client's or the server's address is in this exchange, or what the user says it is. A
 * proxy is known as one once its message was seen behind it. Static. */
const char *scep_exchange_role(const ScepTracker *tracker, const ScepExchange *exchange, bool of_server);

/** First frame whose request carries the same challenge password as this one's; 0 when this is the first. */
uint32_t scep_exchange_same_challenge(const ScepExchange *exchange);

/** A text kept as long as the tracker; equal texts share one copy. NULL gives NULL. */
const char *scep_tracker_text(ScepTracker *tracker, const char *text);

/** Stage of a message: 1 challenge, 2 device to NDES, 5 delivery (an answer that issues); 0 for what belongs to no
 * enrollment of ours. */
uint8_t scep_exchange_stage(const ScepExchange *exchange, bool is_response);

/** Step in the words of the Windows client and its events: GetCACaps, GetCACert, Submit, Poll, Deliver, ... Static. */
const char *scep_exchange_step(const ScepExchange *exchange, bool is_response);

#endif
