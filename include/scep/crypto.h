/* crypto.h
 * The plugin's own OpenSSL context, and the keys, passwords and content keys that the user has configured.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CRYPTO_H
#define SCEP_CRYPTO_H

#include <glib.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- crypto ------------------------------------------------------------------------------------------------------ */

/* The plugin's own OpenSSL library context. */

/** Releases the context. Keys and certificates made with it must be gone before. */
void scep_crypto_cleanup(void);

/** OpenSSL's short name of a dotted OID ("AES-128-CBC", "RSA-SHA256"), the dotted text itself where it has none.
 * @return static or @a oid. */
const char *scep_crypto_oid_name(const char *oid);

/* ---- file -------------------------------------------------------------------------------------------------------- */

/* Reads a file that the user names in a preference, as a whole and within bounds. */

/** Reads a regular file: a pipe or a device may never end. It may hold keys, so no copy is left in a buffer of the C
 * library; the caller wipes its own.
 * @param most  bytes; a larger file is refused before anything of it is read
 * @param mode  receives the permission bits (07777); may be NULL
 * @param size  receives the bytes that were read; the text has a NUL behind them
 * @param error receives the reason, without the path; g_free()
 * @return g_free(); NULL with the reason where it cannot be read */
char *scep_file_new_text(const char *path, size_t most, unsigned *mode, size_t *size, char **error);

/* ---- keyring ----------------------------------------------------------------------------------------------------- */

/* The private keys and passwords that the user has configured, and what the capture tells about whose they are. */

/** Keys, passwords, and certificates seen. Secrets are wiped when it is freed. Must be freed before
 * scep_crypto_cleanup(). */
typedef struct ScepKeyring ScepKeyring;

/** @return owned by the caller */
ScepKeyring *scep_keyring_new(void);
void scep_keyring_free(ScepKeyring *keyring);

/** What loading one source gave. Release the texts with scep_key_source_clear(). No text holds a passphrase, a PIN or
 * key material. */
typedef struct {
    unsigned keys;         /**< private keys added; a key that was there before counts, but is kept once */
    unsigned certificates; /**< certificates found beside them */
    char *error;           /**< "wrong passphrase", "no private key in this file", ...; NULL when a key was added */
    char *warning;         /**< other users may read the file; NULL when not */
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

/** What is to be said of the file that a key came from: other users may read it.
 * @return borrowed; NULL when there is nothing, or no key has this label */
const char *scep_keyring_get0_warning(const ScepKeyring *keyring, const char *label);

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

/* ---- cek --------------------------------------------------------------------------------------------------------- */

/* Files of content-encryption keys: a capture can be shared with one, readable without the private key.
 * One line per envelope, fields separated by one blank, hexadecimal in either case:
 *     SCEP-CEK <SHA-256 of the encryptedContent octets, 64 digits> <key> [# label]
 * The octets are those of a chunked encryptedContent put together. Empty lines and lines that begin with "#" are
 * skipped. */

/** Keys by hash of the content they open. Wiped when freed. */
typedef struct ScepCekTable ScepCekTable;

/** @return owned by the caller */
ScepCekTable *scep_cek_table_new(void);
void scep_cek_table_free(ScepCekTable *table);

/** Reads a file, up to SCEP_MAX_CEK_FILE bytes. @return lines taken; 0 also when it cannot be read, told in @a errors.
 */
size_t scep_cek_table_load(ScepCekTable *table, const char *path, GPtrArray *errors);

/** One line with its newline. Control characters of the label are left out.
 * @return wipe and free with scep_cek_line_free(); NULL when the key is empty or over SCEP_MAX_CEK octets */
char *scep_cek_new_line(const uint8_t content_sha256[32], const uint8_t *key, size_t size, const char *label);
void scep_cek_line_free(char *line);

/* ---- signatures -------------------------------------------------------------------------------------------------- */

/** The numbers are those of scep.digest.status, scep.signature.status and scep.csr.signature.status. */
typedef enum {
    SCEP_VERIFY_NOT_CHECKED = 0,
    SCEP_VERIFY_GOOD = 1,
    SCEP_VERIFY_BAD = 2,
    SCEP_VERIFY_NO_CERTIFICATE = 3
} ScepVerifyStatus;

/** Why a status is what it is. */
typedef enum {
    SCEP_VERIFY_PLAIN = 0,    /**< nothing to add */
    SCEP_VERIFY_REENCODED,    /**< good, but only over the attributes put into DER (RFC 5652 5.4), not over the definite
                                 form sent */
    SCEP_VERIFY_EMPTY_DIGEST, /**< bad: the digest is that of empty content, and there is content */
    SCEP_VERIFY_TRUNCATED,    /**< the capture holds only part of what is needed */
    SCEP_VERIFY_NO_SIGNER,    /**< certs-only, or no SignerInfo */
    SCEP_VERIFY_NO_DIGEST,    /**< no messageDigest: the signature covers the content itself, or nothing binds it */
    SCEP_VERIFY_UNKNOWN_DIGEST,    /**< a digest that this OpenSSL does not have */
    SCEP_VERIFY_UNKNOWN_SIGNATURE, /**< a signature algorithm that is not known here */
    SCEP_VERIFY_UNKNOWN_KEY,       /**< a kind of public key that is not known here, or a curve without a name */
    SCEP_VERIFY_KEY_MISMATCH,      /**< bad: the key is of another kind than the algorithm */
    SCEP_VERIFY_KEY_TOO_LARGE,     /**< beyond SCEP_MAX_RSA_BITS or SCEP_MAX_RSA_EXPONENT_BITS */
    SCEP_VERIFY_KEY_UNREADABLE,    /**< the public key is no key */
    SCEP_VERIFY_TOO_LARGE,         /**< more attributes than are put into DER, SCEP_MAX_REENCODED */
    SCEP_VERIFY_UNREADABLE,        /**< the structure around the signature is broken */
    SCEP_VERIFY_REASON_COUNT
} ScepVerifyReason;

typedef struct {
    ScepVerifyStatus status;
    ScepVerifyReason reason;
} ScepVerdict;

#endif
