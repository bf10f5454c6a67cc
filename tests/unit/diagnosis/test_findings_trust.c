/* test_findings_trust.c
 * Signatures, recipients, clocks and keys: for each rule a message that raises its hint, and neighbors that do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"

#include "scep/cms.h"
#include "diagnosis/findings.h"

#define DAY G_GINT64_CONSTANT(86400)
#define NOW G_GINT64_CONSTANT(1750000000)

static const ScepVerdict good = { SCEP_VERIFY_GOOD, SCEP_VERIFY_PLAIN };
static const ScepVerdict bad = { SCEP_VERIFY_BAD, SCEP_VERIFY_PLAIN };

static Coverage coverage = { &scep_rules_trust, { false } };

/* What a case changes in a good exchange. */
typedef struct {
    const ScepChecks *checks;
    const ScepChecks *asked_checks; /* of the request that is answered */
    const ScepCsr *csr;
    GPtrArray *issued;
    int64_t signing_time; /* 0 for none */
    int64_t now;          /* seconds; 0 for NOW */
    bool knows_cacert;
} Changes;

static ScepPlace place_when(uint32_t frame, const Changes *changes)
{
    ScepPlace place = place_at(frame);

    place.time = (changes->now ? changes->now : NOW) * SECOND;
    return place;
}

static void assert_ids(const ScepFinding *findings, const char *expected, const char *detail)
{
    assert_findings(findings, expected);
    if (detail != NULL)
        assert_string_equal(findings->detail, detail);
}

static void check_request(Made made, Changes changes, const char *expected, const char *detail)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepPlace place = place_when(5, &changes);
    Read read;

    if (changes.knows_cacert)
        ask_certificate(tracker);
    read_message(&read, made_request(made));
    read.carried.message->signing_time = changes.signing_time;
    ScepRequest request = whole_request(&read);
    request.checks = changes.checks;
    request.csr = changes.csr;
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    assert_ids(request_findings(tracker, exchange), expected, detail);
    cover(&coverage, case_of_request(tracker, exchange, &request));
    forget(&read);
    diagnosed_tracker_free(tracker);
}

static void check_reply(PkiParts parts, Changes changes, const char *expected, const char *detail)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepPlace place = place_when(6, &changes);
    Read asked, answered;

    if (changes.knows_cacert)
        ask_certificate(tracker);
    read_message(&asked, made_request((Made){ 0 }));
    read_message(&answered, pki_signed_data(parts));
    ScepRequest request = whole_request(&asked);
    request.csr = changes.csr;
    request.checks = changes.asked_checks;
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    ScepResponse response = whole_response(&answered);
    response.checks = changes.checks;
    response.issued = changes.issued;
    scep_tracker_response(tracker, exchange, &place, &response);
    assert_ids(response_findings(tracker, exchange), expected, detail);
    cover(&coverage, case_of_answer(tracker, exchange, &response));
    forget(&asked);
    forget(&answered);
    diagnosed_tracker_free(tracker);
}

/* ---- signatures -------------------------------------------------------------------------------------------------- */

static void test_signatures(void **state)
{
    const ScepChecks fine = { .digest = good, .signature = good };
    const ScepChecks damaged = { .digest = bad, .signature = good };
    const ScepChecks forged = { .digest = good, .signature = bad, .signer_frame = 4 };

    (void)state;
    check_request((Made){ 0 }, (Changes){ .checks = &fine }, "", NULL);
    check_request((Made){ 0 }, (Changes){ .checks = &damaged }, "pkiop_digest_bad", NULL);
    check_request((Made){ 0 }, (Changes){ .checks = &forged }, "pkiop_signature_bad", NULL);
    check_reply(reply_parts("3", NULL), (Changes){ .checks = &fine }, "certrep_pending", NULL);
    check_reply(reply_parts("3", NULL), (Changes){ .checks = &damaged }, "certrep_digest_bad certrep_pending", NULL);
    check_reply(reply_parts("3", NULL), (Changes){ .checks = &forged }, "certrep_signature_bad certrep_pending", NULL);
}

static void test_unknown_signer(void **state)
{
    PkiParts parts = reply_parts("3", NULL);

    (void)state;
    check_reply(reply_parts("3", NULL), (Changes){ .knows_cacert = true }, "certrep_pending", NULL);
    parts.signer = device;
    parts.key = device_key;
    parts.certificates = pki_certificate_der(device); /* that it comes along makes it no better */
    check_reply(parts, (Changes){ .knows_cacert = true }, "certrep_signer_not_ra certrep_pending", NULL);
    parts = reply_parts("3", NULL);
    parts.signer = device;
    parts.key = device_key;
    check_reply(parts, (Changes){ 0 }, "certrep_pending", NULL); /* nobody asked for the certificates */
}

