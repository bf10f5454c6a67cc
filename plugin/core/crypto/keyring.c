/* keyring.c
 * The private keys and passwords that the user has configured, and what the capture tells about whose they are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "crypto/keyring.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <string.h>

#include "crypto/crypto.h"
#include "scep/limits.h"
#include "crypto/secret.h"
#include "asn1/x509_spans.h"

static void free_key(gpointer data)
{
    ScepKey *key = data;

    EVP_PKEY_free(key->key);
    g_free(key->label);
    g_free(key);
}

static void free_password(gpointer data)
{
    ScepPassword *password = data;

    scep_secret_text_free(password->text);
    g_free(password->label);
    g_free(password);
}

static void unload_provider(gpointer provider)
{
    OSSL_PROVIDER_unload(provider);
}

static GHashTable *new_name_table(void)
{
    return g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                                 (GDestroyNotify)g_ptr_array_unref);
}

ScepKeyring *scep_keyring_new(void)
{
    ScepKeyring *keyring = g_new0(ScepKeyring, 1);

    keyring->keys = g_ptr_array_new_with_free_func(free_key);
    keyring->passwords = g_ptr_array_new_with_free_func(free_password);
    keyring->by_spki = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    keyring->by_name = new_name_table();
    keyring->by_learned_name = new_name_table();
    keyring->others = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    keyring->failures = g_string_new(NULL);
    keyring->warnings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    keyring->providers = g_ptr_array_new_with_free_func(unload_provider);
    return keyring;
}

void scep_keyring_free(ScepKeyring *keyring)
{
    if (keyring == NULL)
        return;
    g_hash_table_unref(keyring->by_learned_name);
    g_hash_table_unref(keyring->by_name);
    g_hash_table_unref(keyring->by_spki);
    g_hash_table_unref(keyring->others);
    g_ptr_array_unref(keyring->keys);
    g_ptr_array_unref(keyring->passwords);
    g_string_free(keyring->failures, TRUE);
    g_hash_table_unref(keyring->warnings);
    /* Keys of a provider first, then the provider. */
    g_ptr_array_unref(keyring->providers);
    g_free(keyring->external_label);
    g_free(keyring);
}

void scep_key_source_clear(ScepKeySource *result)
{
    g_free(result->error);
    g_free(result->warning);
    memset(result, 0, sizeof *result);
}

/* The last part of a path or URI. A PKCS#11 URI may have its PIN in the query (RFC 7512 2.3), or, wrongly, before. */
static char *default_label(const char *source)
{
    char *visible = g_strdup(source);

    if (strchr(source, ':') != NULL && !g_file_test(source, G_FILE_TEST_EXISTS)) {
        char *pin = strstr(visible, ";pin-");
        if (pin != NULL)
            *pin = '\0';
        visible[strcspn(visible, "?")] = '\0';
    }
    char *base = g_path_get_basename(visible);
    char *label = g_utf8_make_valid(base, -1);
    g_free(base);
    scep_secret_text_free(visible);
    return label;
}

void scep_keyring_add_source(ScepKeyring *keyring, const char *source, const char *passphrase, const char *label,
                             ScepKeySource *result)
{
    ScepKeySource own = { 0 };
    char *name = label != NULL && *label != '\0' ? g_utf8_make_valid(label, -1) : default_label(source);

    ERR_set_mark();
    scep_key_source_read(keyring, source, passphrase, name, &own);
    ERR_pop_to_mark();
    if (own.error != NULL)
        g_string_append_printf(keyring->failures, "%s%s: %s", keyring->failures->len > 0 ? "; " : "", name, own.error);
    if (own.warning != NULL)
        g_hash_table_insert(keyring->warnings, g_strdup(name), g_strdup(own.warning));
    g_free(name);
    if (result != NULL)
        *result = own;
    else
        scep_key_source_clear(&own);
}

bool scep_keyring_add_password(ScepKeyring *keyring, const char *password, const char *label)
{
    const size_t size = password != NULL ? strlen(password) : 0;

    if (size == 0 || size > SCEP_MAX_PASSWORD)
        return false;
    ScepPassword *entry = g_new0(ScepPassword, 1);
    entry->text = g_strdup(password);
    entry->size = size;
    entry->label = label != NULL && *label != '\0' ? g_utf8_make_valid(label, -1)
                                                   : g_strdup_printf("password %u", keyring->passwords->len + 1);
    g_ptr_array_add(keyring->passwords, entry);
    return true;
}

