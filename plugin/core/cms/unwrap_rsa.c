/* unwrap_rsa.c
 * KeyTransRecipientInfo: RSA with PKCS#1 v1.5 padding (RFC 3370 4.2.1) or OAEP (RFC 3560).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto/crypto.h"
#include "scep/limits.h"
#include "cms/unwrap.h"
#include "asn1/ber.h"

#define OID_RSA "1.2.840.113549.1.1.1"
#define OID_OAEP "1.2.840.113549.1.1.7"
#define OID_MGF1 "1.2.840.113549.1.1.8"
#define OID_SPECIFIED "1.2.840.113549.1.1.9"
#define OID_SHA1 "1.3.14.3.2.26"

uint64_t scep_unwrap_operations;

char *scep_algorithm_new_name(const uint8_t *data, const ScepBer *algorithm, ScepBer *parameters)
{
    ScepBer oid, rest;

    if (parameters != NULL)
        memset(parameters, 0, sizeof *parameters);
    if (scep_ber_first(data, algorithm, &oid) != SCEP_BER_OK || !scep_ber_is(&oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID))
        return NULL;
    if (parameters != NULL && scep_ber_next(data, algorithm, &oid, &rest) == SCEP_BER_OK)
        *parameters = rest;
    return scep_ber_new_oid_text(data + oid.content.offset, oid.content.length);
}

bool scep_key_transport_read(const uint8_t *content, const ScepRecipient *recipient, ScepKeyTransport *out)
{
    const ScepSpan place = recipient->whole;
    ScepBer info, item;

    memset(out, 0, sizeof *out);
    /* version, rid, keyEncryptionAlgorithm, encryptedKey */
    if (scep_ber_read(content, place.offset + place.length, place.offset, &info) != SCEP_BER_OK ||
        scep_ber_first(content, &info, &item) != SCEP_BER_OK ||
        scep_ber_next(content, &info, &item, &item) != SCEP_BER_OK ||
        scep_ber_next(content, &info, &item, &out->algorithm) != SCEP_BER_OK ||
        scep_ber_next(content, &info, &out->algorithm, &item) != SCEP_BER_OK ||
        !scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING))
        return false;
    scep_octets_read(content, &item, &out->encrypted_key);
    return !out->encrypted_key.truncated;
}

bool scep_key_transport_fits(const ScepKeyTransport *transport, const uint8_t *content, const ScepKey *key)
{
    size_t size;

    scep_octets_get0_data(content, &transport->encrypted_key, &size);
    return EVP_PKEY_is_a(key->key, "RSA") && size > 0 && size == (size_t)EVP_PKEY_get_size(key->key);
}

static bool algorithm_is(const uint8_t *content, const ScepBer *algorithm, const char *wanted)
{
    char *oid = scep_algorithm_new_name(content, algorithm, NULL);
    const bool same = oid != NULL && strcmp(oid, wanted) == 0;

    g_free(oid);
    return same;
}

bool scep_key_transport_is_pkcs1(const ScepKeyTransport *transport, const uint8_t *content)
{
    return algorithm_is(content, &transport->algorithm, OID_RSA);
}

/* RSAES-OAEP-params ::= SEQUENCE { [0] hashAlgorithm, [1] maskGenAlgorithm, [2] pSourceAlgorithm }, RFC 4055 4.1 */
typedef struct {
    char *digest;
    char *mask_digest;
    ScepSpan label;
} OaepParameters;

static void read_oaep(const uint8_t *content, const ScepBer *parameters, OaepParameters *out)
{
    ScepBer item, algorithm, inner;

    for (ScepBerError error = scep_ber_first(content, parameters, &item); error == SCEP_BER_OK;
         error = scep_ber_next(content, parameters, &item, &item)) {
        if (item.tag_class != SCEP_BER_CONTEXT || scep_ber_first(content, &item, &algorithm) != SCEP_BER_OK)
            continue;
        if (item.tag == 0 && out->digest == NULL) {
            out->digest = scep_algorithm_new_name(content, &algorithm, NULL);
        } else if (item.tag == 1 && out->mask_digest == NULL && algorithm_is(content, &algorithm, OID_MGF1)) {
            g_free(scep_algorithm_new_name(content, &algorithm, &inner));
            out->mask_digest = inner.whole.length > 0 ? scep_algorithm_new_name(content, &inner, NULL) : NULL;
        } else if (item.tag == 2 && algorithm_is(content, &algorithm, OID_SPECIFIED)) {
            g_free(scep_algorithm_new_name(content, &algorithm, &inner));
            out->label = inner.content;
        }
    }
}

