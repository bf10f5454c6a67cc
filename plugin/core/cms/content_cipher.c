/* content_cipher.c
 * Decrypting the content of an envelope once its key is known.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/content_cipher.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <string.h>

#include "asn1/der.h"
#include "crypto/crypto.h"
#include "scep/limits.h"
#include "crypto/secret.h"
#include "asn1/ber.h"

#define OID_RC2_CBC "1.2.840.113549.3.2"
#define MAX_IV 64  /* octets; GCM allows more than anybody uses */
#define MIN_TAG 12 /* octets, RFC 5084 3.2 */
#define MAX_TAG 16

static const uint8_t zero_iv[EVP_MAX_IV_LENGTH];

/* Effective key bits of RC2 by the version number in its parameters (RFC 2268 6); 0 for a number that stands for none.
 */
static int rc2_bits(uint32_t version)
{
    switch (version) {
    case 160:
        return 40;
    case 120:
        return 64;
    case 58:
        return 128;
    default:
        return version >= 256 && version <= 1024 ? (int)version : 0;
    }
}

/* Parameters are an IV, or a SEQUENCE that holds one: GCMParameters { nonce, ICVlen }, RC2-CBC { version, iv }. A known
 * Go library puts that SEQUENCE into another, without the constructed bit, so the bit is not looked at. */
static void read_parameters(ScepContentCipher *cipher, const uint8_t *data, const ScepBer *parent, unsigned depth,
                            uint32_t *number)
{
    ScepBer item;

    for (ScepBerError error = scep_ber_first(data, parent, &item); error == SCEP_BER_OK;
         error = scep_ber_next(data, parent, &item, &item)) {
        if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING) && cipher->iv == NULL) {
            scep_octets_clear(&cipher->iv_octets); /* what was read before may have been pieces without an octet */
            scep_octets_read(data, &item, &cipher->iv_octets);
            cipher->iv = scep_octets_get0_data(data, &cipher->iv_octets, &cipher->iv_size);
        } else if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) && depth < 3) {
            read_parameters(cipher, data, &item, depth + 1, number);
        } else if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_INTEGER) && item.content.length <= 3) {
            *number = 0;
            for (size_t i = 0; i < item.content.length; i++)
                *number = *number << 8 | data[item.content.offset + i];
        }
    }
}

/* The authenticated attributes are signed in, so to speak, as a SET OF in DER (RFC 5083 2.2); as sent comes first,
 * since nearly everybody sends DER. */
static void add_aad(ScepContentCipher *cipher, const uint8_t *data, const ScepBer *attributes)
{
    ScepBer set = *attributes;

    set.tag_class = SCEP_BER_UNIVERSAL;
    set.tag = SCEP_TAG_SET;
    for (int form = attributes->indefinite ? 1 : 0; form <= 2; form++) {
        GByteArray *aad = g_byte_array_new();
        if (form == 0)
            g_byte_array_append(aad, data + attributes->whole.offset, (guint)attributes->whole.length);
        else if (!scep_der_copy(aad, data, &set, form == 2))
            g_byte_array_set_size(aad, 0);
        if (aad->len > 0)
            aad->data[0] = 0x31;
        g_ptr_array_add(cipher->aads, aad);
    }
}

/* AuthEnvelopedData ::= SEQUENCE { version, [0] originatorInfo, recipientInfos, content, [1] authAttrs, mac, [2] } */
static void read_auth_attributes(ScepContentCipher *cipher, const uint8_t *data, size_t size)
{
    ScepBer outer, item, tagged, body;

    if (scep_ber_read(data, size, 0, &outer) != SCEP_BER_OK || scep_ber_first(data, &outer, &item) != SCEP_BER_OK ||
        scep_ber_next(data, &outer, &item, &tagged) != SCEP_BER_OK ||
        scep_ber_first(data, &tagged, &body) != SCEP_BER_OK)
        return;
    for (ScepBerError error = scep_ber_first(data, &body, &item); error == SCEP_BER_OK;
         error = scep_ber_next(data, &body, &item, &item)) {
        if (scep_ber_is(&item, SCEP_BER_CONTEXT, 1) && item.whole.length <= SCEP_MAX_REENCODED) {
            add_aad(cipher, data, &item);
            return;
        }
    }
}

