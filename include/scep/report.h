/* report.h
 * What is known, for people and for scripts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_REPORT_H
#define SCEP_REPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "scep/tracker.h"
#include "scep/diagnosis.h"

/** A hint as reported: the same finding of several messages is one of these, with the frames of all. */
typedef struct {
    const ScepHint *hint;
    ScepSeverity severity; /**< the highest of the findings */
    const char *detail;    /**< what was seen, in words; borrowed from the diagnosis; NULL when the hint says it all */
    ScepAdvice advice;     /**< what the hint says of such a server */
    char *causes;          /**< of the advice, without those that the capture rules out; owned */
    unsigned dropped;      /**< how many causes that are */
    unsigned rank;         /**< 1 for what explains the stop, then in order; 0 for a note */
    unsigned against;      /**< ScepContradiction: why it explains nothing */
    GArray *frames;        /**< of uint32_t: evidence, each frame once, where the hint is shown first */
} ScepReportHint;

/** Two things side by side. Texts are borrowed from the tracker or static. */
typedef struct {
    const char *what;
    const char *left;  /**< of the request that decided */
    const char *right; /**< what every server expects, or what another request has */
    bool fits;
} ScepComparison;

/** One enrollment. Texts are borrowed from the tracker or static unless said; NULL where unknown. */
typedef struct {
    const ScepEnrollment *enrollment;
    const ScepExchange *decisive;
    ScepOutcome outcome;
    uint8_t stage;      /**< reached, 1 to 6 */
    bool stage_by_code; /**< by the code of the refusal: the capture shows nothing of that stage */
    GPtrArray *hints;   /**< of ScepReportHint*, the leading one first; may be empty */
    char *why; /**< why the first of them leads, and what speaks against others; NULL where nothing went wrong */
    const char *client; /**< address; the same for server and ca */
    const char *server;
    const char *ca;
    uint16_t server_port;
    const char *client_software;
    const char *server_software;
    const char *subject; /**< of the certificate asked for or issued */
    const char *template_name;
    const char *serial; /**< of the issued certificate, lower-case hex */
    bool has_request_id;
    uint32_t request_id; /**< the CA's */
    int pki_status;      /**< of the decisive answer, as in ScepMessage; the same for the next three */
    int fail_info;
    const char *pki_status_other;
    const char *fail_info_other;
    bool has_hresult;
    uint32_t hresult;
    unsigned polls;
    GArray *frames;                /**< of uint32_t, ascending: every SCEP message of the enrollment */
    int64_t start;                 /**< first message, nanoseconds since 1970 */
    int64_t duration;              /**< to the last message, nanoseconds */
    char spki_sha256[65];          /**< lower-case hex; "" where unknown */
    GArray *comparisons;           /**< of ScepComparison: the request beside what every server expects */
    const ScepEnrollment *nearest; /**< of one that was refused: one that the same server served, or NULL */
    GArray *differences;           /**< of ScepComparison: what it differs by from that one, the most telling first */
} ScepReportEntry;

/** What a column holds. */
typedef enum {
    SCEP_COLUMN_TEXT,
    SCEP_COLUMN_NUMBER,
    SCEP_COLUMN_FLAG,     /**< of the number: not 0 */
    SCEP_COLUMN_CODE,     /**< a number that people know in hexadecimal */
    SCEP_COLUMN_TIME,     /**< nanoseconds that passed */
    SCEP_COLUMN_MOMENT,   /**< nanoseconds since 1970 */
    SCEP_COLUMN_FRAMES,   /**< of the entry */
    SCEP_COLUMN_HINTS,    /**< of the entry, and the id of the leading one */
    SCEP_COLUMN_SERVICES, /**< calls that belong to the enrollment */
    SCEP_COLUMN_COMPARISONS,
    SCEP_COLUMN_DIFFERENCES
} ScepColumnKind;

/** A value of a column. Text is borrowed. */
typedef struct {
    bool is_known;
    const char *text;
    int64_t number;
} ScepColumnValue;

