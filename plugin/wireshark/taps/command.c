/* command.c
 * Arguments and listener of the reports that -z writes to standard output.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "command.h"

#include <string.h>

#include <wsutil/report_message.h>

/* What follows the name in "scep,report,FILTER"; Wireshark compares the beginning only. */
static bool filter_of(const char *argument, const char *name, const char **filter)
{
    const char *rest = argument + strlen(name);

    *filter = *rest == ',' && rest[1] != '\0' ? rest + 1 : NULL;
    if (*rest == '\0' || *rest == ',')
        return true;
    report_failure("There is no report \"%s\"; did you mean \"%s\"?", argument, name);
    return false;
}

static bool listen_to(const ScepCommand *command, const char *filter, void *listener)
{
    GString *error = register_tap_listener(SCEP_TAP_NAME, listener, filter, 0, command->reset, command->packet,
                                           command->draw, command->finish);

    if (error == NULL)
        return true;
    report_failure("Couldn't register the %s tap: %s", command->name, error->str);
    g_string_free(error, TRUE);
    return false;
}

bool scep_command_start(const ScepCommand *command, const char *argument, void *listener)
{
    const char *filter;

    if (filter_of(argument, command->name, &filter) && listen_to(command, filter, listener))
        return true;
    command->finish(listener);
    return false;
}
