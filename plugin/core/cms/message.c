/* message.c
 * The CMS structure of a pkiMessage or certs-only answer (RFC 5652 3 and 5; PKCS#7 1.5 has the same shape).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/cms.h"

#include <string.h>

#include "cms/message.h"
#include "scep/limits.h"
#include "asn1/ber.h"

static const uint8_t oid_signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
static const uint8_t oid_scep_attributes[] = { 0x06, 0x0a, 0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x45, 0x01, 0x09 };

static const struct {
    const char *oid;
    ScepContentKind kind;
} content_kinds[] = {
    { "1.2.840.113549.1.7.3", SCEP_CONTENT_ENVELOPED },
    { "1.2.840.113549.1.7.6", SCEP_CONTENT_ENCRYPTED },
    { "1.2.840.113549.1.9.16.1.23", SCEP_CONTENT_AUTH_ENVELOPED },
    { "1.2.840.113549.1.7.2", SCEP_CONTENT_SIGNED },
};

void scep_message_problem(ScepMessage *message, ScepProblemCode code, ScepAttributeId attribute, ScepSpan where,
                          uint64_t number)
{
    for (guint i = 0; i < message->problems->len; i++) {
        const ScepProblem *known = &g_array_index(message->problems, ScepProblem, i);
        if (known->code == code && known->attribute == attribute && known->where.offset == where.offset)
            return;
    }
    if (message->problems->len >= SCEP_MAX_PROBLEMS)
        return;
    const ScepProblem problem = { code, attribute, where, number };
    g_array_append_val(message->problems, problem);
}

bool scep_message_has_problem(const ScepMessage *message, ScepProblemCode code)
{
    for (guint i = 0; i < message->problems->len; i++) {
        if (g_array_index(message->problems, ScepProblem, i).code == code)
            return true;
    }
    return false;
}

static void structure_problem(ScepMessage *message, ScepProblemCode code, ScepSpan where)
{
    scep_message_problem(message, code, SCEP_ATTR_UNKNOWN, where, 0);
}

/* Reads the next element and books what is wrong with it. @return false when there is none to work with. */
static bool take(ScepMessage *message, const uint8_t *data, const ScepBer *parent, const ScepBer *previous,
                 ScepBer *out)
{
    const ScepSpan place = previous ? previous->whole : parent->content;
    const ScepBerError error =
        previous ? scep_ber_next(data, parent, previous, out) : scep_ber_first(data, parent, out);

    if (error == SCEP_BER_OK) {
        message->uses_ber |= out->indefinite;
        /* Where the message is whole, an element that its parent cuts has a wrong length; so seem those below it. */
        if (out->truncated && !message->truncated && !scep_message_has_problem(message, SCEP_PROBLEM_BAD_BER))
            structure_problem(message, SCEP_PROBLEM_BAD_BER, out->whole);
        return true;
    }
    if (error != SCEP_BER_END)
        structure_problem(message, SCEP_PROBLEM_BAD_BER, place);
    return false;
}

static char *oid_text(const uint8_t *data, const ScepBer *node)
{
    return scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_OID) && !node->truncated
               ? scep_ber_new_oid_text(data + node->content.offset, node->content.length)
               : NULL;
}

/* The OID of an AlgorithmIdentifier; parameters may be NULL, absent or anything. */
static char *algorithm_text(const uint8_t *data, const ScepBer *algorithm)
{
    ScepBer oid;

    return scep_ber_first(data, algorithm, &oid) == SCEP_BER_OK ? oid_text(data, &oid) : NULL;
}

