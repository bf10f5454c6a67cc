# SPDX-License-Identifier: GPL-2.0-or-later
"""ICertRequestD and ICertRequestD2 (MS-WCCE) over DCOM: activation, then every method."""
from . import ca as authority
from .ca import fourcc
from .parties import AUTHORITY, CCM, RMD, Activation, attributes, csr, new_ca
from .registry import capture
from .scene import interface


def request(link, ca, context, ipid, encoded, text, flags=authority.PKCS10, number=0, **more):
    """ICertRequestD::Request."""
    values = {"flags": flags, "authority": AUTHORITY, "request_id": number, "attributes": text, "request": encoded}
    return link.call(ca, context, "Request", values, ipid, **more)


def request2(link, ca, context, ipid, encoded, text, flags=authority.PKCS10, number=0, serial=None, **more):
    """ICertRequestD2::Request2."""
    values = {
        "authority": AUTHORITY,
        "flags": flags,
        "serial_number": serial,
        "request_id": number,
        "attributes": text,
        "request": encoded,
    }
    return link.call(ca, context, "Request2", values, ipid, **more)


def old_interface(scene, link, ca, ipid):
    """All of ICertRequestD."""
    link.call(ca, 0, "Ping", {"authority": AUTHORITY}, ipid)
    link.call(ca, 0, "Ping", {"authority": "Fabrikam CA"}, ipid)
    for fchain in (0, fourcc("info"), fourcc("name"), fourcc("type"), fourcc("ccrl"), fourcc("ct") << 16, 1):
        link.call(ca, 0, "GetCACert", {"fchain": fchain, "authority": AUTHORITY}, ipid)
    issued = request(link, ca, 0, ipid, ca.expect(csr(scene)), attributes("ContosoDevice", RMD, CCM), think=160000)
    waiting = request(link, ca, 0, ipid, ca.expect(csr(scene, "device-2")), attributes("ContosoDeviceApproval", RMD))
    request(link, ca, 0, ipid, None, None, 0, waiting["request_id"])
    request(link, ca, 0, ipid, None, None, 0, issued["request_id"])


def new_interface(scene, link, ca, context, ipid):
    """What ICertRequestD2 adds."""
    link.call(ca, context, "Ping2", {"authority": AUTHORITY}, ipid)
    link.call(ca, context, "GetCAPropertyInfo", {"authority": AUTHORITY}, ipid)
    wanted = [
        (6, 0, 4),
        (10, 0, 3),
        (11, 0, 1),
        (12, 0, 3),
        (13, -1, 3),
        (17, -1, 3),
        (19, 0, 1),
        (21, 0, 1),
        (22, 0, 4),
        (29, 0, 4),
        (42, 0, 4),
        (8, 0, 4),
        (6, 0, 1),
        (1234, 0, 1),
    ]
    for number, index, kind in wanted:
        values = {"authority": AUTHORITY, "prop_id": number, "prop_index": index, "prop_type": kind}
        link.call(ca, context, "GetCAProperty", values, ipid)
    agent = ca.enrollment_agent(csr(scene, "device-3"), scene.rng)
    issued = request2(
        link, ca, context, ipid, agent, attributes("IPSECIntermediateOffline", RMD), authority.PKCS7, think=210000
    )
    serial = ca.known[issued["request_id"]].certificate.serial_hex
    named = ca.enrollment_agent(csr(scene, "device-3"), scene.rng, pairs=[("requestername", "CONTOSO\\device-3$")])
    request2(link, ca, context, ipid, named, attributes("ContosoDevice"), authority.PKCS7)
    full = ca.cmc(
        csr(scene, "device-4"), scene.rng, [("CertificateTemplate", "ContosoDevice"), ("rmd", "NDES01.contoso.example")]
    )
    request2(link, ca, context, ipid, full, attributes("ContosoDevice"), authority.CMC | authority.FULL_RESPONSE)
    keygen = ca.keygen(csr(scene, "device-4"), "keygen-challenge")
    lines = attributes("ContosoDevice", "CertType:Client", "challenge:keygen-challenge", "rdn:CN=device-4")
    request2(link, ca, context, ipid, keygen, lines, authority.KEYGEN)
    waiting = request2(
        link, ca, context, ipid, ca.expect(csr(scene, "device-5")), attributes("ContosoDeviceApproval"), 0
    )
    request2(
        link, ca, context, ipid, ca.expect(csr(scene, "device-small", "rsa1024")), attributes("ContosoStrong", RMD)
    )
    request2(link, ca, context, ipid, None, None, 0, waiting["request_id"])
    ca.approve(waiting["request_id"], scene)
    request2(link, ca, context, ipid, None, None, 0, waiting["request_id"])
    request2(link, ca, context, ipid, None, None, 0, 0, serial)
    request2(link, ca, context, ipid, None, None, 0, 0, "4f00000000000000000000000000000000000000")
    request2(link, ca, context, ipid, None, None, 0, 77777)


@capture(
    "wcce-dcom-clear",
    (
        "DCOM without authentication: ServerAlive2, RemoteCreateInstance of CCertRequestD, ResolveOxid2, a dynamic "
        "port, RemQueryInterface, then every method of ICertRequestD and ICertRequestD2, RemRelease"
    ),
    (
        "Request before Request2, GetCACert with CAINFO, GetCAProperty with each type, CATRANSPROP, a CMC full "
        "response, the enrollment agent's SignedData around a PKCS#10, status and retrieval by id and serial number"
    ),
)
def clear(scene):
    ca = new_ca()
    object_ = Activation(scene, ("ICertRequestD",))
    object_.resolve()
    link = object_.connect("ICertRequestD")
    old_interface(scene, link, ca, object_.ipids["ICertRequestD"])
    object_.query(link)
    context = link.alter(interface("ICertRequestD2"))
    new_interface(scene, link, ca, context, object_.ipids["ICertRequestD2"])
    object_.release(link)
    link.close()
    object_.resolver.close()