/* ---- recipients -------------------------------------------------------------------------------------------------- */

static void test_recipient(void **state)
{
    X509 *stranger = pki_self_signed("stranger", ra_key);

    (void)state;
    check_request((Made){ 0 }, (Changes){ .knows_cacert = true }, "", NULL);
    check_request((Made){ .content = pki_envelope(stranger, "AES-128-CBC", "x", 1) }, (Changes){ .knows_cacert = true },
                  "pkiop_wrong_recipient", "Encrypted for a certificate that no GetCACert answer of this server holds");
    check_request((Made){ .content = pki_envelope(stranger, "AES-128-CBC", "x", 1) }, (Changes){ 0 }, "", NULL);
    X509_free(stranger);
}

/* ---- clocks ------------------------------------------------------------------------------------------------------ */

static void test_signing_time(void **state)
{
    (void)state;
    check_request((Made){ 0 }, (Changes){ .signing_time = NOW + 600 }, "", NULL);
    check_request((Made){ 0 }, (Changes){ .signing_time = NOW + 601 }, "signer_clock",
                  "The signer's clock is 601 seconds ahead of the capture's");
    check_request((Made){ 0 }, (Changes){ .signing_time = NOW - 7200 }, "signer_clock",
                  "The signer's clock is 7200 seconds behind the capture's");
    check_request((Made){ 0 }, (Changes){ .signing_time = NOW, .now = 5 }, "", NULL); /* a capture without a clock */
}

/* The certificates of these tests are valid from 2024 to 2034. */
static void test_validity_of_the_signer(void **state)
{
    const PkiSubject to_device = {
        .common_name = "device", .key = device_key, .issuer = ra, .issuer_key = ra_key, .serial = 7, .version = 2
    };
    X509 *issued = pki_certificate(&to_device);
    const int64_t before = NOW - 1000 * DAY, after = NOW + 4000 * DAY;

    (void)state;
    check_request((Made){ 0 }, (Changes){ .now = before }, "pkiop_signer_clock_skew",
                  "\"O=Contoso, CN=device\" is not yet valid");
    check_request((Made){ 0 }, (Changes){ .now = after }, "pkiop_signer_clock_skew",
                  "\"O=Contoso, CN=device\" is expired");
    check_request((Made){ .signer = issued }, (Changes){ 0 }, "pkiop_renewalreq",
                  "Signed with the certificate \"O=Contoso, CN=device\" of \"O=Contoso, CN=ra\"");
    check_request((Made){ .signer = issued }, (Changes){ .now = after },
                  "pkiop_renewal_expired_signer pkiop_renewalreq", NULL);
    check_request((Made){ .signer = issued }, (Changes){ .now = before }, "pkiop_renewalreq", NULL);
    X509_free(issued);
}

/* ---- what is inside ---------------------------------------------------------------------------------------------- */

static ScepCsr csr_of(X509 *x509, uint32_t tag)
{
    ScepCsr csr = { .key_algorithm = (char *)"EC", .key_bits = 256, .challenge = { .present = tag != 0, .tag = tag } };
    ScepCertificate *certificate = read_certificate(x509);

    memcpy(csr.spki_sha256, certificate->spki_sha256, sizeof csr.spki_sha256);
    scep_certificate_free(certificate);
    return csr;
}

static void test_inside_the_request(void **state)
{
    const ScepCsr fine = csr_of(device, SCEP_TAG_PRINTABLE_STRING), other_key = csr_of(ra, SCEP_TAG_PRINTABLE_STRING);
    const ScepCsr without = csr_of(device, 0), utf8 = csr_of(device, SCEP_TAG_UTF8_STRING);

    (void)state;
    check_request((Made){ 0 }, (Changes){ .csr = &fine }, "", NULL);
    check_request((Made){ 0 }, (Changes){ .csr = &other_key }, "pkiop_signer_not_matching_csr", NULL);
    check_request((Made){ 0 }, (Changes){ .csr = &without }, "pkiop_challenge_absent", NULL);
    check_request((Made){ .type = "17" }, (Changes){ .csr = &without }, "pkiop_renewalreq", NULL);
    check_request((Made){ 0 }, (Changes){ .csr = &utf8 }, "pkiop_challenge_not_printable", "It is a UTF8String");
}