static ScepContentKind classify_content(const uint8_t *bytes, size_t size)
{
    ScepBer outer, oid;

    if (size == 0)
        return SCEP_CONTENT_EMPTY;
    if (size == 1 && bytes[0] == 0)
        return SCEP_CONTENT_ZERO_BYTE;
    if (scep_ber_read(bytes, size, 0, &outer) != SCEP_BER_OK || !outer.constructed ||
        !scep_ber_is(&outer, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) ||
        scep_ber_first(bytes, &outer, &oid) != SCEP_BER_OK)
        return SCEP_CONTENT_OTHER;

    char *text = oid_text(bytes, &oid);
    ScepContentKind kind = text ? SCEP_CONTENT_CMS_OTHER : SCEP_CONTENT_OTHER;
    for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(content_kinds); i++) {
        if (strcmp(text, content_kinds[i].oid) == 0)
            kind = content_kinds[i].kind;
    }
    g_free(text);
    return kind;
}

/* EncapsulatedContentInfo ::= SEQUENCE { eContentType, eContent [0] EXPLICIT OCTET STRING OPTIONAL } */
static void read_encapsulated(ScepMessage *message, const uint8_t *data, const ScepBer *info)
{
    ScepBer type, tagged, octets;
    size_t size;

    if (!take(message, data, info, NULL, &type))
        return;
    message->inner_type = oid_text(data, &type);
    if (!take(message, data, info, &type, &tagged) || !scep_ber_is(&tagged, SCEP_BER_CONTEXT, 0))
        return;
    if (!take(message, data, &tagged, NULL, &octets)) {
        message->content_kind = tagged.truncated ? SCEP_CONTENT_ABSENT : SCEP_CONTENT_EMPTY;
        return;
    }
    if (scep_ber_is(&octets, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING)) {
        scep_octets_read(data, &octets, &message->content);
        message->uses_ber |= octets.constructed;
    } else {
        /* PKCS#7 1.5 puts ANY here, so a few old peers place the ContentInfo without an OCTET STRING around it. */
        message->content.span = octets.whole;
        message->content.pieces = 1;
    }
    const uint8_t *bytes = scep_octets_get0_data(data, &message->content, &size);
    message->content_kind = classify_content(bytes, size);
}

static void collect(ScepMessage *message, const uint8_t *data, const ScepBer *set, GArray *spans, size_t most)
{
    ScepBer item;

    for (bool more = take(message, data, set, NULL, &item); more; more = take(message, data, set, &item, &item)) {
        if (spans->len >= most) {
            structure_problem(message, SCEP_PROBLEM_TOO_MANY, item.whole);
            return;
        }
        if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE))
            g_array_append_val(spans, item.whole);
    }
}

/* SignerIdentifier ::= CHOICE { issuerAndSerialNumber, [0] subjectKeyIdentifier } */
static void read_signer_id(ScepMessage *message, const uint8_t *data, const ScepBer *sid)
{
    ScepBer issuer, serial;

    if (scep_ber_is(sid, SCEP_BER_CONTEXT, 0)) {
        message->signer.key_id = sid->content;
        return;
    }
    if (!take(message, data, sid, NULL, &issuer))
        return;
    message->signer.issuer = issuer.whole;
    if (take(message, data, sid, &issuer, &serial))
        message->signer.serial = serial.content;
}

/* SignerInfo ::= SEQUENCE { version, sid, digestAlgorithm, [0] signedAttrs OPTIONAL, signatureAlgorithm, signature,
 * [1] unsignedAttrs OPTIONAL }, RFC 5652 5.3 */
static void read_signer(ScepMessage *message, const uint8_t *data, const ScepBer *info)
{
    ScepSigner *signer = &message->signer;
    ScepBer item;

    signer->whole = info->whole;
    if (!take(message, data, info, NULL, &item))
        return;
    if (item.content.length == 1)
        signer->version = data[item.content.offset];
    if (!take(message, data, info, &item, &item))
        return;
    read_signer_id(message, data, &item);
    if (!take(message, data, info, &item, &item))
        return;
    signer->digest_algorithm = algorithm_text(data, &item);
    if (!take(message, data, info, &item, &item))
        return;
    if (scep_ber_is(&item, SCEP_BER_CONTEXT, 0)) {
        signer->signed_attributes = item.whole;
        scep_message_read_attributes(message, data, &item);
        if (!take(message, data, info, &item, &item))
            return;
    }
    signer->signature_algorithm = algorithm_text(data, &item);
    signer->signature_algorithm_whole = item.whole;
    if (take(message, data, info, &item, &item) && !item.constructed)
        signer->signature = item.content;
}

