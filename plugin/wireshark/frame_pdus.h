/* frame_pdus.h
 * The SCEP messages of a frame, parsed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_FRAME_PDUS_H
#define SCEP_FRAME_PDUS_H

#include "frame_state.h"
#include "segment.h"

/** The frame's SCEP messages. In the first pass they are looked for, booked and kept; later what was kept tells them.
 * @return array of ScepShown, packet scope; NULL when the frame holds none. PDUs are parsed when @a parse is set or the
 * pass is the first. */
wmem_array_t *frame_pdus(packet_info *pinfo, const Segment *segment, bool http1, bool http2, bool parse);

#endif
