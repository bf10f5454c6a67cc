/* tap.c
 * Hands SCEP messages to whatever report listens.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tap.h"

#include <epan/tap.h>

static int report_tap;
static int export_tap;

void scep_tap_register(int proto)
{
    report_tap = register_tap(SCEP_TAP_NAME);
    export_tap = scep_register_export(proto);
    scep_register_report();
    scep_register_ceklog();
    scep_register_enrollments();
    scep_register_tree();
    scep_register_srt(proto);
    scep_register_conversation();
}

bool scep_tap_is_wanted(void)
{
    return have_tap_listener(report_tap) || have_tap_listener(export_tap);
}

void scep_tap_queue(packet_info *pinfo, wmem_array_t *shown)
{
    if (!scep_tap_is_wanted())
        return;
    for (unsigned i = 0; i < wmem_array_get_count(shown); i++) {
        const ScepShown *entry = wmem_array_index(shown, i);
        if (entry->part->exchange == NULL)
            continue;
        ScepTapInfo *info = wmem_new(pinfo->pool, ScepTapInfo);

        info->exchange = entry->part->exchange;
        info->pdu = entry->pdu;
        info->is_response = !entry->part->is_request;
        info->first_pass = !PINFO_FD_VISITED(pinfo);
        tap_queue_packet(report_tap, pinfo, info);
        tap_queue_packet(export_tap, pinfo, info);
    }
}
