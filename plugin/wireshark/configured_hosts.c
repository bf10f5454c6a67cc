/* configured_hosts.c
 * The user's table of hosts and their roles, scep_roles.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "configured_hosts.h"

#include <epan/uat.h>

#include "preferences.h"
#include "uat_text.h"

/* One row. Epan scope, owned by the table. */
typedef struct {
    char *host;
    unsigned role; /* ScepHostRole */
} HostRow;

static value_string roles[SCEP_HOST_ROLE_COUNT + 1]; /* ended by the row without a name; epan scope */

static HostRow *rows;
static unsigned row_count;
static ScepConfiguredHost *configured; /* the same, for the tracker; hosts are the table's */

UAT_TEXT_CB_DEF(scep_roles, host, HostRow)
UAT_VS_DEF(scep_roles, role, HostRow, unsigned, SCEP_HOST_NDES, "ndes")

static void *copy_row(void *to, const void *from, size_t size _U_)
{
    const HostRow *source = from;
    HostRow *target = to;

    target->host = g_strdup(source->host);
    target->role = source->role;
    return target;
}

static void free_row(void *row)
{
    g_free(((HostRow *)row)->host);
}

static ws_bool_t check_row(void *row, char **error)
{
    HostRow *host = row;

    g_strstrip(host->host);
    *error = host->host[0] == '\0' ? g_strdup("An address or a host name is needed") : NULL;
    return *error == NULL;
}

static void use_rows(void)
{
    g_free(configured);
    configured = g_new0(ScepConfiguredHost, row_count);
    for (unsigned i = 0; i < row_count; i++)
        configured[i] = (ScepConfiguredHost){ rows[i].host, (ScepHostRole)rows[i].role };
    scep_preferences.hosts = configured;
    scep_preferences.host_count = row_count;
}

static void forget_rows(void)
{
    g_clear_pointer(&configured, g_free);
    scep_preferences.hosts = NULL;
    scep_preferences.host_count = 0;
}

void configured_hosts_register(module_t *module)
{
    static uat_field_t fields[] = {
        UAT_FLD_CSTRING(scep_roles, host, "Host", "Address, host name, or *.example.com for all names that end so"),
        UAT_FLD_VS(scep_roles, role, "Role", roles, "What the host is in enrollments"), UAT_END_FIELDS
    };
    uat_t *table = uat_new("SCEP roles", sizeof(HostRow), "scep_roles", TRUE, &rows, &row_count, UAT_AFFECTS_DISSECTION,
                           NULL, copy_row, check_row, free_row, use_rows, forget_rows, fields);

    for (unsigned i = 0, used = 0; i < SCEP_HOST_ROLE_COUNT; i++) {
        if (scep_host_role_is_selectable((ScepHostRole)i))
            roles[used++] = (value_string){ i, scep_host_role_name((ScepHostRole)i) };
    }
    prefs_register_uat_preference(
        module, "roles", "Roles of hosts",
        "What hosts are in enrollments, where it is not to be learned from what they do: which address "
        "is NDES, a proxy, the CA. Connections to them are explained even when they are encrypted.",
        table);
}
