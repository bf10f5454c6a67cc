/* fields_service.h
 * The filter fields of calls to services around SCEP, part of the scep protocol. Names and types are a contract.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_FIELDS_SERVICE_H
#define SCEP_FIELDS_SERVICE_H

#include "scep/services.h"
#include "ws_compat.h"

extern int hf_scep_service_name;
extern int hf_scep_service_words;
extern int hf_scep_service_client_request_id;
extern int hf_scep_service_verdict;
extern int hf_scep_service_verdict_text;
extern int hf_scep_service_description;
extern int hf_scep_service_hresult;
extern int hf_scep_service_thumbprint;
extern int hf_scep_service_serial;
extern int hf_scep_service_expires;
extern int hf_scep_service_issuing_ca;
extern int hf_scep_service_caller;
extern int hf_scep_service_secret;
extern int hf_scep_mdm_uri;
extern int hf_scep_mdm_command_status;

/** The field of a setting, -1 for SCEP_MDM_OTHER. Text, but for those where scep_mdm_is_number() says so. */
extern int hf_scep_mdm_settings[SCEP_MDM_SETTING_COUNT];

/** True when the field of a setting is a number. */
bool scep_mdm_is_number(ScepMdmSetting setting);

/** Registers the fields for @a proto. */
void scep_register_service_fields(int proto);

#endif
