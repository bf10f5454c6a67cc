/* test_findings_match.c
 * Whether messages fit each other: for each rule a pair that raises its hint, and neighbors that do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "matching.h"

/* ---- nonces and transactions ------------------------------------------------------------------------------------- */

static void test_nonce_reused(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    assert_findings(request_findings(tracker, send_request(tracker, 5, (Made){ 0 })), "");
    /* sent again is no second request */
    assert_findings(request_findings(tracker, send_request(tracker, 6, (Made){ 0 })), "pkiop_retry_same_txid");
    const ScepExchange *replayed = send_request(tracker, 7, (Made){ .transaction = "another" });
    assert_findings(request_findings(tracker, replayed), "nonce_reused");
    assert_first_frames(request_findings(tracker, replayed), "nonce_reused", 7, 5);
    assert_detail(request_findings(tracker, replayed), "nonce_reused", "The first belongs to transaction " TRANSACTION);
    assert_findings(
        request_findings(tracker, send_request(tracker, 8, (Made){ .transaction = "third", .nonce = nonce_c })), "");
    const ScepExchange *poll = send_request(tracker, 9, (Made){ .type = "20" });
    assert_findings(request_findings(tracker, poll), "pkiop_certpoll nonce_reused");
    assert_detail(request_findings(tracker, poll), "nonce_reused", "Both belong to the same transaction");
    diagnosed_tracker_free(tracker);
}

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

static void test_transactions_used_again(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    ScepExchange *first = send_request(tracker, 5, (Made){ 0 });
    send_reply(tracker, first, 6, reply_parts("3", NULL));
    ScepExchange *whole = send_request(tracker, 7, (Made){ .nonce = nonce_c });
    assert_findings(request_findings(tracker, whole), "pending_resync");
    assert_first_frames(request_findings(tracker, whole), "pending_resync", 7, 6);
    send_reply(tracker, whole, 8, reply_parts("0", NULL));
    const ScepExchange *poll = send_request(tracker, 9, (Made){ .type = "20", .nonce = pki_nonce_b });
    assert_findings(request_findings(tracker, poll), "pkiop_certpoll certrep_certpoll_after_success");
    const uint8_t fresh[16] = { 0xd0 };
    const ScepExchange *again = send_request(tracker, 10, (Made){ .nonce = fresh });
    assert_int_not_equal(again->enrollment->number, first->enrollment->number);
    assert_ptr_equal(again->enrollment->earlier, first->enrollment);
    assert_ptr_equal(first->enrollment->later, again->enrollment);
    assert_findings(request_findings(tracker, again), "");
    send_reply(tracker, (ScepExchange *)again, 11, reply_parts("2", "2"));
    const uint8_t fresher[16] = { 0xe0 };
    const ScepExchange *third = send_request(tracker, 12, (Made){ .nonce = fresher });
    assert_findings(request_findings(tracker, third), "txid_reused");
    assert_detail(request_findings(tracker, third), "txid_reused", "Enrollment 2 had it before");
    diagnosed_tracker_free(tracker);
}

/* The GetCACert answer came from one address, the request goes to another. */
static void test_server_changes(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    Read read;

    (void)state;
    ask_certificate(tracker);
    read_message(&read, made_request((Made){ 0 }));
    const ScepRequest request = whole_request(&read);
    ScepPlace place = place_at(5);
    place.server = "192.0.2.2";
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    assert_findings(request_findings(tracker, exchange), "ndes_server_changes_mid_enrolment");
    assert_first_frames(request_findings(tracker, exchange), "ndes_server_changes_mid_enrolment", 5, 4);
    assert_detail(request_findings(tracker, exchange), "ndes_server_changes_mid_enrolment",
                  "Encrypted for a certificate that 192.0.2.1 has shown, and sent to 192.0.2.2");
    cover(&coverage, case_of_request(tracker, exchange, &request));
    /* who asked no other server may have another address of the same */
    place.client = "192.0.2.11";
    place.frame++;
    assert_null(find_finding(request_findings(tracker, scep_tracker_request(tracker, &place, &request)),
                             "ndes_server_changes_mid_enrolment"));
    diagnosed_tracker_free(tracker);

    /* the same message behind a proxy is the proxy's */
    tracker = diagnosed_tracker_new();
    ask_certificate(tracker);
    assert_findings(request_findings(tracker, ask(tracker, 5, &request)), "");
    place = place_at(6);
    place.client = server_address;
    place.server = "192.0.2.2";
    assert_findings(request_findings(tracker, scep_tracker_request(tracker, &place, &request)),
                    "device_hop_client_is_proxy");
    forget(&read);
    diagnosed_tracker_free(tracker);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static void check_request(Made made, const char *caps, const char *expected, const char *id, const char *detail)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    if (caps != NULL)
        ask_capabilities(tracker, caps);
    const ScepExchange *exchange = send_request(tracker, 5, made);
    assert_findings(request_findings(tracker, exchange), expected);
    if (id != NULL)
        assert_detail(request_findings(tracker, exchange), id, detail);
    diagnosed_tracker_free(tracker);
}

