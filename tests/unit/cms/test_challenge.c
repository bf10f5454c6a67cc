/* test_challenge.c
 * What a challenge is, and what it says of itself; and that the token itself is never told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cms/challenge_claims.h"
#include "pki_builder.h"
#include "scep/limits.h"

/* In a buffer of its exact size, for sanitizers. */
static ScepChallengeKind classify(const char *text, size_t size, ScepChallengeClaims **claims)
{
    uint8_t *exact = g_memdup2(text, size);
    const ScepChallengeKind kind = scep_challenge_classify(exact, size, claims);

    g_free(exact);
    assert_int_equal(*claims != NULL, kind == SCEP_CHALLENGE_TOKEN || kind == SCEP_CHALLENGE_SIGNED_BLOB);
    return kind;
}

static void test_plain_kinds(void **state)
{
    static const struct {
        const char *text;
        ScepChallengeKind kind;
    } rows[] = {
        { "", SCEP_CHALLENGE_PLAIN },
        { "a", SCEP_CHALLENGE_PLAIN },
        { "MII=", SCEP_CHALLENGE_PLAIN },
        { "S3cr3t of a person", SCEP_CHALLENGE_PLAIN },
        { "A1B2C3D4E5F60718", SCEP_CHALLENGE_ONE_TIME },
        { "A1B2C3D4", SCEP_CHALLENGE_ONE_TIME },
        { "a1b2c3d4e5f60718", SCEP_CHALLENGE_PLAIN },
        { "A1B2C3D4E5F6071", SCEP_CHALLENGE_PLAIN },
        { "A1B2C3D4E5F6071G", SCEP_CHALLENGE_PLAIN },
        { "20240131", SCEP_CHALLENGE_PLAIN },
        { "a.b.c", SCEP_CHALLENGE_PLAIN },
        { "..", SCEP_CHALLENGE_PLAIN },
        { "....", SCEP_CHALLENGE_PLAIN },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepChallengeClaims *claims;
        assert_int_equal(classify(rows[i].text, strlen(rows[i].text), &claims), rows[i].kind);
        scep_challenge_claims_free(claims);
    }
    assert_non_null(scep_challenge_kind_text(SCEP_CHALLENGE_TOKEN));
    assert_non_null(strstr(scep_challenge_kind_text(SCEP_CHALLENGE_ONE_TIME), "NDES"));
}

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

/* RFC 7515 2. @return g_free() */
static char *base64url(const char *text, size_t size)
{
    char *base64 = size > 0 ? g_base64_encode((const guchar *)text, size) : g_strdup("");

    for (char *at = base64; *at != '\0'; at++) {
        if (*at == '+' || *at == '/')
            *at = *at == '+' ? '-' : '_';
        else if (*at == '=')
            *at = '\0';
    }
    return base64;
}

static char *token_of(const char *header, const char *payload)
{
    char *first = base64url(header, strlen(header)), *second = base64url(payload, strlen(payload));
    char *token = g_strconcat(first, ".", second, ".U2lnbmF0dXJl", NULL);

    g_free(first);
    g_free(second);
    return token;
}

static ScepChallengeClaims *claims_of(const char *header, const char *payload)
{
    char *token = token_of(header, payload);
    ScepChallengeClaims *claims;

    assert_int_equal(classify(token, strlen(token), &claims), SCEP_CHALLENGE_TOKEN);
    g_free(token);
    return claims;
}

static void test_a_token(void **state)
{
    (void)state;
    ScepChallengeClaims *claims =
        claims_of("{\"alg\":\"RS256\",\"kid\":\"k~?1\",\"typ\":\"JWT\"}",
                  "{\"iss\":\"https://i\",\"aud\":[\"scep\",7,\"x\xc3\xa4\"],\"sub\":\"device-1\",\"iat\":1700000000,"
                  "\"nbf\":1700000001,\"exp\":1700003600.7,\"secret\":\"S3cr3t\"}");
    assert_string_equal(claims->algorithm, "RS256");
    assert_string_equal(claims->key_id, "k~?1");
    assert_string_equal(claims->issuer, "https://i");
    assert_string_equal(claims->audience, "scep, x\xc3\xa4");
    assert_string_equal(claims->subject, "device-1");
    assert_string_equal(claims->names, "iss, aud, sub, iat, nbf, exp, secret");
    assert_int_equal(claims->issued_at, 1700000000);
    assert_int_equal(claims->not_before, 1700000001);
    assert_int_equal(claims->not_after, 1700003600);
    assert_null(claims->signer);
    assert_false(claims->encrypted);
    scep_challenge_claims_free(claims);
}

