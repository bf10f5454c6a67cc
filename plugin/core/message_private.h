/* message_private.h
 * What the files of the message module share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_MESSAGE_PRIVATE_H
#define SCEP_MESSAGE_PRIVATE_H

#include "scep/message.h"

/** Notes a problem; at most one per code, attribute and place, and SCEP_MAX_PROBLEMS in all. */
void scep_message_problem(ScepMessage *message, ScepProblemCode code, ScepAttributeId attribute, ScepSpan where,
                          uint64_t number);

bool scep_message_has_problem(const ScepMessage *message, ScepProblemCode code);

/** Reads the signed attributes below the [0] element into message->attributes and the values out of them. */
void scep_message_read_attributes(ScepMessage *message, const uint8_t *data, const ScepBer *set);

/** Checks what the attributes say against RFC 8894 3.2.1 and against each other. */
void scep_message_check(ScepMessage *message);

#endif