/* Damage on the way says it all; what could not be checked is not bad. */
static void test_signature_of_the_request(void **state)
{
    const ScepCsr csr = csr_of(device, SCEP_TAG_PRINTABLE_STRING);
    const ScepVerdict unchecked = { SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_TRUNCATED };
    const struct {
        ScepChecks checks;
        const char *expected;
    } rows[] = {
        { { .digest = good, .signature = good, .csr_signature = good }, "" },
        { { .digest = good, .signature = good, .csr_signature = bad }, "csr_signature_bad" },
        { { .digest = good, .signature = good, .csr_signature = unchecked }, "" },
        { { .digest = unchecked, .signature = unchecked, .csr_signature = bad }, "csr_signature_bad" },
        { { .digest = bad, .signature = good, .csr_signature = bad }, "pkiop_digest_bad" },
        { { .digest = good, .signature = bad, .csr_signature = bad }, "pkiop_signature_bad" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check_request((Made){ 0 }, (Changes){ .csr = &csr, .checks = &rows[i].checks }, rows[i].expected, NULL);
}

static void test_challenge_used_twice(void **state)
{
    const ScepCsr csr = csr_of(device, SCEP_TAG_PRINTABLE_STRING);
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        Read read;
        read_message(&read, made_request((Made){ .transaction = i ? "second" : "first",
                                                 .nonce = i ? pki_nonce_b : pki_nonce_a }));
        ScepRequest request = whole_request(&read);
        request.csr = &csr;
        ScepExchange *exchange = ask(tracker, 5 + i, &request);
        assert_findings(request_findings(tracker, exchange), i ? "challenge_one_time_reused" : "");
        cover(&coverage, case_of_request(tracker, exchange, &request));
        forget(&read);
    }
    diagnosed_tracker_free(tracker);
}

static void check_issued(X509 *x509, const ScepCsr *csr, int64_t now, const char *expected)
{
    GPtrArray *issued = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);

    if (x509 != NULL)
        g_ptr_array_add(issued, read_certificate(x509));
    check_reply(reply_parts("0", NULL), (Changes){ .csr = csr, .issued = issued, .now = now }, expected, NULL);
    g_ptr_array_unref(issued);
}

static void test_issued(void **state)
{
    const ScepCsr csr = csr_of(device, SCEP_TAG_PRINTABLE_STRING);

    (void)state;
    check_issued(device, &csr, 0, "certrep_success");
    check_issued(ra, &csr, 0, "issued_key_mismatch certrep_success");
    check_issued(ra, NULL, 0, "issued_key_mismatch certrep_success");
    check_issued(device, NULL, 0, "certrep_success");
    check_issued(device, &csr, NOW + 4000 * DAY, "issued_not_valid_now certrep_success");
    check_issued(NULL, &csr, 0, "certrep_success_no_certificate");
}

/* @param subject  CN of the PKCS#10 that was opened */
static void check_names(X509 *x509, const char *subject, const char *expected, const char *detail)
{
    GPtrArray *issued = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    X509_REQ *request = X509_REQ_new();
    unsigned char *der = NULL;

    X509_REQ_set_pubkey(request, device_key);
    X509_NAME *name = X509_REQ_get_subject_name(request);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const uint8_t *)"Contoso", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)subject, -1, -1, 0);
    X509_REQ_sign(request, device_key, EVP_sha256());
    const int size = i2d_X509_REQ(request, &der);
    ScepDecryption decryption = { .status = SCEP_DECRYPTION_OPENED, .plaintext = g_bytes_new(der, (gsize)size) };
    const ScepChecks asked = { .decryption = &decryption };

    g_ptr_array_add(issued, read_certificate(x509));
    check_reply(reply_parts("0", NULL), (Changes){ .asked_checks = &asked, .issued = issued }, expected, detail);
    g_bytes_unref(decryption.plaintext);
    g_ptr_array_unref(issued);
    OPENSSL_free(der);
    X509_REQ_free(request);
}

static void test_issued_names(void **state)
{
    (void)state;
    check_names(device, "device", "certrep_success", NULL);
    check_names(device, "jane", "issued_subject_differs certrep_success",
                "Asked for \"O=Contoso, CN=jane\", got \"O=Contoso, CN=device\"");
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
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_unknown_signer),
        cmocka_unit_test(test_recipient),
        cmocka_unit_test(test_signing_time),
        cmocka_unit_test(test_validity_of_the_signer),
        cmocka_unit_test(test_inside_the_request),
        cmocka_unit_test(test_signature_of_the_request),
        cmocka_unit_test(test_challenge_used_twice),
        cmocka_unit_test(test_issued),
        cmocka_unit_test(test_issued_names),
        cmocka_unit_test(test_every_rule), /* of what the ones before it have shown */
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
