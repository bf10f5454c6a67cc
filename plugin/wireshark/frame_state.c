/* frame_state.c
 * What the first pass learned about a frame, kept so that every pass shows the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frame_state.h"

#include <epan/proto_data.h>

#include "by_frame.h"
#include "capture_file.h"
#include "fields.h"

/* Key of the per-packet data */
enum { KEY_CLAIMS = 0, KEY_MDM };

/* One array for all frames: a quarter of what data attached to each frame would take. */
void frame_state_open(void)
{
    capture_file->messages = g_array_new(FALSE, FALSE, sizeof(FrameMessage));
}

void frame_state_close(void)
{
    g_clear_pointer(&capture_file->messages, g_array_unref);
}

/* @return number of the first message that is of this frame or a later one */
static unsigned first_of(uint32_t frame)
{
    return by_frame_first(capture_file->messages, offsetof(FrameMessage, frame), frame);
}

const FrameMessage *frame_state_keep(const packet_info *pinfo, wmem_array_t *parts)
{
    const unsigned first = first_of(pinfo->num + 1);

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    g_array_insert_vals(capture_file->messages, first, wmem_array_get_raw(parts), wmem_array_get_count(parts));
    return &g_array_index(capture_file->messages, FrameMessage, first);
}

void frame_state_add(const FrameMessage *part)
{
    const unsigned at = first_of(part->frame + 1);

    g_array_insert_val(capture_file->messages, at, *part);
}

const FrameMessage *frame_state_get(uint32_t frame, unsigned number)
{
    const GArray *all = capture_file->messages;
    const unsigned at = first_of(frame) + number;

    if (at >= all->len || g_array_index(all, FrameMessage, at).frame != frame)
        return NULL;
    return &g_array_index(all, FrameMessage, at);
}

/* Spares most frames to look for data of their own. */
static bool is_claimed(const packet_info *pinfo)
{
    return capture_file->claimed_frame == pinfo->num;
}

wmem_array_t *frame_state_claims(packet_info *pinfo)
{
    return is_claimed(pinfo) ? p_get_proto_data(pinfo->pool, pinfo, proto_scep, KEY_CLAIMS) : NULL;
}

void frame_state_claim(packet_info *pinfo, tvbuff_t *body)
{
    wmem_array_t *list = frame_state_claims(pinfo);

    if (list == NULL) {
        list = wmem_array_new(pinfo->pool, sizeof(tvbuff_t *));
        p_add_proto_data(pinfo->pool, pinfo, proto_scep, KEY_CLAIMS, list);
    }
    wmem_array_append_one(list, body);
    capture_file->claimed_frame = pinfo->num;
}

void frame_state_claim_mdm(packet_info *pinfo)
{
    if (p_get_proto_data(pinfo->pool, pinfo, proto_scep, KEY_MDM) == NULL)
        p_add_proto_data(pinfo->pool, pinfo, proto_scep, KEY_MDM, pinfo);
    capture_file->claimed_frame = pinfo->num;
}

bool frame_state_has_mdm(packet_info *pinfo)
{
    return is_claimed(pinfo) && p_get_proto_data(pinfo->pool, pinfo, proto_scep, KEY_MDM) != NULL;
}

bool frame_state_is_busy(const packet_info *pinfo)
{
    return capture_file->scep_connections > 0 || is_claimed(pinfo);
}
