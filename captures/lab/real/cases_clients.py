# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings of the real clients with the real server over plain HTTP."""
import subprocess

import clients
import http_client
import lab
import recording
import scep_server
import web_server

DIRECT = "http://%s:%d/scep" % (lab.SERVER, lab.SERVER_PORT)
DIRECT_FILTER = "tcp port %d and host %s" % (lab.SERVER_PORT, lab.SERVER)
FRONT_FILTER = "tcp port 80 and host " + lab.FRONT
CASES, case = recording.registry()


def scepclient_peers(made):
    made.peer("scepclient", "scep")
    made.peer("scepserver", "scep")


def enroll_once(running, made, challenge, given, **server_options):
    """scepclient against scepserver itself; `given` is the challenge the client uses."""
    server = scep_server.ScepServer(running, challenge, **server_options)
    device = clients.ScepClient(running, "device-a", "device-a")
    with made.record(DIRECT_FILTER):
        said = device.enroll(DIRECT, given)
    scepclient_peers(made)
    made.device(device.key)
    made.from_server(server, [said])
    return said


@case("scepclient-issued", "scepclient enrolls with scepserver: GetCACert, GetCACaps, PKCSReq by POST, SUCCESS")
def scepclient_issued(running, made):
    challenge = lab.Secret()
    enroll_once(running, made, challenge, challenge)


@case("scepclient-own-ca", "the same with the CA that `scepserver ca -init` makes: keyUsage without keyEncipherment")
def scepclient_own_ca(running, made):
    challenge = lab.Secret()
    enroll_once(running, made, challenge, challenge, own_ca=True)


@case("scepclient-refused", "two refusals: a wrong challenge, and none at all; pkiStatus FAILURE, "
      "failInfo badRequest, HTTP 200")
def scepclient_refused(running, made):
    server = scep_server.ScepServer(running, lab.Secret())
    first = clients.ScepClient(running, "device-a", "device-a")
    second = clients.ScepClient(running, "device-b", "device-b")
    with made.record(DIRECT_FILTER):
        said = [first.enroll(DIRECT, lab.Secret()), second.enroll(DIRECT, None)]
    scepclient_peers(made)
    made.device(first.key)
    made.device(second.key)
    made.from_server(server, said)


@case("scepclient-same-transaction", "refused, then issued, with one key and so under one transactionID; GetCACaps and "
      "GetCACert by certmonger and strongSwan in between: 10 exchanges, 20 SCEP messages")
