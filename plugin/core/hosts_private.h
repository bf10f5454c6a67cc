/* hosts_private.h
 * The table of hosts; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HOSTS_PRIVATE_H
#define SCEP_HOSTS_PRIVATE_H

#include "scep/hosts.h"

/** Makes the table, and frees it. */
void scep_hosts_open(ScepTracker *tracker);
void scep_hosts_close(ScepTracker *tracker);

#endif
