/* span.h
 * A run of bytes inside a buffer that somebody else owns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SPAN_H
#define SCEP_SPAN_H

#include <stddef.h>

/** Offset and length in bytes. A span of length 0 at offset 0 stands for "absent". */
typedef struct {
    size_t offset;
    size_t length;
} ScepSpan;

#endif
