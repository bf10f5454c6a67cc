/* algorithms.h
 * Digests and ciphers by strength and by the GetCACaps keyword that offers them; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_WIRE_ALGORITHMS_H
#define SCEP_CORE_WIRE_ALGORITHMS_H

#include <stdbool.h>
#include <stdint.h>

/** RFC 8894 2.9: MD5 and single DES must not be used; SHA-1 and triple DES are legacy; SHA-256 and AES are the rule. */
typedef enum { SCEP_STRENGTH_BROKEN = 0, SCEP_STRENGTH_WEAK, SCEP_STRENGTH_GOOD, SCEP_STRENGTH_UNKNOWN } ScepStrength;

/** Strength by dotted OID; UNKNOWN for NULL and for OIDs without a row. */
ScepStrength scep_digest_strength(const char *oid);
ScepStrength scep_cipher_strength(const char *oid);

/** True for the GCM ciphers of AuthEnvelopedData (RFC 5084). */
bool scep_cipher_is_authenticated(const char *oid);

/** The SCEP_CAP_* bit that offers the algorithm; 0 where no keyword does. */
uint32_t scep_digest_capability(const char *oid);
uint32_t scep_cipher_capability(const char *oid);

#endif
