/* code_point.h
 * messageType, pkiStatus and failInfo: absent, known by name, or there and not understood are three things.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_CODE_POINT_H
#define SCEP_CORE_CMS_CODE_POINT_H

#include "cms/message.h"

/** Reads the value of an attribute that holds a code point (RFC 8894 3.2.1.2 to 3.2.1.4: the decimal text of a number).
 * What is sent in place of one is kept as sent; an attribute without any value counts as an empty text.
 * @return false for an attribute of another kind */
bool scep_code_point_read(ScepMessage *message, const uint8_t *data, const ScepAttribute *attribute);

/** The number that a code point stands for: one that is defined, or one that only its sender knows.
 * @param code   0 to 255, else -1
 * @param other  what was sent where that is not defined, else NULL
 * @return false where it was left out, or is no number that fits */
bool scep_code_number(int code, const char *other, int64_t *number);

#endif
