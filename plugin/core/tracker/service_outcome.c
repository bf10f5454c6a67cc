/* service_outcome.c
 * What became of a call to a service, and whether it has to do with SCEP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/service_call.h"

const char *scep_service_get0_verdict(const ScepServiceCall *call)
{
    return call->answered != NULL ? call->answered->text[SCEP_FACT_CODE] : NULL;
}

bool scep_service_is_refused(const ScepServiceCall *call)
{
    const char *verdict = scep_service_get0_verdict(call);

    if (call->response_frame == 0)
        return false;
    if (call->status >= 400)
        return true;
    return call->service->kind == SCEP_SERVICE_VALIDATE && verdict != NULL &&
           g_ascii_strcasecmp(verdict, "Success") != 0;
}

bool scep_service_tells_of_scep(const ScepServiceCall *call, bool is_response)
{
    const ScepServiceFacts *facts = is_response ? call->answered : call->asked;
    const char *uri;

    if (call->service->kind != SCEP_SERVICE_MDM)
        return true;
    return (facts != NULL && facts->nodes->len > 0) ||
           (!is_response && scep_service_get0_mdm_failure(call, &uri) != NULL);
}

bool scep_service_is_shown(const ScepServiceCall *call, bool is_response)
{
    return !call->is_foreign && (scep_service_tells_of_scep(call, is_response) || scep_is_intune_host(call->host));
}
