/* wcce_blobs.c
 * What the blobs of a call hold: requests in their wrappings, certificates, and what a CA says of itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "scep/asn1.h"
#include "scep/limits.h"
#include "scep/cms.h"
#include "scep/rpc.h"

#define OID_DATA "1.2.840.113549.1.7.1"
#define OID_PKI_DATA "1.3.6.1.5.5.7.12.2"
#define OID_PKI_RESPONSE "1.3.6.1.5.5.7.12.3"

static bool is_sequence(const ScepBer *node)
{
    return scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) && node->constructed;
}

static bool next_is_sequence(const uint8_t *data, const ScepBer *parent, ScepBer *item)
{
    return scep_ber_next(data, parent, item, item) == SCEP_BER_OK && is_sequence(item);
}

static bool begins_with_oid(const uint8_t *data, const ScepBer *sequence)
{
    ScepBer item;

    return scep_ber_first(data, sequence, &item) == SCEP_BER_OK && scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OID);
}

/* Behind algorithm and issuer a certificate has Validity, a SEQUENCE, and a CRL a time (RFC 5280 4.1, 5.1). */
static ScepWcceBlobKind certificate_or_crl(const uint8_t *data, const ScepBer *inner, ScepBer *algorithm)
{
    ScepBer item = *algorithm;

    if (!next_is_sequence(data, inner, &item))
        return SCEP_WCCE_BLOB_OTHER;
    return next_is_sequence(data, inner, &item) ? SCEP_WCCE_BLOB_CERTIFICATE : SCEP_WCCE_BLOB_CRL;
}

/* SEQUENCE { SEQUENCE { ... }, SEQUENCE, BIT STRING }: PKCS#10, certificate and CRL look like this, and what their
 * inner sequence begins with tells them apart. */
static ScepWcceBlobKind kind_of_signed(const uint8_t *data, const ScepBer *outer)
{
    ScepBer inner, item;

    if (scep_ber_first(data, outer, &inner) != SCEP_BER_OK || !is_sequence(&inner) ||
        scep_ber_first(data, &inner, &item) != SCEP_BER_OK)
        return SCEP_WCCE_BLOB_OTHER;
    if (scep_ber_is(&item, SCEP_BER_CONTEXT, 0))
        return SCEP_WCCE_BLOB_CERTIFICATE;
    if (is_sequence(&item))
        return begins_with_oid(data, &item) ? certificate_or_crl(data, &inner, &item) : SCEP_WCCE_BLOB_OTHER;
    if (!scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_INTEGER) || !next_is_sequence(data, &inner, &item))
        return SCEP_WCCE_BLOB_OTHER;
    /* A version: of a PKCS#10 in front of the subject, else in front of an algorithm. */
    return begins_with_oid(data, &item) ? certificate_or_crl(data, &inner, &item) : SCEP_WCCE_BLOB_PKCS10;
}

static void keep_request(ScepWcceBlob *out, const uint8_t *bytes, const ScepBer *request)
{
    if (out->request == NULL)
        out->request = g_bytes_new(bytes + request->whole.offset, request->whole.length);
}

/* PKIData ::= SEQUENCE { controlSequence, reqSequence SEQUENCE OF TaggedRequest, ... }, RFC 5272 3.2.1, where
 * TaggedRequest is tcr [0] SEQUENCE { bodyPartID, certificationRequest } for PKCS#10. */
static bool find_in_pki_data(const uint8_t *data, size_t size, ScepBer *request)
{
    ScepBer outer, item, tagged;

    return scep_ber_read(data, size, 0, &outer) == SCEP_BER_OK && is_sequence(&outer) &&
           scep_ber_first(data, &outer, &item) == SCEP_BER_OK && is_sequence(&item) &&
           scep_ber_next(data, &outer, &item, &item) == SCEP_BER_OK && is_sequence(&item) &&
           scep_ber_first(data, &item, &tagged) == SCEP_BER_OK && scep_ber_is(&tagged, SCEP_BER_CONTEXT, 0) &&
           tagged.constructed && scep_ber_first(data, &tagged, &item) == SCEP_BER_OK &&
           scep_ber_next(data, &tagged, &item, request) == SCEP_BER_OK && is_sequence(request);
}

