/* tracker.h
 * Messages joined into exchanges, and exchanges into enrollments, across connections and legs. Knows no hint.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_TRACKER_H
#define SCEP_TRACKER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/limits.h"
#include "scep/catalogue.h"
#include "scep/cms.h"
#include "scep/wire.h"
#include "scep/rpc.h"
#include "scep/services.h"

/* ---- enrollment -------------------------------------------------------------------------------------------------- */

/** Everything learned from one capture file. */
typedef struct ScepTracker ScepTracker;
typedef struct ScepServer ScepServer;
typedef struct ScepServedPath ScepServedPath; /* served_path.h */
typedef struct ScepExchange ScepExchange;
typedef struct ScepEnrollment ScepEnrollment;
typedef struct ScepRequestFacts ScepRequestFacts; /* request_facts.h */
typedef struct ScepCaCall ScepCaCall;             /* ca_call.h */
typedef struct ScepServiceCall ScepServiceCall;   /* service_call.h */

/** Where and when a message was seen. Texts are borrowed and copied when kept. */
typedef struct {
    uint32_t frame;
    int64_t time;       /**< nanoseconds since 1970 */
    const char *client; /**< address that asks, as text */
    const char *server; /**< address that answers, as text */
    uint16_t server_port;
    uint32_t stream;   /**< number of the transport connection */
    uint32_t sequence; /**< TCP sequence number as sent, which a NAT does not change; 0 where unknown */
} ScepPlace;

/** A request as found. All pointers borrowed for the call; NULL or 0 where absent. */
typedef struct {
    ScepOperation operation;
    ScepPathKind path_kind;
    bool is_get;
    bool has_identifier;
    size_t target_length;  /**< bytes of the request target */
    unsigned base64_flags; /**< SCEP_B64_* of a GET message= */
    bool is_base64_body;   /**< the body of a POST was base64 text, and body is what it decodes to */
    const char *path;      /**< of the URL, without what it asks for */
    const char *host;
    const char *user_agent;
    const char *content_type;
    const char *identifier; /**< message= of a GetCA* request */
    const uint8_t *body;    /**< POST body, or what the GET's base64 decodes to */
    size_t body_size;
    ScepExtent extent;          /**< how much of it was captured, head and body */
    const ScepMessage *message; /**< parsed from body */
    const ScepEnvelope *envelope;
    const uint8_t *content;   /**< what envelope was parsed from */
    GPtrArray *certificates;  /**< of ScepCertificate*, those of the message; NULL entries are unreadable */
    const ScepChecks *checks; /**< NULL when nothing was checked; kept, lives as long as the capture file */
    const ScepCsr *csr;       /**< from inside the opened envelope; NULL when not opened */
} ScepRequest;

/** An answer as found. */
typedef struct {
    uint16_t status;
    const char *content_type;
    const char *server; /**< Server header */
    const char *location;
    const char *authenticate;  /**< WWW-Authenticate header */
    const char *ms_proxy;      /**< X-MS-Proxy header */
    const char *error_type;    /**< x-amzn-ErrorType header */
    const char *error_message; /**< x-amzn-ErrorMessage header */
    const uint8_t *body;
    size_t body_size;
    bool body_unreadable;       /**< still chunked or compressed, because a preference is off */
    ScepExtent extent;          /**< how much of it was captured, head and body */
    const ScepMessage *message; /**< when the body is CMS */
    const ScepEnvelope *envelope;
    const ScepCapabilities *capabilities; /**< of a GetCACaps answer */
    const uint8_t *content;               /**< what envelope was parsed from */
    GPtrArray *certificates;  /**< of ScepCertificate*, in the order of the answer; NULL entries are unreadable */
    GPtrArray *issued;        /**< of ScepCertificate*, from inside the opened envelope; NULL when not opened */
    const ScepChecks *checks; /**< NULL when nothing was checked; kept, lives as long as the capture file */
} ScepResponse;

#define SCEP_KEPT_NONCE 16
#define SCEP_KEPT_WORDS 200

