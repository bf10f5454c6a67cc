/* code_detail.c
 * Result codes in the words of a finding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/code_detail.h"

#include <glib.h>

char *scep_detail_new_with_code(char *detail, const ScepResultCode *code)
{
    if (code == NULL)
        return detail;
    char *words = scep_result_code_new_words(code->code);
    if (detail == NULL)
        return words;
    char *joined = g_strdup_printf("%s; %s", detail, words);
    g_free(words);
    g_free(detail);
    return joined;
}
