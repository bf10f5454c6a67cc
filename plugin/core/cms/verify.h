/* verify.h
 * Digests and signatures: of a pkiMessage, of a PKCS#10 request, of a certificate.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_VERIFY_H
#define SCEP_CORE_CMS_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/cms.h"
#include "scep/asn1.h"

/** Compares the messageDigest attribute with the digest of the content octets (RFC 5652 5.4): the joined pieces of a
 * chunked OCTET STRING, nothing where the content is absent or empty, the one byte that NDES sends.
 * @param data  the buffer that the message was parsed from */
ScepVerdict scep_verify_digest(const ScepMessage *message, const uint8_t *data);

/** Checks the SignerInfo's signature: over the signed attributes as a SET OF, as sent and as DER, or over the content
 * where there are none. RSA (PKCS#1 v1.5, PSS), ECDSA and EdDSA (RFC 8419).
 * @param certificate  DER of the candidate, for instance from the GetCACert answer of the same server; NULL: look into
 *                     the message. One that the SignerInfo does not name gives SCEP_VERIFY_NO_CERTIFICATE, so that a
 *                     caller can try one after the other; no cryptography is spent on it. */
ScepVerdict scep_verify_signature(const ScepMessage *message, const uint8_t *data, const uint8_t *certificate,
                                  size_t certificate_size);

/** Public-key operations since the process began: nothing should be checked twice. */
uint64_t scep_verify_operations(void);

/** Checks the signature of a DER CertificationRequest (RFC 2986 4.2) with the key in it. */
ScepVerdict scep_verify_request(const uint8_t *der, size_t size);

/** Checks the signature of a DER Certificate or CertificateList with the key of @a issuer (DER Certificate); NULL: with
 * the certificate's own. Names and dates are not looked at. */
ScepVerdict scep_verify_certificate(const uint8_t *der, size_t size, const uint8_t *issuer, size_t issuer_size);

#endif
