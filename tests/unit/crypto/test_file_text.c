/* test_file_text.c
 * Text files in every form in which Windows writes them give the same UTF-8.
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

#include "crypto/cek.h"
#include "crypto/crypto.h"

static void expect(const char *octets, size_t size, const char *wanted, size_t wanted_size)
{
    size_t length = 99;
    char *text = scep_text_new_from_file(octets, size, &length);

    assert_non_null(text);
    assert_int_equal(length, wanted_size);
    assert_memory_equal(text, wanted, wanted_size);
    assert_int_equal(text[length], 0);
    g_free(text);
}

#define EXPECT(octets, wanted) expect(octets, sizeof(octets) - 1, wanted, sizeof(wanted) - 1)

static void test_plain(void **state)
{
    (void)state;
    EXPECT("", "");
    EXPECT("a", "a");
    EXPECT("a\nb\n", "a\nb\n");
    EXPECT("a\r\nb\r\n", "a\nb\n");
    EXPECT("a\rb\r", "a\rb\r");
    EXPECT("\r\n\r\n", "\n\n");
    EXPECT("\xc3\xa4\n", "\xc3\xa4\n");
}

static void test_utf8_mark(void **state)
{
    (void)state;
    EXPECT("\xef\xbb\xbf", "");
    EXPECT("\xef\xbb\xbf"
           "a\r\n",
           "a\n");
    EXPECT("\xef\xbb", "\xef\xbb");
}

static void test_utf16_mark(void **state)
{
    (void)state;
    EXPECT("\xff\xfe", "");
    EXPECT("\xfe\xff", "");
    EXPECT("\xff\xfe"
           "a\0\r\0\n\0",
           "a\n");
    EXPECT("\xfe\xff"
           "\0a\0\r\0\n",
           "a\n");
    EXPECT("\xff\xfe\xac\x20\x3d\xd8\x00\xde", "\xe2\x82\xac\xf0\x9f\x98\x80");
    EXPECT("\xfe\xff\x20\xac\xd8\x3d\xde\x00", "\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void test_utf16_without_mark(void **state)
{
    (void)state;
    EXPECT("a\0\xe4\0\n\0", "a\xc3\xa4\n");
    EXPECT("\0a\0\n", "a\n");
    /* Three octets, or NULs on both sides, are no text at all: whoever reads it complains. */
    EXPECT("a\0b", "a\0b");
    EXPECT("\0a\0\0", "\0a\0\0");
    EXPECT("ab\0c", "ab\0c"); /* one of two */
}

static void test_damaged_utf16(void **state)
{
    (void)state;
    EXPECT("\xff\xfe\x3d\xd8", "\xef\xbf\xbd");
    EXPECT("\xff\xfe\x00\xde"
           "a\0",
           "\xef\xbf\xbd"
           "a");
    EXPECT("\xff\xfe"
           "a\0b",
           "a\xef\xbf\xbd");
}

/* As large as it gets. */
static void test_room(void **state)
{
    enum { COUNT = 1000 };
    char octets[2 + 2 * COUNT] = "\xff\xfe", wanted[3 * COUNT];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        memcpy(octets + 2 + 2 * i, "\xac\x20", 2);
        memcpy(wanted + 3 * i, "\xe2\x82\xac", 3);
    }
    expect(octets, sizeof octets, wanted, sizeof wanted);
}

/* What PowerShell makes of "tshark -z scep,ceklog > file". */
static void test_content_keys(void **state)
{
    static const char line[] =
        "SCEP-CEK aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 00ff # caf\xe9\n";
    char *folder = g_dir_make_tmp("scep-text-XXXXXX", NULL);
    char *path = g_build_filename(folder, "keys", NULL);
    GString *file = g_string_new_len("\xff\xfe", 2);
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    ScepCekTable *table = scep_cek_table_new();
    uint8_t hash[32];
    const char *label;
    size_t size;

    (void)state;
    for (const char *at = line; *at != '\0'; at++) {
        if (*at == '\n')
            g_string_append_len(file, "\r\0", 2);
        g_string_append_c(file, *at);
        g_string_append_c(file, '\0');
    }
    assert_true(g_file_set_contents(path, file->str, (gssize)file->len, NULL));
    assert_int_equal(scep_cek_table_load(table, path, errors), 1);
    assert_int_equal(errors->len, 0);
    memset(hash, 0xaa, sizeof hash);
    assert_non_null(scep_cek_table_get0_key(table, hash, &size, &label));
    assert_int_equal(size, 2);
    assert_string_equal(label, "caf\xc3\xa9");
    scep_cek_table_free(table);
    g_ptr_array_unref(errors);
    g_string_free(file, TRUE);
    g_unlink(path);
    g_rmdir(folder);
    g_free(path);
    g_free(folder);
}

static void test_no_file(void **state)
{
    size_t size = 1;
    char *error = NULL;

    (void)state;
    assert_null(scep_file_new_utf8("/nonexistent/file", 10, &size, &error));
    assert_int_equal(size, 0);
    assert_non_null(error);
    g_free(error);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),         cmocka_unit_test(test_utf8_mark),
        cmocka_unit_test(test_utf16_mark),    cmocka_unit_test(test_utf16_without_mark),
        cmocka_unit_test(test_damaged_utf16), cmocka_unit_test(test_room),
        cmocka_unit_test(test_content_keys),  cmocka_unit_test(test_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
