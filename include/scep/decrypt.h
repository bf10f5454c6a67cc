/* decrypt.h
 * Opens an envelope with the keys, passwords and content keys that are there, or says why not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_DECRYPT_H
#define SCEP_DECRYPT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/cek.h"
#include "scep/envelope.h"
#include "scep/keyring.h"

/** The numbers are those of scep.decryption.status. */
typedef enum {
    SCEP_DECRYPTION_OPENED = 1,
    SCEP_DECRYPTION_NO_KEY = 2,
    SCEP_DECRYPTION_FAILED = 3,
    SCEP_DECRYPTION_OFF = 4      /**< for the caller: decryption is switched off. Never given here. */
} ScepDecryptionStatus;

/** Why it was not opened, the more telling the higher: of several recipients the most telling reason is given. */
typedef enum {
    SCEP_DECRYPT_PLAIN = 0,      /**< opened */
    SCEP_DECRYPT_NO_RECIPIENT,   /**< nobody can open it: no recipient in it */
    SCEP_DECRYPT_NO_KEYS,        /**< nothing is configured */
    SCEP_DECRYPT_NO_KEY,         /**< no configured key belongs to the recipient or fits */
    SCEP_DECRYPT_UNREADABLE_KEY, /**< the same, and a configured source could not be read */
    SCEP_DECRYPT_UNSUPPORTED,    /**< an algorithm that is not known here or not in this OpenSSL */
    SCEP_DECRYPT_ITERATIONS,     /**< the password derivation asks for more work than is done */
    SCEP_DECRYPT_WRONG_PASSWORD, /**< none of the passwords fits */
    SCEP_DECRYPT_WRONG_KEY,      /**< the recipient's key is there and does not fit: wrong padding */
    SCEP_DECRYPT_BROKEN,         /**< the structure of the envelope is broken */
    SCEP_DECRYPT_TRUNCATED,            /**< the capture holds only part of the content */
    SCEP_DECRYPT_DAMAGED         /**< the key fits, the content is not what was encrypted: CBC padding, GCM tag */
} ScepDecryptReason;

/** The outcome. Bytes are wiped when the last reference to them goes. */
typedef struct {
    ScepDecryptionStatus status;
    ScepDecryptReason reason;
    char *text;                  /**< one sentence on why, with the recipient, the label or the algorithm named; NULL
                                      when opened. UTF-8, no secret in it. */
    char *label;                 /**< of the key, password or content key line that opened it, or does not fit */
    int recipient;               /**< number of the recipient in envelope->recipients, from 0; -1 for none */
    GBytes *plaintext;           /**< NULL when not opened. With SCEP_DECRYPT_CUT and SCEP_DECRYPT_DAMAGED it may hold what
                                      can be read nonetheless, up to the last whole block. */
    GBytes *content_key;         /**< key for scep_cek_line(); NULL when not opened */
    uint8_t content_sha256[32];  /**< hash for scep_cek_line() */
    bool authenticated;          /**< opened with a cipher that tells when its content was changed (GCM) */
} ScepDecryption;

/** Tries content keys, then the recipients' keys by issuer and serial number, by key identifier and by trying.
 * @param content  the buffer that the envelope was parsed from, @a size its length
 * @param keyring  may be NULL
 * @param ceks     may be NULL
 * @return owned by the caller, never NULL */
ScepDecryption *scep_decrypt(const ScepEnvelope *envelope, const uint8_t *content, size_t size, ScepKeyring *keyring,
                             const ScepCekTable *ceks);
/** Takes an opened envelope back to damaged, its plaintext kept: @a what came out cannot be what went in. CBC has no
 * tag, and a changed octet in the middle leaves the padding as it was. */
void scep_decryption_spoil(ScepDecryption *decryption, const char *what);

void scep_decryption_free(ScepDecryption *decryption);

/** Private-key operations and password derivations since the process began: nothing should be opened twice. */
uint64_t scep_decrypt_operations(void);

#endif
