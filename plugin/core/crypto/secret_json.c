/* secret_json.c
 * JSON of strangers that may hold secrets: read within bounds, and wiped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "crypto/secret_json.h"

#include <openssl/crypto.h>
#include <string.h>

#include "scep/limits.h"

bool scep_json_nests_too_deep(const uint8_t *text, size_t size)
{
    unsigned depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < size; i++) {
        if (quoted) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                quoted = false;
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == '{' || text[i] == '[') {
            if (++depth > SCEP_JSON_MAX_DEPTH)
                return true;
        } else if ((text[i] == '}' || text[i] == ']') && depth > 0) {
            depth--;
        }
    }
    return false;
}

cJSON *scep_json_new(const uint8_t *text, size_t size)
{
    return scep_json_nests_too_deep(text, size) ? NULL : cJSON_ParseWithLength((const char *)text, size);
}

/* No deeper than SCEP_JSON_MAX_DEPTH, which was seen to before. */
static void wipe(cJSON *item)
{
    for (; item != NULL; item = item->next) {
        if (item->valuestring != NULL)
            OPENSSL_cleanse(item->valuestring, strlen(item->valuestring));
        wipe(item->child);
    }
}

void scep_json_free(cJSON *json)
{
    wipe(json);
    cJSON_Delete(json);
}
