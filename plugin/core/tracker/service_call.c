/* service_call.c
 * Calls to the services around SCEP: booked, and joined to enrollments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/service_call.h"
#include "wire/page.h"

#include <string.h>

#include "tracker/ca_call.h"
#include "tracker/challenge_origin.h"
#include "scep/tracker.h"
#include "scep/cms.h"
#include "services/service_facts.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

/* How far back a device is looked for that was answered lately. */
#define ANSWERED_LOOKED_AT 256

/* How many steps of one enrollment are looked through for the one that a call was made for. */
#define STEPS_LOOKED_AT 256

/* The resource or scope of a token for Intune (Intune-Resource-Access), and how far into a request it is looked for. */
#define INTUNE_API "api.manage.microsoft.com"
#define SIGN_IN_SEARCH 16384

/* Messages of an MDM session that are kept for the next enrollment of one address. */
#define MAX_PROFILES 64

/* How many messages back a command is looked for that a device gives the status of. */
#define MESSAGES_LOOKED_AT 8

static void free_call(gpointer data)
{
    ScepServiceCall *call = data;

    scep_service_facts_free(call->asked);
    scep_service_facts_free(call->answered);
    g_free(call);
}

static void free_queue(gpointer queue)
{
    g_queue_free(queue);
}

void scep_service_calls_open(ScepTracker *tracker)
{
    tracker->service_calls = g_ptr_array_new_with_free_func(free_call);
    tracker->vendor_hosts = g_hash_table_new(NULL, NULL);
    tracker->mdm_profiles = g_hash_table_new_full(NULL, NULL, NULL, free_queue);
}

void scep_service_calls_close(ScepTracker *tracker)
{
    g_hash_table_unref(tracker->mdm_profiles);
    g_hash_table_unref(tracker->vendor_hosts);
    g_ptr_array_unref(tracker->service_calls);
}

const GPtrArray *scep_tracker_get0_service_calls(const ScepTracker *tracker)
{
    return tracker->service_calls;
}

void scep_service_calls_known_host(ScepTracker *tracker, const char *address)
{
    if (address != NULL)
        g_hash_table_add(tracker->vendor_hosts, (gpointer)address);
}

/* Any app signs in there. This one does so for Intune when it asks for Intune's API, or comes from a host that is
 * known. */
static bool is_foreign(const ScepTracker *tracker, const ScepServiceCall *call, const ScepServiceMessage *message)
{
    const size_t size = MIN(message->body_size, SIGN_IN_SEARCH);

    return call->service->kind == SCEP_SERVICE_TOKEN && !g_hash_table_contains(tracker->vendor_hosts, call->client) &&
           (size == 0 || g_strstr_len((const char *)message->body, (gssize)size, INTUNE_API) == NULL);
}

bool scep_is_loopback(const char *address)
{
    return address != NULL && (g_str_has_prefix(address, "127.") || strcmp(address, "::1") == 0);
}

/* ---- joining ----------------------------------------------------------------------------------------------------- */

static void attach(ScepServiceCall *call, ScepEnrollment *enrollment, bool is_likely)
{
    if (enrollment == NULL || call->enrollment != NULL)
        return;
    /* Nearly always it is the last one. */
    const bool is_last =
        enrollment->service_last != NULL && enrollment->service_last->request_frame <= call->request_frame;
    ScepServiceCall **link = is_last ? &enrollment->service_last->next : &enrollment->services;
    while (*link != NULL && (*link)->request_frame <= call->request_frame)
        link = &(*link)->next;
    call->next = *link;
    *link = call;
    if (call->next == NULL)
        enrollment->service_last = call;
    call->enrollment = enrollment;
    call->is_likely = is_likely;
    enrollment->service_kinds |= (uint16_t)(1u << call->service->kind);
}

bool scep_service_has(const ScepEnrollment *enrollment, ScepServiceKind kind)
{
    return (enrollment->service_kinds & 1u << kind) != 0;
}

static ScepEnrollment *by_transaction(ScepTracker *tracker, const ScepServiceFacts *facts)
{
    const char *text = facts != NULL ? facts->text[SCEP_FACT_TRANSACTION_ID] : NULL;

    return text != NULL ? g_hash_table_lookup(tracker->by_transaction, scep_tracker_text(tracker, text)) : NULL;
}

