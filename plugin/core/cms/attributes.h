/* attributes.h
 * The signed attributes of a pkiMessage and the code points in them (RFC 8894 3.2.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_ATTRIBUTES_H
#define SCEP_CORE_CMS_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/cms.h"

/** Finds an attribute by the content octets of its OID. @return static; the UNKNOWN row when there is none. */
const ScepAttributeInfo *scep_attribute_find(const uint8_t *oid, size_t length);
const ScepAttributeInfo *scep_attribute_info(ScepAttributeId id);

#endif
