/* public_key.c
 * OpenSSL keys out of SubjectPublicKeyInfo, within bounds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "crypto/public_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <string.h>

#include "crypto/crypto.h"
#include "scep/limits.h"

/* Servers answer with the same key all the time, so keep some: GBytes of the SubjectPublicKeyInfo to EVP_PKEY. */
static GHashTable *kept;

static void release_kept(void)
{
    g_clear_pointer(&kept, g_hash_table_unref);
}

static void free_key(gpointer key)
{
    EVP_PKEY_free(key);
}

/* Magnitude of a positive INTEGER without leading zeros. @return false for a negative, empty or cut one. */
static bool read_magnitude(const uint8_t *data, const ScepBer *node, ScepSpan *out)
{
    if (!scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_INTEGER) || node->constructed || node->truncated ||
        node->content.length == 0 || (data[node->content.offset] & 0x80))
        return false;
    *out = node->content;
    while (out->length > 0 && data[out->offset] == 0) {
        out->offset++;
        out->length--;
    }
    return true;
}

static size_t bit_length(const uint8_t *data, ScepSpan number)
{
    size_t bits = number.length * 8;

    if (number.length == 0)
        return 0;
    for (uint8_t first = data[number.offset]; !(first & 0x80); first = (uint8_t)(first << 1))
        bits--;
    return bits;
}

/* RSAPublicKey ::= SEQUENCE { modulus, publicExponent }, RFC 8017 A.1.1 */
static bool read_rsa(const uint8_t *data, const ScepSpki *spki, ScepSpan *modulus, ScepSpan *exponent,
                     ScepVerifyReason *reason)
{
    ScepBer outer, item;

    *reason = SCEP_VERIFY_KEY_UNREADABLE;
    if (scep_ber_read(data, spki->key.offset + spki->key.length, spki->key.offset, &outer) != SCEP_BER_OK ||
        !scep_ber_is(&outer, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) ||
        scep_ber_first(data, &outer, &item) != SCEP_BER_OK || !read_magnitude(data, &item, modulus) ||
        scep_ber_next(data, &outer, &item, &item) != SCEP_BER_OK || !read_magnitude(data, &item, exponent))
        return false;
    if (modulus->length == 0 || exponent->length == 0)
        return false;
    *reason = SCEP_VERIFY_KEY_TOO_LARGE;
    return bit_length(data, *modulus) <= SCEP_MAX_RSA_BITS && bit_length(data, *exponent) <= SCEP_MAX_RSA_EXPONENT_BITS;
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(scep_crypto_context(), type, NULL);
    EVP_PKEY *key = NULL;

    if (maker == NULL || EVP_PKEY_fromdata_init(maker) != 1 ||
        EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(maker);
    return key;
}

/* OSSL_PARAM wants integers in the order of the machine. */
static void native_order(const uint8_t *data, ScepSpan number, uint8_t *out)
{
    for (size_t i = 0; i < number.length; i++)
        out[i] = data[number.offset + (G_BYTE_ORDER == G_LITTLE_ENDIAN ? number.length - 1 - i : i)];
}

/* OpenSSL's decoder of SubjectPublicKeyInfo takes five times as long as the signature check that follows. */
static EVP_PKEY *rsa_key(const uint8_t *data, const ScepSpki *spki, ScepVerifyReason *reason)
{
    ScepSpan modulus, exponent;
    uint8_t n[SCEP_MAX_RSA_BITS / 8], e[SCEP_MAX_RSA_EXPONENT_BITS / 8];

    if (!read_rsa(data, spki, &modulus, &exponent, reason))
        return NULL;
    native_order(data, modulus, n);
    native_order(data, exponent, e);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n, modulus.length),
                            OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e, exponent.length),
                            OSSL_PARAM_construct_end() };
    *reason = SCEP_VERIFY_KEY_UNREADABLE;
    return make_key("RSA", params);
}

/* A key that is restricted to PSS carries its restrictions in the parameters (RFC 4055 3.1): OpenSSL reads them. */
static EVP_PKEY *pss_key(const uint8_t *data, const ScepSpki *spki, ScepVerifyReason *reason)
{
    const unsigned char *cursor = data + spki->whole.offset;
    ScepSpan modulus, exponent;

    if (!read_rsa(data, spki, &modulus, &exponent, reason))
        return NULL;
    *reason = SCEP_VERIFY_KEY_UNREADABLE;
    return d2i_PUBKEY_ex(NULL, &cursor, (long)spki->whole.length, scep_crypto_context(), NULL);
}

/* RFC 5480 2.1.1: the curve is named. One given by its numbers is not computed with: they may be anything. */
static EVP_PKEY *ec_key(const uint8_t *data, const ScepSpki *spki, ScepVerifyReason *reason)
{
    *reason = SCEP_VERIFY_UNKNOWN_KEY;
    if (!scep_ber_is(&spki->parameters, SCEP_BER_UNIVERSAL, SCEP_TAG_OID))
        return NULL;
    char *oid = scep_ber_new_oid_text(data + spki->parameters.content.offset, spki->parameters.content.length);
    const int curve = OBJ_txt2nid(oid);
    g_free(oid);
    if (curve == NID_undef)
        return NULL;
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)OBJ_nid2sn(curve), 0),
                            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                              (void *)(data + spki->key.offset), spki->key.length),
                            OSSL_PARAM_construct_end() };
    *reason = SCEP_VERIFY_KEY_UNREADABLE;
    return make_key("EC", params);
}

