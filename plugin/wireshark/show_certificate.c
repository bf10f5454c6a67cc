/* show_certificate.c
 * Certificates: a summary that can be filtered and compared, then Wireshark's own tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fields.h"
#include "show.h"

static void add_bytes(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, GBytes *bytes)
{
    size_t size;
    const void *data = g_bytes_get_data(bytes, &size);

    proto_tree_add_bytes_with_length(tree, hf, tvb, offset, length, data, (int)size);
}

static void add_time(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, int64_t seconds)
{
    nstime_t moment = { (time_t)seconds, 0 };

    proto_tree_add_time(tree, hf, tvb, offset, length, &moment);
}

/* The CA that is to come; it may bring its RAs along. */
static ScepCertificateRole next_role(const ScepCertificate *certificate, bool alone)
{
    const ScepCertificateRole role = scep_certificate_ca_role(certificate, alone);

    return role == SCEP_ROLE_CA || role == SCEP_ROLE_ROOT ? SCEP_ROLE_NEXT_CA : role;
}

static ScepCertificateRole role_of(const ScepShown *shown, const ScepCertificate *certificate, bool alone)
{
    const ScepMessage *message = shown->pdu->message;

    if (shown->part->exchange->operation == SCEP_OP_GETNEXTCACERT && (message == NULL || message->certs_only))
        return next_role(certificate, alone);
    if (message == NULL || message->certs_only)
        return shown->part->exchange->operation == SCEP_OP_PKIOPERATION ? SCEP_ROLE_ISSUED
                                                                        : scep_certificate_ca_role(certificate, alone);
    const uint8_t *bytes = shown->pdu->bytes;
    const ScepSigner *signer = &message->signer;
    if (scep_certificate_is(certificate, bytes + signer->issuer.offset, signer->issuer.length,
                            bytes + signer->serial.offset, signer->serial.length))
        return SCEP_ROLE_SIGNER;
    if (certificate->is_ca)
        return certificate->self_signed ? SCEP_ROLE_ROOT : SCEP_ROLE_CA;
    /* step-ca and micromdm put the new certificate in clear into the outer SignedData. */
    return shown->part->is_request ? SCEP_ROLE_UNKNOWN : SCEP_ROLE_ISSUED;
}

static void show_names(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length,
                       const ScepCertificate *certificate)
{
    for (guint i = 0; certificate->alternative_names != NULL && i < certificate->alternative_names->len; i++)
        proto_tree_add_string(tree, hf_scep_cert_san, tvb, offset, length,
                              scep_show_text(pinfo, g_ptr_array_index(certificate->alternative_names, i)));
}

/* @return the subtree, for what else there is to show of the certificate */
static proto_tree *show_certificate(packet_info *pinfo, proto_tree *parent, tvbuff_t *tvb, int offset, int length,
                                    const ScepCertificate *certificate, ScepCertificateRole role)
{
    proto_item *item;
    const char *subject = scep_show_text(pinfo, certificate->subject);
    proto_tree *tree = proto_tree_add_subtree_format(parent, tvb, offset, length, ett_scep_certificate, &item,
                                                     "Certificate (%s): %s", scep_certificate_role_name(role), subject);

    proto_tree_add_string(tree, hf_scep_cert_role, tvb, offset, length, scep_certificate_role_name(role));
    proto_tree_add_string(tree, hf_scep_cert_subject, tvb, offset, length, subject);
    proto_tree_add_string(tree, hf_scep_cert_issuer, tvb, offset, length, scep_show_text(pinfo, certificate->issuer));
    add_bytes(tree, hf_scep_cert_serial, tvb, offset, length, certificate->serial);
    add_time(tree, hf_scep_cert_not_before, tvb, offset, length, certificate->not_before);
    add_time(tree, hf_scep_cert_not_after, tvb, offset, length, certificate->not_after);
    show_names(pinfo, tree, tvb, offset, length, certificate);
    proto_tree_add_string(tree, hf_scep_cert_key_algorithm, tvb, offset, length, certificate->key_algorithm);
    proto_tree_add_uint(tree, hf_scep_cert_key_bits, tvb, offset, length, certificate->key_bits);
    proto_tree_add_string(tree, hf_scep_cert_signature_algorithm, tvb, offset, length,
                          certificate->signature_algorithm);
    if (role == SCEP_ROLE_ISSUED)
        proto_tree_add_bytes_with_length(tree, hf_scep_spki_sha256, tvb, offset, length, certificate->spki_sha256, 32);
    proto_tree_add_bytes_with_length(tree, hf_scep_cert_sha1, tvb, offset, length, certificate->sha1, 20);
    proto_tree_add_bytes_with_length(tree, hf_scep_cert_sha256, tvb, offset, length, certificate->sha256, 32);
    return tree;
}

