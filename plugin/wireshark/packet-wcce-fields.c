/* packet-wcce-fields.c
 * The filter fields and expert items of the wcce protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce-fields.h"

#include "scep/catalogue.h"
#include "show_items.h"
#include "value_strings.h"

int proto_wcce = -1;

int hf_wcce_opnum[SCEP_WCCE_INTERFACE_COUNT] = { -1, -1, -1 };
int hf_wcce_parameters[SCEP_WCCE_PARAMETER_COUNT];
int hf_wcce_method = -1;
int hf_wcce_request_type = -1;
int hf_wcce_attribute = -1;
int hf_wcce_attribute_name = -1;
int hf_wcce_attribute_value = -1;
int hf_wcce_template = -1;
int hf_wcce_holds = -1;
int hf_wcce_fchain_text = -1;
int hf_wcce_property_string = -1;
int hf_wcce_property_long = -1;
int hf_wcce_property_date = -1;
int hf_wcce_ca_info = -1;
int hf_wcce_ca_info_ca_type = -1;
int hf_wcce_ca_template_name = -1;
int hf_wcce_ca_template_oid = -1;
int hf_wcce_info_id = -1;
int hf_wcce_info_type = -1;
int hf_wcce_info_indexed = -1;
int hf_wcce_info_name = -1;
int hf_wcce_csr_subject = -1;
int hf_wcce_csr_san = -1;
int hf_wcce_csr_key_algorithm = -1;
int hf_wcce_csr_key_bits = -1;
int hf_wcce_csr_sha256 = -1;
int hf_wcce_challenge_length = -1;
int hf_wcce_challenge_sha256 = -1;
int hf_wcce_spki_sha256 = -1;
int hf_wcce_cert_subject = -1;
int hf_wcce_cert_issuer = -1;
int hf_wcce_cert_serial = -1;
int hf_wcce_cert_not_before = -1;
int hf_wcce_cert_not_after = -1;
int hf_wcce_cert_sha256 = -1;
int hf_wcce_sealed = -1;
int hf_wcce_stub_size = -1;
int hf_wcce_remedy = -1;
int hf_wcce_fault = -1;
int hf_wcce_pair_name = -1;
int hf_wcce_pair_value = -1;
int hf_wcce_trailing = -1;
int hf_wcce_request_in = -1;
int hf_wcce_response_in = -1;
int hf_wcce_time = -1;

static int hf_flags_encoding = -1;
static int hf_flags_type = -1;
static int hf_flags_transport = -1;
static int hf_flags_full_response = -1;
static int hf_flags_crls = -1;
static int hf_flags_machine = -1;
static int hf_flags_robo = -1;
static int hf_flags_client_id_none = -1;
static int hf_flags_connect_only = -1;
static int hf_flags_return_challenge = -1;
static int hf_flags_scep_post = -1;
static int hf_flags_transparency = -1;
static int hf_flags_presign = -1;

int *const wcce_flag_fields[] = {
    &hf_flags_presign,      &hf_flags_transparency,
    &hf_flags_scep_post,    &hf_flags_return_challenge,
    &hf_flags_connect_only, &hf_flags_client_id_none,
    &hf_flags_robo,         &hf_flags_machine,
    &hf_flags_crls,         &hf_flags_full_response,
    &hf_flags_transport,    &hf_flags_type,
    &hf_flags_encoding,     NULL,
};

int ett_wcce = -1;
int ett_wcce_interface = -1;
int ett_wcce_prefix = -1;
int ett_wcce_flags = -1;
int ett_wcce_attributes = -1;
int ett_wcce_blob = -1;

expert_field ei_wcce_refused = EI_INIT;
expert_field ei_wcce_sealed = EI_INIT;
expert_field ei_wcce_nonsense = EI_INIT;
static expert_field problem_experts[SCEP_NDR_PROBLEM_COUNT];

static const value_string encoding_vals[] = {
    { 0, "base64 with header" }, { 1, "base64" }, { 2, "binary" }, { 0xff, "any" }, { 0, NULL },
};

static const value_string *property_vals(void)
{
    value_string *vals = value_strings_new(scep_wcce_property_count);

    for (size_t i = 0; i < scep_wcce_property_count; i++)
        vals[i] = (value_string){ scep_wcce_properties[i].id, scep_wcce_properties[i].name };
    return vals;
}

/* Result codes, in front of them those of @a first, which may be NULL. */
static const value_string *result_vals(const ScepWcceName *first)
{
    size_t kept = 0, count = 0;

    while (first != NULL && first[kept].name != NULL)
        kept++;
    value_string *vals = value_strings_new(kept + scep_result_code_count);
    for (; count < kept; count++)
        vals[count] = (value_string){ first[count].code, first[count].name };
    for (size_t i = 0; i < scep_result_code_count; i++) {
        if (kept == 0 || scep_result_codes[i].code > vals[kept - 1].value)
            vals[count++] = (value_string){ scep_result_codes[i].code, scep_result_codes[i].symbol };
    }
    return vals;
}

