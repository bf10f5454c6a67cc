/* cms_fixture.c
 * Keys, certificates and CMS messages made while the tests run, with OpenSSL and by hand.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms_fixture.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "asn1/der.h"
#include "scep/asn1.h"
#include "crypto/crypto.h"
#include "crypto/signature.h"
#include "asn1/x509_spans.h"

#define OID_DATA "1.2.840.113549.1.7.1"
#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"

static EVP_PKEY *keys[KEY_COUNT];
static GByteArray *null_parameters;

EVP_PKEY *fixture_key(FixtureKey which)
{
    OSSL_LIB_CTX *context = scep_crypto_context();

    if (keys[which] != NULL)
        return keys[which];
    switch (which) {
    case KEY_EC:
        keys[which] = EVP_PKEY_Q_keygen(context, NULL, "EC", "P-256");
        break;
    case KEY_EC_LARGE:
        keys[which] = EVP_PKEY_Q_keygen(context, NULL, "EC", "P-521");
        break;
    case KEY_ED25519:
        keys[which] = EVP_PKEY_Q_keygen(context, NULL, "ED25519");
        break;
    case KEY_ED448:
        keys[which] = EVP_PKEY_Q_keygen(context, NULL, "ED448");
        break;
    default:
        keys[which] = EVP_PKEY_Q_keygen(context, NULL, "RSA", (size_t)2048);
        break;
    }
    g_assert_nonnull(keys[which]);
    return keys[which];
}

void fixture_cleanup(void)
{
    for (unsigned i = 0; i < KEY_COUNT; i++) {
        EVP_PKEY_free(keys[i]);
        keys[i] = NULL;
    }
    g_clear_pointer(&null_parameters, g_byte_array_unref);
    scep_crypto_cleanup();
}

static GBytes *take_der(unsigned char *der, int size)
{
    g_assert_cmpint(size, >, 0);
    GBytes *bytes = g_bytes_new(der, (gsize)size);
    OPENSSL_free(der);
    return bytes;
}

GBytes *fixture_spki(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    const int size = i2d_PUBKEY(key, &der);

    return take_der(der, size);
}

GBytes *fixture_der(X509 *certificate)
{
    unsigned char *der = NULL;
    const int size = i2d_X509(certificate, &der);

    return take_der(der, size);
}

GBytes *fixture_request_der(X509_REQ *request)
{
    unsigned char *der = NULL;
    const int size = i2d_X509_REQ(request, &der);

    return take_der(der, size);
}

GBytes *fixture_cms_der(CMS_ContentInfo *cms)
{
    unsigned char *der = NULL;
    const int size = i2d_CMS_ContentInfo(cms, &der);

    return take_der(der, size);
}

static void set_name(X509_NAME *name, const char *common_name)
{
    g_assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0));
}

static bool has_own_digest(EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
}

static EVP_MD *fetch(const char *name)
{
    EVP_MD *digest = EVP_MD_fetch(scep_crypto_context(), name, NULL);

    g_assert_nonnull(digest);
    return digest;
}

X509 *fixture_certificate(EVP_PKEY *key, const char *name, const char *issuer_name, EVP_PKEY *issuer_key, long serial,
                          bool with_key_id)
{
    X509 *certificate = X509_new_ex(scep_crypto_context(), NULL);
    EVP_PKEY *signer = issuer_key != NULL ? issuer_key : key;
    EVP_MD *digest = has_own_digest(signer) ? NULL : fetch("SHA256");

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    set_name(X509_get_subject_name(certificate), name);
    set_name(X509_get_issuer_name(certificate), issuer_name != NULL ? issuer_name : name);
    X509_set_pubkey(certificate, key);
    if (with_key_id) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, NID_subject_key_identifier, "hash");
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    g_assert_cmpint(X509_sign(certificate, signer, digest), >, 0);
    EVP_MD_free(digest);
    return certificate;
}

X509_REQ *fixture_request(EVP_PKEY *key, const char *name, const char *challenge)
{
    X509_REQ *request = X509_REQ_new_ex(scep_crypto_context(), NULL);
    EVP_MD *digest = has_own_digest(key) ? NULL : fetch("SHA256");

    X509_REQ_set_version(request, X509_REQ_VERSION_1);
    set_name(X509_REQ_get_subject_name(request), name);
    X509_REQ_set_pubkey(request, key);
    if (challenge != NULL)
        X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, V_ASN1_PRINTABLESTRING,
                                  (const unsigned char *)challenge, (int)strlen(challenge));
    g_assert_cmpint(X509_REQ_sign(request, key, digest), >, 0);
    EVP_MD_free(digest);
    return request;
}

GBytes *fixture_enveloped(X509 *recipient, const char *cipher_name, bool oaep, const void *data, size_t size)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(scep_crypto_context(), cipher_name, NULL);
    CMS_ContentInfo *cms = CMS_encrypt_ex(NULL, NULL, cipher, CMS_PARTIAL | CMS_BINARY, scep_crypto_context(), NULL);
    CMS_RecipientInfo *info = CMS_add1_recipient_cert(cms, recipient, oaep ? CMS_KEY_PARAM : 0);
    BIO *bio = BIO_new_mem_buf(data, (int)size);

    g_assert_nonnull(info);
    if (oaep) {
        EVP_PKEY_CTX *context = CMS_RecipientInfo_get0_pkey_ctx(info);
        g_assert_cmpint(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING), ==, 1);
        g_assert_cmpint(EVP_PKEY_CTX_set_rsa_oaep_md_name(context, "SHA256", NULL), ==, 1);
    }
    g_assert_cmpint(CMS_final(cms, bio, NULL, CMS_BINARY), ==, 1);
    GBytes *der = fixture_cms_der(cms);
    BIO_free(bio);
    CMS_ContentInfo_free(cms);
    EVP_CIPHER_free(cipher);
    return der;
}

GBytes *fixture_flip(GBytes *bytes, size_t offset, unsigned bit)
{
    size_t size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);
    uint8_t *copy = g_malloc(size);

    g_assert_cmpuint(offset, <, size);
    memcpy(copy, data, size);
    copy[offset] ^= (uint8_t)(1u << bit);
    return g_bytes_new_take(copy, size);
}

/* ---- SignedData by hand ------------------------------------------------------------------------------------------ */