def scepclient_same_transaction(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    device = clients.ScepClient(running, "device-a", "device-a")
    swan = clients.StrongSwan(running, "strongswan")
    with made.record(DIRECT_FILTER):
        said = [device.enroll(DIRECT, lab.Secret())]
        submitted = clients.scep_submit(DIRECT, "-c")
        clients.scep_submit(DIRECT, "-C")
        swan.fetch_ca(DIRECT)
        said.append(device.enroll(DIRECT, challenge))
    scepclient_peers(made)
    made.peer("pki", "strongswan-pki")
    made.peer("scep-submit", "certmonger")
    made.device(device.key)
    made.from_server(server, said)
    made.caps_identifier([3], submitted)


@case("scepclient-renewal", "scepclient enrolls, then renews with the issued certificate as signer: messageType 17")
def scepclient_renewal(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    device = clients.ScepClient(running, "device-a", "device-a")
    with made.record(DIRECT_FILTER):
        said = [device.enroll(DIRECT, challenge), device.enroll(DIRECT, challenge)]
    scepclient_peers(made)
    made.device(device.key)
    made.from_server(server, said)


@case("scepclient-ipv6", "an enrollment over IPv6, with a CA identifier in GetCACert")
def scepclient_ipv6(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    device = clients.ScepClient(running, "device-b", "device-b", ["-cacert-message", "lab-ca"])
    with made.record("tcp port %d and host %s" % (lab.SERVER_PORT, lab.SERVER6)):
        said = device.enroll("http://[%s]:%d/scep" % (lab.SERVER6, lab.SERVER_PORT), challenge)
    scepclient_peers(made)
    made.device(device.key)
    made.from_server(server, [said])


@case("scepclient-concurrent", "three scepclients at once against one server; their exchanges interleave")
def scepclient_concurrent(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    devices = [clients.ScepClient(running, "device-" + letter, "device-" + letter) for letter in "abc"]
    used = [challenge, lab.Secret(), challenge]
    lab.set_slow(True)
    with made.record(DIRECT_FILTER):
        started = [subprocess.Popen(device.argv(DIRECT, secret), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                   for device, secret in zip(devices, used)]
        outputs = [process.communicate(timeout=30)[0].decode() for process in started]
    streams = [stream for (stream,) in made.stock_rows("http", ["tcp.stream"])]
    changes = sum(1 for left, right in zip(streams, streams[1:]) if left != right)
    if changes < 4:
        raise lab.Disturbed("the three hardly overlap: %s" % streams)
    reports = {said["transaction_id"]: said for said in
               (device.report(text, secret) for device, text, secret in zip(devices, outputs, used))}
    scepclient_peers(made)
    made.ordered = False
    made.ca_key = server.ca_key
    made.notes.append("The order of the exchanges is not known; each message is told by its transaction_id.")
    for device in devices:
        made.device(device.key)
        made.exchange("GetCACert", "GET", 200)
        made.exchange("GetCACaps", "GET", 200)
    certificates = {one["spki_sha256"]: one for one in server.issued()}
    for said in reports.values():
        message = dict(said, message_type=19, pki_status=0 if said["outcome"] == "issued" else 2)
        if said["spki_sha256"] in certificates:
            message["issued"] = certificates[said["spki_sha256"]]
        made.exchange("PKIOperation", "POST", 200, message)


@case("strongswan-scepca", "pki --scepca fetches the CA certificate")
def strongswan_scepca(running, made):
    server = scep_server.ScepServer(running)
    with made.record(DIRECT_FILTER):
        clients.StrongSwan(running, "strongswan").fetch_ca(DIRECT)
    made.peer("pki", "strongswan-pki")
    made.peer("scepserver", "scep")
    made.from_server(server)


@case("strongswan-enroll", "pki --scep with 3DES and SHA-256: the server issues, the client rejects the SHA-1 "
      "signature of the answer; then with SHA-512, a wrong challenge and a refusal")
def strongswan_enroll(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    swan = clients.StrongSwan(running, "strongswan")
    with made.record(DIRECT_FILTER):
        said = [swan.enroll(DIRECT, server.ca_cert, "C=XX, O=Example Lab, CN=gateway", challenge, "gateway.lab.example",
                            ["--cipher", "des3"]),
                swan.enroll(DIRECT, server.ca_cert, "C=XX, O=Example Lab, CN=gateway", lab.Secret(),
                            "gateway.lab.example", ["--cipher", "des3", "--digest", "sha512"])]
    for report, digest in zip(said, ("SHA256", "SHA512")):
        report.update(digest_algorithm=digest, encryption_algorithm="DES-EDE3-CBC")
    made.peer("pki", "strongswan-pki")
    made.peer("scepserver", "scep")
    made.device(swan.key)
    made.from_server(server, said)


@case("strongswan-rekey", "pki --scep renews with a new key, signed by the old one: messageType 17, "
      "CSR key other than signer key")
def strongswan_rekey(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    old = clients.ScepClient(running, "device-a", "gateway")
    # before the capture: pki itself cannot keep a certificate of this server
    old.enroll(DIRECT, challenge)
    before = len(server.operations())
    swan = clients.StrongSwan(running, "strongswan")
    with made.record(DIRECT_FILTER):
        said = swan.enroll(DIRECT, server.ca_cert, "C=XX, O=Example Lab, OU=Devices, CN=gateway", challenge, None,
                           ["--cipher", "des3", "--cert", old.path("client.pem"), "--key", old.path("client.key")])
    said.update(digest_algorithm="SHA256", encryption_algorithm="DES-EDE3-CBC")
    made.peer("pki", "strongswan-pki")
    made.peer("scepserver", "scep")
    made.device(swan.key)
    made.device(old.key)
    made.notes.append("The answer is encrypted to the old key (the signer's).")
    made.from_server(server, [{}, said])
    del made.exchanges[:before]


@case("strongswan-stops", "pki --scep with AES reads GetCACaps, takes AES for unsupported and stops: "
      "no PKIOperation follows")
def strongswan_stops(running, made):
    server = scep_server.ScepServer(running)
    swan = clients.StrongSwan(running, "strongswan")
    with made.record(DIRECT_FILTER):
        said = swan.enroll(DIRECT, server.ca_cert, "CN=gateway", None, None, ["--cipher", "aes"])
    made.peer("pki", "strongswan-pki")
    made.peer("scepserver", "scep")
    made.notes.append("The client said: " + said["reported"])
    made.from_server(server)


@case("certmonger-ca", "scep-submit -c and -C: GetCACaps with message=0, GetCACert with message=0, then message=1")
def certmonger_ca(running, made):
    server = scep_server.ScepServer(running)
    with made.record(DIRECT_FILTER):
        submitted = clients.scep_submit(DIRECT, "-c")
        clients.scep_submit(DIRECT, "-C")
    made.peer("scep-submit", "certmonger")
    made.peer("scepserver", "scep")
    made.from_server(server)
    made.caps_identifier([0], submitted)


@case("certmonger-enroll", "a whole enrollment by certmonger: PKIOperation by GET, a decimal transactionID of 77 or 78 "
      "digits; the server issues, the client cannot open the single-DES answer")
def certmonger_enroll(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    monger = clients.Certmonger(running)
    with made.record(DIRECT_FILTER):
        said = monger.enroll(DIRECT, server.ca_cert, "O=Example Lab,CN=printer", "printer.lab.example", challenge)
    made.peer("certmonger", "certmonger")
    made.peer("scepserver", "scep")
    made.device(monger.key)
    made.from_server(server, [said], pki_method="GET")
    made.caps_identifier([0, 3], monger.verbose())


@case("certmonger-poll", "the CertPoll (type 20) that certmonger signed, by POST and by GET; "
      "scepserver has no polling: HTTP 500 each time")
def certmonger_poll(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    monger = clients.Certmonger(running)
    said = monger.enroll(DIRECT, server.ca_cert, "O=Example Lab,CN=printer", "printer.lab.example", challenge)
    message = {"client": "certmonger", "message_type": 20, "transaction_id": said["transaction_id"]}
    poll = monger.poll_message()
    with made.record(DIRECT_FILTER):
        with http_client.Connection() as connection:
            posted = connection.post("/scep?operation=PKIOperation", poll)
        with http_client.Connection() as connection:
            got = connection.get("/scep?" + http_client.encodings(poll)["rfc"])
    made.peer("certmonger", "certmonger")
    made.peer("scepserver", "scep")
    made.device(monger.key)
    made.ca_key = server.ca_key
    made.exchange("PKIOperation", "POST", posted.status, message)
    made.exchange("PKIOperation", "GET", got.status, message)


@case("ndes-paths", "scepclient through nginx under NDES's paths: /certsrv/mscep/mscep.dll (issued), "
      ".../mscep.dll/pkiclient.exe (refused)")
def ndes_paths(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    web_server.WebServer(running, web_server.server(lab.FRONT + ":80", web_server.NDES), (lab.FRONT, 80))
    base = "http://%s/certsrv/mscep/mscep.dll" % lab.FRONT
    first = clients.ScepClient(running, "device-a", "device-a")
    second = clients.ScepClient(running, "device-b", "device-b")
    with made.record(FRONT_FILTER):
        said = [first.enroll(base, challenge), second.enroll(base + "/pkiclient.exe", lab.Secret())]
    scepclient_peers(made)
    made.peer("nginx", "nginx")
    made.device(first.key)
    made.device(second.key)
    made.from_server(server, said)


@case("proxy-both-sides", "one enrollment seen on both sides of a reverse proxy: every message twice, "
      "on different connections")
def proxy_both_sides(running, made):
    challenge = lab.Secret()
    server = scep_server.ScepServer(running, challenge)
    web_server.WebServer(running, web_server.server(lab.FRONT + ":80", web_server.NDES), (lab.FRONT, 80))
    device = clients.ScepClient(running, "device-a", "device-a")
    with made.record("(%s) or (%s)" % (FRONT_FILTER, DIRECT_FILTER)):
        said = device.enroll("http://%s/certsrv/mscep/mscep.dll" % lab.FRONT, challenge)
    scepclient_peers(made)
    made.peer("nginx", "nginx")
    made.device(device.key)
    made.ordered = False
    made.notes.append("Each exchange stands twice: device to proxy, proxy to server; requests nest, "
                      "so their order differs.")
    made.from_server(server, [said])
    made.exchanges = [entry for entry in made.exchanges for _ in range(2)]
