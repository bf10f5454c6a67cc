/* test_outcome.c
 * How an enrollment ended: issued means a certificate, and a code that one stage alone makes names the stage.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"

#include "catalogue/code_makers.h"
#include "tracker/tracker.h"

static X509 *issued, *of_other_key, *of_other_ca, *sub_ca, *old;
static EVP_PKEY *old_key;

static X509 *certificate(const char *name, EVP_PKEY *key, X509 *issuer, long serial)
{
    const PkiSubject subject = {
        .common_name = name, .key = key, .issuer = issuer, .issuer_key = ra_key, .serial = serial, .version = 2
    };

    return pki_certificate(&subject);
}

static int make_certificates(void **state)
{
    make_people(state);
    X509 *other_ca = pki_self_signed("other CA", ra_key);
    old_key = pki_ec_key();
    issued = certificate("device", device_key, ra, 7);
    of_other_key = certificate("other", old_key, ra, 8);
    of_other_ca = certificate("device", device_key, other_ca, 9);
    old = certificate("device", old_key, ra, 10);
    sub_ca = pki_self_signed("sub CA", old_key);
    X509_free(other_ca);
    return 0;
}

static int free_certificates(void **state)
{
    X509_free(issued);
    X509_free(of_other_key);
    X509_free(of_other_ca);
    X509_free(old);
    X509_free(sub_ca);
    EVP_PKEY_free(old_key);
    return free_people(state);
}

/* ---- building ---------------------------------------------------------------------------------------------------- */

static ScepExchange *send_request(ScepTracker *tracker, uint32_t frame, Made made)
{
    const uint8_t nonce[16] = { (uint8_t)frame };
    Read read;

    made.nonce = nonce;
    read_message(&read, made_request(made));
    const ScepRequest request = whole_request(&read);
    ScepExchange *exchange = ask(tracker, frame, &request);
    forget(&read);
    return exchange;
}

static void send_reply(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame, GByteArray *bytes,
                       GPtrArray *inside)
{
    Read read;

    read_message(&read, bytes);
    ScepResponse response = whole_response(&read);
    response.issued = inside;
    answer(tracker, exchange, frame, &response);
    forget(&read);
}

/* What an answer SUCCESS holds. */
typedef struct {
    GByteArray *content; /* encapsulated; NULL for none */
    const char *element; /* or this in place of it, as it stands */
    size_t element_size;
    X509 *beside[3]; /* certificates in clear */
} Success;

static GByteArray *success(Success made)
{
    PkiParts parts = reply_parts("0", NULL);
    GByteArray *certificates = g_byte_array_new();

    g_byte_array_unref(parts.content);
    parts.content = made.content;
    if (made.element != NULL)
        parts.content_element = der_raw(made.element, made.element_size);
    for (size_t i = 0; i < G_N_ELEMENTS(made.beside) && made.beside[i] != NULL; i++)
        certificates = der_join(certificates, pki_certificate_der(made.beside[i]), END);
    parts.certificates = certificates;
    return pki_signed_data(parts);
}

static void assert_outcome(const ScepExchange *exchange, ScepOutcome outcome)
{
    assert_string_equal(scep_outcome_name(scep_enrollment_outcome(exchange->enrollment)), scep_outcome_name(outcome));
}

/* The outcome of a request that is answered so; @a asked is a PKCSReq where it is empty. */
static void check(Made asked, bool knows_ca, GByteArray *bytes, ScepOutcome outcome)
{
    ScepTracker *tracker = scep_tracker_new();

    if (knows_ca)
        ask_certificate(tracker);
    ScepExchange *exchange = send_request(tracker, 5, asked);
    send_reply(tracker, exchange, 6, bytes, NULL);
    assert_outcome(exchange, outcome);
    assert_int_equal(scep_exchange_is_granted(exchange), outcome == SCEP_OUTCOME_ISSUED);
    assert_int_equal(scep_exchange_stage(exchange, true), outcome == SCEP_OUTCOME_PENDING ? 2 : 5);
    assert_string_equal(scep_exchange_step(exchange, true), outcome == SCEP_OUTCOME_PENDING ? "Submit" : "Deliver");
    scep_tracker_free(tracker);
}

/* ---- SUCCESS ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *element;
    size_t size;
} empty[] = {
    { NULL, 0 },          /* no content (RFC 8894) */
    { "\x04\x00", 2 },    /* an empty OCTET STRING */
    { "\x04\x01\x00", 3 } /* one zero octet */
};

