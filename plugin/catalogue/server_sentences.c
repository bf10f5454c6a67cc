/* server_sentences.c
 * What SCEP servers write where a SCEP answer was due, and what it means.
 *
 * A sentence of one product is taken from its source code or from reports of its users. The rows without a product are
 * the words that programmers use for such a matter; they tell what it is about, and no more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "scep/catalogue.h"

#define SAYS(product, words, hint, meaning, source)                   \
    {                                                                 \
        product, words, SCEP_HINT_server_says_##hint, meaning, source \
    }
#define ANY(words, hint) SAYS("", words, hint, "", "project rule")

/* clang-format off */
const ScepServerSentence scep_server_sentences[] = {
    /* Go: micromdm, step-ca, Fleet */
    SAYS("Go servers", "cannot decrypt data", algorithm,
         "its library does not have one of the algorithms: digest, cipher or key transport; the key is not the matter",
         "pkcs7 (source code)"),
    SAYS("Go servers", "ber2der", unreadable, "the body is cut, is not base64 of a message, or is empty",
         "pkcs7 (source code)"),
    SAYS("Go servers", "illegal base64", unreadable,
         "characters in the URL that are no base64, or blanks in place of \"+\"", "encoding/base64 (source code)"),
    SAYS("Go servers", "x509:*authority key", own_fault,
         "its parser refuses the critical authorityKeyIdentifier that Windows sets; step-ca 0.27.5 and later take it",
         "smallstep/certificates#1994"),
    SAYS("micromdm", "invalid data len", unreadable, "the body that arrived was empty or next to empty",
         "scep (source code)"),
    SAYS("Go servers", "crypto/rsa: verification error", signature,
         "the signature does not fit the octets that it was checked against", "crypto/rsa (source code)"),
    SAYS("step-ca", "provisioner must be of type SCEP", address, "the URL names a provisioner of another kind",
         "certificates (source code)"),
    SAYS("step-ca", "decrypter", own_fault, "the provisioner has no RSA key to decrypt with; a chain with EC keys "
         "needs a decrypter certificate beside it", "smallstep/certificates#506, #1560"),
    SAYS("step-ca", "failed validating challenge", challenge,
         "the challenge differs from the provisioner's, or its webhook said no", "certificates (source code)"),
    SAYS("step-ca", "unexpected message type", not_allowed, "it takes messages of type 17 and 19 alone",
         "smallstep/certificates#2602"),
    SAYS("step-ca", "see the certificate authority logs", own_fault,
         "challenge and decryption were in order; it failed inside the CA", "smallstep/certificates#1795"),
    SAYS("Fleet", "challenge password has expired", challenge, "the device came later than the challenge lives",
         "fleetdm/fleet#37651"),
    SAYS("Fleet", "challenge not found", challenge, "the challenge was used, replaced, or never given out",
         "fleetdm/fleet#38753"),
    SAYS("Fleet", "not 'pending'", challenge, "the state of the profile changed after the challenge was given out",
         "fleetdm/fleet#38753"),

    /* OpenXPKI: the number is its own */
    SAYS("OpenXPKI", "signature invalid", signature, "its number 40001", "Service/SCEP.pm (source code)"),
    SAYS("OpenXPKI", "unable to parse", unreadable,
         "its number 40002: the message, or a transactionID that is not hexadecimal", "micromdm/scep#225"),
    SAYS("OpenXPKI", "pickup parameters", unknown_client,
         "its number 40005: a poll for a transaction that it does not know", "Service/SCEP.pm (source code)"),
    SAYS("OpenXPKI", "body is empty", unreadable,
         "its number 40003; a Content-Type of a form makes the web server eat the body", "micromdm/scep#146"),
    SAYS("OpenXPKI", "missing or invalid parameters", address, "its number 40004", "Service/SCEP.pm (source code)"),
    SAYS("OpenXPKI", "invalid content type", address, "its number 40009", "Service/SCEP.pm (source code)"),
    SAYS("OpenXPKI", "request was rejected", not_allowed, "its number 40006: its policy or a person said no",
         "Service/SCEP.pm (source code)"),
    SAYS("OpenXPKI", "unable to initialize client", own_fault, "its number 50002: the daemon behind it",
         "Service/SCEP.pm (source code)"),
    SAYS("OpenXPKI", "backend", own_fault, "its number 50001: the daemon behind it", "Service/SCEP.pm (source code)"),
    SAYS("OpenXPKI", "unexpected response", own_fault, "its number 50003: the daemon behind it",
         "Service/SCEP.pm (source code)"),

    /* EJBCA */
    SAYS("EJBCA", "no CA certificates found", address, "message= names no CA of it", "EJBCA CE (source code)"),
    SAYS("EJBCA", "no alias found", address, "the URL names no alias of its configuration", "EJBCA CE (source code)"),
    SAYS("EJBCA", "more than 32 characters", address, "the alias in the URL is too long", "EJBCA CE (source code)"),
    SAYS("EJBCA", "not authorized for this peer", not_allowed, "the peer, or RA, may not use SCEP",
         "EJBCA CE (source code)"),
    SAYS("Java servers", "IllegalArgumentException", own_fault,
         "a fault in its code, often on a structure that is legal", "EJBCA CE (source code)"),
    SAYS("EJBCA", "rollover", own_fault, "there is no next CA certificate", "EJBCA CE (source code)"),
    SAYS("EJBCA", "entity*status*GENERATED", unknown_client,
         "this entity has had its certificate; an earlier answer may have brought it", "Keyfactor/ejbca-ce#40"),
    SAYS("EJBCA", "Intune validation failed", challenge, "Intune refused the challenge", "EJBCA CE (source code)"),

    /* Dogtag */
    SAYS("Dogtag", "SCEP support is disabled", own_fault, "SCEP is off in its settings", "pki (source code)"),
    SAYS("Dogtag", "too small to be a real request", unreadable,
         "the body is empty or cut, or this version takes GET alone", "dogtagpki/pki#541"),
    SAYS("Dogtag", "could not unwrap PKCS10", cannot_decrypt,
         "its key cannot open the request: a token that does not do this cipher, or a request that it cannot read",
         "dogtagpki/pki#8"),
    SAYS("Dogtag", "missing*transactionID", unreadable, "an attribute of the message is absent", "pki (source code)"),
    SAYS("Dogtag", "missing*sendernonce", unreadable, "an attribute of the message is absent", "pki (source code)"),
    SAYS("Dogtag", "missing*messageType", unreadable, "an attribute of the message is absent", "pki (source code)"),
    SAYS("Dogtag", "ProfileId", address, "the profile in the URL is unknown, or not for SCEP", "pki (source code)"),

    /* services */
    SAYS("SCEPman", "download*zip", own_fault, "its application did not start: its package could not be fetched",
         "SCEPman documentation, common problems"),
    SAYS("DigiCert ONE", "renewal is not permitted until", renewal, "too early by the renewal window of the profile",
         "DigiCert ONE documentation"),
    SAYS("DigiCert ONE", "enrollment code", challenge, "", "DigiCert ONE documentation"),
    SAYS("DigiCert ONE", "seat", unknown_client, "the seat has to be set up for this profile first",
         "DigiCert ONE documentation"),

    /* what many say: renewals before permissions, challenges before signatures */
    ANY("renew*not permitted", renewal),
    ANY("renew*not allowed", renewal),
    ANY("renew*not before", renewal),
    ANY("not*renewed", renewal),
    ANY("renew*too early", renewal),
    ANY("renewal window", renewal),
    ANY("challenge*expired", challenge),
    ANY("challenge*invalid", challenge),
    ANY("invalid*challenge", challenge),
    ANY("challenge*not found", challenge),
    ANY("challenge*incorrect", challenge),
    ANY("incorrect*challenge", challenge),
    ANY("challenge*mismatch", challenge),
    ANY("challenge*not match", challenge),
    ANY("wrong*challenge", challenge),
    ANY("challenge*missing", challenge),
    ANY("missing*challenge", challenge),
    ANY("challenge*required", challenge),
    ANY("challenge*fail", challenge),
    ANY("validat*challenge", challenge),
    ANY("challenge password", challenge),
    ANY("algorithm*support", algorithm),
    ANY("unsupported*algorithm", algorithm),
    ANY("supported algorithm", algorithm),
    ANY("algorithm*not allowed", algorithm),
    ANY("algorithm*not permitted", algorithm),
    ANY("unsupported*cipher", algorithm),
    ANY("unsupported*digest", algorithm),
    ANY("encryption algorithm", algorithm),
    ANY("hashing algorithm", algorithm),
    ANY("signature*invalid", signature),
    ANY("invalid*signature", signature),
    ANY("signature*fail", signature),
    ANY("signature*verif", signature),
    ANY("verif*signature", signature),
    ANY("verification error", signature),
    ANY("verification failed", signature),
    ANY("digest*differ", signature),
    ANY("digest*mismatch", signature),
    ANY("digest*not match", signature),
    ANY("unknown operation", address),
    ANY("unsupported operation", address),
    ANY("invalid operation", address),
    ANY("no operation", address),
    ANY("missing operation", address),
    ANY("operation*missing", address),
    ANY("content type", address),
    ANY("content-type", address),
    ANY("alias", address),
    ANY("unknown CA", address),
    ANY("no such CA", address),
    ANY("CA not found", address),
    ANY("unknown profile", address),
    ANY("profile*not found", address),
    ANY("base64", unreadable),
    ANY("unable to pars", unreadable),
    ANY("not*pars", unreadable),
    ANY("pars*error", unreadable),
    ANY("error*pars", unreadable),
    ANY("fail*pars", unreadable),
    ANY("unable to decode", unreadable),
    ANY("not*decode", unreadable),
    ANY("decod*error", unreadable),
    ANY("fail*decod", unreadable),
    ANY("asn1", unreadable),
    ANY("asn.1", unreadable),
    ANY("malformed", unreadable),
    ANY("not a pkcs", unreadable),
    ANY("empty*body", unreadable),
    ANY("decrypt", cannot_decrypt),
    ANY("unwrap", cannot_decrypt),
    ANY("unknown transaction", unknown_client),
    ANY("transaction*not found", unknown_client),
    ANY("transaction*unknown", unknown_client),
    ANY("no such user", unknown_client),
    ANY("no such entity", unknown_client),
    ANY("entity*not found", unknown_client),
    ANY("user*not found", unknown_client),
    ANY("device*not found", unknown_client),
    ANY("device*not registered", unknown_client),
    ANY("unknown device", unknown_client),
    ANY("not authorized", not_allowed),
    ANY("not authorised", not_allowed),
    ANY("not permitted", not_allowed),
    ANY("not allowed", not_allowed),
    ANY("not accepted", not_allowed),
    ANY("rejected", not_allowed),
    ANY("denied", not_allowed),
    ANY("policy", not_allowed),
    ANY("key length", not_allowed),
    ANY("key size", not_allowed),
    ANY("key too", not_allowed),
    ANY("unexpected*type", not_allowed),
    ANY("not configured", own_fault),
    ANY("not initialized", own_fault),
    ANY("disabled", own_fault),
    ANY("exception", own_fault),
    ANY("timed out", own_fault),
    ANY("timeout", own_fault),
    ANY("connection refused", own_fault),
    ANY("database", own_fault),
    ANY("token*offline", own_fault),
    ANY("see*log", own_fault),
};
/* clang-format on */