/** How an enrollment ended, as far as the capture tells; the names are those of the JSON report. */
typedef enum {
    SCEP_OUTCOME_LOOKUP = 0, /**< a question for the CA's data alone: no attempt to get a certificate */
    SCEP_OUTCOME_ABANDONED,  /**< the client asked for the CA's data and then sent no PKIOperation */
    SCEP_OUTCOME_UNANSWERED,
    SCEP_OUTCOME_UNREADABLE, /**< answered, but the answer cannot be read */
    SCEP_OUTCOME_PENDING,
    SCEP_OUTCOME_REFUSED, /**< CertRep FAILURE, an HTTP error, a redirect or a page in place of an answer */
    SCEP_OUTCOME_ISSUED,
    SCEP_OUTCOME_COUNT
} ScepOutcome;

/** One attempt of one device to get one certificate: from the first GetCACaps to the last answer. Lives as long as
 * the tracker. Two attempts under one transactionID are two enrollments. */
struct ScepEnrollment {
    uint32_t number;        /**< from 1, in the order in which they were told apart; 0 until then */
    uint16_t polls;         /**< CertPoll requests */
    uint16_t service_kinds; /**< a bit for each ScepServiceKind among services, and for each that was answered */
    uint16_t service_answers;
    uint8_t spki_known;           /**< SCEP_KEY_UNKNOWN, ... */
    ScepClientGuess client_guess; /**< which program asks, by all of its requests */
    uint32_t client_marks;        /**< SCEP_MARK_* of them */
    bool is_superseded;           /**< without a PKIOperation: its client went on with another one */
    bool asks_next_ca; /**< GetNextCACert followed: the client wanted the CA's certificates, not one of its own */
    const char *client;
    const char *transaction_id; /**< NULL until a PKIOperation was seen */
    const char *user_agent;
    ScepServer *server;
    ScepExchange *first; /**< list by next; at least one */
    ScepExchange *last;
    ScepExchange *submitted;       /**< the last PKIOperation, or NULL */
    ScepExchange *answered;        /**< the last one that was answered by a CertRep with a pkiStatus, or NULL */
    ScepEnrollment *earlier;       /**< the one before under the same transactionID at the same server, or NULL */
    ScepEnrollment *later;         /**< and the one behind */
    ScepCaCall *ca_last;           /**< of ca_calls */
    ScepCaCall *ca_calls;          /**< list by next, in order of frames: what the server asked its CA for it */
    ScepServiceCall *services;     /**< list by next, in order of frames: MDM, policy module, Intune */
    ScepServiceCall *service_last; /**< of services */
    ScepEnrollment *retries;       /**< while it has no number: the one that it may be another try of */
    ScepEnrollment *renews;        /**< the one that issued the certificate this one was signed with, or NULL */
    uint64_t issued;           /**< scep_certificate_identity() of the certificate that came of it, 0 where unknown */
    const char *subject;       /**< of the PKCS#10, else of the issued certificate; NULL where neither was read */
    const char *template_name; /**< that the PKCS#10 names, or its OID; NULL where unknown */
    const char *serial;        /**< of the issued certificate, lower-case hex; NULL where it was not read */
    uint8_t spki_sha256[32];   /**< key that is being certified, when spki_known */
};

/** One request and its answer. Lives as long as the tracker. Frames are 0 where the half was not seen.
 * Kept small: a capture may hold a million enrollments. */