void scep_show_certificates(packet_info *pinfo, proto_tree *tree, const ScepShown *shown)
{
    const ScepHttpPdu *pdu = shown->pdu;

    for (guint i = 0; pdu->certificates != NULL && i < pdu->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(pdu->certificates, i);
        const bool bare = pdu->message == NULL;
        const ScepSpan span =
            bare ? (ScepSpan){ 0, pdu->size } : g_array_index(pdu->message->certificates, ScepSpan, i);

        if (certificate == NULL)
            continue;
        proto_tree *subtree = show_certificate(pinfo, tree, pdu->tvb, pdu->offset + (int)span.offset, (int)span.length,
                                               certificate, role_of(shown, certificate, pdu->certificates->len == 1));
        if (bare) /* others stand in the tree of their message */
            scep_show_builtin_certificate(pinfo, subtree, pdu->tvb, pdu->offset, (int)span.length);
    }
}

void scep_show_next_ca(packet_info *pinfo, proto_tree *tree, const ScepHttpPdu *pdu)
{
    const bool joined = pdu->message != NULL && pdu->message->content.joined != NULL;
    tvbuff_t *tvb = pdu->tvb;
    int offset = pdu->offset;

    if (pdu->next == NULL)
        return;
    if (joined) {
        tvb = tvb_new_child_real_data(tvb, pdu->content, (unsigned)pdu->content_size, (int)pdu->content_size);
        add_new_data_source(pinfo, tvb, "SCEP content, pieces joined");
        offset = 0;
    } else {
        offset += (int)pdu->message->content.span.offset;
    }
    for (guint i = 0; i < pdu->next_certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(pdu->next_certificates, i);
        const ScepSpan span = g_array_index(pdu->next->certificates, ScepSpan, i);

        if (certificate == NULL)
            continue;
        const int at = offset + (int)span.offset, length = (int)span.length;
        proto_tree *subtree = show_certificate(pinfo, tree, tvb, at, length, certificate,
                                               next_role(certificate, pdu->next_certificates->len == 1));
        scep_show_builtin_certificate(pinfo, subtree, tvb, at, length);
    }
}

/* The first certificate that is no CA's is the new one; the others are its chain (RFC 8894 3.4 asks for no order). */
void scep_show_issued(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepHttpPdu *pdu)
{
    for (guint i = 0; i < pdu->issued->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(pdu->issued, i);
        const ScepSpan span = g_array_index(pdu->inner->certificates, ScepSpan, i);

        if (certificate == NULL)
            continue;
        const ScepCertificateRole role = !certificate->is_ca        ? SCEP_ROLE_ISSUED
                                         : certificate->self_signed ? SCEP_ROLE_ROOT
                                                                    : SCEP_ROLE_CA;
        proto_tree *subtree = show_certificate(pinfo, tree, tvb, (int)span.offset, (int)span.length, certificate, role);
        scep_show_builtin_certificate(pinfo, subtree, tvb, (int)span.offset, (int)span.length);
    }
}
