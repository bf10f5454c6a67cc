# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings of HTTP shapes: the message that scepclient made, sent in ways it never uses itself, to real servers."""
import base64
import time

import clients
import http_client
import lab
import recording
import replay
import scep_server
import web_server
from cases_clients import DIRECT_FILTER, FRONT_FILTER, scepclient_peers

CASES, case = recording.registry()
NDES_PATH = "/certsrv/mscep/mscep.dll/pkiclient.exe"
PKI = "/scep?operation=PKIOperation"
TYPES = {
    "html": "text/html; charset=utf-8", "text": "text/plain", "json": "application/json", "xml": "text/xml",
    "octets": "application/octet-stream", "pkcs7": "application/pkcs7-mime", "pkix": "application/pkix-cert",
    "form": "application/x-www-form-urlencoded", "image": "image/png", "none": None,
}


@case("get-encodings", "one message by POST and by GET in every encoding clients are known to use (`encoding` in the "
      "expectation names it); refused by its challenge; scepserver itself reads only some of the encodings")
def get_encodings(running, made):
    taken = replay.take(running, lab.Secret())
    server = scep_server.ScepServer(running, lab.Secret())
    queries = http_client.encodings(taken.der)
    answers = {}
    with made.record(DIRECT_FILTER):
        with http_client.Connection() as connection:
            posted = connection.post(PKI, taken.der)
            for name, query in queries.items():
                answers[name] = connection.get("/scep?" + query)
    sent = replay.Replay(made, server, taken)
    sent.pki("POST", posted, encoding=None)
    for name, answer in answers.items():
        sent.pki("GET", answer, encoding=name)


@case("post-content-types", "one message by POST under right, wrong, foreign and no media type; in chunks; as base64 "
      "text; without operation=; refused by its challenge")
def post_content_types(running, made):
    taken = replay.take(running, lab.Secret())
    server = scep_server.ScepServer(running, lab.Secret())
    types = [None, "application/x-pki-message", "application/octet-stream", "application/pkcs7-mime",
             "application/pkcs7", "application/x-www-form-urlencoded", "text/plain; charset=utf-8", "application/json"]
    with made.record(DIRECT_FILTER):
        with http_client.Connection() as connection:
            posted = [connection.post(PKI, taken.der, [("Content-Type", one)] if one else []) for one in types]
            chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (taken.der[:1000], taken.der[1000:])]
            connection.send(connection.head("POST", PKI, [("Transfer-Encoding", "chunked")]) + chunks[0],
                            chunks[1] + b"0\r\n\r\n", pause=0.05)
            chunked = connection.response()
            as_text = connection.post(PKI, base64.b64encode(taken.der), [("Content-Type", "application/x-pki-message")])
            bare = connection.post("/scep", taken.der, [("Content-Type", "application/x-pki-message")])
    sent = replay.Replay(made, server, taken)
    for one, answer in zip(types, posted):
        sent.pki("POST", answer, content_type=one)
    sent.pki("POST", chunked, content_type=None, transfer="chunked")
    sent.pki("POST", as_text, content_type="application/x-pki-message", encoding="base64-body")
    made.exchange(None, "POST", bare.status, taken.message, content_type="application/x-pki-message")


def typed_locations():
    """Locations /plain/T, /chunked/T, /gzip/T: scepserver's answers under media type T, in that transfer form."""
    forms = {"plain": "", "chunked": "sub_filter 'text that no answer holds' ''; sub_filter_types *;",
             "gzip": "gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any;"}
    text = ""
    for form, options in forms.items():
        for name, media_type in TYPES.items():
            header = 'add_header Content-Type "%s";' % media_type if media_type else ""
            text += ("location /%s/%s { rewrite ^ /scep break; proxy_set_header Accept-Encoding ''; "
                     "proxy_hide_header Content-Type; %s %s %s }\n" % (
                         form, name, options, header, web_server.BACKEND))
    return text


@case("answer-content-types", "GetCACert, GetCACaps and CertRep answers under wrong, foreign and no media types; with "
      "length, chunked, and gzipped in chunks")
