/* challenge_claims.c
 * What a challenge is, and what it says of itself: who made it, for whom, until when. No signature is checked, since
 * the key of who made it is not in the capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/challenge_claims.h"

#include <openssl/crypto.h>
#include <string.h>

#include "crypto/secret_json.h"
#include "scep/limits.h"

/* Intune's blobs have several thousand characters; people's passwords, and those of NDES, have under 100. */
#define LONG_CHALLENGE 1000

/* SignedData takes more than that, and GLib decodes nothing shorter than two letters. */
#define SHORTEST_BLOB 32

/* The last second of the year 9999 (RFC 5280 4.1.2.5): a number beyond it is no time in seconds. */
#define LAST_TIME 253402300799.0

/* Parts of a JWS and of a JWE in compact form (RFC 7515 7.1, RFC 7516 7.1). */
enum { SIGNED_PARTS = 3, ENCRYPTED_PARTS = 5 };

/* ---- claims ------------------------------------------------------------------------------------------------------ */

static void keep_text(char **slot, const char *text)
{
    if (*slot != NULL || text == NULL)
        return;
    char *copy = g_strndup(text, SCEP_MAX_TEXT);
    *slot = g_utf8_make_valid(copy, -1);
    g_free(copy);
}

/* A text, or an array of texts (RFC 7519 4.1.3). */
static void keep_texts(char **slot, const cJSON *item)
{
    GString *text = g_string_new(NULL);

    if (cJSON_IsString(item))
        g_string_append(text, item->valuestring);
    for (const cJSON *one = item->child; one != NULL && text->len < SCEP_MAX_TEXT; one = one->next) {
        if (cJSON_IsString(one))
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", one->valuestring);
    }
    if (text->len > 0)
        keep_text(slot, text->str);
    g_string_free(text, TRUE);
}

/* NumericDate, RFC 7519 2: seconds since 1970. */
static void keep_time(int64_t *slot, const cJSON *item)
{
    if (cJSON_IsNumber(item) && item->valuedouble > 0 && item->valuedouble <= LAST_TIME && *slot == 0)
        *slot = (int64_t)item->valuedouble;
}

static void keep_claim(ScepChallengeClaims *claims, const cJSON *item)
{
    const struct {
        const char *name;
        char **text;
        int64_t *time;
    } rows[] = {
        { "iss", &claims->issuer, NULL },    { "aud", &claims->audience, NULL },   { "sub", &claims->subject, NULL },
        { "iat", NULL, &claims->issued_at }, { "nbf", NULL, &claims->not_before }, { "exp", NULL, &claims->not_after },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].name, item->string) != 0)
            continue;
        if (rows[i].text != NULL)
            keep_texts(rows[i].text, item);
        else
            keep_time(rows[i].time, item);
    }
}

/* The names of all claims are told; the values of others than the registered ones may be secret. */
static void read_claims(ScepChallengeClaims *claims, const uint8_t *json, size_t size)
{
    cJSON *object = size <= SCEP_MAX_CLAIMS_JSON ? scep_json_new(json, size) : NULL;
    GString *names = g_string_new(NULL);
    unsigned count = 0;

    for (const cJSON *item = cJSON_IsObject(object) ? object->child : NULL; item != NULL && count < SCEP_MAX_CLAIMS;
         item = item->next, count++) {
        if (item->string == NULL)
            continue;
        keep_claim(claims, item);
        g_string_append_printf(names, "%s%.64s", names->len > 0 ? ", " : "", item->string);
    }
    if (names->len > 0)
        keep_text(&claims->names, names->str);
    g_string_free(names, TRUE);
    scep_json_free(object);
}

/* ---- JWT --------------------------------------------------------------------------------------------------------- */