static bool prepare_oaep(EVP_PKEY_CTX *context, const uint8_t *content, const ScepBer *parameters, char **what)
{
    OaepParameters oaep = { NULL, NULL, { 0, 0 } };
    bool good;

    if (parameters->whole.length > 0)
        read_oaep(content, parameters, &oaep);
    const char *digest = oaep.digest != NULL ? oaep.digest : OID_SHA1;
    const char *mask_digest = oaep.mask_digest != NULL ? oaep.mask_digest : OID_SHA1;
    good = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md_name(context, digest, NULL) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, mask_digest, NULL) == 1;
    if (!good)
        *what = g_strdup_printf("RSA-OAEP with %s and MGF1 with %s", scep_crypto_oid_name(digest),
                                scep_crypto_oid_name(mask_digest));
    if (good && oaep.label.length > 0) {
        void *label = OPENSSL_memdup(content + oaep.label.offset, oaep.label.length);
        good = label != NULL && EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, (int)oaep.label.length) == 1;
        if (!good) {
            OPENSSL_free(label);
            *what = g_strdup("RSA-OAEP with this label");
        }
    }
    g_free(oaep.digest);
    g_free(oaep.mask_digest);
    return good;
}

/* OpenSSL from 3.2 on answers wrong padding with random octets, to blind attackers who count errors; whoever holds the
 * key and a capture is none, and wants to know. Older ones do not know the parameter and skip it. */
static bool prepare_pkcs1(EVP_PKEY_CTX *context)
{
    unsigned off = 0;
    OSSL_PARAM params[] = { OSSL_PARAM_construct_uint("implicit-rejection", &off), OSSL_PARAM_construct_end() };

    if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) != 1)
        return false;
    EVP_PKEY_CTX_set_params(context, params);
    return true;
}

static ScepUnwrapResult prepare(EVP_PKEY_CTX *context, const ScepKeyTransport *transport, const uint8_t *content,
                                char **what)
{
    ScepBer parameters;
    char *oid = scep_algorithm_new_name(content, &transport->algorithm, &parameters);
    ScepUnwrapResult result = SCEP_UNWRAPPED;

    if (oid == NULL)
        return SCEP_UNWRAP_BROKEN;
    if (strcmp(oid, OID_RSA) == 0) {
        result = prepare_pkcs1(context) ? SCEP_UNWRAPPED : SCEP_UNWRAP_DOES_NOT_FIT;
    } else if (strcmp(oid, OID_OAEP) == 0) {
        result = prepare_oaep(context, content, &parameters, what) ? SCEP_UNWRAPPED : SCEP_UNWRAP_UNSUPPORTED;
    } else {
        *what = g_strdup(scep_crypto_oid_name(oid));
        result = SCEP_UNWRAP_UNSUPPORTED;
    }
    g_free(oid);
    return result;
}

ScepUnwrapResult scep_unwrap_key_transport(const ScepKeyTransport *transport, const uint8_t *content,
                                           const ScepKey *key, ScepSecret *secret, char **what)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(scep_crypto_context(), key->key, NULL);
    ScepUnwrapResult result = SCEP_UNWRAP_DOES_NOT_FIT;
    size_t encrypted_size;
    const uint8_t *encrypted = scep_octets_get0_data(content, &transport->encrypted_key, &encrypted_size);

    if (context == NULL || EVP_PKEY_decrypt_init(context) != 1)
        goto done;
    result = prepare(context, transport, content, what);
    if (result != SCEP_UNWRAPPED)
        goto done;
    size_t size = encrypted_size;
    uint8_t *plain = g_malloc(encrypted_size);
    scep_unwrap_operations++;
    if (EVP_PKEY_decrypt(context, plain, &size, encrypted, encrypted_size) != 1 || size > sizeof secret->octets) {
        result = SCEP_UNWRAP_DOES_NOT_FIT;
    } else {
        memcpy(secret->octets, plain, size);
        secret->size = size;
    }
    OPENSSL_cleanse(plain, encrypted_size);
    g_free(plain);
done:
    EVP_PKEY_CTX_free(context);
    return result;
}