const GByteArray *fixture_null(void)
{
    static const uint8_t encoded[] = { 0x05, 0x00 };

    if (null_parameters == NULL) {
        null_parameters = g_byte_array_new();
        g_byte_array_append(null_parameters, encoded, sizeof encoded);
    }
    return null_parameters;
}

/* Puts what was collected in @a inner into an element of @a out. */
static void wrap(GByteArray *out, uint8_t identifier, GByteArray *inner)
{
    scep_der_element(out, identifier, inner->data, inner->len);
    g_byte_array_unref(inner);
}

static void add_algorithm(GByteArray *out, const char *oid, const GByteArray *parameters)
{
    GByteArray *inner = g_byte_array_new();

    g_assert_true(scep_der_oid(inner, oid));
    if (parameters != NULL)
        g_byte_array_append(inner, parameters->data, parameters->len);
    wrap(out, 0x30, inner);
}

/* Attribute with one value: @a identifier and content octets. */
static GByteArray *attribute(const char *oid, uint8_t identifier, const void *value, size_t size)
{
    GByteArray *body = g_byte_array_new(), *set = g_byte_array_new(), *out = g_byte_array_new();

    g_assert_true(scep_der_oid(body, oid));
    scep_der_element(set, identifier, value, size);
    wrap(body, 0x31, set);
    wrap(out, 0x30, body);
    return out;
}

static gint compare_attributes(gconstpointer a, gconstpointer b)
{
    const GByteArray *left = *(GByteArray *const *)a, *right = *(GByteArray *const *)b;
    const int order = memcmp(left->data, right->data, MIN(left->len, right->len));

    return order != 0 ? order : (gint)left->len - (gint)right->len;
}

