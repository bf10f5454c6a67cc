/* tap.h
 * What reports listen to: each SCEP message of a dissected frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_TAP_H
#define SCEP_TAP_H

#include "frame_state.h"

/** The tap that the reports listen to. */
#define SCEP_TAP_NAME "scep"

/** One SCEP message, handed to every listener of SCEP_TAP_NAME and of the export. Packet scope. */
typedef struct {
    const ScepExchange *exchange;
    const ScepHttpPdu *pdu; /**< parsed */
    bool is_response;
    bool first_pass; /**< more may come to be known of the exchange; Wireshark's own mark is set by then */
} ScepTapInfo;

/** Registers the tap and all reports. Call once, when the protocol is registered. */
void scep_tap_register(int proto);

/** True when a report or an export is under way, so that messages must be parsed even without a tree. */
bool scep_tap_is_wanted(void);

/** Hands the frame's messages to the listeners. @param shown  as frame_pdus() returns it, parsed */
void scep_tap_queue(packet_info *pinfo, wmem_array_t *shown);

/** The reports, each registered by scep_tap_register(). */
void scep_register_report(void);
void scep_register_ceklog(void);
void scep_register_enrollments(void);
void scep_register_tree(void);
void scep_register_srt(int proto);
void scep_register_conversation(void);

/** @return the tap that exports listen to */
int scep_register_export(int proto);

#endif
