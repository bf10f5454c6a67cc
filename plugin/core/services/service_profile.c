/* service_profile.c
 * Apple's SCEP payload: in a configuration profile, signed or not, in a command of an MDM server, and what a device
 * says when it could not take it (Apple, Device Management: SCEP, InstallProfileCommand, ErrorChain).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/crypto.h>
#include <string.h>

#include "scep/cms.h"
#include "scep/limits.h"
#include "services/plist.h"
#include "services/service_facts.h"
#include "services/service_read.h"

/* How far into a body its first element is looked for. */
#define PLIST_SEARCH 1024

/* Octets of one part of a name that are kept. */
#define LONGEST_NAME 256

typedef struct {
    const ScepServiceBody *body;
    ScepServiceFacts *facts;
    bool is_list; /* a property list was found */
} Reader;

static void read_octets(Reader *reader, const uint8_t *octets, size_t size, unsigned level);

/* ---- the payload ------------------------------------------------------------------------------------------------- */

static void append_some(GString *out, const char *text)
{
    g_string_append_len(out, text, (gssize)scep_service_fit(text, LONGEST_NAME));
}

static void add_node(Reader *reader, const char *identifier, const char *key, const char *setting, const char *value)
{
    GString *uri = g_string_new(SCEP_APPLE_PAYLOAD "/");

    append_some(uri, identifier);
    g_string_append_printf(uri, "/%s", key);
    const ScepMdmNode node = { .uri = uri->str, .value = (char *)value };
    scep_service_add_node(reader->facts, &node, setting, reader->body->reveal);
    g_string_free(uri, TRUE);
}

/* One relative name: an array of pairs of type and value. */
static void append_relative_name(GString *out, const ScepPlist *relative)
{
    bool is_first = true;

    for (const ScepPlist *pair = relative->first; pair != NULL; pair = pair->next) {
        const ScepPlist *type = pair->first, *value = type != NULL ? type->next : NULL;
        if (value == NULL || type->text == NULL || value->text == NULL)
            continue;
        if (!is_first)
            g_string_append_c(out, '+');
        append_some(out, type->text);
        g_string_append_c(out, '=');
        append_some(out, value->text);
        is_first = false;
    }
}

/* [[["C", "US"]], [["CN", "device"]]]; @return g_free(), NULL for none */
static char *subject_text(const ScepPlist *subject)
{
    GString *out = g_string_new(NULL);

    for (const ScepPlist *one = subject != NULL ? subject->first : NULL; one != NULL && out->len < SCEP_MAX_TEXT;
         one = one->next) {
        if (out->len > 0)
            g_string_append(out, ", ");
        append_relative_name(out, one);
    }
    return g_string_free(out, out->len == 0);
}

static void append_name(GString *out, const char *kind, const char *name)
{
    if (name == NULL || out->len >= SCEP_MAX_TEXT)
        return;
    g_string_append_printf(out, "%s%s:", out->len > 0 ? ", " : "", kind);
    append_some(out, name);
}

/* Each name is a string, or an array of them. */
static char *alternative_names_text(const ScepPlist *names)
{
    static const char *const kinds[][2] = { { "ntPrincipalName", "UPN" },
                                            { "rfc822Name", "EMAIL" },
                                            { "dNSName", "DNS" },
                                            { "uniformResourceIdentifier", "URI" } };
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const ScepPlist *several = scep_plist_get0(names, kinds[i][0], SCEP_PLIST_ARRAY);
        append_name(out, kinds[i][1], scep_plist_text(names, kinds[i][0]));
        for (const ScepPlist *one = several != NULL ? several->first : NULL; one != NULL; one = one->next)
            append_name(out, kinds[i][1], one->text);
    }
    return g_string_free(out, out->len == 0);
}

