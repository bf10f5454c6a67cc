/* cms.h
 * pkiMessages (RFC 8894), their envelopes, certificates and PKCS#10: parsed, checked, opened.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CMS_H
#define SCEP_CMS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/catalogue.h"
#include "scep/asn1.h"
#include "scep/crypto.h"
#include "scep/cms/csr.h"

/* ---- attributes -------------------------------------------------------------------------------------------------- */

/* The signed attributes of a pkiMessage and the code points in them (RFC 8894 3.2.1). */

/** Attributes that are known by name: SCEP_ATTR_CONTENT_TYPE and so on, made of the catalogue's rows. */
typedef enum {
    SCEP_ATTR_UNKNOWN = 0,
#define SCEP_ATTRIBUTE(id, ...) SCEP_ATTR_##id,
#include "catalogue/attributes.inc"
#undef SCEP_ATTRIBUTE
    SCEP_ATTR_COUNT
} ScepAttributeId;

/** What the table knows of an attribute. */
typedef struct {
    ScepAttributeId id;
    const char *name; /**< as RFC 8894, RFC 5652 or Microsoft's headers write it */
    uint8_t oid[12];
    size_t oid_length;
    uint32_t tag;   /**< universal tag the defining text asks for; 0 for any */
    bool has_field; /**< it is shown by a field of its own */
} ScepAttributeInfo;

/** messageType: SCEP_TYPE_CERTREP and so on (RFC 8894 3.2.1.2). */
enum {
#define SCEP_MESSAGE_TYPE(id, number, ...) SCEP_TYPE_##id = (number),
#include "catalogue/attributes.inc"
#undef SCEP_MESSAGE_TYPE
};

/** pkiStatus: SCEP_STATUS_SUCCESS and so on (RFC 8894 3.2.1.3). */
enum {
#define SCEP_PKI_STATUS(id, number, ...) SCEP_STATUS_##id = (number),
#include "catalogue/attributes.inc"
#undef SCEP_PKI_STATUS
};

/** failInfo: SCEP_FAIL_BAD_ALG and so on (RFC 8894 3.2.1.4). */
enum {
#define SCEP_FAIL_INFO(id, number, ...) SCEP_FAIL_##id = (number),
#include "catalogue/attributes.inc"
#undef SCEP_FAIL_INFO
};

/** A number and its name. */
typedef struct {
    int value;
    const char *name;
    const char *words; /**< what it means, where the name does not say it; else NULL */
} ScepCodePoint;

/** The numbers that have a name, each list ended by a row without one. */
extern const ScepCodePoint scep_message_types[];
extern const ScepCodePoint scep_pki_statuses[];
extern const ScepCodePoint scep_fail_infos[];

/** True when the content of such a message is a PKCS#10, so also for a type that is unknown or missing: a client that
 * has its type wrong most likely asks for a certificate. False for the queries (RFC 8894 3.3.3 to 3.3.5) and answers.
 */
bool scep_message_type_has_request(int message_type);

/** Names of the code points; NULL for a number without one. Static. */
const char *scep_message_type_name(int message_type);
const char *scep_pki_status_name(int pki_status);
const char *scep_fail_info_name(int fail_info);

/** What to say of a code point that is none of those above: "failInfo 14606 (a code of the CA's own)", "failInfo
 * \"denied\" (...)".
 * @param other  what was sent where it is none of those above, as ScepMessage has it; not NULL
 * @return g_free() */
char *scep_code_new_other_text(ScepAttributeId id, const char *other, bool of_client);

/* ---- message ----------------------------------------------------------------------------------------------------- */

/* A pkiMessage (RFC 8894 3) or a certs-only answer, taken apart: CMS SignedData, signed attributes, certificates. */

/** What is wrong or odd with a message. The table behind it (scep_problem_info) has a name, a severity and a sentence
 * for each, so that display needs no knowledge of its own. */
