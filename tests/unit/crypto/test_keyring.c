/* test_keyring.c
 * Key files of every kind, what goes wrong with them, and whose keys they are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib/gstdio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "cms_fixture.h"
#include "crypto/keyring.h"
#include "crypto/crypto.h"
#include "scep/limits.h"
#include "asn1/x509_spans.h"

#define PASSPHRASE "correct horse"

static char *folder;

static char *path_of(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

/* What a BIO holds goes into a file that only its owner can read. @return its path, g_free() */
static char *write_bio(const char *name, BIO *bio)
{
    char *data = NULL, *path = path_of(name);
    const long size = BIO_get_mem_data(bio, &data);

    assert_true(g_file_set_contents(path, data, size, NULL));
    assert_int_equal(g_chmod(path, 0600), 0);
    BIO_free(bio);
    return path;
}

static BIO *new_bio(void)
{
    return BIO_new(BIO_s_mem());
}

/* Loads one source into a fresh keyring. */
static ScepKeyring *load(const char *path, const char *passphrase, const char *label, ScepKeySource *result)
{
    ScepKeyring *keyring = scep_keyring_new();

    scep_keyring_add_source(keyring, path, passphrase, label, result);
    assert_int_equal(ERR_peek_error(), 0);
    return keyring;
}

/* The file gives these keys and no error. */
static void expect_keys(const char *path, const char *passphrase, unsigned keys, unsigned certificates)
{
    ScepKeySource result;
    ScepKeyring *keyring = load(path, passphrase, NULL, &result);

    assert_null(result.error);
    assert_null(result.warning);
    assert_int_equal(result.keys, keys);
    assert_int_equal(result.certificates, certificates);
    assert_int_equal(keyring->keys->len, keys);
    assert_null(scep_keyring_get0_failures(keyring));
    scep_key_source_clear(&result);
    scep_keyring_free(keyring);
}

/* The file gives no key, and this error, which has no passphrase in it. */
static void expect_error(const char *path, const char *passphrase, const char *error)
{
    ScepKeySource result;
    ScepKeyring *keyring = load(path, passphrase, "my key", &result);

    assert_int_equal(result.keys, 0);
    assert_int_equal(keyring->keys->len, 0);
    assert_string_equal(result.error, error);
    char *failure = g_strdup_printf("my key: %s", error);
    assert_string_equal(scep_keyring_get0_failures(keyring), failure);
    if (passphrase != NULL && *passphrase != '\0')
        assert_null(strstr(scep_keyring_get0_failures(keyring), passphrase));
    g_free(failure);
    scep_key_source_clear(&result);
    scep_keyring_free(keyring);
}

static void test_pem_and_der(void **state)
{
    static const FixtureKey kinds[] = { KEY_CA, KEY_EC, KEY_ED25519 };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        EVP_PKEY *key = fixture_key(kinds[i]);
        BIO *pem = new_bio(), *traditional = new_bio(), *der = new_bio(), *info = new_bio();

        PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL);
        if (kinds[i] == KEY_ED25519) /* has no traditional form */
            PEM_write_bio_PrivateKey(traditional, key, NULL, NULL, 0, NULL, NULL);
        else
            PEM_write_bio_PrivateKey_traditional(traditional, key, NULL, NULL, 0, NULL, NULL);
        i2d_PrivateKey_bio(der, key);
        i2d_PKCS8PrivateKeyInfo_bio(info, key);
        BIO *const forms[] = { pem, traditional, der, info };
        for (size_t form = 0; form < G_N_ELEMENTS(forms); form++) {
            char *path = write_bio("plain.key", forms[form]);
            expect_keys(path, NULL, 1, 0);
            expect_keys(path, "not needed", 1, 0);
            g_free(path);
        }
    }
}

