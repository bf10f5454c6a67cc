/* report_json.c
 * The report for scripts. Every key is always there, and in the same order: null stands for "not known".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report_json.h"

#include <glib.h>
#include <inttypes.h>
#include <wsutil/json_dumper.h>

#include "preferences.h"
#include "scep/tracker.h"

static void put_string(json_dumper *json, const char *key, const char *value)
{
    json_dumper_set_member_name(json, key);
    if (value == NULL) {
        json_dumper_value_anyf(json, "null");
        return;
    }
    /* Texts from the wire may hold anything; JSON is UTF-8. */
    char *valid = g_utf8_make_valid(value, -1);
    json_dumper_value_string(json, valid);
    g_free(valid);
}

static void put_number(json_dumper *json, const char *key, bool known, int64_t value)
{
    json_dumper_set_member_name(json, key);
    if (known)
        json_dumper_value_anyf(json, "%" PRId64, value);
    else
        json_dumper_value_anyf(json, "null");
}

/* Seconds with six decimals: doubles would show digits that were never measured, and some locales a comma. */
static void put_time(json_dumper *json, const char *key, int64_t nanoseconds)
{
    const bool negative = nanoseconds < 0;
    const int64_t microseconds = (negative ? -nanoseconds : nanoseconds) / 1000;

    json_dumper_set_member_name(json, key);
    json_dumper_value_anyf(json, "%s%" PRId64 ".%06" PRId64, negative ? "-" : "", microseconds / 1000000,
                           microseconds % 1000000);
}

static void put_frames(json_dumper *json, const char *key, const GArray *frames)
{
    json_dumper_set_member_name(json, key);
    json_dumper_begin_array(json);
    for (guint i = 0; i < frames->len; i++)
        json_dumper_value_anyf(json, "%" PRIu32, g_array_index(frames, uint32_t, i));
    json_dumper_end_array(json);
}

static void put_hint(json_dumper *json, const ScepReportHint *hint)
{
    json_dumper_begin_object(json);
    put_string(json, "id", hint->hint->id);
    put_number(json, "severity", true, hint->severity);
    put_number(json, "confidence", true, hint->hint->confidence);
    put_number(json, "grade", true, scep_hint_grade_number(hint->hint));
    put_number(json, "rank", hint->rank != 0, hint->rank);
    put_string(json, "against", scep_contradiction_words(hint->against));
    put_frames(json, "frames", hint->frames);
    char *text = hint->detail ? g_strdup_printf("%s Seen: %s", hint->advice.text, hint->detail) : NULL;
    put_string(json, "text", text ? text : hint->advice.text);
    g_free(text);
    put_string(json, "check", hint->advice.check);
    put_string(json, "log", hint->advice.log);
    json_dumper_end_object(json);
}

/* The id of the leading hint, and the hints. */
static void put_hints(json_dumper *json, const GPtrArray *hints)
{
    const ScepReportHint *leading = hints->len > 0 ? g_ptr_array_index(hints, 0) : NULL;

    put_string(json, "leading", leading ? leading->hint->id : NULL);
    json_dumper_set_member_name(json, "hints");
    json_dumper_begin_array(json);
    for (guint i = 0; i < hints->len; i++)
        put_hint(json, g_ptr_array_index(hints, i));
    json_dumper_end_array(json);
}

static void put_flag(json_dumper *json, const char *name, bool value)
{
    json_dumper_set_member_name(json, name);
    json_dumper_value_anyf(json, value ? "true" : "false");
}

static void put_service(json_dumper *json, const ScepServiceCall *call)
{
    const bool answered = call->response_frame != 0;

    json_dumper_begin_object(json);
    put_string(json, "step", call->service->step);
    put_string(json, "service", call->service->name);
    put_number(json, "stage", true, call->service->stage);
    put_string(json, "client", call->client);
    put_string(json, "server", call->server);
    json_dumper_set_member_name(json, "frames");
    json_dumper_begin_array(json);
    json_dumper_value_anyf(json, "%" PRIu32, call->request_frame);
    if (answered)
        json_dumper_value_anyf(json, "%" PRIu32, call->response_frame);
    json_dumper_end_array(json);
    put_number(json, "status", answered && call->status != 0, call->status);
    put_string(json, "verdict", scep_service_get0_verdict(call));
    json_dumper_set_member_name(json, "likely");
    json_dumper_value_anyf(json, "%s", call->is_likely ? "true" : "false");
    if (answered)
        put_time(json, "seconds", call->response_time - call->request_time);
    else
        put_string(json, "seconds", NULL);
    json_dumper_end_object(json);
}

static void put_services(json_dumper *json, const ScepEnrollment *enrollment)
{
    json_dumper_set_member_name(json, "services");
    json_dumper_begin_array(json);
    for (const ScepServiceCall *call = enrollment->services; call != NULL; call = call->next)
        put_service(json, call);
    json_dumper_end_array(json);
}

static void put_comparisons(json_dumper *json, const char *key, const GArray *comparisons)
{
    json_dumper_set_member_name(json, key);
    json_dumper_begin_array(json);
    for (guint i = 0; i < comparisons->len; i++) {
        const ScepComparison *row = &g_array_index(comparisons, ScepComparison, i);
        json_dumper_begin_object(json);
        put_string(json, "what", row->what);
        put_string(json, "left", row->left);
        put_string(json, "right", row->right);
        put_flag(json, "fits", row->fits);
        json_dumper_end_object(json);
    }
    json_dumper_end_array(json);
}