/* base64url without padding, RFC 7515 2. @return free_part() */
static uint8_t *decode_part(const char *text, size_t length, size_t *size)
{
    char *copy = g_malloc(length + 4);
    gsize decoded = 0;

    for (size_t i = 0; i < length; i++)
        copy[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    memset(copy + length, '\0', 4);
    for (size_t i = length; i % 4 != 0; i++)
        copy[i] = '=';
    if (length > 1)
        g_base64_decode_inplace(copy, &decoded);
    *size = decoded;
    return (uint8_t *)copy;
}

/* @param length  of the text that it was decoded from, in place */
static void free_part(uint8_t *part, size_t length)
{
    OPENSSL_cleanse(part, length);
    g_free(part);
}

/* JOSE header, RFC 7515 4.1: "alg" has to be there. */
static bool read_header(ScepChallengeClaims *claims, const uint8_t *header, size_t size)
{
    cJSON *object = size > 0 && size <= SCEP_MAX_CLAIMS_JSON && header[0] == '{' ? scep_json_new(header, size) : NULL;
    const cJSON *algorithm = cJSON_GetObjectItemCaseSensitive(object, "alg");
    const bool is_header = cJSON_IsString(algorithm);

    if (is_header) {
        keep_text(&claims->algorithm, algorithm->valuestring);
        keep_text(&claims->key_id, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "kid")));
    }
    scep_json_free(object);
    return is_header;
}

/* @return number of parts between dots, each of the letters of base64url; 0 for anything else */
static unsigned count_parts(const uint8_t *text, size_t size)
{
    unsigned parts = 1;

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.')
            parts++;
        else if (!g_ascii_isalnum(text[i]) && text[i] != '-' && text[i] != '_')
            return 0;
    }
    return parts;
}

static bool read_token(ScepChallengeClaims *claims, const uint8_t *text, size_t size)
{
    const unsigned parts = count_parts(text, size);
    const char *header = (const char *)text;
    size_t decoded;

    if (parts != SIGNED_PARTS && parts != ENCRYPTED_PARTS)
        return false;
    const char *dot = memchr(header, '.', size);
    const char *payload = dot + 1;
    const char *end = memchr(payload, '.', size - (size_t)(payload - header));
    uint8_t *part = decode_part(header, (size_t)(dot - header), &decoded);
    const bool is_token = read_header(claims, part, decoded);
    free_part(part, (size_t)(dot - header));
    claims->encrypted = parts == ENCRYPTED_PARTS;
    if (!is_token || claims->encrypted)
        return is_token;
    part = decode_part(payload, (size_t)(end - payload), &decoded);
    read_claims(claims, part, decoded);
    free_part(part, (size_t)(end - payload));
    return true;
}

/* ---- signed data ------------------------------------------------------------------------------------------------- */

/* Subject of the certificate that signed it, where it is in there; else what names that certificate. */
static char *signer_text(const uint8_t *der, const ScepMessage *message)
{
    const ScepSigner *signer = &message->signer;
    char *subject = NULL;

    for (guint i = 0; i < message->certificates->len && i < SCEP_MAX_CLAIMS && subject == NULL; i++) {
        const ScepSpan *span = &g_array_index(message->certificates, ScepSpan, i);
        ScepCertificate *certificate = scep_certificate_new(der + span->offset, span->length);
        if (certificate != NULL && scep_certificate_is(certificate, der + signer->issuer.offset, signer->issuer.length,
                                                       der + signer->serial.offset, signer->serial.length))
            subject = g_strdup(certificate->subject);
        scep_certificate_free(certificate);
    }
    if (subject != NULL || signer->issuer.length == 0)
        return subject;
    char *issuer = scep_name_new_text(der + signer->issuer.offset, signer->issuer.length);
    if (issuer != NULL)
        subject = g_strdup_printf("a certificate issued by %s", issuer);
    g_free(issuer);
    return subject;
}

static void read_signed_data(ScepChallengeClaims *claims, const uint8_t *der, size_t size)
{
    ScepMessage *message = scep_message_new(der, size, 0);
    size_t length = 0;
    const uint8_t *content = scep_octets_get0_data(der, &message->content, &length);
    char *signer = signer_text(der, message);

    keep_text(&claims->signer, signer);
    g_free(signer);
    if (message->signer.digest_algorithm != NULL)
        keep_text(&claims->algorithm, scep_crypto_oid_name(message->signer.digest_algorithm));
    claims->signing_time = message->signing_time;
    claims->encrypted = message->content_kind == SCEP_CONTENT_ENVELOPED ||
                        message->content_kind == SCEP_CONTENT_ENCRYPTED ||
                        message->content_kind == SCEP_CONTENT_AUTH_ENVELOPED;
    if (!claims->encrypted && length > 0 && !read_token(claims, content, length))
        read_claims(claims, content, length);
    scep_message_free(message);
}

