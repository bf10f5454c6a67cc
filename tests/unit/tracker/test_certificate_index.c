/* test_certificate_index.c
 * What an enrollment certifies, and which earlier enrollment it renews.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"
#include "tracker/tracker.h"

#define OLD_SERIAL 77

/* Beside the shared device and ra: what ra issued to the device's key and to another. */
static EVP_PKEY *other_key;
static X509 *issued, *issued_to_other, *other;

static int make_more_people(void **state)
{
    const int failed = make_people(state);
    PkiSubject subject = { .common_name = "device",
                           .key = device_key,
                           .issuer = ra,
                           .issuer_key = ra_key,
                           .serial = OLD_SERIAL,
                           .version = 2 };

    other_key = pki_ec_key();
    other = pki_self_signed("other", other_key);
    issued = pki_certificate(&subject);
    subject.key = other_key;
    subject.serial = OLD_SERIAL + 1;
    issued_to_other = pki_certificate(&subject);
    return failed;
}

static int free_more_people(void **state)
{
    X509_free(other);
    X509_free(issued);
    X509_free(issued_to_other);
    EVP_PKEY_free(other_key);
    return free_people(state);
}

static ScepCsr *csr_of(EVP_PKEY *key, const char *subject, const char *template_name)
{
    GByteArray *der = pki_request_der(key, NULL);
    ScepCsr *csr = scep_csr_new(der->data, der->len, 0);

    g_free(csr->subject);
    csr->subject = g_strdup(subject);
    csr->template_name = g_strdup(template_name);
    g_byte_array_unref(der);
    return csr;
}

/* One request in a frame of its own; its transaction and nonce follow from the frame unless a transaction is given.
 * @a csr  taken over; NULL for a closed envelope */
static ScepExchange *send_request(ScepTracker *tracker, uint32_t frame, Made made, ScepCsr *csr)
{
    char *transaction = g_strdup_printf("T%u", frame);
    const uint8_t nonce[16] = { (uint8_t)frame };
    Read read;

    if (made.transaction == NULL)
        made.transaction = transaction;
    made.nonce = nonce;
    read_message(&read, made_request(made));
    ScepRequest request = whole_request(&read);
    request.csr = csr;
    ScepExchange *exchange = ask(tracker, frame, &request);
    forget(&read);
    scep_csr_free(csr);
    g_free(transaction);
    return exchange;
}

static Made renewal(X509 *signer, EVP_PKEY *key)
{
    return (Made){ .type = "17", .signer = signer, .key = key };
}

/* The answer to it in the frame behind. @a certificate  NULL for a closed envelope */
static void reply(ScepTracker *tracker, ScepExchange *exchange, const char *status, X509 *certificate)
{
    PkiParts parts = reply_parts(status, NULL);
    Read read;

    g_byte_array_unref(parts.attributes);
    parts.attributes = pki_reply_attributes(status, NULL, exchange->transaction_id, pki_nonce_b, exchange->nonce);
    read_message(&read, pki_signed_data(parts));
    ScepResponse response = whole_response(&read);
    if (certificate != NULL) {
        GByteArray *der = pki_certificate_der(certificate);
        response.issued = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
        g_ptr_array_add(response.issued, scep_certificate_new(der->data, der->len));
        g_byte_array_unref(der);
    }
    answer(tracker, exchange, exchange->request_frame + 1, &response);
    g_clear_pointer(&response.issued, g_ptr_array_unref);
    forget(&read);
}

static void assert_key(const ScepEnrollment *enrollment, int known, EVP_PKEY *key)
{
    ScepCsr *csr = csr_of(key, NULL, NULL);

    assert_int_equal(enrollment->spki_known, known);
    assert_memory_equal(enrollment->spki_sha256, csr->spki_sha256, sizeof csr->spki_sha256);
    scep_csr_free(csr);
}

/* The certificate tells, whatever key the enrollment that issued it is known by. */
static void test_renews_by_certificate(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    ScepExchange *by_key = send_request(tracker, 1, (Made){ .signer = device }, NULL);
    ScepExchange *by_name = send_request(tracker, 11, (Made){ .signer = other, .key = other_key }, NULL);
    reply(tracker, by_name, "0", issued);
    assert_ptr_not_equal(by_key->enrollment, by_name->enrollment);
    const ScepExchange *third = send_request(tracker, 21, renewal(issued, device_key), NULL);
    assert_ptr_equal(third->enrollment->renews, by_name->enrollment);
    assert_null(by_name->enrollment->renews);
    scep_tracker_free(tracker);
}

/* The answer is closed: the key of the certificate that signs is the one that the first request asked for. */
static void test_renews_by_key(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    ScepExchange *first = send_request(tracker, 1, (Made){ .signer = device }, NULL);
    reply(tracker, first, "0", NULL);
    assert_key(first->enrollment, SCEP_KEY_OF_SIGNER, device_key);
    const ScepExchange *stranger = send_request(tracker, 11, renewal(issued_to_other, other_key), NULL);
    assert_null(stranger->enrollment->renews);
    /* draft-nourse-scep: a renewal may be a PKCSReq */
    const ScepExchange *old_style = send_request(tracker, 21, (Made){ .signer = issued }, NULL);
    assert_ptr_equal(old_style->enrollment->renews, first->enrollment);
    const ScepExchange *renewed = send_request(tracker, 31, renewal(issued, device_key), NULL);
    assert_ptr_equal(renewed->enrollment->renews, first->enrollment);
    scep_tracker_free(tracker);
}

