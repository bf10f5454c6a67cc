/* report.c
 * -z scep,report[,filter] and -z scep,report,json[,filter].
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scope.h"

#include <stdio.h>
#include <string.h>

#include <epan/stat_tap_ui.h>
#include <wsutil/report_message.h>

#include "report_json.h"

/* One request for a report; lives as long as its tap listener. */
typedef struct {
    ScepScope scope;
    bool json;
} Listener;

static void reset(void *data)
{
    Listener *listener = data;

    scep_scope_clear(&listener->scope);
}

static tap_packet_status packet(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *info, tap_flags_t flags)
{
    Listener *listener = data;

    (void)pinfo;
    (void)edt;
    (void)flags;
    scep_scope_add(&listener->scope, info);
    return TAP_PACKET_REDRAW;
}

static void draw(void *data)
{
    const Listener *listener = data;
    ScepTracker *tracker = scep_record_tracker();

    if (tracker == NULL)
        return;
    ScepReport *report = scep_report_new(tracker, scep_scope_has, &listener->scope);
    if (listener->json) {
        scep_report_json(report, stdout);
    } else {
        GString *text = scep_report_text(report);
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

/* @param filter  NULL for everything */
static bool listen_to(bool json, const char *filter)
{
    Listener *listener = g_new0(Listener, 1);

    listener->json = json;
    scep_scope_open(&listener->scope);
    GString *error = register_tap_listener(SCEP_TAP_NAME, listener, filter, 0, reset, packet, draw, finish);
    if (error == NULL)
        return true;
    report_failure("Couldn't register the scep,report tap: %s", error->str);
    g_string_free(error, TRUE);
    finish(listener);
    return false;
}

/* What follows the command in "scep,report,FILTER"; Wireshark compares the beginning only. */
static bool filter_of(const char *argument, const char *command, const char **filter)
{
    const char *rest = argument + strlen(command);

    *filter = *rest == ',' && rest[1] != '\0' ? rest + 1 : NULL;
    if (*rest == '\0' || *rest == ',')
        return true;
    report_failure("There is no report \"%s\"; did you mean \"%s\"?", argument, command);
    return false;
}

static const char text_command[] = "scep,report";
static const char json_command[] = "scep,report,json";

static ws_stat_init_t start_text(const char *argument, void *data)
{
    const char *filter;

    (void)data;
    WS_STAT_INIT_RETURN(filter_of(argument, text_command, &filter) && listen_to(false, filter));
}

static ws_stat_init_t start_json(const char *argument, void *data)
{
    const char *filter;

    (void)data;
    WS_STAT_INIT_RETURN(filter_of(argument, json_command, &filter) && listen_to(true, filter));
}

void scep_register_report(void)
{
    static stat_tap_ui text = {
        .group = REGISTER_STAT_GROUP_GENERIC,
        .title = "SCEP report",
        .cli_string = text_command,
        .tap_init_cb = start_text,
    };
    static stat_tap_ui json = {
        .group = REGISTER_STAT_GROUP_GENERIC,
        .title = "SCEP report as JSON",
        .cli_string = json_command,
        .tap_init_cb = start_json,
    };

    register_stat_tap_ui(&text, NULL);
    register_stat_tap_ui(&json, NULL);
}
