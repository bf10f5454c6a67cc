/* test_message.c
 * The CMS layers of a pkiMessage: what is found in them, what is held against them, and that a cut message is not
 * blamed for what the capture lacks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "message_reading.h"

static void assert_request_fields(const Parsed *parsed)
{
    const ScepMessage *message = parsed->message;

    assert_true(message->is_signed_data);
    assert_false(message->certs_only);
    assert_false(message->truncated);
    assert_int_equal(message->missing, 0);
    assert_int_equal(message->whole.offset, 0);
    assert_int_equal(message->whole.length, parsed->size);
    assert_string_equal(message->content_type, OID_SIGNED_DATA);
    assert_string_equal(message->inner_type, OID_DATA);
    assert_int_equal(message->content_kind, SCEP_CONTENT_ENVELOPED);
    assert_int_equal(message->certificates->len, 1);
    assert_bytes(parsed, g_array_index(message->certificates, ScepSpan, 0), pki_certificate_der(device));
    assert_int_equal(message->crls->len, 0);
    assert_int_equal(message->signer_count, 1);
    assert_int_equal(message->signer.version, 1);
    assert_bytes(parsed, message->signer.issuer, pki_name_der(X509_get_issuer_name(device)));
    assert_bytes(parsed, message->signer.serial, der_raw("\x00\xc0\xff\xee", 4));
    assert_int_equal(message->signer.key_id.length, 0);
    assert_string_equal(message->signer.digest_algorithm, OID_SHA256);
    assert_string_equal(message->signer.signature_algorithm, "1.2.840.10045.4.3.2");
    assert_true(message->signer.signature.length > 60);
    assert_int_equal(parsed->data[message->signer.signed_attributes.offset], DER_CONTEXT_0);
    assert_int_equal(message->attributes->len, 5);
    assert_int_equal(message->message_type, SCEP_TYPE_PKCSREQ);
    assert_int_equal(message->pki_status, -1);
    assert_int_equal(message->fail_info, -1);
    assert_string_equal(message->transaction_id, TRANSACTION);
    assert_null(message->fail_info_text);
    assert_false(message->has_ndes_error);
}

static void test_request(void **state)
{
    Parsed parsed;

    (void)state;
    parse(&parsed, pki_signed_data(request_parts()));
    assert_request_fields(&parsed);
    assert_false(parsed.message->uses_ber);
    assert_int_equal(parsed.message->content.pieces, 1);
    assert_null(parsed.message->content.joined);
    assert_clean(&parsed);
    release(&parsed);
}

static void test_request_in_ber(void **state)
{
    PkiParts parts = request_parts();
    GByteArray *content = der_raw(parts.content->data, parts.content->len);
    Parsed parsed;
    size_t size;

    (void)state;
    parts.indefinite = true;
    parse(&parsed, pki_signed_data(parts));
    assert_request_fields(&parsed);
    assert_true(parsed.message->uses_ber);
    const uint8_t *bytes = scep_octets_get0_data(parsed.data, &parsed.message->content, &size);
    assert_int_equal(size, content->len);
    assert_memory_equal(bytes, content->data, size);
    assert_true(parsed.message->content.pieces > 2);
    assert_only(&parsed, SCEP_PROBLEM_BER_NOT_DER, SCEP_ATTR_UNKNOWN, 0);
    g_byte_array_unref(content);
    release(&parsed);
}

/* The messages of these tests are real ones: OpenSSL reads them and verifies their signature. */
static void test_openssl_agrees(void **state)
{
    (void)state;
    for (unsigned indefinite = 0; indefinite <= 1; indefinite++) {
        PkiParts parts = request_parts();
        parts.indefinite = indefinite;
        GByteArray *message = pki_signed_data(parts);
        const unsigned char *cursor = message->data;
        CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &cursor, message->len);
        BIO *content = BIO_new(BIO_s_mem());

        assert_non_null(cms);
        assert_int_equal(CMS_verify(cms, NULL, NULL, NULL, content, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY), 1);
        BIO_free(content);
        CMS_ContentInfo_free(cms);
        g_byte_array_unref(message);
    }
}

