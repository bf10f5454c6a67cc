/* test_findings_cacert.c
 * The certificates of a GetCACert answer: for each rule an answer that raises its hint, and neighbors that do not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"
#include "diagnosis/findings.h"

#define DAY 86400
#define NOW G_GINT64_CONSTANT(1750000000)

/* ---- certificates by their facts --------------------------------------------------------------------------------- */

enum {
    CA = 1,
    SIGNS = 2,
    ENCIPHERS = 4,
    SELF_SIGNED = 8,
    ELLIPTIC = 16,
    OLD = 32,
    ENDS_SOON = 64,
    ENDS_NEXT_YEAR = 128,
    FUTURE = 256
};

typedef struct {
    const char *subject;
    const char *issuer;
    unsigned flags;
    const char *signature; /* NULL for RSA-SHA256 */
    unsigned bits;         /* 0 for 2048 */
} Facts;

static ScepCertificate *certificate_of(const Facts *facts)
{
    ScepCertificate *certificate = g_new0(ScepCertificate, 1);

    certificate->der = g_bytes_new(NULL, 0);
    certificate->serial = g_bytes_new(NULL, 0);
    certificate->subject = g_strdup(facts->subject);
    certificate->sha1[0] = certificate->sha256[0] = (uint8_t)strlen(facts->subject);
    certificate->sha256[1] = (uint8_t)facts->subject[3];
    certificate->sha256[2] = (uint8_t)facts->flags;
    certificate->issuer = g_strdup(facts->issuer);
    certificate->key_algorithm = g_strdup(facts->flags & ELLIPTIC ? "EC" : "RSA");
    certificate->key_bits = facts->bits ? facts->bits : 2048;
    certificate->signature_algorithm = g_strdup(facts->signature ? facts->signature : "RSA-SHA256");
    certificate->is_ca = (facts->flags & CA) != 0;
    certificate->self_signed = (facts->flags & SELF_SIGNED) != 0;
    certificate->has_key_usage = true;
    certificate->may_sign = (facts->flags & SIGNS) != 0;
    certificate->may_encipher = (facts->flags & ENCIPHERS) != 0;
    certificate->not_before = NOW + (facts->flags & FUTURE ? DAY : -900 * DAY);
    certificate->not_after = NOW + (facts->flags & OLD              ? -DAY
                                    : facts->flags & ENDS_SOON      ? 20 * DAY
                                    : facts->flags & ENDS_NEXT_YEAR ? 200 * DAY
                                                                    : 900 * DAY);
    return certificate;
}

#define ROOT                                            \
    {                                                   \
        "CN=Root", "CN=Root", CA | SELF_SIGNED, NULL, 0 \
    }
#define ISSUING                         \
    {                                   \
        "CN=CA", "CN=Root", CA, NULL, 0 \
    }
#define SIGNER                           \
    {                                    \
        "CN=RA", "CN=CA", SIGNS, NULL, 0 \
    }
#define CIPHER                               \
    {                                        \
        "CN=RA", "CN=CA", ENCIPHERS, NULL, 0 \
    }
#define MOST 4

typedef struct {
    const char *expected;
    Facts certificates[MOST]; /* subject NULL ends them */
    const char *type;         /* NULL for none */
    const char *user_agent;
    bool bare;          /* no SignedData around it */
    const char *detail; /* of the first one; NULL to leave it unseen */
} Answer;

#define ONE "application/x-x509-ca-cert"
#define SEVERAL "application/x-x509-ca-ra-cert"
#define APPLE "profiled/1.0 CFNetwork/1568.300.101 Darwin/24.2.0"
#define SHAPE "cacert_ndes_shape_ok"

