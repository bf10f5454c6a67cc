/* x509_spans.h
 * Where the parts of a certificate or request stand, without parsing it into OpenSSL's types; private to the core.
 * Decoding a certificate costs OpenSSL several times what checking a signature costs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_ASN1_X509_SPANS_H
#define SCEP_CORE_ASN1_X509_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/asn1.h"

/** SIGNED { ... } (RFC 5280 4.1.1, RFC 2986 4.2): what is signed, how, and the signature. */
typedef struct {
    ScepBer signed_part;
    ScepSpan algorithm; /**< whole AlgorithmIdentifier */
    ScepSpan signature; /**< octets of the BIT STRING behind the one that counts unused bits */
} ScepSigned;

/** @return false when the shape is another, or the buffer ends before. */
bool scep_signed_read(const uint8_t *der, size_t size, ScepSigned *out);

/** Parts of a TBSCertificate. */
typedef struct {
    ScepSpan whole;    /**< the certificate */
    bool version_1;    /**< no version, which stands for 1 */
    ScepSpan serial;   /**< content octets */
    ScepSpan issuer;   /**< whole Name */
    ScepSpan validity; /**< whole Validity */
    ScepSpan subject;
    ScepSpan spki;       /**< whole SubjectPublicKeyInfo */
    ScepSpan extensions; /**< whole Extensions, inside of its tag; length 0 when absent */
    ScepSpan key_id;     /**< content octets of the subjectKeyIdentifier's OCTET STRING; length 0 when absent */
} ScepX509Spans;

/** @return false when this is no certificate. */
bool scep_x509_spans_read(const uint8_t *der, size_t size, ScepX509Spans *out);

/** Parts of a SubjectPublicKeyInfo. */
typedef struct {
    ScepSpan whole;
    ScepSpan algorithm; /**< content octets of the OID */
    ScepBer parameters; /**< whole.length 0 when absent */
    ScepSpan key;       /**< octets of the BIT STRING behind the one that counts unused bits */
} ScepSpki;

bool scep_spki_read(const uint8_t *data, size_t size, size_t offset, ScepSpki *out);

/** Octets of a BIT STRING without the leading one, which must be 0. @return false for anything else. */
bool scep_bit_string_octets(const uint8_t *data, const ScepBer *node, ScepSpan *out);

#endif
