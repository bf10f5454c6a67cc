/* certificate.c
 * The facts about an X.509 certificate that an administrator compares.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "scep/crypto.h"
#include "scep/limits.h"
#include "x509_text.h"

/* Enrollment Agent, shown by Windows as "Certificate Request Agent" */
#define OID_REQUEST_AGENT "1.3.6.1.4.1.311.20.2.1"

static void read_key(X509 *x509, ScepCertificate *out)
{
    X509_PUBKEY *spki = X509_get_X509_PUBKEY(x509);
    unsigned char *der = NULL;
    const int size = i2d_X509_PUBKEY(spki, &der);

    if (size > 0) {
        scep_crypto_sha256(der, (size_t)size, out->spki_sha256);
        OPENSSL_free(der);
    }
    out->key_algorithm = scep_key_algorithm_text(spki);
    EVP_PKEY *key = X509_PUBKEY_get0(spki);
    if (key != NULL)
        out->key_bits = (uint32_t)EVP_PKEY_get_bits(key);
}

static void read_usage(X509 *x509, ScepCertificate *out)
{
    const uint32_t flags = X509_get_extension_flags(x509);
    const uint32_t usage = X509_get_key_usage(x509);

    out->is_ca = (flags & EXFLAG_CA) != 0 || (flags & (EXFLAG_V1 | EXFLAG_SI)) == (EXFLAG_V1 | EXFLAG_SI);
    out->self_signed = X509_self_signed(x509, 0) == 1;
    out->has_key_usage = (flags & EXFLAG_KUSAGE) != 0;
    out->may_sign = (usage & KU_DIGITAL_SIGNATURE) != 0;
    out->may_encipher = (usage & KU_KEY_ENCIPHERMENT) != 0;

    EXTENDED_KEY_USAGE *purposes = X509_get_ext_d2i(x509, NID_ext_key_usage, NULL, NULL);
    ASN1_OBJECT *agent = OBJ_txt2obj(OID_REQUEST_AGENT, 1);
    for (int i = 0; agent != NULL && i < sk_ASN1_OBJECT_num(purposes); i++)
        out->is_request_agent |= OBJ_cmp(sk_ASN1_OBJECT_value(purposes, i), agent) == 0;
    ASN1_OBJECT_free(agent);
    EXTENDED_KEY_USAGE_free(purposes);
}

static void read_names(X509 *x509, ScepCertificate *out)
{
    const unsigned char *der = NULL;
    size_t size = 0;

    out->subject = scep_x509_name_text(X509_get_subject_name(x509));
    out->issuer = scep_x509_name_text(X509_get_issuer_name(x509));
    if (X509_NAME_get0_der(X509_get_issuer_name(x509), &der, &size))
        out->issuer_der = g_bytes_new(der, size);

    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    if (names != NULL)
        out->alternative_names = scep_general_names_text(names);
    GENERAL_NAMES_free(names);
}

static void read_serial(X509 *x509, ScepCertificate *out)
{
    unsigned char *der = NULL;
    /* i2c-style content octets: the encoding without identifier and length, so it compares with the wire. */
    const int size = i2d_ASN1_INTEGER(X509_get0_serialNumber(x509), &der);

    if (size > 2) {
        const size_t header = der[1] & 0x80 ? 2u + (der[1] & 0x7f) : 2u;
        if (header < (size_t)size)
            out->serial = g_bytes_new(der + header, (size_t)size - header);
    }
    OPENSSL_free(der);
    if (out->serial == NULL)
        out->serial = g_bytes_new(NULL, 0);
}

ScepCertificate *scep_certificate_new(const uint8_t *der, size_t size)
{
    const unsigned char *cursor = der;
    X509 *x509 = X509_new_ex(scep_crypto_context(), NULL);

    if (x509 == NULL || size > LONG_MAX || d2i_X509(&x509, &cursor, (long)size) == NULL) {
        X509_free(x509);
        return NULL;
    }

    ScepCertificate *out = g_new0(ScepCertificate, 1);
    out->der = g_bytes_new(der, (size_t)(cursor - der));
    read_names(x509, out);
    read_serial(x509, out);
    read_usage(x509, out);
    read_key(x509, out);
    out->not_before = scep_asn1_time(X509_get0_notBefore(x509));
    out->not_after = scep_asn1_time(X509_get0_notAfter(x509));
    scep_crypto_sha1(der, (size_t)(cursor - der), out->sha1);
    scep_crypto_sha256(der, (size_t)(cursor - der), out->sha256);
    out->signature_algorithm = g_strdup(OBJ_nid2sn(X509_get_signature_nid(x509)));
    X509_free(x509);
    return out;
}

void scep_certificate_free(ScepCertificate *certificate)
{
    if (certificate == NULL)
        return;
    g_clear_pointer(&certificate->der, g_bytes_unref);
    g_free(certificate->subject);
    g_free(certificate->issuer);
    g_clear_pointer(&certificate->issuer_der, g_bytes_unref);
    g_clear_pointer(&certificate->serial, g_bytes_unref);
    g_clear_pointer(&certificate->alternative_names, g_ptr_array_unref);
    g_free(certificate->key_algorithm);
    g_free(certificate->signature_algorithm);
    g_free(certificate);
}

bool scep_certificate_is(const ScepCertificate *certificate, const uint8_t *issuer, size_t issuer_size,
                         const uint8_t *serial, size_t serial_size)
{
    size_t size;
    const void *own = g_bytes_get_data(certificate->serial, &size);

    if (size != serial_size || memcmp(own, serial, size) != 0 || certificate->issuer_der == NULL)
        return false;
    own = g_bytes_get_data(certificate->issuer_der, &size);
    return size == issuer_size && memcmp(own, issuer, size) == 0;
}

ScepCertificateRole scep_certificate_ca_role(const ScepCertificate *certificate, bool alone)
{
    if (certificate->is_ca)
        return certificate->self_signed && !alone ? SCEP_ROLE_ROOT : SCEP_ROLE_CA;
    if (alone)
        return SCEP_ROLE_CA;
    /* Not by is_request_agent: both certificates of NDES carry that purpose. */
    if (certificate->may_sign && !certificate->may_encipher)
        return SCEP_ROLE_RA_SIGNING;
    if (certificate->may_encipher && !certificate->may_sign)
        return SCEP_ROLE_RA_ENCRYPTION;
    return SCEP_ROLE_RA;
}

const char *scep_certificate_role_name(ScepCertificateRole role)
{
    static const char *const names[] = {
        [SCEP_ROLE_UNKNOWN] = "unknown",
        [SCEP_ROLE_CA] = "ca",
        [SCEP_ROLE_ROOT] = "root",
        [SCEP_ROLE_RA_SIGNING] = "ra-signing",
        [SCEP_ROLE_RA_ENCRYPTION] = "ra-encryption",
        [SCEP_ROLE_RA] = "ra",
        [SCEP_ROLE_SIGNER] = "signer",
        [SCEP_ROLE_ISSUED] = "issued",
        [SCEP_ROLE_NEXT_CA] = "next-ca",
    };
    return (size_t)role < G_N_ELEMENTS(names) ? names[role] : names[SCEP_ROLE_UNKNOWN];
}

char *scep_name_text(const uint8_t *der, size_t size)
{
    const unsigned char *cursor = der;
    X509_NAME *name = size <= LONG_MAX ? d2i_X509_NAME(NULL, &cursor, (long)size) : NULL;

    if (name == NULL)
        return NULL;
    char *text = scep_x509_name_text(name);
    X509_NAME_free(name);
    return text;
}
