/* ca_calls.h
 * Calls to the CA booked with a tracker in a test.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CA_CALLS_H
#define CA_CALLS_H

#include "whole_messages.h"

#include "tracker/ca_call.h"
#include "tracker/tracker.h"

static const char ca_address[] = "198.51.100.40";

/* One direction of a call, put together by hand. */
typedef struct {
    ScepWcceCall call;
    uint8_t *stub;
} Direction;

static inline void put(Direction *made, ScepWcceParameterId id, uint32_t number, ScepSpan octets)
{
    const ScepWcceValue value = { .id = id, .octets = octets, .number = number };

    g_array_append_val(made->call.values, value);
}

static inline const ScepWcceMethod *request_method(void)
{
    return scep_wcce_method(SCEP_WCCE_ICERTREQUESTD2, 6);
}

static inline void begin(Direction *made, bool is_response)
{
    memset(made, 0, sizeof *made);
    made->call.method = request_method();
    made->call.is_response = is_response;
    made->call.values = g_array_new(FALSE, FALSE, sizeof(ScepWcceValue));
}

static inline void end(Direction *made)
{
    g_array_unref(made->call.values);
    g_free(made->stub);
}

/* @return the PKCS#10 of a key, in a buffer for g_free() */
static inline uint8_t *request_of(EVP_PKEY *key, size_t *size)
{
    X509_REQ *request = X509_REQ_new();
    unsigned char *der = NULL;

    X509_REQ_set_pubkey(request, key);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8, (const uint8_t *)"device", -1,
                               -1, 0);
    X509_REQ_sign(request, key, EVP_sha256());
    *size = (size_t)i2d_X509_REQ(request, &der);
    uint8_t *copy = g_memdup2(der, *size);
    OPENSSL_free(der);
    X509_REQ_free(request);
    return copy;
}

static inline ScepPlace ca_place(uint32_t frame)
{
    return (ScepPlace){ .frame = frame, .time = frame * SECOND, .client = server_address, .server = ca_address };
}

/* @param key  NULL for a poll */
static inline ScepCaCall *call_ca(ScepTracker *tracker, uint32_t frame, EVP_PKEY *key, uint32_t request_id)
{
    const ScepPlace place = ca_place(frame);
    size_t size = 0;
    Direction made;

    begin(&made, false);
    if (key != NULL)
        made.stub = request_of(key, &size);
    put(&made, SCEP_WCCE_REQUEST_ID, request_id, (ScepSpan){ 0, 0 });
    put(&made, SCEP_WCCE_REQUEST_BLOB, 0, (ScepSpan){ 0, size });
    made.call.template_name = "Device";
    const ScepCaMessage message = { .method = request_method(), .call = &made.call, .stub = made.stub };
    ScepCaCall *call = scep_tracker_ca_request(tracker, &place, &message);
    end(&made);
    return call;
}

static inline ScepCaCall *call_sealed(ScepTracker *tracker, uint32_t frame)
{
    const ScepPlace place = ca_place(frame);
    const ScepCaMessage message = { .method = request_method(), .is_sealed = true };

    return scep_tracker_ca_request(tracker, &place, &message);
}

/* @param issued  certificate in the answer, NULL for none */
static inline void answer_call(ScepTracker *tracker, ScepCaCall *call, uint32_t frame, uint32_t request_id,
                               uint32_t disposition, X509 *issued)
{
    const ScepPlace place = ca_place(frame);
    Direction made;

    begin(&made, true);
    if (issued != NULL) {
        GByteArray *der = pki_certificate_der(issued);
        made.stub = g_memdup2(der->data, der->len);
        put(&made, SCEP_WCCE_ENCODED_CERT, 0, (ScepSpan){ 0, der->len });
        g_byte_array_unref(der);
    }
    put(&made, SCEP_WCCE_REQUEST_ID, request_id, (ScepSpan){ 0, 0 });
    put(&made, SCEP_WCCE_DISPOSITION, disposition, (ScepSpan){ 0, 0 });
    const ScepCaMessage message = { .method = request_method(), .call = &made.call, .stub = made.stub };
    assert_ptr_equal(scep_tracker_ca_answer(tracker, call, &place, &message), call);
    end(&made);
}

static inline ScepExchange *submit_signed(ScepTracker *tracker, uint32_t frame, const char *transaction, X509 *signer,
                                          EVP_PKEY *key)
{
    const uint8_t nonce[16] = { (uint8_t)frame };
    Read read;

    read_message(&read,
                 made_request((Made){ .transaction = transaction, .signer = signer, .key = key, .nonce = nonce }));
    const ScepRequest request = whole_request(&read);
    ScepExchange *exchange = ask(tracker, frame, &request);
    forget(&read);
    return exchange;
}

#endif
