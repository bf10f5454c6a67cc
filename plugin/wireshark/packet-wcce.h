/* packet-wcce.h
 * ICertRequestD, ICertRequestD2 (MS-WCCE) and ICertPassage (MS-ICPR): what NDES says to its CA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_WCCE_H
#define PACKET_WCCE_H

#include "scep/tracker.h"
#include "scep/rpc.h"
#include "segment.h"
#include "ws_compat.h"

void proto_register_wcce(void);
void proto_reg_handoff_wcce(void);

/** The calls that Wireshark could not decrypt, cut ones and faults: no dissector is called for them, so a
 * post-dissector looks for them in the PDU headers (packet-wcce-unread.c). For every frame of TCP. */
void wcce_dissect_unread(packet_info *pinfo, proto_tree *tree, const Segment *segment);

/** True once a CA has named a port in this capture: then segments that carry no DCE/RPC are worth a look. */
extern bool wcce_ports_named;

/** Looks protocols and tables up. Call from the handoff routine. */
void wcce_unread_handoff(void);
void wcce_blob_handoff(void);

/** For each capture file. */
void wcce_unread_open(void);

/** Notes that the dissector of a call was called in this frame, so that it is not taken for sealed.
 * @param ca_call  what was booked for it, for a fault that may answer it; NULL for nothing, or not yet */
void wcce_note_opened(packet_info *pinfo, uint32_t call_id, bool is_response, ScepCaCall *ca_call);

/** True when a data source of this frame holds what Wireshark decrypted. */
bool wcce_frame_is_decrypted(packet_info *pinfo);

/** The UUID of an interface. */
const e_guid_t *wcce_interface_uuid(ScepWcceInterface interface);

/** The tree of one direction of a call: its parameters and what is inside them (packet-wcce-show.c). */
void wcce_show_call(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceCall *call,
                    const ScepWcceContext *context);

/** One line in words: "WCCE Request2 template=NDESUser", "WCCE Request2 -> issued, request id 12". @return packet scope
 */
const char *wcce_show_summary(packet_info *pinfo, const ScepWcceCall *call);

/** The octets of a blob as they may be shown: a request's challenge is blotted out unless the user asked to see it.
 * @return packet scope or the tvb's */
const uint8_t *wcce_blob_octets(packet_info *pinfo, tvbuff_t *tvb, const ScepWcceValue *value);

/** What a blob holds, below @a tree (packet-wcce-blob.c). @a value is a blob whose octets stand in @a tvb. */
void wcce_show_blob(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceValue *value);

/** A CA property or the answer to GetCACert, by what was asked for (packet-wcce-blob.c). */
void wcce_show_property(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceValue *value,
                        ScepWcceHolds holds);

/** The list of GetCAPropertyInfo (packet-wcce-blob.c). @param count  pcProperty */
void wcce_show_property_list(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceValue *value,
                             uint32_t count);

#endif
