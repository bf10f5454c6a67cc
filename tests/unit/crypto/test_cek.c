/* test_cek.c
 * Files of content-encryption keys: written, read, and told what is wrong with them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib/gstdio.h>
#include <string.h>

#include "crypto/cek.h"
#include "scep/limits.h"

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define HASH_C "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static GPtrArray *new_errors(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

static size_t read_text(ScepCekTable *table, const char *text, GPtrArray *errors)
{
    return scep_cek_table_read(table, text, strlen(text), errors);
}

static void expect_key(const ScepCekTable *table, uint8_t fill, const char *key, const char *label)
{
    uint8_t hash[32];
    size_t size;
    const char *found_label;

    memset(hash, fill, sizeof hash);
    const uint8_t *found = scep_cek_table_get0_key(table, hash, &size, &found_label);
    if (key == NULL) {
        assert_null(found);
        assert_int_equal(size, 0);
        assert_null(found_label);
        return;
    }
    assert_non_null(found);
    assert_int_equal(size, strlen(key));
    assert_memory_equal(found, key, size);
    if (label == NULL)
        assert_null(found_label);
    else
        assert_string_equal(found_label, label);
    assert_ptr_equal(scep_cek_table_get0_key(table, hash, &size, NULL), found);
}

static void test_good_lines(void **state)
{
    ScepCekTable *table = scep_cek_table_new();
    GPtrArray *errors = new_errors();

    (void)state;
    assert_int_equal(read_text(table,
                               "# a comment\n"
                               "\n"
                               "SCEP-CEK " HASH_A " 61626364\n"
                               "   \r\n"
                               "SCEP-CEK " HASH_B " 6B6c   #  frame 12, RA key  \r\n",
                               errors),
                     2);
    assert_int_equal(errors->len, 0);
    assert_int_equal(scep_cek_table_count(table), 2);
    expect_key(table, 0xaa, "abcd", NULL);
    expect_key(table, 0xbb, "kl", "frame 12, RA key");
    expect_key(table, 0xcc, NULL, NULL);

    /* more may be added; the same again is no error, another key for the same content is */
    assert_int_equal(read_text(table, "SCEP-CEK " HASH_C " 00 #\nSCEP-CEK " HASH_A " 61626364 # twice", errors), 2);
    assert_int_equal(errors->len, 0);
    assert_int_equal(scep_cek_table_count(table), 3);
    expect_key(table, 0xaa, "abcd", NULL);
    assert_int_equal(read_text(table, "SCEP-CEK " HASH_A " 61626365", errors), 0);
    assert_int_equal(errors->len, 1);
    assert_string_equal(g_ptr_array_index(errors, 0),
                        "line 1: another key for this content stands before it; that one counts");
    expect_key(table, 0xaa, "abcd", NULL);
    g_ptr_array_unref(errors);
    scep_cek_table_free(table);
}

