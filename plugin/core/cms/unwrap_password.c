/* unwrap_password.c
 * PasswordRecipientInfo (RFC 5652 6.2.4): PBKDF2 (RFC 8018 5.2), then PWRI-KEK (RFC 3211 2.3).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "crypto/crypto.h"
#include "scep/limits.h"
#include "cms/unwrap.h"
#include "asn1/ber.h"

#define OID_PBKDF2 "1.2.840.113549.1.5.12"
#define OID_PWRI_KEK "1.2.840.113549.1.9.16.3.9"
#define MAX_WRAPPED 256 /* octets: a key with its length, check value and padding */

static const struct {
    const char *oid;
    const char *digest;
} pseudo_random_functions[] = {
    { "1.2.840.113549.2.7", "SHA1" },    { "1.2.840.113549.2.8", "SHA224" },  { "1.2.840.113549.2.9", "SHA256" },
    { "1.2.840.113549.2.10", "SHA384" }, { "1.2.840.113549.2.11", "SHA512" }, { "1.2.840.113549.2.6", "MD5" },
};

/* Everything a PasswordRecipientInfo says. */
typedef struct {
    ScepOctets salt;
    uint64_t iterations;
    const char *digest;
    EVP_CIPHER *cipher; /* of the key-encryption key */
    ScepOctets iv;
    ScepOctets wrapped;
} Password;

static bool read_number(const uint8_t *data, const ScepBer *node, uint64_t *out)
{
    if (!scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_INTEGER) || node->content.length == 0 ||
        (data[node->content.offset] & 0x80))
        return false;
    *out = 0;
    for (size_t i = 0; i < node->content.length; i++) {
        if (*out >> 56)
            return false;
        *out = *out << 8 | data[node->content.offset + i];
    }
    return true;
}

static ScepUnwrapResult read_function(const uint8_t *data, const ScepBer *algorithm, Password *out, char **what)
{
    char *oid = scep_algorithm_new_name(data, algorithm, NULL);

    out->digest = NULL;
    for (size_t i = 0; oid != NULL && i < G_N_ELEMENTS(pseudo_random_functions); i++) {
        if (strcmp(pseudo_random_functions[i].oid, oid) == 0)
            out->digest = pseudo_random_functions[i].digest;
    }
    if (oid != NULL && out->digest == NULL)
        *what = g_strdup_printf("PBKDF2 with %s", scep_crypto_oid_name(oid));
    g_free(oid);
    return out->digest != NULL ? SCEP_UNWRAPPED : *what != NULL ? SCEP_UNWRAP_UNSUPPORTED : SCEP_UNWRAP_BROKEN;
}

/* PBKDF2-params ::= SEQUENCE { salt, iterationCount, keyLength OPTIONAL, prf DEFAULT hmacWithSHA1 } */
static ScepUnwrapResult read_derivation(const uint8_t *data, const ScepBer *derivation, Password *out, char **what)
{
    ScepBer parameters, item;
    char *oid = scep_algorithm_new_name(data, derivation, &parameters);

    if (oid != NULL && strcmp(oid, OID_PBKDF2) != 0) {
        *what = g_strdup(scep_crypto_oid_name(oid));
        g_free(oid);
        return SCEP_UNWRAP_UNSUPPORTED;
    }
    const bool known = oid != NULL;
    g_free(oid);
    out->digest = "SHA1";
    if (!known || parameters.whole.length == 0 || scep_ber_first(data, &parameters, &item) != SCEP_BER_OK)
        return SCEP_UNWRAP_BROKEN;
    if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE)) {
        *what = g_strdup("PBKDF2 with its salt from elsewhere");
        return SCEP_UNWRAP_UNSUPPORTED;
    }
    scep_octets_read(data, &item, &out->salt);
    if (scep_ber_next(data, &parameters, &item, &item) != SCEP_BER_OK)
        return SCEP_UNWRAP_BROKEN;
    if (!read_number(data, &item, &out->iterations)) /* beyond any bound, or negative */
        return item.content.length > 8 ? SCEP_UNWRAP_ITERATIONS : SCEP_UNWRAP_BROKEN;
    while (scep_ber_next(data, &parameters, &item, &item) == SCEP_BER_OK) {
        if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE))
            return read_function(data, &item, out, what);
    }
    return SCEP_UNWRAPPED;
}

