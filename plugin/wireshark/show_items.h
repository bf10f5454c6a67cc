/* show_items.h
 * What every tree is made with: texts and memory that go with the packet, items that stand for no octets.
 *
 * Whatever adds to a tree may be left by an exception, so nothing is freed behind it: memory of the core is either
 * copied into the packet's pool, or released by it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SHOW_ITEMS_H
#define SCEP_SHOW_ITEMS_H

#include "ws_compat.h"

/** Text that may hold anything, as valid UTF-8 without control characters. @return packet scope */
const char *scep_show_text(packet_info *pinfo, const char *text);

/** Copies an allocated text into the packet's pool, and frees it. @param text  for g_free(); may be NULL
 * @return packet scope; NULL for NULL */
const char *scep_show_take(packet_info *pinfo, char *text);

/** Calls @a release with @a data when the packet is done with, also after an exception. NULL data is left. */
void scep_show_release_later(packet_info *pinfo, void *data, void (*release)(void *data));

/** A text that stands in no octets of the frame. @return NULL for none, or an empty one */
proto_item *scep_show_generated(proto_tree *tree, int hf, tvbuff_t *tvb, const char *text);

#endif
