/* columns.c
 * What is told of each enrollment, once for the JSON report and the table. A new column is a row here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/code_point.h"
#include "scep/report.h"

static ScepColumnValue text(const char *value)
{
    return (ScepColumnValue){ .is_known = value != NULL, .text = value };
}

static ScepColumnValue number(bool is_known, int64_t value)
{
    return (ScepColumnValue){ .is_known = is_known, .number = value };
}

static ScepColumnValue value_of_enrollment(const ScepReportEntry *entry)
{
    return number(true, entry->enrollment->number);
}

static ScepColumnValue value_of_outcome(const ScepReportEntry *entry)
{
    return text(scep_outcome_name(entry->outcome));
}

static ScepColumnValue value_of_stage(const ScepReportEntry *entry)
{
    return number(true, entry->stage);
}

static ScepColumnValue value_of_stage_by_code(const ScepReportEntry *entry)
{
    return number(true, entry->stage_by_code);
}

static ScepColumnValue value_of_transaction_id(const ScepReportEntry *entry)
{
    return text(entry->enrollment->transaction_id);
}

static ScepColumnValue value_of_client(const ScepReportEntry *entry)
{
    return text(entry->client);
}

static ScepColumnValue value_of_server(const ScepReportEntry *entry)
{
    return text(entry->server);
}

static ScepColumnValue value_of_ca(const ScepReportEntry *entry)
{
    return text(entry->ca);
}

static ScepColumnValue value_of_client_software(const ScepReportEntry *entry)
{
    return text(entry->client_software);
}

static ScepColumnValue value_of_server_software(const ScepReportEntry *entry)
{
    return text(entry->server_software);
}

static ScepColumnValue value_of_why(const ScepReportEntry *entry)
{
    return text(entry->why);
}

static ScepColumnValue value_of_subject(const ScepReportEntry *entry)
{
    return text(entry->subject);
}

static ScepColumnValue value_of_template(const ScepReportEntry *entry)
{
    return text(entry->template_name);
}

static ScepColumnValue value_of_request_id(const ScepReportEntry *entry)
{
    return number(entry->has_request_id, entry->request_id);
}

static ScepColumnValue value_of_serial(const ScepReportEntry *entry)
{
    return text(entry->serial);
}

/* The number where it is one, also one that only the CA knows. */
static ScepColumnValue code(int value, const char *other)
{
    int64_t sent;
    const bool is_number = scep_code_number(value, other, &sent);

    return number(is_number, sent);
}

static ScepColumnValue value_of_pki_status(const ScepReportEntry *entry)
{
    return code(entry->pki_status, entry->pki_status_other);
}

static ScepColumnValue value_of_pki_status_other(const ScepReportEntry *entry)
{
    return text(entry->pki_status_other);
}

static ScepColumnValue value_of_fail_info(const ScepReportEntry *entry)
{
    return code(entry->fail_info, entry->fail_info_other);
}

static ScepColumnValue value_of_fail_info_other(const ScepReportEntry *entry)
{
    return text(entry->fail_info_other);
}

/* The words of the answer that decided, in text, JSON, a page or failInfoText. */
static ScepColumnValue value_of_server_says(const ScepReportEntry *entry)
{
    return text(entry->decisive->says != NULL ? entry->decisive->says : entry->decisive->fail_info_text);
}

static ScepColumnValue value_of_hresult(const ScepReportEntry *entry)
{
    return number(entry->has_hresult, entry->hresult);
}

static ScepColumnValue value_of_first_frame(const ScepReportEntry *entry)
{
    return number(entry->frames->len > 0, entry->frames->len > 0 ? g_array_index(entry->frames, uint32_t, 0) : 0);
}

static ScepColumnValue value_of_messages(const ScepReportEntry *entry)
{
    return number(true, entry->frames->len);
}

static ScepColumnValue value_of_polls(const ScepReportEntry *entry)
{
    return number(true, entry->polls);
}

static ScepColumnValue value_of_start(const ScepReportEntry *entry)
{
    return number(true, entry->start);
}

static ScepColumnValue value_of_seconds(const ScepReportEntry *entry)
{
    return number(true, entry->duration);
}

static ScepColumnValue value_of_leading_hint(const ScepReportEntry *entry)
{
    return text(entry->hints->len > 0 ? ((const ScepReportHint *)g_ptr_array_index(entry->hints, 0))->hint->id : NULL);
}

static ScepColumnValue value_of_spki_sha256(const ScepReportEntry *entry)
{
    return text(entry->spki_sha256[0] != '\0' ? entry->spki_sha256 : NULL);
}

