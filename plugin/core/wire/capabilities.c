/* capabilities.c
 * The keyword list that GetCACaps returns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wire/capabilities.h"

#include <glib.h>
#include <string.h>

typedef struct {
    uint32_t bit;
    const char *name;
} Keyword;

static const Keyword keywords[] = {
    { SCEP_CAP_AES, "AES" },
    { SCEP_CAP_DES3, "DES3" },
    { SCEP_CAP_GETNEXTCACERT, "GetNextCACert" },
    { SCEP_CAP_POSTPKIOPERATION, "POSTPKIOperation" },
    { SCEP_CAP_RENEWAL, "Renewal" },
    { SCEP_CAP_SHA1, "SHA-1" },
    { SCEP_CAP_SHA256, "SHA-256" },
    { SCEP_CAP_SHA512, "SHA-512" },
    { SCEP_CAP_SCEPSTANDARD, "SCEPStandard" },
    { SCEP_CAP_UPDATE, "Update" },
    { SCEP_CAP_SHA224, "SHA-224" },
    { SCEP_CAP_SHA384, "SHA-384" },
};

/* A byte order mark before the first keyword comes from text files that administrators saved by hand. */
static const uint8_t byte_order_mark[] = { 0xef, 0xbb, 0xbf };

static bool is_white(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
}

static uint32_t find_keyword(const uint8_t *name, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++) {
        if (strlen(keywords[i].name) == length &&
            g_ascii_strncasecmp(keywords[i].name, (const char *)name, length) == 0)
            return keywords[i].bit;
    }
    return 0;
}

/* HTML, XML, DER and UTF-16 come where keywords are due: error pages, portals, a server that took the wrong branch. */
static bool is_no_keyword_list(const uint8_t *body, size_t start, size_t size)
{
    size_t first = start;

    while (first < size && is_white(body[first]))
        first++;
    if (first < size && body[first] == '<')
        return true;
    for (size_t i = first; i < size; i++) {
        if (g_ascii_iscntrl(body[i]) && !is_white(body[i]))
            return true;
    }
    return false;
}

static void add_keyword(const uint8_t *body, size_t start, size_t end, ScepCapabilities *out)
{
    const uint32_t bit = find_keyword(body + start, end - start);

    out->bits |= bit;
    if (out->count == G_N_ELEMENTS(out->line)) {
        out->truncated = true;
        return;
    }
    out->line[out->count++] = (ScepCapability){ .span = { start, end - start }, .bit = bit };
}

/* Between keywords of one line. */
static bool is_separator(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == ',' || octet == ';' || octet == '|';
}

/* The next word of a line at or behind *at, which is moved behind it. @return false when there is none */
static bool next_word(const uint8_t *body, size_t end, size_t *at, size_t *start)
{
    while (*at < end && is_separator(body[*at]))
        ++*at;
    *start = *at;
    while (*at < end && !is_separator(body[*at]))
        ++*at;
    return *at > *start;
}

static unsigned count_keywords(const uint8_t *body, size_t start, size_t end)
{
    unsigned count = 0;

    for (size_t at = start, word; next_word(body, end, &at, &word);)
        count += find_keyword(body + word, at - word) != 0;
    return count;
}

/* What stands between the first two words of a line: a blank only where there is nothing else. */
static char separator_of(const uint8_t *body, size_t start, size_t end)
{
    size_t at = start, word;

    next_word(body, end, &at, &word);
    for (size_t i = at; i < end && is_separator(body[i]); i++) {
        if (body[i] != ' ')
            return (char)body[i];
    }
    return ' ';
}

/* RFC 8894 3.5.2: CRLF or LF separates the keywords. What has several on one line is kept as clients read it. */
static void add_line(const uint8_t *body, size_t start, size_t end, ScepCapabilities *out)
{
    while (start < end && is_white(body[start]))
        start++;
    while (start < end && is_white(body[end - 1]))
        end--;
    if (start == end)
        return;
    if (out->separator == 0 && count_keywords(body, start, end) > 1)
        out->separator = separator_of(body, start, end);
    add_keyword(body, start, end, out);
}

/* JSON, or a sentence: no word of it is a keyword, and a line has several. */
static bool is_other_text(const uint8_t *body, const ScepCapabilities *list)
{
    if (list->count == 0)
        return false;
    const uint8_t *first = body + list->line[0].span.offset;
    if (*first == '{' || *first == '[')
        return true;
    for (size_t i = 0; i < list->count && list->bits == 0 && list->separator == 0; i++) {
        if (memchr(body + list->line[i].span.offset, ' ', list->line[i].span.length) != NULL)
            return true;
    }
    return false;
}

void scep_capabilities_parse(const uint8_t *body, size_t size, ScepCapabilities *out)
{
    size_t start = 0;

    memset(out, 0, sizeof *out);
    if (size >= sizeof byte_order_mark && memcmp(body, byte_order_mark, sizeof byte_order_mark) == 0)
        start = sizeof byte_order_mark;
    if (is_no_keyword_list(body, start, size)) {
        out->looks_like_markup = true;
        return;
    }
    for (size_t i = start; i < size; i++) {
        if (body[i] != '\r' && body[i] != '\n')
            continue;
        add_line(body, start, i, out);
        start = i + 1;
    }
    add_line(body, start, size, out);
    if (is_other_text(body, out)) {
        memset(out, 0, sizeof *out);
        out->looks_like_markup = out->looks_like_text = true;
    }
}

uint32_t scep_capabilities_effective(uint32_t bits)
{
    if (bits & SCEP_CAP_SCEPSTANDARD)
        bits |= SCEP_CAP_AES | SCEP_CAP_POSTPKIOPERATION | SCEP_CAP_SHA256;
    return bits;
}
