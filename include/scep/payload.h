/* payload.h
 * What an opened envelope holds besides PKCS#10: IssuerAndSubject, IssuerAndSerialNumber, and revocation lists.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_PAYLOAD_H
#define SCEP_PAYLOAD_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/span.h"

/** Payload of a CertPoll (RFC 8894 3.3.3): SEQUENCE { issuer Name, subject Name }. */
typedef struct {
    ScepSpan whole;
    ScepSpan issuer_der;         /**< whole Name; length 0 when absent */
    ScepSpan subject_der;
    char *issuer;                /**< UTF-8, NULL when it cannot be read */
    char *subject;
} ScepIssuerAndSubject;

/** @return false when the bytes are no SEQUENCE of two Names; what could be read is filled in all the same.
 * Release with scep_issuer_and_subject_clear() in either case. */
bool scep_issuer_and_subject_read(const uint8_t *data, size_t size, ScepIssuerAndSubject *out);
void scep_issuer_and_subject_clear(ScepIssuerAndSubject *value);

/** Payload of a GetCert or GetCRL (RFC 8894 3.3.4, 3.3.5): SEQUENCE { issuer Name, serialNumber INTEGER }. */
typedef struct {
    ScepSpan whole;
    ScepSpan issuer_der;
    ScepSpan serial;             /**< content octets */
    char *issuer;
} ScepIssuerAndSerial;

/** Likewise. */
bool scep_issuer_and_serial_read(const uint8_t *data, size_t size, ScepIssuerAndSerial *out);
void scep_issuer_and_serial_clear(ScepIssuerAndSerial *value);

/** A CertificateList (RFC 5280 5.1) in numbers; the entries are counted, not kept. */
typedef struct {
    ScepSpan whole;
    ScepSpan issuer_der;
    char *issuer;
    char *signature_algorithm;   /**< OpenSSL's name */
    int64_t this_update;         /**< seconds since 1970, 0 when unreadable */
    int64_t next_update;         /**< 0 when absent */
    ScepSpan number;             /**< cRLNumber, content octets; length 0 when absent */
    size_t revoked;              /**< entries */
    bool truncated;                    /**< the buffer ends before the list does */
} ScepCrl;

/** @return false when the bytes are no CertificateList. Release with scep_crl_clear() in either case. */
bool scep_crl_read(const uint8_t *der, size_t size, ScepCrl *out);
void scep_crl_clear(ScepCrl *crl);

#endif