typedef enum {
    SCEP_PROBLEM_TRUNCATED = 0,
    SCEP_PROBLEM_NOT_CMS,
    SCEP_PROBLEM_NOT_SIGNED_DATA,
    SCEP_PROBLEM_BAD_BER,
    SCEP_PROBLEM_TRAILING_BYTES,
    SCEP_PROBLEM_BER_NOT_DER,
    SCEP_PROBLEM_TOO_MANY,
    SCEP_PROBLEM_NO_SIGNER,
    SCEP_PROBLEM_SEVERAL_SIGNERS,
    SCEP_PROBLEM_NO_SIGNED_ATTRIBUTES,
    SCEP_PROBLEM_MISSING_ATTRIBUTE,
    SCEP_PROBLEM_ABSENT_ATTRIBUTE, /**< RFC asks for it, real peers leave it out: note only */
    SCEP_PROBLEM_DUPLICATE_ATTRIBUTE,
    SCEP_PROBLEM_ATTRIBUTE_VALUES, /**< not exactly one value */
    SCEP_PROBLEM_STRING_TYPE,
    SCEP_PROBLEM_NOT_A_NUMBER,
    SCEP_PROBLEM_UNKNOWN_NUMBER,
    SCEP_PROBLEM_NONCE_LENGTH,
    SCEP_PROBLEM_ID_NOT_PRINTABLE,
    SCEP_PROBLEM_ID_EMPTY,
    SCEP_PROBLEM_STATUS_IN_REQUEST,
    SCEP_PROBLEM_FAIL_INFO_WITHOUT_FAILURE,
    SCEP_PROBLEM_CONTENT_TYPE,
    SCEP_PROBLEM_ENVELOPE_MISSING,
    SCEP_PROBLEM_ENVELOPE_UNEXPECTED,
    SCEP_PROBLEM_ENVELOPE_TYPE,
    SCEP_PROBLEM_CERTIFICATE_UNREADABLE,
    SCEP_PROBLEM_COUNT
} ScepProblemCode;

typedef struct {
    const char *name; /**< filter suffix: "scep.problem." + name */
    ScepSeverity severity;
    const char *text;
} ScepProblemInfo;

const ScepProblemInfo *scep_problem_info(ScepProblemCode code);

/** One occurrence. */
typedef struct {
    ScepProblemCode code;
    ScepAttributeId attribute; /**< the attribute it is about, or SCEP_ATTR_UNKNOWN */
    ScepSpan where;            /**< in the message; length 0 for the message as a whole */
    uint64_t number;           /**< missing bytes, the odd number or length; meaning by code */
} ScepProblem;

/** One line for a reader: the table's sentence with the attribute's name or the number put in. @return g_free(). */
char *scep_problem_new_text(const ScepProblem *problem);

/** One signed attribute. */
typedef struct {
    const ScepAttributeInfo *info;
    ScepSpan whole;
    ScepSpan oid;         /**< content octets of the OID */
    ScepSpan value;       /**< content octets of the first value */
    ScepSpan value_whole; /**< the same with identifier and length */
    uint32_t value_tag;
    size_t value_count;
    bool truncated; /**< the capture or broken bytes end it early: its value is not to be relied on */
} ScepAttribute;

/** What the SignedData encapsulates. The four empty ones are shapes that real servers send in refusals. */
typedef enum {
    SCEP_CONTENT_ABSENT = 0,     /**< no eContent (RFC 8894, libscep) */
    SCEP_CONTENT_EMPTY,          /**< OCTET STRING of length 0 (step-ca, micromdm) */
    SCEP_CONTENT_ZERO_BYTE,      /**< OCTET STRING with one byte 00 (NDES) */
    SCEP_CONTENT_ENVELOPED,      /**< EnvelopedData */
    SCEP_CONTENT_ENCRYPTED,      /**< EncryptedData, from a client that mislabels it */
    SCEP_CONTENT_AUTH_ENVELOPED, /**< AuthEnvelopedData (AES-GCM) */
    SCEP_CONTENT_SIGNED,         /**< SignedData inside SignedData (GetNextCACert) */
    SCEP_CONTENT_CMS_OTHER,
    SCEP_CONTENT_OTHER /**< bytes that are no CMS ContentInfo */
} ScepContentKind;

