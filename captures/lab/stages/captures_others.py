# SPDX-License-Identifier: GPL-2.0-or-later
"""What looks like an enrollment by Intune, or like a piece of one, and is something else."""
import json

from synthetic import web
from synthetic.device import WINDOWS, Device
from synthetic.ndes import Ndes, Pki
from synthetic.story import ISSUED, REFUSED

from . import dns, syncml
from .flow import client, server
from .parties import AIK, CA, DEVICE, ELSEWHERE, SECOND_DEVICE
from .registry import capture
from .tls import V12, V13

AMD = "AMD-KeyId-578c545f796951421221a4a578acdb5f682f89c8.microsoftaik.azure.net"
INTEL = "INTC-KeyId-17a00575d05e58e3881210bb98b1045bb4c30639.microsoftaik.azure.net"
AIK_PATH = "/templates/Aik/scep"
BROWSER = [("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"), ("Accept", "*/*")]


def no_authority(host):
    text = json.dumps({"Message": 'The authority "%s" does not exist.' % host.lower()})
    return web.Response(404, text.encode(), "application/json; charset=utf-8", [("Server", "Microsoft-HTTPAPI/2.0")])


class Attestation:
    """A device that asks Microsoft for a certificate for the key in its TPM."""

    def __init__(self, scene, host, name, address):
        self.scene, self.host = scene, host
        self.ndes = Ndes(scene, Pki(), AIK, host, AIK_PATH)
        self.device = Device(scene, self.ndes, name, address, WINDOWS, subject="CN=" + name)
        self.far = server(
            ["*.microsoftaik.azure.net"],
            "microsoft",
            subject="C=XX, O=Microsoft Corporation, CN=*.microsoftaik.azure.net",
        )
        scene.resolve(address, host, [AIK])
        self.device.begin()

    def plain(self):
        return self.scene.link(self.device.address, AIK, 80)

    def secure(self):
        self.far.versions = (V12, V13)
        return self.scene.secure(self.device.address, AIK, self.host, client(), self.far)

    def asks(self, link, request, response, **facts):
        records = link.exchange(request, response, self.device.enrollment, **facts)
        link.close()
        self.scene.now = link.now + 30000
        return records

    def ask_for(self, operation):
        return self.device.ask_for(operation, path=AIK_PATH)


@capture(
    "aik-lookalike",
    (
        "Windows asks Microsoft's attestation service for a certificate for the key in its TPM: GetCACaps answered with"
        " 404 on port 80, the same in TLS, and an enrollment that ends well in TLS, without the secrets"
    ),
    "SCEP that is no business of Intune and NDES: a note, and neither a stage nor an error",
    sealed=True,
)
def attestation(scene):
    scene.begin("plain", "no authority for this TPM, on port 80", 1)
    who = Attestation(scene, AMD, "device-1", DEVICE)
    asked, _ = who.asks(who.plain(), who.ask_for("GetCACaps"), no_authority(AMD), over="http")
    scene.hint("aik_noise", asked.frame)
    who.device.enrollment.ends(REFUSED)
    scene.begin("sealed", "no authority for this TPM, in TLS")
    who = Attestation(scene, AMD, "device-1", DEVICE)
    link = who.secure()
    who.asks(link, who.ask_for("GetCACaps"), no_authority(AMD))
    scene.hint("aik_noise", lambda tcp=link.tcp: tcp.told()["client_hello"], link.tcp)
    who.device.enrollment.ends(REFUSED)
    scene.begin("issued", "another device enrolls")
    who = Attestation(scene, INTEL, "device-2", SECOND_DEVICE)
    csr = who.device.csr()
    message = who.device.request(csr)
    issued = who.ndes.pki.issue(csr, scene.moment())
    for request, response in (
        (who.ask_for("GetCACaps"), who.ndes.caps()),
        (who.ask_for("GetCACert"), who.ndes.ca_certificates()),
        (who.device.carry(message), who.ndes.success(message, who.device.signer, issued)),
    ):
        link = who.secure()
        who.asks(link, request, response)
        scene.hint(
            "aik_noise",
            lambda tcp=link.tcp: tcp.told()["client_hello"],
            link.tcp,
            optional=request.operation != "GetCACaps",
        )
    who.device.enrollment.ends(ISSUED, subject=who.device.subject.text, serial=issued.serial_hex)
    scene.until_quiet(120)
    scene.resolve(DEVICE, "www.example.com", [ELSEWHERE])