bool scep_keyring_is_empty(const ScepKeyring *keyring)
{
    return keyring == NULL || (keyring->keys->len == 0 && keyring->passwords->len == 0 && keyring->external == NULL);
}

const char *scep_keyring_get0_warning(const ScepKeyring *keyring, const char *label)
{
    return label != NULL ? g_hash_table_lookup(keyring->warnings, label) : NULL;
}

const char *scep_keyring_get0_failures(const ScepKeyring *keyring)
{
    return keyring->failures->len > 0 ? keyring->failures->str : NULL;
}

void scep_keyring_set_external(ScepKeyring *keyring, ScepExternalDecrypt decrypt, void *user_data, const char *label)
{
    g_free(keyring->external_label);
    keyring->external = decrypt;
    keyring->external_data = user_data;
    keyring->external_label = g_strdup(label != NULL ? label : "");
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* Serial number and issuer in one; the length keeps apart where one ends and the other begins. */
static GBytes *serial_name(const uint8_t *issuer, size_t issuer_size, const uint8_t *serial, size_t serial_size)
{
    const uint32_t length = (uint32_t)serial_size;
    GByteArray *name = g_byte_array_sized_new((guint)(sizeof length + serial_size + issuer_size));

    g_byte_array_append(name, (const guint8 *)&length, sizeof length);
    g_byte_array_append(name, serial, (guint)serial_size);
    g_byte_array_append(name, issuer, (guint)issuer_size);
    return g_byte_array_free_to_bytes(name);
}

/* @a name is taken over. Devices with self-signed certificates may share a name, so there may be several keys. */
static void add_name(GHashTable *table, GBytes *name, ScepKey *key)
{
    GPtrArray *keys = g_hash_table_lookup(table, name);

    if (keys == NULL) {
        keys = g_ptr_array_new();
        g_hash_table_insert(table, name, keys);
    } else {
        g_bytes_unref(name);
    }
    if (!g_ptr_array_find(keys, key, NULL))
        g_ptr_array_add(keys, key);
}

static const GPtrArray *find_name(const ScepKeyring *keyring, GBytes *name)
{
    const GPtrArray *keys = g_hash_table_lookup(keyring->by_name, name);

    if (keys == NULL)
        keys = g_hash_table_lookup(keyring->by_learned_name, name);
    g_bytes_unref(name);
    return keys;
}

const GPtrArray *scep_keyring_get0_by_serial(const ScepKeyring *keyring, const uint8_t *issuer, size_t issuer_size,
                                             const uint8_t *serial, size_t serial_size)
{
    return find_name(keyring, serial_name(issuer, issuer_size, serial, serial_size));
}

const GPtrArray *scep_keyring_get0_by_key_id(const ScepKeyring *keyring, const uint8_t *key_id, size_t size)
{
    return find_name(keyring, g_bytes_new(key_id, size));
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

static void hash_public(ScepKey *key)
{
    unsigned char *der = NULL;
    const int size = i2d_PUBKEY(key->key, &der);
    ScepSpki spki;

    key->has_public = size > 0 && scep_spki_read(der, (size_t)size, 0, &spki) &&
                      scep_crypto_sha256(der, (size_t)size, key->spki_sha256) &&
                      scep_crypto_sha1(der + spki.key.offset, spki.key.length, key->key_id);
    OPENSSL_free(der);
}

static ScepKey *find_spki(const ScepKeyring *keyring, const uint8_t spki_sha256[32])
{
    GBytes *hash = g_bytes_new_static(spki_sha256, 32);
    ScepKey *key = g_hash_table_lookup(keyring->by_spki, hash);

    g_bytes_unref(hash);
    return key;
}

bool scep_keyring_take_key(ScepKeyring *keyring, EVP_PKEY *key, const char *label)
{
    ScepKey *entry = g_new0(ScepKey, 1);

    entry->key = key;
    entry->label = g_strdup(label);
    hash_public(entry);
    if (entry->has_public && find_spki(keyring, entry->spki_sha256) != NULL) {
        free_key(entry);
        return false;
    }
    g_ptr_array_add(keyring->keys, entry);
    if (entry->has_public) {
        g_hash_table_insert(keyring->by_spki, g_bytes_new(entry->spki_sha256, sizeof entry->spki_sha256), entry);
        add_name(keyring->by_name, g_bytes_new(entry->key_id, sizeof entry->key_id), entry);
    }
    return true;
}

/* Books what the certificate calls the key. @return the key, NULL when it is none of ours */
static ScepKey *book_certificate(ScepKeyring *keyring, GHashTable *table, const uint8_t *der,
                                 const ScepX509Spans *spans)
{
    uint8_t hash[32];
    ScepKey *key = NULL;

    if (scep_crypto_sha256(der + spans->spki.offset, spans->spki.length, hash))
        key = find_spki(keyring, hash);
    if (key == NULL || spans->issuer.length + spans->serial.length + spans->key_id.length > SCEP_MAX_LEARNED_NAME ||
        (table == keyring->by_learned_name && g_hash_table_size(table) >= SCEP_MAX_LEARNED_OWN))
        return key;
    add_name(
        table,
        serial_name(der + spans->issuer.offset, spans->issuer.length, der + spans->serial.offset, spans->serial.length),
        key);
    if (spans->key_id.length > 0)
        add_name(table, g_bytes_new(der + spans->key_id.offset, spans->key_id.length), key);
    return key;
}

void scep_keyring_take_certificate(ScepKeyring *keyring, const uint8_t *der, size_t size)
{
    ScepX509Spans spans;

    if (scep_x509_spans_read(der, size, &spans))
        book_certificate(keyring, keyring->by_name, der, &spans);
}

/* ---- what the capture tells -------------------------------------------------------------------------------------- */

/* Other people's certificates are many, so only 64 bits of a hash are kept of each: a clash makes one recipient go
 * untried, which a configured certificate mends. */
static gint64 short_name(const uint8_t *issuer, size_t issuer_size, const uint8_t *serial, size_t serial_size)
{
    GBytes *name = serial_name(issuer, issuer_size, serial, serial_size);
    uint8_t hash[32] = { 0 };
    gint64 result;
    size_t size;
    const uint8_t *octets = g_bytes_get_data(name, &size);

    scep_crypto_sha256(octets, size, hash);
    memcpy(&result, hash, sizeof result);
    g_bytes_unref(name);
    return result;
}

/* An entry: the hash that is the key, and the SPKI's SHA-1 where the external service needs it, in one allocation. */
typedef struct {
    gint64 name;
    uint8_t spki_sha1[];
} Other;

static void learn_other(ScepKeyring *keyring, const uint8_t *der, const ScepX509Spans *spans)
{
    const bool with_hash = keyring->external != NULL;

    if (g_hash_table_size(keyring->others) >= SCEP_MAX_LEARNED_OTHER)
        return;
    Other *other = g_malloc0(sizeof *other + (with_hash ? 20 : 0));
    other->name =
        short_name(der + spans->issuer.offset, spans->issuer.length, der + spans->serial.offset, spans->serial.length);
    if (g_hash_table_contains(keyring->others, &other->name)) {
        g_free(other);
        return;
    }
    if (with_hash)
        scep_crypto_sha1(der + spans->spki.offset, spans->spki.length, other->spki_sha1);
    g_hash_table_insert(keyring->others, &other->name, with_hash ? other->spki_sha1 : NULL);
}

bool scep_keyring_learn_certificate(ScepKeyring *keyring, const uint8_t *der, size_t size)
{
    ScepX509Spans spans;

    if ((keyring->keys->len == 0 && keyring->external == NULL) || !scep_x509_spans_read(der, size, &spans))
        return false;
    if (book_certificate(keyring, keyring->by_learned_name, der, &spans) != NULL)
        return true;
    learn_other(keyring, der, &spans);
    return false;
}

bool scep_keyring_is_other(const ScepKeyring *keyring, const uint8_t *issuer, size_t issuer_size, const uint8_t *serial,
                           size_t serial_size, const uint8_t **spki_sha1)
{
    gpointer hash = NULL;

    *spki_sha1 = NULL;
    if (g_hash_table_size(keyring->others) == 0)
        return false;
    const gint64 name = short_name(issuer, issuer_size, serial, serial_size);
    const bool found = g_hash_table_lookup_extended(keyring->others, &name, NULL, &hash);
    *spki_sha1 = hash;
    return found;
}

void scep_keyring_forget(ScepKeyring *keyring)
{
    g_hash_table_remove_all(keyring->by_learned_name);
    g_hash_table_remove_all(keyring->others);
    keyring->iterations = 0;
}
