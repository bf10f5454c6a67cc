/* page.h
 * What stands on a web page that came in place of an answer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_WIRE_PAGE_H
#define SCEP_CORE_WIRE_PAGE_H

#include "scep/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/catalogue.h"

/** True when a page says this, in ASCII or, as NDES writes its pages (fleet#23505), in UTF-16. Looks at its begin only.
 */
bool scep_page_says(const uint8_t *body, size_t body_size, const char *text);

/** What is known of the result code that a page names, in either encoding; NULL where it names none that is known.
 * @param room  the answer may point into it */
const ScepResultCode *scep_page_code(const uint8_t *body, size_t body_size, ScepResultCodeText *room);

/** What the page of NDES says that hands out a challenge password. */
#define SCEP_CHALLENGE_SENTENCE "enrollment challenge password is"

/** True when an error page has this number on it, as IIS writes "403.16" into its detailed pages, and no longer one
 * that begins with it. */
bool scep_page_names(const uint8_t *body, size_t body_size, const char *number);

/** Reads a page, in ASCII or UTF-16. The password is hashed, and not kept.
 * @return page->is_one */
bool scep_challenge_page_read(const uint8_t *body, size_t body_size, ScepChallengePage *page);

#endif
