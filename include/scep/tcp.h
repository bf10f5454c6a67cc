/* tcp.h
 * Flags of the TCP header.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_TCP_H
#define SCEP_TCP_H

/** RFC 9293 3.1 */
enum { SCEP_TCP_FIN = 0x01, SCEP_TCP_SYN = 0x02, SCEP_TCP_RST = 0x04, SCEP_TCP_ACK = 0x10 };

#endif
