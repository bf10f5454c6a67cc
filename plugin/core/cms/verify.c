/* verify.c
 * Digests and signatures: of a pkiMessage, of a PKCS#10 request, of a certificate.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/verify.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "asn1/der.h"
#include "crypto/public_key.h"
#include "crypto/crypto.h"
#include "scep/limits.h"
#include "crypto/signature.h"
#include "asn1/x509_spans.h"
#include "asn1/ber.h"

#define OID_DATA "1.2.840.113549.1.7.1"

static const char *const reasons[SCEP_VERIFY_REASON_COUNT] = {
    [SCEP_VERIFY_REENCODED] =
        "Good over the attributes put into DER, not over the bytes as sent: a strict receiver may differ",
    [SCEP_VERIFY_EMPTY_DIGEST] = "The digest is that of empty content, yet the message has content",
    [SCEP_VERIFY_TRUNCATED] = "The capture holds only part of the message",
    [SCEP_VERIFY_NO_SIGNER] = "Nobody signed this",
    [SCEP_VERIFY_NO_DIGEST] = "There is no messageDigest attribute",
    [SCEP_VERIFY_UNKNOWN_DIGEST] = "This OpenSSL does not have the digest algorithm",
    [SCEP_VERIFY_UNKNOWN_SIGNATURE] = "The signature algorithm is not one that can be checked here",
    [SCEP_VERIFY_UNKNOWN_KEY] = "The kind of public key, or its curve, is not one that can be used here",
    [SCEP_VERIFY_KEY_MISMATCH] = "The public key is of another kind than the signature algorithm",
    [SCEP_VERIFY_KEY_TOO_LARGE] = "The public key or its exponent is larger than what is computed with",
    [SCEP_VERIFY_KEY_UNREADABLE] = "The public key cannot be read",
    [SCEP_VERIFY_TOO_LARGE] = "The signed attributes are larger than what is put into DER",
    [SCEP_VERIFY_UNREADABLE] = "The encoding around the signature is broken",
};

const char *scep_verify_reason_text(ScepVerifyReason reason)
{
    return (size_t)reason < SCEP_VERIFY_REASON_COUNT ? reasons[reason] : NULL;
}

static ScepVerdict not_checked(ScepVerifyReason reason)
{
    return (ScepVerdict){ SCEP_VERIFY_NOT_CHECKED, reason };
}

static bool digest_is(const char *oid, const uint8_t *bytes, size_t size, const uint8_t *wanted, size_t wanted_size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    return scep_digest(oid, bytes, size, digest) == wanted_size && memcmp(digest, wanted, wanted_size) == 0;
}

/* PKCS#7 1.5 (RFC 2315 9.3) has content without an OCTET STRING around it and digests what is inside of its outermost
 * identifier and length; RFC 5652 5.2.1 tells verifiers to expect that. @return false where it cannot be the case */
static bool inner_content(const ScepMessage *message, const uint8_t *content, size_t size, ScepSpan *out)
{
    ScepBer outer;

    if (message->inner_type == NULL || strcmp(message->inner_type, OID_DATA) == 0 ||
        scep_ber_read(content, size, 0, &outer) != SCEP_BER_OK || !outer.constructed || outer.truncated)
        return false;
    *out = outer.content;
    return true;
}

/* The value of messageDigest, also where BER has it in pieces. @return false when it is not there, or not whole */
static bool read_wanted(const ScepMessage *message, const uint8_t *data, ScepOctets *out)
{
    const ScepAttribute *attribute = scep_message_get0_attribute(message, SCEP_ATTR_MESSAGE_DIGEST);
    const ScepSpan place = attribute != NULL ? attribute->value_whole : (ScepSpan){ 0, 0 };
    ScepBer value;

    memset(out, 0, sizeof *out);
    if (place.length == 0 || scep_ber_read(data, message->whole.length, place.offset, &value) != SCEP_BER_OK)
        return false;
    scep_octets_read(data, &value, out);
    return !out->truncated;
}

