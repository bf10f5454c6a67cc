# SPDX-License-Identifier: GPL-2.0-or-later
"""The same calls signed and sealed, as Windows makes them, with what opens them."""
from . import ca as authority
from . import rpc
from .captures_objects import request, request2
from .captures_passage import outcomes, submit
from .kerberos import SpnegoKerberos
from .parties import AUTHORITY, CA, NDES, RMD, Activation, attributes, csr, map_endpoint, new_ca, passage
from .registry import capture
from .scene import interface
from .security import NDES_ACCOUNT, Ntlm, SpnegoNtlm
from .smb import PipeOverSmb

PASSWORD = "-o ntlmssp.nt_password:" + NDES_ACCOUNT.password


def over_passage(scene, level):
    ca = new_ca()
    map_endpoint(scene)
    link = passage(scene, security=Ntlm(scene, NDES_ACCOUNT, level), verify=True)
    outcomes(scene, link, ca)
    submit(link, ca, ca.expect(csr(scene)), attributes("ContosoDevice"), values={"authority": "Fabrikam CA"})
    link.close()


@capture(
    "wcce-icpr-ntlm-privacy",
    "ICertPassage with NTLM and packet privacy: every stub is sealed",
    "without the password only UUID, opnum, sizes, user and faults; with it the same as wcce-icpr-clear",
)
def privacy(scene):
    scene.open_with = [PASSWORD]
    over_passage(scene, rpc.PRIVACY)


@capture(
    "wcce-icpr-ntlm-integrity",
    (
        "ICertPassage with NTLM and packet integrity: stubs in clear, each with a signature; a verification trailer on "
        "the first"
    ),
    "all of it without a key",
)
def integrity(scene):
    over_passage(scene, rpc.INTEGRITY)


def over_dcom(scene, ca, kind, level=rpc.PRIVACY):
    """NDES's way: activation and calls, each connection with a context of its own."""
    object_ = Activation(scene, ("ICertRequestD2",), level, kind())
    link = object_.connect(security=kind(), verify=True)
    ipid = object_.ipids["ICertRequestD2"]
    link.call(ca, 0, "Ping2", {"authority": AUTHORITY}, ipid)
    link.call(ca, 0, "GetCAProperty", {"authority": AUTHORITY, "prop_id": 12, "prop_index": -1, "prop_type": 3}, ipid)
    agent = ca.enrollment_agent(csr(scene), scene.rng)
    request2(link, ca, 0, ipid, agent, attributes("IPSECIntermediateOffline", RMD), authority.PKCS7, think=200000)
    small = ca.expect(csr(scene, "device-small", "rsa1024"))
    request2(link, ca, 0, ipid, small, attributes("ContosoStrong", RMD))
    waiting = request2(link, ca, 0, ipid, ca.expect(csr(scene, "device-2")), attributes("ContosoDeviceApproval"))
    request2(link, ca, 0, ipid, None, None, 0, waiting["request_id"])
    request(link, ca, 0, ipid, None, None, 0, waiting["request_id"])
    request2(link, ca, 0, ipid, small, attributes("ContosoStrong", RMD), fault=5)
    link.close()
    object_.resolver.tcp.now = scene.now
    object_.resolver.close()


@capture(
    "wcce-dcom-ntlm-privacy",
    "DCOM with NTLM and packet privacy: activation and calls are sealed",
    "the dynamic port is told by its bind; with the password everything",
)
def dcom_privacy(scene):
    scene.open_with = [PASSWORD]
    over_dcom(scene, new_ca(), lambda: Ntlm(scene, NDES_ACCOUNT, rpc.PRIVACY))


@capture(
    "wcce-dcom-spnego-ntlm",
    "the same with NTLM inside SPNEGO, which a stock tshark decrypts wrongly from the second PDU of each direction on",
    "stubs that are said to be decrypted and are not: to be told apart, not called malformed",
)
def dcom_spnego(scene):
    scene.open_with = [PASSWORD]
    scene.facts["stock_decrypts_wrongly"] = True
    over_dcom(scene, new_ca(), lambda: SpnegoNtlm(scene, NDES_ACCOUNT, rpc.PRIVACY))


KEYTAB = ["-K keys/synthetic/ca01.keytab", "-o kerberos.decrypt:TRUE"]


@capture(
    "wcce-dcom-kerberos-privacy",
    "DCOM as Windows makes it: Kerberos inside SPNEGO, AES-256, packet privacy, header signing, verification trailer",
    "with the CA's keytab everything; without it UUID, opnum, sizes and the name of the service",
)
def dcom_kerberos(scene):
    scene.open_with = KEYTAB
    services = iter(("RPCSS", "host"))
    over_dcom(scene, new_ca(), lambda: SpnegoKerberos(scene, NDES_ACCOUNT, rpc.PRIVACY, next(services)))


def large(scene, context, **options):
    ca = new_ca()
    map_endpoint(scene)
    link = passage(scene, security=context, max_frag=1432, verify=True, **options)
    names = ["DNS:host-%04d.device-1.contoso.example" % number for number in range(150)]
    submit(link, ca, ca.expect(csr(scene, names=names)), attributes("ContosoDevice", RMD), think=300000)
    submit(link, ca, ca.expect(csr(scene, "device-2", names=names)), attributes("ContosoDeviceApproval", RMD))
    link.close()


@capture(
    "wcce-icpr-kerberos-fragments",
    "ICertPassage over NDR64 with Kerberos inside SPNEGO, large requests in sealed fragments of 1432 bytes",
    "each fragment sealed for itself; a stub over many frames",
)
def passage_kerberos(scene):
    scene.open_with = KEYTAB
    offered = {"transfers": (rpc.NDR, rpc.NDR64), "chosen": rpc.NDR64, "features": True}
    large(scene, SpnegoKerberos(scene, NDES_ACCOUNT), **offered)


@capture(
    "wcce-icpr-ntlm-fragments",
    "ICertPassage with NTLM and packet privacy, large requests in sealed fragments of 1432 bytes",
    "each fragment sealed for itself; a stub over many frames",
)
def passage_ntlm(scene):
    scene.open_with = [PASSWORD]
    large(scene, Ntlm(scene, NDES_ACCOUNT, rpc.PRIVACY))


@capture(
    "wcce-icpr-smb3",
    "ICertPassage over the named pipe cert in SMB 3.0 with encryption",
    "with the password the calls; without it encrypted SMB, and nothing of RPC",
)
def encrypted_pipe(scene):
    scene.open_with = [PASSWORD]
    ca = new_ca()
    scene.facts["carrier_encrypted"] = True
    carrier = PipeOverSmb(scene, scene.tcp(NDES, CA, 445), NDES_ACCOUNT, encrypt=True)
    link = scene.connect(NDES, CA, 445, pipe=carrier, max_frag=4280)
    link.bind(interface("ICertPassage"))
    outcomes(scene, link, ca)
    link.close()