/** The SignerInfo. Spans are absent (length 0) where the message lacks the part. */
typedef struct {
    int version;
    ScepSpan whole;
    ScepSpan issuer;           /**< DER Name of issuerAndSerialNumber */
    ScepSpan serial;           /**< content octets */
    ScepSpan key_id;           /**< subjectKeyIdentifier, content octets */
    char *digest_algorithm;    /**< dotted OID */
    char *signature_algorithm; /**< dotted OID */
    ScepSpan signature_algorithm_whole;
    ScepSpan signed_attributes; /**< the [0] element, whole; its SET form is what gets hashed (RFC 5652 5.4) */
    ScepSpan signature;         /**< content octets */
    bool attributes_truncated;  /**< not every signed attribute could be read, so none is missing for sure */
} ScepSigner;

/** A CMS message. Spans point into the buffer that was parsed, which must outlive the struct.
 * Freed by scep_message_free(); holds no global state. */
typedef struct {
    bool is_signed_data;
    bool certs_only;  /**< no signer and nothing enveloped: GetCACert answers, issued certificates */
    bool uses_ber;    /**< indefinite lengths or constructed strings somewhere in the outer layers */
    bool truncated;   /**< the buffer ends before the message does */
    uint64_t missing; /**< bytes that it lacks then, as far as the length octets tell */
    ScepSpan whole;
    char *content_type; /**< dotted OID of the ContentInfo, NULL when there is none */
    char *inner_type;   /**< dotted OID of eContentType */
    ScepContentKind content_kind;
    ScepOctets content;   /**< eContent */
    GArray *certificates; /**< of ScepSpan, whole Certificate elements */
    GArray *crls;         /**< of ScepSpan */
    size_t signer_count;
    ScepSigner signer;  /**< the first one */
    GArray *attributes; /**< of ScepAttribute, in order */
    GArray *problems;   /**< of ScepProblem */
    int message_type;   /**< 0 to 255, else -1: left out, or sent as something else; the same for the next two */
    int pki_status;
    int fail_info;
    char *message_type_other; /**< as sent (hex where that does not print), where it is there and none of RFC
                                   8894's or Microsoft's; NULL else */
    char *pki_status_other;
    char *fail_info_other;
    bool has_ndes_error;
    uint32_t ndes_error;  /**< HRESULT */
    char *transaction_id; /**< printable text, or lower-case hex of what is not printable; NULL when absent */
    char *fail_info_text; /**< UTF-8, NULL when absent */
    int64_t signing_time; /**< seconds since 1970, 0 when absent */
} ScepMessage;

/** Parses the BER or DER message that starts at data[0]. Never fails: what cannot be read is in problems.
 * @param missing_hint  bytes that the carrier says are missing behind @a size (snaplen, lost segment), 0 if none
 * @return owned by the caller */
ScepMessage *scep_message_new(const uint8_t *data, size_t size, uint64_t missing_hint);
void scep_message_free(ScepMessage *message);

/** The first attribute with this id, or NULL. */
const ScepAttribute *scep_message_get0_attribute(const ScepMessage *message, ScepAttributeId id);

/** Content octets of an attribute's first value, as a span of length 0 when absent or cut. */
ScepSpan scep_message_value(const ScepMessage *message, ScepAttributeId id);

/** True when the bytes begin like a pkiMessage: SEQUENCE, OID signedData, and within the first bytes of the
 * buffer's length an attribute arc 2.16.840.1.113733.1.9. The strict test for bodies of unknown type. */
bool scep_message_looks_like(const uint8_t *data, size_t size);

/** True when the bytes begin with SEQUENCE { OID signedData: pkiMessage or certs-only. */
bool scep_message_is_signed_data(const uint8_t *data, size_t size);

/* ---- envelope ---------------------------------------------------------------------------------------------------- */

