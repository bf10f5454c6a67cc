/* oids.c
 * Names for the object identifiers that turn up in an enrollment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"

#include <stdlib.h>
#include <string.h>

/* Sources: FIPS 203 to 205 by the NIST register (2.16.840.1.101.3.4), RFC 5652 and 2985 (1.2.840.113549), RFC 5280 and
 * 8894, wincrypt.h and MS-WCCE (1.3.6.1.4.1.311). What Microsoft's SCEP attributes hold is known for
 * szOID_ENROLL_SCEP_ERROR only; the others are known by name. */
const ScepOid scep_oids[] = {
    { "1.2.840.113549.1.7.1", "id-data", "content type: plain data" },
    { "1.2.840.113549.1.7.2", "id-signedData", "content type: signed data" },
    { "1.2.840.113549.1.7.3", "id-envelopedData", "content type: data encrypted for recipients" },
    { "1.2.840.113549.1.7.4", "id-signedAndEnvelopedData", "content type of PKCS#7: signed and encrypted data" },
    { "1.2.840.113549.1.7.5", "id-digestedData", "content type: data with a digest" },
    { "1.2.840.113549.1.7.6", "id-encryptedData", "content type: data encrypted without recipients" },
    { "1.2.840.113549.1.9.1", "emailAddress", "name part: e-mail address" },
    { "1.2.840.113549.1.9.2", "unstructuredName", "name part: free text, used by routers for their host name" },
    { "1.2.840.113549.1.9.3", "contentType", "signed attribute: type of the content" },
    { "1.2.840.113549.1.9.4", "messageDigest", "signed attribute: digest of the content" },
    { "1.2.840.113549.1.9.5", "signingTime", "signed attribute: time by the clock of the signer" },
    { "1.2.840.113549.1.9.7", "challengePassword", "request attribute: the challenge password of SCEP" },
    { "1.2.840.113549.1.9.8", "unstructuredAddress", "name part: free text, used by routers for their address" },
    { "1.2.840.113549.1.9.14", "extensionRequest", "request attribute: extensions that the certificate should have" },
    { "1.2.840.113549.1.9.15", "smimeCapabilities", "algorithms that the owner supports for S/MIME" },
    { "1.2.840.113549.1.9.16.1.23", "id-ct-authEnvelopedData",
      "content type: data encrypted for recipients and protected against change" },
    { "1.2.840.113549.1.9.16.3.9", "id-alg-PWRI-KEK", "recipient by password (PasswordRecipientInfo)" },
    { "1.2.840.113549.1.9.16.3.14", "RSA-KEM", "key encapsulation with RSA" },
    { "1.2.840.113549.1.9.16.3.28", "HKDF-SHA256", "key derivation with SHA-256" },
    { "1.2.840.113549.1.9.16.13.3", "id-ori-kem", "recipient by key encapsulation (KEMRecipientInfo)" },
    { "1.3.6.1.4.1.311.2.1.14", "szOID_CERT_EXTENSIONS",
      "request attribute: extensions that the certificate should have (Microsoft's form)" },
    { "1.3.6.1.4.1.311.10.3.4", "Encrypting File System", "purpose: file encryption on Windows" },
    { "1.3.6.1.4.1.311.10.3.12", "Document Signing", "purpose: signing of documents" },
    { "1.3.6.1.4.1.311.10.10.1", "szOID_CMC_ADD_ATTRIBUTES", "CMC control: further attributes of a request" },
    { "1.3.6.1.4.1.311.13.1", "szOID_RENEWAL_CERTIFICATE", "request attribute: the certificate that is renewed" },
    { "1.3.6.1.4.1.311.13.2.1", "szOID_ENROLLMENT_NAME_VALUE_PAIR",
      "request attribute: a name and a value for the CA" },
    { "1.3.6.1.4.1.311.13.2.2", "szOID_ENROLLMENT_CSP_PROVIDER",
      "request attribute: the Windows provider that made the key" },
    { "1.3.6.1.4.1.311.13.2.3", "szOID_OS_VERSION", "request attribute: Windows version of the client" },
    { "1.3.6.1.4.1.311.20.2", "szOID_ENROLL_CERTTYPE_EXTENSION",
      "extension: name of the certificate template (version 1 templates)" },
    { "1.3.6.1.4.1.311.20.2.1", "Certificate Request Agent",
      "purpose: requests on behalf of others; both NDES certificates (Enrollment Agent and CEP Encryption) carry it" },
    { "1.3.6.1.4.1.311.20.2.2", "Smart Card Logon", "purpose: sign-in to Windows with a smart card" },
    { "1.3.6.1.4.1.311.20.2.3", "User Principal Name", "alternative name: sign-in name of a user (UPN)" },
    { "1.3.6.1.4.1.311.21.1", "szOID_CERTSRV_CA_VERSION", "extension: version of the CA certificate and key" },
    { "1.3.6.1.4.1.311.21.2", "szOID_CERTSRV_PREVIOUS_CERT_HASH",
      "extension: hash of the CA certificate before this one" },
    { "1.3.6.1.4.1.311.21.5", "Private Key Archival",
      "purpose: CA exchange certificate, to which keys for archival are encrypted" },
    { "1.3.6.1.4.1.311.21.6", "Key Recovery Agent", "purpose: recovery of archived keys" },
    { "1.3.6.1.4.1.311.21.7", "szOID_CERTIFICATE_TEMPLATE",
      "extension: certificate template by object identifier and version" },
    { "1.3.6.1.4.1.311.21.10", "szOID_APPLICATION_CERT_POLICIES",
      "extension: application policies, Microsoft's form of purposes" },
    { "1.3.6.1.4.1.311.21.13", "szOID_ARCHIVED_KEY_ATTR",
      "request attribute: the private key, encrypted for archival" },
    { "1.3.6.1.4.1.311.21.17", "szOID_ISSUED_CERT_HASH", "attribute of a CA answer: hash of the issued certificate" },
    { "1.3.6.1.4.1.311.21.20", "szOID_REQUEST_CLIENT_INFO",
      "request attribute: computer, user and program that made the request" },
    { "1.3.6.1.4.1.311.21.21", "szOID_ENCRYPTED_KEY_HASH", "attribute: hash of the encrypted private key" },
    { "1.3.6.1.4.1.311.21.23", "szOID_ENROLL_EK_INFO", "key attestation: endorsement key of the TPM" },
    { "1.3.6.1.4.1.311.21.24", "szOID_ENROLL_ATTESTATION_STATEMENT",
      "key attestation: statement of the TPM about the key" },
    { "1.3.6.1.4.1.311.21.25", "szOID_ENROLL_KSP_NAME", "key attestation: name of the key storage provider" },
    { "1.3.6.1.4.1.311.21.26", "szOID_ENROLL_EKPUB_CHALLENGE", "key attestation: challenge for the endorsement key" },
    { "1.3.6.1.4.1.311.21.27", "szOID_ENROLL_CAXCHGCERT_HASH", "key attestation: hash of the CA exchange certificate" },
    { "1.3.6.1.4.1.311.21.28", "szOID_ENROLL_ATTESTATION_CHALLENGE", "key attestation: challenge for the key" },
    { "1.3.6.1.4.1.311.21.29", "szOID_ENROLL_ENCRYPTION_ALGORITHM", "key attestation: encryption algorithm" },
    { "1.3.6.1.4.1.311.21.30", "szOID_ENROLL_EKVERIFYKEY", "key attestation: endorsement key checked against a list" },
    { "1.3.6.1.4.1.311.21.31", "szOID_ENROLL_EKVERIFYCERT",
      "key attestation: endorsement key checked by its certificate" },
    { "1.3.6.1.4.1.311.21.32", "szOID_ENROLL_EKVERIFYCREDS",
      "key attestation: endorsement key trusted by the user's credentials" },
    { "1.3.6.1.4.1.311.21.33", "szOID_ENROLL_SCEP_ERROR",
      "SCEP attribute of NDES: error code (HRESULT) as signed decimal text" },
    { "1.3.6.1.4.1.311.21.34", "szOID_ENROLL_SCEP_SERVER_STATE", "SCEP attribute of Microsoft: state of the server" },
    { "1.3.6.1.4.1.311.21.35", "szOID_ENROLL_SCEP_CHALLENGE_ANSWER",
      "SCEP attribute of Microsoft: answer to a challenge" },
    { "1.3.6.1.4.1.311.21.37", "szOID_ENROLL_SCEP_CLIENT_REQUEST",
      "SCEP attribute of Microsoft: request of the client" },
    { "1.3.6.1.4.1.311.21.38", "szOID_ENROLL_SCEP_SERVER_MESSAGE",
      "SCEP attribute of Microsoft: message of the server" },
    { "1.3.6.1.4.1.311.21.39", "szOID_ENROLL_AIK_INFO", "key attestation: attestation identity key of the TPM" },
    { "1.3.6.1.4.1.311.21.40", "szOID_ENROLL_SCEP_SERVER_SECRET", "SCEP attribute of Microsoft: secret of the server" },
    { "1.3.6.1.4.1.311.21.41", "szOID_ENROLL_KEY_AFFINITY", "key attestation: affinity of the key" },
    { "1.3.6.1.4.1.311.21.42", "szOID_ENROLL_SCEP_SIGNER_HASH", "SCEP attribute of Microsoft: hash of the signer" },
    { "1.3.6.1.4.1.311.21.43", "szOID_ENROLL_EK_CA_KEYID",
      "key attestation: key identifier of the CA of the endorsement key" },
    { "1.3.6.1.4.1.311.25.1", "NTDS Replication", "alternative name: GUID of a domain controller" },
    { "1.3.6.1.4.1.311.25.2", "szOID_NTDS_CA_SECURITY_EXT",
      "extension: security identifier (SID) of the account, for strong mapping" },
    { "1.3.6.1.4.1.311.25.2.1", "szOID_NTDS_OBJECTSID",
      "security identifier (SID) of the account, inside the SID extension" },
    { "1.3.6.1.4.1.311.54.1.2", "Remote Desktop Authentication", "purpose: server for Remote Desktop" },
    { "1.3.6.1.5.2.3.4", "id-pkinit-KPClientAuth", "purpose: Kerberos sign-in with a certificate (PKINIT)" },
    { "1.3.6.1.5.2.3.5", "id-pkinit-KPKdc", "purpose: Kerberos domain controller (PKINIT)" },
    { "1.3.6.1.5.5.7.1.1", "authorityInfoAccess", "extension: where the issuer's certificate and OCSP service are" },
    { "1.3.6.1.5.5.7.3.1", "serverAuth", "purpose: TLS server authentication" },
    { "1.3.6.1.5.5.7.3.2", "clientAuth", "purpose: TLS client authentication" },
    { "1.3.6.1.5.5.7.3.3", "codeSigning", "purpose: signing of software" },
    { "1.3.6.1.5.5.7.3.4", "emailProtection", "purpose: secure e-mail" },
    { "1.3.6.1.5.5.7.3.5", "ipsecEndSystem", "purpose: IPsec end system" },
    { "1.3.6.1.5.5.7.3.6", "ipsecTunnel", "purpose: IPsec tunnel" },
    { "1.3.6.1.5.5.7.3.7", "ipsecUser", "purpose: IPsec user" },
    { "1.3.6.1.5.5.7.3.8", "timeStamping", "purpose: time stamps" },
    { "1.3.6.1.5.5.7.3.9", "OCSPSigning", "purpose: signing of OCSP answers" },
    { "1.3.6.1.5.5.7.3.13", "eapOverPPP", "purpose: EAP over PPP" },
    { "1.3.6.1.5.5.7.3.14", "eapOverLAN", "purpose: EAP over LAN (802.1X)" },
    { "1.3.6.1.5.5.7.3.17", "ipsecIKE", "purpose: IPsec key exchange" },
    { "1.3.6.1.5.5.7.3.28", "cmcRA", "purpose: registration authority for CMC" },
    { "1.3.6.1.5.5.7.12.2", "id-cct-PKIData", "content type: CMC request" },
    { "1.3.6.1.5.5.7.12.3", "id-cct-PKIResponse", "content type: CMC answer" },
    { "1.3.6.1.5.5.7.24.1", "failInfoText", "SCEP attribute: the server's reason for a refusal, in words" },
    { "1.3.6.1.5.5.8.2.2", "iKEIntermediate", "purpose: IPsec key exchange (older form)" },
    { "2.5.29.14", "subjectKeyIdentifier", "extension: short name of the key" },
    { "2.5.29.15", "keyUsage", "extension: what the key may be used for" },
    { "2.5.29.17", "subjectAltName", "extension: further names of the owner" },
    { "2.5.29.18", "issuerAltName", "extension: further names of the issuer" },
    { "2.5.29.19", "basicConstraints", "extension: CA certificate or not, and length of the chain below it" },
    { "2.5.29.30", "nameConstraints", "extension: names that a CA may certify" },
    { "2.5.29.31", "cRLDistributionPoints", "extension: where the revocation list is" },
    { "2.5.29.32", "certificatePolicies", "extension: policies under which the certificate was issued" },
    { "2.5.29.35", "authorityKeyIdentifier", "extension: short name of the issuer's key" },
    { "2.5.29.36", "policyConstraints", "extension: rules for policies in the chain" },
    { "2.5.29.37", "extKeyUsage", "extension: purposes of the certificate" },
    { "2.5.29.37.0", "anyExtendedKeyUsage", "purpose: any" },
    { "2.16.840.1.101.3.4.3.17", "ML-DSA-44", "post-quantum signature" },
    { "2.16.840.1.101.3.4.3.18", "ML-DSA-65", "post-quantum signature" },
    { "2.16.840.1.101.3.4.3.19", "ML-DSA-87", "post-quantum signature" },
    { "2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.21", "SLH-DSA-SHA2-128f", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.22", "SLH-DSA-SHA2-192s", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.23", "SLH-DSA-SHA2-192f", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.24", "SLH-DSA-SHA2-256s", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.25", "SLH-DSA-SHA2-256f", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.26", "SLH-DSA-SHAKE-128s", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.27", "SLH-DSA-SHAKE-128f", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.28", "SLH-DSA-SHAKE-192s", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.29", "SLH-DSA-SHAKE-192f", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.30", "SLH-DSA-SHAKE-256s", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f", "post-quantum signature by hashes" },
    { "2.16.840.1.101.3.4.4.1", "ML-KEM-512", "post-quantum key encapsulation" },
    { "2.16.840.1.101.3.4.4.2", "ML-KEM-768", "post-quantum key encapsulation" },
    { "2.16.840.1.101.3.4.4.3", "ML-KEM-1024", "post-quantum key encapsulation" },
    { "2.16.840.1.113733.1.9.2", "messageType", "SCEP attribute: what the message is" },
    { "2.16.840.1.113733.1.9.3", "pkiStatus", "SCEP attribute: success, failure or pending" },
    { "2.16.840.1.113733.1.9.4", "failInfo", "SCEP attribute: reason of a failure, as a number" },
    { "2.16.840.1.113733.1.9.5", "senderNonce", "SCEP attribute: random number of the sender" },
    { "2.16.840.1.113733.1.9.6", "recipientNonce", "SCEP attribute: random number of the request, given back" },
    { "2.16.840.1.113733.1.9.7", "transactionID", "SCEP attribute: name of the transaction" },
    { "2.16.840.1.113733.1.9.8", "extensionReq",
      "SCEP attribute of old drafts: extensions that the certificate should have" },
};

const size_t scep_oid_count = sizeof scep_oids / sizeof scep_oids[0];

/* Arc by arc: of two numbers without leading zeros the longer one is the larger. Zero only for equal text, so that
 * malformed input finds nothing. */
static int compare_dotted(const char *a, const char *b)
{
    static const char digits[] = "0123456789";

    for (;;) {
        const size_t a_length = strspn(a, digits);
        const size_t b_length = strspn(b, digits);

        if (a_length != b_length)
            return a_length < b_length ? -1 : 1;
        const int order = strncmp(a, b, a_length);
        if (order != 0)
            return order;
        a += a_length;
        b += a_length;
        if (*a != *b)
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        if (*a == '\0')
            return 0;
        a++;
        b++;
    }
}

static int compare_row(const void *key, const void *row)
{
    return compare_dotted(key, ((const ScepOid *)row)->oid);
}

const ScepOid *scep_oid_find(const char *dotted)
{
    if (dotted == NULL)
        return NULL;
    return bsearch(dotted, scep_oids, scep_oid_count, sizeof scep_oids[0], compare_row);
}
