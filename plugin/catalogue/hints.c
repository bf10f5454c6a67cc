/* hints.c
 * The hint catalogue: one array, put together from one fragment per part.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"

#include <string.h>

/* The order is that of the generated reference: from the device to NDES, its answers, the CA, and
 * back, then what is not this flow, then the rows that no outside source has. */
const ScepHint scep_hints[] = {
#include "hints_device.inc"
#include "hints_http.inc"
#include "hints_request.inc"
#include "hints_reply.inc"
#include "hints_policy.inc"
#include "hints_ca.inc"
#include "hints_delivery.inc"
#include "hints_other.inc"
#include "hints_own.inc"
};

const size_t scep_hint_count = sizeof scep_hints / sizeof scep_hints[0];

/* Some 200 rows, looked at once per finding: a plain walk needs no state that has to be built or
 * guarded, and costs far less than the finding it serves. */
const ScepHint *scep_hint_find(const char *id)
{
    if (id == NULL)
        return NULL;
    for (size_t i = 0; i < scep_hint_count; i++) {
        if (strcmp(scep_hints[i].id, id) == 0)
            return &scep_hints[i];
    }
    return NULL;
}
