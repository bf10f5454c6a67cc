/* linear_time.h
 * Long inputs of one pattern, and a limit on the processor time that reading them takes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef LINEAR_TIME_H
#define LINEAR_TIME_H

#include <glib.h>
#include <sys/time.h>

/* head, and pattern over and over, up to some two million octets. */
static GString *repeat(const char *head, const char *pattern)
{
    GString *block = g_string_new(NULL);
    GString *text = g_string_new(head);

    while (block->len < 1024)
        g_string_append(block, pattern);
    while (text->len < 2 * 1024 * 1024)
        g_string_append_len(text, block->str, (gssize)block->len);
    g_string_free(block, TRUE);
    return text;
}

/* Anything that grows faster than the input takes far longer than this much processor time: the program ends. */
static void limit_time(void)
{
    static const struct itimerval limit = { .it_value = { .tv_sec = 30 } };

    setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

static void lift_time_limit(void)
{
    static const struct itimerval never;

    setitimer(ITIMER_VIRTUAL, &never, NULL);
}

#endif