static hf_register_info hf_numbers[] = {
    { &hf_wcce_opnum[0],
      { "Operation", "wcce.opnum", FT_UINT16, BASE_DEC, NULL, 0, "Operation of ICertRequestD", HFILL } },
    { &hf_wcce_opnum[1],
      { "Operation", "wcce.opnum", FT_UINT16, BASE_DEC, NULL, 0, "Operation of ICertRequestD2", HFILL } },
    { &hf_wcce_opnum[2],
      { "Operation", "wcce.opnum", FT_UINT16, BASE_DEC, NULL, 0, "Operation of ICertPassage", HFILL } },
};

static hf_register_info hf_parameters[] = {
    { &hf_wcce_parameters[SCEP_WCCE_FLAGS],
      { "Flags", "wcce.flags", FT_UINT32, BASE_HEX, NULL, 0, "How the CA is to read the request, and what to send back",
        HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_AUTHORITY],
      { "CA", "wcce.authority", FT_STRING, BASE_NONE, NULL, 0, "Name of the CA that is asked", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_SERIAL_NUMBER],
      { "Serial number", "wcce.serial_number", FT_STRING, BASE_NONE, NULL, 0,
        "Serial number of the certificate that is asked for", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_REQUEST_ID],
      { "Request ID", "wcce.request_id", FT_UINT32, BASE_DEC, NULL, 0,
        "Number of the request in the database of the CA; 0 in a new one", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_ATTRIBUTES],
      { "Attributes", "wcce.attributes", FT_STRING, BASE_NONE, NULL, 0, "Attributes beside the request", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_REQUEST_BLOB],
      { "Request", "wcce.request", FT_BYTES, BASE_NONE, NULL, 0, "The certificate request as sent", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_DISPOSITION],
      { "Disposition", "wcce.disposition", FT_UINT32, BASE_DEC, NULL, 0,
        "What became of the request; beyond 6 an HRESULT", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_CERT_CHAIN],
      { "Certificate chain", "wcce.cert_chain", FT_BYTES, BASE_NONE, NULL, 0, "The new certificate and its chain",
        HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_FULL_RESPONSE],
      { "Full response", "wcce.full_response", FT_BYTES, BASE_NONE, NULL, 0, "Certificates, or a CMC full response",
        HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_ENCODED_CERT],
      { "Certificate", "wcce.encoded_cert", FT_BYTES, BASE_NONE, NULL, 0, "The new certificate", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_DISPOSITION_MESSAGE],
      { "Disposition message", "wcce.disposition_message", FT_STRING, BASE_NONE, NULL, 0,
        "What the CA says about the request", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_FCHAIN],
      { "What is asked for", "wcce.fchain", FT_UINT32, BASE_HEX, NULL, 0, "fchain of GetCACert", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_CA_OUT],
      { "Answer", "wcce.ca_out", FT_BYTES, BASE_NONE, NULL, 0, "What GetCACert brought", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_PROPERTY_ID],
      { "Property", "wcce.property.id", FT_INT32, BASE_DEC, NULL, 0, "Property of the CA that is asked for", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_PROPERTY_INDEX],
      { "Property index", "wcce.property.index", FT_INT32, BASE_DEC, NULL, 0, "Which one; -1 is the latest", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_PROPERTY_TYPE],
      { "Property type", "wcce.property.type", FT_INT32, BASE_DEC, NULL, 0, "Type of the property", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_PROPERTY_VALUE],
      { "Property value", "wcce.property.value", FT_BYTES, BASE_NONE, NULL, 0, "The property as sent", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_PROPERTY_COUNT],
      { "Properties", "wcce.property.count", FT_INT32, BASE_DEC, NULL, 0, "Number of properties in the list", HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_PROPERTY_INFO],
      { "Property list", "wcce.property.info", FT_BYTES, BASE_NONE, NULL, 0, "The properties that the CA has",
        HFILL } },
    { &hf_wcce_parameters[SCEP_WCCE_RESULT],
      { "Result", "wcce.hresult", FT_UINT32, BASE_HEX, NULL, 0, "HRESULT of the call", HFILL } },
};

