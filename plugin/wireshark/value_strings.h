/* value_strings.h
 * Wireshark's names of numbers, made from the core's tables, so that each name is written once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_VALUE_STRINGS_H
#define SCEP_VALUE_STRINGS_H

#include "scep/cms.h"
#include "scep/rpc.h"
#include "ws_compat.h"

/** Room for so many names. Epan scope; ends with the row without a name that Wireshark wants. */
value_string *value_strings_new(size_t count);

/** "badTime: signing time too far from the server's time"; the name alone where the table has no words. Epan scope */
const value_string *value_strings_of_code_points(const ScepCodePoint *table);
const value_string *value_strings_of_names(const ScepWcceName *table);

/** Gives a field its names. Call before the field is registered. */
void value_strings_set(hf_register_info *fields, size_t count, const int *field, const value_string *names);

#endif
