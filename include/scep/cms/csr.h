/* csr.h
 * What clients put into an envelope: PKCS#10 requests, and what the other messages carry. A part of scep/cms.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CMS_CSR_H
#define SCEP_CMS_CSR_H

#include "scep/asn1.h"
#include "scep/crypto.h"

/* ---- csr --------------------------------------------------------------------------------------------------------- */

/* A PKCS#10 request in the terms of an administrator: who, which key, which template, which challenge. */

/** What a challenge password looks like. */
typedef enum {
    SCEP_CHALLENGE_PLAIN = 0,
    SCEP_CHALLENGE_LONG_BASE64, /**< one base64 text of over 1000 characters, as Intune's, but no CMS inside */
    SCEP_CHALLENGE_SIGNED_BLOB, /**< base64 of CMS SignedData: Intune's signed and encrypted challenge */
    SCEP_CHALLENGE_TOKEN,       /**< JSON Web Token in compact form (RFC 7519) */
    SCEP_CHALLENGE_ONE_TIME     /**< 8 or 16 upper-case hexadecimal digits, as NDES makes them */
} ScepChallengeKind;

/** What a challenge says of itself. No signature of it is checked. Texts are UTF-8 of SCEP_MAX_TEXT octets or little
 * more, NULL where absent; times are seconds since 1970, 0 where absent. */
typedef struct {
    char *signer;         /**< of signed data: subject of the certificate, else what names it */
    char *algorithm;      /**< "RS256", or the digest of signed data */
    char *key_id;         /**< "kid" */
    char *issuer;         /**< "iss" */
    char *audience;       /**< "aud"; several in one text */
    char *subject;        /**< "sub" */
    char *names;          /**< of all claims; the values of others are not told */
    int64_t signing_time; /**< of signed data */
    int64_t issued_at;    /**< "iat" */
    int64_t not_before;   /**< "nbf" */
    int64_t not_after;    /**< "exp" */
    bool encrypted;       /**< what is in it, so that only who made it can tell */
} ScepChallengeClaims;

/** Whether a challenge is valid by what it says of itself. */
typedef enum {
    SCEP_CHALLENGE_TIME_UNKNOWN = 0, /**< it does not say */
    SCEP_CHALLENGE_IN_TIME,
    SCEP_CHALLENGE_EARLY,
    SCEP_CHALLENGE_EXPIRED
} ScepChallengeTime;

/** challengePassword (RFC 2985 5.4.1), in any string type. Lengths and hash are of the text as UTF-8, so that equal
 * challenges compare equal whatever the string type. */
typedef struct {
    bool present;
    uint32_t tag;   /**< universal tag of the value: 12, 19, 20, 22, 30... */
    ScepSpan where; /**< the value, identifier and length included */
    ScepSpan value; /**< its content octets: secret */
    size_t characters;
    size_t bytes;
    uint8_t sha256[32];
    ScepChallengeKind kind;
    ScepChallengeClaims *claims; /**< of SCEP_CHALLENGE_SIGNED_BLOB and SCEP_CHALLENGE_TOKEN; else NULL */
    char *text;                  /**< UTF-8; only with SCEP_CSR_REVEAL, wiped when freed */
} ScepChallenge;

/** One attribute or extension of Microsoft's, or one that is not shown otherwise. */
typedef struct {
    const char *oid_name; /**< by scep_oid_find(); NULL for an unknown one. Static. */
    char *name;           /**< "OS version", "CSP", the name of a name-value pair, or the dotted OID */
    char *text;           /**< UTF-8 */
    ScepSpan where;       /**< the whole attribute or extension */
} ScepCsrItem;

/** The request. Spans point into the buffer that was parsed, which must outlive them; texts are owned. */
typedef struct {
    ScepSpan whole;
    bool truncated;       /**< the buffer ends before the request does */
    bool broken;          /**< reading stopped at bytes that do not belong there */
    int version;          /**< 0 for version 1; -1 when absent */
    char *subject;        /**< "" for an empty name; NULL when unreadable */
    ScepSpan subject_der; /**< whole Name */
    ScepSpan spki_der;    /**< whole SubjectPublicKeyInfo */
    char *key_algorithm;  /**< "RSA", "EC", "ED25519", as in ScepCertificate */
    uint32_t key_bits;    /**< 0 when the key cannot be read */
    uint8_t spki_sha256[32];
    uint8_t sha256[32];           /**< of the whole request: the same on the SCEP leg and on the leg to the CA */
    char *signature_algorithm;    /**< OpenSSL's name */
    ScepVerdict signature;        /**< not checked without SCEP_CSR_VERIFY */
    GPtrArray *alternative_names; /**< of char*, typed as in ScepCertificate; never NULL */
    GPtrArray *purposes;          /**< of char*, names of the EKUs asked for; never NULL */
    GPtrArray *extensions;        /**< of char*, names of all extensions asked for; never NULL */
    char *template_name;          /**< 1.3.6.1.4.1.311.20.2; NULL when absent */
    char *template_oid;           /**< 1.3.6.1.4.1.311.21.7, dotted; NULL when absent */
    GArray *items;                /**< of ScepCsrItem */
    ScepChallenge challenge;      /**< the first, where there are several */
} ScepCsr;

