/* server_words.h
 * What a server says in its own words where a SCEP answer was due: in text, JSON, HTML or XML.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_WIRE_SERVER_WORDS_H
#define SCEP_CORE_WIRE_SERVER_WORDS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The words in the body of an answer, in one line of UTF-8 without control characters, of at most SCEP_MAX_TEXT
 * octets: the text itself; of JSON the members that tell of an error; of a page its message, else title and heading,
 * else what is visible where that is short. Secrets that it may hold are still in it: see scep_words_redact().
 * @param content_type  may be NULL
 * @return g_string_free(); NULL for what is no text, or says nothing */
GString *scep_server_words_new(const uint8_t *body, size_t body_size, const char *content_type);

/** True for words that say no more than the status line: "404 Not Found", "Internal server error", the stock pages of
 * web servers and of Entra Application Proxy. @param status  0 for any */
bool scep_server_words_are_stock(const char *words, unsigned status);

/** Tells whether these octets are a secret of the capture. */
typedef bool (*ScepIsSecret)(const char *text, size_t size, const void *data);

/** Masks what may be a secret: what @a is_secret knows; where the words are about a password or challenge, everything
 * that looks like a value, or stands where one is told; and long runs of characters, as tokens are. Where in doubt, it
 * masks.
 * @param known  one word that is no secret, such as the transactionID; may be NULL */
void scep_words_redact(GString *words, const char *known, ScepIsSecret is_secret, const void *data);

#endif
