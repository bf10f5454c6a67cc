/* comment_keys.c
 * Content keys in comments of frames: so a capture and what opens it are one file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "comment_keys.h"

#include <string.h>
#include <wiretap/wtap.h>

#include "capture_file.h"

void comment_keys_read(packet_info *pinfo)
{
    wtap_block_t block = pinfo->rec != NULL ? pinfo->rec->block : NULL;
    const unsigned count = block != NULL ? wtap_block_count_option(block, OPT_COMMENT) : 0;
    char *text;

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    /* Comments say other things too, so what is no key is nobody's mistake. */
    for (unsigned i = 0; i < count; i++) {
        if (wtap_block_get_nth_string_option_value(block, OPT_COMMENT, i, &text) == WTAP_OPTTYPE_SUCCESS)
            scep_cek_table_read(capture_file->content_keys, text, strlen(text), NULL);
    }
}
