# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings over TLS and over HTTP/2. The TLS secrets travel inside the capture."""
import os
import tempfile

import clients
import http_client
import lab
import recording
import replay
import scep_server
import web_server
from cases_clients import FRONT_FILTER, scepclient_peers

CASES, case = recording.registry()
TLS_FILTER = "tcp port 443 and host " + lab.FRONT
SECURE = "https://%s/certsrv/mscep/mscep.dll" % lab.FRONT
CLEAR = "http://%s/certsrv/mscep/mscep.dll" % lab.FRONT


def tls_front(running, protocols, http2=False):
    """nginx with TLS in front of scepserver. @return CA file for clients, key log file."""
    certificate, ca_file = web_server.tls_certificate(running)
    secrets = os.path.join(running.tmp, "tls-secrets")
    if os.path.exists(secrets):
        os.unlink(secrets)
    config = web_server.tls(lab.FRONT + ":443", web_server.NDES, certificate, protocols, http2)
    web_server.WebServer(running, config, (lab.FRONT, 443), secrets)
    return ca_file, secrets


def enroll_over_tls(running, made, protocols):
    """scepclient over HTTP/1.1 in TLS: a refusal, then a certificate, on one key."""
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    ca_file, secrets = tls_front(running, protocols)
    device = clients.ScepClient(running, "device-a", "device-a")
    with made.record(TLS_FILTER, secrets):
        said = [device.enroll(SECURE, given, {"SSL_CERT_FILE": ca_file}) for given in (lab.Secret(), challenge)]
    scepclient_peers(made)
    made.peer("nginx", "nginx")
    made.device(device.key)
    made.from_server(server, said)


@case("tls13-http1", "scepclient over TLS 1.3 and HTTP/1.1, secrets inside: refused, then issued")
def tls13_http1(running, made):
    enroll_over_tls(running, made, "TLSv1.3")


@case("tls12-http1", "the same over TLS 1.2")
def tls12_http1(running, made):
    enroll_over_tls(running, made, "TLSv1.2")


def curl_replay(made, taken, url, options):
    """The taken message again by curl: GetCACaps, GetCACert, PKIOperation by POST, then by GET.

    @return method per PKIOperation."""
    with tempfile.NamedTemporaryFile() as body:
        body.write(taken.der)
        body.flush()
        answers = [clients.curl(url + "?operation=GetCACaps", *options),
                   clients.curl(url + "?operation=GetCACert", *options),
                   clients.curl(url + "?operation=PKIOperation", *options,
                                "-H", "Content-Type: application/x-pki-message", "--data-binary", "@" + body.name),
                   clients.curl(url + "?" + http_client.encodings(taken.der)["rfc"], *options)]
    for status, _ in answers:
        if status != 200:
            raise lab.LabError("curl: %r" % answers)
    made.peer("curl", "curl")
    made.peer("nginx", "nginx")
    made.device(taken.key)
    return [dict(taken.message, client="curl", method=method) for method in ("POST", "GET")]


@case("tls13-http2", "scepclient over HTTP/2 in TLS 1.3, secrets inside; then curl over HTTP/2 with scepclient's "
      "message by POST and by GET")
def tls13_http2(running, made):
    challenge = lab.Secret()
    taken = replay.take(running, challenge, "device-b")
    server = scep_server.ScepServer(running, challenge)
    ca_file, secrets = tls_front(running, "TLSv1.3", http2=True)
    device = clients.ScepClient(running, "device-a", "device-a")
    with made.record(TLS_FILTER, secrets):
        said = [device.enroll(SECURE, challenge, {"SSL_CERT_FILE": ca_file})]
        said += curl_replay(made, taken, SECURE, ["--http2", "--cacert", ca_file])
    scepclient_peers(made)
    made.device(device.key)
    made.from_server(server, said)


@case("http2-cleartext", "curl over HTTP/2 without TLS (prior knowledge): GetCACaps, GetCACert, one message by POST "
      "and by GET")
def http2_cleartext(running, made):
    challenge = lab.Secret()
    taken = replay.take(running, challenge, "device-b")
    server = scep_server.ScepServer(running, challenge)
    web_server.WebServer(running, web_server.server(lab.FRONT + ":80", web_server.NDES, " http2"), (lab.FRONT, 80))
    with made.record(FRONT_FILTER):
        said = curl_replay(made, taken, CLEAR, ["--http2-prior-knowledge"])
    scepclient_peers(made)
    made.from_server(server, said)


@case("http2-streams", "one HTTP/2 connection, GetCACaps, GetCACert and PKIOperation asked for at once "
      "on streams of their own")
def http2_streams(running, made):
    challenge = lab.Secret()
    taken = replay.take(running, challenge, "device-b")
    server = scep_server.ScepServer(running, challenge)
    ca_file, secrets = tls_front(running, "TLSv1.3", http2=True)
    queries = [http_client.encodings(taken.der)["rfc"], "operation=GetCACert&message=lab-ca", "operation=GetCACaps"]
    config = os.path.join(running.tmp, "urls")
    with open(config, "w", encoding="utf-8") as file:
        file.writelines('url = "%s?%s"\noutput = "%s/answer-%d"\n' % (SECURE, query, running.tmp, number)
                        for number, query in enumerate(queries))
    with made.record(TLS_FILTER, secrets):
        lab.must(["curl", "-s", "-S", "-f", "--http2", "--cacert", ca_file, "--parallel", "--config", config])
    made.ordered = False
    made.peer("curl", "curl")
    made.peer("nginx", "nginx")
    made.device(taken.key)
    scepclient_peers(made)
    made.from_server(server, [dict(taken.message, client="curl", method="GET")])


@case("tls12-untrusted", "scepclient does not trust the server's certificate: TLS alert, no HTTP at all")
def tls12_untrusted(running, made):
    tls_front(running, "TLSv1.2")
    device = clients.ScepClient(running, "device-a", "device-a")
    with made.record(TLS_FILTER):
        said = device.enroll(SECURE, None)
    if "certificate" not in said["reported"]:
        raise lab.LabError("expected a certificate error: %r" % said)
    made.peer("scepclient", "scep")
    made.peer("nginx", "nginx")
    made.notes.append("The client said: " + said["reported"])
