/* message.h
 * A pkiMessage (RFC 8894 3) or a certs-only answer, taken apart: CMS SignedData, signed attributes, certificates.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_MESSAGE_H
#define SCEP_CORE_CMS_MESSAGE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/cms.h"
#include "scep/asn1.h"
#include "scep/catalogue.h"

/** True when this is no pkiMessage that can be read: not SignedData, broken, or unsigned (a certs-only message too). */
bool scep_message_is_malformed(const ScepMessage *message);

/** Notes a problem; at most one per code, attribute and place, and SCEP_MAX_PROBLEMS in all. */
void scep_message_problem(ScepMessage *message, ScepProblemCode code, ScepAttributeId attribute, ScepSpan where,
                          uint64_t number);

bool scep_message_has_problem(const ScepMessage *message, ScepProblemCode code);

/** Reads the signed attributes below the [0] element into message->attributes and the values out of them. */
void scep_message_read_attributes(ScepMessage *message, const uint8_t *data, const ScepBer *set);

/** Checks what the attributes say against RFC 8894 3.2.1 and against each other. */
void scep_message_check(ScepMessage *message);

#endif