static void test_encrypted(void **state)
{
    static const char *const ciphers[] = { "AES-256-CBC", "DES-EDE3-CBC", "DES-CBC" };
    EVP_PKEY *key = fixture_key(KEY_CA);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ciphers); i++) {
        EVP_CIPHER *cipher = EVP_CIPHER_fetch(scep_crypto_context(), ciphers[i], NULL);
        for (unsigned form = 0; form < 2; form++) {
            BIO *bio = new_bio();
            const int done =
                form ? i2d_PKCS8PrivateKey_bio(bio, key, cipher, PASSPHRASE, strlen(PASSPHRASE), NULL, NULL)
                     : PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, PASSPHRASE, strlen(PASSPHRASE), NULL, NULL);
            if (!done) { /* OpenSSL looks for single DES outside of the context here */
                assert_string_equal(ciphers[i], "DES-CBC");
                BIO_free(bio);
                ERR_clear_error();
                continue;
            }
            char *path = write_bio("encrypted.key", bio);
            expect_keys(path, PASSPHRASE, 1, 0);
            expect_error(path, "wrong horse", "wrong passphrase");
            expect_error(path, "", "the key is encrypted, and no passphrase is given");
            expect_error(path, NULL, "the key is encrypted, and no passphrase is given");
            g_free(path);
        }
        EVP_CIPHER_free(cipher);
    }
}

/* @param key_nid, certificate_nid  PBE algorithms; -1 for none */
static char *write_pkcs12(const char *name, const char *passphrase, int key_nid, int certificate_nid, int mac)
{
    X509 *certificate = fixture_certificate(fixture_key(KEY_CA), "CA", NULL, NULL, 77, true);
    STACK_OF(X509) *others = sk_X509_new_null();
    X509 *other = fixture_certificate(fixture_key(KEY_OTHER), "other", NULL, NULL, 78, true);

    sk_X509_push(others, other);
    PKCS12 *p12 = PKCS12_create_ex(passphrase, "name", fixture_key(KEY_CA), certificate, others, key_nid,
                                   certificate_nid, 100, mac, 0, scep_crypto_context(), NULL);
    assert_non_null(p12);
    BIO *bio = new_bio();
    i2d_PKCS12_bio(bio, p12);
    PKCS12_free(p12);
    sk_X509_pop_free(others, X509_free);
    X509_free(certificate);
    return write_bio(name, bio);
}

