/* signature.c
 * One signature over some bytes, by the AlgorithmIdentifier that comes with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "crypto/signature.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <string.h>

#include "asn1/der.h"
#include "crypto/crypto.h"
#include "scep/limits.h"

#define OID_SHAKE256 "2.16.840.1.101.3.4.2.12"

static const ScepVerdict good = { SCEP_VERIFY_GOOD, SCEP_VERIFY_PLAIN };
static const ScepVerdict bad = { SCEP_VERIFY_BAD, SCEP_VERIFY_PLAIN };
static const ScepVerdict mismatch = { SCEP_VERIFY_BAD, SCEP_VERIFY_KEY_MISMATCH };
static const ScepVerdict unknown_digest = { SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_UNKNOWN_DIGEST };
static const ScepVerdict unknown_signature = { SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_UNKNOWN_SIGNATURE };

size_t scep_digest(const char *oid, const uint8_t *bytes, size_t size, uint8_t *out)
{
    unsigned length = 0;

    if (oid == NULL)
        return 0;
    ERR_set_mark();
    EVP_MD *digest = EVP_MD_fetch(scep_crypto_context(), oid, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (digest == NULL || context == NULL || EVP_DigestInit_ex2(context, digest, NULL) != 1 ||
        EVP_DigestUpdate(context, bytes, size) != 1)
        goto done;
    if (strcmp(oid, OID_SHAKE256) == 0)
        length = EVP_DigestFinalXOF(context, out, 64) == 1 ? 64 : 0;
    else if (EVP_DigestFinal_ex(context, out, &length) != 1)
        length = 0;
done:
    EVP_MD_CTX_free(context);
    EVP_MD_free(digest);
    ERR_pop_to_mark();
    return length;
}

/* DigestInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING }; RFC 8017 9.2 takes NULL parameters, and verifiers take
 * them left out, too (appendix A.2.4). Compared whole, so that nothing can hide behind or in it. */
static bool is_digest_info(const uint8_t *recovered, size_t size, const char *oid, const uint8_t *digest,
                           size_t digest_size, bool with_null)
{
    static const uint8_t null[] = { SCEP_TAG_NULL, 0 };
    GByteArray *algorithm = g_byte_array_new();
    GByteArray *info = g_byte_array_new();

    scep_der_oid(algorithm, oid);
    if (with_null)
        g_byte_array_append(algorithm, null, sizeof null);
    scep_der_element(info, 0x30, algorithm->data, algorithm->len);
    scep_der_element(info, SCEP_TAG_OCTET_STRING, digest, digest_size);

    GByteArray *whole = g_byte_array_new();
    scep_der_element(whole, 0x30, info->data, info->len);
    const bool same = whole->len == size && memcmp(whole->data, recovered, size) == 0;
    g_byte_array_unref(algorithm);
    g_byte_array_unref(info);
    g_byte_array_unref(whole);
    return same;
}

static uint64_t operations;

uint64_t scep_verify_operations(void)
{
    return operations;
}

/* What the signature holds once the padding of RSASSA-PKCS1-v1_5 is off. Asked without a digest, OpenSSL gives the
 * DigestInfo as it is, and no policy of the host about old digests gets in the way. @return octets, 0 for none */
static size_t recover(const ScepSignature *signature, uint8_t *out, size_t room)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(scep_crypto_context(), signature->key, NULL);

    operations++;
    if (context == NULL || EVP_PKEY_verify_recover_init(context) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_verify_recover(context, out, &room, signature->octets, signature->size) != 1)
        room = 0;
    EVP_PKEY_CTX_free(context);
    return room;
}

/* @param own  digest that the signature algorithm names, NULL for rsaEncryption. Some encoders let it and
 *             digestAlgorithm disagree, so both are taken. */
