# SPDX-License-Identifier: GPL-2.0-or-later
"""The services around SCEP as they look on the wire: the policy module's registration service, Intune's API for CAs of
other vendors, the sign-in and the discovery, an MDM server.

Paths, methods, statuses and User-Agent of the registration service are Microsoft's; of its bodies no layout is
published, so they stand here empty. The JSON is that of the sample library Intune-Resource-Access."""
import base64
import hashlib
import json
import uuid

from . import web
from .seeded import Rng
from .story import SECOND, Link, Record

JSON = "application/json; charset=utf-8"
SYNCML = "application/vnd.syncml.dm+xml"
WBXML = "application/vnd.syncml.dm+wbxml"

REGISTRATION = "/CertificateRegistrationSvc/Certificate/"
CONFIGMGR = "/CMCertificateRegistration/Certificate/"
SCEP_ACTIONS = "/TrafficGateway/TrafficRoutingService/RACerts/StatelessScepRequestValidationService/ScepActions/"
REVOCATION = "/TrafficGateway/TrafficRoutingService/RACerts/StatelessPkiConnectorService/CertificateAuthorityRequests/"
TENANT = "11111111-2222-3333-4444-555555555555"
DISCOVERY = "/v1.0/servicePrincipals/appId=0000000a-0000-0000-c000-000000000000/endpoints"

INTUNE, INTUNE_HOST = "203.0.113.50", "fef.msua06.manage.microsoft.com"
SIGN_IN, SIGN_IN_HOST = "203.0.113.60", "login.microsoftonline.com"
GRAPH, GRAPH_HOST = "203.0.113.61", "graph.microsoft.com"

HTTPAPI = [("Server", "Microsoft-HTTPAPI/2.0")]


class Client:
    """What calls services from one host; a connection to each of them is kept."""

    def __init__(self, story, address):
        self.story, self.address, self.links, self.rng = story, address, {}, Rng(story.name, "services", address)

    def call(self, server, request, response, at=None, think=40000, port=80, **facts):
        """One call that begins at a time, or now. facts: for the expectation file. @return the time of its end"""
        link = self.links.get(server)
        if link is None or not link.tcp.is_open:
            link = self.links[server] = Link(self.story, self.address, server, at or self.story.now, port)
        link.tcp.now = max(at or self.story.now, link.tcp.now)
        link.exchange(request, response, None, think, **facts)
        return link.now

    def request_id(self):
        return str(uuid.UUID(bytes=self.rng.bytes(16), version=4))

    def leave(self, first=0):
        for link in self.links.values():
            link.tcp.now = max(link.tcp.now, self.story.now)
            link.close(first)


def plain(method, target, host, headers=(), body=b"", content_type=None):
    headers = list(headers) + ([("Content-Type", content_type)] if content_type else [])
    return web.Request(method, target, host, headers, body)


def arrived(record):
    """When the last byte of a request stood on the wire."""
    return max(frame.time for frame in record.sent.frames)


class PolicyModule(Client):
    """The module in NDES, and the registration service on the same host."""

    def __init__(self, story, ndes, base=REGISTRATION, host="ndes.corp.contoso.com", service=None):
        super().__init__(story, ndes)
        self.base, self.host, self.service = base, host, service or ndes

    def ask(self, what, response, at=None, think=40000, **facts):
        """VerifyRequest or Notify."""
        request = plain("POST", self.base + what, self.host, [("User-Agent", "NDES_Plugin")], b"", None)
        facts.setdefault("service", what)
        facts.setdefault("step", {"VerifyRequest": "Verify", "Notify": "Notify"}[what])
        facts.setdefault("stage", 3 if what == "VerifyRequest" else 6)
        return self.call(self.service, request, response, at, think, **facts)


def created():
    return web.Response(201, b"", None, HTTPAPI, reason="Created")


def no_content():
    return web.Response(204, b"", None, HTTPAPI, reason="No Content")


def forbidden(sub, detail):
    return web.iis_error(403, str(sub), "Forbidden: Client certificate", detail, "Forbidden")


def request_body(device, csr, member="request"):
    return json.dumps({member: {"transactionId": device.transaction,
                                "certificateRequest": base64.b64encode(csr.der).decode(),
                                "callerInfo": "ThirdPartyCA"}}).encode()


