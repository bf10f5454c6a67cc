/* test_findings_message.c
 * What requests show: for each rule a message that raises its hint, and neighbors that do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "diagnosis/findings.h"

#define GOOD_CAPS "POSTPKIOperation\nSHA-256\nAES\n"
#define MD5_DES "The request uses MD5 and DES-CBC"

enum { GET = 1, TWICE = 2, NO_BODY = 4, BASE64_BODY = 8, NAMES_NO_CA = 16 };

/* ---- requests ---------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *expected;      /* ids, in the order of the tables */
    const char *caps;          /* what GetCACaps said before; NULL: nothing */
    const char *type;          /* messageType; NULL for PKCSReq */
    const char *digest;        /* NULL for SHA-256 */
    const char *cipher;        /* NULL for AES-128-CBC */
    GByteArray *(*body)(void); /* instead of a request made of these */
    unsigned flags;
    unsigned base64;
    size_t target_length;
    ScepOperation operation; /* 0 for PKIOperation */
    const char *identifier;  /* message= of GetCACert */
} Asked;

static GByteArray *text(void)
{
    return der_raw("<html>hello</html>", 18);
}

static GByteArray *truncated_request(void)
{
    GByteArray *whole = pki_signed_data(request_parts());

    return g_byte_array_set_size(whole, whole->len - 10);
}

static GByteArray *truncated_request_in_ber(void)
{
    PkiParts parts = request_parts();

    parts.indefinite = true;
    GByteArray *whole = pki_signed_data(parts);
    return g_byte_array_set_size(whole, whole->len / 2);
}

static GByteArray *request_in_ber(void)
{
    PkiParts parts = request_parts();

    parts.indefinite = true;
    return pki_signed_data(parts);
}

static GByteArray *with_content(GByteArray *content)
{
    PkiParts parts = request_parts();

    g_byte_array_unref(parts.content);
    parts.content = content;
    return pki_signed_data(parts);
}

static GByteArray *request_in_clear(void)
{
    return with_content(pki_request_der(device_key, "0123456789ABCDEF"));
}

static GByteArray *request_in_clear_without_challenge(void)
{
    return with_content(pki_request_der(device_key, NULL));
}

static GByteArray *broken_request(void)
{
    return der(DER_SEQUENCE, der_oid(OID_SIGNED_DATA), der_raw("\xa0\xff", 2), END);
}

static GByteArray *request_without_attributes(void)
{
    PkiParts parts = request_parts();

    g_byte_array_unref(parts.attributes);
    parts.attributes = NULL;
    return pki_signed_data(parts);
}

static GByteArray *request_without_signer(void)
{
    return pki_signed_data((PkiParts){ .content = some_envelope() });
}

static GByteArray *certificates_only(void)
{
    return pki_signed_data((PkiParts){ .certificates = pki_certificate_der(ra) });
}

static GByteArray *request_lacking_some(void)
{
    PkiParts parts = request_parts();

    g_byte_array_unref(parts.attributes);
    parts.attributes = der_join(pki_content_type(), pki_text(2, "19"), END);
    return pki_signed_data(parts);
}

