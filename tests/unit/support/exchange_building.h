/* exchange_building.h
 * Booking requests and answers with a tracker in a test, and comparing the findings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef EXCHANGE_BUILDING_H
#define EXCHANGE_BUILDING_H

#include "diagnosed.h"
#include "message_reading.h"

#include "diagnosis/rule.h"

#define SECOND G_GINT64_CONSTANT(1000000000)

static const char device_address[] = "192.0.2.10";
static const char server_address[] = "192.0.2.1";

/* A body as the carrier hands it over. */
typedef struct {
    uint8_t *body;
    size_t size;
    ScepMessage *message;
    ScepEnvelope *envelope;
} Carried;

static inline void carry(Carried *carried, GByteArray *array)
{
    size_t size;

    carried->body = der_exact(array, &carried->size);
    carried->message = scep_message_new(carried->body, carried->size, 0);
    const uint8_t *content = scep_octets_get0_data(carried->body, &carried->message->content, &size);
    carried->envelope = scep_envelope_new(content, size, carried->message->content_kind);
}

static inline void drop(Carried *carried)
{
    scep_envelope_free(carried->envelope);
    scep_message_free(carried->message);
    g_free(carried->body);
    memset(carried, 0, sizeof *carried);
}

/* A frame a second, all on one connection of one device. */
static inline ScepPlace place_at(uint32_t frame)
{
    return (ScepPlace){ .frame = frame,
                        .time = frame * SECOND,
                        .client = device_address,
                        .server = server_address,
                        .server_port = 443,
                        .stream = 0 };
}

static inline ScepRequest operation_request(ScepOperation operation)
{
    return (ScepRequest){ .operation = operation,
                          .path_kind = SCEP_PATH_NDES,
                          .is_get = operation != SCEP_OP_PKIOPERATION,
                          .has_identifier = operation != SCEP_OP_PKIOPERATION };
}

static inline ScepRequest message_request(const Carried *carried)
{
    ScepRequest request = operation_request(SCEP_OP_PKIOPERATION);

    request.body = carried->body;
    request.body_size = carried->size;
    request.message = carried->message;
    request.envelope = carried->envelope;
    return request;
}

static inline ScepResponse message_response(const Carried *carried)
{
    return (ScepResponse){ .status = 200,
                           .content_type = "application/x-pki-message",
                           .body = carried->body,
                           .body_size = carried->size,
                           .message = carried->message,
                           .envelope = carried->envelope };
}

static inline ScepExchange *ask(ScepTracker *tracker, uint32_t frame, const ScepRequest *request)
{
    const ScepPlace place = place_at(frame);

    return scep_tracker_request(tracker, &place, request);
}

static inline ScepExchange *answer(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame,
                                   const ScepResponse *response)
{
    const ScepPlace place = place_at(frame);

    return scep_tracker_response(tracker, exchange, &place, response);
}

/* A CertRep. @param fail_info  NULL for none */
static inline void certrep(ScepTracker *tracker, ScepExchange *exchange, uint32_t frame, const char *status,
                           const char *fail_info)
{
    Carried carried;

    carry(&carried, pki_signed_data(reply_parts(status, fail_info)));
    const ScepResponse response = message_response(&carried);
    answer(tracker, exchange, frame, &response);
    drop(&carried);
}

/* GetCACaps in frames 1 and 2. @return the exchange */
static inline ScepExchange *ask_capabilities(ScepTracker *tracker, const char *text)
{
    const ScepRequest request = operation_request(SCEP_OP_GETCACAPS);
    ScepCapabilities capabilities;

    scep_capabilities_parse((const uint8_t *)text, strlen(text), &capabilities);
    const ScepResponse response = { .status = 200,
                                    .content_type = "text/plain",
                                    .body = (const uint8_t *)text,
                                    .body_size = strlen(text),
                                    .capabilities = &capabilities };
    return answer(tracker, ask(tracker, 1, &request), 2, &response);
}

