/* service_call.h
 * Calls to the services around SCEP, joined to the enrollments that they are part of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SERVICE_CALL_H
#define SCEP_SERVICE_CALL_H

#include "scep/enrollment.h"
#include "scep/service_facts.h"

/** One call and its answer. Lives as long as the tracker. Frames are 0 where the half was not seen. */
struct ScepServiceCall {
    const ScepService *service;
    ScepEnrollment *enrollment;  /**< NULL for a call that belongs to none */
    ScepServiceCall *next;       /**< in the same enrollment, in order of frames */
    const char *client;          /**< address that calls: NDES, a CA of another vendor, a device */
    const char *server;          /**< address that is called */
    const char *host;            /**< as the request names it, NULL where it does not */
    const char *request_id;      /**< client-request-id of the request, else of the answer; NULL where there is none */
    ScepServiceFacts *asked;     /**< of the request, or NULL */
    ScepServiceFacts *answered;
    ScepServiceCall *mdm_before; /**< of SyncML: the message before this one of the same device, or NULL */
    GPtrArray *request_findings; /**< of ScepFinding*, or NULL */
    GPtrArray *response_findings;
    int64_t request_time;        /**< nanoseconds since 1970 */
    int64_t response_time;
    uint32_t request_frame;
    uint32_t response_frame;
    uint32_t stream;
    uint16_t status;             /**< of the answer */
    bool is_get;
    bool is_likely;              /**< joined by hosts and time only */
    bool is_foreign;             /**< a sign-in of which nothing says that it has to do with SCEP */
    bool client_untrusted;       /**< answered 403.16: the server does not trust the client's certificate */
};

/** One half of a call as found. All pointers borrowed for the call but @a facts; NULL or 0 where absent. */
typedef struct {
    const ScepService *service;  /**< of a request */
    ScepServiceFacts *facts;     /**< taken over */
    const char *host;
    const char *request_id;
    bool is_get;
    uint16_t status;             /**< of an answer */
    const uint8_t *body;         /**< of a sign-in, and of a page that tells of an error */
    size_t body_size;
} ScepServiceMessage;

/** Books a request. It belongs to the enrollment under the transactionID that it names, else to the one with the key of
 * the PKCS#10 in it, else to the one device that waits for the calling host (likely); a loopback address stands for any
 * host. A report belongs, where none of these tells, to the device that was answered there last (likely). SyncML belongs
 * to the next enrollment of the device's address (likely). No call begins an enrollment.
 * @param place  client is the address that calls
 * @return owned by the tracker */
ScepServiceCall *scep_tracker_service_request(ScepTracker *tracker, const ScepPlace *place,
                                              const ScepServiceMessage *message);

/** Books the answer. */
void scep_tracker_service_answer(ScepTracker *tracker, ScepServiceCall *call, const ScepPlace *place,
                                 const ScepServiceMessage *message);

/** Calls in order of frames, of ScepServiceCall*. Borrowed. */
const GPtrArray *scep_tracker_service_calls(const ScepTracker *tracker);

/** The verdict as the answer names it: "Success", "ChallengeExpired", of a sign-in "invalid_client"; NULL where the answer
 * names none. */
const char *scep_service_verdict(const ScepServiceCall *call);

/** True when the answer refuses: by its status, or by its verdict. */
bool scep_service_is_refused(const ScepServiceCall *call);

/** What half of a call is about, in words: "Policy module: VerifyRequest", "Intune: validateRequest answered
 * ChallengeExpired (the challenge is too old)". @return g_string_free() */
GString *scep_service_summary(const ScepServiceCall *call, bool is_response);

/** True when half of a call tells of SCEP: of SyncML not every message does. */
bool scep_service_tells_of_scep(const ScepServiceCall *call, bool is_response);

/** True when half of a call is worth a place on its frame: it tells of SCEP, or it is part of a session with Intune. What
 * other MDM servers say of other matters is none of ours, nor is the sign-in of any other app. */
bool scep_service_is_shown(const ScepServiceCall *call, bool is_response);

/** The SCEP node that a device gives this status for: as the status names it, else by the command it answers, in an
 * earlier message of the MDM server. @param status  of call->asked. @return borrowed; NULL when it is about something else */
const char *scep_service_mdm_node(const ScepServiceCall *call, const ScepMdmStatus *status);

/** Role of who asks or who answers, as the user told it or as the service says; "" where it may be anybody. Static. */
const char *scep_service_role(const ScepTracker *tracker, const ScepServiceCall *call, bool of_server);

/** The PKIOperation of the device that a call behind NDES was made for or reports: the last one before it. NULL for none,
 * and for SyncML. */
const ScepExchange *scep_service_cause(const ScepServiceCall *call);

/** True for 127.0.0.0/8 and ::1. */
bool scep_is_loopback(const char *address);

#endif
