/* envelope.h
 * What a pkiMessage encapsulates: EnvelopedData, AuthEnvelopedData or a mislabelled EncryptedData, taken apart.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_ENVELOPE_H
#define SCEP_ENVELOPE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/ber.h"
#include "scep/message.h"
#include "scep/span.h"

/** RecipientInfo ::= CHOICE (RFC 5652 6.2). */
typedef enum {
    SCEP_RECIPIENT_KTRI = 0,
    SCEP_RECIPIENT_KARI,
    SCEP_RECIPIENT_KEKRI,
    SCEP_RECIPIENT_PWRI,
    SCEP_RECIPIENT_ORI
} ScepRecipientType;

/** One recipient. Spans are absent (length 0) where the kind has no such part. */
typedef struct {
    ScepRecipientType type;
    ScepSpan whole;
    ScepSpan issuer;             /**< DER Name */
    ScepSpan serial;             /**< content octets */
    ScepSpan key_id;             /**< subjectKeyIdentifier or keyIdentifier, content octets */
    ScepSpan originator;         /**< kari: the OriginatorIdentifierOrKey, whole */
    char *algorithm;             /**< dotted OID of keyEncryptionAlgorithm, or of oriType */
    ScepSpan algorithm_whole;
    char *derivation;            /**< pwri: dotted OID of keyDerivationAlgorithm */
    ScepSpan encrypted_key;      /**< content octets */
} ScepRecipient;

/** The envelope. Spans point into the content buffer, which must outlive the struct. */
typedef struct {
    ScepContentKind kind;
    bool uses_ber;
    bool truncated;
    bool broken;                 /**< reading stopped at bytes that are no BER */
    ScepSpan whole;
    GArray *recipients;          /**< of ScepRecipient */
    char *inner_type;            /**< dotted OID of the enveloped content's type */
    char *cipher;                /**< dotted OID of contentEncryptionAlgorithm */
    ScepSpan cipher_whole;       /**< the AlgorithmIdentifier */
    ScepSpan iv;                 /**< content octets of the IV or nonce; absent is allowed by some clients */
    ScepOctets ciphertext;
    ScepOctets mac;              /**< AuthEnvelopedData */
} ScepEnvelope;

/** Parses the ContentInfo that scep_message_new() found as content of kind ENVELOPED, ENCRYPTED or AUTH_ENVELOPED.
 * @return owned by the caller; NULL for every other kind. Broken input gives a struct with what could be read. */
ScepEnvelope *scep_envelope_new(const uint8_t *content, size_t size, ScepContentKind kind);
void scep_envelope_free(ScepEnvelope *envelope);

/** "ktri", "kari", ... as scep.recipient.type shows it. Static. */
const char *scep_recipient_type_name(ScepRecipientType type);

#endif
