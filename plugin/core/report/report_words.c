/* report_words.c
 * The sentences of the text report.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report/report_words.h"
#include "scep/report.h"
#include "tracker/ca_call.h"
#include "tracker/times.h"

const char *scep_stage_name(unsigned stage)
{
    static const char *const names[] = {
        "",
        "Profile deployment and challenge",
        "Device to NDES",
        "NDES to policy module",
        "NDES to CA",
        "Certificate delivery",
        "Reporting to Intune",
    };
    G_STATIC_ASSERT(G_N_ELEMENTS(names) == SCEP_STAGE_COUNT + 1);
    return stage < G_N_ELEMENTS(names) ? names[stage] : "";
}

void scep_words_time(GString *out, int64_t time)
{
    const int64_t seconds = time / SCEP_SECOND - (time % SCEP_SECOND < 0);
    GDateTime *when = g_date_time_new_from_unix_utc(seconds);

    if (when == NULL) {
        g_string_append(out, "at an unknown time");
        return;
    }
    char *text = g_date_time_format(when, "%Y-%m-%d %H:%M:%S");
    g_string_append_printf(out, "%s.%03d UTC", text, (int)((time - seconds * SCEP_SECOND) / 1000000));
    g_free(text);
    g_date_time_unref(when);
}

void scep_words_duration(GString *out, int64_t duration)
{
    const int64_t seconds = duration / SCEP_SECOND;

    if (duration < 0)
        g_string_append(out, "no time that makes sense (the frames are not in order)");
    else if (seconds < 120)
        g_string_append_printf(out, "%d.%03d s", (int)seconds, (int)(duration % SCEP_SECOND / 1000000));
    else if (seconds < 7200)
        g_string_append_printf(out, "%d min %d s", (int)(seconds / 60), (int)(seconds % 60));
    else
        g_string_append_printf(out, "%" G_GINT64_FORMAT " h %d min", seconds / 3600, (int)(seconds % 3600 / 60));
}

/* What a request is called: by its message type where that has a name. */
static const char *asked(const ScepExchange *exchange)
{
    const char *name = NULL;

    if (exchange->operation == SCEP_OP_PKIOPERATION) {
        name = scep_message_type_name(exchange->message_type);
        return name ? name : "PKIOperation";
    }
    name = scep_operation_name((ScepOperation)exchange->operation);
    return name ? name : scep_exchange_step(exchange, false);
}

static void append_result_code(GString *out, uint32_t code)
{
    ScepResultCodeText text;
    const ScepResultCode *known = scep_result_code_explain(code, &text);

    g_string_append_printf(out, "0x%08x", code);
    if (known != NULL)
        g_string_append_printf(out, " %s (%s)", known->symbol, known->meaning);
}

/* A code point by its name, or as it was sent; nothing where it was left out. */
static void append_code(GString *out, ScepAttributeId id, const char *name, const char *other)
{
    if (name != NULL) {
        g_string_append(out, name);
    } else if (other != NULL) {
        char *text = scep_code_new_other_text(id, other, id == SCEP_ATTR_MESSAGE_TYPE);
        g_string_append(out, text);
        g_free(text);
    }
}

/* "FAILURE badRequest" */
static void append_status(GString *out, const ScepExchange *exchange)
{
    append_code(out, SCEP_ATTR_PKI_STATUS, scep_pki_status_name(exchange->pki_status), exchange->pki_status_other);
    if (exchange->fail_info >= 0 || exchange->fail_info_other != NULL)
        g_string_append_c(out, ' ');
    append_code(out, SCEP_ATTR_FAIL_INFO, scep_fail_info_name(exchange->fail_info), exchange->fail_info_other);
    if (exchange->brings_nothing)
        g_string_append(out, " without a certificate");
}

static bool has_status(const ScepExchange *exchange)
{
    return exchange->pki_status >= 0 || exchange->pki_status_other != NULL;
}

