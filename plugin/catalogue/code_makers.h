/* code_makers.h
 * Which stage of an enrollment makes an error code, for codes that only one stage can make.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CATALOGUE_CODE_MAKERS_H
#define SCEP_CATALOGUE_CODE_MAKERS_H

#include <stddef.h>
#include <stdint.h>

/** A range of HRESULTs that NDES can hand on to a device from one place alone. */
typedef struct {
    uint32_t first;
    uint32_t last;
    uint8_t stage;      /**< 3 policy module, 4 CA and the way to it; 0 for codes within a range that anybody makes */
    const char *source; /**< why; for who reads the table */
} ScepCodeMaker;

extern const ScepCodeMaker scep_code_makers[]; /* of two rows that hold a code the first counts */
extern const size_t scep_code_maker_count;

/** The stage that made a code; 0 where that may be more than one. */
uint8_t scep_code_maker_stage(uint32_t code);

#endif