class ThirdParty(Client):
    """A CA of another vendor that validates with Intune."""

    def json(self, server, host, target, value, response, at=None, think=60000, method="POST", **facts):
        number = self.request_id()
        body = json.dumps(value).encode() if value is not None else b""
        headers = [("User-Agent", "ThirdPartyCA/3.1"), ("Authorization", "Bearer not-for-your-eyes"),
                   ("api-version", "2018-02-20"), ("client-request-id", number)]
        request = plain(method, target, host, headers, body, JSON if body else None)
        return self.call(server, request, response, at, think, client_request_id=number, **facts)

    def validate(self, device, csr, code, at=None, **more):
        value = json.loads(request_body(device, csr))
        answer = more.pop("response", None) or verdict(code)
        return self.json(INTUNE, INTUNE_HOST, SCEP_ACTIONS + "validateRequest?api-version=2018-02-20", value, answer,
                         at, service="validateRequest", step="Validate", stage=3, **more)

    def success(self, device, csr, certificate, at=None, response=None, **more):
        value = {"notification": {
            "transactionId": device.transaction, "certificateRequest": base64.b64encode(csr.der).decode(),
            "certificateThumbprint": hashlib.sha1(certificate.der).hexdigest().upper(),
            "certificateSerialNumber": certificate.serial_hex,
            "certificateExpirationDateUtc": "2027-05-04T08:00:00.000Z",
            "issuingCertificateAuthority": "Contoso Issuing CA", "callerInfo": "ThirdPartyCA"}}
        return self.json(INTUNE, INTUNE_HOST, SCEP_ACTIONS + "successNotification", value,
                         response or web.Response(200), at, service="successNotification", step="NotifySuccess",
                         stage=6, **more)

    def failure(self, device, csr, hresult, description, at=None, **more):
        value = {"notification": {
            "transactionId": device.transaction, "certificateRequest": base64.b64encode(csr.der).decode(),
            "hResult": hresult, "errorDescription": description, "callerInfo": "ThirdPartyCA"}}
        return self.json(INTUNE, INTUNE_HOST, SCEP_ACTIONS + "failureNotification", value, web.Response(200), at,
                         service="failureNotification", step="NotifyFailure", stage=6, **more)

    def token(self, response, at=None, **more):
        body = (b"client_id=app&client_secret=not-for-your-eyes&grant_type=client_credentials"
                b"&scope=https%3A%2F%2Fapi.manage.microsoft.com%2F%2F.default")
        request = plain("POST", "/%s/oauth2/v2.0/token" % TENANT, SIGN_IN_HOST, (), body,
                        "application/x-www-form-urlencoded")
        return self.call(SIGN_IN, request, response, at, service="token", step="Token", stage=3, **more)

    def discover(self, response, at=None, **more):
        return self.json(GRAPH, GRAPH_HOST, DISCOVERY, None, response, at, method="GET", service="endpoints",
                         step="Discovery", stage=3, **more)


def answered(value, status=200):
    return web.Response(status, json.dumps(value).encode(), JSON, HTTPAPI)


def verdict(code):
    return answered({"code": code, "errorDescription": "" if code == "Success" else "Intune: " + code})


def signed_in():
    return answered({"token_type": "Bearer", "expires_in": 3599, "access_token": "not-for-your-eyes"})


def not_signed_in():
    return answered({"error": "invalid_client",
                     "error_description": "AADSTS7000222: The provided client secret keys are expired."}, 401)


def endpoints(*names):
    return answered({"value": [{"capability": name, "providerName": name, "uri": "https://%s/%s" % (INTUNE_HOST, name)}
                               for name in names]})


class Mdm(Client):
    """A device and its MDM server: one session, on one connection."""

    def __init__(self, story, address):
        super().__init__(story, address)
        self.number = 0

    def sync(self, told, answer, content_type=SYNCML, status=200, **facts):
        """told, answer: the commands of the two messages, b"" or None for an answer without body."""
        self.number += 1
        target = "/devicegatewayproxy/cimhandler.ashx?mode=Maintenance&Platform=WoA"
        body = self.message(told) if isinstance(told, str) else told
        reply = self.message(answer) if isinstance(answer, str) else answer
        request = plain("POST", target, "r.manage.microsoft.com", [("User-Agent", "MSFT OMA DM Client/1.2.0.1")], body,
                        content_type)
        facts.setdefault("service", "SyncML")
        self.story.now = self.call(INTUNE, request, web.Response(status, reply, content_type, HTTPAPI), step="Sync",
                                   stage=1, **facts) + 20000

    def message(self, commands):
        return ('<?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD>'
                "<VerProto>DM/1.2</VerProto><SessionID>1A</SessionID><MsgID>%d</MsgID>"
                "<Target><LocURI>urn:target</LocURI></Target><Source><LocURI>urn:source</LocURI></Source></SyncHdr>"
                "<SyncBody>%s<Final/></SyncBody></SyncML>"
                % (self.number, commands)).encode()


