# SPDX-License-Identifier: GPL-2.0-or-later
"""What comes before the first call on a DCOM object (MS-DCOM): object resolver, activation, IRemUnknown2."""
import struct

from .methods import CLASS, orpc_that, orpc_this
from .ndr import Writer, guid

RESOLVER = (guid("99fcfec4-5260-101b-bbcb-00aa0021347a"), 0)
ACTIVATOR = (guid("000001a0-0000-0000-c000-000000000046"), 0)
REM_UNKNOWN = (guid("00000131-0000-0000-c000-000000000046"), 0)
REM_UNKNOWN2 = (guid("00000143-0000-0000-c000-000000000046"), 0)
RESOLVE_OXID2, SERVER_ALIVE2 = 4, 5
CREATE_INSTANCE = 4
QUERY_INTERFACE, RELEASE = 3, 5

IN, OUT = (guid("0000033%d-0000-0000-c000-000000000046" % digit) for digit in (8, 9))
IID_IN, IID_OUT = (guid("000001a%d-0000-0000-c000-000000000046" % digit) for digit in (2, 3))
SPECIAL, INSTANTIATION, CONTEXT, SECURITY, LOCATION, SCM_REQUEST, SCM_REPLY = (
    guid("000001%s-0000-0000-c000-000000000046" % digits) for digits in ("b9", "ab", "a5", "a6", "a4", "aa", "b6")
)
TCP_TOWER = 7
NO_CLASS, ACCESS_DENIED = 0x80040154, 0x80070005


def bindings(addresses, services=(9, 10, 16)):
    """The words of a DUALSTRINGARRAY and the offset of its security half (MS-DCOM 2.2.19)."""
    words = b"".join(struct.pack("<H", TCP_TOWER) + (one + "\0").encode("utf-16-le") for one in addresses) + b"\0\0"
    offset = len(words) // 2
    words += b"".join(struct.pack("<HHH", one, 0xFFFF, 0) for one in services) + b"\0\0"
    return words, offset


