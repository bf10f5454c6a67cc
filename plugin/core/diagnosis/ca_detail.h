/* ca_detail.h
 * What a CA answered, in words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_DIAGNOSIS_CA_DETAIL_H
#define SCEP_CORE_DIAGNOSIS_CA_DETAIL_H

#include "diagnosis/rule.h"

/** The code with its meaning, the request id and the CA's own words: "CERTSRV_E_KEY_LENGTH (0x80094811): the public key
 * is shorter than the template allows; the CA says: ...". @return g_free(); NULL where there is nothing */
char *scep_ca_new_detail(const ScepCase *about);

#endif