/* keyEncryptionAlgorithm: id-alg-PWRI-KEK, with the cipher of the key-encryption key as its parameter */
static ScepUnwrapResult read_wrapping(const uint8_t *data, const ScepBer *algorithm, Password *out, char **what)
{
    ScepBer inner, iv;
    char *oid = scep_algorithm_new_name(data, algorithm, &inner);
    const bool known = oid != NULL && strcmp(oid, OID_PWRI_KEK) == 0;

    if (oid != NULL && !known)
        *what = g_strdup(scep_crypto_oid_name(oid));
    g_free(oid);
    if (!known)
        return *what != NULL ? SCEP_UNWRAP_UNSUPPORTED : SCEP_UNWRAP_BROKEN;
    char *cipher = inner.whole.length > 0 ? scep_algorithm_new_name(data, &inner, &iv) : NULL;
    if (cipher == NULL)
        return SCEP_UNWRAP_BROKEN;
    out->cipher = EVP_CIPHER_fetch(scep_crypto_context(), cipher, NULL);
    const bool usable = out->cipher != NULL && EVP_CIPHER_get_mode(out->cipher) == EVP_CIPH_CBC_MODE;
    if (!usable)
        *what = g_strdup_printf("PWRI-KEK with %s", scep_crypto_oid_name(cipher));
    g_free(cipher);
    if (!usable)
        return SCEP_UNWRAP_UNSUPPORTED;
    if (!scep_ber_is(&iv, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING))
        return SCEP_UNWRAP_BROKEN;
    size_t iv_size;
    scep_octets_read(data, &iv, &out->iv);
    scep_octets_get0_data(data, &out->iv, &iv_size);
    return iv_size == (size_t)EVP_CIPHER_get_iv_length(out->cipher) ? SCEP_UNWRAPPED : SCEP_UNWRAP_BROKEN;
}

/* PasswordRecipientInfo ::= [3] SEQUENCE { version, [0] keyDerivationAlgorithm OPTIONAL, keyEncryptionAlgorithm,
 * encryptedKey } */
static ScepUnwrapResult read_password(const uint8_t *data, const ScepRecipient *recipient, Password *out, char **what)
{
    const ScepSpan place = recipient->whole;
    ScepBer info, item;

    if (scep_ber_read(data, place.offset + place.length, place.offset, &info) != SCEP_BER_OK ||
        scep_ber_first(data, &info, &item) != SCEP_BER_OK || scep_ber_next(data, &info, &item, &item) != SCEP_BER_OK)
        return SCEP_UNWRAP_BROKEN;
    if (!scep_ber_is(&item, SCEP_BER_CONTEXT, 0)) {
        *what = g_strdup("a password without a key derivation algorithm");
        return SCEP_UNWRAP_UNSUPPORTED;
    }
    ScepUnwrapResult result = read_derivation(data, &item, out, what);
    if (result != SCEP_UNWRAPPED)
        return result;
    if (scep_ber_next(data, &info, &item, &item) != SCEP_BER_OK)
        return SCEP_UNWRAP_BROKEN;
    result = read_wrapping(data, &item, out, what);
    if (result != SCEP_UNWRAPPED)
        return result;
    if (scep_ber_next(data, &info, &item, &item) != SCEP_BER_OK ||
        !scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING))
        return SCEP_UNWRAP_BROKEN;
    scep_octets_read(data, &item, &out->wrapped);
    return SCEP_UNWRAPPED;
}

static bool derive(const Password *parameters, const uint8_t *data, const ScepPassword *password, uint8_t *out,
                   size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(scep_crypto_context(), "PBKDF2", NULL);
    EVP_KDF_CTX *context = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    uint64_t iterations = parameters->iterations;
    int plain_pkcs5 = 1; /* no lower bounds as in SP 800-132 */
    size_t salt_size;
    const uint8_t *salt = scep_octets_get0_data(data, &parameters->salt, &salt_size);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, password->text, password->size),
                            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_size),
                            OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
                            OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)parameters->digest, 0),
                            OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &plain_pkcs5),
                            OSSL_PARAM_construct_end() };

    scep_unwrap_operations++;
    const bool good = context != NULL && EVP_KDF_derive(context, out, size, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return good;
}

