/* client_marks.h
 * What a pkiMessage shows of the program that made it; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_CLIENT_MARKS_H
#define SCEP_CORE_CMS_CLIENT_MARKS_H

#include "scep/cms.h"

/** The marks of a request, apart from how it is carried.
 * @param envelope  may be NULL
 * @param signer    its signer's certificate; NULL where that is not there
 * @return SCEP_MARK_* */
uint32_t scep_client_marks(const ScepMessage *message, const ScepEnvelope *envelope, const ScepCertificate *signer);

#endif
