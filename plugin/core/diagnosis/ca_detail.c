/* ca_detail.c
 * What a CA answered, in words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/ca_detail.h"

#include "scep/catalogue.h"
#include "tracker/ca_call.h"

char *scep_ca_new_detail(const ScepCase *about)
{
    const ScepCaCall *call = about->call;
    GString *text = g_string_new(NULL);
    const uint32_t code = scep_ca_call_code(call);
    ScepResultCodeText room;
    const ScepResultCode *known = code != 0 ? scep_result_code_explain(code, &room) : NULL;

    if (known != NULL)
        g_string_append_printf(text, "%s (0x%08x): %s", known->symbol, code, known->meaning);
    else if (code != 0)
        g_string_append_printf(text, "0x%08x", code);
    if (call->request_id != 0)
        g_string_append_printf(text, "%srequest id %u", text->len > 0 ? "; " : "", call->request_id);
    /* It may end with a line break. */
    char *message = call->message != NULL ? g_strchomp(g_strdup(call->message)) : NULL;
    if (message != NULL && message[0] != '\0')
        g_string_append_printf(text, "%sthe CA says: %s", text->len > 0 ? "; " : "", message);
    g_free(message);
    if (text->len == 0)
        return g_string_free(text, TRUE);
    return g_string_free(text, FALSE);
}
