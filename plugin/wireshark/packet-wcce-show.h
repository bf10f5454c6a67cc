/* packet-wcce-show.h
 * Calls to a CA in words, and as trees.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PACKET_WCCE_SHOW_H
#define PACKET_WCCE_SHOW_H

#include "scep/rpc.h"
#include "ws_compat.h"

/** The tree of one direction of a call: its parameters and what is inside them. */
void wcce_show_call(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceCall *call,
                    const ScepWcceContext *context);

/** One line in words: "WCCE Request2 template=NDESUser", "WCCE Request2 -> issued, request id 12". @return packet scope
 */
const char *wcce_show_summary(packet_info *pinfo, const ScepWcceCall *call);

/** Reads a call; what comes of it goes with the packet. @param size  octets of it that the capture has */
ScepWcceCall *wcce_read_call(packet_info *pinfo, const ScepWcceMethod *method, bool is_response, tvbuff_t *stub,
                             unsigned flags);

/** The PDUs of a frame that no dissector was called for, in the columns and the tree, which may be NULL; and the steps
 * in front of a call (packet-wcce-unread-show.c). */
void wcce_show_unread(packet_info *pinfo, proto_tree *root);
void wcce_show_steps(packet_info *pinfo, proto_tree *root);

/** The octets of a blob as they may be shown: a request's challenge is masked unless the user asked to see it
 * (packet-wcce-blob.c). @return packet scope or the tvb's */
const uint8_t *wcce_blob_octets(packet_info *pinfo, tvbuff_t *tvb, const ScepWcceValue *value);

/** What a blob holds, below @a tree. @a value is a blob whose octets stand in @a tvb. */
void wcce_show_blob(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceValue *value);

/** A CA property or the answer to GetCACert, by what was asked for. */
void wcce_show_property(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceValue *value,
                        ScepWcceHolds holds);

/** The list of GetCAPropertyInfo. @param count  pcProperty */
void wcce_show_property_list(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceValue *value,
                             uint32_t count);

/** Registers the attribute of a request that Wireshark does not know. Call from the handoff routine. */
void wcce_blob_handoff(void);

#endif
