/* show_cms.c
 * Hands CMS messages and certificates to Wireshark's own ASN.1 dissectors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "experts.h"
#include "fields.h"
#include "protocols.h"
#include "show.h"

#include <epan/exceptions.h>

/* id-data belongs to the e-mail dissector, which has no business with what SCEP encapsulates; nobody reads CMC
 * (RFC 5272), which would be reported as a gap. */
static const char *const content_types[] = { "1.2.840.113549.1.7.1", "1.3.6.1.5.5.7.12.2", "1.3.6.1.5.5.7.12.3" };

static dissector_handle_t content_info_handle;
static dissector_handle_t certificate_handle;
static dissector_handle_t request_handle;
static dissector_handle_t list_handle;
static dissector_handle_t content_handle;

/* The protocols whose fields these trees hold: without a view or a filter that asks for them they are not built. */
static const char *const builtin_names[] = { "cms",     "pkcs1",         "pkcs10",        "x509af", "x509ce", "x509if",
                                             "x509sat", "pkix1explicit", "pkix1implicit", "ber",    "data" };
static int builtin_protocols[array_length(builtin_names)];

/* Takes the content of the SignedData, which is shown in a subtree of its own. It never says 0, not even to an empty
 * one: that would send the caller looking for structure where there is no byte. */
static int dissect_content(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree _U_, void *data _U_)
{
    return MAX(1, (int)tvb_captured_length(tvb));
}

void scep_show_handoff(void)
{
    content_info_handle = dissector_get_string_handle(find_dissector_table("ber.syntax"), "ContentInfo");
    certificate_handle = dissector_get_string_handle(find_dissector_table("ber.syntax"), "Certificate");
    request_handle = dissector_get_string_handle(find_dissector_table("ber.syntax"), "CertificationRequest");
    list_handle = dissector_get_string_handle(find_dissector_table("ber.syntax"), "CertificateList");
    content_handle = create_dissector_handle(dissect_content, proto_scep);
    for (unsigned i = 0; i < array_length(builtin_names); i++)
        builtin_protocols[i] = protocol_id(builtin_names[i]);
}

static bool is_wanted(proto_tree *tree)
{
    for (unsigned i = 0; tree != NULL && i < array_length(builtin_protocols); i++) {
        if (builtin_protocols[i] > 0 && proto_field_is_referenced(tree, builtin_protocols[i]))
            return true;
    }
    return false;
}

/* Each OBJECT IDENTIFIER may lead Wireshark to one more dissector, and a frame with more of those than
 * prefs.gui_max_tree_depth (500) counts as a bug of whoever called them. */
#define MAX_LAYERS 450

static bool fits(const packet_info *pinfo, tvbuff_t *tvb)
{
    const unsigned size = tvb_captured_length(tvb), layers = wmem_list_count(pinfo->layers);

    return layers < MAX_LAYERS &&
           scep_ber_count_oids(tvb_get_ptr(tvb, 0, (int)size), size, MAX_LAYERS) < MAX_LAYERS - layers;
}

/* The ASN.1 dissectors throw when bytes run out or make no sense. What the plugin showed before stays.
 * @return false when the tree is not whole */
static bool call_builtin(packet_info *pinfo, proto_tree *tree, dissector_handle_t handle, tvbuff_t *tvb)
{
    volatile bool stopped = false;
    const bool columns_before = col_get_writable(pinfo->cinfo, -1);

    if (handle == NULL || !is_wanted(tree))
        return true;
    if (!fits(pinfo, tvb)) {
        proto_tree_add_expert(tree, pinfo, &ei_scep_builtin_left_out, tvb, 0, 0);
        return false;
    }
    col_set_writable(pinfo->cinfo, -1, FALSE);
    for (unsigned i = 0; i < array_length(content_types); i++)
        dissector_change_string("ber.oid", content_types[i], content_handle);
    TRY
    {
        call_dissector_only(handle, tvb, pinfo, tree, NULL);
    }
    CATCH_NONFATAL_ERRORS
    {
        stopped = true;
    }
    FINALLY
    {
        for (unsigned i = 0; i < array_length(content_types); i++)
            dissector_reset_string("ber.oid", content_types[i]);
        col_set_writable(pinfo->cinfo, -1, columns_before);
    }
    ENDTRY;
    if (stopped)
        proto_tree_add_expert(tree, pinfo, &ei_scep_builtin_stopped, tvb, 0, 0);
    return !stopped;
}

/* The tree of the message holds its certificates; where it stops, they are shown one by one. */
static void show_certificates(packet_info *pinfo, proto_tree *tree, const ScepHttpPdu *pdu)
{
    for (guint i = 0; i < pdu->message->certificates->len; i++) {
        const ScepSpan span = g_array_index(pdu->message->certificates, ScepSpan, i);
        scep_show_builtin_certificate(pinfo, tree, pdu->tvb, pdu->offset + (int)span.offset, (int)span.length);
    }
}

void scep_show_builtin_cms(packet_info *pinfo, proto_tree *tree, const ScepHttpPdu *pdu)
{
    const ScepMessage *message = pdu->message;

    if (message == NULL || message->whole.length == 0)
        return;
    if (!call_builtin(pinfo, tree, content_info_handle,
                      tvb_new_subset_length(pdu->tvb, pdu->offset, (int)message->whole.length)))
        show_certificates(pinfo, tree, pdu);
    if (pdu->envelope == NULL || pdu->envelope->broken)
        return;
    tvbuff_t *content =
        message->content.joined
            ? tvb_new_child_real_data(pdu->tvb, pdu->content, (unsigned)pdu->content_size, (int)pdu->content_size)
            : tvb_new_subset_length(pdu->tvb, pdu->offset + (int)message->content.span.offset, (int)pdu->content_size);
    if (message->content.joined)
        add_new_data_source(pinfo, content, "SCEP content, pieces joined");
    proto_tree *subtree = proto_tree_add_subtree(tree, content, 0, (int)pdu->content_size, ett_scep_envelope, NULL,
                                                 "Encapsulated content");
    call_builtin(pinfo, subtree, content_info_handle, content);
}

void scep_show_builtin_request(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int length)
{
    call_builtin(pinfo, tree, request_handle, tvb_new_subset_length(tvb, 0, length));
}

void scep_show_builtin_certificate(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length)
{
    call_builtin(pinfo, tree, certificate_handle, tvb_new_subset_length(tvb, offset, length));
}

void scep_show_builtin_list(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length)
{
    call_builtin(pinfo, tree, list_handle, tvb_new_subset_length(tvb, offset, length));
}

bool scep_show_builtin_content_info(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, int offset, int length)
{
    return call_builtin(pinfo, tree, content_info_handle, tvb_new_subset_length(tvb, offset, length));
}
