/* key_source.c
 * Reads private keys from files and OSSL_STORE URIs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>
#include <string.h>

#include "crypto/keyring.h"
#include "crypto/crypto.h"
#include "scep/crypto.h"
#include "scep/limits.h"
#include "crypto/secret.h"

/* One source while it is being read. */
typedef struct {
    ScepKeyring *keyring;
    const char *passphrase; /* "" for none */
    const char *label;
    ScepKeySource *result;
    bool asked; /* something in it is encrypted */
} Reader;

static void take_key(Reader *reader, EVP_PKEY *key)
{
    if (key == NULL)
        return;
    if (reader->result->keys >= SCEP_MAX_KEYS_PER_SOURCE) {
        EVP_PKEY_free(key);
        return;
    }
    scep_keyring_take_key(reader->keyring, key, reader->label);
    reader->result->keys++;
}

/* Certificates may stand before their key, so they are collected and booked at the end. */
static void take_certificate(Reader *reader, const X509 *certificate, GPtrArray *certificates)
{
    unsigned char *der = NULL;
    const int size = certificate != NULL ? i2d_X509(certificate, &der) : 0;

    if (size > 0 && certificates->len < SCEP_MAX_KEYS_PER_SOURCE) {
        g_ptr_array_add(certificates, g_bytes_new(der, (gsize)size));
        reader->result->certificates++;
    }
    OPENSSL_free(der);
}

static void book_certificates(Reader *reader, const GPtrArray *certificates)
{
    for (guint i = 0; i < certificates->len; i++) {
        size_t size;
        const uint8_t *der = g_bytes_get_data(g_ptr_array_index(certificates, i), &size);
        scep_keyring_take_certificate(reader->keyring, der, size);
    }
}

/* ---- PKCS#12 (RFC 7292) ------------------------------------------------------------------------------------------ */

/* OSSL_STORE would decrypt these outside of the library context given to it, and take the first key only. */
static void take_bags(Reader *reader, const STACK_OF(PKCS12_SAFEBAG) * bags, GPtrArray *certificates, unsigned depth)
{
    const int size = (int)strlen(reader->passphrase);

    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && depth < 4; i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        PKCS8_PRIV_KEY_INFO *info;
        X509 *certificate;

        switch (PKCS12_SAFEBAG_get_nid(bag)) {
        case NID_keyBag:
            take_key(reader, EVP_PKCS82PKEY_ex(PKCS12_SAFEBAG_get0_p8inf(bag), scep_crypto_context(), NULL));
            break;
        case NID_pkcs8ShroudedKeyBag:
            reader->asked = true;
            info = PKCS12_decrypt_skey_ex(bag, reader->passphrase, size, scep_crypto_context(), NULL);
            if (info != NULL)
                take_key(reader, EVP_PKCS82PKEY_ex(info, scep_crypto_context(), NULL));
            PKCS8_PRIV_KEY_INFO_free(info);
            break;
        case NID_certBag:
            certificate = PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate ? PKCS12_SAFEBAG_get1_cert(bag) : NULL;
            take_certificate(reader, certificate, certificates);
            X509_free(certificate);
            break;
        case NID_safeContentsBag:
            take_bags(reader, PKCS12_SAFEBAG_get0_safes(bag), certificates, depth + 1);
            break;
        default:
            break;
        }
    }
}

static void take_pkcs12(Reader *reader, PKCS12 *p12, GPtrArray *certificates)
{
    const char *passphrase = reader->passphrase;
    const int size = (int)strlen(passphrase);

    if (PKCS12_mac_present(p12)) {
        /* An empty passphrase is encoded in two ways (RFC 7292 B.1): as an empty string or as none. */
        reader->asked = !PKCS12_verify_mac(p12, passphrase, size) && !(size == 0 && PKCS12_verify_mac(p12, NULL, 0));
        if (reader->asked)
            return;
    }
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
    for (int i = 0; i < sk_PKCS7_num(safes); i++) {
        PKCS7 *safe = sk_PKCS7_value(safes, i);
        STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

        if (PKCS7_type_is_data(safe)) {
            bags = PKCS12_unpack_p7data(safe);
        } else if (PKCS7_type_is_encrypted(safe)) {
            bags = PKCS12_unpack_p7encdata(safe, passphrase, size);
            reader->asked |= bags == NULL;
        }
        take_bags(reader, bags, certificates, 0);
        sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    }
    sk_PKCS7_pop_free(safes, PKCS7_free);
}

static bool try_pkcs12(Reader *reader, const uint8_t *data, size_t size, GPtrArray *certificates)
{
    const unsigned char *cursor = data;
    PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, scep_crypto_context(), NULL);

    if (p12 == NULL || d2i_PKCS12(&p12, &cursor, (long)size) == NULL) {
        PKCS12_free(p12);
        return false;
    }
    take_pkcs12(reader, p12, certificates);
    PKCS12_free(p12);
    return true;
}

/* ---- everything else: OSSL_STORE --------------------------------------------------------------------------------- */

/* pem_password_cb: never a prompt, whatever the host's default is. */
static int give_passphrase(char *buffer, int size, G_GNUC_UNUSED int is_write, void *data)
{
    Reader *reader = data;
    const size_t length = strlen(reader->passphrase);

    reader->asked = true;
    if (length == 0 || size < 0 || length > (size_t)size)
        return -1;
    memcpy(buffer, reader->passphrase, length);
    return (int)length;
}