/* What a SignedData encapsulates. */
static ScepWcceBlobKind read_content(const uint8_t *bytes, size_t size, const char *type, ScepWcceBlob *out,
                                     ScepBer *request)
{
    ScepBer outer;

    if (g_strcmp0(type, OID_PKI_RESPONSE) == 0)
        return SCEP_WCCE_BLOB_CMC_RESPONSE;
    if (g_strcmp0(type, OID_PKI_DATA) == 0) {
        if (find_in_pki_data(bytes, size, request))
            keep_request(out, bytes, request);
        return SCEP_WCCE_BLOB_CMC;
    }
    if (g_strcmp0(type, OID_DATA) != 0 || scep_ber_read(bytes, size, 0, &outer) != SCEP_BER_OK ||
        kind_of_signed(bytes, &outer) != SCEP_WCCE_BLOB_PKCS10)
        return SCEP_WCCE_BLOB_CMS;
    *request = outer;
    keep_request(out, bytes, request);
    return SCEP_WCCE_BLOB_SIGNED_PKCS10;
}

static void read_signed_data(const uint8_t *data, size_t size, ScepWcceBlob *out)
{
    ScepMessage *message = scep_message_new(data, size, 0);
    ScepBer request;
    size_t content_size;
    const uint8_t *content = scep_octets_get0_data(data, &message->content, &content_size);

    if (message->signer_count == 0 && content_size == 0) {
        out->kind = SCEP_WCCE_BLOB_CERTS_ONLY;
    } else {
        out->kind = read_content(content, content_size, message->inner_type, out, &request);
        out->request_in_place = out->request != NULL && message->content.joined == NULL;
        if (out->request_in_place)
            out->request_where =
                (ScepSpan){ message->content.span.offset + request.whole.offset, request.whole.length };
    }
    scep_message_free(message);
}

void scep_wcce_blob_read(const uint8_t *data, size_t size, ScepWcceBlob *out)
{
    ScepBer outer;

    memset(out, 0, sizeof *out);
    if (size == 0)
        return;
    out->kind = SCEP_WCCE_BLOB_OTHER;
    if (scep_message_is_signed_data(data, size)) {
        read_signed_data(data, size, out);
    } else if (scep_ber_read(data, size, 0, &outer) == SCEP_BER_OK && is_sequence(&outer)) {
        out->kind = kind_of_signed(data, &outer);
        if (out->kind == SCEP_WCCE_BLOB_PKCS10) {
            keep_request(out, data, &outer);
            out->request_in_place = true;
            out->request_where = outer.whole;
        } else if (find_in_pki_data(data, size, &outer)) {
            out->kind = SCEP_WCCE_BLOB_CMC;
            keep_request(out, data, &outer);
            out->request_in_place = true;
            out->request_where = outer.whole;
        }
    }
}

void scep_wcce_blob_clear(ScepWcceBlob *blob)
{
    g_clear_pointer(&blob->request, g_bytes_unref);
}

const char *scep_wcce_blob_text(ScepWcceBlobKind kind)
{
    static const char *const texts[] = {
        [SCEP_WCCE_BLOB_EMPTY] = "empty",
        [SCEP_WCCE_BLOB_OTHER] = "unknown",
        [SCEP_WCCE_BLOB_PKCS10] = "PKCS#10",
        [SCEP_WCCE_BLOB_SIGNED_PKCS10] = "PKCS#10 inside SignedData",
        [SCEP_WCCE_BLOB_CMC] = "CMC request",
        [SCEP_WCCE_BLOB_CMC_RESPONSE] = "CMC response",
        [SCEP_WCCE_BLOB_CERTS_ONLY] = "certificates",
        [SCEP_WCCE_BLOB_CMS] = "SignedData",
        [SCEP_WCCE_BLOB_CERTIFICATE] = "certificate",
        [SCEP_WCCE_BLOB_CRL] = "CRL",
    };
    return texts[kind];
}

/* ---- what a CA says of itself ------------------------------------------------------------------------------------ */

