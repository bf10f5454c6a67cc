/* test_findings_reply.c
 * What CertReps and GetCACaps answers show: for each rule a message that raises its hint, and neighbors that do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "diagnosis/findings.h"

#define GOOD_CAPS "POSTPKIOperation\nSHA-256\nAES\n"

typedef struct {
    const char *expected;
    const char *status;
    const char *fail_info;
    void (*change)(PkiParts *);
    GByteArray *(*damage)(GByteArray *);
    const char *digest; /* of the request; NULL for SHA-256 */
    const char *caps;   /* what GetCACaps said before; NULL: nothing */
} Answered;

static void add(PkiParts *parts, GByteArray *attribute)
{
    parts->attributes = der_join(parts->attributes, attribute, END);
}

static void replace(PkiParts *parts, GByteArray *attributes)
{
    g_byte_array_unref(parts->attributes);
    parts->attributes = attributes;
}

static void other_transaction(PkiParts *parts)
{
    replace(parts, pki_reply_attributes("3", NULL, "another", pki_nonce_b, pki_nonce_a));
}

static void other_nonce(PkiParts *parts)
{
    static const uint8_t nobodys[16] = { 0xc0 };

    replace(parts, pki_reply_attributes("3", NULL, TRANSACTION, pki_nonce_b, nobodys));
}

static void shorter_nonce(PkiParts *parts)
{
    replace(parts, der_join(pki_content_type(), pki_text(2, "3"), pki_text(3, "3"), pki_text(7, TRANSACTION),
                            pki_nonce(5, pki_nonce_b), pki_scep(6, der_octets(pki_nonce_a, 8)), END));
}

static void known_hresult(PkiParts *parts)
{
    add(parts, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, "-2147024809")));
}

static void unknown_hresult(PkiParts *parts)
{
    add(parts, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, "-2130116583")));
}

static void hresult_of_success(PkiParts *parts)
{
    add(parts, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, "0")));
}

static void fail_info_text(PkiParts *parts)
{
    add(parts, pki_attribute(OID_FAIL_INFO_TEXT, der_text(DER_UTF8, "challenge expired")));
}

static void server_message(PkiParts *parts)
{
    add(parts, pki_attribute("1.3.6.1.4.1.311.21.38", der_text(DER_UTF8, "wait")));
}

static void no_content_type(PkiParts *parts)
{
    replace(parts, der_join(pki_text(2, "3"), pki_text(3, "3"), pki_text(7, TRANSACTION), pki_nonce(5, pki_nonce_b),
                            pki_nonce(6, pki_nonce_a), END));
}

static void no_digest(PkiParts *parts)
{
    parts->no_digest = true;
}

static void no_sender_nonce(PkiParts *parts)
{
    replace(parts, der_join(pki_content_type(), pki_text(2, "3"), pki_text(3, "3"), pki_text(7, TRANSACTION),
                            pki_nonce(6, pki_nonce_a), END));
}

static void by_des(PkiParts *parts)
{
    g_byte_array_unref(parts->content);
    parts->content = pki_envelope(ra, "DES-CBC", "x", 1);
}

static void by_aes_256(PkiParts *parts)
{
    g_byte_array_unref(parts->content);
    parts->content = pki_envelope(ra, "AES-256-CBC", "x", 1);
}

static void nothing(PkiParts *parts)
{
    g_clear_pointer(&parts->content, g_byte_array_unref);
}

/* failInfo with nothing in its SET */
static void empty_fail_info(PkiParts *parts)
{
    add(parts, pki_attribute(OID_SCEP "4", g_byte_array_new()));
}

static void by_sha1(PkiParts *parts)
{
    parts->digest = OID_SHA1;
}

static void unsigned_certificates(PkiParts *parts)
{
    g_byte_array_unref(parts->attributes);
    *parts = (PkiParts){ .certificates = pki_certificate_der(ra) };
}

static GByteArray *shortened(GByteArray *array)
{
    return g_byte_array_set_size(array, array->len - 10);
}

