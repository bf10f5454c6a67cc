/* packet-wcce-connect.h
 * The connection to the port that a CA named: a step that is seen in TCP alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_WCCE_CONNECT_H
#define PACKET_WCCE_CONNECT_H

#include "packet-wcce-pdu.h"
#include "scep/tracker.h"
#include "segment.h"

/** Takes the ports out of the answer to a lookup or an activation. */
void wcce_connect_named(const ScepCaCall *step, const WccePdu *answer);

/** Takes note that a step led to a CA: the next connection to its endpoint mapper is a step too. */
void wcce_connect_known(const ScepCaCall *step);

/** Looks at a segment in the first pass: whether a connection to a named port is asked for, granted or refused. */
void wcce_connect_learn(packet_info *pinfo, const Segment *segment);

#endif