/* The device that got its certificate at this host last, and that nobody has reported yet. */
static ScepEnrollment *answered_lately(const ScepTracker *tracker, const ScepServiceCall *call, const char *ndes)
{
    unsigned seen = 0;

    for (guint i = tracker->exchanges->len; i > 0 && seen < ANSWERED_LOOKED_AT; i--, seen++) {
        const ScepExchange *exchange = g_ptr_array_index(tracker->exchanges, i - 1);
        const int64_t since = call->request_time - exchange->response_time;
        if (exchange->enrollment == NULL || exchange->response_frame == 0 || !scep_exchange_is_granted(exchange) ||
            since < 0 || since > SCEP_NOTIFY_TIME || (ndes != NULL && exchange->server->address != ndes) ||
            scep_service_has(exchange->enrollment, call->service->kind))
            continue;
        return exchange->enrollment;
    }
    return NULL;
}

/* NDES reports before it answers the device, or right behind that. One that has not been verified has nothing to
 * report. */
static ScepEnrollment *reported(const ScepTracker *tracker, const ScepServiceCall *call, const char *ndes)
{
    ScepEnrollment *waiting = scep_tracker_get0_waiting_for(tracker, ndes, call->request_time);

    if (waiting != NULL && (waiting->service_answers & 1u << SCEP_SERVICE_VERIFY) &&
        !scep_service_has(waiting, SCEP_SERVICE_NOTIFY))
        return waiting;
    ScepEnrollment *answered = answered_lately(tracker, call, ndes);
    return answered != NULL ? answered : waiting;
}

static void join_by_hosts(ScepTracker *tracker, ScepServiceCall *call)
{
    /* The policy module calls the service on its own host. */
    const char *ndes = scep_is_loopback(call->client) ? NULL : call->client;

    switch (call->service->kind) {
    case SCEP_SERVICE_VERIFY:
    case SCEP_SERVICE_VALIDATE:
    case SCEP_SERVICE_TOKEN:
    case SCEP_SERVICE_DISCOVERY:
        attach(call, scep_tracker_get0_waiting_for(tracker, ndes, call->request_time), true);
        break;
    case SCEP_SERVICE_NOTIFY:
    case SCEP_SERVICE_NOTIFY_SUCCESS:
    case SCEP_SERVICE_NOTIFY_FAILURE:
        attach(call, reported(tracker, call, ndes), true);
        break;
    default:
        break;
    }
}

/* What the request tells of the certificate is told of the enrollment too, where nothing was known. */
static void learn(ScepTracker *tracker, const ScepServiceCall *call)
{
    ScepEnrollment *enrollment = call->enrollment;
    const ScepServiceFacts *facts = call->asked;

    if (enrollment == NULL || call->is_likely || facts == NULL)
        return;
    if (enrollment->subject == NULL && facts->csr != NULL && facts->csr->subject[0] != '\0')
        enrollment->subject = scep_tracker_text(tracker, facts->csr->subject);
}

static void join(ScepTracker *tracker, ScepServiceCall *call)
{
    attach(call, by_transaction(tracker, call->asked), false);
    if (call->enrollment == NULL && call->asked != NULL)
        attach(call, scep_tracker_get0_with_key(tracker, call->asked->csr), false);
    /* Another transaction than any in the capture is no reason to guess. */
    if (call->enrollment == NULL && (call->asked == NULL || call->asked->text[SCEP_FACT_TRANSACTION_ID] == NULL))
        join_by_hosts(tracker, call);
    learn(tracker, call);
}

const ScepExchange *scep_service_get0_cause(const ScepServiceCall *call)
{
    const ScepExchange *exchange = call->enrollment != NULL ? call->enrollment->first : NULL, *found = NULL;

    if (call->service->kind == SCEP_SERVICE_MDM)
        return NULL;
    for (unsigned seen = 0; exchange != NULL && seen < STEPS_LOOKED_AT; exchange = exchange->next, seen++) {
        if (exchange->operation == SCEP_OP_PKIOPERATION && exchange->request_frame != 0 &&
            exchange->request_frame < call->request_frame)
            found = exchange;
    }
    return found;
}

/* ---- SyncML ------------------------------------------------------------------------------------------------------ */

bool scep_service_sets_profile(const ScepServiceFacts *facts)
{
    for (guint i = 0; facts != NULL && i < facts->nodes->len; i++) {
        const ScepMdmNode *node = &g_array_index(facts->nodes, ScepMdmNode, i);
        /* Asking for a node has no value. */
        if (!node->is_result && (node->value != NULL || node->setting == SCEP_MDM_ENROLL))
            return true;
    }
    return false;
}

/* The node of a command in an earlier message of the MDM server. */
static const char *node_of_command(const ScepServiceCall *call, const ScepMdmStatus *status)
{
    const ScepServiceCall *before = call->mdm_before;

    for (unsigned seen = 0; before != NULL && seen < MESSAGES_LOOKED_AT; before = before->mdm_before, seen++) {
        const ScepServiceFacts *told = before->answered;
        if (told == NULL || told->message != status->message)
            continue;
        for (guint i = 0; i < told->nodes->len; i++) {
            const ScepMdmNode *node = &g_array_index(told->nodes, ScepMdmNode, i);
            if (node->command != 0 && node->command == status->command)
                return node->uri;
        }
        return NULL;
    }
    return NULL;
}