const char *const scep_wcce_ca_info_names[SCEP_WCCE_CA_INFO_NUMBERS] = {
    "cbSize",          "CAType",          "cCASignatureCerts",      "cCAExchangeCerts",
    "cExitAlgorithms", "lPropIDMax",      "lRoleSeparationEnabled", "cKRACertUsedCount",
    "cKRACertCount",   "fAdvancedServer",
};

static uint32_t le32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

bool scep_wcce_ca_info_read(const uint8_t *data, size_t size, ScepWcceCaInfo *out)
{
    memset(out, 0, sizeof *out);
    if (size < 4)
        return false;
    const uint32_t promised = le32(data);
    /* Older CAs send fewer numbers; cbSize counts the octets, itself included. */
    const size_t octets = MIN(MIN((size_t)MAX(promised, 4), size), sizeof out->numbers);
    out->count = (unsigned)(octets / 4);
    for (unsigned i = 0; i < out->count; i++)
        out->numbers[i] = le32(data + 4 * i);
    return promised >= 4 && promised <= size;
}

static void clear_property_info(gpointer data)
{
    g_free(((ScepWccePropertyInfo *)data)->name);
}

static void note(GArray *problems, ScepNdrProblemCode code, ScepSpan where, uint64_t number, uint64_t expected)
{
    const ScepNdrProblem problem = { code, "pctbPropInfo", where, number, expected };

    if (problems->len < SCEP_MAX_PROBLEMS)
        g_array_append_val(problems, problem);
}

/* The display name: UTF-16LE, up to its null or to the end of the blob. */
static bool read_display_name(const uint8_t *data, size_t size, uint32_t offset, ScepWccePropertyInfo *info)
{
    size_t end = offset;

    if (offset == 0 || offset >= size)
        return false;
    while (end + 2 <= size && (data[end] != 0 || data[end + 1] != 0))
        end += 2;
    info->name_where = (ScepSpan){ offset, end - offset };
    info->name = scep_ndr_new_utf16(data + offset, end - offset, false, NULL);
    return true;
}

GArray *scep_wcce_new_property_info(const uint8_t *data, size_t size, uint32_t count, size_t base, GArray *problems)
{
    enum { ROW = 12 };
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(ScepWccePropertyInfo));
    const size_t there = MIN((size_t)count, size / ROW);

    g_array_set_clear_func(rows, clear_property_info);
    if (there < count)
        note(problems, SCEP_NDR_PART_SHORT, (ScepSpan){ base, size }, count, size / ROW);
    else if (there > SCEP_WCCE_MAX_PROPERTIES)
        note(problems, SCEP_NDR_TOO_MANY, (ScepSpan){ base, size }, SCEP_WCCE_MAX_PROPERTIES, 0);
    for (size_t i = 0; i < MIN(there, SCEP_WCCE_MAX_PROPERTIES); i++) {
        const uint8_t *row = data + ROW * i;
        ScepWccePropertyInfo info = {
            .where = { ROW * i, ROW },
            .id = le32(row),
            .type = row[4],
            .indexed = (row[6] & 1) != 0,
        };
        if (!read_display_name(data, size, le32(row + 8), &info))
            note(problems, SCEP_NDR_PART_OUTSIDE, (ScepSpan){ base + ROW * i + 8, 4 }, le32(row + 8), size);
        g_array_append_val(rows, info);
    }
    return rows;
}

static void clear_template(gpointer data)
{
    ScepWcceTemplate *row = data;

    g_free(row->name);
    g_free(row->oid);
}

GArray *scep_wcce_new_templates(const char *text)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(ScepWcceTemplate));

    g_array_set_clear_func(rows, clear_template);
    while (*text != '\0' && rows->len < SCEP_WCCE_MAX_TEMPLATES) {
        const size_t name = strcspn(text, "\n");
        const char *next = text[name] != '\0' ? text + name + 1 : text + name;
        const size_t oid = strcspn(next, "\n");
        ScepWcceTemplate row = { g_strndup(text, name), g_strndup(next, oid) };
        g_array_append_val(rows, row);
        text = next[oid] != '\0' ? next + oid + 1 : next + oid;
    }
    return rows;
}
