/* fuzz_server_words.c
 * Words of a server: one line of UTF-8 without control characters, bounded; redacting keeps them so, and leaves no
 * octet of a secret that stands alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "scep/limits.h"
#include "wire/server_words.h"

static const char secret[] = "qwzxvk";

static bool is_secret(const char *text, size_t size, const void *data)
{
    (void)data;
    return size == strlen(secret) && memcmp(text, secret, size) == 0;
}

static void check_line(const GString *words)
{
    REQUIRE(strlen(words->str) == words->len && g_utf8_validate(words->str, -1, NULL));
    for (const char *at = words->str; *at != '\0'; at = g_utf8_next_char(at))
        REQUIRE(!g_unichar_iscntrl(g_utf8_get_char(at)));
}

static void check_redacted(GString *words)
{
    char *with_secret = g_strconcat(words->str, " ", secret, ".", NULL);

    scep_words_redact(words, NULL, NULL, NULL);
    check_line(words);
    g_string_assign(words, with_secret);
    scep_words_redact(words, NULL, is_secret, NULL);
    check_line(words);
    REQUIRE(!g_str_has_suffix(words->str, " qwzxvk."));
    g_free(with_secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *type = size > 0 && (data[0] & 1) != 0 ? "text/html; charset=iso-8859-1" : NULL;
    GString *words = scep_server_words_new(data, size, type);

    if (words == NULL)
        return 0;
    REQUIRE(words->len > 0 && words->len < SCEP_MAX_TEXT * 4 + 16);
    check_line(words);
    scep_server_words_are_stock(words->str, 404);
    check_redacted(words);
    g_string_free(words, TRUE);
    return 0;
}
