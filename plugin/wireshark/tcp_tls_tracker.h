/* tcp_tls_tracker.h
 * Follows connections to hosts with a role, and questions to DNS about them, in TCP, TLS and DNS frames.
 *
 * Until a host with a role is known, only the beginnings of TLS connections and DNS messages are looked at, for names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_TCP_TLS_TRACKER_H
#define SCEP_TCP_TLS_TRACKER_H

#include "frame_kind.h"
#include "scep/tracker.h"
#include "ws_compat.h"

/** For each capture file. */
void tcp_tls_tracker_open(void);
void tcp_tls_tracker_close(void);

/** Looks at a frame of TCP or DNS, and keeps in the first pass what it is (followed_frames.h). */
void tcp_tls_tracker_frame(packet_info *pinfo, FrameKind kind);

/** Tells that the server of a request in this frame speaks SCEP: its connections are followed from here on, and those
 * before are looked up among Wireshark's conversations. */
void tcp_tls_tracker_server(packet_info *pinfo, ScepExchange *exchange);

#endif
