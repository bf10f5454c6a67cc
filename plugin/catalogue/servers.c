/* servers.c
 * SCEP servers by what their answers look like. A new product is a row; a new mark is a bit in scep/catalogue.h and a
 * line in plugin/core/tracker/server_marks.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"

/* A score from here on is a guess worth telling. */
#define ENOUGH 3

/* clang-format off */
const ScepServerProduct scep_server_products[] = {
    { SCEP_PRODUCT_NDES, "NDES",
      { { SCEP_SERVED_PATH_MSCEP, 4 }, { SCEP_SERVED_CHALLENGE_PAGE, 4 }, { SCEP_SERVED_HRESULT, 4 },
        { SCEP_SERVED_RA_PAIR, 3 }, { SCEP_SERVED_RA_NAME, 3 }, { SCEP_SERVED_IIS, 2 },
        { SCEP_SERVED_NONCE_ECHOED, -2 }, { SCEP_SERVED_CAPS_GO, -4 } } },
    { SCEP_PRODUCT_SCEPMAN, "SCEPman",
      { { SCEP_SERVED_CA_SCEPMAN, 6 }, { SCEP_SERVED_PATH_MSCEP, 1 } } },
    { SCEP_PRODUCT_MICROMDM, "micromdm scepserver",
      { { SCEP_SERVED_CAPS_GO, 3 }, { SCEP_SERVED_NONCE_ECHOED, 1 }, { SCEP_SERVED_GO_ERROR, 1 },
        { SCEP_SERVED_CAPS_GO_CRLF, -4 } } },
    { SCEP_PRODUCT_STEP_CA, "step-ca",
      { { SCEP_SERVED_CAPS_GO_CRLF, 4 }, { SCEP_SERVED_WORDS_STEP, 5 }, { SCEP_SERVED_NONCE_ECHOED, 1 },
        { SCEP_SERVED_GO_ERROR, 1 } } },
    { SCEP_PRODUCT_EJBCA, "EJBCA",
      { { SCEP_SERVED_PATH_EJBCA, 5 } } },
    { SCEP_PRODUCT_DOGTAG, "Dogtag",
      { { SCEP_SERVED_PATH_DOGTAG, 4 }, { SCEP_SERVED_TOMCAT, 1 } } },
    { SCEP_PRODUCT_CISCO, "Cisco IOS",
      { { SCEP_SERVED_PATH_CGI, 3 }, { SCEP_SERVED_TOMCAT, -3 } } },
    { SCEP_PRODUCT_FORTINET, "FortiAuthenticator",
      { { SCEP_SERVED_PATH_FORTINET, 4 } } },
};
/* clang-format on */
const size_t scep_server_product_count = sizeof scep_server_products / sizeof scep_server_products[0];

static int score_of(const ScepServerProduct *product, uint32_t marks)
{
    int score = 0;

    for (size_t i = 0; i < SCEP_SERVER_MARKS; i++)
        score += product->marks[i].mark & marks ? product->marks[i].weight : 0;
    return score;
}

uint8_t scep_server_guess(uint32_t marks)
{
    uint8_t best = 0;
    int most = ENOUGH - 1;

    for (size_t i = 0; i < scep_server_product_count; i++) {
        const int score = score_of(&scep_server_products[i], marks);
        if (score > most) {
            best = (uint8_t)(i + 1);
            most = score;
        }
    }
    return best;
}

const char *scep_server_guess_name(uint8_t guess)
{
    return guess != 0 ? scep_server_products[guess - 1].name : NULL;
}

ScepProduct scep_server_guess_product(uint8_t guess)
{
    return guess != 0 ? scep_server_products[guess - 1].product : SCEP_PRODUCT_UNKNOWN;
}
