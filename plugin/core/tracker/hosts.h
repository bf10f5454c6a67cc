/* hosts.h
 * What hosts are in an enrollment: device, proxy, NDES, CA, Intune. Learned from what an address does, completed by its
 * name, overridden by the user.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_HOSTS_H
#define SCEP_CORE_TRACKER_HOSTS_H

#include "scep/tracker.h"

/** The row that a host name belongs to, ASCII case ignored; NULL for none. */
const ScepKnownHost *scep_known_host_find(const char *name);

/** Makes the table, and frees it. */
void scep_hosts_open(ScepTracker *tracker);
void scep_hosts_close(ScepTracker *tracker);

#endif
