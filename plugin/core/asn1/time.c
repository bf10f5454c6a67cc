/* time.c
 * UTCTime and GeneralizedTime.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "asn1/time.h"

#include <glib.h>
#include <stdbool.h>

#include "scep/asn1.h"

static bool two_digits(const uint8_t *octets, size_t length, size_t position, int *out)
{
    if (position + 2 > length || !g_ascii_isdigit(octets[position]) || !g_ascii_isdigit(octets[position + 1]))
        return false;
    *out = (octets[position] - '0') * 10 + (octets[position + 1] - '0');
    return true;
}

int64_t scep_time_parse(const uint8_t *octets, size_t length, uint32_t tag)
{
    int century = 0, year, month, day, hour, minute, second = 0;
    size_t at = 0;

    if (tag == SCEP_TAG_GENERALIZED_TIME) {
        if (!two_digits(octets, length, at, &century))
            return 0;
        at += 2;
    } else if (tag != SCEP_TAG_UTC_TIME) {
        return 0;
    }
    if (!two_digits(octets, length, at, &year) || !two_digits(octets, length, at + 2, &month) ||
        !two_digits(octets, length, at + 4, &day) || !two_digits(octets, length, at + 6, &hour) ||
        !two_digits(octets, length, at + 8, &minute))
        return 0;
    at += 10;
    if (two_digits(octets, length, at, &second))
        at += 2;
    if (at + 1 != length || octets[at] != 'Z')
        return 0;
    year += tag == SCEP_TAG_UTC_TIME ? (year < 50 ? 2000 : 1900) : century * 100;

    GDateTime *time = g_date_time_new_utc(year, month, day, hour, minute, second);
    if (time == NULL)
        return 0;
    const int64_t seconds = g_date_time_to_unix(time);
    g_date_time_unref(time);
    return seconds;
}
