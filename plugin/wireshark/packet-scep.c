/* packet-scep.c
 * Simple Certificate Enrollment Protocol (RFC 8894): registration and the way a frame takes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-scep.h"

#include <epan/tap.h>
#include <string.h>
#include <wsutil/wslog.h>

#include "capture_file.h"
#include "configured_hosts.h"
#include "experts.h"
#include "fields.h"
#include "followed_frames.h"
#include "frame_kind.h"
#include "frame_pdus.h"
#include "http_heuristic.h"
#include "mdm_body.h"
#include "packet-wcce-state.h"
#include "packet-wcce-unread.h"
#include "preferences.h"
#include "protocols.h"
#include "scep/crypto.h"
#include "segment.h"
#include "show.h"
#include "taps/tap.h"
#include "tcp_tls_tracker.h"
#include "user_hints.h"

static const ProtocolNames names = { "Simple Certificate Enrollment Protocol", "SCEP", "scep" };

static protocol_t *scep_protocol;
static dissector_handle_t body_handle;
static int proto_http = -1;
static int proto_http2 = -1;

/* A body that Wireshark offers by its media type. It is shown by the post-dissector, together with the HTTP message
 * that carries it; here it is only kept from being shown as unknown media. */
static int dissect_scep_body(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree _U_, void *data _U_)
{
    frame_state_claim(pinfo, tvb);
    return (int)tvb_captured_length(tvb);
}

/* Strict: only what can be nothing else than a pkiMessage (unknown or missing content type). */
static ws_bool_t dissect_scep_heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const int size = (int)tvb_captured_length(tvb);

    if (size == 0 || !scep_message_looks_like(tvb_get_ptr(tvb, 0, size), (size_t)size))
        return FALSE;
    return dissect_scep_body(tvb, pinfo, tree, data) > 0;
}

static bool has_layer(packet_info *pinfo, int proto)
{
    return wmem_list_find(pinfo->layers, GINT_TO_POINTER(proto)) != NULL;
}

static bool has_scep_message(wmem_array_t *shown)
{
    for (unsigned i = 0; i < wmem_array_get_count(shown); i++) {
        if (((const ScepShown *)wmem_array_index(shown, i))->part->exchange != NULL)
            return true;
    }
    return false;
}

/* Most of an MDM session is about other settings. */
static bool tells_of_scep(wmem_array_t *shown)
{
    for (unsigned i = 0; i < wmem_array_get_count(shown); i++) {
        const FrameMessage *part = ((const ScepShown *)wmem_array_index(shown, i))->part;
        if (part->call == NULL || scep_service_tells_of_scep(part->call, !part->is_request))
            return true;
    }
    return false;
}

/* HTTP left its own words, fenced, in the columns; a SCEP frame says what SCEP says. A call to a service around SCEP
 * stays what it is by its protocol, and is told in words. */
static void show_columns(packet_info *pinfo, wmem_array_t *shown)
{
    if (!tells_of_scep(shown))
        return;
    if (has_scep_message(shown)) {
        col_clear_fence(pinfo->cinfo, COL_PROTOCOL);
        col_set_str(pinfo->cinfo, COL_PROTOCOL, "SCEP");
    }
    col_clear_fence(pinfo->cinfo, COL_INFO);
    col_clear(pinfo->cinfo, COL_INFO);
    for (unsigned i = 0; i < wmem_array_get_count(shown); i++)
        col_append_sep_str(pinfo->cinfo, COL_INFO, "; ", scep_show_summary(pinfo, wmem_array_index(shown, i)));
}

static void show_tree(tvbuff_t *tvb, packet_info *pinfo, proto_tree *root, wmem_array_t *shown)
{
    const char *before = pinfo->current_proto;
    proto_tree *tree = NULL;

    /* Expert items name it as their protocol. */
    pinfo->current_proto = "SCEP";
    user_hints_prime(root);
    for (unsigned i = 0; i < wmem_array_get_count(shown); i++)
        tree = scep_show_pdu(pinfo, root, wmem_array_index(shown, i));
    user_hints_show(pinfo, root, tree, tvb);
    pinfo->current_proto = before;
}

/* "tshark -q -z expert" wants the expert items and makes no tree. Wireshark registers that tap behind all protocols. */
static bool experts_are_wanted(void)
{
    static int expert_tap;

    if (expert_tap == 0)
        expert_tap = find_tap_id("expert");
    return have_tap_listener(expert_tap);
}

/* The first pass parses whatever it finds. */
static bool is_parsing_wanted(const packet_info *pinfo, const proto_tree *tree)
{
    return PINFO_FD_VISITED(pinfo) && (tree != NULL || experts_are_wanted() || scep_tap_is_wanted());
}

