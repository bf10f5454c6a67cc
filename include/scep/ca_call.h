/* ca_call.h
 * Calls from NDES to its CA, joined to the enrolments that cause them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CA_CALL_H
#define SCEP_CA_CALL_H

#include "scep/enrollment.h"
#include "scep/wcce.h"

/** One call and its answer. Lives as long as the tracker. Frames are 0 where the half was not seen. */
struct ScepCaCall {
    ScepEnrollment *enrollment;  /**< NULL for a call that belongs to none */
    ScepCaCall *next;            /**< in the same enrolment, in order of frames */
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
    bool is_fault;
    uint32_t fault;              /**< status of a fault */
    uint8_t auth_level;          /**< DCE/RPC protection, 1 to 6 (MS-RPCE 2.2.1.1.8); 0 where unknown */
} ScepCaMessage;

/** Books a request to the CA. It belongs to the enrolment with the same key (in clear in the self-signed certificate
 * that signs a first request), to the one of an earlier call with the same request id, or, if there is only one, to the
 * one whose device waits for the calling host (likely). Calls that ask for no certificate belong to none.
 * @param place  client is the address that calls, server the one that is called
 * @return owned by the tracker */
ScepCaCall *scep_tracker_ca_request(ScepTracker *tracker, const ScepPlace *place, const ScepCaMessage *message);

/** Books the answer. @a call may be NULL for one whose request is not in the capture. @return the call */
ScepCaCall *scep_tracker_ca_answer(ScepTracker *tracker, ScepCaCall *call, const ScepPlace *place,
                                   const ScepCaMessage *message);

/** Calls in order of frames, of ScepCaCall*. Borrowed. */
const GPtrArray *scep_tracker_ca_calls(const ScepTracker *tracker);

/** Windows' and MS-WCCE's words for what a call is about: "Request", "Poll", "Property", "Ping". Static. */
const char *scep_ca_call_step(const ScepCaCall *call);

/** True when the CA, or RPC before it, refused. */
bool scep_ca_call_is_refused(const ScepCaCall *call);

/** The code that says why: the disposition where it is an error code, else the HRESULT or fault status; 0 for none. */
uint32_t scep_ca_call_code(const ScepCaCall *call);

#endif
