/* test_attributes.c
 * The signed attributes: the table of them, their values, and what is told of wrong, missing and odd ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "message_reading.h"
#include "cms/attributes.h"

/* Every attribute with its OID as the defining texts write it, and a value as it is sent. */
static const struct {
    ScepAttributeId id;
    const char *oid;
    const char *name;
    uint8_t tag;
    const char *value;
} known[] = {
    { SCEP_ATTR_CONTENT_TYPE, "1.2.840.113549.1.9.3", "contentType", DER_OID, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" },
    { SCEP_ATTR_MESSAGE_DIGEST, "1.2.840.113549.1.9.4", "messageDigest", DER_OCTETS, "digest" },
    { SCEP_ATTR_SIGNING_TIME, "1.2.840.113549.1.9.5", "signingTime", DER_UTC_TIME, "250102030405Z" },
    { SCEP_ATTR_MESSAGE_TYPE, OID_SCEP "2", "messageType", DER_PRINTABLE, "3" },
    { SCEP_ATTR_PKI_STATUS, OID_SCEP "3", "pkiStatus", DER_PRINTABLE, "2" },
    { SCEP_ATTR_FAIL_INFO, OID_SCEP "4", "failInfo", DER_PRINTABLE, "1" },
    { SCEP_ATTR_SENDER_NONCE, OID_SCEP "5", "senderNonce", DER_OCTETS, "0123456789abcdef" },
    { SCEP_ATTR_RECIPIENT_NONCE, OID_SCEP "6", "recipientNonce", DER_OCTETS, "fedcba9876543210" },
    { SCEP_ATTR_TRANSACTION_ID, OID_SCEP "7", "transactionID", DER_PRINTABLE, TRANSACTION },
    { SCEP_ATTR_EXTENSION_REQ, OID_SCEP "8", "extensionReq", DER_OCTETS, "any" },
    { SCEP_ATTR_FAIL_INFO_TEXT, OID_FAIL_INFO_TEXT, "failInfoText", DER_UTF8, "no such \xc3\xa4lias" },
    { SCEP_ATTR_NDES_ERROR, OID_NDES_ERROR, "szOID_ENROLL_SCEP_ERROR", DER_PRINTABLE, "-2147024809" },
    { SCEP_ATTR_NDES_SERVER_STATE, "1.3.6.1.4.1.311.21.34", "szOID_ENROLL_SCEP_SERVER_STATE", DER_OCTETS, "a" },
    { SCEP_ATTR_NDES_CHALLENGE_ANSWER, "1.3.6.1.4.1.311.21.35", "szOID_ENROLL_SCEP_CHALLENGE_ANSWER", DER_OCTETS, "b" },
    { SCEP_ATTR_NDES_CLIENT_REQUEST, "1.3.6.1.4.1.311.21.37", "szOID_ENROLL_SCEP_CLIENT_REQUEST", DER_OCTETS, "c" },
    { SCEP_ATTR_NDES_SERVER_MESSAGE, "1.3.6.1.4.1.311.21.38", "szOID_ENROLL_SCEP_SERVER_MESSAGE", DER_UTF8, "d" },
    { SCEP_ATTR_NDES_SERVER_SECRET, "1.3.6.1.4.1.311.21.40", "szOID_ENROLL_SCEP_SERVER_SECRET", DER_OCTETS, "e" },
    { SCEP_ATTR_NDES_SIGNER_HASH, "1.3.6.1.4.1.311.21.42", "szOID_ENROLL_SCEP_SIGNER_HASH", DER_OCTETS, "f" },
};

static GByteArray *known_attribute(size_t row)
{
    return pki_attribute(known[row].oid, der_text(known[row].tag, known[row].value));
}

static void test_table(void **state)
{
    (void)state;
    assert_int_equal(G_N_ELEMENTS(known), SCEP_ATTR_COUNT - 1);
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        const ScepAttributeInfo *info = scep_attribute_info(known[i].id);
        GByteArray *oid = der_oid(known[i].oid);

        assert_int_equal(known[i].id, i + 1);
        assert_int_equal(info->id, known[i].id);
        assert_string_equal(info->name, known[i].name);
        assert_ptr_equal(scep_attribute_find(oid->data + 2, oid->len - 2), info);
        /* neither a beginning of it nor more than it */
        assert_int_equal(scep_attribute_find(oid->data + 2, oid->len - 3)->id, SCEP_ATTR_UNKNOWN);
        g_byte_array_append(oid, (const guint8 *)"\x01", 1);
        assert_int_equal(scep_attribute_find(oid->data + 2, oid->len - 2)->id, SCEP_ATTR_UNKNOWN);
        g_byte_array_unref(oid);
    }
    assert_int_equal(scep_attribute_find((const uint8_t *)"", 0)->id, SCEP_ATTR_UNKNOWN);
    assert_int_equal(scep_attribute_info(SCEP_ATTR_UNKNOWN)->id, SCEP_ATTR_UNKNOWN);
    assert_int_equal(scep_attribute_info(SCEP_ATTR_COUNT)->id, SCEP_ATTR_UNKNOWN);
    assert_non_null(scep_attribute_info(SCEP_ATTR_UNKNOWN)->name);
}