/* clang-format off */
static const Answer answers[] = {
    { SHAPE, { SIGNER, CIPHER, ISSUING, ROOT }, SEVERAL, APPLE, false, NULL },
    { "", { ISSUING }, ONE, NULL, true, NULL },
    { "", { ISSUING, ROOT }, SEVERAL, NULL, false, NULL },

    { "cacert_ra_expired " SHAPE, { { "CN=RA", "CN=CA", SIGNS | OLD, NULL, 0 }, CIPHER, ISSUING }, NULL, NULL, false,
      "\"CN=RA\" was valid until 2025-06-14" },
    { "cacert_ra_expiring " SHAPE, { { "CN=RA", "CN=CA", SIGNS | ENDS_SOON, NULL, 0 }, CIPHER, ISSUING }, NULL, NULL,
      false, NULL },
    { SHAPE, { { "CN=RA", "CN=CA", SIGNS | ENDS_NEXT_YEAR, NULL, 0 }, CIPHER, ISSUING }, NULL, NULL, false, NULL },
    { "cacert_ca_expired", { { "CN=CA", "CN=CA", CA | SELF_SIGNED | OLD, NULL, 0 } }, NULL, NULL, true, NULL },
    { "cacert_ca_expiring", { { "CN=CA", "CN=CA", CA | SELF_SIGNED | ENDS_NEXT_YEAR, NULL, 0 } }, NULL, NULL, true,
      "\"CN=CA\" is valid until 2026-01-01" },
    { "cacert_not_yet_valid", { { "CN=CA", "CN=CA", CA | SELF_SIGNED | FUTURE, NULL, 0 } }, NULL, NULL, true,
      "\"CN=CA\" is valid from 2025-06-16" },

    /* keys that a request cannot be encrypted to */
    { "cacert_ra_ecc_key", { { "CN=CA", "CN=CA", CA | SELF_SIGNED | ELLIPTIC, NULL, 256 } }, NULL, NULL, true, NULL },
    { "cacert_ra_ecc_key", { { "CN=RA", "CN=CA", SIGNS | ELLIPTIC, NULL, 256 }, { "CN=RA", "CN=CA", ELLIPTIC, NULL,
      256 }, ISSUING },
      NULL, NULL, false, NULL },
    { SHAPE, { { "CN=RA", "CN=CA", SIGNS | ELLIPTIC, NULL, 256 }, CIPHER, ISSUING }, NULL, NULL, false, NULL },
    { "", { { "CN=CA", "CN=Root", CA | ELLIPTIC, NULL, 256 }, ROOT }, NULL, NULL, false, NULL },

    /* what the RA certificates are for */
    { "cacert_ra_pair_incomplete", { SIGNER, ISSUING, ROOT }, NULL, NULL, false, NULL },
    { "cacert_ra_pair_incomplete", { CIPHER, ISSUING, ROOT }, NULL, NULL, false, NULL },
    { "cacert_ra_wrong_key_usage", { SIGNER, SIGNER, ISSUING }, NULL, NULL, false, "None of them has keyEncipherment" },
    { "cacert_ra_wrong_key_usage", { CIPHER, CIPHER, ISSUING }, NULL, NULL, false,
      "None of them has digitalSignature" },
    { "cacert_ra_wrong_key_usage " SHAPE, { SIGNER, CIPHER, { "CN=RA 3", "CN=CA", 0, NULL, 0 }, ISSUING }, NULL, NULL,
      false,
      "\"CN=RA 3\"" },
    { "", { { "CN=RA", "CN=CA", SIGNS | ENCIPHERS, NULL, 0 }, ISSUING }, NULL, NULL, false, NULL },
    { "", { { "CN=RA", "CN=CA", SIGNS | ENCIPHERS, NULL, 0 }, ISSUING, ROOT }, NULL, NULL, false, NULL },
    { "", { { "CN=RA", "CN=CA", SIGNS | ENCIPHERS, NULL, 0 }, CIPHER, ISSUING, ROOT }, NULL, NULL, false, NULL },

    { "cacert_ra_issuer_not_ca " SHAPE, { { "CN=RA", "CN=Other", SIGNS, NULL, 0 }, CIPHER, ISSUING }, NULL, NULL, false,
      "\"CN=RA\" was issued by \"CN=Other\"" },
    { SHAPE, { SIGNER, CIPHER, SIGNER }, NULL, NULL, false, NULL }, /* no CA to compare with */

    /* types */
    { "cacert_ra_type_without_ra", { ISSUING, ROOT }, SEVERAL, APPLE, false, NULL },
    { "", { ISSUING, ROOT }, "application/octet-stream", APPLE, false, NULL },
    { "cacert_type_body_mismatch", { ISSUING, ROOT }, ONE, NULL, false,
      "The body is a PKCS#7 set, its type application/x-x509-ca-cert" },
    { "cacert_type_body_mismatch", { ISSUING }, SEVERAL "; charset=x", NULL, true, NULL },
    { "", { ISSUING }, SEVERAL "-chain", NULL, true, NULL },

    /* signatures and keys */
    { "cacert_pss_or_sha1", { { "CN=CA", "CN=Root", CA, "RSASSA-PSS", 0 }, ROOT }, NULL, NULL, false,
      "\"CN=CA\" is signed with RSASSA-PSS" },
    { "cacert_pss_or_sha1", { { "CN=CA", "CN=CA", CA | SELF_SIGNED, "RSASSA-PSS", 0 } }, NULL, NULL, true, NULL },
    { "cacert_pss_or_sha1", { { "CN=CA", "CN=Root", CA, "RSA-SHA1", 0 }, ROOT }, NULL, NULL, false, NULL },
    { "", { { "CN=CA", "CN=CA", CA | SELF_SIGNED, "RSA-SHA1", 0 } }, NULL, NULL, true, NULL },
    { "weak_signature", { { "CN=CA", "CN=Root", CA, "RSA-MD5", 0 }, ROOT }, NULL, NULL, false,
      "\"CN=CA\": RSA key of 2048 bits, signed with RSA-MD5" },
    { "weak_signature", { { "CN=CA", "CN=CA", CA | SELF_SIGNED, NULL, 1024 } }, NULL, NULL, true, NULL },
    { "", { { "CN=CA", "CN=CA", CA | SELF_SIGNED, "RSA-MD5", 0 } }, NULL, NULL, true, NULL },
};
/* clang-format on */

