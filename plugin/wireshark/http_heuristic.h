/* http_heuristic.h
 * Long SCEP requests on ports that Wireshark does not know as HTTP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HTTP_HEURISTIC_H
#define SCEP_HTTP_HEURISTIC_H

/** Registers the heuristic "scep_tcp". Call from the handoff routine. */
void scep_register_http_heuristic(int proto);

#endif
