/* client_marks.c
 * What a pkiMessage shows of the program that made it.
 *
 * Most clients compute their transactionID from the key, and each does it in its own way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/client_marks.h"

#include <openssl/evp.h>
#include <string.h>

#include "asn1/x509_spans.h"
#include "cms/common_name.h"
#include "crypto/crypto.h"
#include "crypto/signature.h"

#define OID_MD5 "1.2.840.113549.2.5"
#define OID_RSAES_OAEP "1.2.840.113549.1.1.7"

/* Octets of the digests that transactionIDs are made of. */
enum { MD5_SIZE = 16, SHA1_SIZE = 20, SHA256_SIZE = 32 };

/* Digits of a number of 32 octets, give or take leading zeros. */
#define DECIMAL_LEAST 70
#define DECIMAL_MOST 78

/* Characters of a transactionID that a serial number has to spell: it may have 20 octets (RFC 5280 4.1.2.2), and
 * whoever takes digits for them cuts the text. */
#define SPELLED_LEAST 16

/* The signer's key, as it stands in its certificate. */
typedef struct {
    const uint8_t *spki;
    size_t spki_size;
    const uint8_t *key; /* without its AlgorithmIdentifier: for RSA the RSAPublicKey of PKCS#1 */
    size_t key_size;
} SignerKey;

static bool read_key(const ScepCertificate *signer, SignerKey *out)
{
    ScepX509Spans spans;
    ScepSpki spki;
    size_t size;
    const uint8_t *der = g_bytes_get_data(signer->der, &size);

    if (!scep_x509_spans_read(der, size, &spans) || !scep_spki_read(der, size, spans.spki.offset, &spki))
        return false;
    *out = (SignerKey){ der + spki.whole.offset, spki.whole.length, der + spki.key.offset, spki.key.length };
    return true;
}

enum { UPPER = 1, LOWER = 2 };

/* Hexadecimal digits as octets. @return UPPER, LOWER, both for digits alone; 0 when the text is something else */
static unsigned read_hex(const char *text, uint8_t *out, size_t size)
{
    unsigned cases = UPPER | LOWER;

    if (strlen(text) != 2 * size)
        return 0;
    for (size_t i = 0; i < 2 * size; i++) {
        if (!g_ascii_isxdigit(text[i]))
            return 0;
        if (g_ascii_isalpha(text[i]))
            cases &= g_ascii_isupper(text[i]) ? UPPER : LOWER;
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | g_ascii_xdigit_value(text[i]));
    }
    return cases;
}

static uint32_t by_case(unsigned cases, uint32_t upper, uint32_t lower)
{
    return cases & UPPER ? upper : lower;
}

static uint32_t md5_marks(const char *id, const SignerKey *key)
{
    uint8_t octets[MD5_SIZE], digest[EVP_MAX_MD_SIZE];
    const unsigned cases = read_hex(id, octets, sizeof octets);

    if (cases == 0 || scep_digest(OID_MD5, key->spki, key->spki_size, digest) != sizeof octets ||
        memcmp(octets, digest, sizeof octets) != 0)
        return 0;
    return by_case(cases, SCEP_MARK_ID_MD5_UPPER, SCEP_MARK_ID_MD5_LOWER);
}

static uint32_t sha1_marks(const char *id, const SignerKey *key, const ScepCertificate *signer)
{
    uint8_t octets[SHA1_SIZE], digest[SHA1_SIZE];
    const unsigned cases = read_hex(id, octets, sizeof octets);

    if (cases == 0)
        return 0;
    if (memcmp(octets, signer->sha1, sizeof octets) == 0)
        return SCEP_MARK_ID_CERTIFICATE;
    if (scep_crypto_sha1(key->spki, key->spki_size, digest) && memcmp(octets, digest, sizeof octets) == 0)
        return by_case(cases, SCEP_MARK_ID_SHA1_UPPER, SCEP_MARK_ID_SHA1_LOWER);
    if ((cases & UPPER) && scep_crypto_sha1(key->key, key->key_size, digest) &&
        memcmp(octets, digest, sizeof octets) == 0)
        return SCEP_MARK_ID_KEY_SHA1;
    return 0;
}

static uint32_t sha256_marks(const char *id, const ScepCertificate *signer)
{
    uint8_t octets[SHA256_SIZE];

    if (!(read_hex(id, octets, sizeof octets) & LOWER))
        return 0;
    return memcmp(octets, signer->spki_sha256, sizeof octets) == 0 ? SCEP_MARK_ID_SHA2 : SCEP_MARK_ID_HEX64;
}