static EVP_PKEY *raw_key(const uint8_t *data, const ScepSpki *spki, ScepVerifyReason *reason, const char *type)
{
    *reason = SCEP_VERIFY_KEY_UNREADABLE;
    return EVP_PKEY_new_raw_public_key_ex(scep_crypto_context(), type, NULL, data + spki->key.offset, spki->key.length);
}

int scep_public_key_nid(const uint8_t *data, const ScepSpki *spki)
{
    char *oid = scep_ber_new_oid_text(data + spki->algorithm.offset, spki->algorithm.length);
    const int nid = OBJ_txt2nid(oid);

    g_free(oid);
    return nid;
}

static EVP_PKEY *read_key(const uint8_t *data, const ScepSpki *spki, ScepVerifyReason *reason)
{
    const int algorithm = scep_public_key_nid(data, spki);
    EVP_PKEY *key = NULL;

    switch (algorithm) {
    case NID_rsaEncryption:
        key = rsa_key(data, spki, reason);
        break;
    case NID_rsassaPss:
        key = pss_key(data, spki, reason);
        break;
    case NID_X9_62_id_ecPublicKey:
        key = ec_key(data, spki, reason);
        break;
    case NID_ED25519:
    case NID_ED448:
        key = raw_key(data, spki, reason, algorithm == NID_ED25519 ? "ED25519" : "ED448");
        break;
    default:
        *reason = SCEP_VERIFY_UNKNOWN_KEY;
        break;
    }
    return key;
}

EVP_PKEY *scep_public_key_new(const uint8_t *data, const ScepSpki *spki, ScepVerifyReason *reason)
{
    if (spki->whole.length > SCEP_MAX_SPKI) {
        *reason = SCEP_VERIFY_KEY_TOO_LARGE;
        return NULL;
    }
    if (kept == NULL) {
        kept = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, free_key);
        scep_crypto_on_cleanup(release_kept);
    }
    GBytes *name = g_bytes_new_static(data + spki->whole.offset, spki->whole.length);
    EVP_PKEY *key = g_hash_table_lookup(kept, name);
    g_bytes_unref(name);
    if (key != NULL) {
        EVP_PKEY_up_ref(key);
        return key;
    }

    ERR_set_mark();
    key = read_key(data, spki, reason);
    ERR_pop_to_mark();
    if (key == NULL)
        return NULL;
    if (g_hash_table_size(kept) >= SCEP_MAX_CACHED_KEYS)
        g_hash_table_remove_all(kept);
    EVP_PKEY_up_ref(key);
    g_hash_table_insert(kept, g_bytes_new(data + spki->whole.offset, spki->whole.length), key);
    return key;
}

/* "RSA", "EC", "ED25519", or the dotted OID. @return g_free(). */
static char *algorithm_new_name(const ASN1_OBJECT *algorithm)
{
    /* The names administrators use, where OpenSSL's short name is another. */
    static const struct {
        int nid;
        const char *name;
    } common[] = { { NID_rsaEncryption, "RSA" }, { NID_X9_62_id_ecPublicKey, "EC" }, { NID_rsassaPss, "RSA-PSS" } };
    const int nid = OBJ_obj2nid(algorithm);
    char oid[80];

    for (size_t i = 0; i < G_N_ELEMENTS(common); i++) {
        if (common[i].nid == nid)
            return g_strdup(common[i].name);
    }
    if (nid != NID_undef)
        return g_strdup(OBJ_nid2sn(nid));
    OBJ_obj2txt(oid, sizeof oid, algorithm, 1);
    return g_strdup(oid);
}

char *scep_public_key_new_algorithm(const uint8_t *data, const ScepSpki *spki)
{
    char *oid = scep_ber_new_oid_text(data + spki->algorithm.offset, spki->algorithm.length);
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    char *name = object != NULL ? algorithm_new_name(object) : g_strdup(oid);

    ASN1_OBJECT_free(object);
    g_free(oid);
    return name;
}

uint32_t scep_public_key_bits(const uint8_t *data, const ScepSpki *spki)
{
    ScepVerifyReason reason = SCEP_VERIFY_PLAIN;
    ScepSpan modulus, exponent;

    /* What is in most certificates costs no key object. */
    if (scep_public_key_nid(data, spki) == NID_rsaEncryption)
        return read_rsa(data, spki, &modulus, &exponent, &reason) || reason == SCEP_VERIFY_KEY_TOO_LARGE
                   ? (uint32_t)bit_length(data, modulus)
                   : 0;
    EVP_PKEY *key = scep_public_key_new(data, spki, &reason);
    /* Keys that sign nothing here, X448 or those of post-quantum algorithms: OpenSSL's decoders are slow, and know
     * them. */
    const unsigned char *cursor = data + spki->whole.offset;
    if (key == NULL && reason == SCEP_VERIFY_UNKNOWN_KEY)
        key = d2i_PUBKEY_ex(NULL, &cursor, (long)spki->whole.length, scep_crypto_context(), NULL);
    const uint32_t bits = key != NULL ? (uint32_t)EVP_PKEY_get_bits(key) : 0;
    EVP_PKEY_free(key);
    return bits;
}
