/* http_target.h
 * Cheap tests of what a request asks for, run on every HTTP request of a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HTTP_TARGET_H
#define SCEP_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Does a request to one of the services around SCEP begin here? May say yes in vain, never no.
 * @param line  where the method stands; the line need not be whole */
bool http_target_is_service(const uint8_t *line, size_t size);

/** The same of an HTTP/2 header list, as Wireshark lays it out. */
bool http_target_list_is_service(const uint8_t *list, size_t size);

#endif
