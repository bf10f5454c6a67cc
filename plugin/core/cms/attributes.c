/* attributes.c
 * The signed attributes of a pkiMessage and the code points in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/attributes.h"

#include <glib.h>
#include <string.h>

#include "scep/asn1.h"

/* 1.2.840.113549.1.9.x, 2.16.840.1.113733.1.9.x, 1.3.6.1.5.5.7.24.x, 1.3.6.1.4.1.311.21.x: two columns each */
#define PKCS9(arc) { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, arc }, 9
#define VERISIGN(arc) { 0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x45, 0x01, 0x09, arc }, 10
#define PKIX_SCEP(arc) { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x18, arc }, 8
#define MICROSOFT(arc) { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x15, arc }, 9

enum { ANY_FIELD = false, OWN_FIELD = true };

static const ScepAttributeInfo attributes[] = {
    { SCEP_ATTR_UNKNOWN, "unknown attribute", { 0 }, 0, 0, ANY_FIELD },
#define SCEP_ATTRIBUTE(id, ...) { SCEP_ATTR_##id, __VA_ARGS__ },
#include "catalogue/attributes.inc"
#undef SCEP_ATTRIBUTE
};
G_STATIC_ASSERT(G_N_ELEMENTS(attributes) == SCEP_ATTR_COUNT);

const ScepAttributeInfo *scep_attribute_find(const uint8_t *oid, size_t length)
{
    for (size_t i = 1; i < G_N_ELEMENTS(attributes); i++) {
        if (attributes[i].oid_length == length && memcmp(attributes[i].oid, oid, length) == 0)
            return &attributes[i];
    }
    return &attributes[0];
}

const ScepAttributeInfo *scep_attribute_info(ScepAttributeId id)
{
    return &attributes[(size_t)id < G_N_ELEMENTS(attributes) ? id : SCEP_ATTR_UNKNOWN];
}

const ScepCodePoint scep_message_types[] = {
#define SCEP_MESSAGE_TYPE(id, ...) { __VA_ARGS__ },
#include "catalogue/attributes.inc"
#undef SCEP_MESSAGE_TYPE
    { 0, NULL, NULL },
};

const ScepCodePoint scep_pki_statuses[] = {
#define SCEP_PKI_STATUS(id, ...) { __VA_ARGS__ },
#include "catalogue/attributes.inc"
#undef SCEP_PKI_STATUS
    { 0, NULL, NULL },
};

const ScepCodePoint scep_fail_infos[] = {
#define SCEP_FAIL_INFO(id, ...) { __VA_ARGS__ },
#include "catalogue/attributes.inc"
#undef SCEP_FAIL_INFO
    { 0, NULL, NULL },
};

static const char *code_point_name(const ScepCodePoint *table, int value)
{
    for (; table->name != NULL; table++) {
        if (table->value == value)
            return table->name;
    }
    return NULL;
}

bool scep_message_type_has_request(int message_type)
{
    return message_type != SCEP_TYPE_CERTREP && message_type != SCEP_TYPE_CERTPOLL &&
           message_type != SCEP_TYPE_GETCERT && message_type != SCEP_TYPE_GETCRL;
}

const char *scep_message_type_name(int message_type)
{
    return code_point_name(scep_message_types, message_type);
}

const char *scep_pki_status_name(int pki_status)
{
    return code_point_name(scep_pki_statuses, pki_status);
}

const char *scep_fail_info_name(int fail_info)
{
    return code_point_name(scep_fail_infos, fail_info);
}
