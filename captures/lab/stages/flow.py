# SPDX-License-Identifier: GPL-2.0-or-later
"""An Intune tenant with NDES: each of the six stages as a step that a capture may take.

What the policy module sends to its registration service has never been published: the bodies of VerifyRequest and
Notify, and the connector's report to Intune, are of about the right size and mean nothing."""
import base64
import copy
import json

from synthetic import web, x509
from synthetic.captures_checks import intune_challenge
from synthetic.device import WINDOWS, Device
from synthetic.ndes import Ndes
from synthetic.story import ISSUED, SECOND
from wcce.captures_combined import Office
from wcce.parties import attributes

from . import parties, syncml
from .parties import CA, DEVICE, INTUNE, INTUNE_NAME, NDES, NDES_INSIDE, NDES_NAME, PROXY, PUBLISHED, authority
from .tls import V12, V13, Side

TEMPLATE = attributes("IPSECIntermediateOffline", "rmd:" + NDES_INSIDE, "ccm:" + NDES_INSIDE)
SERVICE = "/CertificateRegistrationSvc/Certificate/"
PROXIED = [("X-MS-Proxy", "AzureAD-Application-Proxy")]


def server(names, by="public", **more):
    """A server's Side. more: for the certificate (validity, key, subject) or for the Side"""
    issue = {name: more.pop(name) for name in ("validity", "key", "subject") if name in more}
    return Side(identity=authority(by).issue(list(names), **issue), **more)


def client(**more):
    """A client's Side that trusts what its operating system and its profiles tell it to."""
    more.setdefault("trusts", [authority(name) for name in ("public", "microsoft", "corp")])
    return Side(**more)


def front(**more):
    """What the proxy shows to devices."""
    return server([NDES_NAME, PUBLISHED], subject="C=XX, O=Contoso, CN=" + NDES_NAME, **more)


def inside(**more):
    """IIS on the NDES host."""
    return server([NDES_INSIDE, NDES_NAME], "corp", **more)


def intune():
    name = "*.manage.microsoft.com"
    return server([name, "manage.microsoft.com"], "microsoft", subject="C=XX, O=Microsoft Corporation, CN=" + name)


