/* rules_ca_step.c
 * Rules on what NDES does to reach its CA before it calls: where it listens, having it started, connecting, binding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/ca_detail.h"
#include "diagnosis/rule.h"
#include "tracker/ca_call.h"

enum {
    RPC_ACCESS_DENIED = 0x00000005,
    RPC_EPT_NOT_REGISTERED = 0x000006D9, /* MS-ERREF 2.2 */
    EPT_NOT_REGISTERED = 0x16C9A0D6      /* C706, appendix E */
};

/* MS-ERREF 2.1.1 and 2.3.1 */
#define E_ACCESSDENIED 0x80070005
#define E_EPT_NOT_REGISTERED 0x800706D9
#define REGDB_E_CLASSNOTREG 0x80040154
#define LOGON_TYPE_NOT_GRANTED 0xC000015B

static bool over_pipe(ScepCase *about)
{
    return about->call->is_pipe;
}

static bool refused(ScepCase *about)
{
    return about->call->chain == SCEP_CA_CONNECT && about->call->to_mapper == (about->parameter != 0) &&
           scep_ca_call_is_refused(about->call);
}

/* Answers by their code. A fault and a result are told apart where they mean different things. */
enum {
    RESOLVED_NOWHERE,
    RESOLVED_NOWHERE_FAULT,
    CLASS_UNKNOWN,
    ACTIVATED_NOWHERE,
    ACTIVATED_NOWHERE_FAULT,
    ACTIVATION_DENIED,
    ACTIVATION_DENIED_FAULT,
    ACTIVATION_DENIED_RPC,
    LOGON_NOT_GRANTED,
    ACTIVATION_FAULT,
    RESOLVE_FAULT,
    BIND_REJECTED
};

static const struct {
    uint32_t status;
    uint8_t chain;
    bool any_status;
    bool is_fault;
} answers[] = {
    [RESOLVED_NOWHERE] = { EPT_NOT_REGISTERED, SCEP_CA_RESOLVE, false, false },
    [RESOLVED_NOWHERE_FAULT] = { RPC_EPT_NOT_REGISTERED, SCEP_CA_RESOLVE, false, true },
    [CLASS_UNKNOWN] = { REGDB_E_CLASSNOTREG, SCEP_CA_ACTIVATE, false, false },
    [ACTIVATED_NOWHERE] = { E_EPT_NOT_REGISTERED, SCEP_CA_ACTIVATE, false, false },
    [ACTIVATED_NOWHERE_FAULT] = { RPC_EPT_NOT_REGISTERED, SCEP_CA_ACTIVATE, false, true },
    [ACTIVATION_DENIED] = { E_ACCESSDENIED, SCEP_CA_ACTIVATE, false, false },
    [ACTIVATION_DENIED_FAULT] = { E_ACCESSDENIED, SCEP_CA_ACTIVATE, false, true },
    [ACTIVATION_DENIED_RPC] = { RPC_ACCESS_DENIED, SCEP_CA_ACTIVATE, false, true },
    [LOGON_NOT_GRANTED] = { LOGON_TYPE_NOT_GRANTED, SCEP_CA_ACTIVATE, false, true },
    [ACTIVATION_FAULT] = { 0, SCEP_CA_ACTIVATE, true, true },
    [RESOLVE_FAULT] = { 0, SCEP_CA_RESOLVE, true, true },
    [BIND_REJECTED] = { 0, SCEP_CA_BIND, true, true },
};

static bool answered(ScepCase *about)
{
    const ScepCaChainAnswer *step = about->step;

    if (answers[about->parameter].chain != about->call->chain || answers[about->parameter].is_fault != step->is_fault ||
        !(answers[about->parameter].any_status ||
          (step->has_status && answers[about->parameter].status == step->status)))
        return false;
    about->evidence.detail = step->words ? g_strdup(step->words) : scep_ca_new_detail(about);
    return true;
}

/* The first that fits. */
static const ScepRule rules[] = {
    { SCEP_HINT_rpc_cert_pipe_used, SCEP_ON_CA_STEP, over_pipe, 0 },
    { SCEP_HINT_rpc_dynport_refused, SCEP_ON_CA_STEP_ANSWER, refused, false },
    { SCEP_HINT_rpc_135_reset, SCEP_ON_CA_STEP_ANSWER, refused, true },
    { SCEP_HINT_rpc_epm_no_endpoint, SCEP_ON_CA_STEP_ANSWER, answered, RESOLVED_NOWHERE },
    { SCEP_HINT_rpc_epm_no_endpoint, SCEP_ON_CA_STEP_ANSWER, answered, RESOLVED_NOWHERE_FAULT },
    { SCEP_HINT_rpc_epm_no_endpoint, SCEP_ON_CA_STEP_ANSWER, answered, CLASS_UNKNOWN },
    { SCEP_HINT_rpc_epm_no_endpoint, SCEP_ON_CA_STEP_ANSWER, answered, ACTIVATED_NOWHERE },
    { SCEP_HINT_rpc_epm_no_endpoint, SCEP_ON_CA_STEP_ANSWER, answered, ACTIVATED_NOWHERE_FAULT },
    { SCEP_HINT_dcom_access_denied_fault, SCEP_ON_CA_STEP_ANSWER, answered, ACTIVATION_DENIED },
    { SCEP_HINT_dcom_access_denied_fault, SCEP_ON_CA_STEP_ANSWER, answered, ACTIVATION_DENIED_FAULT },
    { SCEP_HINT_dcom_access_denied_fault, SCEP_ON_CA_STEP_ANSWER, answered, ACTIVATION_DENIED_RPC },
    { SCEP_HINT_krb_ap_req_rejected, SCEP_ON_CA_STEP_ANSWER, answered, LOGON_NOT_GRANTED },
    { SCEP_HINT_rpc_fault_generic, SCEP_ON_CA_STEP_ANSWER, answered, ACTIVATION_FAULT },
    { SCEP_HINT_rpc_fault_generic, SCEP_ON_CA_STEP_ANSWER, answered, RESOLVE_FAULT },
    { SCEP_HINT_dcom_bind_nak, SCEP_ON_CA_STEP_ANSWER, answered, BIND_REJECTED },
};

const ScepRuleTable scep_rules_ca_step = { .rules = rules, .count = G_N_ELEMENTS(rules), .first_only = true };