/* Content octets of the attributes, in the order of DER or against it. */
static GByteArray *attributes(const FixtureSigned *recipe, bool sorted)
{
    static const uint8_t nonce[] = "0123456789abcdef";
    uint8_t digest[EVP_MAX_MD_SIZE];
    const size_t digest_size =
        scep_digest(recipe->digest, recipe->content, recipe->digest_of_nothing ? 0 : recipe->content_size, digest);
    GByteArray *type = g_byte_array_new(), *out = g_byte_array_new();
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);

    g_assert_true(scep_der_oid(type, recipe->content_type != NULL ? recipe->content_type : OID_DATA));
    g_ptr_array_add(list, attribute("1.2.840.113549.1.9.3", 6, type->data + 2, type->len - 2));
    g_ptr_array_add(list, attribute("1.2.840.113549.1.9.4", 4, digest, digest_size));
    g_ptr_array_add(list, attribute("2.16.840.1.113733.1.9.2", 19, "19", 2));
    g_ptr_array_add(list, attribute("2.16.840.1.113733.1.9.5", 4, nonce, sizeof nonce - 1));
    g_ptr_array_add(list, attribute("2.16.840.1.113733.1.9.7", 19, "TRANSACTION", 11));
    g_ptr_array_sort(list, compare_attributes);
    for (guint i = 0; i < list->len; i++) {
        const GByteArray *item = g_ptr_array_index(list, sorted ? i : list->len - 1 - i);
        g_byte_array_append(out, item->data, item->len);
    }
    g_ptr_array_unref(list);
    g_byte_array_unref(type);
    return out;
}

static GBytes *sign(const FixtureSigned *recipe, const uint8_t *bytes, size_t size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *details = NULL;
    size_t length = 0;

    g_assert_cmpint(
        EVP_DigestSignInit_ex(context, &details, recipe->hash, scep_crypto_context(), NULL, recipe->key, NULL), ==, 1);
    if (recipe->pss) {
        g_assert_cmpint(EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING), ==, 1);
        g_assert_cmpint(EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST), ==, 1);
    }
    g_assert_cmpint(EVP_DigestSign(context, NULL, &length, bytes, size), ==, 1);
    uint8_t *signature = g_malloc(length);
    g_assert_cmpint(EVP_DigestSign(context, signature, &length, bytes, size), ==, 1);
    EVP_MD_CTX_free(context);
    return g_bytes_new_take(signature, length);
}

static void add_bytes(GByteArray *out, const void *data, size_t size)
{
    g_byte_array_append(out, data, (guint)size);
}

static void add_signer_id(GByteArray *out, const FixtureSigned *recipe)
{
    GBytes *der = fixture_der(recipe->certificate);
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    ScepX509Spans spans;

    g_assert_true(scep_x509_spans_read(data, size, &spans));
    if (recipe->by_key_id) {
        scep_der_element(out, 0x80, data + spans.key_id.offset, spans.key_id.length);
    } else {
        GByteArray *inner = g_byte_array_new();
        add_bytes(inner, data + spans.issuer.offset, spans.issuer.length);
        scep_der_element(inner, 2, data + spans.serial.offset, spans.serial.length);
        wrap(out, 0x30, inner);
    }
    g_bytes_unref(der);
}

static void add_signer(GByteArray *out, const FixtureSigned *recipe)
{
    static const uint8_t indefinite[] = { 0xa0, 0x80 }, end[] = { 0, 0 };
    const uint8_t version = recipe->by_key_id ? 3 : 1;
    GByteArray *info = g_byte_array_new();
    GByteArray *sent = attributes(recipe, !recipe->send_unsorted);
    GByteArray *set = g_byte_array_new();
    GBytes *signature;
    size_t size;

    wrap(set, 0x31, attributes(recipe, !recipe->sign_unsorted));
    signature = recipe->without_attributes ? sign(recipe, recipe->content, recipe->content_size)
                                           : sign(recipe, set->data, set->len);
    scep_der_element(info, 2, &version, 1);
    add_signer_id(info, recipe);
    add_algorithm(info, recipe->digest, NULL);
    if (!recipe->without_attributes && recipe->indefinite_attributes) {
        add_bytes(info, indefinite, sizeof indefinite);
        add_bytes(info, sent->data, sent->len);
        add_bytes(info, end, sizeof end);
    } else if (!recipe->without_attributes) {
        scep_der_element(info, 0xa0, sent->data, sent->len);
    }
    add_algorithm(info, recipe->algorithm, recipe->parameters);
    const uint8_t *octets = g_bytes_get_data(signature, &size);
    scep_der_element(info, 4, octets, size);
    wrap(out, 0x30, info);
    g_byte_array_unref(sent);
    g_byte_array_unref(set);
    g_bytes_unref(signature);
}

