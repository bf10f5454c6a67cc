/* common_name.c
 * The common names in a name as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/common_name.h"

#include <glib.h>
#include <string.h>

/* The value of the next CN in a name, at or behind *at, which is moved behind it. Each character is looked at once,
 * however many CN there are. @return false when there is none */
static bool next_common_name(const char *name, const char **at, size_t *length, bool *special)
{
    while ((*at = strstr(*at, "CN=")) != NULL) {
        const bool begins = *at == name || (*at)[-1] == ' ';
        *at += strlen("CN=");
        if (!begins)
            continue;
        *length = 0;
        *special = false;
        /* RFC 2253: a comma or plus that belongs to the value is escaped. */
        for (; **at != '\0' && **at != ',' && **at != '+'; ++*at) {
            if (**at == '\\' && (*at)[1] != '\0')
                *special |= strchr(",+;=\\", *++*at) != NULL;
            else
                *special |= **at == '=';
            *length += (**at & 0xc0) != 0x80;
        }
        return true;
    }
    return false;
}

size_t scep_common_name_length(const char *name)
{
    size_t longest = 0, length;
    bool special;

    for (const char *at = name; at != NULL && next_common_name(name, &at, &length, &special);)
        longest = MAX(longest, length);
    return longest;
}

bool scep_common_name_is_escaped(const char *name)
{
    size_t length;
    bool special = false;

    for (const char *at = name; at != NULL && !special && next_common_name(name, &at, &length, &special);)
        ;
    return special;
}

bool scep_common_name_is(const char *name, const char *wanted)
{
    const size_t wanted_size = strlen(wanted);
    size_t length;
    bool special;

    for (const char *at = name; at != NULL && next_common_name(name, &at, &length, &special);) {
        if (length == wanted_size && (size_t)(at - name) >= wanted_size &&
            memcmp(at - wanted_size, wanted, wanted_size) == 0)
            return true;
    }
    return false;
}
