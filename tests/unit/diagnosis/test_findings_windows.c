/* test_findings_windows.c
 * A first enrollment as Windows makes it: by a signer for one message, whose extension names another key.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"
#include "tracker/client.h"

#define OTHER_KEY "critical,DER:30168014ABABABABABABABABABABABABABABABABABABABAB"

static EVP_PKEY *csr_key;
static X509 *windows, *namesake, *other_name, *issued;

static X509 *made(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, bool authority)
{
    static const char *const extensions[] = { "2.5.29.35", OTHER_KEY, NULL };
    const PkiSubject subject = { .common_name = name,
                                 .key = key,
                                 .issuer = issuer,
                                 .issuer_key = issuer_key,
                                 .extensions = authority ? extensions : NULL,
                                 .version = 2 };

    return pki_certificate(&subject);
}

static int make_signers(void **state)
{
    const int failed = make_people(state);
    X509 *same_name = pki_self_signed("device", ra_key);

    csr_key = pki_ec_key();
    windows = made("SCEP Protocol Certificate", device_key, NULL, NULL, true);
    other_name = made("device", device_key, NULL, NULL, true);
    namesake = made("device", device_key, same_name, ra_key, false);
    issued = made("device", device_key, ra, ra_key, false);
    X509_free(same_name);
    return failed;
}

static int free_signers(void **state)
{
    EVP_PKEY_free(csr_key);
    X509_free(windows);
    X509_free(other_name);
    X509_free(namesake);
    X509_free(issued);
    return free_people(state);
}

/* A request by this signer for another key than its own, refused. */
typedef struct {
    ScepTracker *tracker;
    ScepExchange *exchange;
} Refused;

static Refused refused(X509 *signer, bool opened)
{
    Refused out = { .tracker = diagnosed_tracker_new() };
    GByteArray *bytes = pki_request_der(csr_key, "secret");
    ScepCsr *csr = scep_csr_new(bytes->data, bytes->len, 0);
    Read read;

    ask_certificate(out.tracker);
    read_message(&read, made_request((Made){ .signer = signer, .key = device_key }));
    ScepRequest request = whole_request(&read);
    request.csr = opened ? csr : NULL;
    out.exchange = ask(out.tracker, 5, &request);
    certrep(out.tracker, out.exchange, 6, "2", "2");
    forget(&read);
    scep_csr_free(csr);
    g_byte_array_unref(bytes);
    return out;
}

static bool says(const Refused *about, const char *id)
{
    return find_finding(request_findings(about->tracker, about->exchange), id) != NULL ||
           find_finding(response_findings(about->tracker, about->exchange), id) != NULL;
}

static void check(X509 *signer, bool opened, bool is_renewal, bool key_is_wrong)
{
    const Refused about = refused(signer, opened);

    assert_int_equal(about.exchange->is_renewal, is_renewal);
    assert_int_equal(says(&about, "pkiop_renewalreq"), is_renewal);
    assert_int_equal(says(&about, "certrep_renewal_rejected"), is_renewal);
    assert_int_equal(says(&about, "pkiop_signer_not_matching_csr"), key_is_wrong);
    diagnosed_tracker_free(about.tracker);
}

static void test_first_enrollments(void **state)
{
    (void)state;
    check(windows, false, false, false);
    check(windows, true, false, false);
    check(other_name, false, false, false);
    check(other_name, true, false, true);
    check(device, true, false, true);
}

static void test_renewals(void **state)
{
    (void)state;
    check(issued, false, true, false);
    check(issued, true, true, false);
}

/* Its own issuer by name, and signed by a key that nobody showed: damaged, or of a CA of that name. */
static void test_nothing_is_claimed_of_what_cannot_be_told(void **state)
{
    (void)state;
    check(namesake, true, false, false);
}

static void test_the_key_to_be_certified(void **state)
{
    const struct {
        X509 *signer;
        uint8_t known, opened;
    } rows[] = { { windows, SCEP_KEY_UNKNOWN, SCEP_KEY_OF_REQUEST },
                 { device, SCEP_KEY_OF_SIGNER, SCEP_KEY_OF_REQUEST } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Refused about = refused(rows[i].signer, false);
        assert_int_equal(about.exchange->enrollment->spki_known, rows[i].known);
        diagnosed_tracker_free(about.tracker);
        about = refused(rows[i].signer, true);
        assert_int_equal(about.exchange->enrollment->spki_known, rows[i].opened);
        diagnosed_tracker_free(about.tracker);
    }
}

static void test_the_client(void **state)
{
    Refused about = refused(windows, false);

    (void)state;
    assert_true(scep_enrollment_client_is(about.exchange->enrollment, SCEP_CLIENT_WINDOWS));
    assert_string_equal(scep_client_guess_name(about.exchange->client_guess), "Windows");
    assert_true(scep_client_guess_is_by_message(about.exchange->client_guess));
    diagnosed_tracker_free(about.tracker);
    about = refused(device, false);
    assert_null(scep_client_guess_name(about.exchange->client_guess));
    assert_false(scep_enrollment_client_is(about.exchange->enrollment, SCEP_CLIENT_WINDOWS));
    assert_false(scep_enrollment_client_is(NULL, SCEP_CLIENT_WINDOWS));
    diagnosed_tracker_free(about.tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_enrollments),
        cmocka_unit_test(test_renewals),
        cmocka_unit_test(test_nothing_is_claimed_of_what_cannot_be_told),
        cmocka_unit_test(test_the_key_to_be_certified),
        cmocka_unit_test(test_the_client),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
