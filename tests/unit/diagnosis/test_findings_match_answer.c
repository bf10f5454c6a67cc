/* test_findings_match_answer.c
 * Whether an answer fits its request: for each rule a pair that raises its hint, and neighbors that do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "matching.h"

/* What the server echoes is its own affair, and no request. */
static void test_nonces_of_replies(void **state)
{
    static const struct {
        const uint8_t *sender, *recipient;
        const char *expected;
    } rows[] = {
        { pki_nonce_b, pki_nonce_a, "certrep_pending" },
        { pki_nonce_a, pki_nonce_a, "certrep_nonce_echoed certrep_pending" },
        { nonce_c, pki_nonce_a, "certrep_pending" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = diagnosed_tracker_new();
        PkiParts parts = { .attributes =
                               pki_reply_attributes("3", NULL, TRANSACTION, rows[i].sender, rows[i].recipient),
                           .signer = ra,
                           .key = ra_key };
        const ScepExchange *exchange = send_reply(tracker, send_request(tracker, 5, (Made){ 0 }), 6, parts);
        assert_findings(response_findings(tracker, exchange), rows[i].expected);
        diagnosed_tracker_free(tracker);
    }
}

static void test_nonce_not_returned(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    PkiParts parts = reply_parts("3", NULL);

    (void)state;
    g_byte_array_unref(parts.attributes);
    parts.attributes = der_join(pki_content_type(), pki_text(2, "3"), pki_text(3, "3"), pki_text(7, TRANSACTION),
                                pki_nonce(5, pki_nonce_b), END);
    const ScepExchange *exchange = send_reply(tracker, send_request(tracker, 5, (Made){ 0 }), 6, parts);
    assert_findings(response_findings(tracker, exchange), "certrep_missing_recipient_nonce certrep_pending");
    diagnosed_tracker_free(tracker);
}

static void check_reply(Made made, const char *caps, PkiParts parts, const char *expected, const char *id,
                        const char *detail)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    if (caps != NULL) {
        ask_capabilities(tracker, caps);
        ask_certificate(tracker);
    }
    const ScepExchange *exchange = send_reply(tracker, send_request(tracker, 5, made), 6, parts);
    assert_findings(response_findings(tracker, exchange), expected);
    if (id != NULL)
        assert_detail(response_findings(tracker, exchange), id, detail);
    diagnosed_tracker_free(tracker);
}

static PkiParts success_for(X509 *recipient, X509 *in_clear)
{
    PkiParts parts = reply_parts("0", NULL);

    g_byte_array_unref(parts.content);
    parts.content = recipient ? pki_envelope(recipient, "AES-128-CBC", "x", 1) : NULL;
    parts.certificates = in_clear ? der_join(pki_certificate_der(in_clear), pki_certificate_der(ra), END) : NULL;
    return parts;
}

static X509 *rsa_signer(EVP_PKEY *key, const char *name)
{
    return pki_self_signed(name, key);
}

static void test_recipient_of_the_answer(void **state)
{
    X509 *asking = rsa_signer(ra_key, "asking");
    X509 *another = rsa_signer(ra_key, "another");
    const Made made = { .signer = asking, .key = ra_key };

    (void)state;
    check_reply(made, NULL, success_for(asking, NULL), "certrep_success", NULL, NULL);
    check_reply(made, NULL, success_for(another, NULL), "certrep_wrong_recipient certrep_success",
                "certrep_wrong_recipient", "Encrypted for a certificate of \"O=Contoso, CN=another\"");
    check_reply(made, NULL, success_for(NULL, NULL), "certrep_success_no_certificate", NULL, NULL);

    /* a poll that is signed anew is answered to the first signer */
    ScepTracker *tracker = diagnosed_tracker_new();
    send_reply(tracker, send_request(tracker, 5, made), 6, reply_parts("3", NULL));
    ScepExchange *poll =
        send_request(tracker, 7, (Made){ .type = "20", .nonce = nonce_c, .signer = another, .key = ra_key });
    PkiParts parts = success_for(asking, NULL);
    g_byte_array_unref(parts.attributes);
    parts.attributes = pki_reply_attributes("0", NULL, TRANSACTION, pki_nonce_b, nonce_c);
    assert_findings(response_findings(tracker, send_reply(tracker, poll, 8, parts)), "certrep_success");
    diagnosed_tracker_free(tracker);
    X509_free(asking);
    X509_free(another);
}