/* The tag stands in mac (RFC 5084), or, from libraries that put AES-GCM into EnvelopedData, behind the ciphertext. */
static ScepCipherState find_tag(ScepContentCipher *cipher, const ScepEnvelope *envelope, const uint8_t *content,
                                uint32_t icv_length)
{
    if (envelope->truncated || cipher->truncated)
        return SCEP_CIPHER_TRUNCATED;
    if (envelope->kind == SCEP_CONTENT_AUTH_ENVELOPED) {
        cipher->tag = scep_octets_get0_data(content, &envelope->mac, &cipher->tag_size);
    } else {
        cipher->tag_size = icv_length >= MIN_TAG && icv_length <= MAX_TAG ? icv_length : MAX_TAG;
        if (cipher->size < cipher->tag_size)
            return SCEP_CIPHER_BAD_SIZE;
        cipher->size -= cipher->tag_size;
        cipher->tag = cipher->ciphertext + cipher->size;
    }
    return cipher->tag_size >= MIN_TAG && cipher->tag_size <= MAX_TAG ? SCEP_CIPHER_READY : SCEP_CIPHER_BAD_SIZE;
}

static ScepCipherState prepare_cbc(ScepContentCipher *cipher)
{
    if (cipher->iv_size == 0) {
        cipher->iv = zero_iv;
        cipher->iv_size = cipher->block;
    }
    if (cipher->iv_size != cipher->block)
        return SCEP_CIPHER_BAD_IV;
    if (cipher->truncated)
        cipher->size -= cipher->size % cipher->block;
    if (cipher->size == 0)
        return cipher->truncated ? SCEP_CIPHER_TRUNCATED : SCEP_CIPHER_NO_CONTENT;
    return cipher->size % cipher->block == 0 ? SCEP_CIPHER_READY : SCEP_CIPHER_BAD_SIZE;
}

ScepCipherState scep_content_cipher_init(ScepContentCipher *cipher, const ScepEnvelope *envelope,
                                         const uint8_t *content, size_t size)
{
    const ScepSpan place = envelope->cipher_whole;
    uint32_t number = 0;
    ScepBer algorithm;

    memset(cipher, 0, sizeof *cipher);
    cipher->aads = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    if (envelope->cipher == NULL ||
        scep_ber_read(content, place.offset + place.length, place.offset, &algorithm) != SCEP_BER_OK)
        return SCEP_CIPHER_UNSUPPORTED;
    cipher->name = scep_crypto_oid_name(envelope->cipher);
    ERR_set_mark();
    cipher->cipher = EVP_CIPHER_fetch(scep_crypto_context(), envelope->cipher, NULL);
    ERR_pop_to_mark();
    const int mode = cipher->cipher != NULL ? EVP_CIPHER_get_mode(cipher->cipher) : 0;
    if (mode != EVP_CIPH_CBC_MODE && mode != EVP_CIPH_GCM_MODE)
        return SCEP_CIPHER_UNSUPPORTED;

    read_parameters(cipher, content, &algorithm, 0, &number);
    cipher->is_gcm = mode == EVP_CIPH_GCM_MODE;
    cipher->block = (size_t)EVP_CIPHER_get_block_size(cipher->cipher);
    cipher->key_size = (size_t)EVP_CIPHER_get_key_length(cipher->cipher);
    if (strcmp(envelope->cipher, OID_RC2_CBC) == 0) {
        cipher->key_size = 0;
        cipher->rc2_bits = rc2_bits(number);
        if (cipher->rc2_bits == 0)
            return SCEP_CIPHER_UNSUPPORTED;
    }
    if (envelope->ciphertext.pieces == 0)
        return envelope->truncated ? SCEP_CIPHER_TRUNCATED : SCEP_CIPHER_NO_CONTENT;
    cipher->ciphertext = scep_octets_get0_data(content, &envelope->ciphertext, &cipher->size);
    cipher->truncated = envelope->ciphertext.truncated;
    if (cipher->size > G_MAXINT)
        return SCEP_CIPHER_BAD_SIZE;
    if (!cipher->is_gcm)
        return prepare_cbc(cipher);
    if (cipher->iv_size == 0 || cipher->iv_size > MAX_IV)
        return SCEP_CIPHER_BAD_IV;
    read_auth_attributes(cipher, content, size);
    return find_tag(cipher, envelope, content, number);
}