static void append_answer(GString *out, const ScepExchange *exchange)
{
    if (exchange->response_frame == 0) {
        g_string_append(out, ", no answer");
        return;
    }
    g_string_append_printf(out, ", frame %u", exchange->response_frame);
    if (exchange->request_frame != 0) {
        g_string_append(out, " after ");
        scep_words_duration(out, exchange->response_time - exchange->request_time);
    }
    g_string_append(out, ": ");
    if (has_status(exchange))
        append_status(out, exchange);
    else if (exchange->response_is_page)
        g_string_append_printf(out, "HTTP %u with something that is no SCEP answer", exchange->status);
    else if (exchange->status != 0)
        g_string_append_printf(out, "HTTP %u", exchange->status);
    else
        g_string_append(out, "answered");
    if (exchange->has_ndes_error && exchange->ndes_error != 0)
        g_string_append_printf(out, ", NDES error 0x%08x", exchange->ndes_error);
}

GString *scep_words_new_step(const ScepExchange *exchange)
{
    GString *out = g_string_new(asked(exchange));

    if (exchange->message_type_other != NULL) {
        g_string_append(out, " with ");
        append_code(out, SCEP_ATTR_MESSAGE_TYPE, NULL, exchange->message_type_other);
    }
    if (exchange->identifier != NULL && exchange->identifier[0] != '\0')
        g_string_append_printf(out, " \"%.40s\"", exchange->identifier);
    if (exchange->request_frame == 0)
        g_string_append(out, ", asked before the capture began");
    else
        g_string_append_printf(out, " by %s, frame %u", exchange->is_get ? "GET" : "POST", exchange->request_frame);
    append_answer(out, exchange);
    if (scep_exchange_is_copy(exchange))
        g_string_append_printf(out, " (the message of frame %u, behind a proxy: %s to %s)",
                               exchange->repeats->request_frame, exchange->client, exchange->server->address);
    else if (exchange->repeats != NULL)
        g_string_append_printf(out, " (the message of frame %u again)", exchange->repeats->request_frame);
    return out;
}

GString *scep_words_new_ca_call(const ScepCaCall *call)
{
    GString *out = g_string_new(NULL);
    const uint32_t code = scep_ca_call_code(call);

    g_string_append_printf(out, "%s to the CA %s%s", scep_ca_call_step(call), call->ca ? call->ca : "?",
                           call->is_likely ? " (likely for this enrollment)" : "");
    if (call->template_name != NULL)
        g_string_append_printf(out, ", template %s", call->template_name);
    if (call->request_frame != 0)
        g_string_append_printf(out, ", frame %u", call->request_frame);
    if (call->response_frame == 0) {
        g_string_append(out, ", no answer");
        return out;
    }
    g_string_append_printf(out, ", frame %u", call->response_frame);
    if (call->request_frame != 0) {
        g_string_append(out, " after ");
        scep_words_duration(out, call->response_time - call->request_time);
    }
    g_string_append(out, ": ");
    if (code != 0) {
        g_string_append(out, call->is_fault ? "fault " : "");
        append_result_code(out, code);
    } else if (call->has_disposition) {
        char *disposition = scep_wcce_new_disposition_text(call->disposition);
        g_string_append(out, disposition);
        g_free(disposition);
    } else {
        g_string_append(out, call->is_sealed ? "sealed, not readable without a key" : "answered");
    }
    if (call->request_id != 0)
        g_string_append_printf(out, ", request id %u", call->request_id);
    return out;
}

static void verdict_issued(GString *out, const ScepReportEntry *entry)
{
    g_string_append_printf(out, "The server granted the request; the certificate is in frame %u.",
                           entry->decisive->response_frame);
    if (entry->polls > 0)
        g_string_append_printf(out, " Until then the device had to ask again %u time%s.", entry->polls,
                               entry->polls == 1 ? "" : "s");
}

/* Where nothing but the code tells who refused. */
static void append_maker(GString *out, const ScepReportEntry *entry)
{
    if (entry->stage_by_code)
        g_string_append_printf(out,
                               " By its code the refusal comes from %s (stage %u); that leg is not in this capture.",
                               entry->stage == 4 ? "the CA or the way to it" : "the policy module", entry->stage);
}

