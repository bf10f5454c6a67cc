/* hosts.c
 * Names of hosts that have a part in enrolments with Intune.
 *
 * Microsoft's own lists: endpoints of Intune, of the Microsoft Entra application proxy, and of sign-in; the names of
 * Windows' AIK enrolment stand in its CertEnroll events. More specific names come first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/hosts.h"

#define MICROSOFT "Microsoft|DigiCert|Entrust|Baltimore"

const ScepKnownHost scep_known_hosts[] = {
    { "*.manage.microsoft.com", SCEP_HOST_INTUNE, MICROSOFT },
    { "manage.microsoft.com", SCEP_HOST_INTUNE, MICROSOFT },
    { "*.manage.microsoft.us", SCEP_HOST_INTUNE, MICROSOFT },
    { "manage.microsoft.us", SCEP_HOST_INTUNE, MICROSOFT },
    { "*.registration.msappproxy.net", SCEP_HOST_PUBLISHER, MICROSOFT },
    { "*.bootstrap.msappproxy.net", SCEP_HOST_PUBLISHER, MICROSOFT },
    { "*.msappproxy.net", SCEP_HOST_PROXY, MICROSOFT },
    { "*.msappproxy.us", SCEP_HOST_PROXY, MICROSOFT },
    { "*.servicebus.windows.net", SCEP_HOST_RELAY, MICROSOFT },
    { "login.microsoftonline.com", SCEP_HOST_SIGN_IN, MICROSOFT },
    { "login.microsoftonline.us", SCEP_HOST_SIGN_IN, MICROSOFT },
    { "login.windows.net", SCEP_HOST_SIGN_IN, MICROSOFT },
    { "graph.microsoft.com", SCEP_HOST_SIGN_IN, MICROSOFT },
    { "graph.microsoft.us", SCEP_HOST_SIGN_IN, MICROSOFT },
    { "*.microsoftaik.azure.net", SCEP_HOST_AIK, NULL },
};

const size_t scep_known_host_count = sizeof scep_known_hosts / sizeof scep_known_hosts[0];
