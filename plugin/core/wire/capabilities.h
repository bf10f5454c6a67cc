/* capabilities.h
 * The keyword list that GetCACaps returns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_WIRE_CAPABILITIES_H
#define SCEP_CORE_WIRE_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/wire.h"
#include "scep/limits.h"
#include "scep/asn1.h"

/** Keywords of RFC 8894 3.5.2, and older ones that servers still send. */
enum {
    SCEP_CAP_AES = 1 << 0,
    SCEP_CAP_DES3 = 1 << 1,
    SCEP_CAP_GETNEXTCACERT = 1 << 2,
    SCEP_CAP_POSTPKIOPERATION = 1 << 3,
    SCEP_CAP_RENEWAL = 1 << 4,
    SCEP_CAP_SHA1 = 1 << 5,
    SCEP_CAP_SHA256 = 1 << 6,
    SCEP_CAP_SHA512 = 1 << 7,
    SCEP_CAP_SCEPSTANDARD = 1 << 8,
    SCEP_CAP_UPDATE = 1 << 9,  /**< draft-gutmann-scep */
    SCEP_CAP_SHA224 = 1 << 10, /**< seen, defined nowhere */
    SCEP_CAP_SHA384 = 1 << 11  /**< seen, defined nowhere */
};

/** What the bits amount to: SCEPStandard implies AES, POSTPKIOperation and SHA-256 (RFC 8894 3.5.2). */
uint32_t scep_capabilities_effective(uint32_t bits);

#endif