/* Only the string is constructed, every length definite. */
static void test_constructed_string_is_ber(void **state)
{
    PkiParts parts = request_parts();
    Parsed parsed;

    (void)state;
    parts.content_element = der(0x24, der_octets(parts.content->data, 20),
                                der_octets(parts.content->data + 20, parts.content->len - 20), END);
    parse(&parsed, pki_signed_data(parts));
    assert_int_equal(parsed.message->content_kind, SCEP_CONTENT_ENVELOPED);
    assert_only(&parsed, SCEP_PROBLEM_BER_NOT_DER, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
}

/* The shapes of "nothing" that real servers send. */
static const struct {
    const char *element; /* what stands in [0]; NULL: no [0] at all */
    size_t size;
    ScepContentKind kind;
} empties[] = {
    { NULL, 0, SCEP_CONTENT_ABSENT },
    { "\x04\x00", 2, SCEP_CONTENT_EMPTY },
    { "\x04\x01\x00", 3, SCEP_CONTENT_ZERO_BYTE },
    { "", 0, SCEP_CONTENT_EMPTY },
};

static void parse_empty(Parsed *parsed, PkiParts parts, size_t shape)
{
    if (empties[shape].element != NULL)
        parts.content_element = der_raw(empties[shape].element, empties[shape].size);
    parse(parsed, pki_signed_data(parts));
    assert_int_equal(parsed->message->content_kind, empties[shape].kind);
}

static void test_empty_content_in_a_refusal(void **state)
{
    Parsed parsed;

    (void)state;
    for (size_t shape = 0; shape < G_N_ELEMENTS(empties); shape++) {
        parse_empty(&parsed, reply_parts("2", "1"), shape);
        assert_int_equal(parsed.message->message_type, SCEP_TYPE_CERTREP);
        assert_int_equal(parsed.message->pki_status, SCEP_STATUS_FAILURE);
        assert_int_equal(parsed.message->fail_info, SCEP_FAIL_BAD_MESSAGE_CHECK);
        assert_clean(&parsed);
        release(&parsed);
        parse_empty(&parsed, reply_parts("3", NULL), shape);
        assert_int_equal(parsed.message->pki_status, SCEP_STATUS_PENDING);
        assert_clean(&parsed);
        release(&parsed);
    }
}

static void test_empty_content_elsewhere(void **state)
{
    Parsed parsed;

    (void)state;
    for (size_t shape = 0; shape < G_N_ELEMENTS(empties); shape++) {
        PkiParts parts = reply_parts("0", NULL);
        g_byte_array_unref(parts.content);
        parts.content = NULL;
        parse_empty(&parsed, parts, shape);
        assert_only(&parsed, SCEP_PROBLEM_ENVELOPE_MISSING, SCEP_ATTR_UNKNOWN, 0);
        release(&parsed);

        parts = request_parts();
        g_byte_array_unref(parts.content);
        parts.content = NULL;
        parse_empty(&parsed, parts, shape);
        assert_only(&parsed, SCEP_PROBLEM_ENVELOPE_MISSING, SCEP_ATTR_UNKNOWN, 0);
        release(&parsed);

        /* a certs-only answer encapsulates nothing, whatever the shape */
        parse_empty(&parsed, (PkiParts){ .certificates = pki_certificate_der(ra) }, shape);
        assert_true(parsed.message->certs_only);
        assert_clean(&parsed);
        release(&parsed);

        /* what Microsoft's status 11 carries is not known */
        parse_empty(&parsed, reply_parts("11", NULL), shape);
        assert_clean(&parsed);
        release(&parsed);
    }
}

static void test_envelope_in_a_refusal(void **state)
{
    PkiParts parts = reply_parts("2", "2");
    Parsed parsed;

    (void)state;
    parts.content = some_envelope();
    parse(&parsed, pki_signed_data(parts));
    assert_only(&parsed, SCEP_PROBLEM_ENVELOPE_UNEXPECTED, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
}

static void parse_content(Parsed *parsed, GByteArray *content, ScepContentKind kind)
{
    PkiParts parts = reply_parts("0", NULL);

    g_byte_array_unref(parts.content);
    parts.content = content;
    parse(parsed, pki_signed_data(parts));
    assert_int_equal(parsed->message->content_kind, kind);
}

static GByteArray *content_info(const char *oid)
{
    return der(DER_SEQUENCE, der_oid(oid), der(DER_CONTEXT_0, der_null(), END), END);
}

static void test_content_kinds(void **state)
{
    Parsed parsed;

    (void)state;
    parse_content(&parsed, some_envelope(), SCEP_CONTENT_ENVELOPED);
    assert_clean(&parsed);
    release(&parsed);
    parse_content(&parsed, pki_envelope(ra, "AES-128-GCM", "x", 1), SCEP_CONTENT_AUTH_ENVELOPED);
    assert_clean(&parsed);
    release(&parsed);
    parse_content(&parsed, content_info(OID_ENCRYPTED_DATA), SCEP_CONTENT_ENCRYPTED);
    assert_only(&parsed, SCEP_PROBLEM_ENVELOPE_TYPE, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
    parse_content(&parsed, content_info(OID_DATA), SCEP_CONTENT_CMS_OTHER);
    assert_only(&parsed, SCEP_PROBLEM_ENVELOPE_TYPE, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
    parse_content(&parsed, der_raw("hello", 5), SCEP_CONTENT_OTHER);
    release(&parsed);
    parse_content(&parsed, der_raw("\x01", 1), SCEP_CONTENT_OTHER);
    release(&parsed);
    parse_content(&parsed, der(DER_SEQUENCE, der_null(), END), SCEP_CONTENT_OTHER);
    assert_only(&parsed, SCEP_PROBLEM_ENVELOPE_TYPE, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
}

/* GetNextCACert: signed by the CA of today, no SCEP attributes (RFC 8894 4.7.1). */
static void test_signed_data_in_signed_data(void **state)
{
    GByteArray *next = pki_signed_data((PkiParts){ .certificates = pki_certificate_der(ra) });
    Parsed parsed;

    (void)state;
    parse(&parsed, pki_signed_data(
                       (PkiParts){ .content = next, .attributes = pki_content_type(), .signer = ra, .key = ra_key }));
    assert_int_equal(parsed.message->content_kind, SCEP_CONTENT_SIGNED);
    assert_clean(&parsed);
    release(&parsed);
}

/* PKCS#7 1.5 has ANY where CMS has an OCTET STRING. */
static void test_content_without_octet_string(void **state)
{
    PkiParts parts = request_parts();
    GByteArray *content = der_raw(parts.content->data, parts.content->len);
    Parsed parsed;

    (void)state;
    parts.content_element = der_raw(content->data, content->len);
    parse(&parsed, pki_signed_data(parts));
    assert_int_equal(parsed.message->content_kind, SCEP_CONTENT_ENVELOPED);
    assert_bytes(&parsed, parsed.message->content.span, content);
    assert_clean(&parsed);
    release(&parsed);
}

static void test_certs_only(void **state)
{
    Parsed parsed;

    (void)state;
    /* step-ca sends an empty set of CRLs along; a CRL and an attribute certificate may come too */
    parse(&parsed, pki_signed_data((PkiParts){
                       .certificates = der_join(pki_certificate_der(ra), der(DER_CONTEXT_1, der_null(), END),
                                                pki_certificate_der(device), END),
                       .crls = der(DER_SEQUENCE, der_null(), END),
                   }));
    assert_true(parsed.message->certs_only);
    assert_int_equal(parsed.message->content_kind, SCEP_CONTENT_ABSENT);
    assert_int_equal(parsed.message->certificates->len, 2);
    assert_bytes(&parsed, g_array_index(parsed.message->certificates, ScepSpan, 0), pki_certificate_der(ra));
    assert_bytes(&parsed, g_array_index(parsed.message->certificates, ScepSpan, 1), pki_certificate_der(device));
    assert_int_equal(parsed.message->crls->len, 1);
    assert_clean(&parsed);
    release(&parsed);

    parse(&parsed, pki_signed_data((PkiParts){
                       .certificates = pki_certificate_der(ra), .crls = g_byte_array_new(), .indefinite = true }));
    assert_true(parsed.message->certs_only);
    assert_int_equal(parsed.message->crls->len, 0);
    assert_only(&parsed, SCEP_PROBLEM_BER_NOT_DER, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
}

static void test_too_many_certificates(void **state)
{
    GByteArray *certificates = g_byte_array_new();
    Parsed parsed;

    (void)state;
    for (unsigned i = 0; i < SCEP_MAX_CERTIFICATES; i++)
        certificates = der_join(certificates, der(DER_SEQUENCE, END), END);
    GByteArray *more = der_join(der_raw(certificates->data, certificates->len), der(DER_SEQUENCE, END), END);
    parse(&parsed, pki_signed_data((PkiParts){ .certificates = certificates }));
    assert_int_equal(parsed.message->certificates->len, SCEP_MAX_CERTIFICATES);
    assert_clean(&parsed);
    release(&parsed);
    parse(&parsed, pki_signed_data((PkiParts){ .certificates = more }));
    assert_int_equal(parsed.message->certificates->len, SCEP_MAX_CERTIFICATES);
    assert_only(&parsed, SCEP_PROBLEM_TOO_MANY, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
}

static void test_no_signer(void **state)
{
    Parsed parsed;

    (void)state;
    parse(&parsed, pki_signed_data((PkiParts){ .content = some_envelope() }));
    assert_false(parsed.message->certs_only);
    assert_only(&parsed, SCEP_PROBLEM_NO_SIGNER, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);

    /* data that somebody wraps into a certs-only message is no pkiMessage without a signer */
    parse(&parsed, pki_signed_data((PkiParts){ .content = der_raw("hello", 5) }));
    assert_true(parsed.message->certs_only);
    assert_clean(&parsed);
    release(&parsed);
}

static void test_several_signers(void **state)
{
    (void)state;
    for (unsigned more = 1; more <= 2; more++) {
        PkiParts parts = request_parts();
        Parsed parsed;

        parts.more_signers = more;
        parse(&parsed, pki_signed_data(parts));
        assert_int_equal(parsed.message->signer_count, 1 + more);
        assert_int_equal(parsed.message->attributes->len, 5);
        assert_only(&parsed, SCEP_PROBLEM_SEVERAL_SIGNERS, SCEP_ATTR_UNKNOWN, 0);
        release(&parsed);
    }
}

static void test_no_signed_attributes(void **state)
{
    PkiParts parts = request_parts();
    Parsed parsed;

    (void)state;
    g_byte_array_unref(parts.attributes);
    parts.attributes = NULL;
    parse(&parsed, pki_signed_data(parts));
    assert_int_equal(parsed.message->signer_count, 1);
    assert_int_equal(parsed.message->signer.signed_attributes.length, 0);
    assert_string_equal(parsed.message->signer.signature_algorithm, "1.2.840.10045.4.3.2");
    assert_only(&parsed, SCEP_PROBLEM_NO_SIGNED_ATTRIBUTES, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
}

/* SignerIdentifier by subjectKeyIdentifier, RFC 5652 5.3. */
static void test_signer_by_key_identifier(void **state)
{
    GByteArray *signer = der(DER_SEQUENCE, der_small_integer(3), der_primitive(0x80, "key-id", 6),
                             der_algorithm(OID_SHA1), der_wrap(DER_CONTEXT_0, pki_content_type()),
                             der_algorithm("1.2.840.113549.1.1.1"), der_octets("signature", 9), END);
    GByteArray *body = der(DER_SEQUENCE, der_small_integer(1), der(DER_SET, END),
                           der(DER_SEQUENCE, der_oid(OID_DATA), END), der(DER_SET, signer, END), END);
    Parsed parsed;

    (void)state;
    parse(&parsed, der(DER_SEQUENCE, der_oid(OID_SIGNED_DATA), der(DER_CONTEXT_0, body, END), END));
    assert_int_equal(parsed.message->signer.version, 3);
    assert_bytes(&parsed, parsed.message->signer.key_id, der_raw("key-id", 6));
    assert_bytes(&parsed, parsed.message->signer.signature, der_raw("signature", 9));
    assert_bytes(&parsed, parsed.message->signer.signature_algorithm_whole, der_algorithm("1.2.840.113549.1.1.1"));
    assert_int_equal(parsed.message->signer.issuer.length, 0);
    assert_int_equal(parsed.message->signer.serial.length, 0);
    assert_string_equal(parsed.message->signer.digest_algorithm, OID_SHA1);
    release(&parsed);
}

static void assert_unread(GByteArray *bytes, ScepProblemCode code)
{
    Parsed parsed;

    parse(&parsed, bytes);
    assert_false(parsed.message->is_signed_data);
    assert_only(&parsed, code, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
}

static void test_other_bytes(void **state)
{
    (void)state;
    assert_unread(der_raw("", 0), SCEP_PROBLEM_NOT_CMS);
    assert_unread(der_raw("\x04\x03"
                          "abc",
                          5),
                  SCEP_PROBLEM_NOT_CMS);
    assert_unread(der(DER_SEQUENCE, der_null(), END), SCEP_PROBLEM_NOT_CMS);
    assert_unread(der(DER_SEQUENCE, END), SCEP_PROBLEM_NOT_CMS);
    assert_unread(some_envelope(), SCEP_PROBLEM_NOT_SIGNED_DATA);
    assert_unread(pki_certificate_der(ra), SCEP_PROBLEM_NOT_CMS);
    assert_unread(der_raw("\x30\xff\x00", 3), SCEP_PROBLEM_BAD_BER);
    Parsed parsed;
    parse(&parsed, der_raw("<html><body>Sorry</body></html>", 31));
    assert_non_null(find_problem(parsed.message, SCEP_PROBLEM_NOT_CMS));
    release(&parsed);
    scep_message_free(NULL);
}

static void test_trailing_bytes(void **state)
{
    (void)state;
    for (unsigned indefinite = 0; indefinite <= 1; indefinite++) {
        PkiParts parts = request_parts();
        Parsed parsed;

        parts.indefinite = indefinite;
        parse(&parsed, der_join(pki_signed_data(parts), der_raw("\r\n\r\n", 4), END));
        const ScepProblem *problem = find_problem(parsed.message, SCEP_PROBLEM_TRAILING_BYTES);
        assert_non_null(problem);
        assert_int_equal(problem->number, 4);
        assert_int_equal(problem->where.offset, parsed.size - 4);
        assert_int_equal(problem->where.length, 4);
        assert_int_equal(parsed.message->whole.length, parsed.size - 4);
        assert_int_equal(parsed.message->problems->len, 1 + indefinite);
        release(&parsed);
    }
}

/* Every row of the table can be told: a name for the filter and a sentence. */
static void test_problem_table(void **state)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    (void)state;
    for (unsigned code = 0; code < SCEP_PROBLEM_COUNT; code++) {
        const ScepProblemInfo *info = scep_problem_info(code);
        const ScepProblem problem = { code, SCEP_ATTR_SENDER_NONCE, { 0, 0 }, 4711 };
        char *text = scep_problem_new_text(&problem);

        assert_non_null(info->name);
        assert_int_equal(strspn(info->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(info->name));
        assert_true(g_hash_table_add(names, (gpointer)info->name));
        assert_true(info->severity >= SCEP_SEVERITY_NOTE && info->severity <= SCEP_SEVERITY_ERROR);
        assert_null(strstr(text, "%a"));
        assert_null(strstr(text, "%n"));
        assert_int_equal(strstr(info->text, "%a") != NULL, strstr(text, "senderNonce") != NULL);
        assert_int_equal(strstr(info->text, "%n") || strstr(info->text, "%m"), strstr(text, "4711") != NULL);
        g_free(text);
    }
    g_hash_table_destroy(names);
}

static void test_missing_bytes_in_words(void **state)
{
    ScepProblem problem = { SCEP_PROBLEM_TRUNCATED, SCEP_ATTR_UNKNOWN, { 0, 0 }, 17 };
    char *text = scep_problem_new_text(&problem);

    (void)state;
    assert_non_null(strstr(text, "17 bytes are missing"));
    g_free(text);
    /* an indefinite message does not tell how many */
    problem.number = 0;
    text = scep_problem_new_text(&problem);
    assert_null(strstr(text, "missing"));
    assert_null(strchr(text, '0'));
    assert_null(strchr(text, '%'));
    g_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_request_in_ber),
        cmocka_unit_test(test_openssl_agrees),
        cmocka_unit_test(test_constructed_string_is_ber),
        cmocka_unit_test(test_empty_content_in_a_refusal),
        cmocka_unit_test(test_empty_content_elsewhere),
        cmocka_unit_test(test_envelope_in_a_refusal),
        cmocka_unit_test(test_content_kinds),
        cmocka_unit_test(test_signed_data_in_signed_data),
        cmocka_unit_test(test_content_without_octet_string),
        cmocka_unit_test(test_certs_only),
        cmocka_unit_test(test_too_many_certificates),
        cmocka_unit_test(test_no_signer),
        cmocka_unit_test(test_several_signers),
        cmocka_unit_test(test_no_signed_attributes),
        cmocka_unit_test(test_signer_by_key_identifier),
        cmocka_unit_test(test_other_bytes),
        cmocka_unit_test(test_trailing_bytes),
        cmocka_unit_test(test_problem_table),
        cmocka_unit_test(test_missing_bytes_in_words),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
