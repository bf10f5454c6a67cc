/* served_path.c
 * What was answered at each path of each server.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/served_path.h"

#include <string.h>

#include "tracker/tracker.h"

/* Digits of a port: "8081" is one, "2" and a time of day are none. */
enum { SHORTEST_PORT = 3, LONGEST_PORT = 5, GREATEST_PORT = 65535 };

void scep_served_paths_open(ScepTracker *tracker)
{
    tracker->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void scep_served_paths_close(ScepTracker *tracker)
{
    g_hash_table_unref(tracker->paths);
}

/* Host names are not told apart by case, paths are (RFC 9110 4.2.3). */
static struct ScepServedPath *find_or_add(ScepTracker *tracker, const ScepExchange *exchange,
                                          const ScepRequest *request)
{
    char *host = request->host != NULL ? g_ascii_strdown(request->host, -1) : NULL;
    char *key = g_strdup_printf("%s %u %s %s", exchange->server->address, exchange->server->port, host ? host : "",
                                request->path);
    struct ScepServedPath *path = g_hash_table_lookup(tracker->paths, key);

    g_free(host);
    if (path != NULL) {
        g_free(key);
        return path;
    }
    path = g_new0(struct ScepServedPath, 1);
    g_hash_table_insert(tracker->paths, key, path);
    return path;
}

/* "/scep:8081/pkiclient.exe" on port 80: a part of the path that ends in a port, and not the one that was asked. */
static bool has_port(const char *path, uint16_t asked)
{
    for (const char *at = strchr(path, ':'); at != NULL; at = strchr(at + 1, ':')) {
        const size_t digits = strspn(at + 1, "0123456789");
        const char behind = at[1 + digits];
        const unsigned long port = digits >= SHORTEST_PORT && digits <= LONGEST_PORT ? strtoul(at + 1, NULL, 10) : 0;
        if (port > 0 && port <= GREATEST_PORT && port != asked && (behind == '/' || behind == '\0'))
            return true;
    }
    return false;
}

static bool is_app_proxy(const ScepTracker *tracker, const char *host)
{
    ScepHostSource source;
    char *name = g_strndup(host, strcspn(host, ":"));
    const bool is_one =
        scep_tracker_role_of_name(tracker, name, &source) == SCEP_HOST_PROXY && source == SCEP_HOST_NAMED;

    g_free(name);
    return is_one;
}

void scep_served_path_asked(ScepTracker *tracker, ScepExchange *exchange, const ScepRequest *request)
{
    exchange->to_app_proxy = request->host != NULL && is_app_proxy(tracker, request->host);
    if (request->path == NULL)
        return;
    exchange->port_in_path = has_port(request->path, exchange->server->port);
    exchange->path = find_or_add(tracker, exchange, request);
}

/* An answer of SCEP to what was asked: not a page, nor nothing. */
static bool is_served(const ScepExchange *exchange)
{
    if (exchange->operation == SCEP_OP_PKIOPERATION)
        return exchange->response_is_message;
    return exchange->status == 200 && !exchange->response_is_page &&
           (exchange->operation == SCEP_OP_GETCACAPS || exchange->operation == SCEP_OP_GETCACERT);
}

void scep_served_path_answered(ScepExchange *exchange, uint32_t frame)
{
    ScepServedPath *path = exchange->path;
    const uint8_t bit = (uint8_t)(1u << exchange->operation);

    if (path == NULL || scep_exchange_is_copy(exchange))
        return;
    if (is_served(exchange)) {
        path->served |= bit;
        path->served_frame = frame;
    } else if (exchange->status >= 400) {
        path->failed |= bit;
        path->failed_frame = frame;
        path->failed_status = exchange->status;
    }
}

char *scep_served_path_new_text(const ScepExchange *exchange)
{
    GString *text = g_string_new(NULL);

    for (int operation = SCEP_OP_GETCACAPS; operation <= SCEP_OP_PKIOPERATION; operation++) {
        if (exchange->path != NULL && (exchange->path->served & 1u << operation) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "",
                                   scep_operation_name((ScepOperation)operation));
    }
    return g_string_free(text, text->len == 0);
}
