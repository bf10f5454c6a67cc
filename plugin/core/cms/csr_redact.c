/* csr_redact.c
 * A PKCS#10 request without its challenge: the octets of values go, types and lengths stay.
 *
 * The copy is read again, by Wireshark's own dissectors, so that what replaces a value has to be one of its type.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "asn1/ber.h"
#include "cms/csr.h"
#include "scep/limits.h"

/* 1.2.840.113549.1.9.7 */
static const uint8_t oid_challenge[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x07 };

enum { TAG_NUMERIC_STRING = 18, TAG_UNIVERSAL_STRING = 28 };

static bool is_oid(const ScepBer *node)
{
    return scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_OID) && !node->constructed;
}

/* ---- overwriting ------------------------------------------------------------------------------------------------- */

/* Characters of @a width octets, the last of them @a letter. */
static void fill_wide(uint8_t *octets, size_t size, size_t width, uint8_t letter)
{
    for (size_t i = 0; i < size; i++)
        octets[i] = i % width == width - 1 ? letter : 0;
}

/* A time has to be one, or its reader complains. */
static void fill_time(uint8_t *octets, size_t size, uint32_t tag)
{
    static const char utc[] = "700101000000Z", generalized[] = "19700101000000Z";
    const char *time = tag == SCEP_TAG_UTC_TIME ? utc : generalized;

    if (size == strlen(time))
        memcpy(octets, time, size);
    else
        memset(octets, '0', size);
}

/* @a tag  universal; 0 for any other class. 0x2a is '*', and a part of an OBJECT IDENTIFIER or a number as well. */
static void fill(uint8_t *octets, size_t size, uint32_t tag)
{
    switch (tag) {
    case SCEP_TAG_BMP_STRING:
        fill_wide(octets, size, 2, '*');
        break;
    case TAG_UNIVERSAL_STRING:
        fill_wide(octets, size, 4, '*');
        break;
    case TAG_NUMERIC_STRING:
        memset(octets, '0', size);
        break;
    case SCEP_TAG_UTC_TIME:
    case SCEP_TAG_GENERALIZED_TIME:
        fill_time(octets, size, tag);
        break;
    case SCEP_TAG_BIT_STRING:
        memset(octets, '*', size);
        if (size > 0)
            octets[0] = 0; /* unused bits */
        break;
    default:
        memset(octets, '*', size);
        break;
    }
}

static void mask(uint8_t *copy, const ScepBer *node, uint32_t string, unsigned depth);

/* What follows an element inside its parent; NULL for all that is in it. What is no element goes as it stands. */
static void mask_rest(uint8_t *copy, const ScepBer *parent, const ScepBer *before, uint32_t string, unsigned depth)
{
    const size_t end = parent->content.offset + parent->content.length;
    size_t at = before != NULL ? before->whole.offset + before->whole.length : parent->content.offset;
    ScepBer node;

    for (ScepBerError error = before != NULL ? scep_ber_next(copy, parent, before, &node)
                                             : scep_ber_first(copy, parent, &node);
         error != SCEP_BER_END; error = scep_ber_next(copy, parent, &node, &node)) {
        if (error != SCEP_BER_OK) {
            memset(copy + at, '*', end - at);
            return;
        }
        at = node.whole.offset + node.whole.length;
        mask(copy, &node, string, depth);
    }
}

/* @a string  the type of the string that this is a piece of, 0 for none */
static void mask(uint8_t *copy, const ScepBer *node, uint32_t string, unsigned depth)
{
    const uint32_t tag = node->tag_class == SCEP_BER_UNIVERSAL ? node->tag : 0;
    const bool is_container = tag == 0 || tag == SCEP_TAG_SEQUENCE || tag == SCEP_TAG_SET;

    if (!node->constructed || node->broken || depth >= SCEP_BER_MAX_DEPTH)
        fill(copy + node->content.offset, node->content.length, string != 0 ? string : tag);
    else
        mask_rest(copy, node, NULL, string != 0 || is_container ? string : tag, depth + 1);
}

/* ---- looking for it ---------------------------------------------------------------------------------------------- */

/* An octet string that holds one whole SEQUENCE, as those of extensions do. */
static bool holds_sequence(const uint8_t *copy, const ScepBer *string, ScepBer *out)
{
    const size_t end = string->content.offset + string->content.length;

    return scep_ber_is(string, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING) && !string->constructed &&
           scep_ber_read(copy, end, string->content.offset, out) == SCEP_BER_OK && !out->truncated && !out->broken &&
           scep_ber_is(out, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) && out->constructed &&
           out->whole.offset + out->whole.length == end;
}