static void read_signers(ScepMessage *message, const uint8_t *data, const ScepBer *set)
{
    ScepBer info;

    for (bool more = take(message, data, set, NULL, &info); more; more = take(message, data, set, &info, &info)) {
        if (message->signer_count++ == 0)
            read_signer(message, data, &info);
        else if (message->signer_count == 2)
            structure_problem(message, SCEP_PROBLEM_SEVERAL_SIGNERS, info.whole);
    }
}

/* Without a SignerInfo it is a certs-only message, unless it holds an envelope, which nobody sends unsigned. Of a
 * message that is cut or broken before its signers, seeing certificates and no content is enough. */
static void settle_certs_only(ScepMessage *message, bool signers_seen)
{
    const bool enveloped =
        message->content_kind == SCEP_CONTENT_ENVELOPED || message->content_kind == SCEP_CONTENT_AUTH_ENVELOPED;

    if (message->signer_count > 0)
        return;
    if (enveloped) {
        if (!message->truncated && !scep_message_has_problem(message, SCEP_PROBLEM_BAD_BER))
            structure_problem(message, SCEP_PROBLEM_NO_SIGNER, message->whole);
        return;
    }
    message->certs_only = signers_seen || (message->content_kind <= SCEP_CONTENT_ZERO_BYTE &&
                                           message->certificates->len + message->crls->len > 0);
}

/* SignedData ::= SEQUENCE { version, digestAlgorithms, encapContentInfo, [0] certificates, [1] crls, signerInfos } */
static void read_signed_data(ScepMessage *message, const uint8_t *data, const ScepBer *signed_data)
{
    ScepBer item;
    unsigned position = 0;
    bool has_content = false, signers_seen = false;

    for (bool more = take(message, data, signed_data, NULL, &item); more;
         more = take(message, data, signed_data, &item, &item)) {
        if (scep_ber_is(&item, SCEP_BER_CONTEXT, 0))
            collect(message, data, &item, message->certificates, SCEP_MAX_CERTIFICATES);
        else if (scep_ber_is(&item, SCEP_BER_CONTEXT, 1))
            collect(message, data, &item, message->crls, SCEP_MAX_CERTIFICATES);
        else if (position == 2 && !has_content) { /* a damaged class may make two of them */
            read_encapsulated(message, data, &item);
            has_content = true;
        } else if (position == 3 && scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_SET)) {
            read_signers(message, data, &item);
            signers_seen = !item.truncated && !item.broken;
        }
        /* version, digestAlgorithms and encapContentInfo come first, signerInfos last */
        if (item.tag_class == SCEP_BER_UNIVERSAL)
            position++;
        if (item.truncated)
            break;
    }
    settle_certs_only(message, signers_seen);
}

