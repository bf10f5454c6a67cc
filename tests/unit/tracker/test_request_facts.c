/* test_request_facts.c
 * Facts of requests: what each is read from, that equal ones are one, and that nothing is said of what is cut.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"

#include "tracker/request_facts.h"

static const char *fact(const ScepExchange *exchange, ScepFactId id)
{
    assert_non_null(exchange->facts);
    return exchange->facts->value[id] != NULL ? exchange->facts->value[id] : "unknown";
}

#define assert_fact(exchange, id, expected) assert_string_equal(fact(exchange, SCEP_REQUEST_FACT_##id), expected)

static ScepExchange *book(ScepTracker *tracker, uint32_t frame, GByteArray *message, void (*change)(ScepRequest *))
{
    Read read;

    read_message(&read, message);
    ScepRequest request = whole_request(&read);
    request.host = "scep.contoso.com:8080";
    request.content_type = "application/x-pki-message";
    request.path = "/scep";
    if (change != NULL)
        change(&request);
    ScepExchange *exchange = ask(tracker, frame, &request);
    forget(&read);
    return exchange;
}

static void test_plain(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepExchange *exchange = book(tracker, 5, made_request((Made){ .transaction = NULL }), NULL);

    (void)state;
    assert_fact(exchange, content, "in one piece");
    assert_fact(exchange, encrypted_content, "in one piece");
    assert_fact(exchange, message_lengths, "DER");
    assert_fact(exchange, envelope_lengths, "DER");
    assert_fact(exchange, content_kind, "EnvelopedData");
    assert_fact(exchange, attributes, "contentType, messageDigest, messageType, senderNonce, transactionID");
    assert_fact(exchange, attribute_order, "not that of DER");
    assert_fact(exchange, string_types, "messageType PrintableString, transactionID PrintableString");
    assert_fact(exchange, digest, "SHA256");
    assert_fact(exchange, cipher, "AES-128-CBC");
    assert_fact(exchange, signature_oid, "names the digest too");
    assert_fact(exchange, signature_parameters, "absent");
    assert_fact(exchange, recipient_type, "ktri");
    assert_fact(exchange, recipients, "1");
    assert_fact(exchange, recipient_name, "by issuer and serial number");
    assert_fact(exchange, recipient_role, "unknown"); /* no GetCACert was seen */
    assert_fact(exchange, key_parameters, "NULL");
    assert_fact(exchange, iv, "16 octets");
    assert_fact(exchange, message_type, "PKCSReq");
    assert_fact(exchange, signer_algorithm, "EC");
    assert_fact(exchange, signer_key, "EC, 256 bits");
    assert_fact(exchange, signer_kind, "self-signed");
    assert_fact(exchange, signer_present, "yes");
    assert_fact(exchange, certificates, "1");
    assert_fact(exchange, nonce, "16 octets");
    assert_fact(exchange, transaction, "10 characters, hexadecimal digits in upper case");
    assert_fact(exchange, method, "POST");
    assert_fact(exchange, content_type, "application/x-pki-message");
    assert_fact(exchange, host, "scep.contoso.com");
    assert_fact(exchange, host_port, "named");
    assert_fact(exchange, path, "/scep");
    assert_fact(exchange, csr_key, "unknown"); /* it was not opened */
    assert_fact(exchange, digest_check, "unknown");
    scep_tracker_free(tracker);
}

static void test_ber(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    PkiParts parts = request_parts();

    (void)state;
    parts.indefinite = true;
    const ScepExchange *exchange = book(tracker, 5, pki_signed_data(parts), NULL);
    assert_fact(exchange, content, "constructed of pieces (BER)");
    assert_fact(exchange, encrypted_content, "in one piece");
    assert_fact(exchange, message_lengths, "BER");
    assert_fact(exchange, envelope_lengths, "DER");
    scep_tracker_free(tracker);
}

static void by_get(ScepRequest *request)
{
    request->is_get = true;
    request->base64_flags = SCEP_B64_RAW_PLUS | SCEP_B64_PERCENT_ESCAPED;
    request->target_length = 3415;
    request->content_type = NULL;
}

static void test_get(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepExchange *exchange = book(tracker, 5, made_request((Made){ .transaction = NULL }), by_get);

    (void)state;
    assert_fact(exchange, method, "GET");
    assert_fact(exchange, base64, "has \"+\" without an escape");
    assert_fact(exchange, url_length, "2 to 4 KB");
    assert_fact(exchange, content_type, "unknown"); /* there is no body */
    scep_tracker_free(tracker);
}

