/* pki_builder.h
 * Real keys, certificates, envelopes and signed pkiMessages for a test; OpenSSL makes what is cryptographic.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PKI_BUILDER_H
#define PKI_BUILDER_H

#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "der_builder.h"
#include "crypto/crypto.h"

#define OID_DATA "1.2.840.113549.1.7.1"
#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"
#define OID_ENVELOPED_DATA "1.2.840.113549.1.7.3"
#define OID_ENCRYPTED_DATA "1.2.840.113549.1.7.6"
#define OID_SCEP "2.16.840.1.113733.1.9."
#define OID_FAIL_INFO_TEXT "1.3.6.1.5.5.7.24.1"
#define OID_NDES_ERROR "1.3.6.1.4.1.311.21.33"
#define OID_SHA256 "2.16.840.1.101.3.4.2.1"
#define OID_SHA1 "1.3.14.3.2.26"
#define OID_MD5 "1.2.840.113549.2.5"

static const uint8_t pki_nonce_a[16] = { 0xa0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
static const uint8_t pki_nonce_b[16] = { 0xb0, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17 };

/* ---- keys and certificates --------------------------------------------------------------------------------------- */

/* As short as a key may be without a word about it. */
static inline EVP_PKEY *pki_rsa_key(void)
{
    return EVP_RSA_gen(2048);
}

static inline EVP_PKEY *pki_ec_key(void)
{
    return EVP_EC_gen("P-256");
}

typedef struct {
    const char *common_name;
    EVP_PKEY *key;
    X509 *issuer; /* NULL: self-signed */
    EVP_PKEY *issuer_key;
    const char *const *extensions; /* pairs of OpenSSL's name and value, NULL last; NULL: none */
    long serial;                   /* 0 for 0x00c0ffee: its first bit asks for a leading 00 */
    long version;                  /* as encoded: 2 for version 3 */
} PkiSubject;

static inline void pki_add_extensions(X509 *x509, const PkiSubject *subject)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, subject->issuer ? subject->issuer : x509, x509, NULL, NULL, 0);
    for (size_t i = 0; subject->extensions != NULL && subject->extensions[i] != NULL; i += 2) {
        X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &context, subject->extensions[i], subject->extensions[i + 1]);
        if (extension == NULL)
            g_error("OpenSSL does not take the extension %s", subject->extensions[i]);
        X509_add_ext(x509, extension, -1);
        X509_EXTENSION_free(extension);
    }
}

/* Valid from 2024-01-01 00:00:00 to 2034-01-01 00:00:00 UTC. */
static inline X509 *pki_certificate(const PkiSubject *subject)
{
    X509 *x509 = X509_new();
    X509_NAME *name = X509_NAME_new();

    X509_set_version(x509, subject->version);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), subject->serial ? subject->serial : 0x00c0ffee);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Contoso", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)subject->common_name, -1, -1, 0);
    X509_set_subject_name(x509, name);
    X509_set_issuer_name(x509, subject->issuer ? X509_get_subject_name(subject->issuer) : name);
    X509_NAME_free(name);
    ASN1_TIME_set_string(X509_getm_notBefore(x509), "240101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(x509), "340101000000Z");
    X509_set_pubkey(x509, subject->key);
    pki_add_extensions(x509, subject);
    if (X509_sign(x509, subject->issuer_key ? subject->issuer_key : subject->key, EVP_sha256()) == 0)
        g_error("OpenSSL does not sign the certificate of %s", subject->common_name);
    return x509;
}

static inline X509 *pki_self_signed(const char *common_name, EVP_PKEY *key)
{
    const PkiSubject subject = { .common_name = common_name, .key = key, .version = 2 };

    return pki_certificate(&subject);
}

static inline GByteArray *pki_certificate_der(X509 *x509)
{
    unsigned char *der = NULL;
    const int size = i2d_X509(x509, &der);
    GByteArray *out = der_raw(der, size > 0 ? (size_t)size : 0);

    OPENSSL_free(der);
    return out;
}

static inline GByteArray *pki_name_der(const X509_NAME *name)
{
    const unsigned char *der = NULL;
    size_t size = 0;

    X509_NAME_get0_der(name, &der, &size);
    return der_raw(der, size);
}

static inline GByteArray *pki_issuer_and_serial(X509 *x509)
{
    unsigned char *serial = NULL;
    const int size = i2d_ASN1_INTEGER(X509_get0_serialNumber(x509), &serial);
    GByteArray *out = der(DER_SEQUENCE, pki_name_der(X509_get_issuer_name(x509)), der_raw(serial, (size_t)size), END);

    OPENSSL_free(serial);
    return out;
}

/* ---- envelopes --------------------------------------------------------------------------------------------------- */

