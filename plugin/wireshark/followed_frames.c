/* followed_frames.c
 * What frames of TCP, TLS and DNS are to connections that are followed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "followed_frames.h"

#include "by_frame.h"
#include "capture_file.h"

/* Frames that are looked through for those of a connection that is over. */
enum { MAX_HANDED_OVER = 4096 };

void followed_frames_open(void)
{
    capture_file->followed_frames = g_array_new(FALSE, FALSE, sizeof(FollowedFrame));
}

void followed_frames_close(void)
{
    g_clear_pointer(&capture_file->followed_frames, g_array_unref);
}

static unsigned first_of(uint32_t frame)
{
    return by_frame_first(capture_file->followed_frames, offsetof(FollowedFrame, frame), frame);
}

void followed_frames_add(uint32_t frame, ScepConnection *connection, ScepConnectionSeen seen)
{
    const FollowedFrame followed = { connection, frame, seen };

    if (seen.event == SCEP_CONNECTION_NOTHING || frame == 0)
        return;
    g_array_insert_val(capture_file->followed_frames, first_of(frame + 1), followed);
}

const FollowedFrame *followed_frames_get(uint32_t frame, unsigned number)
{
    const GArray *all = capture_file->followed_frames;
    const unsigned at = all->len > 0 ? first_of(frame) + number : 0;

    if (at >= all->len || g_array_index(all, FollowedFrame, at).frame != frame)
        return NULL;
    return &g_array_index(all, FollowedFrame, at);
}

bool followed_frames_are_empty(void)
{
    return capture_file->followed_frames->len == 0;
}

bool followed_frames_may_hand_over(uint32_t since)
{
    return capture_file->followed_frames->len - first_of(since) <= MAX_HANDED_OVER;
}

void followed_frames_hand_over(uint32_t since, const ScepConnection *from, ScepConnection *to)
{
    GArray *all = capture_file->followed_frames;

    for (unsigned i = first_of(since); i < all->len; i++) {
        FollowedFrame *followed = &g_array_index(all, FollowedFrame, i);
        if (followed->connection == from)
            followed->connection = to;
    }
}