static void test_pkcs12(void **state)
{
    static const struct {
        int key, certificate;
    } algorithms[] = {
        { NID_aes_256_cbc, NID_aes_256_cbc },
        { NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And40BitRC2_CBC }, /* what Windows long exported */
        { -1, -1 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(algorithms); i++) {
        char *path = write_pkcs12("keys.p12", PASSPHRASE, algorithms[i].key, algorithms[i].certificate, 100);
        expect_keys(path, PASSPHRASE, 1, 2);
        expect_error(path, "wrong horse", "wrong passphrase");
        expect_error(path, "", "the key is encrypted, and no passphrase is given");
        g_free(path);
    }
    char *path = write_pkcs12("empty.p12", "", NID_aes_256_cbc, NID_aes_256_cbc, 100);
    expect_keys(path, "", 1, 2);
    expect_keys(path, NULL, 1, 2);
    g_free(path);
    path = write_pkcs12("nomac.p12", PASSPHRASE, NID_aes_256_cbc, NID_aes_256_cbc, -1);
    expect_keys(path, PASSPHRASE, 1, 2);
    expect_error(path, "wrong horse", "wrong passphrase");
    g_free(path);
}

static void test_several_keys_in_one_file(void **state)
{
    BIO *bio = new_bio();
    X509 *certificate = fixture_certificate(fixture_key(KEY_DEVICE), "device", "CA", fixture_key(KEY_CA), 5, false);
    ScepKeySource result;

    (void)state;
    PEM_write_bio_X509(bio, certificate); /* before its key */
    PEM_write_bio_PrivateKey(bio, fixture_key(KEY_CA), NULL, NULL, 0, NULL, NULL);
    BIO_puts(bio, "some words between them\n");
    PEM_write_bio_PrivateKey(bio, fixture_key(KEY_DEVICE), NULL, NULL, 0, NULL, NULL);
    PEM_write_bio_PrivateKey(bio, fixture_key(KEY_EC), NULL, NULL, 0, NULL, NULL);
    char *path = write_bio("several.pem", bio);
    expect_keys(path, NULL, 3, 1);

    ScepKeyring *keyring = load(path, NULL, NULL, &result);
    scep_key_source_clear(&result);
    scep_keyring_add_source(keyring, path, NULL, "again", &result); /* known already: kept once */
    assert_int_equal(result.keys, 3);
    assert_null(result.error);
    assert_int_equal(keyring->keys->len, 3);
    assert_string_equal(((ScepKey *)g_ptr_array_index(keyring->keys, 0))->label, "several.pem");
    scep_key_source_clear(&result);
    scep_keyring_free(keyring);
    g_free(path);
    X509_free(certificate);
}

static void test_what_is_no_key_file(void **state)
{
    X509 *certificate = fixture_certificate(fixture_key(KEY_CA), "CA", NULL, NULL, 1, false);
    BIO *bio = new_bio();
    char *path;

    (void)state;
    PEM_write_bio_X509(bio, certificate);
    path = write_bio("certificate.pem", bio);
    expect_error(path, NULL, "no private key in this file, only certificates");
    g_free(path);

    bio = new_bio();
    BIO_puts(bio, "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n");
    path = write_bio("broken.pem", bio);
    expect_error(path, "secret words", "no private key in this file");
    g_free(path);

    path = write_bio("empty.pem", new_bio());
    expect_error(path, NULL, "no private key in this file");
    g_free(path);

    expect_error(folder, NULL, "cannot open: not a regular file");
    path = path_of("absent.pem");
    expect_error(path, "secret words", "cannot open: No such file or directory");
    g_free(path);
    expect_error("pkcs11:object=key?pin-value=1234", "5678",
                 "cannot open: the OpenSSL provider \"pkcs11\" is not installed");
    expect_error("gopher://host/key", NULL,
                 "cannot open: OpenSSL has nothing for this kind of URI, or cannot reach it");

    char *long_passphrase = g_strnfill(SCEP_MAX_PASSWORD + 1, 'p');
    expect_error(folder, long_passphrase, "the passphrase is too long");
    g_free(long_passphrase);
    path = path_of("large.pem");
    gchar *large = g_strnfill(SCEP_MAX_KEY_FILE + 1, '0');
    assert_true(g_file_set_contents(path, large, -1, NULL));
    expect_error(path, NULL, "too large: more than 1048576 bytes");
    g_free(large);
    g_free(path);
    X509_free(certificate);
}

static void test_permissions(void **state)
{
    BIO *bio = new_bio();
    ScepKeySource result;

    (void)state;
    PEM_write_bio_PrivateKey(bio, fixture_key(KEY_CA), NULL, NULL, 0, NULL, NULL);
    char *path = write_bio("open.key", bio);
    assert_int_equal(g_chmod(path, 0640), 0);
    ScepKeyring *keyring = load(path, NULL, NULL, &result);
    assert_null(result.error);
    assert_string_equal(result.warning,
                        "The file of \"open.key\" can be read by other users of this machine (mode 0640)");
    assert_string_equal(scep_keyring_get0_warning(keyring, "open.key"), result.warning);
    assert_null(scep_keyring_get0_warning(keyring, "another"));
    scep_keyring_free(keyring);
    scep_key_source_clear(&result);
    assert_int_equal(g_chmod(path, 0604), 0);
    scep_keyring_free(load(path, NULL, "the CA's", &result));
    assert_string_equal(result.warning,
                        "The file of \"the CA's\" can be read by other users of this machine (mode 0604)");
    scep_key_source_clear(&result);
    g_free(path);
}

static void test_labels_and_uris(void **state)
{
    BIO *bio = new_bio();
    ScepKeySource result;

    (void)state;
    PEM_write_bio_PrivateKey(bio, fixture_key(KEY_CA), NULL, NULL, 0, NULL, NULL);
    char *path = write_bio("with:colon.key", bio); /* a file, though it looks like a URI */
    expect_keys(path, NULL, 1, 0);
    char *uri = g_filename_to_uri(path, NULL, NULL);
    expect_keys(uri, NULL, 1, 0);
    g_free(uri);
    uri = g_strconcat("file:", path, NULL);
    expect_keys(uri, NULL, 1, 0);
    g_free(uri);
    g_free(path);

    /* a label made of a URI has no PIN */
    ScepKeyring *keyring = load("pkcs11:object=key;pin-value=5678?pin-value=1234", NULL, NULL, &result);
    assert_non_null(strstr(scep_keyring_get0_failures(keyring), "pkcs11:object=key: "));
    assert_null(strstr(scep_keyring_get0_failures(keyring), "1234"));
    assert_null(strstr(scep_keyring_get0_failures(keyring), "5678"));
    scep_key_source_clear(&result);
    scep_keyring_free(keyring);
}

static void test_passwords(void **state)
{
    ScepKeyring *keyring = scep_keyring_new();
    char *longest = g_strnfill(SCEP_MAX_PASSWORD, 'p'), *too_long = g_strnfill(SCEP_MAX_PASSWORD + 1, 'p');

    (void)state;
    assert_true(scep_keyring_add_password(keyring, "one", "first"));
    assert_true(scep_keyring_add_password(keyring, "two", NULL));
    assert_true(scep_keyring_add_password(keyring, longest, ""));
    assert_false(scep_keyring_add_password(keyring, "", "empty"));
    assert_false(scep_keyring_add_password(keyring, NULL, "none"));
    assert_false(scep_keyring_add_password(keyring, too_long, "long"));
    assert_int_equal(keyring->passwords->len, 3);
    assert_string_equal(((ScepPassword *)g_ptr_array_index(keyring->passwords, 0))->label, "first");
    assert_string_equal(((ScepPassword *)g_ptr_array_index(keyring->passwords, 1))->label, "password 2");
    scep_keyring_free(keyring);
    g_free(longest);
    g_free(too_long);
}

/* ---- whose key --------------------------------------------------------------------------------------------------- */

/* A keyring with one key and no certificate. */
static ScepKeyring *keyring_of(FixtureKey which)
{
    ScepKeyring *keyring = scep_keyring_new();

    EVP_PKEY_up_ref(fixture_key(which));
    assert_true(scep_keyring_take_key(keyring, fixture_key(which), "key"));
    return keyring;
}

static bool learn(ScepKeyring *keyring, X509 *certificate)
{
    GBytes *der = fixture_der(certificate);
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    const bool own = scep_keyring_learn_certificate(keyring, data, size);

    g_bytes_unref(der);
    return own;
}

/* How many keys a recipient with this certificate's name has; -1 when it is known to be somebody else's. */
static int find(const ScepKeyring *keyring, X509 *certificate, const uint8_t **spki_sha1)
{
    GBytes *der = fixture_der(certificate);
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size), *hash = NULL;
    ScepX509Spans spans;

    assert_true(scep_x509_spans_read(data, size, &spans));
    const GPtrArray *keys = scep_keyring_get0_by_serial(keyring, data + spans.issuer.offset, spans.issuer.length,
                                                        data + spans.serial.offset, spans.serial.length);
    const bool other = scep_keyring_is_other(keyring, data + spans.issuer.offset, spans.issuer.length,
                                             data + spans.serial.offset, spans.serial.length, &hash);
    if (spki_sha1 != NULL)
        *spki_sha1 = hash;
    g_bytes_unref(der);
    return keys != NULL ? (int)keys->len : other ? -1 : 0;
}

