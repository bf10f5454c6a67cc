/* algorithms.c
 * Digests and ciphers by strength and by the GetCACaps keyword that offers them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wire/algorithms.h"

#include <glib.h>
#include <string.h>

#include "wire/capabilities.h"

typedef struct {
    const char *oid;
    ScepStrength strength;
    uint32_t capability;
} Algorithm;

static const Algorithm digests[] = {
    { "1.2.840.113549.2.5", SCEP_STRENGTH_BROKEN, 0 },                 /* MD5 */
    { "1.3.14.3.2.26", SCEP_STRENGTH_WEAK, SCEP_CAP_SHA1 },            /* SHA-1 */
    { "2.16.840.1.101.3.4.2.1", SCEP_STRENGTH_GOOD, SCEP_CAP_SHA256 }, /* SHA-256 */
    { "2.16.840.1.101.3.4.2.2", SCEP_STRENGTH_GOOD, SCEP_CAP_SHA384 }, /* SHA-384 */
    { "2.16.840.1.101.3.4.2.3", SCEP_STRENGTH_GOOD, SCEP_CAP_SHA512 }, /* SHA-512 */
    { "2.16.840.1.101.3.4.2.4", SCEP_STRENGTH_GOOD, SCEP_CAP_SHA224 }, /* SHA-224 */
};

static const Algorithm ciphers[] = {
    { "1.3.14.3.2.7", SCEP_STRENGTH_BROKEN, 0 },                     /* DES-CBC */
    { "1.2.840.113549.3.2", SCEP_STRENGTH_BROKEN, 0 },               /* RC2-CBC */
    { "1.2.840.113549.3.7", SCEP_STRENGTH_WEAK, SCEP_CAP_DES3 },     /* DES-EDE3-CBC */
    { "2.16.840.1.101.3.4.1.2", SCEP_STRENGTH_GOOD, SCEP_CAP_AES },  /* AES-128-CBC */
    { "2.16.840.1.101.3.4.1.22", SCEP_STRENGTH_GOOD, SCEP_CAP_AES }, /* AES-192-CBC */
    { "2.16.840.1.101.3.4.1.42", SCEP_STRENGTH_GOOD, SCEP_CAP_AES }, /* AES-256-CBC */
    { "2.16.840.1.101.3.4.1.6", SCEP_STRENGTH_GOOD, 0 },             /* AES-128-GCM */
    { "2.16.840.1.101.3.4.1.26", SCEP_STRENGTH_GOOD, 0 },            /* AES-192-GCM */
    { "2.16.840.1.101.3.4.1.46", SCEP_STRENGTH_GOOD, 0 },            /* AES-256-GCM */
};

static const Algorithm *find(const Algorithm *table, size_t count, const char *oid)
{
    for (size_t i = 0; oid != NULL && i < count; i++) {
        if (strcmp(table[i].oid, oid) == 0)
            return &table[i];
    }
    return NULL;
}

ScepStrength scep_digest_strength(const char *oid)
{
    const Algorithm *row = find(digests, G_N_ELEMENTS(digests), oid);
    return row ? row->strength : SCEP_STRENGTH_UNKNOWN;
}

ScepStrength scep_cipher_strength(const char *oid)
{
    const Algorithm *row = find(ciphers, G_N_ELEMENTS(ciphers), oid);
    return row ? row->strength : SCEP_STRENGTH_UNKNOWN;
}

bool scep_cipher_is_authenticated(const char *oid)
{
    static const char *const gcm[] = { "2.16.840.1.101.3.4.1.6", "2.16.840.1.101.3.4.1.26", "2.16.840.1.101.3.4.1.46" };

    for (size_t i = 0; oid != NULL && i < G_N_ELEMENTS(gcm); i++) {
        if (strcmp(gcm[i], oid) == 0)
            return true;
    }
    return false;
}

uint32_t scep_digest_capability(const char *oid)
{
    const Algorithm *row = find(digests, G_N_ELEMENTS(digests), oid);
    return row ? row->capability : 0;
}

uint32_t scep_cipher_capability(const char *oid)
{
    const Algorithm *row = find(ciphers, G_N_ELEMENTS(ciphers), oid);
    return row ? row->capability : 0;
}
