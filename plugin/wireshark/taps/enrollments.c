/* enrollments.c
 * -z scep,enrollments[,filter], and Statistics > SCEP enrollments: a table with one row per enrollment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tap.h"

#include <epan/stat_tap_ui.h>

#include "capture_file.h"
#include "scep/report.h"

#define TITLE "SCEP enrollments"

/* Those of the report's columns that the table has. Epan scope. */
static stat_tap_table_item *columns;
static unsigned column_count;

/* The one table that there is at a time, and the enrollments of its rows. */
static struct {
    stat_tap_table *table; /* owned by Wireshark; NULL while none is asked for */
    GHashTable *rows;      /* number of an enrollment -> row */
    bool finishing;        /* the listener below is registered */
} shown;

static stat_tap_table_item_type item_of(const ScepReportColumn *column, const ScepReportEntry *entry)
{
    const ScepColumnValue value = column->value(entry);
    stat_tap_table_item_type item = { .type = TABLE_ITEM_UINT };

    if (column->kind == SCEP_COLUMN_NUMBER) {
        item.value.uint_value = (unsigned)value.number;
    } else if (column->kind == SCEP_COLUMN_TIME) {
        item.type = TABLE_ITEM_FLOAT;
        item.value.float_value = (double)value.number / 1e9;
    } else {
        item.type = TABLE_ITEM_STRING;
        item.value.string_value = value.text ? g_utf8_make_valid(value.text, -1) : g_strdup("");
    }
    return item;
}

static void free_item(stat_tap_table_item_type *item)
{
    if (item->type == TABLE_ITEM_STRING)
        g_free((char *)item->value.string_value);
    item->type = TABLE_ITEM_NONE;
}

/* Writes a row anew; a number behind the last row makes one. */
static void fill_row(unsigned row, const ScepEnrollment *enrollment)
{
    stat_tap_table_item_type *items = g_new0(stat_tap_table_item_type, column_count);
    ScepReportEntry *entry = scep_report_entry_new(capture_diagnosis(), enrollment);
    unsigned at = 0;

    for (size_t i = 0; i < scep_report_column_count; i++) {
        if (scep_report_columns[i].title != NULL)
            items[at++] = item_of(&scep_report_columns[i], entry);
    }
    for (unsigned i = 0; row < shown.table->num_elements && i < column_count; i++)
        free_item(stat_tap_get_field_data(shown.table, row, i));
    stat_tap_init_table_row(shown.table, row, column_count, items);
    scep_report_entry_free(entry);
    g_free(items);
}

/* Each row anew, now that the whole capture is known. */
static void finish_rows(void *data _U_)
{
    ScepTracker *tracker = capture_tracker();
    const GPtrArray *enrollments = tracker ? scep_tracker_get0_enrollments(tracker) : NULL;
    GHashTableIter iter;
    void *number, *row;

    if (enrollments == NULL || shown.table == NULL)
        return;
    scep_tracker_finish(tracker);
    g_hash_table_iter_init(&iter, shown.rows);
    while (g_hash_table_iter_next(&iter, &number, &row)) {
        if (GPOINTER_TO_UINT(number) <= enrollments->len)
            fill_row(GPOINTER_TO_UINT(row), g_ptr_array_index(enrollments, GPOINTER_TO_UINT(number) - 1));
    }
}

static tap_packet_status ask_for_drawing(void *data _U_, packet_info *pinfo _U_, epan_dissect_t *edt _U_,
                                         const void *info _U_, tap_flags_t flags _U_)
{
    return TAP_PACKET_REDRAW;
}

/* Wireshark draws a table by itself and tells nobody. In a first pass the rows have to be written once more before
 * that; listeners are drawn newest first, so one that is added while frames come in is drawn before the table. */
