/* show_inside.c
 * What was checked, and what is inside an envelope: the request, or the certificates that answer it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "experts.h"
#include "fields.h"
#include "preferences.h"
#include "scep/cms.h"
#include "show.h"

/* The plaintext as a data source of its own. */
typedef struct {
    packet_info *pinfo;
    tvbuff_t *tvb;
    const ScepHttpPdu *pdu;
} Inside;

static void add_generated(proto_tree *tree, packet_info *pinfo, int hf, tvbuff_t *tvb, const char *text)
{
    if (text != NULL)
        proto_item_set_generated(proto_tree_add_string(tree, hf, tvb, 0, 0, scep_show_text(pinfo, text)));
}

static void add_status(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int hf, int hf_reason, ScepVerdict verdict)
{
    proto_item_set_generated(proto_tree_add_uint(tree, hf, tvb, 0, 0, verdict.status));
    add_generated(tree, pinfo, hf_reason, tvb, scep_verify_reason_text(verdict.reason));
}

static void show_decryption(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepChecks *checks)
{
    const ScepDecryption *decryption = checks->decryption;
    const unsigned status = !checks->decrypts ? SCEP_DECRYPTION_OFF
                            : decryption      ? decryption->status
                                              : SCEP_DECRYPTION_NO_KEY;

    proto_item_set_generated(proto_tree_add_uint(tree, hf_scep_decryption_status, tvb, 0, 0, status));
    if (decryption != NULL && decryption->status == SCEP_DECRYPTION_OPENED) {
        const char *warning = scep_keyring_get0_warning(scep_preferences.keyring, decryption->label);
        add_generated(tree, pinfo, hf_scep_decryption_key, tvb, decryption->label);
        if (warning != NULL)
            proto_tree_add_expert_format(tree, pinfo, &ei_scep_key_readable, tvb, 0, 0, "%s", warning);
    }
    if (!checks->decrypts)
        add_generated(tree, pinfo, hf_scep_decryption_reason, tvb, "The preference scep.decrypt is off");
    else
        add_generated(tree, pinfo, hf_scep_decryption_reason, tvb,
                      decryption ? decryption->text : "No key is configured (preferences of SCEP: Private keys)");
}

void scep_show_checks(packet_info *pinfo, proto_tree *tree, const ScepShown *shown)
{
    const ScepHttpPdu *pdu = shown->pdu;
    const ScepChecks *checks = pdu->checks;

    if (checks == NULL || pdu->tvb == NULL)
        return;
    add_status(tree, pinfo, pdu->tvb, hf_scep_digest_status, hf_scep_digest_reason, checks->digest);
    add_status(tree, pinfo, pdu->tvb, hf_scep_signature_status, hf_scep_signature_reason, checks->signature);
    if (checks->signer_frame != 0)
        proto_item_set_generated(proto_tree_add_uint(tree, hf_scep_signer_in, pdu->tvb, 0, 0, checks->signer_frame));
    if (checks->has_envelope)
        show_decryption(pinfo, tree, pdu->tvb, checks);
}

static proto_item *add_string(proto_tree *tree, const Inside *inside, int hf, ScepSpan span, const char *text)
{
    if (text == NULL)
        return NULL;
    return proto_tree_add_string(tree, hf, inside->tvb, (int)span.offset, (int)span.length,
                                 scep_show_text(inside->pinfo, text));
}

static void add_strings(proto_tree *tree, const Inside *inside, int hf, ScepSpan span, const GPtrArray *texts)
{
    for (guint i = 0; texts != NULL && i < texts->len; i++)
        add_string(tree, inside, hf, span, g_ptr_array_index(texts, i));
}

static void show_challenge(proto_tree *tree, const Inside *inside, const ScepShown *shown)
{
    const ScepChallenge *challenge = &inside->pdu->csr->challenge;
    const int offset = (int)challenge->where.offset, length = (int)challenge->where.length;

    if (!challenge->present)
        return;
    proto_tree_add_uint(tree, hf_scep_challenge_length, inside->tvb, offset, length, (uint32_t)challenge->bytes);
    proto_tree_add_bytes_with_length(tree, hf_scep_challenge_sha256, inside->tvb, offset, length, challenge->sha256,
                                     32);
    add_string(tree, inside, hf_scep_challenge_kind, challenge->where, scep_challenge_kind_text(challenge->kind));
    add_string(tree, inside, hf_scep_challenge, challenge->where, challenge->text);
    const uint32_t before = scep_exchange_same_challenge(shown->part->exchange);
    if (before != 0)
        proto_item_set_generated(
            proto_tree_add_uint(tree, hf_scep_challenge_same_as, inside->tvb, offset, length, before));
}

static void show_items(proto_tree *tree, const Inside *inside)
{
    const GArray *items = inside->pdu->csr->items;

    for (guint i = 0; i < items->len; i++) {
        const ScepCsrItem *item = &g_array_index(items, ScepCsrItem, i);
        const char *text = wmem_strdup_printf(inside->pinfo->pool, "%s: %s", item->name, item->text ? item->text : "");
        add_string(tree, inside, hf_scep_csr_attribute, item->where, text);
    }
}

