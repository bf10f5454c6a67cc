/* http_count.h
 * How many HTTP messages there were to look at.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HTTP_COUNT_H
#define SCEP_HTTP_COUNT_H

#include "segment.h"

/** First pass, on a frame of HTTP: adds its messages to CaptureFile.http_messages. In HTTP/1 those that end in this
 * frame, in HTTP/2 those that begin. */
void http_count_frame(packet_info *pinfo, const Segment *segment, bool http1, bool http2);

#endif
