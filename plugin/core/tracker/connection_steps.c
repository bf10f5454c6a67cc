/* connection_steps.c
 * What encrypted exchanges are likely to be, and so which step of an enrollment a frame of a connection is.
 *
 * Sizes of answers: a refusal of NDES takes 0.7 to 1.1 kB, an issued certificate with its chain and envelope more; a
 * list of capabilities some dozen octets, the CA's certificates more than a kilobyte.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/connection.h"

enum {
    MIN_CERTIFICATES = 1200, /* octets of HTTP with an answer to GetCACert */
    MIN_ISSUED = 1700        /* octets of HTTP with a CertRep that delivers */
};

const ScepTlsExchange *scep_connection_get0_exchange(const ScepConnection *connection, ScepConnectionEvent event,
                                                     uint32_t frame)
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

const char *scep_tls_exchange_get0_guess(const ScepConnection *connection, const ScepTlsExchange *exchange)
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
        return scep_exchange_looks_issued(connection, exchange) ? "Deliver"
                                                                : scep_tls_exchange_get0_guess(connection, exchange);
    /* Which of the queries it is, the size of the answer tells. */
    if (connection->stage == 2 && exchange->request_size < SCEP_MIN_PKIOPERATION)
        return "Request";
    return scep_tls_exchange_get0_guess(connection, exchange);
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
    const ScepTlsExchange *exchange = scep_connection_get0_exchange(connection, event, frame);
    ScepConnectionSeen seen = { event, steps[event], connection->is_opened, connection->stage };

    if (exchange != NULL && connection->stage != 0) {
        seen.step = data_step(connection, event, exchange);
        if (event == SCEP_CONNECTION_ANSWER && scep_exchange_looks_issued(connection, exchange))
            seen.stage = 5;
    }
    return seen;
}
