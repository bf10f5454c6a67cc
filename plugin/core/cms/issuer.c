/* issuer.c
 * Who made the signature on a certificate.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/issuer.h"

#include <string.h>

#include "cms/verify.h"
#include "crypto/crypto.h"
#include "scep/limits.h"

/* What came of each pair, so that no signature is checked twice, whatever the number of frames and passes. The key is
 * the first octets of both hashes; the value has the status in its two lowest bits, plus one, and above it more of the
 * hashes: what only looks alike in the key is computed anew. */
static GHashTable *known;

static void release_known(void)
{
    g_clear_pointer(&known, g_hash_table_unref);
}

typedef struct {
    gpointer key;
    uint32_t rest;
} Pair;

static Pair pair_of(const ScepCertificate *certificate, const ScepCertificate *issuer)
{
    uint64_t own[2], other[2];

    memcpy(own, certificate->sha256, sizeof own);
    memcpy(other, issuer->sha256, sizeof other);
    /* Turned, so that a certificate and itself are no pair of zeros. */
    for (int i = 0; i < 2; i++)
        own[i] ^= other[i] << 1 | other[i] >> 63;
    return (Pair){ (gpointer)(uintptr_t)own[0], (uint32_t)own[1] & ~(uint32_t)3 };
}

/* Keys whose arithmetic takes milliseconds: one message may carry many certificates. */
static bool is_affordable(const ScepCertificate *issuer)
{
    const bool is_rsa = issuer->key_algorithm != NULL && g_str_has_prefix(issuer->key_algorithm, "RSA");

    return issuer->key_bits <= (is_rsa ? SCEP_MAX_ISSUER_RSA_BITS : SCEP_MAX_ISSUER_BITS);
}

static ScepVerifyStatus compute(const ScepCertificate *certificate, const ScepCertificate *issuer)
{
    size_t size, issuer_size;
    const uint8_t *der = g_bytes_get_data(certificate->der, &size);
    const uint8_t *issuer_der = g_bytes_get_data(issuer->der, &issuer_size);

    if (!is_affordable(issuer))
        return SCEP_VERIFY_NOT_CHECKED;
    return scep_verify_certificate(der, size, issuer_der, issuer_size).status;
}

ScepVerifyStatus scep_certificate_signed_by(const ScepCertificate *certificate, const ScepCertificate *issuer)
{
    const Pair pair = pair_of(certificate, issuer);

    if (!certificate->computes)
        return SCEP_VERIFY_NOT_CHECKED;
    if (known == NULL) {
        known = g_hash_table_new(NULL, NULL);
        scep_crypto_on_cleanup(release_known);
    }
    const uint32_t found = GPOINTER_TO_UINT(g_hash_table_lookup(known, pair.key));
    if (found != 0 && (found & ~(uint32_t)3) == pair.rest)
        return (ScepVerifyStatus)((found & 3) - 1);
    const ScepVerifyStatus status = compute(certificate, issuer);
    if (g_hash_table_size(known) < SCEP_MAX_ISSUERS)
        g_hash_table_insert(known, pair.key, GUINT_TO_POINTER(pair.rest | ((uint32_t)status + 1)));
    return status;
}

/* RFC 5280 7.1: case makes no other name. */
static bool is_named(const ScepCertificate *certificate, const ScepCertificate *issuer)
{
    return issuer != NULL && memcmp(issuer->sha256, certificate->sha256, sizeof issuer->sha256) != 0 &&
           g_ascii_strcasecmp(issuer->subject, certificate->issuer) == 0;
}

ScepIssuerKind scep_issuer_among(const GPtrArray *certificates, const ScepCertificate *certificate,
                                 const ScepCertificate **issuer)
{
    static const ScepIssuerKind kinds[] = { [SCEP_VERIFY_NOT_CHECKED] = SCEP_ISSUER_NAMED,
                                            [SCEP_VERIFY_GOOD] = SCEP_ISSUER_PROVEN,
                                            [SCEP_VERIFY_BAD] = SCEP_ISSUER_OTHER_KEY };
    ScepIssuerKind best = SCEP_ISSUER_ABSENT;

    if (issuer != NULL)
        *issuer = NULL;
    for (guint i = 0; certificates != NULL && i < certificates->len && best != SCEP_ISSUER_PROVEN; i++) {
        const ScepCertificate *one = g_ptr_array_index(certificates, i);
        const ScepIssuerKind kind =
            is_named(certificate, one) ? kinds[scep_certificate_signed_by(certificate, one)] : SCEP_ISSUER_ABSENT;
        if (kind <= best)
            continue;
        best = kind;
        if (issuer != NULL)
            *issuer = one;
    }
    return best;
}
