# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings of what goes wrong between a device and NDES: error pages, redirects, no answer, damaged messages."""
import socket
import threading
import time

import clients
import facts
import http_client
import lab
import recording
import replay
import scep_server
import web_server
from cases_clients import DIRECT_FILTER, scepclient_peers

CASES, case = recording.registry()
PATH = "/certsrv/mscep/mscep.dll/pkiclient.exe"
PKI = PATH + "?operation=PKIOperation"
ODD_FILTER = "tcp port 80 and net 198.51.100.0/24"


def odd_servers(running, *names):
    """The named misbehaving hosts. @return {name: address}."""
    config, addresses = web_server.misbehaving(*names)
    web_server.WebServer(running, config, (list(addresses.values())[0], 80))
    return addresses


@case("error-pages", "what stands in NDES's place: 401, 403, 404, 414, 413, 500, 502, 503, 504, a redirect, an HTML "
      "page, a text, no content; one server address each")
def error_pages(running, made):
    taken = replay.take(running, lab.Secret())
    server = scep_server.ScepServer(running, lab.Secret())
    names = ["401", "403", "404", "500", "502", "503", "504", "302", "html", "text", "empty", "204", "414", "413"]
    hosts = odd_servers(running, *names)
    silent = socket.create_server(("127.0.0.1", 7009))      # accepts and never answers: behind the 504
    asked, sent_messages = [], []
    with made.record(ODD_FILTER):
        for name in names[:12]:
            with http_client.Connection(hosts[name], 80) as connection:
                asked.append((name, connection.get(PATH + "?operation=GetCACaps")))
        for name in ("500", "503", "html", "text", "empty", "204", "413"):
            with http_client.Connection(hosts[name], 80) as connection:
                sent_messages.append((name, "POST", connection.post(PKI, taken.der)))
        with http_client.Connection(hosts["414"], 80) as connection:
            sent_messages.append(("414", "GET", connection.get(PATH + "?" + http_client.encodings(taken.der)["rfc"])))
    silent.close()
    sent = replay.Replay(made, server, taken)
    made.peer("nginx", "nginx")
    for name, answer in asked:
        sent.plain("GetCACaps", "GET", answer, shows=name)
    for name, method, answer in sent_messages:
        sent.pki(method, answer, shows=name)


@case("scepclient-errors", "scepclient against hosts that answer its GetCACert with 401, 403, 404, 503, an HTML page, "
      "or nothing: it stops there")
def scepclient_errors(running, made):
    names = ["401", "403", "404", "503", "html", "empty"]
    hosts = odd_servers(running, *names)
    devices = [clients.ScepClient(running, "device-a", "device-a") for _ in names]
    with made.record(ODD_FILTER):
        said = [device.enroll("http://%s%s" % (hosts[name], PATH)) for name, device in zip(names, devices)]
    made.peer("scepclient", "scep")
    made.peer("nginx", "nginx")
    statuses = {"html": 200, "empty": 200}
    for name, report in zip(names, said):
        made.exchange("GetCACert", "GET", statuses.get(name) or int(name), shows=name, client_said=report["reported"])


@case("server-errors", "scepserver's own HTTP errors: unknown operation, PKIOperation without message, with an empty "
      "one, with text, with cut base64; POST empty, cut, HTML")
def server_errors(running, made):
    taken = replay.take(running, lab.Secret())
    server = scep_server.ScepServer(running, lab.Secret())
    rfc = http_client.encodings(taken.der)["rfc"]
    gets = [("unknown-operation", "GetChallengePassword", "operation=GetChallengePassword&subject=device-a"),
            ("message-absent", "PKIOperation", "operation=PKIOperation"),
            ("message-empty", "PKIOperation", "operation=PKIOperation&message="),
            ("message-text", "PKIOperation", "operation=PKIOperation&message=%3Chtml%3Ehello%3C%2Fhtml%3E"),
            ("message-cut-at-2048", "PKIOperation", rfc[:2048])]
    posts = [("body-empty", b""), ("body-cut", taken.der[:1500]), ("body-html", b"<html><body>Blocked</body></html>"),
             ("body-first-bytes", taken.der[:20])]
    with made.record(DIRECT_FILTER):
        with http_client.Connection() as connection:
            got = [connection.get("/scep?" + query) for _, _, query in gets]
            posted = [connection.post("/scep?operation=PKIOperation", body) for _, body in posts]
    sent = replay.Replay(made, server, None)
    for (name, operation, _), answer in zip(gets, got):
        sent.plain(operation, "GET", answer, shows=name)
    for (name, _), answer in zip(posts, posted):
        sent.plain("PKIOperation", "POST", answer, shows=name)


