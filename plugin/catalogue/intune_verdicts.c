/* intune_verdicts.c
 * What Intune answers when a CA asks it to validate a request (ScepActions/validateRequest, member "code").
 *
 * Names and order are those of Microsoft's published sample library (Intune-Resource-Access); the Intune connector
 * logs similar reasons for NDES.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"

#include <string.h>

const ScepIntuneVerdict scep_intune_verdicts[] = {
    { "Success", "Intune accepts the request", "" },
    { "Unknown", "Intune gives a reason that has no name",
      "Keep the number in the answer and look for it in the log of the CA." },
    { "CertificateRequestDecodingFailed", "the certificate request could not be read",
      "Check that the CA sends the PKCS#10 as whole, undamaged base64." },
    { "ChallengePasswordMissing", "the certificate request has no challenge password",
      "Check that the SCEP profile of the device carries a challenge and that the client puts it into its request." },
    { "ChallengeDeserializationError", "the challenge could not be taken apart",
      "Compare the length of the challenge at the device and at the CA: it may have been cut or changed." },
    { "ChallengeDecryptionError", "the challenge could not be decrypted",
      "Check that the CA asks the tenant that issued the profile. If it does, sync the device to get a new "
      "challenge." },
    { "ChallengeDecodingError", "the encoding of the challenge is damaged",
      "Compare the challenge at the device and at the CA: its base64 may have been changed on the way." },
    { "ChallengeInvalidTimestamp", "the challenge carries a time that cannot be right",
      "Check the clocks of the device and of the CA server." },
    { "ChallengeExpired", "the challenge is too old",
      "Sync the device to get a new challenge; it may have been offline for long." },
    { "SubjectNameMissing", "the certificate request has no subject",
      "Check the subject name format in the SCEP profile: a variable in it may be empty for this user or device." },
    { "SubjectNameMismatch", "the subject of the certificate request is not the one in the profile",
      "Compare both. Special characters in names, or a profile that was edited meanwhile, may be the reason." },
    { "SubjectAltNameMissing", "the certificate request has no subject alternative name",
      "Compare the alternative names in the SCEP profile with those in the request." },
    { "SubjectAltNameMismatch", "the subject alternative names of the certificate request are not those in the profile",
      "Compare both: the device may have changed their order or encoding." },
    { "KeyUsageMismatch", "the key usage of the certificate request is not that of the profile",
      "Compare both: the client may not follow this setting of the profile." },
    { "KeyLengthMismatch", "the key length of the certificate request is not that of the profile",
      "Compare both: the client may not follow this setting of the profile." },
    { "EnhancedKeyUsageMissing", "the certificate request has no extended key usage",
      "Compare the extended key usages in the SCEP profile with those in the request." },
    { "EnhancedKeyUsageMismatch", "the extended key usages of the certificate request are not those in the profile",
      "Compare both." },
    { "AadKeyIdentifierListMissing", "Intune has no list of registered keys for this device",
      "Check the registration of the device in Microsoft Entra." },
    { "RegisteredKeyMismatch", "the key is not the one that is registered for this device",
      "Check whether the device was cloned or restored from a backup, and register it again if so." },
    { "SigningCertThumbprintMismatch", "the request was signed with another certificate than expected",
      "Check whether the device renews with another key or certificate than the one it enrolled with." },
    { "ScepProfileNoLongerTargetedToTheClient", "the SCEP profile is no longer assigned to this user or device",
      "Check the assignment of the profile and the group membership of the user or device." },
    { "SignatureValidationFailed", "the signature of the challenge is not valid",
      "Check that challenge and CA belong to the same tenant and environment, and that nothing changes the "
      "challenge." },
    { "BadCertificateRequestIdInChallenge", "the request ID in the challenge does not fit",
      "Check whether another device or user used this challenge, then sync the device to get a new one." },
    { "BadDeviceIdInChallenge", "the device ID in the challenge does not fit",
      "Check whether the challenge was issued to another device, then sync this device to get its own." },
    { "BadUserIdInChallenge", "the user ID in the challenge does not fit",
      "Check whether the challenge was issued to another user, then sync the device to get a new one." },
};

const size_t scep_intune_verdict_count = sizeof scep_intune_verdicts / sizeof scep_intune_verdicts[0];

const ScepIntuneVerdict *scep_intune_verdict_find(const char *name)
{
    if (name == NULL)
        return NULL;
    for (size_t i = 0; i < scep_intune_verdict_count; i++) {
        if (strcmp(scep_intune_verdicts[i].name, name) == 0)
            return &scep_intune_verdicts[i];
    }
    return NULL;
}
