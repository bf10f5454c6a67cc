/* request_facts.h
 * What can be told of a request without judging it: how it is written, with which algorithms and keys, how it came.
 *
 * Facts are texts of few different values, so that requests can be held against each other: what all that were refused
 * have and none that was served.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_REQUEST_FACTS_H
#define SCEP_CORE_TRACKER_REQUEST_FACTS_H

#include "scep/tracker.h"

/** Octets of a fact's text; a longer one is cut. */
#define SCEP_FACT_ROOM 256

/** What a fact may explain, the most telling first. */
typedef enum {
    SCEP_FACT_OF_FORM =
        0,                /**< how the message is written: a server that cannot read it cannot refuse it by a CertRep */
    SCEP_FACT_OF_CONTENT, /**< algorithms, keys, what is asked for */
    SCEP_FACT_OF_CARRIAGE, /**< URL and header fields */
    SCEP_FACT_OF_IDENTITY  /**< who asks, and how big it is: sets requests apart and explains nothing by itself */
} ScepFactKind;

/** FACT(id, kind, part, plain, name): all facts, the most telling first. Where its part is told the fact is not told
 * again. What is plain is what every server expects: it explains no refusal. */
#define SCEP_REQUEST_FACTS(FACT)                                                                                  \
    FACT(base64, FORM, base64, "escaped as RFC 8894 asks", "base64 in the URL")                                   \
    FACT(base64_body, FORM, base64_body, "binary", "body of the POST")                                            \
    FACT(encrypted_content, FORM, encrypted_content, "in one piece", "encryptedContent")                          \
    FACT(content, FORM, content, "in one piece", "content of the SignedData")                                     \
    FACT(envelope_lengths, FORM, encrypted_content, "DER", "encoding of the EnvelopedData")                       \
    FACT(message_lengths, FORM, content, "DER", "encoding of the SignedData")                                     \
    FACT(content_kind, FORM, content_kind, "EnvelopedData", "what the SignedData holds")                          \
    FACT(digest_check, FORM, digest_check, "good", "digest of the content")                                       \
    FACT(signature_check, FORM, signature_check, "good", "signature")                                             \
    FACT(attribute_order, FORM, attribute_order, "that of DER", "order of the signed attributes")                 \
    FACT(attributes, FORM, attributes, NULL, "signed attributes")                                                 \
    FACT(string_types, FORM, string_types, NULL, "string types of the signed attributes")                         \
    FACT(signer_algorithm, CONTENT, signer_algorithm, NULL, "kind of the signer's key")                           \
    FACT(digest, CONTENT, digest, NULL, "digest algorithm")                                                       \
    FACT(cipher, CONTENT, cipher, NULL, "content encryption")                                                     \
    FACT(signature_oid, CONTENT, signature_oid, NULL, "form of the signature OID")                                \
    FACT(signature_parameters, CONTENT, signer_algorithm, NULL, "parameters of the signature algorithm")          \
    FACT(recipient_type, CONTENT, recipient_type, "ktri", "type of recipient")                                    \
    FACT(recipients, CONTENT, recipients, "1", "number of recipients")                                            \
    FACT(recipient_role, CONTENT, recipient_role, NULL, "recipient among the certificates of GetCACert")          \
    FACT(recipient_name, FORM, recipient_name, NULL, "how the recipient is named")                                \
    FACT(key_encryption, CONTENT, key_encryption, NULL, "encryption of the content key")                          \
    FACT(key_parameters, CONTENT, key_encryption, NULL, "parameters of the key encryption")                       \
    FACT(iv, CONTENT, cipher, NULL, "IV of the content encryption")                                               \
    FACT(message_type, CONTENT, message_type, NULL, "messageType")                                                \
    FACT(name_taken, CONTENT, name_taken, "has none seen here", "subject asked for")                              \
    FACT(csr_key, CONTENT, csr_key, NULL, "key asked for")                                                        \
    FACT(signer_key, CONTENT, signer_algorithm, NULL, "key of the signer")                                        \
    FACT(signer_kind, CONTENT, signer_kind, NULL, "certificate of the signer")                                    \
    FACT(signer_present, FORM, signer_present, "yes", "signer's certificate in the message")                      \
    FACT(signer_named, FORM, signer_named, NULL, "how the signer is named")                                       \
    FACT(signer_validity, CONTENT, signer_validity, "covers the time of the request",                             \
         "validity of the signer's certificate")                                                                  \
    FACT(signer_digest, CONTENT, digest, NULL, "signature on the signer's certificate")                           \
    FACT(certificates, FORM, certificates, NULL, "certificates in the message")                                   \
    FACT(clock, CONTENT, clock, "fits", "signingTime against the capture")                                        \
    FACT(csr_signature, CONTENT, csr_signature, "good", "signature of the PKCS#10")                               \
    FACT(csr_algorithm, CONTENT, csr_algorithm, NULL, "signature algorithm of the PKCS#10")                       \
    FACT(csr_version, FORM, csr_version, NULL, "version of the PKCS#10")                                          \
    FACT(csr_key_match, CONTENT, csr_key_match, "the same", "key of the PKCS#10 and key of the signer")           \
    FACT(csr_name_match, CONTENT, csr_name_match, "the same", "subject of the PKCS#10 and subject of the signer") \
    FACT(csr_subject, CONTENT, csr_subject, NULL, "parts of the subject")                                         \
    FACT(csr_sid, CONTENT, csr_sid, "no", "SID extension asked for")                                              \
    FACT(csr_purposes, CONTENT, csr_purposes, NULL, "extended key usage asked for")                               \
    FACT(csr_names, CONTENT, csr_names, NULL, "alternative names asked for")                                      \
    FACT(csr_extensions, CONTENT, csr_extensions, NULL, "extensions asked for")                                   \
    FACT(csr_template, CONTENT, csr_template, NULL, "template asked for")                                         \
    FACT(challenge, CONTENT, challenge, NULL, "challenge password")                                               \
    FACT(challenge_use, IDENTITY, challenge_use, NULL, "use of the challenge password")                           \
    FACT(nonce, FORM, nonce, "16 octets", "senderNonce")                                                          \
    FACT(transaction, FORM, transaction, NULL, "transactionID")                                                   \
    FACT(again, IDENTITY, again, "is new", "this message")                                                        \
    FACT(method, CARRIAGE, method, NULL, "method")                                                                \
    FACT(content_type, CARRIAGE, content_type, "application/x-pki-message", "Content-Type")                       \
    FACT(host, CARRIAGE, host, NULL, "Host header")                                                               \
    FACT(host_port, CARRIAGE, host, NULL, "port in the Host header")                                              \
    FACT(path, CARRIAGE, path, NULL, "path of the URL")                                                           \
    FACT(url_length, CARRIAGE, url_length, NULL, "length of the URL")                                             \
    FACT(queries, IDENTITY, queries, NULL, "asked before")                                                        \
    FACT(size, IDENTITY, size, NULL, "size of the message")                                                       \
    FACT(client, IDENTITY, client, NULL, "client")                                                                \
    FACT(user_agent, IDENTITY, client, NULL, "User-Agent")

