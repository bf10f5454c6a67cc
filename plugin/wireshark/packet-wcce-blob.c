/* packet-wcce-blob.c
 * What the blobs of a call hold: in fields of their own, and in Wireshark's trees.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce-show.h"

#include <epan/dissectors/packet-ber.h>
#include <string.h>

#include "packet-wcce-fields.h"
#include "preferences.h"
#include "scep/asn1.h"
#include "scep/cms.h"
#include "scep/limits.h"
#include "show.h"

static void add_text(proto_tree *tree, packet_info *pinfo, int hf, tvbuff_t *tvb, ScepSpan span, const char *text)
{
    if (text != NULL)
        proto_item_set_generated(
            proto_tree_add_string(tree, hf, tvb, (int)span.offset, (int)span.length, scep_show_text(pinfo, text)));
}

static void show_request_facts(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepCsr *csr)
{
    const ScepChallenge *challenge = &csr->challenge;

    add_text(tree, pinfo, hf_wcce_csr_subject, tvb, csr->subject_der, csr->subject);
    for (guint i = 0; csr->alternative_names != NULL && i < csr->alternative_names->len; i++)
        add_text(tree, pinfo, hf_wcce_csr_san, tvb, csr->whole, g_ptr_array_index(csr->alternative_names, i));
    add_text(tree, pinfo, hf_wcce_csr_key_algorithm, tvb, csr->spki_der, csr->key_algorithm);
    proto_tree_add_uint(tree, hf_wcce_csr_key_bits, tvb, (int)csr->spki_der.offset, (int)csr->spki_der.length,
                        csr->key_bits);
    proto_tree_add_bytes_with_length(tree, hf_wcce_spki_sha256, tvb, (int)csr->spki_der.offset,
                                     (int)csr->spki_der.length, csr->spki_sha256, 32);
    proto_tree_add_bytes_with_length(tree, hf_wcce_csr_sha256, tvb, (int)csr->whole.offset, (int)csr->whole.length,
                                     csr->sha256, 32);
    if (!challenge->present)
        return;
    proto_tree_add_uint(tree, hf_wcce_challenge_length, tvb, (int)challenge->where.offset, (int)challenge->where.length,
                        (uint32_t)challenge->bytes);
    proto_tree_add_bytes_with_length(tree, hf_wcce_challenge_sha256, tvb, (int)challenge->where.offset,
                                     (int)challenge->where.length, challenge->sha256, 32);
}

/* The request's octets as they may be shown. @return packet scope */
static uint8_t *share_request(packet_info *pinfo, const ScepCsr *csr, const uint8_t *data, size_t size)
{
    static const ScepVerdict not_checked = { SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_PLAIN };
    uint8_t *copy = wmem_memdup(pinfo->pool, data, size);

    if (csr != NULL && !scep_preferences.reveal_challenge)
        scep_csr_redact(csr, not_checked, copy, size);
    return copy;
}

/* The blob's octets as they may be shown. A request in pieces cannot be masked where it stands: then all goes. */
static uint8_t *share_blob(packet_info *pinfo, const uint8_t *data, size_t size, const ScepWcceBlob *blob)
{
    uint8_t *copy = wmem_memdup(pinfo->pool, data, size);

    if (blob->request == NULL || scep_preferences.reveal_challenge)
        return copy;
    size_t request_size;
    const uint8_t *request = g_bytes_get_data(blob->request, &request_size);
    ScepCsr *csr = scep_csr_new(request, request_size, 0);
    const uint8_t *shared = share_request(pinfo, csr, request, request_size);
    scep_csr_free(csr);
    if (blob->request_in_place)
        memcpy(copy + blob->request_where.offset, shared, request_size);
    else if (memcmp(shared, request, request_size) != 0)
        memset(copy, '*', size);
    return copy;
}

const uint8_t *wcce_blob_octets(packet_info *pinfo, tvbuff_t *tvb, const ScepWcceValue *value)
{
    const uint8_t *data = tvb_get_ptr(tvb, (int)value->octets.offset, (int)value->octets.length);
    ScepWcceBlob blob;

    if (value->id != SCEP_WCCE_REQUEST_BLOB)
        return data;
    scep_wcce_blob_read(data, value->octets.length, &blob);
    const uint8_t *shared = share_blob(pinfo, data, value->octets.length, &blob);
    scep_wcce_blob_clear(&blob);
    return shared;
}

static void free_request(void *csr)
{
    scep_csr_free(csr);
}

