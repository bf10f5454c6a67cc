/* capture_file.c
 * What lives as long as a capture file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture_file.h"

#include <epan/conversation.h>
#include <epan/to_str.h>

#include "preferences.h"
#include "wireshark_keys.h"

CaptureFile *capture_file;

void capture_file_open(void)
{
    capture_file = g_new0(CaptureFile, 1);
    capture_file->tracker = scep_tracker_new();
    capture_file->diagnosis = scep_diagnosis_new(capture_file->tracker);
    scep_diagnosis_weigh_weakness(capture_file->diagnosis, (unsigned)scep_preferences.weakness);
    scep_use_wireshark_keys(scep_preferences.keyring);
    if (scep_preferences.keys_changed && scep_preferences.memory != NULL)
        scep_memory_clear(scep_preferences.memory);
    scep_preferences.keys_changed = false;
    capture_file->content_keys = scep_cek_table_new_over(scep_preferences.ceks);
    capture_file->checker =
        scep_checker_new(scep_preferences.memory, scep_preferences.keyring, capture_file->content_keys,
                         scep_preferences.verify, scep_preferences.decrypt);
}

void capture_file_close(void)
{
    if (capture_file == NULL)
        return;
    scep_diagnosis_free(capture_file->diagnosis);
    scep_tracker_free(capture_file->tracker);
    scep_checker_free(capture_file->checker);
    scep_cek_table_free(capture_file->content_keys);
    if (scep_preferences.keyring != NULL)
        scep_keyring_forget(scep_preferences.keyring);
    g_clear_pointer(&capture_file, g_free);
}

ScepTracker *capture_tracker(void)
{
    if (capture_file == NULL)
        return NULL;
    scep_tracker_clock(capture_file->tracker, capture_time(&capture_file->first));
    scep_tracker_clock(capture_file->tracker, capture_time(&capture_file->last));
    return capture_file->tracker;
}

const ScepDiagnosis *capture_diagnosis(void)
{
    return capture_file != NULL ? capture_file->diagnosis : NULL;
}

static uint32_t stream_number(packet_info *pinfo)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    return conversation ? conversation->conv_index : 0;
}

ScepPlace capture_place(packet_info *pinfo, bool asks)
{
    const address *client = asks ? &pinfo->src : &pinfo->dst;
    const address *server = asks ? &pinfo->dst : &pinfo->src;

    return (ScepPlace){
        .frame = pinfo->num,
        .time = capture_time(&pinfo->abs_ts),
        .client = address_to_str(pinfo->pool, client),
        .server = address_to_str(pinfo->pool, server),
        .server_port = (uint16_t)(asks ? pinfo->destport : pinfo->srcport),
        .stream = stream_number(pinfo),
    };
}
