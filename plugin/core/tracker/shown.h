/* shown.h
 * The certificates that a server has shown in its GetCACert answers, all of them; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_SHOWN_H
#define SCEP_CORE_TRACKER_SHOWN_H

#include "scep/tracker.h"

/** Keeps what a GetCACert answer shows. */
void scep_shown_learn(ScepServer *server, ScepExchange *exchange, const ScepPlace *place, const ScepResponse *response);

/** Releases what is kept of a server. */
void scep_shown_forget(ScepServer *server);

/** When a server showed a certificate, seen from one exchange with it. */
typedef enum {
    SCEP_SHOWN_UNKNOWN = 0, /**< it showed none, or not all of what it showed is in the capture */
    SCEP_SHOWN_NEVER,
    SCEP_SHOWN_EARLIER,  /**< not to this client, and not in the newest answers to others */
    SCEP_SHOWN_REPLACED, /**< to this client; the answers since do not hold it */
    SCEP_SHOWN_NOW
} ScepShownWhen;

/** Looks a certificate up in a list. @return NULL when it is not there */
typedef const ScepCertificate *(*ScepShownFind)(const GPtrArray *certificates, const void *wanted);

/** @param set  set to the answer that holds the certificate, or else the newest one, to cite; NULL where there is none
 *  @param certificate  set to what was found, or NULL */
ScepShownWhen scep_shown_when(const ScepExchange *exchange, ScepShownFind find, const void *wanted,
                              const ScepCaSet **set, const ScepCertificate **certificate);

#endif
