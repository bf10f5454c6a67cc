/* ca_call.c
 * Calls from NDES to its CA: booked, and joined to enrollments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/ca_call.h"

#include <string.h>

#include "cms/certificate_list.h"
#include "scep/cms.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

/* How far back a device is looked for that still waits for its answer. */
#define WAITING_LOOKED_AT 256

/* Calls that are looked at around one moment. */
#define CALLS_LOOKED_AT 64

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static guint request_hash(gconstpointer data)
{
    const ScepCaCall *call = data;

    return g_direct_hash(call->ca) * 31 ^ call->request_id;
}

static gboolean request_equal(gconstpointer a, gconstpointer b)
{
    const ScepCaCall *one = a, *other = b;

    return one->ca == other->ca && one->request_id == other->request_id;
}

void scep_ca_calls_open(ScepTracker *tracker)
{
    tracker->ca_calls = g_ptr_array_new_with_free_func(g_free);
    tracker->ca_requests = g_hash_table_new(request_hash, request_equal);
    tracker->ca_issued = g_hash_table_new(g_int64_hash, g_int64_equal);
}

void scep_ca_calls_close(ScepTracker *tracker)
{
    g_hash_table_unref(tracker->ca_requests);
    g_hash_table_unref(tracker->ca_issued);
    g_ptr_array_unref(tracker->ca_calls);
}

const GPtrArray *scep_tracker_get0_ca_calls(const ScepTracker *tracker)
{
    return tracker->ca_calls;
}

/* ---- joining ----------------------------------------------------------------------------------------------------- */

static void detach(ScepCaCall *call)
{
    ScepEnrollment *enrollment = call->enrollment;
    ScepCaCall **link = &enrollment->ca_calls, *before = NULL;

    while (*link != call) {
        before = *link;
        link = &before->next;
    }
    *link = call->next;
    if (enrollment->ca_last == call)
        enrollment->ca_last = before;
    call->enrollment = NULL;
    call->next = NULL;
}

static uint32_t first_frame(const ScepCaCall *call)
{
    return call->request_frame ? call->request_frame : call->response_frame;
}

void scep_ca_call_attach(ScepCaCall *call, ScepEnrollment *enrollment, bool is_likely)
{
    if (enrollment == NULL || (call->enrollment != NULL && (is_likely || !call->is_likely)))
        return;
    if (call->enrollment != NULL)
        detach(call);
    /* Nearly always it is the last one. */
    const bool is_last = enrollment->ca_last != NULL && first_frame(enrollment->ca_last) <= first_frame(call);
    ScepCaCall **link = is_last ? &enrollment->ca_last->next : &enrollment->ca_calls;
    while (*link != NULL && first_frame(*link) <= first_frame(call))
        link = &(*link)->next;
    call->next = *link;
    *link = call;
    if (call->next == NULL)
        enrollment->ca_last = call;
    call->enrollment = enrollment;
    call->is_likely = is_likely;
}

ScepEnrollment *scep_tracker_get0_waiting_for(const ScepTracker *tracker, const char *ndes, int64_t now)
{
    ScepEnrollment *found = NULL;
    unsigned seen = 0;

    for (guint i = tracker->exchanges->len; i > 0 && seen < WAITING_LOOKED_AT; i--, seen++) {
        const ScepExchange *exchange = g_ptr_array_index(tracker->exchanges, i - 1);
        if (now - exchange->request_time > SCEP_WAITING_TIME)
            break;
        if (exchange->operation != SCEP_OP_PKIOPERATION || exchange->response_frame != 0 ||
            exchange->request_time > now || exchange->enrollment == NULL ||
            (ndes != NULL && exchange->server->address != ndes) || exchange->enrollment == found)
            continue;
        if (found != NULL)
            return NULL;
        found = exchange->enrollment;
    }
    return found;
}

ScepEnrollment *scep_tracker_get0_with_key(const ScepTracker *tracker, const ScepCsr *csr)
{
    ScepEnrollment wanted;

    if (csr == NULL || csr->broken || csr->truncated)
        return NULL;
    memcpy(wanted.spki_sha256, csr->spki_sha256, sizeof wanted.spki_sha256);
    return g_hash_table_lookup(tracker->keys, &wanted);
}

static ScepCaCall *same_request(const ScepTracker *tracker, const ScepCaCall *call)
{
    return call->request_id != 0 ? g_hash_table_lookup(tracker->ca_requests, call) : NULL;
}

