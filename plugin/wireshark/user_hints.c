/* user_hints.c
 * Hints that users write themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "user_hints.h"

#include <epan/epan_dissect.h>
#include <epan/expert.h>
#include <epan/uat.h>
#include <string.h>

#include "capture_file.h"
#include "scep/catalogue.h"
#include "scep/crypto.h"
#include "show.h"

#define MAX_HINTS 1000
#define MAX_BYTES (1024 * 1024)
#define MAX_ERRORS 20

/* The parts of one hint, as in a line of the file. */
enum { ID, FILTER, SEVERITY, TEXT, CHECK, LOG, PARTS };
#define PARTS_NEEDED (TEXT + 1)

/* One row of the table. Epan scope, owned by the table. */
typedef struct {
    char *id, *filter, *severity, *text, *check, *log;
} Row;

/* One hint that is ready to use. As long as the capture file: filters are compiled for each anew. */
typedef struct {
    char *part[PARTS];
    dfilter_t *filter;
    ScepSeverity severity;
} UserHint;

static const char *hints_file = "";
static uat_t *uat;
static Row *rows;
static unsigned row_count;

/* All three answer to one filter: the severity is the user's. */
static expert_field ei_note = EI_INIT, ei_warning = EI_INIT, ei_error = EI_INIT;

static const struct {
    const char *name, *number;
    ScepSeverity severity;
    expert_field *expert;
} severities[] = {
    { "note", "1", SCEP_SEVERITY_NOTE, &ei_note },
    { "warning", "2", SCEP_SEVERITY_WARNING, &ei_warning },
    { "error", "3", SCEP_SEVERITY_ERROR, &ei_error },
};

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static char *fault_of_id(const char *id)
{
    if (id[0] == '\0' || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(id))
        return g_strdup("the id must be lower case letters, digits and '_'");
    if (scep_hint_find(id) != SCEP_HINT_NONE)
        return g_strdup_printf("the catalogue has a hint %s of its own", id);
    return NULL;
}

static bool read_severity(const char *word, ScepSeverity *severity)
{
    for (unsigned i = 0; i < array_length(severities); i++) {
        if (strcmp(word, severities[i].name) == 0 || strcmp(word, severities[i].number) == 0) {
            *severity = severities[i].severity;
            return true;
        }
    }
    return false;
}

/* Moves behind a quoted string, or behind its first character where it is not one. */
static const char *skip_quoted(const char *at)
{
    const char quote = *at++;

    if (quote != '"' && quote != '\'')
        return at;
    while (*at != '\0' && *at != quote)
        at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
    return *at != '\0' ? at + 1 : at;
}

/* Only a field that this plugin adds itself is certain to be in the tree when the filter is applied; those of other
 * protocols are left out unless a view or another filter asks for them. Macros may hold such fields. */
static char *foreign_field(const char *filter)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

    if (strchr(filter, '$') != NULL)
        return g_strdup("macros and references are not possible here");
    while (*filter != '\0') {
        const size_t length = strspn(filter, letters);
        if (length == 0) {
            filter = skip_quoted(filter);
            continue;
        }
        char *word = g_strndup(filter, length);
        const bool is_own = strcmp(word, "scep") == 0 || g_str_has_prefix(word, "scep.");
        if (!is_own && proto_registrar_get_byname(word) != NULL)
            return word;
        g_free(word);
        filter += length;
    }
    return NULL;
}

static char *compile(const char *text, dfilter_t **filter)
{
    char *message = NULL;
    char *foreign = foreign_field(text);

    if (foreign != NULL) {
        char *error = strchr(foreign, ' ') ? g_strdup(foreign) : g_strdup_printf("%s is no field of SCEP", foreign);
        g_free(foreign);
        return error;
    }
    *filter = NULL;
    if (!ws_dfilter_compile(text, filter, &message)) {
        char *error = g_strdup_printf("the filter is wrong: %s", message ? message : "no reason given");
        g_free(message);
        return error;
    }
    return *filter == NULL ? g_strdup("there is no filter") : NULL;
}

static void free_hint(void *data)
{
    UserHint *hint = data;

    for (unsigned i = 0; i < PARTS; i++)
        g_free(hint->part[i]);
    dfilter_free(hint->filter);
    g_free(hint);
}

/* @param part  PARTS texts; NULL stands for an empty one
 * @return NULL with *error set (g_free) where it does not hold */