/* The signer and its CAs stand beside the content of many answers; one of them is not the new one. */
static void test_nothing(void **state)
{
    X509 *const beside[][3] = { { NULL }, { ra }, { ra, sub_ca }, { of_other_key }, { device } };

    (void)state;
    for (size_t shape = 0; shape < G_N_ELEMENTS(empty); shape++) {
        for (size_t i = 0; i < G_N_ELEMENTS(beside); i++) {
            for (unsigned knows_ca = 0; knows_ca <= 1; knows_ca++) {
                /* where the CA is known, a certificate of it for another key is told of as just that */
                const bool is_mixed_up = beside[i][0] == of_other_key && knows_ca;
                check((Made){ 0 }, knows_ca,
                      success((Success){ .element = empty[shape].element,
                                         .element_size = empty[shape].size,
                                         .beside = { beside[i][0], beside[i][1] } }),
                      is_mixed_up ? SCEP_OUTCOME_ISSUED : SCEP_OUTCOME_PENDING);
            }
        }
    }
}

/* As step-ca and micromdm send it, here without anything encrypted. */
static void test_in_clear(void **state)
{
    (void)state;
    for (size_t shape = 0; shape < G_N_ELEMENTS(empty); shape++) {
        const Success made = { .element = empty[shape].element, .element_size = empty[shape].size };
        Success with = made;

        with.beside[0] = ra;
        with.beside[1] = issued;
        check((Made){ 0 }, true, success(with), SCEP_OUTCOME_ISSUED);
        check((Made){ 0 }, false, success(with), SCEP_OUTCOME_ISSUED);
        with.beside[0] = of_other_ca; /* whoever issued it, it is for the key */
        with.beside[1] = NULL;
        check((Made){ 0 }, true, success(with), SCEP_OUTCOME_ISSUED);
        check((Made){ 0 }, false, success(with), SCEP_OUTCOME_ISSUED);
    }
}

/* The certificate that signed a renewal is the old one. */
static void test_renewals(void **state)
{
    const Made renewal = { .type = "17", .signer = old, .key = old_key };

    (void)state;
    check(renewal, false, success((Success){ .beside = { old } }), SCEP_OUTCOME_PENDING);
    check(renewal, false, success((Success){ .beside = { old, issued } }), SCEP_OUTCOME_ISSUED);
}

static GByteArray *content_info(const char *oid, GByteArray *content)
{
    return der(DER_SEQUENCE, der_oid(oid), der_wrap(DER_CONTEXT_0, content), END);
}

static GByteArray *envelope_of(GByteArray *info)
{
    return content_info("1.2.840.113549.1.7.3", der(DER_SEQUENCE, der_small_integer(0), der(DER_SET, END), info, END));
}

static void test_contents(void **state)
{
    GByteArray *cut = pki_envelope(device, "AES-128-CBC", "x", 1);

    (void)state;
    g_byte_array_set_size(cut, cut->len - 8);
    check((Made){ 0 }, true, success((Success){ .content = pki_envelope(device, "AES-128-CBC", "x", 1) }),
          SCEP_OUTCOME_ISSUED);
    check((Made){ 0 }, true, success((Success){ .content = cut }), SCEP_OUTCOME_UNREADABLE);
    /* an envelope without any content */
    check((Made){ 0 }, true,
          success((Success){ .content = envelope_of(
                                 der(DER_SEQUENCE, der_oid(OID_DATA), der_algorithm("2.16.840.1.101.3.4.1.2"), END)) }),
          SCEP_OUTCOME_PENDING);
    /* certificates that nobody encrypted, and a list of none */
    check((Made){ 0 }, true,
          success((Success){ .content = pki_signed_data((PkiParts){ .certificates = pki_certificate_der(issued) }) }),
          SCEP_OUTCOME_ISSUED);
    check((Made){ 0 }, true, success((Success){ .content = pki_signed_data((PkiParts){ 0 }) }), SCEP_OUTCOME_PENDING);
    check((Made){ 0 }, true, success((Success){ .content = der_raw("no CMS", 6) }), SCEP_OUTCOME_UNREADABLE);
    check((Made){ 0 }, true, success((Success){ .content = der_raw("no CMS", 6), .beside = { issued } }),
          SCEP_OUTCOME_ISSUED);
}