static uint32_t base64_marks(const char *id, const SignerKey *key)
{
    uint8_t digest[SHA256_SIZE];
    gsize size = 0;

    /* Of 20 octets and of 32. */
    if ((strlen(id) != 28 && strlen(id) != 44) || !scep_crypto_sha256(key->key, key->key_size, digest))
        return 0;
    guchar *octets = g_base64_decode(id, &size);
    const bool same = (size == SHA1_SIZE || size == SHA256_SIZE) && memcmp(octets, digest, size) == 0;
    g_free(octets);
    return same ? SCEP_MARK_ID_BASE64 : 0;
}

/* What the text tells by itself. The second constant is MD5 of nothing, which sscep 0.10 prints before it has read its
 * request. */
static uint32_t text_marks(const char *id)
{
    const size_t length = strlen(id);

    if (strcmp(id, "SSCEP transactionId") == 0 || strcmp(id, "D41D8CD98F00B204E9800998ECF8427E") == 0)
        return SCEP_MARK_ID_SSCEP;
    if (length >= DECIMAL_LEAST && length <= DECIMAL_MOST && strspn(id, "0123456789") == length)
        return SCEP_MARK_ID_DECIMAL;
    return 0;
}

static uint32_t serial_marks(const char *id, const ScepCertificate *signer)
{
    uint8_t octets[SHA1_SIZE];
    size_t size;
    const uint8_t *serial = g_bytes_get_data(signer->serial, &size);

    if (size >= SPELLED_LEAST && size <= strlen(id) && memcmp(serial, id, size) == 0)
        return SCEP_MARK_SERIAL_TEXT;
    if (!read_hex(id, octets, sizeof octets))
        return 0;
    /* A number is positive by a leading zero, and has no other (X.690 8.3.2). */
    const size_t lead = size > 0 && serial[0] == 0;
    const size_t left = size - lead;
    return left >= SPELLED_LEAST && left <= sizeof octets &&
                   memcmp(serial + lead, octets + sizeof octets - left, left) == 0
               ? SCEP_MARK_SERIAL_NUMBER
               : 0;
}

static uint32_t signer_marks(const ScepMessage *message, const ScepCertificate *signer)
{
    const char *id = message->transaction_id;
    uint32_t marks = 0;
    SignerKey key;

    if (id != NULL && read_key(signer, &key))
        marks |= md5_marks(id, &key) | sha1_marks(id, &key, signer) | sha256_marks(id, signer) |
                 base64_marks(id, &key) | serial_marks(id, signer);
    /* A name is chosen by who issues, so it counts where that is the client. */
    if (!signer->self_issued)
        return marks;
    if (scep_common_name_is(signer->subject, SCEP_THROWAWAY_NAME))
        marks |= SCEP_MARK_SUBJECT_PROTOCOL;
    if (scep_common_name_is(signer->subject, "SCEP SIGNER"))
        marks |= SCEP_MARK_SUBJECT_SIGNER;
    if (signer->critical_authority)
        marks |= SCEP_MARK_AUTHORITY;
    return marks;
}

static uint32_t envelope_marks(const ScepEnvelope *envelope)
{
    uint32_t marks = envelope->uses_ber ? SCEP_MARK_BER : 0;

    for (guint i = 0; i < envelope->recipients->len; i++) {
        const ScepRecipient *recipient = &g_array_index(envelope->recipients, ScepRecipient, i);
        if (recipient->algorithm != NULL && strcmp(recipient->algorithm, OID_RSAES_OAEP) == 0)
            marks |= SCEP_MARK_OAEP;
    }
    return marks;
}

uint32_t scep_client_marks(const ScepMessage *message, const ScepEnvelope *envelope, const ScepCertificate *signer)
{
    uint32_t marks = message->uses_ber ? SCEP_MARK_BER : 0;

    if (message->transaction_id != NULL)
        marks |= text_marks(message->transaction_id);
    if (signer != NULL)
        marks |= signer_marks(message, signer);
    if (envelope != NULL)
        marks |= envelope_marks(envelope);
    if (scep_message_value(message, SCEP_ATTR_SENDER_NONCE).length == 8)
        marks |= SCEP_MARK_SHORT_NONCE;
    if (!message->truncated && message->signer_count > 0 && !message->signer.attributes_truncated &&
        scep_message_get0_attribute(message, SCEP_ATTR_SIGNING_TIME) == NULL)
        marks |= SCEP_MARK_NO_TIME;
    return marks;
}
