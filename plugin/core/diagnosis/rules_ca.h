/* rules_ca.h
 * Rules on calls to the CA; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_RULES_CA_H
#define SCEP_CORE_DIAGNOSIS_RULES_CA_H

#include <stdbool.h>

/** True when a rule on calls to the CA raises this hint. */
bool scep_rules_ca_can_raise(const char *hint_id);

/** The same for what only the whole capture tells (ca_conclusions.c). */
bool scep_ca_conclusions_can_raise(const char *hint_id);

/** The same for the steps on the way to the CA (ca_chain.c). */
bool scep_ca_chain_can_raise(const char *hint_id);

#endif
