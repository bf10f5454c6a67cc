/* preferences.c
 * Switches, keys and passwords.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "preferences.h"

#include <epan/prefs.h>
#include <epan/uat.h>

#include "uat_text.h"

ScepPreferences scep_preferences = { .verify = TRUE, .decrypt = TRUE, .cek_file = "", .file_name = "" };

/* One row of the table of keys. Epan scope, owned by the table. */
typedef struct {
    char *file;
    char *passphrase;
    char *label;
} KeyRow;

/* One row of the table of passwords. */
typedef struct {
    char *password;
    char *label;
} PasswordRow;

static uat_t *key_uat;
static KeyRow *key_rows;
static unsigned key_row_count;
static uat_t *password_uat;
static PasswordRow *password_rows;
static unsigned password_row_count;

UAT_TEXT_CB_DEF(scep_keys, file, KeyRow)
UAT_TEXT_CB_DEF(scep_keys, passphrase, KeyRow)
UAT_TEXT_CB_DEF(scep_keys, label, KeyRow)
UAT_TEXT_CB_DEF(scep_passwords, password, PasswordRow)
UAT_TEXT_CB_DEF(scep_passwords, label, PasswordRow)

static void wipe(char *secret)
{
    if (secret != NULL)
        memset(secret, 0, strlen(secret));
    g_free(secret);
}

static void *copy_key(void *to, const void *from, size_t size _U_)
{
    const KeyRow *source = from;
    KeyRow *target = to;

    target->file = g_strdup(source->file);
    target->passphrase = g_strdup(source->passphrase);
    target->label = g_strdup(source->label);
    return target;
}

static void free_key(void *row)
{
    KeyRow *key = row;

    g_free(key->file);
    wipe(key->passphrase);
    g_free(key->label);
}

static const char backslash_advice[] =
    ". In this table a backslash takes away the meaning of what follows: write C:/folder/file, or each backslash twice";

/* "C:Usersmekey.pem": a drive, and no folder behind it. */
static bool has_lost_backslashes(const char *file)
{
    return file != NULL && g_ascii_isalpha(file[0]) && file[1] == ':' && strpbrk(file, "/\\") == NULL;
}

/* Tries the row, so that the dialog (or the command line) says at once what is wrong with it. */
static ws_bool_t check_key(void *row, char **error)
{
    const KeyRow *key = row;
    ScepKeyring *trial = scep_keyring_new();
    ScepKeySource result = { 0, 0, NULL, NULL };

    *error = NULL;
    scep_keyring_add_source(trial, key->file, key->passphrase, key->label, &result);
    if (result.error != NULL)
        *error = g_strdup_printf("%s: %s%s", key->file, result.error,
                                 has_lost_backslashes(key->file) ? backslash_advice : "");
    scep_key_source_clear(&result);
    scep_keyring_free(trial);
    return *error == NULL;
}

static void *copy_password(void *to, const void *from, size_t size _U_)
{
    const PasswordRow *source = from;
    PasswordRow *target = to;

    target->password = g_strdup(source->password);
    target->label = g_strdup(source->label);
    return target;
}

static void free_password(void *row)
{
    PasswordRow *password = row;

    wipe(password->password);
    g_free(password->label);
}

static ws_bool_t check_password(void *row, char **error)
{
    const PasswordRow *password = row;

    *error = password->password == NULL || password->password[0] == '\0' ? g_strdup("An empty password") : NULL;
    return *error == NULL;
}

static void load_keys(void)
{
    scep_keyring_free(scep_preferences.keyring);
    scep_preferences.keyring = scep_keyring_new();
    scep_preferences.keys_changed = true;
    for (unsigned i = 0; i < key_row_count; i++)
        scep_keyring_add_source(scep_preferences.keyring, key_rows[i].file, key_rows[i].passphrase, key_rows[i].label,
                                NULL);
    for (unsigned i = 0; i < password_row_count; i++)
        scep_keyring_add_password(scep_preferences.keyring, password_rows[i].password, password_rows[i].label);
}

static void load_content_keys(void)
{
    static char *loaded;
    GPtrArray *errors;

    if (g_strcmp0(loaded, scep_preferences.cek_file) == 0)
        return;
    g_free(loaded);
    loaded = g_strdup(scep_preferences.cek_file);
    scep_cek_table_free(scep_preferences.ceks);
    scep_preferences.ceks = scep_cek_table_new();
    scep_preferences.keys_changed = true;
    if (scep_preferences.cek_file == NULL || scep_preferences.cek_file[0] == '\0')
        return;
    errors = g_ptr_array_new_with_free_func(g_free);
    scep_cek_table_load(scep_preferences.ceks, scep_preferences.cek_file, errors);
    for (guint i = 0; i < errors->len; i++)
        g_warning("SCEP: %s: %s", scep_preferences.cek_file, (const char *)g_ptr_array_index(errors, i));
    g_ptr_array_unref(errors);
}