def answer_content_types(running, made):
    challenge = lab.Secret()
    taken = replay.take(running, challenge)
    server = scep_server.ScepServer(running, challenge)
    web_server.WebServer(running, web_server.server(lab.FRONT + ":80", typed_locations()), (lab.FRONT, 80))
    accept = [("Accept-Encoding", "gzip")]
    plan = [("GetCACert", "plain", name) for name in TYPES]
    plan += [("GetCACert", "chunked", name) for name in ("html", "xml", "form", "none")]
    plan += [("GetCACert", "gzip", name) for name in ("text", "json", "pkcs7", "image", "none")]
    plan += [("GetCACaps", "gzip", "html"), ("GetCACaps", "chunked", "json"), ("GetCACaps", "plain", "none")]
    messages = [("gzip", "html"), ("chunked", "pkcs7"), ("plain", "none"), ("gzip", "json")]
    with made.record(FRONT_FILTER):
        with http_client.Connection(lab.FRONT, 80) as connection:
            answers = [connection.get("/%s/%s?operation=%s" % (form, name, operation), accept)
                       for operation, form, name in plan]
            posted = [connection.post("/%s/%s?operation=PKIOperation" % one, taken.der, accept) for one in messages]
    sent = replay.Replay(made, server, taken)
    made.peer("nginx", "nginx")
    made.notes.append("A stock tshark calls certificates under application/pkcs7-mime and image/png malformed: those "
                      "types have readers of their own.")
    for (operation, form, name), answer in zip(plan, answers):
        check_form(answer, form, TYPES[name])
        sent.plain(operation, "GET", answer, answer_type=TYPES[name], transfer=transfer(answer))
    for (form, name), answer in zip(messages, posted):
        check_form(answer, form, TYPES[name])
        sent.pki("POST", answer, answer_type=TYPES[name], transfer=transfer(answer))


def check_form(answer, form, media_type):
    """LabError unless nginx really answered in that form; CertRep is longer than what scepserver sends unchunked."""
    seen = (answer.headers.get("content-encoding") == "gzip", answer.headers.get("content-type"))
    if seen != (form == "gzip", media_type) or (form != "plain" and "transfer-encoding" not in answer.headers):
        raise lab.LabError("not %s as %s: %r" % (form, media_type, answer.headers))


def transfer(answer):
    """How the body traveled: "length", "chunked" or "gzip, chunked"."""
    coding = answer.headers.get("transfer-encoding", "length")
    return ", ".join([answer.headers["content-encoding"], coding] if "content-encoding" in answer.headers else [coding])