/* What a pkiMessage encapsulates: EnvelopedData, AuthEnvelopedData or a mislabelled EncryptedData, taken apart. */

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
    ScepSpan issuer;     /**< DER Name */
    ScepSpan serial;     /**< content octets */
    ScepSpan key_id;     /**< subjectKeyIdentifier or keyIdentifier, content octets */
    ScepSpan originator; /**< kari: the OriginatorIdentifierOrKey, whole */
    char *algorithm;     /**< dotted OID of keyEncryptionAlgorithm, or of oriType */
    ScepSpan algorithm_whole;
    char *derivation;       /**< pwri: dotted OID of keyDerivationAlgorithm */
    ScepSpan encrypted_key; /**< content octets */
} ScepRecipient;

/** The envelope. Spans point into the content buffer, which must outlive the struct. */
typedef struct {
    ScepContentKind kind;
    bool uses_ber;
    bool truncated;
    bool broken; /**< reading stopped at bytes that are no BER */
    ScepSpan whole;
    GArray *recipients;    /**< of ScepRecipient */
    char *inner_type;      /**< dotted OID of the enveloped content's type */
    char *cipher;          /**< dotted OID of contentEncryptionAlgorithm */
    ScepSpan cipher_whole; /**< the AlgorithmIdentifier */
    ScepSpan iv;           /**< content octets of the IV or nonce; absent is allowed by some clients */
    ScepOctets ciphertext;
    ScepOctets mac; /**< AuthEnvelopedData */
} ScepEnvelope;

/** Parses the ContentInfo that scep_message_new() found as content of kind ENVELOPED, ENCRYPTED or AUTH_ENVELOPED.
 * @return owned by the caller; NULL for every other kind. Broken input gives a struct with what could be read. */
ScepEnvelope *scep_envelope_new(const uint8_t *content, size_t size, ScepContentKind kind);
void scep_envelope_free(ScepEnvelope *envelope);

/** "ktri", "kari", ... as scep.recipient.type shows it. Static. */
const char *scep_recipient_type_name(ScepRecipientType type);

/* ---- certificate ------------------------------------------------------------------------------------------------- */

/* The facts about an X.509 certificate that an administrator compares. */

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
    GBytes *der;   /**< the certificate itself */
    char *subject; /**< "CN=device, O=Contoso"; "" for an empty name */
    char *issuer;
    GBytes *issuer_der;           /**< Name as it stands in the certificate, for comparing with issuerAndSerialNumber */
    GBytes *serial;               /**< content octets of the INTEGER */
    GPtrArray *alternative_names; /**< of char*, typed: "DNS:...", "UPN:...", "URI:..."; NULL when there are none */
    int64_t not_before;           /**< seconds since 1970, UTC */
    int64_t not_after;
    uint8_t sha1[20];
    uint8_t sha256[32];
    uint8_t spki_sha256[32]; /**< SHA-256 of the SubjectPublicKeyInfo */
    char *key_algorithm;     /**< "RSA", "EC", "ED25519" */
    uint32_t key_bits;
    char *signature_algorithm; /**< OpenSSL's name, e.g. "RSA-SHA256" */
    bool is_ca;                /**< by keyUsage; where that is absent, by basicConstraints or version 1 */
    bool computes;             /**< who signed it may be computed; else names and key identifiers decide */
    bool self_issued;          /**< subject and issuer are the same name */
    bool self_signed;          /**< self-issued, and its own key made the signature; where that cannot be computed, the
                                    key identifiers decide */
    bool critical_authority;   /**< self-issued, with an authorityKeyIdentifier that is critical */
    bool has_key_usage;
    bool may_sign;         /**< digitalSignature, or no keyUsage at all */
    bool may_encipher;     /**< keyEncipherment, or no keyUsage at all */
    bool is_request_agent; /**< EKU 1.3.6.1.4.1.311.20.2.1 (Enrollment Agent) */
} ScepCertificate;

