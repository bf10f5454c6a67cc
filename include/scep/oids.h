/* oids.h
 * Names for the object identifiers that turn up in an enrollment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_OIDS_H
#define SCEP_OIDS_H

#include <stddef.h>

/** One object identifier. All strings are static, UTF-8, never NULL or empty.
 * Algorithms are not here: scep_crypto_oid_name() has OpenSSL's names for them. */
typedef struct {
    const char *oid;           /**< dotted decimal, as scep_ber_oid_text() writes it */
    const char *name;          /**< as RFCs, Microsoft's headers or Windows' certificate view write it */
    const char *description;   /**< a few plain words, lower case unless a name starts it, no full stop */
} ScepOid;

/** Ascending by number, arc by arc (1.3.6.1.4.1.311.2 before 1.3.6.1.4.1.311.13), and how many there are. */
extern const ScepOid scep_oids[];
extern const size_t scep_oid_count;

/** The row for a dotted object identifier. Binary search; any text is safe to pass.
 * @return static; NULL when the table does not have it, or for NULL */
const ScepOid *scep_oid_find(const char *dotted);

#endif
