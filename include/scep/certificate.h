/* certificate.h
 * The facts about an X.509 certificate that an administrator compares.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CERTIFICATE_H
#define SCEP_CERTIFICATE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What part a certificate plays in the message that carries it; the names are those of scep.cert.role. */
typedef enum {
    SCEP_ROLE_UNKNOWN = 0,
    SCEP_ROLE_CA,
    SCEP_ROLE_ROOT,
    SCEP_ROLE_RA_SIGNING,
    SCEP_ROLE_RA_ENCRYPTION,
    SCEP_ROLE_RA,
    SCEP_ROLE_SIGNER,
    SCEP_ROLE_ISSUED,
    SCEP_ROLE_NEXT_CA
} ScepCertificateRole;

/** Summary of one certificate. Strings are owned by the struct, UTF-8. */
typedef struct {
    GBytes *der;                 /**< the certificate itself */
    char *subject;               /**< "CN=device, O=Contoso"; "" for an empty name */
    char *issuer;
    GBytes *issuer_der;          /**< Name as it stands in the certificate, for comparing with issuerAndSerialNumber */
    GBytes *serial;              /**< content octets of the INTEGER */
    GPtrArray *alternative_names;/**< of char*, typed: "DNS:...", "UPN:...", "URI:..."; NULL when there are none */
    int64_t not_before;          /**< seconds since 1970, UTC */
    int64_t not_after;
    uint8_t sha1[20];
    uint8_t sha256[32];
    uint8_t spki_sha256[32];     /**< SHA-256 of the SubjectPublicKeyInfo */
    char *key_algorithm;         /**< "RSA", "EC", "ED25519" */
    uint32_t key_bits;
    char *signature_algorithm;   /**< OpenSSL's name, e.g. "RSA-SHA256" */
    bool is_ca;                  /**< basicConstraints cA, or a self-issued version 1 certificate */
    bool self_signed;            /**< subject equals issuer and the key identifiers agree; the signature is not checked */
    bool has_key_usage;
    bool may_sign;               /**< digitalSignature, or no keyUsage at all */
    bool may_encipher;           /**< keyEncipherment, or no keyUsage at all */
    bool is_request_agent;       /**< EKU 1.3.6.1.4.1.311.20.2.1 (Enrollment Agent) */
} ScepCertificate;

/** Parses one DER certificate that starts at @a der.
 * @return owned by the caller, scep_certificate_free(); NULL when OpenSSL cannot read it. */
ScepCertificate *scep_certificate_new(const uint8_t *der, size_t size);
void scep_certificate_free(ScepCertificate *certificate);

/** True when issuer (DER of Name) and serial number (content octets) name this certificate. */
bool scep_certificate_is(const ScepCertificate *certificate, const uint8_t *issuer, size_t issuer_size,
                         const uint8_t *serial, size_t serial_size);

/** Role of a certificate in a GetCACert answer: by basicConstraints, then by keyUsage (RFC 8894 3.5.1, and the RA
 * pair that NDES sends). @a alone: it is the only certificate of the answer. */
ScepCertificateRole scep_certificate_ca_role(const ScepCertificate *certificate, bool alone);

/** "ca", "ra-encryption", ...; "unknown" for SCEP_ROLE_UNKNOWN. Static. */
const char *scep_certificate_role_name(ScepCertificateRole role);

/** Text of a DER Name as scep.cert.subject shows it. @return g_free(); NULL when it cannot be read. */
char *scep_name_text(const uint8_t *der, size_t size);

#endif
