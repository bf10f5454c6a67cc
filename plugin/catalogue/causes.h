/* causes.h
 * Which hint explains which.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CAUSES_H
#define SCEP_CAUSES_H

#include <stdbool.h>

/** True when the hint @a cause, raised anywhere in an enrollment, explains the hint @a symptom of its last message.
 * Both are catalogue ids. */
bool scep_hint_explains(const char *cause, const char *symptom);

/** True when the hint @a cause explains nothing where the answer has the hint @a reason: that one names the reason
 * itself. Both are catalogue ids. */
bool scep_hint_gives_way(const char *cause, const char *reason);

/** True when the hint @a hint says what @a other says on the same message, and more of it: who has read the one needs
 * not read the other. Both are catalogue ids. */
bool scep_hint_covers(const char *hint, const char *other);

#endif
