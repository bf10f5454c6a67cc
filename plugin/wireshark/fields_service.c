/* fields_service.c
 * The filter fields of calls to services around SCEP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fields_service.h"

int hf_scep_service_name = -1;
int hf_scep_service_words = -1;
int hf_scep_service_client_request_id = -1;
int hf_scep_service_verdict = -1;
int hf_scep_service_verdict_text = -1;
int hf_scep_service_description = -1;
int hf_scep_service_hresult = -1;
int hf_scep_service_thumbprint = -1;
int hf_scep_service_serial = -1;
int hf_scep_service_expires = -1;
int hf_scep_service_issuing_ca = -1;
int hf_scep_service_caller = -1;
int hf_scep_service_secret = -1;
int hf_scep_mdm_uri = -1;
int hf_scep_mdm_command_status = -1;
int hf_scep_mdm_settings[SCEP_MDM_SETTING_COUNT];

/* ClientCertificateInstall CSP, SCEP/.../Status */
static const value_string status_vals[] = {
    { 1, "finished successfully" }, { 2, "pending" }, { 16, "action failed" }, { 32, "unknown" }, { 0, NULL },
};

static hf_register_info hf[] = {
    { &hf_scep_service_name,
      { "Service", "scep.service.name", FT_STRING, BASE_NONE, NULL, 0,
        "What is called at a service around SCEP: VerifyRequest, Notify, validateRequest, ...", HFILL } },
    { &hf_scep_service_words,
      { "Purpose", "scep.service.words", FT_STRING, BASE_NONE, NULL, 0, "What the call is for", HFILL } },
    { &hf_scep_service_client_request_id,
      { "Client request ID", "scep.service.client_request_id", FT_STRING, BASE_NONE, NULL, 0,
        "client-request-id, by which Microsoft finds a call in its logs", HFILL } },
    { &hf_scep_service_verdict,
      { "Verdict", "scep.service.verdict", FT_STRING, BASE_NONE, NULL, 0,
        "Code in the JSON answer: Success, or the reason of a refusal", HFILL } },
    { &hf_scep_service_verdict_text,
      { "Meaning of the verdict", "scep.service.verdict_text", FT_STRING, BASE_NONE, NULL, 0,
        "What the code in the answer means", HFILL } },
    { &hf_scep_service_description,
      { "Description", "scep.service.description", FT_STRING, BASE_NONE, NULL, 0,
        "errorDescription, as the service or the CA words it", HFILL } },
    { &hf_scep_service_hresult,
      { "Reported result", "scep.service.hresult", FT_UINT32, BASE_HEX, NULL, 0, "hResult of a report to Intune",
        HFILL } },
    { &hf_scep_service_thumbprint,
      { "Reported thumbprint", "scep.service.thumbprint", FT_STRING, BASE_NONE, NULL, 0,
        "Thumbprint of the certificate that is reported", HFILL } },
    { &hf_scep_service_serial,
      { "Reported serial number", "scep.service.serial", FT_STRING, BASE_NONE, NULL, 0,
        "Serial number of the certificate that is reported", HFILL } },
    { &hf_scep_service_expires,
      { "Reported expiry", "scep.service.expires", FT_STRING, BASE_NONE, NULL, 0,
        "Expiry date of the certificate that is reported", HFILL } },
    { &hf_scep_service_issuing_ca,
      { "Reported CA", "scep.service.issuing_ca", FT_STRING, BASE_NONE, NULL, 0, "Issuing CA that is reported",
        HFILL } },
    { &hf_scep_service_caller,
      { "Caller", "scep.service.caller", FT_STRING, BASE_NONE, NULL, 0, "What the CA calls itself (callerInfo)",
        HFILL } },
    { &hf_scep_service_secret,
      { "Secret member", "scep.service.secret", FT_STRING, BASE_NONE, NULL, 0,
        "Name of a member or node with a secret; its length and hash stand below", HFILL } },
    { &hf_scep_mdm_uri, { "Node", "scep.mdm.uri", FT_STRING, BASE_NONE, NULL, 0, "LocURI of a SCEP node", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_SERVER_URL],
      { "Server URL", "scep.mdm.server_url", FT_STRING, BASE_NONE, NULL, 0,
        "Address of the SCEP server that the device is given", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_CA_THUMBPRINT],
      { "CA thumbprint", "scep.mdm.ca_thumbprint", FT_STRING, BASE_NONE, NULL, 0,
        "Thumbprint of the CA certificate that the device is to expect", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_KEY_LENGTH],
      { "Key length", "scep.mdm.key_length", FT_UINT32, BASE_DEC, NULL, 0, "Bits of the key that the device is to make",
        HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_HASH_ALGORITHM],
      { "Hash algorithm", "scep.mdm.hash_algorithm", FT_STRING, BASE_NONE, NULL, 0,
        "Hash algorithms that the device is to use", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_KEY_USAGE],
      { "Key usage", "scep.mdm.key_usage", FT_STRING, BASE_NONE, NULL, 0, "Key usage that the device is to ask for",
        HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_EKU],
      { "Extended key usage", "scep.mdm.eku", FT_STRING, BASE_NONE, NULL, 0,
        "Extended key usages that the device is to ask for", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_SUBJECT],
      { "Subject", "scep.mdm.subject", FT_STRING, BASE_NONE, NULL, 0, "Subject that the device is to ask for",
        HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_SAN],
      { "Alternative names", "scep.mdm.san", FT_STRING, BASE_NONE, NULL, 0,
        "Alternative names that the device is to ask for", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_RETRY_COUNT],
      { "Retry count", "scep.mdm.retry_count", FT_UINT32, BASE_DEC, NULL, 0, "How often the device asks again",
        HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_RETRY_DELAY],
      { "Retry delay", "scep.mdm.retry_delay", FT_UINT32, BASE_DEC, NULL, 0,
        "Time between two attempts of the device: minutes for Windows, seconds for Apple", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_VALID_PERIOD],
      { "Valid period", "scep.mdm.valid_period", FT_STRING, BASE_NONE, NULL, 0,
        "Unit of the validity that the device is to ask for", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_VALID_UNITS],
      { "Valid period units", "scep.mdm.valid_period_units", FT_UINT32, BASE_DEC, NULL, 0, "How many of these units",
        HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_TEMPLATE],
      { "Template", "scep.mdm.template", FT_STRING, BASE_NONE, NULL, 0, "Template that the device is to ask for",
        HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_ENROLL],
      { "Enroll", "scep.mdm.enroll", FT_STRING, BASE_NONE, NULL, 0, "The command to enroll", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_STATUS],
      { "Status of the enrollment", "scep.mdm.status", FT_UINT32, BASE_DEC, VALS(status_vals), 0,
        "What the device tells of its enrollment", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_ERROR_CODE],
      { "Error code", "scep.mdm.error_code", FT_UINT32, BASE_HEX, NULL, 0, "Error code that the device tells",
        HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_CERT_THUMBPRINT],
      { "Certificate thumbprint", "scep.mdm.cert_thumbprint", FT_STRING, BASE_NONE, NULL, 0,
        "Thumbprint of the certificate that the device got", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_CA_IDENTIFIER],
      { "CA identifier", "scep.mdm.ca_identifier", FT_STRING, BASE_NONE, NULL, 0,
        "Name of the CA that a profile of Apple gives the device, as message= of its GetCACert", HFILL } },
    { &hf_scep_mdm_settings[SCEP_MDM_KEY_TYPE],
      { "Key type", "scep.mdm.key_type", FT_STRING, BASE_NONE, NULL, 0, "Kind of the key that the device is to make",
        HFILL } },
    { &hf_scep_mdm_command_status,
      { "Status of a command", "scep.mdm.command_status", FT_UINT16, BASE_DEC, NULL, 0,
        "What the device answers to a command about SCEP: 200 done, 202 accepted, 400 and more refused", HFILL } },
};

bool scep_mdm_is_number(ScepMdmSetting setting)
{
    switch (setting) {
    case SCEP_MDM_KEY_LENGTH:
    case SCEP_MDM_RETRY_COUNT:
    case SCEP_MDM_RETRY_DELAY:
    case SCEP_MDM_VALID_UNITS:
    case SCEP_MDM_STATUS:
    case SCEP_MDM_ERROR_CODE:
        return true;
    default:
        return false;
    }
}

void scep_register_service_fields(int proto)
{
    for (unsigned i = 0; i < array_length(hf_scep_mdm_settings); i++)
        hf_scep_mdm_settings[i] = -1;
    proto_register_field_array(proto, hf, array_length(hf));
}
