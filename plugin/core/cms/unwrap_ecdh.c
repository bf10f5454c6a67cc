/* unwrap_ecdh.c
 * KeyAgreeRecipientInfo: ECDH with an ephemeral key of the sender (RFC 5753 3.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "asn1/der.h"
#include "crypto/crypto.h"
#include "cms/unwrap.h"
#include "asn1/x509_spans.h"
#include "asn1/ber.h"

#define MAX_SHARED 128 /* octets of an ECDH result; P-521 gives 66 */

/* Key agreement schemes (RFC 5753 7.1.4) and the digest of their key derivation. */
static const struct {
    const char *oid;
    const char *digest;
    bool cofactor;
} schemes[] = {
    { "1.3.133.16.840.63.0.2", "SHA1", false }, { "1.3.132.1.11.0", "SHA224", false },
    { "1.3.132.1.11.1", "SHA256", false },      { "1.3.132.1.11.2", "SHA384", false },
    { "1.3.132.1.11.3", "SHA512", false },      { "1.3.133.16.840.63.0.3", "SHA1", true },
    { "1.3.132.1.14.0", "SHA224", true },       { "1.3.132.1.14.1", "SHA256", true },
    { "1.3.132.1.14.2", "SHA384", true },       { "1.3.132.1.14.3", "SHA512", true },
};

/* OriginatorIdentifierOrKey ::= CHOICE { issuerAndSerialNumber, [0] subjectKeyIdentifier, [1] OriginatorPublicKey } */
static void read_originator(const uint8_t *content, const ScepBer *tagged, ScepKeyAgreement *out)
{
    ScepBer choice, item;

    if (scep_ber_first(content, tagged, &choice) != SCEP_BER_OK || !scep_ber_is(&choice, SCEP_BER_CONTEXT, 1) ||
        scep_ber_first(content, &choice, &item) != SCEP_BER_OK ||
        scep_ber_next(content, &choice, &item, &item) != SCEP_BER_OK ||
        !scep_bit_string_octets(content, &item, &out->originator_key))
        out->originator_key = (ScepSpan){ 0, 0 };
}

bool scep_key_agreement_read(const uint8_t *content, const ScepRecipient *recipient, ScepKeyAgreement *out)
{
    const ScepSpan place = recipient->whole;
    ScepBer info, item, ukm;

    memset(out, 0, sizeof *out);
    if (scep_ber_read(content, place.offset + place.length, place.offset, &info) != SCEP_BER_OK ||
        scep_ber_first(content, &info, &item) != SCEP_BER_OK ||
        scep_ber_next(content, &info, &item, &item) != SCEP_BER_OK || !scep_ber_is(&item, SCEP_BER_CONTEXT, 0))
        return false;
    read_originator(content, &item, out);
    if (scep_ber_next(content, &info, &item, &item) != SCEP_BER_OK)
        return false;
    if (scep_ber_is(&item, SCEP_BER_CONTEXT, 1)) {
        if (scep_ber_first(content, &item, &ukm) != SCEP_BER_OK)
            return false;
        out->ukm = ukm.content;
        out->has_ukm = true;
        if (scep_ber_next(content, &info, &item, &item) != SCEP_BER_OK)
            return false;
    }
    out->algorithm = item;
    return scep_ber_next(content, &info, &item, &out->entries) == SCEP_BER_OK &&
           scep_ber_is(&out->entries, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) && !out->entries.truncated;
}

bool scep_key_agreement_next(const uint8_t *content, const ScepKeyAgreement *agreement, const ScepAgreedKey *previous,
                             ScepAgreedKey *out)
{
    ScepBer entry, rid, item;
    const ScepBerError error = previous != NULL ? scep_ber_next(content, &agreement->entries, &previous->whole, &entry)
                                                : scep_ber_first(content, &agreement->entries, &entry);

    memset(out, 0, sizeof *out);
    if (error != SCEP_BER_OK)
        return false;
    out->whole = entry;
    if (scep_ber_first(content, &entry, &rid) != SCEP_BER_OK)
        return true;
    if (scep_ber_first(content, &rid, &item) == SCEP_BER_OK) {
        /* rKeyId [0] IMPLICIT SEQUENCE { OCTET STRING, ... }, else issuerAndSerialNumber */
        if (scep_ber_is(&rid, SCEP_BER_CONTEXT, 0)) {
            out->key_id = item.content;
        } else {
            out->issuer = item.whole;
            if (scep_ber_next(content, &rid, &item, &item) == SCEP_BER_OK)
                out->serial = item.content;
        }
    }
    if (scep_ber_next(content, &entry, &rid, &item) == SCEP_BER_OK &&
        scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING))
        scep_octets_read(content, &item, &out->encrypted_key);
    return true;
}