static void assert_names(const char *(*name)(int), const char *const *expected, size_t count)
{
    for (int number = -1; number < (int)count; number++) {
        if (number < 0 || expected[number] == NULL)
            assert_null(name(number));
        else
            assert_string_equal(name(number), expected[number]);
    }
    assert_null(name(255));
}

static void test_code_points(void **state)
{
    static const char *const types[64] = {
        [3] = "CertRep",   [17] = "RenewalReq", [18] = "UpdateReq", [19] = "PKCSReq",
        [20] = "CertPoll", [21] = "GetCert",    [22] = "GetCRL",    [41] = "ClaimChallengeAnswer"
    };
    static const char *const statuses[16] = { "SUCCESS", NULL, "FAILURE", "PENDING", [11] = "PENDING_CHALLENGE" };
    static const char *const fail_infos[16] = { "badAlg", "badMessageCheck", "badRequest", "badTime", "badCertId" };

    (void)state;
    assert_names(scep_message_type_name, types, G_N_ELEMENTS(types));
    assert_names(scep_pki_status_name, statuses, G_N_ELEMENTS(statuses));
    assert_names(scep_fail_info_name, fail_infos, G_N_ELEMENTS(fail_infos));
}

/* One message with all of them, in each order that a SET may have. */
static void test_every_attribute(void **state)
{
    (void)state;
    for (unsigned backwards = 0; backwards <= 1; backwards++) {
        PkiParts parts = { .signer = ra, .key = ra_key, .no_digest = true, .attributes = g_byte_array_new() };
        Parsed parsed;

        for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
            parts.attributes =
                der_join(parts.attributes, known_attribute(backwards ? G_N_ELEMENTS(known) - 1 - i : i), END);
        parse(&parsed, pki_signed_data(parts));
        const ScepMessage *message = parsed.message;
        assert_int_equal(message->attributes->len, G_N_ELEMENTS(known));
        assert_clean(&parsed);
        for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
            const ScepAttribute *attribute = scep_message_get0_attribute(message, known[i].id);
            assert_non_null(attribute);
            assert_ptr_equal(attribute->info, scep_attribute_info(known[i].id));
            assert_int_equal(attribute->value_count, 1);
            assert_int_equal(attribute->value_tag, known[i].tag);
            assert_false(attribute->truncated);
            assert_bytes(&parsed, attribute->whole, known_attribute(i));
            assert_bytes(&parsed, attribute->value_whole, der_text(known[i].tag, known[i].value));
            assert_bytes(&parsed, scep_message_value(message, known[i].id),
                         der_raw(known[i].value, strlen(known[i].value)));
            char *oid = scep_ber_new_oid_text(parsed.data + attribute->oid.offset, attribute->oid.length);
            assert_string_equal(oid, known[i].oid);
            g_free(oid);
        }
        assert_int_equal(message->message_type, SCEP_TYPE_CERTREP);
        assert_int_equal(message->pki_status, SCEP_STATUS_FAILURE);
        assert_int_equal(message->fail_info, SCEP_FAIL_BAD_MESSAGE_CHECK);
        assert_string_equal(message->transaction_id, TRANSACTION);
        assert_string_equal(message->fail_info_text, "no such \xc3\xa4lias");
        assert_true(message->has_ndes_error);
        assert_int_equal(message->ndes_error, 0x80070057);
        assert_int_equal(message->signing_time, 1735787045); /* date -u -d 2025-01-02T03:04:05Z +%s */
        release(&parsed);
    }
}