class Bystander:
    """Exchanges with hosts that have nothing to do with certificates; a connection is kept for the same host."""

    def __init__(self, scene, near, far):
        self.scene, self.near, self.far, self.open = scene, near, far, None

    def _link(self, host, tls, sealed, address):
        wanted = (host, tls, sealed)
        if self.open is None or self.open[0] != wanted:
            self.leave()
            if tls:
                link = self.scene.secure(DEVICE, address, host, self.near, self.far, sealed=sealed)
            else:
                link = self.scene.link(DEVICE, address, 80)
            self.open = (wanted, link)
        link = self.open[1]
        link.tcp.now = max(link.now, self.scene.now)
        return link

    def asks(
        self,
        method,
        host,
        target,
        response,
        body=b"",
        kind=None,
        tls=True,
        sealed=False,
        agent=BROWSER,
        address=ELSEWHERE,
    ):
        headers = list(agent) + ([("Content-Type", kind)] if kind else [])
        request = web.Request(method, target, host, headers, body)
        link = self._link(host, tls, sealed, address)
        link.exchange(request, response, None, host=host, path=target, **({"sealed": True} if sealed else {}))
        self.scene.now = link.now + 400000

    def leave(self):
        if self.open:
            link = self.open[1]
            link.tcp.now = max(link.now, self.scene.now)
            link.close()
            self.scene.now = link.now + 20000
            self.open = None


def told(value, status=200):
    return web.Response(status, json.dumps(value).encode(), "application/json", [("Server", "nginx")])


def contacts():
    """SyncML that synchronises an address book."""
    body = (
        '<?xml version="1.0"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD>'
        '<VerProto>SyncML/1.2</VerProto>'
        "<SessionID>1</SessionID><MsgID>1</MsgID></SyncHdr><SyncBody><Alert><CmdID>1</CmdID><Data>201</Data></Alert>"
        "<Final/></SyncBody></SyncML>"
    )
    return body.encode()


@capture(
    "mixed-no-ndes",
    (
        "no enrollment at all: searches for scep, JSON with /Notify and VerifyRequest in other people's paths, address"
        " books and policies in SyncML, web enrollment of a CA, TLS that fails, a name that is not there, connections"
        " that are refused; most of it in TLS whose secrets are inside"
    ),
    "nothing of SCEP, no hint, no role",
)
def nothing(scene):
    scene.bystanders = True
    names = ["*.example.com", "*.example.net", "*.contoso.com"]
    far = server(names, subject="C=XX, O=Example, CN=*.example.com", versions=(V12, V13))
    some = Bystander(scene, client(), far)
    scene.resolve(DEVICE, "www.example.com", [ELSEWHERE])
    scene.resolve(DEVICE, "scepter.example.org", rcode=dns.NXDOMAIN)
    page = web.Response(200, b"<html><head><title>scep</title></head></html>", "text/html", [("Server", "nginx")])
    some.asks("GET", "www.example.com", "/search?q=scep&operation=list&message=none", page)
    some.asks("GET", "www.example.com", "/wiki/SCEP?action=GetCACaps", page)
    some.asks(
        "POST",
        "api.example.com",
        "/hooks/Notify",
        web.Response(204, b"", reason="No Content"),
        b'{"event": "build"}',
        "application/json",
    )
    some.asks(
        "POST",
        "api.example.com",
        "/users/VerifyRequest",
        told({"ok": True}, 200),
        b'{"mail": "a@example.com"}',
        "application/json",
    )
    some.asks(
        "POST", "api.example.com", "/v2/failureNotification", told({"error": "oops"}, 500), b"{}", "application/json"
    )
    some.asks(
        "GET",
        "api.example.com",
        "/v1/jobs?operation=PKIOperationReport",
        told({"pkiStatus": 2, "failInfo": 1}),
        tls=False,
    )
    sync = web.Response(200, contacts(), "application/vnd.syncml+xml", [("Server", "nginx")])
    some.asks("POST", "sync.example.com", "/syncml", sync, contacts(), "application/vnd.syncml+xml", agent=())
    for request, response in syncml.Session("mdm.example.net").steps(syncml.OTHER_NODES):
        some.asks(
            "POST",
            "mdm.example.net",
            "/omadm",
            response,
            request.body,
            syncml.MEDIA_TYPE,
            agent=[("User-Agent", syncml.AGENT)],
        )
    some.asks("GET", "ca.corp.contoso.com", "/certsrv/", page, tls=False, address=CA)
    some.asks("GET", "www.example.com", "/", page, sealed=True)
    some.leave()
    link = scene.secure(
        DEVICE,
        ELSEWHERE,
        "printer.example.net",
        client(),
        server(["printer.example.net"], "unknown", versions=(V12, V12)),
    )
    link.tcp.open()
    scene.now = link.now + 400000
    old = server(["old.example.net"], validity=(-400, -30), versions=(V12, V12))
    link = scene.secure(DEVICE, ELSEWHERE, "old.example.net", client(trusting=True), old, sealed=True)
    link.exchange(web.Request("GET", "/", "old.example.net", BROWSER), page, None, sealed=True)
    link.close()
    scene.now = link.now + 400000
    tcp = scene.plain(DEVICE, ELSEWHERE, 443, {"ended": "refused"})
    tcp.refused_open()
    tcp = scene.plain(SECOND_DEVICE, ELSEWHERE, 80, {"ended": "unanswered"})
    tcp.unanswered_open(4)
    scene.until_quiet(120)
    scene.resolve(DEVICE, "www.example.com", [ELSEWHERE])
