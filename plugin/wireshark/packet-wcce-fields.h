/* packet-wcce-fields.h
 * The filter fields and expert items of the wcce protocol. Names and types are a contract with users' filters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_WCCE_FIELDS_H
#define PACKET_WCCE_FIELDS_H

#include <epan/expert.h>

#include "scep/rpc.h"
#include "ws_compat.h"

extern int proto_wcce;

/** One per interface, all of them "wcce.opnum": Wireshark fills in the names of each interface's operations. */
extern int hf_wcce_opnum[SCEP_WCCE_INTERFACE_COUNT];

/** The field of a parameter; 0 where it has none of its own. */
extern int hf_wcce_parameters[SCEP_WCCE_PARAMETER_COUNT];

extern int hf_wcce_method;
extern int hf_wcce_request_type;
extern int hf_wcce_attribute;
extern int hf_wcce_attribute_name;
extern int hf_wcce_attribute_value;
extern int hf_wcce_template;
extern int hf_wcce_holds;
extern int hf_wcce_fchain_text;
extern int hf_wcce_property_string;
extern int hf_wcce_property_long;
extern int hf_wcce_property_date;
extern int hf_wcce_ca_info;
extern int hf_wcce_ca_info_ca_type;
extern int hf_wcce_ca_template_name;
extern int hf_wcce_ca_template_oid;
extern int hf_wcce_info_id;
extern int hf_wcce_info_type;
extern int hf_wcce_info_indexed;
extern int hf_wcce_info_name;
extern int hf_wcce_csr_subject;
extern int hf_wcce_csr_san;
extern int hf_wcce_csr_key_algorithm;
extern int hf_wcce_csr_key_bits;
extern int hf_wcce_csr_sha256;
extern int hf_wcce_challenge_length;
extern int hf_wcce_challenge_sha256;
extern int hf_wcce_spki_sha256;
extern int hf_wcce_cert_subject;
extern int hf_wcce_cert_issuer;
extern int hf_wcce_cert_serial;
extern int hf_wcce_cert_not_before;
extern int hf_wcce_cert_not_after;
extern int hf_wcce_cert_sha256;
extern int hf_wcce_sealed;
extern int hf_wcce_stub_size;
extern int hf_wcce_remedy;
extern int hf_wcce_fault;
extern int hf_wcce_pair_name;
extern int hf_wcce_pair_value;
extern int hf_wcce_trailing;
extern int hf_wcce_request_in;
extern int hf_wcce_response_in;
extern int hf_wcce_time;

extern int ett_wcce;
extern int ett_wcce_interface;
extern int ett_wcce_prefix;
extern int ett_wcce_flags;
extern int ett_wcce_attributes;
extern int ett_wcce_blob;

extern int *const wcce_flag_fields[];

extern expert_field ei_wcce_refused;
extern expert_field ei_wcce_sealed;
extern expert_field ei_wcce_nonsense;

/** Registers fields, subtrees and expert items for @a proto. */
void wcce_register_fields(int proto);

/** Adds the expert item of a problem, with the bytes it is about. */
void wcce_expert_problem(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepNdrProblem *problem);

#endif