static void take_store(Reader *reader, OSSL_STORE_CTX *store, GPtrArray *certificates)
{
    /* Each round takes one object or meets one error, and no source has more than this. */
    for (unsigned round = 0; round < 4 * SCEP_MAX_KEYS_PER_SOURCE && !OSSL_STORE_eof(store); round++) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);

        if (info == NULL)
            continue;
        if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
            take_key(reader, OSSL_STORE_INFO_get1_PKEY(info));
        else if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_CERT)
            take_certificate(reader, OSSL_STORE_INFO_get0_CERT(info), certificates);
        OSSL_STORE_INFO_free(info);
    }
}

static void read_bytes(Reader *reader, const uint8_t *data, size_t size, GPtrArray *certificates)
{
    if (size > 0 && data[0] == 0x30 && try_pkcs12(reader, data, size, certificates))
        return;

    UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(give_passphrase, 0);
    BIO *bio = BIO_new_mem_buf(data, (int)size);
    OSSL_STORE_CTX *store = ui != NULL && bio != NULL ? OSSL_STORE_attach(bio, "file", scep_crypto_context(), NULL, ui,
                                                                          reader, NULL, NULL, NULL)
                                                      : NULL;
    if (store != NULL)
        take_store(reader, store, certificates);
    OSSL_STORE_close(store);
    BIO_free(bio);
    UI_destroy_method(ui);
}

/* Providers beyond the two of the context are loaded only when a URI asks for one. */
static bool load_provider(Reader *reader, const char *name)
{
    OSSL_PROVIDER *provider = OSSL_PROVIDER_load(scep_crypto_context(), name);

    if (provider == NULL) {
        reader->result->error = g_strdup_printf("cannot open: the OpenSSL provider \"%s\" is not installed", name);
        return false;
    }
    g_ptr_array_add(reader->keyring->providers, provider);
    return true;
}

static void read_uri(Reader *reader, const char *uri, GPtrArray *certificates)
{
    if (g_ascii_strncasecmp(uri, "pkcs11:", 7) == 0 && !load_provider(reader, "pkcs11"))
        return;
    UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(give_passphrase, 0);
    OSSL_STORE_CTX *store =
        ui != NULL ? OSSL_STORE_open_ex(uri, scep_crypto_context(), NULL, ui, reader, NULL, NULL, NULL) : NULL;
    if (store != NULL)
        take_store(reader, store, certificates);
    else
        reader->result->error = g_strdup("cannot open: OpenSSL has nothing for this kind of URI, or cannot reach it");
    OSSL_STORE_close(store);
    UI_destroy_method(ui);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* RFC 3986 3.1. One letter before the colon is a drive. */
static bool is_uri(const char *source)
{
    size_t length = 0;

    while (g_ascii_isalnum(source[length]) ||
           (length > 0 && strchr("+-.", source[length]) != NULL && source[length] != '\0'))
        length++;
    return length > 1 && source[length] == ':' && g_ascii_isalpha(source[0]) &&
           !g_file_test(source, G_FILE_TEST_EXISTS);
}

static void note_permissions(G_GNUC_UNUSED Reader *reader, G_GNUC_UNUSED unsigned mode)
{
#ifdef G_OS_UNIX
    if (mode & 044)
        reader->result->warning = g_strdup_printf(
            "The file of \"%s\" can be read by other users of this machine (mode %04o)", reader->label, mode);
#else
#endif
}

static void read_path(Reader *reader, const char *path, GPtrArray *certificates)
{
    unsigned mode;
    size_t size;
    char *data = scep_file_new_text(path, SCEP_MAX_KEY_FILE, &mode, &size, &reader->result->error);

    if (data == NULL)
        return;
    note_permissions(reader, mode);
    read_bytes(reader, (uint8_t *)data, size, certificates);
    OPENSSL_cleanse(data, size);
    g_free(data);
}

static void conclude(Reader *reader)
{
    ScepKeySource *result = reader->result;

    if (result->keys > 0 || result->error != NULL)
        return;
    if (reader->asked && reader->passphrase[0] == '\0')
        result->error = g_strdup("the key is encrypted, and no passphrase is given");
    else if (reader->asked)
        result->error = g_strdup("wrong passphrase");
    else if (result->certificates > 0)
        result->error = g_strdup("no private key in this file, only certificates");
    else
        result->error = g_strdup("no private key in this file");
}

void scep_key_source_read(ScepKeyring *keyring, const char *source, const char *passphrase, const char *label,
                          ScepKeySource *result)
{
    Reader reader = {
        .keyring = keyring, .passphrase = passphrase != NULL ? passphrase : "", .label = label, .result = result
    };
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

    if (strlen(reader.passphrase) > SCEP_MAX_PASSWORD) {
        result->error = g_strdup("the passphrase is too long");
    } else if (g_str_has_prefix(source, "file:") && !g_file_test(source, G_FILE_TEST_EXISTS)) {
        char *path = g_filename_from_uri(source, NULL, NULL);
        read_path(&reader, path != NULL ? path : source + strlen("file:"), certificates);
        g_free(path);
    } else if (is_uri(source)) {
        read_uri(&reader, source, certificates);
    } else {
        read_path(&reader, source, certificates);
    }
    book_certificates(&reader, certificates);
    g_ptr_array_unref(certificates);
    conclude(&reader);
}