struct ScepExchange {
    ScepEnrollment *enrollment; /**< NULL for one that belongs to none */
    ScepExchange *next;         /**< in the same enrollment, in order of frames */
    ScepServer *server;
    const char *client;
    const char *transaction_id; /**< of the request */
    const char *identifier;     /**< CA identifier of a GetCA* request, NULL when absent */
    const char *digest;         /**< dotted OIDs of the request's algorithms, NULL when unknown */
    const char *cipher;
    const char *message_type_other; /**< as sent, where it is there and nobody defines it; NULL else */
    const char *pki_status_other;
    const char *fail_info_other;
    const char *fail_info_text; /**< the begin of it, SCEP_KEPT_WORDS characters; NULL where there is none */
    const char *says;           /**< of an answer that is no SCEP: its words, SCEP_KEPT_WORDS characters, without
                                     secrets; NULL where there are none */
    const ScepServerSentence *sentence; /**< what the catalogue knows of these words, or of fail_info_text; or NULL */
    ScepServedPath *path;               /**< what was answered at the path that is asked for; NULL where unknown */
    const ScepRequestFacts *facts;      /**< of a PKIOperation that was captured; NULL else */
    const ScepChecks *request_checks;   /**< or NULL */
    const ScepChecks *response_checks;
    uint64_t signer_identity; /**< scep_identity() of the certificate that signed the request, 0 where unknown */
    int64_t request_time;     /**< nanoseconds since 1970 */
    int64_t response_time;
    uint32_t request_frame;
    uint32_t response_frame;
    uint32_t challenge_frame;  /**< first frame with the same challenge password, 0 when this is it */
    uint32_t challenge_origin; /**< frame of the page or profile that handed this challenge out, 0 where not seen */
    uint32_t challenge_age;    /**< seconds from there to the request */
    uint32_t answer_began;     /**< frame in which an answer begins whose end is not in the capture, or 0 */
    uint32_t stream;
    uint32_t subject;      /**< number of this among all that was booked */
    ScepExchange *repeats; /**< the same message seen before: sent again, or at another capture point */
    uint32_t ndes_error;
    uint32_t target_length;
    uint32_t sequence;      /**< of the request's segment; 0 where unknown */
    uint32_t after_failure; /**< of a query: frame of the request that had failed before, so that it may belong to
                               another try of that one; 0 for none */
    uint32_t sealed_size;   /**< octets of what the request encrypts, 0 where unknown */
    uint16_t status;
    int16_t message_type; /**< as in ScepMessage: 0 to 255, else -1; the same for the next two */
    int16_t pki_status;
    int16_t fail_info;
    uint8_t operation;              /**< ScepOperation */
    uint8_t path_kind;              /**< ScepPathKind */
    uint8_t shown;                  /**< of GetCACert: number of its answer in server->shown, from 1; 0 for none */
    uint8_t nonce_length;           /**< as sent; only the first SCEP_KEPT_NONCE bytes are kept */
    uint8_t nonce[SCEP_KEPT_NONCE]; /**< senderNonce of the request */
    ScepClientGuess client_guess;   /**< which program asks, by this request and those before it */
    uint8_t server_guess_asked;     /**< scep_server_guess() by what was seen before the answer */
    uint8_t server_guess;           /**< and by the answer too */
    bool is_get : 1;
    bool has_ndes_error : 1;
    bool short_key : 1;           /**< the request is for an RSA key under 2048 bits */
    bool long_name : 1;           /**< its common name has more than 64 characters (RFC 5280, ub-common-name) */
    bool is_renewal : 1;          /**< RenewalReq, or PKCSReq signed with a certificate that another key signed */
    bool response_is_message : 1; /**< a signed CMS message, whatever it lacks */
    bool brings_nothing : 1;      /**< the answer says SUCCESS, is whole, and there is no certificate in it */
    bool is_unread : 1;           /**< the answer says SUCCESS, and what it brings is cut or cannot be read */
    bool response_is_page : 1;    /**< HTML, or nothing that SCEP knows, with status 200 */
    bool says_reason : 1;         /**< its words say more than its status */
    bool to_app_proxy : 1;        /**< the host that is asked for is one of Entra Application Proxy */
    bool port_in_path : 1;        /**< the path has another port in it: "/scep:8081/" */
    bool in_ber : 1;              /**< the request has indefinite lengths or strings in pieces, or its envelope */
    bool odd_type : 1;            /**< a POST whose Content-Type is not that of a pkiMessage, or that has none */
    bool is_aik : 1;              /**< Windows has the key of its TPM certified by Microsoft: no enrollment, no NDES */
    bool challenge_of_page : 1;   /**< challenge_origin is a page of NDES, not a profile */
    bool challenge_lasts : 1;     /**< and one that says that its password does not expire */
    bool has_challenge : 1;       /**< the request was opened, and one is in it */
    bool odd_challenge : 1;       /**< and it is no PrintableString */
    bool signer_is_valid : 1;     /**< the certificate that signed the request is there, and was valid then */
    bool special_name : 1;        /**< its common name has a character that is written with a backslash in front */
    bool request_is_cut : 1;      /**< not all of it was read: what it seems to lack may have been there */
    bool response_is_cut : 1;     /**< likewise; without a response_frame, it came and was not captured */
};

