# SPDX-License-Identifier: GPL-2.0-or-later
"""Both legs of an enrollment in one capture: the device's SCEP request to NDES, NDES's call to the CA, the CertRep.

The PKCS#10 in the pkcsPKIEnvelope is the one in the call; the certificate of the CA's answer is the one in the
CertRep."""
from synthetic.device import ANDROID, IOS, WINDOWS, Device
from synthetic.ndes import Ndes
from synthetic.story import ISSUED, REFUSED
from synthetic.tcp import CLIENT

from . import ca as authority
from . import rpc
from .captures_objects import request, request2
from .captures_sealed import KEYTAB
from .kerberos import SpnegoKerberos
from .parties import CA, CCM, NDES, RMD, Activation, attributes, new_ca
from .registry import capture
from .security import NDES_ACCOUNT

HANDLING = 20000  # microseconds from the device's SYN until NDES turns to the CA
TEMPLATE = attributes("IPSECIntermediateOffline", RMD, CCM)


class Office:
    """NDES between its devices and its CA, with an object on the CA that it keeps. think: how long the CA takes."""

    think = 180000

    def __init__(self, scene, security=None, beside=None, address=NDES, **names):
        """beside: an Office with the same NDES and the same CA, and a connection of its own. names: for Ndes."""
        self.scene, self.ca, self.security = scene, beside.ca if beside else new_ca(), security
        self.server = beside.server if beside else Ndes(scene, self.ca.pki, address, **names)
        self.link = None

    def level(self):
        return rpc.PRIVACY if self.security else rpc.NONE

    def context(self):
        return self.security() if self.security else None

    def object(self):
        """The connection to the CA's object, activated on first use."""
        if self.link is None:
            self.activation = Activation(
                self.scene, ("ICertRequestD2",), self.level(), self.context(), client=self.server.address
            )
            self.activation.resolver.close()
            self.link = self.activation.connect(security=self.context(), verify=True)
        self.link.tcp.now = max(self.link.tcp.now, self.scene.now)
        return self.link, self.activation.ipids["ICertRequestD2"]

    def device(self, name, address, habit, kind="rsa2048"):
        device = Device(self.scene, self.server, name, address, habit, kind, names=["DNS:%s.contoso.example" % name])
        device.begin()
        device.discover()
        return device

    def behind(self, device, message, work, answer):
        """Sends a message; while the device waits, work() goes on between NDES and the CA. answer(result of work)
        makes NDES's response. @return the result"""
        scene, start, first = self.scene, self.scene.now, len(self.scene.calls)
        scene.now = start + HANDLING
        result = work()
        end, scene.now = scene.now, start
        calls = list(range(first, len(scene.calls)))
        device.send(message, answer(result), think=end - start)
        device.enrollment.facts.setdefault("ca_calls", []).extend(calls)
        return result

    def submit(self, csr, template=TEMPLATE, form="agent", **more):
        """Request2 for a device's PKCS#10, wrapped as an enrollment agent does, or as it came."""
        link, ipid = self.object()
        if form == "agent":
            encoded, flags = self.ca.enrollment_agent(csr, self.scene.rng), authority.PKCS7
        else:
            encoded, flags = self.ca.expect(csr), authority.PKCS10
        how = request if form == "old" else request2
        return how(link, self.ca, 0, ipid, encoded, template, flags, think=self.think, **more)

    def status(self, number):
        link, ipid = self.object()
        return request2(link, self.ca, 0, ipid, None, None, 0, number)

    def issued(self, device, message, answer):
        device.certificate = self.ca.known[answer["request_id"]].certificate
        facts = {"serial": device.certificate.serial_hex, "ca_request_id": answer["request_id"]}
        device.enrollment.ends(ISSUED, subject=device.subject.text, **facts)
        return self.server.success(message, device.signer, device.certificate)

    def refused(self, device, message, hresult):
        device.enrollment.ends(REFUSED, hresult=hresult, fail_info=2)
        return self.server.failure(message, hresult=hresult)

    def enroll(self, device, form="agent"):
        csr = device.csr(device.challenge())
        message = device.request(csr)
        self.behind(
            device, message, lambda: self.submit(csr, form=form), lambda answer: self.issued(device, message, answer)
        )
        device.leave()

    def refuse(self, device, hresult, template=TEMPLATE, **more):
        csr = device.csr(device.challenge())
        message = device.request(csr)
        self.behind(
            device,
            message,
            lambda: self.submit(csr, template, **more),
            lambda answer: self.refused(device, message, hresult),
        )

    def close(self):
        self.link.tcp.now = self.scene.now
        self.link.close()


def approved(office, device):
    """Pending at the CA, so PENDING to the device; issued by the CA manager before its second poll."""
    csr = device.csr(device.challenge())
    message = device.request(csr)
    answer = office.behind(
        device,
        message,
        lambda: office.submit(csr, attributes("ContosoDeviceApproval", RMD, CCM)),
        lambda _: office.server.pending(message),
    )
    device.wait(60)
    poll = device.poll()
    office.behind(device, poll, lambda: office.status(answer["request_id"]), lambda _: office.server.pending(poll))
    office.ca.approve(answer["request_id"], office.scene)
    device.wait(60)
    last = device.poll()
    office.behind(
        device, last, lambda: office.status(answer["request_id"]), lambda found: office.issued(device, last, found)
    )


