/* show_items.c
 * What every tree is made with.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show_items.h"

const char *scep_show_take(packet_info *pinfo, char *text)
{
    const char *kept = text != NULL ? wmem_strdup(pinfo->pool, text) : NULL;

    g_free(text);
    return kept;
}

const char *scep_show_text(packet_info *pinfo, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    char *kept = wmem_strdup(pinfo->pool, valid);

    g_free(valid);
    for (char *at = kept; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '.';
    }
    return kept;
}

/* Packet scope. */
typedef struct {
    void *data;
    void (*release)(void *data);
} Owned;

static ws_bool_t release_owned(wmem_allocator_t *pool _U_, wmem_cb_event_t event _U_, void *user_data)
{
    const Owned *owned = user_data;

    owned->release(owned->data);
    return FALSE;
}

void scep_show_release_later(packet_info *pinfo, void *data, void (*release)(void *data))
{
    if (data == NULL)
        return;
    Owned *owned = wmem_new(pinfo->pool, Owned);
    *owned = (Owned){ data, release };
    wmem_register_callback(pinfo->pool, release_owned, owned);
}

proto_item *scep_show_generated(proto_tree *tree, int hf, tvbuff_t *tvb, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return NULL;
    proto_item *item = proto_tree_add_string(tree, hf, tvb, 0, 0, text);
    proto_item_set_generated(item);
    return item;
}
