/* fields.h
 * The filter fields of the scep protocol. Names and types are a contract with users' filters and scripts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_FIELDS_H
#define SCEP_FIELDS_H

#include "ws_compat.h"

extern int proto_scep;

extern int hf_scep_operation;
extern int hf_scep_ca_identifier;
extern int hf_scep_http_status;
extern int hf_scep_request_in;
extern int hf_scep_response_in;
extern int hf_scep_time;
extern int hf_scep_capability;
extern int hf_scep_message_type;
extern int hf_scep_message_type_other;
extern int hf_scep_pki_status;
extern int hf_scep_pki_status_other;
extern int hf_scep_fail_info;
extern int hf_scep_fail_info_other;
extern int hf_scep_fail_info_text;
extern int hf_scep_transaction_id;
extern int hf_scep_sender_nonce;
extern int hf_scep_recipient_nonce;
extern int hf_scep_ndes_error;
extern int hf_scep_digest_algorithm;
extern int hf_scep_digest_status;
extern int hf_scep_signature_algorithm;
extern int hf_scep_signature_status;
extern int hf_scep_encryption_algorithm;
extern int hf_scep_signer_subject;
extern int hf_scep_signer_issuer;
extern int hf_scep_signer_serial;
extern int hf_scep_signer_self_signed;
extern int hf_scep_recipient_type;
extern int hf_scep_recipient_issuer;
extern int hf_scep_recipient_serial;
extern int hf_scep_recipient_algorithm;
extern int hf_scep_cert_role;
extern int hf_scep_cert_subject;
extern int hf_scep_cert_issuer;
extern int hf_scep_cert_serial;
extern int hf_scep_cert_not_before;
extern int hf_scep_cert_not_after;
extern int hf_scep_cert_sha1;
extern int hf_scep_cert_sha256;
extern int hf_scep_cert_key_algorithm;
extern int hf_scep_cert_key_bits;
extern int hf_scep_cert_signature_algorithm;
extern int hf_scep_cert_san;
extern int hf_scep_signing_time;
extern int hf_scep_signing_time_skew;
extern int hf_scep_content_shape;
extern int hf_scep_host;
extern int hf_scep_user_agent;
extern int hf_scep_client;
extern int hf_scep_url_path;
extern int hf_scep_content_type;
extern int hf_scep_attribute;
extern int hf_scep_attribute_oid;
extern int hf_scep_attribute_value;
extern int hf_scep_digest_reason;
extern int hf_scep_signature_reason;
extern int hf_scep_signer_in;
extern int hf_scep_decryption_status;
extern int hf_scep_decryption_key;
extern int hf_scep_decryption_reason;
extern int hf_scep_csr_subject;
extern int hf_scep_csr_san;
extern int hf_scep_csr_key_algorithm;
extern int hf_scep_csr_key_bits;
extern int hf_scep_csr_signature_status;
extern int hf_scep_csr_purpose;
extern int hf_scep_csr_template;
extern int hf_scep_csr_attribute;
extern int hf_scep_csr_sha256;
extern int hf_scep_challenge_length;
extern int hf_scep_challenge_sha256;
extern int hf_scep_challenge_kind;
extern int hf_scep_challenge;
extern int hf_scep_challenge_same_as;
extern int hf_scep_spki_sha256;
extern int hf_scep_payload_issuer;
extern int hf_scep_payload_subject;
extern int hf_scep_payload_serial;
extern int hf_scep_crl_issuer;
extern int hf_scep_crl_entries;
extern int hf_scep_stage;
extern int hf_scep_step;
extern int hf_scep_role_src;
extern int hf_scep_role_dst;
extern int hf_scep_link_guess;
extern int hf_scep_link_host;
extern int hf_scep_enrollment;
extern int hf_scep_enrollment_first;
extern int hf_scep_enrollment_previous;
extern int hf_scep_enrollment_cause;
extern int hf_scep_enrollment_answer;
extern int hf_scep_enrollment_polls;
extern int hf_scep_enrollment_wait;
extern int hf_scep_hint_id;
extern int hf_scep_hint_severity;
extern int hf_scep_hint_text;
extern int hf_scep_hint_detail;
extern int hf_scep_hint_check;
extern int hf_scep_hint_log;
extern int hf_scep_hint_confidence;
extern int hf_scep_hint_frame;

extern int ett_scep;
extern int ett_scep_http;
extern int ett_scep_message;
extern int ett_scep_attributes;
extern int ett_scep_attribute;
extern int ett_scep_envelope;
extern int ett_scep_recipient;
extern int ett_scep_certificate;
extern int ett_scep_hint;
extern int ett_scep_inside;
extern int ett_scep_service;

/** Registers fields and subtrees for @a proto. */
void scep_register_fields(int proto);

#endif
