/* fields.c
 * The filter fields of the scep protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fields.h"

#include "fields_service.h"
#include "scep/catalogue.h"
#include "scep/cms.h"
#include "scep/report.h"
#include "value_strings.h"

int proto_scep = -1;

int hf_scep_operation = -1;
int hf_scep_ca_identifier = -1;
int hf_scep_http_status = -1;
int hf_scep_request_in = -1;
int hf_scep_response_in = -1;
int hf_scep_time = -1;
int hf_scep_capability = -1;
int hf_scep_message_type = -1;
int hf_scep_message_type_other = -1;
int hf_scep_pki_status = -1;
int hf_scep_pki_status_other = -1;
int hf_scep_fail_info = -1;
int hf_scep_fail_info_other = -1;
int hf_scep_fail_info_text = -1;
int hf_scep_transaction_id = -1;
int hf_scep_sender_nonce = -1;
int hf_scep_recipient_nonce = -1;
int hf_scep_ndes_error = -1;
int hf_scep_digest_algorithm = -1;
int hf_scep_digest_status = -1;
int hf_scep_signature_algorithm = -1;
int hf_scep_signature_status = -1;
int hf_scep_encryption_algorithm = -1;
int hf_scep_signer_subject = -1;
int hf_scep_signer_issuer = -1;
int hf_scep_signer_serial = -1;
int hf_scep_signer_self_signed = -1;
int hf_scep_recipient_type = -1;
int hf_scep_recipient_issuer = -1;
int hf_scep_recipient_serial = -1;
int hf_scep_recipient_algorithm = -1;
int hf_scep_cert_role = -1;
int hf_scep_cert_subject = -1;
int hf_scep_cert_issuer = -1;
int hf_scep_cert_serial = -1;
int hf_scep_cert_not_before = -1;
int hf_scep_cert_not_after = -1;
int hf_scep_cert_sha1 = -1;
int hf_scep_cert_sha256 = -1;
int hf_scep_cert_key_algorithm = -1;
int hf_scep_cert_key_bits = -1;
int hf_scep_cert_signature_algorithm = -1;
int hf_scep_cert_san = -1;
int hf_scep_signing_time = -1;
int hf_scep_signing_time_skew = -1;
int hf_scep_content_shape = -1;
int hf_scep_host = -1;
int hf_scep_user_agent = -1;
int hf_scep_client = -1;
int hf_scep_url_path = -1;
int hf_scep_content_type = -1;
int hf_scep_attribute = -1;
int hf_scep_attribute_oid = -1;
int hf_scep_attribute_value = -1;
int hf_scep_digest_reason = -1;
int hf_scep_signature_reason = -1;
int hf_scep_signer_in = -1;
int hf_scep_decryption_status = -1;
int hf_scep_decryption_key = -1;
int hf_scep_decryption_reason = -1;
int hf_scep_csr_subject = -1;
int hf_scep_csr_san = -1;
int hf_scep_csr_key_algorithm = -1;
int hf_scep_csr_key_bits = -1;
int hf_scep_csr_signature_status = -1;
int hf_scep_csr_purpose = -1;
int hf_scep_csr_template = -1;
int hf_scep_csr_attribute = -1;
int hf_scep_csr_sha256 = -1;
int hf_scep_challenge_length = -1;
int hf_scep_challenge_sha256 = -1;
int hf_scep_challenge_kind = -1;
int hf_scep_challenge = -1;
int hf_scep_challenge_same_as = -1;
int hf_scep_spki_sha256 = -1;
int hf_scep_payload_issuer = -1;
int hf_scep_payload_subject = -1;
int hf_scep_payload_serial = -1;
int hf_scep_crl_issuer = -1;
int hf_scep_crl_entries = -1;
int hf_scep_stage = -1;
int hf_scep_step = -1;
int hf_scep_role_src = -1;
int hf_scep_role_dst = -1;
int hf_scep_link_guess = -1;
int hf_scep_link_host = -1;
int hf_scep_enrollment = -1;
int hf_scep_enrollment_first = -1;
int hf_scep_enrollment_previous = -1;
int hf_scep_enrollment_cause = -1;
int hf_scep_enrollment_answer = -1;
int hf_scep_enrollment_polls = -1;
int hf_scep_enrollment_wait = -1;
int hf_scep_hint_id = -1;
int hf_scep_hint_severity = -1;
int hf_scep_hint_text = -1;
int hf_scep_hint_detail = -1;
int hf_scep_hint_check = -1;
int hf_scep_hint_log = -1;
int hf_scep_hint_confidence = -1;
int hf_scep_hint_frame = -1;

int ett_scep = -1;
int ett_scep_http = -1;
int ett_scep_message = -1;
int ett_scep_attributes = -1;
int ett_scep_attribute = -1;
int ett_scep_envelope = -1;
int ett_scep_recipient = -1;
int ett_scep_certificate = -1;
int ett_scep_hint = -1;
int ett_scep_inside = -1;
int ett_scep_service = -1;

static const value_string scep_check_status_vals[] = {
    { SCEP_VERIFY_NOT_CHECKED, "not checked" },
    { SCEP_VERIFY_GOOD, "good" },
    { SCEP_VERIFY_BAD, "bad" },
    { SCEP_VERIFY_NO_CERTIFICATE, "signer's certificate not found" },
    { 0, NULL },
};

static const value_string scep_decryption_status_vals[] = {
    { SCEP_DECRYPTION_OPENED, "decrypted" },
    { SCEP_DECRYPTION_NO_KEY, "no key" },
    { SCEP_DECRYPTION_FAILED, "failed" },
    { SCEP_DECRYPTION_OFF, "switched off" },
    { 0, NULL },
};

static const value_string scep_severity_vals[] = {
    { SCEP_SEVERITY_NOTE, "note" },
    { SCEP_SEVERITY_WARNING, "warning" },
    { SCEP_SEVERITY_ERROR, "error" },
    { 0, NULL },
};

static const value_string scep_confidence_vals[] = {
    { SCEP_CONFIDENCE_POSSIBLE, "possible" },
    { SCEP_CONFIDENCE_LIKELY, "likely" },
    { SCEP_CONFIDENCE_CERTAIN, "certain" },
    { 0, NULL },
};

static hf_register_info hf[] = {
    { &hf_scep_operation,
      { "Operation", "scep.operation", FT_STRING, BASE_NONE, NULL, 0,
        "SCEP operation of the request (RFC 8894 4.1), or what was sent", HFILL } },
    { &hf_scep_ca_identifier,
      { "CA identifier", "scep.ca_identifier", FT_STRING, BASE_NONE, NULL, 0,
        "message parameter of a GetCACaps, GetCACert or GetNextCACert request", HFILL } },
    { &hf_scep_http_status,
      { "HTTP status", "scep.http_status", FT_UINT16, BASE_DEC, NULL, 0,
        "Status of the HTTP response that carries the answer", HFILL } },
    { &hf_scep_request_in,
      { "Request in frame", "scep.request_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0,
        "The request that this frame answers", HFILL } },
    { &hf_scep_response_in,
      { "Response in frame", "scep.response_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0,
        "The answer to the request in this frame", HFILL } },
    { &hf_scep_time,
      { "Time since request", "scep.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0, "Time from the request to its answer",
        HFILL } },
    { &hf_scep_capability,
      { "Capability", "scep.capability", FT_STRING, BASE_NONE, NULL, 0, "One keyword of a GetCACaps answer, as sent",
        HFILL } },
    { &hf_scep_message_type,
      { "Message type", "scep.message_type", FT_UINT8, BASE_DEC, NULL, 0, "messageType attribute (RFC 8894 3.2.1.2)",
        HFILL } },
    { &hf_scep_message_type_other,
      { "Message type as sent", "scep.message_type.other", FT_STRING, BASE_NONE, NULL, 0,
        "messageType attribute, where it holds no value that is defined", HFILL } },
    { &hf_scep_pki_status,
      { "PKI status", "scep.pki_status", FT_UINT8, BASE_DEC, NULL, 0, "pkiStatus attribute (RFC 8894 3.2.1.3)",
        HFILL } },
    { &hf_scep_pki_status_other,
      { "PKI status as sent", "scep.pki_status.other", FT_STRING, BASE_NONE, NULL, 0,
        "pkiStatus attribute, where it holds no value that is defined", HFILL } },
    { &hf_scep_fail_info,
      { "Failure info", "scep.fail_info", FT_UINT8, BASE_DEC, NULL, 0, "failInfo attribute (RFC 8894 3.2.1.4)",
        HFILL } },
    { &hf_scep_fail_info_other,
      { "Failure info as sent", "scep.fail_info.other", FT_STRING, BASE_NONE, NULL, 0,
        "failInfo attribute, where it holds no value that is defined", HFILL } },
    { &hf_scep_fail_info_text,
      { "Failure text", "scep.fail_info_text", FT_STRING, BASE_NONE, NULL, 0,
        "failInfoText attribute: the server's own words", HFILL } },
    { &hf_scep_transaction_id,
      { "Transaction ID", "scep.transaction_id", FT_STRING, BASE_NONE, NULL, 0,
        "transactionID attribute; hex where it is not printable", HFILL } },
    { &hf_scep_sender_nonce,
      { "Sender nonce", "scep.sender_nonce", FT_BYTES, BASE_NONE, NULL, 0, "senderNonce attribute", HFILL } },
    { &hf_scep_recipient_nonce,
      { "Recipient nonce", "scep.recipient_nonce", FT_BYTES, BASE_NONE, NULL, 0,
        "recipientNonce attribute: the senderNonce of the request", HFILL } },
    { &hf_scep_ndes_error,
      { "NDES error", "scep.ndes_error", FT_UINT32, BASE_HEX, NULL, 0,
        "HRESULT that NDES puts into its answer (1.3.6.1.4.1.311.21.33)", HFILL } },
    { &hf_scep_digest_algorithm,
      { "Digest algorithm", "scep.digest.algorithm", FT_STRING, BASE_NONE, NULL, 0,
        "Digest that the signer used, by OpenSSL's name", HFILL } },
    { &hf_scep_digest_status,
      { "Digest status", "scep.digest.status", FT_UINT8, BASE_DEC, VALS(scep_check_status_vals), 0,
        "Whether messageDigest fits the content", HFILL } },
    { &hf_scep_signature_algorithm,
      { "Signature algorithm", "scep.signature.algorithm", FT_STRING, BASE_NONE, NULL, 0,
        "Signature algorithm of the SignerInfo, by OpenSSL's name", HFILL } },
    { &hf_scep_signature_status,
      { "Signature status", "scep.signature.status", FT_UINT8, BASE_DEC, VALS(scep_check_status_vals), 0,
        "Whether the signature over the attributes verifies", HFILL } },
    { &hf_scep_encryption_algorithm,
      { "Encryption algorithm", "scep.encryption.algorithm", FT_STRING, BASE_NONE, NULL, 0,
        "Content encryption of the envelope, by OpenSSL's name", HFILL } },
    { &hf_scep_signer_subject,
      { "Signer subject", "scep.signer.subject", FT_STRING, BASE_NONE, NULL, 0,
        "Subject of the certificate that signed the message", HFILL } },
    { &hf_scep_signer_issuer,
      { "Signer issuer", "scep.signer.issuer", FT_STRING, BASE_NONE, NULL, 0, "Issuer named in the SignerInfo",
        HFILL } },
    { &hf_scep_signer_serial,
      { "Signer serial number", "scep.signer.serial", FT_BYTES, BASE_NONE, NULL, 0,
        "Serial number named in the SignerInfo", HFILL } },
    { &hf_scep_signer_self_signed,
      { "Signer is self-signed", "scep.signer.self_signed", FT_BOOLEAN, BASE_NONE, NULL, 0,
        "Self-signed: an initial enrollment; issued by a CA: a renewal", HFILL } },
    { &hf_scep_recipient_type,
      { "Recipient type", "scep.recipient.type", FT_STRING, BASE_NONE, NULL, 0,
        "Kind of RecipientInfo: ktri, kari, kekri, pwri, ori", HFILL } },
    { &hf_scep_recipient_issuer,
      { "Recipient issuer", "scep.recipient.issuer", FT_STRING, BASE_NONE, NULL, 0,
        "Issuer of the certificate that the envelope is encrypted for", HFILL } },
    { &hf_scep_recipient_serial,
      { "Recipient serial number", "scep.recipient.serial", FT_BYTES, BASE_NONE, NULL, 0,
        "Serial number of the certificate that the envelope is encrypted for", HFILL } },
    { &hf_scep_recipient_algorithm,
      { "Key encryption", "scep.recipient.algorithm", FT_STRING, BASE_NONE, NULL, 0,
        "How the content key is encrypted for this recipient", HFILL } },
    { &hf_scep_cert_role,
      { "Certificate role", "scep.cert.role", FT_STRING, BASE_NONE, NULL, 0,
        "ca, root, ra-signing, ra-encryption, ra, signer, issued, next-ca", HFILL } },
    { &hf_scep_cert_subject,
      { "Certificate subject", "scep.cert.subject", FT_STRING, BASE_NONE, NULL, 0,
        "Subject of a certificate in the message", HFILL } },
    { &hf_scep_cert_issuer,
      { "Certificate issuer", "scep.cert.issuer", FT_STRING, BASE_NONE, NULL, 0,
        "Issuer of a certificate in the message", HFILL } },
    { &hf_scep_cert_serial,
      { "Certificate serial number", "scep.cert.serial", FT_BYTES, BASE_NONE, NULL, 0,
        "Serial number of a certificate in the message", HFILL } },
    { &hf_scep_cert_not_before,
      { "Not before", "scep.cert.not_before", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0,
        "Start of the certificate's validity", HFILL } },
    { &hf_scep_cert_not_after,
      { "Not after", "scep.cert.not_after", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0,
        "End of the certificate's validity", HFILL } },
    { &hf_scep_cert_sha1,
      { "SHA-1 thumbprint", "scep.cert.sha1", FT_BYTES, BASE_NONE, NULL, 0,
        "SHA-1 of the certificate: the thumbprint that Windows shows", HFILL } },
    { &hf_scep_cert_sha256,
      { "SHA-256 thumbprint", "scep.cert.sha256", FT_BYTES, BASE_NONE, NULL, 0, "SHA-256 of the certificate", HFILL } },
    { &hf_scep_cert_key_algorithm,
      { "Key algorithm", "scep.cert.key.algorithm", FT_STRING, BASE_NONE, NULL, 0,
        "Kind of the certificate's public key", HFILL } },
    { &hf_scep_cert_key_bits,
      { "Key size", "scep.cert.key.bits", FT_UINT32, BASE_DEC, NULL, 0, "Size of the certificate's public key in bits",
        HFILL } },
    { &hf_scep_cert_signature_algorithm,
      { "Certificate signature", "scep.cert.signature.algorithm", FT_STRING, BASE_NONE, NULL, 0,
        "Algorithm of the issuer's signature, by OpenSSL's name", HFILL } },
    { &hf_scep_cert_san,
      { "Alternative name", "scep.cert.san", FT_STRING, BASE_NONE, NULL, 0,
        "One subject alternative name of the certificate, with its type", HFILL } },
    { &hf_scep_signing_time,
      { "Signing time", "scep.signing_time", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0,
        "signingTime attribute: the signer's clock", HFILL } },
    { &hf_scep_signing_time_skew,
      { "Clock skew", "scep.signing_time.skew", FT_INT64, BASE_DEC, NULL, 0,
        "Seconds by which the signer's clock is ahead of the capture's", HFILL } },
    { &hf_scep_content_shape,
      { "Content", "scep.content", FT_STRING, BASE_NONE, NULL, 0, "What the SignedData encapsulates", HFILL } },
    { &hf_scep_host,
      { "Host", "scep.host", FT_STRING, BASE_NONE, NULL, 0, "Host header or :authority of the request", HFILL } },
    { &hf_scep_user_agent,
      { "User agent", "scep.user_agent", FT_STRING, BASE_NONE, NULL, 0, "User-Agent header of the request", HFILL } },
    { &hf_scep_client,
      { "Client", "scep.client", FT_STRING, BASE_NONE, NULL, 0,
        "Which SCEP client this probably is, by its messages and its User-Agent", HFILL } },
    { &hf_scep_url_path, { "Path", "scep.path", FT_STRING, BASE_NONE, NULL, 0, "Path of the request URL", HFILL } },
    { &hf_scep_content_type,
      { "Content type", "scep.content_type", FT_STRING, BASE_NONE, NULL, 0, "Content-Type header of the message",
        HFILL } },
    { &hf_scep_attribute,
      { "Attribute", "scep.attribute", FT_STRING, BASE_NONE, NULL, 0,
        "A signed attribute without a field of its own, by name", HFILL } },
    { &hf_scep_attribute_oid,
      { "Attribute OID", "scep.attribute.oid", FT_STRING, BASE_NONE, NULL, 0, "Object identifier of that attribute",
        HFILL } },
    { &hf_scep_attribute_value,
      { "Attribute value", "scep.attribute.value", FT_BYTES, BASE_NONE, NULL, 0, "Content octets of its first value",
        HFILL } },
    { &hf_scep_digest_reason,
      { "Digest remark", "scep.digest.reason", FT_STRING, BASE_NONE, NULL, 0, "Why the digest has this status",
        HFILL } },
    { &hf_scep_signature_reason,
      { "Signature remark", "scep.signature.reason", FT_STRING, BASE_NONE, NULL, 0, "Why the signature has this status",
        HFILL } },
    { &hf_scep_signer_in,
      { "Signer's certificate in frame", "scep.signer.in", FT_FRAMENUM, BASE_NONE, NULL, 0,
        "GetCACert answer that holds the signer's certificate", HFILL } },
    { &hf_scep_decryption_status,
      { "Decryption", "scep.decryption.status", FT_UINT8, BASE_DEC, VALS(scep_decryption_status_vals), 0,
        "Whether the envelope was opened", HFILL } },
    { &hf_scep_decryption_key,
      { "Opened with", "scep.decryption.key", FT_STRING, BASE_NONE, NULL, 0,
        "Label of the configured key or password that opened it", HFILL } },
    { &hf_scep_decryption_reason,
      { "Decryption remark", "scep.decryption.reason", FT_STRING, BASE_NONE, NULL, 0, "Why the envelope was not opened",
        HFILL } },
    { &hf_scep_csr_subject,
      { "Subject", "scep.csr.subject", FT_STRING, BASE_NONE, NULL, 0, "Subject of the PKCS#10 request", HFILL } },
    { &hf_scep_csr_san,
      { "Alternative name", "scep.csr.san", FT_STRING, BASE_NONE, NULL, 0,
        "One subject alternative name of the request, with its type", HFILL } },
    { &hf_scep_csr_key_algorithm,
      { "Key algorithm", "scep.csr.key.algorithm", FT_STRING, BASE_NONE, NULL, 0, "Kind of the key to be certified",
        HFILL } },
    { &hf_scep_csr_key_bits,
      { "Key size", "scep.csr.key.bits", FT_UINT32, BASE_DEC, NULL, 0, "Size of the key to be certified in bits",
        HFILL } },
    { &hf_scep_csr_signature_status,
      { "Request signature", "scep.csr.signature.status", FT_UINT8, BASE_DEC, VALS(scep_check_status_vals), 0,
        "Whether the request proves possession of the key", HFILL } },
    { &hf_scep_csr_purpose,
      { "Extended key usage", "scep.csr.eku", FT_STRING, BASE_NONE, NULL, 0, "One purpose that the request asks for",
        HFILL } },
    { &hf_scep_csr_template,
      { "Template", "scep.csr.template", FT_STRING, BASE_NONE, NULL, 0, "Certificate template named in the request",
        HFILL } },
    { &hf_scep_csr_attribute,
      { "Request attribute", "scep.csr.attribute", FT_STRING, BASE_NONE, NULL, 0,
        "One further attribute of the request: name and value", HFILL } },
    { &hf_scep_csr_sha256,
      { "Request SHA-256", "scep.csr.sha256", FT_BYTES, BASE_NONE, NULL, 0,
        "SHA-256 of the PKCS#10 request: the same on the way to the CA", HFILL } },
    { &hf_scep_challenge_length,
      { "Challenge length", "scep.challenge.length", FT_UINT32, BASE_DEC, NULL, 0,
        "Length of the challenge password in bytes", HFILL } },
    { &hf_scep_challenge_sha256,
      { "Challenge SHA-256", "scep.challenge.sha256", FT_BYTES, BASE_NONE, NULL, 0, "SHA-256 of the challenge password",
        HFILL } },
    { &hf_scep_challenge_kind,
      { "Challenge kind", "scep.challenge.kind", FT_STRING, BASE_NONE, NULL, 0,
        "What the challenge password looks like", HFILL } },
    { &hf_scep_challenge,
      { "Challenge password", "scep.challenge", FT_STRING, BASE_NONE, NULL, 0,
        "The challenge password; only with the preference that reveals it", HFILL } },
    { &hf_scep_challenge_same_as,
      { "Same challenge in frame", "scep.challenge.same_as", FT_FRAMENUM, BASE_NONE, NULL, 0,
        "First frame with this challenge password", HFILL } },
    { &hf_scep_spki_sha256,
      { "Key SHA-256", "scep.spki_sha256", FT_BYTES, BASE_NONE, NULL, 0,
        "SHA-256 of the public key that is being certified", HFILL } },
    { &hf_scep_payload_issuer,
      { "Issuer asked for", "scep.payload.issuer", FT_STRING, BASE_NONE, NULL, 0,
        "Issuer named in a CertPoll, GetCert or GetCRL", HFILL } },
    { &hf_scep_payload_subject,
      { "Subject asked for", "scep.payload.subject", FT_STRING, BASE_NONE, NULL, 0, "Subject named in a CertPoll",
        HFILL } },
    { &hf_scep_payload_serial,
      { "Serial number asked for", "scep.payload.serial", FT_BYTES, BASE_NONE, NULL, 0,
        "Serial number named in a GetCert or GetCRL", HFILL } },
    { &hf_scep_crl_issuer,
      { "CRL issuer", "scep.crl.issuer", FT_STRING, BASE_NONE, NULL, 0, "Issuer of a revocation list in the message",
        HFILL } },
    { &hf_scep_crl_entries,
      { "Revoked certificates", "scep.crl.entries", FT_UINT32, BASE_DEC, NULL, 0, "Entries of the revocation list",
        HFILL } },
    { &hf_scep_stage,
      { "Stage", "scep.stage", FT_UINT8, BASE_DEC, NULL, 0, "Stage of a Microsoft Intune / NDES enrollment, 1 to 6",
        HFILL } },
    { &hf_scep_step,
      { "Step", "scep.step", FT_STRING, BASE_NONE, NULL, 0, "What this frame does in the enrollment", HFILL } },
    { &hf_scep_role_src,
      { "Source role", "scep.role.src", FT_STRING, BASE_NONE, NULL, 0,
        "What the sender of this frame is: device, proxy, ndes, policy, ca, intune", HFILL } },
    { &hf_scep_role_dst,
      { "Destination role", "scep.role.dst", FT_STRING, BASE_NONE, NULL, 0, "What the receiver of this frame is",
        HFILL } },
    { &hf_scep_link_guess,
      { "Guess", "scep.link.guess", FT_BOOLEAN, BASE_NONE, NULL, 0,
        "What this frame is to an enrollment is guessed by names, sizes and order: its content is encrypted", HFILL } },
    { &hf_scep_link_host,
      { "Host of the connection", "scep.link.host", FT_STRING, BASE_NONE, NULL, 0,
        "Name of the server: from TLS, DNS, or as Wireshark resolves its address", HFILL } },
    { &hf_scep_enrollment,
      { "Enrollment", "scep.enrollment", FT_UINT32, BASE_DEC, NULL, 0,
        "Number of the enrollment in this capture, from 1", HFILL } },
    { &hf_scep_enrollment_first,
      { "First frame of this enrollment", "scep.enrollment.first", FT_FRAMENUM, BASE_NONE, NULL, 0,
        "Where this enrollment begins", HFILL } },
    { &hf_scep_enrollment_previous,
      { "Previous request of this enrollment", "scep.enrollment.previous", FT_FRAMENUM, BASE_NONE, NULL, 0,
        "The request before this one in the same enrollment", HFILL } },
    { &hf_scep_enrollment_cause,
      { "Device's request", "scep.enrollment.cause", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0,
        "The request of the device that this call to the CA or to a service was made for", HFILL } },
    { &hf_scep_enrollment_answer,
      { "Answer to the device", "scep.enrollment.answer", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0,
        "What the device was told after this call to the CA or to a service", HFILL } },
    { &hf_scep_enrollment_polls,
      { "Polls so far", "scep.enrollment.polls", FT_UINT32, BASE_DEC, NULL, 0,
        "CertPoll requests of this enrollment up to this frame", HFILL } },
    { &hf_scep_enrollment_wait,
      { "Waiting since the first request", "scep.enrollment.wait", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
        "Time since the first PKIOperation of this enrollment, while it is polled", HFILL } },
    { &hf_scep_hint_id, { "Hint", "scep.hint.id", FT_STRING, BASE_NONE, NULL, 0, "Stable id of the hint", HFILL } },
    { &hf_scep_hint_severity,
      { "Severity", "scep.hint.severity", FT_UINT8, BASE_DEC, VALS(scep_severity_vals), 0, "How much the hint matters",
        HFILL } },
    { &hf_scep_hint_text, { "Meaning", "scep.hint.text", FT_STRING, BASE_NONE, NULL, 0, "What it means", HFILL } },
    { &hf_scep_hint_detail, { "Seen", "scep.hint.detail", FT_STRING, BASE_NONE, NULL, 0, "What was seen", HFILL } },
    { &hf_scep_hint_check,
      { "Check next", "scep.hint.check", FT_STRING, BASE_NONE, NULL, 0, "What to check next", HFILL } },
    { &hf_scep_hint_log, { "Log", "scep.hint.log", FT_STRING, BASE_NONE, NULL, 0, "Which log to open", HFILL } },
    { &hf_scep_hint_confidence,
      { "Confidence", "scep.hint.confidence", FT_UINT8, BASE_DEC, VALS(scep_confidence_vals), 0, "How sure the hint is",
        HFILL } },
    { &hf_scep_hint_frame,
      { "Evidence", "scep.hint.frame", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame that the hint rests on", HFILL } },
};

static int *ett[] = {
    &ett_scep,           &ett_scep_http,     &ett_scep_message,   &ett_scep_attributes,
    &ett_scep_attribute, &ett_scep_envelope, &ett_scep_recipient, &ett_scep_certificate,
    &ett_scep_hint,      &ett_scep_inside,   &ett_scep_service,
};

static const value_string *stage_names(void)
{
    value_string *names = value_strings_new(SCEP_STAGE_COUNT);

    for (unsigned i = 0; i < SCEP_STAGE_COUNT; i++)
        names[i] = (value_string){ i + 1, scep_stage_name(i + 1) };
    return names;
}

/* The core's tables become Wireshark's when the fields are registered. */
static void set_names(void)
{
    const size_t count = array_length(hf);

    value_strings_set(hf, count, &hf_scep_message_type, value_strings_of_code_points(scep_message_types));
    value_strings_set(hf, count, &hf_scep_pki_status, value_strings_of_code_points(scep_pki_statuses));
    value_strings_set(hf, count, &hf_scep_fail_info, value_strings_of_code_points(scep_fail_infos));
    value_strings_set(hf, count, &hf_scep_stage, stage_names());
}

void scep_register_fields(int proto)
{
    set_names();
    proto_register_field_array(proto, hf, array_length(hf));
    scep_register_service_fields(proto);
    proto_register_subtree_array(ett, array_length(ett));
}
