/* challenge_page.c
 * The page of NDES that hands out a challenge password, /certsrv/mscep_admin/: what is secret on it is hashed where it
 * is read, and not kept.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <openssl/crypto.h>
#include <string.h>

#include "crypto/crypto.h"
#include "scep/limits.h"
#include "scep/wire.h"
#include "wire/page.h"

/* Values in bold that are looked at, and digits of the shortest password that is taken for one without a sentence. */
enum { MAX_BOLD = 16, SHORTEST_HEX = 8 };

/* Digits of MD5, SHA-1 and SHA-256: NDES shows the first. */
static bool is_thumbprint_length(size_t digits)
{
    return digits == 32 || digits == 40 || digits == 64;
}

/* The page as ASCII: the sentences and values are, so it does to leave the zero bytes of UTF-16 out. */
static GString *ascii_page(const uint8_t *body, size_t size)
{
    GString *page = g_string_sized_new(size);

    for (size_t i = 0; i < size; i++) {
        if (body[i] != 0)
            g_string_append_c(page, (char)body[i]);
    }
    return page;
}

/* Blanks, colons and tags in front of a value: "is: <B> 0123 </B>". */
static const char *skip_markup(const char *at)
{
    while (*at == '<' || *at == ':' || g_ascii_isspace(*at)) {
        const char *end = *at == '<' ? strchr(at, '>') : at;
        if (end == NULL)
            return at + strlen(at);
        at = end + 1;
    }
    return at;
}

/* Text up to the next tag, without blanks at its end. @return 0 where the page ends before the tag */
static size_t value_size(const char *at)
{
    const char *end = strchr(at, '<');
    size_t size = end != NULL ? (size_t)(end - at) : 0;

    while (size > 0 && g_ascii_isspace(at[size - 1]))
        size--;
    return size;
}

static void keep_password(ScepChallengePage *page, const char *at, size_t size)
{
    page->has_password = true;
    page->length = size;
    scep_crypto_sha256((const uint8_t *)at, size, page->sha256);
}

/* A single word of ASCII: as in ScepChallenge, equal octets are then equal texts. */
static bool is_password(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isgraph(at[i]))
            return false;
    }
    return size > 0 && size <= SCEP_MAX_PAGE_PASSWORD;
}

static bool is_hex(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isxdigit(at[i]))
            return false;
    }
    return size > 0;
}

/* "B1937CB9 A1F63EF8 2CA73F26 8D5BAD0D" */
static bool read_thumbprint(ScepChallengePage *page, const char *at, size_t size)
{
    char digits[SCEP_PAGE_THUMBPRINT];
    size_t count = 0;

    for (size_t i = 0; i < size; i++) {
        if (g_ascii_isspace(at[i]))
            continue;
        if (!g_ascii_isxdigit(at[i]) || count + 1 >= sizeof digits)
            return false;
        digits[count++] = g_ascii_toupper(at[i]);
    }
    if (!is_thumbprint_length(count))
        return false;
    memcpy(page->thumbprint, digits, count);
    page->thumbprint[count] = '\0';
    return true;
}

static void read_sentences(ScepChallengePage *page, const char *text, const char *sentence)
{
    static const char of_ca[] = "for the CA certificate is";
    const char *thumbprint = strstr(text, of_ca);
    const char *at = skip_markup(sentence + strlen(SCEP_CHALLENGE_SENTENCE));
    const size_t size = value_size(at);

    page->is_one = true;
    page->lasts = strstr(sentence, "will not expire") != NULL;
    if (is_password(at, size))
        keep_password(page, at, size);
    if (thumbprint != NULL) {
        at = skip_markup(thumbprint + strlen(of_ca));
        read_thumbprint(page, at, value_size(at));
    }
}

/* NDES speaks the language of its host. In any, two values stand in bold: first the thumbprint, then the password. */
static void read_bold(ScepChallengePage *page, const char *text)
{
    unsigned seen = 0;

    for (const char *at = strchr(text, '<'); at != NULL && seen < MAX_BOLD; at = strchr(at + 1, '<')) {
        if (g_ascii_strncasecmp(at, "<B>", 3) != 0)
            continue;
        seen++;
        const char *value = skip_markup(at);
        const size_t size = value_size(value);
        if (page->thumbprint[0] == '\0') {
            read_thumbprint(page, value, size);
        } else if (size >= SHORTEST_HEX && is_hex(value, size) && is_password(value, size)) {
            page->is_one = true;
            keep_password(page, value, size);
            return;
        }
    }
    page->thumbprint[0] = '\0';
}

bool scep_challenge_page_read(const uint8_t *body, size_t body_size, ScepChallengePage *page)
{
    GString *text = ascii_page(body, MIN(body_size, SCEP_PAGE_SEARCH));
    const char *sentence = strstr(text->str, SCEP_CHALLENGE_SENTENCE);

    memset(page, 0, sizeof *page);
    if (sentence != NULL)
        read_sentences(page, text->str, sentence);
    else
        read_bold(page, text->str);
    OPENSSL_cleanse(text->str, text->allocated_len);
    g_string_free(text, TRUE);
    return page->is_one;
}