static hf_register_info hf_flags[] = {
    { &hf_flags_encoding,
      { "Encoding", "wcce.flags.encoding", FT_UINT32, BASE_HEX, VALS(encoding_vals), 0xff, "Means nothing on the wire",
        HFILL } },
    { &hf_flags_type,
      { "Request type", "wcce.flags.type", FT_UINT32, BASE_DEC, NULL, 0xff00, "Format of the request", HFILL } },
    { &hf_flags_transport,
      { "Transport", "wcce.flags.transport", FT_UINT32, BASE_DEC, NULL, 0x30000,
        "Transport that the client was asked for", HFILL } },
    { &hf_flags_full_response,
      { "Full response", "wcce.flags.full_response", FT_BOOLEAN, 32, NULL, 0x40000, "A CMC full response is asked for",
        HFILL } },
    { &hf_flags_crls,
      { "With CRLs", "wcce.flags.crls", FT_BOOLEAN, 32, NULL, 0x80000, "CRLs are to come with the certificates",
        HFILL } },
    { &hf_flags_machine,
      { "Machine", "wcce.flags.machine", FT_BOOLEAN, 32, NULL, 0x100000, "In the name of the machine", HFILL } },
    { &hf_flags_robo,
      { "Renew on behalf of", "wcce.flags.renew_on_behalf", FT_BOOLEAN, 32, NULL, 0x200000,
        "Renewal on behalf of another", HFILL } },
    { &hf_flags_client_id_none,
      { "No client ID", "wcce.flags.client_id_none", FT_BOOLEAN, 32, NULL, 0x400000,
        "The client does not say what it is", HFILL } },
    { &hf_flags_connect_only,
      { "Connect only", "wcce.flags.connect_only", FT_BOOLEAN, 32, NULL, 0x800000, "Nothing is to be submitted",
        HFILL } },
    { &hf_flags_return_challenge,
      { "Return challenge", "wcce.flags.return_challenge", FT_BOOLEAN, 32, NULL, 0x1000000, "Key attestation",
        HFILL } },
    { &hf_flags_scep_post,
      { "SCEP by POST", "wcce.flags.scep_post", FT_BOOLEAN, 32, NULL, 0x2000000, "The client was asked to use POST",
        HFILL } },
    { &hf_flags_transparency,
      { "Certificate transparency", "wcce.flags.transparency", FT_BOOLEAN, 32, NULL, 0x4000000, "SCT list handling",
        HFILL } },
    { &hf_flags_presign,
      { "Pre-sign", "wcce.flags.presign", FT_BOOLEAN, 32, NULL, 0x8000000, "A pre-certificate is asked for", HFILL } },
};

