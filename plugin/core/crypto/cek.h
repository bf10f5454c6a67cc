/* cek.h
 * Files of content-encryption keys: a capture can be shared with one, readable without the private key.
 * One line per envelope, fields separated by one blank, hexadecimal in either case:
 *     SCEP-CEK <SHA-256 of the encryptedContent octets, 64 digits> <key> [# label]
 * The octets are those of a chunked encryptedContent put together. Empty lines and lines that begin with "#" are
 * skipped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CRYPTO_CEK_H
#define SCEP_CORE_CRYPTO_CEK_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/crypto.h"

/** Adds the lines of a text. What is wrong is told as "line 3: ..." and the line skipped; at most SCEP_MAX_CEK_ERRORS.
 * No message holds a key.
 * @param errors  of char*, appended to, with g_free as its element free function; may be NULL
 * @return lines taken */
size_t scep_cek_table_read(ScepCekTable *table, const char *text, size_t size, GPtrArray *errors);

size_t scep_cek_table_count(const ScepCekTable *table);

/** The key for this content. @return borrowed; NULL when there is none.
 * @param label  set to the label, or to NULL; may be NULL */
const uint8_t *scep_cek_table_get0_key(const ScepCekTable *table, const uint8_t content_sha256[32], size_t *size,
                                       const char **label);

#endif