/* ECC-CMS-SharedInfo ::= SEQUENCE { keyInfo AlgorithmIdentifier, entityUInfo [0] EXPLICIT OCTET STRING OPTIONAL,
 * suppPubInfo [2] EXPLICIT OCTET STRING }, RFC 5753 7.2: the last one is the wrapping key's length in bits. */
static GByteArray *shared_info(const uint8_t *content, const ScepKeyAgreement *agreement, const ScepBer *wrap,
                               size_t key_size)
{
    const uint32_t bits = GUINT32_TO_BE((uint32_t)key_size * 8);
    GByteArray *inner = g_byte_array_new(), *body = g_byte_array_new(), *info = g_byte_array_new();

    if (!scep_der_copy(body, content, wrap, true))
        g_byte_array_set_size(body, 0);
    if (agreement->has_ukm) {
        scep_der_element(inner, SCEP_TAG_OCTET_STRING, content + agreement->ukm.offset, agreement->ukm.length);
        scep_der_element(body, 0xa0, inner->data, inner->len);
        g_byte_array_set_size(inner, 0);
    }
    scep_der_element(inner, SCEP_TAG_OCTET_STRING, (const uint8_t *)&bits, sizeof bits);
    scep_der_element(body, 0xa2, inner->data, inner->len);
    scep_der_element(info, 0x30, body->data, body->len);
    g_byte_array_unref(inner);
    g_byte_array_unref(body);
    return info;
}

/* The point of the sender on our curve. OpenSSL refuses one that is not on it. */
static EVP_PKEY *peer_key(const uint8_t *content, const ScepKeyAgreement *agreement, const ScepKey *key)
{
    EVP_PKEY *peer = EVP_PKEY_new();

    if (peer == NULL || EVP_PKEY_copy_parameters(peer, key->key) != 1 ||
        EVP_PKEY_set1_encoded_public_key(peer, content + agreement->originator_key.offset,
                                         agreement->originator_key.length) != 1) {
        EVP_PKEY_free(peer);
        return NULL;
    }
    return peer;
}

static bool derive_shared(const ScepKey *key, EVP_PKEY *peer, bool cofactor, uint8_t *out, size_t *size)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(scep_crypto_context(), key->key, NULL);

    scep_unwrap_operations++;
    const bool good = context != NULL && EVP_PKEY_derive_init(context) == 1 &&
                      EVP_PKEY_CTX_set_ecdh_cofactor_mode(context, cofactor) == 1 &&
                      EVP_PKEY_derive_set_peer(context, peer) == 1 && EVP_PKEY_derive(context, out, size) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

/* ANSI X9.63 3.6.1, by the digest of the scheme */
static bool derive_wrapping_key(const char *digest, uint8_t *shared, size_t shared_size, GByteArray *info, uint8_t *out,
                                size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(scep_crypto_context(), "X963KDF", NULL);
    EVP_KDF_CTX *context = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)digest, 0),
                            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, shared, shared_size),
                            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info->data, info->len),
                            OSSL_PARAM_construct_end() };
    const bool good = context != NULL && EVP_KDF_derive(context, out, size, params) == 1;

    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return good;
}

