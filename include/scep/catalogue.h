/* catalogue.h
 * Tables that people edit: hints, result codes, Intune verdicts, OIDs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CATALOGUE_H
#define SCEP_CATALOGUE_H

#include <stddef.h>
#include <stdint.h>

/** How much a hint matters; the numbers are those of scep.hint.severity. */
typedef enum {
    SCEP_SEVERITY_NOTE = 1,
    SCEP_SEVERITY_WARNING = 2,
    SCEP_SEVERITY_ERROR = 3
} ScepSeverity;

/** How sure a hint is; the numbers are those of scep.hint.confidence. */
typedef enum {
    SCEP_CONFIDENCE_POSSIBLE = 1,
    SCEP_CONFIDENCE_LIKELY = 2,
    SCEP_CONFIDENCE_CERTAIN = 3
} ScepConfidence;

/** What a capture must offer before the condition of a hint can be seen. */
typedef enum {
    SCEP_VISIBLE_TCP,    /**< TCP, TLS or DNS without any key */
    SCEP_VISIBLE_HTTP,   /**< clear HTTP, or TLS with its secrets */
    SCEP_VISIBLE_INSIDE, /**< the private key that opens the EnvelopedData */
    SCEP_VISIBLE_RPC,    /**< DCE/RPC headers */
    SCEP_VISIBLE_STUB,   /**< DCE/RPC stubs, clear or decrypted */
    SCEP_VISIBLE_LOG     /**< only in a log: no capture shows it */
} ScepVisibility;

/** One row of the hint catalogue. All strings are static, UTF-8, never NULL unless said. */
typedef struct {
    const char *id;            /**< stable, snake_case; the expert item is "scep.hint." + id */
    uint8_t stage;             /**< 1 to 6; 0 where it belongs to no stage */
    ScepVisibility visible;
    ScepSeverity severity;
    ScepConfidence confidence;
    const char *condition;     /**< what is seen on the wire, for the reference */
    const char *text;          /**< what it means: one or two plain sentences */
    const char *causes;        /**< likeliest first, separated by "; "; "" where none is known */
    const char *check;         /**< what to look at next, in the imperative */
    const char *log;           /**< log or event by Microsoft's name; "" where none helps */
    const char *platform;      /**< "any", "Windows", "iOS/macOS", ... */
    const char *source;        /**< where the row comes from, or "unconfirmed" */
    const char *not_shown;     /**< NULL where a rule raises it; else why no capture can show it */
} ScepHint;

/** The catalogue, sorted as documented (section by section), and its length. */
extern const ScepHint scep_hints[];
extern const size_t scep_hint_count;

/** The row with this id, or NULL. */
const ScepHint *scep_hint_find(const char *id);

/** One HRESULT, Win32 or RPC status code. */
typedef struct {
    uint32_t code;
    const char *symbol;        /**< e.g. "CERTSRV_E_KEY_LENGTH" */
    const char *meaning;       /**< a few plain words, lower case, no full stop */
    const char *check;         /**< what to look at; "" where nothing is known */
} ScepResultCode;

extern const ScepResultCode scep_result_codes[]; /* ascending by code */
extern const size_t scep_result_code_count;

/** The row for a code, or NULL. Binary search. */
const ScepResultCode *scep_result_code_find(uint32_t code);

/** One verdict of Intune's ScepActions/validateRequest. */
typedef struct {
    const char *name;          /**< as in the JSON member "code" */
    const char *meaning;
    const char *check;
} ScepIntuneVerdict;

extern const ScepIntuneVerdict scep_intune_verdicts[];
extern const size_t scep_intune_verdict_count;

/** The row for a name (case-sensitive), or NULL. */
const ScepIntuneVerdict *scep_intune_verdict_find(const char *name);

#endif
