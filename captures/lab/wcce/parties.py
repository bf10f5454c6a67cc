# SPDX-License-Identifier: GPL-2.0-or-later
"""Who takes part, and the steps that every capture begins with."""
from synthetic import crypto, x509
from synthetic.x509 import Name

from . import dcom, epm, methods, rpc
from .ca import Ca
from .scene import interface

NDES, CA, DEVICE = "198.51.100.20", "198.51.100.40", "192.0.2.10"
CA_HOST = "ca01.contoso.example"
PASSAGE_PORT, OBJECT_PORT = 49693, 49712
AUTHORITY = "Contoso Issuing CA"


def new_ca():
    return Ca(name=AUTHORITY, host=CA_HOST)


def csr(scene, name="device-1", kind="rsa2048", challenge=None, **more):
    """A device's PKCS#10 with a challenge password, as it comes out of a PKCSReq."""
    key = crypto.key(name, kind)
    subject = Name("C=XX, O=Contoso, CN=%s" % name)
    text = challenge or scene.rng.bytes(8).hex().upper()
    return x509.Request(subject, key, x509.Challenge(text), rng=scene.rng, **more)


def attributes(template, *lines):
    """The attribute string as Windows clients write it."""
    return "\n".join((["CertificateTemplate:" + template] if template else []) + list(lines))


RMD, CCM = "rmd:NDES01.contoso.example", "ccm:NDES01.contoso.example"


def map_endpoint(scene, port=PASSAGE_PORT, client=NDES, name="ICertPassage", transfer=rpc.NDR):
    """Asks the endpoint mapper of the CA for the port of an interface. port: None where none is registered."""
    link = scene.connect(client, CA, 135)
    link.bind(epm.EPM)
    found = [epm.tower(methods.UUID_BYTES[name], 0, port, CA, transfer)] if port else []
    status = 0 if port else epm.NOT_REGISTERED
    link.other(
        0,
        epm.MAP,
        epm.map_request(methods.UUID_BYTES[name], 0, transfer),
        epm.map_response(found, status),
        operation="ept_map",
        asks_for=name,
        port=port,
        status=status,
    )
    link.close()


def passage(scene, **options):
    """A bound connection to ICertPassage."""
    link = scene.connect(
        NDES, CA, PASSAGE_PORT, **{key: options.pop(key) for key in list(options) if key not in BINDING}
    )
    link.bind(interface("ICertPassage"), **options)
    return link


BINDING = ("transfers", "chosen", "features", "answer")


class Activation:
    """CCertRequestD activated on the CA, and what the client learned."""

    def __init__(self, scene, names=("ICertRequestD2",), level=rpc.NONE, security=None, port=OBJECT_PORT, client=NDES):
        self.scene, self.port, self.client = scene, port, client
        rng = scene.rng
        self.oxid, self.oid = int.from_bytes(rng.bytes(8), "little"), int.from_bytes(rng.bytes(8), "little")
        self.unknown = rng.bytes(16)
        self.ipids = {name: rng.bytes(16) for name in ("ICertRequestD", "ICertRequestD2")}
        self.addresses = ["CA01[%d]" % port, "%s[%d]" % (CA, port)]
        link = scene.connect(client, CA, 135)
        link.bind(dcom.RESOLVER, transfers=(rpc.NDR, rpc.NDR64), features=True)
        alive = dcom.server_alive2_response(["CA01", CA])
        link.other(0, dcom.SERVER_ALIVE2, b"", alive, operation="ServerAlive2")
        link.close()
        link = scene.connect(client, CA, 135, security=security, verify=True)
        link.bind(dcom.ACTIVATOR)
        iids = [methods.UUID_BYTES[name] for name in names]
        found = [
            (iid, 0, dcom.standard(iid, self.oxid, self.oid, self.ipids[name], self.addresses))
            for name, iid in zip(names, iids)
        ]
        link.other(
            0,
            dcom.CREATE_INSTANCE,
            dcom.create_instance_request(rng.bytes(16), iids, "CA01"),
            dcom.create_instance_response(found, self.oxid, self.unknown, level, self.addresses),
            operation="RemoteCreateInstance",
            clsid=methods.CLASS,
            interfaces=list(names),
            bindings=self.addresses,
            hresult=0,
        )
        self.resolver = link

    def resolve(self, level=rpc.NONE):
        """ResolveOxid2, over the connection that the activation came over."""
        context = self.resolver.alter(dcom.RESOLVER)
        answer = dcom.resolve_oxid2_response(self.addresses, self.unknown, level)
        self.resolver.other(
            context, dcom.RESOLVE_OXID2, dcom.resolve_oxid2_request(self.oxid), answer, operation="ResolveOxid2"
        )

    def connect(self, name="ICertRequestD2", **options):
        """A connection to the object's port, bound to one of its interfaces. @return the Connection"""
        link = self.scene.connect(self.client, CA, self.port, **options)
        link.bind(interface(name))
        return link

    def query(self, link, names=("ICertRequestD2",)):
        """IRemUnknown2::RemQueryInterface."""
        self.unknown_context = link.alter(dcom.REM_UNKNOWN2)
        iids = [methods.UUID_BYTES[name] for name in names]
        request = dcom.query_interface_request(self.scene.rng.bytes(16), self.ipids["ICertRequestD"], iids)
        answer = dcom.query_interface_response([(0, self.ipids[name]) for name in names], self.oxid, self.oid)
        link.other(
            self.unknown_context,
            dcom.QUERY_INTERFACE,
            request,
            answer,
            self.unknown,
            "RemQueryInterface",
            interfaces=list(names),
        )

    def release(self, link):
        request = dcom.release_request(self.scene.rng.bytes(16), list(self.ipids.values()))
        link.other(self.unknown_context, dcom.RELEASE, request, dcom.release_response(), self.unknown, "RemRelease")