/* Upper-case hex of base64, as administrators know thumbprints. */
static char *hex_text(const ScepPlist *data)
{
    GString *out = g_string_new(NULL);
    gsize size = 0;
    guchar *octets = data != NULL ? g_base64_decode(data->text != NULL ? data->text : "", &size) : NULL;

    for (gsize i = 0; i < size && i < SCEP_MAX_FINGERPRINT; i++)
        g_string_append_printf(out, "%02X", octets[i]);
    g_free(octets);
    return g_string_free(out, out->len == 0);
}

/* A bit mask: 1 is signing, 4 is encryption (Apple, SCEP.PayloadContent). */
static char *key_usage_text(const ScepPlist *usage)
{
    static const char *const words[] = {
        [1] = " (signature)", [4] = " (encryption)", [5] = " (signature and encryption)"
    };
    const gint64 bits = usage != NULL ? g_ascii_strtoll(usage->text != NULL ? usage->text : "", NULL, 10) : -1;

    if (bits < 0)
        return NULL;
    const bool has_word = (gsize)bits < G_N_ELEMENTS(words) && words[bits] != NULL;
    return g_strdup_printf("%" G_GINT64_FORMAT "%s", bits, has_word ? words[bits] : "");
}

static void add_plain_settings(Reader *reader, const char *identifier, const ScepPlist *content)
{
    static const struct {
        const char *key;
        ScepPlistType type;
        const char *setting;
    } rows[] = {
        { "URL", SCEP_PLIST_STRING, "ServerURL" },       { "Name", SCEP_PLIST_STRING, "CAIdentifier" },
        { "Keysize", SCEP_PLIST_NUMBER, "KeyLength" },   { "Key Type", SCEP_PLIST_STRING, "KeyType" },
        { "Retries", SCEP_PLIST_NUMBER, "RetryCount" },  { "RetryDelay", SCEP_PLIST_NUMBER, "RetryDelay" },
        { "Challenge", SCEP_PLIST_STRING, "Challenge" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const ScepPlist *value = scep_plist_get0(content, rows[i].key, rows[i].type);
        if (value != NULL)
            add_node(reader, identifier, rows[i].key, rows[i].setting, value->text);
    }
}

static void read_payload(Reader *reader, const ScepPlist *payload)
{
    const ScepPlist *content = scep_plist_get0(payload, "PayloadContent", SCEP_PLIST_DICT);
    const char *identifier = scep_plist_text(payload, "PayloadIdentifier");
    const struct {
        const char *key;
        const char *setting;
        char *value;
    } rows[] = {
        { "Subject", "SubjectName", subject_text(scep_plist_get0(content, "Subject", SCEP_PLIST_ARRAY)) },
        { "SubjectAltName", "SubjectAlternativeNames",
          alternative_names_text(scep_plist_get0(content, "SubjectAltName", SCEP_PLIST_DICT)) },
        { "Key Usage", "KeyUsage", key_usage_text(scep_plist_get0(content, "Key Usage", SCEP_PLIST_NUMBER)) },
        { "CAFingerprint", "CAThumbprint", hex_text(scep_plist_get0(content, "CAFingerprint", SCEP_PLIST_DATA)) },
    };

    if (identifier == NULL)
        identifier = scep_plist_text(payload, "PayloadUUID");
    if (identifier == NULL)
        identifier = "";
    add_plain_settings(reader, identifier, content);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].value != NULL)
            add_node(reader, identifier, rows[i].key, rows[i].setting, rows[i].value);
        g_free(rows[i].value);
    }
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

/* What a device says of a SCEP payload that failed: the code of MCSCEPErrorDomain, and a sentence. */
static void read_error(Reader *reader, const ScepPlist *error)
{
    const char *domain = scep_plist_text(error, "ErrorDomain");
    const ScepPlist *code = scep_plist_get0(error, "ErrorCode", SCEP_PLIST_NUMBER);
    const char *words = scep_plist_text(error, "USEnglishDescription");

    if (domain == NULL || strstr(domain, "SCEP") == NULL || code == NULL)
        return;
    GString *uri = g_string_new(SCEP_APPLE_PAYLOAD "/");
    append_some(uri, domain);
    g_string_append(uri, "/ErrorCode");
    const ScepMdmNode node = { .uri = uri->str, .value = code->text, .is_result = true };
    scep_service_add_node(reader->facts, &node, "ErrorCode", false);
    g_string_free(uri, TRUE);
    if (words == NULL)
        words = scep_plist_text(error, "LocalizedDescription");
    if (words != NULL && reader->facts->text[SCEP_FACT_DESCRIPTION] == NULL)
        reader->facts->text[SCEP_FACT_DESCRIPTION] = scep_service_new_text(words);
}