static UserHint *new_hint(char *const *part, char **error)
{
    UserHint *hint = g_new0(UserHint, 1);

    for (unsigned i = 0; i < PARTS; i++)
        hint->part[i] = g_strstrip(g_strdup(part[i] ? part[i] : ""));
    *error = fault_of_id(hint->part[ID]);
    if (*error == NULL && !read_severity(hint->part[SEVERITY], &hint->severity))
        *error = g_strdup_printf("the severity is \"%.20s\", not note, warning or error", hint->part[SEVERITY]);
    if (*error == NULL && hint->part[TEXT][0] == '\0')
        *error = g_strdup("there is no text");
    if (*error == NULL)
        *error = compile(hint->part[FILTER], &hint->filter);
    if (*error == NULL)
        return hint;
    free_hint(hint);
    return NULL;
}

static UserHint *hint_of_row(const Row *row, char **error)
{
    return new_hint((char *[PARTS]){ row->id, row->filter, row->severity, row->text, row->check, row->log }, error);
}

/* @return what is wrong with a line, or NULL */
static char *read_line(GPtrArray *hints, const char *line)
{
    char *error = NULL;

    if (hints->len >= MAX_HINTS)
        return g_strdup_printf("more than %d hints", MAX_HINTS);
    if (!g_utf8_validate(line, -1, NULL))
        return g_strdup("not UTF-8");
    char **cells = g_strsplit(line, "\t", PARTS + 1);
    const unsigned count = g_strv_length(cells);
    if (count < PARTS_NEEDED || count > PARTS) {
        error = g_strdup_printf("%u parts between tabs; id, filter, severity, text, check, log are meant", count);
    } else {
        char *part[PARTS] = { NULL };
        memcpy(part, cells, count * sizeof *cells);
        UserHint *hint = new_hint(part, &error);
        if (hint != NULL)
            g_ptr_array_add(hints, hint);
    }
    g_strfreev(cells);
    return error;
}

static void read_text(GPtrArray *hints, const char *text)
{
    char **lines = g_strsplit(text, "\n", -1);
    unsigned errors = 0;

    for (unsigned i = 0; lines[i] != NULL && errors < MAX_ERRORS; i++) {
        if (g_strstrip(g_strdelimit(lines[i], "\r", ' '))[0] == '\0' || lines[i][0] == '#')
            continue;
        char *error = read_line(hints, lines[i]);
        if (error != NULL) {
            g_warning("SCEP: %s: line %u: %s", hints_file, i + 1, error);
            errors++;
        }
        g_free(error);
    }
    g_strfreev(lines);
}

static void read_file(GPtrArray *hints)
{
    char *error;
    size_t size;

    if (hints_file == NULL || hints_file[0] == '\0')
        return;
    char *text = scep_file_new_text(hints_file, MAX_BYTES, NULL, &size, &error);
    if (text != NULL)
        read_text(hints, text);
    else
        g_warning("SCEP: %s: %s", hints_file, error);
    g_free(error);
    g_free(text);
}

/* What the filters refer to may change between two captures. */
void user_hints_open(void)
{
    GPtrArray *hints = g_ptr_array_new_with_free_func(free_hint);

    for (unsigned i = 0; i < row_count && hints->len < MAX_HINTS; i++) {
        char *error = NULL;
        UserHint *hint = hint_of_row(&rows[i], &error);
        if (hint != NULL)
            g_ptr_array_add(hints, hint);
        g_free(error);
    }
    read_file(hints);
    if (hints->len == 0)
        g_clear_pointer(&hints, g_ptr_array_unref);
    capture_file->user_hints = hints;
}

