/* decrypt_scene.h
 * A payload and a recipient, made once for a test program that opens envelopes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef DECRYPT_SCENE_H
#define DECRYPT_SCENE_H

#include "decrypt_opening.h"

static GBytes *payload;
static X509 *ra; /* of KEY_CA, serial 0x1234 */

static int set_up(void **state)
{
    (void)state;
    payload = payload_request();
    ra = fixture_certificate(fixture_key(KEY_CA), "RA", "RA CA", fixture_key(KEY_DEVICE), 0x1234, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    g_bytes_unref(payload);
    X509_free(ra);
    fixture_cleanup();
    return 0;
}

#endif
