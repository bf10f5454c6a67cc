/* show_capabilities.h
 * What a GetCACaps answer lists.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SHOW_CAPABILITIES_H
#define SCEP_SHOW_CAPABILITIES_H

#include "http_pdu.h"

/** Registers scep.capabilities and its bits for @a proto. */
void show_capabilities_register(int proto);

/** The keywords as sent, and what they amount to. Nothing for a PDU that is no such answer. */
void show_capabilities(proto_tree *tree, packet_info *pinfo, const ScepHttpPdu *pdu);

#endif
