/* http_count.h
 * How many HTTP messages there were to look at.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HTTP_COUNT_H
#define SCEP_HTTP_COUNT_H

/** Counts the messages of HTTP/1 and HTTP/2 in CaptureFile.http_messages from now on, whatever filter a report has.
 * Call when a report is asked for: other runs do not pay for it. */
void http_count_start(void);

#endif