static void test_learning(void **state)
{
    ScepKeyring *keyring = keyring_of(KEY_CA);
    X509 *own = fixture_certificate(fixture_key(KEY_CA), "RA", "CA", fixture_key(KEY_OTHER), 100, true);
    X509 *renewed = fixture_certificate(fixture_key(KEY_CA), "RA", "CA", fixture_key(KEY_OTHER), 101, true);
    X509 *other = fixture_certificate(fixture_key(KEY_DEVICE), "device", NULL, NULL, 100, false);

    (void)state;
    assert_int_equal(find(keyring, own, NULL), 0);
    assert_true(learn(keyring, own));
    assert_true(learn(keyring, own));
    assert_int_equal(find(keyring, own, NULL), 1);
    assert_int_equal(find(keyring, renewed, NULL), 0);
    assert_true(learn(keyring, renewed));
    assert_int_equal(find(keyring, renewed, NULL), 1);
    assert_int_equal(find(keyring, other, NULL), 0);
    assert_false(learn(keyring, other));
    assert_false(learn(keyring, other));
    assert_int_equal(find(keyring, other, NULL), -1);

    scep_keyring_forget(keyring);
    assert_int_equal(find(keyring, own, NULL), 0);
    assert_int_equal(find(keyring, other, NULL), 0);
    assert_int_equal(keyring->keys->len, 1);
    scep_keyring_free(keyring);
    X509_free(own);
    X509_free(renewed);
    X509_free(other);
}

