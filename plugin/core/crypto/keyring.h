/* keyring.h
 * The private keys and passwords that the user has configured, and what the capture tells about whose they are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CRYPTO_KEYRING_H
#define SCEP_CORE_CRYPTO_KEYRING_H

#include <glib.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/crypto.h"

/** True when there is nothing to open an envelope with: no key, no password, no service outside. Also for NULL. */
bool scep_keyring_is_empty(const ScepKeyring *keyring);

/** Sources that could not be read, in words for a message about a missing key: "label: wrong passphrase; ...".
 * @return borrowed; NULL when there are none */
const char *scep_keyring_get0_failures(const ScepKeyring *keyring);

/** One private key. */
typedef struct {
    EVP_PKEY *key;
    char *label;
    bool has_public; /**< false for a key in a token that does not show its public half */
    uint8_t spki_sha256[32];
    uint8_t key_id[20]; /**< SHA-1 of the public key's BIT STRING, RFC 5280 4.2.1.2 (1) */
} ScepKey;

typedef struct {
    char *text;
    size_t size;
    char *label;
} ScepPassword;

struct ScepKeyring {
    GPtrArray *keys;             /* of ScepKey* */
    GPtrArray *passwords;        /* of ScepPassword* */
    GHashTable *by_spki;         /* GBytes of 32 to ScepKey* */
    GHashTable *by_name;         /* GBytes of serial and issuer, or of key identifier, to GPtrArray of ScepKey* */
    GHashTable *by_learned_name; /* the same, from the capture */
    GHashTable *others;          /* hash of serial and issuer of other people's certificates, to 20 bytes of SPKI SHA-1
                                    where an external service may want them */
    GString *failures;
    GHashTable *warnings; /* label to text: files that other users may read */
    GPtrArray *providers; /* of OSSL_PROVIDER* */
    uint64_t iterations;  /* PBKDF2 iterations spent on this capture */
    ScepExternalDecrypt external;
    void *external_data;
    char *external_label;
};

/** Adds a key. @a key is taken over. @return false when it was there before */
bool scep_keyring_take_key(ScepKeyring *keyring, EVP_PKEY *key, const char *label);

/** Books a certificate that came with a key. */
void scep_keyring_take_certificate(ScepKeyring *keyring, const uint8_t *der, size_t size);

/** Keys whose certificate has this issuer (DER Name) and serial number (content octets), or this key identifier.
 * @return of ScepKey*, borrowed; NULL when there are none */
const GPtrArray *scep_keyring_get0_by_serial(const ScepKeyring *keyring, const uint8_t *issuer, size_t issuer_size,
                                             const uint8_t *serial, size_t serial_size);
const GPtrArray *scep_keyring_get0_by_key_id(const ScepKeyring *keyring, const uint8_t *key_id, size_t size);

/** True when the capture showed a certificate of this name whose key is none of ours.
 * @param spki_sha1  set to 20 bytes of its key's hash, or NULL when that is not kept */
bool scep_keyring_is_other(const ScepKeyring *keyring, const uint8_t *issuer, size_t issuer_size, const uint8_t *serial,
                           size_t serial_size, const uint8_t **spki_sha1);

/** Reads a source into the keyring; scep_keyring_add_source() without the bookkeeping.
 * @param label  how its keys are named
 * @param result  keys, certificates, error and warning are filled in */
void scep_key_source_read(ScepKeyring *keyring, const char *source, const char *passphrase, const char *label,
                          ScepKeySource *result);

#endif
