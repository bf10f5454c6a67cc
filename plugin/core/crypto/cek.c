/* cek.c
 * Files of content-encryption keys.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "crypto/cek.h"

#include <openssl/crypto.h>
#include <string.h>

#include "asn1/hex.h"
#include "scep/crypto.h"
#include "scep/limits.h"
#include "crypto/secret.h"

#define WORD "SCEP-CEK "

typedef struct {
    uint8_t hash[32]; /* first: it is the key of the table */
    ScepSecret secret;
    char *label;
} Entry;

struct ScepCekTable {
    GHashTable *entries; /* Entry to itself */
};

static guint hash_entry(gconstpointer data)
{
    guint value;

    memcpy(&value, data, sizeof value);
    return value;
}

static gboolean same_entry(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, 32) == 0;
}

static void free_entry(gpointer data)
{
    Entry *entry = data;

    scep_secret_clear(&entry->secret);
    g_free(entry->label);
    g_free(entry);
}

ScepCekTable *scep_cek_table_new(void)
{
    ScepCekTable *table = g_new0(ScepCekTable, 1);

    table->entries = g_hash_table_new_full(hash_entry, same_entry, free_entry, NULL);
    return table;
}

void scep_cek_table_free(ScepCekTable *table)
{
    if (table == NULL)
        return;
    g_hash_table_unref(table->entries);
    g_free(table);
}

size_t scep_cek_table_count(const ScepCekTable *table)
{
    return g_hash_table_size(table->entries);
}

const uint8_t *scep_cek_table_get0_key(const ScepCekTable *table, const uint8_t content_sha256[32], size_t *size,
                                       const char **label)
{
    const Entry *entry = g_hash_table_lookup(table->entries, content_sha256);

    if (label != NULL)
        *label = entry != NULL ? entry->label : NULL;
    *size = entry != NULL ? entry->secret.size : 0;
    return entry != NULL ? entry->secret.octets : NULL;
}

/* Hexadecimal digits up to a blank or the end. @return octets; 0 when there are other characters, an odd number of
 * digits, none, or more than fit. *pos moves behind the digits. */
static size_t read_hex(const char *line, size_t size, size_t *pos, uint8_t *out, size_t room)
{
    size_t count = 0;

    while (*pos < size && line[*pos] != ' ') {
        const int high = g_ascii_xdigit_value(line[*pos]);
        const int low = *pos + 1 < size ? g_ascii_xdigit_value(line[*pos + 1]) : -1;
        if (high < 0 || low < 0 || count == room)
            return 0;
        out[count++] = (uint8_t)(high << 4 | low);
        *pos += 2;
    }
    return count;
}

/* What follows the key: nothing, or a blank and "# label". */
static const char *read_label(const char *line, size_t size, size_t pos, char **label)
{
    while (pos < size && line[pos] == ' ')
        pos++;
    if (pos == size)
        return NULL;
    if (line[pos] != '#')
        return "after the key only \"# label\" may follow";
    for (pos++; pos < size && line[pos] == ' '; pos++)
        ;
    if (pos < size)
        *label = g_utf8_make_valid(line + pos, (gssize)(size - pos));
    return NULL;
}

static const char *read_line(ScepCekTable *table, const char *line, size_t size)
{
    size_t pos = strlen(WORD);

    if (size > SCEP_MAX_CEK_LINE)
        return "the line is too long";
    if (size < pos || memcmp(line, WORD, pos) != 0)
        return "a line begins with SCEP-CEK and a blank";
    Entry *entry = g_new0(Entry, 1);
    const char *error = NULL;
    if (read_hex(line, size, &pos, entry->hash, sizeof entry->hash) != sizeof entry->hash)
        error = "the hash is not 64 hexadecimal digits";
    else if (pos++ >= size)
        error = "the key is missing";
    else if ((entry->secret.size = read_hex(line, size, &pos, entry->secret.octets, sizeof entry->secret.octets)) == 0)
        error = "the key is not an even number of hexadecimal digits, or too long";
    else
        error = read_label(line, size, pos, &entry->label);

    const Entry *known = error == NULL ? g_hash_table_lookup(table->entries, entry) : NULL;
    if (known != NULL && (known->secret.size != entry->secret.size ||
                          CRYPTO_memcmp(known->secret.octets, entry->secret.octets, known->secret.size) != 0))
        error = "another key for this content stands before it; that one counts";
    if (error == NULL && known == NULL)
        g_hash_table_add(table->entries, entry);
    else
        free_entry(entry);
    return error;
}

static void add_error(GPtrArray *errors, char *text)
{
    if (errors != NULL && errors->len < SCEP_MAX_CEK_ERRORS)
        g_ptr_array_add(errors, text);
    else
        g_free(text);
}

size_t scep_cek_table_read(ScepCekTable *table, const char *text, size_t size, GPtrArray *errors)
{
    size_t taken = 0, number = 0;

    if (size > SCEP_MAX_CEK_FILE) {
        add_error(errors, g_strdup("too large for a file of content keys"));
        return 0;
    }
    for (size_t start = 0; start < size; number++) {
        const char *line = text + start;
        const char *newline = memchr(line, '\n', size - start);
        size_t length = newline != NULL ? (size_t)(newline - line) : size - start;

        start += length + 1;
        while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == ' '))
            length--;
        if (length == 0 || line[0] == '#')
            continue;
        const char *error = read_line(table, line, length);
        if (error == NULL)
            taken++;
        else
            add_error(errors, g_strdup_printf("line %" G_GSIZE_FORMAT ": %s", number + 1, error));
    }
    return taken;
}

size_t scep_cek_table_load(ScepCekTable *table, const char *path, GPtrArray *errors)
{
    char *error;
    size_t size;
    char *text = scep_file_new_text(path, SCEP_MAX_CEK_FILE, NULL, &size, &error);

    if (text == NULL) {
        add_error(errors, error);
        return 0;
    }
    const size_t taken = scep_cek_table_read(table, text, size, errors);
    OPENSSL_cleanse(text, size);
    g_free(text);
    return taken;
}

/* A label must not end the line or hide what follows, and has to leave the line readable again. */
static void append_label(GString *line, const char *label)
{
    char *valid = g_utf8_make_valid(label, -1);

    g_string_append(line, " # ");
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        const gunichar letter = g_utf8_get_char(at);
        if (line->len + 8 < SCEP_MAX_CEK_LINE && !g_unichar_iscntrl(letter))
            g_string_append_unichar(line, letter);
    }
    g_free(valid);
}

char *scep_cek_new_line(const uint8_t content_sha256[32], const uint8_t *key, size_t size, const char *label)
{
    if (size == 0 || size > SCEP_MAX_CEK)
        return NULL;
    /* As large as it can get, so that no half of it is left behind by a reallocation. */
    GString *line = g_string_sized_new(SCEP_MAX_CEK_LINE + 16);
    g_string_append(line, WORD);
    scep_hex_append(line, content_sha256, 32);
    g_string_append_c(line, ' ');
    scep_hex_append(line, key, size);
    if (label != NULL && *label != '\0')
        append_label(line, label);
    g_string_append_c(line, '\n');
    return g_string_free(line, FALSE);
}

void scep_cek_line_free(char *line)
{
    scep_secret_text_free(line);
}
