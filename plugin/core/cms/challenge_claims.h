/* challenge_claims.h
 * What a challenge is, and what it says of itself; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_CHALLENGE_CLAIMS_H
#define SCEP_CORE_CMS_CHALLENGE_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "scep/cms.h"

/** Tells what kind of challenge a text is.
 * @param claims  receives what it says of itself, scep_challenge_claims_free(); NULL where it says nothing */
ScepChallengeKind scep_challenge_classify(const uint8_t *utf8, size_t size, ScepChallengeClaims **claims);

/** NULL is fine. */
void scep_challenge_claims_free(ScepChallengeClaims *claims);

/** @param claims  may be NULL  @param now  nanoseconds since 1970 */
ScepChallengeTime scep_challenge_time(const ScepChallengeClaims *claims, int64_t now);

#endif
