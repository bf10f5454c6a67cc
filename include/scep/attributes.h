/* attributes.h
 * The signed attributes of a pkiMessage and the code points in them (RFC 8894 3.2.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_ATTRIBUTES_H
#define SCEP_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Attributes that are known by name. */
typedef enum {
    SCEP_ATTR_UNKNOWN = 0,
    SCEP_ATTR_CONTENT_TYPE,
    SCEP_ATTR_MESSAGE_DIGEST,
    SCEP_ATTR_SIGNING_TIME,
    SCEP_ATTR_MESSAGE_TYPE,
    SCEP_ATTR_PKI_STATUS,
    SCEP_ATTR_FAIL_INFO,
    SCEP_ATTR_SENDER_NONCE,
    SCEP_ATTR_RECIPIENT_NONCE,
    SCEP_ATTR_TRANSACTION_ID,
    SCEP_ATTR_EXTENSION_REQ,
    SCEP_ATTR_FAIL_INFO_TEXT,
    SCEP_ATTR_NDES_ERROR,        /**< 1.3.6.1.4.1.311.21.33, HRESULT as signed decimal */
    SCEP_ATTR_NDES_SERVER_STATE,
    SCEP_ATTR_NDES_CHALLENGE_ANSWER,
    SCEP_ATTR_NDES_CLIENT_REQUEST,
    SCEP_ATTR_NDES_SERVER_MESSAGE,
    SCEP_ATTR_NDES_SERVER_SECRET,
    SCEP_ATTR_NDES_SIGNER_HASH,
    SCEP_ATTR_COUNT
} ScepAttributeId;

/** What the table knows of an attribute. */
typedef struct {
    ScepAttributeId id;
    const char *name;            /**< as RFC 8894, RFC 5652 or Microsoft's headers write it */
    uint8_t oid[12];
    size_t oid_length;
    uint32_t tag;                /**< universal tag the defining text asks for; 0 for any */
} ScepAttributeInfo;

/** Finds an attribute by the content octets of its OID. @return static; the UNKNOWN row when there is none. */
const ScepAttributeInfo *scep_attribute_find(const uint8_t *oid, size_t length);
const ScepAttributeInfo *scep_attribute_info(ScepAttributeId id);

/** messageType (RFC 8894 3.2.1.2; 18 only in draft-gutmann-scep; 41 Microsoft). */
enum {
    SCEP_TYPE_CERTREP = 3,
    SCEP_TYPE_RENEWALREQ = 17,
    SCEP_TYPE_UPDATEREQ = 18,
    SCEP_TYPE_PKCSREQ = 19,
    SCEP_TYPE_CERTPOLL = 20,
    SCEP_TYPE_GETCERT = 21,
    SCEP_TYPE_GETCRL = 22
};

/** pkiStatus (RFC 8894 3.2.1.3). */
enum { SCEP_STATUS_SUCCESS = 0, SCEP_STATUS_FAILURE = 2, SCEP_STATUS_PENDING = 3 };

/** failInfo (RFC 8894 3.2.1.4). */
enum {
    SCEP_FAIL_BAD_ALG = 0,
    SCEP_FAIL_BAD_MESSAGE_CHECK = 1,
    SCEP_FAIL_BAD_REQUEST = 2,
    SCEP_FAIL_BAD_TIME = 3,
    SCEP_FAIL_BAD_CERT_ID = 4
};

/** True when the content of such a message is a PKCS#10, so also for a type that is unknown or missing: a client that
 * has its type wrong most likely asks for a certificate. False for the queries (RFC 8894 3.3.3 to 3.3.5) and answers. */
bool scep_message_type_has_request(int message_type);

/** Names of the code points; NULL for a number without one. Static. */
const char *scep_message_type_name(int message_type);
const char *scep_pki_status_name(int pki_status);
const char *scep_fail_info_name(int fail_info);

#endif
