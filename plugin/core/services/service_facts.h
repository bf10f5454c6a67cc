/* service_facts.h
 * What the body of a call to a service says: JSON of Intune's API, SyncML of OMA-DM.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_SERVICES_SERVICE_FACTS_H
#define SCEP_CORE_SERVICES_SERVICE_FACTS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/services.h"
#include "scep/cms.h"
#include "scep/catalogue.h"

/** Name of a setting as in the CSP: "ServerURL", ...; NULL for SCEP_MDM_OTHER. Static. */
const char *scep_mdm_setting_name(ScepMdmSetting setting);

/** True when a LocURI is that of a SCEP node. NULL is none. */
bool scep_mdm_is_scep(const char *uri);

/** Wipes what is secret in it. NULL is nothing to do. */
void scep_service_facts_free(ScepServiceFacts *facts);

/** Facts of a body that nothing is known of yet. @return scep_service_facts_free() it */
ScepServiceFacts *scep_service_facts_empty_new(void);

#endif
