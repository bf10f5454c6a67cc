/* connection_words.c
 * What a connection and its frames are called.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "report/report_words.h"
#include "tracker/connection.h"

ScepConnectionSeen scep_connection_seen(const ScepConnection *connection, ScepConnectionEvent event)
{
    return scep_connection_describe(connection, event, 0);
}

const char *scep_step_words(const char *step)
{
    static const struct {
        const char *step;
        const char *words;
    } rows[] = {
        { "Sync", "an MDM session" },
        { "Request", "GetCACaps or GetCACert" },
        { "Submit", "PKIOperation" },
        { "Deliver", "the certificate" },
        { "Verify", "the check of a challenge" },
        { "Notify", "the report on a certificate" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].step, step) == 0)
            return rows[i].words;
    }
    return step;
}

static const char *host_of(const ScepConnection *connection)
{
    return connection->host != NULL ? connection->host : connection->server;
}

char *scep_connection_new_summary(const ScepConnection *connection, const ScepConnectionSeen *seen, uint32_t frame)
{
    static const char *const words[] = {
        [SCEP_CONNECTION_NOTHING] = "",
        [SCEP_CONNECTION_CLOSE] = "end of the connection to",
        [SCEP_CONNECTION_ANSWER] = "answer",
        [SCEP_CONNECTION_REQUEST] = "request",
        [SCEP_CONNECTION_CONNECT] = "connecting to",
        [SCEP_CONNECTION_REFUSED] = "connection refused by",
        [SCEP_CONNECTION_HELLO] = "TLS handshake begins with",
        [SCEP_CONNECTION_CERTIFICATE] = "certificates in the TLS handshake with",
        [SCEP_CONNECTION_ALERT] = "TLS alert on the connection to",
        [SCEP_CONNECTION_ASK_NAME] = "DNS question about",
        [SCEP_CONNECTION_NAME] = "DNS answer about",
    };
    const ScepTlsExchange *exchange = scep_connection_get0_exchange(connection, seen->event, frame);
    const bool is_sealed = exchange != NULL && !seen->is_opened;
    GString *line = g_string_new(is_sealed ? "encrypted " : "");

    g_string_append(line, words[seen->event]);
    if (exchange != NULL) {
        g_string_append_printf(line, " of about %u bytes",
                               seen->event == SCEP_CONNECTION_REQUEST ? exchange->request_size : exchange->answer_size);
        if (seen->step[0] != '\0')
            g_string_append_printf(line, ", likely %s", scep_step_words(seen->step));
    }
    if (seen->event == SCEP_CONNECTION_REQUEST || seen->event == SCEP_CONNECTION_ANSWER)
        g_string_append(line, seen->event == SCEP_CONNECTION_REQUEST ? ", to" : ", from");
    g_string_append_printf(line, " %s", host_of(connection));
    if (connection->is_guess)
        g_string_append(line, " (NDES by its name: a guess)");
    return g_string_free(line, FALSE);
}
