/* page.c
 * What stands on a web page that came in place of an answer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wire/page.h"

#include <glib.h>
#include <string.h>

#include "scep/limits.h"

/* The sentences are ASCII, so it does to leave the zero bytes of UTF-16 out. */
static GString *text_of_page(const uint8_t *body, size_t body_size)
{
    const size_t size = MIN(body_size, SCEP_PAGE_SEARCH);
    GString *page = g_string_sized_new(size);

    for (size_t i = 0; i < size; i++) {
        if (body[i] != 0)
            g_string_append_c(page, (char)body[i]);
    }
    return page;
}

bool scep_page_says(const uint8_t *body, size_t body_size, const char *text)
{
    GString *page = text_of_page(body, body_size);
    const bool says = strstr(page->str, text) != NULL;

    g_string_free(page, TRUE);
    return says;
}

const ScepResultCode *scep_page_code(const uint8_t *body, size_t body_size, ScepResultCodeText *room)
{
    GString *page = text_of_page(body, body_size);
    const ScepResultCode *code = scep_code_explain(page->str, page->len, room);

    g_string_free(page, TRUE);
    return code;
}

/* IIS writes "403.16" into its detailed pages. */
bool scep_page_names(const uint8_t *body, size_t body_size, const char *number)
{
    const size_t size = MIN(body_size, SCEP_PAGE_SEARCH), length = strlen(number);
    const char *page = (const char *)body;
    const char *hit = size > 0 ? g_strstr_len(page, (gssize)size, number) : NULL;

    while (hit != NULL) {
        const char *end = hit + length;
        if (end >= page + size || !g_ascii_isdigit(*end))
            return true;
        hit = g_strstr_len(end, page + size - end, number);
    }
    return false;
}
