/* tls_keylog.c
 * Preloaded into a TLS server of the lab: makes OpenSSL write the secrets of every session to the file named by
 * SSLKEYLOGFILE, so that the capture can carry them. nginx has no option for that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Taken while the server reads its configuration: nginx empties its environment afterwards. Never freed. */
static char *log_path;

static void write_line(const SSL *ssl, const char *line)
{
    (void)ssl;
    FILE *file = fopen(log_path, "a");
    if (!file) {
        return;
    }
    fprintf(file, "%s\n", line);
    fclose(file);
}

/** Stands before OpenSSL's own function of that name; same arguments and result. */
SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
    SSL_CTX *(*real)(const SSL_METHOD *) = (SSL_CTX *(*)(const SSL_METHOD *))dlsym(RTLD_NEXT, "SSL_CTX_new");
    SSL_CTX *context = real ? real(method) : NULL;
    const char *path = getenv("SSLKEYLOGFILE");
    if (path && !log_path) {
        log_path = strdup(path);
    }
    if (context && log_path) {
        SSL_CTX_set_keylog_callback(context, write_line);
    }
    return context;
}