/* GetCACert in frames 3 and 4. @return the exchange */
static inline ScepExchange *ask_certificate(ScepTracker *tracker)
{
    const ScepRequest request = operation_request(SCEP_OP_GETCACERT);
    GByteArray *der = pki_certificate_der(ra);
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);

    g_ptr_array_add(certificates, scep_certificate_new(der->data, der->len));
    const ScepResponse response = { .status = 200,
                                    .content_type = "application/x-x509-ca-cert",
                                    .body = der->data,
                                    .body_size = der->len,
                                    .certificates = certificates };
    ScepExchange *exchange = answer(tracker, ask(tracker, 3, &request), 4, &response);
    g_ptr_array_unref(certificates);
    g_byte_array_unref(der);
    return exchange;
}

/* The ids in order, one blank between them. @return g_free() */
static inline char *ids_of(const ScepFinding *findings)
{
    GString *text = g_string_new(NULL);

    for (const ScepFinding *finding = findings; finding != NULL; finding = finding->next)
        g_string_append_printf(text, "%s%s", finding != findings ? " " : "", scep_finding_get0_hint(finding)->id);
    return g_string_free(text, FALSE);
}

static inline void assert_findings(const ScepFinding *findings, const char *expected)
{
    char *ids = ids_of(findings);

    assert_string_equal(ids, expected);
    g_free(ids);
}

static inline const ScepFinding *find_finding(const ScepFinding *findings, const char *id)
{
    while (findings != NULL && strcmp(scep_finding_get0_hint(findings)->id, id) != 0)
        findings = findings->next;
    return findings;
}

/* @param expected  NULL for none; "*" stands for what differs from run to run, as the length of a message does */
static inline void assert_detail(const ScepFinding *findings, const char *id, const char *expected)
{
    const ScepFinding *finding = find_finding(findings, id);

    assert_non_null(finding);
    if (expected == NULL) {
        assert_null(finding->detail);
    } else {
        assert_non_null(finding->detail);
        if (strchr(expected, '*') == NULL || !g_pattern_match_simple(expected, finding->detail))
            assert_string_equal(finding->detail, expected);
    }
}

/* The frame where it is shown, and the other one. */
static inline void assert_first_frames(const ScepFinding *findings, const char *id, uint32_t first, uint32_t second)
{
    const ScepFinding *finding = find_finding(findings, id);

    assert_non_null(finding);
    assert_int_equal(finding->frame_count, 2);
    assert_int_equal(finding->frames[0], first);
    assert_int_equal(finding->frames[1], second);
}

/* A message as the rules on it are asked, once it is booked. */
static inline ScepCase case_of_request(const ScepTracker *tracker, ScepExchange *exchange, const ScepRequest *request)
{
    ScepCase about = scep_case_of_exchange(diagnosis_of(tracker), SCEP_ON_REQUEST, exchange, false);

    about.request = request;
    return about;
}

static inline ScepCase case_of_answer(const ScepTracker *tracker, ScepExchange *exchange, const ScepResponse *response)
{
    ScepCase about = scep_case_of_exchange(diagnosis_of(tracker), SCEP_ON_ANSWER, exchange, true);

    about.response = response;
    return about;
}

/* Which rules of a table applied to some case so far. */
typedef struct {
    const ScepRuleTable *table;
    bool applied[128];
} Coverage;

/* Asks each rule by itself: that its hint is told already, or that another one comes first, does not count. */
static inline void cover(Coverage *coverage, ScepCase about)
{
    assert_true(coverage->table->count <= G_N_ELEMENTS(coverage->applied));
    for (size_t i = 0; i < coverage->table->count; i++) {
        const ScepRule *rule = &coverage->table->rules[i];
        ScepCase asked = about;
        asked.parameter = rule->parameter;
        if (rule->moment == about.moment && rule->applies(&asked))
            coverage->applied[i] = true;
        g_free(asked.evidence.detail);
    }
}

/* Every rule of this moment applied once at least: a new rule wants a case that shows it. */
static inline void assert_covered(const Coverage *coverage, int moment)
{
    unsigned bare = 0;

    for (size_t i = 0; i < coverage->table->count; i++) {
        const ScepRule *rule = &coverage->table->rules[i];
        if (rule->moment == moment && !coverage->applied[i]) {
            print_error("no case for the rule %s (%d)\n", scep_hints[rule->hint].id, rule->parameter);
            bare++;
        }
    }
    assert_int_equal(bare, 0);
}

#endif
