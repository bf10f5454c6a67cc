/* experts.c
 * Expert items: one for each problem of a message and one for each hint of the catalogue.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "experts.h"

#include "show_items.h"

expert_field ei_scep_builtin_stopped = EI_INIT;
expert_field ei_scep_builtin_left_out = EI_INIT;
expert_field ei_scep_base64 = EI_INIT;
expert_field ei_scep_service_body = EI_INIT;
expert_field ei_scep_key_readable = EI_INIT;

static expert_field ei_settled = EI_INIT;
static expert_field problem_experts[SCEP_PROBLEM_COUNT];
static expert_field *hint_experts; /* epan scope, one per row of the catalogue */

static ei_register_info single[] = {
    { &ei_settled,
      { "scep.settled", PI_RESPONSE_CODE, PI_NOTE, "A matter that a later message of the enrollment settled",
        EXPFILL } },
    { &ei_scep_builtin_stopped,
      { "scep.builtin_stopped", PI_UNDECODED, PI_NOTE,
        "Wireshark's own tree of this message stops early; the fields above are complete", EXPFILL } },
    { &ei_scep_builtin_left_out,
      { "scep.builtin_left_out", PI_UNDECODED, PI_NOTE,
        "Wireshark's own tree of this message is left out: it has more objects than one frame may", EXPFILL } },
    { &ei_scep_key_readable,
      { "scep.key_readable", PI_SECURITY, PI_NOTE, "Other users of this machine may read the file of this key",
        EXPFILL } },
    { &ei_scep_service_body,
      { "scep.problem.service_body", PI_UNDECODED, PI_NOTE, "A part of this body is not read", EXPFILL } },
    { &ei_scep_base64,
      { "scep.base64", PI_PROTOCOL, PI_NOTE, "The base64 of the URL differs from what RFC 8894 4.1 asks for",
        EXPFILL } },
};

static int expert_severity(ScepSeverity severity)
{
    static const int severities[] = {
        [SCEP_SEVERITY_NOTE] = PI_NOTE,
        [SCEP_SEVERITY_WARNING] = PI_WARN,
        [SCEP_SEVERITY_ERROR] = PI_ERROR,
    };
    return severities[severity];
}

static int problem_group(ScepProblemCode code)
{
    /* What only the capture lacks is not malformed. */
    if (code == SCEP_PROBLEM_TRUNCATED)
        return PI_UNDECODED;
    return code == SCEP_PROBLEM_BAD_BER || code == SCEP_PROBLEM_NOT_CMS ? PI_MALFORMED : PI_PROTOCOL;
}

static void register_problems(expert_module_t *module)
{
    ei_register_info *infos = wmem_alloc0_array(wmem_epan_scope(), ei_register_info, SCEP_PROBLEM_COUNT);

    for (unsigned i = 0; i < SCEP_PROBLEM_COUNT; i++) {
        const ScepProblemInfo *problem = scep_problem_info((ScepProblemCode)i);
        problem_experts[i] = (expert_field)EI_INIT;
        infos[i].ids = &problem_experts[i];
        infos[i].eiinfo.name = wmem_strdup_printf(wmem_epan_scope(), "scep.problem.%s", problem->name);
        infos[i].eiinfo.group = problem_group((ScepProblemCode)i);
        infos[i].eiinfo.severity = expert_severity(problem->severity);
        infos[i].eiinfo.summary = problem->text;
    }
    expert_register_field_array(module, infos, SCEP_PROBLEM_COUNT);
}

static void register_hints(expert_module_t *module)
{
    ei_register_info *infos = wmem_alloc0_array(wmem_epan_scope(), ei_register_info, SCEP_HINT_COUNT);
    int used = 0;

    hint_experts = wmem_alloc0_array(wmem_epan_scope(), expert_field, SCEP_HINT_COUNT);
    for (int i = 0; i < SCEP_HINT_COUNT; i++) {
        hint_experts[i] = (expert_field)EI_INIT;
        if (scep_hints[i].not_shown != NULL)
            continue;
        infos[used].ids = &hint_experts[i];
        infos[used].eiinfo.name = wmem_strdup_printf(wmem_epan_scope(), "scep.hint.%s", scep_hints[i].id);
        infos[used].eiinfo.group = PI_RESPONSE_CODE;
        infos[used].eiinfo.severity = expert_severity(scep_hints[i].severity);
        infos[used].eiinfo.summary = scep_hints[i].text;
        used++;
    }
    expert_register_field_array(module, infos, used);
}

void scep_register_experts(int proto)
{
    expert_module_t *module = expert_register_protocol(proto);

    expert_register_field_array(module, single, array_length(single));
    register_problems(module);
    register_hints(module);
}

void scep_expert_problem(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length,
                         const ScepProblem *problem)
{
    const char *text = scep_show_take(pinfo, scep_problem_new_text(problem));

    proto_tree_add_expert_format(tree, pinfo, &problem_experts[problem->code], tvb, offset, length, "%s", text);
}

void scep_expert_finding(packet_info *pinfo, proto_item *item, const ScepFinding *finding)
{
    const ScepHint *hint = scep_finding_get0_hint(finding);
    const bool settled = finding->severity != hint->severity;
    expert_field *field = settled ? &ei_settled : &hint_experts[finding->hint];

    if (settled) {
        expert_add_info_format(pinfo, item, field, "Settled later: %s", hint->text);
        return;
    }

    if (finding->detail != NULL)
        expert_add_info_format(pinfo, item, field, "%s %s", hint->text, finding->detail);
    else
        expert_add_info(pinfo, item, field);
}