static ScepVerdict check_pkcs1(const ScepSignature *signature, const char *own, const uint8_t *bytes, size_t size)
{
    const char *digests[] = { own, signature->digest };
    uint8_t recovered[SCEP_MAX_RSA_BITS / 8], digest[EVP_MAX_MD_SIZE];
    bool any = false;

    if (!EVP_PKEY_is_a(signature->key, "RSA"))
        return mismatch;
    const size_t recovered_size = recover(signature, recovered, sizeof recovered);
    for (size_t i = 0; i < G_N_ELEMENTS(digests); i++) {
        if (digests[i] == NULL || (i == 1 && own != NULL && strcmp(own, digests[1]) == 0))
            continue;
        const size_t digest_size = scep_digest(digests[i], bytes, size, digest);
        if (digest_size == 0)
            continue;
        any = true;
        if (is_digest_info(recovered, recovered_size, digests[i], digest, digest_size, true) ||
            is_digest_info(recovered, recovered_size, digests[i], digest, digest_size, false))
            return good;
    }
    return any ? bad : unknown_digest;
}

/* Parameters of id-RSASSA-PSS (RFC 4055 3.1). */
typedef struct {
    char *digest; /* dotted OIDs */
    char *mask_digest;
    int salt;
} PssParameters;

/* The OID of an AlgorithmIdentifier that stands in an explicit tag. */
static char *tagged_algorithm(const uint8_t *data, const ScepBer *tagged, ScepBer *algorithm, ScepBer *oid)
{
    if (scep_ber_first(data, tagged, algorithm) != SCEP_BER_OK || scep_ber_first(data, algorithm, oid) != SCEP_BER_OK ||
        !scep_ber_is(oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID))
        return NULL;
    return scep_ber_new_oid_text(data + oid->content.offset, oid->content.length);
}

static void read_pss(const uint8_t *data, const ScepBer *parameters, PssParameters *out)
{
    ScepBer item, algorithm, oid, inner;

    for (ScepBerError error = scep_ber_first(data, parameters, &item); error == SCEP_BER_OK;
         error = scep_ber_next(data, parameters, &item, &item)) {
        if (scep_ber_is(&item, SCEP_BER_CONTEXT, 0) && out->digest == NULL) {
            out->digest = tagged_algorithm(data, &item, &algorithm, &oid);
        } else if (scep_ber_is(&item, SCEP_BER_CONTEXT, 1) && out->mask_digest == NULL) {
            g_free(tagged_algorithm(data, &item, &algorithm, &oid));
            /* MGF1's parameter is the AlgorithmIdentifier of its digest */
            if (scep_ber_next(data, &algorithm, &oid, &inner) == SCEP_BER_OK &&
                scep_ber_first(data, &inner, &oid) == SCEP_BER_OK &&
                scep_ber_is(&oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID))
                out->mask_digest = scep_ber_new_oid_text(data + oid.content.offset, oid.content.length);
        } else if (scep_ber_is(&item, SCEP_BER_CONTEXT, 2) && scep_ber_first(data, &item, &inner) == SCEP_BER_OK &&
                   inner.content.length >= 1 && inner.content.length <= 2) {
            out->salt = 0;
            for (size_t i = 0; i < inner.content.length; i++)
                out->salt = out->salt << 8 | data[inner.content.offset + i];
        }
    }
}

/* One-shot check with whatever OpenSSL makes of key and digest. @a digest NULL: the algorithm has its own. */
static ScepVerdict check_with(const ScepSignature *signature, const char *digest, const PssParameters *pss,
                              const uint8_t *bytes, size_t size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *details = NULL;
    ScepVerdict verdict = digest != NULL ? unknown_digest : unknown_signature;

    operations++;
    if (context != NULL &&
        EVP_DigestVerifyInit_ex(context, &details, digest, scep_crypto_context(), NULL, signature->key, NULL) == 1) {
        verdict = bad;
        if (pss != NULL && (EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) != 1 ||
                            EVP_PKEY_CTX_set_rsa_mgf1_md_name(details, pss->mask_digest, NULL) != 1 ||
                            EVP_PKEY_CTX_set_rsa_pss_saltlen(details, pss->salt) != 1))
            verdict.reason = SCEP_VERIFY_KEY_MISMATCH; /* a key restricted to other parameters */
        else if (EVP_DigestVerify(context, signature->octets, signature->size, bytes, size) == 1)
            verdict = good;
    }
    EVP_MD_CTX_free(context);
    return verdict;
}

