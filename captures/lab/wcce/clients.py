# SPDX-License-Identifier: GPL-2.0-or-later
"""impacket as a client of ICertPassage and ICertRequestD(2): its NDR, RPC, NTLM and DCOM code, not this lab's.

The calls are declared here because Debian's impacket has neither interface."""
from impacket.dcerpc.v5 import epm, transport
from impacket.dcerpc.v5.dcomrt import DCOMANSWER, DCOMCALL, DCOMConnection
from impacket.dcerpc.v5.dtypes import DWORD, LONG, LPWSTR, NULL, ULONG
from impacket.dcerpc.v5.ndr import NDRCALL, NDRPOINTER, NDRSTRUCT, NDRUniConformantArray
from impacket.dcerpc.v5.rpcrt import RPC_C_AUTHN_LEVEL_NONE
from impacket.uuid import string_to_bin, uuidtup_to_bin

from .methods import CLASS, PASSAGE, UUIDS


class BYTES(NDRUniConformantArray):
    item = "c"


class PBYTES(NDRPOINTER):
    referent = (("Data", BYTES),)


class CERTTRANSBLOB(NDRSTRUCT):
    structure = (("cb", ULONG), ("pb", PBYTES))


class CertServerRequest(NDRCALL):
    opnum = 0
    structure = (
        ("dwFlags", DWORD),
        ("pwszAuthority", LPWSTR),
        ("pdwRequestId", DWORD),
        ("pctbAttribs", CERTTRANSBLOB),
        ("pctbRequest", CERTTRANSBLOB),
    )


class CertServerRequestResponse(NDRCALL):
    structure = (
        ("pdwRequestId", DWORD),
        ("pdwDisposition", ULONG),
        ("pctbCert", CERTTRANSBLOB),
        ("pctbEncodedCert", CERTTRANSBLOB),
        ("pctbDispositionMessage", CERTTRANSBLOB),
        ("ErrorCode", ULONG),
    )


def _call(name, opnum, structure, answer):
    """A DCOM call and its answer as classes of impacket."""
    call = type(name, (DCOMCALL,), {"opnum": opnum, "structure": structure, "__module__": __name__})
    response = type(
        name + "Response", (DCOMANSWER,), {"structure": answer + (("ErrorCode", ULONG),), "__module__": __name__}
    )
    globals()[name], globals()[name + "Response"] = call, response
    return call


_REQUEST_ANSWER = (
    ("pdwRequestId", DWORD),
    ("pdwDisposition", ULONG),
    ("pctbCertChain", CERTTRANSBLOB),
    ("pctbEncodedCert", CERTTRANSBLOB),
    ("pctbDispositionMessage", CERTTRANSBLOB),
)
Request = _call(
    "Request",
    3,
    (
        ("dwFlags", DWORD),
        ("pwszAuthority", LPWSTR),
        ("pdwRequestId", DWORD),
        ("pwszAttributes", LPWSTR),
        ("pctbRequest", CERTTRANSBLOB),
    ),
    _REQUEST_ANSWER,
)
GetCACert = _call("GetCACert", 4, (("fchain", DWORD), ("pwszAuthority", LPWSTR)), (("pctbOut", CERTTRANSBLOB),))
Ping = _call("Ping", 5, (("pwszAuthority", LPWSTR),), ())
Request2 = _call(
    "Request2",
    6,
    (
        ("pwszAuthority", LPWSTR),
        ("dwFlags", DWORD),
        ("pwszSerialNumber", LPWSTR),
        ("pdwRequestId", DWORD),
        ("pwszAttributes", LPWSTR),
        ("pctbRequest", CERTTRANSBLOB),
    ),
    _REQUEST_ANSWER,
)
GetCAProperty = _call(
    "GetCAProperty",
    7,
    (("pwszAuthority", LPWSTR), ("PropID", LONG), ("PropIndex", LONG), ("PropType", LONG)),
    (("pctbPropertyValue", CERTTRANSBLOB),),
)
GetCAPropertyInfo = _call(
    "GetCAPropertyInfo", 8, (("pwszAuthority", LPWSTR),), (("pcProperty", LONG), ("pctbPropInfo", CERTTRANSBLOB))
)
Ping2 = _call("Ping2", 9, (("pwszAuthority", LPWSTR),), ())


def fill(call, values):
    """Sets parameters: text becomes a string with NUL or the null pointer, bytes become a blob."""
    for name, value in values.items():
        if name.startswith("pwsz"):
            call[name] = NULL if value is None else value + "\0"
        elif name.startswith("pctb"):
            call[name]["cb"] = len(value or b"")
            call[name]["pb"] = value or NULL
        else:
            call[name] = value
    return call


def blob(answer, name):
    return b"".join(answer[name]["pb"]) if answer[name]["cb"] else b""


class Passage:
    """ICertPassage, found through the endpoint mapper."""

    def __init__(self, host, account=None, level=None):
        binding = epm.hept_map(host, uuidtup_to_bin((PASSAGE, "0.0")), protocol="ncacn_ip_tcp")
        carrier = transport.DCERPCTransportFactory(binding)
        if account:
            carrier.set_credentials(account.user, account.password, account.domain)
        self.rpc = carrier.get_dce_rpc()
        if account:
            self.rpc.set_auth_level(level)
            self.rpc.set_credentials(account.user, account.password, account.domain)
            self.rpc.set_auth_level(level)
        self.rpc.connect()
        self.rpc.bind(uuidtup_to_bin((PASSAGE, "0.0")))

    def call(self, **values):
        return self.rpc.request(fill(CertServerRequest(), values), checkError=False)

    def close(self):
        self.rpc.disconnect()


class Object:
    """CCertRequestD, activated over DCOM."""

    def __init__(self, host, account=None, level=RPC_C_AUTHN_LEVEL_NONE, name="ICertRequestD2"):
        who = (account.user, account.password, account.domain) if account else ()
        self.connection = DCOMConnection(host, *who, authLevel=level, oxidResolver=True)
        self.iid = uuidtup_to_bin((UUIDS[name], "0.0"))
        self.interface = self.connection.CoCreateInstanceEx(string_to_bin(CLASS), self.iid)

    def call(self, kind, **values):
        call = fill(kind(), values)
        call["ORPCthis"] = self.interface.get_cinstance().get_ORPCthis()
        call["ORPCthis"]["flags"] = 0
        return self.interface.request(call, self.iid, uuid=self.interface.get_iPid())

    def close(self):
        self.interface.RemRelease()
        self.connection.disconnect()
