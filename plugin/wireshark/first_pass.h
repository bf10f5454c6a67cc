/* first_pass.h
 * Finds a frame's SCEP messages when it is dissected for the first time, and books them with the tracker.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_FIRST_PASS_H
#define SCEP_FIRST_PASS_H

#include "frame_state.h"
#include "segment.h"

/** What is found is kept for later passes (frame_state_keep).
 * @return array of ScepShown, parsed; packet scope; NULL when the frame holds none */
wmem_array_t *first_pass(packet_info *pinfo, const Segment *segment, bool http1, bool http2);

#endif
