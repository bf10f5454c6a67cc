/* ca_chain.c
 * What NDES does to reach its CA before it calls: asks where it listens, has it started, binds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/ca_call.h"
#include "diagnosis/rules_ca.h"

#include <string.h>

#include "diagnosis/findings.h"

/* How far back a failure is looked for that this success puts right. */
#define RETRIES_LOOKED_AT 64
#define RETRY_TIME (120 * INT64_C(1000000000))

enum {
    RPC_ACCESS_DENIED = 0x00000005,
    RPC_EPT_NOT_REGISTERED = 0x000006D9, /* MS-ERREF 2.2 */
    EPT_NOT_REGISTERED = 0x16C9A0D6      /* C706, appendix E */
};

/* MS-ERREF 2.1.1 and 2.3.1 */
#define E_ACCESSDENIED 0x80070005
#define E_EPT_NOT_REGISTERED 0x800706D9
#define REGDB_E_CLASSNOTREG 0x80040154
#define LOGON_TYPE_NOT_GRANTED 0xC000015B
#define HRESULT_SERVER_UNAVAILABLE 0x800706BA

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

/* The first that fits. A fault and a result are told apart where they mean different things. */
static const struct {
    const char *hint;
    uint32_t status;
    uint8_t chain;
    bool any_status;
    bool is_fault;
} rules[] = {
    { "rpc_epm_no_endpoint", EPT_NOT_REGISTERED, SCEP_CA_RESOLVE, false, false },
    { "rpc_epm_no_endpoint", RPC_EPT_NOT_REGISTERED, SCEP_CA_RESOLVE, false, true },
    { "rpc_epm_no_endpoint", REGDB_E_CLASSNOTREG, SCEP_CA_ACTIVATE, false, false },
    { "rpc_epm_no_endpoint", E_EPT_NOT_REGISTERED, SCEP_CA_ACTIVATE, false, false },
    { "rpc_epm_no_endpoint", RPC_EPT_NOT_REGISTERED, SCEP_CA_ACTIVATE, false, true },
    { "dcom_access_denied_fault", E_ACCESSDENIED, SCEP_CA_ACTIVATE, false, false },
    { "dcom_access_denied_fault", E_ACCESSDENIED, SCEP_CA_ACTIVATE, false, true },
    { "dcom_access_denied_fault", RPC_ACCESS_DENIED, SCEP_CA_ACTIVATE, false, true },
    { "krb_ap_req_rejected", LOGON_TYPE_NOT_GRANTED, SCEP_CA_ACTIVATE, false, true },
    { "rpc_fault_generic", 0, SCEP_CA_ACTIVATE, true, true },
    { "rpc_fault_generic", 0, SCEP_CA_RESOLVE, true, true },
    { "dcom_bind_nak", 0, SCEP_CA_BIND, true, true },
};

static const char pipe_used[] = "rpc_cert_pipe_used";

/* What becomes of a connection, by where it leads: to a port that was named, to the endpoint mapper. */
#define PORT_REFUSED "rpc_dynport_refused"
#define PORT_BLOCKED "rpc_dynport_blocked"
#define MAPPER_REFUSED "rpc_135_reset"
#define MAPPER_SILENT "rpc_135_no_answer"
static const char *const refused[] = { PORT_REFUSED, MAPPER_REFUSED };
static const char *const unanswered[] = { PORT_BLOCKED, MAPPER_SILENT };

/* Windows gives a connection up after 21 seconds. */
#define CONNECT_TIME (21 * INT64_C(1000000000))

bool scep_ca_chain_can_raise(const char *hint_id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (strcmp(rules[i].hint, hint_id) == 0)
            return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        if (strcmp(refused[i], hint_id) == 0 || strcmp(unanswered[i], hint_id) == 0)
            return true;
    }
    return strcmp(hint_id, pipe_used) == 0;
}

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
    call->waits = scep_ca_call_waiting_for(tracker, call->ndes, call->request_time);
    if (is_pipe)
        scep_ca_call_add_finding(tracker, &call->request_findings, pipe_used, place->frame, 0, NULL);
    return call;
}

