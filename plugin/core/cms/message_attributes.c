/* message_attributes.c
 * The signed attributes of a pkiMessage: reading them, and what RFC 8894 3.2.1 asks of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "cms/message.h"
#include "asn1/asn1_text.h"
#include "asn1/ber.h"
#include "asn1/hex.h"
#include "scep/limits.h"
#include "asn1/time.h"
#include "cms/attributes.h"
#include "cms/code_point.h"

/* RFC 8894 3.2.1.5: 16 octets; older Apple clients send 8. */
#define NONCE_LENGTH 16

const ScepAttribute *scep_message_get0_attribute(const ScepMessage *message, ScepAttributeId id)
{
    for (guint i = 0; i < message->attributes->len; i++) {
        const ScepAttribute *attribute = &g_array_index(message->attributes, ScepAttribute, i);
        if (attribute->info->id == id)
            return attribute;
    }
    return NULL;
}

ScepSpan scep_message_value(const ScepMessage *message, ScepAttributeId id)
{
    const ScepAttribute *attribute = scep_message_get0_attribute(message, id);

    return attribute && !attribute->truncated ? attribute->value : (ScepSpan){ 0, 0 };
}

static bool is_printable(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] < 0x20 || bytes[i] > 0x7e)
            return false;
    }
    return true;
}

static char *hex_text(const uint8_t *bytes, size_t length)
{
    GString *text = g_string_sized_new(2 * length + 1);

    scep_hex_append(text, bytes, length);
    return g_string_free(text, FALSE);
}

/* Types that may hold other letters than those of ASCII. */
static bool is_wide_type(uint32_t tag)
{
    return tag == SCEP_TAG_UTF8_STRING || tag == SCEP_TAG_T61_STRING || tag == SCEP_TAG_BMP_STRING ||
           tag == SCEP_TAG_UNIVERSAL_STRING;
}

/* The octets of a string as UTF-8, whatever its type, so that equal texts are equal. @return NULL when it is no text */
static char *wide_text(uint32_t tag, const uint8_t *octets, size_t size)
{
    size_t characters;
    uint8_t *utf8 = g_malloc(SCEP_UTF8_ROOM(size));
    const size_t length = scep_string_utf8(tag, octets, size, utf8, &characters);
    char *text = length > 0 && g_utf8_validate((const char *)utf8, (gssize)length, NULL)
                     ? g_strndup((const char *)utf8, length)
                     : NULL;

    g_free(utf8);
    for (const char *at = text; at != NULL && *at != '\0'; at = g_utf8_next_char(at)) {
        if (!g_unichar_isprint(g_utf8_get_char(at)) || g_utf8_get_char(at) == 0xfffd) {
            g_free(text);
            return NULL;
        }
    }
    return text;
}

/* RFC 8894 3.2.1.1 asks for a PrintableString. Some Perl clients put the raw digest under that tag, so fall back to
 * hex. */
static char *transaction_text(uint32_t tag, const uint8_t *octets, size_t size)
{
    char *text = NULL;

    if (is_wide_type(tag))
        text = wide_text(tag, octets, size);
    else if (is_printable(octets, size))
        text = g_strndup((const char *)octets, size);
    return text != NULL ? text : hex_text(octets, size);
}

static void read_transaction_id(ScepMessage *message, const uint8_t *data, const ScepAttribute *attribute)
{
    ScepOctets octets;
    ScepBer value;
    size_t size;

    if (scep_ber_read(data, attribute->value_whole.offset + attribute->value_whole.length,
                      attribute->value_whole.offset, &value) != SCEP_BER_OK)
        return;
    scep_octets_read(data, &value, &octets);
    const uint8_t *bytes = scep_octets_get0_data(data, &octets, &size);
    size = MIN(size, SCEP_MAX_TEXT);
    if (size == 0)
        scep_message_problem(message, SCEP_PROBLEM_ID_EMPTY, SCEP_ATTR_TRANSACTION_ID, attribute->whole, 0);
    g_free(message->transaction_id);
    message->transaction_id = transaction_text(attribute->value_tag, bytes, size);
    if (!is_printable((const uint8_t *)message->transaction_id, strlen(message->transaction_id)) ||
        (!is_wide_type(attribute->value_tag) && !is_printable(bytes, size)))
        scep_message_problem(message, SCEP_PROBLEM_ID_NOT_PRINTABLE, SCEP_ATTR_TRANSACTION_ID, attribute->whole, 0);
    scep_octets_clear(&octets);
}