/* What is inside counts where a key opens it. */
static void test_opened(void **state)
{
    (void)state;
    for (unsigned count = 0; count <= 1; count++) {
        ScepTracker *tracker = scep_tracker_new();
        GPtrArray *inside = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
        ScepExchange *exchange = send_request(tracker, 5, (Made){ 0 });

        if (count > 0)
            g_ptr_array_add(inside, read_certificate(issued));
        send_reply(tracker, exchange, 6, success((Success){ .content = pki_envelope(device, "AES-128-CBC", "x", 1) }),
                   inside);
        assert_outcome(exchange, count > 0 ? SCEP_OUTCOME_ISSUED : SCEP_OUTCOME_PENDING);
        g_ptr_array_unref(inside);
        scep_tracker_free(tracker);
    }
}

/* GetCRL and GetCert ask for something else. */
static void test_other_questions(void **state)
{
    static const char *const types[] = { "21", "22" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        ScepTracker *tracker = scep_tracker_new();
        ScepExchange *exchange = send_request(tracker, 5, (Made){ .type = types[i] });
        send_reply(tracker, exchange, 6, success((Success){ 0 }), NULL);
        assert_false(exchange->brings_nothing || exchange->is_unread);
        scep_tracker_free(tracker);
    }
}

/* An answer whose request came before the capture began. */
static void test_stray(void **state)
{
    ScepTracker *tracker = scep_tracker_new();
    Read read;

    (void)state;
    read_message(&read, success((Success){ .beside = { ra } }));
    const ScepResponse response = whole_response(&read);
    ScepExchange *exchange = answer(tracker, NULL, 6, &response);
    exchange->operation = SCEP_OP_PKIOPERATION; /* as whoever found it guesses */
    assert_outcome(exchange, SCEP_OUTCOME_PENDING);
    forget(&read);
    scep_tracker_free(tracker);
}

/* ---- what follows ------------------------------------------------------------------------------------------------ */

static void reply_to(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame, const char *status)
{
    PkiParts parts = reply_parts(status, strcmp(status, "2") == 0 ? "2" : NULL);

    send_reply(tracker, exchange, frame, pki_signed_data(parts), NULL);
}

/* A poll, or the same request anew, belongs to the attempt that waits; what comes of it decides. */
static void test_follow_ups(void **state)
{
    static const struct {
        const char *type, *status;
        ScepOutcome outcome;
    } rows[] = {
        { "20", "0", SCEP_OUTCOME_ISSUED }, { "20", "3", SCEP_OUTCOME_PENDING }, { "20", "2", SCEP_OUTCOME_REFUSED },
        { "19", "0", SCEP_OUTCOME_ISSUED }, { "19", "2", SCEP_OUTCOME_REFUSED },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepTracker *tracker = scep_tracker_new();
        ScepExchange *first = send_request(tracker, 5, (Made){ 0 });
        send_reply(tracker, first, 6, success((Success){ .beside = { ra } }), NULL);
        ScepExchange *second = send_request(tracker, 7, (Made){ .type = rows[i].type });
        assert_ptr_equal(second->enrollment, first->enrollment);
        assert_outcome(first, SCEP_OUTCOME_UNANSWERED);
        reply_to(tracker, second, 8, rows[i].status);
        assert_outcome(first, rows[i].outcome);
        assert_ptr_equal(scep_enrollment_get0_decisive(first->enrollment), second);
        /* what was granted is closed, as ever */
        if (rows[i].outcome == SCEP_OUTCOME_ISSUED)
            assert_ptr_not_equal(send_request(tracker, 9, (Made){ 0 })->enrollment, first->enrollment);
        scep_tracker_free(tracker);
    }
}

/* ---- a status that nobody knows ---------------------------------------------------------------------------------- */

static void check_status(const char *status, const char *fail_info, const char *hresult, ScepOutcome outcome)
{
    ScepTracker *tracker = scep_tracker_new();
    ScepExchange *exchange = send_request(tracker, 5, (Made){ 0 });
    PkiParts parts = reply_parts(status, fail_info);

    if (hresult != NULL)
        parts.attributes =
            der_join(parts.attributes, pki_attribute("1.3.6.1.4.1.311.21.33", der_text(DER_PRINTABLE, hresult)), END);
    send_reply(tracker, exchange, 6, pki_signed_data(parts), NULL);
    assert_outcome(exchange, outcome);
    assert_ptr_equal(exchange->enrollment->answered, exchange);
    scep_tracker_free(tracker);
}

