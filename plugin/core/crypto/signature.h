/* signature.h
 * One signature over some bytes, by the AlgorithmIdentifier that comes with it; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CRYPTO_SIGNATURE_H
#define SCEP_CORE_CRYPTO_SIGNATURE_H

#include <openssl/types.h>

#include "scep/asn1.h"
#include "scep/crypto.h"

/** What is needed to check a signature. */
typedef struct {
    EVP_PKEY *key;
    const uint8_t *data;   /**< the buffer that the algorithm stands in */
    ScepSpan algorithm;    /**< whole signatureAlgorithm */
    const uint8_t *octets; /**< of the signature */
    size_t size;
    const char *digest; /**< dotted OID of digestAlgorithm, where the algorithm names none; may be NULL */
} ScepSignature;

/** @param bytes  what is signed. @return GOOD, BAD, or NOT_CHECKED with the reason. */
ScepVerdict scep_signature_check(const ScepSignature *signature, const uint8_t *bytes, size_t size);

/** Digest by dotted OID. SHAKE256 gives 64 octets (RFC 8419 2.3).
 * @param out  at least EVP_MAX_MD_SIZE octets
 * @return octets; 0 when this OpenSSL does not have the digest */
size_t scep_digest(const char *oid, const uint8_t *bytes, size_t size, uint8_t *out);

#endif