/* Text of an HRESULT: NDES writes "-2147024809" for 0x80070057, others the hexadecimal form. */
static void read_ndes_error(ScepMessage *message, const uint8_t *data, const ScepAttribute *attribute)
{
    const char *text = (const char *)data + attribute->value.offset;

    message->has_ndes_error = scep_code_read(text, attribute->value.length, &message->ndes_error);
    if (!message->has_ndes_error)
        scep_message_problem(message, SCEP_PROBLEM_NOT_A_NUMBER, SCEP_ATTR_NDES_ERROR, attribute->whole, 0);
}

static void read_nonce(ScepMessage *message, const ScepAttribute *attribute)
{
    if (attribute->value.length != NONCE_LENGTH)
        scep_message_problem(message, SCEP_PROBLEM_NONCE_LENGTH, attribute->info->id, attribute->whole,
                             attribute->value.length);
}

/* RFC 5652 11.1: the same type as eContentType. */
static void read_content_type(ScepMessage *message, const uint8_t *data, const ScepAttribute *attribute)
{
    if (message->inner_type == NULL || attribute->value_tag != SCEP_TAG_OID)
        return;
    char *type = scep_ber_new_oid_text(data + attribute->value.offset, attribute->value.length);
    if (strcmp(type, message->inner_type) != 0)
        scep_message_problem(message, SCEP_PROBLEM_CONTENT_TYPE, SCEP_ATTR_CONTENT_TYPE, attribute->whole, 0);
    g_free(type);
}

static void read_value(ScepMessage *message, const uint8_t *data, const ScepAttribute *attribute)
{
    const uint8_t *bytes = data + attribute->value.offset;

    switch (attribute->info->id) {
    case SCEP_ATTR_CONTENT_TYPE:
        read_content_type(message, data, attribute);
        break;
    case SCEP_ATTR_TRANSACTION_ID:
        read_transaction_id(message, data, attribute);
        break;
    case SCEP_ATTR_NDES_ERROR:
        read_ndes_error(message, data, attribute);
        break;
    case SCEP_ATTR_FAIL_INFO_TEXT:
        message->fail_info_text =
            g_utf8_make_valid((const char *)bytes, (gssize)MIN(attribute->value.length, SCEP_MAX_TEXT));
        break;
    case SCEP_ATTR_SENDER_NONCE:
    case SCEP_ATTR_RECIPIENT_NONCE:
        read_nonce(message, attribute);
        break;
    case SCEP_ATTR_SIGNING_TIME:
        message->signing_time = scep_time_parse(bytes, attribute->value.length, attribute->value_tag);
        break;
    default:
        break;
    }
}

/* The values ::= SET OF ANY; only the first is kept. @return SCEP_BER_END when all could be read. */
static ScepBerError read_values(const uint8_t *data, const ScepBer *set, ScepAttribute *out)
{
    ScepBer value;
    ScepBerError error;

    for (error = scep_ber_first(data, set, &value); error == SCEP_BER_OK && out->value_count < SCEP_MAX_ATTRIBUTES;
         error = scep_ber_next(data, set, &value, &value)) {
        out->truncated |= value.truncated || value.broken;
        if (out->value_count++ > 0)
            continue;
        out->value = value.content;
        out->value_whole = value.whole;
        out->value_tag = value.tag_class == SCEP_BER_UNIVERSAL ? value.tag : 0;
    }
    return error;
}

/* Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }. @return false without a type. */
static bool read_attribute(ScepMessage *message, const uint8_t *data, const ScepBer *sequence, ScepAttribute *out)
{
    ScepBer oid, set;

    memset(out, 0, sizeof *out);
    out->whole = sequence->whole;
    out->truncated = sequence->truncated || sequence->broken;
    ScepBerError error = scep_ber_first(data, sequence, &oid);
    const bool typed = error == SCEP_BER_OK && scep_ber_is(&oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID) && !oid.truncated;
    if (typed) {
        out->oid = oid.content;
        out->info = scep_attribute_find(data + oid.content.offset, oid.content.length);
        error = scep_ber_next(data, sequence, &oid, &set);
        if (error == SCEP_BER_OK)
            error = read_values(data, &set, out);
    }
    out->truncated |= error > SCEP_BER_END;
    if ((out->truncated || !typed) && !(message->truncated && sequence->truncated))
        scep_message_problem(message, SCEP_PROBLEM_BAD_BER, SCEP_ATTR_UNKNOWN, sequence->whole, 0);
    return typed;
}

