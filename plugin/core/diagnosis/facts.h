/* facts.h
 * What several rule tables ask of a message; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_FACTS_H
#define SCEP_CORE_DIAGNOSIS_FACTS_H

#include "diagnosis/findings.h"

/** A number for an issuer and serial number, to tell two of them apart without keeping them.
 * @param issuer  DER of a Name, @param serial  content octets of the INTEGER
 * @return never 0 where both are there; 0 when either is absent */
uint64_t scep_identity(const uint8_t *issuer, size_t issuer_size, const uint8_t *serial, size_t serial_size);

/** The same of a certificate. */
uint64_t scep_certificate_identity(const ScepCertificate *certificate);

/** The certificate that signed a message, among those that came with it. @param body  what the message was parsed from
 * @return borrowed; NULL when it is not there */
const ScepCertificate *scep_signer_certificate(const ScepMessage *message, const uint8_t *body,
                                               const GPtrArray *certificates);

/** The same of the request at hand. */
const ScepCertificate *scep_request_signer(const ScepRequest *request);

/** The certificate that a recipient names, among these; NULL when none. @param content  what its envelope was parsed
 * from */
const ScepCertificate *scep_recipient_certificate(const GPtrArray *certificates, const ScepRecipient *recipient,
                                                  const uint8_t *content);

/** The CertRep at hand, whether its request was seen or not; NULL for any other answer. */
const ScepMessage *scep_certrep(const ScepFacts *facts);

/** The new certificate that an answer delivers: from inside the opened envelope, else in clear from the outer
 * SignedData, where step-ca and micromdm put it. There it counts only when it must be the new one: no CA's, not the
 * signer's, not one of the GetCACert answer, and issued by a CA of either.
 * @return borrowed; NULL when none can be told */
const ScepCertificate *scep_issued_certificate(const ScepFacts *facts);

/** True when a page says this, in ASCII or, as NDES writes its pages (fleet#23505), in UTF-16. Looks at its begin only.
 */
bool scep_page_says(const ScepResponse *response, const char *text);

/** What the page of NDES says that hands out a challenge password. */
#define SCEP_CHALLENGE_SENTENCE "enrollment challenge password is"

/** Characters of the longest CN in a name as scep.csr.subject shows it. */
size_t scep_common_name_length(const char *name);

/** True when a CN in such a name has one of the characters , + ; = or a backslash in its value. */
bool scep_common_name_is_escaped(const char *name);

/** The self-signed CA certificate of a list, the first where there are several; NULL where there is none. The list may
 * be NULL. */
const ScepCertificate *scep_root_of(const GPtrArray *certificates);

/** "\"CN=Root\", SHA-1 thumbprint 0A1B...": as profiles and Windows name a certificate. @return g_free() */
char *scep_thumbprint_text(const ScepCertificate *certificate);

/** True when a certificate of the list has this subject. The list may be NULL. */
bool scep_has_subject(const GPtrArray *certificates, const char *subject);

/** True when a finding of the list has this id. The list may be NULL. */
bool scep_has_finding(const GPtrArray *findings, const char *id);

#endif
