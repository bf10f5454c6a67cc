/* rules_facts.c
 * What the facts of requests tell when they are held against each other, and against what came of them: what only the
 * refused ones have, forms that servers are known not to read, and what was asked for and not given.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/x509v3.h>
#include <string.h>

#include "diagnosis/rule.h"
#include "scep/crypto.h"
#include "tracker/issued.h"
#include "tracker/tracker.h"

/* ---- only the refused requests have it --------------------------------------------------------------------------- */

#define BIT(kind) (1u << SCEP_FACT_OF_##kind)
#define EVERYTHING (BIT(FORM) | BIT(CONTENT) | BIT(CARRIAGE))

/* How far a server came with a request that it answers so, and which facts may have stopped it there. */
static const struct {
    uint16_t from; /* HTTP status */
    uint16_t to;
    unsigned kinds;
} stops[] = {
    { 400, 400, EVERYTHING },    { 401, 411, BIT(CARRIAGE) }, { 412, 412, EVERYTHING },
    { 413, 421, BIT(CARRIAGE) }, { 422, 422, EVERYTHING },    { 500, 500, EVERYTHING },
};

static unsigned kinds_that_stop(const ScepExchange *exchange)
{
    /* Who signs a refusal has read the message. */
    if (exchange->pki_status == SCEP_STATUS_FAILURE)
        return exchange->fail_info == SCEP_FAIL_BAD_ALG || exchange->fail_info == SCEP_FAIL_BAD_MESSAGE_CHECK
                   ? BIT(FORM) | BIT(CONTENT)
                   : BIT(CONTENT);
    for (size_t i = 0; i < G_N_ELEMENTS(stops); i++) {
        if (exchange->status >= stops[i].from && exchange->status <= stops[i].to)
            return stops[i].kinds;
    }
    return exchange->response_is_page ? BIT(CARRIAGE) : 0;
}

/* What a rule knows of this request goes before a difference. */
static bool is_explained(const ScepCase *about)
{
    for (const ScepFinding *finding = scep_exchange_get0_findings(about->diagnosis, about->exchange, false);
         finding != NULL; finding = finding->next) {
        if (finding->severity == SCEP_SEVERITY_ERROR)
            return true;
    }
    for (const ScepFinding *finding = scep_exchange_get0_findings(about->diagnosis, about->exchange, true);
         finding != NULL; finding = finding->next) {
        if (finding->severity == SCEP_SEVERITY_ERROR &&
            !scep_hint_explains(SCEP_HINT_only_refused_have, (ScepHintId)finding->hint))
            return true;
    }
    return false;
}

/* An error where the server gave no reason of its own; beside a reason that it signed the difference is a remark. */
static ScepSeverity weight_of(const ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    if (is_explained(about))
        return SCEP_SEVERITY_NOTE;
    if (exchange->pki_status != SCEP_STATUS_FAILURE)
        return SCEP_SEVERITY_ERROR;
    return exchange->fail_info == SCEP_FAIL_BAD_ALG || exchange->fail_info == SCEP_FAIL_BAD_MESSAGE_CHECK
               ? SCEP_SEVERITY_WARNING
               : SCEP_SEVERITY_NOTE;
}

/* Beside a reason that is known only what all the refused ones share is worth a word. */
static bool only_refused_have(ScepCase *about)
{
    const unsigned kinds = kinds_that_stop(about->exchange);
    ScepApart apart;

    if (about->outcome != SCEP_OUTCOME_REFUSED || about->diagnosis->contrast == NULL)
        return false;
    if (kinds != 0 && scep_contrast_apart(about->diagnosis->contrast, about->exchange, kinds, &apart))
        about->most = weight_of(about);
    else if (scep_contrast_apart(about->diagnosis->contrast, about->exchange, EVERYTHING | BIT(IDENTITY), &apart))
        about->most = SCEP_SEVERITY_NOTE;
    else
        return false;
    if (about->most == SCEP_SEVERITY_NOTE && apart.differences[0].shared < apart.refused)
        return false;
    about->evidence.detail = scep_apart_new_text(&apart);
    return true;
}

/* ---- forms ------------------------------------------------------------------------------------------------------- */

static const char *fact_of(const ScepExchange *exchange, ScepFactId fact)
{
    return exchange->facts != NULL ? exchange->facts->value[fact] : NULL;
}

static bool fact_is(const ScepExchange *exchange, ScepFactId fact, const char *text)
{
    const char *value = fact_of(exchange, fact);

    return value != NULL && strcmp(value, text) == 0;
}

static bool is_contradicted(const ScepCase *about, ScepFactId fact)
{
    return about->diagnosis->contrast == NULL ||
           scep_contrast_was_read(about->diagnosis->contrast, about->exchange, fact);
}

/* Refused by who may not have been able to read it: an error of HTTP without a meaning of its own, or badMessageCheck.
 */
