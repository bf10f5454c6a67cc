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

/** A copy of at most SCEP_MAX_TEXT octets. @return g_free() */
char *scep_service_text(const char *text);

/** Reads JSON (service_json.c). @return false when it is none. facts->problem says why a part is left out */
bool scep_service_read_json(const ScepServiceBody *body, ScepServiceFacts *facts);

/** Reads SyncML (service_syncml.c), up to where it is broken. */
void scep_service_read_syncml(const ScepServiceBody *body, ScepServiceFacts *facts);

#endif