static void test_renewal_not_offered(void **state)
{
    const Made type_17 = { .type = "17", .signer = issued }, type_19 = { .signer = issued };

    (void)state;
    check_request(type_17, GOOD_CAPS, "pkiop_renewalreq", NULL, NULL);
    check_request(type_17, "POSTPKIOperation\nSHA-256\nAES\n", "pkiop_renewalreq caps_no_renewal", NULL, NULL);
    check_request(type_19, "SCEPStandard\n", "pkiop_renewalreq caps_no_renewal", NULL, NULL);
    check_request(type_19, "SCEPStandard\nUpdate\n", "pkiop_renewalreq", NULL, NULL);
    check_request(type_17, NULL, "pkiop_renewalreq", NULL, NULL); /* nobody asked what it offers */
    check_request((Made){ 0 }, "SCEPStandard\n", "", NULL, NULL);
}

static void test_unusual_encryption(void **state)
{
    X509 *elliptic = pki_self_signed("ra", other_key);

    (void)state;
    check_request((Made){ .content = pki_envelope(ra, "AES-256-CBC", "x", 1) }, NULL, "", NULL, NULL);
    check_request((Made){ .content = pki_envelope(ra, "AES-128-GCM", "x", 1) }, NULL, "pkiop_encryption_unusual",
                  "pkiop_encryption_unusual", "The request uses AuthEnvelopedData");
    check_request((Made){ .content = pki_envelope(elliptic, "AES-128-CBC", "x", 1) }, NULL, "pkiop_encryption_unusual",
                  "pkiop_encryption_unusual", "The request uses kari");
    X509_free(elliptic);
}

static void test_weak_signer(void **state)
{
    const PkiSubject in_short = {
        .common_name = "device", .key = short_key, .issuer = ra, .issuer_key = ra_key, .version = 2
    };
    X509 *renewing = pki_certificate(&in_short);

    (void)state;
    check_request((Made){ .signer = short_signer, .key = short_key }, NULL, "weak_signature", "weak_signature",
                  "\"O=Contoso, CN=device\": RSA key of 1024 bits, signed with RSA-SHA256");
    check_request((Made){ .signer = ra, .key = ra_key }, NULL, "", NULL, NULL);
    check_request((Made){ .signer = renewing, .key = short_key }, NULL, "pkiop_renewalreq weak_signature", NULL, NULL);
    X509_free(renewing);
}

/* From inside the opened envelope. */
static void test_inside(void **state)
{
    ScepCsr csr = { .key_algorithm = (char *)"RSA",
                    .key_bits = 1024,
                    .challenge = { .present = true, .tag = SCEP_TAG_PRINTABLE_STRING } };
    ScepTracker *tracker = diagnosed_tracker_new();
    Read read;

    (void)state;
    read_message(&read, made_request((Made){ .type = "17", .signer = issued }));
    ScepRequest request = whole_request(&read);
    request.csr = &csr;
    ScepExchange *exchange = ask(tracker, 5, &request);
    assert_findings(request_findings(tracker, exchange), "pkiop_renewalreq weak_signature pkiop_challenge_in_renewal");
    cover(&coverage, case_of_request(tracker, exchange, &request));
    forget(&read);
    diagnosed_tracker_free(tracker);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

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
    check_reply(made, NULL, success_for(NULL, NULL), "certrep_success", NULL, NULL);

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
                "Its pkiStatus is 7");
    check_reply((Made){ 0 }, NULL, reply_of("3", "x"), "certrep_unknown_status", "certrep_unknown_status",
                "It has no pkiStatus that can be read");
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

