/* file.h
 * Reads a file that the user names in a preference, as a whole and within bounds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_FILE_H
#define SCEP_FILE_H

#include <stddef.h>

/** Reads a regular file: a pipe or a device may never end. It may hold keys, so no copy is left in a buffer of the C
 * library; the caller wipes its own.
 * @param most  bytes; a larger file is refused before anything of it is read
 * @param mode  receives the permission bits (07777); may be NULL
 * @param size  receives the bytes that were read; the text has a NUL behind them
 * @param error receives the reason, without the path; g_free()
 * @return g_free(); NULL with the reason where it cannot be read */
char *scep_file_read(const char *path, size_t most, unsigned *mode, size_t *size, char **error);

#endif