static bool was_not_read(const ScepExchange *exchange)
{
    return exchange->pki_status == SCEP_STATUS_FAILURE
               ? exchange->fail_info == SCEP_FAIL_BAD_MESSAGE_CHECK
               : exchange->status == 400 || exchange->status == 422 || exchange->status == 500;
}

/* Where others were served, the difference says more. */
static bool form_sets_apart(const ScepCase *about)
{
    ScepApart apart;

    return about->diagnosis->contrast != NULL &&
           scep_contrast_apart(about->diagnosis->contrast, about->exchange, BIT(FORM), &apart);
}

/* Legal BER that servers built on readers of DER take for damage (smallstep/certificates#908). NDES reads it. */
static bool ber_not_read(ScepCase *about)
{
    static const struct {
        ScepFactId fact;
        const char *value;
        const char *words;
    } forms[] = {
        { SCEP_REQUEST_FACT_encrypted_content, "constructed of pieces (BER)",
          "encryptedContent is put together of pieces" },
        { SCEP_REQUEST_FACT_content, "constructed of pieces (BER)",
          "the content of the SignedData is put together of pieces" },
        { SCEP_REQUEST_FACT_envelope_lengths, "BER", "the EnvelopedData has indefinite lengths" },
        { SCEP_REQUEST_FACT_message_lengths, "BER", "the SignedData has indefinite lengths" },
    };
    const ScepExchange *exchange = about->exchange;

    /* Where the server's words are known, it is said there. */
    if (scep_findings_get0_of(scep_exchange_get0_findings(about->diagnosis, exchange, true),
                              SCEP_HINT_server_cannot_read_ber) != NULL)
        return false;
    if (about->outcome != SCEP_OUTCOME_REFUSED || exchange->path_kind == SCEP_PATH_NDES || !was_not_read(exchange) ||
        !fact_is(exchange, SCEP_REQUEST_FACT_digest_check, "good") ||
        !fact_is(exchange, SCEP_REQUEST_FACT_signature_check, "good"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (!fact_is(exchange, forms[i].fact, forms[i].value))
            continue;
        if (is_contradicted(about, forms[i].fact) || form_sets_apart(about))
            return false;
        about->evidence.detail =
            g_strdup_printf("In this request %s; its digest and its signature are good", forms[i].words);
        return true;
    }
    return false;
}

/* ---- a key that nothing can be encrypted to ---------------------------------------------------------------------- */

static bool all_are_rsa(const GPtrArray *certificates)
{
    for (guint i = 0; certificates != NULL && i < certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(certificates, i);
        if (certificate == NULL || strcmp(certificate->key_algorithm, "RSA") != 0)
            return false;
    }
    return certificates != NULL && certificates->len > 0;
}

static const ScepExchange *accepted_before(const ScepExchange *decisive)
{
    for (const ScepExchange *one = decisive->enrollment->first; one != NULL && one != decisive; one = one->next) {
        if (one->pki_status == SCEP_STATUS_PENDING)
            return one;
    }
    return NULL;
}

/* RFC 8894 3.2.2: the answer is encrypted to the key of the request's signer. Key transport takes an RSA key; a server
 * with RSA alone takes the request, and fails when it has to make the answer (OmniTrustILM/core#1834). */
static bool answer_cannot_be_made(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    if (about->outcome != SCEP_OUTCOME_REFUSED || exchange->status < 500 || exchange->pki_status >= 0 ||
        !fact_is(exchange, SCEP_REQUEST_FACT_signer_algorithm, "EC") || !all_are_rsa(exchange->server->certificates) ||
        is_contradicted(about, SCEP_REQUEST_FACT_signer_algorithm))
        return false;
    const ScepExchange *accepted = accepted_before(exchange);
    if (accepted == NULL && exchange->status != 500)
        return false;
    about->evidence.detail = g_strdup_printf(
        "The key of the device is %s, those of the server are RSA%s", fact_of(exchange, SCEP_REQUEST_FACT_signer_key),
        accepted != NULL ? "; the request was taken (PENDING), and each answer that would deliver fails" : "");
    if (accepted != NULL)
        scep_case_also(about, accepted->response_frame);
    scep_case_also(about, exchange->server->cacert_frame);
    return true;
}

/* ---- asked for and not given ------------------------------------------------------------------------------------- */

#define OID_SID "1.3.6.1.4.1.311.25.2"

/* A name that says what the extension says (KB5014754). */
#define SID_NAME "URI:tag:microsoft.com,2022-09-14:sid:"

static bool has_sid_name(const ScepCertificate *certificate)
{
    for (guint i = 0; certificate->alternative_names != NULL && i < certificate->alternative_names->len; i++) {
        if (g_str_has_prefix(g_ptr_array_index(certificate->alternative_names, i), SID_NAME))
            return true;
    }
    return false;
}

static X509 *read_x509(const ScepCertificate *certificate)
{
    size_t size;
    const unsigned char *der = g_bytes_get_data(certificate->der, &size);

    return d2i_X509(NULL, &der, (long)size);
}

static bool has_extension(const X509 *x509, const char *dotted)
{
    ASN1_OBJECT *wanted = OBJ_txt2obj(dotted, 1);
    const bool has = wanted != NULL && X509_get_ext_by_OBJ(x509, wanted, -1) >= 0;

    ASN1_OBJECT_free(wanted);
    return has;
}

static bool sid_left_out(ScepCase *about)
{
    const ScepCertificate *issued = scep_exchange_get0_issued(about->exchange, about->response);

    if (issued == NULL || !fact_is(about->exchange, SCEP_REQUEST_FACT_csr_sid, "yes") || has_sid_name(issued))
        return false;
    X509 *x509 = read_x509(issued);
    const bool lacks = x509 != NULL && !has_extension(x509, OID_SID);
    X509_free(x509);
    return lacks;
}

/* Names as the PKCS#10's are: of the catalogue, else dotted. @return g_string_free() */
static GString *purposes_of(const ScepCertificate *certificate)
{
    X509 *x509 = read_x509(certificate);
    EXTENDED_KEY_USAGE *usage = x509 != NULL ? X509_get_ext_d2i(x509, NID_ext_key_usage, NULL, NULL) : NULL;
    GString *text = g_string_new(", ");

    for (int i = 0; usage != NULL && i < sk_ASN1_OBJECT_num(usage); i++) {
        char dotted[80];
        OBJ_obj2txt(dotted, sizeof dotted, sk_ASN1_OBJECT_value(usage, i), 1);
        const ScepOid *oid = scep_oid_find(dotted);
        g_string_append_printf(text, "%s, ", oid != NULL ? oid->name : dotted);
    }
    EXTENDED_KEY_USAGE_free(usage);
    X509_free(x509);
    return text;
}

/* "DNS, UPN" of what the certificate has, with the same marks around. */
static GString *name_kinds_of(const ScepCertificate *certificate)
{
    GString *text = g_string_new(", ");

    for (guint i = 0; certificate->alternative_names != NULL && i < certificate->alternative_names->len; i++) {
        const char *name = g_ptr_array_index(certificate->alternative_names, i);
        g_string_append_printf(text, "%.*s, ", (int)strcspn(name, ":"), name);
    }
    return text;
}

/* Appends what was asked for and is not among what was given. @param given  each with ", " on both sides; taken over */
static void add_missing(GString *out, const char *what, const char *asked, GString *given)
{
    char **names = asked != NULL && strcmp(asked, "none") != 0 ? g_strsplit(asked, ", ", -1) : NULL;
    unsigned missing = 0;

    /* A list that did not fit ends in half a name. */
    if (asked != NULL && strlen(asked) >= SCEP_FACT_ROOM - 1)
        g_clear_pointer(&names, g_strfreev);
    for (char **name = names; name != NULL && *name != NULL; name++) {
        char *wanted = g_strdup_printf(", %s, ", *name);
        if (strstr(given->str, wanted) == NULL) {
            if (missing++ == 0)
                g_string_append_printf(out, "%s%s: %s", out->len > 0 ? "; " : "", what, *name);
            else
                g_string_append_printf(out, ", %s", *name);
        }
        g_free(wanted);
    }
    g_strfreev(names);
    g_string_free(given, TRUE);
}

/* What the CA's template decides, it decides without a word. */
static bool asked_and_not_given(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const ScepCertificate *issued = scep_exchange_get0_issued(exchange, about->response);

    if (issued == NULL || exchange->facts == NULL)
        return false;
    GString *missing = g_string_new(NULL);
    add_missing(missing, "extended key usage", fact_of(exchange, SCEP_REQUEST_FACT_csr_purposes), purposes_of(issued));
    add_missing(missing, "alternative names of the kind", fact_of(exchange, SCEP_REQUEST_FACT_csr_names),
                name_kinds_of(issued));
    about->evidence.detail = g_string_free(missing, missing->len == 0);
    return about->evidence.detail != NULL;
}

static const ScepRule rules[] = {
    { SCEP_HINT_ec_key_not_delivered, SCEP_AT_ENROLLMENT_END, answer_cannot_be_made, 0 },
    { SCEP_HINT_only_refused_have, SCEP_AT_ENROLLMENT_END, only_refused_have, 0 },
    { SCEP_HINT_ber_not_read, SCEP_AT_ENROLLMENT_END, ber_not_read, 0 },
    { SCEP_HINT_issued_lacks_sid, SCEP_ON_ANSWER, sid_left_out, 0 },
    { SCEP_HINT_issued_lacks_asked, SCEP_ON_ANSWER, asked_and_not_given, 0 },
};

const ScepRuleTable scep_rules_facts = { .rules = rules, .count = G_N_ELEMENTS(rules) };
