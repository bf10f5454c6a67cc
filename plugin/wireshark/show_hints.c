/* show_hints.c
 * Stage, step and hints.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "experts.h"
#include "fields.h"
#include "show.h"

static proto_item *add_text(proto_tree *tree, int hf, tvbuff_t *tvb, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return NULL;
    proto_item *item = proto_tree_add_string(tree, hf, tvb, 0, 0, text);
    proto_item_set_generated(item);
    return item;
}

void scep_show_stage(proto_tree *tree, tvbuff_t *tvb, const ScepExchange *exchange, bool is_response)
{
    proto_item *item = proto_tree_add_uint(tree, hf_scep_stage, tvb, 0, 0, scep_exchange_stage(exchange, is_response));

    proto_item_set_generated(item);
    add_text(tree, hf_scep_step, tvb, scep_exchange_step(exchange, is_response));
}

static void show_finding(packet_info *pinfo, proto_tree *parent, tvbuff_t *tvb, const ScepFinding *finding)
{
    const ScepHint *hint = finding->hint;
    proto_item *item = add_text(parent, hf_scep_hint_id, tvb, hint->id);
    proto_tree *tree = proto_item_add_subtree(item, ett_scep_hint);

    proto_item_append_text(item, ": %s", hint->text);
    scep_expert_finding(pinfo, item, finding);
    add_text(tree, hf_scep_hint_text, tvb, hint->text);
    add_text(tree, hf_scep_hint_detail, tvb, finding->detail);
    add_text(tree, hf_scep_hint_check, tvb, hint->check);
    add_text(tree, hf_scep_hint_log, tvb, hint->log);
    proto_item_set_generated(proto_tree_add_uint(tree, hf_scep_hint_severity, tvb, 0, 0, finding->severity));
    proto_item_set_generated(proto_tree_add_uint(tree, hf_scep_hint_confidence, tvb, 0, 0, hint->confidence));
    for (unsigned i = 0; i < finding->frame_count; i++)
        proto_item_set_generated(proto_tree_add_uint(tree, hf_scep_hint_frame, tvb, 0, 0, finding->frames[i]));
}

void scep_show_findings(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const GPtrArray *findings)
{
    for (guint i = 0; findings != NULL && i < findings->len; i++)
        show_finding(pinfo, tree, tvb, g_ptr_array_index(findings, i));
}
