# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands between NDES and its CA when nothing is issued: below the methods, and from the methods themselves."""
from . import ca as authority
from . import dcom, methods, rpc
from .captures_objects import request2
from .captures_passage import submit
from .ndr import guid
from .parties import AUTHORITY, CA, NDES, OBJECT_PORT, Activation, attributes, csr, map_endpoint, new_ca, passage
from .registry import capture
from .scene import interface
from .security import NDES_ACCOUNT, Ntlm

ACCESS_DENIED, UNKNOWN_INTERFACE, OPNUM_RANGE, BAD_STUB, CALL_FAILED = 0x5, 0x1C010003, 0x1C010002, 0x6F7, 0x6BE
UNAVAILABLE, TOO_BUSY, DISCONNECTED, SERVER_FAULT = 0x6BA, 0x6BB, 0x80010108, 0x80010105
NOT_SPECIFIED, LIMIT, NO_AUTHENTICATION = 0, 2, 8
ABSTRACT_SYNTAX = (rpc.REJECT, 1)


def activate(scene, hresult=None, fault=None, clsid=methods.CLASS):
    """RemoteCreateInstance that fails, with an HRESULT or with a fault."""
    link = scene.connect(NDES, CA, 135)
    link.bind(dcom.ACTIVATOR)
    iids = [methods.UUID_BYTES["ICertRequestD2"]]
    request = dcom.create_instance_request(scene.rng.bytes(16), iids, "CA01", guid(clsid))
    answer = dcom.create_instance_refused(hresult) if hresult else None
    link.other(
        0,
        dcom.CREATE_INSTANCE,
        request,
        answer,
        operation="RemoteCreateInstance",
        fault=fault,
        clsid=clsid,
        hresult=hresult,
    )
    link.close()


def not_reached(scene):
    """The endpoint mapper knows no such interface; the port is closed; a firewall drops what goes there."""
    map_endpoint(scene, None)
    map_endpoint(scene)
    scene.fails_to_connect(NDES, CA, 49693, True)
    scene.fails_to_connect(NDES, CA, 135, True)
    scene.fails_to_connect(NDES, CA, 135, False)
    object_ = Activation(scene)
    scene.fails_to_connect(NDES, CA, OBJECT_PORT, True)
    scene.fails_to_connect(NDES, CA, OBJECT_PORT, False)
    object_.resolver.tcp.now = scene.now
    object_.resolver.close()


def not_bound(scene):
    for reason in (NOT_SPECIFIED, LIMIT, NO_AUTHENTICATION):
        link = scene.connect(NDES, CA, OBJECT_PORT)
        link.refuse_bind(interface("ICertRequestD2"), reason)
        link.close()
    link = scene.connect(NDES, CA, 49693)
    link.bind(interface("ICertPassage"), answer=ABSTRACT_SYNTAX)
    link.close()


def faulted(scene, ca):
    link = passage(scene)
    encoded, text = ca.expect(csr(scene)), attributes("ContosoDevice")
    for status in (ACCESS_DENIED, UNKNOWN_INTERFACE, BAD_STUB, CALL_FAILED, UNAVAILABLE, TOO_BUSY):
        submit(link, ca, encoded, text, fault=status)
    submit(link, ca, encoded, text, fault=OPNUM_RANGE, opnum=1)
    unavailable = {
        name: None for name in ("request_id", "disposition", "cert_chain", "encoded_cert", "disposition_message")
    }
    submit(link, ca, encoded, text, force=dict(unavailable, hresult=0x800706BA))  # the CA allows no ICertPassage
    submit(link, ca, encoded, text, lost=True)
    link.reset()


def refused_objects(scene, ca):
    activate(scene, hresult=dcom.ACCESS_DENIED)
    activate(scene, hresult=dcom.NO_CLASS)
    activate(scene, fault=ACCESS_DENIED)
    object_ = Activation(scene)
    link, ipid = object_.connect(), object_.ipids["ICertRequestD2"]
    encoded, text = ca.expect(csr(scene)), attributes("ContosoDevice")
    for status in (ACCESS_DENIED, DISCONNECTED, SERVER_FAULT):
        request2(link, ca, 0, ipid, encoded, text, fault=status)
    nothing = {
        name: None for name in ("request_id", "disposition", "full_response", "encoded_cert", "disposition_message")
    }
    request2(link, ca, 0, ipid, encoded, text, force=dict(nothing, hresult=0x80094011))  # no remote enrollment
    request2(link, ca, 0, ipid, encoded, text, force=dict(nothing, hresult=0x80094006))  # the CA is suspended
    link.call(ca, 0, "GetCACert", {"fchain": 1, "authority": AUTHORITY}, ipid)
    request2(link, ca, 0, ipid, encoded, text, authority.CMC, lost=True)
    link.close()
    object_.resolver.tcp.now = scene.now
    object_.resolver.close()


def too_low(scene, ca):
    """A CA that enforces encryption refuses what comes with less (CVE-2022-37976)."""
    for level in (rpc.CONNECT, rpc.INTEGRITY):
        link = passage(scene, security=Ntlm(scene, NDES_ACCOUNT, level))
        submit(link, ca, ca.expect(csr(scene)), attributes("ContosoDevice"), fault=ACCESS_DENIED)
        link.close()


@capture(
    "wcce-denied-and-faults",
    (
        "what keeps NDES from its CA: interface not registered, closed ports, ports that never answer, bind_nak, "
        "interface not accepted, activation refused, faults, method HRESULTs, a level of authentication that is too "
        "low, no answer"
    ),
    (
        "ept_map status 0x16c9a0d6, bind_nak reasons, faults 0x5, 0x1c010003, 0x1c010002, 0x6f7, 0x6be, 0x6ba, 0x6bb, "
        "0x80010108, 0x80010105; HRESULTs 0x800706ba, 0x80094011, 0x80094006, 0x80070005 and 0x80040154 of the "
        "activation"
    ),
)
def faults(scene):
    ca = new_ca()
    not_reached(scene)
    not_bound(scene)
    faulted(scene, ca)
    refused_objects(scene, ca)
    too_low(scene, ca)