static void read_content_info(ScepMessage *message, const uint8_t *data, size_t size)
{
    ScepBer outer, type, tagged, signed_data;

    const ScepBerError error = scep_ber_read(data, size, 0, &outer);
    if (error != SCEP_BER_OK || !outer.constructed || !scep_ber_is(&outer, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE)) {
        structure_problem(message, error > SCEP_BER_END ? SCEP_PROBLEM_BAD_BER : SCEP_PROBLEM_NOT_CMS,
                          (ScepSpan){ 0, size });
        return;
    }
    message->whole = outer.whole;
    message->uses_ber = outer.indefinite;
    message->truncated |= outer.truncated;
    message->missing = outer.missing;
    if (outer.whole.length < size)
        scep_message_problem(message, SCEP_PROBLEM_TRAILING_BYTES, SCEP_ATTR_UNKNOWN,
                             (ScepSpan){ outer.whole.length, size - outer.whole.length }, size - outer.whole.length);

    const bool has_type = take(message, data, &outer, NULL, &type);
    message->content_type = has_type ? oid_text(data, &type) : NULL;
    if (message->content_type == NULL) {
        /* Where the type itself is cut, this may well be CMS. */
        if (!outer.truncated || (has_type && !type.truncated))
            structure_problem(message, SCEP_PROBLEM_NOT_CMS, outer.whole);
        return;
    }
    if (!scep_ber_oid_is(data, &type, oid_signed_data, sizeof oid_signed_data)) {
        structure_problem(message, SCEP_PROBLEM_NOT_SIGNED_DATA, type.whole);
        return;
    }
    message->is_signed_data = true;
    if (take(message, data, &outer, &type, &tagged) && scep_ber_is(&tagged, SCEP_BER_CONTEXT, 0) &&
        take(message, data, &tagged, NULL, &signed_data))
        read_signed_data(message, data, &signed_data);
    if (outer.broken && !scep_message_has_problem(message, SCEP_PROBLEM_BAD_BER))
        structure_problem(message, SCEP_PROBLEM_BAD_BER, outer.whole);
}

ScepMessage *scep_message_new(const uint8_t *data, size_t size, uint64_t missing_hint)
{
    ScepMessage *message = g_new0(ScepMessage, 1);

    message->certificates = g_array_new(FALSE, FALSE, sizeof(ScepSpan));
    message->crls = g_array_new(FALSE, FALSE, sizeof(ScepSpan));
    message->attributes = g_array_new(FALSE, FALSE, sizeof(ScepAttribute));
    message->problems = g_array_new(FALSE, FALSE, sizeof(ScepProblem));
    message->message_type = message->pki_status = message->fail_info = -1;

    message->truncated = missing_hint > 0; /* before anything is read, so that nothing is blamed for what is missing */
    read_content_info(message, data, size);
    if (message->truncated) {
        message->missing = MAX(message->missing, missing_hint);
        scep_message_problem(message, SCEP_PROBLEM_TRUNCATED, SCEP_ATTR_UNKNOWN, message->whole, message->missing);
    }
    if (message->is_signed_data)
        scep_message_check(message);
    return message;
}

void scep_message_free(ScepMessage *message)
{
    if (message == NULL)
        return;
    g_array_unref(message->certificates);
    g_array_unref(message->crls);
    g_array_unref(message->attributes);
    g_array_unref(message->problems);
    scep_octets_clear(&message->content);
    g_free(message->content_type);
    g_free(message->inner_type);
    g_free(message->signer.digest_algorithm);
    g_free(message->signer.signature_algorithm);
    g_free(message->transaction_id);
    g_free(message->fail_info_text);
    g_free(message->message_type_other);
    g_free(message->pki_status_other);
    g_free(message->fail_info_other);
    g_free(message);
}

bool scep_message_is_signed_data(const uint8_t *data, size_t size)
{
    ScepBer outer, type;

    return size > 2 && data[0] == 0x30 && scep_ber_read(data, size, 0, &outer) == SCEP_BER_OK &&
           scep_ber_first(data, &outer, &type) == SCEP_BER_OK &&
           scep_ber_oid_is(data, &type, oid_signed_data, sizeof oid_signed_data);
}

bool scep_message_looks_like(const uint8_t *data, size_t size)
{
    if (!scep_message_is_signed_data(data, size))
        return false;
    for (size_t pos = 0; pos + sizeof oid_scep_attributes <= size; pos++) {
        const uint8_t *hit = memchr(data + pos, oid_scep_attributes[0], size - pos);
        if (hit == NULL)
            return false;
        pos = (size_t)(hit - data);
        if (pos + sizeof oid_scep_attributes <= size &&
            memcmp(hit, oid_scep_attributes, sizeof oid_scep_attributes) == 0)
            return true;
    }
    return false;
}