void scep_ca_calls_join_issued(ScepTracker *tracker, ScepEnrollment *enrollment)
{
    ScepCaCall *call = enrollment->issued != 0 ? g_hash_table_lookup(tracker->ca_issued, &enrollment->issued) : NULL;

    if (call != NULL)
        scep_ca_call_attach(call, enrollment, false);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* The PKCS#10 of a request: bare, in CMS or in CMC. @return scep_csr_free(); NULL when there is none */
static ScepCsr *read_csr(const ScepCaMessage *message)
{
    const ScepWcceValue *value =
        message->call ? scep_wcce_call_get0_value(message->call, SCEP_WCCE_REQUEST_BLOB) : NULL;
    ScepCsr *csr = NULL;
    ScepWcceBlob blob;

    if (value == NULL || value->octets.length == 0)
        return NULL;
    scep_wcce_blob_read(message->stub + value->octets.offset, value->octets.length, &blob);
    if (blob.request != NULL) {
        size_t size;
        const uint8_t *der = g_bytes_get_data(blob.request, &size);
        csr = scep_csr_new(der, size, 0);
    }
    scep_wcce_blob_clear(&blob);
    return csr;
}

static uint64_t read_issued(const ScepCaMessage *message)
{
    const ScepWcceValue *value =
        message->call ? scep_wcce_call_get0_value(message->call, SCEP_WCCE_ENCODED_CERT) : NULL;
    uint64_t identity = 0;

    if (value == NULL || value->octets.length == 0)
        return 0;
    ScepCertificate *certificate = scep_certificate_new(message->stub + value->octets.offset, value->octets.length);
    if (certificate != NULL)
        identity = scep_certificate_identity(certificate);
    scep_certificate_free(certificate);
    return identity;
}

/* @return whether it is there */
static bool read_number(const ScepCaMessage *message, ScepWcceParameterId id, uint32_t *out)
{
    const ScepWcceValue *value = message->call ? scep_wcce_call_get0_value(message->call, id) : NULL;

    if (value == NULL || value->null || value->truncated)
        return false;
    *out = value->number;
    return true;
}

static bool asks_for_certificate(const ScepWcceMethod *method)
{
    return method->outputs[1] == SCEP_WCCE_DISPOSITION;
}

bool scep_ca_call_asks_for_certificate(const ScepCaCall *call)
{
    return asks_for_certificate(call->method);
}

/* ---- booking ----------------------------------------------------------------------------------------------------- */

ScepCaCall *scep_ca_call_new(ScepTracker *tracker, const ScepPlace *place, const ScepCaMessage *message)
{
    ScepCaCall *call = g_new0(ScepCaCall, 1);

    call->ndes = scep_tracker_text(tracker, place->client);
    call->ca = scep_tracker_text(tracker, place->server);
    call->method = message->method;
    call->subject = tracker->subjects++;
    g_ptr_array_add(tracker->ca_calls, call);
    return call;
}

ScepCaCall *scep_tracker_ca_request(ScepTracker *tracker, const ScepPlace *place, const ScepCaMessage *message)
{
    ScepCaCall *call = scep_ca_call_new(tracker, place, message);

    tracker->booked++;
    call->request_frame = place->frame;
    call->request_time = place->time;
    call->is_sealed = message->is_sealed;
    read_number(message, SCEP_WCCE_REQUEST_ID, &call->request_id);
    if (message->call != NULL)
        call->template_name = scep_tracker_text(tracker, message->call->template_name);
    if (!asks_for_certificate(call->method))
        return call;

    ScepCsr *csr = read_csr(message);
    const ScepCaCall *earlier = csr == NULL ? same_request(tracker, call) : NULL;
    call->is_poll = csr == NULL && call->request_id != 0;
    scep_ca_call_attach(call, scep_tracker_get0_with_key(tracker, csr), false);
    if (earlier != NULL)
        scep_ca_call_attach(call, earlier->enrollment, earlier->is_likely);
    if (call->enrollment == NULL)
        scep_ca_call_attach(call, scep_tracker_get0_waiting_for(tracker, call->ndes, call->request_time), true);
    scep_csr_free(csr);
    scep_tracker_tell(
        tracker,
        (ScepEvent){ .kind = SCEP_ON_CA_REQUEST, .ca_call = call, .ca_message = message, .frame = place->frame });
    return call;
}

/* A CA ends its words with a line end. */
static void keep_words(ScepTracker *tracker, ScepCaCall *call, const ScepWcceValue *words)
{
    char *text = words != NULL && words->text != NULL ? g_strchomp(g_strdup(words->text)) : NULL;

    call->message = scep_tracker_text(tracker, text);
    g_free(text);
}

ScepCaCall *scep_tracker_ca_answer(ScepTracker *tracker, ScepCaCall *call, const ScepPlace *place,
                                   const ScepCaMessage *message)
{
    const ScepWcceValue *words =
        message->call ? scep_wcce_call_get0_value(message->call, SCEP_WCCE_DISPOSITION_MESSAGE) : NULL;

    tracker->booked++;
    if (call == NULL)
        call = scep_ca_call_new(tracker, place, message);
    call->response_frame = place->frame;
    call->response_time = place->time;
    call->is_sealed |= message->is_sealed;
    call->is_fault = message->is_fault;
    call->has_disposition = read_number(message, SCEP_WCCE_DISPOSITION, &call->disposition);
    call->has_result = message->is_fault || read_number(message, SCEP_WCCE_RESULT, &call->result);
    if (message->is_fault)
        call->result = message->fault;
    keep_words(tracker, call, words);
    if (!asks_for_certificate(call->method) && !message->is_fault)
        return call;

    read_number(message, SCEP_WCCE_REQUEST_ID, &call->request_id);
    const ScepCaCall *earlier = call->request_frame == 0 ? same_request(tracker, call) : NULL;
    if (earlier != NULL)
        scep_ca_call_attach(call, earlier->enrollment, earlier->is_likely);
    else if (call->request_id != 0 && !call->is_poll)
        g_hash_table_replace(tracker->ca_requests, call, call);
    call->issued = read_issued(message);
    if (call->issued != 0)
        g_hash_table_replace(tracker->ca_issued, &call->issued, call);
    scep_tracker_tell(tracker, (ScepEvent){ .kind = SCEP_ON_CA_ANSWER,
                                            .ca_call = call,
                                            .ca_message = message,
                                            .frame = place->frame,
                                            .other_frame = call->request_frame });
    return call;
}

const ScepExchange *scep_ca_call_get0_cause(const ScepCaCall *call)
{
    const ScepEnrollment *enrollment = call->enrollment != NULL ? call->enrollment : call->waits;
    const ScepExchange *exchange = enrollment != NULL ? enrollment->first : NULL, *found = NULL;
    const uint32_t frame = first_frame(call);

    for (; exchange != NULL; exchange = exchange->next) {
        if (exchange->operation == SCEP_OP_PKIOPERATION && exchange->request_frame != 0 &&
            exchange->request_frame < frame)
            found = exchange;
    }
    return found;
}

/* ---- around an enrollment ---------------------------------------------------------------------------------------- */

static int64_t moment_of(const ScepCaCall *call)
{
    return call->request_frame != 0 ? call->request_time : call->response_time;
}

/* Calls come in the order of frames. @return number of the first call that is not before @a time */
static guint first_from(const GPtrArray *calls, int64_t time)
{
    guint low = 0, high = calls->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (moment_of(g_ptr_array_index(calls, middle)) < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool scep_ca_called_between(const ScepTracker *tracker, const char *ndes, int64_t from, int64_t to, bool *known)
{
    const GPtrArray *calls = tracker->ca_calls;
    const guint first = first_from(calls, from);

    *known = false;
    for (guint i = first, looked = 0; i > 0 && looked < CALLS_LOOKED_AT && !*known; i--, looked++)
        *known = ((const ScepCaCall *)g_ptr_array_index(calls, i - 1))->ndes == ndes;
    for (guint i = first, looked = 0; i < calls->len; i++, looked++) {
        const ScepCaCall *call = g_ptr_array_index(calls, i);
        if (moment_of(call) > to)
            return false;
        /* Too many to look at: rather claim nothing. */
        if (call->ndes == ndes || looked >= CALLS_LOOKED_AT)
            return true;
    }
    return false;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

const char *scep_ca_call_step(const ScepCaCall *call)
{
    const char *name = call->method->name;

    if (call->chain != SCEP_CA_NO_CHAIN)
        return scep_ca_chain_step(call->chain);
    if (asks_for_certificate(call->method))
        return call->is_poll ? "Poll" : "Request";
    return g_str_has_prefix(name, "Ping") ? "Ping" : "Property";
}

uint32_t scep_ca_call_code(const ScepCaCall *call)
{
    if (call->has_disposition && call->disposition & 0x80000000)
        return call->disposition;
    return call->has_result ? call->result : 0;
}

bool scep_ca_call_is_refused(const ScepCaCall *call)
{
    return scep_ca_call_code(call) != 0 || (call->chain != SCEP_CA_NO_CHAIN && call->is_fault) ||
           (call->has_disposition && call->disposition == SCEP_CR_DISP_DENIED);
}