/* clang-format off */
static const Asked requests[] = {
    { .expected = "" },
    { .expected = "", .caps = GOOD_CAPS },
    { .expected = "", .flags = GET, .base64 = SCEP_B64_PERCENT_ESCAPED },
    { .expected = "pkiop_get_odd_base64", .flags = GET, .base64 = SCEP_B64_LINE_BREAKS | SCEP_B64_NO_PADDING },
    { .expected = "pkiop_get_odd_base64", .flags = GET, .base64 = SCEP_B64_URL_SAFE },
    { .expected = "pkiop_get_odd_base64", .flags = GET, .base64 = SCEP_B64_DOUBLE_ESCAPED },
    { .expected = "", .base64 = SCEP_B64_URL_SAFE }, /* a POST */
    { .expected = "pkiop_post_base64", .flags = BASE64_BODY },
    { .expected = "", .flags = BASE64_BODY | GET },
    { .expected = "cacert_missing_identifier", .flags = NO_BODY | GET | NAMES_NO_CA, .operation = SCEP_OP_GETCACERT },
    { .expected = "", .flags = NO_BODY | GET | NAMES_NO_CA, .operation = SCEP_OP_GETCACAPS },
    { .expected = "cacert_missing_identifier",
      .flags = NO_BODY | GET,
      .operation = SCEP_OP_GETCACERT,
      .identifier = "" },
    { .expected = "cacert_default_identifier",
      .flags = NO_BODY | GET,
      .operation = SCEP_OP_GETCACERT,
      .identifier = "Default" },
    { .expected = "", .flags = NO_BODY | GET, .operation = SCEP_OP_GETCACERT, .identifier = "MyCA" },
    { .expected = "", .flags = NO_BODY | GET, .operation = SCEP_OP_GETCACAPS, .identifier = "default" },
    { .expected = "pkiop_apple_ber", .body = request_in_ber },
    { .expected = "challenge_in_clear", .body = request_in_clear },
    { .expected = "", .body = request_in_clear_without_challenge },

    { .expected = "message_cut", .body = truncated_request },
    { .expected = "message_cut pkiop_apple_ber", .body = truncated_request_in_ber },
    { .expected = "pkiop_get_bad_base64", .flags = GET, .base64 = SCEP_B64_SPACE_FOR_PLUS },
    { .expected = "pkiop_get_bad_base64", .flags = GET, .base64 = SCEP_B64_INVALID },
    { .expected = "pkiop_get_bad_base64", .flags = GET, .base64 = SCEP_B64_TRUNCATED },
    { .expected = "pkiop_get_bad_base64", .flags = GET, .base64 = SCEP_B64_RAW_PLUS },
    { .expected = "", .base64 = SCEP_B64_INVALID }, /* a POST */
    { .expected = "pkiop_empty_post", .flags = NO_BODY },
    { .expected = "", .flags = NO_BODY | GET, .operation = SCEP_OP_GETCACERT },

    { .expected = "message_malformed", .body = text },
    { .expected = "message_malformed", .body = some_envelope },
    { .expected = "message_malformed", .body = broken_request },
    { .expected = "message_malformed", .body = request_without_attributes },
    { .expected = "message_malformed", .body = request_without_signer },
    { .expected = "message_malformed", .body = certificates_only },

    { .expected = "unknown_operation", .flags = NO_BODY | GET, .operation = SCEP_OP_UNKNOWN },
    { .expected = "pkiop_missing_signed_attr", .body = request_lacking_some },
    { .expected = "", .flags = GET, .target_length = 2048 },
    { .expected = "pkiop_get_over_query_default", .flags = GET, .target_length = 2049 },
    { .expected = "pkiop_get_over_query_default", .flags = GET, .target_length = 4096 },
    { .expected = "", .target_length = 2049 }, /* a POST */
    { .expected = "pkiop_get_near_limit", .flags = GET, .target_length = 4097 },
    { .expected = "", .target_length = 4097 }, /* a POST */
    { .expected = "", .flags = NO_BODY | GET, .target_length = 4097, .operation = SCEP_OP_GETCACERT },

    /* what the server offers, and what it lacks */
    { .expected = "pkiop_post_not_offered", .caps = "SHA-256\nAES\n" },
    { .expected = "", .caps = "SCEPStandard" },
    { .expected = "", .caps = "SHA-256\nAES\n", .flags = GET },
    { .expected = "pkiop_get_used", .caps = GOOD_CAPS, .flags = GET },
    { .expected = "pkiop_alg_not_in_caps", .caps = "POSTPKIOperation\nSHA-1\nDES3\n" },
    { .expected = "pkiop_alg_not_in_caps", .caps = "POSTPKIOperation\nSHA-256\nDES3\n" },
    { .expected = "pkiop_alg_not_in_caps", .caps = "POSTPKIOperation\nSHA-512\nAES\n" },
    { .expected = "pkiop_weak_digest", .digest = OID_MD5 },
    { .expected = "pkiop_weak_digest", .cipher = "DES-CBC" },
    { .expected = "", .digest = OID_SHA1, .cipher = "DES-EDE3-CBC" },
    { .expected = "", .digest = OID_SHA1, .cipher = "DES-EDE3-CBC", .caps = "POSTPKIOperation\nSHA-1\nDES3\n" },
    { .expected = "caps_not_used", .digest = OID_SHA1, .caps = "POSTPKIOperation\nSHA-1\nSHA-512\nAES\n" },
    { .expected = "caps_not_used", .cipher = "DES-EDE3-CBC", .caps = GOOD_CAPS "DES3\n" },
    { .expected = "pkiop_weak_digest caps_not_used", .digest = OID_MD5, .cipher = "DES-CBC", .caps = GOOD_CAPS },

    { .expected = "pkiop_retry_same_txid", .flags = TWICE },
    { .expected = "pkiop_certpoll", .type = "20" },
    { .expected = "pkiop_getcert_getcrl", .type = "21" },
    { .expected = "pkiop_getcert_getcrl", .type = "22" },
    { .expected = "pkiop_renewalreq", .type = "17" },
};
/* clang-format on */

static Coverage of_requests = { &scep_rules_request, { false } };

