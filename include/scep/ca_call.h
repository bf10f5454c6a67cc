/* ca_call.h
 * Calls from NDES to its CA, joined to the enrollments that cause them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CA_CALL_H
#define SCEP_CA_CALL_H

#include "scep/enrollment.h"
#include "scep/wcce.h"

/** A step on the way to the CA, in front of the calls. */
typedef enum {
    SCEP_CA_NO_CHAIN = 0,
    SCEP_CA_RESOLVE,             /**< ept_map for ICertPassage, at TCP port 135 (C706 appendix O) */
    SCEP_CA_ACTIVATE,            /**< RemoteCreateInstance of CCertRequestD (MS-DCOM 3.1.2.5.2.3.3) */
    SCEP_CA_CONNECT,             /**< TCP to the port that the answer to either of them named */
    SCEP_CA_BIND                 /**< bind or alter_context to one of the three interfaces (C706 12.6.4.3) */
} ScepCaChain;

/** Where a CA's endpoint mapper listens, and where it is activated (C706 appendix O, MS-DCOM 1.9). */
#define SCEP_CA_MAPPER_PORT 135

/** One call and its answer. Lives as long as the tracker. Frames are 0 where the half was not seen. */
struct ScepCaCall {
    ScepEnrollment *enrollment;  /**< NULL for a call that belongs to none */
    ScepEnrollment *waits;       /**< of a step of the chain: whose device waits for this host, NULL where unknown */
    ScepCaCall *next;            /**< in the same enrollment, in order of frames */
    const char *ndes;            /**< address that calls */
    const char *ca;              /**< address that is called */
    const ScepWcceMethod *method;
    const char *template_name;   /**< that the request names, NULL where unknown */
    const char *message;         /**< the CA's own words on its decision, NULL where there are none */
    GPtrArray *request_findings; /**< of ScepFinding*, or NULL */
    GPtrArray *response_findings;
    uint64_t issued;             /**< scep_certificate_identity() of the certificate in the answer, 0 where unknown */
    int64_t request_time;        /**< nanoseconds since 1970 */
    int64_t response_time;
    uint32_t request_frame;
    uint32_t response_frame;
    uint32_t request_id;         /**< the CA's number, 0 where unknown */
    uint32_t disposition;
    uint32_t result;             /**< HRESULT, or status of a fault */
    bool to_mapper;              /**< of a connection: to the endpoint mapper, not to a port that was named */
    bool to_passage;             /**< of a step: to ICertPassage, not to one of the interfaces over DCOM */
    ScepCaChain chain;           /**< a step on the way to the CA; its method has a name and nothing else */
    bool has_disposition;
    bool has_result;
    bool is_fault;
    bool is_sealed;              /**< encrypted, not readable here */
    bool is_poll;                /**< asks for the decision on an earlier request */
    bool is_likely;              /**< joined by hosts and time only */
};

/** One direction of a call as found. */
typedef struct {
    const ScepWcceMethod *method; /**< never NULL */
    const ScepWcceCall *call;    /**< NULL where the stub cannot be read: sealed, a fault */
    const uint8_t *stub;         /**< what @a call was read from */
    bool is_sealed;
    bool is_garbage;             /**< sealed, and what Wireshark decrypted it to makes no sense */
    bool is_fault;
    uint32_t fault;              /**< status of a fault */
    uint8_t auth_level;          /**< DCE/RPC protection, 1 to 6 (MS-RPCE 2.2.1.1.8); 0 where unknown */
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
    bool is_fault;               /**< DCE/RPC fault, or bind_nak */
    bool has_status;             /**< false where it cannot be read: sealed, or cut short */
    uint32_t status;             /**< of the fault; error_status_t of ept_map; HRESULT of the activation; 0 of a bind_ack */
    const char *words;           /**< what a bind_nak gives as its reason, or NULL */
} ScepCaChainAnswer;

/** Books a step on the way to the CA. It belongs to an enrollment only when it fails; which device waits for it, if there
 * is only one, is told at once.
 * @param to_passage  leads to ICertPassage: success on one way settles no failure on the other
 * @param is_pipe     over SMB
 * @return owned by the tracker */
ScepCaCall *scep_tracker_ca_chain_request(ScepTracker *tracker, const ScepPlace *place, ScepCaChain chain, bool to_passage,
                                          bool is_pipe);

/** Books how it ended. Success makes notes of the failures of the same two hosts in the two minutes before it, as long as
 * they are not those of another device. */
void scep_tracker_ca_chain_answer(ScepTracker *tracker, ScepCaCall *call, const ScepPlace *place,
                                  const ScepCaChainAnswer *answer);

/** Calls in order of frames, of ScepCaCall*. Borrowed. */
const GPtrArray *scep_tracker_ca_calls(const ScepTracker *tracker);

/** The PKIOperation of the device that a call was made for: the last one before it. NULL for none. Its answer is the one
 * that tells the device what came of the call. */
const ScepExchange *scep_ca_call_cause(const ScepCaCall *call);

/** Windows' and MS-WCCE's words for what a call is about: "Request", "Poll", "Property", "Ping"; of the
 * chain "Resolve", "Activate", "Bind". Static. */
const char *scep_ca_call_step(const ScepCaCall *call);

/** True when the CA, or RPC before it, refused. */
bool scep_ca_call_is_refused(const ScepCaCall *call);

/** The code that says why: the disposition where it is an error code, else the HRESULT or fault status; 0 for none. */
uint32_t scep_ca_call_code(const ScepCaCall *call);

#endif
