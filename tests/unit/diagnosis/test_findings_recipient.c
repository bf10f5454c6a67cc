/* test_findings_recipient.c
 * Recipients and signers against every GetCACert answer of a server: there now, there earlier, replaced since, never.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"
#include "tracker/shown.h"

static X509 *old_ra, *stranger;

static int make_ras(void **state)
{
    const int failed = make_people(state);

    old_ra = pki_self_signed("old ra", ra_key);
    stranger = pki_self_signed("stranger", ra_key);
    return failed;
}

static int free_ras(void **state)
{
    X509_free(old_ra);
    X509_free(stranger);
    return free_people(state);
}

static const char other_device[] = "192.0.2.11";

static ScepPlace place_of(uint32_t frame, const char *client)
{
    ScepPlace place = place_at(frame);

    place.client = client;
    place.stream = frame;
    return place;
}

/* GetCACert. @param shown  NULL for a certificate that cannot be read */
static void show(ScepTracker *tracker, uint32_t frame, const char *client, const char *identifier, X509 *shown)
{
    const ScepPlace asks = place_of(frame, client), answers = place_of(frame + 1, client);
    ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);

    request.identifier = identifier;
    g_ptr_array_add(certificates, shown != NULL ? read_certificate(shown) : NULL);
    const ScepResponse response = { .status = 200, .certificates = certificates };
    scep_tracker_response(tracker, scep_tracker_request(tracker, &asks, &request), &answers, &response);
    g_ptr_array_unref(certificates);
}

/* A request of the device, encrypted to somebody: its finding, severity and detail. */
static void assert_recipient(ScepTracker *tracker, X509 *recipient, int severity, const char *detail)
{
    const ScepPlace place = place_of(100, device_address);
    Read read;

    read_message(&read, made_request((Made){ .content = pki_envelope(recipient, "AES-128-CBC", "x", 1) }));
    const ScepRequest request = whole_request(&read);
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    const ScepFinding *finding = find_finding(request_findings(tracker, exchange), "pkiop_wrong_recipient");
    if (severity == 0) {
        assert_null(finding);
    } else {
        assert_non_null(finding);
        assert_int_equal(finding->severity, severity);
        assert_string_equal(finding->detail, detail);
    }
    forget(&read);
    diagnosed_tracker_free(tracker);
}

static void test_now(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    show(tracker, 1, device_address, NULL, ra);
    assert_recipient(tracker, ra, 0, NULL);

    /* asked for by somebody else, and this device never asked: it is the newest */
    tracker = diagnosed_tracker_new();
    show(tracker, 1, other_device, NULL, old_ra);
    show(tracker, 3, other_device, NULL, ra);
    assert_recipient(tracker, ra, 0, NULL);
}

static void test_of_another_ca_of_the_same_server(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    show(tracker, 1, device_address, "one", old_ra);
    show(tracker, 3, other_device, "two", ra);
    assert_recipient(tracker, old_ra, 0, NULL);

    tracker = diagnosed_tracker_new();
    show(tracker, 1, other_device, "one", old_ra);
    show(tracker, 3, other_device, "two", ra);
    assert_recipient(tracker, old_ra, 0, NULL);
}

static void test_earlier(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    show(tracker, 1, other_device, NULL, old_ra);
    show(tracker, 3, device_address, NULL, ra);
    assert_recipient(tracker, old_ra, SCEP_SEVERITY_ERROR,
                     "Encrypted for \"O=Contoso, CN=old ra\", which an earlier GetCACert answer of this server held, "
                     "and the newest does not");
}

/* The client did as it was told. */
static void test_replaced(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    show(tracker, 1, device_address, NULL, old_ra);
    show(tracker, 3, other_device, NULL, ra);
    assert_recipient(tracker, old_ra, SCEP_SEVERITY_WARNING,
                     "Encrypted for \"O=Contoso, CN=old ra\", which this client was shown, and the GetCACert answers "
                     "since do not hold");
}