static void test_unknown_status(void **state)
{
    (void)state;
    check_status("4", NULL, NULL, SCEP_OUTCOME_UNREADABLE);
    check_status("GRANTED", NULL, NULL, SCEP_OUTCOME_UNREADABLE);
    check_status("FAILURE", "2", NULL, SCEP_OUTCOME_REFUSED); /* only refusals have a reason */
    check_status("999", "14606", NULL, SCEP_OUTCOME_REFUSED);
    check_status("999", NULL, "-2146875392", SCEP_OUTCOME_REFUSED);
    check_status("999", NULL, "0", SCEP_OUTCOME_UNREADABLE);
    check_status("2", "14606", NULL, SCEP_OUTCOME_REFUSED);
}

/* ---- stages ------------------------------------------------------------------------------------------------------ */

static void test_makers(void **state)
{
    static const struct {
        uint32_t code;
        uint8_t stage;
    } rows[] = {
        { 0x80094012, 4 },
        { 0x80094800, 4 },
        { 0x80094811, 4 },
        { 0x80094821, 4 },
        { 0x80094014, 4 },
        { 0x800706ba, 4 },
        { 0x800706d9, 4 },
        { 0x80070721, 4 },
        { 0x8001011b, 4 },
        { 0x80072ee2, 3 },
        { 0x80072f8f, 3 },
        { 0x80190194, 3 },
        { 0x80131500, 3 },
        /* anybody's */
        { 0x80070005, 0 },
        { 0x8007000d, 0 },
        { 0x80070057, 0 },
        { 0x80004005, 0 },
        { 0x80090005, 0 },
        { 0x80092013, 0 },
        { 0x8009310b, 0 },
        { 0x80094016, 0 },
        { 0x80094017, 0 },
        { 0x80070642, 0 },
        { 0x80094822, 0 },
        { 0x80094000, 0 },
        { 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(scep_code_maker_stage(rows[i].code), rows[i].stage);
    for (size_t i = 0; i < scep_code_maker_count; i++) {
        assert_true(scep_code_makers[i].first <= scep_code_makers[i].last);
        assert_true(scep_code_makers[i].stage == 0 || scep_code_makers[i].stage == 3 || scep_code_makers[i].stage == 4);
        assert_true(strlen(scep_code_makers[i].source) > 10);
        assert_int_equal(scep_code_maker_stage(scep_code_makers[i].first), scep_code_makers[i].stage);
    }
}

static void check_stage(const char *status, uint32_t code, uint8_t stage, uint8_t by_code)
{
    ScepTracker *tracker = scep_tracker_new();
    ScepExchange *exchange = send_request(tracker, 5, (Made){ 0 });
    PkiParts parts = reply_parts(status, strcmp(status, "2") == 0 ? "2" : NULL);
    char *text = g_strdup_printf("%d", (int)code);

    parts.attributes =
        der_join(parts.attributes, pki_attribute("1.3.6.1.4.1.311.21.33", der_text(DER_PRINTABLE, text)), END);
    send_reply(tracker, exchange, 6, pki_signed_data(parts), NULL);
    assert_int_equal(scep_enrollment_stage(exchange->enrollment), stage);
    assert_int_equal(scep_enrollment_stage_by_code(exchange->enrollment), by_code);
    g_free(text);
    scep_tracker_free(tracker);
}

static void test_stage_by_code(void **state)
{
    (void)state;
    check_stage("2", 0x80094012, 4, 4);
    check_stage("2", 0x800706ba, 4, 4);
    check_stage("2", 0x80072ee2, 3, 3);
    check_stage("2", 0x80070005, 2, 0);
    check_stage("3", 0x80094012, 2, 0); /* no refusal */
    check_stage("0", 0x80094012, 5, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),  cmocka_unit_test(test_in_clear),      cmocka_unit_test(test_renewals),
        cmocka_unit_test(test_contents), cmocka_unit_test(test_opened),        cmocka_unit_test(test_other_questions),
        cmocka_unit_test(test_stray),    cmocka_unit_test(test_follow_ups),    cmocka_unit_test(test_unknown_status),
        cmocka_unit_test(test_makers),   cmocka_unit_test(test_stage_by_code),
    };

    return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
