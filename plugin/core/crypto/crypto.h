/* crypto.h
 * The plugin's own OpenSSL library context.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CRYPTO_CRYPTO_H
#define SCEP_CORE_CRYPTO_CRYPTO_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/crypto.h"

/** The library context that all cryptography here uses: default and legacy provider, whatever the host's
 * openssl.cnf says, and nothing of it visible to the host process. Made at the first call.
 * @return borrowed; NULL when OpenSSL could not make it. */
OSSL_LIB_CTX *scep_crypto_context(void);

/** Has @a release called before the context goes; for what a module keeps that was made with it. Once per context. */
void scep_crypto_on_cleanup(void (*release)(void));

/** SHA-1, SHA-256 of a buffer. @a out takes 20 or 32 bytes. @return false when OpenSSL refused. */
bool scep_crypto_sha1(const uint8_t *data, size_t size, uint8_t out[20]);
bool scep_crypto_sha256(const uint8_t *data, size_t size, uint8_t out[32]);

#endif
