/* service_syncml.c
 * SCEP nodes in SyncML (OMA-TS-SyncML_RepPro, MS-MDM): what a device is told, and what it makes of that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/crypto.h>
#include <string.h>

#include "scep/limits.h"
#include "services/service_facts.h"
#include "services/service_read.h"
#include "services/syncml.h"

/* Where the reader stands. Commands do not nest but in Atomic and Sequence, which have no items of their own. */
struct ScepSyncml {
    const ScepServiceBody *body;
    ScepServiceFacts *facts;
    unsigned depth;
    bool in_command;
    bool in_item;
    bool in_data;
    bool is_result; /* Results: what a device tells */
    bool is_status;
    bool inner_element; /* an element inside Data: the text of that one is no Data */
    uint32_t command;   /* CmdID */
    char *uri;
    char *data;
    ScepMdmStatus status;
    GString *text; /* since the last tag */
};

typedef ScepSyncml Reader;

static const char *local_name(const char *name)
{
    const char *colon = strchr(name, ':');

    return colon != NULL ? colon + 1 : name;
}

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, list[i]) == 0)
            return true;
    }
    return false;
}

static bool is_command(const char *name)
{
    static const char *const commands[] = { "Add", "Replace", "Exec", "Delete", "Get", "Results", "Status" };

    return is_one_of(name, commands, G_N_ELEMENTS(commands));
}

static void wipe(char **text)
{
    if (*text != NULL)
        OPENSSL_cleanse(*text, strlen(*text));
    g_clear_pointer(text, g_free);
}

static void add_node(Reader *reader, const char *name, const char *value)
{
    const ScepMdmNode node = {
        .command = reader->command, .is_result = reader->is_result, .uri = reader->uri, .value = (char *)value
    };

    scep_service_add_node(reader->facts, &node, name, reader->body->reveal);
}

/* ---- XML as the text of Data: the configuration of the older CSP ------------------------------------------------- */

static void inner_start(G_GNUC_UNUSED GMarkupParseContext *context, G_GNUC_UNUSED const char *name,
                        G_GNUC_UNUSED const char **names, G_GNUC_UNUSED const char **values, gpointer data,
                        GError **error)
{
    Reader *reader = data;

    g_string_truncate(reader->text, 0);
    if (++reader->depth > SCEP_XML_MAX_DEPTH)
        g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "too deep");
}

static void inner_end(G_GNUC_UNUSED GMarkupParseContext *context, const char *name, gpointer data,
                      G_GNUC_UNUSED GError **error)
{
    Reader *reader = data;

    reader->depth--;
    if (scep_mdm_is_setting(local_name(name)))
        add_node(reader, local_name(name), g_strstrip(reader->text->str));
    g_string_truncate(reader->text, 0);
}

static void add_text(G_GNUC_UNUSED GMarkupParseContext *context, const char *text, gsize size, gpointer data,
                     G_GNUC_UNUSED GError **error)
{
    Reader *reader = data;

    g_string_append_len(reader->text, text, (gssize)size);
}

static void read_inner(Reader *outer, const char *xml)
{
    static const GMarkupParser parser = { inner_start, inner_end, add_text, NULL, NULL };
    Reader reader = *outer;

    reader.text = g_string_new(NULL);
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &reader, NULL);
    g_markup_parse_context_parse(context, xml, -1, NULL);
    g_markup_parse_context_free(context);
    OPENSSL_cleanse(reader.text->str, reader.text->len);
    g_string_free(reader.text, TRUE);
}

/* ---- SyncML ------------------------------------------------------------------------------------------------------ */

/* The words of a device beside a status, where they name a code. */
static void read_status_item(Reader *reader)
{
    ScepMdmStatus *status = &reader->status;
    ScepCodeInText found;

    if (status->has_result || reader->data == NULL || !scep_code_find(reader->data, strlen(reader->data), &found))
        return;
    status->has_result = true;
    status->result = found.code;
}

static void end_item(Reader *reader)
{
    const char *value = reader->data;

    if (reader->is_status)
        read_status_item(reader);
    /* A status may name the node that it is about in an item. */
    if (reader->is_status && reader->status.target == NULL) {
        reader->status.target = g_strdup(reader->uri);
    } else if (scep_mdm_is_scep(reader->uri)) {
        const char *leaf = strrchr(reader->uri, '/');
        if (value != NULL && value[0] == '<')
            read_inner(reader, value);
        else
            add_node(reader, leaf + 1, value);
    }
    reader->in_item = false;
    wipe(&reader->data);
    g_clear_pointer(&reader->uri, g_free);
}

static void end_command(Reader *reader)
{
    ScepMdmStatus *status = &reader->status;

    if (reader->is_status && status->code != 0 && reader->facts->statuses->len < SCEP_MDM_MAX_ITEMS) {
        g_array_append_val(reader->facts->statuses, *status);
    } else {
        g_free(status->name);
        g_free(status->target);
    }
    memset(status, 0, sizeof *status);
    reader->in_command = reader->in_item = reader->is_result = reader->is_status = false;
    reader->command = 0;
}

static uint32_t number(const char *text)
{
    return (uint32_t)MIN(g_ascii_strtoull(text, NULL, 10), UINT32_MAX);
}

static void end_of_message_header(Reader *reader, const char *name, const char *text)
{
    if (strcmp(name, "MsgID") == 0 && reader->facts->message == 0)
        reader->facts->message = number(text);
    else if (strcmp(name, "SessionID") == 0 && reader->facts->session == NULL)
        reader->facts->session = scep_service_new_text(text);
}

