/* protocols.h
 * Protocols by name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_PROTOCOLS_H
#define SCEP_PROTOCOLS_H

#include "ws_compat.h"

/** What a protocol is called. Static. */
typedef struct {
    const char *title;
    const char *short_name;
    const char *filter_name;
} ProtocolNames;

/** True where another plugin, or Wireshark itself, has a protocol or dissector of one of these names: to register them
 * again would end Wireshark. */
bool protocol_is_taken(const ProtocolNames *names);

/** @return its number */
int protocol_register(const ProtocolNames *names);

/** One in name only, which is switched on and off with its parent. @return its number */
int protocol_register_helper(const ProtocolNames *names, int parent);

/** Number of a protocol by its filter name; -1 for none. By the table of fields, in which each protocol is one too:
 * proto_get_id_by_filter_name() goes through the list of all protocols each time. */
static inline int protocol_id(const char *filter_name)
{
    const header_field_info *info = proto_registrar_get_byname(filter_name);

    return info != NULL && info->type == FT_PROTOCOL ? info->id : -1;
}

#endif
