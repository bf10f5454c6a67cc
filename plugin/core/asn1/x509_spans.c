/* x509_spans.c
 * Where the parts of a certificate or request stand.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "asn1/x509_spans.h"

#include <string.h>
#include "asn1/ber.h"

static const uint8_t oid_subject_key_identifier[] = { 0x55, 0x1d, 0x0e };

static bool is_whole(const ScepBer *node, uint32_t tag)
{
    return scep_ber_is(node, SCEP_BER_UNIVERSAL, tag) && !node->truncated;
}

bool scep_bit_string_octets(const uint8_t *data, const ScepBer *node, ScepSpan *out)
{
    if (!is_whole(node, SCEP_TAG_BIT_STRING) || node->constructed || node->content.length == 0 ||
        data[node->content.offset] != 0)
        return false;
    out->offset = node->content.offset + 1;
    out->length = node->content.length - 1;
    return true;
}

bool scep_signed_read(const uint8_t *der, size_t size, ScepSigned *out)
{
    ScepBer outer, item;

    memset(out, 0, sizeof *out);
    if (scep_ber_read(der, size, 0, &outer) != SCEP_BER_OK || !is_whole(&outer, SCEP_TAG_SEQUENCE) ||
        scep_ber_first(der, &outer, &out->signed_part) != SCEP_BER_OK ||
        !is_whole(&out->signed_part, SCEP_TAG_SEQUENCE) ||
        scep_ber_next(der, &outer, &out->signed_part, &item) != SCEP_BER_OK || !is_whole(&item, SCEP_TAG_SEQUENCE))
        return false;
    out->algorithm = item.whole;
    return scep_ber_next(der, &outer, &item, &item) == SCEP_BER_OK &&
           scep_bit_string_octets(der, &item, &out->signature);
}

/* Extensions ::= SEQUENCE OF SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static void read_extensions(const uint8_t *der, const ScepBer *tagged, ScepX509Spans *out)
{
    ScepBer list, extension, item, inner;

    if (scep_ber_first(der, tagged, &list) != SCEP_BER_OK)
        return;
    out->extensions = list.whole;
    for (ScepBerError error = scep_ber_first(der, &list, &extension); error == SCEP_BER_OK;
         error = scep_ber_next(der, &list, &extension, &extension)) {
        if (scep_ber_first(der, &extension, &item) != SCEP_BER_OK ||
            !scep_ber_oid_is(der, &item, oid_subject_key_identifier, sizeof oid_subject_key_identifier))
            continue;
        while (scep_ber_next(der, &extension, &item, &item) == SCEP_BER_OK) {
            if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING) &&
                scep_ber_first(der, &item, &inner) == SCEP_BER_OK && is_whole(&inner, SCEP_TAG_OCTET_STRING))
                out->key_id = inner.content;
        }
        return;
    }
}

bool scep_x509_spans_read(const uint8_t *der, size_t size, ScepX509Spans *out)
{
    ScepBer outer, tbs, item;

    memset(out, 0, sizeof *out);
    if (scep_ber_read(der, size, 0, &outer) != SCEP_BER_OK || !is_whole(&outer, SCEP_TAG_SEQUENCE) ||
        scep_ber_first(der, &outer, &tbs) != SCEP_BER_OK || !is_whole(&tbs, SCEP_TAG_SEQUENCE) ||
        scep_ber_first(der, &tbs, &item) != SCEP_BER_OK)
        return false;
    out->whole = outer.whole;
    out->version_1 = !scep_ber_is(&item, SCEP_BER_CONTEXT, 0);
    if (!out->version_1 && scep_ber_next(der, &tbs, &item, &item) != SCEP_BER_OK)
        return false;
    if (!is_whole(&item, SCEP_TAG_INTEGER))
        return false;
    out->serial = item.content;

    /* signature, issuer, validity, subject, subjectPublicKeyInfo */
    ScepSpan parts[5];
    for (unsigned i = 0; i < 5; i++) {
        if (scep_ber_next(der, &tbs, &item, &item) != SCEP_BER_OK || !is_whole(&item, SCEP_TAG_SEQUENCE))
            return false;
        parts[i] = item.whole;
    }
    out->issuer = parts[1];
    out->validity = parts[2];
    out->subject = parts[3];
    out->spki = parts[4];
    while (scep_ber_next(der, &tbs, &item, &item) == SCEP_BER_OK) {
        if (scep_ber_is(&item, SCEP_BER_CONTEXT, 3))
            read_extensions(der, &item, out);
    }
    return true;
}

bool scep_spki_read(const uint8_t *data, size_t size, size_t offset, ScepSpki *out)
{
    ScepBer outer, algorithm, item;

    memset(out, 0, sizeof *out);
    if (scep_ber_read(data, size, offset, &outer) != SCEP_BER_OK || !is_whole(&outer, SCEP_TAG_SEQUENCE) ||
        scep_ber_first(data, &outer, &algorithm) != SCEP_BER_OK || !is_whole(&algorithm, SCEP_TAG_SEQUENCE) ||
        scep_ber_first(data, &algorithm, &item) != SCEP_BER_OK || !is_whole(&item, SCEP_TAG_OID))
        return false;
    out->whole = outer.whole;
    out->algorithm = item.content;
    if (scep_ber_next(data, &algorithm, &item, &out->parameters) != SCEP_BER_OK)
        memset(&out->parameters, 0, sizeof out->parameters);
    return scep_ber_next(data, &outer, &algorithm, &item) == SCEP_BER_OK &&
           scep_bit_string_octets(data, &item, &out->key);
}
