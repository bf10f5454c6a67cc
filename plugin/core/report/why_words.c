/* why_words.c
 * Why a hint leads, and what spoke against others, in one sentence or two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report/report_words.h"

/* Hints that are named behind the first, and of those that the capture speaks against. */
#define NAMED 3

static const char *grade_words(const ScepHint *hint)
{
    static const char *const words[] = {
        [SCEP_GRADE_GENERAL] = "nothing in the capture comes closer to the reason than its general meaning",
        [SCEP_GRADE_ODDITY] = "some products refuse what is odd here",
        [SCEP_GRADE_MEASURED] = "two sides do not fit each other",
        [SCEP_GRADE_SAID] = "a peer says so, or the bytes prove it",
    };

    return words[scep_hint_grade(hint)];
}

static void append_behind(GString *line, const GPtrArray *hints)
{
    unsigned named = 0;

    for (guint i = 1; i < hints->len && named < NAMED; i++) {
        const ScepReportHint *hint = g_ptr_array_index(hints, i);
        if (hint->severity > SCEP_SEVERITY_NOTE)
            g_string_append_printf(line, "%s%s", named++ == 0 ? ". Behind it: " : ", ", hint->hint->id);
    }
}

static void append_against(GString *line, const GPtrArray *hints)
{
    unsigned named = 0;

    for (guint i = 0; i < hints->len && named < NAMED; i++) {
        const ScepReportHint *hint = g_ptr_array_index(hints, i);
        const char *words = scep_contradiction_words(hint->against);
        if (words != NULL)
            g_string_append_printf(line, "%s%s (%s)",
                                   named++ > 0      ? ", "
                                   : line->len == 0 ? "Ruled out: "
                                                    : ". Ruled out: ",
                                   hint->hint->id, words);
    }
}

char *scep_words_new_why(const GPtrArray *hints)
{
    const ScepReportHint *leading = hints->len > 0 ? g_ptr_array_index(hints, 0) : NULL;
    GString *line = g_string_new(NULL);

    if (leading != NULL && leading->severity > SCEP_SEVERITY_NOTE) {
        g_string_append_printf(line, "%s leads: %s", leading->hint->id, grade_words(leading->hint));
        append_behind(line, hints);
    }
    append_against(line, hints);
    if (leading != NULL && leading->dropped > 0 && leading->severity > SCEP_SEVERITY_NOTE)
        g_string_append_printf(line, ". The capture rules out %u of its usual causes", leading->dropped);
    return g_string_free(line, line->len == 0);
}
