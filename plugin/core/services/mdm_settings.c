/* mdm_settings.c
 * The names that MDM servers have for the settings of SCEP, and which of them is secret.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "scep/limits.h"
#include "services/service_facts.h"
#include "services/service_read.h"

/* Node names of the ClientCertificateInstall CSP, elements of the older CertificateStore's configuration, and two
 * that only Apple's profiles have. The first name of a setting is the one that is shown. */
static const struct {
    const char *name;
    ScepMdmSetting setting;
    bool is_secret;
} settings[] = {
    { "ServerURL", SCEP_MDM_SERVER_URL, false },
    { "NDESUrl", SCEP_MDM_SERVER_URL, false },
    { "CAThumbprint", SCEP_MDM_CA_THUMBPRINT, false },
    { "KeyLength", SCEP_MDM_KEY_LENGTH, false },
    { "HashAlgorithm", SCEP_MDM_HASH_ALGORITHM, false },
    { "HashAlgorithms", SCEP_MDM_HASH_ALGORITHM, false },
    { "KeyUsage", SCEP_MDM_KEY_USAGE, false },
    { "EKUMapping", SCEP_MDM_EKU, false },
    { "EKU", SCEP_MDM_EKU, false },
    { "SubjectName", SCEP_MDM_SUBJECT, false },
    { "SubjectAlternativeNames", SCEP_MDM_SAN, false },
    { "RetryCount", SCEP_MDM_RETRY_COUNT, false },
    { "RetryDelay", SCEP_MDM_RETRY_DELAY, false },
    { "ValidPeriod", SCEP_MDM_VALID_PERIOD, false },
    { "ValidPeriodUnits", SCEP_MDM_VALID_UNITS, false },
    { "TemplateName", SCEP_MDM_TEMPLATE, false },
    { "Enroll", SCEP_MDM_ENROLL, false },
    { "Status", SCEP_MDM_STATUS, false },
    { "ErrorCode", SCEP_MDM_ERROR_CODE, false },
    { "CertThumbprint", SCEP_MDM_CERT_THUMBPRINT, false },
    { "CAIdentifier", SCEP_MDM_CA_IDENTIFIER, false },
    { "KeyType", SCEP_MDM_KEY_TYPE, false },
    { "Challenge", SCEP_MDM_OTHER, true },
    { "CertificateRequestToken", SCEP_MDM_OTHER, true },
};

const char *scep_mdm_setting_name(ScepMdmSetting setting)
{
    for (size_t i = 0; setting != SCEP_MDM_OTHER && i < G_N_ELEMENTS(settings); i++) {
        if (settings[i].setting == setting)
            return settings[i].name;
    }
    return NULL;
}

bool scep_mdm_is_setting(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (strcmp(settings[i].name, name) == 0)
            return true;
    }
    return false;
}

bool scep_mdm_is_scep(const char *uri)
{
    static const char *const parts[] = { "/clientcertificateinstall/scep/", "/certificatestore/my/scep/",
                                         "/modelname=ac_", SCEP_APPLE_PAYLOAD "/" };
    char *lower = uri != NULL ? g_ascii_strdown(uri, -1) : NULL;
    bool found = false;

    for (size_t i = 0; lower != NULL && !found && i < G_N_ELEMENTS(parts); i++)
        found = strstr(lower, parts[i]) != NULL;
    g_free(lower);
    return found;
}

void scep_service_add_node(ScepServiceFacts *facts, const ScepMdmNode *told, const char *name, bool reveal)
{
    ScepMdmNode node = *told;
    bool is_secret = false;

    node.setting = SCEP_MDM_OTHER;
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (g_ascii_strcasecmp(settings[i].name, name) == 0) {
            node.setting = settings[i].setting;
            is_secret = settings[i].is_secret;
        }
    }
    if (is_secret && told->value != NULL)
        scep_service_add_secret(facts, name, told->value, reveal);
    if (facts->nodes->len >= SCEP_MDM_MAX_ITEMS)
        return;
    const bool has_value =
        !is_secret && node.setting != SCEP_MDM_OTHER && told->value != NULL && told->value[0] != '\0';
    node.uri = scep_service_new_text(told->uri);
    node.value = has_value ? scep_service_new_text(told->value) : NULL;
    if (node.setting == SCEP_MDM_ERROR_CODE && node.value != NULL)
        node.has_result = scep_code_read(node.value, strlen(node.value), &node.result);
    g_array_append_val(facts->nodes, node);
}
