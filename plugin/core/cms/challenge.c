/* challenge.c
 * The challenge password of a request: measured, hashed, and not kept.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/crypto.h>
#include <string.h>

#include "asn1/asn1_text.h"
#include "cms/challenge_claims.h"
#include "cms/csr.h"
#include "crypto/crypto.h"
#include "scep/cms.h"
#include "crypto/secret.h"
#include "asn1/ber.h"

static const char *const kinds[] = {
    [SCEP_CHALLENGE_LONG_BASE64] = "a long base64 text, as Intune uses, but without signed data in it",
    [SCEP_CHALLENGE_SIGNED_BLOB] = "signed data in base64, as Intune makes them",
    [SCEP_CHALLENGE_TOKEN] = "a JSON Web Token",
    [SCEP_CHALLENGE_ONE_TIME] = "hexadecimal digits, as the one-time passwords of NDES",
};

const char *scep_challenge_kind_text(ScepChallengeKind kind)
{
    return (size_t)kind < G_N_ELEMENTS(kinds) ? kinds[kind] : NULL;
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
    const uint8_t *content = scep_octets_get0_data(der, &octets, &size);
    uint8_t *utf8 = g_malloc(SCEP_UTF8_ROOM(size));
    challenge->bytes = scep_string_utf8(challenge->tag, content, size, utf8, &challenge->characters);
    scep_crypto_sha256(utf8, challenge->bytes, challenge->sha256);
    challenge->kind = scep_challenge_classify(utf8, challenge->bytes, &challenge->claims);
    if (reveal)
        challenge->text = visible(utf8, challenge->bytes);
    OPENSSL_cleanse(utf8, challenge->bytes);
    g_free(utf8);
    scep_octets_clear(&octets);
}

void scep_challenge_clear(ScepChallenge *challenge)
{
    scep_secret_text_free(challenge->text);
    scep_challenge_claims_free(challenge->claims);
    memset(challenge, 0, sizeof *challenge);
}
