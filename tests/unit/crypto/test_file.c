/* test_file.c
 * Files that the user names: read whole within bounds, or refused with a reason.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "scep/crypto.h"

/* A folder for one test. */
static int open_folder(void **state)
{
    *state = g_dir_make_tmp("scep-file-XXXXXX", NULL);
    return *state == NULL;
}

static int remove_folder(void **state)
{
    char *path = g_build_filename(*state, "file", NULL);

    g_unlink(path);
    g_rmdir(*state);
    g_free(path);
    g_free(*state);
    return 0;
}

static char *write_file(const char *folder, const char *content, gssize size)
{
    char *path = g_build_filename(folder, "file", NULL);

    assert_true(g_file_set_contents(path, content, size, NULL));
    return path;
}

static void test_reads_all_of_it(void **state)
{
    static const char content[] = "a\0b\n";
    char *path = write_file(*state, content, 4), *error;
    unsigned mode = 0;
    size_t size;

    assert_int_equal(g_chmod(path, 0600), 0);
    char *text = scep_file_new_text(path, 4, &mode, &size, &error);
    assert_non_null(text);
    assert_null(error);
    assert_int_equal(size, 4);
    assert_memory_equal(text, content, 5); /* the NUL behind it too */
    assert_int_equal(mode, 0600);
    g_free(text);
    g_free(path);
}

static void test_empty(void **state)
{
    char *path = write_file(*state, "", 0), *error;
    size_t size = 1;
    char *text = scep_file_new_text(path, 0, NULL, &size, &error);

    assert_non_null(text);
    assert_int_equal(size, 0);
    assert_string_equal(text, "");
    g_free(text);
    g_free(path);
}

static void expect_refusal(const char *path, size_t most, const char *reason)
{
    size_t size = 1;
    char *error = NULL;

    assert_null(scep_file_new_text(path, most, NULL, &size, &error));
    assert_int_equal(size, 0);
    assert_string_equal(error, reason);
    g_free(error);
}

static void test_refusals(void **state)
{
    char *path = write_file(*state, "12345", 5);

    expect_refusal(path, 4, "too large: more than 4 bytes");
    expect_refusal(*state, 1000000, "cannot open: not a regular file");
    g_unlink(path);
    expect_refusal(path, 4, "cannot open: No such file or directory");
    g_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_all_of_it, open_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_empty, open_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_refusals, open_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
