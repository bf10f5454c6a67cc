/* weakness.c
 * Weak keys and signatures of certificates.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/weakness.h"

#include <string.h>

#define SHORT_RSA 2048

bool scep_key_is_short(const char *algorithm, uint32_t bits)
{
    return algorithm != NULL && strcmp(algorithm, "RSA") == 0 && bits > 0 && bits < SHORT_RSA;
}

static bool name_ends_with(const ScepCertificate *certificate, const char *const *endings)
{
    const char *name = certificate->signature_algorithm;

    for (size_t i = 0; name != NULL && endings[i] != NULL; i++) {
        if (g_str_has_suffix(name, endings[i]))
            return true;
    }
    return false;
}

bool scep_signed_with_md5(const ScepCertificate *certificate)
{
    static const char *const endings[] = { "MD2", "MD4", "MD5", NULL };

    return name_ends_with(certificate, endings);
}

bool scep_signed_with_sha1(const ScepCertificate *certificate)
{
    static const char *const endings[] = { "SHA1", "SHA1-2", "SHA1-old", NULL };

    return name_ends_with(certificate, endings);
}

bool scep_signed_with_pss(const ScepCertificate *certificate)
{
    static const char *const endings[] = { "RSASSA-PSS", NULL };

    return name_ends_with(certificate, endings);
}

char *scep_weakness_new_text(const ScepCertificate *certificate)
{
    return g_strdup_printf("\"%s\": %s key of %u bits, signed with %s", certificate->subject,
                           certificate->key_algorithm ? certificate->key_algorithm : "unknown", certificate->key_bits,
                           certificate->signature_algorithm ? certificate->signature_algorithm
                                                            : "an unknown algorithm");
}