static void test_absent_attributes(void **state)
{
    Parsed parsed;

    (void)state;
    parse(&parsed, pki_signed_data(request_parts()));
    assert_null(scep_message_get0_attribute(parsed.message, SCEP_ATTR_FAIL_INFO));
    assert_int_equal(scep_message_value(parsed.message, SCEP_ATTR_FAIL_INFO).length, 0);
    assert_int_equal(parsed.message->signing_time, 0);
    release(&parsed);
}

/* A request whose attribute with this SCEP arc holds another value. */
static void parse_request_with(Parsed *parsed, unsigned arc, GByteArray *value)
{
    parse_request(parsed, der_join(pki_content_type(), arc == 2 ? pki_scep(2, value) : pki_text(2, "19"),
                                   arc == 7 ? pki_scep(7, value) : pki_text(7, TRANSACTION),
                                   arc == 5 ? pki_scep(5, value) : pki_nonce(5, pki_nonce_a), END));
}

static void test_string_types(void **state)
{
    static const uint8_t strings[] = { DER_UTF8, DER_T61, DER_IA5, DER_OCTETS, 0x1a };

    (void)state;
    for (size_t i = 0; i < sizeof strings; i++) {
        Parsed parsed;

        parse_request_with(&parsed, 7, der_text(strings[i], TRANSACTION));
        assert_string_equal(parsed.message->transaction_id, TRANSACTION);
        assert_only(&parsed, SCEP_PROBLEM_STRING_TYPE, SCEP_ATTR_TRANSACTION_ID, strings[i]);
        release(&parsed);
        parse_request_with(&parsed, 2, der_text(strings[i], "17"));
        assert_int_equal(parsed.message->message_type, SCEP_TYPE_RENEWALREQ);
        assert_only(&parsed, SCEP_PROBLEM_STRING_TYPE, SCEP_ATTR_MESSAGE_TYPE, strings[i]);
        release(&parsed);
    }
}

static void test_other_types(void **state)
{
    Parsed parsed;

    (void)state;
    parse_request_with(&parsed, 5, der_primitive(DER_PRINTABLE, "0123456789abcdef", 16));
    assert_only(&parsed, SCEP_PROBLEM_STRING_TYPE, SCEP_ATTR_SENDER_NONCE, DER_PRINTABLE);
    release(&parsed);
    /* a tag of another class is not the universal one with the same number */
    parse_request_with(&parsed, 7, der_text(0x80 | DER_PRINTABLE, TRANSACTION));
    assert_string_equal(parsed.message->transaction_id, TRANSACTION);
    assert_only(&parsed, SCEP_PROBLEM_STRING_TYPE, SCEP_ATTR_TRANSACTION_ID, 0);
    release(&parsed);
    /* step-ca's failInfoText, and one that is no UTF-8 */
    parse_reply(&parsed, der_join(pki_reply_attributes("2", "2", TRANSACTION, pki_nonce_b, pki_nonce_a),
                                  pki_attribute(OID_FAIL_INFO_TEXT, der_text(DER_PRINTABLE, "not today")), END));
    assert_string_equal(parsed.message->fail_info_text, "not today");
    assert_only(&parsed, SCEP_PROBLEM_STRING_TYPE, SCEP_ATTR_FAIL_INFO_TEXT, DER_PRINTABLE);
    release(&parsed);
    parse_reply(&parsed, der_join(pki_reply_attributes("2", "2", TRANSACTION, pki_nonce_b, pki_nonce_a),
                                  pki_attribute(OID_FAIL_INFO_TEXT, der_text(DER_UTF8, "caf\xe9")), END));
    assert_string_equal(parsed.message->fail_info_text, "caf\xef\xbf\xbd");
    assert_clean(&parsed);
    release(&parsed);
}