/* The OCTET STRING in pieces of 7 octets. */
static void add_chunks(GByteArray *out, uint8_t identifier, const uint8_t *data, size_t size)
{
    static const uint8_t end[] = { 0, 0 };
    const uint8_t begin[] = { identifier, 0x80 };

    add_bytes(out, begin, sizeof begin);
    for (size_t at = 0; at < size; at += 7)
        scep_der_element(out, 4, data + at, MIN(7, size - at));
    add_bytes(out, end, sizeof end);
}

static void add_content(GByteArray *out, const FixtureSigned *recipe)
{
    GByteArray *info = g_byte_array_new(), *tagged = g_byte_array_new();

    g_assert_true(scep_der_oid(info, recipe->content_type != NULL ? recipe->content_type : OID_DATA));
    if (recipe->shape == CONTENT_CHUNKED)
        add_chunks(tagged, 0x24, recipe->content, recipe->content_size);
    else if (recipe->shape == CONTENT_ANY)
        scep_der_element(tagged, 0x30, recipe->content, recipe->content_size);
    else
        scep_der_element(tagged, 4, recipe->content, recipe->content_size);
    if (recipe->shape != CONTENT_ABSENT)
        scep_der_element(info, 0xa0, tagged->data, tagged->len);
    g_byte_array_unref(tagged);
    wrap(out, 0x30, info);
}

GBytes *fixture_signed(const FixtureSigned *recipe)
{
    static const uint8_t version = 1;
    GByteArray *body = g_byte_array_new(), *set = g_byte_array_new(), *tagged = g_byte_array_new();
    GByteArray *info = g_byte_array_new(), *out = g_byte_array_new();

    scep_der_element(body, 2, &version, 1);
    add_algorithm(set, recipe->digest, NULL);
    wrap(body, 0x31, set);
    add_content(body, recipe);
    if (!recipe->without_certificate) {
        GBytes *certificate = fixture_der(recipe->certificate);
        size_t size;
        const uint8_t *der = g_bytes_get_data(certificate, &size);
        scep_der_element(body, 0xa0, der, size);
        g_bytes_unref(certificate);
    }
    set = g_byte_array_new();
    add_signer(set, recipe);
    wrap(body, 0x31, set);
    wrap(tagged, 0x30, body);
    g_assert_true(scep_der_oid(info, OID_SIGNED_DATA));
    wrap(info, 0xa0, tagged);
    wrap(out, 0x30, info);
    return g_byte_array_free_to_bytes(out);
}

/* ---- BER --------------------------------------------------------------------------------------------------------- */

static bool is_certificate(const uint8_t *data, const ScepBer *node)
{
    ScepX509Spans spans;

    return scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) &&
           scep_x509_spans_read(data + node->whole.offset, node->whole.length, &spans);
}

static void copy_as_ber(GByteArray *out, const uint8_t *data, const ScepBer *node)
{
    static const uint8_t end[] = { 0, 0 };
    const uint8_t begin[] = { data[node->whole.offset], 0x80 };
    const bool is_octets = node->tag == SCEP_TAG_OCTET_STRING && node->tag_class == SCEP_BER_UNIVERSAL;
    /* [0] IMPLICIT OCTET STRING encryptedContent; a short one is a key identifier */
    const bool is_content = node->tag == 0 && node->tag_class == SCEP_BER_CONTEXT && node->content.length > 64;
    ScepBer child;

    if (!node->constructed && (is_octets || is_content) && node->content.length > 7) {
        add_chunks(out, begin[0] | 0x20, data + node->content.offset, node->content.length);
    } else if (!node->constructed || is_certificate(data, node)) {
        add_bytes(out, data + node->whole.offset, node->whole.length);
    } else {
        add_bytes(out, begin, sizeof begin);
        for (ScepBerError error = scep_ber_first(data, node, &child); error == SCEP_BER_OK;
             error = scep_ber_next(data, node, &child, &child))
            copy_as_ber(out, data, &child);
        add_bytes(out, end, sizeof end);
    }
}

GBytes *fixture_to_ber(GBytes *der)
{
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    GByteArray *out = g_byte_array_new();
    ScepBer node;

    g_assert_cmpint(scep_ber_read(data, size, 0, &node), ==, SCEP_BER_OK);
    copy_as_ber(out, data, &node);
    return g_byte_array_free_to_bytes(out);
}