static ScepVerdict compare_digest(const ScepMessage *message, const uint8_t *content, size_t size,
                                  const uint8_t *wanted, size_t wanted_size)
{
    const char *algorithm = message->signer.digest_algorithm;
    uint8_t digest[EVP_MAX_MD_SIZE];
    const size_t digest_size = scep_digest(algorithm, content, size, digest);
    ScepSpan inner;

    if (digest_size == 0)
        return not_checked(SCEP_VERIFY_UNKNOWN_DIGEST);
    if (digest_size == wanted_size && memcmp(digest, wanted, digest_size) == 0)
        return (ScepVerdict){ SCEP_VERIFY_GOOD, SCEP_VERIFY_PLAIN };
    if (inner_content(message, content, size, &inner) &&
        digest_is(algorithm, content + inner.offset, inner.length, wanted, wanted_size))
        return (ScepVerdict){ SCEP_VERIFY_GOOD, SCEP_VERIFY_PLAIN };
    if (size > 0 && digest_is(algorithm, content, 0, wanted, wanted_size))
        return (ScepVerdict){ SCEP_VERIFY_BAD, SCEP_VERIFY_EMPTY_DIGEST };
    return (ScepVerdict){ SCEP_VERIFY_BAD, SCEP_VERIFY_PLAIN };
}

ScepVerdict scep_verify_digest(const ScepMessage *message, const uint8_t *data)
{
    ScepVerdict verdict = not_checked(message->truncated ? SCEP_VERIFY_TRUNCATED : SCEP_VERIFY_NO_DIGEST);
    ScepOctets wanted;

    if (message->signer_count == 0)
        return not_checked(message->truncated ? SCEP_VERIFY_TRUNCATED : SCEP_VERIFY_NO_SIGNER);
    if (message->content.truncated)
        return not_checked(SCEP_VERIFY_TRUNCATED);
    if (read_wanted(message, data, &wanted)) {
        size_t size, wanted_size;
        const uint8_t *content = scep_octets_get0_data(data, &message->content, &size);
        const uint8_t *octets = scep_octets_get0_data(data, &wanted, &wanted_size);
        verdict = compare_digest(message, content, size, octets, wanted_size);
    }
    scep_octets_clear(&wanted);
    return verdict;
}

/* Names that differ in string type or case are the same name (RFC 5280 7.1); OpenSSL compares so. */
static bool same_name(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    const unsigned char *a_cursor = a, *b_cursor = b;

    if (a_size == b_size && memcmp(a, b, a_size) == 0)
        return true;
    ERR_set_mark(); /* a name that is none is no error of anybody's */
    X509_NAME *left = d2i_X509_NAME(NULL, &a_cursor, (long)a_size);
    X509_NAME *right = d2i_X509_NAME(NULL, &b_cursor, (long)b_size);
    const bool same = left != NULL && right != NULL && X509_NAME_cmp(left, right) == 0;
    X509_NAME_free(left);
    X509_NAME_free(right);
    ERR_pop_to_mark();
    return same;
}

static bool same_octets(const uint8_t *a, ScepSpan a_span, const uint8_t *b, ScepSpan b_span)
{
    return a_span.length == b_span.length && memcmp(a + a_span.offset, b + b_span.offset, a_span.length) == 0;
}

/* subjectKeyIdentifier as the certificate has it, or by method (1) of RFC 5280 4.2.1.2 where it has none. */
static bool has_key_id(const uint8_t *certificate, size_t size, const ScepX509Spans *spans, const uint8_t *data,
                       ScepSpan key_id)
{
    ScepSpki spki;
    uint8_t sha1[20];

    if (spans->key_id.length > 0)
        return same_octets(certificate, spans->key_id, data, key_id);
    return scep_spki_read(certificate, size, spans->spki.offset, &spki) && key_id.length == sizeof sha1 &&
           scep_crypto_sha1(certificate + spki.key.offset, spki.key.length, sha1) &&
           memcmp(sha1, data + key_id.offset, sizeof sha1) == 0;
}

static bool names_certificate(const ScepSigner *signer, const uint8_t *data, const uint8_t *certificate, size_t size,
                              const ScepX509Spans *spans)
{
    if (signer->key_id.length > 0)
        return has_key_id(certificate, size, spans, data, signer->key_id);
    return signer->serial.length > 0 && same_octets(certificate, spans->serial, data, signer->serial) &&
           same_name(certificate + spans->issuer.offset, spans->issuer.length, data + signer->issuer.offset,
                     signer->issuer.length);
}

/* True when the SignerInfo names this certificate, by issuer and serial number or by key identifier. */
static bool is_signer(const ScepMessage *message, const uint8_t *data, const uint8_t *certificate,
                      size_t certificate_size)
{
    ScepX509Spans spans;

    return scep_x509_spans_read(certificate, certificate_size, &spans) &&
           names_certificate(&message->signer, data, certificate, certificate_size, &spans);
}

