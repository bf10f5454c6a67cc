/* http_query.h
 * The SCEP operation in a request target, and the message= parameter of a GET.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HTTP_QUERY_H
#define SCEP_HTTP_QUERY_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/span.h"

/** Operations by name (RFC 8894 4.1; GetCACertChain: draft-nourse-scep-18 5.6). */
typedef enum {
    SCEP_OP_NONE = 0,           /**< no operation parameter */
    SCEP_OP_UNKNOWN,            /**< a SCEP path, but an operation that no text defines */
    SCEP_OP_GETCACAPS,
    SCEP_OP_GETCACERT,
    SCEP_OP_GETCACERTCHAIN,
    SCEP_OP_GETNEXTCACERT,
    SCEP_OP_PKIOPERATION
} ScepOperation;

/** What the path of a URL says. */
typedef enum {
    SCEP_PATH_OTHER = 0,
    SCEP_PATH_NDES,             /**< .../certsrv/mscep/mscep.dll[/pkiclient.exe] */
    SCEP_PATH_NDES_ADMIN,       /**< .../certsrv/mscep_admin[/...] */
    SCEP_PATH_PKICLIENT,        /**< .../pkiclient.exe */
    SCEP_PATH_SCEP,             /**< a path segment that is or contains "scep" */
    SCEP_PATH_AIK               /**< /templates/Aik/scep, where Windows has the key of its TPM certified (GRAD-86) */
} ScepPathKind;

/** A parsed request target. Spans point into the target and die with it. */
typedef struct {
    ScepOperation operation;
    ScepPathKind path_kind;
    bool has_message;           /**< message= is there, possibly empty */
    ScepSpan path;              /**< after scheme and authority, before '?' */
    ScepSpan operation_value;   /**< raw, not percent-decoded */
    ScepSpan message_value;     /**< raw, not percent-decoded */
} ScepQuery;

/** Splits a request target (origin or absolute form). Parameter names and operation names match case-insensitively,
 * order is free, other parameters are ignored.
 * @return true when this is SCEP: a known operation; or an unknown one, or none at all, on an NDES, mscep_admin or
 *         pkiclient.exe path; an unknown operation on a "scep" path. A known operation name counts on every path.
 *         When false, the operation is SCEP_OP_NONE, and the rest is filled in all the same. */
bool scep_query_parse(const uint8_t *target, size_t size, ScepQuery *out);

/** The defined name of an operation ("GetCACaps"), or NULL for NONE and UNKNOWN. */
const char *scep_operation_name(ScepOperation operation);

/** Percent-decodes a parameter value. @return NUL-terminated UTF-8 text (invalid bytes escaped as \xNN), at most
 * SCEP_MAX_TEXT bytes, to be freed with g_free(). '+' stays '+'. */
char *scep_query_text(const uint8_t *target, ScepSpan value);

/** Peculiarities of a message= value (reference: RFC 8894 4.1 and what clients really send). */
enum {
    SCEP_B64_PERCENT_ESCAPED = 1 << 0,  /**< '+', '/' or '=' came percent-escaped, as the RFC asks */
    SCEP_B64_LINE_BREAKS = 1 << 1,      /**< CR or LF inside */
    SCEP_B64_RAW_PLUS = 1 << 2,         /**< a '+' that a form decoder turns into a blank */
    SCEP_B64_SPACE_FOR_PLUS = 1 << 3,   /**< a blank (raw or %20) where '+' must have stood */
    SCEP_B64_URL_SAFE = 1 << 4,         /**< '-' or '_' */
    SCEP_B64_NO_PADDING = 1 << 5,       /**< '=' missing */
    SCEP_B64_DOUBLE_ESCAPED = 1 << 6,   /**< %25 2B and the like */
    SCEP_B64_TRUNCATED = 1 << 7,        /**< a lone character at the end: 4n+1; or an escape that the end cuts */
    SCEP_B64_INVALID = 1 << 8,          /**< a character outside every alphabet, or data after '=': decoding stops
                                             there; or more '=' than fit */
    SCEP_B64_EMPTY = 1 << 9
};

/** Decodes the base64 of a message= value, whatever the dialect; keeps what parses before an error.
 * @param value    raw bytes of the value
 * @param flags    receives SCEP_B64_*
 * @return decoded bytes (possibly none), owned by the caller: g_bytes_unref(). Never NULL.
 *         Values over SCEP_MAX_QUERY_MESSAGE are decoded up to it and flagged SCEP_B64_TRUNCATED. */
GBytes *scep_query_decode_message(const uint8_t *value, size_t size, unsigned *flags);

/** True when a POST body is base64 text of a DER message rather than the message (some clients do that). */
bool scep_body_is_base64(const uint8_t *body, size_t size);

#endif
