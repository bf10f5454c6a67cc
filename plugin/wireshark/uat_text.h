/* uat_text.h
 * Texts in the tables of preferences.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_UAT_TEXT_H
#define SCEP_UAT_TEXT_H

#include <epan/uat.h>

/** As UAT_CSTRING_CB_DEF, for UAT_FLD_CSTRING and UAT_FLD_FILENAME. Wireshark's own takes the length that comes with
 * the text, and that is too short by one for each backslash that stands before a letter without a meaning of its own,
 * or before another backslash, or before a quotation mark: a passphrase loses as many characters at its end. The text
 * itself is whole, with a NUL behind it. */
#define UAT_TEXT_CB_DEF(base, field, Row)                                                                          \
    static void base##_##field##_set_cb(void *row, const char *text, unsigned length _U_, const void *unused1 _U_, \
                                        const void *unused2 _U_)                                                   \
    {                                                                                                              \
        g_free(((Row *)row)->field);                                                                               \
        ((Row *)row)->field = g_strdup(text != NULL ? text : "");                                                  \
    }                                                                                                              \
    static void base##_##field##_tostr_cb(void *row, char **text, unsigned *length, const void *unused1 _U_,       \
                                          const void *unused2 _U_)                                                 \
    {                                                                                                              \
        *text = g_strdup(((Row *)row)->field != NULL ? ((Row *)row)->field : "");                                  \
        *length = (unsigned)strlen(*text);                                                                         \
    }

#endif