/** Parses one DER certificate that starts at @a der.
 * @return owned by the caller, scep_certificate_free(); NULL when OpenSSL cannot read it. */
ScepCertificate *scep_certificate_new(const uint8_t *der, size_t size);

/** The same; @a computes: as in ScepCertificate. */
ScepCertificate *scep_certificate_new_from_der(const uint8_t *der, size_t size, bool computes);
void scep_certificate_free(ScepCertificate *certificate);

/** True for a signer that Windows makes for one message: self-signed, "CN=SCEP Protocol Certificate". Its key need not
 * be the one to be certified, other than RFC 8894 2.3 asks for. */
bool scep_certificate_is_throwaway(const ScepCertificate *certificate);

/** True when issuer (DER of Name) and serial number (content octets) name this certificate. */
bool scep_certificate_is(const ScepCertificate *certificate, const uint8_t *issuer, size_t issuer_size,
                         const uint8_t *serial, size_t serial_size);

/** Role of a certificate in a GetCACert answer, by keyUsage: who may sign certificates is a CA, whatever
 * basicConstraints says; the others are RAs by what they may do (RFC 8894 3.5.1, and the RA pair that NDES sends).
 * @param alone  it is the only certificate of the answer */
ScepCertificateRole scep_certificate_ca_role(const ScepCertificate *certificate, bool alone);

/** "ca", "ra-encryption", ...; "unknown" for SCEP_ROLE_UNKNOWN. Static. */
const char *scep_certificate_role_name(ScepCertificateRole role);

/** Text of a DER Name as scep.cert.subject shows it. @return g_free(); NULL when it cannot be read. */
char *scep_name_new_text(const uint8_t *der, size_t size);

/* ---- verify ------------------------------------------------------------------------------------------------------ */

/* Digests and signatures: of a pkiMessage, of a PKCS#10 request, of a certificate. */

/** One sentence for a reader; NULL for SCEP_VERIFY_PLAIN. Static. */
const char *scep_verify_reason_text(ScepVerifyReason reason);

/* ---- decrypt ----------------------------------------------------------------------------------------------------- */

/* Opens an envelope with the keys, passwords and content keys that are there, or says why not. */

/** The numbers are those of scep.decryption.status. */
typedef enum {
    SCEP_DECRYPTION_OPENED = 1,
    SCEP_DECRYPTION_NO_KEY = 2,
    SCEP_DECRYPTION_FAILED = 3,
    SCEP_DECRYPTION_OFF = 4 /**< for the caller: decryption is switched off. Never given here. */
} ScepDecryptionStatus;

/** Why it was not opened, the more telling the higher: of several recipients the most telling reason is given. */
typedef enum {
    SCEP_DECRYPT_PLAIN = 0,      /**< opened */
    SCEP_DECRYPT_NO_RECIPIENT,   /**< nobody can open it: no recipient in it */
    SCEP_DECRYPT_NO_KEYS,        /**< nothing is configured */
    SCEP_DECRYPT_NO_KEY,         /**< no configured key belongs to the recipient or fits */
    SCEP_DECRYPT_UNREADABLE_KEY, /**< the same, and a configured source could not be read */
    SCEP_DECRYPT_UNSUPPORTED,    /**< an algorithm that is not known here or not in this OpenSSL */
    SCEP_DECRYPT_ITERATIONS,     /**< the password derivation asks for more work than is done */
    SCEP_DECRYPT_WRONG_PASSWORD, /**< none of the passwords fits */
    SCEP_DECRYPT_WRONG_KEY,      /**< the recipient's key is there and does not fit: wrong padding */
    SCEP_DECRYPT_BROKEN,         /**< the structure of the envelope is broken */
    SCEP_DECRYPT_TRUNCATED,      /**< the capture holds only part of the content */
    SCEP_DECRYPT_DAMAGED         /**< the key fits, the content is not what was encrypted: CBC padding, GCM tag */
} ScepDecryptReason;