static void without_head(ScepRequest *request)
{
    request->host = NULL;
    request->content_type = NULL;
}

/* Where the header fields are not there to see, none is absent. */
static void test_without_head(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    const ScepExchange *exchange = book(tracker, 5, made_request((Made){ .transaction = NULL }), without_head);

    (void)state;
    assert_fact(exchange, content_type, "unknown");
    assert_fact(exchange, host, "unknown");
    assert_fact(exchange, user_agent, "unknown");
    scep_tracker_free(tracker);
}

static void test_cut(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    GByteArray *message = made_request((Made){ .transaction = NULL });

    (void)state;
    g_byte_array_set_size(message, message->len - 10);
    const ScepExchange *exchange = book(tracker, 5, message, NULL);
    for (int id = 0; id < SCEP_REQUEST_FACT_COUNT; id++) {
        if (scep_fact_info[id].kind == SCEP_FACT_OF_FORM || scep_fact_info[id].kind == SCEP_FACT_OF_CONTENT)
            assert_string_equal(fact(exchange, (ScepFactId)id), "unknown");
    }
    scep_tracker_free(tracker);
}

/* Two of the same kind take the room of one; a query has no facts. */
static void test_equal_ones_are_one(void **state)
{
    static const uint8_t nonce_c[16] = { 0xc0, 1 };
    ScepTracker *tracker = scep_tracker_new();
    const ScepRequest query = operation_request(SCEP_OP_GETCACAPS);
    const ScepExchange *first = book(tracker, 5, made_request((Made){ .transaction = "0A" }), NULL);
    const ScepExchange *second = book(tracker, 7, made_request((Made){ .transaction = "0B", .nonce = nonce_c }), NULL);
    const ScepExchange *third =
        book(tracker, 9, made_request((Made){ .transaction = "0C", .signer = ra, .key = ra_key }), NULL);

    (void)state;
    assert_ptr_equal(first->facts, second->facts);
    assert_ptr_not_equal(first->facts, third->facts);
    assert_null(ask(tracker, 11, &query)->facts);
    scep_tracker_free(tracker);
}

/* ---- what the PKCS#10 asks for ----------------------------------------------------------------------------------- */

static ScepCsr *opened;

static void with_csr(ScepRequest *request)
{
    request->csr = opened;
}

static void test_csr(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    GByteArray *der = pki_request_der(device_key, "secret");

    (void)state;
    opened = scep_csr_new(der->data, der->len, 0);
    g_free(opened->subject);
    opened->subject = g_strdup("CN=rt\\, 171, O=Contoso, O=Fabrikam");
    const ScepExchange *first = book(tracker, 5, made_request((Made){ .transaction = "0A" }), with_csr);
    assert_fact(first, csr_key, "EC, 256 bits");
    assert_fact(first, csr_subject, "CN, O");
    assert_fact(first, csr_key_match, "the same");
    assert_fact(first, csr_name_match, "two names");
    assert_fact(first, csr_sid, "no");
    assert_fact(first, csr_purposes, "none");
    assert_fact(first, csr_version, "1");
    assert_fact(first, challenge, "a password");
    assert_fact(first, challenge_use, "used for the first time here");
    assert_fact(first, name_taken, "has none seen here");
    certrep(tracker, (ScepExchange *)first, 6, "0", NULL);
    const ScepExchange *second = book(tracker, 7, made_request((Made){ .transaction = "0B" }), with_csr);
    assert_fact(second, challenge_use, "used before");
    assert_fact(second, name_taken, "has a certificate of this server already");
    scep_csr_free(opened);
    g_byte_array_unref(der);
    scep_tracker_free(tracker);
}

/* A part stands in front of what it is a part of, and each fact has a name of its own. */
static void test_table(void **state)
{
    (void)state;
    for (int i = 0; i < SCEP_REQUEST_FACT_COUNT; i++) {
        assert_true((int)scep_fact_info[i].part <= i);
        assert_true(scep_fact_info[i].kind >= scep_fact_info[scep_fact_info[i].part].kind);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(scep_fact_info[i].name, scep_fact_info[k].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),        cmocka_unit_test(test_ber),   cmocka_unit_test(test_get),
        cmocka_unit_test(test_without_head), cmocka_unit_test(test_cut),   cmocka_unit_test(test_equal_ones_are_one),
        cmocka_unit_test(test_csr),          cmocka_unit_test(test_table),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