static void register_tables(module_t *module)
{
    static uat_field_t key_fields[] = {
        UAT_FLD_FILENAME(scep_keys, file, "Key file or URI",
                         "PEM, DER, PKCS#8 or PKCS#12 file with a private key, or an OSSL_STORE URI such as pkcs11:"),
        UAT_FLD_CSTRING(scep_keys, passphrase, "Passphrase", "Passphrase of the file, if it has one"),
        UAT_FLD_CSTRING(scep_keys, label, "Label", "Name of the key in the tree; the file's name when empty"),
        UAT_END_FIELDS
    };
    static uat_field_t password_fields[] = {
        UAT_FLD_CSTRING(scep_passwords, password, "Password", "Password of requests for a password recipient"),
        UAT_FLD_CSTRING(scep_passwords, label, "Label", "Name of the password in the tree"), UAT_END_FIELDS
    };

    key_uat = uat_new("SCEP keys", sizeof(KeyRow), "scep_keys", TRUE, &key_rows, &key_row_count, UAT_AFFECTS_DISSECTION,
                      NULL, copy_key, check_key, free_key, load_keys, NULL, key_fields);
    password_uat = uat_new("SCEP passwords", sizeof(PasswordRow), "scep_passwords", TRUE, &password_rows,
                           &password_row_count, UAT_AFFECTS_DISSECTION, NULL, copy_password, check_password,
                           free_password, load_keys, NULL, password_fields);
    prefs_register_uat_preference(
        module, "keys", "Private keys",
        "Private keys that open the envelopes: the RA's or CA's for requests, the device's for answers", key_uat);
    prefs_register_uat_preference(module, "passwords", "Passwords",
                                  "Passwords of requests that are encrypted for a password (RFC 8894 3.1)",
                                  password_uat);
}

module_t *scep_register_preferences(int proto)
{
    static const enum_val_t weaknesses[] = {
        { "catalog", "what the hint says by itself", 0 },
        { "note", "notes", SCEP_SEVERITY_NOTE },
        { "warning", "warnings", SCEP_SEVERITY_WARNING },
        { "error", "errors", SCEP_SEVERITY_ERROR },
        { NULL, NULL, 0 },
    };
    module_t *module = prefs_register_protocol(proto, load_content_keys);

    scep_preferences.keyring = scep_keyring_new();
    scep_preferences.ceks = scep_cek_table_new();
    scep_preferences.memory = scep_memory_new();
    register_tables(module);
    prefs_register_filename_preference(
        module, "cek_file", "Content key file",
        "File of content-encryption keys, so that a capture can be shared readable without "
        "the private key",
        &scep_preferences.cek_file, FALSE);
    prefs_register_bool_preference(module, "verify", "Check digests and signatures",
                                   "Check the digest and the signature of each message", &scep_preferences.verify);
    prefs_register_bool_preference(module, "decrypt", "Open envelopes",
                                   "Use the keys, passwords and content keys below", &scep_preferences.decrypt);
    prefs_register_string_preference(
        module, "file_name", "Name of the capture file",
        "What the JSON report says under \"files\": a plugin is not told which file is read",
        &scep_preferences.file_name);
    prefs_register_enum_preference(module, "weak_severity", "Weak algorithms and keys are",
                                   "Severity of the hints about algorithms and keys that work, but are weak: MD5, "
                                   "SHA-1, single DES, RSA keys of less than 2048 bits",
                                   &scep_preferences.weakness, weaknesses, FALSE);
    prefs_register_bool_preference(
        module, "reveal_challenge", "Show challenge passwords",
        "Show challenge passwords in clear. They are secrets: without this only their length "
        "and SHA-256 are shown.",
        &scep_preferences.reveal_challenge);
    return module;
}

void scep_preferences_cleanup(void)
{
    scep_memory_free(scep_preferences.memory);
    scep_preferences.memory = NULL;
    scep_keyring_free(scep_preferences.keyring);
    scep_cek_table_free(scep_preferences.ceks);
    scep_preferences.keyring = NULL;
    scep_preferences.ceks = NULL;
}
