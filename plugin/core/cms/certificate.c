/* certificate.c
 * The facts about an X.509 certificate that an administrator compares.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/cms.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/public_key.h"
#include "asn1/time.h"
#include "asn1/x509_spans.h"
#include "cms/common_name.h"
#include "cms/issuer.h"
#include "cms/x509_text.h"

/* Enrollment Agent, shown by Windows as "Certificate Request Agent" */
#define OID_REQUEST_AGENT "1.3.6.1.4.1.311.20.2.1"

/* A certificate that is being read. */
typedef struct {
    const uint8_t *der;
    ScepX509Spans spans;
    ScepSpki spki;
    ScepSigned outside;
    X509_NAME *subject, *issuer;
    STACK_OF(X509_EXTENSION) * extensions; /* NULL for none */
    int signature_nid;
} Reading;

static X509_NAME *read_name(const uint8_t *der, ScepSpan span)
{
    const unsigned char *cursor = der + span.offset;

    return span.length <= LONG_MAX ? d2i_X509_NAME(NULL, &cursor, (long)span.length) : NULL;
}

/* d2i_X509() would make a key object of every certificate, which costs ten times as much as all the rest, so only the
 * parts are decoded by OpenSSL. @return false when this is no certificate; what was decoded is to be released anyway */
static bool read_parts(Reading *reading, const uint8_t *der, size_t size)
{
    const ScepX509Spans *spans = &reading->spans;

    reading->der = der;
    if (!scep_signed_read(der, size, &reading->outside) || !scep_x509_spans_read(der, size, &reading->spans) ||
        !scep_spki_read(der, spans->spki.offset + spans->spki.length, spans->spki.offset, &reading->spki))
        return false;
    reading->subject = read_name(der, spans->subject);
    reading->issuer = read_name(der, spans->issuer);
    if (spans->extensions.length > 0 && spans->extensions.length <= LONG_MAX) {
        const unsigned char *cursor = der + spans->extensions.offset;
        reading->extensions = d2i_X509_EXTENSIONS(NULL, &cursor, (long)spans->extensions.length);
    }
    return reading->subject != NULL && reading->issuer != NULL;
}

static void release(Reading *reading)
{
    X509_NAME_free(reading->subject);
    X509_NAME_free(reading->issuer);
    sk_X509_EXTENSION_pop_free(reading->extensions, X509_EXTENSION_free);
}

static void read_key(const Reading *reading, ScepCertificate *out)
{
    scep_crypto_sha256(reading->der + reading->spans.spki.offset, reading->spans.spki.length, out->spki_sha256);
    out->key_algorithm = scep_public_key_new_algorithm(reading->der, &reading->spki);
    out->key_bits = scep_public_key_bits(reading->der, &reading->spki);
}

static void read_signature_algorithm(Reading *reading, ScepCertificate *out)
{
    const unsigned char *cursor = reading->der + reading->outside.algorithm.offset;
    X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &cursor, (long)reading->outside.algorithm.length);
    const ASN1_OBJECT *object = NULL;
    char oid[80] = "";

    if (algorithm != NULL)
        X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    reading->signature_nid = OBJ_obj2nid(object);
    if (object != NULL && reading->signature_nid == NID_undef)
        OBJ_obj2txt(oid, sizeof oid, object, 1);
    out->signature_algorithm = g_strdup(reading->signature_nid != NID_undef ? OBJ_nid2sn(reading->signature_nid) : oid);
    X509_ALGOR_free(algorithm);
}

/* RFC 5280 4.2.1.1 and 4.2.1.2: an authorityKeyIdentifier, where there is one, names the certificate itself. */
static bool key_identifiers_agree(const Reading *reading)
{
    AUTHORITY_KEYID *authority = X509V3_get_d2i(reading->extensions, NID_authority_key_identifier, NULL, NULL);
    ASN1_OCTET_STRING *own = X509V3_get_d2i(reading->extensions, NID_subject_key_identifier, NULL, NULL);
    bool agree = true;

    if (authority != NULL && authority->keyid != NULL && own != NULL)
        agree = ASN1_OCTET_STRING_cmp(authority->keyid, own) == 0;
    if (agree && authority != NULL && authority->serial != NULL)
        agree = (size_t)authority->serial->length == reading->spans.serial.length &&
                memcmp(authority->serial->data, reading->der + reading->spans.serial.offset,
                       reading->spans.serial.length) == 0;
    ASN1_OCTET_STRING_free(own);
    AUTHORITY_KEYID_free(authority);
    return agree;
}

/* A key cannot have made a signature of another kind. */
static bool may_have_signed(const Reading *reading)
{
    const int key = scep_public_key_nid(reading->der, &reading->spki);
    int kind = NID_undef;

    if (!OBJ_find_sigid_algs(reading->signature_nid, NULL, &kind) || kind == NID_undef || kind == key)
        return true;
    return kind == NID_rsassaPss && key == NID_rsaEncryption;
}

/* Bits 0, 2 and 5 (RFC 5280 4.2.1.3); without the extension the key may be used for anything. A CA is who may sign
 * certificates: an RA may be marked cA, and what basicConstraints denies no keyUsage grants (4.2.1.9). */
