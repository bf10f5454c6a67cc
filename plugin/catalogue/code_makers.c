/* code_makers.c
 * Which stage of an enrollment makes an error code, for codes that only one stage can make.
 *
 * NDES hands the HRESULT of the step that failed on to the device (1.3.6.1.4.1.311.21.33). It talks to the CA over
 * DCOM, and its policy module, which runs inside of it, over HTTPS; nothing else does either there. A code that is not
 * here may come from NDES itself, so it tells no stage: access denied, invalid data, all of the key and message
 * functions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "catalogue/code_makers.h"

const ScepCodeMaker scep_code_makers[] = {
    /* CERTSRV_E_*: MS-ERREF 2.1.1; MS-WCCE 3.2.1.4.2.1 has the CA give them as disposition or result. Those in front
     * are made by whoever asks as well. */
    { 0x80094007, 0x80094007, 0,
      "CERTSRV_E_ENCODING_LENGTH: told of a certificate that enrollment software cannot take" },
    { 0x80094015, 0x80094015, 0, "CERTSRV_E_NO_POLICY_SERVER: of the client of enrollment policy web services" },
    { 0x80094016, 0x80094016, 0, "CERTSRV_E_WEAK_SIGNATURE_OR_KEY: may be raised by the client (MS-ERREF)" },
    { 0x80094017, 0x80094018, 0, "key attestation and encryption certificate: of the caller's side (MS-ERREF)" },
    { 0x8009481D, 0x8009481E, 0, "answers to attestation challenges: checked on both sides" },
    { 0x80094001, 0x80094018, 4, "CERTSRV_E_*: MS-ERREF 2.1.1, MS-WCCE" },
    { 0x80094800, 0x80094821, 4, "CERTSRV_E_* of the CA's policy module and templates: MS-ERREF 2.1.1, MS-WCCE" },
    /* Win32 numbers of RPC, 1700 to 1783 and 1818 to 1833: MS-ERREF 2.2. */
    { 0x800706A4, 0x800706F7, 4,
      "RPC_S_*, EPT_S_*, RPC_X_*: MS-ERREF 2.2; NDES calls the CA alone (MS-WCCE, MS-ICPR)" },
    { 0x8007071A, 0x80070729, 4, "RPC_S_CALL_CANCELLED to RPC_S_SEC_PKG_ERROR and on: MS-ERREF 2.2" },
    { 0x8001011B, 0x8001011B, 4, "RPC_E_ACCESS_DENIED: DCOM on the CA refused the call (MS-ERREF 2.1.1)" },
    /* WinHTTP 12000 to 12287, and HTTP statuses as HRESULT: NDESPlugin.log has them from the policy module's own calls
     * (Microsoft: "Troubleshoot the NDES policy module"). */
    { 0x80072EE0, 0x80072FFF, 3, "ERROR_WINHTTP_*: only the policy module calls over HTTPS" },
    { 0x80190001, 0x801903E7, 3, "HTTP_E_STATUS_*: only the policy module calls over HTTPS" },
    { 0x80131500, 0x801315FF, 3, "COR_E_*: .NET, which the CA and NDES do without" },
};

const size_t scep_code_maker_count = sizeof scep_code_makers / sizeof scep_code_makers[0];

uint8_t scep_code_maker_stage(uint32_t code)
{
    for (size_t i = 0; i < scep_code_maker_count; i++) {
        if (code >= scep_code_makers[i].first && code <= scep_code_makers[i].last)
            return scep_code_makers[i].stage;
    }
    return 0;
}
