/* rule.h
 * Rules: when one is asked, what it looks at, and where what it says is kept. Every hint is raised through here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_RULE_H
#define SCEP_CORE_DIAGNOSIS_RULE_H

#include "diagnosis/findings.h"
#include "tracker/events.h"

/** When a rule is asked: with an event of the tracker (ScepEventKind), or at the end, for each thing that was booked.
 */
enum {
    SCEP_AT_SIGN_IN_END = SCEP_EVENT_COUNT, /**< the last request of a client for a challenge page */
    SCEP_AT_ENROLLMENT_END,
    SCEP_AT_LEGS_END, /**< of an enrollment: the calls behind NDES that belong to it are settled */
    SCEP_AT_SYNC_END, /**< of an enrollment, where the capture shows devices with Intune */
    SCEP_AT_CA_CALL_END,
    SCEP_AT_CA_RESTART_END,    /**< a call that found no CA, where one of the same hosts had been answered before */
    SCEP_AT_CA_CONNECTION_END, /**< a connection to the CA that was never answered */
    SCEP_AT_SERVICE_CALL_END,
    SCEP_AT_CONNECTION_END, /**< a connection or question to DNS that was never answered */
    SCEP_MOMENT_COUNT
};

typedef struct ScepLegs ScepLegs; /* rules_legs.c */

struct ScepDiagnosis {
    ScepTracker *tracker;
    ScepFindings *findings;
    GHashTable *stopped; /* ScepEnrollment* -> GPtrArray of the ScepConnection* whose failure is part of it */
};

/** What a rule looks at, and what it may fill in. For the call. */
typedef struct ScepCase {
    ScepDiagnosis *diagnosis;
    ScepTracker *tracker;
    int moment;
    ScepExchange *exchange;       /**< of SCEP; at the end of an enrollment the decisive one */
    const ScepRequest *request;   /**< NULL with an answer: the request is known through the exchange only */
    const ScepResponse *response; /**< NULL with a request */
    ScepCaCall *call;
    const ScepCaMessage *message;
    const ScepCaChainAnswer *step;
    ScepServiceCall *service;
    const ScepServiceMessage *body;
    ScepConnection *connection;
    const ScepConnectionFacts *seen;
    const ScepEnrollment *enrollment; /**< at the end of one */
    ScepOutcome outcome;              /**< of it */
    const ScepLegs *legs;             /**< SCEP_AT_LEGS_END */
    const ScepCaCall *before;         /**< SCEP_AT_CA_RESTART_END: the call that was answered */
    ScepSeverity most;                /**< severity that the finding has at the most */
    int parameter;                    /**< of the rule that is asked */
    uint32_t list;                    /**< where the finding is kept */
    uint32_t frame;                   /**< and shown; a rule may name another */
    ScepEvidence evidence;            /**< the other half stands in it already */
} ScepCase;

/** One rule: a condition under a hint of the catalogue. */
typedef struct {
    ScepHintId hint;
    int moment;
    bool (*applies)(ScepCase *about);
    int parameter;
} ScepRule;

/** Rules of one file, the cause before its symptoms. */
typedef struct {
    const ScepRule *rules;
    size_t count;
    char *(*detail)(const ScepCase *about); /**< words where the rule has none; g_malloc'ed; may be NULL */
    bool first_only;                        /**< of one moment only the first that applies is told */
    bool repeats;                           /**< told each time, not once in a list */
    bool with_aik;                          /**< asked for the enrollment of a TPM's key too, which is none of ours */
} ScepRuleTable;

extern const ScepRuleTable scep_rules_cut;
extern const ScepRuleTable scep_rules_http;
extern const ScepRuleTable scep_rules_admin;
extern const ScepRuleTable scep_rules_cacert;
extern const ScepRuleTable scep_rules_trust;
extern const ScepRuleTable scep_rules_request;
extern const ScepRuleTable scep_rules_match;
extern const ScepRuleTable scep_rules_reply;
extern const ScepRuleTable scep_rules_keys;
extern const ScepRuleTable scep_rules_hop;
extern const ScepRuleTable scep_rules_ca;
extern const ScepRuleTable scep_rules_ca_readable;
extern const ScepRuleTable scep_rules_ca_step;
extern const ScepRuleTable scep_rules_service_request;
extern const ScepRuleTable scep_rules_service_answer;
extern const ScepRuleTable scep_rules_service_time;
extern const ScepRuleTable scep_rules_connection;
extern const ScepRuleTable scep_rules_connection_aik;
extern const ScepRuleTable scep_rules_tls_guess;
extern const ScepRuleTable scep_rules_end;
extern const ScepRuleTable scep_rules_ca_end;
extern const ScepRuleTable scep_rules_legs;
extern const ScepRuleTable scep_rules_sync;

/** Takes the tables once, for all diagnoses of the process. Their order is that in which findings of one message are
 * told: what broke the carriage explains what the message looks like. */
void scep_rules_index(const ScepRuleTable *const *tables, size_t count);

/** Asks the rules of a moment, and keeps what they say. A hint is told once in a list. */
void scep_rules_ask(ScepCase *about);

/** A case about one half of an exchange, a call or a connection; where and with which frames a finding is kept follows
 * from it. */
ScepCase scep_case_of_exchange(ScepDiagnosis *diagnosis, int moment, ScepExchange *exchange, bool is_answer);
ScepCase scep_case_of_ca_call(ScepDiagnosis *diagnosis, int moment, ScepCaCall *call, bool is_answer);
ScepCase scep_case_of_service(ScepDiagnosis *diagnosis, int moment, ScepServiceCall *call, bool is_answer);
ScepCase scep_case_of_connection(ScepDiagnosis *diagnosis, int moment, ScepConnection *connection, uint32_t frame,
                                 uint32_t other_frame);

/** One more frame as evidence. */
void scep_case_also(ScepCase *about, uint32_t frame);

#endif