/* The profile that a command installs (InstallProfileCommand, Payload). */
static void read_command(Reader *reader, const ScepPlist *command, unsigned level)
{
    const ScepPlist *payload = scep_plist_get0(command, "Payload", SCEP_PLIST_DATA);
    gsize size = 0;

    if (payload == NULL || payload->text == NULL)
        return;
    guchar *profile = g_base64_decode(payload->text, &size);
    read_octets(reader, profile, size, level + 1);
    OPENSSL_cleanse(profile, size);
    g_free(profile);
}

/* No deeper than SCEP_XML_MAX_DEPTH, which was seen to before. */
static void read_values(Reader *reader, const ScepPlist *value, unsigned level)
{
    for (; value != NULL; value = value->next) {
        if (value->type == SCEP_PLIST_DICT) {
            if (g_strcmp0(scep_plist_text(value, "PayloadType"), SCEP_APPLE_PAYLOAD) == 0)
                read_payload(reader, value);
            if (g_strcmp0(scep_plist_text(value, "RequestType"), "InstallProfile") == 0)
                read_command(reader, value, level);
            if (scep_plist_get0(value, "EncryptedPayloadContent", SCEP_PLIST_DATA) != NULL)
                reader->facts->problem = "The profile is encrypted for its device: it is not read.";
            read_error(reader, value);
        }
        read_values(reader, value->first, level);
    }
}

static void read_list(Reader *reader, const uint8_t *xml, size_t size, unsigned level)
{
    bool is_whole;
    ScepPlist *list = scep_plist_new(xml, size, &is_whole);

    reader->is_list = true;
    read_values(reader, list, level);
    scep_plist_free(list);
    if (!is_whole && reader->facts->problem == NULL)
        reader->facts->problem = reader->body->missing > 0
                                     ? "The capture lacks the end of this property list: what comes before it is shown."
                                     : "This property list is damaged: what comes before the damage is shown.";
}

/* A signed profile is the content of CMS SignedData; who signed it is for Wireshark to show. */
static void read_signed(Reader *reader, const uint8_t *octets, size_t size, unsigned level)
{
    ScepMessage *message = scep_message_new(octets, size, 0);
    size_t length = 0;
    const uint8_t *content = scep_octets_get0_data(octets, &message->content, &length);

    read_octets(reader, content, length, level + 1);
    scep_message_free(message);
}

static void read_octets(Reader *reader, const uint8_t *octets, size_t size, unsigned level)
{
    static const char binary[] = "bplist00";

    if (size == 0 || level > SCEP_PROFILE_MAX_LAYERS)
        return;
    if (scep_message_is_signed_data(octets, size)) {
        read_signed(reader, octets, size, level);
    } else if (size >= sizeof binary - 1 && memcmp(octets, binary, sizeof binary - 1) == 0) {
        reader->is_list = true;
        reader->facts->is_binary = true;
        reader->facts->problem = "This property list is binary: it is not read.";
    } else if (g_strstr_len((const char *)octets, (gssize)MIN(size, PLIST_SEARCH), "<plist") != NULL) {
        read_list(reader, octets, size, level);
    }
}

bool scep_service_read_profile(const ScepServiceBody *body, ScepServiceFacts *facts)
{
    Reader reader = { .body = body, .facts = facts };

    read_octets(&reader, body->body, body->size, 0);
    return reader.is_list;
}