/** What to do besides reading. */
enum {
    SCEP_CSR_VERIFY = 1, /**< check the request's signature */
    SCEP_CSR_REVEAL = 2  /**< keep the challenge password in clear */
};

/** Reads the CertificationRequest at der[0]. Broken input gives what could be read.
 * @param flags  SCEP_CSR_*
 * @return owned by the caller; NULL when the bytes do not begin with a SEQUENCE that holds a CertificationRequestInfo
 */
ScepCsr *scep_csr_new(const uint8_t *der, size_t size, unsigned flags);
void scep_csr_free(ScepCsr *csr);

/** Overwrites the challenge in a copy of the request's bytes, so that the copy can be shown or given away. Only the
 * octets of values change, never a type or a length, so that whoever reads the copy finds every element in its place.
 * A challenge is looked for wherever an attribute may stand, also inside extensions. Where the signature is bad, an
 * attribute or an extension that is not known goes too: damage may have made it one. Where scep_csr_keeps_its_form() is
 * false, everything behind the subject is overwritten, since the challenge may be anywhere in it.
 * @param signature  of the request, when it was checked
 * @param copy       @a size octets, the buffer that was parsed or as much of it as there is */
void scep_csr_redact(const ScepCsr *csr, ScepVerdict signature, uint8_t *copy, size_t size);

/** False for a request that is cut or damaged: what scep_csr_redact() leaves of it is not to be read by a parser. */
bool scep_csr_keeps_its_form(const ScepCsr *csr);

/** "signed data in base64, as Intune makes them", ...; NULL for SCEP_CHALLENGE_PLAIN. Static. */
const char *scep_challenge_kind_text(ScepChallengeKind kind);

/* ---- payload ----------------------------------------------------------------------------------------------------- */

/* What an opened envelope holds besides PKCS#10: IssuerAndSubject, IssuerAndSerialNumber, and revocation lists. */

/** Payload of a CertPoll (RFC 8894 3.3.3): SEQUENCE { issuer Name, subject Name }. */
typedef struct {
    ScepSpan whole;
    ScepSpan issuer_der; /**< whole Name; length 0 when absent */
    ScepSpan subject_der;
    char *issuer; /**< UTF-8, NULL when it cannot be read */
    char *subject;
} ScepIssuerAndSubject;

/** @return false when the bytes are no SEQUENCE of two Names; what could be read is filled in all the same.
 * Release with scep_issuer_and_subject_clear() in either case. */
bool scep_issuer_and_subject_read(const uint8_t *data, size_t size, ScepIssuerAndSubject *out);
void scep_issuer_and_subject_clear(ScepIssuerAndSubject *value);

/** Payload of a GetCert or GetCRL (RFC 8894 3.3.4, 3.3.5): SEQUENCE { issuer Name, serialNumber INTEGER }. */
typedef struct {
    ScepSpan whole;
    ScepSpan issuer_der;
    ScepSpan serial; /**< content octets */
    char *issuer;
} ScepIssuerAndSerial;

/** Likewise. */
bool scep_issuer_and_serial_read(const uint8_t *data, size_t size, ScepIssuerAndSerial *out);
void scep_issuer_and_serial_clear(ScepIssuerAndSerial *value);

/** A CertificateList (RFC 5280 5.1) in numbers; the entries are counted, not kept. */
typedef struct {
    ScepSpan whole;
    ScepSpan issuer_der;
    char *issuer;
    char *signature_algorithm; /**< OpenSSL's name */
    int64_t this_update;       /**< seconds since 1970, 0 when unreadable */
    int64_t next_update;       /**< 0 when absent */
    ScepSpan number;           /**< cRLNumber, content octets; length 0 when absent */
    size_t revoked;            /**< entries */
    bool truncated;            /**< the buffer ends before the list does */
} ScepCrl;

/** @return false when the bytes are no CertificateList. Release with scep_crl_clear() in either case. */
bool scep_crl_read(const uint8_t *der, size_t size, ScepCrl *out);
void scep_crl_clear(ScepCrl *crl);

#endif
