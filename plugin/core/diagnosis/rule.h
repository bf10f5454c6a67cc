/* rule.h
 * Rules: when one is asked, what it looks at, and where what it says is kept. Every hint is raised through here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_RULE_H
#define SCEP_CORE_DIAGNOSIS_RULE_H

#include "diagnosis/contrast.h"
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
    unsigned weakness;      /* severity that the user gives it; 0 for the catalogue's */
    ScepContrast *contrast; /* while conclusions are drawn, else NULL */
    GHashTable *stopped;    /* ScepEnrollment* -> GPtrArray of the ScepConnection* whose failure is part of it */
    GHashTable *uses;       /* of each challenge, see contradictions.c; NULL where none was granted */
    GArray *rules[SCEP_MOMENT_COUNT]; /* by moment, see scep_rules_index(): else each event were a walk over all */
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
    const ScepCaCall *before; /**< SCEP_AT_CA_RESTART_END, and of a step to ICertPassage: a call that was answered */
    ScepSeverity most;        /**< severity that the finding has at the most */
    int parameter;            /**< of the rule that is asked */
    uint32_t list;            /**< where the finding is kept */
    uint32_t frame;           /**< and shown; a rule may name another */
    ScepEvidence evidence;    /**< the other half stands in it already */
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

/** All tables, in the order in which findings of one message are told: what broke the carriage explains what the
 * message looks like. TABLE(name) for each scep_rules_name. */
#define SCEP_RULE_TABLES(TABLE) \
    TABLE(says)                 \
    TABLE(cut)                  \
    TABLE(http)                 \
    TABLE(admin)                \
    TABLE(cacert)               \
    TABLE(trust)                \
    TABLE(request)              \
    TABLE(match)                \
    TABLE(reply)                \
    TABLE(keys)                 \
    TABLE(hop)                  \
    TABLE(facts)                \
    TABLE(ca)                   \
    TABLE(ca_readable)          \
    TABLE(ca_step)              \
    TABLE(ca_end)               \
    TABLE(service_request)      \
    TABLE(service_answer)       \
    TABLE(service_time)         \
    TABLE(connection)           \
    TABLE(connection_aik)       \
    TABLE(tls_guess)            \
    TABLE(profile)              \
    TABLE(end)                  \
    TABLE(legs)                 \
    TABLE(sync)

#define SCEP_RULE_TABLE_DECLARED(name) extern const ScepRuleTable scep_rules_##name;
SCEP_RULE_TABLES(SCEP_RULE_TABLE_DECLARED)
#undef SCEP_RULE_TABLE_DECLARED

/** As elements of an array of pointers. */
#define SCEP_RULE_TABLE_ADDRESS(name) &scep_rules_##name,

/** Gives a diagnosis the tables that it asks, in place of those it has. @param tables  outlive it */
void scep_rules_index(ScepDiagnosis *diagnosis, const ScepRuleTable *const *tables, size_t count);

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