def item(uri, data=None, where="Target"):
    return "<Item><%s><LocURI>%s</LocURI></%s>%s</Item>" % (
        where, uri, where, "" if data is None else "<Data>%s</Data>" % data)


def command(name, number, *items):
    return "<%s><CmdID>%d</CmdID>%s</%s>" % (name, number, "".join(items), name)


def status(number, message, of, name, code, target=None):
    return "<Status><CmdID>%d</CmdID><MsgRef>%d</MsgRef><CmdRef>%d</CmdRef><Cmd>%s</Cmd>%s<Data>%d</Data></Status>" % (
        number, message, of, name, "<TargetRef>%s</TargetRef>" % target if target else "", code)


PROFILE = "./Device/Vendor/MSFT/ClientCertificateInstall/SCEP/ModelName%3DAC_5678%3BVersion%3D1/"


def scep_profile(url, thumbprint, challenge, first=2):
    """The nodes of the ClientCertificateInstall CSP, an Add each in an Atomic, and the Exec that starts it."""
    nodes = [("ServerURL", url), ("Challenge", challenge), ("CAThumbprint", thumbprint), ("KeyLength", "2048"),
             ("HashAlgorithm", "SHA-2"), ("KeyUsage", "160"), ("EKUMapping", "1.3.6.1.5.5.7.3.2"),
             ("SubjectName", "CN=device-1"), ("SubjectAlternativeNames", "11+device-1@contoso.example"),
             ("RetryCount", "3"), ("RetryDelay", "5"), ("ValidPeriod", "Years"), ("ValidPeriodUnits", "1")]
    adds = [command("Add", first + 1 + at, item(PROFILE + "Install/" + name, value))
            for at, (name, value) in enumerate(nodes)]
    run = command("Exec", first + 1 + len(nodes), item(PROFILE + "Install/Enroll"))
    return "<Atomic><CmdID>%d</CmdID>%s</Atomic>" % (first, "".join(adds) + run)


def later(story, seconds=600):
    """Something else, so that the capture goes on and what is absent may be called absent."""
    story.now += seconds * SECOND
    link = story.link("192.0.2.240", "198.51.100.240")
    link.exchange(web.Request("GET", "/health", "www.example.com", [("User-Agent", "monitor/1.0")]),
                  web.Response(200, b"ok\n", "text/plain"))
    link.close()


# HTTP/2 in clear (RFC 9113 3.3), header lists without compression (RFC 7541 6.2.2)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, END_STREAM, END_HEADERS = 0, 1, 4, 1, 4


def http2_frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _text(text):
    data, prefix = text.encode(), 127
    if len(data) < prefix:
        return bytes([len(data)]) + data
    rest, size = len(data) - prefix, bytes([prefix])
    while rest >= 128:
        size, rest = size + bytes([rest % 128 + 128]), rest // 128
    return size + bytes([rest]) + data


def http2_message(stream, fields, body):
    head = b"".join(b"\0" + _text(name) + _text(value) for name, value in fields)
    frames = http2_frame(HEADERS, END_HEADERS | (0 if body else END_STREAM), stream, head)
    return frames + (http2_frame(DATA, END_STREAM, stream, body) if body else b"")


class Http2:
    """One connection with several calls, one stream each."""

    def __init__(self, story, client, server, at):
        self.link, self.stream = Link(story, client, server, at), -1
        self.link.tcp.open()
        self.first = PREFACE + http2_frame(SETTINGS, 0, 0, b"")

    def send(self, side, data, kind, **facts):
        facts.update(client=self.link.client, server=self.link.server, operation=None)
        sent = self.link.tcp.send(side, data)
        return self.link._record(Record(kind, sent, None, facts, None, None))

    def call(self, host, path, body, answer, content_type=JSON, status=200, think=50000, headers=(), **facts):
        self.stream += 2
        fields = [(":method", "POST"), (":scheme", "http"), (":authority", host), (":path", path),
                  ("content-type", content_type)] + list(headers)
        asked = self.send(0, self.first + http2_message(self.stream, fields, body), "request", **facts)
        self.link.tcp.wait(think)
        start = http2_frame(SETTINGS, 0, 0, b"") if self.first else b""
        told = self.send(
            1, start + http2_message(self.stream, [(":status", str(status)), ("content-type", content_type)], answer),
            "response", http_status=status, **facts)
        self.first, asked.partner, told.partner = b"", told, asked
        return asked, told