/** A GetCACert answer; equal ones are one. */
typedef struct {
    GPtrArray *certificates; /**< of ScepCertificate*; NULL entries are unreadable */
    const char *asked;       /**< CA identifier of the request, NULL where there was none */
    uint32_t first_frame;
    uint32_t last_frame;
    bool is_whole; /**< all of it is in the capture and readable */
} ScepCaSet;

/** What a server has told about itself so far. */
struct ScepServer {
    const char *address;
    uint16_t port;
    uint32_t marks;             /**< SCEP_SERVED_* */
    const int64_t *capture_end; /**< how far the capture goes, nanoseconds since 1970 */
    bool is_proxy;              /**< a message to it was seen again behind it */
    bool caps_known;
    uint32_t caps; /**< SCEP_CAP_*, as sent */
    uint32_t caps_frame;
    bool serves_ber;          /**< it granted a request with in_ber */
    bool refuses_der;         /**< it answered one without in words that tell of a fault in it */
    uint32_t printable_frame; /**< the newest request that it granted with a challenge of PrintableString; 0 for none */
    bool took_odd_challenge;  /**< it granted one with a challenge of another string type */
    bool takes_renewals;      /**< it granted a RenewalReq */
    bool redirects;           /**< it sent somebody elsewhere with a status of 3xx */
    bool has_gaps;            /**< a message from or to it is missing in the capture, or a part of one */
    bool certificates_cut;    /**< certificates is not all that it shows: an answer was cut */
    bool isapi_failed_device; /**< an error page with status 500 named SCEP_ISAPI_MODULE: below mscep */
    bool isapi_failed_admin;  /**< and below mscep_admin */
    uint32_t challenge_frame; /**< the newest page that handed out a challenge password which expires, 0 for none */
    int64_t challenge_time;   /**< nanoseconds since 1970 */
    const char *page_thumbprint; /**< of the CA certificate, as such a page shows it, upper-case hex; NULL for none */
    uint32_t cacert_frame;       /**< the newest readable GetCACert answer, 0 for none */
    const char *cacert_asked;    /**< CA identifier of its request, NULL where there was none */
    GPtrArray *certificates;     /**< of ScepCertificate*, from that answer */
    uint32_t former_frame;       /**< the GetCACert answer before it, for the same identifier; 0 for none */
    GPtrArray *former;           /**< and its certificates */
    GPtrArray *shown;            /**< of ScepCaSet*: all of its GetCACert answers; NULL for none */
    bool showed_more;            /**< more than SCEP_MAX_SHOWN */
};

/** What a server offers for checking a message: the newest GetCACert answer that holds its signer's certificate, or
 * else the newest one. @param message  may be NULL */
ScepOffered scep_server_offers(const ScepServer *server, const ScepMessage *message, const uint8_t *body);

/** The signer's certificate of a message, from any GetCACert answer of the server ahead of this frame.
 * @return borrowed; NULL when none has it */
const ScepCertificate *scep_server_get0_signer(const ScepServer *server, const ScepMessage *message,
                                               const uint8_t *body, uint32_t frame);

/** @return owned by the caller, scep_tracker_free(). */
ScepTracker *scep_tracker_new(void);
void scep_tracker_free(ScepTracker *tracker);

