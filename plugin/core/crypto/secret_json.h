/* secret_json.h
 * JSON of strangers that may hold secrets: read within bounds, and wiped; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CRYPTO_SECRET_JSON_H
#define SCEP_CORE_CRYPTO_SECRET_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** True where objects and arrays nest deeper than SCEP_JSON_MAX_DEPTH: cJSON recurses as deep as the text nests. */
bool scep_json_nests_too_deep(const uint8_t *text, size_t size);

/** @return scep_json_free(); NULL for what is no JSON, or nests too deeply */
cJSON *scep_json_new(const uint8_t *text, size_t size);

/** Wipes all strings in it. NULL is fine. */
void scep_json_free(cJSON *json);

#endif
