/* user_hints.h
 * Hints that users write themselves: a display filter over SCEP fields, and what to say where it holds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_USER_HINTS_H
#define SCEP_USER_HINTS_H

#include <epan/prefs.h>

#include "ws_compat.h"

/** Registers the preference scep.hints_file, the table scep_hints and the expert items of @a proto.
 *
 * A file is UTF-8 text with one hint per line, its parts separated by tabs:
 *
 *     id  filter  severity  text  [check  [log]]
 *
 * id: lower case letters, digits and '_', none of the catalogue's. filter: a display filter, of which the fields are
 * those of this protocol: others are not always in the tree of a packet. severity: note, warning, error, or 1 to 3.
 * Empty lines and those that begin with '#' are skipped. Both sources are read whenever a capture is opened. A line
 * with an error is reported with its number, and the others hold. */
void user_hints_register(int proto, module_t *module);

/** For each capture file. */
void user_hints_open(void);
void user_hints_close(void);

/** Sees to it that the fields of all filters will be in the tree. Call in front of the first field of a frame. */
void user_hints_prime(proto_tree *root);

/** Adds each hint whose filter holds for the frame as scep.hint.* below @a tree, which belongs to @a root. Call behind
 * the last field of the frame. */
void user_hints_show(packet_info *pinfo, proto_tree *root, proto_tree *tree, tvbuff_t *tvb);

#endif