static GByteArray *request_body(const Asked *about)
{
    PkiParts parts = request_parts();

    g_byte_array_unref(parts.attributes);
    parts.attributes = pki_request_attributes(about->type ? about->type : "19", TRANSACTION, pki_nonce_a);
    parts.digest = about->digest;
    if (about->cipher != NULL) {
        g_byte_array_unref(parts.content);
        parts.content = pki_envelope(ra, about->cipher, "x", 1);
    }
    return pki_signed_data(parts);
}

static void check_request(const Asked *about, const char *detail)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(about->operation ? about->operation : SCEP_OP_PKIOPERATION);
    Carried carried = { NULL, 0, NULL, NULL };

    if (about->caps != NULL)
        ask_capabilities(tracker, about->caps);
    if (!(about->flags & NO_BODY)) {
        carry(&carried, about->body ? about->body() : request_body(about));
        request = message_request(&carried);
    }
    request.has_identifier = !(about->flags & NAMES_NO_CA);
    request.identifier = about->identifier;
    request.is_get = (about->flags & GET) != 0;
    request.base64_flags = about->base64;
    request.is_base64_body = (about->flags & BASE64_BODY) != 0;
    request.target_length = about->target_length;
    if (about->flags & TWICE)
        assert_findings(request_findings(tracker, ask(tracker, 10, &request)), "");
    ScepExchange *exchange = ask(tracker, 11, &request);
    assert_findings(request_findings(tracker, exchange), about->expected);
    if (detail != NULL)
        assert_detail(request_findings(tracker, exchange), about->expected, detail[0] ? detail : NULL);
    cover(&of_requests, case_of_request(tracker, exchange, &request));
    drop(&carried);
    diagnosed_tracker_free(tracker);
}

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        check_request(&requests[i], NULL);
}

static void test_every_request_rule(void **state)
{
    test_requests(state);
    assert_covered(&of_requests, SCEP_ON_REQUEST);
    assert_covered(&of_requests, SCEP_ON_ANSWER);
}

static void test_request_details(void **state)
{
    (void)state;
    check_request(&(Asked){ .expected = "message_cut", .body = truncated_request },
                  "10 of 1,11* octets of the PKIOperation request are missing: the capture has no more of it");
    check_request(&(Asked){ .expected = "message_cut pkiop_apple_ber", .body = truncated_request_in_ber }, NULL);
    check_request(
        &(Asked){ .expected = "pkiop_get_bad_base64", .flags = GET, .base64 = SCEP_B64_INVALID | SCEP_B64_RAW_PLUS },
        "In the message parameter a character that is not base64");
    check_request(&(Asked){ .expected = "pkiop_missing_signed_attr", .body = request_lacking_some },
                  "Missing: transactionID, senderNonce");
    check_request(&(Asked){ .expected = "pkiop_weak_digest", .digest = OID_MD5, .cipher = "DES-CBC" }, MD5_DES);
    check_request(&(Asked){ .expected = "pkiop_get_near_limit", .flags = GET, .target_length = 5000 },
                  "The request target is 5000 bytes long");
    check_request(&(Asked){ .expected = "pkiop_get_near_limit", .flags = GET, .target_length = 5100 },
                  "The request target is 5100 bytes long");
    check_request(&(Asked){ .expected = "pkiop_get_near_limit", .flags = GET, .target_length = 5101 },
                  "The request target is 5101 bytes long, more than the about 5,100 that Web Application Proxy takes "
                  "without its update (KB3011135)");
    check_request(&(Asked){ .expected = "pkiop_get_near_limit", .flags = GET, .target_length = 16385 },
                  "The request target is 16385 bytes long, more than the 16,384 that HTTP.sys takes unless "
                  "MaxFieldLength and MaxRequestBytes are raised");
    check_request(&(Asked){ .expected = "pkiop_get_over_query_default", .flags = GET, .target_length = 2049 },
                  "The request target is 2049 bytes long; maxQueryString of IIS Request Filtering is 2,048 "
                  "where nobody raised it");
    check_request(&(Asked){ .expected = "caps_not_used", .digest = OID_SHA1, .caps = GOOD_CAPS "SHA-1" },
                  "The server offers SHA-256; the client used SHA1");
    check_request(&(Asked){ .expected = "caps_not_used", .cipher = "DES-EDE3-CBC", .caps = GOOD_CAPS "DES3" },
                  "The server offers AES; the client used DES-EDE3-CBC");
    check_request(&(Asked){ .expected = "caps_not_used",
                            .digest = OID_SHA1,
                            .cipher = "DES-EDE3-CBC",
                            .caps = GOOD_CAPS "SHA-1\nDES3" },
                  "The server offers SHA-256 and AES; the client used SHA1 and DES-EDE3-CBC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_every_request_rule),
        cmocka_unit_test(test_request_details),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