const char *scep_service_get0_mdm_node(const ScepServiceCall *call, const ScepMdmStatus *status)
{
    return scep_mdm_is_scep(status->target) ? status->target : node_of_command(call, status);
}

const ScepMdmStatus *scep_service_get0_mdm_failure(const ScepServiceCall *call, const char **uri)
{
    for (guint i = 0; call->asked != NULL && i < call->asked->statuses->len; i++) {
        const ScepMdmStatus *status = &g_array_index(call->asked->statuses, ScepMdmStatus, i);
        if (status->code < 400)
            continue;
        *uri = scep_service_get0_mdm_node(call, status);
        if (*uri != NULL)
            return status;
    }
    return NULL;
}

static GQueue *profiles_of(ScepTracker *tracker, const char *device)
{
    GQueue *queue = g_hash_table_lookup(tracker->mdm_profiles, device);

    if (queue == NULL) {
        queue = g_queue_new();
        g_hash_table_insert(tracker->mdm_profiles, (gpointer)device, queue);
    }
    return queue;
}

static bool has_result(const ScepServiceFacts *facts)
{
    for (guint i = 0; facts != NULL && i < facts->nodes->len; i++) {
        if (g_array_index(facts->nodes, ScepMdmNode, i).is_result)
            return true;
    }
    return false;
}

/* The newest enrollment of a device, not longer ago than it may take it to tell what came of it. */
static ScepEnrollment *newest_of(const ScepTracker *tracker, const ScepServiceCall *call)
{
    for (guint i = tracker->enrollments->len, seen = 0; i > 0 && seen < ANSWERED_LOOKED_AT; i--, seen++) {
        ScepEnrollment *enrollment = g_ptr_array_index(tracker->enrollments, i - 1);
        if (enrollment->client == call->client)
            return enrollment;
    }
    return NULL;
}

/* Settings wait for the enrollment that they lead to; what a device tells of them is about the one that was. */
static void join_mdm(ScepTracker *tracker, ScepServiceCall *call)
{
    const char *uri;

    if (call->enrollment != NULL)
        return;
    if (has_result(call->asked)) {
        attach(call, newest_of(tracker, call), true);
    } else if (scep_service_sets_profile(call->answered) || scep_service_sets_profile(call->asked) ||
               scep_service_get0_mdm_failure(call, &uri) != NULL) {
        GQueue *queue = profiles_of(tracker, call->client);
        if (g_queue_find(queue, call) == NULL)
            g_queue_push_tail(queue, call);
        if (queue->length > MAX_PROFILES)
            g_queue_pop_head(queue);
    }
}

void scep_service_calls_enrollment_begins(ScepTracker *tracker, ScepEnrollment *enrollment, int64_t now)
{
    GQueue *queue = g_hash_table_lookup(tracker->mdm_profiles, enrollment->client);
    const ScepServiceCall *first = queue != NULL ? g_queue_peek_head(queue) : NULL;

    /* One session: behind one address there may be another device. */
    while (first != NULL && queue->length > 0) {
        ScepServiceCall *call = g_queue_peek_head(queue);
        if (call->stream != first->stream)
            break;
        g_queue_pop_head(queue);
        if (now - call->request_time <= SCEP_PROFILE_TIME)
            attach(call, enrollment, true);
    }
}

static ScepServiceCall *last_mdm(const ScepTracker *tracker, const char *client)
{
    for (guint i = tracker->service_calls->len, seen = 0; i > 0 && seen < ANSWERED_LOOKED_AT; i--, seen++) {
        ScepServiceCall *call = g_ptr_array_index(tracker->service_calls, i - 1);
        if (call->service->kind == SCEP_SERVICE_MDM && call->client == client)
            return call;
    }
    return NULL;
}

const char *scep_service_role(const ScepTracker *tracker, const ScepServiceCall *call, bool of_server)
{
    const ScepHost *host = scep_tracker_get0_host(tracker, of_server ? call->server : call->client);

    if (host != NULL && host->source == SCEP_HOST_CONFIGURED)
        return scep_host_role_name(host->role);
    return of_server ? call->service->server : call->service->client;
}