static void check_form(ScepMessage *message, const ScepAttribute *attribute)
{
    const ScepAttributeInfo *info = attribute->info;

    if (attribute->truncated)
        return;
    if (attribute->value_count != 1)
        scep_message_problem(message, SCEP_PROBLEM_ATTRIBUTE_VALUES, info->id, attribute->whole,
                             attribute->value_count);
    if (attribute->value_count > 0 && info->tag != 0 && attribute->value_tag != info->tag)
        scep_message_problem(message, SCEP_PROBLEM_STRING_TYPE, info->id, attribute->whole, attribute->value_tag);
}

void scep_message_read_attributes(ScepMessage *message, const uint8_t *data, const ScepBer *set)
{
    ScepBer sequence;
    ScepAttribute attribute;
    ScepBerError error;

    for (error = scep_ber_first(data, set, &sequence); error == SCEP_BER_OK;
         error = scep_ber_next(data, set, &sequence, &sequence)) {
        message->uses_ber |= sequence.indefinite;
        if (message->attributes->len >= SCEP_MAX_ATTRIBUTES) {
            scep_message_problem(message, SCEP_PROBLEM_TOO_MANY, SCEP_ATTR_UNKNOWN, sequence.whole, 0);
            break;
        }
        const bool typed = read_attribute(message, data, &sequence, &attribute);
        message->signer.attributes_truncated |= attribute.truncated || !typed;
        if (!typed)
            continue;
        check_form(message, &attribute);
        const bool known = attribute.info->id != SCEP_ATTR_UNKNOWN;
        if (known && scep_message_get0_attribute(message, attribute.info->id) != NULL)
            scep_message_problem(message, SCEP_PROBLEM_DUPLICATE_ATTRIBUTE, attribute.info->id, attribute.whole, 0);
        else if (known && !attribute.truncated && !scep_code_point_read(message, data, &attribute) &&
                 attribute.value_count > 0)
            read_value(message, data, &attribute);
        g_array_append_val(message->attributes, attribute);
    }
    message->signer.attributes_truncated |= set->truncated || set->broken || error != SCEP_BER_END;
    if (error > SCEP_BER_END)
        scep_message_problem(message, SCEP_PROBLEM_BAD_BER, SCEP_ATTR_UNKNOWN, set->whole, 0);
}

/* Which attributes a message needs: RFC 8894 3.2.1 table; RFC 5652 11 for contentType and messageDigest. */
static const struct {
    ScepAttributeId id;
    ScepProblemCode request; /* SCEP_PROBLEM_COUNT: not needed */
    ScepProblemCode response;
} needed[] = {
    { SCEP_ATTR_CONTENT_TYPE, SCEP_PROBLEM_MISSING_ATTRIBUTE, SCEP_PROBLEM_MISSING_ATTRIBUTE },
    { SCEP_ATTR_MESSAGE_DIGEST, SCEP_PROBLEM_MISSING_ATTRIBUTE, SCEP_PROBLEM_MISSING_ATTRIBUTE },
    { SCEP_ATTR_MESSAGE_TYPE, SCEP_PROBLEM_MISSING_ATTRIBUTE, SCEP_PROBLEM_MISSING_ATTRIBUTE },
    { SCEP_ATTR_TRANSACTION_ID, SCEP_PROBLEM_MISSING_ATTRIBUTE, SCEP_PROBLEM_MISSING_ATTRIBUTE },
    { SCEP_ATTR_SENDER_NONCE, SCEP_PROBLEM_MISSING_ATTRIBUTE, SCEP_PROBLEM_ABSENT_ATTRIBUTE },
    { SCEP_ATTR_RECIPIENT_NONCE, SCEP_PROBLEM_COUNT, SCEP_PROBLEM_MISSING_ATTRIBUTE },
    { SCEP_ATTR_PKI_STATUS, SCEP_PROBLEM_COUNT, SCEP_PROBLEM_MISSING_ATTRIBUTE },
};