static inline GByteArray *pki_cms_der(CMS_ContentInfo *cms)
{
    unsigned char *der = NULL;
    const int size = i2d_CMS_ContentInfo(cms, &der);
    GByteArray *out = der_raw(der, size > 0 ? (size_t)size : 0);

    OPENSSL_free(der);
    return out;
}

/* A ContentInfo of EnvelopedData (AuthEnvelopedData for a GCM cipher), encrypted by OpenSSL to this recipient.
 * @a cipher  OpenSSL's name; single DES comes from the plugin's own context, as others may lack it */
static inline GByteArray *pki_envelope(X509 *recipient, const char *cipher, const void *data, size_t size)
{
    OSSL_LIB_CTX *context = scep_crypto_context();
    EVP_CIPHER *method = EVP_CIPHER_fetch(context, cipher, NULL);
    BIO *input = BIO_new_mem_buf(data, (int)size);
    STACK_OF(X509) *recipients = sk_X509_new_null();

    sk_X509_push(recipients, recipient);
    CMS_ContentInfo *cms = CMS_encrypt_ex(recipients, input, method, CMS_BINARY, context, NULL);
    if (cms == NULL)
        g_error("OpenSSL does not encrypt with %s", cipher);
    GByteArray *out = pki_cms_der(cms);
    CMS_ContentInfo_free(cms);
    sk_X509_free(recipients);
    BIO_free(input);
    EVP_CIPHER_free(method);
    return out;
}

/* ---- attributes -------------------------------------------------------------------------------------------------- */

/* Attribute ::= SEQUENCE { OID, SET OF value } */
static inline GByteArray *pki_attribute(const char *oid, GByteArray *values)
{
    return der(DER_SEQUENCE, der_oid(oid), der_wrap(DER_SET, values), END);
}

/* The attribute 2.16.840.1.113733.1.9.arc. */
static inline GByteArray *pki_scep(unsigned arc, GByteArray *values)
{
    char *oid = g_strdup_printf(OID_SCEP "%u", arc);
    GByteArray *out = pki_attribute(oid, values);

    g_free(oid);
    return out;
}

static inline GByteArray *pki_text(unsigned arc, const char *text)
{
    return pki_scep(arc, der_text(DER_PRINTABLE, text));
}

static inline GByteArray *pki_nonce(unsigned arc, const uint8_t nonce[16])
{
    return pki_scep(arc, der_octets(nonce, 16));
}

static inline GByteArray *pki_content_type(void)
{
    return pki_attribute("1.2.840.113549.1.9.3", der_oid(OID_DATA));
}

static inline GByteArray *pki_signing_time(const char *utc_time)
{
    return pki_attribute("1.2.840.113549.1.9.5", der_text(DER_UTC_TIME, utc_time));
}

/* What RFC 8894 3.2.1 asks of a request, messageDigest aside: pki_signed_data() adds that one. */
static inline GByteArray *pki_request_attributes(const char *type, const char *transaction, const uint8_t nonce[16])
{
    return der_join(pki_content_type(), pki_text(2, type), pki_text(7, transaction), pki_nonce(5, nonce), END);
}

/* And of an answer. @a fail_info  NULL for none */
static inline GByteArray *pki_reply_attributes(const char *status, const char *fail_info, const char *transaction,
                                               const uint8_t sender[16], const uint8_t recipient[16])
{
    return der_join(pki_content_type(), pki_text(2, "3"), pki_text(3, status),
                    fail_info ? pki_text(4, fail_info) : g_byte_array_new(), pki_text(7, transaction),
                    pki_nonce(5, sender), pki_nonce(6, recipient), END);
}

/* A CertificationRequest (PKCS#10). @a challenge  NULL for none */
static inline GByteArray *pki_request_der(EVP_PKEY *key, const char *challenge)
{
    X509_REQ *request = X509_REQ_new();
    unsigned char *bytes = NULL;

    X509_REQ_set_pubkey(request, key);
    if (challenge != NULL)
        X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, MBSTRING_ASC, (const unsigned char *)challenge,
                                  -1);
    X509_REQ_sign(request, key, EVP_sha256());
    const int size = i2d_X509_REQ(request, &bytes);
    GByteArray *out = der_raw(bytes, size > 0 ? (size_t)size : 0);
    OPENSSL_free(bytes);
    X509_REQ_free(request);
    return out;
}

/* ---- SignedData -------------------------------------------------------------------------------------------------- */

/* What goes into a SignedData; arrays are taken over, NULL leaves a part out. */
typedef struct {
    GByteArray *content;         /* content octets of eContent */
    GByteArray *content_element; /* instead: what stands in [0] */
    GByteArray *attributes;      /* Attribute elements; messageDigest is put in front unless no_digest is set */
    GByteArray *certificates;    /* Certificate elements */
    GByteArray *crls;
    X509 *signer; /* borrowed; NULL: no SignerInfo */
    EVP_PKEY *key;
    const char *digest;     /* dotted; NULL for SHA-256 */
    const char *inner_type; /* eContentType; NULL for id-data */
    bool no_digest;
    bool indefinite; /* BER with indefinite lengths on every outer level, and content in pieces */
    unsigned more_signers;
} PkiParts;