/* Apart, so that the way out for all other frames saves no registers. */
__attribute__((noinline)) static int dissect_http(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                                                  const Segment *segment)
{
    const bool http1 = has_layer(pinfo, proto_http);
    const bool http2 = has_layer(pinfo, proto_http2);

    if ((!http1 && !http2) || !proto_is_protocol_enabled(scep_protocol))
        return 0;
    wmem_array_t *shown = frame_pdus(pinfo, segment, http1, http2, is_parsing_wanted(pinfo, tree));
    if (shown == NULL)
        return 0;
    show_columns(pinfo, shown);
    if (tree != NULL || experts_are_wanted())
        show_tree(tvb, pinfo, tree, shown);
    scep_tap_queue(pinfo, shown);
    return (int)tvb_captured_length(tvb);
}

/* A frame that has no other data source, and is of no connection that is known, holds a request that begins with the
 * letters of its method, or nothing. */
static bool may_hold_request(packet_info *pinfo, const Segment *segment)
{
    if (pinfo->data_src->next != NULL || frame_state_is_busy(pinfo))
        return true;
    if (segment->tvb == NULL)
        return pinfo->ptype != PT_UDP;
    return segment->size >= 4 && g_ascii_isupper(segment->payload[0]) && memcmp(segment->payload, "HTTP", 4) != 0;
}

__attribute__((noinline)) static int dissect_other(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    Segment segment;

    if (PINFO_FD_VISITED(pinfo))
        scep_tracker_finish(capture_tracker());
    segment_read(pinfo, &segment);
    if (pinfo->ptype == PT_TCP)
        wcce_dissect_unread(pinfo, tree, &segment);
    return may_hold_request(pinfo, &segment) ? dissect_http(tvb, pinfo, tree, &segment) : 0;
}

__attribute__((noinline)) static void follow(packet_info *pinfo, FrameKind kind)
{
    if (proto_is_protocol_enabled(scep_protocol))
        tcp_tls_tracker_frame(pinfo, kind);
}

/* Runs on every frame, so whatever is none of ours leaves at once. */
static int dissect_scep_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    CaptureFile *file = capture_file;
    const FrameKind kind = frame_kind(pinfo);

    capture_clock(file, pinfo);
    const bool is_followed =
        kind == FRAME_TLS || kind == FRAME_DNS || (file->follows_connections && pinfo->ptype == PT_TCP);
    int taken = 0;

    if (is_followed)
        follow(pinfo, kind);
    if (kind == FRAME_OTHER || file->names_ca_ports)
        taken = dissect_other(tvb, pinfo, tree);
    if (is_followed)
        scep_show_connections(pinfo, tree);
    file->segment = NULL; /* it goes with the packet */
    return taken;
}

static void close_capture(void)
{
    if (capture_file == NULL)
        return;
    user_hints_close();
    tcp_tls_tracker_close();
    followed_frames_close();
    frame_state_close();
    capture_file_close();
}

static void open_capture(void)
{
    close_capture();
    capture_file_open();
    segment_open();
    frame_state_open();
    followed_frames_open();
    tcp_tls_tracker_open();
    wcce_state_open();
    user_hints_open();
}

/* Keys were made with the library context, so they go first. */
static void forget_secrets(void)
{
    scep_preferences_cleanup();
    scep_crypto_cleanup();
}

static void register_preferences(void)
{
    module_t *module = scep_register_preferences(proto_scep);

    configured_hosts_register(module);
    user_hints_register(proto_scep, module);
}

bool scep_may_register(void)
{
    if (!protocol_is_taken(&names))
        return true;
    ws_warning("Another plugin, or Wireshark itself, has a protocol \"%s\" already: this SCEP plugin does nothing",
               names.filter_name);
    return false;
}

void proto_register_scep(void)
{
    proto_scep = protocol_register(&names);
    scep_protocol = find_protocol_by_id(proto_scep);
    scep_register_fields(proto_scep);
    scep_register_experts(proto_scep);
    scep_tap_register(proto_scep);
    register_preferences();

    body_handle = register_dissector("scep", dissect_scep_body, proto_scep);
    /* Without a protocol, Wireshark spares the bookkeeping of a layer on every frame of every capture. */
    register_postdissector(create_dissector_handle(dissect_scep_frame, -1));

    register_init_routine(open_capture);
    register_cleanup_routine(close_capture);
    register_shutdown_routine(forget_secrets);
}

void proto_reg_handoff_scep(void)
{
    static const char *const media_types[] = {
        "application/x-pki-message",
        "application/x-x509-ca-ra-cert",
        "application/x-x509-ca-ra-cert-chain",
        "application/x-x509-next-ca-cert",
    };

    for (unsigned i = 0; i < array_length(media_types); i++)
        dissector_add_string("media_type", media_types[i], body_handle);
    /* application/x-x509-ca-cert is left to others: any web site offers such a file, and where it answers a GetCACert
     * the request tells. */
    heur_dissector_add("http", dissect_scep_heuristic, "SCEP over HTTP", "scep_http", proto_scep, HEURISTIC_ENABLE);
    proto_http = protocol_id("http");
    proto_http2 = protocol_id("http2");
    frame_kind_handoff();
    segment_handoff();
    scep_show_handoff();
    scep_register_http_heuristic(proto_scep);
    scep_register_mdm_body();
}