static PkiParts reply_of(const char *type, const char *status)
{
    return (PkiParts){ .attributes = der_join(pki_content_type(), pki_text(2, type), pki_text(3, status),
                                              pki_text(7, TRANSACTION), pki_nonce(5, pki_nonce_b),
                                              pki_nonce(6, pki_nonce_a), END),
                       .signer = ra,
                       .key = ra_key };
}

static void test_odd_answers(void **state)
{
    (void)state;
    check_reply((Made){ 0 }, NULL, reply_of("19", "3"), "reply_is_no_certrep certrep_pending", "reply_is_no_certrep",
                "Its messageType is 19");
    check_reply((Made){ 0 }, NULL, reply_of("3", "7"), "certrep_unknown_status", "certrep_unknown_status",
                "pkiStatus 7 (a code of the CA's own)");
    check_reply((Made){ 0 }, NULL, reply_of("3", "x"), "certrep_unknown_status", "certrep_unknown_status",
                "pkiStatus \"x\" (a code of the CA's own)");
    check_reply((Made){ 0 }, NULL, reply_of("99", "3"), "message_type_unknown certrep_pending", "message_type_unknown",
                "messageType 99 (a code of the CA's own)");
    check_reply((Made){ 0 }, NULL, reply_of("CertRep", "3"), "message_type_unknown certrep_pending",
                "message_type_unknown",
                "messageType \"CertRep\" (a code of the CA's own: the name in place of the number)");
    check_reply((Made){ 0 }, NULL, reply_of("3", "11"), "certrep_pending_challenge_11", NULL, NULL);
}

static void test_renewal_refused(void **state)
{
    const Made type_17 = { .type = "17", .signer = issued }, type_19 = { .signer = issued };
    PkiParts with_code = reply_parts("2", "2");

    (void)state;
    check_reply(type_19, GOOD_CAPS, reply_parts("2", "2"), "certrep_renewal_rejected certrep_fail_badrequest", NULL,
                NULL);
    check_reply(type_17, GOOD_CAPS, reply_parts("2", "2"),
                "caps_renewal_but_17_rejected certrep_renewal_rejected certrep_fail_badrequest", NULL, NULL);
    check_reply(type_17, GOOD_CAPS, reply_parts("2", "1"), "certrep_renewal_rejected certrep_fail_badmessagecheck",
                NULL, NULL);
    check_reply(type_17, "SCEPStandard\n", reply_parts("2", "2"), "certrep_renewal_rejected certrep_fail_badrequest",
                NULL, NULL);
    with_code.attributes =
        der_join(with_code.attributes, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, "-2147024809")), END);
    check_reply(type_17, GOOD_CAPS, with_code, "certrep_renewal_rejected certrep_ndes_hresult certrep_fail_badrequest",
                NULL, NULL);
    check_reply((Made){ 0 }, GOOD_CAPS, reply_parts("2", "2"), "certrep_fail_badrequest", NULL, NULL);
}

