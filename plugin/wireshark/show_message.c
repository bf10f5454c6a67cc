/* show_message.c
 * A pkiMessage: what the attributes say, who signed, who can open it. These fields come before any other tree, so a
 * cut message still shows its transaction.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "experts.h"
#include "fields.h"
#include "scep/crypto.h"
#include "show.h"

/* Where a message stands in the packet. */
typedef struct {
    packet_info *pinfo;
    tvbuff_t *tvb;
    int offset;
    const uint8_t *bytes;
} Place;

static proto_item *add_bytes(proto_tree *tree, int hf, const Place *place, ScepSpan span)
{
    if (span.length == 0)
        return NULL;
    return proto_tree_add_item(tree, hf, place->tvb, place->offset + (int)span.offset, (int)span.length, ENC_NA);
}

static proto_item *add_string(proto_tree *tree, int hf, const Place *place, ScepSpan span, const char *text)
{
    if (text == NULL)
        return NULL;
    return proto_tree_add_string(tree, hf, place->tvb, place->offset + (int)span.offset, (int)span.length,
                                 scep_show_text(place->pinfo, text));
}

static proto_item *add_number(proto_tree *tree, int hf, const Place *place, ScepSpan span, uint32_t value)
{
    return proto_tree_add_uint(tree, hf, place->tvb, place->offset + (int)span.offset, (int)span.length, value);
}

static void add_algorithm(proto_tree *tree, int hf, const Place *place, ScepSpan span, const char *oid)
{
    if (oid != NULL)
        add_string(tree, hf, place, span, scep_crypto_oid_name(oid));
}

static void add_name(proto_tree *tree, int hf, const Place *place, ScepSpan span)
{
    char *text = span.length > 0 ? scep_name_new_text(place->bytes + span.offset, span.length) : NULL;

    add_string(tree, hf, place, span, scep_show_take(place->pinfo, text));
}

static void show_ndes_error(proto_tree *tree, const Place *place, const ScepMessage *message)
{
    const ScepAttribute *attribute = scep_message_get0_attribute(message, SCEP_ATTR_NDES_ERROR);

    if (attribute == NULL || !message->has_ndes_error)
        return;
    ScepResultCodeText room;
    const ScepResultCode *code = scep_result_code_explain(message->ndes_error, &room);
    proto_item *item = add_number(tree, hf_scep_ndes_error, place, attribute->whole, message->ndes_error);
    if (code != NULL)
        proto_item_append_text(item, " %s: %s", code->symbol, code->meaning);
}

static void show_fail_info_text(proto_tree *tree, const Place *place, const ScepMessage *message)
{
    const char *text = message->fail_info_text;
    proto_item *item =
        add_string(tree, hf_scep_fail_info_text, place, scep_message_value(message, SCEP_ATTR_FAIL_INFO_TEXT), text);
    ScepResultCodeText room;
    const ScepResultCode *code = text != NULL ? scep_code_explain(text, strlen(text), &room) : NULL;

    if (code != NULL)
        proto_item_append_text(item, " (%s: %s)", code->symbol, code->meaning);
}

/* messageType, pkiStatus and failInfo: a number in text, so the value is not what the bytes are. */
static void show_numbers(proto_tree *tree, const Place *place, const ScepMessage *message)
{
    const struct {
        ScepAttributeId id;
        int hf;
        int value;
        int hf_other;
        const char *other;
    } numbers[] = {
        { SCEP_ATTR_MESSAGE_TYPE, hf_scep_message_type, message->message_type, hf_scep_message_type_other,
          message->message_type_other },
        { SCEP_ATTR_PKI_STATUS, hf_scep_pki_status, message->pki_status, hf_scep_pki_status_other,
          message->pki_status_other },
        { SCEP_ATTR_FAIL_INFO, hf_scep_fail_info, message->fail_info, hf_scep_fail_info_other,
          message->fail_info_other },
    };
    for (unsigned i = 0; i < array_length(numbers); i++) {
        const ScepAttribute *attribute = scep_message_get0_attribute(message, numbers[i].id);
        if (attribute == NULL)
            continue;
        if (numbers[i].value >= 0)
            add_number(tree, numbers[i].hf, place, attribute->whole, (uint32_t)numbers[i].value);
        proto_item *item = add_string(tree, numbers[i].hf_other, place, attribute->whole, numbers[i].other);
        if (item != NULL)
            proto_item_append_text(item, " (a code of the %s's own)",
                                   scep_message_get0_attribute(message, SCEP_ATTR_PKI_STATUS) != NULL ? "CA"
                                                                                                      : "client");
    }
}

