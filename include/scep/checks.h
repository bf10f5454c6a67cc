/* checks.h
 * The cryptography of one message, done once: digest, signature, decryption.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CHECKS_H
#define SCEP_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "scep/decrypt.h"
#include "scep/enrollment.h"
#include "scep/keyring.h"
#include "scep/verify.h"

/** Outcome for one message. Owned by the checker, lives as long as the capture file. */
struct ScepChecks {
    ScepVerdict digest;
    ScepVerdict signature;
    ScepVerdict csr_signature;   /**< of the PKCS#10 inside, when it was opened */
    uint64_t signer;             /**< first octets of the SHA-256 of that certificate, where signer_frame is set */
    uint32_t signer_frame;       /**< GetCACert answer that holds the signer's certificate; 0 when the message does */
    bool has_envelope;
    bool decrypts;               /**< false where decryption is switched off */
    ScepDecryption *decryption;  /**< NULL without envelope, or when there is nothing to decrypt with */
};

/** Keys and policy for one capture file, with what was checked so far. */
typedef struct ScepChecker ScepChecker;

/** Outcomes of the capture file before, so that reading the same file again repeats no cryptography. Plaintext is in
 * it, so it has to go with the keys that gave it. */
typedef struct ScepMemory ScepMemory;

/** @return owned by the caller */
ScepMemory *scep_memory_new(void);
void scep_memory_free(ScepMemory *memory);

/** Wipes it, when keys or content keys have changed. */
void scep_memory_clear(ScepMemory *memory);

/** @param memory   outlives the checker; takes the outcomes over when the checker is freed; may be NULL
 *  @param keyring, ceks  borrowed, must outlive the checker; may be NULL
 *  @param verify   check digests and signatures
 *  @param decrypt  use the keys
 *  @return owned by the caller */
ScepChecker *scep_checker_new(ScepMemory *memory, ScepKeyring *keyring, ScepCekTable *ceks, bool verify, bool decrypt);
void scep_checker_free(ScepChecker *checker);

/** Checks a signed message. A message with the same bytes as an earlier one shares its outcome: a copy from another
 * capture point, or one sent again, costs no cryptography.
 * @param data      the buffer that @a message was parsed from, @a size its length
 * @param envelope  parsed from @a content; NULL when there is none
 * @param server    whose GetCACert answer may hold the signer's certificate; may be NULL
 * @return borrowed; NULL for a certs-only message */
const ScepChecks *scep_checker_run(ScepChecker *checker, const ScepMessage *message, const uint8_t *data, size_t size,
                                   const ScepEnvelope *envelope, const uint8_t *content, size_t content_size,
                                   const ScepServer *server);

/** True when the envelope was opened and its content is whole. */
bool scep_checks_opened(const ScepChecks *checks);

/** What is inside the envelope; also of a damaged one, as far as it goes. NULL and 0 when it was not opened. Borrowed. */
const uint8_t *scep_checks_plaintext(const ScepChecks *checks, size_t *size);

#endif