/* In a buffer of its own, where the challenge is masked unless the user asked to see it. */
static void show_request(packet_info *pinfo, proto_tree *parent, tvbuff_t *tvb, GBytes *bytes)
{
    size_t size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);
    ScepCsr *csr = scep_csr_new(data, size, scep_preferences.reveal_challenge ? SCEP_CSR_REVEAL : 0);
    scep_show_release_later(pinfo, csr, free_request);
    tvbuff_t *inner = tvb_new_child_real_data(tvb, share_request(pinfo, csr, data, size), (unsigned)size, (int)size);

    add_new_data_source(pinfo, inner, "PKCS#10 of the call");
    proto_tree *tree = proto_tree_add_subtree(parent, inner, 0, (int)size, ett_wcce_blob, NULL, "PKCS#10");
    const bool is_readable = csr == NULL || scep_preferences.reveal_challenge || scep_csr_keeps_its_form(csr);
    if (csr != NULL)
        show_request_facts(pinfo, tree, inner, csr);
    if (is_readable)
        scep_show_builtin_request(pinfo, tree, inner, (int)size);
}

static void add_time(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, int64_t seconds)
{
    const nstime_t moment = { (time_t)seconds, 0 };

    proto_tree_add_time(tree, hf, tvb, offset, length, &moment);
}

static void free_certificate(void *certificate)
{
    scep_certificate_free(certificate);
}

static void show_certificate_facts(packet_info *pinfo, proto_tree *parent, tvbuff_t *tvb, int offset, int length)
{
    ScepCertificate *certificate = scep_certificate_new(tvb_get_ptr(tvb, offset, length), (size_t)length);
    const ScepSpan span = { (size_t)offset, (size_t)length };
    size_t size;

    if (certificate == NULL)
        return;
    scep_show_release_later(pinfo, certificate, free_certificate);
    const uint8_t *serial = g_bytes_get_data(certificate->serial, &size);
    proto_tree *tree = proto_tree_add_subtree_format(parent, tvb, offset, length, ett_wcce_blob, NULL,
                                                     "Certificate: %s", scep_show_text(pinfo, certificate->subject));
    add_text(tree, pinfo, hf_wcce_cert_subject, tvb, span, certificate->subject);
    add_text(tree, pinfo, hf_wcce_cert_issuer, tvb, span, certificate->issuer);
    proto_tree_add_bytes_with_length(tree, hf_wcce_cert_serial, tvb, offset, length, serial, (int)size);
    add_time(tree, hf_wcce_cert_not_before, tvb, offset, length, certificate->not_before);
    add_time(tree, hf_wcce_cert_not_after, tvb, offset, length, certificate->not_after);
    proto_tree_add_bytes_with_length(tree, hf_wcce_spki_sha256, tvb, offset, length, certificate->spki_sha256, 32);
    proto_tree_add_bytes_with_length(tree, hf_wcce_cert_sha256, tvb, offset, length, certificate->sha256, 32);
}

/* The certificates of a chain. Wireshark's tree of the message holds them; where it stops, they are shown one by one.
 */
static void show_chain(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length)
{
    ScepMessage *message = scep_message_new(tvb_get_ptr(tvb, offset, length), (size_t)length, 0);
    const guint count = MIN(message->certificates->len, SCEP_MAX_CERTIFICATES);
    ScepSpan *spans = wmem_memdup(pinfo->pool, message->certificates->data, count * sizeof *spans);

    scep_message_free(message);
    for (guint i = 0; i < count; i++)
        show_certificate_facts(pinfo, tree, tvb, offset + (int)spans[i].offset, (int)spans[i].length);
    if (scep_show_builtin_content_info(pinfo, tree, tvb, offset, length))
        return;
    for (guint i = 0; i < count; i++)
        scep_show_builtin_certificate(pinfo, tree, tvb, offset + (int)spans[i].offset, (int)spans[i].length);
}

/* Over octets without the challenge, since the request in it is shown as they are. */
static void show_message(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length,
                         const ScepWcceBlob *blob)
{
    const uint8_t *shared = share_blob(pinfo, tvb_get_ptr(tvb, offset, length), (size_t)length, blob);
    tvbuff_t *inner = tvb_new_child_real_data(tvb, shared, (unsigned)length, length);

    scep_show_builtin_content_info(pinfo, tree, inner, 0, length);
}

static void clear_blob(void *blob)
{
    scep_wcce_blob_clear(blob);
}