typedef enum {
#define SCEP_FACT_ID(id, ...) SCEP_REQUEST_FACT_##id,
    SCEP_REQUEST_FACTS(SCEP_FACT_ID)
#undef SCEP_FACT_ID
        SCEP_REQUEST_FACT_COUNT
} ScepFactId;

/** What is known of a fact itself. */
typedef struct {
    const char *name;
    ScepFactKind kind;
    const char *plain; /**< what every server expects; NULL where there is no such thing */
    ScepFactId part;   /**< told in its place where both set requests apart; itself where there is none */
} ScepFactInfo;

extern const ScepFactInfo scep_fact_info[SCEP_REQUEST_FACT_COUNT];

/** The facts of one request; equal ones are one. Texts are the tracker's, so pointers compare; NULL where unknown: not
 * captured, not readable, or not there to be told of. */
struct ScepRequestFacts {
    const char *value[SCEP_REQUEST_FACT_COUNT];
};

/** Reads the facts of a request that is booked but for them. @return the tracker's; NULL for anything but a
 * PKIOperation */
const ScepRequestFacts *scep_request_facts_read(ScepTracker *tracker, const ScepExchange *exchange,
                                                const ScepRequest *request);

/** Notes that a subject has a certificate of a server. */
void scep_request_facts_granted(ScepTracker *tracker, const ScepExchange *exchange);

/** Makes and frees what facts are kept in. */
void scep_request_facts_open(ScepTracker *tracker);
void scep_request_facts_close(ScepTracker *tracker);

#endif
