/* comment_keys.h
 * Content keys in comments of frames: so a capture and what opens it are one file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_COMMENT_KEYS_H
#define SCEP_COMMENT_KEYS_H

#include "ws_compat.h"

/** First pass, before anything of the frame is decrypted: takes the lines SCEP-CEK of its comments. */
void comment_keys_read(packet_info *pinfo);

#endif
