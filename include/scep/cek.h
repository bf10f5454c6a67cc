/* cek.h
 * Files of content-encryption keys: a capture can be shared with one, readable without the private key.
 *
 * One line per envelope, fields separated by one blank, hexadecimal in either case:
 *
 *     SCEP-CEK <SHA-256 of the encryptedContent octets, 64 digits> <key> [# label]
 *
 * The octets are those of a chunked encryptedContent put together. Empty lines and lines that begin with "#" are skipped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CEK_H
#define SCEP_CEK_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Keys by hash of the content they open. Wiped when freed. */
typedef struct ScepCekTable ScepCekTable;

/** @return owned by the caller */
ScepCekTable *scep_cek_table_new(void);
void scep_cek_table_free(ScepCekTable *table);

/** Adds the lines of a text. What is wrong is told as "line 3: ..." and the line skipped; at most SCEP_MAX_CEK_ERRORS.
 * No message holds a key.
 * @param errors  of char*, appended to, with g_free as its element free function; may be NULL
 * @return lines taken */
size_t scep_cek_table_read(ScepCekTable *table, const char *text, size_t size, GPtrArray *errors);

/** Reads a file, up to SCEP_MAX_CEK_FILE bytes. @return lines taken; 0 also when it cannot be read, told in @a errors. */
size_t scep_cek_table_load(ScepCekTable *table, const char *path, GPtrArray *errors);

size_t scep_cek_table_count(const ScepCekTable *table);

/** The key for this content. @return borrowed; NULL when there is none.
 * @param label  set to the label, or to NULL; may be NULL */
const uint8_t *scep_cek_table_find(const ScepCekTable *table, const uint8_t content_sha256[32], size_t *size,
                                   const char **label);

/** One line with its newline. Control characters of the label are left out.
 * @return wipe and free with scep_cek_line_free(); NULL when the key is empty or over SCEP_MAX_CEK octets */
char *scep_cek_line(const uint8_t content_sha256[32], const uint8_t *key, size_t size, const char *label);
void scep_cek_line_free(char *line);

#endif