void wcce_show_blob(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceValue *value)
{
    const int offset = (int)value->octets.offset, length = (int)value->octets.length;
    ScepWcceBlob *blob = wmem_new0(pinfo->pool, ScepWcceBlob);

    scep_wcce_blob_read(tvb_get_ptr(tvb, offset, length), (size_t)length, blob);
    scep_show_release_later(pinfo, blob, clear_blob);
    add_text(tree, pinfo, hf_wcce_holds, tvb, value->octets, scep_wcce_blob_text(blob->kind));
    if (blob->request != NULL)
        show_request(pinfo, tree, tvb, blob->request);
    switch (blob->kind) {
    case SCEP_WCCE_BLOB_CERTIFICATE:
        show_certificate_facts(pinfo, tree, tvb, offset, length);
        scep_show_builtin_certificate(pinfo, tree, tvb, offset, length);
        break;
    case SCEP_WCCE_BLOB_CERTS_ONLY:
    case SCEP_WCCE_BLOB_CMC_RESPONSE:
        show_chain(pinfo, tree, tvb, offset, length);
        break;
    case SCEP_WCCE_BLOB_SIGNED_PKCS10:
    case SCEP_WCCE_BLOB_CMC:
    case SCEP_WCCE_BLOB_CMS:
        /* A bare PKIData has no tree in Wireshark. */
        if (scep_message_is_signed_data(tvb_get_ptr(tvb, offset, length), (size_t)length))
            show_message(pinfo, tree, tvb, offset, length, blob);
        break;
    case SCEP_WCCE_BLOB_CRL:
        scep_show_builtin_list(pinfo, tree, tvb, offset, length);
        break;
    case SCEP_WCCE_BLOB_EMPTY:
    case SCEP_WCCE_BLOB_OTHER:
    case SCEP_WCCE_BLOB_PKCS10:
        break;
    }
}

static void show_ca_info(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceValue *value)
{
    const int offset = (int)value->octets.offset, length = (int)value->octets.length;
    ScepWcceCaInfo info;

    if (!scep_wcce_ca_info_read(tvb_get_ptr(tvb, offset, length), (size_t)length, &info)) {
        const ScepNdrProblem problem = { SCEP_NDR_PART_SHORT, "CAINFO", value->octets, info.numbers[0],
                                         value->octets.length };
        wcce_expert_problem(pinfo, tree, tvb, &problem);
    }
    for (unsigned i = 0; i < info.count; i++) {
        if (i == 1) {
            proto_tree_add_uint(tree, hf_wcce_ca_info_ca_type, tvb, offset + 4, 4, info.numbers[1]);
            continue;
        }
        char *text = wmem_strdup_printf(pinfo->pool, "%s %u", scep_wcce_ca_info_names[i], info.numbers[i]);
        proto_tree_add_string(tree, hf_wcce_ca_info, tvb, offset + 4 * (int)i, 4, text);
    }
}

static void free_array(void *array)
{
    g_array_unref(array);
}

static void show_templates(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceValue *value,
                           const char *text)
{
    GArray *rows = scep_wcce_new_templates(text);

    scep_show_release_later(pinfo, rows, free_array);
    for (guint i = 0; i < rows->len; i++) {
        const ScepWcceTemplate *row = &g_array_index(rows, ScepWcceTemplate, i);
        add_text(tree, pinfo, hf_wcce_ca_template_name, tvb, value->octets, row->name);
        if (row->oid[0] != '\0')
            add_text(tree, pinfo, hf_wcce_ca_template_oid, tvb, value->octets, row->oid);
    }
}

/* szOID_ENROLLMENT_NAME_VALUE_PAIR (MS-WCCE 2.2.2.7.10), which Wireshark does not know: SEQUENCE { BMPString name,
 * BMPString value }. Among the pairs is the name of whom an enrollment agent asks for. */
static int dissect_pair(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    const int size = (int)tvb_captured_length(tvb);
    const uint8_t *bytes = size > 0 ? tvb_get_ptr(tvb, 0, size) : (const uint8_t *)"";
    const int fields[] = { hf_wcce_pair_name, hf_wcce_pair_value };
    ScepBer pair, item;
    ScepBerError error;

    if (scep_ber_read(bytes, (size_t)size, 0, &pair) != SCEP_BER_OK || !pair.constructed)
        return MAX(1, size);
    error = scep_ber_first(bytes, &pair, &item);
    for (unsigned i = 0; i < array_length(fields) && error == SCEP_BER_OK; i++) {
        const char *text =
            scep_show_take(pinfo, scep_ndr_new_utf16(bytes + item.content.offset, item.content.length, true, NULL));
        const char *shown = scep_show_text(pinfo, text);
        proto_tree_add_string(tree, fields[i], tvb, (int)item.content.offset, (int)item.content.length, shown);
        error = scep_ber_next(bytes, &pair, &item, &item);
    }
    return MAX(1, size);
}

