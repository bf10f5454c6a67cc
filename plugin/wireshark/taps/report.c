/* report.c
 * -z scep,report[,filter] and -z scep,report,json[,filter].
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "capture_file.h"
#include "report_json.h"
#include "scope.h"

/* One request for a report; lives as long as its tap listener. */
typedef struct {
    ScepScope scope;
    bool everything; /* no filter: also what belongs to no SCEP message */
    bool json;
} Listener;

static void reset(void *data)
{
    Listener *listener = data;

    scep_scope_clear(&listener->scope);
}

static tap_packet_status packet(void *data, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *info,
                                tap_flags_t flags _U_)
{
    Listener *listener = data;

    scep_scope_add(&listener->scope, info);
    return TAP_PACKET_REDRAW;
}

static void draw(void *data)
{
    const Listener *listener = data;

    if (capture_tracker() == NULL)
        return;
    ScepReport *report =
        scep_report_new(capture_diagnosis(), listener->everything ? NULL : scep_scope_has, &listener->scope);
    if (listener->json) {
        scep_report_json(report, stdout);
    } else {
        GString *text = scep_report_new_text(report);
        fputs(text->str, stdout);
        g_string_free(text, TRUE);
    }
    fflush(stdout);
    scep_report_free(report);
}

static void finish(void *data)
{
    Listener *listener = data;

    scep_scope_close(&listener->scope);
    g_free(listener);
}

static const ScepCommand text_command = { "scep,report", reset, packet, draw, finish };
static const ScepCommand json_command = { "scep,report,json", reset, packet, draw, finish };

static bool start(const ScepCommand *command, const char *argument, bool json)
{
    Listener *listener = g_new0(Listener, 1);

    listener->json = json;
    listener->everything = strlen(argument) <= strlen(command->name) + strlen(",");
    scep_scope_open(&listener->scope);
    return scep_command_start(command, argument, listener);
}

static ws_stat_init_t start_text(const char *argument, void *data _U_)
{
    WS_STAT_INIT_RETURN(start(&text_command, argument, false));
}

static ws_stat_init_t start_json(const char *argument, void *data _U_)
{
    WS_STAT_INIT_RETURN(start(&json_command, argument, true));
}

void scep_register_report(void)
{
    static stat_tap_ui text = {
        .group = REGISTER_STAT_GROUP_GENERIC,
        .title = "SCEP report",
        .cli_string = "scep,report",
        .tap_init_cb = start_text,
    };
    static stat_tap_ui json = {
        .group = REGISTER_STAT_GROUP_GENERIC,
        .title = "SCEP report as JSON",
        .cli_string = "scep,report,json",
        .tap_init_cb = start_json,
    };

    register_stat_tap_ui(&text, NULL);
    register_stat_tap_ui(&json, NULL);
}