/** The server at this place, for checks that come before booking. Never NULL. */
ScepServer *scep_tracker_get0_server(ScepTracker *tracker, const ScepPlace *place);

/** Books a request, in the order of frames. @return owned by the tracker. */
ScepExchange *scep_tracker_request(ScepTracker *tracker, const ScepPlace *place, const ScepRequest *request);

/** Books the answer to an exchange. @a exchange may be NULL for an answer whose request is not in the capture: then
 * one is made, with request_frame 0. @return the exchange. */
ScepExchange *scep_tracker_response(ScepTracker *tracker, ScepExchange *exchange, const ScepPlace *place,
                                    const ScepResponse *response);

/** Tells that an answer came of which the capture has the begin only, or nothing: it is neither absent nor read.
 * Undone when the whole of it turns up.
 * @param began_frame  where it begins; 0 where that was not captured
 * @param is_lost  it will not turn up any more */
void scep_tracker_answer_cut(ScepTracker *tracker, ScepExchange *exchange, uint32_t began_frame, bool is_lost);

/** Tells that the capture goes on until @a time, nanoseconds since 1970: absence is claimed only behind that. */
void scep_tracker_clock(ScepTracker *tracker, int64_t time);

/** Draws the conclusions that need the whole capture: what never came, what resolved itself. May be called again
 * when more was booked. */
void scep_tracker_finish(ScepTracker *tracker);

/** Enrollments in order of their numbers, of ScepEnrollment*; exchanges in order of frames, of ScepExchange*. Borrowed.
 */
const GPtrArray *scep_tracker_get0_enrollments(const ScepTracker *tracker);
const GPtrArray *scep_tracker_get0_exchanges(const ScepTracker *tracker);

/** "issued", "refused", ...; static. */
const char *scep_outcome_name(ScepOutcome outcome);

/** True when the message was seen before at another capture point, so that it counts once. */
bool scep_exchange_is_copy(const ScepExchange *exchange);

/** "device", "proxy" or "ndes": what the client's or the server's address is in this exchange, or what the user says it
 * is. A proxy is known as one once its message was seen behind it. Static. */
const char *scep_exchange_role(const ScepTracker *tracker, const ScepExchange *exchange, bool of_server);

/** First frame whose request carries the same challenge password as this one's; 0 when this is the first. */
uint32_t scep_exchange_same_challenge(const ScepExchange *exchange);

/** Frame of the page of NDES, or of the profile, that handed out the challenge of this request; 0 where none was seen.
 */
uint32_t scep_exchange_challenge_origin(const ScepExchange *exchange);

/** Stage of a message: 1 challenge, 2 device to NDES, 5 delivery (an answer that issues); 0 for what belongs to no
 * enrollment of ours. */
uint8_t scep_exchange_stage(const ScepExchange *exchange, bool is_response);

/** Step in the words of the Windows client and its events: GetCACaps, GetCACert, Submit, Poll, Deliver, ... Static. */
const char *scep_exchange_step(const ScepExchange *exchange, bool is_response);

/* ---- ca call ----------------------------------------------------------------------------------------------------- */

/** A step on the way to the CA, in front of the calls. */
typedef enum {
    SCEP_CA_NO_CHAIN = 0,
    SCEP_CA_RESOLVE,  /**< ept_map for ICertPassage, at TCP port 135 (C706 appendix O) */
    SCEP_CA_ACTIVATE, /**< RemoteCreateInstance of CCertRequestD (MS-DCOM 3.1.2.5.2.3.3) */
    SCEP_CA_CONNECT,  /**< TCP to the port that the answer to either of them named */
    SCEP_CA_BIND      /**< bind or alter_context to one of the three interfaces (C706 12.6.4.3) */
} ScepCaChain;

/** Where a CA's endpoint mapper listens, and where it is activated (C706 appendix O, MS-DCOM 1.9). */
#define SCEP_CA_MAPPER_PORT 135

