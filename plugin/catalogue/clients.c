/* clients.c
 * SCEP clients: by what their User-Agent header contains, and by what their messages look like.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"

#include <string.h>

/* What it takes to name a client, and to be sure of it. One mark that others may have is never enough. */
#define ENOUGH 4
#define PLENTY 6

/* A name of a library or of a tool that speaks to anybody counts less than this. */
#define OWN_NAME 3

/* The first row that fits counts, so the closer one goes first. */
const ScepClient scep_clients[] = {
    { "Win32; NDES client", "Windows", SCEP_CLIENT_WINDOWS, 4 },
    { "mdmclient", "macOS", SCEP_CLIENT_APPLE, 4 },
    { "profiled/", "iOS/iPadOS", SCEP_CLIENT_APPLE, 4 },
    { "CFNetwork", "iOS/iPadOS or macOS", SCEP_CLIENT_APPLE, 3 },
    { "Dalvik/", "Android", SCEP_CLIENT_JSCEP, 4 },
    { "NDES_Plugin", "NDES policy module", SCEP_CLIENT_OTHER, 4 },
    { "micromdm", "micromdm scepclient", SCEP_CLIENT_SCEPCLIENT, 4 },
    { "Go-http-client", "micromdm scepclient or another Go program", SCEP_CLIENT_SCEPCLIENT, 2 },
    /* certmonger's helper goes by the same words as Cisco's own client. */
    { "Cisco PKI", "Cisco IOS or certmonger", SCEP_CLIENT_CISCO, 2 },
    { "Cisco-IOS", "Cisco IOS", SCEP_CLIENT_CISCO, 4 },
    { "sscep", "sscep", SCEP_CLIENT_SSCEP, 4 },
    { "trongSwan", "strongSwan", SCEP_CLIENT_STRONGSWAN, 4 },
    { "jscep", "jscep", SCEP_CLIENT_JSCEP, 4 },
    { "Apache-HttpClient", "jscep or another Java program", SCEP_CLIENT_JSCEP, 2 },
    { "Java/", "jscep or another Java program", SCEP_CLIENT_JSCEP, 2 },
    { "Jamf", "Jamf", SCEP_CLIENT_OTHER, 3 },
    { "SecureW2", "SecureW2", SCEP_CLIENT_OTHER, 3 },
    { "curl/", "curl", SCEP_CLIENT_OTHER, 2 },
    { "libwww-perl", "a Perl program", SCEP_CLIENT_OTHER, 2 },
    { "python-requests", "a Python program", SCEP_CLIENT_OTHER, 2 },
    { "Python-urllib", "a Python program", SCEP_CLIENT_OTHER, 2 },
    { "PowerShell", "PowerShell", SCEP_CLIENT_OTHER, 2 },
};
const size_t scep_client_count = sizeof scep_clients / sizeof scep_clients[0];

/* clang-format off */

/* Sources: the clients' own code and messages of theirs, see the field reports, A2. The first of equals counts. BER,
 * OAEP and media types only ever add to what a client has by itself. */
