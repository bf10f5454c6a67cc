/* packet-wcce-state.c
 * What is known of calls to a CA: of the capture file, and of one frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce-state.h"

#include <epan/proto_data.h>

#include "packet-wcce-fields.h"

/* Keys of the per-packet data */
enum { KEY_UNREAD = 1, KEY_OPENED, KEY_STEPS };

enum {
    MAX_UNREAD = 64, /* PDUs of one frame */
    MAX_STEPS = 16   /* of one frame */
};

void wcce_state_open(void)
{
    WcceCapture *state = wmem_new0(wmem_file_scope(), WcceCapture);

    state->waiting = wmem_map_new(wmem_file_scope(), wmem_int64_hash, g_int64_equal);
    state->connects = wmem_map_new(wmem_file_scope(), wmem_int64_hash, g_int64_equal);
    capture_file->wcce = state;
}

/* Adds to an array of the frame, which is made when it is needed. */
static void keep(packet_info *pinfo, wmem_allocator_t *scope, uint32_t key, const void *one, size_t size, unsigned most)
{
    wmem_array_t *all = p_get_proto_data(scope, pinfo, proto_wcce, key);

    if (all == NULL) {
        all = wmem_array_new(scope, size);
        p_add_proto_data(scope, pinfo, proto_wcce, key, all);
    }
    if (wmem_array_get_count(all) < most)
        wmem_array_append(all, one, 1);
}

wmem_array_t *wcce_state_unread(packet_info *pinfo)
{
    return capture_file->wcce->any_bound ? p_get_proto_data(wmem_file_scope(), pinfo, proto_wcce, KEY_UNREAD) : NULL;
}

void wcce_state_keep_unread(packet_info *pinfo, const WcceUnreadPdu *pdu)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    keep(pinfo, wmem_file_scope(), KEY_UNREAD, pdu, sizeof *pdu, MAX_UNREAD);
}

wmem_array_t *wcce_state_steps(packet_info *pinfo)
{
    return capture_file->wcce->any_step ? p_get_proto_data(wmem_file_scope(), pinfo, proto_wcce, KEY_STEPS) : NULL;
}

void wcce_state_keep_step(packet_info *pinfo, const WcceStep *step)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    keep(pinfo, wmem_file_scope(), KEY_STEPS, step, sizeof *step, MAX_STEPS);
    capture_file->wcce->any_step = true;
}

void wcce_state_note_opened(packet_info *pinfo, uint32_t call_id, bool is_response, ScepCaCall *ca_call)
{
    const WcceOpened one = { call_id, is_response, ca_call };

    keep(pinfo, pinfo->pool, KEY_OPENED, &one, sizeof one, UINT_MAX);
}

const WcceOpened *wcce_state_opened(packet_info *pinfo, uint32_t call_id, bool is_response)
{
    wmem_array_t *opened = p_get_proto_data(pinfo->pool, pinfo, proto_wcce, KEY_OPENED);

    /* The latest note knows most. */
    for (unsigned i = opened != NULL ? wmem_array_get_count(opened) : 0; i > 0; i--) {
        const WcceOpened *one = wmem_array_index(opened, i - 1);
        if (one->call_id == call_id && one->is_response == is_response)
            return one;
    }
    return NULL;
}

bool wcce_frame_is_decrypted(packet_info *pinfo)
{
    return ws_has_data_source(pinfo, "Decrypted stub data");
}