static size_t offset_of(const GByteArray *array, const void *part, size_t size)
{
    size_t at = 0;

    while (at + size <= array->len && memcmp(array->data + at, part, size) != 0)
        at++;
    assert_true(at + size <= array->len);
    return at;
}

static GByteArray *truncated_in_the_transaction(GByteArray *array)
{
    return g_byte_array_set_size(array, (guint)offset_of(array, TRANSACTION, strlen(TRANSACTION)) + 4);
}

static GByteArray *truncated_in_the_nonce(GByteArray *array)
{
    return g_byte_array_set_size(array, (guint)offset_of(array, pki_nonce_a, sizeof pki_nonce_a) + 4);
}

static GByteArray *truncated_behind_the_status(GByteArray *array)
{
    return g_byte_array_set_size(array, (guint)offset_of(array, "\x86\xf8\x45\x01\x09\x04", 6));
}

/* clang-format off */
static const Answered replies[] = {
    { "certrep_success", "0", NULL, by_aes_256, NULL, NULL, NULL },
    { "certrep_pending", "3", NULL, NULL, NULL, NULL, NULL },
    { "certrep_pending_challenge_11", "11", NULL, NULL, NULL, NULL, NULL },
    { "certrep_fail_badalg", "2", "0", NULL, NULL, NULL, NULL },
    { "certrep_fail_badmessagecheck", "2", "1", NULL, NULL, NULL, NULL },
    { "certrep_fail_badrequest", "2", "2", NULL, NULL, NULL, NULL },
    { "certrep_fail_badtime", "2", "3", NULL, NULL, NULL, NULL },
    { "certrep_fail_badcertid", "2", "4", NULL, NULL, NULL, NULL },
    { "certrep_fail_no_failinfo", "2", NULL, NULL, NULL, NULL, NULL },
    /* there and not understood is not left out */
    { "certrep_fail_own_code", "2", "14606", NULL, NULL, NULL, NULL },
    { "certrep_fail_own_code", "2", "5", NULL, NULL, NULL, NULL },
    { "certrep_fail_own_code", "2", "-2", NULL, NULL, NULL, NULL },
    { "certrep_fail_own_code", "2", "denied", NULL, NULL, NULL, NULL },
    { "certrep_fail_own_code", "2", NULL, empty_fail_info, NULL, NULL, NULL },
    { "certrep_pending", "3", "14606", NULL, NULL, NULL, NULL },
    { "certrep_success_no_certificate", "0", NULL, nothing, NULL, NULL, NULL },
    { "certrep_pending", "3", "2", NULL, NULL, NULL, NULL },

    { "certrep_txid_mismatch certrep_pending", "3", NULL, other_transaction, NULL, NULL, NULL },
    { "certrep_nonce_mismatch certrep_pending", "3", NULL, other_nonce, NULL, NULL, NULL },
    { "certrep_nonce_mismatch certrep_pending", "3", NULL, shorter_nonce, NULL, NULL, NULL },
    { "certrep_ndes_hresult certrep_fail_badrequest", "2", "2", known_hresult, NULL, NULL, NULL },
    { "certrep_ndes_hresult certrep_fail_badrequest", "2", "2", unknown_hresult, NULL, NULL, NULL },
    { "certrep_fail_badrequest", "2", "2", hresult_of_success, NULL, NULL, NULL },
    { "server_says_challenge certrep_failinfotext certrep_fail_badrequest", "2", "2", fail_info_text, NULL, NULL,
      NULL },
    { "certrep_msg_attr_38 certrep_pending", "3", NULL, server_message, NULL, NULL, NULL },
    { "certrep_missing_content_type_attr certrep_pending", "3", NULL, no_content_type, NULL, NULL, NULL },
    { "certrep_missing_content_type_attr certrep_pending", "3", NULL, no_digest, NULL, NULL, NULL },
    { "certrep_missing_sender_nonce certrep_pending", "3", NULL, no_sender_nonce, NULL, NULL, NULL },
    { "reply_weaker_than_request certrep_success", "0", NULL, by_des, NULL, NULL, NULL },
    { "reply_weaker_than_request certrep_pending", "3", NULL, by_sha1, NULL, NULL, NULL },
    { "certrep_pending", "3", NULL, NULL, NULL, OID_SHA1, NULL },
    { "certrep_digest_not_offered certrep_pending", "3", NULL, NULL, NULL, OID_SHA1, "POSTPKIOperation\nSHA-1\nAES\n" },
    { "certrep_pending", "3", NULL, NULL, NULL, OID_SHA1, GOOD_CAPS },
    { "certrep_pending", "3", NULL, NULL, NULL, NULL, "POSTPKIOperation\nSHA-1\nAES\n" },
    /* nobody knows whether a digest without a row is stronger */
    { "certrep_pending", "3", NULL, NULL, NULL, "2.16.840.1.101.3.4.2.8", NULL },

    { "message_malformed", "0", NULL, unsigned_certificates, NULL, NULL, NULL },
    { "message_cut certrep_fail_badrequest", "2", "2", NULL, shortened, NULL, NULL },
    /* what the capture lacks is held against nobody: not the half of an id or a nonce, nor what came behind */
    { "message_cut certrep_fail_badtime", "2", "3", NULL, truncated_in_the_transaction, NULL, NULL },
    { "message_cut certrep_fail_badtime", "2", "3", NULL, truncated_in_the_nonce, NULL, NULL },
    { "message_cut", "2", "3", NULL, truncated_behind_the_status, NULL, NULL },
};
/* clang-format on */

