/* issued.h
 * Which certificate an answer is about, and which one signed a request.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_ISSUED_H
#define SCEP_CORE_TRACKER_ISSUED_H

#include "scep/tracker.h"

/** The same of the request at hand. */
const ScepCertificate *scep_request_get0_signer(const ScepRequest *request);

/** The CertRep at hand, whether its request was seen or not; NULL for any other answer. */
const ScepMessage *scep_exchange_get0_certrep(const ScepExchange *exchange, const ScepResponse *response);

/** The new certificate that an answer delivers: from inside the opened envelope, else in clear from the outer
 * SignedData, where step-ca and micromdm put it. There it counts only when it must be the new one: no CA's, not the
 * signer's, not one of the GetCACert answer, and issued by a CA of either.
 * @return borrowed; NULL when none can be told */
const ScepCertificate *scep_exchange_get0_issued(const ScepExchange *exchange, const ScepResponse *response);

/** What comes with the status SUCCESS. */
typedef enum {
    SCEP_BRINGS_SOMETHING = 0, /**< a certificate, or what may hold one: encrypted, or in clear and hard to tell */
    SCEP_BRINGS_NOTHING,       /**< the answer is whole, and there is no certificate in it */
    SCEP_BRINGS_UNREADABLE     /**< where a certificate would be, the answer is cut or makes no sense */
} ScepBrings;

/** Looks for the certificate in an answer SUCCESS; when its request asks for none, or for other answers, SOMETHING. */
ScepBrings scep_answer_brings(const ScepExchange *exchange, const ScepResponse *response);

#endif