/* The same host tried again and came through: what was in the way is history. Another device's failure is not. */
static void settle_earlier(const ScepTracker *tracker, const ScepCaCall *done)
{
    const GPtrArray *calls = tracker->ca_calls;

    for (guint i = calls->len, seen = 0; i > 0 && seen < RETRIES_LOOKED_AT; i--, seen++) {
        const ScepCaCall *call = g_ptr_array_index(calls, i - 1);
        if (call->chain != done->chain || call->to_passage != done->to_passage || call->to_mapper != done->to_mapper ||
            call->ndes != done->ndes || call->ca != done->ca || call->waits != done->waits ||
            call->response_findings == NULL)
            continue;
        if (done->response_time - call->response_time > RETRY_TIME)
            return;
        scep_findings_settle(call->response_findings);
    }
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
    if (!answer->is_fault && !(answer->has_status && answer->status != 0)) {
        if (answer->has_status)
            settle_earlier(tracker, call);
        return;
    }
    /* What leads nowhere else is noise below an enrollment. */
    scep_ca_call_attach(call, call->waits, true);
    if (call->chain == SCEP_CA_CONNECT)
        scep_ca_call_add_finding(tracker, &call->response_findings, refused[call->to_mapper], place->frame,
                                 call->request_frame, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (rules[i].chain != call->chain || rules[i].is_fault != answer->is_fault ||
            !(rules[i].any_status || (answer->has_status && rules[i].status == answer->status)))
            continue;
        scep_ca_call_add_finding(tracker, &call->response_findings, rules[i].hint, place->frame, call->request_frame,
                                 answer->words ? g_strdup(answer->words) : scep_ca_call_detail(call));
        return;
    }
}

/* Connections of one host to one kind of port of one CA. */
static guint way_hash(gconstpointer data)
{
    const ScepCaCall *call = data;

    return g_direct_hash(call->ndes) * 31 ^ g_direct_hash(call->ca) ^ (guint)call->to_mapper;
}

static gboolean way_equal(gconstpointer a, gconstpointer b)
{
    const ScepCaCall *one = a, *other = b;

    return one->ndes == other->ndes && one->ca == other->ca && one->to_mapper == other->to_mapper;
}

/* @param later  the next connection on this way that was granted, NULL for none */
static bool came_through(const ScepCaCall *blocked, const ScepCaCall *later)
{
    return later != NULL && later->request_time - blocked->request_time < RETRY_TIME;
}

/* The device was told that RPC found nobody (RPC_S_SERVER_UNAVAILABLE), so NDES waits no longer. */
static bool gave_up(const ScepCaCall *call)
{
    const ScepExchange *exchange = call->waits != NULL ? call->waits->first : NULL;

    for (; exchange != NULL; exchange = exchange->next) {
        if (exchange->response_time > call->request_time && exchange->has_ndes_error &&
            exchange->ndes_error == HRESULT_SERVER_UNAVAILABLE)
            return true;
    }
    return false;
}

void scep_ca_chain_conclude(ScepTracker *tracker)
{
    GHashTable *granted = g_hash_table_new(way_hash, way_equal); /* set of ScepCaCall*: the earliest behind this one */

    for (guint i = tracker->ca_calls->len; i > 0; i--) {
        ScepCaCall *call = g_ptr_array_index(tracker->ca_calls, i - 1);
        if (call->chain != SCEP_CA_CONNECT)
            continue;
        if (call->has_result)
            g_hash_table_replace(granted, call, call);
        if (call->response_frame != 0 || call->request_findings != NULL ||
            (tracker->last_time - call->request_time < CONNECT_TIME && !gave_up(call)) ||
            came_through(call, g_hash_table_lookup(granted, call)))
            continue;
        scep_ca_call_attach(call, call->waits, true);
        scep_ca_call_add_finding(tracker, &call->request_findings, unanswered[call->to_mapper], call->request_frame, 0,
                                 NULL);
    }
    g_hash_table_unref(granted);
}
