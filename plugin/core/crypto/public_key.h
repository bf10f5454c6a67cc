/* public_key.h
 * OpenSSL keys out of SubjectPublicKeyInfo, within bounds; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CRYPTO_PUBLIC_KEY_H
#define SCEP_CORE_CRYPTO_PUBLIC_KEY_H

#include <openssl/types.h>

#include "scep/crypto.h"
#include "asn1/x509_spans.h"

/** The key, for RSA, RSA-PSS, EC on a named curve, Ed25519 and Ed448.
 * @param data    the buffer that @a spki was read from
 * @param reason  set to why not when NULL is returned
 * @return EVP_PKEY_free(); the same object again for the same key, while it is kept */
EVP_PKEY *scep_public_key_new(const uint8_t *data, const ScepSpki *spki, ScepVerifyReason *reason);

/** OpenSSL's number of the key's algorithm; NID_undef for one it does not know. */
int scep_public_key_nid(const uint8_t *data, const ScepSpki *spki);

/** Size of the key as administrators name it; of an RSA key too large to be used as well. 0 when it cannot be read. */
uint32_t scep_public_key_bits(const uint8_t *data, const ScepSpki *spki);

/** "RSA", "EC", "ED25519" or the dotted OID. @return g_free(). */
char *scep_public_key_new_algorithm(const uint8_t *data, const ScepSpki *spki);

#endif