@case("scepclient-gzip", "scepclient behind an nginx that compresses everything; the client asks for gzip by itself")
def scepclient_gzip(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    config = "gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any;" + web_server.NDES
    web_server.WebServer(running, web_server.server(lab.FRONT + ":80", config), (lab.FRONT, 80))
    device = clients.ScepClient(running, "device-c", "device-c")
    with made.record(FRONT_FILTER):
        said = device.enroll("http://%s/certsrv/mscep/mscep.dll" % lab.FRONT, challenge)
    scepclient_peers(made)
    made.peer("nginx", "nginx")
    made.device(device.key)
    made.from_server(server, [said])


@case("pipelined", "three GETs, a GET PKIOperation and a POST in one segment of some KB, their five answers in one "
      "segment; then three GETs in one Ethernet-sized segment")
def pipelined(running, made):
    challenge = lab.Secret()
    taken = replay.take(running, challenge)
    server = scep_server.ScepServer(running, challenge)
    replay.Relay((lab.FRONT, 80), (lab.SERVER, lab.SERVER_PORT))
    lab.set_mtu(lab.LOOPBACK_MTU)
    small = ["GetCACaps", "GetCACert", "GetCACaps"]
    with made.record("(%s) or (%s and not host %s)" % (FRONT_FILTER, DIRECT_FILTER, lab.FRONT)):
        with http_client.Connection(lab.FRONT, 80) as connection:
            heads = [connection.head("GET", "/scep?operation=" + one) for one in small]
            heads.append(connection.head("GET", "/scep?" + http_client.encodings(taken.der)["rfc"]))
            heads.append(connection.head("POST", PKI, [("Content-Length", str(len(taken.der)))]) + taken.der)
            connection.send(b"".join(heads))
            burst = [connection.response() for _ in heads]
        lab.set_mtu(lab.ETHERNET_MTU)
        with http_client.Connection() as connection:
            connection.send(b"".join(heads[:3]))
            again = [connection.response() for _ in small]
    sent = replay.Replay(made, server, taken)
    for operation, answer in zip(small, burst):
        sent.plain(operation, "GET", answer)
    sent.pki("GET", burst[3], encoding="rfc")
    sent.pki("POST", burst[4])
    for operation, answer in zip(small, again):
        sent.plain(operation, "GET", answer)
    made.notes.append("The first connection runs through a relay that hands the answers on together.")


@case("get-odd-port", "HTTP/1.0 on port 9001, no Content-Length in answers, each ends with the connection; GET "
      "PKIOperation over three segments, then over seven with line breaks in its base64")
def get_odd_port(running, made):
    challenge = lab.Secret()
    taken = replay.take(running, challenge)
    server = scep_server.ScepServer(running, challenge)
    config = "sub_filter 'text that no answer holds' ''; sub_filter_types *;" + web_server.NDES
    web_server.WebServer(running, web_server.server(lab.FRONT + ":9001", config), (lab.FRONT, 9001))
    queries = http_client.encodings(taken.der)

    def ask(query, piece=None):
        with http_client.Connection(lab.FRONT, 9001) as connection:
            head = connection.head("GET", NDES_PATH + "?" + query, version="1.0")
            size = piece or len(head)
            connection.send(*[head[start:start + size] for start in range(0, len(head), size)], pause=0.02)
            answer = connection.response()
        if "content-length" in answer.headers or "transfer-encoding" in answer.headers:
            raise lab.LabError("the answer has a length: %r" % answer.headers)
        return answer

    with made.record("tcp port 9001 and host " + lab.FRONT):
        answers = [ask("operation=GetCACaps"), ask("operation=GetCACert&message=lab-ca"), ask(queries["rfc"]),
                   ask(queries["lines-lf"], 600)]
    sent = replay.Replay(made, server, taken)
    made.peer("nginx", "nginx")
    made.decode_as = [9001]
    made.notes.append("Without \"Decode As\" a stock tshark does not see the GETs of several segments.")
    sent.plain("GetCACaps", "GET", answers[0])
    sent.plain("GetCACert", "GET", answers[1], ca_identifier="lab-ca")
    sent.pki("GET", answers[2], encoding="rfc")
    sent.pki("GET", answers[3], encoding="lines-lf")


@case("keepalive-mixed", "one connection: pages, a 404, a form, HEAD and a 304 between SCEP requests; POST with "
      "Expect: 100-continue; a request in absolute form, as through a forward proxy; a POST whose body comes in four "
      "segments with pauses")
def keepalive_mixed(running, made):
    challenge = lab.Secret()
    taken = replay.take(running, challenge)
    server = scep_server.ScepServer(running, challenge)
    web_server.WebServer(running, web_server.server(lab.FRONT + ":80", web_server.NDES), (lab.FRONT, 80))
    target = NDES_PATH + "?operation="
    with made.record(FRONT_FILTER):
        with http_client.Connection(lab.FRONT, 80) as connection:
            page = connection.get("/index.html")
            caps = connection.get(target + "GetCACaps")
            connection.get("/favicon.ico")
            ca_cert = connection.get(target + "GetCACert")
            connection.post("/login", b"operation=login&message=hello",
                            [("Content-Type", "application/x-www-form-urlencoded")])
            length = ("Content-Length", str(len(taken.der)))
            connection.send(connection.head("POST", target + "PKIOperation", [length, ("Expect", "100-continue")]))
            interim = connection.response()
            connection.send(taken.der)
            expected = connection.response()
            connection.get("/index.html", [("If-None-Match", page.headers["etag"])])
            connection.send(connection.head("HEAD", "/index.html"))
            connection.response(head_request=True)
            absolute = connection.get("http://%s%sGetCACaps" % (lab.FRONT, target))
            connection.send(connection.head("POST", target + "PKIOperation", [length]),
                            *[taken.der[start:start + 700] for start in range(0, len(taken.der), 700)], pause=0.03)
            pieces = connection.response()
    if interim.status != 100:
        raise lab.LabError("no 100 Continue")
    sent = replay.Replay(made, server, taken)
    made.peer("nginx", "nginx")
    made.other_requests = 5
    sent.plain("GetCACaps", "GET", caps)
    sent.plain("GetCACert", "GET", ca_cert)
    sent.pki("POST", expected)
    sent.plain("GetCACaps", "GET", absolute)
    sent.pki("POST", pieces)


# Requests with an operation= parameter, or SCEP's words elsewhere, that are not SCEP: target, headers.
LOOKALIKE_GETS = [
    ("/shop?operation=add&message=hello%20world", ()),
    ("/calc?operation=multiply&message=MIIBCgKCAQEAu1SU", ()),
    ("/maps?service=WMS&operation=GetCapabilities", ()),
    ("/api?operation=GetCACapsule", ()),
    ("/search?q=pkiclient.exe&suboperation=GetCACert", ()),
    ("/help?topic=operation%3DGetCACaps", ()),
    ("/index.html",
     (("Referer", "http://192.0.2.20/scep?operation=GetCACert&message=ca"), ("Cookie", "operation=PKIOperation"))),
    ("/howto.txt", ()),
    ("/ca.crl", ()),
    # as from an Authority Information Access URL; nginx gives it the media type that SCEP uses too
    ("/ca.crt", ()),
]


def lookalike_server(running):
    """nginx with pages and files of an ordinary web site, among them a text about SCEP, a CRL and a certificate.

    @return S/MIME message (DER)."""
    web_server.WebServer(running,
                         web_server.server(lab.FRONT + ":80", "location / { error_page 404 405 =200 /index.html; }"),
                         (lab.FRONT, 80))
    www = running.tmp + "/www/"
    with open(www + "howto.txt", "w", encoding="utf-8", newline="") as page:
        page.write("GET /scep?operation=GetCACaps HTTP/1.1\r\nHost: ndes\r\n\r\nPOSTPKIOperation\r\nSHA-256\r\n")
    folder = running.directory("smime")
    lab.must(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", folder + "/key",
              "-out", folder + "/cert", "-subj", "/CN=Example Lab mail", "-days", "7300"])
    lab.must(["openssl", "ca", "-gencrl", "-keyfile", folder + "/key", "-cert", folder + "/cert",
              "-out", folder + "/crl", "-crldays", "30", "-md", "sha256", "-config", "/dev/stdin"],
             input=crl_config(folder))
    lab.must(["openssl", "crl", "-in", folder + "/crl", "-outform", "DER", "-out", www + "ca.crl"])
    lab.must(["openssl", "x509", "-in", folder + "/cert", "-outform", "DER", "-out", www + "ca.crt"])
    lab.must(["openssl", "cms", "-sign", "-signer", folder + "/cert", "-inkey", folder + "/key",
              "-in", www + "howto.txt", "-nodetach", "-binary", "-outform", "DER", "-out", folder + "/message"])
    with open(folder + "/message", "rb") as message:
        return message.read()