static Coverage of_replies = { &scep_rules_reply, { false } };

static GByteArray *asked_with(const char *digest)
{
    PkiParts parts = request_parts();

    parts.digest = digest;
    return pki_signed_data(parts);
}

static void check_reply(const Answered *about, const char *id, const char *detail)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    PkiParts parts = reply_parts(about->status, about->fail_info);
    Carried request, reply;

    if (about->change != NULL)
        about->change(&parts);
    GByteArray *body = pki_signed_data(parts);
    carry(&reply, about->damage ? about->damage(body) : body);
    carry(&request, asked_with(about->digest));
    const ScepRequest question = message_request(&request);
    const ScepResponse response = message_response(&reply);
    if (about->caps != NULL)
        ask_capabilities(tracker, about->caps);
    ScepExchange *exchange = answer(tracker, ask(tracker, 5, &question), 6, &response);
    assert_findings(response_findings(tracker, exchange), about->expected);
    if (id != NULL)
        assert_detail(response_findings(tracker, exchange), id, detail);
    cover(&of_replies, case_of_answer(tracker, exchange, &response));
    drop(&reply);
    drop(&request);
    diagnosed_tracker_free(tracker);
}

static void check_capabilities(const char *text, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepCapabilities capabilities;
    ScepExchange *exchange = ask_capabilities(tracker, text);

    assert_findings(response_findings(tracker, exchange), expected);
    scep_capabilities_parse((const uint8_t *)text, strlen(text), &capabilities);
    const ScepResponse response = { .status = 200, .capabilities = &capabilities };
    cover(&of_replies, case_of_answer(tracker, exchange, &response));
    diagnosed_tracker_free(tracker);
}

static void test_capabilities(void **state)
{
    (void)state;
    check_capabilities(GOOD_CAPS, "");
    check_capabilities("SCEPStandard", "");
    check_capabilities("POSTPKIOperation\nRenewal\nSHA-512\nSHA-256\nSHA-1\nDES3\n", ""); /* NDES */
    check_capabilities("POSTPKIOperation\n", "caps_no_sha_no_3des");
    check_capabilities("POSTPKIOperation\nSHA-256\n", "caps_no_sha_no_3des");
    check_capabilities("POSTPKIOperation\nAES\n", "caps_no_sha_no_3des");
    check_capabilities("POSTPKIOperation\nSHA-1\nDES3\n", "caps_sha1_des3_only");
    check_capabilities("SHA-1\nSHA-256\nDES3\n", "caps_no_post");
    check_capabilities("Renewal\n", "caps_no_sha_no_3des caps_no_post");
    check_capabilities("\n", "");
    check_capabilities("AES,SHA-256,POSTPKIOperation\n", "caps_wrong_separator");
    check_capabilities("AES SHA-256 POSTPKIOperation", "caps_wrong_separator");
    check_capabilities("SHA-1; DES3", "caps_wrong_separator"); /* nothing is said of what is missing in it */
    check_capabilities(GOOD_CAPS "\nA private keyword", "");
}