const size_t scep_server_sentence_count = G_N_ELEMENTS(scep_server_sentences);

const char *const scep_stock_phrases[] = {
    "the requested url was not found on this server",
    "the resource you are looking for might have been removed",
    "there is a problem with the resource you are looking for",
    "there is a problem with the resource",
    "had its name changed",
    "or is temporarily unavailable",
    "and it cannot be displayed",
    "you do not have permission to view this directory or page",
    "using the credentials that you supplied",
    "you don't have permission to access this resource",
    "due to invalid credentials",
    "the server encountered an internal error or misconfiguration and was unable to complete your request",
    "the service is unavailable",
    "the size of the request headers is too long",
    "the request url is invalid",
    "the request hostname is invalid",
    "the request is badly formed",
    "invalid hostname",
    "invalid verb",
    "file or directory not found",
    "bad request (invalid url)",
    "request-uri too large",
    "request-uri too long",
    "request entity too large",
    "request header or cookie too large",
    "request too long",
    "uri too long",
    "internal server error",
    "service temporarily unavailable",
    "service unavailable",
    "unsupported media type",
    "authorization required",
    "method not allowed",
    "access is denied",
    "access denied",
    "not acceptable",
    "payload too large",
    "gateway time-out",
    "gateway timeout",
    "gatewaytimeout",
    "badgateway",
    "internal error",
    "bad gateway",
    "bad request",
    "page not found",
    "not found",
    "unauthorized",
    "unsupported",
    "forbidden",
    "server error",
    "http status",
    "http error",
    "detailed error",
    "microsoft-azure-application-gateway",
    "error occurred",
    "the following",
    "managedpipelinehandler",
    "isapimodule",
    "error code",
    "module",
    "nginx",
    "apache",
    "openresty",
    "tomcat",
    "cloudflare",
    "iis",
    "error",
    "status",
    "http",
    "page",
    "server",
    "oops",
    "about:blank",
};

const size_t scep_stock_phrase_count = G_N_ELEMENTS(scep_stock_phrases);

/* Where this part stands at the begin of a word; parts that begin with no letter or digit stand anywhere. */
static const char *find_part(const char *text, const char *part, size_t size)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (g_ascii_strncasecmp(at, part, size) == 0 &&
            (at == text || !g_ascii_isalnum(part[0]) || !g_ascii_isalnum(at[-1])))
            return at;
    }
    return NULL;
}

static bool fits(const char *text, const char *words)
{
    while (*words != '\0') {
        const size_t size = strcspn(words, "*");
        text = find_part(text, words, size);
        if (text == NULL)
            return false;
        text += size;
        words += size + (words[size] == '*');
    }
    return true;
}

const ScepServerSentence *scep_server_sentence_find(const char *text)
{
    for (size_t i = 0; i < scep_server_sentence_count; i++) {
        if (fits(text, scep_server_sentences[i].words))
            return &scep_server_sentences[i];
    }
    return NULL;
}
