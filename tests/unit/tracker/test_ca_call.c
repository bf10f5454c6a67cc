/* test_ca_call.c
 * Calls to the CA: to which enrollment they belong, what is told of them, and what an outcome settles.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"

#include "tracker/ca_call.h"
#include "scep/report.h"
#include "tracker/tracker.h"

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
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8, (const uint8_t *)"device", -1,
                               -1, 0);
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
static void answer_call(ScepTracker *tracker, ScepCaCall *call, uint32_t frame, uint32_t request_id,
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

static ScepExchange *submit(ScepTracker *tracker, uint32_t frame, const char *transaction, X509 *signer, EVP_PKEY *key)
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

/* A poll names the request; the device's enrollment is that of the first call. */
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
        const ScepCaMessage message = {
            .method = request_method(), .is_fault = true, .fault = rows[i].fault, .auth_level = rows[i].level
        };
        scep_tracker_ca_answer(tracker, call, &place, &message);
        assert_ids(call->response_findings, rows[i].ids);
        assert_int_equal(scep_ca_call_code(call), rows[i].fault);
        scep_tracker_free(tracker);
    }
}

/* ---- whether a call can be read ---------------------------------------------------------------------------------- */

static ScepCaCall *call_with(ScepTracker *tracker, uint32_t frame, ScepCaMessage message)
{
    const ScepPlace place = ca_place(frame);

    message.method = request_method();
    return scep_tracker_ca_request(tracker, &place, &message);
}

static void test_sealed_is_told_once(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepCaMessage sealed = { .is_sealed = true }, garbage = { .is_sealed = true, .is_garbage = true };

    (void)state;
    assert_ids(call_with(tracker, 1, sealed)->request_findings, "wcce_request_seen wcce_sealed");
    assert_ids(call_with(tracker, 2, sealed)->request_findings, "wcce_request_seen");
    assert_ids(call_with(tracker, 3, garbage)->request_findings, "wcce_request_seen wcce_decryption_garbage");
    assert_ids(call_with(tracker, 4, garbage)->request_findings, "wcce_request_seen");
    /* another enrollment is told of its own */
    submit(tracker, 5, "ONE", NULL, NULL);
    assert_ids(call_with(tracker, 6, sealed)->request_findings, "wcce_request_seen wcce_sealed");
    assert_ids(call_with(tracker, 7, sealed)->request_findings, "wcce_request_seen");
    scep_tracker_free(tracker);
}

static void check_problem(ScepNdrProblemCode code, const char *expected)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepNdrProblem problem = { .code = code, .parameter = "pctbRequest", .number = 7, .expected = 3 };
    Direction made;

    begin(&made, false);
    made.call.problems = g_array_new(FALSE, FALSE, sizeof problem);
    g_array_append_val(made.call.problems, problem);
    const ScepCaCall *call = call_with(tracker, 1, (ScepCaMessage){ .call = &made.call });
    assert_ids(call->request_findings, expected);
    const ScepFinding *finding = find_finding(call->request_findings, "wcce_stub_malformed");
    if (finding != NULL) {
        char *text = scep_ndr_problem_text(&problem);
        assert_string_equal(finding->detail, text);
        g_free(text);
    }
    g_array_unref(made.call.problems);
    end(&made);
    scep_tracker_free(tracker);
}

static void test_malformed_parameters(void **state)
{
    (void)state;
    check_problem(SCEP_NDR_COUNT_TOO_LARGE, "wcce_request_seen wcce_stub_malformed");
    check_problem(SCEP_NDR_TRUNCATED, "wcce_request_seen"); /* what the capture lacks is no fault of the sender */
}

/* ---- refused, whoever asks --------------------------------------------------------------------------------------- */

static void test_denies_everything(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    ScepCaCall *calls[3];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        calls[i] = call_ca(tracker, 6 + 2 * i, device_key, 0);
        answer_call(tracker, calls[i], 7 + 2 * i, 0, 0x80094011, NULL);
    }
    assert_ids(calls[0]->response_findings, "wcce_disposition_denied"); /* one alone says nothing of the others */
    assert_ids(calls[1]->response_findings, "ca_no_remote_icert");
    assert_ids(calls[2]->response_findings, "ca_no_remote_icert");
    scep_tracker_free(tracker);

    tracker = scep_tracker_new();
    for (uint32_t i = 0; i < 3; i++) {
        calls[i] = call_ca(tracker, 6 + 2 * i, device_key, 0);
        answer_call(tracker, calls[i], 7 + 2 * i, 0, i ? 0x80094011 : 3, NULL);
    }
    assert_ids(calls[2]->response_findings, "wcce_disposition_denied"); /* it has granted one */
    scep_tracker_free(tracker);
}

/* ---- what the whole capture tells -------------------------------------------------------------------------------- */

static void finish(ScepTracker *tracker, uint32_t seconds)
{
    scep_tracker_clock(tracker, seconds * SECOND);
    scep_tracker_finish(tracker);
}

static void test_unanswered(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    ScepCaCall *call = call_sealed(tracker, 10);
    const ScepPlace asked = ca_place(12), bound = ca_place(13);

    (void)state;
    finish(tracker, 39);
    assert_null(find_finding(call->request_findings, "wcce_request_unanswered"));
    call_sealed(tracker, 11);
    finish(tracker, 60); /* the capture may hold one direction only */
    assert_null(find_finding(call->request_findings, "wcce_request_unanswered"));
    scep_tracker_ca_chain_answer(tracker, scep_tracker_ca_chain_request(tracker, &asked, SCEP_CA_BIND, false, false),
                                 &bound, &(ScepCaChainAnswer){ .has_status = true });
    for (unsigned passes = 0; passes < 2; passes++) {
        finish(tracker, 60 + passes);
        assert_ids(call->request_findings, "wcce_request_seen wcce_sealed wcce_request_unanswered");
    }
    /* it came after all */
    answer_call(tracker, call, 70, 0, 3, NULL);
    finish(tracker, 100);
    assert_ids(call->request_findings, "wcce_request_seen wcce_sealed");
    scep_tracker_free(tracker);
}

