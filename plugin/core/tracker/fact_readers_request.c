/* fact_readers_request.c
 * Facts of a request around its CMS layers: what the PKCS#10 asks for, how HTTP carries it, who sends it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "cms/csr.h"
#include "tracker/fact_readers.h"

/* Servers and proxies have limits at about these sizes. */
static const char *size_class(size_t octets)
{
    return octets > 16384  ? "over 16 KB"
           : octets > 8192 ? "8 to 16 KB"
           : octets > 4096 ? "4 to 8 KB"
           : octets > 2048 ? "2 to 4 KB"
                           : "up to 2 KB";
}

/* ---- PKCS#10 ----------------------------------------------------------------------------------------------------- */

const char *scep_fact_csr_signature(ScepFactReading *reading)
{
    if (reading->csr == NULL || reading->request->checks == NULL)
        return NULL;
    return scep_fact_verdict(reading->request->checks->csr_signature);
}

const char *scep_fact_csr_algorithm(ScepFactReading *reading)
{
    return reading->csr != NULL ? reading->csr->signature_algorithm : NULL;
}

const char *scep_fact_csr_version(ScepFactReading *reading)
{
    if (reading->csr == NULL)
        return NULL;
    g_snprintf(reading->room, sizeof reading->room, "%d", reading->csr->version + 1);
    return reading->csr->version < 0 ? "absent" : reading->room;
}

const char *scep_fact_csr_key_match(ScepFactReading *reading)
{
    if (reading->csr == NULL || reading->signer == NULL || reading->csr->spki_der.length == 0)
        return NULL;
    return memcmp(reading->csr->spki_sha256, reading->signer->spki_sha256, sizeof reading->csr->spki_sha256) == 0
               ? "the same"
               : "two keys";
}

const char *scep_fact_csr_name_match(ScepFactReading *reading)
{
    if (reading->csr == NULL || reading->signer == NULL || reading->csr->subject == NULL)
        return NULL;
    return strcmp(reading->csr->subject, reading->signer->subject) == 0 ? "the same" : "two names";
}

/* Appends a text to a list, once. */
static void add_once(ScepFactReading *reading, const char *text, size_t length)
{
    const size_t used = strlen(reading->room);
    char **known = g_strsplit(reading->room, ", ", -1);
    bool found = false;
    for (char **one = known; *one != NULL && !found; one++)
        found = strlen(*one) == length && strncmp(*one, text, length) == 0;
    g_strfreev(known);
    if (!found)
        g_snprintf(reading->room + used, sizeof reading->room - used, "%s%.*s", used ? ", " : "", (int)length, text);
}

/* "CN, O, C": the types in order, not the values. A backslash stands in front of a comma that separates nothing. */
const char *scep_fact_csr_subject(ScepFactReading *reading)
{
    const char *subject = reading->csr != NULL ? reading->csr->subject : NULL;

    if (subject == NULL)
        return NULL;
    while (subject[0] != '\0') {
        const size_t type = strcspn(subject, "=");
        if (subject[type] == '\0')
            break;
        add_once(reading, subject, type);
        const char *end = subject + type;
        while (*end != '\0' && !(*end == ',' && end[-1] != '\\'))
            end++;
        subject = end + strspn(end, ", ");
    }
    return reading->room[0] != '\0' ? reading->room : "empty";
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, so that the order in which they are asked for sets nothing apart. @param until  where each text ends; NULL
 * for its end */
static const char *list(ScepFactReading *reading, const GPtrArray *texts, const char *until)
{
    GPtrArray *sorted = g_ptr_array_sized_new(texts->len);

    for (guint i = 0; i < texts->len; i++)
        g_ptr_array_add(sorted, g_ptr_array_index(texts, i));
    g_ptr_array_sort(sorted, by_text);
    for (guint i = 0; i < sorted->len; i++) {
        const char *text = g_ptr_array_index(sorted, i);
        add_once(reading, text, until != NULL ? strcspn(text, until) : strlen(text));
    }
    g_ptr_array_unref(sorted);
    return reading->room[0] != '\0' ? reading->room : "none";
}

const char *scep_fact_csr_purposes(ScepFactReading *reading)
{
    return reading->csr != NULL ? list(reading, reading->csr->purposes, NULL) : NULL;
}

/* Their kinds: "DNS, URI". */
const char *scep_fact_csr_names(ScepFactReading *reading)
{
    return reading->csr != NULL ? list(reading, reading->csr->alternative_names, ":") : NULL;
}

const char *scep_fact_csr_extensions(ScepFactReading *reading)
{
    return reading->csr != NULL ? list(reading, reading->csr->extensions, NULL) : NULL;
}

const char *scep_fact_csr_sid(ScepFactReading *reading)
{
    for (guint i = 0; reading->csr != NULL && i < reading->csr->items->len; i++) {
        if (strcmp(g_array_index(reading->csr->items, ScepCsrItem, i).name, "SID") == 0)
            return "yes";
    }
    return reading->csr != NULL ? "no" : NULL;
}

const char *scep_fact_csr_template(ScepFactReading *reading)
{
    if (reading->csr == NULL)
        return NULL;
    return reading->csr->template_name != NULL  ? reading->csr->template_name
           : reading->csr->template_oid != NULL ? reading->csr->template_oid
                                                : "none";
}

/* The enrollment stands in for its name. */
const char *scep_fact_name_taken(ScepFactReading *reading)
{
    const ScepEnrollment *own = reading->exchange->enrollment;

    if (reading->csr == NULL || own == NULL || own->subject == NULL || own->subject[0] == '\0')
        return NULL;
    const ScepEnrollment *taken = g_hash_table_lookup(reading->tracker->granted_names, own);
    return taken != NULL && taken != own ? "has a certificate of this server already" : "has none seen here";
}

/* ---- challenge: nothing of it but its kind ----------------------------------------------------------------------- */

const char *scep_fact_challenge(ScepFactReading *reading)
{
    if (reading->csr == NULL)
        return NULL;
    if (!reading->csr->challenge.present)
        return "none";
    const char *kind = scep_challenge_kind_text(reading->csr->challenge.kind);
    return kind != NULL ? kind : "a password";
}

const char *scep_fact_challenge_use(ScepFactReading *reading)
{
    if (reading->csr == NULL || !reading->csr->challenge.present)
        return NULL;
    return scep_exchange_same_challenge(reading->exchange) != 0 ? "used before" : "used for the first time here";
}

/* ---- HTTP -------------------------------------------------------------------------------------------------------- */

const char *scep_fact_base64(ScepFactReading *reading)
{
    static const struct {
        unsigned flag;
        const char *text;
    } forms[] = {
        { SCEP_B64_TRUNCATED, "breaks off" },
        { SCEP_B64_INVALID, "has characters that do not belong there" },
        { SCEP_B64_SPACE_FOR_PLUS, "has blanks in place of \"+\"" },
        { SCEP_B64_RAW_PLUS, "has \"+\" without an escape" },
        { SCEP_B64_DOUBLE_ESCAPED, "escaped twice" },
        { SCEP_B64_URL_SAFE, "URL-safe alphabet" },
        { SCEP_B64_LINE_BREAKS, "has line breaks" },
        { SCEP_B64_NO_PADDING, "without padding" },
        { SCEP_B64_PERCENT_ESCAPED, "escaped as RFC 8894 asks" },
    };
    const ScepRequest *request = reading->request;

    if (!request->is_get || request->host == NULL)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (request->base64_flags & forms[i].flag)
            return forms[i].text;
    }
    return "nothing to escape";
}