/* In clear in the outer SignedData, as step-ca and micromdm send it. */
static void test_issued_in_clear(void **state)
{
    const PkiSubject by_stranger = {
        .common_name = "device", .key = device_key, .issuer = stranger, .issuer_key = other_key, .version = 2
    };
    const PkiSubject in_short = { .common_name = "device",
                                  .key = short_key,
                                  .issuer = ra,
                                  .issuer_key = ra_key,
                                  .serial = OLD_SERIAL + 2,
                                  .version = 2 };
    X509 *elsewhere = pki_certificate(&by_stranger);
    X509 *weak = pki_certificate(&in_short);

    (void)state;
    check_reply((Made){ 0 }, GOOD_CAPS, success_for(NULL, issued), "certrep_success", NULL, NULL);
    check_reply((Made){ 0 }, GOOD_CAPS, success_for(NULL, issued_to_other), "issued_key_mismatch certrep_success",
                "issued_key_mismatch",
                "\"O=Contoso, CN=device\" is not for the key of the self-signed certificate that signed the request");
    /* a renewal may change the key, and gives nothing away of the new one */
    check_reply((Made){ .type = "17", .signer = issued }, GOOD_CAPS, success_for(NULL, issued_to_other),
                "certrep_success", NULL, NULL);
    check_reply((Made){ .type = "17", .signer = issued }, GOOD_CAPS, success_for(NULL, issued),
                "certrep_success_old_cert certrep_success", "certrep_success_old_cert", "\"O=Contoso, CN=device\"");
    /* whoever issued it is not here: it may be anything */
    check_reply((Made){ 0 }, GOOD_CAPS, success_for(NULL, elsewhere), "certrep_success", NULL, NULL);
    check_reply((Made){ .signer = short_signer, .key = short_key }, GOOD_CAPS, success_for(NULL, weak),
                "weak_signature certrep_success", NULL, NULL);
    X509_free(elsewhere);
    X509_free(weak);
}

/* From inside the opened envelope; @a also: another certificate that comes with it. */
static void check_issued(X509 *x509, X509 *also, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    GPtrArray *inside = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    Read read;

    ask_certificate(tracker);
    ScepExchange *exchange = send_request(tracker, 5, (Made){ 0 });
    read_message(&read, pki_signed_data(reply_parts("0", NULL)));
    ScepResponse response = whole_response(&read);
    g_ptr_array_add(inside, read_certificate(x509));
    if (also != NULL)
        g_ptr_array_add(inside, read_certificate(also));
    response.issued = inside;
    assert_findings(response_findings(tracker, answer(tracker, exchange, 6, &response)), expected);
    cover(&coverage, case_of_answer(tracker, exchange, &response));
    forget(&read);
    diagnosed_tracker_free(tracker);
    g_ptr_array_unref(inside);
}

static void test_issuer_unknown(void **state)
{
    const PkiSubject by_stranger = {
        .common_name = "device", .key = device_key, .issuer = stranger, .issuer_key = other_key, .version = 2
    };
    X509 *elsewhere = pki_certificate(&by_stranger);

    (void)state;
    check_issued(issued, NULL, "certrep_success");
    check_issued(elsewhere, NULL, "issued_issuer_unknown certrep_success");
    check_issued(elsewhere, stranger, "certrep_success");
    X509_free(elsewhere);
}

/* ---- refusals that the request explains -------------------------------------------------------------------------- */

/* @a code: as NDES writes it, NULL for none; @a csr: from inside the opened envelope, NULL for none */
static void check_refused(Made made, const ScepCsr *csr, const char *fail_info, const char *code, const char *expected)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    PkiParts parts = reply_parts("2", fail_info);
    Read read;

    if (code != NULL)
        parts.attributes =
            der_join(parts.attributes, pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, code)), END);
    read_message(&read, made_request(made));
    ScepRequest request = whole_request(&read);
    request.csr = csr;
    const ScepExchange *exchange = send_reply(tracker, ask(tracker, 5, &request), 6, parts);
    assert_findings(response_findings(tracker, exchange), expected);
    forget(&read);
    diagnosed_tracker_free(tracker);
}

#define KEY_LENGTH "-2146875375"          /* 0x80094811 */
#define BAD_REQUEST_SUBJECT "-2146877439" /* 0x80094001 */
#define OTHER_CODE "-2147024809"          /* 0x80070057 */

static void test_short_key_refused(void **state)
{
    const Made made = { .signer = short_signer, .key = short_key };
    const ScepCsr good = { .key_algorithm = (char *)"RSA", .key_bits = 2048, .subject = (char *)"CN=device" };

    (void)state;
    check_refused(made, NULL, "2", NULL, "csr_key_too_small certrep_fail_badrequest");
    check_refused(made, NULL, "2", KEY_LENGTH, "csr_key_too_small certrep_ndes_hresult certrep_fail_badrequest");
    check_refused(made, NULL, "2", OTHER_CODE, "certrep_ndes_hresult certrep_fail_badrequest");
    check_refused(made, NULL, "3", NULL, "certrep_fail_badtime");
    check_refused((Made){ 0 }, NULL, "2", KEY_LENGTH, "certrep_ndes_hresult certrep_fail_badrequest");
    /* what is inside counts, not what it is signed with */
    check_refused(made, &good, "2", NULL, "certrep_fail_badrequest");
}

