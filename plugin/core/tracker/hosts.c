/* hosts.c
 * What hosts are in an enrollment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/hosts.h"

#include <string.h>

#include "scep/limits.h"
#include "tracker/tracker.h"

static const struct {
    const char *name;
    bool is_selectable;
} roles[SCEP_HOST_ROLE_COUNT] = {
#define SCEP_HOST_ROW(id, text, selectable) [SCEP_HOST_##id] = { text, selectable },
    SCEP_HOST_ROLES(SCEP_HOST_ROW)
#undef SCEP_HOST_ROW
};

struct ScepHosts {
    GHashTable *by_address; /* const char* -> ScepHost*, owned */
    ScepConfiguredHost *configured;
    size_t configured_count;
    GArray *kdcs;          /* of ScepKdc, in the order in which they were seen */
    GHashTable *kdc_pairs; /* set of "client server" */
};

const char *scep_host_role_name(ScepHostRole role)
{
    return (unsigned)role < SCEP_HOST_ROLE_COUNT ? roles[role].name : "";
}

bool scep_host_role_is_selectable(ScepHostRole role)
{
    return (unsigned)role < SCEP_HOST_ROLE_COUNT && roles[role].is_selectable;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* "*.example.com" covers what ends in ".example.com", "*" whatever has a name. Names of every DNS question come by
 * here, and most differ in the octet that is looked at first: the one behind the dot. */
static inline bool covers(const char *pattern, size_t pattern_length, const char *name, size_t length)
{
    const bool is_open = pattern[0] == '*';
    const size_t end = is_open ? pattern_length - 1 : pattern_length;

    if (is_open ? length <= end : length != end)
        return false;
    if (end == 0) /* "*" alone */
        return is_open;
    const char *tail = name + length - end, *wanted = pattern + is_open;
    return (tail[is_open] | 0x20) == (wanted[is_open] | 0x20) && g_ascii_strcasecmp(tail, wanted) == 0;
}

/* The known names end in few domains: microsoft, msappproxy, microsoftonline, windows, azure. */
static bool may_be_known(const char *name, size_t length)
{
    unsigned dots = 0;

    for (const char *at = name + length; at > name; at--) {
        if (at[-1] == '.' && ++dots == 2)
            return (*at | 0x20) == 'm' || (*at | 0x20) == 'w' || (*at | 0x20) == 'a';
    }
    return true;
}

const ScepKnownHost *scep_known_host_find(const char *name)
{
    const size_t length = strlen(name);

    if (!may_be_known(name, length))
        return NULL;
    for (size_t i = 0; i < scep_known_host_count; i++) {
        if (covers(scep_known_hosts[i].name, scep_known_hosts[i].length, name, length))
            return &scep_known_hosts[i];
    }
    return NULL;
}

/* A word of its own in the name, digits behind it allowed: "ndes01.example.com", "contoso-scep.example.com". */
static bool begins_with_word(const char *at)
{
    static const struct {
        const char *text;
        size_t length;
    } words[] = { { "ndes", 4 }, { "mscep", 5 }, { "scep", 4 } };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if ((*at | 0x20) != words[i].text[0] || g_ascii_strncasecmp(at, words[i].text, words[i].length) != 0)
            continue;
        const char *behind = at + words[i].length;
        while (g_ascii_isdigit(*behind))
            behind++;
        if (!g_ascii_isalpha(*behind))
            return true;
    }
    return false;
}

static bool has_word(const char *name)
{
    bool inside = false;

    /* Words begin where scep_dns_has_initial() looks for them. */
    for (const char *at = name; *at != '\0'; at++) {
        const bool is_between = *at == '.' || *at == '-';
        if (!is_between && !inside && begins_with_word(at))
            return true;
        inside = !is_between;
    }
    return false;
}

static const ScepConfiguredHost *configured_row(const ScepHosts *hosts, const char *host)
{
    const size_t length = hosts->configured_count > 0 ? strlen(host) : 0;

    for (size_t i = 0; i < hosts->configured_count; i++) {
        if (covers(hosts->configured[i].host, strlen(hosts->configured[i].host), host, length))
            return &hosts->configured[i];
    }
    return NULL;
}

ScepHostRole scep_tracker_role_of_name(const ScepTracker *tracker, const char *name, ScepHostSource *source)
{
    const ScepConfiguredHost *row = configured_row(tracker->hosts, name);
    const ScepKnownHost *known = row == NULL ? scep_known_host_find(name) : NULL;
    ScepHostSource ignored;

    if (source == NULL)
        source = &ignored;
    *source = row != NULL ? SCEP_HOST_CONFIGURED : known != NULL ? SCEP_HOST_NAMED : SCEP_HOST_GUESSED;
    if (row != NULL)
        return row->role;
    if (known != NULL)
        return known->role;
    return has_word(name) ? SCEP_HOST_NDES : SCEP_HOST_UNKNOWN;
}

