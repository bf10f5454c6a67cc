/* cms_fixture.h
 * Keys, certificates and CMS messages made while the tests run, with OpenSSL and by hand.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CMS_FIXTURE_H
#define SCEP_CMS_FIXTURE_H

#include <glib.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

/** Keys by name: made at first use, released by fixture_cleanup(). */
typedef enum {
    KEY_CA,       /**< RSA, 2048 bits */
    KEY_DEVICE,   /**< RSA, 2048 bits */
    KEY_OTHER,    /**< RSA, 2048 bits */
    KEY_EC,       /**< P-256 */
    KEY_EC_LARGE, /**< P-521 */
    KEY_ED25519,
    KEY_ED448,
    KEY_COUNT
} FixtureKey;

EVP_PKEY *fixture_key(FixtureKey which);

/** Releases keys and the library context. */
void fixture_cleanup(void);

/** DER of the key's SubjectPublicKeyInfo. @return g_bytes_unref() */
GBytes *fixture_spki(EVP_PKEY *key);

/** A certificate. @a issuer_name NULL: self-signed. @a with_key_id: with a subjectKeyIdentifier.
 * @return X509_free() */
X509 *fixture_certificate(EVP_PKEY *key, const char *name, const char *issuer_name, EVP_PKEY *issuer_key, long serial,
                          bool with_key_id);
GBytes *fixture_der(X509 *certificate);

/** How a signed message is put together by hand. */
typedef enum {
    CONTENT_NORMAL,
    CONTENT_ABSENT,
    CONTENT_CHUNKED, /**< constructed OCTET STRING */
    CONTENT_ANY      /**< PKCS#7 1.5: no OCTET STRING around it */
} FixtureContent;

typedef struct {
    EVP_PKEY *key;
    X509 *certificate;        /**< named by the SignerInfo */
    bool without_certificate; /**< and not put into the message */
    bool by_key_id;
    const char *digest;           /**< dotted OID */
    const char *algorithm;        /**< dotted OID of signatureAlgorithm */
    const char *hash;             /**< EVP name of what is signed with; NULL for EdDSA */
    const GByteArray *parameters; /**< of signatureAlgorithm, encoded; NULL: absent */
    bool pss;
    FixtureContent shape;
    const char *content_type; /**< dotted; NULL: id-data */
    const uint8_t *content;
    size_t content_size;
    bool without_attributes;
    bool digest_of_nothing; /**< messageDigest is that of no content */
    bool send_unsorted;     /**< attributes go out in reverse order... */
    bool sign_unsorted;     /**< ...and this order is what is signed */
    bool indefinite_attributes;
} FixtureSigned;

/** @return DER (unless asked otherwise) of the ContentInfo, g_bytes_unref() */
GBytes *fixture_signed(const FixtureSigned *recipe);

/** NULL parameters, encoded. */
const GByteArray *fixture_null(void);

/** The same message with indefinite lengths and OCTET STRINGs in pieces; certificates stay as they are. */
GBytes *fixture_to_ber(GBytes *der);

/** The same bytes with one bit flipped. */
GBytes *fixture_flip(GBytes *bytes, size_t offset, unsigned bit);

/** A PKCS#10 request; @a challenge may be NULL. @return X509_REQ_free() */
X509_REQ *fixture_request(EVP_PKEY *key, const char *name, const char *challenge);
GBytes *fixture_request_der(X509_REQ *request);

/** EnvelopedData for one certificate. @a flags as for CMS_encrypt(); CMS_KEY_PARAM is used for OAEP. */
GBytes *fixture_enveloped(X509 *recipient, const char *cipher, bool oaep, const void *data, size_t size);
GBytes *fixture_cms_der(CMS_ContentInfo *cms);

#endif
