/* report_text.c
 * The report for people: short enough for a screen per enrollment, plain enough for a ticket.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "report/report_words.h"
#include "tracker/connection.h"
#include "scep/report.h"

#define COLUMNS 100

/* Frames that one list of evidence names, and steps that are told at the start and at the end of a long enrollment. */
#define MAX_FRAMES 8
#define STEPS_SHOWN 4

/* Kinds of hints of one severity that are told in full outside of any enrollment, where each may be of another device.
 */
#define MAX_IN_FULL 8

#define LABEL_WIDTH 15

static void end_line(GString *out)
{
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

/* Appends words, breaking the line before COLUMNS; following lines start at @a indent. A word that is longer than a
 * line stays whole, so that it can be copied. */
static void wrap(GString *out, const char *text, size_t column, size_t indent)
{
    char *cleaned = scep_words_new_clean(text);
    char **words = g_strsplit(cleaned, " ", -1);
    bool first = true;

    for (char **word = words; *word != NULL; word++) {
        const size_t width = (size_t)g_utf8_strlen(*word, -1);
        if (width == 0)
            continue;
        if (!first && column + 1 + width > COLUMNS) {
            end_line(out);
            g_string_append_printf(out, "%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, *word);
        column += width;
        first = false;
    }
    g_string_append_c(out, '\n');
    g_strfreev(words);
    g_free(cleaned);
}

/* "  Label      text", the text wrapped under itself. */
static void labeled(GString *out, const char *label, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    g_string_append_printf(out, "  %-*s", LABEL_WIDTH - 2, label);
    wrap(out, text, LABEL_WIDTH, LABEL_WIDTH);
}

static void append_frames(GString *out, const GArray *frames)
{
    for (guint i = 0; i < frames->len && i < MAX_FRAMES; i++)
        g_string_append_printf(out, "%s%u", i ? ", " : "", g_array_index(frames, uint32_t, i));
    if (frames->len > MAX_FRAMES)
        g_string_append_printf(out, " and %u more", frames->len - MAX_FRAMES);
}

static const char *severity_name(ScepSeverity severity)
{
    return severity == SCEP_SEVERITY_ERROR ? "Error" : severity == SCEP_SEVERITY_WARNING ? "Warning" : "Note";
}

static const char *confidence_words(ScepConfidence confidence)
{
    return confidence == SCEP_CONFIDENCE_CERTAIN  ? ""
           : confidence == SCEP_CONFIDENCE_LIKELY ? " (likely)"
                                                  : " (possible)";
}

/* The likeliest first. Where the reason stands in the message itself, the row only points there. */
static void append_causes(GString *out, const ScepReportHint *hint)
{
    const char *causes = hint->causes != NULL ? hint->causes : hint->advice.causes;

    if (!g_str_has_prefix(causes, "see "))
        labeled(out, "Causes:", causes);
}

/* A hint with everything that helps to act on it. @param leads  its causes too */
static void append_hint(GString *out, const ScepReportHint *hint, bool leads)
{
    GString *line = g_string_new(NULL);
    char *label = g_strdup_printf("%s:", severity_name(hint->severity));

    g_string_append_printf(line, "%s [%s]%s", hint->advice.text, hint->hint->id,
                           confidence_words(hint->hint->confidence));
    labeled(out, label, line->str);
    labeled(out, "Seen:", hint->detail);
    if (leads)
        append_causes(out, hint);
    labeled(out, "Check next:", hint->advice.check);
    labeled(out, "Log:", hint->advice.log);
    g_string_assign(line, hint->frames->len == 1 ? "frame " : "frames ");
    append_frames(line, hint->frames);
    if (hint->frames->len > 0)
        labeled(out, "Evidence:", line->str);
    g_string_free(line, TRUE);
    g_free(label);
}

/* "frames 3, 4: what was seen" */
static void append_seen(GString *line, const ScepReportHint *hint)
{
    g_string_append(line, hint->frames->len == 1 ? "frame " : "frames ");
    append_frames(line, hint->frames);
    if (hint->detail == NULL)
        return;
    g_string_append_printf(line, ": %s", hint->detail);
    if (line->str[line->len - 1] == '.')
        g_string_truncate(line, line->len - 1);
}

/* "id in frames 3, 4: what was seen", behind a semicolon where something stands before it. */
static void append_short(GString *line, const ScepReportHint *hint)
{
    g_string_append_printf(line, "%s%s in ", line->len ? "; " : "", hint->hint->id);
    append_seen(line, hint);
}

/* Notes do not explain a failure: their names and frames, and what was seen, on as few lines as possible. */
static void append_notes(GString *out, const GPtrArray *hints, guint from)
{
    GString *line = g_string_new(NULL);

    for (guint i = from; i < hints->len; i++) {
        const ScepReportHint *hint = g_ptr_array_index(hints, i);
        if (hint->severity == SCEP_SEVERITY_NOTE)
            append_short(line, hint);
    }
    labeled(out, "Notes:", line->str);
    g_string_free(line, TRUE);
}

/* What the leading hint explains, or says better, needs no advice of its own. */
static bool is_same_matter(const GPtrArray *hints, guint at)
{
    const ScepReportHint *leading = g_ptr_array_index(hints, 0), *hint = g_ptr_array_index(hints, at);

    return at > 0 && leading->severity > SCEP_SEVERITY_NOTE &&
           (scep_hint_covers(scep_hint_id(leading->hint), scep_hint_id(hint->hint)) ||
            scep_hint_explains(scep_hint_id(leading->hint), scep_hint_id(hint->hint)));
}

/* The leading hint in full, also when it is a note on something that went wrong; then the rest. */
static void append_hints(GString *out, const GPtrArray *hints, bool healthy)
{
    GString *same = g_string_new(NULL);
    guint told = 0;

    for (; told < hints->len; told++) {
        const ScepReportHint *hint = g_ptr_array_index(hints, told);
        if (hint->severity == SCEP_SEVERITY_NOTE && (healthy || told > 0))
            break;
        if (is_same_matter(hints, told)) {
            append_short(same, hint);
            continue;
        }
        g_string_append_c(out, '\n');
        append_hint(out, hint, told == 0 && hint->severity > SCEP_SEVERITY_NOTE);
    }
    labeled(out, "Same matter:", same->str);
    g_string_free(same, TRUE);
    append_notes(out, hints, told);
}

/* Where else the same was found: its advice holds there too. */
static void append_elsewhere(GString *out, const GPtrArray *hints, guint at)
{
    const ScepReportHint *told = g_ptr_array_index(hints, at);
    GString *line = g_string_new(NULL);
    guint more = 0;

    for (guint i = at + 1; i < hints->len; i++) {
        const ScepReportHint *hint = g_ptr_array_index(hints, i);
        if (hint->hint != told->hint || hint->severity != told->severity)
            continue;
        if (++more > MAX_FRAMES)
            continue;
        g_string_append(line, line->len ? "; " : "");
        append_seen(line, hint);
    }
    if (more > MAX_FRAMES)
        g_string_append_printf(line, "; and %u more", more - MAX_FRAMES);
    labeled(out, "Also in:", line->str);
    g_string_free(line, TRUE);
}

/* Those of one severity, one kind of hint after the other. @return the first behind them */
static guint append_severity(GString *out, const GPtrArray *hints, guint from)
{
    const ScepSeverity severity = ((const ScepReportHint *)g_ptr_array_index(hints, from))->severity;
    GPtrArray *told = g_ptr_array_new();
    GString *rest = g_string_new(NULL);
    guint at = from;

    for (; at < hints->len && ((const ScepReportHint *)g_ptr_array_index(hints, at))->severity == severity; at++) {
        const ScepReportHint *hint = g_ptr_array_index(hints, at);
        if (g_ptr_array_find(told, hint->hint, NULL))
            continue;
        if (told->len == MAX_IN_FULL) {
            append_short(rest, hint);
            continue;
        }
        g_ptr_array_add(told, (gpointer)hint->hint);
        g_string_append_c(out, '\n');
        append_hint(out, hint, false);
        append_elsewhere(out, hints, at);
    }
    labeled(out, severity == SCEP_SEVERITY_ERROR ? "More errors:" : "Warnings:", rest->str);
    g_string_free(rest, TRUE);
    g_ptr_array_unref(told);
    return at;
}

/* Hints of no enrollment have nothing to do with each other. Where there are only notes, the first stands in full. */
static void append_outside(GString *out, const GPtrArray *hints)
{
    guint at = 0;

    while (at < hints->len && ((const ScepReportHint *)g_ptr_array_index(hints, at))->severity > SCEP_SEVERITY_NOTE)
        at = append_severity(out, hints, at);
    if (at == 0 && hints->len > 0) {
        g_string_append_c(out, '\n');
        append_hint(out, g_ptr_array_index(hints, at++), false);
    }
    append_notes(out, hints, at);
}

static bool is_serious(const GPtrArray *hints, guint at)
{
    return at < hints->len && ((const ScepReportHint *)g_ptr_array_index(hints, at))->severity > SCEP_SEVERITY_NOTE;
}

/* A device that tries again and fails in the same way: details are interned, so pointers compare. */
static bool fails_alike(const ScepReportEntry *one, const ScepReportEntry *other)
{
    guint at = 0;

    if (one->client != other->client || one->enrollment->server != other->enrollment->server ||
        one->outcome != other->outcome || !is_serious(one->hints, 0))
        return false;
    for (; is_serious(one->hints, at) || is_serious(other->hints, at); at++) {
        if (!is_serious(one->hints, at) || !is_serious(other->hints, at))
            return false;
        const ScepReportHint *mine = g_ptr_array_index(one->hints, at), *its = g_ptr_array_index(other->hints, at);
        if (mine->hint != its->hint || mine->detail != its->detail)
            return false;
    }
    return true;
}

/* The advice stands with the enrollment before. */
static void append_alike(GString *out, const ScepReportEntry *entry, const ScepReportEntry *told)
{
    GString *line = g_string_new(NULL), *all = g_string_new(NULL);
    guint at = 0;

    for (; is_serious(entry->hints, at); at++)
        append_short(line, g_ptr_array_index(entry->hints, at));
    g_string_printf(all, "as in enrollment %u: %s", told->enrollment->number, line->str);
    labeled(out, "Findings:", all->str);
    append_notes(out, entry->hints, at);
    g_string_free(all, TRUE);
    g_string_free(line, TRUE);
}

static void append_step(GString *out, const ScepExchange *exchange)
{
    GString *line = scep_words_new_step(exchange);

    g_string_append(out, "    ");
    wrap(out, line->str, 4, 6);
    g_string_free(line, TRUE);
}

/* What the server asked its CA between this step and the next, below it. @param before  a frame */
static const ScepCaCall *append_calls(GString *out, const ScepCaCall *call, uint32_t before, const ScepExchange *next)
{
    for (; call != NULL && call->request_frame < before && (next == NULL || call->request_frame < next->request_frame);
         call = call->next) {
        GString *line = scep_words_new_ca_call(call);
        g_string_append(out, "      ");
        wrap(out, line->str, 6, 8);
        g_string_free(line, TRUE);
    }
    return call;
}

/* What MDM, policy module and Intune were asked between this step and the next, and the CA, in order of frames. */
static void append_legs(GString *out, const ScepServiceCall **service, const ScepCaCall **call,
                        const ScepExchange *next)
{
    while (*service != NULL && (next == NULL || (*service)->request_frame < next->request_frame)) {
        *call = append_calls(out, *call, (*service)->request_frame, next);
        GString *line = scep_words_new_service(*service);
        g_string_append(out, "      ");
        wrap(out, line->str, 6, 8);
        g_string_free(line, TRUE);
        *service = (*service)->next;
    }
    *call = append_calls(out, *call, UINT32_MAX, next);
}

static void append_steps(GString *out, const ScepEnrollment *enrollment)
{
    const ScepServiceCall *service = enrollment->services;
    const ScepCaCall *call = enrollment->ca_calls;
    guint count = 0, at = 0;

    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next)
        count++;
    g_string_append(out, "  What was asked:\n");
    append_legs(out, &service, &call, enrollment->first);
    for (const ScepExchange *exchange = enrollment->first; exchange != NULL; exchange = exchange->next, at++) {
        if (count <= 2 * STEPS_SHOWN + 1 || at < STEPS_SHOWN || at >= count - STEPS_SHOWN)
            append_step(out, exchange);
        else if (at == STEPS_SHOWN)
            g_string_append_printf(out, "    ... %u more ...\n", count - 2 * STEPS_SHOWN);
        append_legs(out, &service, &call, exchange->next);
    }
}

/* What a client calls itself needs no words. */
static const char *guess_words(ScepClientGuess guess)
{
    if (!scep_client_guess_is_by_message(guess))
        return "";
    return guess.confidence >= SCEP_CONFIDENCE_LIKELY ? ", by its message" : ", possibly, by its message";
}

static void append_who(GString *out, const ScepReportEntry *entry)
{
    GString *line = g_string_new(entry->client);

    if (entry->client_software != NULL)
        g_string_append_printf(line, ", %s%s", entry->client_software, guess_words(entry->enrollment->client_guess));
    if (entry->enrollment->user_agent != NULL)
        g_string_append_printf(line, " (%.80s)", entry->enrollment->user_agent);
    labeled(out, "Device:", line->str);
    g_string_printf(line, strchr(entry->server, ':') ? "[%s] port %u" : "%s port %u", entry->server,
                    entry->server_port);
    if (entry->ca != NULL)
        g_string_append_printf(line, ", CA %s", entry->ca);
    labeled(out, "Server:", line->str);
    if (entry->server_software != NULL) {
        g_string_printf(line, "%s, probably", entry->server_software);
        labeled(out, "Product:", line->str);
    }
    g_string_truncate(line, 0);
    scep_words_time(line, entry->start);
    g_string_append(line, ", for ");
    scep_words_duration(line, entry->duration);
    labeled(out, "When:", line->str);
    labeled(out, "Transaction:", entry->enrollment->transaction_id);
    labeled(out, "Subject:", entry->subject);
    labeled(out, "Template:", entry->template_name);
    labeled(out, "Serial:", entry->serial);
    if (entry->has_request_id) {
        g_string_printf(line, "%u", entry->request_id);
        labeled(out, "Request ID:", line->str);
    }
    if (entry->enrollment->renews != NULL) {
        g_string_printf(line, "the certificate of enrollment %u", entry->enrollment->renews->number);
        labeled(out, "Renews:", line->str);
    }
    g_string_free(line, TRUE);
}

/* Told in full; the JSON report has the others. */
#define MAX_TOLD_DIFFERENCES 3

/* "with enrollment 3, which was issued: encryptedContent constructed of pieces (BER), there in one piece; ..." */
static void append_differences(GString *out, const ScepReportEntry *entry)
{
    GString *line = g_string_new(NULL);

    const guint count = MIN(entry->differences->len, MAX_TOLD_DIFFERENCES);

    for (guint i = 0; i < count; i++) {
        const ScepComparison *row = &g_array_index(entry->differences, ScepComparison, i);
        if (i == 0)
            g_string_printf(line, "with enrollment %u, which was issued: ", entry->nearest->number);
        g_string_append_printf(line, "%s%s: %s (there: %s)", i > 0 ? "; " : "", row->what, row->left, row->right);
    }
    if (entry->differences->len > count)
        g_string_append_printf(line, "; and %u more", entry->differences->len - count);
    labeled(out, "Compared:", line->str);
    g_string_free(line, TRUE);
}

/* @param told  the last entry that was told in full, NULL for none. @return the one for the next entry */
static const ScepReportEntry *append_entry(GString *out, const ScepReport *report, const ScepReportEntry *entry,
                                           const ScepReportEntry *told)
{
    const bool alike = told != NULL && fails_alike(entry, told);
    char *outcome = g_ascii_strup(scep_outcome_name(entry->outcome), -1);

    g_string_append_printf(out, "Enrollment %u: %s at stage %u (%s)\n", entry->enrollment->number, outcome,
                           entry->stage, scep_stage_name(entry->stage));
    g_free(outcome);
    append_who(out, entry);
    append_steps(out, entry->enrollment);
    GString *verdict = scep_words_new_verdict(report, entry);
    labeled(out, "Verdict:", verdict->str);
    g_string_free(verdict, TRUE);
    labeled(out, "Why:", entry->why);
    append_differences(out, entry);
    if (alike)
        append_alike(out, entry, told);
    else
        append_hints(out, entry->hints, entry->outcome == SCEP_OUTCOME_ISSUED);
    g_string_append_c(out, '\n');
    return alike ? told : entry;
}

/* "4 issued, 1 refused" */
static void append_counts(GString *out, const ScepReport *report)
{
    static const ScepOutcome order[] = { SCEP_OUTCOME_ISSUED,    SCEP_OUTCOME_REFUSED,    SCEP_OUTCOME_PENDING,
                                         SCEP_OUTCOME_ABANDONED, SCEP_OUTCOME_UNANSWERED, SCEP_OUTCOME_UNREADABLE };
    const unsigned lookups = report->counts[SCEP_OUTCOME_LOOKUP], enrollments = report->entries->len - lookups;
    const char *between = enrollments > 0 ? ": " : "";

    g_string_append_printf(out, "%u enrollment%s", enrollments, enrollments == 1 ? "" : "s");
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        if (report->counts[order[i]] == 0)
            continue;
        g_string_append_printf(out, "%s%u %s", between, report->counts[order[i]], scep_outcome_name(order[i]));
        between = ", ";
    }
    if (lookups > 0)
        g_string_append_printf(out, "; and %u lookup%s", lookups, lookups == 1 ? "" : "s");
    g_string_append(out, ".\n");
}

/* "GetCACaps, GetCACert, PKIOperation" of steps in a row. */
static void append_likely(GString *line, const char *steps)
{
    char **names = g_strsplit(steps, ", ", -1);

    for (char **name = names; *name != NULL; name++)
        g_string_append_printf(line, "%s%s", name == names ? "" : ", ", scep_step_words(*name));
    g_strfreev(names);
}

/* ", while enrollments 1, 4 waited for their answers; the longest took 0.412 s" */
static void append_waiting(GString *line, const ScepReportConnection *connection)
{
    const bool is_by_design = strcmp(connection->role, scep_host_role_name(SCEP_HOST_INTUNE)) == 0 ||
                              strcmp(connection->role, scep_host_role_name(SCEP_HOST_SIGN_IN)) == 0;

    for (guint i = 0; i < connection->waiting->len; i++)
        g_string_append_printf(line, "%s %u",
                               i > 0                          ? ","
                               : connection->waiting->len > 1 ? ", while enrollments"
                                                              : ", while enrollment",
                               g_array_index(connection->waiting, uint32_t, i));
    if (connection->waiting->len > 0)
        g_string_append_printf(line, " waited for %s at %s; %s took %.3f s",
                               connection->waiting->len > 1 ? "their answers" : "its answer", connection->client,
                               connection->connections > 1 ? "the longest" : "it", (double)connection->longest / 1e9);
    if (is_by_design)
        g_string_append(line, "; calls to Intune and its sign-in are encrypted by design");
}

/* "192.0.2.10 to ndes.contoso.com (203.0.113.20), stage 2 (Device to NDES): 3 connections, frames 3 to 60; what is
 * inside is likely GetCACaps, GetCACert, PKIOperation" */
static void append_connection(GString *out, const ScepReportConnection *connection)
{
    GString *line = g_string_new(connection->client);

    g_string_append_printf(line, " to %s", connection->host != NULL ? connection->host : connection->server);
    if (connection->host != NULL)
        g_string_append_printf(line, " (%s)", connection->server);
    g_string_append_printf(line, ", stage %u (%s)%s: %u connection%s, frames %u to %u", connection->stage,
                           scep_stage_name(connection->stage), connection->is_guess ? ", NDES by its name alone" : "",
                           connection->connections, connection->connections == 1 ? "" : "s", connection->first_frame,
                           connection->last_frame);
    if (connection->exchanges > 0) {
        g_string_append(line, "; what is inside is likely ");
        append_likely(line, connection->likely->str);
    }
    append_waiting(line, connection);
    if (connection->looks_issued)
        g_string_append(line, "; one answer has the size of an issued certificate");
    labeled(out, "Encrypted:", line->str);
    g_string_free(line, TRUE);
}

/* A report without enrollments may come of a healthy capture, or of one in which there was nothing to read. */
static void append_looked_at(GString *out, const ScepReport *report)
{
    if (report->http_messages < 0)
        return;
    GString *line = g_string_new(NULL);
    g_string_append_printf(line, "HTTP messages seen: %" G_GINT64_FORMAT, report->http_messages);
    if (report->http_messages == 0)
        g_string_append(line,
                        "; what is inside of TLS, or on a port that Wireshark does not take for HTTP, was not read");
    labeled(out, "Looked at:", line->str);
    g_string_free(line, TRUE);
}

GString *scep_report_new_text(const ScepReport *report)
{
    GString *out = g_string_new(NULL);
    const ScepReportEntry *told = NULL;

    for (guint i = 0; i < report->entries->len; i++)
        told = append_entry(out, report, g_ptr_array_index(report->entries, i), told);
    g_string_append(out, "The capture as a whole: ");
    append_counts(out, report);
    if (report->last_time != 0) {
        GString *line = g_string_new(NULL);
        scep_words_time(line, report->first_time);
        g_string_append(line, ", for ");
        scep_words_duration(line, report->last_time - report->first_time);
        labeled(out, "Captured:", line->str);
        g_string_free(line, TRUE);
    }
    append_looked_at(out, report);
    for (guint i = 0; i < report->links->len; i++)
        append_connection(out, g_ptr_array_index(report->links, i));
    if (report->hints->len > 0) {
        g_string_append(out, "  Outside any enrollment:\n");
        append_outside(out, report->hints);
    }
    return out;
}