/* Self-signed certificates of devices like to have the same name and serial number. */
static void test_namesakes(void **state)
{
    ScepKeyring *keyring = keyring_of(KEY_CA);
    X509 *first = fixture_certificate(fixture_key(KEY_CA), "device", NULL, NULL, 1, true);
    X509 *second = fixture_certificate(fixture_key(KEY_DEVICE), "device", NULL, NULL, 1, true);

    (void)state;
    EVP_PKEY_up_ref(fixture_key(KEY_DEVICE));
    assert_true(scep_keyring_take_key(keyring, fixture_key(KEY_DEVICE), "second"));
    assert_true(learn(keyring, first));
    assert_int_equal(find(keyring, second, NULL), 1);
    assert_true(learn(keyring, second));
    assert_int_equal(find(keyring, second, NULL), 2);
    scep_keyring_free(keyring);
    X509_free(first);
    X509_free(second);
}

static void test_certificates_of_the_source_stay(void **state)
{
    ScepKeySource result;
    X509 *certificate = fixture_certificate(fixture_key(KEY_CA), "CA", NULL, NULL, 77, true);
    char *path = write_pkcs12("stay.p12", PASSPHRASE, NID_aes_256_cbc, NID_aes_256_cbc, 100);
    ScepKeyring *keyring = load(path, PASSPHRASE, NULL, &result);
    const ASN1_OCTET_STRING *key_id = X509_get0_subject_key_id(certificate);

    (void)state;
    assert_null(result.error);
    assert_int_equal(find(keyring, certificate, NULL), 1);
    scep_keyring_forget(keyring);
    assert_int_equal(find(keyring, certificate, NULL), 1);
    const GPtrArray *keys =
        scep_keyring_get0_by_key_id(keyring, ASN1_STRING_get0_data(key_id), (size_t)ASN1_STRING_length(key_id));
    assert_non_null(keys);
    assert_int_equal(keys->len, 1);
    scep_key_source_clear(&result);
    scep_keyring_free(keyring);
    g_free(path);
    X509_free(certificate);
}

static GBytes *no_service(const uint8_t spki_sha1[20], const uint8_t *encrypted, size_t size, void *user_data)
{
    (void)spki_sha1;
    (void)encrypted;
    (void)size;
    (void)user_data;
    return NULL;
}

/* Without keys nothing is remembered; with a service outside, the hash of the key is. */
static void test_what_a_service_needs(void **state)
{
    ScepKeyring *keyring = scep_keyring_new();
    X509 *certificate = fixture_certificate(fixture_key(KEY_DEVICE), "device", NULL, NULL, 9, false);
    GBytes *spki = fixture_spki(fixture_key(KEY_DEVICE));
    const uint8_t *hash;
    uint8_t wanted[20];
    size_t size;
    const uint8_t *der = g_bytes_get_data(spki, &size);

    (void)state;
    assert_false(learn(keyring, certificate));
    assert_int_equal(find(keyring, certificate, &hash), 0);
    scep_keyring_set_external(keyring, no_service, NULL, "service");
    assert_false(learn(keyring, certificate));
    assert_int_equal(find(keyring, certificate, &hash), -1);
    assert_non_null(hash);
    assert_true(scep_crypto_sha1(der, size, wanted));
    assert_memory_equal(hash, wanted, sizeof wanted);
    scep_keyring_free(keyring);
    g_bytes_unref(spki);
    X509_free(certificate);
}

static void remove_folder(void)
{
    GDir *dir = g_dir_open(folder, 0, NULL);

    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
        char *path = path_of(name);
        g_unlink(path);
        g_free(path);
    }
    g_dir_close(dir);
    g_rmdir(folder);
    g_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pem_and_der),
        cmocka_unit_test(test_encrypted),
        cmocka_unit_test(test_pkcs12),
        cmocka_unit_test(test_several_keys_in_one_file),
        cmocka_unit_test(test_what_is_no_key_file),
        cmocka_unit_test(test_permissions),
        cmocka_unit_test(test_labels_and_uris),
        cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_learning),
        cmocka_unit_test(test_namesakes),
        cmocka_unit_test(test_certificates_of_the_source_stay),
        cmocka_unit_test(test_what_a_service_needs),
    };

    folder = g_dir_make_tmp("keyringXXXXXX", NULL);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    remove_folder();
    fixture_cleanup();
    return failed;
}
