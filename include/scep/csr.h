/* csr.h
 * A PKCS#10 request in the terms of an administrator: who, which key, which template, which challenge.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CSR_H
#define SCEP_CSR_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/span.h"
#include "scep/verify.h"

/** What a challenge password looks like. */
typedef enum {
    SCEP_CHALLENGE_PLAIN = 0,
    SCEP_CHALLENGE_LONG_BASE64,  /**< one base64 text of over 1000 characters, as Intune's, but no CMS inside */
    SCEP_CHALLENGE_SIGNED_BLOB   /**< base64 of CMS SignedData: Intune's signed and encrypted challenge */
} ScepChallengeKind;

/** challengePassword (RFC 2985 5.4.1), in any string type. Lengths and hash are of the text as UTF-8, so that equal
 * challenges compare equal whatever the string type. */
typedef struct {
    bool present;
    uint32_t tag;                /**< universal tag of the value: 12, 19, 20, 22, 30... */
    ScepSpan where;              /**< the value, identifier and length included */
    ScepSpan value;              /**< its content octets: secret */
    size_t characters;
    size_t bytes;
    uint8_t sha256[32];
    ScepChallengeKind kind;
    char *text;                  /**< UTF-8; only with SCEP_CSR_REVEAL, wiped when freed */
} ScepChallenge;

/** One attribute or extension of Microsoft's, or one that is not shown otherwise. */
typedef struct {
    const char *oid_name;        /**< by scep_oid_find(); NULL for an unknown one. Static. */
    char *name;                  /**< "OS version", "CSP", the name of a name-value pair, or the dotted OID */
    char *text;                  /**< UTF-8 */
    ScepSpan where;              /**< the whole attribute or extension */
} ScepCsrItem;

/** The request. Spans point into the buffer that was parsed, which must outlive them; texts are owned. */
typedef struct {
    ScepSpan whole;
    bool truncated;                    /**< the buffer ends before the request does */
    bool broken;                 /**< reading stopped at bytes that do not belong there */
    int version;                 /**< 0 for version 1; -1 when absent */
    char *subject;               /**< "" for an empty name; NULL when unreadable */
    ScepSpan subject_der;        /**< whole Name */
    ScepSpan spki_der;           /**< whole SubjectPublicKeyInfo */
    char *key_algorithm;         /**< "RSA", "EC", "ED25519", as in ScepCertificate */
    uint32_t key_bits;           /**< 0 when the key cannot be read */
    uint8_t spki_sha256[32];
    uint8_t sha256[32];          /**< of the whole request: the same on the SCEP leg and on the leg to the CA */
    char *signature_algorithm;   /**< OpenSSL's name */
    ScepVerdict signature;       /**< not checked without SCEP_CSR_VERIFY */
    GPtrArray *alternative_names;/**< of char*, typed as in ScepCertificate; never NULL */
    GPtrArray *purposes;         /**< of char*, names of the EKUs asked for; never NULL */
    GPtrArray *extensions;       /**< of char*, names of all extensions asked for; never NULL */
    char *template_name;         /**< 1.3.6.1.4.1.311.20.2; NULL when absent */
    char *template_oid;          /**< 1.3.6.1.4.1.311.21.7, dotted; NULL when absent */
    GArray *items;               /**< of ScepCsrItem */
    ScepChallenge challenge;     /**< the first, where there are several */
    ScepSpan secret;             /**< from the first challenge's value to the last one's; empty without */
} ScepCsr;

/** What to do besides reading. */
enum {
    SCEP_CSR_VERIFY = 1,         /**< check the request's signature */
    SCEP_CSR_REVEAL = 2          /**< keep the challenge password in clear */
};

/** Reads the CertificationRequest at der[0]. Broken input gives what could be read.
 * @param flags  SCEP_CSR_*
 * @return owned by the caller; NULL when the bytes do not begin with a SEQUENCE that holds a CertificationRequestInfo */
ScepCsr *scep_csr_new(const uint8_t *der, size_t size, unsigned flags);
void scep_csr_free(ScepCsr *csr);

/** Overwrites the challenge in a copy of the request's bytes, so that the copy can be shown or given away. Where the
 * request is damaged or cut, everything behind the subject is overwritten, since the challenge may be anywhere in it.
 * @param signature  of the request, when it was checked: a bad one tells of damage that reading does not notice
 * @param copy       @a size octets, the buffer that was parsed or as much of it as there is */
void scep_csr_redact(const ScepCsr *csr, ScepVerdict signature, uint8_t *copy, size_t size);

/** "a signed and encrypted challenge, as Intune makes them", ...; NULL for SCEP_CHALLENGE_PLAIN. Static. */
const char *scep_challenge_kind_text(ScepChallengeKind kind);

/** "PrintableString", "UTF8String", ...; "unknown type" for a tag that is no string type. Static. */
const char *scep_string_type_name(uint32_t tag);

#endif