static ScepVerdict check_pss(const ScepSignature *signature, const ScepBer *parameters, const uint8_t *bytes,
                             size_t size)
{
    PssParameters pss = { NULL, NULL, 20 };

    if (!EVP_PKEY_is_a(signature->key, "RSA") && !EVP_PKEY_is_a(signature->key, "RSA-PSS"))
        return mismatch;
    if (parameters->whole.length > 0)
        read_pss(signature->data, parameters, &pss);
    if (pss.digest == NULL)
        pss.digest = g_strdup("1.3.14.3.2.26");
    if (pss.mask_digest == NULL)
        pss.mask_digest = g_strdup("1.3.14.3.2.26");
    const ScepVerdict verdict = check_with(signature, pss.digest, &pss, bytes, size);
    g_free(pss.digest);
    g_free(pss.mask_digest);
    return verdict;
}

static ScepVerdict check_ecdsa(const ScepSignature *signature, const char *own, const uint8_t *bytes, size_t size)
{
    const char *digest = own != NULL ? own : signature->digest;

    if (!EVP_PKEY_is_a(signature->key, "EC"))
        return mismatch;
    return digest != NULL ? check_with(signature, digest, NULL, bytes, size) : unknown_digest;
}

static ScepVerdict check_by_name(const ScepSignature *signature, int algorithm, const ScepBer *parameters,
                                 const uint8_t *bytes, size_t size)
{
    int digest = NID_undef, kind = algorithm;
    char own[64];

    switch (algorithm) {
    case NID_rsassaPss:
        return check_pss(signature, parameters, bytes, size);
    case NID_ED25519:
    case NID_ED448:
        if (!EVP_PKEY_is_a(signature->key, algorithm == NID_ED25519 ? "ED25519" : "ED448"))
            return mismatch;
        return check_with(signature, NULL, NULL, bytes, size);
    default:
        break;
    }
    if (algorithm != NID_undef && !OBJ_find_sigid_algs(algorithm, &digest, &kind))
        kind = algorithm; /* rsaEncryption or id-ecPublicKey: the digest is named elsewhere */
    if (digest != NID_undef)
        OBJ_obj2txt(own, sizeof own, OBJ_nid2obj(digest), 1);
    switch (kind) {
    case NID_rsaEncryption:
    case NID_rsa:
        return check_pkcs1(signature, digest != NID_undef ? own : NULL, bytes, size);
    case NID_X9_62_id_ecPublicKey:
        return check_ecdsa(signature, digest != NID_undef ? own : NULL, bytes, size);
    default:
        return unknown_signature;
    }
}

ScepVerdict scep_signature_check(const ScepSignature *signature, const uint8_t *bytes, size_t size)
{
    const ScepSpan place = signature->algorithm;
    ScepBer algorithm, oid, parameters;

    if (scep_ber_read(signature->data, place.offset + place.length, place.offset, &algorithm) != SCEP_BER_OK ||
        scep_ber_first(signature->data, &algorithm, &oid) != SCEP_BER_OK ||
        !scep_ber_is(&oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID))
        return (ScepVerdict){ SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_UNREADABLE };
    if (scep_ber_next(signature->data, &algorithm, &oid, &parameters) != SCEP_BER_OK)
        memset(&parameters, 0, sizeof parameters);

    char *text = scep_ber_new_oid_text(signature->data + oid.content.offset, oid.content.length);
    ERR_set_mark();
    const ScepVerdict verdict = check_by_name(signature, OBJ_txt2nid(text), &parameters, bytes, size);
    ERR_pop_to_mark();
    g_free(text);
    return verdict;
}
