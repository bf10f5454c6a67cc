/* wireshark_keys.h
 * The RSA keys that the user gave Wireshark for TLS (Preferences > RSA Keys), as a second source.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_WIRESHARK_KEYS_H
#define SCEP_WIRESHARK_KEYS_H

#include "scep/crypto.h"

/** Lets @a keyring ask Wireshark for keys that it has not itself, if the user's table has any. To be called for each
 * file, since the table may have changed. Nothing happens where Wireshark was built without GnuTLS, which it needs to
 * use such keys. They open RSA with PKCS#1 v1.5 padding only, and only for recipients whose certificate was seen. */
void scep_use_wireshark_keys(ScepKeyring *keyring);

#endif