static void put_column(json_dumper *json, const ScepReportColumn *column, const ScepReportEntry *entry)
{
    const ScepColumnValue value = column->value != NULL ? column->value(entry) : (ScepColumnValue){ .is_known = false };

    switch (column->kind) {
    case SCEP_COLUMN_TEXT:
        put_string(json, column->key, value.text);
        break;
    case SCEP_COLUMN_NUMBER:
    case SCEP_COLUMN_CODE:
        put_number(json, column->key, value.is_known, value.number);
        break;
    case SCEP_COLUMN_FLAG:
        put_flag(json, column->key, value.number != 0);
        break;
    case SCEP_COLUMN_TIME:
    case SCEP_COLUMN_MOMENT:
        put_time(json, column->key, value.number);
        break;
    case SCEP_COLUMN_FRAMES:
        put_frames(json, column->key, entry->frames);
        break;
    case SCEP_COLUMN_HINTS:
        put_hints(json, entry->hints);
        break;
    case SCEP_COLUMN_SERVICES:
        put_services(json, entry->enrollment);
        break;
    case SCEP_COLUMN_COMPARISONS:
        put_comparisons(json, column->key, entry->comparisons);
        break;
    case SCEP_COLUMN_DIFFERENCES:
        put_comparisons(json, column->key, entry->differences);
        break;
    }
}

static void put_entry(json_dumper *json, const ScepReportEntry *entry)
{
    json_dumper_begin_object(json);
    put_string(json, "type", "enrollment");
    for (size_t i = 0; i < scep_report_column_count; i++) {
        if (scep_report_columns[i].key != NULL)
            put_column(json, &scep_report_columns[i], entry);
    }
    json_dumper_end_object(json);
}

static void put_roles(json_dumper *json, const GArray *roles)
{
    json_dumper_set_member_name(json, "roles");
    json_dumper_begin_array(json);
    for (guint i = 0; i < roles->len; i++) {
        const ScepReportRole *role = &g_array_index(roles, ScepReportRole, i);
        json_dumper_begin_object(json);
        put_string(json, "address", role->address);
        put_string(json, "role", role->role);
        json_dumper_end_object(json);
    }
    json_dumper_end_array(json);
}

static void put_connection(json_dumper *json, const ScepReportConnection *link)
{
    json_dumper_begin_object(json);
    put_string(json, "client", link->client);
    put_string(json, "server", link->server);
    put_string(json, "host", link->host);
    put_string(json, "role", link->role);
    put_number(json, "stage", true, link->stage);
    put_number(json, "connections", true, link->connections);
    put_number(json, "exchanges", true, link->exchanges);
    put_string(json, "likely", link->likely->len > 0 ? link->likely->str : NULL);
    put_flag(json, "looks_issued", link->looks_issued);
    put_flag(json, "by_name", link->is_guess);
    json_dumper_set_member_name(json, "waiting");
    json_dumper_begin_array(json);
    for (guint i = 0; i < link->waiting->len; i++)
        json_dumper_value_anyf(json, "%u", g_array_index(link->waiting, uint32_t, i));
    json_dumper_end_array(json);
    put_time(json, "longest", link->longest);
    put_number(json, "first_frame", true, link->first_frame);
    put_number(json, "last_frame", true, link->last_frame);
    json_dumper_end_object(json);
}

static void put_connections(json_dumper *json, const GPtrArray *links)
{
    json_dumper_set_member_name(json, "encrypted");
    json_dumper_begin_array(json);
    for (guint i = 0; i < links->len; i++)
        put_connection(json, g_ptr_array_index(links, i));
    json_dumper_end_array(json);
}

/* Wireshark tells a plugin no file names; whoever asks for a report knows them. */
static void put_files(json_dumper *json)
{
    json_dumper_set_member_name(json, "files");
    json_dumper_begin_array(json);
    if (scep_preferences.file_name != NULL && scep_preferences.file_name[0] != '\0')
        json_dumper_value_string(json, scep_preferences.file_name);
    json_dumper_end_array(json);
}

static void put_capture(json_dumper *json, const ScepReport *report)
{
    static const ScepOutcome order[] = { SCEP_OUTCOME_ISSUED,    SCEP_OUTCOME_REFUSED,    SCEP_OUTCOME_PENDING,
                                         SCEP_OUTCOME_ABANDONED, SCEP_OUTCOME_UNANSWERED, SCEP_OUTCOME_UNREADABLE,
                                         SCEP_OUTCOME_LOOKUP };

    json_dumper_begin_object(json);
    put_string(json, "type", "capture");
    put_number(json, "enrollments", true, report->entries->len);
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        put_number(json, scep_outcome_name(order[i]), true, report->counts[order[i]]);
    put_number(json, "http_messages", report->http_messages >= 0, report->http_messages);
    put_hints(json, report->hints);
    put_roles(json, report->roles);
    put_connections(json, report->links);
    put_files(json);
    json_dumper_end_object(json);
}

/* json_dumper_finish() ends the line. */
void scep_report_json(const ScepReport *report, FILE *file)
{
    for (guint i = 0; i < report->entries->len; i++) {
        json_dumper line = { .output_file = file };
        put_entry(&line, g_ptr_array_index(report->entries, i));
        json_dumper_finish(&line);
    }
    json_dumper line = { .output_file = file };
    put_capture(&line, report);
    json_dumper_finish(&line);
}