static Coverage coverage = { &scep_rules_cacert, { false } };

static ScepPlace now_at(uint32_t frame)
{
    ScepPlace place = place_at(frame);

    place.time = NOW * SECOND;
    return place;
}

static void check_answer(const Answer *about)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    const ScepPlace asked = now_at(3), answered = now_at(4);
    Carried carried = { NULL, 0, NULL, NULL };

    for (size_t i = 0; i < MOST && about->certificates[i].subject != NULL; i++)
        g_ptr_array_add(certificates, certificate_of(&about->certificates[i]));
    if (!about->bare)
        carry(&carried, pki_signed_data((PkiParts){ .certificates = pki_certificate_der(ra) }));
    request.user_agent = about->user_agent;
    const ScepResponse response = { .status = 200,
                                    .content_type = about->type,
                                    .body = (const uint8_t *)"0",
                                    .body_size = 1,
                                    .message = carried.message,
                                    .certificates = certificates };
    ScepExchange *exchange = scep_tracker_request(tracker, &asked, &request);
    scep_tracker_response(tracker, exchange, &answered, &response);
    char *ids = ids_of(response_findings(tracker, exchange));
    if (strcmp(ids, about->expected) != 0)
        fail_msg("row %zu: \"%s\" instead of \"%s\"", (size_t)(about - answers), ids, about->expected);
    g_free(ids);
    if (about->detail != NULL)
        assert_string_equal(((const ScepFinding *)response_findings(tracker, exchange))->detail, about->detail);
    cover(&coverage, case_of_answer(tracker, exchange, &response));
    if (!about->bare)
        drop(&carried);
    diagnosed_tracker_free(tracker);
    g_ptr_array_unref(certificates);
}

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
        check_answer(&answers[i]);
}

/* Without a clock nothing is expired, and nothing is about to be. */
static void test_no_clock(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    const Facts future = { "CN=CA", "CN=CA", CA | SELF_SIGNED | FUTURE, NULL, 0 };

    (void)state;
    g_ptr_array_add(certificates, certificate_of(&future));
    const ScepResponse response = {
        .status = 200, .body = (const uint8_t *)"0", .body_size = 1, .certificates = certificates
    };
    assert_findings(response_findings(tracker, answer(tracker, ask(tracker, 1, &request), 2, &response)), "");
    diagnosed_tracker_free(tracker);
    g_ptr_array_unref(certificates);
}

