/* attributes.c
 * The signed attributes of a pkiMessage and the code points in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/attributes.h"

#include <glib.h>
#include <string.h>

#include "scep/asn1.h"

/* 1.2.840.113549.1.9.x, 2.16.840.1.113733.1.9.x, 1.3.6.1.5.5.7.24.1, 1.3.6.1.4.1.311.21.x */
#define PKCS9(arc) { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, arc }, 9
#define VERISIGN(arc) { 0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x45, 0x01, 0x09, arc }, 10
#define MICROSOFT(arc) { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x15, arc }, 9

static const ScepAttributeInfo attributes[] = {
    { SCEP_ATTR_UNKNOWN, "unknown attribute", { 0 }, 0, 0 },
    { SCEP_ATTR_CONTENT_TYPE, "contentType", PKCS9(3), SCEP_TAG_OID },
    { SCEP_ATTR_MESSAGE_DIGEST, "messageDigest", PKCS9(4), SCEP_TAG_OCTET_STRING },
    { SCEP_ATTR_SIGNING_TIME, "signingTime", PKCS9(5), 0 },
    { SCEP_ATTR_MESSAGE_TYPE, "messageType", VERISIGN(2), SCEP_TAG_PRINTABLE_STRING },
    { SCEP_ATTR_PKI_STATUS, "pkiStatus", VERISIGN(3), SCEP_TAG_PRINTABLE_STRING },
    { SCEP_ATTR_FAIL_INFO, "failInfo", VERISIGN(4), SCEP_TAG_PRINTABLE_STRING },
    { SCEP_ATTR_SENDER_NONCE, "senderNonce", VERISIGN(5), SCEP_TAG_OCTET_STRING },
    { SCEP_ATTR_RECIPIENT_NONCE, "recipientNonce", VERISIGN(6), SCEP_TAG_OCTET_STRING },
    { SCEP_ATTR_TRANSACTION_ID, "transactionID", VERISIGN(7), SCEP_TAG_PRINTABLE_STRING },
    { SCEP_ATTR_EXTENSION_REQ, "extensionReq", VERISIGN(8), 0 },
    { SCEP_ATTR_FAIL_INFO_TEXT,
      "failInfoText",
      { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x18, 0x01 },
      8,
      SCEP_TAG_UTF8_STRING },
    { SCEP_ATTR_NDES_ERROR, "szOID_ENROLL_SCEP_ERROR", MICROSOFT(33), SCEP_TAG_PRINTABLE_STRING },
    { SCEP_ATTR_NDES_SERVER_STATE, "szOID_ENROLL_SCEP_SERVER_STATE", MICROSOFT(34), 0 },
    { SCEP_ATTR_NDES_CHALLENGE_ANSWER, "szOID_ENROLL_SCEP_CHALLENGE_ANSWER", MICROSOFT(35), 0 },
    { SCEP_ATTR_NDES_CLIENT_REQUEST, "szOID_ENROLL_SCEP_CLIENT_REQUEST", MICROSOFT(37), 0 },
    { SCEP_ATTR_NDES_SERVER_MESSAGE, "szOID_ENROLL_SCEP_SERVER_MESSAGE", MICROSOFT(38), 0 },
    { SCEP_ATTR_NDES_SERVER_SECRET, "szOID_ENROLL_SCEP_SERVER_SECRET", MICROSOFT(40), 0 },
    { SCEP_ATTR_NDES_SIGNER_HASH, "szOID_ENROLL_SCEP_SIGNER_HASH", MICROSOFT(42), 0 },
};
G_STATIC_ASSERT(G_N_ELEMENTS(attributes) == SCEP_ATTR_COUNT);

const ScepAttributeInfo *scep_attribute_find(const uint8_t *oid, size_t length)
{
    for (size_t i = 1; i < G_N_ELEMENTS(attributes); i++) {
        if (attributes[i].oid_length == length && memcmp(attributes[i].oid, oid, length) == 0)
            return &attributes[i];
    }
    return &attributes[0];
}

const ScepAttributeInfo *scep_attribute_info(ScepAttributeId id)
{
    return &attributes[(size_t)id < G_N_ELEMENTS(attributes) ? id : SCEP_ATTR_UNKNOWN];
}

const ScepCodePoint scep_message_types[] = {
    { SCEP_TYPE_CERTREP, "CertRep", NULL },
    { SCEP_TYPE_RENEWALREQ, "RenewalReq", NULL },
    { SCEP_TYPE_UPDATEREQ, "UpdateReq", NULL },
    { SCEP_TYPE_PKCSREQ, "PKCSReq", NULL },
    { SCEP_TYPE_CERTPOLL, "CertPoll", NULL },
    { SCEP_TYPE_GETCERT, "GetCert", NULL },
    { SCEP_TYPE_GETCRL, "GetCRL", NULL },
    { SCEP_TYPE_CLAIM_CHALLENGE_ANSWER, "ClaimChallengeAnswer", NULL },
    { 0, NULL, NULL },
};

const ScepCodePoint scep_pki_statuses[] = {
    { SCEP_STATUS_SUCCESS, "SUCCESS", NULL },
    { SCEP_STATUS_FAILURE, "FAILURE", NULL },
    { SCEP_STATUS_PENDING, "PENDING", NULL },
    { SCEP_STATUS_PENDING_CHALLENGE, "PENDING_CHALLENGE", NULL },
    { 0, NULL, NULL },
};

const ScepCodePoint scep_fail_infos[] = {
    { SCEP_FAIL_BAD_ALG, "badAlg", "algorithm unknown or not supported" },
    { SCEP_FAIL_BAD_MESSAGE_CHECK, "badMessageCheck", "integrity check failed" },
    { SCEP_FAIL_BAD_REQUEST, "badRequest", "transaction not permitted or supported" },
    { SCEP_FAIL_BAD_TIME, "badTime", "signing time too far from the server's time" },
    { SCEP_FAIL_BAD_CERT_ID, "badCertId", "no certificate matches" },
    { 0, NULL, NULL },
};

static const char *code_point_name(const ScepCodePoint *table, int value)
{
    for (; table->name != NULL; table++) {
        if (table->value == value)
            return table->name;
    }
    return NULL;
}

bool scep_message_type_has_request(int message_type)
{
    return message_type != SCEP_TYPE_CERTREP && message_type != SCEP_TYPE_CERTPOLL &&
           message_type != SCEP_TYPE_GETCERT && message_type != SCEP_TYPE_GETCRL;
}

const char *scep_message_type_name(int message_type)
{
    return code_point_name(scep_message_types, message_type);
}

const char *scep_pki_status_name(int pki_status)
{
    return code_point_name(scep_pki_statuses, pki_status);
}

const char *scep_fail_info_name(int fail_info)
{
    return code_point_name(scep_fail_infos, fail_info);
}
