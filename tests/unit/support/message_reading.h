/* message_reading.h
 * Parsing one built message in a test, and comparing what was found and what was held against it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MESSAGE_READING_H
#define MESSAGE_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message_spans.h"
#include "pki_builder.h"
#include "scep/cms.h"

#define TRANSACTION "5C2F0B1D9E"

typedef struct {
    uint8_t *data;
    size_t size;
    ScepMessage *message;
} Parsed;

/* Keys and certificates that all tests of a program share. */
static EVP_PKEY *device_key, *ra_key;
static X509 *device, *ra;

static inline int make_people(void **state)
{
    (void)state;
    device_key = pki_ec_key();
    ra_key = pki_rsa_key();
    device = pki_self_signed("device", device_key);
    ra = pki_self_signed("ra", ra_key);
    return 0;
}

static inline int free_people(void **state)
{
    (void)state;
    X509_free(device);
    X509_free(ra);
    EVP_PKEY_free(device_key);
    EVP_PKEY_free(ra_key);
    scep_crypto_cleanup();
    return 0;
}

static inline void parse_with(Parsed *parsed, GByteArray *array, uint64_t missing)
{
    parsed->data = der_exact(array, &parsed->size);
    parsed->message = scep_message_new(parsed->data, parsed->size, missing);
    const char *fault = message_fault(parsed->message, parsed->size);
    if (fault != NULL)
        fail_msg("%s", fault);
}

static inline void parse(Parsed *parsed, GByteArray *array)
{
    parse_with(parsed, array, 0);
}

static inline void release(Parsed *parsed)
{
    scep_message_free(parsed->message);
    g_free(parsed->data);
}

static inline const ScepProblem *find_problem(const ScepMessage *message, ScepProblemCode code)
{
    for (guint i = 0; i < message->problems->len; i++) {
        const ScepProblem *problem = &g_array_index(message->problems, ScepProblem, i);
        if (problem->code == code)
            return problem;
    }
    return NULL;
}

static inline void fail_with_problems(const ScepMessage *message)
{
    for (guint i = 0; i < message->problems->len; i++) {
        char *text = scep_problem_new_text(&g_array_index(message->problems, ScepProblem, i));
        print_error("told: %s\n", text);
        g_free(text);
    }
    fail();
}

/* Nothing is held against the message. */
static inline void assert_clean(const Parsed *parsed)
{
    if (parsed->message->problems->len > 0)
        fail_with_problems(parsed->message);
}

/* This and nothing else is. */
static inline const ScepProblem *assert_only(const Parsed *parsed, ScepProblemCode code, ScepAttributeId attribute,
                                             uint64_t number)
{
    const ScepProblem *problem = find_problem(parsed->message, code);

    if (parsed->message->problems->len != 1 || problem == NULL)
        fail_with_problems(parsed->message);
    assert_int_equal(problem->attribute, attribute);
    assert_int_equal(problem->number, number);
    return problem;
}

static inline void assert_bytes(const Parsed *parsed, ScepSpan span, GByteArray *expected)
{
    assert_int_equal(span.length, expected->len);
    assert_memory_equal(parsed->data + span.offset, expected->data, expected->len);
    g_byte_array_unref(expected);
}

static inline GByteArray *some_envelope(void)
{
    return pki_envelope(ra, "AES-128-CBC", "the request", 11);
}

/* A PKCSReq as a client sends it, to be changed before it is built. */
static inline PkiParts request_parts(void)
{
    return (PkiParts){
        .content = some_envelope(),
        .attributes = pki_request_attributes("19", TRANSACTION, pki_nonce_a),
        .certificates = pki_certificate_der(device),
        .signer = device,
        .key = device_key,
    };
}

/* A CertRep: without content, unless it grants the request. */
static inline PkiParts reply_parts(const char *status, const char *fail_info)
{
    return (PkiParts){
        .content = strcmp(status, "0") == 0 ? pki_envelope(device, "AES-128-CBC", "the answer", 10) : NULL,
        .attributes = pki_reply_attributes(status, fail_info, TRANSACTION, pki_nonce_b, pki_nonce_a),
        .signer = ra,
        .key = ra_key,
    };
}

static inline void parse_request(Parsed *parsed, GByteArray *attributes)
{
    PkiParts parts = request_parts();

    g_byte_array_unref(parts.attributes);
    parts.attributes = attributes;
    parse(parsed, pki_signed_data(parts));
}

static inline void parse_reply(Parsed *parsed, GByteArray *attributes)
{
    parse(parsed, pki_signed_data((PkiParts){ .attributes = attributes, .signer = ra, .key = ra_key }));
}

#endif