/* The attributes of a request or a failing answer, but for the one with this id. */
static GByteArray *all_but(ScepAttributeId missing, bool is_reply)
{
    GByteArray *out = g_byte_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(known) && known[i].id <= SCEP_ATTR_TRANSACTION_ID; i++) {
        const bool of_reply = known[i].id == SCEP_ATTR_PKI_STATUS || known[i].id == SCEP_ATTR_FAIL_INFO ||
                              known[i].id == SCEP_ATTR_RECIPIENT_NONCE;
        if (known[i].id == missing || (of_reply && !is_reply))
            continue;
        out = der_join(out, known[i].id == SCEP_ATTR_MESSAGE_TYPE && !is_reply ? pki_text(2, "19") : known_attribute(i),
                       END);
    }
    return out;
}

static void assert_missing(ScepAttributeId id, bool is_reply, ScepProblemCode code)
{
    PkiParts parts = is_reply ? reply_parts("2", "1") : request_parts();
    Parsed parsed;

    g_byte_array_unref(parts.attributes);
    parts.attributes = all_but(id, is_reply);
    parts.no_digest = true;
    parse(&parsed, pki_signed_data(parts));
    if (code == SCEP_PROBLEM_COUNT)
        assert_clean(&parsed);
    else
        assert_only(&parsed, code, id, 0);
    release(&parsed);
}

static void test_missing_attributes(void **state)
{
    static const ScepAttributeId always[] = { SCEP_ATTR_CONTENT_TYPE, SCEP_ATTR_MESSAGE_DIGEST,
                                              SCEP_ATTR_TRANSACTION_ID };

    (void)state;
    assert_missing(SCEP_ATTR_UNKNOWN, false, SCEP_PROBLEM_COUNT);
    assert_missing(SCEP_ATTR_UNKNOWN, true, SCEP_PROBLEM_COUNT);
    for (size_t i = 0; i < G_N_ELEMENTS(always); i++) {
        assert_missing(always[i], false, SCEP_PROBLEM_MISSING_ATTRIBUTE);
        assert_missing(always[i], true, SCEP_PROBLEM_MISSING_ATTRIBUTE);
    }
    assert_missing(SCEP_ATTR_MESSAGE_TYPE, false, SCEP_PROBLEM_MISSING_ATTRIBUTE);
    assert_missing(SCEP_ATTR_MESSAGE_TYPE, true, SCEP_PROBLEM_MISSING_ATTRIBUTE);
    assert_missing(SCEP_ATTR_SENDER_NONCE, false, SCEP_PROBLEM_MISSING_ATTRIBUTE);
    assert_missing(SCEP_ATTR_SENDER_NONCE, true, SCEP_PROBLEM_ABSENT_ATTRIBUTE);
    assert_missing(SCEP_ATTR_RECIPIENT_NONCE, true, SCEP_PROBLEM_MISSING_ATTRIBUTE);
    assert_missing(SCEP_ATTR_FAIL_INFO, true, SCEP_PROBLEM_MISSING_ATTRIBUTE);
    assert_missing(SCEP_ATTR_SIGNING_TIME, false, SCEP_PROBLEM_COUNT);
    assert_missing(SCEP_ATTR_SIGNING_TIME, true, SCEP_PROBLEM_COUNT);
}

static void test_missing_status(void **state)
{
    Parsed parsed;

    (void)state;
    parse_reply(&parsed, der_join(pki_content_type(), pki_text(2, "3"), pki_text(7, TRANSACTION),
                                  pki_nonce(5, pki_nonce_b), pki_nonce(6, pki_nonce_a), END));
    assert_only(&parsed, SCEP_PROBLEM_MISSING_ATTRIBUTE, SCEP_ATTR_PKI_STATUS, 0);
    release(&parsed);
}

static void test_duplicate_attributes(void **state)
{
    Parsed parsed;

    (void)state;
    parse_request(&parsed,
                  der_join(pki_request_attributes("19", TRANSACTION, pki_nonce_a), pki_text(7, "another"), END));
    assert_string_equal(parsed.message->transaction_id, TRANSACTION);
    const ScepProblem *problem = assert_only(&parsed, SCEP_PROBLEM_DUPLICATE_ATTRIBUTE, SCEP_ATTR_TRANSACTION_ID, 0);
    assert_bytes(&parsed, problem->where, pki_text(7, "another"));
    char *text = scep_problem_new_text(problem);
    assert_non_null(strstr(text, "transactionID"));
    g_free(text);
    assert_int_equal(parsed.message->attributes->len, 6);
    release(&parsed);

    parse_request(&parsed, der_join(pki_request_attributes("19", TRANSACTION, pki_nonce_a), pki_text(2, "17"), END));
    assert_int_equal(parsed.message->message_type, SCEP_TYPE_PKCSREQ);
    assert_only(&parsed, SCEP_PROBLEM_DUPLICATE_ATTRIBUTE, SCEP_ATTR_MESSAGE_TYPE, 0);
    release(&parsed);

    /* what nobody knows may come as often as it likes */
    parse_request(&parsed, der_join(pki_request_attributes("19", TRANSACTION, pki_nonce_a),
                                    pki_attribute("1.2.3.4", der_null()), pki_attribute("1.2.3.4", der_null()), END));
    assert_int_equal(parsed.message->attributes->len, 7);
    assert_clean(&parsed);
    release(&parsed);
}