static void test_claims_of_other_types(void **state)
{
    static const struct {
        const char *payload;
        const char *names; /* NULL for none */
        int64_t not_after;
    } rows[] = {
        { "", NULL, 0 },
        { "no JSON", NULL, 0 },
        { "[1]", NULL, 0 },
        { "{}", NULL, 0 },
        { "{\"exp\":\"soon\"}", "exp", 0 },
        { "{\"exp\":-1}", "exp", 0 },
        { "{\"exp\":1e300}", "exp", 0 },
        { "{\"exp\":253402300800}", "exp", 0 },
        { "{\"exp\":null,\"exp\":5}", "exp, exp", 5 },
        { "{\"exp\":5,\"exp\":6}", "exp, exp", 5 },
        { "{\"iss\":{\"a\":1},\"aud\":[]}", "iss, aud", 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepChallengeClaims *claims = claims_of("{\"alg\":\"none\"}", rows[i].payload);
        if (g_strcmp0(claims->names, rows[i].names) != 0 || claims->not_after != rows[i].not_after)
            fail_msg("%s", rows[i].payload);
        assert_null(claims->issuer);
        assert_null(claims->audience);
        scep_challenge_claims_free(claims);
    }
}

static void test_no_tokens(void **state)
{
    static const char *const headers[] = { "", "{}", "{\"alg\":1}", "{\"alg\":\"a\"", "[\"alg\"]", "alg" };
    ScepChallengeClaims *claims;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        char *token = token_of(headers[i], "{\"exp\":1}");
        assert_int_equal(classify(token, strlen(token), &claims), SCEP_CHALLENGE_PLAIN);
        g_free(token);
    }
    char *token = token_of("{\"alg\":\"a\"}", "{\"exp\":1}");
    char *others[] = { g_strconcat(token, ".x", NULL), g_strconcat(token, " ", NULL), g_strconcat(token, "=", NULL) };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        assert_int_equal(classify(others[i], strlen(others[i]), &claims), SCEP_CHALLENGE_PLAIN);
        g_free(others[i]);
    }
    g_free(token);
}

/* Five parts: the second is a key, and what is said of whom is encrypted (RFC 7516 7.1). */
static void test_an_encrypted_token(void **state)
{
    char *token = token_of("{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}", "{\"iss\":\"i\"}");
    char *text = g_strconcat(token, ".AA.AA", NULL);
    ScepChallengeClaims *claims;

    (void)state;
    assert_int_equal(classify(text, strlen(text), &claims), SCEP_CHALLENGE_TOKEN);
    assert_true(claims->encrypted);
    assert_string_equal(claims->algorithm, "RSA-OAEP");
    assert_null(claims->issuer);
    assert_null(claims->names);
    scep_challenge_claims_free(claims);
    g_free(text);
    g_free(token);
}

static void test_cut_and_flipped(void **state)
{
    char *token = token_of("{\"alg\":\"RS256\"}", "{\"iss\":\"i\",\"aud\":[\"a\"],\"exp\":1700000000}");
    const size_t size = strlen(token);
    ScepChallengeClaims *claims;

    (void)state;
    for (size_t cut = 0; cut < size; cut++) {
        classify(token, cut, &claims);
        scep_challenge_claims_free(claims);
    }
    for (size_t at = 0; at < size; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            token[at] ^= (char)(1u << bit);
            classify(token, size, &claims);
            if (claims != NULL && claims->issuer != NULL)
                assert_true(g_utf8_validate(claims->issuer, -1, NULL));
            scep_challenge_claims_free(claims);
            token[at] ^= (char)(1u << bit);
        }
    }
    g_free(token);
}

static void test_too_deep_or_too_much(void **state)
{
    GString *payload = g_string_new("{\"a\":");

    (void)state;
    for (unsigned i = 0; i < 100000; i++)
        g_string_append_c(payload, '[');
    ScepChallengeClaims *claims = claims_of("{\"alg\":\"a\"}", payload->str);
    assert_null(claims->names);
    scep_challenge_claims_free(claims);

    g_string_truncate(payload, 1000);
    claims = claims_of("{\"alg\":\"a\"}", payload->str);
    assert_null(claims->names);
    scep_challenge_claims_free(claims);

    g_string_assign(payload, "{\"iss\":\"\xe2\x82\xac");
    for (unsigned i = 0; i < SCEP_MAX_TEXT; i++)
        g_string_append(payload, "\xe2\x82\xac");
    g_string_append_c(payload, '"');
    for (unsigned i = 0; i < 1000; i++)
        g_string_append_printf(payload, ",\"n%u\":1", i);
    g_string_append(payload, ",\"exp\":5}");
    claims = claims_of("{\"alg\":\"a\"}", payload->str);
    assert_true(g_utf8_validate(claims->issuer, -1, NULL));
    assert_true(strlen(claims->issuer) >= SCEP_MAX_TEXT - 3 && strlen(claims->issuer) <= SCEP_MAX_TEXT + 8);
    assert_null(strstr(claims->names, "n32"));
    assert_int_equal(claims->not_after, 0);
    scep_challenge_claims_free(claims);
    g_string_free(payload, TRUE);
}