static hf_register_info hf_details[] = {
    { &hf_wcce_method, { "Method", "wcce.method", FT_STRING, BASE_NONE, NULL, 0, "Interface and method", HFILL } },
    { &hf_wcce_request_type,
      { "Request type", "wcce.request_type", FT_UINT8, BASE_DEC, NULL, 0, "Format of the request, from the flags",
        HFILL } },
    { &hf_wcce_attribute,
      { "Attribute", "wcce.attribute", FT_NONE, BASE_NONE, NULL, 0, "One line of the attributes", HFILL } },
    { &hf_wcce_attribute_name,
      { "Name", "wcce.attribute.name", FT_STRING, BASE_NONE, NULL, 0, "Name of an attribute, as the CA reads it",
        HFILL } },
    { &hf_wcce_attribute_value,
      { "Value", "wcce.attribute.value", FT_STRING, BASE_NONE, NULL, 0, "Value of an attribute", HFILL } },
    { &hf_wcce_template,
      { "Template", "wcce.template", FT_STRING, BASE_NONE, NULL, 0, "Certificate template that is asked for", HFILL } },
    { &hf_wcce_holds,
      { "Holds", "wcce.blob.kind", FT_STRING, BASE_NONE, NULL, 0, "What the blob above holds", HFILL } },
    { &hf_wcce_fchain_text,
      { "Asks for", "wcce.fchain.text", FT_STRING, BASE_NONE, NULL, 0, "What GetCACert asks for, in words", HFILL } },
    { &hf_wcce_property_string,
      { "Text", "wcce.property.string", FT_STRING, BASE_NONE, NULL, 0, "Property of the CA that is text", HFILL } },
    { &hf_wcce_property_long,
      { "Number", "wcce.property.long", FT_INT32, BASE_DEC, NULL, 0, "Property of the CA that is a number", HFILL } },
    { &hf_wcce_property_date,
      { "Date", "wcce.property.date", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0, "Property of the CA that is a date",
        HFILL } },
    { &hf_wcce_ca_info,
      { "CA information", "wcce.ca_info", FT_STRING, BASE_NONE, NULL, 0, "One number of CAINFO", HFILL } },
    { &hf_wcce_ca_info_ca_type,
      { "CA type", "wcce.ca_type", FT_UINT32, BASE_DEC, NULL, 0, "Enterprise or stand-alone, root or subordinate",
        HFILL } },
    { &hf_wcce_ca_template_name,
      { "Template of the CA", "wcce.ca_template.name", FT_STRING, BASE_NONE, NULL, 0, "A template that the CA offers",
        HFILL } },
    { &hf_wcce_ca_template_oid,
      { "Template OID", "wcce.ca_template.oid", FT_STRING, BASE_NONE, NULL, 0, "Its object identifier", HFILL } },
    { &hf_wcce_info_id,
      { "Property", "wcce.info.id", FT_INT32, BASE_DEC, NULL, 0, "A property that the CA has", HFILL } },
    { &hf_wcce_info_type, { "Type", "wcce.info.type", FT_UINT8, BASE_DEC, NULL, 0, "Its type", HFILL } },
    { &hf_wcce_info_indexed,
      { "Indexed", "wcce.info.indexed", FT_BOOLEAN, BASE_NONE, NULL, 0, "There are several of it", HFILL } },
    { &hf_wcce_info_name,
      { "Display name", "wcce.info.name", FT_STRING, BASE_NONE, NULL, 0, "Its name for people", HFILL } },
    { &hf_wcce_csr_subject,
      { "Subject", "wcce.csr.subject", FT_STRING, BASE_NONE, NULL, 0, "Subject of the PKCS#10", HFILL } },
    { &hf_wcce_csr_san,
      { "Alternative name", "wcce.csr.san", FT_STRING, BASE_NONE, NULL, 0, "Alternative name in the PKCS#10", HFILL } },
    { &hf_wcce_csr_key_algorithm,
      { "Key algorithm", "wcce.csr.key.algorithm", FT_STRING, BASE_NONE, NULL, 0, "Kind of the key in the PKCS#10",
        HFILL } },
    { &hf_wcce_csr_key_bits,
      { "Key bits", "wcce.csr.key.bits", FT_UINT32, BASE_DEC, NULL, 0, "Length of the key in the PKCS#10", HFILL } },
    { &hf_wcce_csr_sha256,
      { "PKCS#10 SHA-256", "wcce.csr.sha256", FT_BYTES, BASE_NONE, NULL, 0,
        "The same as scep.csr.sha256 of the SCEP request it comes from", HFILL } },
    { &hf_wcce_challenge_length,
      { "Challenge length", "wcce.challenge.length", FT_UINT32, BASE_DEC, NULL, 0,
        "Length of the challenge in the PKCS#10", HFILL } },
    { &hf_wcce_challenge_sha256,
      { "Challenge SHA-256", "wcce.challenge.sha256", FT_BYTES, BASE_NONE, NULL, 0,
        "SHA-256 of the challenge in the PKCS#10", HFILL } },
    { &hf_wcce_spki_sha256,
      { "Key SHA-256", "wcce.spki_sha256", FT_BYTES, BASE_NONE, NULL, 0,
        "SHA-256 of the public key, the same as scep.spki_sha256 of the SCEP request", HFILL } },
    { &hf_wcce_cert_subject,
      { "Subject", "wcce.cert.subject", FT_STRING, BASE_NONE, NULL, 0, "Subject of a certificate in the answer",
        HFILL } },
    { &hf_wcce_cert_issuer,
      { "Issuer", "wcce.cert.issuer", FT_STRING, BASE_NONE, NULL, 0, "Issuer of a certificate in the answer", HFILL } },
    { &hf_wcce_cert_serial,
      { "Serial number", "wcce.cert.serial", FT_BYTES, BASE_NONE, NULL, 0,
        "Serial number of a certificate in the answer", HFILL } },
    { &hf_wcce_cert_not_before,
      { "Not before", "wcce.cert.not_before", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0, "Begin of its validity",
        HFILL } },
    { &hf_wcce_cert_not_after,
      { "Not after", "wcce.cert.not_after", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0, "End of its validity",
        HFILL } },
    { &hf_wcce_cert_sha256,
      { "Certificate SHA-256", "wcce.cert.sha256", FT_BYTES, BASE_NONE, NULL, 0,
        "Fingerprint of a certificate in the answer", HFILL } },
    { &hf_wcce_sealed,
      { "Sealed", "wcce.sealed", FT_BOOLEAN, BASE_NONE, NULL, 0, "The call is encrypted and cannot be read", HFILL } },
    { &hf_wcce_stub_size,
      { "Size", "wcce.stub_size", FT_UINT32, BASE_DEC, NULL, 0, "Bytes of the sealed parameters, in this frame",
        HFILL } },
    { &hf_wcce_remedy,
      { "To read it", "wcce.remedy", FT_STRING, BASE_NONE, NULL, 0, "What Wireshark needs to decrypt the call",
        HFILL } },
    { &hf_wcce_fault,
      { "Fault", "wcce.fault", FT_UINT32, BASE_HEX, NULL, 0, "Status of the fault that ended the call", HFILL } },
    { &hf_wcce_pair_name,
      { "Name", "wcce.pair.name", FT_STRING, BASE_NONE, NULL, 0, "Name of an attribute inside the request", HFILL } },
    { &hf_wcce_pair_value,
      { "Value", "wcce.pair.value", FT_STRING, BASE_NONE, NULL, 0, "Value of an attribute inside the request",
        HFILL } },
    { &hf_wcce_trailing,
      { "Behind the parameters", "wcce.trailing", FT_BYTES, BASE_NONE, NULL, 0,
        "Padding, or a trailer of the security layer", HFILL } },
    { &hf_wcce_request_in,
      { "Request in", "wcce.request_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0,
        "Frame of the request", HFILL } },
    { &hf_wcce_response_in,
      { "Response in", "wcce.response_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0,
        "Frame of the answer", HFILL } },
    { &hf_wcce_time, { "Time", "wcce.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0, "From request to answer", HFILL } },
};

static int *ett[] = { &ett_wcce,       &ett_wcce_interface,  &ett_wcce_prefix,
                      &ett_wcce_flags, &ett_wcce_attributes, &ett_wcce_blob };

static ei_register_info single[] = {
    { &ei_wcce_refused, { "wcce.refused", PI_RESPONSE_CODE, PI_WARN, "The CA did not do what was asked", EXPFILL } },
    { &ei_wcce_sealed,
      { "wcce.unreadable", PI_DECRYPTION, PI_NOTE, "The call is encrypted and cannot be read", EXPFILL } },
    { &ei_wcce_nonsense,
      { "wcce.nonsense", PI_DECRYPTION, PI_WARN, "Wireshark took this call for decrypted, but what came out is no call",
        EXPFILL } },
};

/* The tables of the core become Wireshark's when the fields are registered. */
static void set_names(void)
{
    const struct {
        hf_register_info *fields;
        size_t count;
        const int *field;
        const value_string *names;
    } rows[] = {
        { hf_parameters, array_length(hf_parameters), &hf_wcce_parameters[SCEP_WCCE_DISPOSITION],
          result_vals(scep_wcce_dispositions) },
        { hf_parameters, array_length(hf_parameters), &hf_wcce_parameters[SCEP_WCCE_RESULT], result_vals(NULL) },
        { hf_parameters, array_length(hf_parameters), &hf_wcce_parameters[SCEP_WCCE_PROPERTY_ID], property_vals() },
        { hf_parameters, array_length(hf_parameters), &hf_wcce_parameters[SCEP_WCCE_PROPERTY_TYPE],
          value_strings_of_names(scep_wcce_property_types) },
        { hf_details, array_length(hf_details), &hf_wcce_fault, result_vals(NULL) },
        { hf_flags, array_length(hf_flags), &hf_flags_type, value_strings_of_names(scep_wcce_request_types) },
        { hf_flags, array_length(hf_flags), &hf_flags_transport, value_strings_of_names(scep_wcce_transports) },
        { hf_details, array_length(hf_details), &hf_wcce_request_type,
          value_strings_of_names(scep_wcce_request_types) },
        { hf_details, array_length(hf_details), &hf_wcce_ca_info_ca_type, value_strings_of_names(scep_wcce_ca_types) },
        { hf_details, array_length(hf_details), &hf_wcce_info_id, property_vals() },
        { hf_details, array_length(hf_details), &hf_wcce_info_type, value_strings_of_names(scep_wcce_property_types) },
    };

    for (size_t i = 0; i < array_length(rows); i++)
        value_strings_set(rows[i].fields, rows[i].count, rows[i].field, rows[i].names);
}

static void register_problems(expert_module_t *module)
{
    static const int severities[] = {
        [SCEP_SEVERITY_NOTE] = PI_NOTE,
        [SCEP_SEVERITY_WARNING] = PI_WARN,
        [SCEP_SEVERITY_ERROR] = PI_ERROR,
    };
    ei_register_info *infos = wmem_alloc0_array(wmem_epan_scope(), ei_register_info, SCEP_NDR_PROBLEM_COUNT);

    for (unsigned i = 0; i < SCEP_NDR_PROBLEM_COUNT; i++) {
        const ScepNdrProblemInfo *problem = scep_ndr_problem_info((ScepNdrProblemCode)i);
        problem_experts[i] = (expert_field)EI_INIT;
        infos[i].ids = &problem_experts[i];
        infos[i].eiinfo.name = wmem_strdup_printf(wmem_epan_scope(), "wcce.problem.%s", problem->name);
        infos[i].eiinfo.group = !problem->malformed                       ? PI_UNDECODED
                                : problem->severity == SCEP_SEVERITY_NOTE ? PI_PROTOCOL
                                                                          : PI_MALFORMED;
        infos[i].eiinfo.severity = severities[problem->severity];
        infos[i].eiinfo.summary = problem->text;
    }
    expert_register_field_array(module, infos, SCEP_NDR_PROBLEM_COUNT);
}

void wcce_register_fields(int proto)
{
    expert_module_t *module = expert_register_protocol(proto);

    for (unsigned i = 0; i < SCEP_WCCE_PARAMETER_COUNT; i++)
        hf_wcce_parameters[i] = -1;
    set_names();
    proto_register_field_array(proto, hf_numbers, array_length(hf_numbers));
    proto_register_field_array(proto, hf_parameters, array_length(hf_parameters));
    proto_register_field_array(proto, hf_flags, array_length(hf_flags));
    proto_register_field_array(proto, hf_details, array_length(hf_details));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(module, single, array_length(single));
    register_problems(module);
    /* The attributes of ICertPassage are a blob, but the same to a reader. */
    hf_wcce_parameters[SCEP_WCCE_ATTRIBUTES_BLOB] = hf_wcce_parameters[SCEP_WCCE_ATTRIBUTES];
}

void wcce_expert_problem(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepNdrProblem *problem)
{
    const char *text = scep_show_take(pinfo, scep_ndr_new_problem_text(problem));

    proto_tree_add_expert_format(tree, pinfo, &problem_experts[problem->code], tvb, (int)problem->where.offset,
                                 (int)problem->where.length, "%s", text);
}
