/* state.c
 * What every file of the tracker needs of it: texts, servers, time, and whom it tells.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/tracker.h"

const char *scep_tracker_text(ScepTracker *tracker, const char *text)
{
    return text ? g_string_chunk_insert_const(tracker->texts, text) : NULL;
}

char *scep_server_new_key(const char *address, uint16_t port)
{
    return g_strdup_printf("%s %u", address != NULL ? address : "", port);
}

ScepServer *scep_tracker_get0_server_at(const ScepTracker *tracker, const char *address, uint16_t port)
{
    char *key = scep_server_new_key(address, port);
    ScepServer *server = g_hash_table_lookup(tracker->servers, key);

    g_free(key);
    return server;
}

void scep_tracker_listen(ScepTracker *tracker, ScepListener listener, void *user_data)
{
    tracker->listener = listener;
    tracker->listener_data = user_data;
}

void scep_tracker_tell(ScepTracker *tracker, ScepEvent event)
{
    if (tracker->listener == NULL)
        return;
    event.tracker = tracker;
    tracker->listener(&event, tracker->listener_data);
}

void scep_tracker_clock(ScepTracker *tracker, int64_t time)
{
    if (tracker->first_time == 0)
        tracker->first_time = time;
    tracker->last_time = MAX(tracker->last_time, time);
}

const GPtrArray *scep_tracker_get0_enrollments(const ScepTracker *tracker)
{
    return tracker->enrollments;
}

const GPtrArray *scep_tracker_get0_exchanges(const ScepTracker *tracker)
{
    return tracker->exchanges;
}

int64_t scep_tracker_first_time(const ScepTracker *tracker)
{
    return tracker->first_time;
}

int64_t scep_tracker_last_time(const ScepTracker *tracker)
{
    return tracker->last_time;
}
