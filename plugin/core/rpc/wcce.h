/* wcce.h
 * What the files that take calls to a CA apart share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_RPC_WCCE_H
#define SCEP_CORE_RPC_WCCE_H

#include "scep/rpc.h"

/** @return empty GArray of ScepWcceAttribute, g_array_unref() */
GArray *scep_wcce_attributes_new(void);

/** Divides the attribute string at @a octets of @a data into lines, and each into name and value.
 * @return false when there are more than SCEP_WCCE_MAX_ATTRIBUTES */
bool scep_wcce_attributes_read(const uint8_t *data, ScepSpan octets, bool big_endian, GArray *attributes);

#endif
