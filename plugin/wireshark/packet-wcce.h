/* packet-wcce.h
 * ICertRequestD, ICertRequestD2 (MS-WCCE) and ICertPassage (MS-ICPR): what NDES says to its CA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_WCCE_H
#define PACKET_WCCE_H

void proto_register_wcce(void);
void proto_reg_handoff_wcce(void);

#endif
