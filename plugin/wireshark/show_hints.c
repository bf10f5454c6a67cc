/* show_hints.c
 * Stage, step, enrollment and hints.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture_file.h"
#include "experts.h"
#include "fields.h"
#include "scep/tracker.h"
#include "show.h"

static void add_number(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t value)
{
    proto_item_set_generated(proto_tree_add_uint(tree, hf, tvb, 0, 0, value));
}

static uint32_t first_frame(const ScepExchange *exchange)
{
    return exchange->request_frame ? exchange->request_frame : exchange->response_frame;
}

void scep_show_stage(proto_tree *tree, tvbuff_t *tvb, const ScepExchange *exchange, bool is_response)
{
    const uint8_t stage = scep_exchange_stage(exchange, is_response);

    if (stage == 0)
        return;
    add_number(tree, hf_scep_stage, tvb, stage);
    scep_show_generated(tree, hf_scep_step, tvb, scep_exchange_step(exchange, is_response));
    scep_show_generated(tree, hf_scep_role_src, tvb, scep_exchange_role(capture_tracker(), exchange, is_response));
    scep_show_generated(tree, hf_scep_role_dst, tvb, scep_exchange_role(capture_tracker(), exchange, !is_response));
}

/* The device's request that this call was made for, and its answer. */
static void show_cause(proto_tree *tree, tvbuff_t *tvb, const ScepCaCall *call)
{
    const ScepExchange *exchange = scep_ca_call_get0_cause(call);

    if (exchange == NULL)
        return;
    add_number(tree, hf_scep_enrollment_cause, tvb, exchange->request_frame);
    if (exchange->response_frame != 0)
        add_number(tree, hf_scep_enrollment_answer, tvb, exchange->response_frame);
}

void scep_show_ca_call(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepCaCall *call, bool is_response)
{
    if (call == NULL)
        return;
    const ScepEnrollment *enrollment = call->enrollment != NULL ? call->enrollment : call->waits;
    proto_item_set_generated(proto_tree_add_uint(tree, hf_scep_stage, tvb, 0, 0, 4));
    scep_show_generated(tree, hf_scep_step, tvb, scep_ca_call_step(call));
    scep_show_generated(tree, hf_scep_role_src, tvb, scep_host_role_name(is_response ? SCEP_HOST_CA : SCEP_HOST_NDES));
    scep_show_generated(tree, hf_scep_role_dst, tvb, scep_host_role_name(is_response ? SCEP_HOST_NDES : SCEP_HOST_CA));
    if (enrollment != NULL) {
        proto_item *item = proto_tree_add_uint(tree, hf_scep_enrollment, tvb, 0, 0, enrollment->number);
        proto_item_set_generated(item);
        if (call->is_likely || call->enrollment == NULL)
            proto_item_append_text(item, " (likely: its device waits for this host)");
        add_number(tree, hf_scep_enrollment_first, tvb, first_frame(enrollment->first));
        show_cause(tree, tvb, call);
    }
    scep_show_findings(pinfo, tree, tvb, scep_ca_call_get0_findings(capture_diagnosis(), call, is_response));
}

/* Polls up to this exchange, and how long the device has waited since its first PKIOperation. */
static void show_polls(proto_tree *tree, tvbuff_t *tvb, const ScepExchange *exchange, bool is_response)
{
    const ScepExchange *submitted = NULL;
    uint32_t polls = 0;

    for (const ScepExchange *step = exchange->enrollment->first; step != NULL; step = step->next) {
        if (submitted == NULL && step->operation == SCEP_OP_PKIOPERATION)
            submitted = step;
        polls += step->message_type == SCEP_TYPE_CERTPOLL && !scep_exchange_is_copy(step);
        if (step == exchange)
            break;
    }
    if (polls == 0 || submitted == NULL)
        return;
    const int64_t now = is_response ? exchange->response_time : exchange->request_time;
    const int64_t waited = now - (submitted->request_frame ? submitted->request_time : submitted->response_time);
    nstime_t moment = { (time_t)(waited / 1000000000), (int)(waited % 1000000000) };
    add_number(tree, hf_scep_enrollment_polls, tvb, polls);
    proto_item_set_generated(proto_tree_add_time(tree, hf_scep_enrollment_wait, tvb, 0, 0, &moment));
}

void scep_show_enrollment(proto_tree *tree, tvbuff_t *tvb, const ScepExchange *exchange, bool is_response)
{
    const ScepEnrollment *enrollment = exchange->enrollment;
    const ScepExchange *previous = NULL;

    if (enrollment == NULL)
        return;
    add_number(tree, hf_scep_enrollment, tvb, enrollment->number);
    for (const ScepExchange *step = enrollment->first; step != NULL && step != exchange; step = step->next)
        previous = step;
    if (previous != NULL) {
        add_number(tree, hf_scep_enrollment_first, tvb, first_frame(enrollment->first));
        add_number(tree, hf_scep_enrollment_previous, tvb, first_frame(previous));
    }
    show_polls(tree, tvb, exchange, is_response);
}

proto_item *scep_show_hint(proto_tree *parent, tvbuff_t *tvb, const ScepHint *hint)
{
    proto_item *item = scep_show_generated(parent, hf_scep_hint_id, tvb, hint->id);

    proto_item_append_text(item, ": %s", hint->text);
    return item;
}

void scep_show_hint_details(proto_item *item, tvbuff_t *tvb, const ScepHint *hint, ScepSeverity severity,
                            const char *detail)
{
    proto_tree *tree = proto_item_add_subtree(item, ett_scep_hint);

    scep_show_generated(tree, hf_scep_hint_text, tvb, hint->text);
    scep_show_generated(tree, hf_scep_hint_detail, tvb, detail);
    scep_show_generated(tree, hf_scep_hint_check, tvb, hint->check);
    scep_show_generated(tree, hf_scep_hint_log, tvb, hint->log);
    add_number(tree, hf_scep_hint_severity, tvb, severity);
    add_number(tree, hf_scep_hint_confidence, tvb, hint->confidence);
}

void scep_show_hint_frame(proto_item *item, tvbuff_t *tvb, uint32_t frame)
{
    add_number(proto_item_get_subtree(item), hf_scep_hint_frame, tvb, frame);
}

static void show_finding(packet_info *pinfo, proto_tree *parent, tvbuff_t *tvb, const ScepFinding *finding)
{
    const ScepHint *hint = scep_finding_get0_hint(finding);
    proto_item *item = scep_show_hint(parent, tvb, hint);

    scep_expert_finding(pinfo, item, finding);
    scep_show_hint_details(item, tvb, hint, finding->severity, finding->detail);
    for (unsigned i = 0; i < finding->frame_count; i++)
        scep_show_hint_frame(item, tvb, finding->frames[i]);
}

void scep_show_findings(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepFinding *findings)
{
    for (; findings != NULL; findings = findings->next) {
        if (findings->frame_count > 0 && findings->frames[0] == pinfo->num)
            show_finding(pinfo, tree, tvb, findings);
    }
}
