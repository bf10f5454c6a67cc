/* times.h
 * How long things take, for the tracker and whoever draws conclusions from it. Nanoseconds unless said.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_TIMES_H
#define SCEP_CORE_TRACKER_TIMES_H

#include <stdint.h>

#define SCEP_SECOND INT64_C(1000000000)
#define SCEP_MINUTE (60 * SCEP_SECOND)
#define SCEP_HOUR (60 * SCEP_MINUTE)

/** How long the capture must go on before silence means something. */
#define SCEP_SILENCE_TIME (30 * SCEP_SECOND)

/** Windows gives a connection up after 21 seconds, and a name after some 12. */
#define SCEP_CONNECT_TIME (21 * SCEP_SECOND)
#define SCEP_LOOKUP_TIME (12 * SCEP_SECOND)

/** A failure and the attempt that came right belong together within this time. */
#define SCEP_RETRY_TIME (120 * SCEP_SECOND)

/** A query for the CA's data waits for its PKIOperation this long. */
#define SCEP_PRELUDE_TIME (600 * SCEP_SECOND)

/** A device waits for its answer this long. */
#define SCEP_WAITING_TIME (120 * SCEP_SECOND)

/** A segment is seen on both sides of a NAT within this time. */
#define SCEP_TRANSLATION_TIME (10 * SCEP_SECOND)

/** NDES may report to Intune this long after it answered the device. */
#define SCEP_NOTIFY_TIME (30 * SCEP_SECOND)

/** A device that takes longer from its profile to its first request has probably been given another one meanwhile. */
#define SCEP_PROFILE_TIME SCEP_HOUR

/** A certificate is reported to Intune within this time. */
#define SCEP_REPORTING_TIME (60 * SCEP_SECOND)

/** A check of the policy module or Intune that takes longer is told: the device waits meanwhile. */
#define SCEP_SLOW_TIME (10 * SCEP_SECOND)

/** An untrusted client certificate explains a 503 of the same host for this long. */
#define SCEP_POLLUTION_TIME (600 * SCEP_SECOND)

/** How long before or behind a failure an enrollment of the same device counts as the one that it stopped. */
#define SCEP_STOPPED_BEFORE_TIME (600 * SCEP_SECOND)
#define SCEP_STOPPED_BEHIND_TIME (120 * SCEP_SECOND)

/** A device goes down the list of URLs in its profile within this time (MEM-PROF). */
#define SCEP_FAILOVER_TIME (300 * SCEP_SECOND)

/** A device that got no answer waits a while before it turns elsewhere; a second one behind the same address does not.
 */
#define SCEP_PATIENCE_TIME (2 * SCEP_SECOND)

/** Attempts of one client within this time belong to one loop. */
#define SCEP_LOOP_TIME SCEP_HOUR

/** A call to the CA within this time of a refusal may be about it. */
#define SCEP_NEARBY_TIME (5 * SCEP_SECOND)

/** Firewalls and load balancers end a connection that was silent for this long; a client gives up sooner. */
#define SCEP_IDLE_TIME SCEP_MINUTE
#define SCEP_GIVING_UP_TIME (5 * SCEP_SECOND)

/** A client that does not like what it was shown in a handshake goes within this time. */
#define SCEP_REJECTED_TIME (2 * SCEP_SECOND)

/** A connection to Intune this soon after a certificate was issued is taken for the report about it. */
#define SCEP_UPLOAD_TIME (600 * SCEP_SECOND)

/** Signing in with NTLM or Kerberos takes several requests within this time. */
#define SCEP_SIGN_IN_TIME SCEP_MINUTE

/** A one-time password of NDES is good for this long unless configured otherwise. */
#define SCEP_CHALLENGE_TIME SCEP_HOUR

/** Tries of one transaction within this time are a loop. */
#define SCEP_RETRY_LOOP_TIME SCEP_MINUTE

/* ---- seconds ----------------------------------------------------------------------------------------------------- */

#define SCEP_DAY (24 * 60 * 60)

/** The year 2000, since 1970. Captures made from text, and devices without a clock, count from 1970: no date is judged
 * by such a time. */
#define SCEP_CLOCK_BEGINS INT64_C(946684800)

/** Clocks of two machines that differ by less are taken to agree, in seconds. */
#define SCEP_CLOCK_TOLERANCE 600

/** Notice before a certificate of an RA, of a CA, of a web server ends, in seconds. */
#define SCEP_RA_NOTICE (30 * SCEP_DAY)

#define SCEP_CA_NOTICE (365 * SCEP_DAY)

#endif
