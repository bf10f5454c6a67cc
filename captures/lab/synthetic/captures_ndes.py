# SPDX-License-Identifier: GPL-2.0-or-later
"""NDES-shaped captures: enrollments that end in each of the ways they can end."""
from . import scep
from .device import ANDROID, IOS, WINDOWS, Device
from .ndes import Ndes
from .registry import capture
from .story import ISSUED, REFUSED
from .story import PENDING as STILL_PENDING


def enroll(device, server, days=365, **more):
    """A complete, accepted enrollment. @return the request"""
    device.begin()
    device.discover()
    return submit(device, server, days, **more)


def submit(device, server, days=365, challenge=True, **more):
    """PKCSReq and SUCCESS, within the enrollment that has begun."""
    message = device.request(device.csr(device.challenge() if challenge else None), **more)
    device.certificate = server.pki.issue(device.csr(), device.story.moment(), days)
    device.send(message, server.success(message, device.signer, device.certificate), think=400000)
    device.enrollment.ends(ISSUED, serial=device.certificate.serial_hex, subject=device.subject.text)
    device.leave()
    return message


def refuse(device, server, hresult, fail_info=scep.BAD_REQUEST, begin=True):
    if begin:
        device.begin()
        device.discover()
    message = device.request(device.csr(device.challenge()))
    device.send(message, server.failure(message, fail_info, hresult), think=250000)
    device.enrollment.ends(REFUSED, hresult=hresult, fail_info=fail_info)
    return message


@capture(
    "ndes-accepted",
    "Windows, iOS and Android each enroll with NDES: three accepted enrollments",
    "pkiStatus SUCCESS three times; two RA certificates; no certificates in the answers; BER from iOS and Android",
)
def accepted(story):
    server = Ndes(story)
    enroll(Device(story, server, "device-1", "192.0.2.10", WINDOWS, names=["DNS:device-1.contoso.example"]), server)
    story.now += 5000000
    enroll(Device(story, server, "device-2", "192.0.2.11", IOS, names=["UPN:user@contoso.example"]), server)
    story.now += 5000000
    enroll(Device(story, server, "device-3", "192.0.2.12", ANDROID, names=["EMAIL:user@contoso.example"]), server)


@capture(
    "ndes-refused",
    "Windows is refused by NDES: FAILURE badRequest with HRESULT 0x80094811 (key too short for the template)",
    "failInfo 2, attribute 1.3.6.1.4.1.311.21.33, one zero byte as content, no certificates",
)
def refused(story):
    server = Ndes(story)
    refuse(Device(story, server, "device-small", "192.0.2.10", WINDOWS, kind="rsa1024"), server, 0x80094811)


@capture(
    "ndes-same-transaction",
    "an accepted and a refused enrollment with one key and so under one transactionID",
    "-Y scep.pki_status==2 and -Y scep.pki_status==0 select one frame each; two enrollments",
)
def same_transaction(story):
    server = Ndes(story)
    device = Device(story, server, "device-1", "192.0.2.10", WINDOWS)
    refuse(device, server, 0x80094800)
    device.wait(90)
    enroll(device, server)


@capture(
    "ndes-pending",
    (
        "NDES answers PENDING, the device polls twice, the CA manager approves, the certificate is issued; "
        "a second device polls four times and gives up"
    ),
    "CertPoll (20), waits between polls, SUCCESS to a CertPoll",
)
def pending(story):
    server = Ndes(story)
    device = Device(story, server, "device-1", "192.0.2.10", IOS)
    wait_for_approval(device, server, polls=2, delay=60, approved=True)
    story.now += 5000000
    wait_for_approval(Device(story, server, "device-2", "192.0.2.11", IOS), server, polls=4, delay=60, approved=False)


def wait_for_approval(device, server, polls, delay, approved):
    """PENDING to the request and to all polls, the last one aside if approved."""
    device.begin()
    device.discover()
    csr = device.csr(device.challenge())
    message = device.request(csr)
    device.send(message, server.pending(message), think=200000)
    for number in range(polls):
        device.wait(delay)
        message = device.poll()
        if approved and number == polls - 1:
            device.certificate = server.pki.issue(csr, device.story.moment())
            device.send(message, server.success(message, device.signer, device.certificate))
        else:
            device.send(message, server.pending(message))
    if approved:
        device.enrollment.ends(ISSUED, polls=polls, serial=device.certificate.serial_hex, subject=device.subject.text)
    else:
        device.enrollment.ends(STILL_PENDING, polls=polls)
