/* hints.c
 * The hint catalogue: one array, put together from one fragment per part.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"

#include <glib.h>
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
#include "hints_general.inc"
};

const size_t scep_hint_count = sizeof scep_hints / sizeof scep_hints[0];

/* Open addressing, at least half of it empty: when Wireshark starts, every rule looks its hint up. */
#define SLOTS 1024
G_STATIC_ASSERT(G_N_ELEMENTS(scep_hints) <= SLOTS / 2);

static uint16_t slots[SLOTS]; /* row number plus 1, 0 where empty; filled once, then only read */

/* FNV-1a, 32 bits. */
static unsigned slot_of(const char *id)
{
    uint32_t hash = 0x811c9dc5;

    for (; *id != '\0'; id++)
        hash = (hash ^ (uint8_t)*id) * 0x01000193;
    return (hash ^ hash >> 16) % SLOTS;
}

static void fill_slots(void)
{
    for (size_t i = 0; i < scep_hint_count; i++) {
        unsigned slot = slot_of(scep_hints[i].id);
        while (slots[slot] != 0)
            slot = (slot + 1) % SLOTS;
        slots[slot] = (uint16_t)(i + 1);
    }
}

const ScepHint *scep_hint_find(const char *id)
{
    static gsize filled = 0;

    if (id == NULL)
        return NULL;
    if (g_once_init_enter(&filled)) {
        fill_slots();
        g_once_init_leave(&filled, 1);
    }
    for (unsigned slot = slot_of(id); slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        const ScepHint *hint = &scep_hints[slots[slot] - 1];
        if (strcmp(hint->id, id) == 0)
            return hint;
    }
    return NULL;
}
