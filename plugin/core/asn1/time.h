/* time.h
 * UTCTime and GeneralizedTime.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_ASN1_TIME_H
#define SCEP_CORE_ASN1_TIME_H

#include <stddef.h>
#include <stdint.h>

#include "scep/asn1.h"

/** Seconds since 1970 (UTC) of the content octets of a UTCTime (tag 23; years 1950 to 2049, RFC 5652 11.3) or
 * GeneralizedTime (tag 24). Only the Zulu forms that DER knows, seconds may be left out. 0 when it is neither. */
int64_t scep_time_parse(const uint8_t *octets, size_t length, uint32_t tag);

#endif
