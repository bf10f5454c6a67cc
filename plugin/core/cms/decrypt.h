/* decrypt.h
 * Opens an envelope with the keys, passwords and content keys that are there, or says why not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_DECRYPT_H
#define SCEP_CORE_CMS_DECRYPT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/cms.h"
#include "scep/crypto.h"

/** Tries content keys, then the recipients' keys by issuer and serial number, by key identifier and by trying.
 * @param content  the buffer that the envelope was parsed from, @a size its length
 * @param keyring  may be NULL
 * @param ceks     may be NULL
 * @return owned by the caller, never NULL */
ScepDecryption *scep_decryption_new(const ScepEnvelope *envelope, const uint8_t *content, size_t size,
                                    ScepKeyring *keyring, const ScepCekTable *ceks);
/** Takes an opened envelope back to damaged, its plaintext kept: @a what came out cannot be what went in. CBC has no
 * tag, and a changed octet in the middle leaves the padding as it was. */
void scep_decryption_spoil(ScepDecryption *decryption, const char *what);

void scep_decryption_free(ScepDecryption *decryption);

/** Private-key operations and password derivations since the process began: nothing should be opened twice. */
uint64_t scep_decrypt_operations(void);

#endif