static void test_never(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    show(tracker, 1, other_device, NULL, old_ra);
    show(tracker, 3, device_address, NULL, ra);
    assert_recipient(tracker, stranger, SCEP_SEVERITY_ERROR,
                     "Encrypted for a certificate that no GetCACert answer of this server holds");

    /* nothing is claimed where not all of them could be read, or none was seen */
    tracker = diagnosed_tracker_new();
    show(tracker, 1, other_device, NULL, NULL);
    show(tracker, 3, device_address, NULL, ra);
    assert_recipient(tracker, stranger, 0, NULL);
    assert_recipient(diagnosed_tracker_new(), stranger, 0, NULL);
}

/* More different answers than are kept. */
static void test_never_is_bounded(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    for (unsigned i = 0; i <= SCEP_MAX_SHOWN; i++) {
        char *identifier = g_strdup_printf("ca %u", i);
        show(tracker, 1 + 2 * i, other_device, identifier, ra);
        g_free(identifier);
    }
    const ScepPlace place = place_of(3, other_device);
    const ScepServer *server = scep_tracker_get0_server(tracker, &place);
    assert_int_equal(server->shown->len, SCEP_MAX_SHOWN);
    assert_true(server->showed_more);
    assert_recipient(tracker, stranger, 0, NULL);
}

/* ---- who signed an answer ---------------------------------------------------------------------------------------- */

static void assert_signer(ScepTracker *tracker, X509 *signer, const char *detail)
{
    const ScepPlace asks = place_of(100, device_address), answers = place_of(101, device_address);
    PkiParts parts = reply_parts("2", "2");
    Read asked, answered;

    parts.signer = signer;
    parts.key = ra_key;
    g_byte_array_unref(parts.certificates);
    parts.certificates = NULL;
    read_message(&asked, made_request((Made){ 0 }));
    read_message(&answered, pki_signed_data(parts));
    const ScepRequest request = whole_request(&asked);
    const ScepResponse response = whole_response(&answered);
    ScepExchange *exchange = scep_tracker_request(tracker, &asks, &request);
    scep_tracker_response(tracker, exchange, &answers, &response);
    const ScepFinding *finding = find_finding(response_findings(tracker, exchange), "certrep_signer_not_ra");
    if (detail == NULL) {
        const ScepCertificate *known =
            scep_server_get0_signer(exchange->server, response.message, response.body, answers.frame);
        assert_null(finding);
        assert_non_null(known);
        /* what comes later in the capture is not known yet */
        assert_null(scep_server_get0_signer(exchange->server, response.message, response.body, 1));
    } else {
        assert_non_null(finding);
        assert_string_equal(finding->detail, detail);
    }
    forget(&asked);
    forget(&answered);
    diagnosed_tracker_free(tracker);
}

static void test_signers(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    show(tracker, 1, device_address, NULL, ra);
    assert_signer(tracker, ra, NULL);

    tracker = diagnosed_tracker_new();
    show(tracker, 1, device_address, "one", old_ra);
    show(tracker, 3, other_device, "two", ra);
    assert_signer(tracker, old_ra, NULL);

    tracker = diagnosed_tracker_new();
    show(tracker, 1, other_device, NULL, old_ra);
    show(tracker, 3, device_address, NULL, ra);
    assert_signer(tracker, old_ra,
                  "Signed with a certificate that an earlier GetCACert answer of this server held, and the newest does "
                  "not");

    tracker = diagnosed_tracker_new();
    show(tracker, 1, device_address, NULL, ra);
    assert_signer(tracker, stranger, "Signed with a certificate that no GetCACert answer of this server holds");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now),     cmocka_unit_test(test_of_another_ca_of_the_same_server),
        cmocka_unit_test(test_earlier), cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_never),   cmocka_unit_test(test_never_is_bounded),
        cmocka_unit_test(test_signers),
    };

    return cmocka_run_group_tests(tests, make_ras, free_ras);
}
