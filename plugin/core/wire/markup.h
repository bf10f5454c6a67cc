/* markup.h
 * Text out of HTML and XML of strangers: by elements, without a parser of either.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_WIRE_MARKUP_H
#define SCEP_CORE_WIRE_MARKUP_H

#include <glib.h>

/** The text of the first element of this name, its tags taken out and its entities put in; ASCII case is ignored.
 * @param name  in lower case @return g_free(); NULL where there is none, or where the page ends in it */
char *scep_markup_new_element(const char *page, const char *name);

/** The text behind a mark, up to the end of the paragraph. @param mark  in lower case
 * @return g_free(); NULL where the mark is not there */
char *scep_markup_new_behind(const char *page, const char *mark);

/** What a reader sees of a page: no scripts, styles, comments, title, nor the line that a web server signs its pages
 * with. @return g_string_free() */
GString *scep_markup_new_visible(const char *page);

#endif
