/* challenge.c
 * The challenge password of a request: measured, hashed, and not kept.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/crypto.h>
#include <string.h>

#include "asn1/asn1_text.h"
#include "cms/csr.h"
#include "crypto/crypto.h"
#include "scep/cms.h"
#include "crypto/secret.h"
#include "asn1/ber.h"

/* Intune's blobs have several thousand characters; people's passwords, and those of NDES, have under 100. */
#define LONG_CHALLENGE 1000

static const char *const kinds[] = {
    [SCEP_CHALLENGE_LONG_BASE64] = "a long base64 text, as Intune uses, but without signed data in it",
    [SCEP_CHALLENGE_SIGNED_BLOB] = "signed data in base64, as Intune makes them: only Intune can read it",
};

const char *scep_challenge_kind_text(ScepChallengeKind kind)
{
    return (size_t)kind < G_N_ELEMENTS(kinds) ? kinds[kind] : NULL;
}

static bool is_base64(const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isalnum(text[i]) && strchr("+/=\r\n", text[i] != '\0' ? text[i] : ' ') == NULL)
            return false;
    }
    return size > 0;
}

/* Decodes where it stands. Some deployments put base64 into base64, so look twice. */
static bool holds_signed_data(char *text)
{
    for (unsigned round = 0; round < 2; round++) {
        gsize size = 0;
        const uint8_t *decoded = g_base64_decode_inplace(text, &size);
        if (scep_message_is_signed_data(decoded, size))
            return true;
        if (!is_base64(decoded, size))
            return false;
        text[size] = '\0'; /* decoding makes it shorter, so there is room */
    }
    return false;
}

static ScepChallengeKind classify(const uint8_t *utf8, size_t size)
{
    if (size <= LONG_CHALLENGE || !is_base64(utf8, size))
        return SCEP_CHALLENGE_PLAIN;
    char *copy = g_malloc(size + 1);
    memcpy(copy, utf8, size);
    copy[size] = '\0';
    const bool is_signed = holds_signed_data(copy);
    OPENSSL_cleanse(copy, size);
    g_free(copy);
    return is_signed ? SCEP_CHALLENGE_SIGNED_BLOB : SCEP_CHALLENGE_LONG_BASE64;
}

/* For display: a NUL would end the text, so its symbol stands for it. */
static char *visible(const uint8_t *utf8, size_t size)
{
    static const char symbol[] = "\xe2\x90\x80";
    char *text = g_malloc(3 * size + 1);
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        if (utf8[i] == 0) {
            memcpy(text + length, symbol, sizeof symbol - 1);
            length += sizeof symbol - 1;
        } else {
            text[length++] = (char)utf8[i];
        }
    }
    text[length] = '\0';
    return text;
}

void scep_challenge_read(ScepChallenge *challenge, const uint8_t *der, const ScepBer *value, bool reveal)
{
    ScepOctets octets;
    size_t size;

    challenge->present = true;
    challenge->tag = value->tag_class == SCEP_BER_UNIVERSAL ? value->tag : 0;
    challenge->where = value->whole;
    challenge->value = value->content;
    scep_octets_read(der, value, &octets);
    const uint8_t *content = scep_octets_data(der, &octets, &size);
    uint8_t *utf8 = g_malloc(SCEP_UTF8_ROOM(size));
    challenge->bytes = scep_string_utf8(challenge->tag, content, size, utf8, &challenge->characters);
    scep_crypto_sha256(utf8, challenge->bytes, challenge->sha256);
    challenge->kind = classify(utf8, challenge->bytes);
    if (reveal)
        challenge->text = visible(utf8, challenge->bytes);
    OPENSSL_cleanse(utf8, challenge->bytes);
    g_free(utf8);
    scep_octets_clear(&octets);
}

void scep_challenge_clear(ScepChallenge *challenge)
{
    scep_secret_text_free(challenge->text);
    memset(challenge, 0, sizeof *challenge);
}
