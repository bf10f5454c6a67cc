/* experts.h
 * Expert items: one for each problem of a message and one for each hint of the catalogue.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_EXPERTS_H
#define SCEP_EXPERTS_H

#include <epan/expert.h>

#include "scep/diagnosis.h"
#include "scep/cms.h"
#include "ws_compat.h"

extern expert_field ei_scep_builtin_stopped;
extern expert_field ei_scep_builtin_left_out;
extern expert_field ei_scep_key_readable;
extern expert_field ei_scep_base64;
extern expert_field ei_scep_service_body;

/** Registers "scep.problem.<name>", "scep.hint.<id>" and the single items for @a proto. */
void scep_register_experts(int proto);

/** Adds the expert item of a problem, with the bytes it is about. */
void scep_expert_problem(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length,
                         const ScepProblem *problem);

/** Adds the expert item of a hint below @a item. @param severity  that it is told with */
void scep_expert_finding(packet_info *pinfo, proto_item *item, const ScepFinding *finding, ScepSeverity severity);

#endif
