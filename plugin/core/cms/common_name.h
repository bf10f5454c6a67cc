/* common_name.h
 * The common names in a name as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_COMMON_NAME_H
#define SCEP_CORE_CMS_COMMON_NAME_H

#include <stdbool.h>
#include <stddef.h>

/** Of a signer that Windows makes for one message. */
#define SCEP_THROWAWAY_NAME "SCEP Protocol Certificate"

/** Characters of the longest CN in a name as scep.csr.subject shows it. */
size_t scep_common_name_length(const char *name);

/** True when a CN in such a name has one of the characters , + ; = or a backslash in its value. */
bool scep_common_name_is_escaped(const char *name);

/** True when a CN in such a name is this text, which needs no backslash. */
bool scep_common_name_is(const char *name, const char *wanted);

#endif