static void test_replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++)
        check_reply(&replies[i], NULL, NULL);
}

static void check_untyped(ScepOperation operation, uint16_t status, const char *type, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = operation_request(operation);
    const ScepResponse response = {
        .status = status, .content_type = type, .body = (const uint8_t *)"0", .body_size = 1
    };
    ScepExchange *exchange = answer(tracker, ask(tracker, 1, &request), 2, &response);

    assert_int_equal(find_finding(response_findings(tracker, exchange), expected) != NULL,
                     type == NULL && status <= 500);
    cover(&of_replies, case_of_answer(tracker, exchange, &response));
    diagnosed_tracker_free(tracker);
}

static void test_untyped(void **state)
{
    (void)state;
    check_untyped(SCEP_OP_PKIOPERATION, 200, NULL, "certrep_no_content_type");
    check_untyped(SCEP_OP_PKIOPERATION, 500, NULL, "certrep_no_content_type");
    check_untyped(SCEP_OP_PKIOPERATION, 502, NULL, "certrep_no_content_type");
    check_untyped(SCEP_OP_GETCACAPS, 200, NULL, "caps_null_content_type");
    check_untyped(SCEP_OP_GETCACAPS, 200, "text/plain", "caps_null_content_type");
}

static ScepExchange *ask_for(ScepTracker *tracker, uint32_t frame, const char *subject, ScepPathKind path,
                             const char *status)
{
    const ScepCsr csr = { .key_algorithm = (char *)"EC", .key_bits = 256, .subject = (char *)subject };
    const uint8_t nonce[16] = { (uint8_t)frame };
    char *transaction = g_strdup_printf("T%u", frame);
    PkiParts asked = request_parts();
    Carried carried, reply;

    g_byte_array_unref(asked.attributes);
    asked.attributes = pki_request_attributes("19", transaction, nonce);
    carry(&carried, pki_signed_data(asked));
    carry(&reply, pki_signed_data(reply_parts(status, status[0] == '2' ? "2" : NULL)));
    ScepRequest request = message_request(&carried);
    const ScepResponse response = message_response(&reply);
    request.csr = &csr;
    request.path_kind = path;
    ScepExchange *exchange = answer(tracker, ask(tracker, frame, &request), frame + 1, &response);
    cover(&of_replies, case_of_answer(tracker, exchange, &response));
    drop(&carried);
    drop(&reply);
    g_free(transaction);
    return exchange;
}

static void test_name_known_already(void **state)
{
    static const char id[] = "certrep_duplicate_cn";
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    ask_for(tracker, 5, "CN=device", SCEP_PATH_SCEP, "0");
    const ScepFinding *finding =
        find_finding(response_findings(tracker, ask_for(tracker, 7, "CN=device", SCEP_PATH_SCEP, "2")), id);
    assert_non_null(finding);
    assert_string_equal(finding->detail, "Enrollment 1 got one for \"CN=device\"");
    assert_int_equal(finding->frames[finding->frame_count - 1], 6);
    /* another name, one that was refused before, and NDES, which does not care */
    assert_null(find_finding(response_findings(tracker, ask_for(tracker, 9, "CN=other", SCEP_PATH_SCEP, "2")), id));
    assert_null(find_finding(response_findings(tracker, ask_for(tracker, 11, "CN=other", SCEP_PATH_SCEP, "2")), id));
    assert_null(find_finding(response_findings(tracker, ask_for(tracker, 13, "CN=device", SCEP_PATH_NDES, "2")), id));
    diagnosed_tracker_free(tracker);
}