class Tenant:
    """The parties of one enrollment. versions: TLS of the device's hop; both hops of a proxy, where there is one."""

    def __init__(self, scene, versions=(V12, V13), habit=WINDOWS, name="device-1", address=DEVICE):
        self.scene, self.versions = scene, versions
        self.office = Office(scene, address=NDES, host=NDES_NAME)
        self.ndes = self.office.server
        self.device = Device(scene, self.ndes, name, address, habit, subject="O=Contoso, CN=" + name)
        self.challenge = x509.Challenge(intune_challenge(scene, 300))

    # Stage 1

    def deploys(self):
        """Intune gives the device its profile."""
        scene = self.scene
        scene.resolve(self.device.address, INTUNE_NAME, [INTUNE], [parties.INTUNE_FRONT])
        link = scene.secure(self.device.address, INTUNE, INTUNE_NAME, client(), intune(), {"stage": 1})
        url = "https://%s%s" % (NDES_NAME, self.ndes.path)
        profile = syncml.ROOT % syncml.PROFILE
        thumbprint = self.ndes.pki.ca.facts()["sha1"].upper()
        nodes = syncml.scep_nodes(url, self.challenge.text, thumbprint, "CN=" + self.device.name)
        facts = {"service": "omadm", "stage": 1, "host": INTUNE_NAME, "path": syncml.PATH}
        shown = {"server_url": url, "ca_thumbprint": thumbprint, "challenge": self.challenge.facts()}
        shown.update(key_length=2048, retry_count=3, retry_delay=5)
        for number, (request, response) in enumerate(
            syncml.Session(INTUNE_NAME).steps(nodes, profile + "/Install/Enroll")
        ):
            asked, told = link.exchange(request, response, None, 90000, **facts)
            if number == 0:
                told.facts["profile"] = shown
        link.close()
        scene.now = link.now + 2 * SECOND

    # Stages 2 and 5

    def asks(self, request, respond):
        """The device's request through the proxy; respond() makes NDES's answer and may take its time."""
        scene, enrollment = self.scene, self.device.enrollment
        outer = scene.secure(
            self.device.address, PROXY, NDES_NAME, client(), front(versions=self.versions), {"stage": 2, "leg": "front"}
        )
        asked = outer.ask(request, enrollment, leg="front")
        scene.now = outer.now + 2000
        inner = scene.secure(
            PROXY, NDES, NDES_INSIDE, client(), inside(versions=self.versions), {"stage": 2, "leg": "back"}
        )
        passed = copy.copy(request)
        passed.host, passed.headers = (
            NDES_INSIDE,
            request.headers + [("X-Forwarded-For", self.device.address)] + PROXIED,
        )
        behind = inner.ask(passed, enrollment, leg="back")
        scene.now = inner.now + 15000
        response = respond()
        inner.tcp.now = scene.now
        inner.answer(behind, passed, response, leg="back")
        outer.tcp.now = inner.now + 2000
        outer.answer(asked, request, response, leg="front")
        inner.close()
        outer.close()
        scene.now = max(outer.now, inner.now) + 25000

    def discovers(self):
        scene = self.scene
        scene.resolve(self.device.address, NDES_NAME, [PROXY], [PUBLISHED])
        self.device.enrollment = scene.enrollment(self.device.address, PROXY)
        self.device.enrollment.facts["device"] = self.device.name
        self.asks(self.device.ask_for("GetCACaps"), self.ndes.caps)
        self.asks(self.device.ask_for("GetCACert"), self.ndes.ca_certificates)

    def enrolls(self):
        """Verified, issued, delivered. @return the certificate"""
        csr = self.device.csr(self.challenge)
        message = self.device.request(csr)

        def work():
            self.verifies(csr, message)
            return self.office.issued(self.device, message, self.submits(csr))

        self.asks(self.device.carry(message), work)
        return self.device.certificate

    def is_refused(self, hresult, **verdict):
        """The registration service does not answer 201, so NDES refuses; the CA is never asked."""
        message = self.device.request(self.device.csr(self.challenge))

        def work():
            self.verifies(self.device.csr(self.challenge), message, **verdict)
            return self.office.refused(self.device, message, hresult)

        self.asks(self.device.carry(message), work)

    # Stages 3 and 6: the policy module and its registration service, both on the NDES host

    def policy(self, stage, near=None, far=None, host=NDES_INSIDE):
        near = near or client(identity=parties.client_identity())
        far = far or inside(asks="required", trusts=[authority("clients")], versions=(V12, V12))
        return self.scene.secure(NDES, NDES, host, near, far, {"stage": stage})

    def calls_service(self, name, stage, body, response, think):
        link = self.policy(stage)
        headers = [("User-Agent", "NDES_Plugin"), ("Content-Type", "application/json; charset=utf-8")]
        request = web.Request("POST", SERVICE + name, NDES_INSIDE, headers, json.dumps(body).encode())
        facts = {"service": name, "stage": stage, "host": NDES_INSIDE, "path": SERVICE + name}
        link.exchange(request, response, None, think, **facts)
        link.close()
        self.scene.now = link.now + 5000

    def verifies(self, csr, message, response=None, think=240000):
        body = {"TransactionId": message.facts["transaction_id"], "Request": base64.b64encode(csr.der).decode()}
        response = response or web.Response(201, b"true", "application/json; charset=utf-8", web.IIS, reason="Created")
        self.calls_service("VerifyRequest", 3, body, response, think)

    def notifies(self, response=None):
        body = {
            "TransactionId": self.device.transaction,
            "Certificate": base64.b64encode(self.device.certificate.der).decode(),
        }
        response = response or web.Response(204, b"", None, web.IIS, reason="No Content")
        self.calls_service("Notify", 6, body, response, 60000)

    def reports(self):
        """The connector tells Intune."""
        scene = self.scene
        scene.resolve(NDES, INTUNE_NAME, [INTUNE], [parties.INTUNE_FRONT])
        near = client(identity=parties.client_identity("Microsoft Intune NDES Connector"))
        link = scene.secure(NDES, INTUNE, INTUNE_NAME, near, intune(), {"stage": 6})
        body = json.dumps(
            {"CertificateRequestStatus": [{"TransactionId": self.device.transaction, "Status": "Issued"}]}
        )
        headers = [("User-Agent", "NDESConnector"), ("Content-Type", "application/json; charset=utf-8")]
        path = "/connector/CertificateRequestStatus"
        request = web.Request("POST", path, INTUNE_NAME, headers, body.encode())
        facts = {"service": "report", "stage": 6, "host": INTUNE_NAME, "path": path}
        link.exchange(request, web.Response(200, b"{}", "application/json", web.IIS), None, 110000, **facts)
        link.close()
        scene.now = link.now + SECOND

    # Stage 4

    def submits(self, csr):
        scene = self.scene
        if self.office.link is None:
            scene.resolve(NDES, parties.CA_NAME, [CA])
        return self.office.submit(csr, TEMPLATE)


class Direct:
    """A device that enrolls over one TLS hop and an NDES that answers; nothing behind it shows. ends: Sides of both."""

    def __init__(self, scene, address, host, ends, habit=WINDOWS, name="device-1", client_address=DEVICE, pki=None):
        self.scene, self.ends = scene, ends
        self.ndes = Ndes(scene, pki, address, host)
        self.device = Device(scene, self.ndes, name, client_address, habit, subject="O=Contoso, CN=" + name)

    def hop(self):
        link = self.scene.secure(self.device.address, self.ndes.address, self.ndes.host, *self.ends, {"stage": 2})
        self.scene.now = link.now
        return link

    def asks(self, request, response, think=30000):
        link = self.hop()
        records = link.exchange(request, response, self.device.enrollment, think)
        link.close()
        self.scene.now = link.now + 25000
        return records

    def discovers(self):
        self.device.begin()
        steps = [("GetCACaps", self.ndes.caps()), ("GetCACert", self.ndes.ca_certificates())]
        for operation, response in steps if self.device.habit.caps_first else steps[::-1]:
            self.asks(self.device.ask_for(operation), response)

    def enrolls(self, think=900000):
        self.discovers()
        device = self.device
        csr = device.csr(device.challenge())
        message = device.request(csr)
        issued = self.ndes.pki.issue(csr, self.scene.moment())
        self.asks(device.carry(message), self.ndes.success(message, device.signer, issued), think)
        device.enrollment.ends(ISSUED, subject=device.subject.text, serial=issued.serial_hex)
