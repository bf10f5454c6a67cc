/* csr_attributes.c
 * Attributes and requested extensions of a PKCS#10 request, Microsoft's above all ([MS-WCCE] 2.2.2.7).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <openssl/x509v3.h>
#include <string.h>

#include "asn1/asn1_text.h"
#include "cms/csr.h"
#include "scep/limits.h"
#include "scep/catalogue.h"
#include "cms/x509_text.h"

/* ---- attributes -------------------------------------------------------------------------------------------------- */

typedef void (*ValueReader)(ScepCsr *csr, const char *dotted, const uint8_t *der, const ScepBer *value, ScepSpan where);

/* The text members of a SEQUENCE, in order. @return of char*, g_ptr_array_unref() */
static GPtrArray *read_strings(const uint8_t *der, const ScepBer *sequence)
{
    GPtrArray *strings = g_ptr_array_new_with_free_func(g_free);
    ScepBer item;

    for (ScepBerError error = scep_ber_first(der, sequence, &item); error == SCEP_BER_OK && strings->len < 8;
         error = scep_ber_next(der, sequence, &item, &item)) {
        char *text = scep_string_new_text(der, &item);
        if (text != NULL)
            g_ptr_array_add(strings, text);
    }
    return strings;
}

/* The first INTEGER of a SEQUENCE; 0 when there is none that fits. */
static uint32_t read_first_number(const uint8_t *der, const ScepBer *sequence)
{
    ScepBer item;
    uint32_t number = 0;

    if (scep_ber_first(der, sequence, &item) != SCEP_BER_OK ||
        !scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_INTEGER) || item.content.length > sizeof number)
        return 0;
    for (size_t i = 0; i < item.content.length; i++)
        number = number << 8 | der[item.content.offset + i];
    return number;
}

/* EnrollmentNameValuePair ::= SEQUENCE { name BMPString, value BMPString }, [MS-WCCE] 2.2.2.7.10 */
static void read_pair(ScepCsr *csr, const char *dotted, const uint8_t *der, const ScepBer *value, ScepSpan where)
{
    GPtrArray *strings = read_strings(der, value);

    if (strings->len >= 2)
        scep_csr_take_item(csr, dotted, g_strdup(g_ptr_array_index(strings, 0)),
                           g_strdup(g_ptr_array_index(strings, 1)), where);
    else
        csr->broken = true;
    g_ptr_array_unref(strings);
}

/* CSPProvider ::= SEQUENCE { keySpec INTEGER, cspName BMPString, signature BIT STRING } */
static void read_provider(ScepCsr *csr, const char *dotted, const uint8_t *der, const ScepBer *value, ScepSpan where)
{
    GPtrArray *strings = read_strings(der, value);

    if (strings->len >= 1)
        scep_csr_take_item(csr, dotted, g_strdup("CSP"),
                           g_strdup_printf("%s (key specification %u)", (const char *)g_ptr_array_index(strings, 0),
                                           read_first_number(der, value)),
                           where);
    else
        csr->broken = true;
    g_ptr_array_unref(strings);
}

/* ClientIdInfo ::= SEQUENCE { clientId INTEGER, MachineName, UserName, ProcessName UTF8String } */
static void read_client(ScepCsr *csr, const char *dotted, const uint8_t *der, const ScepBer *value, ScepSpan where)
{
    static const char *const names[] = { "machine", "user", "program" };
    GPtrArray *strings = read_strings(der, value);
    GString *text = g_string_new(NULL);

    g_string_printf(text, "client id %u", read_first_number(der, value));
    for (guint i = 0; i < strings->len && i < G_N_ELEMENTS(names); i++)
        g_string_append_printf(text, ", %s %s", names[i], (const char *)g_ptr_array_index(strings, i));
    scep_csr_take_item(csr, dotted, g_strdup("client"), g_string_free(text, FALSE), where);
    g_ptr_array_unref(strings);
}

static void read_text_as(ScepCsr *csr, const char *dotted, const char *name, const uint8_t *der, const ScepBer *value,
                         ScepSpan where)
{
    char *text = scep_string_new_text(der, value);

    if (text != NULL)
        scep_csr_take_item(csr, dotted, g_strdup(name), text, where);
    else
        csr->broken = true;
}

static void read_os_version(ScepCsr *csr, const char *dotted, const uint8_t *der, const ScepBer *value, ScepSpan where)
{
    read_text_as(csr, dotted, "OS version", der, value, where);
}

static void read_unstructured(ScepCsr *csr, const char *dotted, const uint8_t *der, const ScepBer *value,
                              ScepSpan where)
{
    read_text_as(csr, dotted, scep_oid_find(dotted)->name, der, value, where);
}

static void read_extensions(ScepCsr *csr, const uint8_t *der, const ScepBer *extensions);

static void read_extension_request(ScepCsr *csr, G_GNUC_UNUSED const char *dotted, const uint8_t *der,
                                   const ScepBer *value, G_GNUC_UNUSED ScepSpan where)
{
    read_extensions(csr, der, value);
}

