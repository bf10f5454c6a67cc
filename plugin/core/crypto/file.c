/* file.c
 * Reads a file that the user names in a preference.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/crypto.h"

#include <errno.h>
#include <stdio.h>

#include <glib.h>
#include <glib/gstdio.h>

static char *cannot_open(int code)
{
    return g_strdup_printf("cannot open: %s", g_strerror(code));
}

/* @return the reason why the file is not read, g_free(); NULL for a good one */
static char *refusal(const char *path, size_t most, GStatBuf *status)
{
    if (g_stat(path, status) != 0)
        return cannot_open(errno);
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return g_strdup("cannot open: not a regular file");
    if (status->st_size < 0 || (guint64)status->st_size > most)
        return g_strdup_printf("too large: more than %" G_GSIZE_FORMAT " bytes", most);
    return NULL;
}

char *scep_file_new_text(const char *path, size_t most, unsigned *mode, size_t *size, char **error)
{
    GStatBuf status;

    *size = 0;
    *error = refusal(path, most, &status);
    if (*error != NULL)
        return NULL;
    FILE *file = g_fopen(path, "rb");
    if (file == NULL) {
        *error = cannot_open(errno);
        return NULL;
    }
    setvbuf(file, NULL, _IONBF, 0);
    char *text = g_malloc((gsize)status.st_size + 1);
    *size = fread(text, 1, (size_t)status.st_size, file);
    text[*size] = '\0';
    fclose(file);
    if (mode != NULL)
        *mode = (unsigned)status.st_mode & 07777;
    return text;
}
