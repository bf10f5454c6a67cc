/* by_frame.h
 * Finds what belongs to a frame in an array that is ordered by frames.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_BY_FRAME_H
#define SCEP_BY_FRAME_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/** @param array    of structs, ascending by frame; @param member  where the frame's number, a uint32_t, is in one
 * @return number of the first element of this frame or a later one; the length where there is none */
static inline unsigned by_frame_first(const GArray *array, size_t member, uint32_t frame)
{
    const size_t size = g_array_get_element_size((GArray *)array);
    unsigned low = 0, high = array->len;

    /* Frames come in order, so a new one belongs at the end. */
    if (high > 0 && *(const uint32_t *)(array->data + (high - 1) * size + member) < frame)
        return high;
    while (low < high) {
        const unsigned middle = low + (high - low) / 2;
        if (*(const uint32_t *)(array->data + middle * size + member) < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