/** The outcome. Bytes are wiped when the last reference to them goes. */
typedef struct {
    ScepDecryptionStatus status;
    ScepDecryptReason reason;
    char *text;          /**< one sentence on why, with the recipient, the label or the algorithm named; NULL
                              when opened. UTF-8, no secret in it. */
    char *label;         /**< of the key, password or content key line that opened it, or does not fit */
    int recipient;       /**< number of the recipient in envelope->recipients, from 0; -1 for none */
    GBytes *plaintext;   /**< NULL when not opened. With SCEP_DECRYPT_CUT and SCEP_DECRYPT_DAMAGED it may hold what
                              can be read nonetheless, up to the last whole block. */
    GBytes *content_key; /**< key for scep_cek_new_line(); NULL when not opened */
    uint8_t content_sha256[32]; /**< hash for scep_cek_new_line() */
    bool authenticated;         /**< opened with a cipher that tells when its content was changed (GCM) */
} ScepDecryption;

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* The cryptography of one message, done once: digest, signature, decryption. */

/** Outcome for one message. Owned by the checker, lives as long as the capture file. */
typedef struct ScepChecks {
    ScepVerdict digest;
    ScepVerdict signature;
    ScepVerdict csr_signature; /**< of the PKCS#10 inside, when it was opened */
    uint64_t signer;           /**< first octets of the SHA-256 of that certificate, where signer_frame is set */
    uint32_t signer_frame;     /**< GetCACert answer that holds the signer's certificate; 0 when the message does */
    bool has_envelope;
    bool decrypts;              /**< false where decryption is switched off */
    ScepDecryption *decryption; /**< NULL without envelope, or when there is nothing to decrypt with */
} ScepChecks;

/** The certificates of a GetCACert answer, one of which may have signed the message that is checked. Borrowed. */
typedef struct {
    const GPtrArray *certificates; /**< of ScepCertificate*; may be NULL */
    uint32_t frame;                /**< of the answer, 0 for none */
} ScepOffered;

/** Keys and policy for one capture file, with what was checked so far. */
typedef struct ScepChecker ScepChecker;

/** Outcomes of the capture file before, so that reading the same file again repeats no cryptography. Plaintext is in
 * it, so it has to go with the keys that gave it. */
typedef struct ScepMemory ScepMemory;

/** @return owned by the caller */
ScepMemory *scep_memory_new(void);
void scep_memory_free(ScepMemory *memory);

/** Wipes it, when keys or content keys have changed. */
void scep_memory_clear(ScepMemory *memory);

/** @param memory   outlives the checker; takes the outcomes over when the checker is freed; may be NULL
 *  @param keyring, ceks  borrowed, must outlive the checker; may be NULL
 *  @param verify   check digests and signatures
 *  @param decrypt  use the keys
 *  @return owned by the caller */
ScepChecker *scep_checker_new(ScepMemory *memory, ScepKeyring *keyring, ScepCekTable *ceks, bool verify, bool decrypt);
void scep_checker_free(ScepChecker *checker);

/** Checks a signed message. A message with the same bytes as an earlier one shares its outcome: a copy from another
 * capture point, or one sent again, costs no cryptography.
 * @param data      the buffer that @a message was parsed from, @a size its length
 * @param envelope  parsed from @a content; NULL when there is none
 * @param offered   what the server's GetCACert answer holds, where the signer's certificate may be; may be NULL
 * @return borrowed; NULL for a certs-only message */
const ScepChecks *scep_checker_run(ScepChecker *checker, const ScepMessage *message, const uint8_t *data, size_t size,
                                   const ScepEnvelope *envelope, const uint8_t *content, size_t content_size,
                                   const ScepOffered *offered);

/** True when the envelope was opened and its content is whole. */
bool scep_checks_opened(const ScepChecks *checks);

/** What is inside the envelope; also of a damaged one, as far as it goes. NULL and 0 when it was not opened. Borrowed.
 */
const uint8_t *scep_checks_get0_plaintext(const ScepChecks *checks, size_t *size);

#endif
