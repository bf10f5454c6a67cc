/* service_calls.h
 * Calls to services booked with a tracker in a test.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SERVICE_CALLS_H
#define SERVICE_CALLS_H

#include "service_building.h"
#include "whole_messages.h"

#include "scep/tracker.h"
#include "diagnosis/root_cause.h"
#include "scep/report.h"

static const char intune_address[] = "203.0.113.50";

static inline ScepPlace place_of(uint32_t frame, const char *client, const char *server)
{
    return (
        ScepPlace){ .frame = frame, .time = frame * SECOND, .client = client, .server = server, .server_port = 443 };
}

/* @param body  NULL for none */
static inline ScepServiceCall *ask_from(ScepTracker *tracker, uint32_t frame, const char *client,
                                        const ScepService *service, const char *body)
{
    const ScepPlace place =
        place_of(frame, client, service->stage == 3 && service->server[0] == 'p' ? client : intune_address);
    const ScepServiceMessage message = { .service = service,
                                         .facts = body ? read_service(service, body, strlen(body), 0) : NULL,
                                         .body = (const uint8_t *)body,
                                         .body_size = body ? strlen(body) : 0 };

    return scep_tracker_service_request(tracker, &place, &message);
}

static inline ScepServiceCall *ask_service(ScepTracker *tracker, uint32_t frame, const char *path, const char *body)
{
    return ask_from(tracker, frame, server_address, service_of(path), body);
}

static inline void answer_service(ScepTracker *tracker, ScepServiceCall *call, uint32_t frame, uint16_t status,
                                  const char *body)
{
    const ScepPlace place = place_of(frame, call->client, call->server);
    const ScepServiceMessage message = { .facts = body ? read_service(call->service, body, strlen(body), status) : NULL,
                                         .status = status,
                                         .body = (const uint8_t *)body,
                                         .body_size = body ? strlen(body) : 0 };

    scep_tracker_service_answer(tracker, call, &place, &message);
}

/* A request of the device that is to answer. */
static inline ScepExchange *submit(ScepTracker *tracker, uint32_t frame, const char *transaction)
{
    const uint8_t nonce[16] = { (uint8_t)frame };
    Read read;

    read_message(&read, made_request((Made){ .transaction = transaction, .nonce = nonce }));
    const ScepRequest request = whole_request(&read);
    ScepExchange *exchange = ask(tracker, frame, &request);
    forget(&read);
    return exchange;
}

static inline void refuse(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame)
{
    certrep(tracker, exchange, frame, "2", "2");
}

static inline char *transaction_body(const char *transaction)
{
    return g_strdup_printf("{\"request\":{\"transactionId\":\"%s\"}}", transaction);
}

#define CSP "./Device/Vendor/MSFT/ClientCertificateInstall/SCEP/id/Install/"
#define MESSAGE(number, commands) \
    "<SyncML><SyncHdr><MsgID>" number "</MsgID></SyncHdr><SyncBody>" commands "</SyncBody></SyncML>"
#define PROFILE(number)                                                                                           \
    MESSAGE(number, "<Add><CmdID>4</CmdID><Item><Target><LocURI>" CSP "ServerURL</LocURI></Target><Data>http://n" \
                    "</Data></Item></Add>")

/* A message of a device to its MDM server, and the answer. */
static inline ScepServiceCall *sync(ScepTracker *tracker, uint32_t frame, const char *device, const char *told,
                                    const char *answered)
{
    ScepServiceCall *call = ask_from(tracker, frame, device, mdm_service(), told);

    answer_service(tracker, call, frame, 200, answered);
    return call;
}

static inline const char *leading(const ScepTracker *tracker, const ScepEnrollment *enrollment)
{
    GPtrArray *findings = scep_enrollment_new_findings(diagnosis_of(tracker), enrollment);
    const char *id = findings->len > 0 ? scep_finding_get0_hint(g_ptr_array_index(findings, 0))->id : "";

    g_ptr_array_unref(findings);
    return id;
}

#endif
