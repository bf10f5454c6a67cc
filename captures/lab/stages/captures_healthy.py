# SPDX-License-Identifier: GPL-2.0-or-later
"""Enrollments in TLS with nothing wrong, as one sees them without the secrets: no hint above a note may stand on
any."""
from synthetic.device import IOS, WINDOWS
from synthetic.story import ISSUED

from . import parties
from .flow import Direct, client, inside
from .http2 import Http2
from .parties import DEVICE, NDES, NDES_NAME
from .registry import capture
from .tls import V12, V13


def three_connections(scene, version, habit, host=NDES_NAME):
    """A name, and one connection per operation."""
    scene.resolve(DEVICE, host, [NDES])
    Direct(scene, NDES, host, (client(), inside(versions=(version, version))), habit).enrolls()
    scene.until_quiet(120)
    scene.resolve(DEVICE, "www.example.com", [parties.ELSEWHERE])


LOOK = "three connections to one name: sizes and times that fit an enrollment; nothing wrong"


@capture("tls12-encrypted-healthy", "a Windows device enrolls over TLS 1.2, without the secrets", LOOK, sealed=True)
def tls12(scene):
    three_connections(scene, V12, WINDOWS)


@capture("tls13-encrypted-healthy", "an iOS device enrolls over TLS 1.3, without the secrets", LOOK, sealed=True)
def tls13(scene):
    three_connections(scene, V13, IOS)


@capture(
    "tls13-http2-encrypted",
    "a device enrolls over one HTTP/2 connection in TLS 1.3, without the secrets",
    "ALPN is encrypted in the answer; one connection with three requests; nothing wrong",
    sealed=True,
)
def http2(scene):
    """An iOS device, whose networking code speaks HTTP/2 where it can."""
    scene.resolve(DEVICE, NDES_NAME, [NDES])
    near, far = client(alpn=("h2", "http/1.1")), inside(versions=(V13, V13), alpn=("h2", "http/1.1"))
    who = Direct(scene, NDES, NDES_NAME, (near, far), IOS)
    link = Http2(who.hop())
    device = who.device
    device.begin()
    csr = device.csr(device.challenge())
    message = device.request(csr)
    issued = who.ndes.pki.issue(csr, scene.moment())
    for request, response, think in (
        (device.ask_for("GetCACert"), who.ndes.ca_certificates(), 30000),
        (device.ask_for("GetCACaps"), who.ndes.caps(), 20000),
        (device.carry(message), who.ndes.success(message, device.signer, issued), 900000),
    ):
        link.exchange(request, response, device.enrollment, think)
    link.close()
    device.enrollment.ends(ISSUED, subject=device.subject.text, serial=issued.serial_hex)
    scene.until_quiet(120)
    scene.resolve(DEVICE, "www.example.com", [parties.ELSEWHERE])
