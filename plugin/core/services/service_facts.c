/* service_facts.c
 * What the body of a call to a service says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "cms/challenge_claims.h"
#include "crypto/crypto.h"
#include "scep/limits.h"
#include "crypto/secret.h"
#include "services/service_read.h"

static void clear_secret(gpointer data)
{
    ScepServiceSecret *secret = data;

    g_free(secret->name);
    scep_secret_text_free(secret->text);
    scep_challenge_claims_free(secret->claims);
}

static void clear_node(gpointer data)
{
    ScepMdmNode *node = data;

    g_free(node->uri);
    g_free(node->value);
}

static void clear_status(gpointer data)
{
    ScepMdmStatus *status = data;

    g_free(status->name);
    g_free(status->target);
}

static GArray *list_of(guint size, GDestroyNotify clear)
{
    GArray *list = g_array_new(FALSE, FALSE, size);

    g_array_set_clear_func(list, clear);
    return list;
}

size_t scep_service_fit(const char *text, size_t most)
{
    size_t size = strnlen(text, most);

    while (size > 0 && ((uint8_t)text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

char *scep_service_new_text(const char *text)
{
    return g_strndup(text, scep_service_fit(text, SCEP_MAX_TEXT));
}

void scep_service_add_secret(ScepServiceFacts *facts, const char *name, const char *text, bool reveal)
{
    ScepServiceSecret secret = { .length = strlen(text) };

    if (secret.length == 0 || facts->secrets->len >= SCEP_SERVICE_MAX_SECRETS)
        return;
    secret.name = scep_service_new_text(name);
    scep_crypto_sha256((const uint8_t *)text, secret.length, secret.sha256);
    secret.kind = scep_challenge_classify((const uint8_t *)text, secret.length, &secret.claims);
    if (reveal)
        secret.text = g_strdup(text);
    g_array_append_val(facts->secrets, secret);
}

ScepServiceFacts *scep_service_facts_empty_new(void)
{
    ScepServiceFacts *facts = g_new0(ScepServiceFacts, 1);

    facts->secrets = list_of(sizeof(ScepServiceSecret), clear_secret);
    facts->nodes = list_of(sizeof(ScepMdmNode), clear_node);
    facts->statuses = list_of(sizeof(ScepMdmStatus), clear_status);
    return facts;
}

void scep_service_facts_free(ScepServiceFacts *facts)
{
    if (facts == NULL)
        return;
    for (unsigned i = 0; i < SCEP_FACT_COUNT; i++)
        g_free(facts->text[i]);
    scep_csr_free(facts->csr);
    g_array_unref(facts->secrets);
    g_array_unref(facts->nodes);
    g_array_unref(facts->statuses);
    g_free(facts->session);
    g_free(facts);
}
