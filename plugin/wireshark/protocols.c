/* protocols.c
 * Protocols by name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "protocols.h"

bool protocol_is_taken(const ProtocolNames *names)
{
    return proto_name_already_registered(names->title) || proto_get_id_by_short_name(names->short_name) >= 0 ||
           protocol_id(names->filter_name) >= 0 || find_dissector(names->filter_name) != NULL;
}

int protocol_register_helper(const ProtocolNames *names, int parent)
{
    return proto_register_protocol_in_name_only(names->title, names->short_name, names->filter_name, parent,
                                                FT_PROTOCOL);
}

int protocol_register(const ProtocolNames *names)
{
    return proto_register_protocol(names->title, names->short_name, names->filter_name);
}