@case("damaged-messages", "one message by POST: whole, then with one bit flipped in its content, its signed "
      "attributes, its signature")
def damaged_messages(running, made):
    taken = replay.take(running, lab.Secret())
    server = scep_server.ScepServer(running, lab.Secret())
    places = facts.parts(taken.der)
    with made.record(DIRECT_FILTER):
        with http_client.Connection() as connection:
            whole = connection.post("/scep?operation=PKIOperation", taken.der)
            answers = {}
            for name, place in places.items():
                body = taken.der[:place] + bytes([taken.der[place] ^ 0x01]) + taken.der[place + 1:]
                answers[name] = connection.post("/scep?operation=PKIOperation", body)
    sent = replay.Replay(made, server, taken)
    sent.pki("POST", whole, damaged=None)
    for name, answer in answers.items():
        message = {key: taken.message[key] for key in ("client", "message_type", "transaction_id")}
        made.exchange("PKIOperation", "POST", answer.status, message, damaged=name)


@case("post-refused", "a front end that answers POST with 405: scepclient gives up; "
      "the same message by GET is accepted")
def post_refused(running, made):
    challenge = lab.Secret()
    taken = replay.take(running, challenge, "device-b")
    server = scep_server.ScepServer(running, challenge)
    hosts = odd_servers(running, "405")
    device = clients.ScepClient(running, "device-a", "device-a")
    with made.record(ODD_FILTER):
        said = device.enroll("http://%s%s" % (hosts["405"], PATH), challenge)
        with http_client.Connection(hosts["405"], 80) as connection:
            posted = connection.post(PKI, taken.der)
        with http_client.Connection(hosts["405"], 80) as connection:
            got = connection.get(PATH + "?" + http_client.encodings(taken.der)["rfc"])
    made.peer("nginx", "nginx")
    made.device(device.key)
    sent = replay.Replay(made, server, taken)
    sent.plain("GetCACert", "GET", http_client.Response("1.1", 200, {}, b""))
    sent.plain("GetCACaps", "GET", http_client.Response("1.1", 200, {}, b""))
    made.exchange("PKIOperation", "POST", 405, dict(said, message_type=19))
    sent.pki("POST", posted)
    sent.pki("GET", got, encoding="rfc")


@case("redirected", "scepclient follows a 302 to the real server: its GETs arrive, "
      "its POST arrives as a GET without a message")
def redirected(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    config, hosts = web_server.misbehaving("redirected")
    config += web_server.server(lab.FRONT + ":80", web_server.NDES)
    web_server.WebServer(running, config, (hosts["redirected"], 80))
    device = clients.ScepClient(running, "device-a", "device-a")
    with made.record("tcp port 80"):
        said = device.enroll("http://%s%s" % (hosts["redirected"], PATH), challenge)
    scepclient_peers(made)
    made.peer("nginx", "nginx")
    made.device(device.key)
    made.ca_key = server.ca_key
    for operation in ("GetCACert", "GetCACaps"):
        made.exchange(operation, "GET", 302)
        made.exchange(operation, "GET", 200)
    made.exchange("PKIOperation", "POST", 302, dict(said, message_type=19))
    made.exchange("PKIOperation", "GET", 500, server=lab.FRONT)


@case("no-answer", "no SCEP server to speak of: connection refused, closed without an answer, and an answer that never "
      "comes; then a server that resets the connection after the request")
def no_answer(running, made):
    taken = replay.take(running, lab.Secret())
    hosts = odd_servers(running, "closed")
    silent_host, reset_host, absent_host = (web_server.address(number) for number in (20, 21, 22))
    silent = socket.create_server((silent_host, 80))
    resetting = socket.create_server((reset_host, 80))

    def reset():
        peer, _ = resetting.accept()
        peer.recv(65536)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()

    threading.Thread(target=reset, daemon=True).start()
    with made.record(ODD_FILTER):
        refused = clients.ScepClient(running, "device-a", "device-a").enroll("http://%s%s" % (absent_host, PATH))
        answers = []
        for address, timeout in ((hosts["closed"], 5), (silent_host, 2), (reset_host, 5)):
            with http_client.Connection(address, 80, timeout) as connection:
                answers.append(connection.get(PATH + "?operation=GetCACaps"))
        with http_client.Connection(silent_host, 80, 2) as connection:
            posted = connection.post(PKI, taken.der)
        time.sleep(0.2)
    silent.close()
    resetting.close()
    sent = replay.Replay(made, None, taken)
    made.peer("nginx", "nginx")
    made.notes.append("The first client said: " + refused["reported"])
    for name, answer in zip(("closed", "silent", "reset"), answers):
        sent.plain("GetCACaps", "GET", answer, shows=name)
    sent.pki("POST", posted, shows="silent")
