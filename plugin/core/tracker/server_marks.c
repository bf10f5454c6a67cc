/* server_marks.c
 * Which product a SCEP server is, by all that was seen of it so far.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/server_marks.h"

#include <string.h>

#include "cms/message.h"

/* How far into a page or text words are looked for. */
#define PAGE_SEARCH 4096

/* In front of '?', without case. */
static uint32_t path_marks(const char *target)
{
    static const struct {
        const char *part;
        uint32_t mark;
    } parts[] = {
        { "/certsrv/mscep", SCEP_SERVED_PATH_MSCEP },
        { "/publicweb/apply/scep/", SCEP_SERVED_PATH_EJBCA },
        { "/ca/cgi-bin/pkiclient.exe", SCEP_SERVED_PATH_DOGTAG },
        { "/ca/scep/", SCEP_SERVED_PATH_DOGTAG },
        { "/cgi-bin/pkiclient.exe", SCEP_SERVED_PATH_CGI },
        { "/app/cert/scep", SCEP_SERVED_PATH_FORTINET },
    };
    char *path = g_ascii_strdown(target, (gssize)strcspn(target, "?"));
    uint32_t marks = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (strstr(path, parts[i].part) != NULL)
            marks |= parts[i].mark;
    }
    g_free(path);
    return marks;
}

static void keep(ScepExchange *exchange, uint32_t marks)
{
    exchange->server->marks |= marks;
    exchange->server_guess = scep_server_guess(exchange->server->marks);
}

void scep_server_keep_request(ScepExchange *exchange, const ScepRequest *request)
{
    uint32_t marks = request->path != NULL ? path_marks(request->path) : 0;

    if (request->path_kind == SCEP_PATH_NDES || request->path_kind == SCEP_PATH_NDES_ADMIN)
        marks |= SCEP_SERVED_PATH_MSCEP;
    keep(exchange, marks);
    exchange->server_guess_asked = exchange->server_guess;
}

/* The list that Go's library for SCEP has, in its order; step-ca ends its lines as DOS does. */
static uint32_t caps_marks(const ScepResponse *response)
{
    static const char list[] = "Renewal\nSHA-1\nSHA-256\nAES\nDES3\nSCEPStandard\nPOSTPKIOperation";
    const char *body = (const char *)response->body;
    bool has_return = false;
    size_t at = 0;

    for (size_t i = 0; i < response->body_size; i++) {
        if (body[i] == '\r') {
            has_return = true;
            continue;
        }
        if (at >= sizeof list - 1 || body[i] != list[at++])
            return 0;
    }
    if (at != sizeof list - 1)
        return 0;
    return SCEP_SERVED_CAPS_GO | (has_return ? SCEP_SERVED_CAPS_GO_CRLF : 0);
}

/* NDES has two certificates of its own, one for each use, and those of its CA. */
static uint32_t certificate_marks(const GPtrArray *certificates)
{
    uint32_t marks = 0;
    bool signs = false, enciphers = false;

    for (guint i = 0; i < certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(certificates, i);
        if (certificate == NULL)
            continue;
        if (strstr(certificate->subject, "SCEPman") != NULL)
            marks |= SCEP_SERVED_CA_SCEPMAN;
        if (strstr(certificate->subject, "-MSCEP-RA") != NULL)
            marks |= SCEP_SERVED_RA_NAME;
        signs |= !certificate->is_ca && certificate->may_sign && !certificate->may_encipher;
        enciphers |= !certificate->is_ca && certificate->may_encipher && !certificate->may_sign;
    }
    return marks | (signs && enciphers && certificates->len > 2 ? SCEP_SERVED_RA_PAIR : 0);
}

static bool has_words(const ScepResponse *response, const char *words)
{
    return g_strstr_len((const char *)response->body, (gssize)MIN(response->body_size, PAGE_SEARCH), words) != NULL;
}

static uint32_t error_marks(const ScepResponse *response)
{
    static const struct {
        const char *words;
        uint32_t mark;
    } known[] = {
        { "scep get request failed", SCEP_SERVED_WORDS_STEP },
        { "scep post request failed", SCEP_SERVED_WORDS_STEP },
        { "invalid scep get request", SCEP_SERVED_WORDS_STEP },
        { "invalid scep post request", SCEP_SERVED_WORDS_STEP },
        { "Apache Tomcat", SCEP_SERVED_TOMCAT },
        { "IIS 10.0 Detailed Error", SCEP_SERVED_IIS },
    };
    uint32_t marks = 0;

    if (response->content_type != NULL && strcmp(response->content_type, "text/plain; charset=utf-8") == 0)
        marks |= SCEP_SERVED_GO_ERROR;
    for (size_t i = 0; response->body_size > 0 && i < G_N_ELEMENTS(known); i++)
        marks |= has_words(response, known[i].words) ? known[i].mark : 0;
    return marks;
}

static uint32_t message_marks(const ScepResponse *response)
{
    const ScepMessage *message = response->message;
    const ScepSpan own = scep_message_value(message, SCEP_ATTR_SENDER_NONCE);
    const ScepSpan returned = scep_message_value(message, SCEP_ATTR_RECIPIENT_NONCE);
    uint32_t marks = message->has_ndes_error ? SCEP_SERVED_HRESULT : 0;

    if (own.length > 0 && own.length == returned.length &&
        memcmp(response->body + own.offset, response->body + returned.offset, own.length) == 0)
        marks |= SCEP_SERVED_NONCE_ECHOED;
    return marks;
}

static bool is_iis(const char *server)
{
    return server != NULL && (strstr(server, "Microsoft-IIS") != NULL || strstr(server, "Microsoft-HTTPAPI") != NULL);
}

void scep_server_keep_answer(ScepExchange *exchange, const ScepResponse *response)
{
    uint32_t marks = is_iis(response->server) ? SCEP_SERVED_IIS : 0;

    if (response->status >= 400)
        marks |= error_marks(response);
    if (exchange->operation == SCEP_OP_GETCACAPS && response->status == 200)
        marks |= caps_marks(response);
    if (exchange->operation == SCEP_OP_GETCACERT && response->certificates != NULL)
        marks |= certificate_marks(response->certificates);
    if (exchange->operation == SCEP_OP_PKIOPERATION && response->message != NULL)
        marks |= message_marks(response);
    if (exchange->server->challenge_frame != 0)
        marks |= SCEP_SERVED_CHALLENGE_PAGE;
    keep(exchange, marks);
}