static void test_long_name_refused(void **state)
{
    char *longest = g_strdup_printf("O=Contoso, CN=%064d", 0), *longer = g_strdup_printf("CN=%065d, O=Contoso", 0);
    char *escaped = g_strdup_printf("CN=%063d\\,, O=Contoso", 0),
         *umlauts = g_strdup_printf("CN=%062d\xc3\xa4\xc3\xa4", 0);
    char *elsewhere = g_strdup_printf("O=XCN=%065d", 0);
    const struct {
        char *subject;
        const char *expected;
    } rows[] = {
        { longest, "certrep_fail_badrequest" },
        { longer, "csr_cn_too_long certrep_fail_badrequest" },
        { escaped, "csr_subject_escaped certrep_fail_badrequest" },
        { umlauts, "certrep_fail_badrequest" },
        { elsewhere, "certrep_fail_badrequest" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const ScepCsr csr = { .key_algorithm = (char *)"EC", .key_bits = 256, .subject = rows[i].subject };
        check_refused((Made){ 0 }, &csr, "2", NULL, rows[i].expected);
        g_free(rows[i].subject);
    }
    const ScepCsr csr = { .key_algorithm = (char *)"EC", .key_bits = 256, .subject = g_strdup_printf("CN=%065d", 0) };
    check_refused((Made){ 0 }, &csr, "2", BAD_REQUEST_SUBJECT,
                  "csr_cn_too_long certrep_ndes_hresult certrep_fail_badrequest");
    check_refused((Made){ 0 }, &csr, "2", OTHER_CODE, "certrep_ndes_hresult certrep_fail_badrequest");
    g_free(csr.subject);
}

/* Such a name may be what the policy module refuses; a code of the CA or of NDES says that it was something else. */
static void test_special_name_refused(void **state)
{
    static const struct {
        const char *subject, *code, *expected;
    } rows[] = {
        { "CN=Doe\\, Jane, O=Contoso", NULL, "csr_subject_escaped certrep_fail_badrequest" },
        { "O=Contoso, CN=a\\+b", "-2147467259", "csr_subject_escaped certrep_ndes_hresult certrep_fail_badrequest" },
        { "CN=a=b", NULL, "csr_subject_escaped certrep_fail_badrequest" },
        { "CN=Doe\\, Jane", OTHER_CODE, "certrep_ndes_hresult certrep_fail_badrequest" },
        { "CN=Doe\\, Jane", BAD_REQUEST_SUBJECT, "certrep_ndes_hresult certrep_fail_badrequest" },
        { "CN=Jane, O=Contoso\\, Inc.", NULL, "certrep_fail_badrequest" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const ScepCsr csr = { .key_algorithm = (char *)"EC", .key_bits = 256, .subject = (char *)rows[i].subject };
        check_refused((Made){ 0 }, &csr, "2", rows[i].code, rows[i].expected);
    }
    const ScepCsr csr = { .key_algorithm = (char *)"EC", .key_bits = 256, .subject = (char *)"CN=a\\;b" };
    check_refused((Made){ 0 }, &csr, "3", NULL, "certrep_fail_badtime");
}

static void test_every_rule(void **state)
{
    (void)state;
    assert_covered(&coverage, SCEP_ON_ANSWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonces_of_replies),
        cmocka_unit_test(test_nonce_not_returned),
        cmocka_unit_test(test_recipient_of_the_answer),
        cmocka_unit_test(test_odd_answers),
        cmocka_unit_test(test_renewal_refused),
        cmocka_unit_test(test_issued_in_clear),
        cmocka_unit_test(test_issuer_unknown),
        cmocka_unit_test(test_short_key_refused),
        cmocka_unit_test(test_long_name_refused),
        cmocka_unit_test(test_special_name_refused),
        cmocka_unit_test(test_every_rule), /* of what the ones before it have shown */
    };

    return cmocka_run_group_tests(tests, make_more_people, free_more_people);
}