static void read_key_usage(const Reading *reading, ScepCertificate *out)
{
    ASN1_BIT_STRING *usage = X509V3_get_d2i(reading->extensions, NID_key_usage, NULL, NULL);
    BASIC_CONSTRAINTS *constraints = X509V3_get_d2i(reading->extensions, NID_basic_constraints, NULL, NULL);
    const bool denied = constraints != NULL && constraints->ca == 0;

    out->has_key_usage = usage != NULL;
    out->may_sign = usage == NULL || ASN1_BIT_STRING_get_bit(usage, 0);
    out->may_encipher = usage == NULL || ASN1_BIT_STRING_get_bit(usage, 2);
    if (usage != NULL)
        out->is_ca = ASN1_BIT_STRING_get_bit(usage, 5) && !denied;
    else
        out->is_ca = constraints != NULL ? !denied : reading->spans.version_1 && out->self_issued;
    BASIC_CONSTRAINTS_free(constraints);
    ASN1_BIT_STRING_free(usage);
}

static void read_purposes(const Reading *reading, ScepCertificate *out)
{
    EXTENDED_KEY_USAGE *purposes = X509V3_get_d2i(reading->extensions, NID_ext_key_usage, NULL, NULL);
    ASN1_OBJECT *agent = OBJ_txt2obj(OID_REQUEST_AGENT, 1);

    for (int i = 0; agent != NULL && i < sk_ASN1_OBJECT_num(purposes); i++)
        out->is_request_agent |= OBJ_cmp(sk_ASN1_OBJECT_value(purposes, i), agent) == 0;
    ASN1_OBJECT_free(agent);
    EXTENDED_KEY_USAGE_free(purposes);
}

/* What can be computed is computed: an extension does not outvote it. Windows signs with a self-signed certificate
 * whose authorityKeyIdentifier names another key. */
static void read_issuer(const Reading *reading, ScepCertificate *out)
{
    int critical = 0;

    out->self_issued = X509_NAME_cmp(reading->subject, reading->issuer) == 0;
    if (!out->self_issued)
        return;
    AUTHORITY_KEYID_free(X509V3_get_d2i(reading->extensions, NID_authority_key_identifier, &critical, NULL));
    out->critical_authority = critical == 1;
    const ScepVerifyStatus status = scep_certificate_signed_by(out, out);
    out->self_signed = status == SCEP_VERIFY_NOT_CHECKED ? key_identifiers_agree(reading) && may_have_signed(reading)
                                                         : status == SCEP_VERIFY_GOOD;
}

static void read_names(const Reading *reading, ScepCertificate *out)
{
    const ScepX509Spans *spans = &reading->spans;

    out->subject = scep_x509_name_new_text(reading->subject);
    out->issuer = scep_x509_name_new_text(reading->issuer);
    out->issuer_der = g_bytes_new(reading->der + spans->issuer.offset, spans->issuer.length);
    out->serial = g_bytes_new(reading->der + spans->serial.offset, spans->serial.length);

    GENERAL_NAMES *names = X509V3_get_d2i(reading->extensions, NID_subject_alt_name, NULL, NULL);
    if (names != NULL)
        out->alternative_names = scep_general_names_new_text(names);
    GENERAL_NAMES_free(names);
}

static void read_validity(const Reading *reading, ScepCertificate *out)
{
    const ScepSpan span = reading->spans.validity;
    ScepBer validity, time;

    if (scep_ber_read(reading->der, span.offset + span.length, span.offset, &validity) != SCEP_BER_OK ||
        scep_ber_first(reading->der, &validity, &time) != SCEP_BER_OK)
        return;
    out->not_before = scep_time_parse(reading->der + time.content.offset, time.content.length, time.tag);
    if (scep_ber_next(reading->der, &validity, &time, &time) == SCEP_BER_OK)
        out->not_after = scep_time_parse(reading->der + time.content.offset, time.content.length, time.tag);
}

ScepCertificate *scep_certificate_new(const uint8_t *der, size_t size)
{
    return scep_certificate_new_from_der(der, size, true);
}

ScepCertificate *scep_certificate_new_from_der(const uint8_t *der, size_t size, bool computes)
{
    Reading reading = { .der = der };
    ScepCertificate *out = NULL;

    ERR_set_mark();
    if (read_parts(&reading, der, size)) {
        const size_t whole = reading.spans.whole.length;
        out = g_new0(ScepCertificate, 1);
        out->der = g_bytes_new(der, whole);
        out->computes = computes;
        read_names(&reading, out);
        read_signature_algorithm(&reading, out);
        read_key(&reading, out);
        read_validity(&reading, out);
        scep_crypto_sha1(der, whole, out->sha1);
        scep_crypto_sha256(der, whole, out->sha256);
        read_issuer(&reading, out);
        read_key_usage(&reading, out);
        read_purposes(&reading, out);
    }
    release(&reading);
    ERR_pop_to_mark();
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

bool scep_certificate_is_throwaway(const ScepCertificate *certificate)
{
    return certificate->self_signed && scep_common_name_is(certificate->subject, SCEP_THROWAWAY_NAME);
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

char *scep_name_new_text(const uint8_t *der, size_t size)
{
    const unsigned char *cursor = der;

    ERR_set_mark();
    X509_NAME *name = size <= LONG_MAX ? d2i_X509_NAME(NULL, &cursor, (long)size) : NULL;
    char *text = name != NULL ? scep_x509_name_new_text(name) : NULL;
    X509_NAME_free(name);
    ERR_pop_to_mark();
    return text;
}
