/* test_ca_call.c
 * Calls to the CA: to which enrolment they belong, what is told of them, and what an outcome settles.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"

#include "scep/ca_call.h"
#include "scep/report.h"

static const char ca_address[] = "198.51.100.40";

/* One direction of a call, put together by hand. */
typedef struct {
    ScepWcceCall call;
    uint8_t *stub;
} Direction;

static void put(Direction *made, ScepWcceParameterId id, uint32_t number, ScepSpan octets)
{
    const ScepWcceValue value = { .id = id, .octets = octets, .number = number };

    g_array_append_val(made->call.values, value);
}

static const ScepWcceMethod *request_method(void)
{
    return scep_wcce_method(SCEP_WCCE_ICERTREQUESTD2, 6);
}

static void begin(Direction *made, bool is_response)
{
    memset(made, 0, sizeof *made);
    made->call.method = request_method();
    made->call.is_response = is_response;
    made->call.values = g_array_new(FALSE, FALSE, sizeof(ScepWcceValue));
}

static void end(Direction *made)
{
    g_array_unref(made->call.values);
    g_free(made->stub);
}

/* @return the PKCS#10 of a key, in a buffer for g_free() */
static uint8_t *request_of(EVP_PKEY *key, size_t *size)
{
    X509_REQ *request = X509_REQ_new();
    unsigned char *der = NULL;

    X509_REQ_set_pubkey(request, key);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8, (const uint8_t *)"device", -1, -1, 0);
    X509_REQ_sign(request, key, EVP_sha256());
    *size = (size_t)i2d_X509_REQ(request, &der);
    uint8_t *copy = g_memdup2(der, *size);
    OPENSSL_free(der);
    X509_REQ_free(request);
    return copy;
}

static ScepPlace ca_place(uint32_t frame)
{
    return (ScepPlace){ .frame = frame, .time = frame * SECOND, .client = server_address, .server = ca_address };
}

/* @param key  NULL for a poll */
static ScepCaCall *call_ca(ScepTracker *tracker, uint32_t frame, EVP_PKEY *key, uint32_t request_id)
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

static ScepCaCall *call_sealed(ScepTracker *tracker, uint32_t frame)
{
    const ScepPlace place = ca_place(frame);
    const ScepCaMessage message = { .method = request_method(), .is_sealed = true };

    return scep_tracker_ca_request(tracker, &place, &message);
}

/* @param issued  certificate in the answer, NULL for none */
static void answer_call(ScepTracker *tracker, ScepCaCall *call, uint32_t frame, uint32_t request_id, uint32_t disposition,
                        X509 *issued)
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

static ScepExchange *submit(ScepTracker *tracker, uint32_t frame, const char *transaction, X509 *signer, EVP_PKEY *key)
{
    const uint8_t nonce[16] = { (uint8_t)frame };
    Read read;

    read_message(&read, made_request((Made){ .transaction = transaction, .signer = signer, .key = key, .nonce = nonce }));
    const ScepRequest request = whole_request(&read);
    ScepExchange *exchange = ask(tracker, frame, &request);
    forget(&read);
    return exchange;
}

/* The key stands in clear in the certificate that signs a first request. */
static void test_by_key(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *other_device = pki_self_signed("other", other);

    (void)state;
    const ScepExchange *first = submit(tracker, 5, "ONE", NULL, NULL);
    const ScepExchange *second = submit(tracker, 6, "TWO", other_device, other);
    ScepCaCall *of_second = call_ca(tracker, 7, other, 0), *of_first = call_ca(tracker, 8, device_key, 0);

    assert_ptr_equal(of_first->enrollment, first->enrollment);
    assert_ptr_equal(of_second->enrollment, second->enrollment);
    assert_false(of_first->is_likely || of_second->is_likely);
    assert_string_equal(of_first->template_name, "Device");
    assert_string_equal(scep_ca_call_step(of_first), "Request");
    assert_ptr_equal(first->enrollment->ca_calls, of_first);
    assert_int_equal(scep_enrollment_stage(first->enrollment), 4);
    X509_free(other_device);
    EVP_PKEY_free(other);
    scep_tracker_free(tracker);
}

/* A poll names the request; the device's enrolment is that of the first call. */
static void test_by_request_id(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    ScepExchange *exchange = submit(tracker, 5, "ONE", NULL, NULL);
    ScepCaCall *first = call_ca(tracker, 6, device_key, 0);
    answer_call(tracker, first, 7, 4101, 5, NULL);
    certrep(tracker, exchange, 8, "3", NULL);
    ScepCaCall *poll = call_ca(tracker, 20, NULL, 4101), *strange = call_ca(tracker, 21, NULL, 9999);
    answer_call(tracker, poll, 22, 4101, 3, NULL);

    assert_ptr_equal(poll->enrollment, exchange->enrollment);
    assert_false(poll->is_likely);
    assert_string_equal(scep_ca_call_step(poll), "Poll");
    assert_ptr_equal(first->next, poll);
    assert_null(strange->enrollment);
    scep_tracker_free(tracker);
}