/* RFC 3394 or RFC 3217: the check value in it tells whether the key fits. */
static bool unwrap(const EVP_CIPHER *cipher, const uint8_t *wrapping_key, const uint8_t *wrapped, size_t wrapped_size,
                   ScepSecret *secret)
{
    uint8_t plain[SCEP_MAX_CEK + 64];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int size = 0, rest = 0;

    if (wrapped_size > SCEP_MAX_CEK + 16 || context == NULL) {
        EVP_CIPHER_CTX_free(context);
        return false;
    }
    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    bool good = EVP_DecryptInit_ex2(context, cipher, wrapping_key, NULL, NULL) == 1 &&
                EVP_DecryptUpdate(context, plain, &size, wrapped, (int)wrapped_size) == 1 && size > 0 &&
                EVP_DecryptFinal_ex(context, plain + size, &rest) == 1 && size + rest <= SCEP_MAX_CEK;
    if (good) {
        secret->size = (size_t)(size + rest);
        memcpy(secret->octets, plain, secret->size);
    }
    EVP_CIPHER_CTX_free(context);
    OPENSSL_cleanse(plain, sizeof plain);
    return good;
}

/* Everything behind the choice of algorithms. */
static ScepUnwrapResult agree(const ScepKeyAgreement *agreement, const ScepAgreedKey *entry, const uint8_t *content,
                              const ScepKey *key, size_t scheme, const ScepBer *wrap, const EVP_CIPHER *cipher,
                              ScepSecret *secret)
{
    uint8_t shared[MAX_SHARED], wrapping_key[EVP_MAX_KEY_LENGTH];
    size_t shared_size = sizeof shared, wrapped_size;
    const size_t key_size = (size_t)EVP_CIPHER_get_key_length(cipher);
    const uint8_t *wrapped = scep_octets_get0_data(content, &entry->encrypted_key, &wrapped_size);
    EVP_PKEY *peer = peer_key(content, agreement, key);
    GByteArray *info = shared_info(content, agreement, wrap, key_size);

    const bool good = peer != NULL && derive_shared(key, peer, schemes[scheme].cofactor, shared, &shared_size) &&
                      derive_wrapping_key(schemes[scheme].digest, shared, shared_size, info, wrapping_key, key_size) &&
                      unwrap(cipher, wrapping_key, wrapped, wrapped_size, secret);
    EVP_PKEY_free(peer);
    g_byte_array_unref(info);
    OPENSSL_cleanse(shared, sizeof shared);
    OPENSSL_cleanse(wrapping_key, sizeof wrapping_key);
    return good ? SCEP_UNWRAPPED : SCEP_UNWRAP_DOES_NOT_FIT;
}

ScepUnwrapResult scep_unwrap_key_agreement(const ScepKeyAgreement *agreement, const ScepAgreedKey *entry,
                                           const uint8_t *content, const ScepKey *key, ScepSecret *secret, char **what)
{
    ScepBer wrap;
    char *oid = scep_algorithm_new_name(content, &agreement->algorithm, &wrap);
    size_t scheme = 0;

    while (oid != NULL && scheme < G_N_ELEMENTS(schemes) && strcmp(schemes[scheme].oid, oid) != 0)
        scheme++;
    if (oid == NULL || scheme == G_N_ELEMENTS(schemes)) {
        *what = oid != NULL ? g_strdup(scep_crypto_oid_name(oid)) : NULL;
        g_free(oid);
        return *what != NULL ? SCEP_UNWRAP_UNSUPPORTED : SCEP_UNWRAP_BROKEN;
    }
    g_free(oid);
    if (agreement->originator_key.length == 0) {
        *what = g_strdup("key agreement with a static key of the sender");
        return SCEP_UNWRAP_UNSUPPORTED;
    }
    char *wrap_oid = wrap.whole.length > 0 ? scep_algorithm_new_name(content, &wrap, NULL) : NULL;
    if (wrap_oid == NULL || entry->encrypted_key.pieces == 0) {
        g_free(wrap_oid);
        return SCEP_UNWRAP_BROKEN;
    }
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(scep_crypto_context(), wrap_oid, NULL);
    ScepUnwrapResult result = SCEP_UNWRAP_UNSUPPORTED;
    if (cipher != NULL && EVP_CIPHER_get_mode(cipher) == EVP_CIPH_WRAP_MODE)
        result = agree(agreement, entry, content, key, scheme, &wrap, cipher, secret);
    else
        *what = g_strdup(scep_crypto_oid_name(wrap_oid));
    EVP_CIPHER_free(cipher);
    g_free(wrap_oid);
    return result;
}