/* The certificate among message->certificates that signed it. @return length 0 when it is not there. */
static ScepSpan signer_certificate(const ScepMessage *message, const uint8_t *data)
{
    for (guint i = 0; i < message->certificates->len; i++) {
        const ScepSpan span = g_array_index(message->certificates, ScepSpan, i);
        if (is_signer(message, data, data + span.offset, span.length))
            return span;
    }
    return (ScepSpan){ 0, 0 };
}

/* The signature's octets, also where BER has them in pieces: the element behind signatureAlgorithm. */
static bool read_signature(const ScepSigner *signer, const uint8_t *data, ScepOctets *out)
{
    const size_t offset = signer->signature_algorithm_whole.offset + signer->signature_algorithm_whole.length;
    ScepBer node;

    memset(out, 0, sizeof *out);
    if (signer->signature_algorithm_whole.length == 0 ||
        scep_ber_read(data, signer->whole.offset + signer->whole.length, offset, &node) != SCEP_BER_OK ||
        !scep_ber_is(&node, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING))
        return false;
    scep_octets_read(data, &node, out);
    return !out->truncated;
}

/* The signed attributes as they are signed: with the tag of a SET OF in place of [0] (RFC 5652 5.4).
 * @return false when they cannot be put into DER */
static bool attributes_set(const uint8_t *data, const ScepBer *attributes, bool sort, GByteArray *out)
{
    GByteArray *copy = g_byte_array_new();
    ScepBer set = *attributes;

    /* Sorting goes by the tag, so tell the writer that this is a SET. */
    set.tag_class = SCEP_BER_UNIVERSAL;
    set.tag = SCEP_TAG_SET;
    const bool good = scep_der_copy(copy, data, &set, sort);
    if (good) {
        copy->data[0] = 0x31;
        g_byte_array_append(out, copy->data, copy->len);
    }
    g_byte_array_unref(copy);
    return good;
}

/* Signers hash DER, and nearly all send the very same bytes. Those that send BER may have hashed their own order (what
 * OpenSSL checks) or the sorted one (what RFC 5652 5.4 asks for). */
static ScepVerdict check_attributes(const ScepSignature *signature, ScepSpan place)
{
    const uint8_t *data = signature->data;
    ScepVerdict verdict = not_checked(SCEP_VERIFY_UNREADABLE);
    ScepBer attributes;

    if (scep_ber_read(data, place.offset + place.length, place.offset, &attributes) != SCEP_BER_OK)
        return verdict;
    GByteArray *tried = g_byte_array_new();
    if (!attributes.indefinite) {
        g_byte_array_append(tried, data + place.offset, (guint)place.length);
        tried->data[0] = 0x31;
        verdict = scep_signature_check(signature, tried->data, tried->len);
    } else if (place.length > SCEP_MAX_REENCODED) {
        verdict = not_checked(SCEP_VERIFY_TOO_LARGE);
    }
    bool again = place.length <= SCEP_MAX_REENCODED && (attributes.indefinite || verdict.status == SCEP_VERIFY_BAD);
    for (int sort = 0; again && sort <= 1; sort++) {
        GByteArray *set = g_byte_array_new();
        const bool readable = attributes_set(data, &attributes, sort, set);
        if (readable && (set->len != tried->len || memcmp(set->data, tried->data, set->len) != 0)) {
            verdict = scep_signature_check(signature, set->data, set->len);
            if (verdict.status == SCEP_VERIFY_GOOD && !attributes.indefinite)
                verdict.reason = SCEP_VERIFY_REENCODED;
        }
        again = readable && verdict.status == SCEP_VERIFY_BAD;
        g_byte_array_unref(tried);
        tried = set;
    }
    g_byte_array_unref(tried);
    return verdict;
}

static ScepVerdict check_content(const ScepMessage *message, const ScepSignature *signature)
{
    ScepSpan inner;
    size_t size;

    if (message->content.truncated)
        return not_checked(SCEP_VERIFY_TRUNCATED);
    const uint8_t *content = scep_octets_get0_data(signature->data, &message->content, &size);
    ScepVerdict verdict = scep_signature_check(signature, content, size);
    if (verdict.status == SCEP_VERIFY_BAD && inner_content(message, content, size, &inner))
        verdict = scep_signature_check(signature, content + inner.offset, inner.length);
    return verdict;
}

