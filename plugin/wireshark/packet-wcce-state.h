/* packet-wcce-state.h
 * What is known of calls to a CA: of the capture file, and of one frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_WCCE_STATE_H
#define PACKET_WCCE_STATE_H

#include "capture_file.h"
#include "scep/rpc.h"
#include "scep/tracker.h"

enum { WCCE_MAX_NAMED = 32 /* ports of one capture */ };

/** A port that a CA named to a host. Addresses are the tracker's, equal ones are one. */
typedef struct {
    const char *ndes;
    const char *ca;
    uint16_t port;
} WcceNamedPort;

/** The part of the capture file that is about calls to a CA. */
typedef struct WcceCapture {
    bool any_bound;       /**< one of the interfaces was bound */
    bool any_step;        /**< a step in front of a call was seen */
    wmem_map_t *waiting;  /**< uint64_t: conversation and call id -> ScepCaCall, a step (packet-wcce-chain.c) */
    wmem_map_t *connects; /**< uint64_t: conversation -> ScepCaCall, a connection (packet-wcce-connect.c) */
    WcceNamedPort named[WCCE_MAX_NAMED];
    unsigned named_count;
} WcceCapture;

/** For each capture file; all of it has file scope, so there is nothing to close. */
void wcce_state_open(void);

/** A presentation context. File scope. */
typedef struct {
    uint64_t salt; /**< the pipe, where several share a connection */
    uint16_t context;
    ScepWcceInterface interface;
    uint8_t auth_level; /**< 0 without security */
    uint8_t auth_type;
    bool is_ndr64;
} WcceBound;

/** A call whose dissector is not called, shared by the frames of request and answer. File scope. */
typedef struct {
    ScepWcceInterface interface;
    uint16_t opnum;
    const WcceBound *bound;
    uint32_t request_frame;
    uint32_t response_frame;
    nstime_t request_time;
    ScepCaCall *ca_call; /**< owned by the tracker; NULL where nothing was booked */
} WcceUnreadCall;

/** One PDU of such a call, in a frame. File scope. */
typedef struct {
    WcceUnreadCall *call;
    unsigned source;
    unsigned offset;
    unsigned length;
    unsigned stub_size;
    unsigned there; /**< bytes of length that the capture has */
    uint8_t flags;
    uint8_t auth_type;
    bool is_response;
    bool is_fault;
    bool is_clear;   /**< not sealed: truncated, or an operation that is not known */
    uint32_t status; /**< of a fault */
} WcceUnreadPdu;

/** The unread PDUs of a frame. @return array of WcceUnreadPdu; NULL for none */
wmem_array_t *wcce_state_unread(packet_info *pinfo);

/** Keeps one, in the first pass; those beyond a limit are dropped. */
void wcce_state_keep_unread(packet_info *pinfo, const WcceUnreadPdu *pdu);

/** One half of a step in front of a call, in a frame. File scope. */
typedef struct {
    ScepCaCall *call; /**< owned by the tracker */
    unsigned source;  /**< number of the data source that it stands in */
    unsigned offset;
    unsigned length;
    bool is_response;
} WcceStep;

/** The steps of a frame. @return array of WcceStep; NULL for none */
wmem_array_t *wcce_state_steps(packet_info *pinfo);

/** Keeps one, in the first pass; those beyond a limit are dropped. */
void wcce_state_keep_step(packet_info *pinfo, const WcceStep *step);

/** A call whose dissector was called in this frame. Packet scope. */
typedef struct {
    uint32_t call_id;
    bool is_response;
    ScepCaCall *ca_call; /**< what was booked for it, for a fault that may answer it; NULL for nothing, or not yet */
} WcceOpened;

/** Notes such a call, so that it is not taken for sealed. */
void wcce_state_note_opened(packet_info *pinfo, uint32_t call_id, bool is_response, ScepCaCall *ca_call);

/** @return NULL for a call that was not opened */
const WcceOpened *wcce_state_opened(packet_info *pinfo, uint32_t call_id, bool is_response);

/** True when a data source of this frame holds what Wireshark decrypted. */
bool wcce_frame_is_decrypted(packet_info *pinfo);

#endif