static void check_presence(ScepMessage *message, bool is_response)
{
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        const ScepProblemCode code = is_response ? needed[i].response : needed[i].request;
        if (code != SCEP_PROBLEM_COUNT && scep_message_get0_attribute(message, needed[i].id) == NULL)
            scep_message_problem(message, code, needed[i].id, message->signer.signed_attributes, 0);
    }
    if (message->pki_status == SCEP_STATUS_FAILURE && scep_message_get0_attribute(message, SCEP_ATTR_FAIL_INFO) == NULL)
        scep_message_problem(message, SCEP_PROBLEM_MISSING_ATTRIBUTE, SCEP_ATTR_FAIL_INFO,
                             message->signer.signed_attributes, 0);
}

static void check_number(ScepMessage *message, ScepAttributeId id, int value, const char *name)
{
    const ScepAttribute *attribute = scep_message_get0_attribute(message, id);

    if (value >= 0 && name == NULL && attribute != NULL)
        scep_message_problem(message, SCEP_PROBLEM_UNKNOWN_NUMBER, id, attribute->whole, (uint64_t)value);
}

/* RFC 8894 3.2.2 and 3.3: only SUCCESS and requests carry an envelope; the status belongs to answers. */
static void check_consistency(ScepMessage *message, bool is_response)
{
    const ScepAttribute *status = scep_message_get0_attribute(message, SCEP_ATTR_PKI_STATUS);
    const ScepAttribute *fail_info = scep_message_get0_attribute(message, SCEP_ATTR_FAIL_INFO);
    const bool empty = message->content_kind <= SCEP_CONTENT_ZERO_BYTE;
    const bool enveloped =
        message->content_kind == SCEP_CONTENT_ENVELOPED || message->content_kind == SCEP_CONTENT_AUTH_ENVELOPED;

    if (!is_response && status != NULL)
        scep_message_problem(message, SCEP_PROBLEM_STATUS_IN_REQUEST, SCEP_ATTR_PKI_STATUS, status->whole, 0);
    /* A status that is not understood may be the sender's word for FAILURE. */
    if (fail_info != NULL && message->pki_status != SCEP_STATUS_FAILURE && message->pki_status_other == NULL)
        scep_message_problem(message, SCEP_PROBLEM_FAIL_INFO_WITHOUT_FAILURE, SCEP_ATTR_FAIL_INFO, fail_info->whole, 0);
    if (message->truncated)
        return;
    if (is_response && (message->pki_status == SCEP_STATUS_FAILURE || message->pki_status == SCEP_STATUS_PENDING)) {
        if (!empty)
            scep_message_problem(message, SCEP_PROBLEM_ENVELOPE_UNEXPECTED, SCEP_ATTR_UNKNOWN, message->content.span,
                                 0);
    } else if (is_response && message->pki_status != SCEP_STATUS_SUCCESS) {
        return; /* nobody says what such an answer carries */
    } else if (empty) {
        scep_message_problem(message, SCEP_PROBLEM_ENVELOPE_MISSING, SCEP_ATTR_UNKNOWN, message->whole, 0);
    } else if (!enveloped) {
        scep_message_problem(message, SCEP_PROBLEM_ENVELOPE_TYPE, SCEP_ATTR_UNKNOWN, message->content.span, 0);
    }
}

void scep_message_check(ScepMessage *message)
{
    if (message->uses_ber)
        scep_message_problem(message, SCEP_PROBLEM_BER_NOT_DER, SCEP_ATTR_UNKNOWN, message->whole, 0);
    if (message->certs_only || message->signer_count == 0 || message->content_kind == SCEP_CONTENT_SIGNED)
        return;
    if (message->signer.signed_attributes.length == 0) {
        if (!message->truncated && !scep_message_has_problem(message, SCEP_PROBLEM_BAD_BER))
            scep_message_problem(message, SCEP_PROBLEM_NO_SIGNED_ATTRIBUTES, SCEP_ATTR_UNKNOWN, message->signer.whole,
                                 0);
        return;
    }
    const bool has_status = message->pki_status >= 0 || message->pki_status_other != NULL;
    const bool is_response = message->message_type == SCEP_TYPE_CERTREP || (message->message_type < 0 && has_status);
    check_number(message, SCEP_ATTR_MESSAGE_TYPE, message->message_type, scep_message_type_name(message->message_type));
    check_number(message, SCEP_ATTR_PKI_STATUS, message->pki_status, scep_pki_status_name(message->pki_status));
    check_number(message, SCEP_ATTR_FAIL_INFO, message->fail_info, scep_fail_info_name(message->fail_info));
    if (message->signer.attributes_truncated)
        return;
    check_presence(message, is_response);
    check_consistency(message, is_response);
}
