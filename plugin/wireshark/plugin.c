/* plugin.c
 * What Wireshark asks of a plugin.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-scep.h"
#include "packet-wcce.h"
#include "ws_compat.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED const char plugin_version[] = SCEP_VERSION;
EXPORTED const int plugin_want_major = WS_MAJOR;
EXPORTED const int plugin_want_minor = WS_MINOR;

EXPORTED void plugin_register(void);

#ifdef WS_PLUGIN_KIND
EXPORTED uint32_t plugin_describe(void);

uint32_t plugin_describe(void)
{
    return WS_PLUGIN_KIND;
}
#endif

/* Both or none: calls to a CA are shown with fields of SCEP, and booked for its enrollments. */
static bool is_registered;

static void register_protocols(void)
{
    is_registered = scep_may_register();
    if (!is_registered)
        return;
    proto_register_wcce();
    proto_register_scep();
}

static void hand_off(void)
{
    if (!is_registered)
        return;
    proto_reg_handoff_wcce();
    proto_reg_handoff_scep();
}

void plugin_register(void)
{
    static proto_plugin both = { register_protocols, hand_off };

    proto_register_plugin(&both);
}
