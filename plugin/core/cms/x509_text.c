/* x509_text.c
 * Text and numbers out of OpenSSL's X.509 types.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/x509_text.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/objects.h>
#include <stdbool.h>
#include <string.h>

#include "scep/limits.h"

/* User principal name, Microsoft */
#define OID_UPN "1.3.6.1.4.1.311.20.2.3"

static char *take_text(BIO *bio)
{
    char *data = NULL;
    const long size = BIO_get_mem_data(bio, &data);
    char *text = size > 0 ? g_utf8_make_valid(data, MIN(size, SCEP_MAX_TEXT)) : g_strdup("");

    BIO_free(bio);
    return text;
}

char *scep_x509_name_new_text(const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio == NULL)
        return g_strdup("");
    X509_NAME_print_ex(bio, name, 0,
                       XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_ESC_2253 |
                           ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER);
    return take_text(bio);
}

static char *prefixed_string(const char *prefix, const ASN1_STRING *string)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio == NULL)
        return g_strdup(prefix);
    BIO_puts(bio, prefix);
    ASN1_STRING_print_ex(bio, string, ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT);
    return take_text(bio);
}

static char *other_name_text(const OTHERNAME *other)
{
    char oid[80];

    OBJ_obj2txt(oid, sizeof oid, other->type_id, 1);
    const bool is_string = other->value != NULL && other->value->type != V_ASN1_SEQUENCE &&
                           other->value->type != V_ASN1_SET && other->value->type != V_ASN1_OBJECT &&
                           other->value->type != V_ASN1_BOOLEAN && other->value->type != V_ASN1_NULL;
    if (!is_string)
        return g_strdup_printf("OTHER:%s", oid);
    if (strcmp(oid, OID_UPN) == 0)
        return prefixed_string("UPN:", other->value->value.asn1_string);

    char *prefix = g_strdup_printf("OTHER:%s=", oid);
    char *text = prefixed_string(prefix, other->value->value.asn1_string);
    g_free(prefix);
    return text;
}

/* RFC 5280 4.2.1.6: the octets of the address, in network order. */
static char *ip_text(const ASN1_OCTET_STRING *address)
{
    const unsigned char *bytes = ASN1_STRING_get0_data(address);
    const int size = ASN1_STRING_length(address);
    const int family = size == 4 ? AF_INET : AF_INET6;
    char text[INET6_ADDRSTRLEN];

    if ((size != 4 && size != 16) || inet_ntop(family, bytes, text, sizeof text) == NULL)
        return g_strdup_printf("IP:(%d octets)", size);
    return g_strconcat("IP:", text, NULL);
}

static char *general_name_text(const GENERAL_NAME *name)
{
    char oid[80];
    char *directory, *text;

    switch (name->type) {
    case GEN_DNS:
        return prefixed_string("DNS:", name->d.dNSName);
    case GEN_EMAIL:
        return prefixed_string("EMAIL:", name->d.rfc822Name);
    case GEN_URI:
        return prefixed_string("URI:", name->d.uniformResourceIdentifier);
    case GEN_IPADD:
        return ip_text(name->d.iPAddress);
    case GEN_OTHERNAME:
        return other_name_text(name->d.otherName);
    case GEN_RID:
        OBJ_obj2txt(oid, sizeof oid, name->d.registeredID, 1);
        return g_strdup_printf("RID:%s", oid);
    case GEN_DIRNAME:
        directory = scep_x509_name_new_text(name->d.directoryName);
        text = g_strdup_printf("DIR:%s", directory);
        g_free(directory);
        return text;
    default:
        return g_strdup("OTHER:");
    }
}

GPtrArray *scep_general_names_new_text(const GENERAL_NAMES *names)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

    for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < SCEP_MAX_CERTIFICATES; i++)
        g_ptr_array_add(texts, general_name_text(sk_GENERAL_NAME_value(names, i)));
    return texts;
}
