/* packet-scep.h
 * Registration of the SCEP dissector.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_SCEP_H
#define PACKET_SCEP_H

#include <stdbool.h>

/** False where another plugin, or Wireshark itself, has the protocol already, which the user is told. */
bool scep_may_register(void);

void proto_register_scep(void);
void proto_reg_handoff_scep(void);

#endif
