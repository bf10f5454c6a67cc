/* unwrap.h
 * Getting the content-encryption key out of one RecipientInfo; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_UNWRAP_H
#define SCEP_CORE_CMS_UNWRAP_H

#include "crypto/keyring.h"
#include "scep/cms.h"
#include "crypto/secret.h"

typedef enum {
    SCEP_UNWRAPPED = 0,
    SCEP_UNWRAP_DOES_NOT_FIT, /**< wrong padding or check value */
    SCEP_UNWRAP_UNSUPPORTED,  /**< an algorithm, named in *what */
    SCEP_UNWRAP_BROKEN,       /**< the RecipientInfo is not what it should be */
    SCEP_UNWRAP_ITERATIONS    /**< too many of them, or the share of this capture is used up */
} ScepUnwrapResult;

/** Private-key operations and password derivations since the process began. */
extern uint64_t scep_unwrap_operations;

/** KeyTransRecipientInfo (RFC 5652 6.2.1), read again from its place: algorithm and encrypted key, which may be
 * chunked. */
typedef struct {
    ScepBer algorithm;
    ScepOctets encrypted_key;
} ScepKeyTransport;

bool scep_key_transport_read(const uint8_t *content, const ScepRecipient *recipient, ScepKeyTransport *out);

/** True when a key can be meant: RSA, with a modulus as long as the encrypted key. Costs nothing. */
bool scep_key_transport_fits(const ScepKeyTransport *transport, const uint8_t *content, const ScepKey *key);

/** True for PKCS#1 v1.5 padding (RFC 3370 4.2.1). */
bool scep_key_transport_is_pkcs1(const ScepKeyTransport *transport, const uint8_t *content);

/** Decrypts with RSA: PKCS#1 v1.5 or OAEP.
 * @param what  set to a name to be g_free()d for SCEP_UNWRAP_UNSUPPORTED */
ScepUnwrapResult scep_unwrap_key_transport(const ScepKeyTransport *transport, const uint8_t *content,
                                           const ScepKey *key, ScepSecret *secret, char **what);

/** KeyAgreeRecipientInfo (RFC 5652 6.2.2, RFC 5753). One for all its RecipientEncryptedKeys. */
typedef struct {
    ScepSpan originator_key; /**< octets of the BIT STRING of an OriginatorPublicKey; length 0 for other originators */
    ScepSpan ukm;            /**< content octets */
    bool has_ukm;
    ScepBer algorithm;
    ScepBer entries; /**< SEQUENCE OF RecipientEncryptedKey */
} ScepKeyAgreement;

/** One RecipientEncryptedKey. */
typedef struct {
    ScepBer whole;
    ScepSpan issuer; /**< whole Name, or length 0 */
    ScepSpan serial;
    ScepSpan key_id; /**< of rKeyId */
    ScepOctets encrypted_key;
} ScepAgreedKey;

bool scep_key_agreement_read(const uint8_t *content, const ScepRecipient *recipient, ScepKeyAgreement *out);

/** The first entry (@a previous NULL) or the one behind it. Release with scep_octets_clear(&out->encrypted_key).
 * @return false when there is no more */
bool scep_key_agreement_next(const uint8_t *content, const ScepKeyAgreement *agreement, const ScepAgreedKey *previous,
                             ScepAgreedKey *out);

/** ECDH with the X9.63 key derivation, then AES or triple DES key wrap. */
ScepUnwrapResult scep_unwrap_key_agreement(const ScepKeyAgreement *agreement, const ScepAgreedKey *entry,
                                           const uint8_t *content, const ScepKey *key, ScepSecret *secret, char **what);

/** PasswordRecipientInfo (RFC 3211, RFC 5652 6.2.4): PBKDF2 and PWRI-KEK.
 * @param iterations  the capture's count so far, added to */
ScepUnwrapResult scep_unwrap_password(const ScepRecipient *recipient, const uint8_t *content,
                                      const ScepPassword *password, uint64_t *iterations, ScepSecret *secret,
                                      char **what);

/** Dotted text of the OID that an AlgorithmIdentifier begins with, and its parameters. @return g_free(); NULL when it
 * is none. @a parameters may be NULL; whole.length 0 when absent. */
char *scep_algorithm_new_name(const uint8_t *data, const ScepBer *algorithm, ScepBer *parameters);

#endif