void user_hints_close(void)
{
    g_clear_pointer(&capture_file->user_hints, g_ptr_array_unref);
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

UAT_CSTRING_CB_DEF(scep_hints, id, Row)
UAT_CSTRING_CB_DEF(scep_hints, filter, Row)
UAT_CSTRING_CB_DEF(scep_hints, severity, Row)
UAT_CSTRING_CB_DEF(scep_hints, text, Row)
UAT_CSTRING_CB_DEF(scep_hints, check, Row)
UAT_CSTRING_CB_DEF(scep_hints, log, Row)

static void *copy_row(void *to, const void *from, size_t size _U_)
{
    const Row *source = from;

    *(Row *)to = (Row){ g_strdup(source->id),   g_strdup(source->filter), g_strdup(source->severity),
                        g_strdup(source->text), g_strdup(source->check),  g_strdup(source->log) };
    return to;
}

static void free_row(void *data)
{
    Row *row = data;

    g_free(row->id);
    g_free(row->filter);
    g_free(row->severity);
    g_free(row->text);
    g_free(row->check);
    g_free(row->log);
}

static ws_bool_t check_row(void *row, char **error)
{
    UserHint *hint = hint_of_row(row, error);

    if (hint == NULL)
        return FALSE;
    free_hint(hint);
    return TRUE;
}

static void register_table(module_t *module)
{
    static uat_field_t fields[] = {
        UAT_FLD_CSTRING(scep_hints, id, "Id", "Lower case letters, digits and '_'; shown as scep.hint.id"),
        UAT_FLD_CSTRING(scep_hints, filter, "Filter",
                        "Display filter over scep.* fields; where it holds, the hint is shown"),
        UAT_FLD_CSTRING(scep_hints, severity, "Severity", "note, warning or error"),
        UAT_FLD_CSTRING(scep_hints, text, "Text", "What it means"),
        UAT_FLD_CSTRING(scep_hints, check, "Check", "What to look at next"),
        UAT_FLD_CSTRING(scep_hints, log, "Log", "Which log to open"),
        UAT_END_FIELDS
    };

    uat = uat_new("SCEP hints", sizeof(Row), "scep_hints", TRUE, &rows, &row_count, UAT_AFFECTS_DISSECTION, NULL,
                  copy_row, check_row, free_row, NULL, NULL, fields);
    prefs_register_uat_preference(module, "hints", "Own hints", "Hints of your own, besides those of the catalogue",
                                  uat);
    prefs_register_filename_preference(
        module, "hints_file", "File of own hints",
        "Text file, one hint per line, parts separated by tabs: id, filter over scep.* fields, "
        "severity (note, warning, error), text, what to check, log",
        &hints_file, FALSE);
}

void user_hints_register(int proto, module_t *module)
{
    static ei_register_info items[] = {
        { &ei_note, { "scep.hint.own", PI_RESPONSE_CODE, PI_NOTE, "A hint of your own", EXPFILL } },
        { &ei_warning, { "scep.hint.own", PI_RESPONSE_CODE, PI_WARN, "A hint of your own", EXPFILL } },
        { &ei_error, { "scep.hint.own", PI_RESPONSE_CODE, PI_ERROR, "A hint of your own", EXPFILL } },
    };

    expert_register_field_array(expert_register_protocol(proto), items, array_length(items));
    register_table(module);
}

/* ---- showing ----------------------------------------------------------------------------------------------------- */

/* What the functions for filters want to have: of it they only use the tree. */
static epan_dissect_t dissection_of(proto_tree *root)
{
    return (epan_dissect_t){ .tree = root };
}

void user_hints_prime(proto_tree *root)
{
    epan_dissect_t dissection = dissection_of(root);
    const GPtrArray *hints = capture_file->user_hints;

    for (guint i = 0; root != NULL && hints != NULL && i < hints->len; i++)
        epan_dissect_prime_with_dfilter(&dissection, ((const UserHint *)g_ptr_array_index(hints, i))->filter);
}

static void show_hint(packet_info *pinfo, proto_tree *parent, tvbuff_t *tvb, const UserHint *own)
{
    /* The rule is the user's: nobody else can say how sure it is, and each id has one. */
    const ScepHint hint = { .id = own->part[ID],
                            .text = own->part[TEXT],
                            .check = own->part[CHECK],
                            .log = own->part[LOG],
                            .confidence = SCEP_CONFIDENCE_CERTAIN };
    proto_item *item = scep_show_hint(parent, tvb, &hint);

    for (unsigned i = 0; i < array_length(severities); i++) {
        if (severities[i].severity == own->severity)
            expert_add_info_format(pinfo, item, severities[i].expert, "%s", hint.text);
    }
    scep_show_hint_details(item, tvb, &hint, own->severity, NULL);
    scep_show_hint_frame(item, tvb, pinfo->num);
}

void user_hints_show(packet_info *pinfo, proto_tree *root, proto_tree *tree, tvbuff_t *tvb)
{
    epan_dissect_t dissection = dissection_of(root);
    const GPtrArray *hints = capture_file->user_hints;

    if (root == NULL || hints == NULL)
        return;
    /* All are asked before one is shown: none of them sees another. */
    wmem_array_t *held = wmem_array_new(pinfo->pool, sizeof(UserHint *));
    for (guint i = 0; i < hints->len; i++) {
        UserHint *hint = g_ptr_array_index(hints, i);
        if (dfilter_apply_edt(hint->filter, &dissection))
            wmem_array_append_one(held, hint);
    }
    for (unsigned i = 0; i < wmem_array_get_count(held); i++)
        show_hint(pinfo, tree, tvb, *(UserHint **)wmem_array_index(held, i));
}
