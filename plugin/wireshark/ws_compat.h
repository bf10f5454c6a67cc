/* ws_compat.h
 * The only place that knows that Wireshark versions differ (4.0, 4.2, 4.4, 4.6).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_WS_COMPAT_H
#define SCEP_WS_COMPAT_H

#include <epan/dfilter/dfilter.h>
#include <epan/packet.h>
#include <epan/tvbuff.h>
#include <stdbool.h>
#include <stdint.h>
#include <ws_version.h>

#define WS_AT_LEAST(major, minor) \
    (WIRESHARK_VERSION_MAJOR > (major) || (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* What plugin_want_major and plugin_want_minor must say: one binary serves one x.y. */
#define WS_MAJOR WIRESHARK_VERSION_MAJOR
#define WS_MINOR WIRESHARK_VERSION_MINOR

/* The kind of plugin that "tshark -G plugins" and the About box name: asked of the plugin itself since 4.4. */
#if WS_AT_LEAST(4, 4)
#include <wsutil/plugins.h>
#define WS_PLUGIN_KIND WS_PLUGIN_DESC_DISSECTOR
#endif

/* gboolean (four bytes) became bool (one byte) in 4.4: a pointer to the wrong one overwrites the stack. */
#if WS_AT_LEAST(4, 4)
typedef bool ws_bool_t;
#else
typedef gboolean ws_bool_t;
#endif

/* tvb_get_guint8() was renamed in 4.4. */
#if !WS_AT_LEAST(4, 4)
#define tvb_get_uint8 tvb_get_guint8
#endif

/* "Frame (60 bytes)", "Reassembled TCP (2900 bytes)": allocated, for wmem_free(NULL, ...). Renamed in 4.6. */
#if WS_AT_LEAST(4, 6)
#define ws_data_source_name get_data_source_description
#else
#define ws_data_source_name get_data_source_name
#endif

/* Whether the frame has a data source of this name ("Decrypted stub data"). */
#if WS_AT_LEAST(4, 6)
#define ws_has_data_source(pinfo, name) (get_data_source_by_name(pinfo, name) != NULL)
#else
#define ws_has_data_source(pinfo, name) (get_data_source_tvb_by_name(pinfo, name) != NULL)
#endif

/* Compiles a display filter. On failure *message is an allocated text, for g_free(). An object since 4.2. */
static inline bool ws_dfilter_compile(const char *text, dfilter_t **filter, char **message)
{
#if WS_AT_LEAST(4, 2)
    df_error_t *error = NULL;
    const bool good = dfilter_compile(text, filter, &error);

    *message = error != NULL ? g_strdup(error->msg) : NULL;
    df_error_free(&error);
    return good;
#else
    return dfilter_compile(text, filter, message);
#endif
}

/* The callback behind "-z" says since 4.6 whether it could start. */
#if WS_AT_LEAST(4, 6)
typedef bool ws_stat_init_t;
#define WS_STAT_INIT_RETURN(started) return (started)
#else
typedef void ws_stat_init_t;
#define WS_STAT_INIT_RETURN(started) \
    do {                             \
        if (!(started))              \
            return;                  \
    } while (0)
#endif

/* Conversation filters got a pointer for their own use in 4.4; it is not needed here. */
#if WS_AT_LEAST(4, 4)
#define WS_CONVERSATION_ARGUMENTS struct _packet_info *pinfo, void *data _U_
#define ws_register_conversation_filter(proto, name, is_valid, build) \
    register_conversation_filter(proto, name, is_valid, build, NULL)
#else
#define WS_CONVERSATION_ARGUMENTS struct _packet_info *pinfo
#define ws_register_conversation_filter register_conversation_filter
#endif

#endif
