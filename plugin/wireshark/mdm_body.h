/* mdm_body.h
 * SyncML bodies, which Wireshark's own dissectors keep.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_MDM_BODY_H
#define SCEP_MDM_BODY_H

/** Takes the media types of OMA-DM over, so that their messages are found, and hands each body on to whoever had it
 * before. Call from the handoff routine. */
void scep_register_mdm_body(void);

#endif
