/* ca_chain.c
 * What NDES does to reach its CA before it calls: asks where it listens, has it started, binds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/ca_call.h"

#include "tracker/events.h"

/* Names of the methods: C706 appendix O, MS-DCOM 3.1.2.5.2.3.3, C706 12.6.4.3. */
static const struct {
    const char *step;
    ScepWcceMethod method;
} steps[] = {
    [SCEP_CA_RESOLVE] = { "Resolve", { .name = "ept_map", .words = "asks where the CA listens" } },
    [SCEP_CA_ACTIVATE] = { "Activate", { .name = "RemoteCreateInstance", .words = "has the CA's object made" } },
    [SCEP_CA_CONNECT] = { "Connect", { .name = "TCP", .words = "connects to the port that the CA named" } },
    [SCEP_CA_BIND] = { "Bind", { .name = "bind", .words = "binds to the CA's interface" } },
};

const char *scep_ca_chain_step(ScepCaChain chain)
{
    return steps[chain].step;
}

ScepCaCall *scep_tracker_ca_chain_request(ScepTracker *tracker, const ScepPlace *place, ScepCaChain chain,
                                          bool to_passage, bool is_pipe)
{
    const ScepCaMessage message = { .method = &steps[chain].method };
    ScepCaCall *call = scep_ca_call_new(tracker, place, &message);

    tracker->booked++;
    call->chain = chain;
    call->to_passage = to_passage;
    call->to_mapper = chain == SCEP_CA_CONNECT && place->server_port == SCEP_CA_MAPPER_PORT;
    call->request_frame = place->frame;
    call->request_time = place->time;
    call->waits = scep_tracker_get0_waiting_for(tracker, call->ndes, call->request_time);
    call->is_pipe = is_pipe;
    scep_tracker_tell(tracker, (ScepEvent){ .kind = SCEP_ON_CA_STEP, .ca_call = call, .frame = place->frame });
    return call;
}

void scep_tracker_ca_chain_answer(ScepTracker *tracker, ScepCaCall *call, const ScepPlace *place,
                                  const ScepCaChainAnswer *answer)
{
    tracker->booked++;
    call->response_frame = place->frame;
    call->response_time = place->time;
    call->is_fault = answer->is_fault;
    call->has_result = answer->has_status;
    call->result = answer->status;
    /* What leads nowhere else is noise below an enrollment. */
    if (answer->is_fault || (answer->has_status && answer->status != 0))
        scep_ca_call_attach(call, call->waits, true);
    scep_tracker_tell(tracker, (ScepEvent){ .kind = SCEP_ON_CA_STEP_ANSWER,
                                            .ca_call = call,
                                            .ca_step = answer,
                                            .frame = place->frame,
                                            .other_frame = call->request_frame });
}