/* Attributes without a field of their own: Microsoft's attestation round, old drafts, anything unknown. */
static void show_other_attribute(proto_tree *tree, const Place *place, const ScepAttribute *attribute)
{
    const char *oid = scep_show_take(
        place->pinfo, scep_ber_new_oid_text(place->bytes + attribute->oid.offset, attribute->oid.length));
    const bool known = attribute->info->id != SCEP_ATTR_UNKNOWN;
    proto_item *item =
        add_string(tree, hf_scep_attribute, place, attribute->whole, known ? attribute->info->name : oid);
    proto_tree *subtree = proto_item_add_subtree(item, ett_scep_attribute);

    add_string(subtree, hf_scep_attribute_oid, place, attribute->oid, oid);
    add_bytes(subtree, hf_scep_attribute_value, place, attribute->value);
}

static void show_attributes(proto_tree *tree, const Place *place, const ScepMessage *message)
{
    show_numbers(tree, place, message);
    show_ndes_error(tree, place, message);
    show_fail_info_text(tree, place, message);
    add_string(tree, hf_scep_transaction_id, place, scep_message_value(message, SCEP_ATTR_TRANSACTION_ID),
               message->transaction_id);
    add_bytes(tree, hf_scep_sender_nonce, place, scep_message_value(message, SCEP_ATTR_SENDER_NONCE));
    add_bytes(tree, hf_scep_recipient_nonce, place, scep_message_value(message, SCEP_ATTR_RECIPIENT_NONCE));
    if (message->signing_time != 0) {
        const ScepSpan span = scep_message_value(message, SCEP_ATTR_SIGNING_TIME);
        nstime_t moment = { (time_t)message->signing_time, 0 };
        proto_tree_add_time(tree, hf_scep_signing_time, place->tvb, place->offset + (int)span.offset, (int)span.length,
                            &moment);
        proto_item_set_generated(proto_tree_add_int64(tree, hf_scep_signing_time_skew, place->tvb,
                                                      place->offset + (int)span.offset, (int)span.length,
                                                      message->signing_time - (int64_t)place->pinfo->abs_ts.secs));
    }
    for (guint i = 0; i < message->attributes->len; i++) {
        const ScepAttribute *attribute = &g_array_index(message->attributes, ScepAttribute, i);
        if (!attribute->info->has_field)
            show_other_attribute(tree, place, attribute);
    }
}

static const ScepCertificate *signer_certificate(const ScepHttpPdu *pdu)
{
    const ScepSigner *signer = &pdu->message->signer;

    for (guint i = 0; i < pdu->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(pdu->certificates, i);
        if (certificate != NULL &&
            scep_certificate_is(certificate, pdu->bytes + signer->issuer.offset, signer->issuer.length,
                                pdu->bytes + signer->serial.offset, signer->serial.length))
            return certificate;
    }
    return NULL;
}

/* A first request is signed with the key that is to be certified (RFC 8894 2.3); an opened one shows the key itself. */
static void show_key(proto_tree *tree, const Place *place, const ScepShown *shown, const ScepCertificate *signer)
{
    const ScepSpan where = shown->pdu->message->signer.whole;

    if (!shown->part->is_request || shown->pdu->csr != NULL || !signer->self_signed ||
        scep_certificate_is_throwaway(signer) || shown->pdu->message->message_type != SCEP_TYPE_PKCSREQ)
        return;
    proto_item_set_generated(proto_tree_add_bytes_with_length(tree, hf_scep_spki_sha256, place->tvb,
                                                              place->offset + (int)where.offset, (int)where.length,
                                                              signer->spki_sha256, 32));
}

/* NDES leaves its certificate out of its answers: GetCACert had it. */
static void show_known_signer(proto_tree *tree, const Place *place, const ScepShown *shown)
{
    const ScepHttpPdu *pdu = shown->pdu;
    const ScepCertificate *certificate =
        scep_server_get0_signer(shown->part->exchange->server, pdu->message, pdu->bytes, place->pinfo->num);

    if (certificate != NULL)
        proto_item_set_generated(
            add_string(tree, hf_scep_signer_subject, place, pdu->message->signer.whole, certificate->subject));
}

