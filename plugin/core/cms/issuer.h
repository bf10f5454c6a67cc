/* issuer.h
 * Who made the signature on a certificate: itself, or another one. Decided by arithmetic wherever that is possible.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_ISSUER_H
#define SCEP_CORE_CMS_ISSUER_H

#include "scep/cms.h"

/** Whether the key of @a issuer made the signature on @a certificate; the two may be the same. Names are not looked at.
 * Nothing is computed for a certificate that was read without.
 * Each pair is computed once, however often it comes in captures.
 * @return GOOD, BAD, or NOT_CHECKED with the reason */
ScepVerifyStatus scep_certificate_signed_by(const ScepCertificate *certificate, const ScepCertificate *issuer);

/** What a list of certificates tells of where a certificate comes from. */
typedef enum {
    SCEP_ISSUER_ABSENT = 0, /**< none of them has the issuer's name */
    SCEP_ISSUER_OTHER_KEY,  /**< one has the name, and its key did not make the signature */
    SCEP_ISSUER_NAMED,      /**< one has the name, and the signature cannot be checked here */
    SCEP_ISSUER_PROVEN      /**< one has the name, and its key made the signature */
} ScepIssuerKind;

/** Looks for the issuer of a certificate among others: by name first, then by signature. The certificate itself does
 * not count. The list may be NULL, its entries too.
 * @param issuer  set to the one that fits best, NULL with SCEP_ISSUER_ABSENT; may be NULL */
ScepIssuerKind scep_issuer_among(const GPtrArray *certificates, const ScepCertificate *certificate,
                                 const ScepCertificate **issuer);

#endif