static void finish_before_drawing(void)
{
    if (shown.finishing)
        return;
    GString *error = register_tap_listener(SCEP_TAP_NAME, &shown, NULL, 0, NULL, ask_for_drawing, finish_rows, NULL);
    shown.finishing = error == NULL;
    if (error != NULL)
        g_string_free(error, TRUE);
}

static tap_packet_status packet(void *data _U_, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *tapped,
                                tap_flags_t flags _U_)
{
    const ScepTapInfo *info = tapped;
    const ScepEnrollment *enrollment = info->exchange->enrollment;

    if (shown.table == NULL || enrollment == NULL)
        return TAP_PACKET_DONT_REDRAW;
    if (info->first_pass)
        finish_before_drawing();
    if (!g_hash_table_contains(shown.rows, GUINT_TO_POINTER(enrollment->number))) {
        const unsigned row = shown.table->num_elements;
        g_hash_table_insert(shown.rows, GUINT_TO_POINTER(enrollment->number), GUINT_TO_POINTER(row));
        fill_row(row, enrollment);
    }
    return TAP_PACKET_REDRAW;
}

static void reset(stat_tap_table *table)
{
    for (unsigned row = 0; row < table->num_elements; row++) {
        for (unsigned i = 0; i < table->num_fields; i++)
            free_item(stat_tap_get_field_data(table, row, i));
        g_free(table->elements[row]);
    }
    table->num_elements = 0;
    g_hash_table_remove_all(shown.rows);
}

static void start(stat_tap_table_ui *ui)
{
    stat_tap_table *table = stat_tap_find_table(ui, TITLE);

    if (shown.rows == NULL)
        shown.rows = g_hash_table_new(NULL, NULL);
    if (table == NULL) {
        table = stat_tap_init_table(TITLE, column_count, 0, NULL);
        stat_tap_add_table(ui, table);
    }
    shown.table = table;
    reset(table);
}

/* Called for each item of a table that goes. */
static void forget_item(stat_tap_table *table, unsigned row _U_, unsigned column _U_, stat_tap_table_item_type *item)
{
    free_item(item);
    if (shown.table != table)
        return;
    shown.table = NULL;
    g_hash_table_remove_all(shown.rows);
    if (shown.finishing)
        remove_tap_listener(&shown);
    shown.finishing = false;
}

static stat_tap_table_item heading(const ScepReportColumn *column)
{
    static const struct {
        stat_tap_table_item_enum type;
        tap_alignment_type align;
        const char *format, *wide;
    } looks[] = {
        [SCEP_COLUMN_TEXT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "%s", "%%-%us" },
        [SCEP_COLUMN_NUMBER] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "%u", "%%%uu" },
        [SCEP_COLUMN_TIME] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "%.3f", "%%%u.3f" },
    };
    stat_tap_table_item item = { .type = looks[column->kind].type, .column_name = column->title };

    item.align = looks[column->kind].align;
    item.field_format = column->width == 0
                            ? looks[column->kind].format
                            : wmem_strdup_printf(wmem_epan_scope(), looks[column->kind].wide, column->width);
    return item;
}

void scep_register_enrollments(void)
{
    static tap_param filter = { PARAM_FILTER, "filter", "Filter", NULL, TRUE };
    static stat_tap_table_ui table = {
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = TITLE,
        .tap_name = SCEP_TAP_NAME,
        .cli_string = "scep,enrollments",
        .stat_tap_init_cb = start,
        .packet_func = packet,
        .stat_tap_reset_table_cb = reset,
        .stat_tap_free_table_item_cb = forget_item,
        .nparams = 1,
        .params = &filter,
    };

    columns = wmem_alloc0_array(wmem_epan_scope(), stat_tap_table_item, scep_report_column_count);
    for (size_t i = 0; i < scep_report_column_count; i++) {
        if (scep_report_columns[i].title != NULL)
            columns[column_count++] = heading(&scep_report_columns[i]);
    }
    table.nfields = column_count;
    table.fields = columns;
    register_stat_tap_table_ui(&table);
}
