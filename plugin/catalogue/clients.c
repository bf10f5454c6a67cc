/* clients.c
 * SCEP clients by what their User-Agent header contains. The first row that fits counts, so the closer one goes first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"

#include <string.h>

const ScepClient scep_clients[] = {
    { "Win32; NDES client", "Windows" },
    { "mdmclient", "macOS" },
    { "profiled/", "iOS/iPadOS" },
    { "CFNetwork", "iOS/iPadOS or macOS" },
    { "Dalvik/", "Android" },
    { "NDES_Plugin", "NDES policy module" },
    { "micromdm", "micromdm scepclient" },
    { "Go-http-client", "micromdm scepclient or another Go program" },
    /* certmonger's helper goes by the same words as Cisco's own client. */
    { "Cisco PKI", "Cisco IOS or certmonger" },
    { "Cisco-IOS", "Cisco IOS" },
    { "sscep", "sscep" },
    { "trongSwan", "strongSwan" },
    { "jscep", "jscep" },
    { "Apache-HttpClient", "jscep or another Java program" },
    { "Java/", "jscep or another Java program" },
    { "Jamf", "Jamf" },
    { "SecureW2", "SecureW2" },
    { "curl/", "curl" },
    { "libwww-perl", "a Perl program" },
    { "python-requests", "a Python program" },
    { "Python-urllib", "a Python program" },
    { "PowerShell", "PowerShell" },
};
const size_t scep_client_count = sizeof scep_clients / sizeof scep_clients[0];

const char *scep_client_name(const char *user_agent)
{
    for (size_t i = 0; user_agent != NULL && i < scep_client_count; i++) {
        if (strstr(user_agent, scep_clients[i].mark) != NULL)
            return scep_clients[i].name;
    }
    return NULL;
}
