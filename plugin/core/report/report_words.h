/* report_words.h
 * The sentences of the text report; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_REPORT_REPORT_WORDS_H
#define SCEP_CORE_REPORT_REPORT_WORDS_H

#include "scep/tracker.h"
#include "scep/report.h"

/** Appends "2026-05-04 08:00:00.000000 UTC". @param time nanoseconds since 1970 */
void scep_words_time(GString *out, int64_t time);

/** Appends "1.250 s", "2 h 5 min". @param duration nanoseconds */
void scep_words_duration(GString *out, int64_t duration);

/** What was asked, and what came back: "PKCSReq by POST in frame 30, answered in frame 32 ...". @return g_string_free()
 */
GString *scep_words_new_step(const ScepExchange *exchange);

/** The same of a call to the CA: "Request to the CA 192.0.2.40, template Device, frame 69, frame 73 after 0.18 s:
 * issued". */
GString *scep_words_new_ca_call(const ScepCaCall *call);

/** The same of a call to a service: "VerifyRequest to Policy module 192.0.2.30, frame 70, frame 72
 * after 0.2 s: HTTP 201". */
GString *scep_words_new_service(const ScepServiceCall *call);

/** How it ended, in one or two sentences that claim no more than the capture shows. @return g_string_free() */
GString *scep_words_new_verdict(const ScepReport *report, const ScepReportEntry *entry);

/** What a step of an encrypted exchange is in plain words: "PKIOperation" for "Submit". Static, or @a step itself. */
const char *scep_step_words(const char *step);

#endif
