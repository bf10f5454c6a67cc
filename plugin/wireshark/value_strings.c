/* value_strings.c
 * Wireshark's names of numbers, made from the core's tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "value_strings.h"

value_string *value_strings_new(size_t count)
{
    return wmem_alloc0_array(wmem_epan_scope(), value_string, count + 1);
}

const value_string *value_strings_of_code_points(const ScepCodePoint *table)
{
    size_t count = 0;

    while (table[count].name != NULL)
        count++;
    value_string *names = value_strings_new(count);
    for (size_t i = 0; i < count; i++) {
        const char *name = table[i].name, *words = table[i].words;
        names[i].value = (uint32_t)table[i].value;
        names[i].strptr = words != NULL ? wmem_strdup_printf(wmem_epan_scope(), "%s: %s", name, words) : name;
    }
    return names;
}

const value_string *value_strings_of_names(const ScepWcceName *table)
{
    size_t count = 0;

    while (table[count].name != NULL)
        count++;
    value_string *names = value_strings_new(count);
    for (size_t i = 0; i < count; i++)
        names[i] = (value_string){ table[i].code, table[i].name };
    return names;
}

void value_strings_set(hf_register_info *fields, size_t count, const int *field, const value_string *names)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].p_id == field)
            fields[i].hfinfo.strings = names;
    }
}
