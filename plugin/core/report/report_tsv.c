/* report_tsv.c
 * The report's columns as text: for the table, and for spreadsheets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "report/report_words.h"
#include "scep/report.h"

static void append_time(GString *out, int64_t nanoseconds)
{
    const int64_t microseconds = (nanoseconds < 0 ? -nanoseconds : nanoseconds) / 1000;

    g_string_append_printf(out, "%s%" G_GINT64_FORMAT ".%06u", nanoseconds < 0 ? "-" : "", microseconds / 1000000,
                           (unsigned)(microseconds % 1000000));
}

/* "2026-11-30 22:47:18", UTC */
static void append_moment(GString *out, int64_t nanoseconds)
{
    GDateTime *moment = g_date_time_new_from_unix_utc(nanoseconds / 1000000000);
    char *text = moment != NULL ? g_date_time_format(moment, "%Y-%m-%d %H:%M:%S") : NULL;

    if (text != NULL)
        g_string_append(out, text);
    g_free(text);
    g_clear_pointer(&moment, g_date_time_unref);
}

static void append_frames(GString *out, const GArray *frames)
{
    for (guint i = 0; i < frames->len; i++)
        g_string_append_printf(out, "%s%u", i > 0 ? "," : "", g_array_index(frames, uint32_t, i));
}

/* The leading one first. */
static void append_hints(GString *out, const GPtrArray *hints)
{
    for (guint i = 0; i < hints->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? "," : "",
                               ((const ScepReportHint *)g_ptr_array_index(hints, i))->hint->id);
}

static void append_services(GString *out, const ScepServiceCall *call)
{
    for (const char *between = ""; call != NULL; call = call->next, between = ",")
        g_string_append_printf(out, "%s%s", between, call->service->step);
}

/* Names of what does not fit. */
static void append_misfits(GString *out, const GArray *comparisons)
{
    const char *between = "";

    for (guint i = 0; i < comparisons->len; i++) {
        const ScepComparison *comparison = &g_array_index(comparisons, ScepComparison, i);
        if (comparison->fits)
            continue;
        g_string_append_printf(out, "%s%s", between, comparison->what);
        between = ",";
    }
}

static void append_value(GString *out, const ScepReportColumn *column, ScepColumnValue value)
{
    if (!value.is_known)
        return;
    if (column->kind == SCEP_COLUMN_TEXT) {
        char *cleaned = scep_words_new_clean(value.text);
        g_string_append(out, cleaned);
        g_free(cleaned);
    } else if (column->kind == SCEP_COLUMN_CODE) {
        g_string_append_printf(out, "0x%08x", (unsigned)value.number);
    } else if (column->kind == SCEP_COLUMN_TIME) {
        append_time(out, value.number);
    } else if (column->kind == SCEP_COLUMN_MOMENT) {
        append_moment(out, value.number);
    } else {
        g_string_append_printf(out, "%" G_GINT64_FORMAT, value.number);
    }
}

char *scep_report_column_new_text(const ScepReportColumn *column, const ScepReportEntry *entry)
{
    GString *out = g_string_new(NULL);

    if (column->kind == SCEP_COLUMN_FRAMES)
        append_frames(out, entry->frames);
    else if (column->kind == SCEP_COLUMN_HINTS)
        append_hints(out, entry->hints);
    else if (column->kind == SCEP_COLUMN_SERVICES)
        append_services(out, entry->enrollment->services);
    else if (column->kind == SCEP_COLUMN_COMPARISONS)
        append_misfits(out, entry->comparisons);
    else if (column->kind == SCEP_COLUMN_DIFFERENCES)
        append_misfits(out, entry->differences);
    else
        append_value(out, column, column->value(entry));
    return g_string_free(out, FALSE);
}

/* Names and subjects come from whoever asked for a certificate, and spreadsheets run what looks like a formula. */
static bool looks_like_formula(const ScepReportColumn *column, const char *text)
{
    while (*text == ' ')
        text++;
    return column->kind == SCEP_COLUMN_TEXT && *text != '\0' && strchr("=+-@", *text) != NULL;
}

static void append_row(GString *out, const ScepReportEntry *entry)
{
    const char *between = "";

    for (size_t i = 0; i < scep_report_column_count; i++) {
        const ScepReportColumn *column = &scep_report_columns[i];
        if (column->key == NULL)
            continue;
        char *text = entry != NULL ? scep_report_column_new_text(column, entry) : g_strdup(column->key);
        g_string_append(out, between);
        if (looks_like_formula(column, text))
            g_string_append_c(out, '\'');
        g_string_append(out, text);
        g_free(text);
        between = "\t";
    }
    g_string_append_c(out, '\n');
}

GString *scep_report_new_tsv(const ScepReport *report)
{
    GString *out = g_string_new(NULL);

    append_row(out, NULL);
    for (guint i = 0; i < report->entries->len; i++)
        append_row(out, g_ptr_array_index(report->entries, i));
    return out;
}