static void show_signer(proto_tree *tree, const Place *place, const ScepShown *shown)
{
    const ScepHttpPdu *pdu = shown->pdu;
    const ScepSigner *signer = &pdu->message->signer;

    if (signer->whole.length == 0)
        return;
    const ScepCertificate *certificate = signer_certificate(pdu);
    if (certificate != NULL)
        add_string(tree, hf_scep_signer_subject, place, signer->whole, certificate->subject);
    else
        show_known_signer(tree, place, shown);
    add_name(tree, hf_scep_signer_issuer, place, signer->issuer);
    add_bytes(tree, hf_scep_signer_serial, place, signer->serial);
    if (certificate != NULL)
        proto_tree_add_boolean(tree, hf_scep_signer_self_signed, place->tvb, place->offset + (int)signer->whole.offset,
                               (int)signer->whole.length, certificate->self_signed);
    if (certificate != NULL)
        show_key(tree, place, shown, certificate);
    add_algorithm(tree, hf_scep_digest_algorithm, place, signer->whole, signer->digest_algorithm);
    add_algorithm(tree, hf_scep_signature_algorithm, place, signer->signature_algorithm_whole,
                  signer->signature_algorithm);
}

static void show_recipient(proto_tree *parent, const Place *place, const ScepRecipient *recipient)
{
    proto_item *item =
        add_string(parent, hf_scep_recipient_type, place, recipient->whole, scep_recipient_type_name(recipient->type));
    proto_tree *tree = proto_item_add_subtree(item, ett_scep_recipient);

    add_name(tree, hf_scep_recipient_issuer, place, recipient->issuer);
    add_bytes(tree, hf_scep_recipient_serial, place, recipient->serial.length ? recipient->serial : recipient->key_id);
    add_algorithm(tree, hf_scep_recipient_algorithm, place, recipient->algorithm_whole, recipient->algorithm);
}

static const char *content_text(ScepContentKind kind)
{
    static const char *const texts[] = {
        [SCEP_CONTENT_ABSENT] = "none",
        [SCEP_CONTENT_EMPTY] = "empty",
        [SCEP_CONTENT_ZERO_BYTE] = "one zero byte",
        [SCEP_CONTENT_ENVELOPED] = "EnvelopedData",
        [SCEP_CONTENT_ENCRYPTED] = "EncryptedData",
        [SCEP_CONTENT_AUTH_ENVELOPED] = "AuthEnvelopedData",
        [SCEP_CONTENT_SIGNED] = "SignedData",
        [SCEP_CONTENT_CMS_OTHER] = "another CMS type",
        [SCEP_CONTENT_OTHER] = "not CMS",
    };
    return texts[kind];
}

static void show_content(proto_tree *parent, const Place *outer, const ScepHttpPdu *pdu)
{
    const ScepMessage *message = pdu->message;
    proto_item *item =
        add_string(parent, hf_scep_content_shape, outer, message->content.span, content_text(message->content_kind));
    const ScepEnvelope *envelope = pdu->envelope;

    if (envelope == NULL)
        return;
    /* Scattered content has no single place in the packet: its parts then point at the whole message. */
    Place place = *outer;
    if (message->content.joined != NULL) {
        place.bytes = pdu->content;
        place.tvb =
            tvb_new_child_real_data(outer->tvb, pdu->content, (unsigned)pdu->content_size, (int)pdu->content_size);
        place.offset = 0;
        add_new_data_source(outer->pinfo, place.tvb, "SCEP content, pieces joined");
    } else {
        place.offset += (int)message->content.span.offset;
        place.bytes += message->content.span.offset;
    }
    proto_tree *tree = proto_item_add_subtree(item, ett_scep_envelope);
    for (guint i = 0; i < envelope->recipients->len; i++)
        show_recipient(tree, &place, &g_array_index(envelope->recipients, ScepRecipient, i));
    add_algorithm(tree, hf_scep_encryption_algorithm, &place, envelope->cipher_whole, envelope->cipher);
}

void scep_show_message(packet_info *pinfo, proto_tree *tree, const ScepShown *shown)
{
    const ScepHttpPdu *pdu = shown->pdu;
    const ScepMessage *message = pdu->message;
    const Place place = { pinfo, pdu->tvb, pdu->offset, pdu->bytes };

    if (!message->certs_only) {
        show_attributes(tree, &place, message);
        show_signer(tree, &place, shown);
        show_content(tree, &place, pdu);
    }
    for (guint i = 0; i < message->problems->len; i++) {
        const ScepProblem *problem = &g_array_index(message->problems, ScepProblem, i);
        const ScepSpan where = problem->where.length ? problem->where : message->whole;
        scep_expert_problem(pinfo, tree, pdu->tvb, pdu->offset + (int)where.offset, (int)where.length, problem);
    }
}
