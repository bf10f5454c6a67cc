/* status_rules.h
 * An HTTP status together with what else was answered: shared by the rules on it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_STATUS_RULES_H
#define SCEP_CORE_DIAGNOSIS_STATUS_RULES_H

#include "diagnosis/rule.h"

/** True when something was answered well at this path before. */
bool scep_path_is_served(const ScepExchange *exchange);

/** True when nothing was, and another operation failed there with the same status. */
bool scep_path_fails_alike(const ScepExchange *exchange);

/** True when Entra Application Proxy stands in front, by header, host or page; the answers of the server behind it are
 * among those. */
bool scep_is_from_app_proxy(const ScepCase *about);

/** True for a status that may be meant for this very request: not one that asks for a sign-in, tells of a size, or
 * comes of a gateway, nor one that IIS explains by its number on the page. */
bool scep_status_may_be_this_request(const ScepCase *about);

/** True when the words of the server, or what else was answered at the path, say more than its status. */
bool scep_answer_is_explained(const ScepCase *about);

#endif
