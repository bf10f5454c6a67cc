/* secret.c
 * Bytes that are wiped when they are no longer needed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "crypto/secret.h"

#include <openssl/crypto.h>
#include <string.h>

typedef struct {
    size_t size;
    uint8_t octets[];
} Block;

static void wipe_block(gpointer data)
{
    Block *block = data;

    OPENSSL_cleanse(block->octets, block->size);
    g_free(block);
}

void scep_secret_clear(ScepSecret *secret)
{
    OPENSSL_cleanse(secret, sizeof *secret);
}

GBytes *scep_secret_new_bytes(const uint8_t *octets, size_t size)
{
    Block *block = g_malloc(sizeof *block + size);

    block->size = size;
    if (size > 0)
        memcpy(block->octets, octets, size);
    return g_bytes_new_with_free_func(block->octets, size, wipe_block, block);
}

void scep_secret_text_free(char *text)
{
    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    g_free(text);
}