/* What a call tells of both hosts, for those of their connections that cannot be read. */
static void learn_hosts(ScepTracker *tracker, const ScepServiceCall *call)
{
    static const ScepHostRole servers[] = {
        [SCEP_SERVICE_VERIFY] = SCEP_HOST_POLICY,         [SCEP_SERVICE_NOTIFY] = SCEP_HOST_POLICY,
        [SCEP_SERVICE_VALIDATE] = SCEP_HOST_INTUNE,       [SCEP_SERVICE_NOTIFY_SUCCESS] = SCEP_HOST_INTUNE,
        [SCEP_SERVICE_NOTIFY_FAILURE] = SCEP_HOST_INTUNE, [SCEP_SERVICE_TOKEN] = SCEP_HOST_SIGN_IN,
        [SCEP_SERVICE_DISCOVERY] = SCEP_HOST_SIGN_IN,     [SCEP_SERVICE_MDM] = SCEP_HOST_UNKNOWN,
    };
    const ScepHostRole role = servers[call->service->kind];

    /* On one host, or over its loopback, the service has no address of its own. */
    if (role == SCEP_HOST_UNKNOWN || call->is_foreign || call->client == call->server || scep_is_loopback(call->server))
        return;
    scep_tracker_learn_host(tracker, call->server, role);
    if (role == SCEP_HOST_POLICY)
        scep_tracker_learn_host(tracker, call->client, SCEP_HOST_NDES);
}

static bool is_registration(const ScepServiceCall *call)
{
    return call->service->kind == SCEP_SERVICE_VERIFY || call->service->kind == SCEP_SERVICE_NOTIFY;
}

/* ---- booking ----------------------------------------------------------------------------------------------------- */

static ScepServiceCall *new_call(ScepTracker *tracker, const ScepPlace *place, const ScepServiceMessage *message)
{
    ScepServiceCall *call = g_new0(ScepServiceCall, 1);

    tracker->booked++;
    call->subject = tracker->subjects++;
    call->service = message->service;
    call->client = scep_tracker_text(tracker, place->client);
    call->server = scep_tracker_text(tracker, place->server);
    call->host = scep_tracker_text(tracker, message->host);
    call->request_id = scep_tracker_text(tracker, message->request_id);
    call->request_time = place->time;
    call->stream = place->stream;
    return call;
}

ScepServiceCall *scep_tracker_service_request(ScepTracker *tracker, const ScepPlace *place,
                                              const ScepServiceMessage *message)
{
    ScepServiceCall *call = new_call(tracker, place, message);

    call->asked = message->facts;
    call->request_frame = place->frame;
    call->is_get = message->is_get;
    call->is_foreign = is_foreign(tracker, call, message);
    if (call->service->kind >= SCEP_SERVICE_VALIDATE && call->service->kind != SCEP_SERVICE_TOKEN &&
        call->service->kind != SCEP_SERVICE_MDM)
        scep_service_calls_known_host(tracker, call->client);
    if (call->service->kind == SCEP_SERVICE_MDM) {
        call->mdm_before = last_mdm(tracker, call->client);
        join_mdm(tracker, call);
    } else if (!call->is_foreign) {
        join(tracker, call);
    }
    g_ptr_array_add(tracker->service_calls, call);
    learn_hosts(tracker, call);
    scep_tracker_tell(tracker, (ScepEvent){ .kind = SCEP_ON_SERVICE_REQUEST,
                                            .service_call = call,
                                            .service_message = message,
                                            .frame = place->frame });
    return call;
}

ScepServiceCall *scep_tracker_service_unasked(ScepTracker *tracker, const ScepPlace *place,
                                              const ScepServiceMessage *message)
{
    ScepServiceCall *call = new_call(tracker, place, message);

    call->is_get = true;
    if (call->service->kind == SCEP_SERVICE_MDM)
        call->mdm_before = last_mdm(tracker, call->client);
    g_ptr_array_add(tracker->service_calls, call);
    scep_tracker_service_answer(tracker, call, place, message);
    return call;
}

void scep_tracker_service_answer(ScepTracker *tracker, ScepServiceCall *call, const ScepPlace *place,
                                 const ScepServiceMessage *message)
{
    tracker->booked++;
    scep_service_facts_free(call->answered);
    call->answered = message->facts;
    call->response_frame = place->frame;
    call->response_time = place->time;
    call->status = message->status;
    if (call->request_id == NULL)
        call->request_id = scep_tracker_text(tracker, message->request_id);
    if (call->service->kind == SCEP_SERVICE_MDM) {
        scep_challenge_in_profile(tracker, call);
        join_mdm(tracker, call);
    }
    if (call->enrollment != NULL)
        call->enrollment->service_answers |= (uint16_t)(1u << call->service->kind);
    call->client_untrusted =
        call->status == 403 && is_registration(call) && scep_page_names(message->body, message->body_size, "403.16");
    scep_tracker_tell(tracker, (ScepEvent){ .kind = SCEP_ON_SERVICE_ANSWER,
                                            .service_call = call,
                                            .service_message = message,
                                            .frame = place->frame,
                                            .other_frame = call->request_frame });
}