static ScepColumnValue value_of_renews(const ScepReportEntry *entry)
{
    return number(entry->enrollment->renews != NULL, entry->enrollment->renews ? entry->enrollment->renews->number : 0);
}

static ScepColumnValue value_of_nearest(const ScepReportEntry *entry)
{
    return number(entry->nearest != NULL, entry->nearest ? entry->nearest->number : 0);
}

const ScepReportColumn scep_report_columns[] = {
    { "enrollment", "No.", SCEP_COLUMN_NUMBER, 5, value_of_enrollment },
    { "outcome", "Outcome", SCEP_COLUMN_TEXT, 10, value_of_outcome },
    { "stage", "Stage", SCEP_COLUMN_NUMBER, 1, value_of_stage },
    { "stage_by_code", NULL, SCEP_COLUMN_FLAG, 0, value_of_stage_by_code },
    { "hints", NULL, SCEP_COLUMN_HINTS, 0, NULL },
    { "transaction_id", NULL, SCEP_COLUMN_TEXT, 0, value_of_transaction_id },
    { "client", "Device", SCEP_COLUMN_TEXT, 15, value_of_client },
    { "server", "Server", SCEP_COLUMN_TEXT, 15, value_of_server },
    { "ca", NULL, SCEP_COLUMN_TEXT, 0, value_of_ca },
    { "client_software", NULL, SCEP_COLUMN_TEXT, 0, value_of_client_software },
    { "server_software", NULL, SCEP_COLUMN_TEXT, 0, value_of_server_software },
    { "why", NULL, SCEP_COLUMN_TEXT, 0, value_of_why },
    { "subject", NULL, SCEP_COLUMN_TEXT, 0, value_of_subject },
    { "template", NULL, SCEP_COLUMN_TEXT, 0, value_of_template },
    { "request_id", NULL, SCEP_COLUMN_NUMBER, 0, value_of_request_id },
    { "serial", NULL, SCEP_COLUMN_TEXT, 0, value_of_serial },
    { "pki_status", NULL, SCEP_COLUMN_NUMBER, 0, value_of_pki_status },
    { "pki_status_other", NULL, SCEP_COLUMN_TEXT, 0, value_of_pki_status_other },
    { "fail_info", NULL, SCEP_COLUMN_NUMBER, 0, value_of_fail_info },
    { "fail_info_other", NULL, SCEP_COLUMN_TEXT, 0, value_of_fail_info_other },
    { "hresult", NULL, SCEP_COLUMN_CODE, 0, value_of_hresult },
    { NULL, "First frame", SCEP_COLUMN_NUMBER, 7, value_of_first_frame },
    { NULL, "Messages", SCEP_COLUMN_NUMBER, 3, value_of_messages },
    { "polls", "Polls", SCEP_COLUMN_NUMBER, 3, value_of_polls },
    { "frames", NULL, SCEP_COLUMN_FRAMES, 0, NULL },
    { "start", NULL, SCEP_COLUMN_MOMENT, 0, value_of_start },
    { "seconds", "Seconds", SCEP_COLUMN_TIME, 10, value_of_seconds },
    { NULL, "Leading hint", SCEP_COLUMN_TEXT, 28, value_of_leading_hint },
    { NULL, "Client", SCEP_COLUMN_TEXT, 12, value_of_client_software },
    { NULL, "Transaction", SCEP_COLUMN_TEXT, 0, value_of_transaction_id },
    { NULL, "Subject", SCEP_COLUMN_TEXT, 0, value_of_subject },
    { NULL, "Template", SCEP_COLUMN_TEXT, 0, value_of_template },
    { NULL, "HRESULT", SCEP_COLUMN_CODE, 10, value_of_hresult },
    { NULL, "Start", SCEP_COLUMN_MOMENT, 19, value_of_start },
    { "spki_sha256", NULL, SCEP_COLUMN_TEXT, 0, value_of_spki_sha256 },
    { "renews", NULL, SCEP_COLUMN_NUMBER, 0, value_of_renews },
    { "server_says", NULL, SCEP_COLUMN_TEXT, 0, value_of_server_says },
    { "services", NULL, SCEP_COLUMN_SERVICES, 0, NULL },
    { "comparisons", NULL, SCEP_COLUMN_COMPARISONS, 0, NULL },
    { "nearest", NULL, SCEP_COLUMN_NUMBER, 0, value_of_nearest },
    { "differences", NULL, SCEP_COLUMN_DIFFERENCES, 0, NULL },
};

const size_t scep_report_column_count = G_N_ELEMENTS(scep_report_columns);