static void keep(char **slot, const char *text)
{
    g_free(*slot);
    *slot = scep_service_new_text(text);
}

static void end_of_leaf(Reader *reader, const char *name, const char *text)
{
    ScepMdmStatus *status = &reader->status;

    if (!reader->in_command)
        end_of_message_header(reader, name, text);
    else if (strcmp(name, "LocURI") == 0 && reader->in_item)
        keep(&reader->uri, text);
    else if (strcmp(name, "CmdID") == 0)
        reader->command = number(text);
    else if (strcmp(name, "MsgRef") == 0)
        status->message = number(text);
    else if (strcmp(name, "CmdRef") == 0)
        status->command = number(text);
    else if (strcmp(name, "Cmd") == 0)
        keep(&status->name, text);
    else if (strcmp(name, "TargetRef") == 0)
        keep(&status->target, text);
}

static void end_of_data(Reader *reader, const char *text)
{
    if (reader->in_item && !reader->inner_element) {
        wipe(&reader->data);
        reader->data = g_strdup(text);
    } else if (!reader->in_item && reader->in_command) {
        reader->status.code = (uint16_t)MIN(number(text), UINT16_MAX);
    }
    reader->in_data = false;
}

/* Windows tells the error behind a status in an attribute: <Data msft:originalerror="0x80070005">500</Data>. */
static void read_original_error(ScepMdmStatus *status, const char **names, const char **values)
{
    for (size_t i = 0; names != NULL && names[i] != NULL && !status->has_result; i++) {
        if (strcmp(local_name(names[i]), "originalerror") == 0)
            status->has_result = scep_code_read(values[i], strlen(values[i]), &status->result);
    }
}

bool scep_syncml_start(ScepSyncml *reader, const char *tag, const char **names, const char **values)
{
    const char *name = local_name(tag);

    g_string_truncate(reader->text, 0);
    if (++reader->depth > SCEP_XML_MAX_DEPTH)
        return false;
    if (reader->in_data) {
        reader->inner_element = true;
    } else if (!reader->in_command && is_command(name)) {
        reader->in_command = true;
        reader->is_result = strcmp(name, "Results") == 0;
        reader->is_status = strcmp(name, "Status") == 0;
    } else if (reader->in_command && strcmp(name, "Item") == 0) {
        reader->in_item = true;
    } else if (reader->in_command && strcmp(name, "Data") == 0) {
        reader->in_data = true;
        reader->inner_element = false;
        if (reader->is_status && !reader->in_item)
            read_original_error(&reader->status, names, values);
    }
    return true;
}

void scep_syncml_text(ScepSyncml *reader, const char *text, size_t size)
{
    g_string_append_len(reader->text, text, (gssize)size);
}

void scep_syncml_end(ScepSyncml *reader, const char *tag)
{
    const char *name = local_name(tag);
    char *text = g_strstrip(reader->text->str);

    reader->depth--;
    if (reader->in_data && strcmp(name, "Data") == 0)
        end_of_data(reader, text);
    else if (reader->in_data && scep_mdm_is_setting(name) && scep_mdm_is_scep(reader->uri))
        add_node(reader, name, text);
    else if (reader->in_item && strcmp(name, "Item") == 0)
        end_item(reader);
    else if (reader->in_command && is_command(name))
        end_command(reader);
    else if (!reader->in_data)
        end_of_leaf(reader, name, text);
    g_string_truncate(reader->text, 0);
}

ScepSyncml *scep_syncml_new(const ScepServiceBody *body, ScepServiceFacts *facts)
{
    Reader *reader = g_new0(Reader, 1);

    reader->body = body;
    reader->facts = facts;
    reader->text = g_string_new(NULL);
    return reader;
}

void scep_syncml_close(ScepSyncml *reader)
{
    OPENSSL_cleanse(reader->text->str, reader->text->allocated_len);
    g_string_free(reader->text, TRUE);
    wipe(&reader->data);
    g_free(reader->uri);
    g_free(reader->status.name);
    g_free(reader->status.target);
    g_free(reader);
}

/* ---- SyncML as XML ----------------------------------------------------------------------------------------------- */

static void start(G_GNUC_UNUSED GMarkupParseContext *context, const char *name, const char **names, const char **values,
                  gpointer reader, GError **error)
{
    if (!scep_syncml_start(reader, name, names, values))
        g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "too deep");
}

static void end(G_GNUC_UNUSED GMarkupParseContext *context, const char *name, gpointer reader,
                G_GNUC_UNUSED GError **error)
{
    scep_syncml_end(reader, name);
}

void scep_service_read_syncml(const ScepServiceBody *body, ScepServiceFacts *facts)
{
    static const GMarkupParser parser = { start, end, add_text, NULL, NULL };
    ScepSyncml *reader = scep_syncml_new(body, facts);
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, reader, NULL);
    const bool whole = g_markup_parse_context_parse(context, (const char *)body->body, (gssize)body->size, NULL) &&
                       g_markup_parse_context_end_parse(context, NULL);

    g_markup_parse_context_free(context);
    if (!whole)
        facts->problem = body->missing > 0 ? "The capture lacks the end of this SyncML: what comes before it is shown."
                                           : "This SyncML is damaged: what comes before the damage is shown.";
    scep_syncml_close(reader);
}