/* Where nothing can be read, a call belongs to the one device that waits for this host, and to none of two. */
static void test_by_time(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *other_device = pki_self_signed("other", other);

    (void)state;
    assert_null(call_sealed(tracker, 4)->enrollment);
    ScepExchange *exchange = submit(tracker, 5, "ONE", NULL, NULL);
    const ScepCaCall *call = call_sealed(tracker, 6);
    assert_ptr_equal(call->enrollment, exchange->enrollment);
    assert_true(call->is_likely && call->is_sealed);
    ScepExchange *second = submit(tracker, 7, "TWO", other_device, other);
    assert_null(call_sealed(tracker, 8)->enrollment);
    certrep(tracker, exchange, 9, "0", NULL);
    assert_ptr_equal(call_sealed(tracker, 10)->enrollment, second->enrollment);
    assert_null(call_sealed(tracker, 1000)->enrollment); /* nobody waits that long */
    X509_free(other_device);
    EVP_PKEY_free(other);
    scep_tracker_free(tracker);
}

static void assert_ids(const GPtrArray *findings, const char *wanted)
{
    char *ids = ids_of(findings);

    assert_string_equal(ids, wanted);
    g_free(ids);
}

static void test_what_answers_mean(void **state)
{
    static const struct {
        uint32_t disposition;
        const char *ids;
        bool refused;
    } rows[] = {
        { 2, "wcce_disposition_denied", true },
        { 0x80094811, "wcce_disposition_denied", true },
        { 3, "wcce_disposition_issued", false },
        { 5, "wcce_disposition_pending", false },
        { 1, "", false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = scep_tracker_new();
        ScepCaCall *call = call_ca(tracker, 6, device_key, 0);
        answer_call(tracker, call, 7, 0, rows[i].disposition, NULL);
        assert_ids(call->request_findings, "wcce_request_seen");
        assert_ids(call->response_findings, rows[i].ids);
        assert_int_equal(scep_ca_call_is_refused(call), rows[i].refused);
        scep_tracker_free(tracker);
    }
}

static void test_faults(void **state)
{
    static const struct {
        uint32_t fault;
        uint8_t level;
        const char *ids;
    } rows[] = {
        { 5, 0, "dcom_access_denied_fault" },
        { 5, 6, "dcom_access_denied_fault" },
        { 5, 2, "ca_requires_privacy" },
        { 0x1c010003, 6, "rpc_fault_generic" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = scep_tracker_new();
        ScepCaCall *call = call_ca(tracker, 6, device_key, 0);
        const ScepPlace place = ca_place(7);
        const ScepCaMessage message = { .method = request_method(), .is_fault = true, .fault = rows[i].fault,
                                        .auth_level = rows[i].level };
        scep_tracker_ca_answer(tracker, call, &place, &message);
        assert_ids(call->response_findings, rows[i].ids);
        assert_int_equal(scep_ca_call_code(call), rows[i].fault);
        scep_tracker_free(tracker);
    }
}

static const ScepFinding *only(const GPtrArray *findings)
{
    assert_non_null(findings);
    assert_int_equal(findings->len, 1);
    return g_ptr_array_index(findings, 0);
}

/* The refusal of the CA leads the refusal of NDES that follows it; what is granted in the end was no fault. */
static void test_in_the_report(void **state)
{
    (void)state;
    for (int granted = 0; granted <= 1; granted++) {
        ScepTracker *tracker = scep_tracker_new();
        ask_certificate(tracker);
        ScepExchange *exchange = submit(tracker, 5, TRANSACTION, NULL, NULL);
        ScepCaCall *call = call_ca(tracker, 6, device_key, 0);
        answer_call(tracker, call, 7, 77, granted ? 5 : 0x80094800, NULL);
        certrep(tracker, exchange, 8, granted ? "0" : "2", granted ? NULL : "2");
        scep_tracker_finish(tracker);
        assert_int_equal(only(call->response_findings)->severity, granted ? SCEP_SEVERITY_NOTE : SCEP_SEVERITY_ERROR);

        ScepReportEntry *entry = scep_report_entry_new(exchange->enrollment);
        const ScepReportHint *leading = g_ptr_array_index(entry->hints, 0);
        assert_int_equal(entry->stage, granted ? 5 : 4);
        assert_string_equal(entry->ca, ca_address);
        assert_string_equal(entry->template_name, "Device");
        assert_int_equal(entry->request_id, 77);
        assert_int_equal(entry->frames->len, 6);
        assert_int_equal(entry->has_hresult, !granted);
        if (!granted) {
            assert_string_equal(leading->hint->id, "wcce_disposition_denied");
            assert_non_null(strstr(leading->detail, "CERTSRV_E_UNSUPPORTED_CERT_TYPE"));
            assert_int_equal(entry->hresult, 0x80094800);
        }
        scep_report_entry_free(entry);
        scep_tracker_free(tracker);
    }
}

/* An answer whose request the capture does not hold. */
static void test_stray_answer(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepPlace place = ca_place(3);
    const ScepCaMessage message = { .method = request_method(), .is_sealed = true };
    const ScepCaCall *call = scep_tracker_ca_answer(tracker, NULL, &place, &message);

    (void)state;
    assert_int_equal(call->request_frame, 0);
    assert_int_equal(call->response_frame, 3);
    assert_null(call->enrollment);
    assert_int_equal(scep_tracker_ca_calls(tracker)->len, 1);
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_key),
        cmocka_unit_test(test_by_request_id),
        cmocka_unit_test(test_by_time),
        cmocka_unit_test(test_what_answers_mean),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_in_the_report),
        cmocka_unit_test(test_stray_answer),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
