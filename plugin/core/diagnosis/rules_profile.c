/* rules_profile.c
 * Whether what the device was set to fits what it then met: at the end of an enrollment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/rule.h"
#include "tracker/tracker.h"

/* Enrollments of a device that are looked at for the profile it was given. */
#define MAX_EARLIER 64

/* The thumbprint of the CA in what an MDM server set. @return borrowed; NULL where there is none */
static const char *thumbprint_in(const ScepServiceCall *call)
{
    const GArray *nodes = call->answered != NULL ? call->answered->nodes : NULL;

    for (guint i = 0; nodes != NULL && i < nodes->len; i++) {
        const ScepMdmNode *node = &g_array_index(nodes, ScepMdmNode, i);
        if (node->setting == SCEP_MDM_CA_THUMBPRINT && !node->is_result && node->value != NULL)
            return node->value;
    }
    return NULL;
}

/* The newest profile of this device, with this enrollment or one before it. */
static const ScepServiceCall *profile_of(const ScepCase *about, const char **thumbprint)
{
    const ScepEnrollment *own = about->enrollment;

    for (guint i = own->number, looked = 0; i > 0 && looked < MAX_EARLIER; i--, looked++) {
        const ScepEnrollment *one = g_ptr_array_index(about->tracker->enrollments, i - 1);
        const ScepServiceCall *found = NULL;
        for (const ScepServiceCall *call = one->client == own->client ? one->services : NULL;
             call != NULL && call->response_time <= about->exchange->response_time; call = call->next) {
            const char *value = thumbprint_in(call);
            if (value != NULL) {
                found = call;
                *thumbprint = value;
            }
        }
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* @return digits without what stands between them, lower case; NULL for anything but SHA-1 or SHA-256. g_free() */
static char *digits_of(const char *thumbprint)
{
    GString *digits = g_string_new(NULL);

    for (; *thumbprint != '\0'; thumbprint++) {
        if (g_ascii_isxdigit(*thumbprint))
            g_string_append_c(digits, g_ascii_tolower(*thumbprint));
        else if (*thumbprint != ' ' && *thumbprint != ':')
            break;
    }
    const bool is_hash = *thumbprint == '\0' && (digits->len == 40 || digits->len == 64);
    return g_string_free(digits, !is_hash);
}

static bool is_thumbprint_of(const ScepCertificate *certificate, const char *digits)
{
    const bool is_sha1 = strlen(digits) == 2 * sizeof certificate->sha1;
    const uint8_t *hash = is_sha1 ? certificate->sha1 : certificate->sha256;
    const size_t size = is_sha1 ? sizeof certificate->sha1 : sizeof certificate->sha256;

    for (size_t i = 0; i < size; i++) {
        if (g_ascii_xdigit_value(digits[2 * i]) * 16 + g_ascii_xdigit_value(digits[2 * i + 1]) != hash[i])
            return false;
    }
    return true;
}

/* What the device was shown, all of it. */
static const ScepCaSet *shown_to(const ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;
    const GPtrArray *shown = exchange->server->shown;

    if (exchange->operation != SCEP_OP_GETCACERT || exchange->shown == 0 || shown == NULL ||
        exchange->shown > shown->len)
        return NULL;
    const ScepCaSet *set = g_ptr_array_index(shown, exchange->shown - 1);
    return set->is_whole ? set : NULL;
}

static bool is_shown(const ScepCaSet *set, const char *digits)
{
    for (guint i = 0; i < set->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(set->certificates, i);
        if (certificate != NULL && is_thumbprint_of(certificate, digits))
            return true;
    }
    return false;
}

static bool thumbprint_differs(ScepCase *about)
{
    const ScepCaSet *set = about->outcome == SCEP_OUTCOME_ABANDONED ? shown_to(about) : NULL;
    const char *thumbprint = NULL;
    const ScepServiceCall *profile = set != NULL ? profile_of(about, &thumbprint) : NULL;
    char *digits = profile != NULL ? digits_of(thumbprint) : NULL;
    const bool differs = digits != NULL && !is_shown(set, digits);

    g_free(digits);
    if (!differs)
        return false;
    about->evidence.detail =
        g_strdup_printf("The profile has %.64s; none of the %u certificate%s shown has it", thumbprint,
                        set->certificates->len, set->certificates->len == 1 ? "" : "s");
    scep_case_also(about, profile->response_frame);
    return true;
}

static const ScepRule rules[] = {
    { SCEP_HINT_profile_thumbprint_differs, SCEP_AT_ENROLLMENT_END, thumbprint_differs, 0 },
};

const ScepRuleTable scep_rules_profile = { .rules = rules, .count = G_N_ELEMENTS(rules) };