/** One call and its answer. Lives as long as the tracker. Frames are 0 where the half was not seen. */
struct ScepCaCall {
    ScepEnrollment *enrollment; /**< NULL for a call that belongs to none */
    ScepEnrollment *waits;      /**< of a step of the chain: whose device waits for this host, NULL where unknown */
    ScepCaCall *next;           /**< in the same enrollment, in order of frames */
    const char *ndes;           /**< address that calls */
    const char *ca;             /**< address that is called */
    const ScepWcceMethod *method;
    const char *template_name; /**< that the request names, NULL where unknown */
    const char *message;       /**< the CA's own words on its decision, NULL where there are none */
    uint64_t issued;           /**< scep_certificate_identity() of the certificate in the answer, 0 where unknown */
    int64_t request_time;      /**< nanoseconds since 1970 */
    int64_t response_time;
    uint32_t request_frame;
    uint32_t response_frame;
    uint32_t subject;    /**< number of this among all that was booked */
    uint32_t request_id; /**< the CA's number, 0 where unknown */
    uint32_t disposition;
    uint32_t result;   /**< HRESULT, or status of a fault */
    bool to_mapper;    /**< of a connection: to the endpoint mapper, not to a port that was named */
    bool to_passage;   /**< of a step: to ICertPassage, not to one of the interfaces over DCOM */
    ScepCaChain chain; /**< a step on the way to the CA; its method has a name and nothing else */
    bool has_disposition;
    bool has_result;
    bool is_fault;
    bool is_sealed; /**< encrypted, not readable here */
    bool is_pipe;   /**< of a step: ICertPassage is asked for over its named pipe */
    bool is_poll;   /**< asks for the decision on an earlier request */
    bool is_likely; /**< joined by hosts and time only */
};

/** One direction of a call as found. */
typedef struct {
    const ScepWcceMethod *method; /**< never NULL */
    const ScepWcceCall *call;     /**< NULL where the stub cannot be read: sealed, a fault */
    const uint8_t *stub;          /**< what @a call was read from */
    bool is_sealed;
    bool is_garbage; /**< sealed, and what Wireshark decrypted it to makes no sense */
    bool is_fault;
    uint32_t fault;     /**< status of a fault */
    uint8_t auth_level; /**< DCE/RPC protection, 1 to 6 (MS-RPCE 2.2.1.1.8); 0 where unknown */
} ScepCaMessage;

/** Books a request to the CA. It belongs to the enrollment with the same key (in clear in the self-signed certificate
 * that signs a first request), to the one of an earlier call with the same request id, or, if there is only one, to the
 * one whose device waits for the calling host (likely). Calls that ask for no certificate belong to none.
 * @param place  client is the address that calls, server the one that is called
 * @return owned by the tracker */
ScepCaCall *scep_tracker_ca_request(ScepTracker *tracker, const ScepPlace *place, const ScepCaMessage *message);

/** Books the answer. @a call may be NULL for one whose request is not in the capture. @return the call */
ScepCaCall *scep_tracker_ca_answer(ScepTracker *tracker, ScepCaCall *call, const ScepPlace *place,
                                   const ScepCaMessage *message);

/** What became of a step of the chain. */
typedef struct {
    bool is_fault;     /**< DCE/RPC fault, or bind_nak */
    bool has_status;   /**< false where it cannot be read: sealed, or cut short */
    uint32_t status;   /**< of the fault; error_status_t of ept_map; HRESULT of the activation; 0 of a bind_ack */
    const char *words; /**< what a bind_nak gives as its reason, or NULL */
} ScepCaChainAnswer;

/** Books a step on the way to the CA. It belongs to an enrollment only when it fails; which device waits for it, if
 * there is only one, is told at once.
 * @param to_passage  leads to ICertPassage: success on one way settles no failure on the other
 * @param is_pipe     over SMB
 * @return owned by the tracker */
ScepCaCall *scep_tracker_ca_chain_request(ScepTracker *tracker, const ScepPlace *place, ScepCaChain chain,
                                          bool to_passage, bool is_pipe);

