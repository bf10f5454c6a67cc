/* command.h
 * What the reports that tshark's -z writes to standard output share: their arguments and their listener.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_COMMAND_H
#define SCEP_COMMAND_H

#include "tap.h"

#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

/** One command of -z. */
typedef struct {
    const char *name; /**< "scep,report": what the argument has to begin with */
    tap_reset_cb reset;
    tap_packet_cb packet;
    tap_draw_cb draw;
    tap_finish_cb finish; /**< frees what was given as @a listener */
} ScepCommand;

/** Listens to SCEP_TAP_NAME with what follows the command's name in @a argument as display filter. What is wrong with
 * it is told to the user.
 * @param listener  taken over in either case
 * @return false when it did not start */
bool scep_command_start(const ScepCommand *command, const char *argument, void *listener);

#endif
