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

void plugin_register(void)
{
    static proto_plugin scep, wcce;

    scep.register_protoinfo = proto_register_scep;
    scep.register_handoff = proto_reg_handoff_scep;
    proto_register_plugin(&scep);
    wcce.register_protoinfo = proto_register_wcce;
    wcce.register_handoff = proto_reg_handoff_wcce;
    proto_register_plugin(&wcce);
}