/** One thing that is told of each enrollment, in every report that has columns or keys. */
typedef struct {
    const char *key;   /**< in the JSON report; NULL where only the table has it */
    const char *title; /**< in the table; NULL where only the JSON report has it */
    ScepColumnKind kind;
    uint8_t width;                                          /**< of the table, characters */
    ScepColumnValue (*value)(const ScepReportEntry *entry); /**< NULL for lists */
} ScepReportColumn;

/** The columns, those of the JSON report in the order of its keys. */
extern const ScepReportColumn scep_report_columns[];
extern const size_t scep_report_column_count;

/** What a column says of an entry, in words for people; "" where it is not known. Lists have commas between. No
 * character of it breaks a line. @return g_free() */
char *scep_report_column_new_text(const ScepReportColumn *column, const ScepReportEntry *entry);

/** An address and its part in the play: "device", "proxy", "ndes". */
typedef struct {
    const char *address;
    const char *role; /**< static */
} ScepReportRole;

/** Connections of one client to one host whose content could not be read. Texts are the tracker's or static unless
 * said. */
typedef struct {
    const char *client; /**< address */
    const char *server; /**< address */
    const char *host;   /**< name; NULL where unknown */
    const char *role;   /**< of the server */
    uint8_t stage;
    bool is_guess;     /**< the server is taken for NDES by its name */
    bool looks_issued; /**< an answer has the size of an issued certificate */
    unsigned connections;
    unsigned exchanges;
    GArray *waiting; /**< of uint32_t, ascending: enrollments that waited for their answer at the client when one of the
                        connections began; owned */
    int64_t longest; /**< duration of the longest connection, nanoseconds */
    uint32_t first_frame;
    uint32_t last_frame;
    GString *likely; /**< what the exchanges are by their sizes: "GetCACaps, GetCACert, Submit"; owned */
    const char *last_step;
} ScepReportConnection;

/** The whole report. Valid as long as the diagnosis, and until more is booked with it. */
typedef struct {
    GPtrArray *entries; /**< of ScepReportEntry*, by number */
    GPtrArray *hints;   /**< of ScepReportHint*: those that belong to no enrollment, the leading one first */
    GPtrArray *links;   /**< of ScepReportLink* */
    GArray *roles;      /**< of ScepReportRole, in the order in which the addresses appear */
    unsigned counts[SCEP_OUTCOME_COUNT];
    int64_t first_time; /**< of the capture, nanoseconds since 1970; 0 when nothing was captured */
    int64_t last_time;
    int64_t http_messages; /**< that were looked at; -1 where nobody counted them, until the caller says */
} ScepReport;

/** Stages of an enrollment are numbered from 1. */
enum { SCEP_STAGE_COUNT = 6 };

/** Name of a stage; "" for a number that is none. Static. */
const char *scep_stage_name(unsigned stage);

/** Tells whether an exchange is asked for. An enrollment is reported when one of its exchanges is. */
typedef bool (*ScepReportWanted)(const ScepExchange *exchange, const void *data);

/** One enrollment alone, as in scep_report_new(). @return scep_report_entry_free() */
ScepReportEntry *scep_report_entry_new(const ScepDiagnosis *diagnosis, const ScepEnrollment *enrollment);
void scep_report_entry_free(ScepReportEntry *entry);

/** Draws the conclusions of the whole capture (scep_tracker_finish) and reports.
 * @param wanted  NULL for everything
 * @return scep_report_free() */
ScepReport *scep_report_new(const ScepDiagnosis *diagnosis, ScepReportWanted wanted, const void *data);
void scep_report_free(ScepReport *report);

/** The report for people: plain UTF-8 text, lines of at most 100 columns. @return g_string_free() */
GString *scep_report_new_text(const ScepReport *report);

/** The enrollments for spreadsheets: tabs between the columns, which are the keys of the JSON report and named so in
 * the first line. A text that a spreadsheet would take for a formula begins with an apostrophe. @return g_string_free()
 */
GString *scep_report_new_tsv(const ScepReport *report);

#endif