/** Books how it ended. Success makes notes of the failures of the same two hosts in the two minutes before it, as long
 * as they are not those of another device. */
void scep_tracker_ca_chain_answer(ScepTracker *tracker, ScepCaCall *call, const ScepPlace *place,
                                  const ScepCaChainAnswer *answer);

/** The PKIOperation of the device that a call was made for: the last one before it. NULL for none. Its answer is the
 * one that tells the device what came of the call. */
const ScepExchange *scep_ca_call_get0_cause(const ScepCaCall *call);

/** Windows' and MS-WCCE's words for what a call is about: "Request", "Poll", "Property", "Ping"; of the
 * chain "Resolve", "Activate", "Bind". Static. */
const char *scep_ca_call_step(const ScepCaCall *call);

/* ---- service call ------------------------------------------------------------------------------------------------ */

/** One call and its answer. Lives as long as the tracker. Frames are 0 where the half was not seen. */
struct ScepServiceCall {
    const ScepService *service;
    ScepEnrollment *enrollment; /**< NULL for a call that belongs to none */
    ScepServiceCall *next;      /**< in the same enrollment, in order of frames */
    const char *client;         /**< address that calls: NDES, a CA of another vendor, a device */
    const char *server;         /**< address that is called */
    const char *host;           /**< as the request names it, NULL where it does not */
    const char *request_id;     /**< client-request-id of the request, else of the answer; NULL where there is none */
    ScepServiceFacts *asked;    /**< of the request, or NULL */
    ScepServiceFacts *answered;
    ScepServiceCall *mdm_before; /**< of SyncML: the message before this one of the same device, or NULL */
    int64_t request_time;        /**< nanoseconds since 1970 */
    int64_t response_time;
    uint32_t request_frame;
    uint32_t response_frame;
    uint32_t subject; /**< number of this among all that was booked */
    uint32_t stream;
    uint16_t status; /**< of the answer */
    bool is_get;
    bool is_likely;        /**< joined by hosts and time only */
    bool is_foreign;       /**< a sign-in of which nothing says that it has to do with SCEP */
    bool client_untrusted; /**< answered 403.16: the server does not trust the client's certificate */
};

/** One half of a call as found. All pointers borrowed for the call but @a facts; NULL or 0 where absent. */
typedef struct {
    const ScepService *service; /**< of a request */
    ScepServiceFacts *facts;    /**< taken over */
    const char *host;
    const char *request_id;
    bool is_get;
    uint16_t status;     /**< of an answer */
    const uint8_t *body; /**< of a sign-in, and of a page that tells of an error */
    size_t body_size;
} ScepServiceMessage;

/** Books a request. It belongs to the enrollment under the transactionID that it names, else to the one with the key of
 * the PKCS#10 in it, else to the one device that waits for the calling host (likely); a loopback address stands for any
 * host. A report belongs, where none of these tells, to the device that was answered there last (likely). SyncML
 * belongs to the next enrollment of the device's address (likely). No call begins an enrollment.
 * @param place  client is the address that calls
 * @return owned by the tracker */
ScepServiceCall *scep_tracker_service_request(ScepTracker *tracker, const ScepPlace *place,
                                              const ScepServiceMessage *message);

/** Books the answer. */
void scep_tracker_service_answer(ScepTracker *tracker, ScepServiceCall *call, const ScepPlace *place,
                                 const ScepServiceMessage *message);

/** Books an answer to a request that nobody took for one to a service: by scep_service_of_answer().
 * @return owned by the tracker; its request_frame is 0 */
ScepServiceCall *scep_tracker_service_unasked(ScepTracker *tracker, const ScepPlace *place,
                                              const ScepServiceMessage *message);

/** The verdict as the answer names it: "Success", "ChallengeExpired", of a sign-in "invalid_client"; NULL where the
 * answer names none. */
const char *scep_service_get0_verdict(const ScepServiceCall *call);

/** What half of a call is about, in words: "Policy module: VerifyRequest", "Intune: validateRequest answered
 * ChallengeExpired (the challenge is too old)". @return g_string_free() */