void scep_content_cipher_clear(ScepContentCipher *cipher)
{
    EVP_CIPHER_free(cipher->cipher);
    g_clear_pointer(&cipher->aads, g_ptr_array_unref);
    scep_octets_clear(&cipher->iv_octets);
    memset(cipher, 0, sizeof *cipher);
}

/* ---- CBC --------------------------------------------------------------------------------------------------------- */

static bool decrypt_cbc(const ScepContentCipher *cipher, const uint8_t *key, size_t key_size, uint8_t *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length = 0;

    bool good = context != NULL && EVP_DecryptInit_ex2(context, cipher->cipher, NULL, NULL, NULL) == 1;
    if (good && cipher->rc2_bits > 0)
        good = EVP_CIPHER_CTX_set_key_length(context, (int)key_size) == 1 &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_SET_RC2_KEY_BITS, cipher->rc2_bits, NULL) > 0;
    good = good && EVP_DecryptInit_ex2(context, NULL, key, cipher->iv, NULL) == 1 &&
           EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
           EVP_DecryptUpdate(context, out, &length, cipher->ciphertext, (int)cipher->size) == 1 &&
           (size_t)length == cipher->size;
    EVP_CIPHER_CTX_free(context);
    return good;
}

/* RFC 5652 6.3: k octets of value k, 1 to the block size. @return k, 0 when it is not so */
static size_t padding_length(const uint8_t *plain, size_t size, size_t block)
{
    const size_t count = plain[size - 1];

    if (count == 0 || count > block || count > size)
        return 0;
    for (size_t i = size - count; i < size; i++) {
        if (plain[i] != count)
            return 0;
    }
    return count;
}

/* Everything that SCEP puts into an envelope is one SEQUENCE (RFC 8894 3.3): PKCS#10, IssuerAndSubject,
 * IssuerAndSerialNumber, ContentInfo. @return false when this does not begin with one */
static bool read_payload(const uint8_t *plain, size_t size, ScepBer *outer)
{
    return scep_ber_read(plain, size, 0, outer) == SCEP_BER_OK && outer->constructed &&
           scep_ber_is(outer, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE);
}

/* Without its end: as much is missing as a message may be long. */
static bool begins_payload(const uint8_t *plain, size_t size)
{
    ScepBer outer;

    return read_payload(plain, size, &outer) && (!outer.truncated || outer.indefinite || outer.missing < SCEP_MAX_BODY);
}

/* With padding that cannot be trusted: the SEQUENCE ends where padding may begin. */
static bool fills_blocks(const uint8_t *plain, size_t size, size_t block)
{
    ScepBer outer;

    return read_payload(plain, size, &outer) &&
           (outer.indefinite || (!outer.truncated && size - outer.whole.length <= block));
}

static bool is_payload(const uint8_t *plain, size_t size)
{
    ScepBer outer;

    return read_payload(plain, size, &outer) && !outer.truncated;
}

/* Text is what a client sends that forgot to take its PEM armour off. */
static bool is_armour(const uint8_t *plain, size_t size)
{
    static const char begin[] = "-----BEGIN ";

    return size >= sizeof begin - 1 && memcmp(plain, begin, sizeof begin - 1) == 0;
}

