/* conversation.c
 * Analyze > Conversation Filter > SCEP enrollment, and the same in the packet list's context menu and for coloring.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tap.h"

#include <epan/conversation_filter.h>

#include "capture_file.h"

/* Runs when a menu opens, so looking through the list is quick enough. */
static const ScepEnrollment *enrollment_of(uint32_t frame)
{
    const ScepTracker *tracker = capture_tracker();
    const GPtrArray *exchanges = tracker ? scep_tracker_get0_exchanges(tracker) : NULL;

    for (unsigned i = 0; exchanges != NULL && i < exchanges->len; i++) {
        const ScepExchange *exchange = g_ptr_array_index(exchanges, i);
        if (exchange->enrollment != NULL && (exchange->request_frame == frame || exchange->response_frame == frame))
            return exchange->enrollment;
    }
    return NULL;
}

static ws_bool_t is_valid(WS_CONVERSATION_ARGUMENTS)
{
    return enrollment_of(pinfo->num) != NULL;
}

static char *build(WS_CONVERSATION_ARGUMENTS)
{
    const ScepEnrollment *enrollment = enrollment_of(pinfo->num);

    return enrollment ? g_strdup_printf("scep.enrollment == %u", enrollment->number) : NULL;
}

void scep_register_conversation(void)
{
    ws_register_conversation_filter("scep", "SCEP enrollment", is_valid, build);
}
