/* message.h
 * A pkiMessage (RFC 8894 3) or a certs-only answer, taken apart: CMS SignedData, signed attributes, certificates.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_MESSAGE_H
#define SCEP_MESSAGE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/attributes.h"
#include "scep/ber.h"
#include "scep/catalogue.h"
#include "scep/span.h"

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
    SCEP_PROBLEM_ABSENT_ATTRIBUTE,      /**< RFC asks for it, real peers leave it out: note only */
    SCEP_PROBLEM_DUPLICATE_ATTRIBUTE,
    SCEP_PROBLEM_ATTRIBUTE_VALUES,      /**< not exactly one value */
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
    const char *name;            /**< filter suffix: "scep.problem." + name */
    ScepSeverity severity;
    const char *text;
} ScepProblemInfo;

const ScepProblemInfo *scep_problem_info(ScepProblemCode code);

/** One occurrence. */
typedef struct {
    ScepProblemCode code;
    ScepAttributeId attribute;   /**< the attribute it is about, or SCEP_ATTR_UNKNOWN */
    ScepSpan where;              /**< in the message; length 0 for the message as a whole */
    uint64_t number;             /**< missing bytes, the odd number or length; meaning by code */
} ScepProblem;

/** One line for a reader: the table's sentence with the attribute's name or the number put in. @return g_free(). */
char *scep_problem_text(const ScepProblem *problem);

/** One signed attribute. */
typedef struct {
    const ScepAttributeInfo *info;
    ScepSpan whole;
    ScepSpan oid;                /**< content octets of the OID */
    ScepSpan value;              /**< content octets of the first value */
    ScepSpan value_whole;        /**< the same with identifier and length */
    uint32_t value_tag;
    size_t value_count;
    bool truncated;                    /**< the capture or broken bytes end it early: its value is not to be relied on */
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
    SCEP_CONTENT_OTHER           /**< bytes that are no CMS ContentInfo */
} ScepContentKind;

/** The SignerInfo. Spans are absent (length 0) where the message lacks the part. */
typedef struct {
    int version;
    ScepSpan whole;
    ScepSpan issuer;             /**< DER Name of issuerAndSerialNumber */
    ScepSpan serial;             /**< content octets */
    ScepSpan key_id;             /**< subjectKeyIdentifier, content octets */
    char *digest_algorithm;      /**< dotted OID */
    char *signature_algorithm;   /**< dotted OID */
    ScepSpan signature_algorithm_whole;
    ScepSpan signed_attributes;  /**< the [0] element, whole; its SET form is what gets hashed (RFC 5652 5.4) */
    ScepSpan signature;          /**< content octets */
    bool attributes_truncated;         /**< not every signed attribute could be read, so none is missing for sure */
} ScepSigner;

/** A CMS message. Spans point into the buffer that was parsed, which must outlive the struct.
 * Freed by scep_message_free(); holds no global state. */
typedef struct {
    bool is_signed_data;
    bool certs_only;             /**< no signer and nothing enveloped: GetCACert answers, issued certificates */
    bool uses_ber;               /**< indefinite lengths or constructed strings somewhere in the outer layers */
    bool truncated;                    /**< the buffer ends before the message does */
    uint64_t missing;            /**< bytes that it lacks then, as far as the length octets tell */
    ScepSpan whole;
    char *content_type;          /**< dotted OID of the ContentInfo, NULL when there is none */
    char *inner_type;            /**< dotted OID of eContentType */
    ScepContentKind content_kind;
    ScepOctets content;          /**< eContent */
    GArray *certificates;        /**< of ScepSpan, whole Certificate elements */
    GArray *crls;                /**< of ScepSpan */
    size_t signer_count;
    ScepSigner signer;           /**< the first one */
    GArray *attributes;          /**< of ScepAttribute, in order */
    GArray *problems;            /**< of ScepProblem */
    int message_type;            /**< -1 where absent or no number; the same for the next two */
    int pki_status;
    int fail_info;
    bool has_ndes_error;
    uint32_t ndes_error;         /**< HRESULT */
    char *transaction_id;        /**< printable text, or lower-case hex of what is not printable; NULL when absent */
    char *fail_info_text;        /**< UTF-8, NULL when absent */
    int64_t signing_time;        /**< seconds since 1970, 0 when absent */
} ScepMessage;

/** Parses the BER or DER message that starts at data[0]. Never fails: what cannot be read is in problems.
 * @param missing_hint  bytes that the carrier says are missing behind @a size (snaplen, lost segment), 0 if none
 * @return owned by the caller */
ScepMessage *scep_message_new(const uint8_t *data, size_t size, uint64_t missing_hint);
void scep_message_free(ScepMessage *message);

/** The first attribute with this id, or NULL. */
const ScepAttribute *scep_message_attribute(const ScepMessage *message, ScepAttributeId id);

/** Content octets of an attribute's first value, as a span of length 0 when absent or cut. */
ScepSpan scep_message_value(const ScepMessage *message, ScepAttributeId id);

/** True when this is no pkiMessage that can be read: not SignedData, broken, or unsigned (a certs-only message too). */
bool scep_message_is_malformed(const ScepMessage *message);

/** True when the bytes begin like a pkiMessage: SEQUENCE, OID signedData, and within the first bytes of the
 * buffer's length an attribute arc 2.16.840.1.113733.1.9. The strict test for bodies of unknown type. */
bool scep_message_looks_like(const uint8_t *data, size_t size);

/** True when the bytes begin with SEQUENCE { OID signedData: pkiMessage or certs-only. */
bool scep_message_is_signed_data(const uint8_t *data, size_t size);

#endif
