/* packet-wcce-chain.h
 * The steps in front of a call to the CA: endpoint mapper, activation, bind.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_WCCE_CHAIN_H
#define PACKET_WCCE_CHAIN_H

#include "packet-wcce-pdu.h"

/** Looks at a PDU, in the first pass. @param source  number of the data source that it stands in, at @a offset */
void wcce_chain_learn(packet_info *pinfo, const WccePdu *pdu, unsigned source, unsigned offset);

/** True for a request whose operation number is that of a lookup or an activation, by its header. */
bool wcce_chain_has_opnum(const uint8_t *request, unsigned size);

#endif
