/* certificate_list.h
 * Certificates among others: who signed, who can read, which is the root, and a number to tell two of them apart.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_CERTIFICATE_LIST_H
#define SCEP_CORE_CMS_CERTIFICATE_LIST_H

#include "scep/cms.h"

/** A number for an issuer and serial number, to tell two of them apart without keeping them.
 * @param issuer  DER of a Name, @param serial  content octets of the INTEGER
 * @return never 0 where both are there; 0 when either is absent */
uint64_t scep_identity(const uint8_t *issuer, size_t issuer_size, const uint8_t *serial, size_t serial_size);

/** The same of a certificate. */
uint64_t scep_certificate_identity(const ScepCertificate *certificate);

/** The certificate that signed a message, among those that came with it. @param body  what the message was parsed from
 * @return borrowed; NULL when it is not there */
const ScepCertificate *scep_message_get0_signer(const ScepMessage *message, const uint8_t *body,
                                                const GPtrArray *certificates);

/** The certificate that a recipient names, among these; NULL when none. @param content  what its envelope was parsed
 * from */
const ScepCertificate *scep_recipient_get0_certificate(const GPtrArray *certificates, const ScepRecipient *recipient,
                                                       const uint8_t *content);

/** The self-signed CA certificate of a list, the first where there are several; NULL where there is none. The list may
 * be NULL. */
const ScepCertificate *scep_certificates_get0_root(const GPtrArray *certificates);

/** "\"CN=Root\", SHA-1 thumbprint 0A1B...": as profiles and Windows name a certificate. @return g_free() */
char *scep_thumbprint_new_text(const ScepCertificate *certificate);

#endif