/* ---- signed data ------------------------------------------------------------------------------------------------- */

static char *signed_text(const void *content, size_t size, bool with_certificate)
{
    EVP_PKEY *key = pki_ec_key();
    X509 *certificate = pki_self_signed("Intune", key);
    BIO *in = BIO_new_mem_buf(content, (int)size);
    CMS_ContentInfo *cms = CMS_sign(certificate, key, NULL, in, CMS_BINARY | (with_certificate ? 0 : CMS_NOCERTS));
    GByteArray *der = pki_cms_der(cms);
    char *text = g_base64_encode(der->data, der->len);

    g_byte_array_unref(der);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return text;
}

static ScepChallengeClaims *claims_of_blob(const void *content, size_t size, bool with_certificate)
{
    char *text = signed_text(content, size, with_certificate);
    char *twice = g_base64_encode((const guchar *)text, strlen(text));
    ScepChallengeClaims *claims, *again;

    assert_int_equal(classify(text, strlen(text), &claims), SCEP_CHALLENGE_SIGNED_BLOB);
    assert_int_equal(classify(twice, strlen(twice), &again), SCEP_CHALLENGE_SIGNED_BLOB);
    assert_string_equal(again->signer, claims->signer);
    scep_challenge_claims_free(again);
    g_free(twice);
    g_free(text);
    return claims;
}

static void test_signed_data(void **state)
{
    static const char json[] = "{\"aud\":\"scep\",\"exp\":1777885200,\"challengeId\":\"c1\"}";

    (void)state;
    ScepChallengeClaims *claims = claims_of_blob(json, sizeof json - 1, true);
    assert_string_equal(claims->signer, "O=Contoso, CN=Intune");
    assert_string_equal(claims->algorithm, "SHA256");
    assert_true(llabs(claims->signing_time - g_get_real_time() / G_USEC_PER_SEC) < 3600);
    assert_string_equal(claims->audience, "scep");
    assert_int_equal(claims->not_after, 1777885200);
    assert_string_equal(claims->names, "aud, exp, challengeId");
    assert_false(claims->encrypted);
    scep_challenge_claims_free(claims);

    claims = claims_of_blob("opaque", 6, false);
    assert_string_equal(claims->signer, "a certificate issued by O=Contoso, CN=Intune");
    assert_null(claims->names);
    scep_challenge_claims_free(claims);

    char *token = token_of("{\"alg\":\"RS256\"}", json);
    claims = claims_of_blob(token, strlen(token), true);
    assert_int_equal(claims->not_after, 1777885200);
    scep_challenge_claims_free(claims);
    g_free(token);
}

/* As Intune makes them: encrypted for itself. */
static void test_encrypted_and_signed(void **state)
{
    EVP_PKEY *key = pki_rsa_key();
    X509 *recipient = pki_self_signed("Service", key);
    GByteArray *envelope = pki_envelope(recipient, "AES-256-CBC", "{\"exp\":1}", 9);

    (void)state;
    ScepChallengeClaims *claims = claims_of_blob(envelope->data, envelope->len, true);
    assert_true(claims->encrypted);
    assert_string_equal(claims->signer, "O=Contoso, CN=Intune");
    assert_null(claims->names);
    assert_int_equal(claims->not_after, 0);
    scep_challenge_claims_free(claims);
    g_byte_array_unref(envelope);
    X509_free(recipient);
    EVP_PKEY_free(key);
}

static void test_signed_data_cut_anywhere(void **state)
{
    char *text = signed_text("{\"exp\":5}", 9, true);
    ScepChallengeClaims *claims;

    (void)state;
    for (size_t size = 0; size < strlen(text); size += 3) {
        classify(text, size, &claims);
        scep_challenge_claims_free(claims);
    }
    g_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_kinds),           cmocka_unit_test(test_a_token),
        cmocka_unit_test(test_claims_of_other_types), cmocka_unit_test(test_no_tokens),
        cmocka_unit_test(test_an_encrypted_token),    cmocka_unit_test(test_cut_and_flipped),
        cmocka_unit_test(test_too_deep_or_too_much),  cmocka_unit_test(test_signed_data),
        cmocka_unit_test(test_encrypted_and_signed),  cmocka_unit_test(test_signed_data_cut_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