static const struct {
    const char *oid;
    ValueReader read;
} attributes[] = {
    { "1.2.840.113549.1.9.14", read_extension_request },   /* extensionRequest */
    { "1.3.6.1.4.1.311.2.1.14", read_extension_request },  /* the same, Microsoft's older form */
    { "2.16.840.1.113733.1.9.8", read_extension_request }, /* the same, old drafts of SCEP */
    { "1.3.6.1.4.1.311.13.2.1", read_pair },
    { "1.3.6.1.4.1.311.13.2.2", read_provider },
    { "1.3.6.1.4.1.311.13.2.3", read_os_version },
    { "1.3.6.1.4.1.311.21.20", read_client },
    { "1.2.840.113549.1.9.2", read_unstructured },
    { "1.2.840.113549.1.9.8", read_unstructured },
};

#define OID_CHALLENGE_PASSWORD "1.2.840.113549.1.9.7"

/* What is not known may be secret, so only its size is told. */
static void read_unknown(ScepCsr *csr, const char *dotted, const ScepBer *value, ScepSpan where)
{
    const ScepOid *oid = scep_oid_find(dotted);

    scep_csr_take_item(csr, dotted, g_strdup(oid != NULL ? oid->name : dotted),
                       g_strdup_printf("%" G_GSIZE_FORMAT " octets", value->whole.length), where);
}

static void read_value(ScepCsr *csr, const char *dotted, const uint8_t *der, const ScepBer *value, ScepSpan where,
                       unsigned flags)
{
    if (strcmp(dotted, OID_CHALLENGE_PASSWORD) == 0) {
        if (!csr->challenge.present)
            scep_challenge_read(&csr->challenge, der, value, (flags & SCEP_CSR_REVEAL) != 0);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        if (strcmp(attributes[i].oid, dotted) == 0) {
            attributes[i].read(csr, dotted, der, value, where);
            return;
        }
    }
    read_unknown(csr, dotted, value, where);
}

ScepCsrAttributeKind scep_csr_attribute_kind(const char *dotted)
{
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        if (strcmp(attributes[i].oid, dotted) == 0)
            return attributes[i].read == read_extension_request ? SCEP_CSR_ATTRIBUTE_EXTENSIONS
                                                                : SCEP_CSR_ATTRIBUTE_KNOWN;
    }
    return SCEP_CSR_ATTRIBUTE_OTHER;
}

/* Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY } */
void scep_csr_read_attribute(ScepCsr *csr, const uint8_t *der, const ScepBer *attribute, unsigned flags)
{
    ScepBer oid, set, value;
    unsigned count = 0;

    if (scep_ber_first(der, attribute, &oid) != SCEP_BER_OK || !scep_ber_is(&oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID) ||
        scep_ber_next(der, attribute, &oid, &set) != SCEP_BER_OK) {
        csr->broken = true;
        return;
    }
    char *dotted = scep_ber_new_oid_text(der + oid.content.offset, oid.content.length);
    for (ScepBerError error = scep_ber_first(der, &set, &value); error == SCEP_BER_OK && count < SCEP_MAX_CSR_ITEMS;
         error = scep_ber_next(der, &set, &value, &value), count++)
        read_value(csr, dotted, der, &value, attribute->whole, flags);
    g_free(dotted);
}

/* ---- extensions -------------------------------------------------------------------------------------------------- */

typedef void (*ExtensionReader)(ScepCsr *csr, const char *dotted, const uint8_t *der, const ScepBer *value,
                                ScepSpan where);

static void add_name(GPtrArray *names, const char *dotted)
{
    const ScepOid *oid = scep_oid_find(dotted);

    if (names->len < SCEP_MAX_CSR_ITEMS)
        g_ptr_array_add(names, g_strdup(oid != NULL ? oid->name : dotted));
}

static void read_alternative_names(ScepCsr *csr, G_GNUC_UNUSED const char *dotted, const uint8_t *der,
                                   const ScepBer *value, G_GNUC_UNUSED ScepSpan where)
{
    const unsigned char *cursor = der + value->whole.offset;
    GENERAL_NAMES *names = d2i_GENERAL_NAMES(NULL, &cursor, (long)value->whole.length);

    csr->broken |= names == NULL;
    GPtrArray *texts = names != NULL ? scep_general_names_new_text(names) : NULL;
    for (guint i = 0; texts != NULL && i < texts->len && csr->alternative_names->len < SCEP_MAX_CSR_ITEMS; i++)
        g_ptr_array_add(csr->alternative_names, g_strdup(g_ptr_array_index(texts, i)));
    g_clear_pointer(&texts, g_ptr_array_unref);
    GENERAL_NAMES_free(names);
}

static void read_purposes(ScepCsr *csr, G_GNUC_UNUSED const char *dotted, const uint8_t *der, const ScepBer *value,
                          G_GNUC_UNUSED ScepSpan where)
{
    ScepBer oid;

    for (ScepBerError error = scep_ber_first(der, value, &oid);
         error == SCEP_BER_OK && csr->purposes->len < SCEP_MAX_CSR_ITEMS;
         error = scep_ber_next(der, value, &oid, &oid)) {
        char *text = scep_ber_is(&oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID)
                         ? scep_ber_new_oid_text(der + oid.content.offset, oid.content.length)
                         : NULL;
        if (text != NULL)
            add_name(csr->purposes, text);
        g_free(text);
    }
}

