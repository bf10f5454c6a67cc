/* capabilities.h
 * The keyword list that GetCACaps returns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_WIRE_CAPABILITIES_H
#define SCEP_CORE_WIRE_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/wire.h"
#include "scep/limits.h"
#include "scep/asn1.h"
#include "scep/wire.h"

#endif
