/* hosts.c
 * Names of hosts that have a part in enrollments with Intune.
 *
 * Microsoft's own lists: endpoints of Intune, of the Microsoft Entra application proxy, and of sign-in; the names of
 * Windows' AIK enrollment stand in its CertEnroll events. More specific names come first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"

#define MICROSOFT "Microsoft|DigiCert|Entrust|Baltimore"

#define HOST(name, role, issuers)            \
    {                                        \
        name, sizeof name - 1, role, issuers \
    }

const ScepKnownHost scep_known_hosts[] = {
    HOST("*.manage.microsoft.com", SCEP_HOST_INTUNE, MICROSOFT),
    HOST("manage.microsoft.com", SCEP_HOST_INTUNE, MICROSOFT),
    HOST("*.manage.microsoft.us", SCEP_HOST_INTUNE, MICROSOFT),
    HOST("manage.microsoft.us", SCEP_HOST_INTUNE, MICROSOFT),
    HOST("*.registration.msappproxy.net", SCEP_HOST_PUBLISHER, MICROSOFT),
    HOST("*.bootstrap.msappproxy.net", SCEP_HOST_PUBLISHER, MICROSOFT),
    HOST("*.msappproxy.net", SCEP_HOST_PROXY, MICROSOFT),
    HOST("*.msappproxy.us", SCEP_HOST_PROXY, MICROSOFT),
    HOST("*.servicebus.windows.net", SCEP_HOST_RELAY, MICROSOFT),
    HOST("login.microsoftonline.com", SCEP_HOST_SIGN_IN, MICROSOFT),
    HOST("login.microsoftonline.us", SCEP_HOST_SIGN_IN, MICROSOFT),
    HOST("login.windows.net", SCEP_HOST_SIGN_IN, MICROSOFT),
    HOST("graph.microsoft.com", SCEP_HOST_SIGN_IN, MICROSOFT),
    HOST("graph.microsoft.us", SCEP_HOST_SIGN_IN, MICROSOFT),
    HOST("*.microsoftaik.azure.net", SCEP_HOST_AIK, NULL),
};

const size_t scep_known_host_count = sizeof scep_known_hosts / sizeof scep_known_hosts[0];