/* @param spki  of the signer's certificate, in the buffer @a holder */
static ScepVerdict check_signer(const ScepMessage *message, const uint8_t *data, const uint8_t *holder,
                                const ScepSpki *spki)
{
    const ScepSigner *signer = &message->signer;
    ScepVerdict verdict = not_checked(SCEP_VERIFY_UNREADABLE);
    ScepOctets octets;

    if (read_signature(signer, data, &octets)) {
        EVP_PKEY *key = scep_public_key_new(holder, spki, &verdict.reason);
        ScepSignature signature = {
            .key = key, .data = data, .algorithm = signer->signature_algorithm_whole, .digest = signer->digest_algorithm
        };
        signature.octets = scep_octets_get0_data(data, &octets, &signature.size);
        if (key != NULL)
            verdict = signer->signed_attributes.length > 0 ? check_attributes(&signature, signer->signed_attributes)
                                                           : check_content(message, &signature);
        EVP_PKEY_free(key);
    }
    scep_octets_clear(&octets);
    return verdict;
}

ScepVerdict scep_verify_signature(const ScepMessage *message, const uint8_t *data, const uint8_t *certificate,
                                  size_t certificate_size)
{
    ScepX509Spans spans;
    ScepSpki spki;

    if (message->signer_count == 0)
        return not_checked(message->truncated ? SCEP_VERIFY_TRUNCATED : SCEP_VERIFY_NO_SIGNER);
    if (message->truncated)
        return not_checked(SCEP_VERIFY_TRUNCATED);
    if (certificate == NULL) {
        const ScepSpan own = signer_certificate(message, data);
        certificate = data + own.offset;
        certificate_size = own.length;
    }
    if (certificate_size == 0 || !scep_x509_spans_read(certificate, certificate_size, &spans) ||
        !names_certificate(&message->signer, data, certificate, certificate_size, &spans))
        return (ScepVerdict){ SCEP_VERIFY_NO_CERTIFICATE, SCEP_VERIFY_PLAIN };
    if (!scep_spki_read(certificate, certificate_size, spans.spki.offset, &spki))
        return not_checked(SCEP_VERIFY_KEY_UNREADABLE);
    return check_signer(message, data, certificate, &spki);
}

static ScepVerdict check_signed(const uint8_t *der, const ScepSigned *parts, const uint8_t *spki_data,
                                const ScepSpki *spki)
{
    ScepVerifyReason reason = SCEP_VERIFY_PLAIN;
    EVP_PKEY *key = scep_public_key_new(spki_data, spki, &reason);

    if (key == NULL)
        return not_checked(reason);
    const ScepSignature signature = { .key = key,
                                      .data = der,
                                      .algorithm = parts->algorithm,
                                      .octets = der + parts->signature.offset,
                                      .size = parts->signature.length };
    const ScepVerdict verdict =
        scep_signature_check(&signature, der + parts->signed_part.whole.offset, parts->signed_part.whole.length);
    EVP_PKEY_free(key);
    return verdict;
}

ScepVerdict scep_verify_request(const uint8_t *der, size_t size)
{
    ScepSigned parts;
    ScepBer item;
    ScepSpki spki;

    /* CertificationRequestInfo ::= SEQUENCE { version, subject, subjectPKInfo, [0] attributes } */
    if (!scep_signed_read(der, size, &parts) || scep_ber_first(der, &parts.signed_part, &item) != SCEP_BER_OK ||
        scep_ber_next(der, &parts.signed_part, &item, &item) != SCEP_BER_OK ||
        scep_ber_next(der, &parts.signed_part, &item, &item) != SCEP_BER_OK ||
        !scep_spki_read(der, size, item.whole.offset, &spki))
        return not_checked(SCEP_VERIFY_UNREADABLE);
    return check_signed(der, &parts, der, &spki);
}

ScepVerdict scep_verify_certificate(const uint8_t *der, size_t size, const uint8_t *issuer, size_t issuer_size)
{
    const uint8_t *holder = issuer != NULL ? issuer : der;
    const size_t holder_size = issuer != NULL ? issuer_size : size;
    ScepX509Spans spans;
    ScepSigned parts;
    ScepSpki spki;

    if (!scep_signed_read(der, size, &parts) || !scep_x509_spans_read(holder, holder_size, &spans) ||
        !scep_spki_read(holder, holder_size, spans.spki.offset, &spki))
        return not_checked(SCEP_VERIFY_UNREADABLE);
    return check_signed(der, &parts, holder, &spki);
}
