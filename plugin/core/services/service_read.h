/* service_read.h
 * What the readers of service bodies share; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_SERVICES_SERVICE_READ_H
#define SCEP_CORE_SERVICES_SERVICE_READ_H

#include "scep/services.h"

/** Measures and hashes a secret, and keeps the text only when @a reveal is set. */
void scep_service_add_secret(ScepServiceFacts *facts, const char *name, const char *text, bool reveal);

/** How much of a text fits into @a most octets without cutting a character in two. */
size_t scep_service_fit(const char *text, size_t most);

/** A copy of at most SCEP_MAX_TEXT octets. @return g_free() */
char *scep_service_new_text(const char *text);

/** True for the name of a setting of SCEP, letter by letter. */
bool scep_mdm_is_setting(const char *name);

/** Adds a node. Its setting follows from @a name; one that is secret is measured and hashed, and added without value.
 * @param told  command, is_result, uri and value count; texts are copied, at most SCEP_MAX_TEXT octets of each */
void scep_service_add_node(ScepServiceFacts *facts, const ScepMdmNode *told, const char *name, bool reveal);

/** Reads JSON (service_json.c). @return false when it is none. facts->problem says why a part is left out */
bool scep_service_read_json(const ScepServiceBody *body, ScepServiceFacts *facts);

/** Reads SyncML (service_syncml.c), up to where it is broken. */
void scep_service_read_syncml(const ScepServiceBody *body, ScepServiceFacts *facts);

/** The payload of Apple's profiles that has the settings of SCEP. */
#define SCEP_APPLE_PAYLOAD "com.apple.security.scep"

/** Reads a configuration profile, signed or not, a command of an MDM server that holds one, or what a device says of it
 * (service_profile.c). @return false when the body holds no property list */
bool scep_service_read_profile(const ScepServiceBody *body, ScepServiceFacts *facts);

/** Reads SyncML that comes as WBXML (service_wbxml.c), up to where it is broken. */
void scep_service_read_wbxml(const ScepServiceBody *body, ScepServiceFacts *facts);

/** True when a body begins with a version of WBXML; XML never does. */
bool scep_is_wbxml(const uint8_t *body, size_t size);

#endif
