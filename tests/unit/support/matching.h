/* matching.h
 * Requests and answers that fit each other or do not, by people who have had certificates before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MATCHING_H
#define MATCHING_H

#include "whole_messages.h"

#define GOOD_CAPS "POSTPKIOperation\nSHA-256\nAES\nRenewal\n"
#define OLD_SERIAL 77

static const uint8_t nonce_c[16] = { 0xc0, 1 };

/* Beside the shared device and ra: what ra issued to the device's key and to another, and a short key. */
static EVP_PKEY *other_key, *short_key;
static X509 *issued, *issued_to_other, *short_signer, *stranger;

static inline int make_more_people(void **state)
{
    const int failed = make_people(state);
    const PkiSubject to_device = { .common_name = "device",
                                   .key = device_key,
                                   .issuer = ra,
                                   .issuer_key = ra_key,
                                   .serial = OLD_SERIAL,
                                   .version = 2 };

    other_key = pki_ec_key();
    short_key = EVP_RSA_gen(1024);
    issued = pki_certificate(&to_device);
    const PkiSubject to_other = { .common_name = "device",
                                  .key = other_key,
                                  .issuer = ra,
                                  .issuer_key = ra_key,
                                  .serial = OLD_SERIAL + 1,
                                  .version = 2 };
    issued_to_other = pki_certificate(&to_other);
    short_signer = pki_self_signed("device", short_key);
    stranger = pki_self_signed("stranger", other_key);
    return failed;
}

static inline int free_more_people(void **state)
{
    X509_free(issued);
    X509_free(issued_to_other);
    X509_free(short_signer);
    X509_free(stranger);
    EVP_PKEY_free(other_key);
    EVP_PKEY_free(short_key);
    return free_people(state);
}

static Coverage coverage = { &scep_rules_match, { false } };

static inline ScepExchange *send_request(ScepTracker *tracker, uint32_t frame, Made made)
{
    Read read;

    read_message(&read, made_request(made));
    const ScepRequest request = whole_request(&read);
    ScepExchange *exchange = ask(tracker, frame, &request);
    cover(&coverage, case_of_request(tracker, exchange, &request));
    forget(&read);
    return exchange;
}

static inline ScepExchange *send_reply(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame, PkiParts parts)
{
    Read read;

    read_message(&read, pki_signed_data(parts));
    const ScepResponse response = whole_response(&read);
    answer(tracker, exchange, frame, &response);
    cover(&coverage, case_of_answer(tracker, exchange, &response));
    forget(&read);
    return exchange;
}

#endif