static inline const EVP_MD *pki_digest(const PkiParts *parts)
{
    return EVP_get_digestbynid(OBJ_txt2nid(parts->digest ? parts->digest : OID_SHA256));
}

static inline GByteArray *pki_signature(const PkiParts *parts, const GByteArray *attributes)
{
    /* RFC 5652 5.4: the [0] is hashed as the SET that it stands for. */
    GByteArray *set = der_primitive(DER_SET, attributes->data, attributes->len);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t signature[512];
    size_t size = sizeof signature;

    if (EVP_DigestSignInit(context, NULL, pki_digest(parts), NULL, parts->key) != 1 ||
        EVP_DigestSign(context, signature, &size, set->data, set->len) != 1)
        g_error("OpenSSL does not sign");
    EVP_MD_CTX_free(context);
    g_byte_array_unref(set);
    return der_octets(signature, size);
}

static inline GByteArray *pki_message_digest(const PkiParts *parts)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    EVP_Digest(parts->content ? parts->content->data : digest, parts->content ? parts->content->len : 0, digest, &size,
               pki_digest(parts), NULL);
    return pki_attribute("1.2.840.113549.1.9.4", der_octets(digest, size));
}

static inline GByteArray *pki_signer_info(const PkiParts *parts)
{
    const bool is_rsa = EVP_PKEY_get_base_id(parts->key) == EVP_PKEY_RSA;
    GByteArray *attributes = parts->attributes ? der_raw(parts->attributes->data, parts->attributes->len) : NULL;
    GByteArray *empty = g_byte_array_new();

    if (attributes != NULL && !parts->no_digest)
        attributes = der_join(pki_message_digest(parts), attributes, END);
    GByteArray *signature = pki_signature(parts, attributes ? attributes : empty);
    g_byte_array_unref(empty);
    GByteArray *info = der_join(der_small_integer(1), pki_issuer_and_serial(parts->signer),
                                der_algorithm(parts->digest ? parts->digest : OID_SHA256),
                                attributes ? der_wrap(DER_CONTEXT_0, attributes) : g_byte_array_new(),
                                is_rsa ? der_algorithm("1.2.840.113549.1.1.1")
                                       : der(DER_SEQUENCE, der_oid("1.2.840.10045.4.3.2"), END),
                                signature, END);
    return der_or_ber(parts->indefinite, DER_SEQUENCE, info);
}

static inline GByteArray *pki_encapsulated(const PkiParts *parts)
{
    GByteArray *info = der_oid(parts->inner_type ? parts->inner_type : OID_DATA);
    GByteArray *element = NULL;

    if (parts->content_element != NULL)
        element = der_raw(parts->content_element->data, parts->content_element->len);
    else if (parts->content != NULL && parts->indefinite)
        element = ber_chunks(parts->content->data, parts->content->len, 100);
    else if (parts->content != NULL)
        element = der_octets(parts->content->data, parts->content->len);
    if (element != NULL)
        info = der_join(info, der_or_ber(parts->indefinite, DER_CONTEXT_0, element), END);
    return der_or_ber(parts->indefinite, DER_SEQUENCE, info);
}

/* A ContentInfo of SignedData, truly signed when there is a signer. */
static inline GByteArray *pki_signed_data(PkiParts parts)
{
    GByteArray *signers = g_byte_array_new();
    GByteArray *digests = parts.signer ? der_algorithm(parts.digest ? parts.digest : OID_SHA256) : g_byte_array_new();
    GByteArray *body = der_join(der_small_integer(1), der_wrap(DER_SET, digests), pki_encapsulated(&parts), END);

    for (unsigned i = 0; parts.signer != NULL && i <= parts.more_signers; i++)
        signers = der_join(signers, pki_signer_info(&parts), END);
    if (parts.certificates != NULL)
        body = der_join(body, der_or_ber(parts.indefinite, DER_CONTEXT_0, parts.certificates), END);
    if (parts.crls != NULL)
        body = der_join(body, der_or_ber(parts.indefinite, DER_CONTEXT_1, parts.crls), END);
    body = der_join(body, der_or_ber(parts.indefinite, DER_SET, signers), END);
    for (size_t i = 0; i < 3; i++) {
        GByteArray *const done[] = { parts.content, parts.content_element, parts.attributes };
        if (done[i] != NULL)
            g_byte_array_unref(done[i]);
    }
    body = der_or_ber(parts.indefinite, DER_SEQUENCE, body);
    return der_or_ber(parts.indefinite, DER_SEQUENCE,
                      der_join(der_oid(OID_SIGNED_DATA), der_or_ber(parts.indefinite, DER_CONTEXT_0, body), END));
}

#endif