void wcce_blob_handoff(void)
{
    register_ber_oid_dissector("1.3.6.1.4.1.311.13.2.1", dissect_pair, proto_wcce, "Enrollment name and value");
}

/* FILETIME: 100 ns since 1601, MS-DTYP 2.3.3. */
static void show_date(proto_tree *tree, tvbuff_t *tvb, int offset)
{
    const uint64_t ticks = tvb_get_letoh64(tvb, offset);
    const nstime_t moment = { (time_t)((int64_t)(ticks / 10000000) - INT64_C(11644473600)),
                              (int)(ticks % 10000000) * 100 };

    proto_tree_add_time(tree, hf_wcce_property_date, tvb, offset, 8, &moment);
}

void wcce_show_property(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceValue *value,
                        ScepWcceHolds holds)
{
    const int offset = (int)value->octets.offset, length = (int)value->octets.length;

    if (holds == SCEP_WCCE_HOLDS_TEXT || holds == SCEP_WCCE_HOLDS_TEMPLATES) {
        const char *text =
            scep_show_take(pinfo, scep_ndr_new_utf16(tvb_get_ptr(tvb, offset, length), (size_t)length, false, NULL));
        proto_tree_add_string(tree, hf_wcce_property_string, tvb, offset, length, text);
        if (holds == SCEP_WCCE_HOLDS_TEMPLATES)
            show_templates(pinfo, tree, tvb, value, text);
    } else if (holds == SCEP_WCCE_HOLDS_CA_TYPE && length == 4) {
        proto_tree_add_item(tree, hf_wcce_ca_info_ca_type, tvb, offset, 4, ENC_LITTLE_ENDIAN);
    } else if (holds == SCEP_WCCE_HOLDS_CA_INFO || holds == SCEP_WCCE_HOLDS_CA_TYPE) {
        show_ca_info(pinfo, tree, tvb, value);
    } else if (holds == SCEP_WCCE_HOLDS_LONG && length >= 4) {
        proto_tree_add_item(tree, hf_wcce_property_long, tvb, offset, 4, ENC_LITTLE_ENDIAN);
    } else if (holds == SCEP_WCCE_HOLDS_DATE && length >= 8) {
        show_date(tree, tvb, offset);
    }
}

void wcce_show_property_list(packet_info *pinfo, proto_tree *parent, tvbuff_t *tvb, const ScepWcceValue *value,
                             uint32_t count)
{
    const int offset = (int)value->octets.offset, length = (int)value->octets.length;
    const uint8_t *octets = tvb_get_ptr(tvb, offset, length);
    GArray *problems = g_array_new(FALSE, FALSE, sizeof(ScepNdrProblem));
    GArray *rows = scep_wcce_new_property_info(octets, (size_t)length, count, value->octets.offset, problems);

    scep_show_release_later(pinfo, problems, free_array);
    scep_show_release_later(pinfo, rows, free_array);
    for (guint i = 0; i < rows->len; i++) {
        const ScepWccePropertyInfo *row = &g_array_index(rows, ScepWccePropertyInfo, i);
        const int at = offset + (int)row->where.offset;
        proto_tree *tree = proto_tree_add_subtree_format(parent, tvb, at, 12, ett_wcce_blob, NULL, "Property %u: %s",
                                                         row->id, row->name ? scep_show_text(pinfo, row->name) : "");
        proto_tree_add_int(tree, hf_wcce_info_id, tvb, at, 4, (int32_t)row->id);
        proto_tree_add_uint(tree, hf_wcce_info_type, tvb, at + 4, 1, row->type);
        proto_tree_add_boolean(tree, hf_wcce_info_indexed, tvb, at + 6, 2, row->indexed);
        if (row->name != NULL)
            proto_tree_add_string(tree, hf_wcce_info_name, tvb, offset + (int)row->name_where.offset,
                                  (int)row->name_where.length, scep_show_text(pinfo, row->name));
    }
    for (guint i = 0; i < problems->len; i++)
        wcce_expert_problem(pinfo, parent, tvb, &g_array_index(problems, ScepNdrProblem, i));
}