GString *scep_service_new_summary(const ScepServiceCall *call, bool is_response);

/** True when half of a call tells of SCEP: of SyncML not every message does. */
bool scep_service_tells_of_scep(const ScepServiceCall *call, bool is_response);

/** True when half of a call is worth a place on its frame: it tells of SCEP, or it is part of a session with Intune.
 * What other MDM servers say of other matters is none of ours, nor is the sign-in of any other app. */
bool scep_service_is_shown(const ScepServiceCall *call, bool is_response);

/** The SCEP node that a device gives this status for: as the status names it, else by the command it answers, in an
 * earlier message of the MDM server. @param status  of call->asked. @return borrowed; NULL when it is about something
 * else */
const char *scep_service_get0_mdm_node(const ScepServiceCall *call, const ScepMdmStatus *status);

/** Role of who asks or who answers, as the user told it or as the service says; "" where it may be anybody. Static. */
const char *scep_service_role(const ScepTracker *tracker, const ScepServiceCall *call, bool of_server);

/** The PKIOperation of the device that a call behind NDES was made for or reports: the last one before it. NULL for
 * none, and for SyncML. */
const ScepExchange *scep_service_get0_cause(const ScepServiceCall *call);

/* ---- hosts ------------------------------------------------------------------------------------------------------- */

/** Where a role is known from, the weakest first. */
typedef enum {
    SCEP_HOST_GUESSED = 0, /**< its name has a word like "ndes" in it */
    SCEP_HOST_NAMED,       /**< its name is in the catalogue */
    SCEP_HOST_LEARNED,     /**< it did what only such a host does */
    SCEP_HOST_CONFIGURED   /**< by the user */
} ScepHostSource;

/** A row of the user's table. Borrowed. */
typedef struct {
    const char *host; /**< address, name, or "*.example.com" */
    ScepHostRole role;
} ScepConfiguredHost;

/** One host of the capture. Lives as long as the tracker. */
typedef struct {
    const char *address;
    const char *name; /**< NULL where unknown */
    ScepHostRole role;
    ScepHostSource source;
} ScepHost;

/** "device", "proxy", ...; "" for SCEP_HOST_UNKNOWN. Static. */
const char *scep_host_role_name(ScepHostRole role);

/** True for one that the user may know better than the capture. */
bool scep_host_role_is_selectable(ScepHostRole role);

/** Takes over what the user says; before anything else is booked. @param rows  copied */
void scep_tracker_configure_hosts(ScepTracker *tracker, const ScepConfiguredHost *rows, size_t count);

/** What a host of this name would be: told, known, or guessed by a word in it ("ndes", "mscep", "scep").
 * @param source  receives where that is from; may be NULL */
ScepHostRole scep_tracker_role_of_name(const ScepTracker *tracker, const char *name, ScepHostSource *source);

/** Letters with which a word of every name begins that scep_tracker_role_of_name() knows a role for; NULL where the
 * user tells of hosts, so that it may be any. Static. */
const char *scep_tracker_get0_host_initials(const ScepTracker *tracker);

/** Tells that an address has this name. The role that goes with it counts unless a stronger one is known.
 * @return the host; NULL when the name says nothing */
const ScepHost *scep_tracker_name_host(ScepTracker *tracker, const char *address, const char *name);

/** Tells that an address did what only a host with this role does. */
void scep_tracker_learn_host(ScepTracker *tracker, const char *address, ScepHostRole role);

/** Tells that a server answered a client as the key distribution center of Kerberos, which in a domain is a domain
 * controller. No role of a host comes of it: a CA may stand on one. */
void scep_tracker_learn_kdc(ScepTracker *tracker, const char *client, const char *server);

/** The host at this address; NULL when nothing is known of it. */
const ScepHost *scep_tracker_get0_host(const ScepTracker *tracker, const char *address);

/** True when anything is known of any host. */
bool scep_tracker_has_hosts(const ScepTracker *tracker);

#include "scep/tracker/connection.h"

#endif
