/* preferences.h
 * What the user has configured.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_PREFERENCES_H
#define SCEP_PREFERENCES_H

#include <epan/prefs.h>

#include "scep/crypto.h"
#include "scep/cms.h"
#include "scep/tracker.h"
#include "ws_compat.h"

/** Epan scope. Keys are read when the preference changes, never per packet. */
typedef struct {
    ws_bool_t verify;
    ws_bool_t decrypt;
    ws_bool_t reveal_challenge;
    int weakness; /**< severity of weak algorithms and keys; 0 for the catalogue's */
    const char *cek_file;
    const char *file_name; /**< of the capture, for reports: Wireshark tells a plugin none; "" where nobody said */
    ScepKeyring *keyring;  /**< never NULL after registration */
    ScepCekTable *ceks;    /**< never NULL after registration */
    ScepMemory *memory;    /**< outcomes of the file before */
    const ScepConfiguredHost *hosts; /**< roles that the user tells of */
    size_t host_count;
    bool keys_changed; /**< since then: the memory is to be cleared */
} ScepPreferences;

extern ScepPreferences scep_preferences;

/** Registers the preferences and key tables of @a proto. @return its module, for those who have more to add */
module_t *scep_register_preferences(int proto);

/** Wipes keys and passwords. */
void scep_preferences_cleanup(void);

#endif
