/* fuzz_cek.c
 * Files of content keys: every line is taken, skipped or told of, and what was taken is written and read again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "crypto/cek.h"
#include "scep/limits.h"

/* Writes a line from the input and reads it again. */
static void check_round_trip(const uint8_t *data, size_t size)
{
    uint8_t hash[32] = { 0 };
    const size_t key_size = size > 0 ? data[0] % (SCEP_MAX_CEK + 2) : 0;

    if (size < 1 + key_size)
        return;
    memcpy(hash, data, MIN(size, sizeof hash));
    char *label = g_strndup((const char *)data + 1 + key_size, size - 1 - key_size);
    char *line = scep_cek_new_line(hash, data + 1, key_size, label);
    REQUIRE((line == NULL) == (key_size == 0 || key_size > SCEP_MAX_CEK));
    if (line != NULL) {
        ScepCekTable *table = scep_cek_table_new();
        GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
        size_t found_size;
        const char *found_label;
        REQUIRE(strlen(line) <= SCEP_MAX_CEK_LINE + 1 && strchr(line, '\n') == line + strlen(line) - 1);
        REQUIRE(scep_cek_table_read(table, line, strlen(line), errors) == 1 && errors->len == 0);
        const uint8_t *found = scep_cek_table_get0_key(table, hash, &found_size, &found_label);
        REQUIRE(found != NULL && found_size == key_size && memcmp(found, data + 1, key_size) == 0);
        REQUIRE(found_label == NULL || g_utf8_validate(found_label, -1, NULL));
        g_ptr_array_unref(errors);
        scep_cek_table_free(table);
    }
    scep_cek_line_free(line);
    g_free(label);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ScepCekTable *table = scep_cek_table_new();
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    size_t lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    const size_t taken = scep_cek_table_read(table, (const char *)data, size, errors);
    REQUIRE(taken + errors->len <= lines && errors->len <= SCEP_MAX_CEK_ERRORS);
    REQUIRE(scep_cek_table_count(table) <= taken);
    for (guint i = 0; i < errors->len; i++)
        REQUIRE(g_str_has_prefix(g_ptr_array_index(errors, i), "line "));
    g_ptr_array_unref(errors);
    scep_cek_table_free(table);
    check_round_trip(data, size);
    return 0;
}