/* KeyUsage ::= BIT STRING, RFC 5280 4.2.1.3 */
static void read_key_usage(ScepCsr *csr, const char *dotted, const uint8_t *der, const ScepBer *value, ScepSpan where)
{
    static const char *const bits[] = { "digitalSignature", "nonRepudiation", "keyEncipherment",
                                        "dataEncipherment", "keyAgreement",   "keyCertSign",
                                        "cRLSign",          "encipherOnly",   "decipherOnly" };
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(bits) && 1 + i / 8 < value->content.length; i++) {
        if (der[value->content.offset + 1 + i / 8] & (0x80 >> (i % 8)))
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", bits[i]);
    }
    scep_csr_take_item(csr, dotted, g_strdup("keyUsage"), g_string_free(text, FALSE), where);
}

static void read_template_name(ScepCsr *csr, G_GNUC_UNUSED const char *dotted, const uint8_t *der, const ScepBer *value,
                               G_GNUC_UNUSED ScepSpan where)
{
    if (csr->template_name == NULL)
        csr->template_name = scep_string_new_text(der, value);
    csr->broken |= csr->template_name == NULL;
}

/* CertificateTemplateOID ::= SEQUENCE { templateID, templateMajorVersion, templateMinorVersion } */
static void read_template_oid(ScepCsr *csr, G_GNUC_UNUSED const char *dotted, const uint8_t *der, const ScepBer *value,
                              G_GNUC_UNUSED ScepSpan where)
{
    ScepBer oid;

    if (scep_ber_first(der, value, &oid) != SCEP_BER_OK || !scep_ber_is(&oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID))
        csr->broken = true;
    else if (csr->template_oid == NULL)
        csr->template_oid = scep_ber_new_oid_text(der + oid.content.offset, oid.content.length);
}

/* A SEQUENCE OF otherName: [0] { OID 1.3.6.1.4.1.311.25.2.1, [0] OCTET STRING }, the SID as text in the string */
static void read_sid(ScepCsr *csr, const char *dotted, const uint8_t *der, const ScepBer *value, ScepSpan where)
{
    ScepBer other, oid, tagged, string;

    if (scep_ber_first(der, value, &other) != SCEP_BER_OK || scep_ber_first(der, &other, &oid) != SCEP_BER_OK ||
        scep_ber_next(der, &other, &oid, &tagged) != SCEP_BER_OK ||
        scep_ber_first(der, &tagged, &string) != SCEP_BER_OK ||
        !scep_ber_is(&string, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING)) {
        csr->broken = true;
        return;
    }
    string.tag = SCEP_TAG_IA5_STRING; /* what the octets are */
    scep_csr_take_item(csr, dotted, g_strdup("SID"), scep_string_new_text(der, &string), where);
}

static const struct {
    const char *oid;
    ExtensionReader read;
} extension_readers[] = {
    { "2.5.29.17", read_alternative_names },
    { "2.5.29.37", read_purposes },
    { "2.5.29.15", read_key_usage },
    { "1.3.6.1.4.1.311.20.2", read_template_name },
    { "1.3.6.1.4.1.311.21.7", read_template_oid },
    { "1.3.6.1.4.1.311.25.2", read_sid },
};

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static void read_extension(ScepCsr *csr, const uint8_t *der, const ScepBer *extension)
{
    ScepBer oid, item, value;

    if (scep_ber_first(der, extension, &oid) != SCEP_BER_OK || !scep_ber_is(&oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID)) {
        csr->broken = true;
        return;
    }
    char *dotted = scep_ber_new_oid_text(der + oid.content.offset, oid.content.length);
    add_name(csr->extensions, dotted);
    item = oid;
    while (scep_ber_next(der, extension, &item, &item) == SCEP_BER_OK) {
        if (!scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING) || item.constructed)
            continue;
        for (size_t i = 0; i < G_N_ELEMENTS(extension_readers); i++) {
            if (strcmp(extension_readers[i].oid, dotted) != 0)
                continue;
            if (scep_ber_first(der, &item, &value) == SCEP_BER_OK)
                extension_readers[i].read(csr, dotted, der, &value, extension->whole);
            else
                csr->broken = true;
        }
    }
    g_free(dotted);
}

bool scep_csr_extension_is_known(const char *dotted)
{
    return (g_str_has_prefix(dotted, "2.5.29.") || g_str_has_prefix(dotted, "1.3.6.1.4.1.311.")) &&
           scep_oid_find(dotted) != NULL;
}

static void read_extensions(ScepCsr *csr, const uint8_t *der, const ScepBer *extensions)
{
    ScepBer extension;
    unsigned count = 0;

    for (ScepBerError error = scep_ber_first(der, extensions, &extension);
         error == SCEP_BER_OK && count < SCEP_MAX_CSR_ITEMS;
         error = scep_ber_next(der, extensions, &extension, &extension), count++)
        read_extension(csr, der, &extension);
}
