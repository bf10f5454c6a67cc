# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that are refused because of what stands between NDES and its CA, beside one that is refused by NDES alone."""
from synthetic.device import ANDROID, IOS, WINDOWS
from synthetic.story import REFUSED
from synthetic.tcp import CLIENT

from . import dcom
from .captures_combined import Office
from .captures_faults import activate
from .parties import CA, NDES, OBJECT_PORT, Activation
from .registry import capture

UNAVAILABLE, CALL_FAILED, ENROLL_DENIED, LOGON_TYPE = 0x800706BA, 0x800706BE, 0x80094011, 0xC000015B


def without_the_ca(office, name, address, habit):
    """NDES refuses by itself, for instance because of the challenge: no call, no code."""
    device = office.device(name, address, habit)
    message = device.request(device.csr(device.challenge()))
    device.enrollment.ends(REFUSED, fail_info=2)
    device.send(message, office.server.failure(message), think=40000)
    device.leave()


def because_of(office, name, address, habit, work, hresult):
    """While the device waits, NDES fails at the CA. work: function of the device's PKCS#10."""
    device = office.device(name, address, habit)
    csr = device.csr(device.challenge())
    message = device.request(csr)
    office.behind(device, message, lambda: work(csr), lambda _: office.refused(device, message, hresult))
    device.leave()


def to_a_port_that_is_silent(scene):
    object_ = Activation(scene)
    object_.resolver.close()
    scene.fails_to_connect(NDES, CA, OBJECT_PORT, False)


@capture(
    "wcce-combined-unreached",
    (
        "one device enrolls; one is refused by NDES alone; four because the CA does not answer a call, then is no "
        "longer registered, then lets nobody log on, then names a port that never answers"
    ),
    (
        "a refusal without any call beside it; a request without answer; REGDB_E_CLASSNOTREG and fault 0xc000015b of "
        "the activation; SYNs to the named port without answer; HRESULTs 0x800706be and 0x800706ba of the CertReps"
    ),
)
def unreached(scene):
    office = Office(scene)
    office.enroll(office.device("device-1", "192.0.2.10", WINDOWS))
    scene.wait(60)
    without_the_ca(office, "device-2", "192.0.2.11", IOS)
    scene.wait(60)
    because_of(office, "device-3", "192.0.2.12", ANDROID, lambda csr: office.submit(csr, lost=True), CALL_FAILED)
    scene.wait(1)
    office.link.tcp.now = scene.now
    office.link.reset(CLIENT)
    scene.wait(60)
    because_of(office, "device-4", "192.0.2.13", WINDOWS, lambda _: activate(scene, dcom.NO_CLASS), UNAVAILABLE)
    scene.wait(60)
    because_of(office, "device-5", "192.0.2.14", WINDOWS, lambda _: activate(scene, fault=LOGON_TYPE), UNAVAILABLE)
    scene.wait(60)
    because_of(office, "device-small", "192.0.2.15", WINDOWS, lambda _: to_a_port_that_is_silent(scene), UNAVAILABLE)


@capture(
    "wcce-combined-no-remote",
    "two devices that NDES refuses because its CA answers every request with CERTSRV_E_ENROLL_DENIED",
    "the same HRESULT, 0x80094011, for each call and in each CertRep",
)
def no_remote(scene):
    nothing = {
        name: None for name in ("request_id", "disposition", "full_response", "encoded_cert", "disposition_message")
    }
    office = Office(scene)
    for name, address, habit in (("device-1", "192.0.2.10", WINDOWS), ("device-2", "192.0.2.11", IOS)):
        device = office.device(name, address, habit)
        office.refuse(device, ENROLL_DENIED, force=dict(nothing, hresult=ENROLL_DENIED))
        device.leave()
        scene.wait(30)
    office.close()
