/* packet-wcce.c
 * ICertRequestD, ICertRequestD2 (MS-WCCE) and ICertPassage (MS-ICPR): registration, and the way of one call.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce.h"

#include <epan/dissectors/packet-dcerpc.h>
#include <epan/dissectors/packet-dcom.h>
#include <epan/exceptions.h>
#include <wsutil/wslog.h>

#include "packet-wcce-fields.h"
#include "packet-wcce-pdu.h"
#include "packet-wcce-show.h"
#include "packet-wcce-state.h"
#include "packet-wcce-unread.h"
#include "protocols.h"
#include "show.h"

static int proto_interfaces[SCEP_WCCE_INTERFACE_COUNT] = { -1, -1, -1 };

static const ScepWcceMethod *method_of(const dcerpc_info *di)
{
    for (unsigned i = 0; i < SCEP_WCCE_INTERFACE_COUNT; i++) {
        if (guid_cmp(wcce_interface_uuid((ScepWcceInterface)i), &di->call_data->uuid) == 0)
            return scep_wcce_method((ScepWcceInterface)i, di->call_data->opnum);
    }
    return NULL;
}

/* Wireshark's own tree of the prefix; it throws where the core already said what is wrong. */
static void show_prefix(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, dcerpc_info *di, guint8 *drep,
                        const ScepWcceCall *call)
{
    if (call->prefix.length == 0 || call->nonsense)
        return;
    TRY
    {
        if (call->is_response)
            dissect_dcom_that(tvb, 0, pinfo, tree, di, drep);
        else
            dissect_dcom_this(tvb, 0, pinfo, tree, di, drep);
    }
    CATCH_NONFATAL_ERRORS
    {
    }
    ENDTRY;
}

/* What stays with what Wireshark keeps of the call, for every pass. File scope. */
typedef struct {
    ScepWcceContext context; /* how to read the answer */
    uint32_t request_frame;  /* where the call is shown: of a fragmented one the frame of the last piece */
    uint32_t response_frame;
    ScepCaCall *ca_call; /* owned by the tracker; NULL where nothing was booked */
} CallState;

/* Bytes that were deciphered with the wrong stream look like this: MS-RPCE privacy has no other check in a capture. */
static bool is_wrongly_decrypted(packet_info *pinfo, const ScepWcceCall *call)
{
    return call->nonsense && wcce_frame_is_decrypted(pinfo);
}

/* For the enrollment that this call belongs to. What was wrongly decrypted is as good as sealed. */
static void book(packet_info *pinfo, CallState *state, const ScepWcceCall *call, tvbuff_t *tvb)
{
    ScepTracker *tracker = capture_tracker();
    const bool readable = !is_wrongly_decrypted(pinfo, call);
    const ScepPlace place = capture_place(pinfo, !call->is_response);
    const unsigned size = tvb_captured_length(tvb);
    const ScepCaMessage message = {
        .method = call->method,
        .call = readable ? call : NULL,
        .stub = size > 0 ? tvb_get_ptr(tvb, 0, (int)size) : NULL,
        .is_sealed = !readable,
        .is_garbage = !readable,
    };

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if (call->is_response)
        state->ca_call = scep_tracker_ca_answer(tracker, state->ca_call, &place, &message);
    else
        state->ca_call = scep_tracker_ca_request(tracker, &place, &message);
}

/* NULL for an answer whose request the capture does not hold. */
static CallState *state_of(const packet_info *pinfo, const dcerpc_info *di, const ScepWcceCall *call)
{
    dcerpc_call_value *value = di->call_data;
    CallState *state = value->se_data;

    if (state == NULL) {
        if (call->is_response)
            return NULL;
        state = wmem_new0(wmem_file_scope(), CallState);
        state->context = scep_wcce_context(call);
        state->request_frame = pinfo->num;
        value->se_data = state;
    } else if (call->is_response && state->response_frame == 0) {
        state->response_frame = pinfo->num;
    }
    return state;
}

static void show_connections(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const dcerpc_info *di,
                             const CallState *state, bool is_response)
{
    nstime_t elapsed;

    if (state == NULL)
        return;
    if (!is_response) {
        /* A fault has no dissector that could take note of it. */
        const uint32_t frame = state->response_frame ? state->response_frame : di->call_data->rep_frame;
        if (frame != 0)
            proto_item_set_generated(proto_tree_add_uint(tree, hf_wcce_response_in, tvb, 0, 0, frame));
        return;
    }
    proto_item_set_generated(proto_tree_add_uint(tree, hf_wcce_request_in, tvb, 0, 0, state->request_frame));
    nstime_delta(&elapsed, &pinfo->abs_ts, &di->call_data->req_time);
    proto_item_set_generated(proto_tree_add_time(tree, hf_wcce_time, tvb, 0, 0, &elapsed));
}

static void show_nonsense(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceCall *call)
{
    proto_item *item = proto_tree_add_boolean(tree, hf_wcce_sealed, tvb, 0, 0, 1);

    proto_item_set_generated(item);
    proto_item_set_generated(proto_tree_add_uint(tree, hf_wcce_stub_size, tvb, 0, 0, tvb_reported_length(tvb)));
    expert_add_info(pinfo, item, &ei_wcce_nonsense);
    proto_item_set_generated(proto_tree_add_string(
        tree, hf_wcce_remedy, tvb, 0, 0,
        "With NTLM inside SPNEGO Wireshark deciphers only the first call of a connection; with another kind of "
        "security "
        "the key may be the wrong one. A keytab of the CA reads Kerberos: preference kerberos.file"));
    col_add_fstr(pinfo->cinfo, COL_INFO, "WCCE %s %s, wrongly decrypted: %u bytes", call->method->name,
                 call->is_response ? "answer" : "request", tvb_reported_length(tvb));
}