static void test_number_of_values(void **state)
{
    Parsed parsed;

    (void)state;
    parse_request_with(&parsed, 7,
                       der_join(der_text(DER_PRINTABLE, TRANSACTION), der_text(DER_PRINTABLE, "second"), END));
    assert_string_equal(parsed.message->transaction_id, TRANSACTION);
    assert_only(&parsed, SCEP_PROBLEM_ATTRIBUTE_VALUES, SCEP_ATTR_TRANSACTION_ID, 2);
    release(&parsed);
    parse_request_with(&parsed, 7, g_byte_array_new());
    assert_null(parsed.message->transaction_id);
    assert_only(&parsed, SCEP_PROBLEM_ATTRIBUTE_VALUES, SCEP_ATTR_TRANSACTION_ID, 0);
    release(&parsed);
}

static void test_unknown_numbers(void **state)
{
    Parsed parsed;

    (void)state;
    parse_request_with(&parsed, 2, der_text(DER_PRINTABLE, "99"));
    assert_int_equal(parsed.message->message_type, 99);
    assert_only(&parsed, SCEP_PROBLEM_UNKNOWN_NUMBER, SCEP_ATTR_MESSAGE_TYPE, 99);
    release(&parsed);
    parse_reply(&parsed, pki_reply_attributes("1", NULL, TRANSACTION, pki_nonce_b, pki_nonce_a));
    assert_int_equal(parsed.message->pki_status, 1);
    assert_only(&parsed, SCEP_PROBLEM_UNKNOWN_NUMBER, SCEP_ATTR_PKI_STATUS, 1);
    release(&parsed);
    parse_reply(&parsed, pki_reply_attributes("2", "9", TRANSACTION, pki_nonce_b, pki_nonce_a));
    assert_int_equal(parsed.message->fail_info, 9);
    assert_only(&parsed, SCEP_PROBLEM_UNKNOWN_NUMBER, SCEP_ATTR_FAIL_INFO, 9);
    release(&parsed);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        int value;
    } numbers[] = {
        { "17", 2, 17 },
        { "017", 3, 17 },
        { "0", 1, 0 },
        { "255", 3, 255 },
        { "", 0, -1 },
        { "x", 1, -1 },
        { "19x", 3, -1 },
        { "-1", 2, -1 },
        { "256", 3, -1 },
        { " 19", 3, -1 },
        { "+19", 3, -1 },
        { "19 ", 3, -1 },
        { "19\0x", 4, -1 },
        { "19\0", 3, -1 },
        { "0x13", 4, -1 },
        { "99999999999999999999999999999", 29, -1 },
        { "9999999999999999999", 19, -1 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        Parsed parsed;

        parse_request_with(&parsed, 2, der_primitive(DER_PRINTABLE, numbers[i].text, numbers[i].size));
        assert_int_equal(parsed.message->message_type, numbers[i].value);
        const ScepProblem *problem = find_problem(parsed.message, SCEP_PROBLEM_NOT_A_NUMBER);
        assert_int_equal(problem != NULL, numbers[i].value < 0);
        if (problem != NULL)
            assert_only(&parsed, SCEP_PROBLEM_NOT_A_NUMBER, SCEP_ATTR_MESSAGE_TYPE, 0);
        release(&parsed);
    }
}

