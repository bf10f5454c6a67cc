/* secret.h
 * Bytes that are wiped when they are no longer needed; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CRYPTO_SECRET_H
#define SCEP_CORE_CRYPTO_SECRET_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/limits.h"

/** A content-encryption key, or what is taken for one. */
typedef struct {
    uint8_t octets[SCEP_MAX_CEK];
    size_t size;
} ScepSecret;

void scep_secret_clear(ScepSecret *secret);

/** A copy that is wiped when its last reference goes. @return g_bytes_unref(). */
GBytes *scep_secret_new_bytes(const uint8_t *octets, size_t size);

/** Wipes and frees a text; NULL is fine. */
void scep_secret_text_free(char *text);

#endif