const ScepClientShape scep_client_shapes[] = {
    { SCEP_CLIENT_WINDOWS, "Windows",
      SCEP_MARK_SUBJECT_PROTOCOL | SCEP_MARK_AUTHORITY | SCEP_MARK_ID_CERTIFICATE | SCEP_MARK_ASKS_DEFAULT,
      { { SCEP_MARK_SUBJECT_PROTOCOL, 3 }, { SCEP_MARK_AUTHORITY, 3 }, { SCEP_MARK_ID_CERTIFICATE, 3 },
        { SCEP_MARK_ASKS_DEFAULT, 3 }, { SCEP_MARK_OAEP, 1 }, { SCEP_MARK_TYPE_NONE, 1 } } },
    { SCEP_CLIENT_APPLE, "iOS/iPadOS or macOS",
      SCEP_MARK_ID_KEY_SHA1,
      { { SCEP_MARK_ID_KEY_SHA1, 3 }, { SCEP_MARK_BER, 1 }, { SCEP_MARK_TYPE_OCTETS, 1 },
        { SCEP_MARK_CACERT_FIRST, 1 }, { SCEP_MARK_SHORT_NONCE, 1 } } },
    { SCEP_CLIENT_SCEPCLIENT, "micromdm scepclient",
      SCEP_MARK_ID_BASE64 | SCEP_MARK_SUBJECT_SIGNER,
      { { SCEP_MARK_ID_BASE64, 3 }, { SCEP_MARK_SUBJECT_SIGNER, 3 }, { SCEP_MARK_TYPE_OCTETS, 1 },
        { SCEP_MARK_CACERT_FIRST, 1 } } },
    { SCEP_CLIENT_STRONGSWAN, "strongSwan",
      SCEP_MARK_ID_SHA1_UPPER,
      { { SCEP_MARK_ID_SHA1_UPPER, 2 }, { SCEP_MARK_SERIAL_NUMBER, 3 }, { SCEP_MARK_TYPE_NONE, 1 } } },
    { SCEP_CLIENT_SSCEP, "sscep",
      SCEP_MARK_ID_MD5_UPPER | SCEP_MARK_ID_SSCEP,
      { { SCEP_MARK_ID_MD5_UPPER, 3 }, { SCEP_MARK_SERIAL_TEXT, 3 }, { SCEP_MARK_ID_SSCEP, 4 },
        { SCEP_MARK_ASKS_CAIDENTIFIER, 2 }, { SCEP_MARK_TYPE_NONE, 1 } } },
    { SCEP_CLIENT_CISCO, "Cisco IOS",
      SCEP_MARK_ID_MD5_UPPER,
      { { SCEP_MARK_ID_MD5_UPPER, 3 }, { SCEP_MARK_GET_LINES, 2 }, { SCEP_MARK_NO_TIME, 1 }, { SCEP_MARK_GET, 1 },
        { SCEP_MARK_SERIAL_TEXT, -4 } } },
    { SCEP_CLIENT_CISCO, "Cisco PIX",
      SCEP_MARK_ID_MD5_LOWER,
      { { SCEP_MARK_ID_MD5_LOWER, 3 }, { SCEP_MARK_SERIAL_TEXT, 3 } } },
    { SCEP_CLIENT_WOLFSSL, "wolfSSL's client",
      SCEP_MARK_ID_SHA2,
      { { SCEP_MARK_ID_SHA2, 2 }, { SCEP_MARK_ASKS_CAIDENTIFIER, 3 } } },
    { SCEP_CLIENT_JSCEP, "jscep (Android, Java)",
      SCEP_MARK_ID_SHA1_LOWER | SCEP_MARK_ID_SHA2 | SCEP_MARK_ID_MD5_LOWER,
      { { SCEP_MARK_ID_SHA1_LOWER, 3 }, { SCEP_MARK_ID_SHA2, 3 }, { SCEP_MARK_ID_MD5_LOWER, 2 }, { SCEP_MARK_BER, 1 },
        { SCEP_MARK_TYPE_OCTETS, 1 }, { SCEP_MARK_ASKS_CA, 1 } } },
    { SCEP_CLIENT_CERTMONGER, "certmonger",
      SCEP_MARK_ID_DECIMAL,
      { { SCEP_MARK_ID_DECIMAL, 3 }, { SCEP_MARK_ASKS_NUMBER, 2 }, { SCEP_MARK_GET, 1 } } },
    { SCEP_CLIENT_MIKROTIK, "MikroTik RouterOS",
      SCEP_MARK_ID_HEX64,
      { { SCEP_MARK_ID_HEX64, 3 }, { SCEP_MARK_GET, 1 } } },
    /* Which of them it is, the rest of the message does not tell. */
    { SCEP_CLIENT_OTHER, "sscep, Cisco IOS or a relative",
      SCEP_MARK_ID_MD5_UPPER,
      { { SCEP_MARK_ID_MD5_UPPER, 4 } } },
};
const size_t scep_client_shape_count = sizeof scep_client_shapes / sizeof scep_client_shapes[0];

/* clang-format on */

static const ScepClient *named_client(const char *user_agent)
{
    for (size_t i = 0; user_agent != NULL && i < scep_client_count; i++) {
        if (strstr(user_agent, scep_clients[i].mark) != NULL)
            return &scep_clients[i];
    }
    return NULL;
}

static int score_of(const ScepClientShape *shape, uint32_t marks)
{
    int score = 0;

    if ((shape->needs & marks) == 0)
        return 0;
    for (size_t i = 0; i < SCEP_CLIENT_MARKS; i++) {
        if (shape->marks[i].mark & marks)
            score += shape->marks[i].weight;
    }
    return score;
}

static bool is_of(const ScepClientShape *shape, const ScepClient *named)
{
    return named != NULL && named->family == shape->family && named->family != SCEP_CLIENT_OTHER;
}

/* A proxy sends in its own name what a device has signed, so the message may outvote the header. */
ScepClientGuess scep_client_guess(const char *user_agent, uint32_t marks)
{
    const ScepClient *named = named_client(user_agent);
    const ScepClientShape *best = NULL;
    int most = named != NULL ? named->weight : ENOUGH - 1;

    for (size_t i = 0; i < scep_client_shape_count; i++) {
        const ScepClientShape *shape = &scep_client_shapes[i];
        const int own = score_of(shape, marks), score = own + (is_of(shape, named) ? named->weight : 0);
        if (own > 0 && score >= ENOUGH && score > most) {
            best = shape;
            most = score;
        }
    }
    if (named != NULL && (best == NULL || (is_of(best, named) && named->weight >= OWN_NAME)))
        return (ScepClientGuess){ (uint8_t)(named - scep_clients + 1), SCEP_CONFIDENCE_LIKELY };
    if (best == NULL)
        return (ScepClientGuess){ 0, 0 };
    return (ScepClientGuess){ (uint8_t)(scep_client_count + (size_t)(best - scep_client_shapes) + 1),
                              most >= PLENTY ? SCEP_CONFIDENCE_LIKELY : SCEP_CONFIDENCE_POSSIBLE };
}

bool scep_client_guess_is_by_message(ScepClientGuess guess)
{
    return guess.row > scep_client_count;
}

const char *scep_client_guess_name(ScepClientGuess guess)
{
    if (guess.row == 0)
        return NULL;
    return scep_client_guess_is_by_message(guess) ? scep_client_shapes[guess.row - scep_client_count - 1].name
                                                  : scep_clients[guess.row - 1].name;
}

ScepClientFamily scep_client_guess_family(ScepClientGuess guess)
{
    if (guess.row == 0)
        return SCEP_CLIENT_OTHER;
    return scep_client_guess_is_by_message(guess) ? scep_client_shapes[guess.row - scep_client_count - 1].family
                                                  : scep_clients[guess.row - 1].family;
}

const char *scep_client_name(const char *user_agent)
{
    const ScepClient *named = named_client(user_agent);

    return named != NULL ? named->name : NULL;
}
