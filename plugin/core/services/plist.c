/* plist.c
 * Property lists of Apple as XML, taken apart.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "services/plist.h"

#include <openssl/crypto.h>
#include <string.h>

#include "crypto/secret.h"
#include "scep/limits.h"

typedef struct {
    ScepPlist *root;
    ScepPlist *open; /* value that has begun, NULL outside */
    char *key;       /* that waits for its value */
    GString *text;   /* since the last tag */
    unsigned depth;
    unsigned values;
    bool in_key;
} Reader;

static ScepPlistType type_of(const char *tag)
{
    static const struct {
        const char *tag;
        ScepPlistType type;
    } types[] = {
        { "dict", SCEP_PLIST_DICT },      { "array", SCEP_PLIST_ARRAY }, { "string", SCEP_PLIST_STRING },
        { "integer", SCEP_PLIST_NUMBER }, { "real", SCEP_PLIST_NUMBER }, { "data", SCEP_PLIST_DATA },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (strcmp(tag, types[i].tag) == 0)
            return types[i].type;
    }
    return SCEP_PLIST_OTHER;
}

static bool has_children(const ScepPlist *value)
{
    return value->type == SCEP_PLIST_DICT || value->type == SCEP_PLIST_ARRAY;
}

static void set_error(GError **error, const char *text)
{
    g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, text);
}

static void begin_value(Reader *reader, const char *tag)
{
    ScepPlist *value = g_new0(ScepPlist, 1), *parent = reader->open;

    value->type = type_of(tag);
    value->parent = parent;
    value->key = g_steal_pointer(&reader->key);
    if (parent == NULL)
        reader->root = value;
    else if (parent->last == NULL)
        parent->first = value;
    else
        parent->last->next = value;
    if (parent != NULL)
        parent->last = value;
    reader->open = value;
}

static void start(GMarkupParseContext *context, const char *tag, const char **names, const char **values, gpointer data,
                  GError **error)
{
    Reader *reader = data;

    (void)context;
    (void)names;
    (void)values;
    g_string_truncate(reader->text, 0);
    if (++reader->depth > SCEP_XML_MAX_DEPTH) {
        set_error(error, "too deep");
    } else if (reader->open == NULL && strcmp(tag, "plist") == 0) {
        return;
    } else if (reader->in_key || (reader->open != NULL && !has_children(reader->open)) ||
               (reader->open == NULL && reader->root != NULL)) {
        set_error(error, "an element where none belongs");
    } else if (strcmp(tag, "key") == 0) {
        reader->in_key = true;
    } else if (++reader->values > SCEP_PLIST_MAX_VALUES) {
        set_error(error, "too many");
    } else {
        begin_value(reader, tag);
    }
}

static void end(GMarkupParseContext *context, const char *tag, gpointer data, GError **error)
{
    Reader *reader = data;
    ScepPlist *value = reader->open;

    (void)context;
    (void)tag;
    (void)error;
    reader->depth--;
    if (reader->in_key) {
        g_free(reader->key);
        reader->key = g_strdup(reader->text->str);
        reader->in_key = false;
    } else if (value != NULL) {
        if (!has_children(value))
            value->text = g_strdup(reader->text->str);
        reader->open = value->parent;
    }
    g_string_truncate(reader->text, 0);
}

static void text(GMarkupParseContext *context, const char *text, gsize size, gpointer data, GError **error)
{
    Reader *reader = data;

    (void)context;
    (void)error;
    g_string_append_len(reader->text, text, (gssize)size);
}

ScepPlist *scep_plist_new(const uint8_t *xml, size_t size, bool *is_whole)
{
    static const GMarkupParser parser = { start, end, text, NULL, NULL };
    static const char mark[] = "\xef\xbb\xbf";
    const size_t skipped = size >= 3 && memcmp(xml, mark, 3) == 0 ? 3 : 0;
    Reader reader = { .text = g_string_new(NULL) };
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &reader, NULL);

    *is_whole = g_markup_parse_context_parse(context, (const char *)xml + skipped, (gssize)(size - skipped), NULL) &&
                g_markup_parse_context_end_parse(context, NULL);
    g_markup_parse_context_free(context);
    OPENSSL_cleanse(reader.text->str, reader.text->allocated_len);
    g_string_free(reader.text, TRUE);
    g_free(reader.key);
    return reader.root;
}

/* No deeper than SCEP_XML_MAX_DEPTH, which was seen to before. */
void scep_plist_free(ScepPlist *list)
{
    while (list != NULL) {
        ScepPlist *next = list->next;
        scep_plist_free(list->first);
        scep_secret_text_free(list->text);
        g_free(list->key);
        g_free(list);
        list = next;
    }
}

const ScepPlist *scep_plist_get0(const ScepPlist *list, const char *key, ScepPlistType type)
{
    for (const ScepPlist *child = list != NULL ? list->first : NULL; child != NULL; child = child->next) {
        if (child->type == type && child->key != NULL && strcmp(child->key, key) == 0)
            return child;
    }
    return NULL;
}

const char *scep_plist_text(const ScepPlist *list, const char *key)
{
    const ScepPlist *child = scep_plist_get0(list, key, SCEP_PLIST_STRING);

    return child != NULL ? child->text : NULL;
}
