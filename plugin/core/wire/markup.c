/* markup.c
 * Text out of HTML and XML of strangers: by elements, without a parser of either.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wire/markup.h"

#include <stdbool.h>
#include <string.h>

static const char *find(const char *text, const char *lower)
{
    const size_t size = strlen(lower);

    for (; *text != '\0'; text++) {
        if (g_ascii_strncasecmp(text, lower, size) == 0)
            return text;
    }
    return NULL;
}

/* ---- entities ---------------------------------------------------------------------------------------------------- */

/* The longest entity that is looked at: "&#x10FFFF;". */
#define LONGEST_ENTITY 10

static gunichar numbered(const char *digits)
{
    const bool hex = *digits == 'x' || *digits == 'X';
    const guint64 number = g_ascii_strtoull(digits + (hex ? 1 : 0), NULL, hex ? 16 : 10);

    return number > 0 && number <= 0x10ffff && g_unichar_validate((gunichar)number) ? (gunichar)number : '?';
}

/* Appends what an entity stands for. @return octets of the entity; 0 where it is none that is known */
static size_t append_entity(GString *out, const char *at)
{
    static const struct {
        const char *name;
        char character;
    } named[] = { { "&amp;", '&' },   { "&lt;", '<' },   { "&gt;", '>' },  { "&quot;", '"' },
                  { "&apos;", '\'' }, { "&nbsp;", ' ' }, { "&#39;", '\'' } };
    const size_t size = strcspn(at, ";");

    for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
        if (g_str_has_prefix(at, named[i].name)) {
            g_string_append_c(out, named[i].character);
            return strlen(named[i].name);
        }
    }
    if (at[1] != '#' || at[size] != ';' || size > LONGEST_ENTITY)
        return 0;
    g_string_append_unichar(out, numbered(at + 2));
    return size + 1;
}

/* ---- tags -------------------------------------------------------------------------------------------------------- */

/* What stands in these is not for readers, or says no more than which web server it is. */
static const char *const unseen[] = { "script", "style", "title", "head", "address" };

/* True when the tag at @a at is this element's: "<pre>", "<pre class=x>", and not "<prefix>". */
static bool is_tag(const char *at, const char *name)
{
    const size_t size = strlen(name);

    return *at == '<' && g_ascii_strncasecmp(at + 1, name, size) == 0 && !g_ascii_isalnum(at[1 + size]);
}

/* Behind a comment, an element that is not to be seen, or a tag. @return the end of the text where that is not closed
 */
static const char *skip_tag(const char *at)
{
    const char *end = NULL;

    if (g_str_has_prefix(at, "<!--")) {
        end = strstr(at, "-->");
        return end != NULL ? end + 3 : at + strlen(at);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(unseen); i++) {
        char close[16];
        if (!is_tag(at, unseen[i]))
            continue;
        g_snprintf(close, sizeof close, "</%s", unseen[i]);
        end = find(at, close);
        at = end != NULL ? end : at + strlen(at);
        break;
    }
    end = strchr(at, '>');
    return end != NULL ? end + 1 : at + strlen(at);
}

/* Text up to @a end, a blank in place of each tag. */
static GString *text_of(const char *at, const char *end)
{
    GString *out = g_string_new(NULL);

    while (at < end) {
        const size_t entity = *at == '&' ? append_entity(out, at) : 0;
        if (entity > 0) {
            at += entity;
        } else if (*at == '<') {
            g_string_append_c(out, ' ');
            at = skip_tag(at);
        } else {
            g_string_append_c(out, *at++);
        }
    }
    return out;
}

char *scep_markup_new_element(const char *page, const char *name)
{
    char close[32];
    const char *at = strchr(page, '<');

    g_snprintf(close, sizeof close, "</%s", name);
    while (at != NULL && !is_tag(at, name))
        at = strchr(at + 1, '<');
    const char *begin = at != NULL ? strchr(at, '>') : NULL;
    const char *end = begin != NULL ? find(begin, close) : NULL;
    return end != NULL ? g_string_free(text_of(begin + 1, end), FALSE) : NULL;
}

char *scep_markup_new_behind(const char *page, const char *mark)
{
    const char *at = find(page, mark);

    if (at == NULL)
        return NULL;
    at += strlen(mark);
    const char *end = find(at, "</p");
    return g_string_free(text_of(at, end != NULL ? end : at + strlen(at)), FALSE);
}

GString *scep_markup_new_visible(const char *page)
{
    return text_of(page, page + strlen(page));
}