def crl_config(folder):
    open(folder + "/index", "w", encoding="utf-8").close()
    return ("[ca]\ndefault_ca=lab\n[lab]\ndatabase=%s/index\n" % folder).encode()


@case("no-scep-lookalike", "an ordinary web site: operation= parameters, SCEP's words in headers, bodies and texts, an "
      "S/MIME message by POST; no SCEP")
def no_scep_lookalike(running, made):
    smime = lookalike_server(running)
    posts = [("/login", b"operation=PKIOperation&message=hello", "application/x-www-form-urlencoded"),
             ("/soap", b"<call><url>/scep?operation=PKIOperation</url></call>", "text/xml"),
             ("/api", b'{"operation": "GetCACert", "message": "ca"}', "application/json"),
             ("/mail", smime, "application/pkcs7-mime"), ("/upload?operation=store", smime, "application/octet-stream")]
    with made.record(FRONT_FILTER):
        with http_client.Connection(lab.FRONT, 80) as connection:
            for target, headers in LOOKALIKE_GETS:
                connection.get(target, headers)
            for target, body, media_type in posts:
                connection.post(target, body, [("Content-Type", media_type)])
                time.sleep(0.01)
    made.peer("nginx", "nginx")
    made.other_requests = len(LOOKALIKE_GETS) + len(posts)