/* ---- GetNextCACert ----------------------------------------------------------------------------------------------- */

static void check_next(GByteArray *body, bool cacert_known, const char *expected, const char *detail)
{
    ScepTracker *tracker = diagnosed_tracker_new();
    const ScepRequest request = operation_request(SCEP_OP_GETNEXTCACERT);
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    Carried carried;

    if (cacert_known)
        ask_certificate(tracker);
    carry(&carried, body);
    const ScepResponse response = { .status = 200,
                                    .body = carried.body,
                                    .body_size = carried.size,
                                    .message = carried.message,
                                    .certificates = certificates };
    ScepExchange *exchange = answer(tracker, ask(tracker, 5, &request), 6, &response);
    assert_findings(response_findings(tracker, exchange), expected);
    if (detail != NULL)
        assert_detail(response_findings(tracker, exchange), expected, detail);
    cover(&coverage, case_of_answer(tracker, exchange, &response));
    drop(&carried);
    diagnosed_tracker_free(tracker);
    g_ptr_array_unref(certificates);
}

static void test_next_ca(void **state)
{
    const PkiParts by_stranger = { .content = der_raw("next", 4), .signer = device, .key = device_key };

    (void)state;
    check_next(pki_signed_data((PkiParts){ .content = der_raw("next", 4), .signer = ra, .key = ra_key }), true, "",
               NULL);
    check_next(pki_signed_data(by_stranger), true, "nextca_not_signed_by_ca",
               "Its signer is not in the GetCACert answer");
    check_next(pki_signed_data((PkiParts){ .content = der_raw("next", 4), .signer = device, .key = device_key }), false,
               "", NULL);
    check_next(pki_signed_data((PkiParts){ .certificates = pki_certificate_der(ra) }), false, "nextca_not_signed_by_ca",
               "It is not signed");
}

/* ---- another root than before ------------------------------------------------------------------------------------ */

static ScepExchange *show_root(ScepTracker *tracker, uint32_t frame, const char *identifier, const Facts *root)
{
    ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    const Facts issuing = ISSUING;

    request.identifier = identifier;
    g_ptr_array_add(certificates, certificate_of(&issuing));
    g_ptr_array_add(certificates, certificate_of(root));
    const ScepResponse response = {
        .status = 200, .body = (const uint8_t *)"0", .body_size = 1, .certificates = certificates
    };
    ScepExchange *exchange = answer(tracker, ask(tracker, frame, &request), frame + 1, &response);
    cover(&coverage, case_of_answer(tracker, exchange, &response));
    g_ptr_array_unref(certificates);
    return exchange;
}

static void test_another_root(void **state)
{
    static const Facts root = ROOT, other = { "CN=Root 2", "CN=Root 2", CA | SELF_SIGNED, NULL, 0 };
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    assert_findings(response_findings(tracker, show_root(tracker, 1, "ca", &root)), "");
    assert_findings(response_findings(tracker, show_root(tracker, 3, "ca", &root)), "");
    const ScepExchange *changed = show_root(tracker, 5, "ca", &other);
    assert_findings(response_findings(tracker, changed), "cacert_root_not_expected");
    assert_detail(response_findings(tracker, changed), "cacert_root_not_expected",
                  "Now \"CN=Root 2\", SHA-1 thumbprint 0900000000000000000000000000000000000000; before \"CN=Root\", "
                  "SHA-1 thumbprint "
                  "0700000000000000000000000000000000000000");
    const ScepFinding *finding = response_findings(tracker, changed);
    assert_int_equal(finding->frames[finding->frame_count - 1], 4);
    /* a server with several CAs shows the one that is asked for */
    assert_findings(response_findings(tracker, show_root(tracker, 7, "ca-2", &root)), "");
    diagnosed_tracker_free(tracker);
}

static void test_every_rule(void **state)
{
    test_answers(state);
    test_next_ca(state);
    test_another_root(state);
    assert_covered(&coverage, SCEP_ON_ANSWER);
    assert_covered(&coverage, SCEP_ON_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),      cmocka_unit_test(test_no_clock),   cmocka_unit_test(test_next_ca),
        cmocka_unit_test(test_another_root), cmocka_unit_test(test_every_rule),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