static void test_every_reply_rule(void **state)
{
    test_untyped(state);
    test_replies(state);
    test_capabilities(state);
    assert_covered(&of_replies, SCEP_ON_ANSWER);
    assert_covered(&of_replies, SCEP_ON_REQUEST);
}

static void test_reply_details(void **state)
{
    (void)state;
    check_reply(
        &(Answered){ "certrep_ndes_hresult certrep_fail_badrequest", "2", "2", unknown_hresult, NULL, NULL, NULL },
        "certrep_ndes_hresult", "0x81090019");
    check_reply(&(Answered){ "server_says_challenge certrep_failinfotext certrep_fail_badrequest", "2", "2",
                             fail_info_text, NULL, NULL, NULL },
                "certrep_failinfotext", "\"challenge expired\"");
    check_reply(&(Answered){ "certrep_txid_mismatch certrep_pending", "3", NULL, other_transaction, NULL, NULL, NULL },
                "certrep_txid_mismatch", "Asked for " TRANSACTION ", answered another");
    check_reply(&(Answered){ "reply_weaker_than_request certrep_success", "0", NULL, by_des, NULL, NULL, NULL },
                "reply_weaker_than_request", "Asked with SHA256 and AES-128-CBC, answered with SHA256 and DES-CBC");
    check_reply(&(Answered){ "message_cut certrep_fail_badrequest", "2", "2", NULL, shortened, NULL, NULL },
                "message_cut", "10 of 6* octets of the PKIOperation answer are missing: the capture has no more of it");
}

/* Half of the request's nonce is nothing to compare the answer's with. */
static void test_request_cut_in_the_nonce(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    Carried request, reply;

    (void)state;
    carry(&request, truncated_in_the_nonce(pki_signed_data(request_parts())));
    carry(&reply, pki_signed_data(reply_parts("3", NULL)));
    const ScepRequest question = message_request(&request);
    const ScepResponse response = message_response(&reply);
    ScepExchange *exchange = answer(tracker, ask(tracker, 5, &question), 6, &response);
    assert_findings(request_findings(tracker, exchange), "message_cut");
    assert_string_equal(exchange->transaction_id, TRANSACTION);
    assert_findings(response_findings(tracker, exchange), "certrep_pending");
    drop(&reply);
    drop(&request);
    diagnosed_tracker_free(tracker);
}

/* The capture began behind the request: what the answer says counts all the same. */
static void test_stray_reply(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    Carried reply;

    (void)state;
    carry(&reply, pki_signed_data(reply_parts("2", "2")));
    const ScepResponse response = message_response(&reply);
    const ScepExchange *exchange = answer(tracker, NULL, 6, &response);
    assert_int_equal(exchange->request_frame, 0);
    assert_findings(response_findings(tracker, exchange), "certrep_fail_badrequest");
    drop(&reply);
    diagnosed_tracker_free(tracker);
}

/* The error code comes with its name, its meaning and what to look at. */
static void test_known_hresult(void **state)
{
    const ScepResultCode *code = scep_result_code_find(0x80070057);
    char *detail =
        g_strdup_printf("0x80070057 %s: %s%s%s", code->symbol, code->meaning, code->check[0] ? ". " : "", code->check);

    (void)state;
    check_reply(
        &(Answered){ "certrep_ndes_hresult certrep_fail_badrequest", "2", "2", known_hresult, NULL, NULL, NULL },
        "certrep_ndes_hresult", detail);
    g_free(detail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capabilities),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_name_known_already),
        cmocka_unit_test(test_every_reply_rule),
        cmocka_unit_test(test_reply_details),
        cmocka_unit_test(test_known_hresult),
        cmocka_unit_test(test_request_cut_in_the_nonce),
        cmocka_unit_test(test_stray_reply),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
