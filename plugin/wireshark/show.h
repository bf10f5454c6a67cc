/* show.h
 * Puts parsed SCEP messages, certificates and findings into columns and the protocol tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SHOW_H
#define SCEP_SHOW_H

#include "frame_state.h"
#include "scep/tracker.h"
#include "scep/diagnosis.h"
#include "show_items.h"

/** Looks up the dissectors and protocols that show_cms.c hands leaves to. Call from the handoff routine. */
void scep_show_handoff(void);

/** One line in words, for the Info column and the protocol item. @return packet scope. */
const char *scep_show_summary(packet_info *pinfo, const ScepShown *shown);

/** Half of a call to a service around SCEP, in words and as a tree (show_service.c). */
const char *scep_show_service_summary(packet_info *pinfo, const ScepServiceCall *call, bool is_response);
proto_tree *scep_show_service(packet_info *pinfo, proto_tree *root, const ScepShown *shown);

/** The whole tree of one message. @return the tree of its protocol item */
proto_tree *scep_show_pdu(packet_info *pinfo, proto_tree *tree, const ScepShown *shown);

/** The attributes, signer and envelope of a CMS message (show_message.c). */
void scep_show_message(packet_info *pinfo, proto_tree *tree, const ScepShown *shown);

/** What was checked of a message, and what is inside its envelope (show_inside.c). */
void scep_show_checks(packet_info *pinfo, proto_tree *tree, const ScepShown *shown);
void scep_show_inside(packet_info *pinfo, proto_tree *tree, const ScepShown *shown);

/** The certificates inside an opened answer; @a tvb holds the plaintext (show_certificate.c). */
void scep_show_issued(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepHttpPdu *pdu);

/** One subtree per certificate, in the order of the message (show_certificate.c). */
void scep_show_certificates(packet_info *pinfo, proto_tree *tree, const ScepShown *shown);

/** The certificates that a GetNextCACert answer encapsulates, where there are any. */
void scep_show_next_ca(packet_info *pinfo, proto_tree *tree, const ScepHttpPdu *pdu);

/** Wireshark's own tree of the message (show_cms.c); nothing when no filter or view asks for it. */
void scep_show_builtin_cms(packet_info *pinfo, proto_tree *tree, const ScepHttpPdu *pdu);
void scep_show_builtin_request(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int length);
void scep_show_builtin_certificate(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length);
void scep_show_builtin_list(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length);

/** The same for a CMS message of which nothing else is known; what it encapsulates is left to the caller.
 * @return false when the tree is not whole */
bool scep_show_builtin_content_info(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length);

/** Stage, step, enrollment and hints of one half of an exchange (show_hints.c). */
void scep_show_stage(proto_tree *tree, tvbuff_t *tvb, const ScepExchange *exchange, bool is_response);
void scep_show_enrollment(proto_tree *tree, tvbuff_t *tvb, const ScepExchange *exchange, bool is_response);
void scep_show_ca_call(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepCaCall *call, bool is_response);

/** What a frame of TCP, TLS or DNS is to the connections that are followed, in the Info column and the tree
 * (show_connection.c). @param root  may be NULL */
void scep_show_connections(packet_info *pinfo, proto_tree *root);

/** A hint by its id and text, and what else there is to say of it; between them its expert item has its place. */
proto_item *scep_show_hint(proto_tree *parent, tvbuff_t *tvb, const ScepHint *hint);
void scep_show_hint_details(proto_item *item, tvbuff_t *tvb, const ScepHint *hint, ScepSeverity severity,
                            const char *detail);
void scep_show_hint_frame(proto_item *item, tvbuff_t *tvb, uint32_t frame);

/** The findings of a list whose place is this frame; others have theirs elsewhere. The list may be NULL. */
void scep_show_findings(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepFinding *findings);

#endif
