/* fuzz_service.c
 * Bodies of calls to services, challenges, pages for challenges, and targets: nothing grows beyond its bounds, secrets
 * stay hidden, and the cheap test of a target never misses what the table finds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "cms/challenge_claims.h"
#include "require.h"
#include "scep/limits.h"
#include "scep/wire.h"
#include "services/service_facts.h"
#include "wire/page.h"

static void require_short(const char *text)
{
    REQUIRE(text == NULL || strlen(text) <= SCEP_MAX_TEXT);
}

/* A text is cut at SCEP_MAX_TEXT octets, and what it was cut in gets a mark of three octets for each that is left. */
static void require_claim(const char *text)
{
    REQUIRE(text == NULL || (strlen(text) <= 3 * SCEP_MAX_TEXT && g_utf8_validate(text, -1, NULL)));
}

static void check_claims(const ScepChallengeClaims *claims)
{
    if (claims == NULL)
        return;
    require_claim(claims->signer);
    require_claim(claims->algorithm);
    require_claim(claims->key_id);
    require_claim(claims->issuer);
    require_claim(claims->audience);
    require_claim(claims->subject);
    require_claim(claims->names);
    REQUIRE(claims->not_before >= 0 && claims->not_after >= 0 && claims->issued_at >= 0);
    REQUIRE(!claims->encrypted || claims->names == NULL);
}

static void check_nodes(const ScepServiceFacts *facts)
{
    REQUIRE(facts->nodes->len <= SCEP_MDM_MAX_ITEMS && facts->statuses->len <= SCEP_MDM_MAX_ITEMS);
    for (guint i = 0; i < facts->nodes->len; i++) {
        const ScepMdmNode *node = &g_array_index(facts->nodes, ScepMdmNode, i);
        REQUIRE(node->setting < SCEP_MDM_SETTING_COUNT);
        REQUIRE((node->setting == SCEP_MDM_OTHER) == (scep_mdm_setting_name(node->setting) == NULL));
        REQUIRE(node->setting != SCEP_MDM_OTHER || node->value == NULL);
        require_short(node->uri);
        require_short(node->value);
    }
    for (guint i = 0; i < facts->statuses->len; i++) {
        const ScepMdmStatus *status = &g_array_index(facts->statuses, ScepMdmStatus, i);
        REQUIRE(status->code != 0);
        require_short(status->name);
        require_short(status->target);
    }
}

static void check_secrets(const ScepServiceFacts *facts, bool reveal)
{
    REQUIRE(facts->secrets->len <= SCEP_SERVICE_MAX_SECRETS);
    for (guint i = 0; i < facts->secrets->len; i++) {
        const ScepServiceSecret *secret = &g_array_index(facts->secrets, ScepServiceSecret, i);
        REQUIRE(secret->length > 0 && secret->name != NULL);
        REQUIRE((secret->text != NULL) == reveal);
        REQUIRE(secret->claims != NULL || secret->kind != SCEP_CHALLENGE_TOKEN);
        check_claims(secret->claims);
    }
    REQUIRE(facts->csr == NULL || (facts->csr->challenge.text != NULL) == (facts->csr->challenge.present && reveal));
}

/* The first octet chooses the service, the second the half and the status. */
static void check_body(const uint8_t *data, size_t size)
{
    const ScepServiceBody body = {
        .service = &scep_services[data[0] % scep_service_count],
        .is_request = data[1] & 1,
        .status = data[1] & 1   ? 0
                  : data[1] & 2 ? 200
                                : 401,
        .missing = data[1] & 4 ? 10 : 0,
        .reveal = data[1] & 8,
        .content_type = data[1] & 16 ? SCEP_SYNCML_XML : NULL,
        .body = data + 2,
        .size = size - 2,
    };
    ScepServiceFacts *facts = scep_service_facts_new(&body);

    if (facts == NULL)
        return;
    for (unsigned i = 0; i < SCEP_FACT_COUNT; i++)
        require_short(facts->text[i]);
    require_short(facts->session);
    REQUIRE(!facts->has_hresult || facts->text[SCEP_FACT_HRESULT] != NULL);
    REQUIRE(!facts->lists_endpoints || facts->problem == NULL);
    check_nodes(facts);
    check_secrets(facts, body.reveal);
    scep_service_facts_free(facts);
}

static void check_target(const uint8_t *data, size_t size)
{
    char *target = g_strndup((const char *)data, size);
    const size_t length = strlen(target);
    const ScepService *found = scep_service_find(target, "login.microsoftonline.com", NULL);

    if (length > 0)
        REQUIRE(found == NULL || scep_service_may_be((const uint8_t *)target, length));
    else
        REQUIRE(found == NULL);
    g_free(target);
}

static void check_challenge(const uint8_t *data, size_t size)
{
    ScepChallengeClaims *claims;
    const ScepChallengeKind kind = scep_challenge_classify(data, size, &claims);

    REQUIRE((claims != NULL) == (kind == SCEP_CHALLENGE_TOKEN || kind == SCEP_CHALLENGE_SIGNED_BLOB));
    check_claims(claims);
    scep_challenge_claims_free(claims);
}

static void check_page(const uint8_t *data, size_t size)
{
    ScepChallengePage page;
    const bool is_one = scep_challenge_page_read(data, size, &page);

    REQUIRE(is_one == page.is_one);
    REQUIRE(page.has_password == (page.length > 0) && page.length <= SCEP_MAX_PAGE_PASSWORD);
    REQUIRE(page.is_one || (!page.has_password && page.thumbprint[0] == '\0'));
    REQUIRE(memchr(page.thumbprint, '\0', sizeof page.thumbprint) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_target(data, size);
    check_challenge(data, size);
    check_page(data, size);
    if (size > 2)
        check_body(data, size);
    REQUIRE(ERR_peek_error() == 0);
    return 0;
}