/* A first enrollment renews nothing, even under a key that was certified before. */
static void test_first_enrollment_again(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    reply(tracker, send_request(tracker, 1, (Made){ .signer = device }, NULL), "0", NULL);
    ScepExchange *second = send_request(tracker, 11, (Made){ .signer = device }, NULL);
    assert_null(second->enrollment->renews);
    /* it is the newest with this key */
    const ScepExchange *third = send_request(tracker, 21, renewal(issued, device_key), NULL);
    assert_ptr_equal(third->enrollment->renews, second->enrollment);
    scep_tracker_free(tracker);
}

static void test_does_not_renew_itself(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    Made again = renewal(issued, device_key);

    (void)state;
    const ScepExchange *first = send_request(tracker, 1, (Made){ .signer = device, .transaction = TRANSACTION }, NULL);
    again.transaction = TRANSACTION;
    const ScepExchange *second = send_request(tracker, 11, again, NULL);
    assert_ptr_equal(second->enrollment, first->enrollment);
    assert_null(first->enrollment->renews);
    scep_tracker_free(tracker);
}

/* Each renewal with a new key, signed with the old one: a chain. */
static void test_new_key(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    const ScepExchange *first = send_request(tracker, 1, (Made){ .signer = device }, NULL);
    const ScepExchange *second =
        send_request(tracker, 11, renewal(issued, device_key), csr_of(other_key, "CN=x", NULL));
    assert_ptr_equal(second->enrollment->renews, first->enrollment);
    assert_key(second->enrollment, SCEP_KEY_OF_REQUEST, other_key);
    assert_key(first->enrollment, SCEP_KEY_OF_SIGNER, device_key);
    const ScepExchange *third = send_request(tracker, 21, renewal(issued_to_other, other_key), NULL);
    assert_ptr_equal(third->enrollment->renews, second->enrollment);
    /* the signer of a renewal has the old key: that of the new certificate stays unknown */
    assert_int_equal(third->enrollment->spki_known, SCEP_KEY_UNKNOWN);
    scep_tracker_free(tracker);
}

/* The PKCS#10 knows better than the signer; its key is the one to be found by then, and stays. */
static void test_key_of_request_replaces_signers(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const Made made = { .signer = device, .transaction = TRANSACTION };

    (void)state;
    const ScepExchange *first = send_request(tracker, 1, made, NULL);
    assert_key(first->enrollment, SCEP_KEY_OF_SIGNER, device_key);
    const ScepExchange *second = send_request(tracker, 3, made, csr_of(other_key, "CN=x", NULL));
    assert_ptr_equal(second->enrollment, first->enrollment);
    assert_key(first->enrollment, SCEP_KEY_OF_REQUEST, other_key);
    send_request(tracker, 5, made, csr_of(device_key, "CN=x", NULL));
    assert_key(first->enrollment, SCEP_KEY_OF_REQUEST, other_key);

    assert_null(send_request(tracker, 11, renewal(issued, device_key), NULL)->enrollment->renews);
    assert_ptr_equal(send_request(tracker, 21, renewal(issued_to_other, other_key), NULL)->enrollment->renews,
                     first->enrollment);
    scep_tracker_free(tracker);
}

/* What the request says of subject and template counts; the certificate adds the serial, the first one alone. */
static void test_names(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    ScepExchange *first = send_request(tracker, 1, (Made){ .signer = device, .transaction = TRANSACTION },
                                       csr_of(device_key, "CN=asked for", "Phones"));
    const ScepEnrollment *enrollment = first->enrollment;
    assert_string_equal(enrollment->subject, "CN=asked for");
    assert_string_equal(enrollment->template_name, "Phones");
    assert_null(enrollment->serial);
    reply(tracker, first, "0", issued);
    assert_string_equal(enrollment->subject, "CN=asked for");
    assert_string_equal(enrollment->serial, "4d");
    const uint64_t identity = enrollment->issued;
    assert_true(identity != 0);
    reply(tracker, first, "0", issued_to_other);
    assert_string_equal(enrollment->serial, "4d");
    assert_true(enrollment->issued == identity);
    scep_tracker_free(tracker);
}

static void test_names_of_certificate(void **state)
{
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    ScepExchange *closed = send_request(tracker, 1, (Made){ .signer = device }, NULL);
    assert_null(closed->enrollment->subject);
    reply(tracker, closed, "0", other);
    assert_string_equal(closed->enrollment->subject, "O=Contoso, CN=other");
    assert_string_equal(closed->enrollment->serial, "00c0ffee"); /* the octets of the INTEGER */
    assert_null(closed->enrollment->template_name);
    /* a refusal delivers nothing, whatever comes with it */
    ScepExchange *refused = send_request(tracker, 11, (Made){ .signer = device }, NULL);
    reply(tracker, refused, "2", issued);
    assert_null(refused->enrollment->serial);
    assert_true(refused->enrollment->issued == 0);
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_renews_by_certificate),
        cmocka_unit_test(test_renews_by_key),
        cmocka_unit_test(test_first_enrollment_again),
        cmocka_unit_test(test_does_not_renew_itself),
        cmocka_unit_test(test_new_key),
        cmocka_unit_test(test_key_of_request_replaces_signers),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_of_certificate),
    };

    return cmocka_run_group_tests(tests, make_more_people, free_more_people);
}
