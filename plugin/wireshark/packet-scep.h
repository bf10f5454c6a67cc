/* packet-scep.h
 * Registration of the SCEP dissector.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_SCEP_H
#define PACKET_SCEP_H

void proto_register_scep(void);
void proto_reg_handoff_scep(void);

#endif