static void show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *parent, dcerpc_info *di, guint8 *drep,
                 const ScepWcceCall *call, const CallState *state)
{
    const bool wrong = is_wrongly_decrypted(pinfo, call);
    proto_item *item = proto_tree_add_item(parent, proto_wcce, tvb, 0, -1, ENC_NA);
    proto_tree *tree = proto_item_add_subtree(item, ett_wcce);
    char *method = wmem_strdup_printf(pinfo->pool, "%s::%s", scep_wcce_interface_name(call->method->interface),
                                      call->method->name);

    col_clear(pinfo->cinfo, COL_INFO);
    proto_item_set_generated(proto_tree_add_string(tree, hf_wcce_method, tvb, 0, 0, method));
    if (wrong) {
        show_nonsense(pinfo, tree, tvb, call);
    } else {
        const char *summary = wcce_show_summary(pinfo, call);
        col_add_str(pinfo->cinfo, COL_INFO, summary);
        proto_item_append_text(item, ": %s", summary + 5);
        show_prefix(tvb, pinfo, parent, di, drep, call);
        wcce_show_call(pinfo, tree, tvb, call, state != NULL ? &state->context : NULL);
    }
    show_connections(pinfo, tree, tvb, di, state, call->is_response);
    scep_show_ca_call(pinfo, tree, tvb, state != NULL ? state->ca_call : NULL, call->is_response);
}

static int dissect_call(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, dcerpc_info *di, guint8 *drep,
                        bool is_response)
{
    const ScepWcceMethod *method = method_of(di);
    const unsigned flags = ((drep[0] & DREP_LITTLE_ENDIAN) ? 0 : SCEP_NDR_BIG_ENDIAN) |
                           ((di->call_data->flags & DCERPC_IS_NDR64) ? SCEP_NDR_64 : 0);

    wcce_state_note_opened(pinfo, di->call_id, is_response, NULL);
    if (method == NULL)
        return 0;
    const ScepWcceCall *call = wcce_read_call(pinfo, method, is_response, tvb, flags);
    CallState *state = state_of(pinfo, di, call);
    if (PINFO_FD_VISITED(pinfo))
        scep_tracker_finish(capture_tracker());
    else if (state != NULL)
        book(pinfo, state, call, tvb);
    if (state != NULL)
        wcce_state_note_opened(pinfo, di->call_id, is_response, state->ca_call);
    show(tvb, pinfo, tree, di, drep, call, state);
    return (int)tvb_reported_length(tvb);
}

static int dissect_request(tvbuff_t *tvb, int offset _U_, packet_info *pinfo, proto_tree *tree, dcerpc_info *di,
                           guint8 *drep)
{
    return dissect_call(tvb, pinfo, tree, di, drep, false);
}

static int dissect_response(tvbuff_t *tvb, int offset _U_, packet_info *pinfo, proto_tree *tree, dcerpc_info *di,
                            guint8 *drep)
{
    return dissect_call(tvb, pinfo, tree, di, drep, true);
}

static const ProtocolNames names = { "Windows Client Certificate Enrollment", "WCCE", "wcce" };
static const ProtocolNames interface_names[SCEP_WCCE_INTERFACE_COUNT] = {
    { "DCOM ICertRequestD", "ICertRequestD", "icertrequestd" },
    { "DCOM ICertRequestD2", "ICertRequestD2", "icertrequestd2" },
    { "ICertPassage Remote Protocol", "ICertPassage", "icertpassage" },
};

/* @return NULL where none is taken */
static const char *taken_name(void)
{
    if (protocol_is_taken(&names))
        return names.filter_name;
    for (unsigned i = 0; i < array_length(interface_names); i++) {
        if (protocol_is_taken(&interface_names[i]))
            return interface_names[i].filter_name;
    }
    return NULL;
}

void proto_register_wcce(void)
{
    const char *taken = taken_name();

    if (taken != NULL) {
        ws_warning(
            "Another plugin, or Wireshark itself, has a protocol \"%s\" already: this SCEP plugin leaves calls to a "
            "CA to it",
            taken);
        return;
    }
    proto_wcce = protocol_register(&names);
    wcce_register_fields(proto_wcce);
    for (unsigned i = 0; i < SCEP_WCCE_INTERFACE_COUNT; i++)
        proto_interfaces[i] = protocol_register(&interface_names[i]);
}

/* Wireshark keeps the table, ended by a row without name. */
static dcerpc_sub_dissector *procedures_of(ScepWcceInterface interface)
{
    dcerpc_sub_dissector *table =
        wmem_alloc0_array(wmem_epan_scope(), dcerpc_sub_dissector, scep_wcce_method_count + 1);
    unsigned count = 0;

    for (size_t i = 0; i < scep_wcce_method_count; i++) {
        const ScepWcceMethod *method = &scep_wcce_methods[i];
        if (method->interface == interface)
            table[count++] = (dcerpc_sub_dissector){ method->opnum, method->name, dissect_request, dissect_response };
    }
    return table;
}

void proto_reg_handoff_wcce(void)
{
    if (proto_wcce < 0)
        return;
    for (unsigned i = 0; i < SCEP_WCCE_INTERFACE_COUNT; i++) {
        e_guid_t uuid = *wcce_interface_uuid((ScepWcceInterface)i); /* copied there */
        dcerpc_init_uuid(proto_interfaces[i], ett_wcce_interface, &uuid, 0, procedures_of((ScepWcceInterface)i),
                         hf_wcce_opnum[i]);
    }
    wcce_unread_handoff();
    wcce_blob_handoff();
}
