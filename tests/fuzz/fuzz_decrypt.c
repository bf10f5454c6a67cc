/* fuzz_decrypt.c
 * Envelopes and the keys for them: nothing is read beyond the buffer, and every outcome is told in full.
 *
 * The first byte chooses: an envelope as it comes, or one that was made for the keys at the start, with the rest of the
 * input as changes to it (two bytes place, one byte value), so that what lies behind the keys is reached, too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "crypto/keyring.h"
#include "crypto/crypto.h"
#include "cms/decrypt.h"

#define TEMPLATES 6
#define MAX_CHANGES 16

static ScepKeyring *keyring;
static GBytes *templates[TEMPLATES];
static const ScepContentKind template_kinds[TEMPLATES] = {
    SCEP_CONTENT_ENVELOPED, SCEP_CONTENT_ENVELOPED,      SCEP_CONTENT_ENVELOPED,
    SCEP_CONTENT_ENVELOPED, SCEP_CONTENT_AUTH_ENVELOPED, SCEP_CONTENT_ENVELOPED,
};

/* SEQUENCE { OCTET STRING }, which is enough of a payload */
static const uint8_t payload[] = {
    0x30, 22, 4, 20, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19
};

static X509 *certificate_of(EVP_PKEY *key, long serial)
{
    X509 *certificate = X509_new_ex(scep_crypto_context(), NULL);
    EVP_MD *digest = EVP_MD_fetch(scep_crypto_context(), "SHA256", NULL);

    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 1000);
    X509_set_pubkey(certificate, key);
    REQUIRE(X509_sign(certificate, key, digest) > 0);
    EVP_MD_free(digest);
    return certificate;
}

/* @param certificate  NULL: for the password */
static GBytes *make_template(const char *cipher_name, X509 *certificate, unsigned flags)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(scep_crypto_context(), cipher_name, NULL);
    CMS_ContentInfo *cms = CMS_encrypt_ex(NULL, NULL, cipher, CMS_PARTIAL | CMS_BINARY, scep_crypto_context(), NULL);
    BIO *bio = BIO_new_mem_buf(payload, sizeof payload);
    unsigned char *der = NULL;

    if (certificate != NULL)
        REQUIRE(CMS_add1_recipient_cert(cms, certificate, flags) != NULL);
    else
        REQUIRE(CMS_add0_recipient_password(cms, 1, -1, -1, (unsigned char *)OPENSSL_strdup("secret"), -1, cipher) !=
                NULL);
    REQUIRE(CMS_final(cms, bio, NULL, CMS_BINARY) == 1);
    const int size = i2d_CMS_ContentInfo(cms, &der);
    GBytes *bytes = g_bytes_new(der, (gsize)size);
    OPENSSL_free(der);
    BIO_free(bio);
    CMS_ContentInfo_free(cms);
    EVP_CIPHER_free(cipher);
    return bytes;
}

static void set_up(void)
{
    /* As small as OpenSSL makes them, for speed. */
    EVP_PKEY *rsa = EVP_PKEY_Q_keygen(scep_crypto_context(), NULL, "RSA", (size_t)1024);
    EVP_PKEY *curve = EVP_PKEY_Q_keygen(scep_crypto_context(), NULL, "EC", "P-256");
    X509 *rsa_certificate = certificate_of(rsa, 1), *curve_certificate = certificate_of(curve, 2);

    keyring = scep_keyring_new();
    scep_keyring_take_key(keyring, rsa, "RSA");
    scep_keyring_take_key(keyring, curve, "EC");
    scep_keyring_add_password(keyring, "secret", "password");
    templates[0] = make_template("AES-128-CBC", rsa_certificate, 0);
    templates[1] = make_template("DES-CBC", rsa_certificate, CMS_KEY_PARAM);
    templates[2] = make_template("AES-256-CBC", curve_certificate, 0);
    templates[3] = make_template("DES-EDE3-CBC", NULL, 0);
    templates[4] = make_template("AES-128-GCM", rsa_certificate, 0);
    templates[5] = make_template("AES-128-CBC", NULL, 0);
    X509_free(rsa_certificate);
    X509_free(curve_certificate);
    ERR_clear_error();
}

static void check(const uint8_t *data, size_t size, ScepContentKind kind, bool intact)
{
    ScepEnvelope *envelope = scep_envelope_new(data, size, kind);
    ScepDecryption *outcome = scep_decryption_new(envelope, data, size, keyring, NULL);
    const bool opened = outcome->status == SCEP_DECRYPTION_OPENED;

    REQUIRE(opened || outcome->status == SCEP_DECRYPTION_NO_KEY || outcome->status == SCEP_DECRYPTION_FAILED);
    REQUIRE(opened || !intact);
    REQUIRE(opened == (outcome->reason == SCEP_DECRYPT_PLAIN) && opened == (outcome->text == NULL));
    REQUIRE(opened == (outcome->content_key != NULL));
    REQUIRE(!opened || (outcome->plaintext != NULL && outcome->label != NULL));
    REQUIRE(outcome->text == NULL || g_utf8_validate(outcome->text, -1, NULL));
    REQUIRE(outcome->recipient >= -1 && outcome->recipient < (int)envelope->recipients->len);
    REQUIRE(outcome->plaintext == NULL || g_bytes_get_size(outcome->plaintext) <= size);
    REQUIRE(ERR_peek_error() == 0);
    scep_decryption_free(outcome);
    scep_envelope_free(envelope);
}

static void check_changed(const uint8_t *data, size_t size, unsigned which)
{
    size_t length;
    const uint8_t *template = g_bytes_get_data(templates[which], &length);
    uint8_t *copy = g_memdup2(template, length);
    size_t kept = length;
    bool intact = true;

    for (unsigned i = 0; i < MAX_CHANGES && size >= 3; i++, data += 3, size -= 3) {
        const size_t place = (size_t)(data[0] << 8 | data[1]);
        if (place < length)
            copy[place] = data[2];
        else if (data[2] == 0)
            kept = place % length + 1;
    }
    intact = kept == length && memcmp(copy, template, length) == 0;
    /* a buffer of just this size, so that the sanitizer sees what is read behind it */
    uint8_t *exact = g_memdup2(copy, kept);
    check(exact, kept, template_kinds[which], intact);
    g_free(exact);
    g_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ScepContentKind kinds[] = { SCEP_CONTENT_ENVELOPED, SCEP_CONTENT_AUTH_ENVELOPED,
                                             SCEP_CONTENT_ENCRYPTED };

    if (keyring == NULL)
        set_up();
    if (size == 0)
        return 0;
    scep_keyring_learn_certificate(keyring, data + 1, size - 1);
    if (data[0] & 0x80)
        check_changed(data + 1, size - 1, data[0] % TEMPLATES);
    else
        check(data + 1, size - 1, kinds[data[0] % 3], false);
    scep_keyring_forget(keyring);
    return 0;
}