/* A frame is a second here. */
static void test_loop(void **state)
{
    static const uint8_t nonces[][16] = { { 1 }, { 2 }, { 3 }, { 4 }, { 5 } };
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        send_reply(tracker, send_request(tracker, 10 + 2 * i, (Made){ .nonce = nonces[i] }), 11 + 2 * i,
                   reply_parts("2", "2"));
    const ScepExchange *third = send_request(tracker, 20, (Made){ .nonce = nonces[2] });
    assert_non_null(find_finding(request_findings(tracker, third), "retry_loop"));
    assert_detail(request_findings(tracker, third), "retry_loop", "3 tries within a minute");
    /* a minute later it is none, nor when one of them was granted */
    assert_null(
        find_finding(request_findings(tracker, send_request(tracker, 75, (Made){ .nonce = nonces[3] })), "retry_loop"));
    diagnosed_tracker_free(tracker);

    tracker = diagnosed_tracker_new();
    for (unsigned i = 0; i < 4; i++) {
        ScepExchange *exchange = send_request(tracker, 10 + 2 * i, (Made){ .nonce = nonces[i] });
        assert_null(find_finding(request_findings(tracker, exchange), "retry_loop"));
        send_reply(tracker, exchange, 11 + 2 * i, reply_parts("0", NULL));
    }
    diagnosed_tracker_free(tracker);

    tracker = diagnosed_tracker_new();
    for (unsigned i = 0; i < 4; i++)
        assert_null(find_finding(
            request_findings(tracker, send_request(tracker, 10 + i, (Made){ .type = "20", .nonce = nonces[i] })),
            "retry_loop"));
    diagnosed_tracker_free(tracker);
}

/* A frame is a second here, and NDES keeps a challenge for an hour. */
static void test_old_challenge(void **state)
{
    static const char page[] = "<P> The enrollment challenge password is: <B> 0123 </B>";
    const ScepResponse response = { .status = 200, .body = (const uint8_t *)page, .body_size = sizeof page - 1 };
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(SCEP_OP_NONE);

    (void)state;
    request.path_kind = SCEP_PATH_NDES_ADMIN;
    answer(tracker, ask(tracker, 1, &request), 2, &response);
    assert_findings(request_findings(tracker, send_request(tracker, 3602, (Made){ 0 })), "");
    const ScepExchange *late = send_request(tracker, 4502, (Made){ .transaction = "late", .nonce = nonce_c });
    assert_findings(request_findings(tracker, late), "challenge_expired_age");
    assert_detail(request_findings(tracker, late), "challenge_expired_age",
                  "The newest one that this server handed out is 75 minutes old");
    assert_first_frames(request_findings(tracker, late), "challenge_expired_age", 4502, 2);
    answer(tracker, ask(tracker, 4503, &request), 4504, &response);
    const uint8_t fresh[16] = { 0xd0 };
    assert_findings(
        request_findings(tracker, send_request(tracker, 4600, (Made){ .transaction = "fresh", .nonce = fresh })), "");
    diagnosed_tracker_free(tracker);
}

static void test_every_rule(void **state)
{
    (void)state;
    assert_covered(&coverage, SCEP_ON_REQUEST);
    assert_covered(&coverage, SCEP_ON_ANSWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonce_reused),
        cmocka_unit_test(test_nonces_of_replies),
        cmocka_unit_test(test_nonce_not_returned),
        cmocka_unit_test(test_transactions_used_again),
        cmocka_unit_test(test_server_changes),
        cmocka_unit_test(test_renewal_not_offered),
        cmocka_unit_test(test_unusual_encryption),
        cmocka_unit_test(test_weak_signer),
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_recipient_of_the_answer),
        cmocka_unit_test(test_odd_answers),
        cmocka_unit_test(test_renewal_refused),
        cmocka_unit_test(test_issued_in_clear),
        cmocka_unit_test(test_issuer_unknown),
        cmocka_unit_test(test_short_key_refused),
        cmocka_unit_test(test_long_name_refused),
        cmocka_unit_test(test_special_name_refused),
        cmocka_unit_test(test_old_challenge),
        cmocka_unit_test(test_loop),
        cmocka_unit_test(test_every_rule), /* of what the ones before it have shown */
    };

    return cmocka_run_group_tests(tests, make_more_people, free_more_people);
}
