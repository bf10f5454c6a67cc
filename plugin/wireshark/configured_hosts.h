/* configured_hosts.h
 * The user's table of hosts and their roles, scep_roles.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CONFIGURED_HOSTS_H
#define SCEP_CONFIGURED_HOSTS_H

#include <epan/prefs.h>

/** Registers the table; what it holds stands in scep_preferences.hosts. */
void configured_hosts_register(module_t *module);

#endif