static bool is_base64(const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isalnum(text[i]) && strchr("+/=\r\n", text[i] != '\0' ? text[i] : ' ') == NULL)
            return false;
    }
    return size > 0;
}

/* Decodes where it stands. Some deployments put base64 into base64, so look twice.
 * @return NULL when there is none */
static const uint8_t *signed_data_in(char *text, gsize *size)
{
    *size = strlen(text);
    for (unsigned round = 0; round < 2 && *size >= SHORTEST_BLOB; round++) {
        const uint8_t *decoded = g_base64_decode_inplace(text, size);
        if (scep_message_is_signed_data(decoded, *size))
            return decoded;
        if (!is_base64(decoded, *size))
            return NULL;
        text[*size] = '\0'; /* decoding makes it shorter, so there is room */
    }
    return NULL;
}

static bool read_blob(ScepChallengeClaims *claims, const uint8_t *text, size_t size)
{
    char *copy = g_malloc(size + 1);
    gsize length = 0;

    memcpy(copy, text, size);
    copy[size] = '\0';
    const uint8_t *der = signed_data_in(copy, &length);
    if (der != NULL)
        read_signed_data(claims, der, length);
    OPENSSL_cleanse(copy, size);
    g_free(copy);
    return der != NULL;
}

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

/* NDES makes one of 8 octets, or of as many as its registry value PasswordLength says, in upper-case hex. Digits alone
 * are a number that anybody may have thought of. */
static bool is_one_time_password(const uint8_t *text, size_t size)
{
    bool has_letter = false;

    if (size != 8 && size != 16)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isdigit(text[i]) && !(text[i] >= 'A' && text[i] <= 'F'))
            return false;
        has_letter |= text[i] >= 'A';
    }
    return has_letter;
}

ScepChallengeKind scep_challenge_classify(const uint8_t *utf8, size_t size, ScepChallengeClaims **claims)
{
    ScepChallengeClaims *found = g_new0(ScepChallengeClaims, 1);
    ScepChallengeKind kind = SCEP_CHALLENGE_PLAIN;

    if (is_one_time_password(utf8, size))
        kind = SCEP_CHALLENGE_ONE_TIME;
    else if (read_token(found, utf8, size))
        kind = SCEP_CHALLENGE_TOKEN;
    else if (is_base64(utf8, size) && read_blob(found, utf8, size))
        kind = SCEP_CHALLENGE_SIGNED_BLOB;
    else if (size > LONG_CHALLENGE && is_base64(utf8, size))
        kind = SCEP_CHALLENGE_LONG_BASE64;
    const bool says_something = kind == SCEP_CHALLENGE_TOKEN || kind == SCEP_CHALLENGE_SIGNED_BLOB;
    if (!says_something)
        g_clear_pointer(&found, scep_challenge_claims_free);
    *claims = found;
    return kind;
}

void scep_challenge_claims_free(ScepChallengeClaims *claims)
{
    if (claims == NULL)
        return;
    g_free(claims->signer);
    g_free(claims->algorithm);
    g_free(claims->key_id);
    g_free(claims->issuer);
    g_free(claims->audience);
    g_free(claims->subject);
    g_free(claims->names);
    g_free(claims);
}

ScepChallengeTime scep_challenge_time(const ScepChallengeClaims *claims, int64_t now)
{
    const int64_t seconds = now / 1000000000;

    if (claims == NULL || (claims->not_before == 0 && claims->not_after == 0))
        return SCEP_CHALLENGE_TIME_UNKNOWN;
    if (claims->not_after != 0 && seconds >= claims->not_after)
        return SCEP_CHALLENGE_EXPIRED;
    return claims->not_before != 0 && seconds < claims->not_before ? SCEP_CHALLENGE_EARLY : SCEP_CHALLENGE_IN_TIME;
}
