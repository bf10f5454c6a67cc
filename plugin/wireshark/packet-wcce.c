/* packet-wcce.c
 * ICertRequestD, ICertRequestD2 (MS-WCCE) and ICertPassage (MS-ICPR): registration, and the way of one call.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce.h"

#include <epan/dissectors/packet-dcerpc.h>
#include <epan/dissectors/packet-dcom.h>
#include <epan/exceptions.h>

#include "packet-wcce-fields.h"
#include "frame_state.h"
#include "show.h"

int proto_wcce = -1;

static int proto_interfaces[SCEP_WCCE_INTERFACE_COUNT] = { -1, -1, -1 };

/* MS-WCCE 1.9, MS-ICPR 1.9; all of version 0 (MS-WCCE 2.1). */
static e_guid_t uuids[SCEP_WCCE_INTERFACE_COUNT] = {
    { 0xd99e6e70, 0xfc88, 0x11d0, { 0xb4, 0x98, 0x00, 0xa0, 0xc9, 0x03, 0x12, 0xf3 } },
    { 0x5422fd3a, 0xd4b8, 0x4cef, { 0xa1, 0x2e, 0xe8, 0x7d, 0x4c, 0xa2, 0x2e, 0x90 } },
    { 0x91ae6020, 0x9e3c, 0x11cf, { 0x8d, 0x7c, 0x00, 0xaa, 0x00, 0xc0, 0x91, 0xbe } },
};

const e_guid_t *wcce_interface_uuid(ScepWcceInterface interface)
{
    return &uuids[interface];
}

static const ScepWcceMethod *method_of(const dcerpc_info *di)
{
    for (unsigned i = 0; i < SCEP_WCCE_INTERFACE_COUNT; i++) {
        if (guid_cmp(&uuids[i], &di->call_data->uuid) == 0)
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

/* What stays with Wireshark's record of the call, for every pass. File scope. */
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
static void book(packet_info *pinfo, CallState *record, const ScepWcceCall *call, tvbuff_t *tvb)
{
    ScepTracker *tracker = frame_state_tracker();

    if (tracker == NULL)
        return;
    if (PINFO_FD_VISITED(pinfo)) {
        scep_tracker_finish(tracker);
        return;
    }
    const bool readable = !is_wrongly_decrypted(pinfo, call);
    const ScepPlace place = frame_state_place(pinfo, !call->is_response);
    const unsigned size = tvb_captured_length(tvb);
    const ScepCaMessage message = {
        .method = call->method,
        .call = readable ? call : NULL,
        .stub = size > 0 ? tvb_get_ptr(tvb, 0, (int)size) : NULL,
        .is_sealed = !readable,
        .is_garbage = !readable,
    };

    if (call->is_response)
        record->ca_call = scep_tracker_ca_answer(tracker, record->ca_call, &place, &message);
    else
        record->ca_call = scep_tracker_ca_request(tracker, &place, &message);
}

/* NULL for an answer whose request the capture does not hold. */
static CallState *state_of(const packet_info *pinfo, const dcerpc_info *di, const ScepWcceCall *call)
{
    dcerpc_call_value *value = di->call_data;
    CallState *record = value->se_data;

    if (record == NULL) {
        if (call->is_response)
            return NULL;
        record = wmem_new0(wmem_file_scope(), CallState);
        record->context = scep_wcce_context(call);
        record->request_frame = pinfo->num;
        value->se_data = record;
    } else if (call->is_response && record->response_frame == 0) {
        record->response_frame = pinfo->num;
    }
    return record;
}

static void show_connections(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const dcerpc_info *di,
                             const CallState *record, bool is_response)
{
    nstime_t elapsed;

    if (record == NULL)
        return;
    if (!is_response) {
        /* A fault has no dissector that could take note of it. */
        const uint32_t frame = record->response_frame ? record->response_frame : di->call_data->rep_frame;
        if (frame != 0)
            proto_item_set_generated(proto_tree_add_uint(tree, hf_wcce_response_in, tvb, 0, 0, frame));
        return;
    }
    proto_item_set_generated(proto_tree_add_uint(tree, hf_wcce_request_in, tvb, 0, 0, record->request_frame));
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
                 const ScepWcceCall *call)
{
    CallState *record = state_of(pinfo, di, call);
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
        wcce_show_call(pinfo, tree, tvb, call, record != NULL ? &record->context : NULL);
    }
    show_connections(pinfo, tree, tvb, di, record, call->is_response);
    if (record == NULL)
        return;
    book(pinfo, record, call, tvb);
    wcce_note_opened(pinfo, di->call_id, call->is_response, record->ca_call);
    scep_show_ca_call(pinfo, tree, tvb, record->ca_call, call->is_response);
}

static int dissect_call(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, dcerpc_info *di, guint8 *drep,
                        bool is_response)
{
    const ScepWcceMethod *method = method_of(di);
    const unsigned size = tvb_captured_length(tvb), reported = tvb_reported_length(tvb);
    const unsigned flags = ((drep[0] & DREP_LITTLE_ENDIAN) ? 0 : SCEP_NDR_BIG_ENDIAN) |
                           ((di->call_data->flags & DCERPC_IS_NDR64) ? SCEP_NDR_64 : 0);

    wcce_note_opened(pinfo, di->call_id, is_response, NULL);
    if (method == NULL)
        return 0;
    ScepWcceCall *volatile call = scep_wcce_call_new(
        method, is_response, size > 0 ? tvb_get_ptr(tvb, 0, (int)size) : (const uint8_t *)"", size, reported, flags);
    TRY
    {
        show(tvb, pinfo, tree, di, drep, call);
    }
    FINALLY
    {
        scep_wcce_call_free(call);
    }
    ENDTRY;
    return (int)reported;
}

static int dissect_request(tvbuff_t *tvb, int offset, packet_info *pinfo, proto_tree *tree, dcerpc_info *di,
                           guint8 *drep)
{
    (void)offset;
    return dissect_call(tvb, pinfo, tree, di, drep, false);
}

static int dissect_response(tvbuff_t *tvb, int offset, packet_info *pinfo, proto_tree *tree, dcerpc_info *di,
                            guint8 *drep)
{
    (void)offset;
    return dissect_call(tvb, pinfo, tree, di, drep, true);
}

void proto_register_wcce(void)
{
    static const char *const titles[] = { "DCOM ICertRequestD", "DCOM ICertRequestD2", "ICertPassage Remote Protocol" };
    static const char *const filters[] = { "icertrequestd", "icertrequestd2", "icertpassage" };

    proto_wcce = proto_register_protocol("Windows Client Certificate Enrollment", "WCCE", "wcce");
    wcce_register_fields(proto_wcce);
    for (unsigned i = 0; i < SCEP_WCCE_INTERFACE_COUNT; i++)
        proto_interfaces[i] =
            proto_register_protocol(titles[i], scep_wcce_interface_name((ScepWcceInterface)i), filters[i]);
    register_init_routine(wcce_unread_open);
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
    for (unsigned i = 0; i < SCEP_WCCE_INTERFACE_COUNT; i++)
        dcerpc_init_uuid(proto_interfaces[i], ett_wcce_interface, &uuids[i], 0, procedures_of((ScepWcceInterface)i),
                         hf_wcce_opnum[i]);
    wcce_unread_handoff();
    wcce_blob_handoff();
}
