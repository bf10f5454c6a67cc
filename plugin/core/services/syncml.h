/* syncml.h
 * SyncML as a row of events, whether it came as XML or as WBXML; private to the room.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_SERVICES_SYNCML_H
#define SCEP_CORE_SERVICES_SYNCML_H

#include <stdbool.h>
#include <stddef.h>

#include "scep/services.h"

typedef struct ScepSyncml ScepSyncml;

/** @param body, facts  borrowed until scep_syncml_close() */
ScepSyncml *scep_syncml_new(const ScepServiceBody *body, ScepServiceFacts *facts);

/** An element begins; a namespace prefix does not count.
 * @param names, values  of its attributes, each ended by NULL; NULL where the encoding has none
 * @return false when elements nest too deeply */
bool scep_syncml_start(ScepSyncml *reader, const char *tag, const char **names, const char **values);

/** Text, maybe a part of one. */
void scep_syncml_text(ScepSyncml *reader, const char *text, size_t size);

void scep_syncml_end(ScepSyncml *reader, const char *tag);

/** Wipes what was read and not kept. Elements may be open still. */
void scep_syncml_close(ScepSyncml *reader);

#endif