/* Masks what stands behind the type challengePassword, wherever that is. */
static void search(uint8_t *copy, const ScepBer *parent, unsigned depth)
{
    ScepBer node, inner;

    if (depth >= SCEP_BER_MAX_DEPTH) {
        mask(copy, parent, 0, depth);
        return;
    }
    for (ScepBerError error = scep_ber_first(copy, parent, &node); error == SCEP_BER_OK;
         error = scep_ber_next(copy, parent, &node, &node)) {
        if (scep_ber_oid_is(copy, &node, oid_challenge, sizeof oid_challenge)) {
            mask_rest(copy, parent, &node, 0, depth);
            return;
        }
        if (node.constructed)
            search(copy, &node, depth + 1);
        else if (holds_sequence(copy, &node, &inner))
            search(copy, &inner, depth + 1);
    }
}

/* ---- what is not known, where the signature is bad --------------------------------------------------------------- */

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static void mask_extension(uint8_t *copy, const ScepBer *extension)
{
    ScepBer oid, item, inner;

    if (scep_ber_first(copy, extension, &oid) != SCEP_BER_OK || !is_oid(&oid)) {
        mask(copy, extension, 0, 0);
        return;
    }
    char *dotted = scep_ber_new_oid_text(copy + oid.content.offset, oid.content.length);
    const bool is_known = scep_csr_extension_is_known(dotted);
    g_free(dotted);
    if (is_known)
        return;
    item = oid;
    while (scep_ber_next(copy, extension, &item, &item) == SCEP_BER_OK) {
        if (holds_sequence(copy, &item, &inner))
            mask(copy, &inner, 0, 0);
        else if (!scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_BOOLEAN) || item.content.length != 1)
            mask(copy, &item, 0, 0);
    }
}

/* Values of an extension request: SET OF SEQUENCE OF Extension. */
static void mask_extensions(uint8_t *copy, const ScepBer *attribute, const ScepBer *oid)
{
    ScepBer set = *oid, list, extension;

    while (scep_ber_next(copy, attribute, &set, &set) == SCEP_BER_OK) {
        for (ScepBerError at_list = scep_ber_first(copy, &set, &list); at_list == SCEP_BER_OK;
             at_list = scep_ber_next(copy, &set, &list, &list)) {
            for (ScepBerError error = scep_ber_first(copy, &list, &extension); error == SCEP_BER_OK;
                 error = scep_ber_next(copy, &list, &extension, &extension))
                mask_extension(copy, &extension);
        }
    }
}

/* ---- the request ------------------------------------------------------------------------------------------------- */

/* @a is_doubtful  what is not known goes too */
static void redact_attribute(uint8_t *copy, const ScepBer *attribute, bool is_doubtful)
{
    ScepBer oid;

    if (scep_ber_first(copy, attribute, &oid) != SCEP_BER_OK || !is_oid(&oid)) {
        mask(copy, attribute, 0, 0);
        return;
    }
    search(copy, attribute, 0);
    if (!is_doubtful)
        return;
    char *dotted = scep_ber_new_oid_text(copy + oid.content.offset, oid.content.length);
    const ScepCsrAttributeKind kind = scep_csr_attribute_kind(dotted);
    g_free(dotted);
    if (kind == SCEP_CSR_ATTRIBUTE_EXTENSIONS)
        mask_extensions(copy, attribute, &oid);
    else if (kind == SCEP_CSR_ATTRIBUTE_OTHER)
        mask_rest(copy, attribute, &oid, 0, 0);
}

/* CertificationRequestInfo ::= SEQUENCE { version, subject, subjectPKInfo, [0] attributes } */
static void redact_attributes(uint8_t *copy, size_t size, bool is_doubtful)
{
    ScepBer outer, info, item, attribute;

    if (scep_ber_read(copy, size, 0, &outer) != SCEP_BER_OK || scep_ber_first(copy, &outer, &info) != SCEP_BER_OK)
        return;
    for (ScepBerError error = scep_ber_first(copy, &info, &item); error == SCEP_BER_OK;
         error = scep_ber_next(copy, &info, &item, &item)) {
        if (!scep_ber_is(&item, SCEP_BER_CONTEXT, 0))
            continue;
        for (ScepBerError at = scep_ber_first(copy, &item, &attribute); at == SCEP_BER_OK;
             at = scep_ber_next(copy, &item, &attribute, &attribute))
            redact_attribute(copy, &attribute, is_doubtful);
    }
}

bool scep_csr_keeps_its_form(const ScepCsr *csr)
{
    return !csr->broken && !csr->truncated;
}

void scep_csr_redact(const ScepCsr *csr, ScepVerdict signature, uint8_t *copy, size_t size)
{
    const size_t end = csr->whole.offset + csr->whole.length;

    if (scep_csr_keeps_its_form(csr)) {
        redact_attributes(copy, size, signature.status == SCEP_VERIFY_BAD);
        if (end < size)
            memset(copy + end, '*', size - end);
        return;
    }
    const size_t from = csr->subject != NULL ? csr->subject_der.offset + csr->subject_der.length : 0;
    if (from < size)
        memset(copy + from, '*', size - from);
}
