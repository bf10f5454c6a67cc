/* rules_cut.c
 * Of which messages a part is missing, how much, and who kept it away: the capture, Wireshark, or the sender. Where one
 * of these is told, all that speaks of absence is mute.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/rule.h"
#include "tracker/extent.h"
#include "tracker/tracker.h"

/* ---- words ------------------------------------------------------------------------------------------------------- */

/* "1,372": the same in every locale. */
static void append_number(GString *text, uint64_t number)
{
    if (number >= 1000) {
        append_number(text, number / 1000);
        g_string_append_printf(text, ",%03u", (unsigned)(number % 1000));
    } else {
        g_string_append_printf(text, "%u", (unsigned)number);
    }
}

/* Sizes that a tool keeps where nobody asks for more, and how to ask. */
static const struct {
    uint32_t size;
    const char *tool;
    const char *whole;
} habits[] = {
    { 68, "tcpdump of old does so by default", "tcpdump -s 0" },
    { 96, "tcpdump of old does so by default", "tcpdump -s 0" },
    { 128, "pktmon does so by default", "pktmon start --capture --pkt-size 0" },
};

static void append_snaplen(GString *text, uint32_t size)
{
    g_string_append_printf(text, "this capture keeps only the first %u octets of each packet (snaplen)", size);
    for (size_t i = 0; i < G_N_ELEMENTS(habits); i++) {
        if (habits[i].size == size)
            g_string_append_printf(text, ". %c%s: capture again with \"%s\"", g_ascii_toupper(habits[i].tool[0]),
                                   habits[i].tool + 1, habits[i].whole);
    }
}

static void append_reason(GString *text, const ScepExtent *extent)
{
    switch (extent->cut_by) {
    case SCEP_CUT_BY_SNAPLEN:
        append_snaplen(text, extent->snaplen);
        break;
    case SCEP_CUT_BY_PREFERENCE:
        g_string_append_printf(text, "Wireshark's preference %s is off",
                               extent->preference != NULL ? extent->preference : "for putting segments together");
        break;
    case SCEP_CUT_BY_LOSS:
        g_string_append(text, "a segment is not in the capture, or the capture begins or ends inside");
        break;
    default:
        g_string_append(text, "the capture has no more of it");
    }
}

static const char *name_of(const ScepExchange *exchange)
{
    const char *name = scep_operation_name((ScepOperation)exchange->operation);

    return name != NULL ? name : "SCEP";
}

/* @param missing  octets that the message itself says there are behind what was read; 0 where it does not say */
static char *describe(const ScepExchange *exchange, bool is_answer, const ScepExtent *extent, uint64_t missing)
{
    GString *text = g_string_new(NULL);
    const uint64_t lacking = extent->announced > extent->have ? extent->announced - extent->have : missing;

    if (lacking > 0) {
        append_number(text, lacking);
        g_string_append(text, " of ");
        append_number(text, extent->announced > extent->have ? extent->announced : extent->have + missing);
        g_string_append(text, " octets of ");
    } else {
        g_string_append(text, "Part of ");
    }
    g_string_append_printf(text, "the %s %s %s missing: ", name_of(exchange), is_answer ? "answer" : "request",
                           lacking > 1 ? "are" : "is");
    append_reason(text, extent);
    return g_string_free(text, FALSE);
}

/* Where HTTP says nothing of the length, what was read is what the body has. */
static ScepExtent with_size(ScepExtent extent, size_t size)
{
    if (extent.have == 0)
        extent.have = size;
    return extent;
}

/* ---- conditions -------------------------------------------------------------------------------------------------- */

/* A GET whose head is there was captured whole: what its message lacks was never sent, and has a hint of its own. */
static bool request_cut(ScepCase *about)
{
    const ScepRequest *request = about->request;

    if (scep_request_is_whole(request) || scep_request_was_cut_by_sender(request) ||
        (request->is_get && request->host != NULL && request->extent.cut_by == SCEP_CUT_BY_NOBODY))
        return false;
    const ScepExtent extent = with_size(request->extent, request->body_size);
    about->evidence.detail =
        describe(about->exchange, false, &extent, request->message != NULL ? request->message->missing : 0);
    return true;
}

/* A body that is still packed has a hint of its own. */
static bool answer_cut(ScepCase *about)
{
    const ScepResponse *response = about->response;

    if (scep_response_is_whole(response) || scep_response_was_cut_by_sender(response))
        return false;
    const ScepExtent extent = with_size(response->extent, response->body_size);
    about->evidence.detail =
        describe(about->exchange, true, &extent, response->message != NULL ? response->message->missing : 0);
    return true;
}

/* An answer of which no more than the begin was captured was never booked as one. */
static bool answer_lost(ScepCase *about)
{
    const ScepExchange *exchange = about->exchange;

    if (exchange->response_frame != 0 || !exchange->response_is_cut)
        return false;
    const ScepExtent extent = { .cut_by = about->tracker->snaplen != 0 ? SCEP_CUT_BY_SNAPLEN : SCEP_CUT_BY_LOSS,
                                .snaplen = about->tracker->snaplen };
    about->evidence.detail = describe(exchange, true, &extent, 0);
    if (exchange->answer_began != 0)
        scep_case_also(about, exchange->answer_began);
    return true;
}

static bool sent_short(ScepCase *about, const ScepExtent *extent, const ScepMessage *message, size_t size)
{
    const uint64_t announced = extent->announced > 0 ? extent->announced : size;
    GString *text = g_string_new("HTTP says that the body has ");

    append_number(text, announced);
    g_string_append(text, " octets, and so many came");
    if (message->missing > 0) {
        g_string_append(text, "; the message in it says that it has ");
        append_number(text, size + message->missing);
    }
    about->evidence.detail = g_string_free(text, FALSE);
    return true;
}

static bool request_sent_short(ScepCase *about)
{
    const ScepRequest *request = about->request;

    /* A URL that was cut has a hint of its own. */
    return scep_request_was_cut_by_sender(request) && !request->is_get &&
           sent_short(about, &request->extent, request->message, request->body_size);
}

static bool answer_sent_short(ScepCase *about)
{
    const ScepResponse *response = about->response;

    return scep_response_was_cut_by_sender(response) &&
           sent_short(about, &response->extent, response->message, response->body_size);
}

static const ScepRule rules[] = {
    { SCEP_HINT_message_cut, SCEP_ON_REQUEST, request_cut, 0 },
    { SCEP_HINT_message_cut, SCEP_ON_ANSWER, answer_cut, 0 },
    { SCEP_HINT_message_cut, SCEP_AT_ENROLLMENT_END, answer_lost, 0 },
    { SCEP_HINT_message_cut_by_sender, SCEP_ON_REQUEST, request_sent_short, 0 },
    { SCEP_HINT_message_cut_by_sender, SCEP_ON_ANSWER, answer_sent_short, 0 },
};

const ScepRuleTable scep_rules_cut = { .rules = rules, .count = G_N_ELEMENTS(rules) };