static void test_ndes_error(void **state)
{
    static const struct {
        const char *text;
        bool valid;
        uint32_t code;
    } errors[] = {
        { "-2147024809", true, 0x80070057 },
        { "2147942487", true, 0x80070057 },
        { "0", true, 0 },
        { "-2147483648", true, 0x80000000 },
        { "4294967295", true, 0xffffffff },
        { "-1", true, 0xffffffff },
        { "-2147483649", false, 0 },
        { "4294967296", false, 0 },
        { "0x80070057", true, 0x80070057 },
        { "80070057h", true, 0x80070057 },
        { " -2147024809", true, 0x80070057 },
        { "0x", false, 0 },
        { "0x800700570", false, 0 },
        { "-0", false, 0 },
        { "E_INVALIDARG", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
        Parsed parsed;

        parse_reply(&parsed, der_join(pki_reply_attributes("2", "2", TRANSACTION, pki_nonce_b, pki_nonce_a),
                                      pki_attribute(OID_NDES_ERROR, der_text(DER_PRINTABLE, errors[i].text)), END));
        assert_int_equal(parsed.message->has_ndes_error, errors[i].valid);
        assert_int_equal(parsed.message->ndes_error, errors[i].code);
        if (errors[i].valid)
            assert_clean(&parsed);
        else
            assert_only(&parsed, SCEP_PROBLEM_NOT_A_NUMBER, SCEP_ATTR_NDES_ERROR, 0);
        release(&parsed);
    }
}

static void test_transaction_ids(void **state)
{
    Parsed parsed;

    (void)state;
    parse_request_with(&parsed, 7, der_primitive(DER_PRINTABLE, "\xd4\x1d\x8c\x00\x7f", 5));
    assert_string_equal(parsed.message->transaction_id, "d41d8c007f");
    assert_only(&parsed, SCEP_PROBLEM_ID_NOT_PRINTABLE, SCEP_ATTR_TRANSACTION_ID, 0);
    release(&parsed);
    parse_request_with(&parsed, 7, der_text(DER_PRINTABLE, "SSCEP transactionId ~ Zm9v+/8="));
    assert_string_equal(parsed.message->transaction_id, "SSCEP transactionId ~ Zm9v+/8=");
    assert_clean(&parsed);
    release(&parsed);
    parse_request_with(&parsed, 7, der_text(DER_PRINTABLE, ""));
    assert_string_equal(parsed.message->transaction_id, "");
    assert_only(&parsed, SCEP_PROBLEM_ID_EMPTY, SCEP_ATTR_TRANSACTION_ID, 0);
    release(&parsed);
    char *long_id = g_strnfill(5000, 'a');
    parse_request_with(&parsed, 7, der_text(DER_PRINTABLE, long_id));
    assert_int_equal(strlen(parsed.message->transaction_id), SCEP_MAX_TEXT);
    g_free(long_id);
    release(&parsed);
}

static void test_nonce_length(void **state)
{
    Parsed parsed;

    (void)state;
    parse_request_with(&parsed, 5, der_octets("12345678", 8));
    assert_int_equal(scep_message_value(parsed.message, SCEP_ATTR_SENDER_NONCE).length, 8);
    assert_only(&parsed, SCEP_PROBLEM_NONCE_LENGTH, SCEP_ATTR_SENDER_NONCE, 8);
    release(&parsed);
    parse_request_with(&parsed, 5, der_octets("", 0));
    assert_only(&parsed, SCEP_PROBLEM_NONCE_LENGTH, SCEP_ATTR_SENDER_NONCE, 0);
    release(&parsed);
}

static void test_signing_time(void **state)
{
    Parsed parsed;

    (void)state;
    parse_request(&parsed, der_join(pki_request_attributes("19", TRANSACTION, pki_nonce_a),
                                    pki_attribute("1.2.840.113549.1.9.5", der_text(0x18, "20250102030405Z")), END));
    assert_int_equal(parsed.message->signing_time, 1735787045);
    assert_clean(&parsed);
    release(&parsed);
    parse_request(&parsed,
                  der_join(pki_request_attributes("19", TRANSACTION, pki_nonce_a), pki_signing_time("yesterday"), END));
    assert_int_equal(parsed.message->signing_time, 0);
    release(&parsed);
}

static void test_content_type_differs(void **state)
{
    PkiParts parts = request_parts();
    Parsed parsed;

    (void)state;
    parts.inner_type = OID_ENVELOPED_DATA;
    parse(&parsed, pki_signed_data(parts));
    const ScepProblem *problem = assert_only(&parsed, SCEP_PROBLEM_CONTENT_TYPE, SCEP_ATTR_CONTENT_TYPE, 0);
    assert_bytes(&parsed, problem->where, pki_content_type());
    release(&parsed);
    /* a content type that is no OID has a wrong type and nothing to compare */
    parse_request(&parsed, der_join(pki_attribute("1.2.840.113549.1.9.3", der_text(DER_PRINTABLE, "data")),
                                    pki_text(2, "19"), pki_text(7, TRANSACTION), pki_nonce(5, pki_nonce_a), END));
    assert_only(&parsed, SCEP_PROBLEM_STRING_TYPE, SCEP_ATTR_CONTENT_TYPE, DER_PRINTABLE);
    release(&parsed);
}

static void test_contradictions(void **state)
{
    Parsed parsed;

    (void)state;
    parse_request(&parsed, der_join(pki_request_attributes("19", TRANSACTION, pki_nonce_a), pki_text(3, "0"), END));
    assert_only(&parsed, SCEP_PROBLEM_STATUS_IN_REQUEST, SCEP_ATTR_PKI_STATUS, 0);
    release(&parsed);
    parse_reply(&parsed, pki_reply_attributes("3", "2", TRANSACTION, pki_nonce_b, pki_nonce_a));
    assert_only(&parsed, SCEP_PROBLEM_FAIL_INFO_WITHOUT_FAILURE, SCEP_ATTR_FAIL_INFO, 0);
    release(&parsed);
}

static void test_broken_attributes(void **state)
{
    static const char *const broken[] = { "\x30\x00", "\x30\x02\x05\x00", "\x30\x07\x06\x03\x2a\x03\x04\x31\xff",
                                          "\x30\x08\x06\x03\x2a\x03\x04\x31\x01\x04",
                                          "\x30\x07\x06\x09\x2a\x86\x48\x86\xf7" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        Parsed parsed;

        parse_request(&parsed, der_join(der_raw(broken[i], 2 + (size_t)broken[i][1]),
                                        pki_request_attributes("19", TRANSACTION, pki_nonce_a), END));
        assert_string_equal(parsed.message->transaction_id, TRANSACTION);
        assert_int_equal(parsed.message->message_type, SCEP_TYPE_PKCSREQ);
        const ScepProblem *problem = assert_only(&parsed, SCEP_PROBLEM_BAD_BER, SCEP_ATTR_UNKNOWN, 0);
        assert_int_equal(problem->where.length, 2 + broken[i][1]);
        release(&parsed);
    }
    /* one that cannot be read may be the one that is not there */
    Parsed parsed;
    parse_request(&parsed, der_join(der_raw("\x30\x00", 2), pki_text(2, "19"), pki_text(7, TRANSACTION), END));
    assert_only(&parsed, SCEP_PROBLEM_BAD_BER, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
}

static void test_too_many_attributes(void **state)
{
    GByteArray *attributes = pki_request_attributes("19", TRANSACTION, pki_nonce_a);
    Parsed parsed;

    (void)state;
    for (unsigned i = 0; i < SCEP_MAX_ATTRIBUTES; i++)
        attributes = der_join(attributes, pki_attribute("1.2.3.4", der_null()), END);
    parse_request(&parsed, attributes);
    assert_int_equal(parsed.message->attributes->len, SCEP_MAX_ATTRIBUTES);
    assert_only(&parsed, SCEP_PROBLEM_TOO_MANY, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_code_points),
        cmocka_unit_test(test_every_attribute),
        cmocka_unit_test(test_absent_attributes),
        cmocka_unit_test(test_string_types),
        cmocka_unit_test(test_other_types),
        cmocka_unit_test(test_missing_attributes),
        cmocka_unit_test(test_missing_status),
        cmocka_unit_test(test_duplicate_attributes),
        cmocka_unit_test(test_number_of_values),
        cmocka_unit_test(test_unknown_numbers),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_ndes_error),
        cmocka_unit_test(test_transaction_ids),
        cmocka_unit_test(test_nonce_length),
        cmocka_unit_test(test_signing_time),
        cmocka_unit_test(test_content_type_differs),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_broken_attributes),
        cmocka_unit_test(test_too_many_attributes),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