@capture(
    "wcce-combined",
    (
        "three devices enroll with NDES, and what NDES asks the CA for each: issued at once, wrapped by the enrollment "
        "agent; pending, polled and approved; issued through the older method Request with the PKCS#10 as it came; "
        "DCOM in clear"
    ),
    (
        "PKCS#10 and certificate on both legs; request ids; PENDING and disposition 5; the CA's time within the "
        "device's wait"
    ),
)
def combined(scene):
    office = Office(scene)
    office.enroll(office.device("device-1", "192.0.2.10", WINDOWS))
    scene.wait(5)
    approved(office, office.device("device-2", "192.0.2.11", IOS))
    scene.wait(5)
    office.enroll(office.device("device-3", "192.0.2.12", ANDROID), "old")
    scene.wait(1)
    office.close()


@capture(
    "wcce-combined-denied",
    (
        "five devices that NDES refuses because of the CA: key too short, template that the CA does not know, no "
        "permission on the template, fault access denied, CA that does not answer at all"
    ),
    (
        "disposition or fault of the call and HRESULT of the CertRep: 0x80094811, 0x80094800, 0x80094012, 0x80070005, "
        "0x800706ba"
    ),
)
def denied(scene):
    office = Office(scene)
    small = office.device("device-small", "192.0.2.10", WINDOWS, "rsa1024")
    office.refuse(small, 0x80094811, attributes("ContosoStrong", RMD, CCM))
    scene.wait(5)
    office.refuse(office.device("device-2", "192.0.2.11", IOS), 0x80094800, attributes("DoesNotExist", RMD, CCM))
    scene.wait(5)
    office.refuse(
        office.device("device-3", "192.0.2.12", ANDROID), 0x80094012, attributes("ContosoNotForYou", RMD, CCM)
    )
    scene.wait(5)
    office.refuse(office.device("device-4", "192.0.2.13", WINDOWS), 0x80070005, fault=5)
    scene.wait(1)
    office.link.tcp.now = scene.now
    office.link.reset(CLIENT)
    scene.wait(5)
    device = office.device("device-5", "192.0.2.14", WINDOWS)
    message = device.request(device.csr(device.challenge()))
    office.behind(
        device,
        message,
        lambda: scene.fails_to_connect(NDES, CA, 135, False),
        lambda _: office.refused(device, message, 0x800706BA),
    )


@capture(
    "wcce-combined-sealed",
    "two devices enroll and one is refused, NDES's calls with Kerberos and packet privacy, as Windows makes them",
    (
        "without the keytab: a call of so many bytes, answered in so much time, within each device's wait; with it as "
        "in wcce-combined"
    ),
)
def sealed(scene):
    scene.open_with = KEYTAB
    services = iter(("RPCSS", "host"))
    office = Office(scene, lambda: SpnegoKerberos(scene, NDES_ACCOUNT, rpc.PRIVACY, next(services)))
    office.enroll(office.device("device-1", "192.0.2.10", WINDOWS))
    scene.wait(5)
    small = office.device("device-small", "192.0.2.11", WINDOWS, "rsa1024")
    office.refuse(small, 0x80094811, attributes("ContosoStrong", RMD, CCM))
    scene.wait(5)
    office.enroll(office.device("device-2", "192.0.2.12", IOS))
    scene.wait(1)
    office.close()


@capture(
    "wcce-combined-concurrent",
    (
        "four devices whose waits overlap, NDES's calls for them side by side on four connections, answered in another "
        "order than asked; one is refused, one enrolls twice with one key"
    ),
    "which call belongs to which device: by the PKCS#10, not by the time",
)
def concurrent(scene):
    first = Office(scene)
    offices = [first] + [Office(scene, beside=first) for _ in range(3)]
    plan = [
        ("device-1", "192.0.2.10", WINDOWS, "rsa2048", 900000),
        ("device-2", "192.0.2.11", IOS, "rsa2048", 150000),
        ("device-small", "192.0.2.12", WINDOWS, "rsa1024", 500000),
        ("device-1", "192.0.2.10", WINDOWS, "rsa2048", 300000),
    ]
    devices = [
        office.device(name, address, habit, kind) for office, (name, address, habit, kind, _) in zip(offices, plan)
    ]
    devices[3].rng.bytes(8)  # the same device asks with another challenge
    for office in offices:
        office.object()
    scene.wait(2)
    start, ends = scene.now, []
    for number, (office, device, (name, _, _, _, think)) in enumerate(zip(offices, devices, plan)):
        scene.now = start + number * 45000
        office.think = think
        if name == "device-small":
            office.refuse(device, 0x80094811, attributes("ContosoStrong", RMD, CCM))
        else:
            office.enroll(device)
        ends.append(max(scene.now, office.link.tcp.now))
    scene.now = max(ends) + 100000
    for office in offices:
        office.close()
