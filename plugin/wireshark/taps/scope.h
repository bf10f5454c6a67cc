/* scope.h
 * Which enrollments a report is about: those with a frame that passed its display filter.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SCOPE_H
#define SCEP_SCOPE_H

#include "scep/report.h"
#include "tap.h"

/** Kept by numbers, so that nothing in it can outlive the tracker of a file that was closed. */
typedef struct {
    GHashTable *enrollments; /**< set of numbers */
    GHashTable *frames;      /**< set of frames of exchanges that belong to no enrollment */
} ScepScope;

void scep_scope_open(ScepScope *scope);
void scep_scope_close(ScepScope *scope);
void scep_scope_clear(ScepScope *scope);

/** Takes in the enrollment, or the lone exchange, of a message that passed the filter. */
void scep_scope_add(ScepScope *scope, const ScepTapInfo *info);

/** A ScepReportWanted over a ScepScope. */
bool scep_scope_has(const ScepExchange *exchange, const void *scope);

#endif