def _dual(writer, found):
    words, offset = found
    writer.u32(len(words) // 2).u16(len(words) // 2).u16(offset).raw(words)


def server_alive2_response(addresses):
    writer = Writer().u16(5).u16(7).pointer()
    _dual(writer, bindings(addresses))
    return writer.u32(0).u32(0).bytes()


def resolve_oxid2_request(oxid):
    return Writer().u64(oxid).u16(1).u32(1).u16(TCP_TOWER).bytes()


def resolve_oxid2_response(addresses, ipid, level):
    writer = Writer().pointer()
    _dual(writer, bindings(addresses))
    return writer.guid(ipid).u32(level).u16(5).u16(7).u32(0).bytes()


def _serialized(writer):
    """Type serialization version 1 (MS-RPCE 2.2.6)."""
    body = writer.align(8).bytes()
    return struct.pack("<BBHIII", 1, 0x10, 8, 0xCCCCCCCC, len(body), 0) + body


def _custom(iid, clsid, properties):
    """OBJREF_CUSTOM around an activation properties blob. properties: (CLSID, serialized)."""

    def header(total, own):
        writer = Writer().u32(total).u32(own).u32(0).u32(2).u32(len(properties)).guid(bytes(16))
        writer.pointer().pointer().pointer(False)
        writer.u32(len(properties))
        for one, _ in properties:
            writer.guid(one)
        writer.u32(len(properties))
        for _, data in properties:
            writer.u32(len(data))
        return _serialized(writer)

    body = b"".join(data for _, data in properties)
    own = len(header(0, 0))
    blob = struct.pack("<II", own + len(body), 0) + header(own + len(body), own) + body
    return b"MEOW" + struct.pack("<I", 4) + iid + clsid + struct.pack("<II", 0, len(blob)) + blob


def _interface_pointer(writer, data):
    writer.u32(len(data)).u32(len(data)).raw(data).align(4)


def create_instance_request(cid, iids, server, clsid=guid(CLASS)):
    """RemoteCreateInstance for a class; server: name that the client looked up."""
    instantiation = Writer().guid(clsid).u32(0x10).u32(0).u32(0).u32(len(iids)).u32(0).pointer()
    instantiation.u32(0).u16(5).u16(7).u32(len(iids))
    for iid in iids:
        instantiation.guid(iid)
    size = len(instantiation.bytes())
    instantiation.data[40:44] = struct.pack("<I", size + -size % 8 + 16)
    context = Writer().u32(0).u32(0).u32(0).u32(0).u32(0).u32(0)
    security = Writer().u32(0).pointer().pointer(False)
    name = (server + "\0").encode("utf-16-le")
    security.u32(0).pointer().u32(0).u32(0).u32(len(name) // 2).u32(0).u32(len(name) // 2).raw(name)
    location = Writer().u32(0).u32(0).u32(0).u32(0)
    scm = Writer().u32(0).pointer().u32(2).u16(1).pointer().u32(1).u16(TCP_TOWER)
    special = Writer().u32(0xFFFFFFFF).u32(0).u32(0).u32(0).u32(2).raw(bytes(16)).u32(0).u32(0x10).u32(2).u32(0)
    special.u64(0).u64(0).raw(bytes(12))
    parts = [(SPECIAL, special), (INSTANTIATION, instantiation), (CONTEXT, context), (SECURITY, security)]
    parts += [(LOCATION, location), (SCM_REQUEST, scm)]  # the six that Windows sends
    data = _custom(IID_IN, IN, [(one, _serialized(writer)) for one, writer in parts])
    writer = Writer().raw(orpc_this(cid)).pointer(False).pointer()
    _interface_pointer(writer, data)
    return writer.bytes()


def standard(iid, oxid, oid, ipid, addresses):
    """OBJREF_STANDARD (MS-DCOM 2.2.18.4)."""
    words, offset = bindings(addresses)
    head = b"MEOW" + struct.pack("<I", 1) + iid + struct.pack("<IIQQ", 0, 5, oxid, oid) + ipid
    return head + struct.pack("<HH", len(words) // 2, offset) + words


def create_instance_response(found, oxid, ipid_unknown, level, addresses):
    """found: (IID, HRESULT, OBJREF or None) by interface asked for."""
    out = Writer().u32(len(found)).pointer().pointer().pointer().u32(len(found))
    for iid, _, _ in found:
        out.guid(iid)
    out.u32(len(found))
    for _, hresult, _ in found:
        out.u32(hresult)
    out.u32(len(found))
    for _, _, reference in found:
        out.pointer(reference is not None)
    for _, _, reference in found:
        if reference is not None:
            _interface_pointer(out, reference)
    reply = Writer().u32(0).pointer().u64(oxid).pointer().guid(ipid_unknown).u32(level).u16(5).u16(7)
    _dual(reply, bindings(addresses))
    data = _custom(IID_OUT, OUT, [(OUT, _serialized(out)), (SCM_REPLY, _serialized(reply))])
    writer = Writer().raw(orpc_that()).pointer()
    _interface_pointer(writer, data)
    return writer.u32(0).bytes()


def create_instance_refused(hresult):
    return Writer().raw(orpc_that()).pointer(False).u32(hresult).bytes()


def query_interface_request(cid, ipid, iids):
    writer = Writer().raw(orpc_this(cid)).guid(ipid).u32(5).u16(len(iids)).u32(len(iids))
    for iid in iids:
        writer.guid(iid)
    return writer.bytes()


def query_interface_response(found, oxid, oid):
    """found: (HRESULT, IPID)"""
    writer = Writer().raw(orpc_that()).pointer().u32(len(found))
    for hresult, ipid in found:
        writer.align(8).u32(hresult).align(8).u32(0).u32(0 if hresult else 5).u64(oxid).u64(oid).guid(ipid)
    return writer.u32(next((hresult for hresult, _ in found if hresult), 0)).bytes()


def release_request(cid, references):
    """references: IPIDs"""
    writer = Writer().raw(orpc_this(cid)).u16(len(references)).u32(len(references))
    for ipid in references:
        writer.guid(ipid).u32(5).u32(0)
    return writer.bytes()


def release_response():
    return Writer().raw(orpc_that()).u32(0).bytes()
