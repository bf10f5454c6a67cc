/* test_challenge_page.c
 * The page of NDES that hands out a challenge password: read in any form, and the password only hashed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "scep/limits.h"
#include "scep/wire.h"
#include "wire/page.h"

#define HEAD                                                                                                       \
    "<HTML><Head><Meta HTTP-Equiv=\"Content-Type\" Content=\"text/html; charset=UTF-8\">"                          \
    "<Title>Network Device Enrollment Service</Title></Head><Body BgColor=#FFFFFF><Font ID=locPageFont "           \
    "Face=\"Arial\">"                                                                                              \
    "<Table Border=0 CellSpacing=0 CellPadding=4 Width=100% BgColor=#008080><TR><TD><B>Network Device Enrollment " \
    "Service</B></TD></TR></Table><P ID=locPageTitle> Network Device Enrollment Service allows you to obtain "     \
    "certificates for routers or other network devices using the Simple Certificate Enrollment Protocol (SCEP). </P>"
#define THUMBPRINT "B1937CB9 A1F63EF8 2CA73F26 8D5BAD0D"
#define PAGE                                                                                                         \
    HEAD "<P> To complete certificate enrollment for your network device you will need the following information: "  \
         "<P> The thumbprint (hash value) for the CA certificate is: <B> " THUMBPRINT " </B> <P> The enrollment "    \
         "challenge password is: <B> 6A1CC4B4B5D1A0E5 </B> <P> This password can be used only once and will expire " \
         "within 60 minutes. <P> Each enrollment requires a new challenge password. </Font></Body></HTML>"

/* Another language: two values in bold. */
#define OTHER_PAGE                                                                                       \
    HEAD "<P> Der Fingerabdruck des Zertifikats lautet: <b>" THUMBPRINT "</b> <P> Das Kennwort lautet: " \
         "<b> 6A1CC4B4B5D1A0E5 </b></Body></HTML>"

/* In a buffer of its exact size, for sanitizers. */
static bool read_page(const void *octets, size_t size, ScepChallengePage *page)
{
    uint8_t *exact = g_memdup2(octets, size);
    const bool is_one = scep_challenge_page_read(exact, size, page);

    g_free(exact);
    assert_int_equal(page->is_one, is_one);
    return is_one;
}

static void check_page(const ScepChallengePage *page)
{
    uint8_t hash[32];

    scep_crypto_sha256((const uint8_t *)"6A1CC4B4B5D1A0E5", 16, hash);
    assert_true(page->is_one && page->has_password);
    assert_int_equal(page->length, 16);
    assert_memory_equal(page->sha256, hash, sizeof hash);
    assert_string_equal(page->thumbprint, "B1937CB9A1F63EF82CA73F268D5BAD0D");
}

static void test_forms(void **state)
{
    static const char *const pages[] = { PAGE, OTHER_PAGE };
    ScepChallengePage page;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
        glong units = 0;
        assert_true(read_page(pages[i], strlen(pages[i]), &page));
        check_page(&page);
        assert_false(page.lasts);
        gunichar2 *utf16 = g_utf8_to_utf16(pages[i], -1, NULL, &units, NULL);
        assert_true(read_page(utf16, (size_t)units * 2, &page));
        check_page(&page);
        for (glong at = 0; at < units; at++)
            utf16[at] = GUINT16_SWAP_LE_BE(utf16[at]);
        assert_true(read_page(utf16, (size_t)units * 2, &page));
        check_page(&page);
        g_free(utf16);
    }
}

static void test_rows(void **state)
{
    static const struct {
        const char *body;
        bool is_one;
        size_t length;
        const char *thumbprint;
        bool lasts;
    } rows[] = {
        { "", false, 0, "", false },
        { "enrollment challenge password is", true, 0, "", false },
        { "enrollment challenge password is: <B", true, 0, "", false },
        { "enrollment challenge password is: <B> 0123", true, 0, "", false },
        { "enrollment challenge password is: <B>  </B>", true, 0, "", false },
        { "enrollment challenge password is: <B> two words </B>", true, 0, "", false },
        { "enrollment challenge password is: <B> caf\xc3\xa9 </B>", true, 0, "", false },
        { "enrollment challenge password is: <B> x </B> and will not expire", true, 1, "", true },
        { "certificate is: <B>0123</B> enrollment challenge password is:x</P>", true, 1, "", false },
        { "for the CA certificate is: <B>0123</B>enrollment challenge password is:x</P>", true, 1, "", false },
        { "for the CA certificate is: <B>" THUMBPRINT THUMBPRINT THUMBPRINT
          "</B> enrollment challenge password is: <I>x</I>",
          true, 1, "", false },
        { "for the CA certificate is: <B>0123456789abcdef0123456789abcdef01234567</B> enrollment challenge password "
          "is: x<",
          true, 1, "0123456789ABCDEF0123456789ABCDEF01234567", false },
        { "<B>" THUMBPRINT "</B><B>other</B><B>01234567</B>", true, 8, "B1937CB9A1F63EF82CA73F268D5BAD0D", false },
        { "<B>" THUMBPRINT "</B><B>0123456</B>", false, 0, "", false },
        { "<B>01234567</B><B>" THUMBPRINT "</B>", false, 0, "", false },
        { "<B>" THUMBPRINT "</B>", false, 0, "", false },
        { "<B><B><B><<<<<<<<:::::", false, 0, "", false },
    };
    ScepChallengePage page;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (read_page(rows[i].body, strlen(rows[i].body), &page) != rows[i].is_one ||
            page.has_password != (rows[i].length > 0) || page.length != rows[i].length ||
            strcmp(page.thumbprint, rows[i].thumbprint) != 0 || page.lasts != rows[i].lasts)
            fail_msg("%s", rows[i].body);
    }
}

/* Cut inside of the password its hash would be that of another. */
static void test_cut_anywhere(void **state)
{
    ScepChallengePage page;

    (void)state;
    for (size_t size = 0; size < sizeof PAGE; size++) {
        read_page(PAGE, size, &page);
        if (page.has_password)
            check_page(&page);
    }
}

static void test_too_long(void **state)
{
    GString *text = g_string_new(NULL);
    ScepChallengePage page;

    (void)state;
    for (size_t length = SCEP_MAX_PAGE_PASSWORD; length <= SCEP_MAX_PAGE_PASSWORD + 1; length++) {
        char *letters = g_strnfill(length, 'x');
        g_string_printf(text, "enrollment challenge password is: <B>%s</B>", letters);
        assert_true(read_page(text->str, text->len, &page));
        assert_int_equal(page.has_password, length == SCEP_MAX_PAGE_PASSWORD);
        g_free(letters);
    }
    g_string_assign(text, PAGE);
    for (unsigned i = 0; i < SCEP_PAGE_SEARCH; i++)
        g_string_prepend_c(text, i % 2 ? '<' : 'B');
    assert_false(read_page(text->str, text->len, &page));
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
