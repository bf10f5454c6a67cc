/* ceklog.c
 * -z scep,ceklog[,filter]: the content keys of the envelopes that were opened, as lines for the preference
 * scep.cek_file, so that a capture can be shared readable without a private key.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "command.h"

#include <stdio.h>

/* One request for the keys; lives as long as its tap listener. */
typedef struct {
    GHashTable *lines; /* set of char*: a message seen twice gives one; wiped when freed */
    GPtrArray *order;  /* the same lines as they came, borrowed */
} Listener;

static void free_line(void *line)
{
    scep_cek_line_free(line);
}

static void forget(void *data)
{
    Listener *listener = data;

    g_ptr_array_set_size(listener->order, 0);
    g_hash_table_remove_all(listener->lines);
}

static tap_packet_status packet(void *data, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *tapped,
                                tap_flags_t flags _U_)
{
    Listener *listener = data;
    const ScepTapInfo *info = tapped;
    const ScepDecryption *decryption = info->pdu->checks ? info->pdu->checks->decryption : NULL;

    if (decryption == NULL || decryption->content_key == NULL)
        return TAP_PACKET_DONT_REDRAW;
    size_t size;
    const uint8_t *key = g_bytes_get_data(decryption->content_key, &size);
    const char *type = scep_message_type_name(info->pdu->message->message_type);
    char *label = g_strdup_printf("%s of %s", type ? type : "message",
                                  info->exchange->transaction_id ? info->exchange->transaction_id : "?");
    char *line = scep_cek_new_line(decryption->content_sha256, key, size, label);
    g_free(label);
    if (line == NULL || g_hash_table_contains(listener->lines, line)) {
        scep_cek_line_free(line);
        return TAP_PACKET_DONT_REDRAW;
    }
    g_hash_table_add(listener->lines, line);
    g_ptr_array_add(listener->order, line);
    return TAP_PACKET_REDRAW;
}

static void draw(void *data)
{
    const Listener *listener = data;

    printf("# Content keys of SCEP envelopes, for the preference scep.cek_file. Whoever has this file reads what is\n"
           "# inside, challenge passwords too; it opens nothing else.\n");
    for (unsigned i = 0; i < listener->order->len; i++)
        fputs(g_ptr_array_index(listener->order, i), stdout);
    fflush(stdout);
}

static void finish(void *data)
{
    Listener *listener = data;

    g_ptr_array_unref(listener->order);
    g_hash_table_unref(listener->lines);
    g_free(listener);
}

static ws_stat_init_t start(const char *argument, void *data _U_)
{
    static const ScepCommand command = { "scep,ceklog", forget, packet, draw, finish };
    Listener *listener = g_new0(Listener, 1);

    listener->lines = g_hash_table_new_full(g_str_hash, g_str_equal, free_line, NULL);
    listener->order = g_ptr_array_new();
    WS_STAT_INIT_RETURN(scep_command_start(&command, argument, listener));
}

void scep_register_ceklog(void)
{
    static stat_tap_ui ui = {
        .group = REGISTER_STAT_GROUP_GENERIC,
        .title = "SCEP content keys",
        .cli_string = "scep,ceklog",
        .tap_init_cb = start,
    };

    register_stat_tap_ui(&ui, NULL);
}