static void test_bad_lines(void **state)
{
    static const struct {
        const char *line, *error;
    } rows[] = {
        { "SCEP-KEY " HASH_A " 00", "line 3: a line begins with SCEP-CEK and a blank" },
        { "SCEP-CEK" HASH_A " 00", "line 3: a line begins with SCEP-CEK and a blank" },
        { "scep-cek " HASH_A " 00", "line 3: a line begins with SCEP-CEK and a blank" },
        { "S", "line 3: a line begins with SCEP-CEK and a blank" },
        { "SCEP-CEK  " HASH_A " 00", "line 3: the hash is not 64 hexadecimal digits" },
        { "SCEP-CEK a" HASH_A " 00", "line 3: the hash is not 64 hexadecimal digits" },
        { "SCEP-CEK aa" HASH_A " 00", "line 3: the hash is not 64 hexadecimal digits" },
        { "SCEP-CEK 0011 00", "line 3: the hash is not 64 hexadecimal digits" },
        { "SCEP-CEK \xc3\xa4" HASH_A " 00", "line 3: the hash is not 64 hexadecimal digits" },
        { "SCEP-CEK " HASH_A, "line 3: the key is missing" },
        { "SCEP-CEK " HASH_A " ", "line 3: the key is missing" },
        { "SCEP-CEK " HASH_A " # label", "line 3: the key is not an even number of hexadecimal digits, or too long" },
        { "SCEP-CEK " HASH_A " 000", "line 3: the key is not an even number of hexadecimal digits, or too long" },
        { "SCEP-CEK " HASH_A "  00", "line 3: the key is not an even number of hexadecimal digits, or too long" },
        { "SCEP-CEK " HASH_A " 00\t# label",
          "line 3: the key is not an even number of hexadecimal digits, or too long" },
        { "SCEP-CEK " HASH_A " 00 label", "line 3: after the key only \"# label\" may follow" },
        { "SCEP-CEK " HASH_A " 00 11", "line 3: after the key only \"# label\" may follow" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepCekTable *table = scep_cek_table_new();
        GPtrArray *errors = new_errors();
        char *text = g_strdup_printf("# first\nSCEP-CEK " HASH_B " 6b6c\n%s\nSCEP-CEK " HASH_C " 00\n", rows[i].line);
        assert_int_equal(read_text(table, text, errors), 2);
        assert_int_equal(errors->len, 1);
        assert_string_equal(g_ptr_array_index(errors, 0), rows[i].error);
        assert_int_equal(scep_cek_table_count(table), 2);
        g_free(text);
        g_ptr_array_unref(errors);
        scep_cek_table_free(table);
    }
}

static void test_limits(void **state)
{
    ScepCekTable *table = scep_cek_table_new();
    GPtrArray *errors = new_errors();
    char *longest = g_strnfill(2 * SCEP_MAX_CEK, '7'), *too_long = g_strnfill(2 * SCEP_MAX_CEK + 2, '7');
    char *label = g_strnfill(SCEP_MAX_CEK_LINE, 'l');
    GString *text = g_string_new(NULL);

    (void)state;
    g_string_printf(text, "SCEP-CEK " HASH_A " %s\nSCEP-CEK " HASH_B " %s\nSCEP-CEK " HASH_C " 00 # %s\n", longest,
                    too_long, label);
    assert_int_equal(read_text(table, text->str, errors), 1);
    assert_int_equal(errors->len, 2);
    assert_non_null(strstr(g_ptr_array_index(errors, 0), "line 2: the key is not"));
    assert_string_equal(g_ptr_array_index(errors, 1), "line 3: the line is too long");

    /* errors do not pile up, and nobody has to ask for them */
    g_string_truncate(text, 0);
    for (unsigned i = 0; i < 10 * SCEP_MAX_CEK_ERRORS; i++)
        g_string_append(text, "nonsense\n");
    assert_int_equal(read_text(table, text->str, errors), 0);
    assert_int_equal(errors->len, SCEP_MAX_CEK_ERRORS);
    assert_int_equal(read_text(table, text->str, NULL), 0);
    assert_int_equal(scep_cek_table_read(table, "", 0, errors), 0);
    g_string_free(text, TRUE);
    g_free(label);
    g_free(longest);
    g_free(too_long);
    g_ptr_array_unref(errors);
    scep_cek_table_free(table);
}

static void test_written_lines(void **state)
{
    static const uint8_t key[] = { 0x00, 0xff, 0x10 };
    uint8_t hash[32], large[SCEP_MAX_CEK + 1] = { 0 };

    (void)state;
    memset(hash, 0xaa, sizeof hash);
    char *line = scep_cek_new_line(hash, key, sizeof key, NULL);
    assert_string_equal(line, "SCEP-CEK " HASH_A " 00ff10\n");
    scep_cek_line_free(line);
    line = scep_cek_new_line(hash, key, sizeof key, "");
    assert_string_equal(line, "SCEP-CEK " HASH_A " 00ff10\n");
    scep_cek_line_free(line);
    line = scep_cek_new_line(hash, key, sizeof key, "two\nlines\r\x01\xff \xc3\xa4");
    assert_string_equal(line, "SCEP-CEK " HASH_A " 00ff10 # twolines\xef\xbf\xbd \xc3\xa4\n");
    scep_cek_line_free(line);
    assert_null(scep_cek_new_line(hash, key, 0, NULL));
    assert_null(scep_cek_new_line(hash, large, sizeof large, NULL));
    scep_cek_line_free(NULL);

    /* whatever is written can be read, however long */
    char *label = g_strnfill(3 * SCEP_MAX_CEK_LINE, 'x');
    line = scep_cek_new_line(hash, large, SCEP_MAX_CEK, label);
    ScepCekTable *table = scep_cek_table_new();
    GPtrArray *errors = new_errors();
    assert_int_equal(read_text(table, line, errors), 1);
    assert_int_equal(errors->len, 0);
    size_t size;
    const uint8_t *found = scep_cek_table_get0_key(table, hash, &size, NULL);
    assert_int_equal(size, SCEP_MAX_CEK);
    assert_memory_equal(found, large, size);
    g_ptr_array_unref(errors);
    scep_cek_table_free(table);
    scep_cek_line_free(line);
    g_free(label);
}

static void test_files(void **state)
{
    char *folder = g_dir_make_tmp("cekXXXXXX", NULL), *path = g_build_filename(folder, "keys.txt", NULL);
    ScepCekTable *table = scep_cek_table_new();
    GPtrArray *errors = new_errors();

    (void)state;
    assert_int_equal(scep_cek_table_load(table, path, errors), 0);
    assert_string_equal(g_ptr_array_index(errors, 0), "cannot open: No such file or directory");
    assert_int_equal(scep_cek_table_load(table, folder, errors), 0);
    assert_string_equal(g_ptr_array_index(errors, 1), "cannot open: not a regular file");
    assert_true(g_file_set_contents(path, "SCEP-CEK " HASH_A " 61\nwhat?\n", -1, NULL));
    assert_int_equal(scep_cek_table_load(table, path, errors), 1);
    assert_string_equal(g_ptr_array_index(errors, 2), "line 2: a line begins with SCEP-CEK and a blank");
    expect_key(table, 0xaa, "a", NULL);
    g_unlink(path);
    g_rmdir(folder);
    g_free(path);
    g_free(folder);
    g_ptr_array_unref(errors);
    scep_cek_table_free(table);
    scep_cek_table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_lines),    cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_written_lines), cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
