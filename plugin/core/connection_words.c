/* connection_words.c
 * What a connection and its frames are called, and what encrypted exchanges are likely to be.
 *
 * Sizes of answers: a refusal of NDES takes 0.7 to 1.1 kB, an issued certificate with its chain and envelope more; a list
 * of capabilities some dozen octets, the CA's certificates more than a kilobyte.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "connection_private.h"

enum {
    LEAST_CERTIFICATES = 1200,   /* octets of HTTP with an answer to GetCACert */
    LEAST_ISSUED = 1700          /* octets of HTTP with a CertRep that delivers */
};

static const ScepTlsExchange *exchange_at(const ScepConnection *connection, uint32_t frame)
{
    for (unsigned i = 0; i < connection->exchange_count; i++) {
        if (connection->exchanges[i].request_frame == frame || connection->exchanges[i].answer_frame == frame)
            return &connection->exchanges[i];
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
    if (exchange->request_size >= SCEP_LEAST_PKIOPERATION)
        return "Submit";
    return exchange->answer_size >= LEAST_CERTIFICATES ? "GetCACert" : "GetCACaps";
}

bool scep_exchange_looks_issued(const ScepConnection *connection, const ScepTlsExchange *exchange)
{
    return connection->stage == 2 && exchange->request_size >= SCEP_LEAST_PKIOPERATION &&
           exchange->answer_size >= LEAST_ISSUED;
}

const char *scep_connection_step(const ScepConnection *connection, ScepLinkEvent event, uint32_t frame)
{
    static const char *const steps[] = {
        [SCEP_LINK_NOTHING] = "",        [SCEP_LINK_CLOSE] = "Close",     [SCEP_LINK_ANSWER] = "",
        [SCEP_LINK_REQUEST] = "",        [SCEP_LINK_CONNECT] = "Connect", [SCEP_LINK_REFUSED] = "Connect",
        [SCEP_LINK_HELLO] = "Handshake", [SCEP_LINK_CERTIFICATE] = "Handshake", [SCEP_LINK_ALERT] = "Handshake",
        [SCEP_LINK_ASK_NAME] = "Resolve", [SCEP_LINK_NAME] = "Resolve",
    };
    const ScepTlsExchange *exchange = exchange_at(connection, frame);

    if ((event != SCEP_LINK_REQUEST && event != SCEP_LINK_ANSWER) || exchange == NULL)
        return steps[event];
    if (event == SCEP_LINK_ANSWER && scep_exchange_looks_issued(connection, exchange))
        return "Deliver";
    return scep_exchange_guess(connection, exchange);
}

uint8_t scep_connection_stage(const ScepConnection *connection, ScepLinkEvent event, uint32_t frame)
{
    const ScepTlsExchange *exchange = event == SCEP_LINK_ANSWER ? exchange_at(connection, frame) : NULL;

    return exchange != NULL && scep_exchange_looks_issued(connection, exchange) ? 5 : connection->stage;
}

static const char *host_of(const ScepConnection *connection)
{
    return connection->host != NULL ? connection->host : connection->server;
}

char *scep_connection_summary(const ScepConnection *connection, ScepLinkEvent event, uint32_t frame)
{
    static const char *const words[] = {
        [SCEP_LINK_NOTHING] = "",
        [SCEP_LINK_CLOSE] = "connection ends",
        [SCEP_LINK_ANSWER] = "encrypted answer",
        [SCEP_LINK_REQUEST] = "encrypted request",
        [SCEP_LINK_CONNECT] = "connection asked for",
        [SCEP_LINK_REFUSED] = "connection refused",
        [SCEP_LINK_HELLO] = "TLS handshake begins",
        [SCEP_LINK_CERTIFICATE] = "TLS handshake, certificates",
        [SCEP_LINK_ALERT] = "TLS alert",
        [SCEP_LINK_ASK_NAME] = "name asked for",
        [SCEP_LINK_NAME] = "name answered",
    };
    const bool is_data = event == SCEP_LINK_REQUEST || event == SCEP_LINK_ANSWER;
    const ScepTlsExchange *exchange = is_data ? exchange_at(connection, frame) : NULL;
    GString *line = g_string_new(words[event]);

    if (exchange != NULL)
        g_string_append_printf(line, " of about %u bytes, likely %s",
                               event == SCEP_LINK_REQUEST ? exchange->request_size : exchange->answer_size,
                               scep_connection_step(connection, event, frame));
    g_string_append_printf(line, ", %s", host_of(connection));
    if (connection->is_guess)
        g_string_append(line, " (NDES by its name: a guess)");
    return g_string_free(line, FALSE);
}
