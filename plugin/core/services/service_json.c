/* service_json.c
 * JSON of Intune's API and of what resembles it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/crypto.h>
#include <string.h>

#include "crypto/secret_json.h"
#include "scep/limits.h"
#include "services/service_read.h"

/* The service that a tenant needs for SCEP (Intune-Resource-Access). */
#define SCEP_ENDPOINT "ScepRequestValidationFEService"

/* The shortest PKCS#10 with an RSA or EC key has more octets than this in base64. */
#define SHORTEST_REQUEST 150

static const struct {
    const char *name;
    ScepServiceFact fact;
    bool of_token;
} members[] = {
    { "transactionId", SCEP_FACT_TRANSACTION_ID, false },
    { "code", SCEP_FACT_CODE, false },
    { "errorDescription", SCEP_FACT_DESCRIPTION, false },
    { "certificateThumbprint", SCEP_FACT_THUMBPRINT, false },
    { "certificateSerialNumber", SCEP_FACT_SERIAL, false },
    { "certificateExpirationDateUtc", SCEP_FACT_EXPIRES, false },
    { "issuingCertificateAuthority", SCEP_FACT_CA, false },
    { "callerInfo", SCEP_FACT_CALLER, false },
    { "hResult", SCEP_FACT_HRESULT, false },
    { "error", SCEP_FACT_CODE, true },
    { "error_description", SCEP_FACT_DESCRIPTION, true },
};

/* What makes the name of a member that of a secret. */
static const char *const secret_words[] = { "challenge", "password", "token", "secret", "assertion" };

typedef struct {
    ScepServiceFacts *facts;
    const ScepServiceBody *body;
} Reader;

static bool names_a_secret(const char *name)
{
    char *lower = name != NULL ? g_ascii_strdown(name, -1) : NULL;
    bool found = false;

    for (size_t i = 0; lower != NULL && !found && i < G_N_ELEMENTS(secret_words); i++)
        found = strstr(lower, secret_words[i]) != NULL;
    g_free(lower);
    return found;
}

/* Base64 of a PKCS#10, with or without the lines that PEM has around it. @return scep_csr_free(); NULL for anything
 * else */
static ScepCsr *read_request(const char *text, bool reveal)
{
    ScepCsr *csr = NULL;
    gsize size = 0;

    if (strlen(text) < SHORTEST_REQUEST)
        return NULL;
    if (g_str_has_prefix(text, "-----BEGIN")) {
        const char *line = strpbrk(text, "\r\n");
        text = line != NULL ? line : "";
    }
    while (g_ascii_isspace(*text))
        text++;
    /* DER of this length begins with 0x30 0x82, or 0x30 0x81. */
    if (*text != 'M')
        return NULL;
    char *copy = g_strndup(text, strcspn(text, "-"));
    guchar *der = g_base64_decode(copy, &size);
    csr = scep_csr_new(der, size, reveal ? SCEP_CSR_REVEAL : 0);
    if (csr != NULL && (csr->broken || csr->truncated || csr->subject == NULL || csr->key_bits == 0))
        g_clear_pointer(&csr, scep_csr_free);
    OPENSSL_cleanse(der, size);
    OPENSSL_cleanse(copy, strlen(copy));
    g_free(der);
    g_free(copy);
    return csr;
}

/* A number, the text of one, or a sentence that has one. */
static void keep_number(ScepServiceFacts *facts, const char *text)
{
    const size_t size = strlen(text);
    ScepCodeInText found;

    if (scep_code_read(text, size, &facts->hresult)) {
        facts->has_hresult = true;
    } else if (scep_code_find(text, size, &found)) {
        facts->has_hresult = true;
        facts->hresult = found.code;
    }
}

static void keep_fact(Reader *reader, const char *name, const char *text)
{
    ScepServiceFacts *facts = reader->facts;
    const bool of_token = reader->body->service->body == SCEP_BODY_TOKEN;

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        const ScepServiceFact fact = members[i].fact;
        if (members[i].of_token != of_token || g_ascii_strcasecmp(members[i].name, name) != 0 ||
            facts->text[fact] != NULL)
            continue;
        facts->text[fact] = scep_service_new_text(text);
        if (fact == SCEP_FACT_HRESULT)
            keep_number(facts, text);
        return;
    }
}

static void look_at_text(Reader *reader, const cJSON *item)
{
    const char *text = item->valuestring;

    if (names_a_secret(item->string)) {
        scep_service_add_secret(reader->facts, item->string, text, reader->body->reveal);
        return;
    }
    if (reader->body->service->kind == SCEP_SERVICE_DISCOVERY && g_ascii_strcasecmp(text, SCEP_ENDPOINT) == 0)
        reader->facts->has_scep_endpoint = true;
    if (reader->facts->csr == NULL)
        reader->facts->csr = read_request(text, reader->body->reveal);
    if (item->string != NULL)
        keep_fact(reader, item->string, text);
}

static void look_at_number(Reader *reader, const cJSON *item)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (item->string == NULL)
        return;
    keep_fact(reader, item->string, g_ascii_formatd(text, sizeof text, "%.0f", item->valuedouble));
}

/* No deeper than SCEP_JSON_MAX_DEPTH, which was seen to before. */
static void look_at(Reader *reader, const cJSON *item)
{
    for (; item != NULL; item = item->next) {
        if (cJSON_IsString(item))
            look_at_text(reader, item);
        else if (cJSON_IsNumber(item))
            look_at_number(reader, item);
        else if (item->child != NULL)
            look_at(reader, item->child);
    }
}

static bool looks_like_json(const ScepServiceBody *body)
{
    size_t at = body->size >= 3 && memcmp(body->body, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (at < body->size && g_ascii_isspace(body->body[at]))
        at++;
    return at < body->size && (body->body[at] == '{' || body->body[at] == '[');
}

bool scep_service_read_json(const ScepServiceBody *body, ScepServiceFacts *facts)
{
    Reader reader = { facts, body };

    if (!looks_like_json(body))
        return false;
    if (scep_json_nests_too_deep(body->body, body->size)) {
        facts->problem = "The JSON of this body is nested too deeply to be read.";
        return false;
    }
    cJSON *json = scep_json_new(body->body, body->size);
    if (json == NULL) {
        facts->problem = body->missing > 0 ? "The capture lacks the end of this body, so its JSON cannot be read."
                                           : "The JSON of this body is damaged and cannot be read.";
        return false;
    }
    look_at(&reader, json);
    facts->lists_endpoints = body->service->kind == SCEP_SERVICE_DISCOVERY && cJSON_IsObject(json);
    scep_json_free(json);
    return true;
}
