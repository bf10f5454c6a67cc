# SPDX-License-Identifier: GPL-2.0-or-later
"""ICertPassage (MS-ICPR): one method, over TCP through the endpoint mapper, and over the named pipe."""
from . import ca as authority
from . import rpc
from .parties import AUTHORITY, CA, NDES, RMD, attributes, csr, map_endpoint, new_ca, passage
from .registry import capture
from .scene import interface
from .security import NDES_ACCOUNT
from .smb import ACCESS_DENIED, NOT_FOUND, PipeOverSmb, refused_pipe


def submit(link, ca, encoded, text, flags=authority.PKCS10, **more):
    values = {"flags": flags, "authority": AUTHORITY, "request_id": 0, "attributes": text, "request": encoded}
    values.update(more.pop("values", {}))
    return link.call(ca, link.accepted, "CertServerRequest", values, **more)


def retrieve(link, ca, number, **more):
    return submit(link, ca, None, more.pop("text", ""), 0, values={"request_id": number}, **more)


def outcomes(scene, link, ca):
    """Issued, pending, denied, refused with an HRESULT; then what became of them."""
    request = ca.expect(csr(scene))
    issued = submit(link, ca, request, attributes("ContosoDevice", RMD), think=180000)
    waiting = submit(link, ca, ca.expect(csr(scene, "device-2")), attributes("ContosoDeviceApproval", RMD))
    submit(link, ca, ca.expect(csr(scene, "device-3")), attributes("ContosoRestricted"))
    submit(link, ca, ca.expect(csr(scene, "device-4")), attributes("NoSuchTemplate"))
    submit(link, ca, ca.expect(csr(scene, "device-small", "rsa1024")), attributes("ContosoStrong"))
    retrieve(link, ca, waiting["request_id"])
    ca.approve(waiting["request_id"], scene)
    retrieve(link, ca, waiting["request_id"])
    retrieve(link, ca, issued["request_id"])
    retrieve(link, ca, 99999)


@capture(
    "wcce-icpr-clear",
    (
        "ICertPassage over TCP, found through the endpoint mapper, without authentication: requests issued, pending, "
        "denied, refused with an HRESULT as disposition; status and retrieval by request id; unknown id; wrong CA "
        "name; access denied"
    ),
    (
        "dispositions 3, 5, 2, 0x80094800, 0x80094811, 0x80094801, 0x80094012; HRESULT 0x80094004 and 0x80070057; "
        "fault 5; null attributes"
    ),
)
def clear(scene):
    ca = new_ca()
    map_endpoint(scene)
    link = passage(scene)
    outcomes(scene, link, ca)
    request = ca.expect(csr(scene, "device-5"))
    submit(link, ca, request, None)
    submit(
        link,
        ca,
        request,
        "\n%s\n\nCertificateTemplate: ContosoNotForYou\r\nSAN:dns=a.contoso.example&upn=a@contoso.example" % RMD,
    )
    submit(link, ca, request, attributes("ContosoLongSubject"))
    submit(link, ca, request, attributes("ContosoDevice"), values={"authority": "Fabrikam CA"})
    submit(link, ca, request, attributes("ContosoDevice"), values={"authority": None}, flags=0)
    submit(link, ca, request, attributes("ContosoDevice"), fault=5)
    retrieve(link, ca, 4101, text=None)
    link.close()


@capture(
    "wcce-icpr-ndr64",
    "ICertPassage with the NDR64 transfer syntax, offered next to NDR and bind time features as Windows does",
    "8-byte pointers and counts; the same values as over NDR",
)
def wide(scene):
    ca = new_ca()
    map_endpoint(scene, transfer=rpc.NDR)
    link = passage(scene, transfers=(rpc.NDR, rpc.NDR64), chosen=rpc.NDR64, features=True)
    outcomes(scene, link, ca)
    link.close()


@capture(
    "wcce-icpr-fragments",
    (
        "a request of 17 kB and an answer of 36 kB in fragments, with a largest fragment of 1432 and of 4280 bytes; "
        "padding other than 0"
    ),
    "reassembled stubs; one call over many frames",
)
def fragments(scene):
    ca = new_ca()
    map_endpoint(scene)
    names = ["DNS:host-%04d.device-1.contoso.example" % number for number in range(450)]
    for size in (1432, 4280):
        link = passage(scene, max_frag=size, fill=0xBF)
        submit(link, ca, ca.expect(csr(scene, names=names)), attributes("ContosoDevice", RMD), think=400000)
        submit(link, ca, ca.expect(csr(scene, "device-2", names=names)), attributes("ContosoDeviceApproval", RMD))
        link.close()


@capture(
    "wcce-icpr-smb",
    (
        "ICertPassage over the named pipe cert in SMB 2.1, neither signed nor encrypted: the bind by write and read, "
        "calls by FSCTL_PIPE_TRANSCEIVE, a large one in fragments; a pipe that is not there, and one that may not be "
        "opened"
    ),
    "the same calls as over TCP",
)
def pipe(scene):
    ca = new_ca()
    refused_pipe(scene, NDES, CA, NDES_ACCOUNT, "cert", NOT_FOUND)
    refused_pipe(scene, NDES, CA, NDES_ACCOUNT, "cert", ACCESS_DENIED)
    carrier = PipeOverSmb(scene, scene.tcp(NDES, CA, 445), NDES_ACCOUNT)
    link = scene.connect(NDES, CA, 445, pipe=carrier, max_frag=4280)
    link.bind(interface("ICertPassage"))
    outcomes(scene, link, ca)
    names = ["DNS:host-%04d.device-1.contoso.example" % number for number in range(150)]
    submit(link, ca, ca.expect(csr(scene, names=names)), attributes("ContosoDevice", RMD))
    link.close()
