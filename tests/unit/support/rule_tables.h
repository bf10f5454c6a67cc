/* rule_tables.h
 * Which hints the tables of rules name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef RULE_TABLES_H
#define RULE_TABLES_H

#include "diagnosis/rule.h"

static const ScepRuleTable *const rule_tables[] = { SCEP_RULE_TABLES(SCEP_RULE_TABLE_ADDRESS) };

/* Those that look at connections: what one shows, and which device had none to Intune. */
static const ScepRuleTable *const connection_rule_tables[] = { &scep_rules_connection, &scep_rules_connection_aik,
                                                               &scep_rules_tls_guess, &scep_rules_sync };

/* True when one of these tables has a rule that raises the hint. */
static inline bool rules_name(const ScepRuleTable *const *tables, size_t count, ScepHintId hint)
{
    for (size_t t = 0; t < count; t++) {
        for (size_t r = 0; r < tables[t]->count; r++) {
            if (tables[t]->rules[r].hint == hint)
                return true;
        }
    }
    return false;
}

static inline bool can_raise(ScepHintId hint)
{
    return rules_name(rule_tables, G_N_ELEMENTS(rule_tables), hint);
}

static inline bool connections_can_raise(ScepHintId hint)
{
    return rules_name(connection_rule_tables, G_N_ELEMENTS(connection_rule_tables), hint);
}

#endif
