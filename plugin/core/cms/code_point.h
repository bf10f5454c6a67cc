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

#endif