static void verdict_refused(GString *out, const ScepReportEntry *entry)
{
    const ScepExchange *exchange = entry->decisive;

    if (exchange->status >= 300) {
        g_string_append_printf(out, "%s was answered with HTTP %u in frame %u, so no SCEP answer came.",
                               asked(exchange), exchange->status, exchange->response_frame);
    } else if (!has_status(exchange)) {
        g_string_append_printf(out, "What answers %s in frame %u is no SCEP answer, in spite of HTTP %u.",
                               asked(exchange), exchange->response_frame, exchange->status);
    } else {
        g_string_append_printf(out, "The server refused %s in frame %u%s: ", asked(exchange), exchange->response_frame,
                               exchange->pki_status == SCEP_STATUS_FAILURE ? "" : ", by the reason that it gives");
        append_status(out, exchange);
        if (exchange->has_ndes_error && exchange->ndes_error != 0) {
            g_string_append(out, ", NDES error ");
            append_result_code(out, exchange->ndes_error);
        }
        g_string_append_c(out, '.');
        append_maker(out, entry);
    }
}

/* Absence is worth only as much as the capture that goes on behind it. */
static void append_silence(GString *out, const ScepReport *report, const ScepReportEntry *entry)
{
    const ScepExchange *last = entry->enrollment->last;
    const int64_t moment = last->response_frame ? last->response_time : last->request_time;

    g_string_append(out, " The capture goes on for ");
    scep_words_duration(out, MAX(report->last_time - moment, 0));
    g_string_append(out, " after that.");
}

static void verdict_pending(GString *out, const ScepReport *report, const ScepReportEntry *entry)
{
    if (entry->decisive->brings_nothing)
        g_string_append_printf(
            out,
            "No certificate was issued: the answer in frame %u says SUCCESS and brings none. Probably "
            "the request waits for approval, and the server should have said PENDING.",
            entry->decisive->response_frame);
    else
        g_string_append_printf(out, "The request waits for approval: the last answer, frame %u, is PENDING.",
                               entry->decisive->response_frame);
    if (entry->polls > 0)
        g_string_append_printf(out, " The device asked again %u time%s.", entry->polls, entry->polls == 1 ? "" : "s");
    append_silence(out, report, entry);
}

static void verdict_abandoned(GString *out, const ScepReport *report, const ScepReportEntry *entry)
{
    g_string_append_printf(out,
                           "The last message is the answer to %s in frame %u; no request for a certificate "
                           "(PKIOperation) follows.",
                           asked(entry->decisive), entry->decisive->response_frame);
    append_silence(out, report, entry);
}

static void verdict_unanswered(GString *out, const ScepReport *report, const ScepReportEntry *entry)
{
    g_string_append_printf(out, "%s in frame %u has no answer in this capture.", asked(entry->decisive),
                           entry->decisive->request_frame);
    append_silence(out, report, entry);
}

static void verdict_unreadable(GString *out, const ScepExchange *exchange)
{
    if (exchange->is_unread) {
        g_string_append_printf(
            out,
            "The answer to %s in frame %u says SUCCESS, but what it brings is cut or cannot be read: "
            "whether a certificate is in it, this capture does not tell.",
            asked(exchange), exchange->response_frame);
        return;
    }
    if (exchange->pki_status_other == NULL) {
        g_string_append_printf(out, "%s was answered in frame %u, but the answer cannot be read.", asked(exchange),
                               exchange->response_frame);
        return;
    }
    g_string_append_printf(out, "The answer to %s in frame %u has ", asked(exchange), exchange->response_frame);
    append_status(out, exchange);
    g_string_append(out, ": whether the request was granted, only its server can tell.");
}

GString *scep_words_new_verdict(const ScepReport *report, const ScepReportEntry *entry)
{
    GString *out = g_string_new(NULL);

    switch (entry->outcome) {
    case SCEP_OUTCOME_ISSUED:
        verdict_issued(out, entry);
        break;
    case SCEP_OUTCOME_REFUSED:
        verdict_refused(out, entry);
        break;
    case SCEP_OUTCOME_PENDING:
        verdict_pending(out, report, entry);
        break;
    case SCEP_OUTCOME_ABANDONED:
        verdict_abandoned(out, report, entry);
        break;
    case SCEP_OUTCOME_UNANSWERED:
        verdict_unanswered(out, report, entry);
        break;
    default:
        verdict_unreadable(out, entry->decisive);
        break;
    }
    return out;
}
