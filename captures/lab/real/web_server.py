# SPDX-License-Identifier: GPL-2.0-or-later
"""nginx in front of scepserver, and as the misbehaving hosts between a device and NDES."""
import os

import lab

MAIN = """
daemon off;
master_process off;
user root;
pid {tmp}/nginx.pid;
error_log {tmp}/nginx-error.log warn;
events {{ worker_connections 256; }}
http {{
    server_tokens off;
    access_log {tmp}/nginx-access.log;
    client_body_temp_path {tmp}/nginx-body;
    proxy_temp_path {tmp}/nginx-proxy;
    fastcgi_temp_path {tmp}/nginx-fastcgi;
    uwsgi_temp_path {tmp}/nginx-uwsgi;
    scgi_temp_path {tmp}/nginx-scgi;
    types {{ text/html html; application/pkix-crl crl; application/x-x509-ca-cert crt; application/pkcs7-mime p7m; }}
    default_type text/html;
    large_client_header_buffers 4 16k;
    http2_max_field_size 16k;
    proxy_http_version 1.1;
    proxy_bind {front};
    root {tmp}/www;
    {servers}
}}
"""

BACKEND = "proxy_pass http://%s:%d;" % (lab.SERVER, lab.SERVER_PORT)

# NDES's application path, whatever follows it, is scepserver's one path.
NDES = """
    location ^~ /certsrv/mscep/mscep.dll { rewrite ^ /scep break; %s }
    location /scep { %s }
""" % (BACKEND, BACKEND)


def server(listen, body, options=""):
    return "server { listen %s%s; %s }\n" % (listen, options, body)


def address(number):
    return lab.ODD + str(number)


def tls(listen, body, certificate, protocols, http2=False):
    """A TLS server; `certificate`: (chain file, key file)."""
    text = "ssl_certificate %s; ssl_certificate_key %s; ssl_protocols %s; %s" % (certificate + (protocols, body))
    return server(listen, text, " ssl http2" if http2 else " ssl")


# Hosts between a device and NDES with one misbehavior each: number -> (what, configuration of its server block).
MISBEHAVIOURS = {
    1: ("401", "location / { add_header WWW-Authenticate Negotiate always; "
               "add_header WWW-Authenticate NTLM always; return 401; }"),
    2: ("403", "location / { deny all; }"),
    3: ("404", "location / { return 404; }"),
    4: ("414", "large_client_header_buffers 4 1k; client_header_buffer_size 1k;" + NDES),
    5: ("500", "location / { return 500; }"),
    6: ("503", "location / { add_header Retry-After 120 always; return 503; }"),
    7: ("html", "location / { return 200 '<!DOCTYPE html><html><head><title>Sign in</title></head><body>"
                "<form action=\"/login\" method=\"post\">Sign in to continue</form></body></html>'; }"),
    8: ("302", "location / { return 302 https://portal.lab.example/login?next=$uri; }"),
    9: ("empty", "location / { default_type application/x-pki-message; return 200 ''; }"),
    10: ("502", "location / { proxy_pass http://127.0.0.1:9; }"),
    11: ("504", "location / { proxy_read_timeout 1s; proxy_pass http://127.0.0.1:%d; }" % 7009),
    12: ("413", "client_max_body_size 1k;" + NDES),
    13: ("405", NDES.replace("location", "if ($request_method = POST) { return 405; } location", 1)),
    14: ("text", "location / { default_type text/plain; return 200 'no such workflow\\n'; }"),
    15: ("204", "location / { return 204; }"),
    16: ("closed", "location / { return 444; }"),
    17: ("redirected", "location / { return 302 http://%s$request_uri; }" % lab.FRONT),
}


def misbehaving(*names):
    """Server blocks of the named misbehaviors. @return (configuration text, {name: address})."""
    chosen = {what: (number, body) for number, (what, body) in MISBEHAVIOURS.items() if what in names}
    text = "".join(server(address(number) + ":80", body) for number, body in chosen.values())
    return text, {what: address(number) for what, (number, body) in chosen.items()}


class WebServer:
    """nginx with the given server blocks, ready to answer on `ready` (address, port)."""

    def __init__(self, running, servers, ready, tls_secrets=None):
        www = os.path.join(running.tmp, "www")
        os.makedirs(www, exist_ok=True)
        with open(os.path.join(www, "index.html"), "w", encoding="utf-8") as page:
            page.write("<html><head><title>IIS Windows Server</title></head><body>Default page</body></html>\n")
        path = os.path.join(running.tmp, "nginx.conf")
        with open(path, "w", encoding="utf-8") as config:
            config.write(MAIN.format(tmp=running.tmp, front=lab.FRONT, servers=servers))
        env = {}
        if tls_secrets:
            env = {"LD_PRELOAD": os.path.join(running.tmp, "tls_keylog.so"), "SSLKEYLOGFILE": tls_secrets}
        self.process = running.start(["nginx", "-c", path, "-p", running.tmp], os.path.join(running.tmp, "nginx.log"),
                                     env)
        lab.wait_for(lambda: lab.listening(*ready), "nginx: " + path)


def tls_certificate(running):
    """A throw-away CA and a server certificate for FRONT. @return (chain file, key file), CA file."""
    folder = running.directory("tls")
    ca, ca_key, cert, key = (os.path.join(folder, name) for name in ("ca.pem", "ca.key", "cert.pem", "cert.key"))
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
    lab.must(["openssl", "req", "-x509", *curve, "-keyout", ca_key, "-out", ca, "-days", "7300",
              "-subj", "/CN=Example Lab TLS CA"])
    lab.must(["openssl", "req", "-x509", *curve, "-keyout", key, "-out", cert, "-days", "7300",
              "-subj", "/CN=ndes.lab.example", "-CA", ca, "-CAkey", ca_key,
              "-addext", "basicConstraints=critical,CA:FALSE",
              "-addext", "subjectAltName=DNS:ndes.lab.example,IP:" + lab.FRONT])
    return (cert, key), ca