static ScepContentState judge_cbc(const ScepContentCipher *cipher, const uint8_t *plain, size_t *size)
{
    if (cipher->truncated)
        return begins_payload(plain, *size) ? SCEP_CONTENT_TRUNCATED : SCEP_CONTENT_NONSENSE;
    const size_t padding = padding_length(plain, *size, cipher->block);
    if (padding == 0)
        return fills_blocks(plain, *size, cipher->block) ? SCEP_CONTENT_PADDING : SCEP_CONTENT_NONSENSE;
    *size -= padding;
    /* a whole block of padding is no accident: the content is empty */
    if (*size == 0 || is_payload(plain, *size) || is_armour(plain, *size))
        return SCEP_CONTENT_OPENED;
    return SCEP_CONTENT_START;
}

static ScepContentState open_cbc(const ScepContentCipher *cipher, const uint8_t *key, size_t key_size,
                                 GBytes **plaintext)
{
    size_t size = cipher->size;
    uint8_t *plain = g_malloc(size + cipher->block);
    ScepContentState state = SCEP_CONTENT_NONSENSE;

    if (decrypt_cbc(cipher, key, key_size, plain))
        state = judge_cbc(cipher, plain, &size);
    if (state == SCEP_CONTENT_OPENED || state == SCEP_CONTENT_TRUNCATED || state == SCEP_CONTENT_PADDING)
        *plaintext = scep_secret_new_bytes(plain, size);
    OPENSSL_cleanse(plain, cipher->size);
    g_free(plain);
    return state;
}

/* ---- GCM --------------------------------------------------------------------------------------------------------- */

static bool decrypt_gcm(const ScepContentCipher *cipher, const uint8_t *key, const GByteArray *aad, uint8_t *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length = 0, rest = 0;

    const bool good =
        context != NULL && EVP_DecryptInit_ex2(context, cipher->cipher, NULL, NULL, NULL) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)cipher->iv_size, NULL) == 1 &&
        EVP_DecryptInit_ex2(context, NULL, key, cipher->iv, NULL) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, (int)cipher->tag_size, (void *)cipher->tag) == 1 &&
        (aad == NULL || aad->len == 0 || EVP_DecryptUpdate(context, NULL, &length, aad->data, (int)aad->len) == 1) &&
        (cipher->size == 0 || EVP_DecryptUpdate(context, out, &length, cipher->ciphertext, (int)cipher->size) == 1) &&
        EVP_DecryptFinal_ex(context, out + cipher->size, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    return good;
}

static ScepContentState open_gcm(const ScepContentCipher *cipher, const uint8_t *key, GBytes **plaintext)
{
    uint8_t *plain = g_malloc(cipher->size + EVP_MAX_BLOCK_LENGTH);
    bool good = cipher->aads->len == 0 && decrypt_gcm(cipher, key, NULL, plain);

    for (guint i = 0; !good && i < cipher->aads->len; i++)
        good = decrypt_gcm(cipher, key, g_ptr_array_index(cipher->aads, i), plain);
    if (good)
        *plaintext = scep_secret_new_bytes(plain, cipher->size);
    OPENSSL_cleanse(plain, cipher->size);
    g_free(plain);
    return good ? SCEP_CONTENT_OPENED : SCEP_CONTENT_TAG;
}

ScepContentState scep_content_cipher_open(const ScepContentCipher *cipher, const uint8_t *key, size_t key_size,
                                          GBytes **plaintext)
{
    *plaintext = NULL;
    if (cipher->key_size != 0 ? key_size != cipher->key_size : key_size == 0 || key_size > SCEP_MAX_CEK)
        return SCEP_CONTENT_KEY_SIZE;
    ERR_set_mark();
    const ScepContentState state =
        cipher->is_gcm ? open_gcm(cipher, key, plaintext) : open_cbc(cipher, key, key_size, plaintext);
    ERR_pop_to_mark();
    return state;
}