/* @param first  disposition of the call before, 0 for none */
static void check_restart(uint32_t first, bool later, const char *expected, ScepSeverity severity)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepPlace place = ca_place(10), answered = ca_place(11);
    const ScepCaChainAnswer gone = { .has_status = true, .status = 0x16c9a0d6 }, there = { .has_status = true };

    if (first != 0)
        answer_call(tracker, call_ca(tracker, 5, device_key, 0), 6, 0, first, NULL);
    ScepCaCall *step = scep_tracker_ca_chain_request(tracker, &place, SCEP_CA_RESOLVE, false, false);
    scep_tracker_ca_chain_answer(tracker, step, &answered, &gone);
    if (later) {
        const ScepPlace again = ca_place(20), works = ca_place(21);
        scep_tracker_ca_chain_answer(
            tracker, scep_tracker_ca_chain_request(tracker, &again, SCEP_CA_RESOLVE, false, false), &works, &there);
    }
    for (unsigned passes = 0; passes < 2; passes++) {
        finish(tracker, 600 + passes);
        assert_ids(step->response_findings, expected);
    }
    const ScepFinding *finding = find_finding(step->response_findings, "ca_restart_rpc_unavailable");
    if (finding != NULL) {
        assert_int_equal(finding->severity, severity);
        assert_int_equal(finding->frames[1], 6);
    }
    scep_tracker_free(tracker);
}

static void test_restart(void **state)
{
    (void)state;
    check_restart(3, false, "rpc_epm_no_endpoint ca_restart_rpc_unavailable", SCEP_SEVERITY_ERROR);
    check_restart(3, true, "rpc_epm_no_endpoint ca_restart_rpc_unavailable", SCEP_SEVERITY_NOTE);
    check_restart(0, false, "rpc_epm_no_endpoint", SCEP_SEVERITY_ERROR);
    check_restart(0x80094011, false, "rpc_epm_no_endpoint", SCEP_SEVERITY_ERROR); /* nothing worked before */
}

static void refuse(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame, const char *code)
{
    PkiParts parts = reply_parts("2", "2");
    Read read;

    if (code != NULL)
        parts.attributes =
            der_join(parts.attributes, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, code)), END);
    read_message(&read, pki_signed_data(parts));
    const ScepResponse response = whole_response(&read);
    answer(tracker, exchange, frame, &response);
    forget(&read);
}

/* A device is refused in frame 101. @param known  frame of a call before, 0 for none; @param around  of one near by */
static void check_refusal(uint32_t known, uint32_t around, const char *code, bool expected)
{
    ScepTracker *tracker = scep_tracker_new();

    if (known != 0)
        answer_call(tracker, call_ca(tracker, known, ra_key, 0), known + 1, 0, 3, NULL);
    ScepExchange *exchange = submit(tracker, 100, "ONE", NULL, NULL);
    refuse(tracker, exchange, 101, code);
    if (around != 0)
        call_ca(tracker, around, ra_key, 0);
    for (unsigned passes = 0; passes < 2; passes++) {
        finish(tracker, 600 + passes);
        assert_int_equal(find_finding(exchange->response_findings, "stage4_no_rpc_but_failure") != NULL, expected);
    }
    scep_tracker_free(tracker);
}

static void test_refused_without_the_ca(void **state)
{
    (void)state;
    check_refusal(50, 0, NULL, true);
    check_refusal(50, 200, NULL, true);
    check_refusal(50, 0, "-2147024809", true); /* 0x80070057 may be NDES' own */
    check_refusal(0, 0, NULL, false);          /* nothing is known of that leg */
    check_refusal(0, 200, NULL, false);
    check_refusal(97, 0, NULL, false); /* that call may have been about it */
    check_refusal(50, 104, NULL, false);
    check_refusal(50, 0, "-2146875375", false); /* 0x80094811 is the CA's */
    check_refusal(50, 0, "-2147023174", false); /* 0x800706ba is RPC's */
}

static void test_cacert_is_no_sign_of_the_ca(void **state)
{
    static const struct {
        const char *code;
        bool expected;
    } rows[] = { { "-2147023174", true }, { "-2146875375", false }, { NULL, false } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = scep_tracker_new();
        ask_certificate(tracker);
        ScepExchange *exchange = submit(tracker, 5, "ONE", NULL, NULL);
        refuse(tracker, exchange, 6, rows[i].code);
        finish(tracker, 600);
        const ScepFinding *finding = find_finding(exchange->response_findings, "cacert_ok_is_not_ca_ok");
        assert_int_equal(finding != NULL, rows[i].expected);
        if (finding != NULL)
            assert_int_equal(finding->frames[finding->frame_count - 1], 4);
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
        cmocka_unit_test(test_sealed_is_told_once),
        cmocka_unit_test(test_malformed_parameters),
        cmocka_unit_test(test_denies_everything),
        cmocka_unit_test(test_unanswered),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_refused_without_the_ca),
        cmocka_unit_test(test_cacert_is_no_sign_of_the_ca),
        cmocka_unit_test(test_in_the_report),
        cmocka_unit_test(test_stray_answer),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
