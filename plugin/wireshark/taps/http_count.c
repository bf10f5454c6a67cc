/* http_count.c
 * How many HTTP messages there were to look at: a report that finds nothing says so, so that silence is never taken for
 * health.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http_count.h"

#include <epan/tap.h>

#include "capture_file.h"

/* Wireshark tells listeners apart by their data. */
static char http1_listener, http2_listener;

static void reset(void *data _U_)
{
    if (capture_file != NULL)
        capture_file->http_messages = 0;
}

static void count(void)
{
    if (capture_file != NULL)
        capture_file->http_messages++;
}

static tap_packet_status http1_message(void *data _U_, packet_info *pinfo _U_, epan_dissect_t *edt _U_,
                                       const void *info _U_, tap_flags_t flags _U_)
{
    count();
    return TAP_PACKET_DONT_REDRAW;
}

/* The tap of HTTP/2 comes once per frame of HTTP/2, and its data begins with the type of that. A message begins with
 * HEADERS; trailers, which do too, are rare. */
static tap_packet_status http2_frame(void *data _U_, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *info,
                                     tap_flags_t flags _U_)
{
    enum { HEADERS = 1 };

    if (info != NULL && *(const uint8_t *)info == HEADERS)
        count();
    return TAP_PACKET_DONT_REDRAW;
}

static void listen_to(const char *tap, char *listener, tap_packet_cb packet)
{
    GString *error = register_tap_listener(tap, listener, NULL, 0, reset, packet, NULL, NULL);

    if (error != NULL)
        g_string_free(error, TRUE);
}

void http_count_start(void)
{
    static bool started;

    if (started)
        return;
    started = true;
    listen_to("http", &http1_listener, http1_message);
    listen_to("http2", &http2_listener, http2_frame);
}
