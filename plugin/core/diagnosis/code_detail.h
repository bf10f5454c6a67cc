/* code_detail.h
 * Result codes in the words of a finding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_CODE_DETAIL_H
#define SCEP_CORE_DIAGNOSIS_CODE_DETAIL_H

#include "scep/catalogue.h"

/** Words with a code behind them: "HTTP status 500; 0x80070057 E_INVALIDARG: a parameter is wrong".
 * @param detail  taken over; may be NULL
 * @param code    NULL for none
 * @return g_free(); NULL where both are */
char *scep_detail_new_with_code(char *detail, const ScepResultCode *code);

#endif