const char *scep_fact_base64_body(ScepFactReading *reading)
{
    if (reading->message == NULL || reading->request->is_get)
        return NULL;
    return reading->request->is_base64_body ? "base64 text" : "binary";
}

const char *scep_fact_method(ScepFactReading *reading)
{
    return reading->request->is_get ? "GET" : "POST";
}

/* The Host field stands among the others, so where it is known they all are. */
const char *scep_fact_content_type(ScepFactReading *reading)
{
    const ScepRequest *request = reading->request;

    if (request->is_get || request->host == NULL)
        return NULL;
    return request->content_type != NULL ? request->content_type : "none";
}

static size_t name_length(const char *host)
{
    return host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
}

const char *scep_fact_host(ScepFactReading *reading)
{
    const char *host = reading->request->host;

    if (host == NULL)
        return NULL;
    g_snprintf(reading->room, sizeof reading->room, "%.*s", (int)MIN(name_length(host), strlen(host)), host);
    return reading->room;
}

const char *scep_fact_host_port(ScepFactReading *reading)
{
    const char *host = reading->request->host;

    if (host == NULL)
        return NULL;
    return strlen(host) > name_length(host) ? "named" : "not named";
}

const char *scep_fact_path(ScepFactReading *reading)
{
    return reading->request->path;
}

const char *scep_fact_url_length(ScepFactReading *reading)
{
    const size_t length = reading->request->target_length;

    if (!reading->request->is_get || length == 0)
        return NULL;
    return size_class(length);
}

const char *scep_fact_queries(ScepFactReading *reading)
{
    const ScepEnrollment *enrollment = reading->exchange->enrollment;
    bool caps = false, certificates = false;

    if (enrollment == NULL)
        return NULL;
    for (const ScepExchange *one = enrollment->first; one != NULL && one->operation != SCEP_OP_PKIOPERATION;
         one = one->next) {
        caps |= one->operation == SCEP_OP_GETCACAPS;
        certificates |= one->operation == SCEP_OP_GETCACERT;
    }
    return caps && certificates ? "GetCACaps and GetCACert"
           : caps               ? "GetCACaps alone"
           : certificates       ? "GetCACert alone"
                                : "nothing that was captured";
}

const char *scep_fact_again(ScepFactReading *reading)
{
    if (reading->message == NULL || scep_exchange_is_copy(reading->exchange))
        return NULL;
    return reading->exchange->repeats != NULL ? "was sent before" : "is new";
}

/* ---- who --------------------------------------------------------------------------------------------------------- */

const char *scep_fact_message_type(ScepFactReading *reading)
{
    if (reading->message == NULL)
        return NULL;
    const char *name = scep_message_type_name(reading->message->message_type);
    return name != NULL ? name : reading->message->message_type_other != NULL ? "another" : "none";
}

const char *scep_fact_size(ScepFactReading *reading)
{
    const size_t size = reading->request->body_size;

    if (reading->message == NULL)
        return NULL;
    return size_class(size);
}

const char *scep_fact_client(ScepFactReading *reading)
{
    return scep_client_guess_name(reading->exchange->client_guess);
}

const char *scep_fact_user_agent(ScepFactReading *reading)
{
    const char *agent = reading->request->user_agent;

    if (reading->request->host == NULL)
        return NULL;
    if (agent == NULL)
        return "none";
    g_snprintf(reading->room, sizeof reading->room, "%.100s", agent);
    return reading->room;
}