static void show_request(proto_tree *tree, const Inside *inside, const ScepShown *shown)
{
    const ScepCsr *csr = inside->pdu->csr;

    add_string(tree, inside, hf_scep_csr_subject, csr->subject_der, csr->subject);
    add_strings(tree, inside, hf_scep_csr_san, csr->whole, csr->alternative_names);
    add_string(tree, inside, hf_scep_csr_key_algorithm, csr->spki_der, csr->key_algorithm);
    proto_tree_add_uint(tree, hf_scep_csr_key_bits, inside->tvb, (int)csr->spki_der.offset, (int)csr->spki_der.length,
                        csr->key_bits);
    proto_tree_add_bytes_with_length(tree, hf_scep_spki_sha256, inside->tvb, (int)csr->spki_der.offset,
                                     (int)csr->spki_der.length, csr->spki_sha256, 32);
    proto_item_set_generated(proto_tree_add_uint(tree, hf_scep_csr_signature_status, inside->tvb, 0, 0,
                                                 inside->pdu->checks->csr_signature.status));
    add_strings(tree, inside, hf_scep_csr_purpose, csr->whole, csr->purposes);
    add_string(tree, inside, hf_scep_csr_template, csr->whole,
               csr->template_name ? csr->template_name : csr->template_oid);
    show_items(tree, inside);
    proto_tree_add_bytes_with_length(tree, hf_scep_csr_sha256, inside->tvb, (int)csr->whole.offset,
                                     (int)csr->whole.length, csr->sha256, 32);
    show_challenge(tree, inside, shown);
}

static void clear_poll(void *value)
{
    scep_issuer_and_subject_clear(value);
}

static void show_poll(proto_tree *tree, const Inside *inside)
{
    ScepIssuerAndSubject *value = wmem_new0(inside->pinfo->pool, ScepIssuerAndSubject);

    scep_issuer_and_subject_read(inside->pdu->plaintext, inside->pdu->plaintext_size, value);
    scep_show_release_later(inside->pinfo, value, clear_poll);
    add_string(tree, inside, hf_scep_payload_issuer, value->issuer_der, value->issuer);
    add_string(tree, inside, hf_scep_payload_subject, value->subject_der, value->subject);
}

static void clear_query(void *value)
{
    scep_issuer_and_serial_clear(value);
}

static void show_query(proto_tree *tree, const Inside *inside)
{
    ScepIssuerAndSerial *value = wmem_new0(inside->pinfo->pool, ScepIssuerAndSerial);

    scep_issuer_and_serial_read(inside->pdu->plaintext, inside->pdu->plaintext_size, value);
    scep_show_release_later(inside->pinfo, value, clear_query);
    add_string(tree, inside, hf_scep_payload_issuer, value->issuer_der, value->issuer);
    if (value->serial.length > 0)
        proto_tree_add_item(tree, hf_scep_payload_serial, inside->tvb, (int)value->serial.offset,
                            (int)value->serial.length, ENC_NA);
}

static void clear_list(void *crl)
{
    scep_crl_clear(crl);
}

static void show_lists(proto_tree *tree, const Inside *inside)
{
    const ScepMessage *inner = inside->pdu->inner;

    for (guint i = 0; i < inner->crls->len; i++) {
        const ScepSpan span = g_array_index(inner->crls, ScepSpan, i);
        ScepCrl *crl = wmem_new0(inside->pinfo->pool, ScepCrl);
        const bool is_read = scep_crl_read(inside->pdu->plaintext + span.offset, span.length, crl);
        scep_show_release_later(inside->pinfo, crl, clear_list);
        if (!is_read)
            continue;
        add_string(tree, inside, hf_scep_crl_issuer, span, crl->issuer);
        proto_tree_add_uint(tree, hf_scep_crl_entries, inside->tvb, (int)span.offset, (int)span.length,
                            (uint32_t)crl->revoked);
    }
}

static const char *source_name(const ScepHttpPdu *pdu)
{
    if (pdu->csr != NULL)
        return "Decrypted PKCS#10";
    return pdu->inner != NULL ? "Decrypted certificates" : "Decrypted content";
}

void scep_show_inside(packet_info *pinfo, proto_tree *parent, const ScepShown *shown)
{
    const ScepHttpPdu *pdu = shown->pdu;
    const int type = shown->part->exchange->message_type;

    if (pdu->plaintext == NULL || pdu->plaintext_size == 0)
        return;
    const int size = (int)pdu->plaintext_size;
    Inside inside = { pinfo, tvb_new_child_real_data(pdu->tvb, scep_pdu_share(pdu, pinfo->pool), (unsigned)size, size),
                      pdu };
    add_new_data_source(pinfo, inside.tvb, source_name(pdu));
    proto_tree *tree = proto_tree_add_subtree(parent, inside.tvb, 0, size, ett_scep_inside, NULL, source_name(pdu));

    if (pdu->csr != NULL) {
        show_request(tree, &inside, shown);
        if (scep_preferences.reveal_challenge || scep_csr_keeps_its_form(pdu->csr))
            scep_show_builtin_request(pinfo, tree, inside.tvb, size);
    } else if (pdu->inner != NULL) {
        scep_show_issued(pinfo, tree, inside.tvb, pdu);
        show_lists(tree, &inside);
    } else if (type == SCEP_TYPE_CERTPOLL) {
        show_poll(tree, &inside);
    } else {
        show_query(tree, &inside);
    }
}
