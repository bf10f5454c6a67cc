/* answer_words.h
 * What a server says in its own words, kept with the exchange: without secrets, and as long as a line takes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_ANSWER_WORDS_H
#define SCEP_CORE_TRACKER_ANSWER_WORDS_H

#include "scep/tracker.h"

/** Keeps the words of an answer that is no SCEP, and what the catalogue knows of them. Of a page of challenge passwords
 * nothing is kept. Status and kind of the answer are in the exchange already. */
void scep_answer_words_keep(ScepTracker *tracker, ScepExchange *exchange, const ScepResponse *response);

/** Keeps the failInfoText of a CertRep likewise. */
void scep_answer_words_keep_text(ScepTracker *tracker, ScepExchange *exchange, const char *text);

#endif