static bool decrypt_blocks(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, const uint8_t *in,
                           size_t size, uint8_t *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length = 0;
    const bool good = context != NULL && EVP_DecryptInit_ex2(context, cipher, key, iv, NULL) == 1 &&
                      EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                      EVP_DecryptUpdate(context, out, &length, in, (int)size) == 1 && (size_t)length == size;

    EVP_CIPHER_CTX_free(context);
    return good;
}

/* RFC 3211 2.3.2: the key was encrypted twice, the second time with the last block of the first as IV. What comes out
 * is its length, the complement of its first three octets, the key, and padding. */
static ScepUnwrapResult unwrap(const Password *parameters, const uint8_t *iv, const uint8_t *wrapped, size_t size,
                               const uint8_t *key, ScepSecret *secret)
{
    const size_t block = (size_t)EVP_CIPHER_get_block_size(parameters->cipher);
    uint8_t last[EVP_MAX_BLOCK_LENGTH], inner[MAX_WRAPPED], plain[MAX_WRAPPED];
    ScepUnwrapResult result = SCEP_UNWRAP_DOES_NOT_FIT;

    if (size < 2 * block || size % block != 0 || size > MAX_WRAPPED)
        return SCEP_UNWRAP_BROKEN;
    if (decrypt_blocks(parameters->cipher, key, wrapped + size - 2 * block, wrapped + size - block, block, last) &&
        decrypt_blocks(parameters->cipher, key, last, wrapped, size, inner) &&
        decrypt_blocks(parameters->cipher, key, iv, inner, size, plain) && plain[0] >= 3 && plain[0] <= size - 4 &&
        plain[0] <= SCEP_MAX_CEK && (plain[1] ^ plain[4]) == 0xff && (plain[2] ^ plain[5]) == 0xff &&
        (plain[3] ^ plain[6]) == 0xff) {
        secret->size = plain[0];
        memcpy(secret->octets, plain + 4, secret->size);
        result = SCEP_UNWRAPPED;
    }
    OPENSSL_cleanse(last, sizeof last);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(plain, sizeof plain);
    return result;
}

static ScepUnwrapResult open_with(const Password *parameters, const uint8_t *data, const ScepPassword *password,
                                  uint64_t *iterations, ScepSecret *secret)
{
    uint8_t key[EVP_MAX_KEY_LENGTH];
    const size_t key_size = (size_t)EVP_CIPHER_get_key_length(parameters->cipher);
    size_t salt_size, wrapped_size, iv_size;
    ScepUnwrapResult result = SCEP_UNWRAP_BROKEN;

    scep_octets_get0_data(data, &parameters->salt, &salt_size);
    const uint8_t *wrapped = scep_octets_get0_data(data, &parameters->wrapped, &wrapped_size);
    if (parameters->iterations == 0 || salt_size > SCEP_MAX_SALT)
        return SCEP_UNWRAP_BROKEN;
    if (parameters->iterations > SCEP_MAX_ITERATIONS ||
        *iterations + parameters->iterations > SCEP_MAX_TOTAL_ITERATIONS)
        return SCEP_UNWRAP_ITERATIONS;
    *iterations += parameters->iterations;
    if (derive(parameters, data, password, key, key_size))
        result = unwrap(parameters, scep_octets_get0_data(data, &parameters->iv, &iv_size), wrapped, wrapped_size, key,
                        secret);
    OPENSSL_cleanse(key, sizeof key);
    return result;
}

ScepUnwrapResult scep_unwrap_password(const ScepRecipient *recipient, const uint8_t *content,
                                      const ScepPassword *password, uint64_t *iterations, ScepSecret *secret,
                                      char **what)
{
    Password parameters;

    memset(&parameters, 0, sizeof parameters);
    ScepUnwrapResult result = read_password(content, recipient, &parameters, what);
    if (result == SCEP_UNWRAPPED)
        result = open_with(&parameters, content, password, iterations, secret);
    EVP_CIPHER_free(parameters.cipher);
    scep_octets_clear(&parameters.salt);
    scep_octets_clear(&parameters.iv);
    scep_octets_clear(&parameters.wrapped);
    return result;
}
