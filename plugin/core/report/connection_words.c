/* connection_words.c
 * What a connection and its frames are called, and what encrypted exchanges are likely to be.
 *
 * Sizes of answers: a refusal of NDES takes 0.7 to 1.1 kB, an issued certificate with its chain and envelope more; a
 * list of capabilities some dozen octets, the CA's certificates more than a kilobyte.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tracker/connection.h"

enum {
    MIN_CERTIFICATES = 1200, /* octets of HTTP with an answer to GetCACert */
    MIN_ISSUED = 1700        /* octets of HTTP with a CertRep that delivers */
};

static const ScepTlsExchange *exchange_at(const ScepConnection *connection, ScepConnectionEvent event, uint32_t frame)
{
    for (unsigned i = connection->exchange_count; i > 0; i--) {
        const ScepTlsExchange *exchange = &connection->exchanges[i - 1];
        if (event == SCEP_CONNECTION_ANSWER && exchange->answer_frame == frame)
            return exchange;
        if (event == SCEP_CONNECTION_REQUEST && (exchange->request_frame == frame || exchange->submit_frame == frame))
            return exchange;
    }
    return NULL;
}

const char *scep_exchange_guess(const ScepConnection *connection, const ScepTlsExchange *exchange)
{
    if (connection->stage == 1)
        return "Sync";
    if (connection->stage == 3)
        return "Verify";
    if (connection->stage == 6)
        return "Notify";
    if (exchange->request_size >= SCEP_MIN_PKIOPERATION)
        return "Submit";
    return exchange->answer_size >= MIN_CERTIFICATES ? "GetCACert" : "GetCACaps";
}

bool scep_exchange_looks_issued(const ScepConnection *connection, const ScepTlsExchange *exchange)
{
    return connection->stage == 2 && exchange->request_size >= SCEP_MIN_PKIOPERATION &&
           exchange->answer_size >= MIN_ISSUED;
}

static const char *data_step(const ScepConnection *connection, ScepConnectionEvent event,
                             const ScepTlsExchange *exchange)
{
    if (event == SCEP_CONNECTION_ANSWER)
        return scep_exchange_looks_issued(connection, exchange) ? "Deliver" : scep_exchange_guess(connection, exchange);
    /* Which of the queries it is, the size of the answer tells. */
    if (connection->stage == 2 && exchange->request_size < SCEP_MIN_PKIOPERATION)
        return "Request";
    return scep_exchange_guess(connection, exchange);
}

ScepConnectionSeen scep_connection_describe(const ScepConnection *connection, ScepConnectionEvent event, uint32_t frame)
{
    static const char *const steps[] = {
        [SCEP_CONNECTION_NOTHING] = "",        [SCEP_CONNECTION_CLOSE] = "Close",
        [SCEP_CONNECTION_ANSWER] = "",         [SCEP_CONNECTION_REQUEST] = "",
        [SCEP_CONNECTION_CONNECT] = "Connect", [SCEP_CONNECTION_REFUSED] = "Connect",
        [SCEP_CONNECTION_HELLO] = "Handshake", [SCEP_CONNECTION_CERTIFICATE] = "Handshake",
        [SCEP_CONNECTION_ALERT] = "Handshake", [SCEP_CONNECTION_ASK_NAME] = "Resolve",
        [SCEP_CONNECTION_NAME] = "Resolve",
    };
    const ScepTlsExchange *exchange = exchange_at(connection, event, frame);
    ScepConnectionSeen seen = { event, steps[event], connection->is_opened, connection->stage };

    if (exchange != NULL && connection->stage != 0) {
        seen.step = data_step(connection, event, exchange);
        if (event == SCEP_CONNECTION_ANSWER && scep_exchange_looks_issued(connection, exchange))
            seen.stage = 5;
    }
    return seen;
}

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

char *scep_connection_summary(const ScepConnection *connection, const ScepConnectionSeen *seen, uint32_t frame)
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
    const ScepTlsExchange *exchange = exchange_at(connection, seen->event, frame);
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
