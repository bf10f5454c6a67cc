/* keyring.h
 * The private keys and passwords that the user has configured, and what the capture tells about whose they are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_KEYRING_H
#define SCEP_KEYRING_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Keys, passwords, and certificates seen. Secrets are wiped when it is freed. Must be freed before
 * scep_crypto_cleanup(). */
typedef struct ScepKeyring ScepKeyring;

/** @return owned by the caller */
ScepKeyring *scep_keyring_new(void);
void scep_keyring_free(ScepKeyring *keyring);

/** What loading one source gave. Release the texts with scep_key_source_clear(). No text holds a passphrase, a PIN or
 * key material. */
typedef struct {
    unsigned keys;               /**< private keys added; a key that was there before counts, but is kept once */
    unsigned certificates;       /**< certificates found beside them */
    char *error;                 /**< "wrong passphrase", "no private key in this file", ...; NULL when a key was added */
    char *warning;               /**< other users may read the file; NULL when not */
} ScepKeySource;

/** Reads every private key of a file (PEM, DER, PKCS#8 also encrypted, PKCS#12 with its certificates) or of an
 * OSSL_STORE URI ("pkcs11:...", for which the OpenSSL provider of that name is loaded, "file:...").
 * The source is read now and never again.
 * @param passphrase  NULL or "" for none; it is not kept
 * @param label       how the key is named in output; NULL or "" for the file's base name. What a URI has behind "?"
 *                    (a PIN, maybe) is left out.
 * @param result      may be NULL */
void scep_keyring_add_source(ScepKeyring *keyring, const char *source, const char *passphrase, const char *label,
                             ScepKeySource *result);
void scep_key_source_clear(ScepKeySource *result);

/** Adds a password for PasswordRecipientInfo. @return false for an empty one or one over SCEP_MAX_PASSWORD bytes. */
bool scep_keyring_add_password(ScepKeyring *keyring, const char *password, const char *label);

/** How many there are. */
unsigned scep_keyring_key_count(const ScepKeyring *keyring);
unsigned scep_keyring_password_count(const ScepKeyring *keyring);

/** True when there is nothing to open an envelope with: no key, no password, no service outside. Also for NULL. */
bool scep_keyring_is_empty(const ScepKeyring *keyring);

/** What is to be said of the file that a key came from: other users may read it.
 * @return borrowed; NULL when there is nothing, or no key has this label */
const char *scep_keyring_warning(const ScepKeyring *keyring, const char *label);

/** Sources that could not be read, in words for a message about a missing key: "label: wrong passphrase; ...".
 * @return borrowed; NULL when there are none */
const char *scep_keyring_failures(const ScepKeyring *keyring);

/** Tells of a DER certificate in the capture, so that a recipient named by issuer and serial number finds its key, and
 * none is tried where the recipient is known to be somebody else. Cheap (one hash); nothing is done without keys.
 * @return true when it belongs to one of the keys */
bool scep_keyring_learn_certificate(ScepKeyring *keyring, const uint8_t *der, size_t size);

/** Forgets the certificates of the capture and its share of PBKDF2 iterations; for the next capture file. */
void scep_keyring_forget(ScepKeyring *keyring);

/** A decryption service outside of the keyring, for RSA with PKCS#1 v1.5 padding; Wireshark's own key table is one.
 * @param spki_sha1  SHA-1 of the recipient's SubjectPublicKeyInfo (what GnuTLS calls the key's id)
 * @return the content-encryption key, owned by the caller; NULL when it has no such key or it does not fit */
typedef GBytes *(*ScepExternalDecrypt)(const uint8_t spki_sha1[20], const uint8_t *encrypted, size_t size,
                                       void *user_data);

/** Sets it; NULL for none. It is asked for recipients whose certificate was learned after this call.
 * @param label  how it is named in output */
void scep_keyring_set_external(ScepKeyring *keyring, ScepExternalDecrypt decrypt, void *user_data, const char *label);

#endif