const char *scep_tracker_get0_host_initials(const ScepTracker *tracker)
{
    /* ndes, mscep, scep; microsoft, msappproxy, microsoftonline, windows, azure */
    return tracker->hosts->configured_count > 0 ? NULL : "nmswa";
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

void scep_hosts_open(ScepTracker *tracker)
{
    tracker->hosts = g_new0(ScepHosts, 1);
    tracker->hosts->by_address = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    tracker->hosts->kdcs = g_array_new(FALSE, FALSE, sizeof(ScepKdc));
    tracker->hosts->kdc_pairs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void scep_hosts_close(ScepTracker *tracker)
{
    g_hash_table_unref(tracker->hosts->by_address);
    g_hash_table_unref(tracker->hosts->kdc_pairs);
    g_array_unref(tracker->hosts->kdcs);
    g_free(tracker->hosts->configured);
    g_free(tracker->hosts);
}

void scep_tracker_configure_hosts(ScepTracker *tracker, const ScepConfiguredHost *rows, size_t count)
{
    ScepHosts *hosts = tracker->hosts;

    hosts->configured = g_new0(ScepConfiguredHost, count);
    hosts->configured_count = count;
    for (size_t i = 0; i < count; i++)
        hosts->configured[i] = (ScepConfiguredHost){ scep_tracker_text(tracker, rows[i].host), rows[i].role };
}

static ScepHost *host_at(ScepTracker *tracker, const char *address)
{
    ScepHosts *hosts = tracker->hosts;
    ScepHost *host = g_hash_table_lookup(hosts->by_address, address);

    if (host == NULL && g_hash_table_size(hosts->by_address) < SCEP_MAX_HOSTS) {
        host = g_new0(ScepHost, 1);
        host->address = scep_tracker_text(tracker, address);
        const ScepConfiguredHost *row = configured_row(hosts, address);
        if (row != NULL) {
            host->role = row->role;
            host->source = SCEP_HOST_CONFIGURED;
        }
        g_hash_table_insert(hosts->by_address, (gpointer)host->address, host);
    }
    return host;
}

static void set_role(ScepHost *host, ScepHostRole role, ScepHostSource source)
{
    if (host == NULL)
        return;
    /* The first claim stands, but what stands in front of NDES speaks like it. */
    if (host->role == SCEP_HOST_PROXY && role == SCEP_HOST_NDES && source < SCEP_HOST_CONFIGURED)
        return;
    if (host->role != SCEP_HOST_UNKNOWN &&
        (host->source > source || (host->source == source && role != SCEP_HOST_PROXY)))
        return;
    host->role = role;
    host->source = source;
}

const ScepHost *scep_tracker_name_host(ScepTracker *tracker, const char *address, const char *name)
{
    ScepHostSource source;
    const ScepHostRole role = scep_tracker_role_of_name(tracker, name, &source);
    ScepHost *host = role != SCEP_HOST_UNKNOWN ? host_at(tracker, address) : NULL;

    if (host == NULL)
        return NULL;
    if (host->name == NULL)
        host->name = scep_tracker_text(tracker, name);
    set_role(host, role, source);
    return host;
}

void scep_tracker_learn_host(ScepTracker *tracker, const char *address, ScepHostRole role)
{
    if (address != NULL)
        set_role(host_at(tracker, address), role, SCEP_HOST_LEARNED);
}

void scep_tracker_learn_kdc(ScepTracker *tracker, const char *client, const char *server)
{
    ScepHosts *hosts = tracker->hosts;
    char *pair = g_strdup_printf("%s %s", client, server);

    if (hosts->kdcs->len >= SCEP_MAX_HOSTS || g_hash_table_contains(hosts->kdc_pairs, pair)) {
        g_free(pair);
        return;
    }
    g_hash_table_add(hosts->kdc_pairs, pair);
    const ScepKdc kdc = { scep_tracker_text(tracker, client), scep_tracker_text(tracker, server) };
    g_array_append_val(hosts->kdcs, kdc);
}

const GArray *scep_tracker_get0_kdcs(const ScepTracker *tracker)
{
    return tracker->hosts->kdcs;
}

const ScepHost *scep_tracker_get0_host(const ScepTracker *tracker, const char *address)
{
    const ScepHost *host = address != NULL ? g_hash_table_lookup(tracker->hosts->by_address, address) : NULL;
    const ScepConfiguredHost *row = host == NULL && address != NULL ? configured_row(tracker->hosts, address) : NULL;

    /* Made when the user tells of an address that nothing was seen of yet. */
    return row != NULL ? host_at((ScepTracker *)tracker, address) : host;
}

bool scep_tracker_has_hosts(const ScepTracker *tracker)
{
    return g_hash_table_size(tracker->hosts->by_address) > 0 || tracker->hosts->configured_count > 0;
}
